"""Why there is nothing to show of a day: nobody read it, nothing was published, or nothing is left of what was read.

`digest` gathers the evidence and calls `judge_listing` or `judge_news`, which are pure; `compose` writes the sentences.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from core.channels import Subscription
from core.deliver.batches import Scope
from core.ingest.freshness import expected_day, has_arrived, is_publishing_day, next_listing
from core.ingest.state import SourceState
from core.ingest.traits import NO_SOURCES, Role, Sources, SourceTraits

#: as in `date.weekday()`
_SATURDAY: Final = 5


class Because(StrEnum):
    """Why there is nothing to show."""

    #: the listing of the day was not read
    UNREAD = "unread"
    #: no source has a listing of that day, or none yet
    UNPUBLISHED = "not-published"
    #: it was read, and nothing of it is left: nothing was announced, or all of it was decided on before
    NOTHING_NEW = "nothing-new"
    #: it was read, and the rule kept none of its papers
    NOTHING_KEPT = "nothing-kept"
    #: it was read, and none of its papers is about what the channel is interested in
    NOTHING_FITS = "nothing-fits"


class NoListing(StrEnum):
    """Why a day has no listing."""

    FUTURE = "future"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    #: it is expected later
    NOT_YET = "not-yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReading:
    """What the store knows of one listing day for a subscription."""

    #: papers that the listings of its categories announced on that day, replacements left out
    announced: int
    #: of those, what was posted in its channel
    posted: int
    #: the scopes that announced something on that day
    heard: frozenset[Scope]
    #: the scopes of which an archive was read for that day, whatever it had
    archived: frozenset[Scope]
    #: when each scope was first read without trouble, UTC
    first_read: Mapping[Scope, datetime]
    #: scopes that are to be read for that day, and were not yet
    open: frozenset[Scope]
    #: the newest day that announced something to the subscription; None where none did
    latest: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyDay:
    """There is nothing to show, and why."""

    because: Because
    #: the listing day that was asked for; for the daily digest the channel's own day
    day: date
    #: True where one listing day was asked for, False for all that is new
    is_one_listing: bool = False
    #: papers that were announced to the channel on the day
    announced: int = 0
    #: the scopes that were not read, though they should be out
    unread: tuple[Scope, ...] = ()
    #: why no listing is there, of UNPUBLISHED
    no_listing: NoListing | None = None
    #: the source whose calendar tells so
    source: str = ""
    #: the next listing that is expected, and when it should be out, UTC; None where nobody knows
    next_day: date | None = None
    next_at: datetime | None = None
    #: the newest day that has papers for the channel
    latest: date | None = None
    #: what the sources are like
    traits: Sources = NO_SOURCES


class DayStore(ABC):
    """What was read of a day."""

    @abstractmethod
    async def day_reading(self, subscription: Subscription, day: date) -> DayReading:
        """What is known of a listing day for a subscription, in one transaction."""


def scopes_wanted(subscription: Subscription, states: Sequence[SourceState], traits: Sources) -> tuple[Scope, ...]:
    """What is read for a subscription; of one without categories, all that is read."""
    if subscription.categories:
        return tuple(map(traits.scope_of, subscription.categories))
    return tuple((state.source, state.scope) for state in states if traits[state.source].role is Role.BRINGS)


def judge_listing(
    subscription: Subscription,
    day: date,
    *,
    today: date,
    now: datetime,
    states: Sequence[SourceState],
    reading: DayReading,
    traits: Sources,
) -> EmptyDay:
    """Why a listing day has nothing to show; `today` is the channel's own day, `now` aware."""
    scopes = scopes_wanted(subscription, states, traits)
    states_by_scope = {(state.source, state.scope): state for state in states}
    unread = tuple(
        scope for scope in scopes if not _was_read(scope, traits[scope[0]], day, states_by_scope.get(scope), reading)
    )
    missing = tuple(scope for scope in unread if day <= today and _should_be_out(traits[scope[0]], day, now))
    empty = EmptyDay(
        because=Because.NOTHING_NEW,
        day=day,
        is_one_listing=True,
        announced=reading.announced,
        unread=missing,
        latest=reading.latest,
        traits=traits,
    )
    if reading.announced:
        return empty
    if missing or not scopes:
        return replace(empty, because=Because.UNREAD)
    reasons = [(scope[0], _no_listing(traits[scope[0]], day, today, now)) for scope in scopes]
    first = next(((source, reason) for source, reason in reasons if reason), None)
    if day > today:
        first = (scopes[0][0], NoListing.FUTURE)
    return _with_next_listing(empty, *first, now if day >= today else None) if first else empty


def judge_news(
    subscription: Subscription,
    today: date,
    *,
    now: datetime,
    states: Sequence[SourceState],
    reading: DayReading,
    traits: Sources,
) -> EmptyDay:
    """Why nothing is new; `today` is the channel's own day, `now` aware."""
    scopes = scopes_wanted(subscription, states, traits)
    arrived_scopes = {(state.source, state.scope) for state in states if has_arrived(state, traits[state.source], now)}
    missing = tuple(scope for scope in scopes if scope not in arrived_scopes)
    if reading.latest and not {(state.source, state.scope) for state in states}.intersection(scopes):
        missing = ()  # files alone are read here, which are there when they are there
    empty = EmptyDay(
        because=Because.NOTHING_NEW,
        day=today,
        announced=reading.announced,
        unread=missing,
        latest=reading.latest,
        traits=traits,
    )
    if len(missing) == len(scopes):
        return replace(empty, because=Because.UNREAD)
    if missing:
        return empty
    reasons = [(source, _no_listing(traits[source], today, today, now)) for source, _ in scopes]
    if reading.announced or not all(reason for _, reason in reasons):
        return empty
    source, reason = reasons[0]
    assert reason
    return _with_next_listing(empty, source, reason, now)


def _was_read(scope: Scope, source: SourceTraits, day: date, state: SourceState | None, reading: DayReading) -> bool:
    """A listing of that day was read, or the day lies between the first and the last that were."""
    if scope in reading.heard or scope in reading.archived:
        return True
    if state is None or scope in reading.open or scope not in reading.first_read:
        return False
    if state.listing_day == day:
        return True
    first = _newest(source, reading.first_read[scope])
    last = state.listing_day if state.state.is_trouble else _newest(source, state.checked_at)
    return last is not None and first <= day <= last


def _newest(source: SourceTraits, moment: datetime) -> date:
    """The newest day that a source has told at a moment."""
    return expected_day(source, moment) or moment.astimezone(UTC).date()


def _should_be_out(source: SourceTraits, day: date, now: datetime) -> bool:
    return is_publishing_day(source, day) and day <= _newest(source, now)


def _no_listing(source: SourceTraits, day: date, today: date, now: datetime) -> NoListing | None:
    """Why a source has no listing of a day; None where it has, or promises none."""
    if day > today:
        return NoListing.FUTURE
    if not is_publishing_day(source, day):
        return NoListing.WEEKEND if day.weekday() >= _SATURDAY else NoListing.HOLIDAY
    coming = next_listing(source, now)
    return NoListing.NOT_YET if coming and coming[0] <= day else None


def _with_next_listing(empty: EmptyDay, source: str, reason: NoListing, now: datetime | None) -> EmptyDay:
    """With the listing that comes next, where `now` is given: for a day gone by it is of no use."""
    coming = next_listing(empty.traits[source], now) if now else None
    return replace(
        empty,
        because=Because.UNPUBLISHED,
        no_listing=reason,
        source=source,
        next_day=coming[0] if coming else None,
        next_at=coming[1] if coming else None,
    )
