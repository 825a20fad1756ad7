"""What one refresh of one scope of a source comes to: all of its evidence -> what is told and what is remembered. Pure.

`core.ingest.refresh` gathers the evidence (the first answer, what storing it did, the second look, what the archive
gave of missed days) and applies what `conclude` returns. Nothing else decides how a refresh went. Where missed days
are left for later, `core.ingest.missed_days` reads them, and `conclude_missed_days` says what that adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, TypeGuard

from core.ingest.crosscheck import Doubt, SecondLook, compare, compare_with_nothing, compare_with_usual, doubt
from core.ingest.freshness import cool_down_s, expected_day, is_publishing_day
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.problems import (
    Cause,
    CutListing,
    DamagedListing,
    Failure,
    Interruption,
    MissedDays,
    Obstacle,
    Problem,
    UnreadableEntries,
    UnreadDays,
    WaitRequest,
)
from core.ingest.state import Backfill, Phase, Report, SourceState, State
from core.ingest.traits import SourceTraits
from core.papers.identity.changes import Stored

#: missed days further back than this are not read without being asked for
_LONGEST_GAP: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that was seen in one refresh of one scope; it grows while the refresh goes on."""

    #: what the source is like
    traits: SourceTraits
    scope: str
    #: the state after the refresh before this one; None where there was none
    last: SourceState | None
    #: when the evidence was complete, UTC
    now: datetime
    #: the first answer; None where there was none
    listing: Listing | None = None
    #: why there was none
    obstacle: Obstacle | None = None
    #: how long the source asked us to wait, in seconds
    asked_wait_s: float | None = None
    #: what storing the first answer did
    stored: Stored = Stored()
    #: the newest day that should be out, as far as other scopes of the source tell; the source's local date
    due: date | None = None
    #: why a second look was taken; None where none was
    doubt: Doubt | None = None
    #: what the other place had; None where there is no other place, or where it could not be read
    look: SecondLook | None = None
    #: what storing that did
    look_stored: Stored = Stored()
    #: why the other place could not be read
    look_obstacle: Obstacle | None = None
    #: days that nobody read and that are too long ago to be read now
    unread_days: tuple[UnreadDays, ...] = ()
    #: True where there is an archive that was asked about missed days, or need not be
    has_archive: bool = False
    #: missed days, and what the archive gave of them
    archive_reports: tuple[tuple[Backfill, Report], ...] = ()
    #: missed days that are left to `core.ingest.missed_days`
    left_days: tuple[Backfill, ...] = ()

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.traits.name

    @property
    def day(self) -> date | None:
        """The day of the listing that the source serves now, also where it only said that nothing changed."""
        return _listing_day(self.listing, self.last) if self.listing else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a refresh of a scope came to."""

    #: for whoever asked for the refresh, and for the history
    report: Report
    #: for the next refresh
    state: SourceState


def conclude(evidence: Evidence) -> Conclusion:
    """The outcome of a refresh, and the state to be remembered."""
    first = first_report(evidence)
    report = _with_second_look(first, evidence)
    troubles = 1 + (evidence.last.troubles if evidence.last else 0)
    wait_s = cool_down_s(troubles, evidence.asked_wait_s) if report.state is State.THROTTLED else None
    report = replace(report, problems=report.problems + evidence.unread_days, retry_after_s=wait_s)
    state = _state_after_second_look(state_after_answer(evidence), report, evidence)
    if wait_s:
        state = replace(state, wait_until=evidence.now + timedelta(seconds=wait_s), troubles=troubles)
    for todo, archive_report in evidence.archive_reports:
        report = _with_missed(report, todo, archive_report)
    report = _with_left_days(report, evidence.left_days, evidence.last.problems if evidence.last else ())
    return Conclusion(report=report, state=replace(state, state=report.state, problems=report.problems))


def conclude_missed_days(
    last: SourceState, archive_reports: Sequence[tuple[Backfill, Report]], left_days: Sequence[Backfill]
) -> Conclusion:
    """What it came to that missed days were read after a refresh; `left_days` are those of which some are left."""
    report = Report(source=last.source, scope=last.scope, state=State.QUIET)
    for todo, archive_report in archive_reports:
        report = _with_missed(report, todo, archive_report)
    report = _with_left_days(report, left_days, last.problems)
    own_problems = tuple(problem for problem in last.problems if not isinstance(problem, MissedDays))
    # trouble with nothing else to show for it came from missed days
    is_refresh_quiet = last.state is State.QUIET or (
        last.state.is_trouble
        and own_problems != last.problems
        and all(isinstance(problem, UnreadDays) for problem in own_problems)
    )
    state = report.state if is_refresh_quiet else last.state
    return Conclusion(report=report, state=replace(last, state=state, problems=own_problems + report.problems))


def first_report(evidence: Evidence) -> Report:
    """The report on the first answer, or on what was in its way."""
    if evidence.listing is None:
        state = State.THROTTLED if isinstance(evidence.obstacle, WaitRequest) else State.FAILED
        problems = (evidence.obstacle,) if evidence.obstacle else ()
        return Report(source=evidence.source, scope=evidence.scope, state=state, problems=problems)
    last = evidence.last
    state = judge(evidence.listing, evidence.stored, last, evidence.now, source=evidence.traits)
    report = listing_report(evidence.listing, evidence.stored, state)
    if evidence.listing.is_unchanged and last and not last.state.is_trouble:
        # what the archive still has to give of missed days is said anew
        dropped_kinds = MissedDays if evidence.has_archive else ()
        last_problems = (problem for problem in last.problems if not isinstance(problem, dropped_kinds))
        state = state if last.state is not State.PARTIAL else last.state
        return replace(report, state=state, problems=tuple(last_problems))
    return report


def doubt_about(evidence: Evidence, due: date | None) -> Doubt | None:
    """Why the first answer should be looked at a second time, where other scopes have the day that is `due`."""
    if isinstance(evidence.obstacle, Failure) and evidence.obstacle.cause is Cause.UNKNOWN_SCOPE:
        return None
    held_day = evidence.last.listing_day if evidence.last else None
    return doubt(first_report(evidence), evidence.listing, day=evidence.day, held_day=held_day, due=due)


def second_look(evidence: Evidence, listing: Listing) -> SecondLook:
    """The other place's listing beside the evidence so far, which has a doubt."""
    why, usual = evidence.doubt or Doubt.UNREAD, _usual(evidence.last)
    return SecondLook(doubt=why, listing=listing, due=evidence.due, day=evidence.day, usual=usual)


def listing_report(listing: Listing, counts: Stored, state: State) -> Report:
    """The report on a listing; `counts` is what storing it did."""
    return Report(
        source=listing.source,
        scope=listing.scope,
        state=state,
        fetched=len(listing.announcements),
        stored=counts,
        failed=len(listing.problems),
        problems=_problems_of(listing),
        readings=listing.readings,
    )


def unreadable_entries(
    entries: Sequence[UnreadEntry], readable: int, *, are_records: bool = False
) -> tuple[UnreadableEntries, ...]:
    """The problem of entries that could not be read beside so many that could; none where there are none."""
    if not entries:
        return ()
    first, total = entries[0], len(entries) + readable
    problem = UnreadableEntries(
        count=len(entries), total=total, where=first.where, reason=first.reason, are_records=are_records
    )
    return (problem,)


def judge(listing: Listing, counts: Stored, last: SourceState | None, now: datetime, *, source: SourceTraits) -> State:
    """What a refresh was worth, by its content: a listing is fresh where it holds anything that we did not have, and
    partial where some of its entries could not be read.

    `now` is aware. An empty listing is quiet here; whether it had to be empty is for the second look. One without
    anything new, of which more could not be read than could, is a failure.
    """
    if is_unreadable(listing):
        return State.FAILED
    if counts.new or counts.updated:
        return State.PARTIAL if listing.problems else State.FRESH
    if len(listing.problems) > len(listing.announcements):
        return State.FAILED
    day, due = _listing_day(listing, last), expected_day(source, now)
    if not (listing.is_empty or day is None or due is None or day >= due):
        return State.STALE
    return State.PARTIAL if listing.problems else State.QUIET


def is_unreadable(listing: Listing) -> bool:
    """True where something is wrong and no entry could be read: our mistake, or theirs, but no quiet day."""
    return bool(listing.problems or listing.flaw) and not listing.announcements


def gap(source: SourceTraits, last: SourceState | None, listing: Listing) -> tuple[date, date] | None:
    """The first and the last listing day between the listing we hold and the one given now that neither covers."""
    if last is None or last.listing_day is None or listing.day is None:
        return None
    days = [last.listing_day + timedelta(days=n) for n in range(1, (listing.day - last.listing_day).days)]
    covered_days = {line.day for line in listing.announcements}
    missed_days = [day for day in days if is_publishing_day(source, day) and day not in covered_days]
    return (missed_days[0], missed_days[-1]) if missed_days else None


def split_gap(
    source: SourceTraits, last: SourceState | None, listing: Listing
) -> tuple[Backfill | None, UnreadDays | None]:
    """The missed days before a listing: those to be read from the archive, and those too long ago for that."""
    missed_span = gap(source, last, listing)
    if missed_span is None or listing.day is None:
        return None, None
    since, until = missed_span
    oldest = listing.day - _LONGEST_GAP
    todo = Backfill(source=listing.source, scope=listing.scope, since=max(since, oldest), until=until)
    old = UnreadDays(since=since, until=min(until, oldest - timedelta(days=1)))
    return (todo if until >= oldest else None), (old if since < oldest else None)


def is_for_refreshes(todo: Backfill, today: date) -> bool:
    """Do refreshes go on with a backfill? Not with one that is too long, or that stays unreadable."""
    is_hopeless = todo.phase is Phase.UNREAD and today - todo.until > _LONGEST_GAP
    return todo.until - todo.since <= _LONGEST_GAP and todo.phase is not Phase.COMPLETE and not is_hopeless


def state_after_answer(evidence: Evidence) -> SourceState:
    """The state after the first answer. Validators of a doubtful one are not kept, so that it is read again."""
    listing, report, now = evidence.listing, first_report(evidence), evidence.now
    new = SourceState(source=evidence.source, scope=evidence.scope, state=report.state, checked_at=now)
    before = evidence.last or new
    after = before.after(report, at=now)
    if listing is None or report.state is State.FAILED or listing.is_unchanged:
        return after
    if not listing.announcements:
        due = expected_day(evidence.traits, now)
        is_held = due is None or (before.listing_day is not None and before.listing_day >= due)
        state = replace(after, validators=listing.validators) if is_held else after
        return state if before.listing_day or not is_held else replace(state, listing_day=listing.day)
    is_newest = before.listing_day is None or (listing.day is not None and listing.day >= before.listing_day)
    return replace(
        after,
        fresh_at=now if report.stored.new or report.stored.updated else before.fresh_at,
        listing_day=listing.day if is_newest else before.listing_day,
        listed=report.fetched if is_newest else before.listed,
        validators=listing.validators,
    )


def _with_second_look(report: Report, evidence: Evidence) -> Report:
    if evidence.doubt is None:
        return report
    if evidence.look:
        return compare(report, evidence.look, evidence.look_stored)
    if evidence.look_obstacle:
        return compare_with_nothing(report, evidence.doubt, evidence.look_obstacle, due=evidence.due)
    return compare_with_usual(report, evidence.doubt, _usual(evidence.last))


def _state_after_second_look(state: SourceState, report: Report, evidence: Evidence) -> SourceState:
    """The state with the listing that the second look brought, or with the emptiness that it confirmed."""
    look, listing = evidence.look, evidence.listing
    if evidence.doubt is None:
        return state
    if report.state is State.QUIET and listing and listing.is_empty and not (look and look.has_listing):
        day = listing.day or state.listing_day
        entries = state.listed if day == state.listing_day else 0  # they are of another day
        return replace(state, listing_day=day, listed=entries, validators=listing.validators)
    other_listing = look.listing if look and look.listing.announcements else None
    if other_listing and other_listing.day and other_listing.day >= (state.listing_day or other_listing.day):
        state = replace(state, listing_day=other_listing.day, listed=len(other_listing.announcements))
    if report.stored.new or report.stored.updated:
        state = replace(state, fresh_at=evidence.now)
    return replace(state, came_otherwise=look is not None and look.has_brought)


def _with_missed(report: Report, todo: Backfill, archive_report: Report) -> Report:
    """The report with what the archive gave of days that were missed."""
    if archive_report.state.is_trouble:
        days = MissedDays(since=todo.since, until=todo.until, causes=tuple(_causes(archive_report.problems)))
        state = archive_report.state if report.state is State.QUIET else report.state
        return replace(report, state=state, problems=(*report.problems, days))
    return replace(
        report,
        state=State.FRESH if archive_report.stored.new and report.state is State.QUIET else report.state,
        problems=report.problems + archive_report.problems,
        fetched=report.fetched + archive_report.fetched,
        stored=report.stored + archive_report.stored,
        failed=report.failed + archive_report.failed,
    )


def _with_left_days(report: Report, left_days: Sequence[Backfill], last_problems: Sequence[Problem]) -> Report:
    """The report with missed days that are left for later; why they could not be read before is said again."""
    for todo in left_days:
        days = MissedDays(since=todo.since, until=todo.until, causes=())
        days = next((problem for problem in last_problems if _is_same_span(problem, days)), days)
        report = replace(report, problems=(*report.problems, days))
        if days.causes and report.state is State.QUIET:
            is_waiting = any(isinstance(cause, WaitRequest) for cause in days.causes)
            report = replace(report, state=State.THROTTLED if is_waiting else State.FAILED)
    return report


def _is_same_span(problem: Problem, days: MissedDays) -> TypeGuard[MissedDays]:
    return isinstance(problem, MissedDays) and (problem.since, problem.until) == (days.since, days.until)


def _causes(problems: Sequence[Problem]) -> list[Obstacle | UnreadableEntries]:
    """Why days could not be read. Other problems are left out: the next refresh goes on with those days."""
    causes = [problem.cause if isinstance(problem, Interruption) else problem for problem in problems]
    return [cause for cause in causes if isinstance(cause, Obstacle | UnreadableEntries)]


def _problems_of(listing: Listing) -> tuple[Problem, ...]:
    cut = (CutListing(),) if listing.is_cut else ()
    flaw = (DamagedListing(detail=listing.flaw),) if listing.flaw else ()
    return (*cut, *flaw, *unreadable_entries(listing.problems, len(listing.announcements)))


def _listing_day(listing: Listing, last: SourceState | None) -> date | None:
    return last.listing_day if listing.is_unchanged and last else listing.day


def _usual(last: SourceState | None) -> int | None:
    return last.listed if last and last.listing_day else None
