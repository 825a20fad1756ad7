"""What every archive of papers promises, run over each of them: real ones over loopback, and the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import stamina
from hypothesis import HealthCheck, given, settings

from adapters.sources.arxiv_oai import ArxivArchive
from adapters.sources.biorxiv import Biorxiv
from adapters.sources.huggingface import HuggingFaceDaily
from core.errors import BadCategory, SourceError, Throttled
from core.ingest.listing import Page
from core.ingest.ports import PaperArchive
from core.papers.identifiers import PaperId
from tests.fakes import services
from tests.fakes.clock import FakeClock
from tests.fakes.damages import damages
from tests.fakes.entries import HOSTILE, Entry, is_clean
from tests.fakes.services import Service, running
from tests.fakes.sources import FakeArchive

#: over the end of a month, up to the day on which it is asked
SINCE, UNTIL = date(2026, 1, 29), date(2026, 2, 4)
DAYS = [SINCE + timedelta(days=number) for number in range((UNTIL - SINCE).days + 1)]
#: one paper before the span, none on its second day, two on its third
LISTED = [SINCE - timedelta(days=1), DAYS[0], DAYS[2], DAYS[2], *DAYS[3:]]
#: an archive is laid out anew in every example
over_a_service = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(repr=False)
class Subject:
    """An archive under test."""

    archive: PaperArchive
    scope: str
    unknown: str
    #: None where nothing stands between us and the papers
    service: Service | None = None
    fake: FakeArchive | None = None

    async def pages(self, since: date = SINCE, until: date = UNTIL, *, cursor: str = "") -> list[Page]:
        """All of them."""
        async with aclosing(self.archive.pages(self.scope, since, until, cursor=cursor)) as pages:
            return [page async for page in pages]

    def sends_away(self, after: int) -> None:
        """Answer that many more requests, and then, once, that we shall come back in 7 s."""
        if self.fake:
            self.fake.failures[SINCE + timedelta(days=2 * after)] = Throttled("In 7 s.", retry_after_s=7.0)
        elif self.service:
            self.service.throttled = {self.service.requests + after + 1}


@asynccontextmanager
async def arxiv() -> AsyncIterator[Subject]:
    async with running(services.arxiv_archive) as service:
        yield Subject(ArxivArchive(service.client, base_url=service.server.url), "cs.CL", "cs.XX", service)


@asynccontextmanager
async def biorxiv() -> AsyncIterator[Subject]:
    async with running(services.biorxiv) as service:
        archive = Biorxiv(service.client, clock=FakeClock(), base_url=service.server.url)
        yield Subject(archive, "biorxiv", "biorxiv:astrology", service)


@asynccontextmanager
async def huggingface() -> AsyncIterator[Subject]:
    async with running(services.huggingface) as service:
        archive = HuggingFaceDaily(service.client, clock=FakeClock(), base_url=service.server.url)
        yield Subject(archive, "daily", "hourly", service)


@asynccontextmanager
async def fake() -> AsyncIterator[Subject]:
    archive = FakeArchive()
    yield Subject(archive, "cs.CL", "cs.XX", fake=archive)


ARCHIVES: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {
    "arxiv": arxiv,
    "biorxiv": biorxiv,
    "huggingface": huggingface,
    "fake": fake,
}
over_all = pytest.mark.parametrize("subject", ARCHIVES, indirect=True)
over_http = pytest.mark.parametrize("subject", [name for name in ARCHIVES if name != "fake"], indirect=True)


@pytest.fixture
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with ARCHIVES[request.param]() as made:
            if made.service:
                made.service.lists(*(Entry(number=place, day=day) for place, day in enumerate(LISTED)))
            yield made


def ids(pages: list[Page]) -> set[PaperId]:
    return {line.paper.id for page in pages for line in page.listing.announcements}


async def some(subject: Subject, most: int, cursor: str = "") -> list[Page]:
    """No more than so many pages, and then stop in the middle."""
    read: list[Page] = []
    async with aclosing(subject.archive.pages(subject.scope, SINCE, UNTIL, cursor=cursor)) as pages:
        while len(read) < most:
            read.append(await anext(pages))
    return read


@over_all
async def test_pages_cover_the_span(subject: Subject) -> None:
    """Every paper of the days from the first to the last is on some page, once, under its day; others are on none."""
    pages = await subject.pages()
    lines = [line for page in pages for line in page.listing.announcements]
    assert len(lines) == len(ids(pages))
    assert len(pages) > 2
    if subject.fake:
        assert sorted(line.day for line in lines) == DAYS
    else:
        assert sorted(line.day for line in lines) == LISTED[1:]


@over_all
async def test_pages_name_their_source_and_scope(subject: Subject) -> None:
    """Each page is a listing of the scope that was asked for, and so are its lines."""
    for page in await subject.pages():
        assert (page.listing.source, page.listing.scope) == (subject.archive.name, subject.scope)
        assert not (page.listing.is_unchanged or page.listing.is_cut)
        for line in page.listing.announcements:
            assert line.source == subject.archive.name
            assert line.scope.startswith(subject.scope)
            assert PaperId.parse(str(line.paper.id)) == line.paper.id


@over_all
async def test_only_the_last_page_has_no_cursor(subject: Subject) -> None:
    """Every page but the last says where to go on, each in another place."""
    *before, last = [page.cursor for page in await subject.pages()]
    assert last == ""
    assert all(before)
    assert len(set(before)) == len(before)


@over_all
async def test_progress_never_goes_back(subject: Subject) -> None:
    """What is done grows up to all there is, where an archive counts."""
    pages = await subject.pages()
    done = [page.done for page in pages if page.done is not None]
    assert done == sorted(done)
    assert all(page.total == pages[0].total for page in pages)
    assert pages[-1].done == pages[-1].total


@over_all
async def test_goes_on_after_any_page(subject: Subject) -> None:
    """Stopped after any page, the rest comes with that page's cursor: nothing is missing and nothing comes twice."""
    whole = await subject.pages()
    for most in range(1, len(whole)):
        before = await some(subject, most)
        rest = await subject.pages(cursor=before[-1].cursor)
        assert [page.listing for page in (*before, *rest)] == [page.listing for page in whole]


@over_all
async def test_stopped_at_every_page_it_comes_to_the_end(subject: Subject) -> None:
    """Read one page at a time, each with the cursor of the one before, it is the same as read at once."""
    whole = await subject.pages()
    read: list[Page] = await some(subject, 1)
    while read[-1].cursor:
        read += await some(subject, 1, read[-1].cursor)
    assert [page.listing for page in read] == [page.listing for page in whole]


@over_all
async def test_a_forgotten_cursor_starts_a_part_again(subject: Subject) -> None:
    """Where the source does not know a cursor any more, pages may come twice, and none is left out."""
    whole = ids(await subject.pages())
    for most in range(1, len(await subject.pages())):
        before = await some(subject, most)
        if subject.service:
            subject.service.forgets()
        assert ids(before) | ids(await subject.pages(cursor=before[-1].cursor)) == whole


@over_all
@pytest.mark.parametrize(
    "cursor", ["nonsense", " ", "2026-02-31", "2019-01-01", "2031-01-01 x", "biorxiv/x/99", "\u0661"]
)
async def test_a_cursor_of_nobodys_begins_at_the_beginning(subject: Subject, cursor: str) -> None:
    """A cursor that this span never gave leaves nothing out."""
    assert ids(await subject.pages(cursor=cursor)) == ids(await subject.pages())


@over_all
async def test_sent_away_in_the_middle_it_goes_on_later(subject: Subject) -> None:
    """Whichever page the source asks us to wait at, it says how long, and the cursor before leads to all the rest."""
    whole = await subject.pages()
    for after in range(len(whole)):
        read: list[Page] = []
        subject.sends_away(after)
        with pytest.raises(Throttled) as told:
            async with aclosing(subject.archive.pages(subject.scope, SINCE, UNTIL)) as pages:
                while True:
                    read.append(await anext(pages))
        assert told.value.retry_after_s == 7.0
        assert len(read) <= after
        rest = await subject.pages(cursor=read[-1].cursor if read else "")
        assert ids(read) | ids(rest) == ids(whole)


@over_all
async def test_a_span_that_ends_before_it_begins_is_empty(subject: Subject) -> None:
    """No days, no papers, and no error."""
    assert ids(await subject.pages(UNTIL, SINCE)) == set()


@over_http
async def test_days_without_papers_are_no_error(subject: Subject) -> None:
    """A span in which nothing was listed ends with a page that says so, or with none."""
    assert subject.service
    subject.service.lists()
    pages = await subject.pages()
    assert ids(pages) == set()
    assert all(page.cursor for page in pages[:-1])


@over_http
async def test_one_day_is_a_span(subject: Subject) -> None:
    """First and last day may be the same."""
    pages = await subject.pages(DAYS[2], DAYS[2])
    assert sorted(str(id)[-1] for id in ids(pages)) == ["2", "3"]
    assert pages[-1].cursor == ""


@over_http
async def test_days_to_come_are_no_error(subject: Subject) -> None:
    """A span may reach beyond today; what there is comes."""
    assert len(ids(await subject.pages(SINCE, UNTIL + timedelta(days=40)))) == len(LISTED) - 1


@over_http
async def test_an_unknown_scope_is_told(subject: Subject) -> None:
    """A scope that the archive does not know is an error, also where there is nothing to read."""
    subject.scope = subject.unknown
    for until in (UNTIL, SINCE - timedelta(days=1)):
        with pytest.raises(BadCategory):
            await subject.pages(SINCE, until)


@over_http
async def test_what_cannot_be_read_is_a_problem(subject: Subject) -> None:
    """Records without an identifier or a title are told, the others stay, and text comes as one visible line."""
    assert subject.service
    subject.service.lists(Entry(number=None), Entry(number=2, title=""), Entry(number=3, title=HOSTILE))
    pages = await subject.pages()
    assert [str(id)[-1] for id in ids(pages)] == ["3"]
    assert sum(len(page.listing.problems) for page in pages) == 2
    assert all(is_clean(line.paper.title) for page in pages for line in page.listing.announcements)


@over_http
@pytest.mark.parametrize("body", [b"", b"<html>down</html>", b"nonsense", b'"text"'])
async def test_a_broken_body_is_an_error(subject: Subject, body: bytes) -> None:
    """An answer that is no page is an error, and never the end of the span."""
    assert subject.service
    subject.service.says(body)
    with pytest.raises(SourceError):
        await subject.pages()


@pytest.mark.parametrize("subject", ["arxiv", "biorxiv"], indirect=True)
async def test_the_same_page_again_is_an_error(subject: Subject) -> None:
    """A service that counts its pages and gives one again and again is not believed: the others would be missing."""
    assert subject.service
    subject.service.says(await first_body(subject))
    with pytest.raises(SourceError, match="same page"):
        await some(subject, 12)


@over_http
@over_a_service
@given(damage=damages())
async def test_a_damaged_page_is_a_page_or_an_error(subject: Subject, damage: Callable[[bytes], bytes]) -> None:
    """Whatever was done to an answer, nothing but pages or an error of a source comes of it."""
    assert subject.service
    subject.service.says(damage(await first_body(subject)))
    try:
        await some(subject, 12)
    except (SourceError, BadCategory) as error:
        assert is_clean(error.sentence())
    except StopAsyncIteration:
        pass


async def first_body(subject: Subject) -> bytes:
    """The body of the first answer of a service that is well."""
    assert subject.service
    return await subject.service.right_body(lambda: some(subject, 1))
