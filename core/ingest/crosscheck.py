"""Is a listing to be trusted? What is odd about it, and what the source's other place says to that. Pure.

A feed can be old while others are new, empty on a day on which papers appear, cut at its cap, or partly unreadable. A
second look at another place of the source (`PaperSource.fetch_otherwise`) tells such a failure from a quiet day, and
brings the papers that the feed did not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from core.ingest.listing import Listing, Stored
from core.ingest.state import Report, State
from core.text.readable import counted

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
    report: Report, listing: Listing | None, *, day: date | None, held: date | None, due: date | None
) -> Doubt | None:
    """What is odd about the answer that a report tells of; None where nothing is, or where asking again is rude.

    `listing` is None where there was no answer; `day` is the day of the listing that the source serves now, `held` of
    the one that we had before, and `due` the newest day that should be out.
    """
    if report.state is State.THROTTLED:
        return None
    if listing is None or report.state is State.FAILED:
        return Doubt.UNREAD
    if listing.truncated or listing.problems or listing.flaw:
        return Doubt.PARTIAL
    if due is not None and listing.is_empty:
        return Doubt.EMPTY if held is None or held < due else None
    if due is not None and day is not None and day < due:
        return Doubt.OLD
    return Doubt.REVISED if report.stored.updated else None


def newest_day(days: Iterable[date | None], due: date | None) -> date | None:
    """The day that every scope of a source should have: the one that is due, or a newer one that some have already.

    None for a source whose listings are not expected on certain days.
    """
    return due and max([due, *(day for day in days if day is not None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
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


def concluded(report: Report, second: Second, stored: Stored) -> Report:
    """The report after a second look, of which `stored` was kept."""
    if second.doubt is Doubt.REVISED:
        return report
    count = len(second.listing.announcements) if second.is_wanted else 0
    is_another_day = second.doubt is Doubt.OLD
    together = replace(
        report,
        fetched=report.fetched + count if is_another_day else max(report.fetched, count),
        stored=report.stored + stored if is_another_day else _together(report.stored, stored),
        failed=report.failed + (len(second.listing.problems) if count else 0),
    )
    match second.doubt:
        case Doubt.EMPTY:
            return _empty(together, count, second)
        case Doubt.OLD:
            return _old(together, count, second)
    told = f"{report.error} The listing page was read as well: {counted(count, 'paper')}, {stored.new:,} of them new."
    return replace(together, error=told.strip())


def unanswered(report: Report, doubt: Doubt, why: str, *, due: date | None) -> Report:
    """The report where the second look failed as well; `why` is the error's sentence."""
    if doubt is Doubt.OLD:
        return replace(report, state=State.STALE, error=report.error or f"The listing of {due} is not there yet.")
    if doubt is not Doubt.EMPTY:
        return report
    told = f"The feed came up empty on a day on which papers appear, and that could not be checked: {why}"
    return replace(report, state=State.STALE, error=told)


def alone(report: Report, why: Doubt, usual: int | None) -> Report:
    """The report on a doubtful answer of a source that has no other place to look; `usual` as in `Second`.

    A small part of such a source, a subject area of medRxiv's say, has days without papers: it is quiet then.
    """
    if usual is None:
        return report
    if why is Doubt.EMPTY and usual >= USUALLY_MANY:
        return replace(report, state=State.STALE, error="The answer came up empty, on a day on which papers appear.")
    is_quiet = why is Doubt.OLD and usual < USUALLY_MANY and report.state is State.STALE
    return replace(report, state=State.QUIET) if is_quiet else report


def _empty(report: Report, count: int, second: Second) -> Report:
    """An empty answer: a quiet day where the other place confirms it, else a source that sends us away."""
    is_free_day = second.day is not None and second.due is not None and second.day > second.due
    if count and is_free_day:  # the last listing is still there, and new to us
        return replace(report, state=State.FRESH if report.stored.new else State.QUIET)
    if count:
        told = f"The feed came up empty, and {_from_page(count)}."
        return replace(report, state=State.THROTTLED, error=told)
    still_the_last = bool(second.listing.announcements) and not second.is_current
    if still_the_last or (second.usual is not None and second.usual < USUALLY_MANY):
        return replace(report, state=State.QUIET)
    told = "The feed and the listing page both came up empty, on a day on which papers appear."
    return replace(report, state=State.STALE, error=told)


def _old(report: Report, count: int, second: Second) -> Report:
    if count:
        told = f"The feed is older than {second.listing.day}; of that day {_from_page(count)}."
    else:
        told = f"The listing of {second.due} is not there yet."
    return replace(report, state=State.STALE, error=told)


def _from_page(count: int) -> str:
    return f"{counted(count, 'paper')} {'was' if count == 1 else 'were'} read from the listing page"


def _together(feed: Stored, other: Stored) -> Stored:
    """What both brought: the second look meets the papers of the first again."""
    return Stored(
        new=feed.new + other.new,
        updated=feed.updated + other.updated,
        known=max(feed.known, other.known - feed.new - feed.updated, 0),
        merged=max(feed.merged, other.merged - feed.new, 0),
    )
