from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stamina

from adapters.sources.crossref import Crossref, parse
from adapters.sources.http import PoliteClient
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.papers import a_paper
from tests.standins.indexes import Indexes, Work, indexes

LANTERNS = "On the light of lanterns in the fog"


def by_doi(doi: str, **fields: Any) -> Paper:
    return a_paper(1, id=PaperId("doi", doi), title=LANTERNS, **fields)


def works(*items: object) -> bytes:
    return json.dumps({"status": "ok", "message-type": "work-list", "message": {"items": list(items)}}).encode()


def read_work(**fields: Any) -> Paper:
    work = {"DOI": "10.1234/x", "title": [LANTERNS], "type": "journal-article"} | fields
    (told,) = parse(works(work)).announcements
    return told.paper


@pytest.fixture
async def http() -> AsyncIterator[PoliteClient]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
            yield client


async def describe(http: PoliteClient, running: Indexes, *papers: Paper) -> Listing:
    return await Crossref(http, base_url=running.url("crossref")).describe(papers)


async def test_many_dois_are_one_request(http: PoliteClient) -> None:
    """Twenty DOIs are asked for at once; one that would break the list is asked for alone."""
    papers = [by_doi(f"10.1234/{number}") for number in range(20)]
    odd = Work(title=LANTERNS, doi="10.1234/a,b", venue="Journal of Lanterns")
    async with indexes(odd) as running:
        listing = await describe(http, running, *papers, by_doi("10.1234/a,b"))
        assert len(running.requests("crossref")) == 2
    assert [str(told.paper.id) for told in listing.announcements] == ["doi:10.1234/a,b"]


async def test_a_preprint_is_told_where_it_appeared(http: PoliteClient) -> None:
    """The published version that Crossref relates to a preprint gives its DOI and venue; a server is no venue."""
    preprint = Work(title=LANTERNS, doi="10.1101/2026.01.01.000001", published_as="10.1234/lantern.1")
    version = Work(title="Quite another title", doi="10.1234/lantern.1", venue="Journal of Lanterns")
    async with indexes(preprint, version) as running:
        told = (await describe(http, running, by_doi(preprint.doi))).announcements[0].paper
    assert (told.doi, told.journal, told.title) == ("10.1234/lantern.1", "Journal of Lanterns", LANTERNS)
    assert told.identifiers == (PaperId("doi", "10.1234/lantern.1"),)


async def test_without_a_doi_the_title_is_asked(http: PoliteClient) -> None:
    """Crossref does not know arXiv's own DOIs: the title is asked, and taken only where title, author and year fit."""
    right = Work(title=LANTERNS.upper(), doi="10.1234/lantern.1", venue="Journal of Lanterns", authors=("Ada Ng",))
    preprint = Work(title=LANTERNS, doi="10.1101/2026.01.01.000001")
    async with indexes(preprint, right) as running:
        (told,) = (await describe(http, running, a_paper(1, title=LANTERNS))).announcements
        (request,) = running.requests("crossref")
    assert told.paper.doi == "10.1234/lantern.1"
    assert "query.bibliographic=" in request
    assert "rows=3" in request


async def test_of_twins_none_is_taken(http: PoliteClient) -> None:
    """A talk and an article of the same title, authors and year: nobody says which of them the preprint became."""
    talk = Work(title=LANTERNS, doi="10.1234/talk", venue="Proceedings of Lanterns")
    article = Work(title=LANTERNS, doi="10.1234/article", venue="Journal of Lanterns")
    async with indexes(talk, article) as running:
        assert not (await describe(http, running, a_paper(1, title=LANTERNS))).announcements


async def test_finds_papers_for_people(http: PoliteClient) -> None:
    """A finder tells papers by DOI, and by words; other identifiers cost nothing."""
    work = Work(title=LANTERNS, doi="10.1234/lantern.1", venue="Journal of Lanterns")
    async with indexes(work) as running:
        finder = Crossref(http, base_url=running.url("crossref"))
        assert not (await finder.find([PaperId("arxiv", "2602.00001")])).announcements
        assert not (await finder.search(" ", limit=5)).announcements
        assert not running.requests("crossref")
        (found,) = (await finder.find([PaperId("doi", "10.1234/lantern.1")])).announcements
        (searched,) = (await finder.search("lanterns in fog", limit=5)).announcements
    assert found == searched
    assert found.paper.id == PaperId("doi", "10.1234/lantern.1")
    assert found.paper.authors == ("Ada Ng", "Bo Lind")
    assert found.paper.url == "https://doi.org/10.1234/lantern.1"
    assert not found.is_news


@pytest.mark.parametrize(
    ("parts", "day"),
    [
        ([[2013]], "2013-01-01"),
        ([[2013, 5]], "2013-05-01"),
        ([["2013", "05", "07"]], "2013-05-07"),
        ([[2018, 10, 21, 13]], "2018-10-21"),
        ([[2013, 13, 1]], None),
        ([[2013, 2, 30]], None),
        ([[2013, None, 5]], "2013-01-01"),
        ([[None]], None),
        ([[]], None),
        ([], None),
        (None, None),
        ("2013", None),
        ([[True]], None),
        ([[99999]], None),
        ([[10**30]], None),
        ([{"year": 2013}], None),
    ],
)
def test_odd_dates(parts: object, day: str | None) -> None:
    """A date may lack its day and month; one of which a part is no date is none."""
    published = read_work(issued={"date-parts": parts}).published
    assert (published.date().isoformat() if published else None) == day


def test_an_unreadable_date_gives_way() -> None:
    """The next date that says something counts."""
    paper = read_work(published={"date-parts": [[None]]}, issued=None, posted={"date-parts": [[2026, 1, 5]]})
    assert paper.published == datetime(2026, 1, 5, tzinfo=UTC)


def test_markup_is_stripped() -> None:
    """JATS and HTML leave titles and abstracts; what only looks like it stays."""
    paper = read_work(
        title=["Light of <i>Lampyris</i>&nbsp;at n&lt;5 and <sub>2</sub>"],
        abstract="<jats:title>Abstract</jats:title><jats:p>One.</jats:p><p>H<jats:sub>2</jats:sub>O if a<b.</p>",
    )
    assert paper.title == "Light of Lampyris at n<5 and 2"
    assert paper.abstract == "One. H2O if a<b."


def test_names_of_authors() -> None:
    """Given and family name, a name in one, or what there is."""
    authors = [
        {"given": "Ada", "family": "Ng", "suffix": "Jr."},
        {"name": "Lantern Consortium"},
        {"literal": "Bo Lind"},
        {"family": "Solo"},
        {"given": None, "family": 7},
        None,
        "nobody",
    ]
    assert read_work(author=authors).authors == ("Ada Ng Jr.", "Lantern Consortium", "Bo Lind", "Solo")


@pytest.mark.parametrize(
    ("fields", "comment"),
    [
        ({"updated-by": [{"type": "retraction", "DOI": "10.9999/N"}]}, "Retracted: see https://doi.org/10.9999/n"),
        (
            {"update-to": [{"update-type": "retraction", "DOI": "10.1234/X"}]},
            "Retracted: see https://doi.org/10.1234/x",
        ),
        ({"update-to": [{"type": "retraction", "DOI": "10.1234/another"}]}, ""),
        ({"updated-by": [{"type": "correction", "DOI": "10.9999/n"}]}, ""),
        ({"updated-by": "retraction"}, ""),
    ],
    ids=["notice", "in its place", "notice of another", "correction", "text"],
)
def test_retractions(fields: dict[str, Any], comment: str) -> None:
    """A retracted paper says so, with the notice; a notice about another paper does not."""
    assert read_work(**fields).comment == comment


def test_a_preprint_has_no_venue() -> None:
    """What was only posted was published nowhere, whatever its server is called."""
    paper = read_work(**{"type": "posted-content", "container-title": ["bioRxiv"]})
    assert (paper.doi, paper.journal) == (None, None)
    assert read_work(**{"container-title": ["arXiv"]}).journal is None


def test_a_preprint_elsewhere_is_no_published_version() -> None:
    """A preprint that lies in two repositories was published in neither."""
    elsewhere = {"id-type": "doi", "id": "10.21203/rs.3.rs-1234567/v1"}
    article = {"id-type": "doi", "id": "10.1234/lantern.1"}
    preprint = {"DOI": "10.1101/2026.01.01.000001", "type": "posted-content"}
    assert read_work(**preprint, relation={"is-preprint-of": [elsewhere]}).doi is None
    assert read_work(**preprint, relation={"is-preprint-of": [elsewhere, article]}).doi == "10.1234/lantern.1"
    assert read_work(DOI="10.2139/ssrn.1234567").doi is None


def test_the_preprint_of_a_paper_is_the_same_paper() -> None:
    """A journal's paper names its preprints, arXiv's under both of its names."""
    preprints = [{"id-type": "doi", "id": "10.48550/arXiv.2602.00001"}, {"id-type": "doi", "id": "10.1101/2026.1.1.1"}]
    assert read_work(relation={"has-preprint": preprints}).identifiers == (
        PaperId("arxiv", "2602.00001"),
        PaperId("doi", "10.48550/arxiv.2602.00001"),
        PaperId("doi", "10.1101/2026.1.1.1"),
    )


def test_bad_records_are_problems() -> None:
    """A record without a DOI or a title, or about no paper, is told, and the others go on."""
    listing = parse(works({}, None, 7, {"DOI": "10.1234/x"}, {"DOI": "10.1234/y", "title": ["Y"], "type": "component"}))
    assert [problem.reason for problem in listing.problems] == [
        "it has no DOI",
        "it has no DOI",
        "it has no DOI",
        "it has no title",
        "it is no paper, but of type 'component'",
    ]
