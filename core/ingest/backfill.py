"""The use case that reads days gone by from a source's archive, page by page, and goes on where it was interrupted.

Each page is stored in one transaction before its cursor is remembered, so that a crash anywhere repeats at most one
page and loses none. What is read long after its day is history: on record, and no news for a digest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from core.errors import BadCategory, SourceError, Throttled
from core.ingest.freshness import cool_down_s, left_to_wait_s
from core.ingest.guard import guarded_pages
from core.ingest.listing import Listing, Page, Stored
from core.ingest.ports import ListingStore, PaperArchive
from core.ingest.state import Backfill, Report, State
from core.text.readable import counted
from core.time import Clock

#: papers that are found this much later than their listing day are no news any more
NEWS_FOR: Final = timedelta(days=14)
#: the last days of a span were not over when it was read, or not all told
_GROWING: Final = timedelta(days=2)
#: what a person who asked for days can do, after the sentence on what went wrong
GOES_ON: Final = "Running it again goes on where it stopped."
#: waits that a source asks for in the middle are obeyed and not told, up to this long, in seconds
_PATIENCE_S: Final = 120.0
_WAITS: Final = 5
#: in the place of a cursor where nothing is left to read; no archive's own cursor is a single word
_END: Final = "end"
_RESTING: Final = "The source asked us to come back later."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far one scope's backfill has come, for whoever waits."""

    #: what is being read, `arxiv cs.CL`
    what: str
    #: in the archive's own steps (papers or days), where it can tell
    done: int | None = None
    total: int | None = None
    #: papers read so far
    fetched: int = 0


async def read(
    archive: PaperArchive,
    scope: str,
    since: date,
    until: date,
    store: ListingStore,
    clock: Clock,
    *,
    tell: Callable[[Step], None],
) -> Report:
    """Read what the archive has of the days `since` to `until`, from where an earlier run of the same span stopped.

    A source's failure is told in the report, and running it again goes on from there. Raises StoreError.
    """
    report = await _read(archive, scope, since, until, store, clock, tell)
    if not report.state.is_trouble:
        await store.forget_backfill(Backfill(source=archive.name, scope=scope, since=since, until=until))
    return report


async def read_all(
    wanted: Sequence[tuple[PaperArchive, str]],
    since: date,
    until: date,
    store: ListingStore,
    clock: Clock,
    *,
    tell: Callable[[Step], None],
) -> tuple[Report, ...]:
    """`read` each scope of each archive; one that is complete is not read again before all of them are.

    What no later run could read, a category that does not exist say, is told, and the others do not wait for it. The
    reports are in order, with what earlier runs of the same span did, or of one that ended on an earlier day (`cut`).
    Raises StoreError.
    """
    todo = [
        (archive, scope, cut(since, until, await store.backfills(archive.name, scope))) for archive, scope in wanted
    ]
    reports = [await _read_in_turn(archive, scope, spans, store, clock, tell) for archive, scope, spans in todo]
    begun = [await store.backfill(archive.name, scope, *span) for archive, scope, spans in todo for span in spans]
    if all(one is None or is_complete(one) or is_unread(one) for one in begun):
        for one in filter(None, begun):
            await store.forget_backfill(one)
    return tuple(reports)


def cut(since: date, until: date, begun: Sequence[Backfill]) -> tuple[tuple[date, date], ...]:
    """The span (first and last day) as earlier runs have cut it that began with it and ended on an earlier day.

    "Until today" is another span tomorrow: what yesterday's run did is gone on with, and the days since then follow.
    """
    ends = [one.until for one in begun if one.since == since and since + _GROWING < one.until <= until]
    end = max(ends, default=until)
    return ((since, end),) if end == until else ((since, end), *cut(end - _GROWING, until, begun))


def is_complete(todo: Backfill) -> bool:
    """True where everything was read, and only other scopes of the same run are not."""
    return todo.cursor == _END


def is_unread(todo: Backfill) -> bool:
    """True where the end was reached and next to nothing was understood: another run begins anew."""
    return not todo.cursor and todo.failed > 0


def aged(listing: Listing, today: date) -> Listing:
    """The same listing, with the lines marked that are too old to be news today."""
    oldest = today - NEWS_FOR
    lines = tuple(replace(line, is_history=True) if line.day < oldest else line for line in listing.announcements)
    return replace(listing, announcements=lines)


async def _read_in_turn(
    archive: PaperArchive,
    scope: str,
    spans: Sequence[tuple[date, date]],
    store: ListingStore,
    clock: Clock,
    tell: Callable[[Step], None],
) -> Report:
    """One report on all of the spans; after one that is in trouble, the others are not begun."""
    whole = Report(source=archive.name, scope=scope, state=State.QUIET)
    for since, until in spans:
        told = partial(_tell_after, whole.fetched, tell)
        whole = _together(whole, await _read(archive, scope, since, until, store, clock, told))
        if whole.state.is_trouble:
            break
    return whole


def _tell_after(fetched: int, tell: Callable[[Step], None], step: Step) -> None:
    tell(replace(step, fetched=fetched + step.fetched))


def _together(one: Report, next: Report) -> Report:
    return replace(
        next,
        state=one.state if next.state is State.QUIET else next.state,
        fetched=one.fetched + next.fetched,
        stored=one.stored + next.stored,
        failed=one.failed + next.failed,
        error=f"{one.error} {next.error}".strip(),
    )


async def _read(
    archive: PaperArchive,
    scope: str,
    since: date,
    until: date,
    store: ListingStore,
    clock: Clock,
    tell: Callable[[Step], None],
) -> Report:
    begun = await store.backfill(archive.name, scope, since, until)
    progress = begun or Backfill(source=archive.name, scope=scope, since=since, until=until)
    if is_unread(progress):
        progress = replace(progress, fetched=0, stored=Stored(), failed=0)
    if is_complete(progress):
        return _ended(progress)
    if wait_s := await _wait_s(archive.name, store, clock.now()):
        await store.save_backfill(progress, at=clock.now())  # what is complete beside it waits for it
        return replace(
            _report(progress, State.THROTTLED), error=f"{_RESTING} {GOES_ON}", retry_after_s=round(wait_s, 1)
        )
    return await _go_on(archive, progress, store, clock, tell)


async def _wait_s(source: str, store: ListingStore, now: datetime) -> float:
    """How long the source still wants to be left alone, whatever it was asked for before: a refresh, or days."""
    waits = [left_to_wait_s(one, now) for one in await store.source_states() if one.source == source]
    waits += [left_to_wait_s(one, now) for one in await store.backfills(source)]
    return max(waits, default=0.0)


async def _go_on(
    archive: PaperArchive, progress: Backfill, store: ListingStore, clock: Clock, tell: Callable[[Step], None]
) -> Report:
    scope, since, until = progress.scope, progress.since, progress.until
    waits = 0
    tell(Step(what=f"{archive.name} {scope}", fetched=progress.fetched))
    while True:
        try:
            read_pages = archive.pages(scope, since, until, cursor=progress.cursor)
            async with aclosing(guarded_pages(read_pages, f"the archive of {archive.name} {scope}")) as pages:
                async for page in pages:
                    progress = await _keep(page, progress, store, clock)
                    waits = 0
                    tell(_step(progress, page))
        except Throttled as error:
            waits += 1
            if waits > _WAITS or (error.retry_after_s or _PATIENCE_S) > _PATIENCE_S:
                return await _interrupted(error, progress, store, clock)
            await clock.sleep(error.retry_after_s or _PATIENCE_S / 4)
        except (SourceError, BadCategory) as error:
            return await _interrupted(error, progress, store, clock)
        else:
            return await _concluded(progress, store, clock)


async def _keep(page: Page, before: Backfill, store: ListingStore, clock: Clock) -> Backfill:
    listing = aged(page.listing, clock.now().date())
    stored = await store.add(listing, at=clock.now())
    after = replace(
        before,
        cursor=page.cursor,
        fetched=before.fetched + len(listing.announcements),
        stored=before.stored + stored,
        failed=before.failed + len(listing.problems),
        troubles=0,
        wait_until=None,
    )
    if page.cursor:
        await store.save_backfill(after, at=clock.now())
    return after


async def _interrupted(
    error: SourceError | BadCategory, progress: Backfill, store: ListingStore, clock: Clock
) -> Report:
    if isinstance(error, BadCategory):
        await store.forget_backfill(progress)  # asking again would not help
        return replace(_report(progress, State.FAILED), error=error.sentence())
    now, told = clock.now(), error.sentence()
    if isinstance(error, Throttled):
        progress, wait_s = _resting(progress, error, now)
        report = replace(_report(progress, State.THROTTLED), retry_after_s=wait_s)
    else:
        report = _report(progress, State.FAILED)
    await store.save_backfill(progress, at=now)
    return replace(report, error=f"{told} {GOES_ON}" if progress.cursor else told)


def _resting(progress: Backfill, error: Throttled, now: datetime) -> tuple[Backfill, float]:
    """The backfill with the wait that its archive asked for, which the next run obeys, and that wait in seconds."""
    troubles = progress.troubles + 1
    wait_s = cool_down_s(troubles, error.retry_after_s)
    return replace(progress, troubles=troubles, wait_until=now + timedelta(seconds=wait_s)), wait_s


async def _concluded(progress: Backfill, store: ListingStore, clock: Clock) -> Report:
    """The end of the span; see `is_complete` and `is_unread`."""
    report = _ended(progress)
    cursor = "" if report.state.is_trouble else _END
    await store.save_backfill(replace(progress, cursor=cursor), at=clock.now())
    return report


def _ended(progress: Backfill) -> Report:
    if progress.stored.new or progress.stored.updated:
        return _report(progress, State.FRESH)
    return _report(progress, State.FAILED if progress.failed > progress.fetched else State.QUIET)


def _report(progress: Backfill, state: State) -> Report:
    told = f"{counted(progress.failed, 'entry')} could not be read." if progress.failed else ""
    return Report(
        source=progress.source,
        scope=progress.scope,
        state=state,
        fetched=progress.fetched,
        stored=progress.stored,
        failed=progress.failed,
        error=told,
    )


def _step(progress: Backfill, page: Page) -> Step:
    what = f"{progress.source} {progress.scope}"
    return Step(what=what, done=page.done, total=page.total, fetched=progress.fetched)
