"""What every index promises of its answers, whoever filled their fields: read over what was recorded, and over junk."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources import crossref, openalex, semanticscholar
from core.errors import BadFeed, SourceError
from core.ingest.listing import Listing
from core.papers.paper import Paper
from tests.fakes.cassettes import Exchange, exchanges
from tests.fakes.json_values import any_record
from tests.shared import SHARED, needs_shared

PARSERS: dict[str, Callable[[bytes], Listing]] = {
    "Crossref": crossref.parse,
    "OpenAlex": openalex.parse,
    "Semantic Scholar": semanticscholar.parse,
}
FOLDER = SHARED / "data/recorded"
RECORDED = sorted(path for name in ("crossref", "openalex", "semanticscholar") for path in (FOLDER / name).glob("*"))
RECORDS = {
    "Crossref": any_record(
        """title author container-title type is-referenced-by-count published issued posted license relation
abstract updated-by update-to date-parts has-preprint is-preprint-of id id-type given family URL content-version DOI"""
    ),
    "OpenAlex": any_record(
        """id doi ids title display_name type publication_date authorships author raw_author_name cited_by_count
source is_retracted primary_location best_oa_location locations landing_page_url pdf_url is_oa license"""
    ),
    "Semantic Scholar": any_record(
        """paperId externalIds DOI ArXiv title authors name venue journal citationCount openAccessPdf url
license year publicationDate"""
    ),
}


def answer(index: str, record: dict[str, Any]) -> bytes:
    """A list of one record, in the index's own form."""
    lists: dict[str, object] = {
        "Crossref": {"status": "ok", "message-type": "work-list", "message": {"items": [{"DOI": "10.1/x"} | record]}},
        "OpenAlex": {"results": [record]},
        "Semantic Scholar": [record],
    }
    return json.dumps(lists[index]).encode()


over_indexes = pytest.mark.parametrize("index", PARSERS)


@over_indexes
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"null", b"7", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"{}"),
        *(b'{"results": null, "error": 1}', b'{"error": "Paper not found"}'),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_answer(index: str, body: bytes) -> None:
    """Anything but papers is an error of the source, which it names."""
    with pytest.raises(BadFeed, match=f"^{index} answered with"):
        PARSERS[index](body)


@over_indexes
@given(data=st.data())
def test_any_record_is_a_paper_or_a_problem(index: str, data: st.DataObject) -> None:
    """Whatever types the fields have, a record gives one announcement or one problem."""
    listing = PARSERS[index](answer(index, data.draw(RECORDS[index])))
    assert len(listing.announcements) + len(listing.problems) == 1


@cache
def recorded(path: Path) -> tuple[Exchange, ...]:
    return tuple(exchanges(path))


@needs_shared
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_answers(path: Path) -> None:
    """Every recorded answer, also those of other services, is a listing or an error of the source that names it."""
    for body in {exchange.body for exchange in recorded(path)}:
        for index, parse in PARSERS.items():
            try:
                listing = parse(body)
            except SourceError as error:
                assert str(error).startswith(f"{index} answered with")
            else:
                assert listing.source == index.lower().replace(" ", "")
                assert all(line.paper.title and line.paper.id for line in listing.announcements)


@needs_shared
@pytest.mark.parametrize(
    ("index", "file", "id", "facts"),
    [
        (
            "Crossref",
            "crossref/test_works_with_one_id.yaml",
            "doi:10.1371/journal.pone.0033693",
            ("PLoS ONE", 72, "2012-03-21"),
        ),
        (
            "Crossref",
            "crossref/test_works_with_many_ids.yaml",
            "doi:10.1038/srep16696",
            ("Scientific Reports", None, None),
        ),
        (
            "Crossref",
            "crossref/cr_cn_citeproc_json.yml",
            "doi:10.1126/science.169.3946.635",
            ("Science", 86, "1970-08-14"),
        ),
        ("Crossref", "crossref/test_works_field_queries.yaml", "doi:10.1101/014852", (None, None, None)),
        (
            "Crossref",
            "crossref/crossref-winter-scabs-csl__raw.json",
            "doi:10.1038/193293a0",
            ("Nature", 1131, "1962-01-01"),
        ),
        (
            "Crossref",
            "crossref/pmc-scihub-study-csl__pruned.json",
            "doi:10.7554/elife.32822",
            ("eLife", None, "2018-01-01"),
        ),
        (
            "OpenAlex",
            "openalex/test_title_search[paper_attributes2].yaml",
            "doi:10.1038/s42256-024-00832-8",
            ("Nature Machine Intelligence", 236, None),
        ),
        ("OpenAlex", "openalex/test_title_search[paper_attributes2].yaml", "arxiv:2304.05376", (None, None, None)),
        ("OpenAlex", "openalex/test_title_search[paper_attributes1].yaml", "arxiv:2312.07559", (None, 27, None)),
        (
            "OpenAlex",
            "openalex/test_doi_search[paper_attributes4].yaml",
            "doi:10.1073/pnas.1414271111",
            ("Proceedings of the National Academy of Sciences", 138, None),
        ),
        (
            "Semantic Scholar",
            "openalex/test_title_search[paper_attributes1].yaml",
            "arxiv:2312.07559",
            (None, 106, None),
        ),
        (
            "Semantic Scholar",
            "openalex/test_title_search[paper_attributes2].yaml",
            "doi:10.1038/s42256-024-00832-8",
            ("Nature Machine Intelligence", 488, None),
        ),
        (
            "Semantic Scholar",
            "openalex/test_arxiv_doi_is_used_when_available.yaml",
            "arxiv:1706.03762",
            ("Neural Information Processing Systems", 136941, None),
        ),
        (
            "Semantic Scholar",
            "semanticscholar/test_get_papers_not_found_warning.yaml",
            "doi:10.2139/ssrn.288970",
            ("Experimental & Empirical Studies eJournal", 10670, None),
        ),
    ],
)
def test_known_works(index: str, file: str, id: str, facts: tuple[str | None, int | None, str | None]) -> None:
    """Works that are known otherwise are told as they are."""
    papers: dict[str, Paper] = {}
    host = f"api.{index.lower().replace(' ', '')}.org"
    for exchange in recorded(FOLDER / file):
        is_agency = b"work-agency" in exchange.body
        if not is_agency and (b"DOI" in exchange.body if index == "Crossref" else host in exchange.url):
            papers |= {str(line.paper.id): line.paper for line in PARSERS[index](exchange.body).announcements}
    paper, (journal, citations, day) = papers[id], facts
    assert paper.journal == journal
    assert citations in (None, paper.signals.citations)
    assert day in (None, paper.published and paper.published.date().isoformat())
