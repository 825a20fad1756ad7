"""When does a source have something new, and how long to wait before it is asked again? Pure.

The use cases call it with the traits of the source (`core.ingest.traits`). A calendar is never taken for certain: a day
without a listing is asked about less often, never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zlib import crc32

from core.ingest.state import Backfill, SourceState, State
from core.ingest.traits import Calendar, SourceTraits

_DAY: Final = timedelta(days=1)
#: as in `date.weekday()`
_SATURDAY: Final = 5

#: a listing that comes as a whole is due and nothing of it was seen yet
_PROBING: Final = timedelta(minutes=15)
#: nothing was seen for so long after it was due: the source may have taken a day off
_PATIENCE: Final = timedelta(hours=12)
#: a weekday that we take for one without a listing, or one that has lasted long without it
_DOUBTFUL: Final = timedelta(hours=1)
#: papers may be missing
_AFTER_TROUBLE: Final = timedelta(minutes=30)
#: a day on which nothing is to be expected
_QUIET: Final = timedelta(hours=6)

#: scopes that are due within this are asked together
_SAME_ROUND: Final = timedelta(minutes=5)
#: how far installations spread the moment at which something is due, in seconds
_JITTER_S: Final = 180
#: a remembered wait beyond this was noted under another clock; a source is given an hour, and callers add jitter
_LONGEST_WAIT: Final = timedelta(minutes=70)
#: waits that we choose where a source names none, in seconds
_COOL_DOWNS_S: Final = (300.0, 900.0, 1800.0, 3600.0)
_WITHOUT_ANSWER: Final = (State.THROTTLED, State.FAILED)


def is_publishing_day(source: SourceTraits, day: date) -> bool:
    """True where a listing of that day, the source's local date, is to be expected; also of one that promises none."""
    return source.calendar is None or source.calendar.publishes(day)


def expected_day(source: SourceTraits, now: datetime) -> date | None:
    """The newest listing day that should be out at this aware moment; None where a source promises none."""
    return _newest(source.calendar, now - source.calendar.grace) if source.calendar else None


def newest_day(source: SourceTraits, now: datetime) -> date | None:
    """The listing day that began last before an aware moment, out or not; None where a source promises none."""
    return _newest(source.calendar, now) if source.calendar else None


def next_listing(source: SourceTraits, now: datetime) -> tuple[date, datetime] | None:
    """The day of the first listing that is not out at an aware moment, and when it should be, UTC."""
    calendar = source.calendar
    if calendar is None:
        return None
    day = _first_after(_newest(calendar, now - calendar.grace), calendar)
    return day, _begin(calendar, day) + calendar.grace


def has_arrived(state: SourceState, source: SourceTraits, now: datetime) -> bool:
    """True where the newest listing that should be out at `now` was read; of sources that promise none, always.

    A listing of that day was read; or, on a day that had none after all, a refresh after its hour found all well.
    """
    calendar = source.calendar
    if calendar is None:
        return True
    due_day = _newest(calendar, now - calendar.grace)
    if state.listing_day is not None and state.listing_day >= due_day:
        return True
    was_out = _begin(calendar, due_day) + calendar.grace
    return not state.state.is_trouble and was_out <= state.checked_at <= now


def next_checks(states: Sequence[SourceState], source: SourceTraits, now: datetime) -> dict[str, datetime]:
    """When each scope of a source wants to be asked again, by its name; `now` and the results are aware.

    `states` are those of the scopes that are wanted; states of other sources are passed over.
    """
    states_of_source = [state for state in states if state.source == source.name]
    groups = [[state] for state in states_of_source] if source.has_own_places else [states_of_source]
    return {state.scope: _next_check(state, source, group, now) for group in groups for state in group}


def due(states: Sequence[SourceState], source: SourceTraits, scopes: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The scopes to ask now, in the order given: new ones, and all whose moment has come or is near.

    None before the end of a wait that the source asked for; scopes that are places of their own have their own waits.
    """
    states_of_source = [state for state in states if state.source == source.name and state.scope in scopes]
    waiting = {state.scope for state in states_of_source if _waits_until(state, now)}
    if waiting and not source.has_own_places:
        return ()
    checks = next_checks(states_of_source, source, now)
    until = now + _SAME_ROUND if any(at <= now for at in checks.values()) else now
    return tuple(scope for scope in scopes if scope not in waiting and checks.get(scope, now) <= until)


def left_to_wait_s(state: SourceState | Backfill, now: datetime) -> float:
    """How long a source still wants to be left alone, in seconds; 0 where it does not, or said so by another clock."""
    return (wait - now).total_seconds() if (wait := _waits_until(state, now)) else 0.0


def cool_down_s(troubles: int, retry_after_s: float | None) -> float:
    """How long to leave a source alone, in seconds: as long as it asked for, at most an hour.

    Where it named nothing, longer with each refresh in a row that went wrong (`troubles`, this one counted).
    """
    if retry_after_s is not None and retry_after_s > 0:
        return min(retry_after_s, _COOL_DOWNS_S[-1])
    return _COOL_DOWNS_S[min(max(troubles, 1), len(_COOL_DOWNS_S)) - 1]


def _next_check(state: SourceState, source: SourceTraits, group: Sequence[SourceState], now: datetime) -> datetime:
    asks = [wait for member in group if (wait := _waits_until(member, now))]
    # A refresh in the future was noted under another clock.
    usual = now if state.checked_at > now else _after_check(state, source, group)
    return max([usual, *asks])


def _waits_until(state: SourceState | Backfill, now: datetime) -> datetime | None:
    wait = state.wait_until
    return wait if wait is not None and now < wait <= now + _LONGEST_WAIT else None


def _after_check(state: SourceState, source: SourceTraits, group: Sequence[SourceState]) -> datetime:
    """A while after the last refresh, but no later than something is due."""
    regular = state.checked_at + _pause(state, source, group)
    return min(regular, _next_due(source.calendar, group, state.checked_at)) if source.calendar else regular


def _pause(state: SourceState, source: SourceTraits, group: Sequence[SourceState]) -> timedelta:
    """How long after its last refresh a scope is asked again, as long as nothing is due before."""
    calendar = source.calendar
    day = state.checked_at.astimezone(calendar.zone if calendar else UTC).date()
    if calendar and not calendar.publishes(day):
        calm = _DOUBTFUL if day.weekday() < _SATURDAY else _QUIET
        # A stale scope stays stale on a day without a listing, however often it is asked.
        return min(calm, _AFTER_TROUBLE) if any(member.state in _WITHOUT_ANSWER for member in group) else calm
    calm = source.rhythm
    if calendar and calendar.is_prompt:
        due_at = _begin(calendar, day)
        if not any(_has_new(member, day, due_at) for member in group):
            calm = _PROBING if state.checked_at < due_at + _PATIENCE else _DOUBTFUL
    return min(calm, _AFTER_TROUBLE) if any(member.state.is_trouble for member in group) else calm


def _has_new(state: SourceState, day: date, due_at: datetime) -> bool:
    """Did something unseen show up since a day's listing was due?

    Not where it was of an older listing: to a category that is asked for the first time everything is unseen. Nor
    where it was noted under another clock: what was fresh is not of later than the last refresh.
    """
    is_of_the_day = state.listing_day is None or state.listing_day >= day
    return is_of_the_day and state.fresh_at is not None and due_at <= state.fresh_at <= state.checked_at


def _next_due(calendar: Calendar, group: Sequence[SourceState], after: datetime) -> datetime:
    """When the first listing after a moment is to be looked for.

    What each installation remembers differs, so its own states tell it how far from the full hour it keeps.
    """
    day = _first_after(after.astimezone(calendar.zone).date(), calendar)
    seed = f"{day} {[(member.source, member.scope, member.checked_at.timestamp()) for member in group]}"
    return _begin(calendar, day) + timedelta(seconds=crc32(seed.encode()) % _JITTER_S)


def _begin(calendar: Calendar, day: date) -> datetime:
    """The beginning of a source's day, in UTC, so that sums across a change of the clocks come out right."""
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)


def _first_after(day: date, calendar: Calendar) -> date:
    """The first day after another one that should have a listing."""
    day += _DAY
    while not calendar.publishes(day):
        day += _DAY
    return day


def _newest(calendar: Calendar, moment: datetime) -> date:
    """The newest day with a listing that had begun at an aware moment."""
    day = moment.astimezone(calendar.zone).date()
    while not calendar.publishes(day) or _begin(calendar, day) > moment:
        day -= _DAY
    return day
