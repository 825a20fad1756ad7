"""What a digest says of the sources that it comes from: which are well, what is missing, and why.

Pure. `core.deliver.compose` puts it below digests and notices, `core.deliver.pages` below pages. It says each thing
once, however many sources it is true of, and stays short: a reader wants to know what is missing, an operator has
`paperboy doctor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from core.deliver.problems import reason, sentences
from core.ingest.state import SourceState, State
from core.papers.taxonomy import SUBJECT_AREAS
from core.posts.tree import Block, Note, bold, text
from core.text.readable import clip_text, some

#: sources that speak of papers and bring none, and the source that brings them
COMMENTATORS: Final[Mapping[str, str]] = {"huggingface": "arxiv"}
#: every source, by its name, as people know it
SOURCE_NAMES: Final = {
    "arxiv": "arXiv",
    "biorxiv": "bioRxiv",
    "crossref": "Crossref",
    "daily-arxiv": "daily-arXiv page",
    "feeds": "the journal's feed",
    "huggingface": "Hugging Face",
    "openalex": "OpenAlex",
    "sample": "Sample day",
    "semanticscholar": "Semantic Scholar",
}
#: of warnings of one kind that are told in full; of further ones the places are named
_MOST_TOLD: Final = 3
_WHY: Final = "paperboy doctor tells why."
#: characters of a category or the name of a feed
_LONGEST_SCOPE: Final = 80


def source_notes(sources: Sequence[SourceState]) -> tuple[Block, ...]:
    """One line for all sources that are well, and warnings of those that lack something or are not.

    What is true of several is said once; where many are in trouble, each in its own, some are told and others named.
    """
    fine = [state for state in sources if not state.state.is_trouble]
    bringing = [state for state in sources if state.source not in COMMENTATORS]
    notes: list[Block] = []
    if fine:
        notes.append(Note(spans=(text(_well(fine)),)))
    notes += _warnings([one for one in fine if one.problems], _flaw, f"Papers may be missing, too: {_WHY}")
    for state in (State.STALE, State.THROTTLED, State.FAILED):
        notes += _warnings([one for one in bringing if one.state is state], _trouble, _WHY)
    notes += [_votes(one) for one in sources if one.source in COMMENTATORS and one.state.is_trouble]
    return tuple(dict.fromkeys(notes))  # of two lists of one commentator in trouble the same is said


def source_name(source: str) -> str:
    """A source's name as people write it."""
    return SOURCE_NAMES.get(source, source)


def _warnings(
    states: Iterable[SourceState], warn: Callable[[Sequence[SourceState], str], Note], instead: str
) -> Iterator[Note]:
    """A warning for those that are alike; `instead` of their problems is told of those that are too many."""
    alike: dict[object, list[SourceState]] = {}
    for one in states:
        alike.setdefault((sentences(one.problems), one.listing_day, one.came_otherwise), []).append(one)
    groups = list(alike.values())
    first = groups if len(groups) <= _MOST_TOLD + 1 else groups[:_MOST_TOLD]
    yield from (warn(group, "") for group in first)
    if others := [one for group in groups[len(first) :] for one in group]:
        yield warn(others, instead)


def _places(states: Sequence[SourceState], tell: Callable[[SourceState], str] = lambda _: "") -> str:
    """`arXiv cs.CL, cs.LG; medRxiv`: the scopes of each source, of many the first; `tell` adds to each."""
    named = groupby(states, lambda one: _place(one)[0])
    scopes = ((name, [f"{_place(one)[1]} {tell(one)}".strip() for one in group]) for name, group in named)
    return "; ".join(f"{name} {some(each)}".strip() for name, each in scopes)


def _place(state: SourceState) -> tuple[str, str]:
    """Whose it is and which part of it, as people write them; a feed goes by its own name."""
    server, _, area = state.scope.partition(":")
    if server in SUBJECT_AREAS:
        return SUBJECT_AREAS[server], area
    return "" if state.source == "feeds" else source_name(state.source), clip_text(state.scope, _LONGEST_SCOPE)


def _well(fine: Sequence[SourceState]) -> str:
    """All that are well; a day that several have in common is told once."""
    days = {one.listing_day for one in fine}
    day = next(iter(days)) if len(fine) > 1 and len(days) == 1 and all(one.listed for one in fine) else None
    if day is None:
        return f"Sources: {_places(fine, _freshness)}"
    return f"Sources, {day.day} {day:%b}: {_places(fine, lambda one: f'{one.listed:,}')}"


def _freshness(state: SourceState) -> str:
    if not state.listed:
        return "quiet"
    day = f" {state.listing_day.day} {state.listing_day:%b}" if state.listing_day else ""
    return f"{state.listed:,} listed{day}"


def _flaw(alike: Sequence[SourceState], instead: str) -> Note:
    """What is missing from listings that were read otherwise."""
    told = instead or clip_text(sentences(alike[0].problems))
    return Note(warning=True, spans=(bold(f"{_places(alike)}: "), text(told)))


def _trouble(alike: Sequence[SourceState], instead: str) -> Note:
    one, is_one = alike[0], len(alike) == 1
    what = f"{_places(alike)} {_how(one.state, is_one=is_one)}"
    since = f" (last good listing: {one.listing_day:%Y-%m-%d})" if one.listing_day and not instead else ""
    why = instead or clip_text(" ".join(map(reason, one.problems)))
    whose, they = ("Its", "it") if is_one else ("Their", "they")
    later = f" {whose} papers come with a later digest, once {they} can be read."
    ending = "" if all(state.came_otherwise for state in alike) else later
    return Note(warning=True, spans=(bold(f"{what}{since}"), text(f": {why}{ending}" if why else ending)))


def _how(state: State, *, is_one: bool = True) -> str:
    return "could not be read" if state is State.FAILED else f"{'is' if is_one else 'are'} {state}"


def _votes(state: SourceState) -> Note:
    told = f"{source_name(state.source)} {_how(state.state)}: votes and links to code may be missing or old."
    return Note(warning=True, spans=(text(told),))
