"""When does a source have something new, and how long to wait before it is asked again? Pure; called by the use cases.

arXiv's calendar is written down here instead of taken from a library of holidays, because it is not the federal one.
arXiv announces on the evenings of Sunday to Thursday, and a listing bears the date of the morning after; so what a
holiday costs is the listing of the *next* day, while the holiday itself has one. Nor is every federal holiday kept
(Memorial Day is not), and one that falls on a Friday or Saturday, when nothing is announced anyway, takes the Sunday
evening after it. arXiv names the evenings each year in https://info.arxiv.org/help/availability.html: those of 2023 and
2025 are what the rules below follow, and the recorded listings of 2025 agree. A few more in December are decided ad
hoc. Hence nothing here is ever taken for certain: a day without a listing is asked about less often, never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from core.ingest.state import Backfill, SourceState, State

_EASTERN: Final = ZoneInfo("America/New_York")
_DAY: Final = timedelta(days=1)
_MONDAY, _THURSDAY, _FRIDAY, _SUNDAY = 0, 3, 4, 6

#: arXiv's listing is due and nothing of it was seen yet
_PROBING: Final = timedelta(minutes=15)
#: nothing was seen for so long after it was due: arXiv may have taken a day off
_PATIENCE: Final = timedelta(hours=12)
#: a weekday that we take for one without a listing, or one that has lasted long without it
_DOUBTFUL: Final = timedelta(hours=1)
#: papers may be missing
_AFTER_TROUBLE: Final = timedelta(minutes=30)
#: a day on which nothing is to be expected
_QUIET: Final = timedelta(hours=6)
#: what is there is there, and stragglers may follow
_USUAL: Final = timedelta(hours=4)

#: scopes that are due within this are asked together
_SAME_ROUND: Final = timedelta(minutes=5)
#: how far installations spread the moment at which something is due, in seconds
_JITTER_S: Final = 180
#: a remembered wait beyond this was noted under another clock; a source is given an hour, and callers add jitter
_LONGEST_WAIT: Final = timedelta(minutes=70)
#: waits that we choose where a source names none, in seconds
_COOL_DOWNS_S: Final = (300.0, 900.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    """On which days a source has listings, and when one should be out."""

    #: where its days begin
    zone: tzinfo
    publishes: Callable[[date], bool]
    #: after the beginning of its day a listing is late
    grace: timedelta


def _is_weekday(day: date) -> bool:
    return day.weekday() <= _FRIDAY


def _is_arxiv_day(day: date) -> bool:
    return _is_weekday(day) and (day - _DAY) not in _evenings_off((day - _DAY).year)


_CALENDARS: Final[Mapping[str, _Calendar]] = {
    "arxiv": _Calendar(zone=_EASTERN, publishes=_is_arxiv_day, grace=timedelta(hours=1)),
    # A day's list grows while the day runs; at weekends it may stay empty.
    "huggingface": _Calendar(zone=UTC, publishes=_is_weekday, grace=_DAY),
    # A day's papers are all there by the next one, and described by the service some hours later.
    "biorxiv": _Calendar(zone=_EASTERN, publishes=lambda _: True, grace=timedelta(hours=36)),
}
#: how often a source is asked that has no hour of its own
_RHYTHMS: Final[Mapping[str, timedelta]] = {"huggingface": timedelta(hours=1), "feeds": timedelta(hours=1)}
#: the scopes of these are places of their own: what one suffers says nothing of another
APART: Final = frozenset({"feeds"})
_WITHOUT_ANSWER: Final = (State.THROTTLED, State.FAILED)


def is_publishing_day(source: str, day: date) -> bool:
    """True where a listing of that day, the source's local date, is to be expected; also of sources we do not know."""
    calendar = _CALENDARS.get(source)
    return calendar is None or calendar.publishes(day)


def expected_day(source: str, now: datetime) -> date | None:
    """The newest listing day that should be out at this aware moment; None where a source promises none."""
    calendar = _CALENDARS.get(source)
    return _newest(calendar, now - calendar.grace) if calendar else None


def newest_day(source: str, now: datetime) -> date | None:
    """The listing day that began last before an aware moment, out or not; None where a source promises none."""
    calendar = _CALENDARS.get(source)
    return _newest(calendar, now) if calendar else None


def next_listing(source: str, now: datetime) -> tuple[date, datetime] | None:
    """The day of the first listing that is not out at an aware moment, and when it should be, UTC."""
    calendar, newest = _CALENDARS.get(source), expected_day(source, now)
    if calendar is None or newest is None:
        return None
    day = newest + _DAY
    while not calendar.publishes(day):
        day += _DAY
    return day, _begin(calendar, day) + calendar.grace


def has_arrived(state: SourceState, now: datetime) -> bool:
    """True where the newest listing that should be out at `now` was read; of sources that promise none, always.

    A listing of that day was read; or, on a day that had none after all, a refresh after its hour found all well.
    """
    due_day = expected_day(state.source, now)
    if due_day is None or (state.listing_day is not None and state.listing_day >= due_day):
        return True
    calendar = _CALENDARS[state.source]
    was_out = _begin(calendar, due_day) + calendar.grace
    return not state.state.is_trouble and was_out <= state.checked_at <= now


def next_check(states: Sequence[SourceState], source: str, now: datetime) -> datetime:
    """When to ask a source again, UTC and not before `now`, which is aware; at once where it was never asked.

    `states` are those of the scopes that are wanted; states of other sources are passed over.
    """
    return min((max(at, now) for _, at in _checks(states, source, now)), default=now).astimezone(UTC)


def due(states: Sequence[SourceState], source: str, scopes: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The scopes to ask now, in the order given: new ones, and all whose moment has come or is near.

    None before the end of a wait that the source asked for; of feeds each has its own wait.
    """
    states_of_source = [state for state in states if state.source == source and state.scope in scopes]
    waiting = {state.scope for state in states_of_source if _waits_until(state, now)}
    if waiting and source not in APART:
        return ()
    checks = {state.scope: at for state, at in _checks(states_of_source, source, now)}
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


def _checks(states: Sequence[SourceState], source: str, now: datetime) -> list[tuple[SourceState, datetime]]:
    """Each of the source's scopes with the moment at which it wants to be asked again."""
    states_of_source = [state for state in states if state.source == source]
    groups = [[state] for state in states_of_source] if source in APART else [states_of_source]
    return [(state, _next_check(state, group, now)) for group in groups for state in group]


def _next_check(state: SourceState, group: Sequence[SourceState], now: datetime) -> datetime:
    asks = [wait for member in group if (wait := _waits_until(member, now))]
    # A refresh in the future was noted under another clock.
    usual = now if state.checked_at > now else _after_check(state, group)
    return max([usual, *asks])


def _waits_until(state: SourceState | Backfill, now: datetime) -> datetime | None:
    wait = state.wait_until
    return wait if wait is not None and now < wait <= now + _LONGEST_WAIT else None


def _after_check(state: SourceState, group: Sequence[SourceState]) -> datetime:
    """A while after the last refresh, but no later than something is due."""
    regular = state.checked_at + _pause(state, group)
    calendar = _CALENDARS.get(state.source)
    return min(regular, _next_due(calendar, group, state.checked_at)) if calendar else regular


def _pause(state: SourceState, group: Sequence[SourceState]) -> timedelta:
    """How long after its last refresh a scope is asked again, as long as nothing is due before."""
    calendar = _CALENDARS.get(state.source)
    day = state.checked_at.astimezone(calendar.zone if calendar else UTC).date()
    if not is_publishing_day(state.source, day):
        calm = _DOUBTFUL if _is_weekday(day) else _QUIET
        # A stale scope stays stale on a day without a listing, however often it is asked.
        return min(calm, _AFTER_TROUBLE) if any(member.state in _WITHOUT_ANSWER for member in group) else calm
    calm = _arxiv_pause(state, day, group) if state.source == "arxiv" else _RHYTHMS.get(state.source, _USUAL)
    return min(calm, _AFTER_TROUBLE) if any(member.state.is_trouble for member in group) else calm


def _arxiv_pause(state: SourceState, day: date, group: Sequence[SourceState]) -> timedelta:
    due_at = _begin(_CALENDARS["arxiv"], day)
    if any(_has_new(member, day, due_at) for member in group):
        return _USUAL
    return _PROBING if state.checked_at < due_at + _PATIENCE else _DOUBTFUL


def _has_new(state: SourceState, day: date, due_at: datetime) -> bool:
    """Did something unseen show up since a day's listing was due?

    Not where it was of an older listing: to a category that is asked for the first time everything is unseen. Nor
    where it was noted under another clock: what was fresh is not of later than the last refresh.
    """
    is_of_the_day = state.listing_day is None or state.listing_day >= day
    return is_of_the_day and state.fresh_at is not None and due_at <= state.fresh_at <= state.checked_at


def _next_due(calendar: _Calendar, group: Sequence[SourceState], after: datetime) -> datetime:
    """When the first listing after a moment is to be looked for.

    What each installation remembers differs, so its own states tell it how far from the full hour it keeps.
    """
    day = after.astimezone(calendar.zone).date() + _DAY
    while not calendar.publishes(day):
        day += _DAY
    seed = f"{day} {[(member.source, member.scope, member.checked_at.timestamp()) for member in group]}"
    return _begin(calendar, day) + timedelta(seconds=crc32(seed.encode()) % _JITTER_S)


def _begin(calendar: _Calendar, day: date) -> datetime:
    """The beginning of a source's day, in UTC, so that sums across a change of the clocks come out right."""
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)


def _newest(calendar: _Calendar, moment: datetime) -> date:
    """The newest day with a listing that had begun at an aware moment."""
    day = moment.astimezone(calendar.zone).date()
    while not calendar.publishes(day) or _begin(calendar, day) > moment:
        day -= _DAY
    return day


def _evenings_off(year: int) -> frozenset[date]:
    """The evenings of a year on which arXiv announces nothing, though it is one of Sunday to Thursday."""
    holidays = (
        date(year, 1, 1),
        _nth(3, _MONDAY, year, 1),  # Martin Luther King's birthday
        date(year, 6, 19),  # Juneteenth
        date(year, 7, 4),  # Independence Day
        _nth(1, _MONDAY, year, 9),  # Labor Day
        _nth(4, _THURSDAY, year, 11),  # Thanksgiving
        date(year, 12, 25),
    )
    return frozenset(map(_evening_of, holidays))


def _evening_of(holiday: date) -> date:
    is_free_anyway = holiday.weekday() not in (*range(_FRIDAY), _SUNDAY)
    return holiday + (_SUNDAY - holiday.weekday()) * _DAY if is_free_anyway else holiday


def _nth(number: int, weekday: int, year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=number - 1)
