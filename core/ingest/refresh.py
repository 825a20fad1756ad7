"""The use case that brings papers in: sources -> store, with one honest state per source and scope.

`refresh` asks every wanted scope once, one after another, and goes on when one fails; what looks odd is looked at a
second time in another place of the source, and days that were missed are read from its archive. `take` stores a saved
file. What a refresh came to is decided by `core.ingest.conclude`; here the evidence is gathered.

A scope's state is read once, before its source is asked, and written once, with its line of the history, when nothing
is left to be seen. By then its listing is stored, and days that were missed are on record as work to be done, so that
an interruption at any moment loses nothing: the next refresh reads again what no state tells of. A scope with nothing
odd about it is concluded at once, one that sent us away among them, so that a wait is remembered before anything else
can happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Final

from core.errors import BadCategory, SourceError, Throttled
from core.ingest import backfill, missed_days
from core.ingest.conclude import (
    Evidence,
    conclude,
    doubt_about,
    first_report,
    is_unreadable,
    listing_report,
    second_look,
    split_gap,
    state_after_answer,
)
from core.ingest.crosscheck import newest_day
from core.ingest.freshness import expected_day, left_to_wait_s
from core.ingest.guard import guard_source
from core.ingest.listing import Listing
from core.ingest.ports import ListingStore, PaperArchive, PaperSource
from core.ingest.problems import UnreadDays, WaitRequest, obstacle_of
from core.ingest.state import Backfill, Report, SourceState, State
from core.papers.identity.changes import Stored
from core.speech import _
from core.time import Clock

#: after this many scopes in a row were throttled, the source's others are left alone
_ENOUGH: Final = 2
#: a scope that is left alone because of others waits as long as they do, and at least this, in seconds
_SHORTEST_WAIT_S: Final = 1.0
_NO_ARCHIVES: Final[Mapping[str, PaperArchive]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a refresh has come, for whoever waits."""

    #: scopes that are done
    done: int
    total: int
    #: what is being read now, `arxiv cs.CL`; empty at the end
    what: str


async def refresh(
    scopes: Sequence[tuple[PaperSource, str]],
    store: ListingStore,
    clock: Clock,
    *,
    tell: Callable[[Progress], None],
    archives: Mapping[str, PaperArchive] = _NO_ARCHIVES,
    leaves_missed_days: bool = False,
) -> tuple[Report, ...]:
    """Ask each source for each scope, store what is new, and report on every one, in order.

    What goes wrong with a source is its report, and the others go on; a scope whose source asked us to wait is not
    asked before that. `archives`, by the source's name, fill in the days that were missed; with `leaves_missed_days`
    those are put on record alone, for `core.ingest.missed_days`. Raises StoreError.
    """
    reports: list[Report] = []
    for _name, group in groupby(scopes, key=lambda pair: pair[0].name):
        reading = _SourceReading(
            store=store,
            clock=clock,
            archives=archives,
            leaves_missed_days=leaves_missed_days,
            tell=tell,
            before=len(reports),
            total=len(scopes),
        )
        reports += await reading.read_scopes(list(group))
    tell(Progress(done=len(scopes), total=len(scopes), what=""))
    return tuple(reports)


async def take(listing: Listing, store: ListingStore, clock: Clock) -> Report:
    """Store a listing that was read from a file. Raises StoreError."""
    counts = await store.add(listing, at=clock.now())
    state = State.PARTIAL if listing.problems else State.FRESH if counts.new or counts.updated else State.QUIET
    return listing_report(listing, counts, State.FAILED if is_unreadable(listing) else state)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScopeReading:
    """One scope in the course of a refresh."""

    source: PaperSource
    scope: str
    #: the report on the first answer, and the last one where nothing is left to be seen
    report: Report
    #: None where the scope was not asked, because a wait goes on
    evidence: Evidence | None = None
    #: True where the state is written
    is_concluded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _SourceReading:
    """The scopes of one source in the course of a refresh."""

    store: ListingStore
    clock: Clock
    archives: Mapping[str, PaperArchive]
    leaves_missed_days: bool
    tell: Callable[[Progress], None]
    #: scopes of other sources that are done
    before: int
    total: int

    async def read_scopes(self, scopes: Sequence[tuple[PaperSource, str]]) -> list[Report]:
        """The reports on all of them; first every scope is asked, then those are looked at again that need it."""
        readings: list[_ScopeReading] = []
        for source, scope in scopes:
            self._say(len(readings), f"{source.name} {scope}")
            readings.append(await self._read_once(source, scope, readings))
        due = self._due(readings, scopes[0][0].name)
        return [await self._complete(reading, due, number) for number, reading in enumerate(readings)]

    def _say(self, number: int, what: str) -> None:
        self.tell(Progress(done=self.before + number, total=self.total, what=what))

    def _due(self, scopes: Sequence[_ScopeReading], source: str) -> date | None:
        """The newest day that all scopes should have.

        The date of an empty feed is the day on which it was made, and no listing has it: Saturday's is empty.
        """
        evidence = [reading.evidence for reading in scopes if reading.evidence]
        days = (scope.day for scope in evidence if scope.listing and not scope.listing.is_empty)
        return newest_day(days, expected_day(self.store.traits[source], self.clock.now()))

    async def _read_once(self, source: PaperSource, scope: str, earlier: Sequence[_ScopeReading]) -> _ScopeReading:
        """Ask for a scope, and conclude at once where nothing is left to be seen."""
        last = await self.store.source_state(source.name, scope)
        if last and (wait_s := left_to_wait_s(last, self.clock.now())):
            waiting = Report(
                source=source.name,
                scope=scope,
                state=State.THROTTLED,
                problems=last.problems,
                retry_after_s=round(wait_s, 1),
            )
            return _ScopeReading(source=source, scope=scope, report=waiting)
        evidence = self._spare(source, scope, last, earlier) or await self._ask(source, scope, last)
        reading = _ScopeReading(source=source, scope=scope, report=first_report(evidence), evidence=evidence)
        if await self._is_odd(evidence, self._due([*earlier, reading], source.name)):
            return replace(reading, is_concluded=False)
        return replace(reading, report=await self._conclude(evidence))

    def _spare(
        self, source: PaperSource, scope: str, last: SourceState | None, earlier: Sequence[_ScopeReading]
    ) -> Evidence | None:
        """Leave a scope alone whose source has just sent us away for others, for as long as for those."""
        reports = [reading.report for reading in earlier[-_ENOUGH:]]
        if len(reports) < _ENOUGH or any(report.state is not State.THROTTLED for report in reports):
            return None
        requests = (problem for problem in reports[-1].problems if isinstance(problem, WaitRequest))
        obstacle = next(requests, WaitRequest())
        wait_s = max(round(reports[-1].retry_after_s or 0.0, 1), _SHORTEST_WAIT_S)
        traits = self.store.traits[source.name]
        evidence = Evidence(traits=traits, scope=scope, last=last, now=self.clock.now(), obstacle=obstacle)
        return replace(evidence, asked_wait_s=wait_s)

    async def _ask(self, source: PaperSource, scope: str, last: SourceState | None) -> Evidence:
        evidence = Evidence(
            traits=self.store.traits[source.name],
            scope=scope,
            last=last,
            now=self.clock.now(),
            has_archive=source.name in self.archives,
        )
        try:
            with guard_source(f"{source.name} {scope}"):
                listing = (await source.fetch(scope, last)).without_far_day(self.clock.now().date())
        except (SourceError, BadCategory) as error:
            asked_wait_s = error.retry_after_s if isinstance(error, Throttled) else None
            return replace(evidence, now=self.clock.now(), obstacle=obstacle_of(error), asked_wait_s=asked_wait_s)
        # the days before an empty answer are put on record once it is known what the second look brings of them
        unread = () if listing.is_empty else await self._note_gap(listing, last)
        counts = Stored() if listing.is_unchanged else await self.store.add(listing, at=self.clock.now())
        return replace(evidence, now=self.clock.now(), listing=listing, stored=counts, unread_days=unread)

    async def _is_odd(self, evidence: Evidence, due: date | None) -> bool:
        """True where a second look, or the archive, has something to add."""
        if isinstance(evidence.obstacle, WaitRequest):
            return False
        if doubt_about(evidence, due) is not None:
            return True
        return not self.leaves_missed_days and bool(await self._backfills_to_read(evidence))

    async def _conclude(self, evidence: Evidence) -> Report:
        """Write down what the refresh of a scope came to, once, when all looks at it are done."""
        left_days = await self._backfills_to_read(evidence) if self.leaves_missed_days else ()
        conclusion = conclude(replace(evidence, now=self.clock.now(), left_days=tuple(left_days)))
        await self.store.save_source_state(conclusion.state, report=conclusion.report)
        return conclusion.report

    async def _complete(self, reading: _ScopeReading, due: date | None, number: int) -> Report:
        """The report on a scope, with what a second look and the archive add to its first answer.

        A scope that was concluded is opened again where a later one turned out to have a newer day.
        """
        evidence = reading.evidence
        if evidence is None:
            return reading.report
        evidence = replace(evidence, due=due, doubt=doubt_about(evidence, due))
        if reading.is_concluded and evidence.doubt is None:
            return reading.report
        if evidence.doubt:
            self._say(number, _("checking {scope}", scope=f"{reading.source.name} {reading.scope}"))
            evidence = await self._look_again(reading.source, evidence)
        return await self._conclude(await self._catch_up(evidence, number))

    async def _look_again(self, source: PaperSource, evidence: Evidence) -> Evidence:
        """The evidence with what the source has in another place, which is stored where it can be wanted."""
        listing = None
        try:
            with guard_source(f"{source.name} {evidence.scope}, the other place"):  # not said: for the log
                listing = await source.fetch_otherwise(evidence.scope)
        except (SourceError, BadCategory) as error:
            evidence = replace(evidence, look_obstacle=obstacle_of(error))
        look = second_look(evidence, listing.without_far_day(self.clock.now().date())) if listing else None
        evidence = replace(evidence, look=look)
        if look and look.is_wanted:
            unread = await self._note_gap(look.listing, state_after_answer(evidence))
            counts = await self.store.add(look.listing, at=self.clock.now())
            evidence = replace(evidence, look_stored=counts, unread_days=evidence.unread_days + unread)
        if evidence.listing and evidence.listing.is_empty and not (look and look.has_listing):
            unread = await self._note_gap(evidence.listing, evidence.last)
            evidence = replace(evidence, unread_days=evidence.unread_days + unread)
        return evidence

    async def _note_gap(self, listing: Listing, last: SourceState | None) -> tuple[UnreadDays, ...]:
        """Put missed days on record as work to be done, before the state forgets that they were missed."""
        if listing.source not in self.archives:
            return ()
        todo, old = split_gap(self.store.traits[listing.source], last, listing)
        if todo:
            await self.store.save_backfill(todo, at=self.clock.now())
        return (old,) if old else ()

    async def _backfills_to_read(self, evidence: Evidence) -> list[Backfill]:
        """Days that were missed, now or in an earlier refresh."""
        if evidence.source not in self.archives:
            return []
        return await missed_days.days_to_read(evidence.source, evidence.scope, self.store, self.clock)

    async def _catch_up(self, evidence: Evidence, number: int) -> Evidence:
        """The evidence with what the archive had of the days that were missed."""
        if self.leaves_missed_days or conclude(evidence).report.state is State.THROTTLED:
            return evidence
        archive_reports = []
        for todo in await self._backfills_to_read(evidence):
            self._say(number, _("{scope}, missed days", scope=f"{evidence.source} {evidence.scope}"))
            archive = self.archives[evidence.source]
            report = await backfill.read(archive, todo.scope, todo.since, todo.until, self.store, self.clock)
            archive_reports.append((todo, report))
        return replace(evidence, archive_reports=tuple(archive_reports))
