"""The use case that reads days gone by from a source's archive, page by page, and goes on where it was interrupted.

Each page is stored in one transaction before its cursor is remembered, so that a crash anywhere repeats at most one
page and loses none. What is read long after its day is history: on record, and no news for a digest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from core.errors import BadCategory, SourceError, Throttled
from core.ingest.freshness import cool_down_s, left_to_wait_s
from core.ingest.guard import guarded_pages
from core.ingest.listing import Listing, Page
from core.ingest.ports import ListingStore, PaperArchive
from core.ingest.problems import Interruption, UnreadableEntries, WaitRequest, obstacle_of
from core.ingest.state import Backfill, Phase, Report, State
from core.papers.identity.changes import Stored
from core.time import Clock

#: papers that are found this much later than their listing day are no news any more
NEWS_FOR: Final = timedelta(days=14)
#: the last days of a span were not over when it was read, or not all told
_GROWING: Final = timedelta(days=2)
#: waits that a source asks for in the middle are obeyed and not told, up to this long, in seconds
_PATIENCE_S: Final = 120.0
_WAITS: Final = 5


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
    tell: Callable[[Step], None] = lambda _: None,
    ends_at: datetime | None = None,
) -> Report:
    """Read what the archive has of the days `since` to `until`, from where an earlier run of the same span stopped.

    A source's failure is told in the report, and running it again goes on from there. After the first page at or after
    `ends_at` the rest is left for another run. Raises StoreError.
    """
    reader = _ScopeReader(archive=archive, scope=scope, store=store, clock=clock, tell=tell, ends_at=ends_at)
    report = await reader.read_span(since, until)
    if not (report.state.is_trouble or report.has_rest):
        await store.forget_backfill(Backfill(source=archive.name, scope=scope, since=since, until=until))
    return report


async def read_all(
    scopes: Sequence[tuple[PaperArchive, str]],
    since: date,
    until: date,
    store: ListingStore,
    clock: Clock,
    *,
    tell: Callable[[Step], None],
) -> tuple[Report, ...]:
    """`read` each scope of each archive; one that is complete is not read again before all of them are.

    What no later run could read, a category that does not exist say, is told, and the others do not wait for it. The
    reports are in order, with what earlier runs of the same span did, or of one that ended on an earlier day
    (`divide_span`). Raises StoreError.
    """
    readers = [
        _ScopeReader(archive=archive, scope=scope, store=store, clock=clock, tell=tell) for archive, scope in scopes
    ]
    spans = [divide_span(since, until, await store.backfills(archive.name, scope)) for archive, scope in scopes]
    reports = [await reader.read_spans(parts) for reader, parts in zip(readers, spans, strict=True)]
    backfills = [
        await store.backfill(archive.name, scope, *span)
        for (archive, scope), parts in zip(scopes, spans, strict=True)
        for span in parts
    ]
    if all(backfill is None or backfill.phase is not Phase.READING for backfill in backfills):
        for backfill in filter(None, backfills):
            await store.forget_backfill(backfill)
    return tuple(reports)


def divide_span(since: date, until: date, backfills: Sequence[Backfill]) -> tuple[tuple[date, date], ...]:
    """The span (first and last day) as earlier runs have cut it that began with it and ended on an earlier day.

    "Until today" is another span tomorrow: what yesterday's run did is gone on with, and the days since then follow.
    """
    ends = [run.until for run in backfills if run.since == since and since + _GROWING < run.until <= until]
    end = max(ends, default=until)
    return ((since, end),) if end == until else ((since, end), *divide_span(end - _GROWING, until, backfills))


def aged(listing: Listing, today: date) -> Listing:
    """The same listing, with the lines marked that are too old to be news today."""
    oldest = today - NEWS_FOR
    lines = tuple(replace(line, is_history=True) if line.day < oldest else line for line in listing.announcements)
    return replace(listing, announcements=lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScopeReader:
    """Reads spans of days of one scope from one archive."""

    archive: PaperArchive
    scope: str
    store: ListingStore
    clock: Clock
    tell: Callable[[Step], None]
    #: UTC; None: everything is read
    ends_at: datetime | None = None

    async def read_spans(self, spans: Sequence[tuple[date, date]]) -> Report:
        """One report on all of the spans; after one that is in trouble, the others are not begun."""
        whole = Report(source=self.archive.name, scope=self.scope, state=State.QUIET)
        for since, until in spans:
            whole = _add(whole, await self.read_span(since, until, before=whole.fetched))
            if whole.state.is_trouble:
                break
        return whole

    async def read_span(self, since: date, until: date, *, before: int = 0) -> Report:
        """Read one span; `before` it, so many papers were read already, for whoever waits."""
        source = self.archive.name
        progress = await self.store.backfill(source, self.scope, since, until)
        progress = progress or Backfill(source=source, scope=self.scope, since=since, until=until)
        if progress.phase is Phase.UNREAD:
            progress = replace(progress, phase=Phase.READING, fetched=0, stored=Stored(), failed=0)
        if progress.phase is Phase.COMPLETE:
            return _final_report(progress)
        now = self.clock.now()
        if wait_s := await self._left_to_wait_s(now):
            await self.store.save_backfill(progress, at=now)  # what is complete beside it waits for it
            report = _report(progress, State.THROTTLED)
            return replace(report, problems=(Interruption(cause=WaitRequest()),), retry_after_s=round(wait_s, 1))
        return await self._read_pages(progress, before)

    async def _left_to_wait_s(self, now: datetime) -> float:
        """How long the source wants to be left alone, whatever it was asked for before: a refresh, or days."""
        source = self.archive.name
        states = [state for state in await self.store.source_states() if state.source == source]
        waits = [left_to_wait_s(state, now) for state in states]
        waits += [left_to_wait_s(backfill, now) for backfill in await self.store.backfills(source)]
        return max(waits, default=0.0)

    async def _read_pages(self, progress: Backfill, before: int) -> Report:
        waits, what = 0, f"{self.archive.name} {self.scope}"
        self.tell(Step(what=what, fetched=before + progress.fetched))
        while True:
            try:
                answer = self.archive.pages(self.scope, progress.since, progress.until, cursor=progress.cursor)
                archive = f"the archive of {what}"  # not said: for the log
                async with aclosing(guarded_pages(answer, archive)) as pages:
                    async for page in pages:
                        progress = await self._store(page, progress)
                        waits = 0
                        papers = before + progress.fetched
                        self.tell(Step(what=what, done=page.done, total=page.total, fetched=papers))
                        if page.cursor and self.ends_at and self.clock.now() >= self.ends_at:
                            return replace(_final_report(progress), has_rest=True)
            except Throttled as error:
                waits += 1
                if waits > _WAITS or (error.retry_after_s or _PATIENCE_S) > _PATIENCE_S:
                    return await self._interrupt(error, progress)
                await self.clock.sleep(error.retry_after_s or _PATIENCE_S / 4)
            except (SourceError, BadCategory) as error:
                return await self._interrupt(error, progress)
            else:
                return await self._end(progress)

    async def _store(self, page: Page, before: Backfill) -> Backfill:
        listing = aged(page.listing, self.clock.now().date())
        counts = await self.store.add(listing, at=self.clock.now())
        after = replace(
            before,
            cursor=page.cursor,
            fetched=before.fetched + len(listing.announcements),
            stored=before.stored + counts,
            failed=before.failed + len(listing.problems),
            troubles=0,
            wait_until=None,
        )
        if page.cursor:
            await self.store.save_backfill(after, at=self.clock.now())
        return after

    async def _interrupt(self, error: SourceError | BadCategory, progress: Backfill) -> Report:
        if isinstance(error, BadCategory):
            await self.store.forget_backfill(progress, was_read=False)  # asking again would not help
            return replace(_report(progress, State.FAILED), problems=(obstacle_of(error),))
        now, cause = self.clock.now(), obstacle_of(error)
        if isinstance(error, Throttled):
            troubles = progress.troubles + 1
            wait_s = cool_down_s(troubles, error.retry_after_s)
            progress = replace(progress, troubles=troubles, wait_until=now + timedelta(seconds=wait_s))
            report = replace(_report(progress, State.THROTTLED), retry_after_s=wait_s)
        else:
            report = _report(progress, State.FAILED)
        await self.store.save_backfill(progress, at=now)
        return replace(report, problems=(Interruption(cause=cause) if progress.cursor else cause,))

    async def _end(self, progress: Backfill) -> Report:
        report = _final_report(progress)
        phase = Phase.UNREAD if report.state.is_trouble else Phase.COMPLETE
        await self.store.save_backfill(replace(progress, phase=phase, cursor=""), at=self.clock.now())
        return report


def _add(whole: Report, part: Report) -> Report:
    """The report on several spans."""
    is_partial = whole.state is State.PARTIAL and part.state is State.FRESH
    return replace(
        part,
        state=whole.state if part.state is State.QUIET or is_partial else part.state,
        fetched=whole.fetched + part.fetched,
        stored=whole.stored + part.stored,
        failed=whole.failed + part.failed,
        problems=whole.problems + part.problems,
    )


def _final_report(progress: Backfill) -> Report:
    if progress.stored.new or progress.stored.updated:
        return _report(progress, State.PARTIAL if progress.failed else State.FRESH)
    return _report(progress, State.FAILED if progress.failed > progress.fetched else State.QUIET)


def _report(progress: Backfill, state: State) -> Report:
    return Report(
        source=progress.source,
        scope=progress.scope,
        state=state,
        fetched=progress.fetched,
        stored=progress.stored,
        failed=progress.failed,
        problems=(UnreadableEntries(count=progress.failed),) if progress.failed else (),
    )
