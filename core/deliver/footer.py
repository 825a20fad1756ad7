"""What a digest says of the sources that it comes from: which are well, what is missing, and why.

Pure. `core.deliver.compose` puts it below digests and notices, `core.deliver.pages` below pages. It says each thing
once, however many sources it is true of, and stays short: a reader wants to know what is missing, an operator has
`paperboy doctor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from core.deliver.problems import reason, sentences
from core.ingest.state import SourceState, State
from core.ingest.traits import Role, Sources
from core.papers.taxonomy import SUBJECT_AREAS
from core.posts.tree import Block, Note, bold, text
from core.speech import DayForm, _, day_text, number, plural
from core.text.readable import clip_text, some

#: how many warnings of one kind are shown in full; of further ones the places are named
_MOST_TOLD: Final = 3

#: characters of a category or the name of a feed
_LONGEST_SCOPE: Final = 80


def source_notes(states: Sequence[SourceState], traits: Sources) -> tuple[Block, ...]:
    """One line for all sources that are well, and warnings of those that lack something or are not.

    What is true of several is said once; where many are in trouble, each in its own, some are told and others named.
    """
    fine = [state for state in states if not state.state.is_trouble]
    commenting = [state for state in states if traits[state.source].role is Role.COMMENTS]
    notes: list[Block] = []
    if fine:
        notes.append(Note(spans=(text(_well(fine, traits)),)))
    may_miss = _("Papers may be missing, too: paperboy doctor tells why.")
    notes += _warnings([state for state in fine if state.problems], partial(_flaw, traits), may_miss)
    for trouble in (State.STALE, State.THROTTLED, State.FAILED):
        in_trouble = [state for state in states if state.state is trouble and state not in commenting]
        notes += _warnings(in_trouble, partial(_trouble, traits), _("paperboy doctor tells why."))
    notes += [_votes(state, traits) for state in commenting if state.state.is_trouble]
    return tuple(dict.fromkeys(notes))  # of two lists of one commentator in trouble the same is said


def _warnings(
    states: Iterable[SourceState], warn: Callable[[Sequence[SourceState], str], Note], instead: str
) -> Iterator[Note]:
    """A warning for those that are alike; `instead` of their problems is told of those that are too many."""
    alike: dict[object, list[SourceState]] = {}
    for state in states:
        alike.setdefault((sentences(state.problems), state.listing_day, state.came_otherwise), []).append(state)
    groups = list(alike.values())
    first = groups if len(groups) <= _MOST_TOLD + 1 else groups[:_MOST_TOLD]
    yield from (warn(group, "") for group in first)
    if more_states := [state for group in groups[len(first) :] for state in group]:
        yield warn(more_states, instead)


def _places(
    states: Sequence[SourceState], traits: Sources, tell: Callable[[SourceState], str] = lambda _state: ""
) -> str:
    """`arXiv cs.CL, cs.LG; medRxiv`: the scopes of each source, of many the first; `tell` adds to each."""
    groups = groupby(states, lambda state: _place(state, traits)[0])
    scopes = (
        (name, [f"{_place(state, traits)[1]} {tell(state)}".strip() for state in group]) for name, group in groups
    )
    return "; ".join(f"{name} {some(names)}".strip() for name, names in scopes)


def _place(state: SourceState, traits: Sources) -> tuple[str, str]:
    """The name of a source and of its scope, as people write them; some scopes go by their own names."""
    server, _, area = state.scope.partition(":")
    if server in SUBJECT_AREAS:
        return SUBJECT_AREAS[server], area
    name = "" if traits[state.source].has_own_places else traits.name_of(state.source)
    return name, clip_text(state.scope, _LONGEST_SCOPE)


def _well(fine: Sequence[SourceState], traits: Sources) -> str:
    """All that are well; a day that several have in common is told once."""
    days = {state.listing_day for state in fine}
    day = next(iter(days)) if len(fine) > 1 and len(days) == 1 and all(state.listed for state in fine) else None
    if day is None:
        return _("Sources: {sources}", sources=_places(fine, traits, _freshness))
    scopes = _places(fine, traits, lambda state: number(state.listed))
    return _("Sources, {day}: {sources}", day=day_text(day, DayForm.SHORT), sources=scopes)


def _freshness(state: SourceState) -> str:
    if not state.listed:
        return _("quiet")
    if state.listing_day is None:
        return plural("{count} listed", "{count} listed", state.listed)
    day = day_text(state.listing_day, DayForm.SHORT)
    return plural("{count} listed {day}", "{count} listed {day}", state.listed, day=day)


def _flaw(traits: Sources, alike: Sequence[SourceState], instead: str) -> Note:
    """What is missing from listings that were read otherwise."""
    problems = instead or clip_text(sentences(alike[0].problems))
    return Note(warning=True, spans=(bold(f"{_places(alike, traits)}: "), text(problems)))


def _trouble(traits: Sources, alike: Sequence[SourceState], instead: str) -> Note:
    first, since = alike[0], ""
    if first.listing_day and not instead:
        since = f" {_('(last good listing: {day})', day=f'{first.listing_day:%Y-%m-%d}')}"
    why = instead or clip_text(" ".join(map(reason, first.problems)))
    later = plural(
        "Its papers come with a later digest, once it can be read.",
        "Their papers come with a later digest, once they can be read.",
        len(alike),
    )
    ending = "" if all(state.came_otherwise for state in alike) else f" {later}"
    what = _in_trouble(_places(alike, traits), first.state, len(alike))
    return Note(warning=True, spans=(bold(f"{what}{since}"), text(f": {why}{ending}" if why else ending)))


def _in_trouble(places: str, state: State, count: int) -> str:
    match state:
        case State.STALE:
            return plural("{sources} is stale", "{sources} are stale", count, sources=places)
        case State.THROTTLED:
            return plural("{sources} is throttled", "{sources} are throttled", count, sources=places)
        case _:
            return plural("{sources} could not be read", "{sources} could not be read", count, sources=places)


def _votes(state: SourceState, traits: Sources) -> Note:
    trouble = _in_trouble(traits.name_of(state.source), state.state, 1)
    sentence = _("{trouble}: votes and links to code may be missing or old.", trouble=trouble)
    return Note(warning=True, spans=(text(sentence),))
