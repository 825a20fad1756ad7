"""The use case that brings papers in: sources -> store, with one honest state per source and scope.

`refresh` asks every wanted scope once, one after another, and goes on when one fails; what looks odd is looked at a
second time in another place of the source, and days that were missed are read from its archive. `take` stores a saved
file. A listing is stored in one transaction before its state is saved, so that an interruption at any moment loses
nothing: the next refresh reads the listing again. `judge` decides what a refresh was worth; it is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Final

from core.errors import BadCategory, SourceError, Throttled
from core.ingest import backfill
from core.ingest.crosscheck import Second, alone, concluded, doubt, newest_day, unanswered
from core.ingest.freshness import cool_down_s, expected_day, is_publishing_day, left_to_wait_s
from core.ingest.guard import guarded
from core.ingest.listing import Listing, Stored
from core.ingest.ports import ListingStore, PaperArchive, PaperSource
from core.ingest.state import Backfill, Phase, Report, SourceState, State
from core.text.readable import counted
from core.time import Clock

#: missed days further back than this are not read without being asked for
_LONGEST_GAP: Final = timedelta(days=31)
#: after this many scopes in a row were throttled, the source's others are left alone
_ENOUGH: Final = 2
#: how the sentence on missed days begins; it is told anew at every refresh, until they are read
_MISSED: Final = "The missed listing of"
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
    wanted: Sequence[tuple[PaperSource, str]],
    store: ListingStore,
    clock: Clock,
    *,
    tell: Callable[[Progress], None],
    archives: Mapping[str, PaperArchive] = _NO_ARCHIVES,
) -> tuple[Report, ...]:
    """Ask each source for each scope, store what is new, and report on every one, in order.

    What goes wrong with a source is its report, and the others go on; a scope whose source asked us to wait is not
    asked before that. `archives`, by the source's name, fill in the days that were missed. Raises StoreError.
    """
    reports: list[Report] = []
    for _, group in groupby(wanted, key=lambda one: one[0].name):
        visit = _Visit(store=store, clock=clock, archives=archives, tell=tell, before=len(reports), total=len(wanted))
        reports += await visit.all_of(list(group))
    tell(Progress(done=len(wanted), total=len(wanted), what=""))
    return tuple(reports)


async def take(listing: Listing, store: ListingStore, clock: Clock) -> Report:
    """ListingStore a listing that was read from a file. Raises StoreError."""
    stored = await store.add(listing, at=clock.now())
    state = State.FRESH if stored.new or stored.updated else State.QUIET
    return _report(listing, stored, State.FAILED if is_unreadable(listing) else state)


def judge(listing: Listing, stored: Stored, last: SourceState | None, now: datetime) -> State:
    """What a refresh was worth, by its content: a listing is fresh where it holds anything that we did not have.

    `now` is aware. An empty listing is quiet here; whether it had to be empty is for the second look. One without
    anything new, of which more could not be read than could, is a failure.
    """
    if is_unreadable(listing):
        return State.FAILED
    if stored.new or stored.updated:
        return State.FRESH
    if len(listing.problems) > len(listing.announcements):
        return State.FAILED
    day, due = listing_day(listing, last), expected_day(listing.source, now)
    return State.QUIET if listing.is_empty or day is None or due is None or day >= due else State.STALE


def is_unreadable(listing: Listing) -> bool:
    """True where something is wrong and no entry could be read: our mistake, or theirs, but no quiet day."""
    return bool(listing.problems or listing.flaw) and not listing.announcements


def listing_day(listing: Listing, last: SourceState | None) -> date | None:
    """The day of the listing that a source serves now, also where it only said that nothing changed."""
    return last.listing_day if listing.unchanged and last else listing.day


def gap(source: str, last: SourceState | None, listing: Listing) -> tuple[date, date] | None:
    """The first and the last listing day between the listing we hold and the one given now that neither covers."""
    if last is None or last.listing_day is None or listing.day is None:
        return None
    days = [last.listing_day + timedelta(days=n) for n in range(1, (listing.day - last.listing_day).days)]
    covered = {line.day for line in listing.announcements}
    missed = [day for day in days if is_publishing_day(source, day) and day not in covered]
    return (missed[0], missed[-1]) if missed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One scope as it was asked in this refresh."""

    source: PaperSource
    scope: str
    report: Report
    #: None where there was no answer
    listing: Listing | None = None
    #: of the listing that the source serves now
    day: date | None = None
    #: of the listing that we held before
    held: date | None = None
    #: entries of that one
    usual: int | None = None
    #: refreshes in a row before this one that went wrong
    troubles: int = 0
    #: False where it was not asked at all, or does not exist
    can_be_checked: bool = True
    #: False where a wait of an earlier refresh goes on, which is no news
    is_history: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One source in the course of a refresh."""

    store: ListingStore
    clock: Clock
    archives: Mapping[str, PaperArchive]
    tell: Callable[[Progress], None]
    #: scopes of other sources that are done
    before: int
    total: int

    async def all_of(self, wanted: Sequence[tuple[PaperSource, str]]) -> list[Report]:
        asked: list[_Asked] = []
        for source, scope in wanted:
            self._say(len(asked), f"{source.name} {scope}")
            asked.append(await self._ask(source, scope, asked[-_ENOUGH:]))
        # the date of an empty feed is the day on which it was made, and no listing has it: Saturday's is empty
        days = (one.day for one in asked if one.listing and not one.listing.is_empty)
        due = newest_day(days, expected_day(wanted[0][0].name, self.clock.now()))
        reports: list[Report] = []
        for one in asked:
            report = await self._look_again(one, due, len(reports))
            report = await self._catch_up(report, len(reports))
            await self._note(one, report)
            reports.append(report)
        return reports

    def _say(self, done: int, what: str) -> None:
        self.tell(Progress(done=self.before + done, total=self.total, what=what))

    async def _ask(self, source: PaperSource, scope: str, others: Sequence[_Asked]) -> _Asked:
        last = await self.store.source_state(source.name, scope)
        if last and (wait_s := left_to_wait_s(last, self.clock.now())):
            return replace(_not_asked(source, scope, last.error, wait_s), is_history=False)
        if len(others) == _ENOUGH and all(one.report.state is State.THROTTLED for one in others):
            return await self._spare(source, scope, last, others[-1].report)
        try:
            with guarded(f"{source.name} {scope}"):
                listing = await source.fetch(scope, last)
        except (SourceError, BadCategory) as error:
            report = await self._note_failure(error, source.name, scope, last)
            return _Asked(source=source, scope=scope, report=report, can_be_checked=isinstance(error, SourceError))
        # the days before an empty answer are put on record once it is known what the second look brings of them
        unread = "" if listing.is_empty else await self._note_gap(listing, last)
        report = _also(await self._keep(listing, last), unread)
        return _Asked(
            source=source,
            scope=scope,
            report=report,
            listing=listing,
            day=listing_day(listing, last),
            held=last.listing_day if last else None,
            usual=last.listed if last and last.listing_day else None,
            troubles=last.troubles if last else 0,
        )

    async def _spare(self, source: PaperSource, scope: str, last: SourceState | None, other: Report) -> _Asked:
        """Leave a scope alone whose source has just sent us away for others, for as long as for those."""
        wait_s = other.retry_after_s or 0.0
        await self._save_trouble(State.THROTTLED, other.error, source.name, scope, last, wait_s)
        return _not_asked(source, scope, other.error, wait_s)

    async def _note_failure(
        self, error: SourceError | BadCategory, source: str, scope: str, last: SourceState | None
    ) -> Report:
        if not isinstance(error, Throttled):
            return await self._save_trouble(State.FAILED, error.sentence(), source, scope, last, None)
        wait_s = cool_down_s(1 + (last.troubles if last else 0), error.retry_after_s)
        return await self._save_trouble(State.THROTTLED, error.sentence(), source, scope, last, wait_s)

    async def _save_trouble(
        self, state: State, told: str, source: str, scope: str, last: SourceState | None, wait_s: float | None
    ) -> Report:
        now = self.clock.now()
        report = Report(source=source, scope=scope, state=state, error=told, retry_after_s=wait_s)
        before = last or SourceState(source=source, scope=scope, state=state, checked_at=now)
        wait_until = now + timedelta(seconds=wait_s) if wait_s else None
        after = before.after(state, at=now, error=told, wait_until=wait_until)
        await self.store.save_source_state(after)
        return report

    async def _keep(self, listing: Listing, last: SourceState | None) -> Report:
        stored = Stored() if listing.unchanged else await self.store.add(listing, at=self.clock.now())
        now = self.clock.now()
        report = _report(listing, stored, judge(listing, stored, last, now))
        if listing.unchanged and last and not last.state.is_trouble:
            report = replace(report, error=last.error)
        await self.store.save_source_state(_remembered(listing, report, last, now))
        return report

    async def _look_again(self, one: _Asked, due: date | None, done: int) -> Report:
        """The report on a scope, after its source was asked in another place where the first answer was odd."""
        why = doubt(one.report, one.listing, day=one.day, held=one.held, due=due) if one.can_be_checked else None
        if why is None:
            return one.report
        self._say(done, f"checking {one.source.name} {one.scope}")
        try:
            with guarded(f"{one.source.name} {one.scope}, the other place"):
                other = await one.source.fetch_otherwise(one.scope)
        except (SourceError, BadCategory) as error:
            report = unanswered(one.report, why, error.sentence(), due=due)
            return await self._conclude(one, report, None)
        if other is None:
            return await self._conclude(one, alone(one.report, why, one.usual), None)
        second = Second(doubt=why, listing=other, due=due, day=one.day, usual=one.usual)
        return await self._conclude(one, await self._compared(one, second), second)

    async def _compared(self, one: _Asked, second: Second) -> Report:
        if not second.is_wanted:
            return concluded(one.report, second, Stored())
        unread = await self._note_gap(second.listing, await self.store.source_state(one.source.name, one.scope))
        report = concluded(one.report, second, await self.store.add(second.listing, at=self.clock.now()))
        return _also(report, unread)

    async def _conclude(self, one: _Asked, report: Report, second: Second | None) -> Report:
        """Remember what the second look found; a source that hides its papers from us is left alone for a while."""
        last = await self.store.source_state(one.source.name, one.scope)
        if last is None:
            return report
        now = self.clock.now()
        after = replace(last, state=report.state, checked_at=now, error=report.error)
        if report.state is State.THROTTLED:
            wait_s = cool_down_s(one.troubles + 1, None)
            report = replace(report, retry_after_s=wait_s)
            after = replace(after, wait_until=now + timedelta(seconds=wait_s), troubles=one.troubles + 1)
        after = _as_seen_twice(after, one, report, second, now)
        is_unread = one.listing is not None and one.listing.is_empty and not (second and second.has_listing)
        unread = await self._note_gap(one.listing, last) if one.listing and is_unread else ""
        if after != last:
            await self.store.save_source_state(after)
        return _also(report, unread)

    async def _note(self, one: _Asked, report: Report) -> None:
        """Put how a scope's refresh ended into its history, once, when all looks at it are done."""
        state = await self.store.source_state(report.source, report.scope) if one.is_history else None
        if state:  # what the archive did not give of the missed days is told by the report alone so far
            state = replace(state, state=report.state, error=report.error)
            await self.store.save_source_state(state, report=report)

    async def _note_gap(self, listing: Listing, last: SourceState | None) -> str:
        """Put missed days on record as work to be done, before the state forgets that they were missed.

        A sentence on those that are too long ago to be read without being asked for; empty where there are none.
        """
        missed = gap(listing.source, last, listing)
        if missed is None or listing.day is None or listing.source not in self.archives:
            return ""
        since, until = missed
        oldest = listing.day - _LONGEST_GAP
        if until >= oldest:
            todo = Backfill(source=listing.source, scope=listing.scope, since=max(since, oldest), until=until)
            await self.store.save_backfill(todo, at=self.clock.now())
        if since >= oldest:
            return ""
        until = min(until, oldest - timedelta(days=1))
        return f"No refresh read {since} to {until}: paperboy ingest --since {since} --until {until} does."

    async def _catch_up(self, report: Report, done: int) -> Report:
        """The report with what the archive had of the days that were missed, now or in an earlier refresh."""
        archive = self.archives.get(report.source)
        if archive is None or report.state is State.THROTTLED:
            return report
        report = replace(report, error=report.error.partition(_MISSED)[0].rstrip())
        for todo in await self.store.backfills(report.source, report.scope):
            if _is_ours(todo, self.clock.now().date()):
                self._say(done, f"{report.source} {report.scope}, missed days")
                missed = await backfill.read(
                    archive, todo.scope, todo.since, todo.until, self.store, self.clock, tell=lambda _: None
                )
                report = _with_missed(report, missed, todo)
        return report


def _is_ours(todo: Backfill, today: date) -> bool:
    """Is it for refreshes to go on with? Not what is too long, and not for ever what nobody can understand."""
    is_hopeless = todo.phase is Phase.UNREAD and today - todo.until > _LONGEST_GAP
    return todo.until - todo.since <= _LONGEST_GAP and todo.phase is not Phase.COMPLETE and not is_hopeless


def _not_asked(source: PaperSource, scope: str, told: str, wait_s: float) -> _Asked:
    report = Report(source=source.name, scope=scope, state=State.THROTTLED, error=told, retry_after_s=round(wait_s, 1))
    return _Asked(source=source, scope=scope, report=report, can_be_checked=False)


def _with_missed(report: Report, missed: Report, todo: Backfill) -> Report:
    days = f"{todo.since}" if todo.since == todo.until else f"{todo.since} to {todo.until}"
    if missed.state.is_trouble:
        why = missed.error.removesuffix(backfill.GOES_ON)  # refreshes go on by themselves
        told = _also(report, f"{_MISSED} {days} could not be read yet: {why}")
        return replace(told, state=missed.state if report.state is State.QUIET else report.state)
    return replace(
        _also(report, missed.error),
        state=State.FRESH if missed.stored.new and report.state is State.QUIET else report.state,
        fetched=report.fetched + missed.fetched,
        stored=report.stored + missed.stored,
        failed=report.failed + missed.failed,
    )


def _also(report: Report, sentence: str) -> Report:
    return replace(report, error=f"{report.error} {sentence}".strip())


def _report(listing: Listing, stored: Stored, state: State) -> Report:
    return Report(
        source=listing.source,
        scope=listing.scope,
        state=state,
        fetched=len(listing.announcements),
        stored=stored,
        failed=len(listing.problems),
        error=_complaint(listing),
    )


def _complaint(listing: Listing) -> str:
    sentences = []
    if listing.truncated:
        sentences.append("The source gave a part of its listing only, so papers may be missing from it.")
    if listing.flaw:
        sentences.append(listing.flaw)
    if listing.problems:
        first, total = listing.problems[0], len(listing.problems) + len(listing.announcements)
        failed = f"{len(listing.problems):,} of {counted(total, 'entry')}"
        sentences.append(f"{failed} could not be read ({first.where}: {first.reason}).")
    return " ".join(sentences)


def _remembered(listing: Listing, report: Report, last: SourceState | None, now: datetime) -> SourceState:
    """The state after an answer; what is in doubt is forgotten, so that it is read again as a whole."""
    before = last or SourceState(source=listing.source, scope=listing.scope, state=report.state, checked_at=now)
    told = before.after(report.state, at=now, error=report.error)
    if report.state is State.FAILED or listing.unchanged:
        return told
    if not listing.announcements:
        due = expected_day(listing.source, now)
        is_held = due is None or (before.listing_day is not None and before.listing_day >= due)
        kept = replace(told, validators=listing.validators) if is_held else told
        return kept if before.listing_day or not is_held else replace(kept, listing_day=listing.day)
    is_newest = before.listing_day is None or (listing.day is not None and listing.day >= before.listing_day)
    return replace(
        told,
        fresh_at=now if report.state is State.FRESH else before.fresh_at,
        listing_day=listing.day if is_newest else before.listing_day,
        listed=report.fetched if is_newest else before.listed,
        validators=listing.validators,
    )


def _as_seen_twice(
    state: SourceState, one: _Asked, report: Report, second: Second | None, now: datetime
) -> SourceState:
    """The state with the listing that the second look brought, or with the emptiness that it confirmed."""
    other = second.listing if second and second.listing.announcements else None
    if report.state is State.QUIET and one.listing and one.listing.is_empty and not (second and second.has_listing):
        day = one.listing.day or state.listing_day
        listed = state.listed if day == state.listing_day else 0  # they are of another day
        return replace(state, listing_day=day, listed=listed, validators=one.listing.validators)
    if other and other.day and other.day >= (state.listing_day or other.day):
        state = replace(state, listing_day=other.day, listed=len(other.announcements))
    return replace(state, fresh_at=now) if report.stored.new or report.stored.updated else state
