from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stamina
from hypothesis import given

from adapters.sources.http import PoliteClient
from adapters.sources.semanticscholar import SemanticScholar, parse
from core.errors import BadFeed, Refused, SourceError, Throttled
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.cassettes import exchanges
from tests.fakes.json_values import any_record
from tests.fakes.papers import DAY, a_paper
from tests.shared import SHARED, needs_shared
from tests.standins.indexes import FAILURES, Indexes, Work, forbidden, indexes, not_here

LANTERNS = "On the light of lanterns in the fog"
RECORDED = [
    *sorted((SHARED / "data/recorded/semanticscholar").glob("*")),
    *sorted((SHARED / "data/recorded/openalex").glob("*")),
]
FIELDS = """paperId externalIds DOI ArXiv title authors name venue journal citationCount openAccessPdf url license year
publicationDate"""


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
        asked = running.asked("semanticscholar")
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


async def test_describes_by_doi(http: PoliteClient) -> None:
    """A paper without an arXiv identifier is asked for by its DOI."""
    async with indexes(Work(title=LANTERNS, doi="10.1234/lantern.1")) as running:
        (told,) = (await describe(http, running, a_paper(1, id=PaperId("doi", "10.1234/lantern.1")))).announcements
    assert told.paper.identifiers == ()
    assert told.paper.journal is None


async def test_another_paper_in_the_answer_is_left_out(http: PoliteClient) -> None:
    """An answer that repeats neither identifier nor title is about something else, as far as anybody can tell."""
    async with indexes(Work(title="Quite another title", arxiv="2602.00001")) as running:
        running.works = [Work(title="Quite another title", arxiv="2602.00009")]
        paper = a_paper(1, id=PaperId("url", "https://lanterns.example/1"), title="Quite another title indeed")
        assert not (await describe(http, running, paper)).announcements
        assert len(running.asked("semanticscholar")) == 1


async def test_without_an_identifier_the_title_is_asked(http: PoliteClient) -> None:
    """A paper known by its address alone is asked for by title; one with a common title is not."""
    paper = a_paper(1, id=PaperId("url", "https://lanterns.example/1"), title=LANTERNS)
    async with indexes(Work(title=LANTERNS, doi="10.1234/lantern.1", venue="J. Lanterns")) as running:
        (told,) = (await describe(http, running, paper)).announcements
        assert not (await describe(http, running, a_paper(2, id=paper.id, title="Editorial"))).announcements
        (request,) = running.asked("semanticscholar")
    assert told.paper.doi == "10.1234/lantern.1"
    assert request.startswith("/graph/v1/paper/search/match?query=On+the+light")


async def test_the_key_is_in_no_address(http: PoliteClient) -> None:
    """A key is sent as a header, and stands in no address; without one there is no header."""
    async with indexes() as running:
        await describe(http, running, a_paper(1), key="hush")
        assert running.server.header("x-api-key") == "hush"
        await describe(http, running, a_paper(1))
        assert running.server.header("x-api-key") is None
        assert not any("hush" in path for path in running.asked("semanticscholar"))


async def test_a_key_that_is_no_good_is_told(http: PoliteClient) -> None:
    """With a key, "forbidden" is about the key, and no request to come back later; without one it is."""
    async with indexes() as running:
        running.fails["semanticscholar"] = forbidden
        with pytest.raises(Refused, match="our key") as raised:
            await describe(http, running, a_paper(1), key="hush")
        assert "sources.semanticscholar.api_key" in raised.value.hint
        with pytest.raises(Throttled):
            await describe(http, running, a_paper(1))


async def test_an_address_without_semantic_scholar_is_a_failure(http: PoliteClient) -> None:
    """That it does not know a paper is told in JSON; another server's "not found" says nothing of papers."""
    async with indexes() as running:
        running.fails["semanticscholar"] = not_here
        with pytest.raises(BadFeed, match="a web page"):
            await describe(http, running, a_paper(1))


@pytest.mark.parametrize(
    ("failure", "error"), [("429", Throttled), ("500", Refused), ("html", BadFeed), ("200", BadFeed)]
)
async def test_failures_are_told(http: PoliteClient, failure: str, error: type[SourceError]) -> None:
    """Whatever goes wrong is an error of the source."""
    async with indexes() as running:
        running.fails["semanticscholar"] = FAILURES[failure]
        with pytest.raises(error):
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


def test_a_preprint_elsewhere_is_no_published_version() -> None:
    """The DOI that another repository gave to a preprint is a name of it, and not where it was published."""
    paper = read_work(externalIds={"DOI": "10.21203/rs.3.rs-1234567/v1"})
    assert (paper.doi, str(paper.id)) == (None, "doi:10.21203/rs.3.rs-1234567/v1")


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


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[" * 100_000, b"{}", b'{"error": "Paper not found"}'])
def test_what_is_no_answer(body: bytes) -> None:
    """Anything but papers is an error of the source."""
    with pytest.raises(BadFeed):
        parse(body)


@given(any_record(FIELDS))
def test_any_record_is_a_paper_or_a_problem(fields: dict[str, Any]) -> None:
    """Whatever types the fields have, a record gives one announcement or one problem."""
    listing = parse(json.dumps([fields]).encode())
    assert len(listing.announcements) + len(listing.problems) == 1


@needs_shared
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_answers(path: Any) -> None:
    """Every recorded answer, also those of other services, is a listing or an error of the source."""
    for exchange in exchanges(path):
        try:
            listing = parse(exchange.body)
        except SourceError as error:
            assert str(error).startswith("Semantic Scholar answered with")
        else:
            assert all(told.paper.title and told.paper.id for told in listing.announcements)


@needs_shared
@pytest.mark.parametrize(
    ("cassette", "id", "journal", "citations"),
    [
        ("openalex/test_title_search[paper_attributes1].yaml", "arxiv:2312.07559", None, 106),
        (
            "openalex/test_title_search[paper_attributes2].yaml",
            "doi:10.1038/s42256-024-00832-8",
            "Nature Machine Intelligence",
            488,
        ),
        (
            "openalex/test_arxiv_doi_is_used_when_available.yaml",
            "arxiv:1706.03762",
            "Neural Information Processing Systems",
            136941,
        ),
        (
            "semanticscholar/test_get_papers_not_found_warning.yaml",
            "doi:10.2139/ssrn.288970",
            "Experimental & Empirical Studies eJournal",
            10670,
        ),
    ],
)
def test_known_papers(cassette: str, id: str, journal: str | None, citations: int) -> None:
    """Papers that are known otherwise are told as they are."""
    papers: dict[str, Paper] = {}
    for exchange in exchanges(SHARED / "data/recorded" / cassette):
        if "api.semanticscholar.org" in exchange.url:
            papers |= {str(told.paper.id): told.paper for told in parse(exchange.body).announcements}
    assert (papers[id].journal, papers[id].signals.citations) == (journal, citations)
