"""What a platform allows, as values, and how much of it is used: arithmetic alone, no waiting. For `pacing`.

A limit must hold where the platform counts, whatever the network does to the distance between two requests. The
platform counts a request somewhere between its start and its answer. So a place is free again `per_s` after the answer,
less half of the shortest round trip that was ever seen: the answer's way back and the next request's way there always
take longer than that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

#: seconds after which a request without an answer has been counted, or never will be
LONGEST_FLIGHT_S: Final = 5.0
#: a turn that comes late by that share of a window, since timers wake late, does not delay those after it
_CATCH_UP: Final = 0.05


class Urgency(Enum):
    """Which request goes first: an answer, then a digest, then an edit."""

    #: somebody waits for it
    ANSWER = "answer"
    DIGEST = "digest"
    #: nobody waits for it: a message that is there already is made better
    EDIT = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `messages` in any stretch of `per_s` seconds."""

    messages: int
    #: seconds
    per_s: float
    #: how many of them digests leave to answers
    kept_for_answers: int = 0
    #: digests are spread over the time that answers leave, so that an answer finds room at once, or very soon
    is_even: bool = False

    def stretch(self, factor: float) -> Limit:
        """A limit that is so many times as slow; 0 makes it none.

        An even one that is to be faster has more messages in the same time: round trips do not become shorter.
        """
        if self.is_even and 0 < factor < 1:
            reserve = round(self.kept_for_answers / factor)
            return replace(self, messages=round(self.messages / factor), kept_for_answers=reserve)
        return replace(self, per_s=self.per_s * factor)


@dataclass(slots=True, eq=False)
class Place:
    """One request within a limit."""

    #: when it was given, and when it is free again, in the timer's seconds
    given_at: float
    free_at: float
    per_s: float


class Budget:
    """One limit and the requests that count against it now."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._places: list[Place] = []
        self._next_digest_at = float("-inf")

    def opens_at(self, urgency: Urgency, now: float) -> float:
        """When a request of that urgency may go; `now` or earlier where it may now."""
        can_wait = urgency is not Urgency.ANSWER
        room = self._limit.messages - (self._limit.kept_for_answers if can_wait else 0)
        if len(self._places) >= room:
            self._places = [place for place in self._places if place.free_at > now]
        surplus = len(self._places) - room
        at = now if surplus < 0 else sorted(place.free_at for place in self._places)[surplus]
        return max(at, self._next_digest_at) if can_wait else at

    def take(self, now: float) -> Place:
        """Count a request that goes now; where the limit is even, the next digest waits a little longer for it."""
        per_s = self._limit.per_s
        if self._limit.is_even:
            is_late = now - self._next_digest_at <= _CATCH_UP * per_s
            every_s = per_s / (self._limit.messages - self._limit.kept_for_answers)
            self._next_digest_at = (self._next_digest_at if is_late else now) + every_s
        place = Place(now, now + LONGEST_FLIGHT_S + per_s, per_s)
        self._places.append(place)
        return place

    def is_unused(self, now: float) -> bool:
        """Is all of it free?"""
        return all(place.free_at <= now for place in self._places)
