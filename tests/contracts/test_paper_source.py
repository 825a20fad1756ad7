"""What every source of papers promises, run over each of them: real ones over loopback, the sample, and the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Literal

import pytest
import stamina
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.sources.arxiv import ArxivFeed
from adapters.sources.arxiv_listing import ArxivListing
from adapters.sources.biorxiv import Biorxiv
from adapters.sources.feeds import JournalFeeds
from adapters.sources.huggingface import HuggingFaceDaily
from adapters.sources.sample import SampleSource
from core.errors import BadCategory, SourceError, Throttled, Unreachable
from core.ingest.listing import Listing, Validators
from core.ingest.ports import PaperSource
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType
from tests.fakes import services
from tests.fakes.clock import FakeClock
from tests.fakes.damages import damages
from tests.fakes.entries import DAY, HOSTILE, Entry, any_text, is_clean, texts
from tests.fakes.services import Answer, Service, running
from tests.fakes.sources import FakeSource, OtherPlace, announcement, invented_paper

#: what a test of text has to say; a service is laid out anew in every example
over_a_service = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
any_entry = st.builds(Entry, title=any_text(), abstract=any_text(), authors=st.tuples(any_text()))


@dataclass(repr=False)
class Subject:
    """A source under test, and the service that it reads."""

    source: PaperSource
    #: one that it knows, and one that it does not
    scope: str
    unknown: str
    #: the scheme of its identifiers
    scheme: str
    #: None where nothing can be laid out, and where nothing stands between us and the papers
    service: Service | None = None
    fake: FakeSource | None = None
    has_versions: bool = True
    #: its lines announce papers
    is_news: bool = True

    def lists(self, *entries: Entry) -> None:
        """Let it list these."""
        if self.fake:
            self.fake.lists(self.scope, *map(_line, entries))
        elif self.service:
            self.service.lists(*entries)

    def throttles(self) -> None:
        """Let it send everybody away for 7 s."""
        if self.fake:
            self.fake.fails_with(Throttled("Come back in 7 s.", retry_after_s=7.0))
        elif self.service:
            self.service.throttles()

    def says(self, body: bytes, status: int = 200) -> None:
        """Let its service answer everything with this."""
        assert self.service
        self.service.says(body, status)

    async def right_body(self) -> bytes:
        """What its service answers first while it is well."""
        assert self.service
        return await self.service.right_body(self.fetch)

    async def fetch(self, last: SourceState | None = None) -> Listing:
        """What it lists in its scope."""
        return await self.source.fetch(self.scope, last)


def _line(entry: Entry) -> Announcement:
    kind = AnnounceType.REPLACE if entry.version > 1 else AnnounceType.NEW
    return announcement(invented_paper(entry.number or 0, version=entry.version), type=kind)


@asynccontextmanager
async def arxiv(form: Literal["rss", "atom"]) -> AsyncIterator[Subject]:
    async with running(services.arxiv_feed) as service:
        feed = ArxivFeed(service.client, base_url=service.server.url, form=form)
        yield Subject(feed, "cs.CL", "cs.XX", "arxiv", service)


@asynccontextmanager
async def arxiv_otherwise() -> AsyncIterator[Subject]:
    async with running(services.arxiv_page) as service:
        listing = ArxivListing(service.client, base_url=service.server.url)
        feed = ArxivFeed(service.client, base_url="http://127.0.0.1:9", listing=listing)
        yield Subject(OtherPlace(feed), "cs.CL", "cs.XX", "arxiv", service)


@asynccontextmanager
async def huggingface() -> AsyncIterator[Subject]:
    async with running(services.huggingface) as service:
        daily = HuggingFaceDaily(service.client, clock=FakeClock(), base_url=service.server.url)
        yield Subject(daily, "daily", "hourly", "arxiv", service, has_versions=False, is_news=False)


@asynccontextmanager
async def biorxiv(scope: str) -> AsyncIterator[Subject]:
    async with running(services.biorxiv) as service:
        source = Biorxiv(service.client, clock=FakeClock(), base_url=service.server.url)
        yield Subject(source, scope, f"{scope.partition(':')[0]}:astrology", "doi", service)


@asynccontextmanager
async def journal(answer: Answer) -> AsyncIterator[Subject]:
    async with running(answer) as service:
        feeds = JournalFeeds(service.client, clock=FakeClock(), feeds={"letters": f"{service.server.url}/feed"})
        yield Subject(feeds, "feed:letters", "feed:numbers", "doi", service, has_versions=False)


@asynccontextmanager
async def sample() -> AsyncIterator[Subject]:
    yield Subject(SampleSource(DAY), "cs.CL", "cs.XX", "sample")


@asynccontextmanager
async def fake() -> AsyncIterator[Subject]:
    source = FakeSource()
    yield Subject(source, "cs.CL", "cs.XX", "arxiv", fake=source)


SOURCES: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {
    "arxiv-rss": partial(arxiv, "rss"),
    "arxiv-atom": partial(arxiv, "atom"),
    "arxiv-otherwise": arxiv_otherwise,
    "huggingface": huggingface,
    "biorxiv": partial(biorxiv, "biorxiv"),
    "biorxiv-area": partial(biorxiv, "biorxiv:neuroscience"),
    "journal-rss": partial(journal, services.journal_rss),
    "journal-atom": partial(journal, services.journal_atom),
    "journal-rdf": partial(journal, services.journal_rdf),
    "sample": sample,
    "fake": fake,
}
LAID_OUT = [name for name in SOURCES if name != "sample"]
OVER_HTTP = [name for name in LAID_OUT if name != "fake"]
#: those whose service says what makes the next question conditional
CONDITIONAL = [name for name in LAID_OUT if name.startswith(("arxiv-rss", "arxiv-atom", "journal", "fake"))]
over_all = pytest.mark.parametrize("subject", SOURCES, indirect=True)
laid_out = pytest.mark.parametrize("subject", LAID_OUT, indirect=True)
over_http = pytest.mark.parametrize("subject", OVER_HTTP, indirect=True)
conditional = pytest.mark.parametrize("subject", CONDITIONAL, indirect=True)


@pytest.fixture
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with SOURCES[request.param]() as made:
            made.lists(Entry(number=1), Entry(number=2, version=2, title="On fog"))
            yield made


def after(listing: Listing) -> SourceState:
    """What ingestion remembers of a listing."""
    now = datetime(2026, 2, 4, 12, tzinfo=UTC)
    return SourceState(
        source=listing.source,
        scope=listing.scope,
        state=State.FRESH,
        checked_at=now,
        listing_day=listing.day,
        validators=listing.validators,
    )


@laid_out
async def test_lists_what_was_announced(subject: Subject) -> None:
    """Every paper of the listing is told once, in the version that was announced, where the source knows versions."""
    told = [(one.paper.id.value[-1], one.paper.version, one.type) for one in (await subject.fetch()).announcements]
    second = (2, AnnounceType.REPLACE) if subject.has_versions else (1, AnnounceType.NEW)
    assert sorted(told) == [("1", 1, AnnounceType.NEW), ("2", *second)]


@over_all
async def test_names_itself_its_scope_and_its_day(subject: Subject) -> None:
    """A listing says what it is of, and so does each line; what lies within the scope may name the part of it."""
    listing = await subject.fetch()
    assert (listing.source, listing.scope, listing.day) == (subject.source.name, subject.scope, DAY)
    assert listing.announcements
    for line in listing.announcements:
        assert line.source == subject.source.name
        assert line.scope.startswith(subject.scope)
        assert DAY - timedelta(days=14) <= line.day <= DAY
        assert line.is_news == subject.is_news
        assert not line.is_history
    assert not (listing.is_unchanged or listing.is_cut or listing.problems)


@over_all
async def test_papers_are_whole(subject: Subject) -> None:
    """Every paper has a canonical identifier that it does not repeat, a title, authors, an address, a UTC moment."""
    for paper in (one.paper for one in (await subject.fetch()).announcements):
        assert paper.id.scheme == subject.scheme
        assert PaperId.parse(str(paper.id)) == paper.id
        # the DOI that arXiv gives a paper is read as the paper's own identifier
        assert all(PaperId.parse(str(id)) in (id, paper.id) for id in paper.identifiers)
        assert paper.id not in paper.identifiers
        assert len(set(paper.identifiers)) == len(paper.identifiers)
        assert paper.title
        assert paper.authors
        assert paper.url.startswith("https://")
        assert paper.published is not None
        assert paper.published.utcoffset() == timedelta()
        assert all(map(is_clean, texts(paper)))
        assert paper.doi is None or paper.doi == paper.doi.lower()


@laid_out
async def test_authors_are_full_names_in_their_order(subject: Subject) -> None:
    """Names are in reading order, whatever order the service writes them in."""
    first = {one.paper.authors[0] for one in (await subject.fetch()).announcements}
    assert first == {"Ada Example"}


@conditional
async def test_asks_conditionally(subject: Subject) -> None:
    """With the validators of the last answer, an unchanged listing says so and keeps them."""
    first = await subject.fetch()
    assert first.validators != Validators()
    again = await subject.fetch(after(first))
    assert (again.is_unchanged, again.announcements, again.validators) == (True, (), first.validators)
    assert (again.source, again.scope) == (first.source, first.scope)


@conditional
async def test_a_change_is_a_whole_listing(subject: Subject) -> None:
    """When something changed, the answer is the whole listing, whatever was remembered."""
    first = await subject.fetch()
    subject.lists(Entry(number=1))
    again = await subject.fetch(after(first))
    assert (again.is_unchanged, len(again.announcements), again.day) == (False, 1, DAY)
    assert again.validators != first.validators


@laid_out
async def test_asked_again_it_tells_the_same(subject: Subject) -> None:
    """Nothing is kept between two questions: without a memory of the first, the second has the same answer."""
    assert await subject.fetch() == await subject.fetch()


@laid_out
async def test_an_empty_listing_is_a_listing(subject: Subject) -> None:
    """A listing without papers is an answer, and neither an error nor `is_unchanged`."""
    subject.lists()
    listing = await subject.fetch()
    assert (listing.announcements, listing.problems, listing.is_unchanged) == ((), (), False)


@over_all
async def test_an_unknown_scope_is_told(subject: Subject) -> None:
    """A scope that the source does not know is an error that names it, never an empty listing."""
    for scope in (subject.unknown, "cs.XX", "x" * 500):
        with pytest.raises(BadCategory) as told:
            await subject.source.fetch(scope, None)
        assert scope.rpartition(":")[2][:20] in str(told.value)
        assert len(told.value.sentence()) < 300


@laid_out
async def test_being_throttled_is_told_with_the_wait(subject: Subject) -> None:
    """A source that asks us to wait says how long."""
    subject.throttles()
    with pytest.raises(Throttled) as told:
        await subject.fetch()
    assert told.value.retry_after_s == 7.0
    assert isinstance(told.value, SourceError)


@over_http
async def test_what_cannot_be_read_is_a_problem(subject: Subject) -> None:
    """Entries without an identifier or without a title are told, and the others stay."""
    subject.lists(Entry(number=None), Entry(number=2, title=""), Entry(number=3), Entry(number=4, title="\u202e\u2066"))
    listing = await subject.fetch()
    assert [one.paper.id.value[-1] for one in listing.announcements] == ["3"]
    assert len(listing.problems) == 3
    assert all(one.where and one.reason and is_clean(one.where) and is_clean(one.reason) for one in listing.problems)


@over_http
@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>We are down for maintenance.</body></html>", b"nonsense", b'"text"', b"\x00\x01\xff\xfe" * 9],
    ids=["empty", "web page", "text", "json", "bytes"],
)
async def test_a_broken_body_is_an_error(subject: Subject, body: bytes) -> None:
    """An answer that is no listing is an error in one sentence, and never an empty listing."""
    subject.says(body)
    with pytest.raises(SourceError) as told:
        await subject.fetch()
    assert is_clean(told.value.sentence())


@over_http
async def test_half_an_answer_is_never_half_a_day(subject: Subject) -> None:
    """Wherever an answer breaks off: it is an error, or whole, or says that something is missing."""
    body = await subject.right_body()
    for end in range(0, len(body), 17):
        subject.says(body[:end])
        try:
            listing = await subject.fetch()
        except SourceError:
            continue
        assert listing.problems or listing.flaw or len(listing.announcements) == 2, body[:end]


@over_http
@pytest.mark.parametrize("status", [401, 402, 404, 410, 418, 500, 502])
async def test_an_answer_of_no_is_an_error(subject: Subject, status: int) -> None:
    """A status that says no is an error, whatever comes with it."""
    subject.says(b"<html>no</html>", status)
    with pytest.raises(SourceError):
        await subject.fetch()


@over_http
async def test_a_broken_connection_is_told(subject: Subject) -> None:
    """A source that cannot be reached is an error of its own kind, which heals by itself."""
    assert subject.service
    subject.service.breaks_off = True
    with pytest.raises(Unreachable) as told:
        await subject.fetch()
    assert is_clean(told.value.sentence())
    subject.service.breaks_off = False
    assert (await subject.fetch()).announcements


@over_http
async def test_a_cancelled_question_leaves_nothing_behind(subject: Subject) -> None:
    """Whoever stops waiting can ask again, and has the same answer as ever."""
    assert subject.service
    usual = await subject.fetch()
    subject.service.delay_s = 0.2
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await subject.fetch()
    subject.service.delay_s = 0.0
    assert await subject.fetch() == usual


@over_http
async def test_hostile_text_is_one_visible_line(subject: Subject) -> None:
    """Control characters, overrides of direction, invisible tags and line breaks do not come through; words do."""
    subject.lists(Entry(title=HOSTILE, abstract=HOSTILE, authors=(HOSTILE, "Bo Sample")))
    (one,) = (await subject.fetch()).announcements
    assert all(map(is_clean, texts(one.paper)))
    for said in (one.paper.title, one.paper.abstract):
        assert said.startswith("Lit lanterns")
        assert "fog" in said


@over_http
@over_a_service
@given(entries=st.lists(any_entry, max_size=2))
async def test_whatever_is_told_is_a_clean_line_or_a_problem(subject: Subject, entries: list[Entry]) -> None:
    """No text makes an entry vanish, or brings anything invisible in."""
    subject.lists(*(replace(entry, number=place) for place, entry in enumerate(entries, 1)))
    listing = await subject.fetch()
    assert len(listing.announcements) + len(listing.problems) == len(entries)
    assert all(is_clean(text) for one in listing.announcements for text in texts(one.paper))


@over_http
@over_a_service
@example(damage=lambda body: body.replace(b"10.1000/", b"10.1000/\x81\xf4"))
@example(damage=lambda body: body.replace(b"10.1000/", b"https://doi.org/10.1000/%0A%C2%81"))
@example(damage=lambda body: body.replace(b"purl.org/dc", b"purl.org /dc"))
@given(damage=damages())
async def test_a_damaged_body_is_a_listing_or_an_error(subject: Subject, damage: Callable[[bytes], bytes]) -> None:
    """Whatever was done to an answer, nothing but a listing or an error of a source comes of it."""
    subject.says(damage(await subject.right_body()))
    try:
        listing = await subject.fetch()
    except (SourceError, BadCategory) as error:
        assert is_clean(error.sentence())
    else:
        assert all(isinstance(one.day, date) for one in listing.announcements)
        assert all(is_clean(text) for one in listing.announcements for text in texts(one.paper))
