"""Days in words, and why one has no digest, or no papers to show: for answers, `why` and `paperboy status`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from core.deliver.empty import Because, EmptyDay, NoListing
from core.deliver.schedule import DayReason, DueDay
from core.speech import N_, DayForm, _, day_text, plural
from core.text.readable import clip_text, some

ALL_KNOWN: Final = N_("Every paper announced since the last digest is known.")

_NOTHING_IS_READ: Final = N_("Nothing is read for this channel: it names no categories, and neither does any other.")
_REASONS: Final[Mapping[DayReason, str]] = MappingProxyType(
    {
        DayReason.NONE: "",
        DayReason.WAITING: N_("it waits for a source's listing"),
        DayReason.QUIET: N_("nothing was announced"),
        DayReason.TROUBLE: N_("sources could not be read"),
        DayReason.SENDING: N_("it is on its way"),
        DayReason.FAILED: N_("it could not be posted"),
        DayReason.OFF: N_("Paperboy was not running"),
        DayReason.UNSERVED: N_("no token serves its platform"),
        DayReason.CHANGED: N_("it was paused, or its weekday taken out"),
    }
)


def day_reason(day: DueDay) -> str:
    """What stands in the way of a due day's digest; empty where nothing does."""
    return _(_REASONS[day.reason])


def days_in_words(since: date | None, until: date) -> str:
    """One day with its weekday, or several: `29 January to 4 February 2026`."""
    if since is None:
        return day_text(until, DayForm.FULL)
    first = day_text(since, DayForm.DAY_AND_MONTH if since.year == until.year else DayForm.LONG)
    if (since.year, since.month) == (until.year, until.month):
        first = str(since.day)
    return _("{first} to {last}", first=first, last=day_text(until, DayForm.LONG))


def nothing_because(empty: EmptyDay) -> str:
    """Why there is nothing to show, in one sentence."""
    if not empty.is_one_listing:
        return _no_news_because(empty)
    day, papers = days_in_words(None, empty.day), empty.announced
    match empty.because:
        case Because.UNREAD if not empty.unread:
            return _(_NOTHING_IS_READ)
        case Because.UNREAD:
            where = _places(empty)
            return _("{day} was not read: Paperboy has no listing of {sources} of that day.", day=day, sources=where)
        case Because.UNPUBLISHED:
            return _no_listing(empty, day)
        case Because.NOTHING_KEPT:
            return plural(
                "None of the {count} paper of {day} fits.",
                "None of the {count} papers of {day} fits.",
                papers,
                day=day,
            )
        case Because.NOTHING_FITS:
            return plural(
                "None of the {count} paper of {day} is about what this channel is interested in.",
                "None of the {count} papers of {day} is about what this channel is interested in.",
                papers,
                day=day,
            )
        case _ if papers:
            return plural(
                "Nothing more of {day}: all {count} paper were posted here before.",
                "Nothing more of {day}: all {count} papers were posted here before.",
                papers,
                day=day,
            )
        case _:
            return _("{day} was read, and no paper was announced.", day=day)


def _no_news_because(empty: EmptyDay) -> str:
    match empty.because:
        case Because.UNREAD if not empty.unread:
            return _(_NOTHING_IS_READ)
        case Because.UNREAD:
            return _("The newest listing of {sources} was not read yet.", sources=_places(empty))
        case Because.UNPUBLISHED:
            return f"{_('Nothing new.')} {_no_listing(empty, days_in_words(None, empty.day))}"
        case Because.NOTHING_KEPT:
            return plural(
                "None of the {count} new paper fits.", "None of the {count} new papers fits.", empty.announced
            )
        case Because.NOTHING_FITS:
            return plural(
                "None of the {count} new paper is about what this channel is interested in.",
                "None of the {count} new papers is about what this channel is interested in.",
                empty.announced,
            )
        case _:
            return _("Nothing new.")


def what_to_do(empty: EmptyDay) -> str:
    """What somebody can do who wanted to see papers, with what belongs to it."""
    shows = _("`/digest {day}` shows the latest day that was.", day=empty.latest) if empty.latest else ""
    match empty.because:
        case Because.UNREAD if not empty.unread:
            return _("Name some: `/settings categories cs.LG cs.CL`.")
        case Because.UNREAD:
            return f"{_how_to_read(empty)} {shows}".rstrip()
        case Because.UNPUBLISHED:
            return _next_listing(empty)
        case Because.NOTHING_KEPT:
            return _("`/settings` shows the rule that keeps them out, and `/why ID` what it says of a paper.")
        case Because.NOTHING_FITS:
            return _("`/settings interest` shows what that is, and `/why ID` how far a paper is from it.")
        case Because.NOTHING_NEW if empty.unread:
            return f"{_('But {sources} was not read.', sources=_places(empty))} {_how_to_read(empty)}"
        case _ if empty.is_one_listing:
            return _("`/digest` shows what is new.")
        case _:
            return _(ALL_KNOWN) if empty.latest else _("No paper was announced for this channel yet.")


def _how_to_read(empty: EmptyDay) -> str:
    """How what is missing can be read."""
    if not empty.is_one_listing:
        return _("The next refresh reads it; whoever runs Paperboy can do that now with `paperboy ingest`.")
    if all(empty.traits[source].has_own_places for source, _ in empty.unread):
        return _("A journal's feed tells its newest papers only, so that no day gone by can be read.")
    return _("Whoever runs Paperboy reads it with `paperboy ingest --day {day}`.", day=empty.day)


def _places(empty: EmptyDay) -> str:
    """The scopes that were not read, as people know them."""
    return clip_text(some([empty.traits.place_name(source, scope) for source, scope in empty.unread]))


def _no_listing(empty: EmptyDay, day: str) -> str:
    source = empty.traits.name_of(empty.source)
    match empty.no_listing:
        case NoListing.FUTURE:
            return _("{day} has not come yet.", day=day)
        case NoListing.WEEKEND:
            return _("{source} publishes nothing at weekends, and {day} is one.", source=source, day=day)
        case NoListing.HOLIDAY:
            return _("{source} publishes nothing on {day}, a holiday.", source=source, day=day)
        case _:
            return _("The listing of {source} of {day} is not out yet.", source=source, day=day)


def _next_listing(empty: EmptyDay) -> str:
    """When the next listing comes, and which day there is meanwhile."""
    coming = shows = ""
    if empty.next_day and empty.next_at:
        day, time = days_in_words(None, empty.next_day), f"{empty.next_at:%H:%M}"
        coming = _("The next listing is that of {day}, expected {time} UTC.", day=day, time=time)
    if empty.latest:
        shows = _("`/digest {day}` shows the latest day with papers for this channel.", day=empty.latest)
    return f"{coming} {shows}".strip()
