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
from core.text.readable import counted


def sentences(problems: Iterable[Problem]) -> str:
    """All of the problems, a sentence each; empty where there are none."""
    return " ".join(filter(None, map(sentence, problems)))


def sentence(problem: Problem) -> str:
    """What is wrong and, where there is anything, what whoever runs Paperboy can do."""
    match problem:
        case Failure(detail=detail) | DamagedListing(detail=detail) | EarlierProblem(sentence=detail):
            return detail
        case WaitRequest():
            return problem.detail or "The source asked us to come back later."
        case Bug():
            return f"It could not be read: {reason(problem)}"
        case Interruption():
            return f"{sentence(problem.cause)} Running it again goes on where it stopped."
        case NeverRead():
            return "It was not read yet."
        case MissedDays():
            why = sentences(problem.causes)
            return f"The missed listing of {_days(problem.since, problem.until)} could not be read yet: {why}"
        case UnreadDays(since=since, until=until):
            return f"No refresh read {since} to {until}: paperboy ingest --since {since} --until {until} does."
    return _of_listing(problem)


def reason(problem: Problem) -> str:
    """The same, after the words `could not be read:`."""
    if isinstance(problem, Bug):
        return f"a bug in Paperboy ({problem.exception}); the log has the details."
    return sentence(problem)


def _of_listing(
    problem: UnreadableEntries | CutListing | EmptyListing | OldListing | SecondReading,
) -> str:
    match problem:
        case UnreadableEntries():
            return _unreadable(problem)
        case CutListing():
            return "The source gave a part of its listing only, so papers may be missing from it."
        case EmptyListing():
            return _empty(problem)
        case OldListing(expected=expected, papers=0):
            return f"The listing of {expected} is not there yet."
        case OldListing(expected=expected, papers=papers):
            return f"The feed is older than {expected}; of that day {_from_page(papers)}."
        case SecondReading(papers=papers, new=new):
            return f"The listing page was read as well: {counted(papers, 'paper')}, {new:,} of them new."


def _unreadable(problem: UnreadableEntries) -> str:
    noun = "record" if problem.are_records else "entry"
    if problem.total is None:
        return f"{counted(problem.count, noun)} could not be read."
    share = f"{problem.count:,} of {counted(problem.total, noun)}"
    return f"{share} could not be read ({problem.where}: {problem.reason})."


def _empty(problem: EmptyListing) -> str:
    if problem.papers:
        return f"The feed came up empty, and {_from_page(problem.papers)}."
    if problem.unchecked:
        why = sentence(problem.unchecked)
        return f"The feed came up empty on a day on which papers appear, and that could not be checked: {why}"
    if problem.has_other_place:
        return "The feed and the listing page both came up empty, on a day on which papers appear."
    return "The answer came up empty, on a day on which papers appear."


def _from_page(count: int) -> str:
    return f"{counted(count, 'paper')} {'was' if count == 1 else 'were'} read from the listing page"


def _days(since: date, until: date) -> str:
    return f"{since}" if since == until else f"{since} to {until}"
