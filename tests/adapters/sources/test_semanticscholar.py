from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stamina

from adapters.sources.http import PoliteClient
from adapters.sources.semanticscholar import SemanticScholar, parse
from core.errors import Refused, Throttled
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.papers import DAY, a_paper
from tests.standins.indexes import Indexes, Work, forbidden, indexes

LANTERNS = "On the light of lanterns in the fog"


def read_work(**fields: Any) -> Paper:
    (told,) = parse(json.dumps({"paperId": "0123", "title": LANTERNS} | fields).encode()).announcements
    return told.paper


@pytest.fixture
async def http() -> AsyncIterator[PoliteClient]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
            yield client


async def describe(http: PoliteClient, running: Indexes, *papers: Paper, key: str | None = None) -> Listing:
    return await SemanticScholar(http, base_url=running.url("semanticscholar"), api_key=key).describe(papers)


async def test_describes_a_preprint_by_its_arxiv_id(http: PoliteClient) -> None:
    """A preprint is asked for by its arXiv identifier, one request each; where it appeared is told."""
    work = Work(title=LANTERNS, arxiv="2602.00001", doi="10.1234/lantern.1", venue="Journal of Lanterns")
    async with indexes(work) as running:
        (told,) = (await describe(http, running, a_paper(1), a_paper(2))).announcements
        asked = running.requests("semanticscholar")
    assert [path.partition("?")[0] for path in asked] == [
        "/graph/v1/paper/ARXIV:2602.00001",
        "/graph/v1/paper/ARXIV:2602.00002",
    ]
    assert (told.source, told.scope, told.day, told.is_news) == ("semanticscholar", "works", DAY, False)
    assert told.paper.id == PaperId("arxiv", "2602.00001")
    assert told.paper.identifiers == (PaperId("doi", "10.1234/lantern.1"), PaperId("doi", "10.48550/arxiv.2602.00001"))
    assert (told.paper.doi, told.paper.journal) == ("10.1234/lantern.1", "Journal of Lanterns")
    assert (told.paper.signals.citations, told.paper.pdf_url) == (7, "https://open.example/paper.pdf")
    assert told.paper.published == datetime(2026, 2, 10, tzinfo=UTC)


async def test_another_paper_in_the_answer_is_left_out(http: PoliteClient) -> None:
    """An answer that repeats neither identifier nor title is about something else, as far as anybody can tell."""
    async with indexes(Work(title="Quite another title", arxiv="2602.00001")) as running:
        running.works = [Work(title="Quite another title", arxiv="2602.00009")]
        paper = a_paper(1, id=PaperId("url", "https://lanterns.example/1"), title="Quite another title indeed")
        assert not (await describe(http, running, paper)).announcements
        assert len(running.requests("semanticscholar")) == 1


async def test_without_an_identifier_the_title_is_asked(http: PoliteClient) -> None:
    """A paper known by its address alone is asked for by title; one with a common title is not."""
    paper = a_paper(1, id=PaperId("url", "https://lanterns.example/1"), title=LANTERNS)
    async with indexes(Work(title=LANTERNS, doi="10.1234/lantern.1", venue="J. Lanterns")) as running:
        (told,) = (await describe(http, running, paper)).announcements
        assert not (await describe(http, running, a_paper(2, id=paper.id, title="Editorial"))).announcements
        (request,) = running.requests("semanticscholar")
    assert told.paper.doi == "10.1234/lantern.1"
    assert request.startswith("/graph/v1/paper/search/match?query=On+the+light")


async def test_a_key_that_is_no_good_is_told(http: PoliteClient) -> None:
    """With a key, "forbidden" is about the key, and no request to come back later; without one it is."""
    async with indexes() as running:
        running.fails["semanticscholar"] = forbidden
        with pytest.raises(Refused, match="our key") as raised:
            await describe(http, running, a_paper(1), key="hush")
        assert "sources.semanticscholar.api_key" in raised.value.hint
        with pytest.raises(Throttled):
            await describe(http, running, a_paper(1))


def test_throttled_in_words() -> None:
    """Being throttled is told as such, also where the status of the answer does not say so."""
    with pytest.raises(Throttled, match="Too Many Requests"):
        parse(b'{"message": "Too Many Requests. Please wait.", "code": "429"}')


def test_odd_fields_are_left_out() -> None:
    """Nulls and wrong types say nothing."""
    odd = read_work(
        externalIds=None, authors=[None, {"name": None}], journal=7, openAccessPdf=[], citationCount="many", year=0
    )
    assert odd.id == PaperId("url", "https://www.semanticscholar.org/paper/0123")
    assert (odd.authors, odd.journal, odd.pdf_url, odd.signals.citations, odd.published) == ((), None, "", None, None)


def test_a_year_is_a_date() -> None:
    """Where only the year is told, it is that."""
    assert read_work(year=2024, publicationDate=None).published == datetime(2024, 1, 1, tzinfo=UTC)


def test_a_closed_copy_is_no_link() -> None:
    """Where there is no open copy, an empty address stands beside a disclaimer."""
    paper = read_work(
        openAccessPdf={"url": "", "status": None, "license": None, "disclaimer": "Notice: see arxiv.org."}
    )
    assert (paper.pdf_url, paper.licence) == ("", None)


def test_arxiv_is_no_venue() -> None:
    """A server is no venue, under any name, and its DOI is not that of a published version."""
    paper = read_work(externalIds={"DOI": "10.48550/arXiv.2602.00001"}, venue="arXiv.org", journal={"name": "ArXiv"})
    assert (paper.journal, paper.doi, str(paper.id)) == (None, None, "arxiv:2602.00001")
