from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest
import stamina
from hypothesis import given

from adapters.sources.http import PoliteClient
from adapters.sources.openalex import OpenAlex, _abstract, parse
from core.errors import SourceError
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.json_values import any_record
from tests.fakes.papers import DAY, a_paper
from tests.standins.indexes import FAILURES, Indexes, Work, indexes

LANTERNS = "On the light of lanterns in the fog"


def read_work(**fields: Any) -> Paper:
    work = {"doi": "https://doi.org/10.1234/x", "title": LANTERNS, "type": "article"} | fields
    (told,) = parse(json.dumps({"results": [work]}).encode()).announcements
    return told.paper


@pytest.fixture
async def http() -> AsyncIterator[PoliteClient]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
            yield client


async def describe(http: PoliteClient, running: Indexes, *papers: Paper) -> Listing:
    return await OpenAlex(http, base_url=running.url("openalex")).describe(papers)


async def test_describes_a_preprint_by_its_arxiv_doi(http: PoliteClient) -> None:
    """A preprint is asked for by the DOI that arXiv gave it; it has citations and an open copy, and no venue."""
    async with indexes(Work(title=LANTERNS, arxiv="2602.00001")) as running:
        (told,) = (await describe(http, running, a_paper(1), a_paper(2))).announcements
        request, _ = running.requests("openalex")
    assert "doi:10.48550/arxiv.2602.00001|10.48550/arxiv.2602.00002" in unquote_plus(request)
    assert (told.source, told.scope, told.day, told.is_news) == ("openalex", "works", DAY, False)
    assert told.paper.id == PaperId("arxiv", "2602.00001")
    assert told.paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00001"),)
    assert (told.paper.doi, told.paper.journal, told.paper.signals.citations) == (None, None, 7)
    assert told.paper.pdf_url == "https://open.example/paper.pdf"
    assert told.paper.licence == "https://creativecommons.org/licenses/by/"
    assert told.paper.published == datetime(2026, 2, 10, tzinfo=UTC)


async def test_a_published_work_is_known_by_its_copy(http: PoliteClient) -> None:
    """A work under the journal's DOI is the asked preprint where one of its copies lies at arXiv."""
    work = Work(title=LANTERNS, doi="10.1234/lantern.1", arxiv="2602.00001", venue="Journal of Lanterns")
    async with indexes(work, Work(title=LANTERNS, arxiv="2602.00002")) as running:
        listing = await describe(http, running, a_paper(2), a_paper(1))
        by_doi, by_copy = map(unquote_plus, running.requests("openalex"))
    told = listing.announcements[1]
    assert "10.48550/arxiv.2602.00001" in by_doi
    assert "filter=locations.landing_page_url:https://arxiv.org/abs/2602.00001|http://arxiv" in by_copy
    assert "2602.00002" not in by_copy
    assert (told.paper.doi, told.paper.journal) == ("10.1234/lantern.1", "Journal of Lanterns")
    assert told.paper.identifiers == (PaperId("doi", "10.1234/lantern.1"), PaperId("doi", "10.48550/arxiv.2602.00001"))


async def test_many_papers_are_few_requests(http: PoliteClient) -> None:
    """Fifty DOIs are asked for at once; one that would break the list is asked for alone."""
    odd = Work(title=LANTERNS, doi="10.1234/a|b", venue="Journal of Lanterns")
    papers = [a_paper(number) for number in range(51)]
    async with indexes(odd) as running:
        listing = await describe(http, running, *papers, a_paper(99, id=PaperId("doi", odd.doi)))
        assert len([path for path in running.requests("openalex") if "landing_page" not in path]) == 3
    assert [str(told.paper.id) for told in listing.announcements] == ["doi:10.1234/a|b"]


async def test_no_work_of_an_answer_is_cut_off(http: PoliteClient) -> None:
    """Several works may have one DOI: an answer about fifty DOIs may have more than fifty works."""
    papers = [a_paper(number, id=PaperId("doi", f"10.1234/{number}")) for number in range(50)]
    twice = [Work(title=LANTERNS, doi=paper.id.value) for paper in papers for _ in range(2)]
    async with indexes(*twice) as running:
        listing = await describe(http, running, *papers)
    assert [told.paper.id for told in listing.announcements] == [paper.id for paper in papers]


async def test_without_an_identifier_the_title_is_asked(http: PoliteClient) -> None:
    """A paper known by its address alone is asked for by title, and taken only where author and year fit too."""
    paper = a_paper(1, id=PaperId("url", "https://lanterns.example/1"), title="On the light of lanterns, in the fog")
    right = Work(title=LANTERNS, doi="10.1234/lantern.1", venue="Journal of Lanterns")
    wrong = Work(title=LANTERNS, doi="10.1234/lantern.2", venue="Journal of Lanterns", authors=("Cy Other",))
    async with indexes(wrong, right) as running:
        (told,) = (await describe(http, running, paper)).announcements
        (request,) = running.requests("openalex")
    assert told.paper.doi == "10.1234/lantern.1"
    assert "filter=title.search:On the light of lanterns in the fog&" in unquote_plus(request)


def test_retracted() -> None:
    """A retracted work says so; anything but true is no retraction."""
    assert read_work(is_retracted=True).comment == "Retracted: OpenAlex lists it as retracted"
    assert read_work(is_retracted="no").comment == read_work(is_retracted=None).comment == ""


def test_a_copy_that_is_not_open_is_no_link() -> None:
    """Only what everybody may read is linked, and only by a web address."""
    link = "https://open.example/1"
    assert read_work(best_oa_location={"is_oa": False, "pdf_url": link}).pdf_url == ""
    assert read_work(best_oa_location={"is_oa": True, "pdf_url": "javascript:alert(1)"}).pdf_url == ""
    assert read_work(best_oa_location={"is_oa": True, "pdf_url": None, "landing_page_url": link}).pdf_url == link


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ("cc-by", "https://creativecommons.org/licenses/by/"),
        ("cc-by-nc-nd", "https://creativecommons.org/licenses/by-nc-nd/"),
        ("public-domain", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("other-oa", None),
        (None, None),
        (7, None),
    ],
)
def test_licences(said: object, licence: str | None) -> None:
    """A licence that OpenAlex names in short is told by its address; one that is none, not at all."""
    assert read_work(best_oa_location={"is_oa": True, "license": said}).licence == licence


def test_names_of_authors() -> None:
    """As the work has them; one that is turned around gives way to OpenAlex' own."""
    authorships = [
        {"raw_author_name": "Ada Ng", "author": {"display_name": "Ada Augusta Ng"}},
        {"raw_author_name": "Lind, Bo", "author": {"display_name": "Bo Lind"}},
        {"raw_author_name": None, "author": {"display_name": "Cy Other"}},
        {"raw_author_name": None, "author": None},
    ]
    assert read_work(authorships=authorships).authors == ("Ada Ng", "Bo Lind", "Cy Other")


def test_repositories_are_no_venue() -> None:
    """A repository, or a server by another name, is no place of publication."""
    assert read_work(primary_location={"source": {"display_name": "Zenodo", "type": "repository"}}).journal is None
    assert read_work(primary_location={"source": {"display_name": "bioRxiv", "type": "journal"}}).journal is None
    assert (
        read_work(primary_location={"source": {"display_name": "J. Lanterns", "type": None}}).journal == "J. Lanterns"
    )


ORCID = "0000-0002-1825-0097"


async def test_what_a_person_wrote(http: PoliteClient) -> None:
    """All works of an ORCID are read page by page, with their abstracts, and no more than were asked for."""
    works = [
        Work(title=f"Lantern {number}", doi=f"10.1234/{number}", orcid=ORCID, abstract="the fog and the light")
        for number in range(150)
    ]
    async with indexes(*works, Work(title=LANTERNS, doi="10.1234/other")) as running:
        index = OpenAlex(http, base_url=running.url("openalex"))
        found = await index.works_of(ORCID, limit=500)
        assert len(await index.works_of(ORCID, limit=7)) == 7
        assert await index.works_of("0000-0001-5109-3700", limit=7) == ()
        first, second, *_ = map(unquote_plus, running.requests("openalex"))
    assert [paper.id.value for paper in found] == [f"10.1234/{number}" for number in range(150)]
    assert (found[0].title, found[0].abstract) == ("Lantern 0", "the fog and the light")
    assert f"filter=author.orcid:{ORCID}" in first and "cursor=*" in first and "abstract_inverted_index" in first
    assert "cursor=100" in second


@pytest.mark.parametrize("fails", FAILURES)
async def test_what_a_person_wrote_cannot_be_asked(http: PoliteClient, fails: str) -> None:
    """A failure of the service is told as one."""
    async with indexes() as running:
        running.fails["openalex"] = FAILURES[fails]
        with pytest.raises(SourceError):
            await OpenAlex(http, base_url=running.url("openalex")).works_of(ORCID, limit=7)


@given(any_record("a b c"))
def test_abstracts_of_any_shape(record: Any) -> None:
    """Whatever stands in the place of an abstract gives a text or none."""
    assert isinstance(_abstract(record), str)
