"""Is a listing to be trusted? What is odd about it, and what the source's other place says to that. Pure.

A feed can be old while others are new, empty on a day on which papers appear, cut at its cap, or partly unreadable. A
second look at another place of the source (`PaperSource.fetch_otherwise`) tells such a failure from a quiet day, and
brings the papers that the feed did not. `core.ingest.conclude` calls the functions in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from core.ingest.listing import Listing
from core.ingest.problems import EmptyListing, Obstacle, OldListing, SecondReading
from core.ingest.state import Report, State
from core.papers.identity.changes import Stored

#: a category that had as many papers the last time does not come up empty on a day on which papers appear
USUALLY_MANY: Final = 10


class Doubt(StrEnum):
    """Why a listing is looked at a second time."""

    #: an older day than the one that is due, or that other scopes of the source have
    OLD = "old"
    #: nothing in it on a day on which papers appear
    EMPTY = "empty"
    #: it could not be read at all
    UNREAD = "unread"
    #: it reached the source's cap, is damaged, or entries of it could not be read
    PARTIAL = "partial"
    #: nothing is odd, but papers have new versions, and why (a withdrawal, a journal) stands on the listing page alone
    REVISED = "revised"


def doubt(
    report: Report, listing: Listing | None, *, day: date | None, held_day: date | None, due: date | None
) -> Doubt | None:
    """Why the answer of a report is doubtful; None where it is not, or where the source asked us to wait.

    `listing` is None where there was no answer; `day` is the day of the listing that the source serves now, `held_day`
    of the one that we had before, and `due` the newest day that should be out.
    """
    if report.state is State.THROTTLED:
        return None
    if listing is None or report.state is State.FAILED:
        return Doubt.UNREAD
    if listing.is_cut or listing.problems or listing.flaw:
        return Doubt.PARTIAL
    if due is not None and listing.is_empty:
        return Doubt.EMPTY if held_day is None or held_day < due else None
    if due is not None and day is not None and day < due:
        return Doubt.OLD
    return Doubt.REVISED if report.stored.updated else None


def newest_day(days: Iterable[date | None], due: date | None) -> date | None:
    """The day that every scope of a source should have: the one that is due, or a newer one that some have already.

    None for a source whose listings are not expected on certain days.
    """
    return due and max([due, *(day for day in days if day is not None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """A second look: why, what it brought, and the day that was expected."""

    doubt: Doubt
    listing: Listing
    due: date | None
    #: the day that the doubtful answer told; None where it told none
    day: date | None = None
    #: entries that the last listing of the scope had; None where there was none
    usual: int | None = None

    @property
    def is_current(self) -> bool:
        """True where the other place has the listing that was expected."""
        return self.listing.day is not None and (self.due is None or self.listing.day >= self.due)

    @property
    def has_listing(self) -> bool:
        """True where that listing has papers in it."""
        return self.is_current and bool(self.listing.announcements)

    @property
    def is_wanted(self) -> bool:
        """True where its papers can be ones that the feed did not bring."""
        return self.has_listing or (bool(self.listing.announcements) and self.doubt in (Doubt.UNREAD, Doubt.PARTIAL))

    @property
    def has_brought(self) -> bool:
        """True where the papers of a doubtful listing were read from the other place."""
        return self.is_wanted and self.doubt is not Doubt.REVISED


def compare(report: Report, look: SecondLook, counts: Stored) -> Report:
    """The report after a second look; `counts` is what storing that did."""
    if look.doubt is Doubt.REVISED:
        return report
    count = len(look.listing.announcements) if look.is_wanted else 0
    is_another_day = look.doubt is Doubt.OLD
    joint_report = replace(
        report,
        fetched=report.fetched + count if is_another_day else max(report.fetched, count),
        stored=report.stored + counts if is_another_day else _add_once(report.stored, counts),
        failed=report.failed + (len(look.listing.problems) if count else 0),
    )
    match look.doubt:
        case Doubt.EMPTY:
            return _compare_empty(joint_report, count, look)
        case Doubt.OLD:
            expected_day = look.listing.day if count else look.due
            return replace(joint_report, state=State.STALE, problems=(OldListing(expected=expected_day, papers=count),))
    if report.state is State.PARTIAL and count and not look.listing.problems:
        has_news = joint_report.stored.new or joint_report.stored.updated
        joint_report = replace(joint_report, state=State.FRESH if has_news else State.QUIET)
    return replace(joint_report, problems=(*report.problems, SecondReading(papers=count, new=counts.new)))


def compare_with_nothing(report: Report, doubt: Doubt, obstacle: Obstacle, *, due: date | None) -> Report:
    """The report where the second look failed as well, because of the `obstacle`."""
    if doubt is Doubt.OLD:
        return replace(report, state=State.STALE, problems=report.problems or (OldListing(expected=due),))
    if doubt is not Doubt.EMPTY:
        return report
    return replace(report, state=State.STALE, problems=(EmptyListing(unchecked=obstacle),))


def compare_with_usual(report: Report, doubt: Doubt, usual: int | None) -> Report:
    """The report on a doubtful answer of a source that has no other place to look; `usual` as in `SecondLook`.

    A small part of such a source, a subject area of medRxiv's say, has days without papers: it is quiet then.
    """
    if usual is None:
        return report
    if doubt is Doubt.EMPTY and usual >= USUALLY_MANY:
        return replace(report, state=State.STALE, problems=(EmptyListing(has_other_place=False),))
    is_quiet = doubt is Doubt.OLD and usual < USUALLY_MANY and report.state is State.STALE
    return replace(report, state=State.QUIET) if is_quiet else report


def _compare_empty(report: Report, count: int, look: SecondLook) -> Report:
    """An empty answer: a quiet day where the other place confirms it, else a source that sends us away."""
    is_free_day = look.day is not None and look.due is not None and look.day > look.due
    if count and is_free_day:  # the last listing is still there, and new to us
        return replace(report, state=State.FRESH if report.stored.new else State.QUIET)
    if count:
        return replace(report, state=State.THROTTLED, problems=(EmptyListing(papers=count),))
    is_still_the_last = bool(look.listing.announcements) and not look.is_current
    if is_still_the_last or (look.usual is not None and look.usual < USUALLY_MANY):
        return replace(report, state=State.QUIET)
    return replace(report, state=State.STALE, problems=(EmptyListing(),))


def _add_once(feed: Stored, look: Stored) -> Stored:
    """The counts of both answers together: the second look meets the papers of the first again."""
    return Stored(
        new=feed.new + look.new,
        updated=feed.updated + look.updated,
        known=max(feed.known, look.known - feed.new - feed.updated, 0),
        merged=max(feed.merged, look.merged - feed.new, 0),
    )
