from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.origins import Origins
from bot.tasks import (
    FAILURE,
    IN_PART,
    Ingestion,
    exit_code_of_digest,
    exit_code_of_reports,
    export_lists,
    ingest,
    remarks,
)
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.converse.lists.feedback import AnnotationChange
from core.converse.ports import Store
from core.deliver.content import Digest
from core.deliver.digest import DeliveryOutcome, Result
from core.deliver.ledger import Counts
from core.deliver.problems import sentences
from core.errors import PaperboyError, Throttled, Unreachable, UsageError
from core.ingest.state import Report, SourceState, State
from core.papers.citations.export import parse_format
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.enriching import FakeIndex
from tests.fakes.feeds import a_feed
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.sources import DAY, FakeArchive, FakeSource, announcement, invented_paper
from tests.fakes.stores import SqlStore

FILE = Path("feed.xml")
TODAY = NOON.date()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def arxiv() -> FakeSource:
    source = FakeSource("arxiv")
    for number, category in enumerate(("cs.CL", "cs.LG", "cs.AI"), 1):
        source.lists(category, announcement(invented_paper(number, category)))
    return source


@pytest.fixture
def archive() -> FakeArchive:
    return FakeArchive("arxiv")


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex("openalex")


@pytest.fixture
def app(store: Store, arxiv: FakeSource, archive: FakeArchive, index: FakeIndex) -> App:
    sources = {"arxiv": arxiv, "feeds": FakeSource("feeds")}
    sources["feeds"].lists("feed:nature")
    origins = Origins(
        sources=sources, archives={"arxiv": archive}, enrichers=(index,), always=(("feeds", "feed:nature"),)
    )
    return App(store=store, clock=FakeClock(), load_origins=lambda: origins)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Ingestion(file=FILE, format="feed", names=("arxiv",)), "A file is read alone."),
        (Ingestion(file=FILE, format="feed", since=DAY), "A file is read alone."),
        (Ingestion(file=FILE, format="feed", until=DAY), "A file is read alone."),
        (Ingestion(file=FILE), "Which format has the file?"),
        (Ingestion(file=FILE, format="pdf"), "'pdf' is not a format."),
        (Ingestion(file=FILE, format="feed"), "There is no file feed.xml."),
        (Ingestion(format="feed"), "--format goes with --file."),
        (Ingestion(day=DAY, since=DAY), "--day is one day"),
        (Ingestion(day=DAY, until=DAY), "--day is one day"),
        (Ingestion(until=DAY), "From which day on?"),
        (Ingestion(since=DAY, until=DAY - timedelta(days=1)), "2026-02-03 is before 2026-02-04."),
        (Ingestion(since=date.max), "9999-12-31"),
        (Ingestion(since=date(1991, 8, 13)), "no preprint servers on 1991-08-13"),
        (Ingestion(day=TODAY + timedelta(days=2)), "2026-02-06 has not come yet."),
        (Ingestion(names=("medline",)), "There is no source 'medline'."),
        (Ingestion(names=("medline",), since=DAY), "There is no source 'medline'."),
        (Ingestion(names=("feeds",), since=DAY), "None of these sources has an archive."),
    ],
)
async def test_what_cannot_be_meant_is_told(app: App, arxiv: FakeSource, asked: Ingestion, sentence: str) -> None:
    """Each mixture that makes no sense is a sentence and a hint, before anything is read."""
    with pytest.raises(UsageError, match=sentence.replace("?", r"\?")) as raised:
        await ingest(app, asked, show=False)
    assert raised.value.hint or asked.file
    assert arxiv.requests == []


async def test_a_day_is_a_span_of_one(app: App, archive: FakeArchive) -> None:
    """`--day` asks the archive for that day; `--since` alone for all days until today."""
    await ingest(app, Ingestion(names=("arxiv",), day=DAY), show=False)
    assert {(since, until) for _, since, until, _ in archive.requests} == {(DAY, DAY)}
    archive.requests.clear()
    first = DAY - timedelta(days=3)
    await ingest(app, Ingestion(names=("arxiv",), since=first), show=False)
    assert {(since, until) for _, since, until, _ in archive.requests} == {(first, TODAY)}


async def test_nobody_is_asked_for_days_to_come(app: App, archive: FakeArchive) -> None:
    """`--until` next century ends tomorrow, because somewhere that is today already."""
    await ingest(app, Ingestion(names=("arxiv",), since=DAY, until=date(2099, 12, 31)), show=False)
    assert {(since, until) for _, since, until, _ in archive.requests} == {(DAY, TODAY + timedelta(days=1))}


async def test_days_gone_by_are_read_of_sources_with_an_archive_alone(app: App) -> None:
    """A feed has no days gone by; the others of the channel's sources are read."""
    reports = await ingest(app, Ingestion(day=DAY), show=False)
    assert [(one.source, one.scope) for one in reports] == [("arxiv", scope) for scope in ("cs.AI", "cs.CL", "cs.LG")]


async def test_a_fresh_database_has_something_to_read(app: App, store: Store) -> None:
    """Before anybody subscribed, the terminal's first categories are read; with channels, theirs."""
    reports = await ingest(app, Ingestion(names=("arxiv",)), show=False)
    assert [one.scope for one in reports] == ["cs.AI", "cs.CL", "cs.LG"]
    assert [str(one.channel) for one in await store.subscriptions()] == ["terminal:main"]
    await store.save_subscription(
        Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.LG",)), at=NOON
    )
    assert [one.scope for one in await ingest(app, Ingestion(names=("arxiv",)), show=False)] == ["cs.LG"]


async def test_indexes_are_asked_where_no_source_was_named(app: App, index: FakeIndex) -> None:
    """A whole refresh ends with the indexes; `--source` is that source alone."""
    await ingest(app, Ingestion(names=("arxiv",)), show=False)
    assert index.requests == []
    reports = await ingest(app, Ingestion(), show=False)
    assert reports[-1].source == "openalex"
    assert index.requests


async def test_a_file_is_one_report(app: App, tmp_path: Path) -> None:
    """A saved feed is stored like one that was fetched, and nobody is asked for anything."""
    asked = Ingestion(file=a_feed(tmp_path, 3), format="arxiv-rss")
    (report,) = await ingest(app, asked, show=False)
    assert (report.source, report.state, report.fetched, report.stored.new) == ("arxiv", State.FRESH, 3, 3)
    (again,) = await ingest(app, asked, show=False)
    assert (again.state, again.stored.known) == (State.QUIET, 3)


def reports_of(*states: State) -> list[Report]:
    return [Report(source="arxiv", scope=f"cs.{number}", state=state) for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ((), 0),
        ((State.FRESH, State.QUIET, State.STALE), 0),
        ((State.FAILED,), FAILURE),
        ((State.THROTTLED, State.FAILED), FAILURE),
        ((State.FRESH, State.FAILED), IN_PART),
        ((State.THROTTLED, State.STALE), IN_PART),
        ((State.PARTIAL,), IN_PART),
        ((State.FAILED, State.PARTIAL), IN_PART),
    ],
)
def test_the_exit_code_tells_how_it_went(states: tuple[State, ...], code: int) -> None:
    """0 where all went well, 1 where everything failed, 3 where a part did; stale is an answer, if an old one."""
    assert exit_code_of_reports(reports_of(*states)) == code


@pytest.mark.parametrize("error", [Unreachable("No answer."), Throttled("Wait.", retry_after_s=600)])
async def test_a_failing_source_is_a_report(app: App, arxiv: FakeSource, error: PaperboyError) -> None:
    """What a source refuses does not end the command."""
    arxiv.fails_with(error, "cs.LG")
    reports = await ingest(app, Ingestion(names=("arxiv",)), show=False)
    assert exit_code_of_reports(reports) == IN_PART
    assert {one.scope: sentences(one.problems) for one in reports}["cs.LG"] == str(error)


@pytest.mark.parametrize(
    ("outcome", "states", "code"),
    [
        (DeliveryOutcome.POSTED, (State.FRESH, State.STALE), 0),
        (DeliveryOutcome.POSTED, (State.FRESH, State.THROTTLED), IN_PART),
        (DeliveryOutcome.PREVIEW, (State.FAILED, State.FRESH), IN_PART),
        (DeliveryOutcome.QUIET, (State.QUIET,), 0),
        (DeliveryOutcome.TROUBLE, (State.THROTTLED,), IN_PART),
        (DeliveryOutcome.TROUBLE, (State.FAILED, State.QUIET), IN_PART),
        (DeliveryOutcome.TROUBLE, (State.FAILED,), FAILURE),
        (DeliveryOutcome.TROUBLE, (), FAILURE),
        (DeliveryOutcome.FAILED, (State.FRESH,), FAILURE),
        (DeliveryOutcome.ALREADY, (State.THROTTLED,), 0),
    ],
)
def test_the_exit_code_of_a_digest(outcome: DeliveryOutcome, states: tuple[State, ...], code: int) -> None:
    """3 where a source could not be read or asks to wait, 1 where nothing came of it, 0 for what was posted before."""
    sources = tuple(
        SourceState(source="arxiv", scope=f"cs.{n}", state=one, checked_at=NOON) for n, one in enumerate(states)
    )
    channel = ChannelRef("terminal", "", "main")
    digest = Digest(subscription=Subscription(channel=channel), day=TODAY, counts=Counts(), sources=sources, items=())
    assert exit_code_of_digest(Result(outcome=outcome, digest=digest)) == code


async def test_what_is_said_of_a_wish(app: App, store: Store) -> None:
    """Who sets an interest at the command line hears how much of the last month it matches, once."""
    papers = [a_paper(n, title=f"Language models, part {n}", abstract="A model speaks.") for n in range(40)]
    await store.add(a_listing(papers, day=TODAY), at=NOON)
    plain = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",))
    wide = replace(plain, interest="language models")
    assert await remarks(app, plain, wide) == (
        "The interest matches 100 % of the last month's 40 papers in cs.CL: probably too wide.",
    )
    assert await remarks(app, wide, replace(wide, size=3)) == ()


async def test_exports(app: App) -> None:
    """A person's list, a channel's and all are exported; private notes are on the person's own list alone."""
    await app.store.add(a_listing([a_paper(number) for number in (1, 2)]), at=NOON)
    channel, person = "slack:T1/C1", "slack:T1/U1"
    for number, public in ((1, False), (2, True)):
        await app.store.add_bookmark(person, a_paper(number).id, channel, at=NOON, public=public)
        change = AnnotationChange(note=f"note {number}")
        await app.store.annotate(person, a_paper(number).id, channel if public else "", change, at=NOON)
    told = parse_format("ris")
    own = await export_lists(app, told, user=person, channel=None)
    team = await export_lists(app, told, user=None, channel=channel)
    everything = await export_lists(app, told, user=None, channel=None)
    assert [text.count("TY  - ") for text in (own, team, everything)] == [2, 1, 2]
    assert ["note 1" in text for text in (own, team, everything)] == [True, False, False]
    assert "note 2" in team
    with pytest.raises(UsageError):
        await export_lists(app, told, user=person, channel=channel)
