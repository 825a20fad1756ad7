"""What everybody promises who looks single papers up, run over each of them: real ones over loopback, and the fake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
import stamina
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sources.arxiv_api import ArxivApi
from adapters.sources.biorxiv import Biorxiv
from adapters.sources.crossref import Crossref
from adapters.sources.http import PoliteClient
from adapters.sources.huggingface import HuggingFaceDaily
from core.errors import SourceError, Throttled
from core.ingest.listing import Listing
from core.ingest.ports import PaperFinder
from core.papers.identifiers import PaperId
from tests.fakes import services
from tests.fakes.clock import FakeClock
from tests.fakes.entries import HOSTILE, Entry, any_text, is_clean
from tests.fakes.papers import a_paper
from tests.fakes.services import Service, running
from tests.fakes.sources import FakeFinder
from tests.standins.indexes import Indexes, Work, indexes

KEYS = ("messages", "collection", "status", "message", "message-type", "items", "paper", "id", "title", "DOI", "doi")
TITLES = ("Lanterns in the fog", "Lanterns in the rain", "Tides")
#: identifiers of nobody's
FOREIGN = (PaperId("sample", "7"), PaperId("url", "https://lanterns.example/1"))
#: a finder is laid out anew in every example
over_a_service = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(repr=False)
class Subject:
    """A finder under test that knows three papers, numbered from 1."""

    finder: PaperFinder
    id: Callable[[int], PaperId]
    #: a way in which it knows no papers at all
    other: PaperId
    #: what stands between us and the papers: one of the two services, or the fake's own laying out
    service: Service | None = None
    indexes: Indexes | None = None
    fake: FakeFinder | None = None

    @property
    def requests(self) -> int:
        """How often anybody was asked."""
        if self.fake:
            return 0
        server = self.service.server if self.service else self.indexes and self.indexes.server
        assert server
        return len(server.requests)

    def lists(self, *titles: str) -> None:
        """Let it know papers of these titles, numbered from 1."""
        if self.service:
            self.service.lists(*(Entry(number=n, title=title, abstract=title) for n, title in enumerate(titles, 1)))
        elif self.indexes:
            works = (Work(title=title, doi=self.id(n).value, venue="Letters") for n, title in enumerate(titles, 1))
            self.indexes.works = list(works)
        elif self.fake:
            papers = (a_paper(n, id=self.id(n), title=title) for n, title in enumerate(titles, 1))
            self.fake.papers = tuple(papers)

    def says(self, body: bytes, status: int = 200) -> None:
        """Let its service answer everything with this."""
        if self.service:
            self.service.says(body, status)
        elif self.indexes:
            self.indexes.fails["crossref"] = lambda: web.Response(body=body, status=status)

    def throttles(self) -> None:
        """Let it send everybody away for 7 s."""
        if self.service:
            self.service.throttles()
        elif self.indexes:
            self.indexes.fails["crossref"] = lambda: web.Response(status=429, headers={"Retry-After": "7"})
        elif self.fake:
            self.fake.error = Throttled("In 7 s.", retry_after_s=7.0)


def arxiv_id(number: int) -> PaperId:
    return PaperId("arxiv", f"2602.{number:05d}")


def preprint_id(number: int) -> PaperId:
    return PaperId("doi", f"10.1101/2026.02.04.{number:06d}")


def journal_id(number: int) -> PaperId:
    return PaperId("doi", f"10.1000/lantern-{number}")


@asynccontextmanager
async def arxiv() -> AsyncIterator[Subject]:
    async with running(services.arxiv_api) as service:
        finder = ArxivApi(service.client, base_url=service.server.url)
        yield Subject(finder, arxiv_id, journal_id(1), service)


@asynccontextmanager
async def biorxiv() -> AsyncIterator[Subject]:
    async with running(services.biorxiv) as service:
        finder = Biorxiv(service.client, clock=FakeClock(), base_url=service.server.url)
        yield Subject(finder, preprint_id, journal_id(1), service)


@asynccontextmanager
async def huggingface() -> AsyncIterator[Subject]:
    async with running(services.huggingface) as service:
        finder = HuggingFaceDaily(service.client, clock=FakeClock(), base_url=service.server.url)
        yield Subject(finder, arxiv_id, journal_id(1), service)


@asynccontextmanager
async def crossref() -> AsyncIterator[Subject]:
    async with indexes() as running, PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
        yield Subject(Crossref(client, base_url=running.url("crossref")), journal_id, arxiv_id(1), indexes=running)


@asynccontextmanager
async def fake() -> AsyncIterator[Subject]:
    finder = FakeFinder()
    yield Subject(finder, arxiv_id, journal_id(1), fake=finder)


FINDERS: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {
    "arxiv": arxiv,
    "biorxiv": biorxiv,
    "huggingface": huggingface,
    "crossref": crossref,
    "fake": fake,
}
OVER_HTTP = [name for name in FINDERS if name != "fake"]
#: bioRxiv's service has no search
SEARCHING = [name for name in FINDERS if name != "biorxiv"]
over_all = pytest.mark.parametrize("subject", FINDERS, indirect=True)
over_http = pytest.mark.parametrize("subject", OVER_HTTP, indirect=True)
searching = pytest.mark.parametrize("subject", SEARCHING, indirect=True)


@pytest.fixture
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with FINDERS[request.param]() as made:
            made.lists(*TITLES)
            yield made


def ids(listing: Listing) -> list[PaperId]:
    return sorted(line.paper.id for line in listing.announcements)


@over_all
async def test_finds_those_that_it_knows(subject: Subject) -> None:
    """Known papers are told under the identifier they were asked by, others are left out."""
    listing = await subject.finder.find([subject.id(2), subject.id(77), subject.id(1)])
    assert ids(listing) == [subject.id(1), subject.id(2)]
    assert {line.paper.title for line in listing.announcements} == set(TITLES[:2])
    assert not (listing.problems or listing.is_cut or listing.is_unchanged)


@over_all
async def test_what_it_tells_is_no_news(subject: Subject) -> None:
    """A look-up announces nothing, and names who tells it."""
    for listing in (await subject.finder.find([subject.id(1)]), await subject.finder.search("lanterns", limit=3)):
        assert listing.source == subject.finder.name
        for line in listing.announcements:
            assert (line.source, line.is_news, line.is_history) == (subject.finder.name, False, False)
            assert line.paper.published is None or line.paper.published.utcoffset() is not None
            assert line.paper.id not in line.paper.identifiers


@over_all
async def test_asked_twice_it_tells_once(subject: Subject) -> None:
    """The same identifier twice is one paper."""
    assert ids(await subject.finder.find([subject.id(1), subject.id(1)])) == [subject.id(1)]


@over_all
async def test_what_cannot_be_its_own_costs_nothing(subject: Subject) -> None:
    """For identifiers of others, and for none, nobody is asked."""
    for asked in ([], [*FOREIGN, subject.other] if subject.finder.name != "crossref" else FOREIGN):
        listing = await subject.finder.find(asked)
        assert (listing.announcements, listing.problems) == ((), ())
    assert subject.requests == 0


@over_all
async def test_foreign_identifiers_do_not_spoil_the_others(subject: Subject) -> None:
    """Among identifiers of others, its own are found."""
    assert ids(await subject.finder.find([*FOREIGN, subject.id(3), subject.other])) == [subject.id(3)]


@over_all
async def test_many_identifiers_are_asked_within_bounds(subject: Subject) -> None:
    """A hundred identifiers cost no more than forty requests; what was not asked for is told as cut."""
    listing = await subject.finder.find([subject.id(number) for number in range(100, 0, -1)])
    assert subject.requests <= 40
    assert listing.is_cut or ids(listing) == [subject.id(1), subject.id(2), subject.id(3)]


@searching
async def test_searches_by_words(subject: Subject) -> None:
    """Papers whose titles have the words are found, at most as many as were wanted."""
    found = await subject.finder.search("lanterns", limit=10)
    assert {subject.id(1), subject.id(2)} == set(ids(found))
    assert len((await subject.finder.search("lanterns", limit=1)).announcements) == 1


@over_all
@pytest.mark.parametrize(("words", "limit"), [("", 5), (" \n\t", 5), ("lanterns", 0), ("lanterns", -1)])
async def test_a_search_for_nothing_finds_nothing(subject: Subject, words: str, limit: int) -> None:
    """Without words, or where no papers are wanted, nobody is asked."""
    assert (await subject.finder.search(words, limit=limit)).announcements == ()
    assert subject.requests == 0


@over_all
@over_a_service
@given(words=any_text() | st.sampled_from(["ti:", "AND OR", '"', "((", "a:b", "*", "lanterns AND NOT (", "?" * 5_000]))
async def test_whatever_is_searched_for_is_no_error(subject: Subject, words: str) -> None:
    """What people type is words: no operator, no quotation mark and no odd character makes a search fail."""
    listing = await subject.finder.search(words, limit=3)
    assert len(listing.announcements) <= 3


@over_all
async def test_being_throttled_is_told_with_the_wait(subject: Subject) -> None:
    """A source that asks us to wait says how long, whichever way it is asked."""
    subject.throttles()
    with pytest.raises(Throttled) as told:
        await subject.finder.find([subject.id(1)])
    assert told.value.retry_after_s == 7.0


@over_http
@pytest.mark.parametrize("body", [b"", b"<html>down</html>", b"nonsense", b'"text"', b"\x00\xff"])
async def test_a_broken_body_is_an_error(subject: Subject, body: bytes) -> None:
    """An answer that is none is an error, and never that the paper does not exist."""
    subject.says(body)
    with pytest.raises(SourceError) as told:
        await subject.finder.find([subject.id(1)])
    assert is_clean(told.value.sentence())


@over_http
async def test_an_outage_is_an_error(subject: Subject) -> None:
    """A status that says no is an error, and never that the paper does not exist."""
    subject.says(b"<html>no</html>", 500)
    with pytest.raises(SourceError):
        await subject.finder.find([subject.id(1)])


@over_http
async def test_what_cannot_be_read_is_a_problem(subject: Subject) -> None:
    """A record without a title is told, and the others stay."""
    subject.lists("Lanterns", "", "Tides")
    listing = await subject.finder.find([subject.id(number) for number in (1, 2, 3)])
    assert ids(listing) == [subject.id(1), subject.id(3)]
    assert len(listing.problems) == 1


@over_http
@over_a_service
@given(title=any_text() | st.just(HOSTILE))
async def test_hostile_text_is_one_visible_line(subject: Subject, title: str) -> None:
    """Whatever a title holds, it is one clean line, or a problem."""
    subject.lists(title)
    listing = await subject.finder.find([subject.id(1)])
    assert len(listing.announcements) + len(listing.problems) == 1
    for line in listing.announcements:
        assert all(map(is_clean, (line.paper.title, line.paper.abstract, *line.paper.authors)))


@over_http
@over_a_service
@given(
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=10,
    )
)
async def test_junk_is_a_listing_or_an_error(subject: Subject, junk: object) -> None:
    """JSON of any shape leads to nothing but a listing or an error of a source."""
    subject.says(json.dumps(junk).encode())
    try:
        listing = await subject.finder.find([subject.id(1)])
    except SourceError as error:
        assert is_clean(error.sentence())
    else:
        assert all(is_clean(line.paper.title) for line in listing.announcements)
