"""What can be wrong with what a source gave, as values, and how an error becomes one of them.

`core.ingest.conclude` finds problems, `storage` keeps them by their `kind`, and `core.deliver.problems` puts them into
words for people. Nothing reads those words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from core.errors import BadCategory, BadFeed, PaperboyError, Refused, SourceBug, Throttled, Unreachable


class Cause(StrEnum):
    """Why there was no answer that could be read."""

    #: no answer, or not in time
    NO_ANSWER = "no-answer"
    #: the answer was no
    REFUSED = "refused"
    #: the answer was not what it should be
    BAD_ANSWER = "bad-answer"
    #: the source does not know the scope
    UNKNOWN_SCOPE = "unknown-scope"
    #: any other error of a source
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """There was no answer that could be read."""

    kind: Literal["failure"] = "failure"
    cause: Cause
    #: what the error said, a sentence of whoever met it
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRequest:
    """The source asked us to wait."""

    kind: Literal["wait-request"] = "wait-request"
    #: what the error said; empty while a wait of an earlier reading goes on
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """A mistake of ours ended the reading."""

    kind: Literal["bug"] = "bug"
    #: the name of the exception
    exception: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableEntries:
    """Some entries of a listing, or records of an index, could not be read."""

    kind: Literal["unreadable-entries"] = "unreadable-entries"
    count: int
    #: with those that could be read; None where it is not told, as of a span of days
    total: int | None = None
    #: of the first: where it stands, and what is wrong with it
    where: str = ""
    reason: str = ""
    #: True where they are an index's records of papers
    are_records: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedListing:
    """A listing is damaged, so that entries may be missing."""

    kind: Literal["damaged-listing"] = "damaged-listing"
    #: what the reader of the format said of it, a sentence
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutListing:
    """The source cut its listing at its cap."""

    kind: Literal["cut-listing"] = "cut-listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyListing:
    """A listing came up empty on a day on which papers appear."""

    kind: Literal["empty-listing"] = "empty-listing"
    #: papers of the day that the other place of the source had
    papers: int = 0
    #: False where the source has no other place
    has_other_place: bool = True
    #: why the other place could not be read; None where it could
    unchecked: Failure | WaitRequest | Bug | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldListing:
    """A listing is older than it should be."""

    kind: Literal["old-listing"] = "old-listing"
    #: the day that was expected, the source's local date
    expected: date | None
    #: papers of that day that the other place of the source had
    papers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReading:
    """What the other place of the source brought beside a listing that failed, or of which a part is missing."""

    kind: Literal["second-reading"] = "second-reading"
    papers: int
    #: of them, those that the store did not have
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedDays:
    """Days whose listing no refresh read, and that the archive did not give yet; it is asked again after refreshes."""

    kind: Literal["missed-days"] = "missed-days"
    since: date
    #: inclusive
    until: date
    #: why not yet; empty where it was not asked for all of them
    causes: tuple[Failure | WaitRequest | Bug | UnreadableEntries, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadDays:
    """Days whose listing no refresh read, too long ago to be read without being asked for."""

    kind: Literal["unread-days"] = "unread-days"
    since: date
    #: inclusive
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """The reading of a span of days stopped in the middle; another run goes on there."""

    kind: Literal["interruption"] = "interruption"
    cause: Failure | WaitRequest | Bug


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverRead:
    """Nobody has read this part of the source yet."""

    kind: Literal["never-read"] = "never-read"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierProblem:
    """What an earlier version of Paperboy said of a refresh; it kept sentences only."""

    kind: Literal["earlier"] = "earlier"
    sentence: str


#: why something could not be read at all
Obstacle = Failure | WaitRequest | Bug
Problem = (
    Obstacle
    | UnreadableEntries
    | DamagedListing
    | CutListing
    | EmptyListing
    | OldListing
    | SecondReading
    | MissedDays
    | UnreadDays
    | Interruption
    | NeverRead
    | EarlierProblem
)

_CAUSES: Final = {
    Unreachable: Cause.NO_ANSWER,
    Refused: Cause.REFUSED,
    BadFeed: Cause.BAD_ANSWER,
    BadCategory: Cause.UNKNOWN_SCOPE,
}


def obstacle_of(error: PaperboyError) -> Obstacle:
    """The error that a source raised, as a problem."""
    if isinstance(error, SourceBug):
        return Bug(exception=error.exception)
    if isinstance(error, Throttled):
        return WaitRequest(detail=error.sentence())
    cause = next((cause for kind, cause in _CAUSES.items() if isinstance(error, kind)), Cause.OTHER)
    return Failure(cause=cause, detail=error.sentence())
