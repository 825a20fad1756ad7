"""What a refresh of a scope comes to: a table from what was seen to the report, and to what is remembered.

This table is the one place that proves it. `test_refresh.py` proves that the evidence is gathered and the outcome is
applied, `test_missed_days.py` what becomes of days that nobody read, `test_freshness.py` when a listing is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.origins import SOURCES
from core.ingest.conclude import Conclusion, Evidence, conclude, doubt_about, second_look
from core.ingest.crosscheck import Doubt, newest_day
from core.ingest.listing import EntryReading, Listing, Validators
from core.ingest.problems import (
    Cause,
    CutListing,
    DamagedListing,
    EmptyListing,
    Failure,
    MissedDays,
    Obstacle,
    OldListing,
    Problem,
    SecondReading,
    UnreadableEntries,
    WaitRequest,
)
from core.ingest.state import SourceState, State
from core.ingest.traits import SourceTraits
from core.papers.identity.changes import Stored
from tests.fakes.clock import NOON
from tests.fakes.sources import a_reading

FEEDS, ONE_DAY = SOURCES["feeds"], timedelta(days=1)
DAY, YESTERDAY, TOMORROW = (NOON.date() + days * ONE_DAY for days in (0, -1, 1))
FRIDAY, SATURDAY, SATURDAY_NOON = date(2026, 2, 6), date(2026, 2, 7), NOON + 3 * ONE_DAY
#: the day's listing is due an hour after midnight in New York
BEFORE_ONE, AFTER_ONE = datetime(2026, 2, 4, 5, 59, tzinfo=UTC), datetime(2026, 2, 4, 6, 1, tzinfo=UTC)
#: what is remembered of a scope whose listing of yesterday we hold: the day, its entries, the entity tag
OLD_MEMORY = (YESTERDAY, 20, "held")
OLD = SourceState(
    source="arxiv",
    scope="cs.CL",
    state=State.FRESH,
    checked_at=NOON - ONE_DAY,
    fresh_at=NOON - ONE_DAY,
    listing_day=YESTERDAY,
    listed=20,
    validators=Validators(etag="held"),
)
#: today's is held; few entries are usual, as many as a large scope has; no day is known, or the page was read
HELD, SMALL, LARGE = replace(OLD, listing_day=DAY), replace(OLD, listed=9), replace(OLD, listed=10)
DAYLESS, PAGED = replace(OLD, listing_day=None), replace(OLD, came_otherwise=True)
NEW, KNOWN, REVISED = Stored(new=2), Stored(known=2), Stored(updated=2)
NO_FEED = Failure(cause=Cause.BAD_ANSWER, detail="No feed.")
NO_PAGE = Failure(cause=Cause.NO_ANSWER, detail="No page.")
NO_SCOPE = Failure(cause=Cause.UNKNOWN_SCOPE, detail="There is no cs.XX.")
LATER, CUT, FLAW = WaitRequest(detail="Later."), CutListing(), DamagedListing(detail="It breaks off.")
MISSED = MissedDays(since=FRIDAY - 7 * ONE_DAY, until=YESTERDAY, causes=(NO_PAGE,))

TWO, TWO_OLD, EMPTY = a_reading(2), a_reading(2, day=YESTERDAY), a_reading(0)
UNCHANGED = a_reading(0, is_unchanged=True, day=None, etag="held")
PAGE, OLD_PAGE, FRIDAY_PAGE = (a_reading(5, day=day) for day in (DAY, YESTERDAY, FRIDAY))
SATURDAY_FEED, PARTIAL_FEED = a_reading(0, day=SATURDAY), a_reading(3, 1)


def unread(count: int, total: int) -> UnreadableEntries:
    return UnreadableEntries(count=count, total=total, where="entry 0", reason="no title")


def page_read(papers: int, new: int) -> SecondReading:
    return SecondReading(papers=papers, new=new)


@dataclass(frozen=True)
class Seen:
    """What was seen of a scope: its feed, and the other place of the source, called its page."""

    listing: Listing | None = None
    stored: Stored = Stored()
    page: Listing | None = None
    page_stored: Stored = Stored()
    last: SourceState | None = OLD
    obstacle: Obstacle | None = None
    page_obstacle: Obstacle | None = None
    #: the day that should be out
    due: date | None = DAY
    now: datetime = NOON
    has_archive: bool = False
    traits: SourceTraits = SOURCES["arxiv"]

    def evidence(self) -> Evidence:
        """The same, as a refresh gathers it."""
        first = Evidence(
            traits=self.traits,
            scope="cs.CL",
            last=self.last,
            now=self.now,
            listing=self.listing,
            obstacle=self.obstacle,
            stored=self.stored,
            has_archive=self.has_archive,
        )
        first = replace(first, due=self.due, doubt=doubt_about(first, self.due))
        look = second_look(first, self.page) if self.page else None
        return replace(first, look=look, look_stored=self.page_stored, look_obstacle=self.page_obstacle)


@dataclass(frozen=True)
class Outcome:
    """What it comes to."""

    doubt: Doubt | None
    state: State
    #: the day of the newest listing that we hold, its entries, and what makes the next question conditional
    memory: tuple[date | None, int, str | None] = OLD_MEMORY
    problems: tuple[Problem, ...] = ()
    #: entries that were read or could not be, and what storing them did; None where the page brought none of them
    counts: tuple[int, int, Stored] | None = None


FRESH, PARTIAL, QUIET, STALE, THROTTLED, FAILED = State
FIRST_ANSWERS = {
    "new": (Seen(TWO, NEW), Outcome(None, FRESH, (DAY, 2, "new"))),
    "the first of all": (Seen(TWO, NEW, last=None), Outcome(None, FRESH, (DAY, 2, "new"))),
    "grown": (Seen(a_reading(23), Stored(new=3, known=20), last=HELD), Outcome(None, FRESH, (DAY, 23, "new"))),
    "new versions": (Seen(TWO, REVISED), Outcome(Doubt.REVISED, FRESH, (DAY, 2, "new"))),
    "known": (Seen(TWO, KNOWN, last=HELD), Outcome(None, QUIET, (DAY, 2, "new"))),
    "known, of a later day": (Seen(a_reading(2, day=TOMORROW), KNOWN), Outcome(None, QUIET, (TOMORROW, 2, "new"))),
    "known, of no day": (Seen(a_reading(2, day=None), KNOWN), Outcome(None, QUIET, (YESTERDAY, 20, "new"))),
    "known, before one": (
        Seen(TWO_OLD, KNOWN, now=BEFORE_ONE, due=YESTERDAY),
        Outcome(None, QUIET, (YESTERDAY, 2, "new")),
    ),
    "known, after one": (Seen(TWO_OLD, KNOWN, now=AFTER_ONE), Outcome(Doubt.OLD, STALE, (YESTERDAY, 2, "new"))),
    "known, at the weekend": (
        Seen(a_reading(2, day=FRIDAY), KNOWN, now=SATURDAY_NOON, due=FRIDAY),
        Outcome(None, QUIET, (FRIDAY, 2, "new")),
    ),
    "older than what is held": (Seen(TWO_OLD, KNOWN, last=HELD), Outcome(Doubt.OLD, STALE, (DAY, 20, "new"))),
    "new, older than what others have": (Seen(TWO_OLD, NEW), Outcome(Doubt.OLD, FRESH, (YESTERDAY, 2, "new"))),
    "unchanged": (Seen(UNCHANGED, last=HELD), Outcome(None, QUIET, (DAY, 20, "held"))),
    "unchanged, before one": (Seen(UNCHANGED, now=BEFORE_ONE, due=YESTERDAY), Outcome(None, QUIET)),
    "unchanged since yesterday": (Seen(UNCHANGED), Outcome(Doubt.OLD, STALE)),
    "unchanged, of no day": (Seen(UNCHANGED, last=DAYLESS), Outcome(None, QUIET, (None, 20, "held"))),
    "unchanged and partial": (
        Seen(UNCHANGED, last=replace(HELD, state=PARTIAL, problems=(unread(1, 21), MISSED))),
        Outcome(None, PARTIAL, (DAY, 20, "held"), (unread(1, 21), MISSED)),
    ),
    "unchanged, with an archive to ask anew": (
        Seen(UNCHANGED, last=replace(HELD, problems=(CUT, MISSED)), has_archive=True),
        Outcome(None, QUIET, (DAY, 20, "held"), (CUT,)),
    ),
    "unchanged since trouble": (
        Seen(UNCHANGED, last=replace(HELD, state=FAILED, problems=(NO_FEED,))),
        Outcome(None, QUIET, (DAY, 20, "held")),
    ),
    "most unread, the others new": (
        Seen(a_reading(1, 3), Stored(new=1)),
        Outcome(Doubt.PARTIAL, PARTIAL, (DAY, 1, "new"), (unread(3, 4),)),
    ),
    "half unread, the others known": (
        Seen(a_reading(2, 2), KNOWN),
        Outcome(Doubt.PARTIAL, PARTIAL, (DAY, 2, "new"), (unread(2, 4),)),
    ),
    "most unread, the others known": (
        Seen(a_reading(1, 3), Stored(known=1)),
        Outcome(Doubt.UNREAD, FAILED, problems=(unread(3, 4),)),
    ),
    "all unread": (Seen(a_reading(0, 2)), Outcome(Doubt.UNREAD, FAILED, problems=(unread(2, 2),))),
    "damaged at once": (Seen(a_reading(0, flaw=FLAW.detail)), Outcome(Doubt.UNREAD, FAILED, problems=(FLAW,))),
    "damaged": (Seen(a_reading(2, flaw=FLAW.detail), NEW), Outcome(Doubt.PARTIAL, FRESH, (DAY, 2, "new"), (FLAW,))),
    "cut": (Seen(a_reading(2, is_cut=True), NEW), Outcome(Doubt.PARTIAL, FRESH, (DAY, 2, "new"), (CUT,))),
    "no answer": (Seen(obstacle=NO_FEED), Outcome(Doubt.UNREAD, FAILED, problems=(NO_FEED,))),
    "sent away": (Seen(obstacle=LATER, last=PAGED), Outcome(None, THROTTLED, problems=(LATER,))),
    "unknown": (Seen(obstacle=NO_SCOPE, last=None), Outcome(None, FAILED, (None, 0, None), (NO_SCOPE,))),
    "empty, its day is held": (Seen(EMPTY, last=HELD), Outcome(None, QUIET, (DAY, 20, "new"))),
    "empty, none is due": (Seen(EMPTY, last=None, due=None, traits=FEEDS), Outcome(None, QUIET, (DAY, 0, "new"))),
    "empty, of no day, none is due": (
        Seen(a_reading(0, day=None), due=None, traits=FEEDS),
        Outcome(None, QUIET, (YESTERDAY, 20, "new")),
    ),
}
#: doubtful answers of a source that has no page
ONE_PLACE = {
    "empty, many are usual": (
        Seen(EMPTY, last=LARGE),
        Outcome(Doubt.EMPTY, STALE, (YESTERDAY, 10, "held"), (EmptyListing(has_other_place=False),)),
    ),
    "empty, few are usual": (Seen(EMPTY, last=SMALL), Outcome(Doubt.EMPTY, QUIET, (DAY, 0, "new"))),
    "empty, of no day": (Seen(a_reading(0, day=None), last=SMALL), Outcome(Doubt.EMPTY, QUIET, (YESTERDAY, 9, "new"))),
    "empty, of yesterday": (
        Seen(a_reading(0, day=YESTERDAY), last=SMALL),
        Outcome(Doubt.EMPTY, QUIET, (YESTERDAY, 9, "new")),
    ),
    "empty, for the first time": (Seen(EMPTY, last=None), Outcome(Doubt.EMPTY, QUIET, (DAY, 0, "new"))),
    "empty, none was of a day": (Seen(EMPTY, last=DAYLESS), Outcome(Doubt.EMPTY, QUIET, (DAY, 0, "new"))),
    "old, many are usual": (Seen(TWO_OLD, KNOWN, last=LARGE), Outcome(Doubt.OLD, STALE, (YESTERDAY, 2, "new"))),
    "old, few are usual": (Seen(TWO_OLD, KNOWN, last=SMALL), Outcome(Doubt.OLD, QUIET, (YESTERDAY, 2, "new"))),
    "old and new to us": (Seen(TWO_OLD, NEW, last=SMALL), Outcome(Doubt.OLD, FRESH, (YESTERDAY, 2, "new"))),
    "partial and old, few are usual": (
        Seen(a_reading(2, 1, day=YESTERDAY), KNOWN, last=SMALL),
        Outcome(Doubt.PARTIAL, STALE, (YESTERDAY, 2, "new"), (unread(1, 3),)),
    ),
}
SECOND_LOOKS = {
    "old, page of the day": (
        Seen(TWO_OLD, KNOWN, PAGE, Stored(new=5)),
        Outcome(
            Doubt.OLD, STALE, (DAY, 5, "new"), (OldListing(expected=DAY, papers=5),), (7, 0, Stored(new=5, known=2))
        ),
    ),
    "old, page of a later day": (
        Seen(TWO_OLD, KNOWN, a_reading(5, 1, day=TOMORROW), Stored(new=5)),
        Outcome(
            Doubt.OLD,
            STALE,
            (TOMORROW, 5, "new"),
            (OldListing(expected=TOMORROW, papers=5),),
            (7, 1, Stored(new=5, known=2)),
        ),
    ),
    "old and new to us, page as old": (
        Seen(TWO_OLD, NEW, a_reading(5, 1, day=YESTERDAY)),
        Outcome(Doubt.OLD, STALE, (YESTERDAY, 5, "new"), (OldListing(expected=DAY),)),
    ),
    "old and new to us, no page": (
        Seen(TWO_OLD, NEW, page_obstacle=NO_PAGE),
        Outcome(Doubt.OLD, STALE, (YESTERDAY, 2, "new"), (OldListing(expected=DAY),)),
    ),
    "unchanged since yesterday with a problem, no page": (
        Seen(UNCHANGED, last=replace(OLD, problems=(CUT,)), page_obstacle=NO_PAGE),
        Outcome(Doubt.OLD, STALE, problems=(CUT,)),
    ),
    "empty, page of the day": (
        Seen(EMPTY, page=PAGE, page_stored=Stored(new=5)),
        Outcome(Doubt.EMPTY, THROTTLED, (DAY, 5, "held"), (EmptyListing(papers=5),), (5, 0, Stored(new=5))),
    ),
    "empty on a free day, page new to us": (
        Seen(SATURDAY_FEED, Stored(), FRIDAY_PAGE, Stored(new=5), None, due=FRIDAY, now=SATURDAY_NOON),
        Outcome(Doubt.EMPTY, FRESH, (FRIDAY, 5, None), (), (5, 0, Stored(new=5))),
    ),
    "empty on a free day, page known": (
        Seen(SATURDAY_FEED, Stored(), FRIDAY_PAGE, Stored(known=5), None, due=FRIDAY, now=SATURDAY_NOON),
        Outcome(Doubt.EMPTY, QUIET, (FRIDAY, 5, None), (), (5, 0, Stored(known=5))),
    ),
    "empty, page of yesterday": (Seen(EMPTY, page=OLD_PAGE), Outcome(Doubt.EMPTY, QUIET, (DAY, 0, "new"))),
    "empty, of no day, page of yesterday": (
        Seen(a_reading(0, day=None), page=OLD_PAGE),
        Outcome(Doubt.EMPTY, QUIET, (YESTERDAY, 20, "new")),
    ),
    "both empty, many are usual": (
        Seen(EMPTY, page=a_reading(0, day=YESTERDAY), last=LARGE),
        Outcome(Doubt.EMPTY, STALE, (YESTERDAY, 10, "held"), (EmptyListing(),)),
    ),
    "both empty, few are usual": (Seen(EMPTY, page=EMPTY, last=SMALL), Outcome(Doubt.EMPTY, QUIET, (DAY, 0, "new"))),
    "both empty, for the first time": (
        Seen(EMPTY, page=EMPTY, last=None),
        Outcome(Doubt.EMPTY, STALE, (None, 0, None), (EmptyListing(),)),
    ),
    "empty, no page": (
        Seen(EMPTY, page_obstacle=NO_PAGE),
        Outcome(Doubt.EMPTY, STALE, problems=(EmptyListing(unchecked=NO_PAGE),)),
    ),
    "unread, page of the day": (
        Seen(obstacle=NO_FEED, page=PAGE, page_stored=Stored(new=3, known=2)),
        Outcome(Doubt.UNREAD, FAILED, (DAY, 5, "held"), (NO_FEED, page_read(5, 3)), (5, 0, Stored(new=3, known=2))),
    ),
    "unread, page older than what is held": (
        Seen(obstacle=NO_FEED, page=OLD_PAGE, page_stored=Stored(known=5), last=HELD),
        Outcome(Doubt.UNREAD, FAILED, (DAY, 20, "held"), (NO_FEED, page_read(5, 0)), (5, 0, Stored(known=5))),
    ),
    "unread, no page": (
        Seen(obstacle=NO_FEED, page_obstacle=NO_PAGE, last=PAGED),
        Outcome(Doubt.UNREAD, FAILED, problems=(NO_FEED,)),
    ),
    "partial, completed": (
        Seen(PARTIAL_FEED, Stored(new=3), PAGE, Stored(new=2, known=3)),
        Outcome(Doubt.PARTIAL, FRESH, (DAY, 5, "new"), (unread(1, 4), page_read(5, 2)), (5, 1, Stored(new=5))),
    ),
    "partial, completed, all known": (
        Seen(PARTIAL_FEED, Stored(known=3), PAGE, Stored(known=5), last=HELD),
        Outcome(Doubt.PARTIAL, QUIET, (DAY, 5, "new"), (unread(1, 4), page_read(5, 0)), (5, 1, Stored(known=5))),
    ),
    "partial, completed by new versions": (
        Seen(PARTIAL_FEED, Stored(known=3, merged=1), PAGE, Stored(updated=1, known=4, merged=2), last=HELD),
        Outcome(
            Doubt.PARTIAL,
            FRESH,
            (DAY, 5, "new"),
            (unread(1, 4), page_read(5, 0)),
            (5, 1, Stored(updated=1, known=4, merged=2)),
        ),
    ),
    "partial in both places": (
        Seen(
            a_reading(6, 1),
            Stored(new=3, updated=2, known=1, merged=1),
            a_reading(8, 2),
            Stored(new=1, known=7, merged=3),
        ),
        Outcome(
            Doubt.PARTIAL,
            PARTIAL,
            (DAY, 8, "new"),
            (unread(1, 7), page_read(8, 1)),
            (8, 3, Stored(new=4, updated=2, known=2, merged=1)),
        ),
    ),
    "partial, page of yesterday": (
        Seen(PARTIAL_FEED, Stored(new=3), OLD_PAGE, Stored(known=5)),
        Outcome(Doubt.PARTIAL, FRESH, (DAY, 3, "new"), (unread(1, 4), page_read(5, 0)), (5, 1, Stored(new=3, known=2))),
    ),
    "partial, page empty": (
        Seen(PARTIAL_FEED, Stored(new=3), EMPTY),
        Outcome(Doubt.PARTIAL, PARTIAL, (DAY, 3, "new"), (unread(1, 4), page_read(0, 0))),
    ),
    "new versions, page tells why": (Seen(TWO, REVISED, TWO, KNOWN), Outcome(Doubt.REVISED, FRESH, (DAY, 2, "new"))),
    "new versions, no page": (
        Seen(TWO, REVISED, page_obstacle=NO_PAGE),
        Outcome(Doubt.REVISED, FRESH, (DAY, 2, "new")),
    ),
}


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        pytest.param(*case, id=name)
        for cases in (FIRST_ANSWERS, ONE_PLACE, SECOND_LOOKS)
        for name, case in cases.items()
    ],
)
def test_what_is_seen_has_one_outcome(seen: Seen, outcome: Outcome) -> None:
    """Each answer, and what the page says to it, comes to one state with its reasons, and to one memory."""
    evidence = seen.evidence()
    conclusion = conclude(evidence)
    report, state = conclusion.report, conclusion.state
    listing = seen.listing or a_reading(0)
    counts = outcome.counts or (len(listing.announcements), len(listing.problems), seen.stored)
    assert (evidence.doubt, report.state, report.problems) == (outcome.doubt, outcome.state, outcome.problems)
    assert (report.fetched, report.failed, report.stored) == counts
    assert (state.state, state.problems, state.checked_at) == (report.state, report.problems, seen.now)
    assert (state.listing_day, state.listed, state.validators.etag) == outcome.memory
    assert state.came_otherwise == (outcome.counts is not None)
    fresh_before = seen.last.fresh_at if seen.last else None
    assert state.fresh_at == (seen.now if report.stored.new or report.stored.updated else fresh_before)


def throttled(seen: Seen, troubles: int, asked_wait_s: float | None = None) -> Conclusion:
    last = replace(OLD, troubles=troubles, wait_until=NOON)
    return conclude(replace(seen.evidence(), last=last, asked_wait_s=asked_wait_s))


@pytest.mark.parametrize(
    ("troubles", "asked_wait_s", "wait_s"), [(0, None, 300.0), (1, None, 900.0), (3, None, 3600.0), (3, 12.5, 12.5)]
)
@pytest.mark.parametrize(
    "seen", [Seen(obstacle=LATER), Seen(EMPTY, page=PAGE)], ids=["sent away", "empty, page of the day"]
)
def test_a_source_that_sends_us_away_is_left_alone(
    seen: Seen, troubles: int, asked_wait_s: float | None, wait_s: float
) -> None:
    """As long as it asked for, and where it named nothing, longer after each trouble in a row."""
    conclusion = throttled(seen, troubles, asked_wait_s)
    assert (conclusion.report.state, conclusion.report.retry_after_s) == (THROTTLED, wait_s)
    assert conclusion.state.wait_until == NOON + timedelta(seconds=wait_s)
    assert conclusion.state.troubles == troubles + 1


@pytest.mark.parametrize(
    ("seen", "troubles"),
    [(Seen(obstacle=NO_FEED), 3), (Seen(TWO, NEW), 0), (Seen(TWO_OLD, KNOWN), 0)],
    ids=["failed", "fresh", "stale"],
)
def test_no_other_answer_is_waited_for(seen: Seen, troubles: int) -> None:
    """A failure counts as trouble, whatever can be read ends the count, and a wait that is over is forgotten."""
    conclusion = throttled(seen, 2)
    assert (conclusion.report.retry_after_s, conclusion.state.wait_until) == (None, None)
    assert conclusion.state.troubles == troubles


def test_the_day_that_all_should_have() -> None:
    """The newest day that any scope has, or the one that is due; nothing for a source without listing days."""
    assert newest_day([YESTERDAY, None, DAY], YESTERDAY) == DAY
    assert newest_day([None], DAY) == DAY
    assert newest_day([DAY], None) is None


def test_how_entries_were_read_is_in_the_report() -> None:
    """Whoever asked for the refresh learns how each entry was read, where the format tells."""
    readings = (EntryReading(number=1, paper=None, reason="no title"),)
    assert conclude(Seen(a_reading(2, readings=readings), NEW).evidence()).report.readings == readings
