"""Problems of sources in words, for everybody who speaks of them: footers, the command line, doctor and JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.ingest.problems import (
    Bug,
    CutListing,
    DamagedListing,
    EarlierProblem,
    EmptyListing,
    Failure,
    Interruption,
    MissedDays,
    NeverRead,
    OldListing,
    Problem,
    SecondReading,
    UnreadableEntries,
    UnreadDays,
    WaitRequest,
)
from core.speech import _, number, plural


def sentences(problems: Iterable[Problem]) -> str:
    """All of the problems, a sentence each; empty where there are none."""
    return " ".join(filter(None, map(sentence, problems)))


def sentence(problem: Problem) -> str:
    """What is wrong and, where there is anything, what whoever runs Paperboy can do."""
    match problem:
        case Failure(detail=detail) | DamagedListing(detail=detail) | EarlierProblem(sentence=detail):
            return detail
        case WaitRequest():
            return problem.detail or _("The source asked us to come back later.")
        case Bug():
            return _("It could not be read: {reason}", reason=reason(problem))
        case Interruption():
            return f"{sentence(problem.cause)} {_('Running it again goes on where it stopped.')}"
        case NeverRead():
            return _("It was not read yet.")
        case MissedDays():
            why = sentences(problem.causes)
            days = _days(problem.since, problem.until)
            if not why:
                return _("The missed listing of {days} is still to be read.", days=days)
            return _("The missed listing of {days} could not be read yet: {reason}", days=days, reason=why)
        case UnreadDays(since=since, until=until):
            return _(
                "No refresh read {since} to {until}: paperboy ingest --since {since} --until {until} does.",
                since=since,
                until=until,
            )
    return _of_listing(problem)


def reason(problem: Problem) -> str:
    """The same sentence, to follow the words `could not be read:`."""
    if isinstance(problem, Bug):
        return _("a bug in Paperboy ({exception}); the log has the details.", exception=problem.exception)
    return sentence(problem)


def _of_listing(
    problem: UnreadableEntries | CutListing | EmptyListing | OldListing | SecondReading,
) -> str:
    match problem:
        case UnreadableEntries():
            return _unreadable(problem)
        case CutListing():
            return _("The source gave a part of its listing only, so papers may be missing from it.")
        case EmptyListing():
            return _empty(problem)
        case OldListing(expected=day, papers=0):
            return _("The listing of {day} is not there yet.", day=day)
        case OldListing(expected=day, papers=papers):
            return plural(
                "The feed is older than {day}; of that day {count} paper was read from the listing page.",
                "The feed is older than {day}; of that day {count} papers were read from the listing page.",
                papers,
                day=day,
            )
        case SecondReading(papers=papers, new=new):
            return plural(
                "The listing page was read as well: {count} paper, {new} of them new.",
                "The listing page was read as well: {count} papers, {new} of them new.",
                papers,
                new=number(new),
            )


def _unreadable(problem: UnreadableEntries) -> str:
    total = problem.count if problem.total is None else problem.total
    if problem.are_records:
        entries = plural("{count} record", "{count} records", total)
    else:
        entries = plural("{count} entry", "{count} entries", total)
    if problem.total is None:
        return _("{entries} could not be read.", entries=entries)
    return _(
        "{unread} of {entries} could not be read ({place}: {reason}).",
        unread=number(problem.count),
        entries=entries,
        place=problem.where,
        reason=problem.reason,
    )


def _empty(problem: EmptyListing) -> str:
    if problem.papers:
        return plural(
            "The feed came up empty, and {count} paper was read from the listing page.",
            "The feed came up empty, and {count} papers were read from the listing page.",
            problem.papers,
        )
    if problem.unchecked:
        return _(
            "The feed came up empty on a day on which papers appear, and that could not be checked: {reason}",
            reason=sentence(problem.unchecked),
        )
    if problem.has_other_place:
        return _("The feed and the listing page both came up empty, on a day on which papers appear.")
    return _("The answer came up empty, on a day on which papers appear.")


def _days(since: date, until: date) -> str:
    return f"{since}" if since == until else _("{first} to {last}", first=since, last=until)
