"""The use case that brings papers in: sources -> store, with one honest state per source and scope.

`refresh` asks every wanted scope once, one after another, and goes on when one fails; `take` stores a saved file. A
listing is stored in one transaction before its state is saved, so that an interruption at any moment loses nothing: the
next refresh reads the listing again. `judge` decides what a refresh was worth; it is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import BadCategory, SourceError, Throttled
from core.listings import Listing, Report, SourceState, State, Stored
from core.ports import Clock, PaperSource, Store

_EASTERN: Final = ZoneInfo("America/New_York")
#: arXiv publishes at midnight Eastern; nobody is late before this much later
_GRACE: Final = timedelta(hours=1)
#: a remembered wait beyond this was noted under another clock, in seconds; sources cannot ask for more
_LONGEST_WAIT_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a refresh has come, for whoever waits."""

    #: scopes that are done
    done: int
    total: int
    #: what is being read now, `arxiv cs.CL`; empty at the end
    what: str


async def refresh(
    wanted: Sequence[tuple[PaperSource, str]], store: Store, clock: Clock, *, tell: Callable[[Progress], None]
) -> tuple[Report, ...]:
    """Ask each source for each scope, store what is new, and report on every one, in order.

    What goes wrong with a source is its report, and the others go on; a scope whose source asked us to wait is not
    asked before that. Raises StoreError.
    """
    reports: list[Report] = []
    for done, (source, scope) in enumerate(wanted):
        tell(Progress(done=done, total=len(wanted), what=f"{source.name} {scope}"))
        reports.append(await _refresh_one(source, scope, store, clock))
    tell(Progress(done=len(wanted), total=len(wanted), what=""))
    return tuple(reports)


async def take(listing: Listing, store: Store, clock: Clock) -> Report:
    """Store a listing that was read from a file. Raises StoreError."""
    stored = await store.add(listing, at=clock.now())
    state = State.FRESH if stored.new or stored.updated else State.QUIET
    return _report(listing, stored, State.FAILED if is_unreadable(listing) else state)


def judge(listing: Listing, stored: Stored, last: SourceState | None, now: datetime) -> State:
    """What a refresh was worth, by its content: a listing is fresh where it holds anything that we did not have.

    `now` is aware. A day counts in US/Eastern, where listings appear from Monday to Friday just after midnight.
    """
    if is_unreadable(listing):
        return State.FAILED
    if stored.new or stored.updated:
        return State.FRESH
    day = listing_day(listing, last)
    is_empty = not (listing.announcements or listing.unchanged)
    return State.QUIET if is_empty or day is None or not _is_overdue(day, now) else State.STALE


def is_unreadable(listing: Listing) -> bool:
    """True where there were entries and none of them could be read: our mistake, or theirs, but no quiet day."""
    return bool(listing.problems) and not listing.announcements


def listing_day(listing: Listing, last: SourceState | None) -> date | None:
    """The day of the listing that a source serves now, also where it only said that nothing changed."""
    return last.listing_day if listing.unchanged and last else listing.day


def _is_overdue(day: date, now: datetime) -> bool:
    local = now.astimezone(_EASTERN) - _GRACE
    return local.weekday() < 5 and day < local.date()


async def _refresh_one(source: PaperSource, scope: str, store: Store, clock: Clock) -> Report:
    last = await store.source_state(source.name, scope)
    if last and (wait_s := _left_to_wait_s(last, clock.now())):
        return Report(
            source=source.name, scope=scope, state=State.THROTTLED, error=last.error, retry_after_s=round(wait_s, 1)
        )
    try:
        listing = await source.fetch(scope, last)
    except (SourceError, BadCategory) as error:
        return await _note_failure(error, source.name, scope, last, store, clock)
    return await _keep(listing, last, store, clock)


def _left_to_wait_s(last: SourceState, now: datetime) -> float:
    left_s = (last.wait_until - now).total_seconds() if last.wait_until else 0.0
    return left_s if 0.0 < left_s <= _LONGEST_WAIT_S else 0.0


async def _note_failure(
    error: SourceError | BadCategory, source: str, scope: str, last: SourceState | None, store: Store, clock: Clock
) -> Report:
    now = clock.now()
    wait_s = error.retry_after_s if isinstance(error, Throttled) else None
    state = State.THROTTLED if isinstance(error, Throttled) else State.FAILED
    before = last or SourceState(source=source, scope=scope, state=state, checked_at=now)
    wait_until = now + timedelta(seconds=wait_s) if wait_s else None
    await store.save_source_state(before.after(state, at=now, error=error.sentence(), wait_until=wait_until))
    return Report(source=source, scope=scope, state=state, error=error.sentence(), retry_after_s=wait_s)


async def _keep(listing: Listing, last: SourceState | None, store: Store, clock: Clock) -> Report:
    stored = Stored() if listing.unchanged else await store.add(listing, at=clock.now())
    now = clock.now()
    report = _report(listing, stored, judge(listing, stored, last, now))
    if listing.unchanged and last and not last.state.is_trouble:
        report = replace(report, error=last.error)
    await store.save_source_state(_remembered(listing, report, last, now))
    return report


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
        sentences.append("The listing reached the source's cap of 2,000 entries, so papers may be missing from it.")
    if listing.problems:
        first, total = listing.problems[0], len(listing.problems) + len(listing.announcements)
        sentences.append(
            f"{len(listing.problems)} of {total} entries could not be read ({first.where}: {first.reason})."
        )
    return " ".join(sentences)


def _remembered(listing: Listing, report: Report, last: SourceState | None, now: datetime) -> SourceState:
    """The state after an answer; validators are kept only where the answer was one, so that a bad one is read again."""
    before = last or SourceState(source=listing.source, scope=listing.scope, state=report.state, checked_at=now)
    told = before.after(report.state, at=now, error=report.error)
    if report.state is State.FAILED or listing.unchanged:
        return told
    newer = listing.day is not None and (before.listing_day is None or listing.day > before.listing_day)
    is_newest = newer or (listing.day == before.listing_day and bool(listing.announcements))
    return replace(
        told,
        fresh_at=now if report.state is State.FRESH else before.fresh_at,
        listing_day=listing.day if is_newest else before.listing_day,
        listed=report.fetched if is_newest else before.listed,
        validators=listing.validators,
    )
