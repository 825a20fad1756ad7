"""Days in words, and why one has no digest, or no papers to show: for answers, `why` and `paperboy status`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from core.deliver.batches import Scope
from core.deliver.empty import Because, EmptyDay, NoListing
from core.deliver.footer import source_name
from core.deliver.schedule import DayReason, DueDay
from core.text.readable import clip_text, counted, some

ALL_KNOWN: Final = "Every paper announced since the last digest is known."

_NOTHING_IS_READ: Final = "Nothing is read for this channel: it names no categories, and neither does any other."
_REASONS: Final[Mapping[DayReason, str]] = MappingProxyType(
    {
        DayReason.NONE: "",
        DayReason.WAITING: "it waits for a source's listing",
        DayReason.QUIET: "nothing was announced",
        DayReason.TROUBLE: "sources could not be read",
        DayReason.SENDING: "it is on its way",
        DayReason.FAILED: "it could not be posted",
        DayReason.OFF: "Paperboy was not running",
        DayReason.UNSERVED: "no token serves its platform",
        DayReason.CHANGED: "it was paused, or its weekday taken out",
    }
)


def day_reason(day: DueDay) -> str:
    """What stands in the way of a due day's digest; empty where nothing does."""
    return _REASONS[day.reason]


def days_in_words(since: date | None, until: date) -> str:
    """One day with its weekday, or several: `29 January to 4 February 2026`."""
    if since is None:
        return f"{until:%A}, {until.day} {until:%B %Y}"
    month = "" if (since.year, since.month) == (until.year, until.month) else f" {since:%B}"
    year = "" if since.year == until.year else f" {since.year}"
    return f"{since.day}{month}{year} to {until.day} {until:%B %Y}"


def nothing_because(empty: EmptyDay) -> str:
    """Why there is nothing to show, in one sentence."""
    if not empty.is_one_listing:
        return _no_news_because(empty)
    day, papers = days_in_words(None, empty.day), counted(empty.announced, "paper")
    match empty.because:
        case Because.UNREAD if not empty.unread:
            return _NOTHING_IS_READ
        case Because.UNREAD:
            return f"{day} was not read: Paperboy has no listing of {_places(empty.unread)} of that day."
        case Because.UNPUBLISHED:
            return _no_listing(empty, day)
        case Because.NOTHING_KEPT:
            return f"None of the {papers} of {day} fits."
        case Because.NOTHING_FITS:
            return f"None of the {papers} of {day} is about what this channel is interested in."
        case _:
            all_posted = f"Nothing more of {day}: all {papers} were posted here before."
            return all_posted if empty.announced else f"{day} was read, and no paper was announced."


def _no_news_because(empty: EmptyDay) -> str:
    match empty.because:
        case Because.UNREAD if not empty.unread:
            return _NOTHING_IS_READ
        case Because.UNREAD:
            return f"The newest listing of {_places(empty.unread)} was not read yet."
        case Because.UNPUBLISHED:
            return f"Nothing new. {_no_listing(empty, days_in_words(None, empty.day))}"
        case Because.NOTHING_KEPT:
            return f"None of the {counted(empty.announced, 'new paper')} fits."
        case Because.NOTHING_FITS:
            return f"None of the {counted(empty.announced, 'new paper')} is about what this channel is interested in."
        case _:
            return "Nothing new."


def what_to_do(empty: EmptyDay) -> str:
    """What somebody can do who wanted to see papers, with what belongs to it."""
    shows = f" `/digest {empty.latest}` shows the latest day that was." if empty.latest else ""
    match empty.because:
        case Because.UNREAD if not empty.unread:
            return "Name some: `/settings categories cs.LG cs.CL`."
        case Because.UNREAD:
            return f"{_how_to_read(empty)}{shows}"
        case Because.UNPUBLISHED:
            return _next_listing(empty)
        case Because.NOTHING_KEPT:
            return "`/settings` shows the rule that keeps them out, and `/why ID` what it says of a paper."
        case Because.NOTHING_FITS:
            return "`/settings interest` shows what that is, and `/why ID` how far a paper is from it."
        case Because.NOTHING_NEW if empty.unread:
            return f"But {_places(empty.unread)} was not read. {_how_to_read(empty)}"
        case _:
            return "`/digest` shows what is new." if empty.is_one_listing else ALL_KNOWN


def _how_to_read(empty: EmptyDay) -> str:
    """How what is missing can be read."""
    if not empty.is_one_listing:
        return "The next refresh reads it; whoever runs Paperboy can do that now with `paperboy ingest`."
    if all(source == "feeds" for source, _ in empty.unread):
        return "A journal's feed tells its newest papers only, so that no day gone by can be read."
    return f"Whoever runs Paperboy reads it with `paperboy ingest --day {empty.day}`."


def _places(scopes: Sequence[Scope]) -> str:
    return clip_text(
        some([scope if source == "feeds" else f"{source_name(source)} {scope}" for source, scope in scopes])
    )


def _no_listing(empty: EmptyDay, day: str) -> str:
    source = source_name(empty.source)
    match empty.no_listing:
        case NoListing.FUTURE:
            return f"{day} has not come yet."
        case NoListing.WEEKEND:
            return f"{source} publishes nothing at weekends, and {day} is one."
        case NoListing.HOLIDAY:
            return f"{source} publishes nothing on {day}, a holiday."
        case _:
            return f"The listing of {source} of {day} is not out yet."


def _next_listing(empty: EmptyDay) -> str:
    """When the next listing comes, and which day there is meanwhile."""
    coming = f"The next listing is that of {days_in_words(None, empty.next_day)}" if empty.next_day else ""
    coming = f"{coming}, expected {empty.next_at:%H:%M} UTC." if empty.next_at else coming
    shows = f" `/digest {empty.latest}` shows the latest day with papers for this channel." if empty.latest else ""
    return f"{coming}{shows}".strip()
