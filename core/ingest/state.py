"""How reading a source went, and what is remembered between refreshes.

Every refresh of every scope ends in exactly one state, so that a failure never looks like a quiet day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from core.ingest.listing import EntryReading, Validators
from core.ingest.problems import MissedDays, Problem
from core.papers.identity.changes import Stored
from core.speech import N_


class State(StrEnum):
    """How the last refresh of one scope of one source went; `_` says it."""

    #: there was something that we had not seen
    FRESH = N_("fresh")
    #: some of its entries could not be read; with or without anything new in the others
    PARTIAL = N_("partial")
    #: nothing new, and nothing was to be expected: a day without a listing, or one that we know already
    QUIET = N_("quiet")
    #: nothing new though a new listing was due
    STALE = N_("stale")
    #: the source asked us to wait
    THROTTLED = N_("throttled")
    #: no answer, or none that could be read
    FAILED = N_("failed")

    @property
    def is_trouble(self) -> bool:
        """True where the listing is missing because of it; entries may be missing of a partial one."""
        return self in (State.STALE, State.THROTTLED, State.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How reading a part of a source ended, and what was wrong with it."""

    state: State
    #: a fresh or quiet listing may have some, too: parts of it may be missing
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState(Outcome):
    """The outcome of the last refresh of one scope of one source, and what we remember of it between refreshes."""

    source: str
    scope: str
    #: the last refresh, UTC
    checked_at: datetime
    #: the last refresh that brought something new, UTC
    fresh_at: datetime | None = None
    #: the day of the newest listing we hold, the source's local date
    listing_day: date | None = None
    #: entries of that listing
    listed: int = 0
    validators: Validators = Validators()
    #: the listing was in trouble, and its papers were read from the other place of the source all the same
    came_otherwise: bool = False
    #: not before this moment, UTC: the source asked us to wait
    wait_until: datetime | None = None
    #: refreshes in a row that ended throttled or failed
    troubles: int = 0

    @property
    def has_days_to_read(self) -> bool:
        """True where days were missed that an archive was not asked for yet."""
        return any(isinstance(problem, MissedDays) and not problem.causes for problem in self.problems)

    def after(self, outcome: Outcome, *, at: datetime, wait_until: datetime | None = None) -> SourceState:
        """The state after a refresh that brought nothing."""
        return replace(
            self,
            state=outcome.state,
            problems=outcome.problems,
            checked_at=at,
            came_otherwise=False,
            wait_until=wait_until,
            troubles=self.troubles + 1 if outcome.state in (State.THROTTLED, State.FAILED) else 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Outcome):
    """The outcome of one refresh of one scope of one source, for whoever asked for it."""

    source: str
    scope: str
    #: entries that were read
    fetched: int = 0
    stored: Stored = Stored()
    #: entries that could not be read
    failed: int = 0
    #: how long the source asked us to wait, in seconds
    retry_after_s: float | None = None
    #: how each entry was read, where the format tells; not kept
    readings: tuple[EntryReading, ...] = ()
    #: a part of the wanted days was read, and the rest was left for later
    has_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A report as it is kept in the history of a source."""

    report: Report
    #: when it ended, UTC
    at: datetime


class Phase(StrEnum):
    """How far a backfill has come."""

    #: pages are left to read
    READING = "reading"
    #: the end was reached and next to nothing was understood: another run begins anew
    UNREAD = "unread"
    #: everything was read, and only other scopes of the same run are not
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """How far reading a span of days from a source has come; forgotten once all of its run is complete."""

    source: str
    scope: str
    since: date
    #: inclusive
    until: date
    phase: Phase = Phase.READING
    #: where to go on, in the source's own words; empty at the beginning and at the end
    cursor: str = ""
    #: what the pages so far did
    fetched: int = 0
    stored: Stored = Stored()
    failed: int = 0
    #: how often in a row the archive has sent us away, and until when it wants to be left alone, UTC
    troubles: int = 0
    wait_until: datetime | None = None
