"""Where the units of an interest stand among the words of a paper.

`core.choose.interest.weighing` weighs what is found here; `core.choose.interest.relations` asks which papers have a
unit at all. Words are compared in their base forms, phrases word by word. A text is taken apart once for all channels.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from core.choose.interest import vocabulary
from core.choose.interest.units import Unit
from core.choose.interest.vocabulary import JOINING, words_of
from core.text.terms import UNSPACED_CHARACTERS, search_text

_IN_TITLE: Final = 1.0
#: how much a paper is about what its abstract names so often; the last for that and more
_BY_TIMES: Final = (0.45, 0.62, 0.78, 0.88)
#: what is lost of that, the less the more often, where it is named at the end of the abstract alone
_LATE_COSTS: Final = (0.65, 0.45, 0.3, 0.2)
#: words of a clause that so many words hold stand near each other
_NEAR: Final = 8
#: what words that stand near each other in an abstract count, of what they say
_NEAR_COUNTS: Final = 0.6
#: a word below this weight is near nothing
LEAST_NEAR: Final = 0.2
#: words that say less together are common ones: `efficient`, `long`
_LEAST_TOGETHER: Final = 0.6
_DENYING: Final = frozenset({"without", "no", "not"})
#: what `core.text.terms` puts between the characters of a text without spaces
BETWEEN_RUNS: Final = re.compile(f"(?<=[{UNSPACED_CHARACTERS}]) (?=[{UNSPACED_CHARACTERS}])")


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a paper, those of the title first, each in its base form."""

    words: tuple[str, ...]
    #: words of the title
    title: int
    different: frozenset[str]
    #: what parts of texts without spaces are looked for in; empty where there are none
    runs: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Occurrences:
    """What a paper has of an interest; units are told by their places in `Index.units`."""

    #: from 0 to 1
    amounts: dict[int, float]
    #: by clause: what words that stand near each other say together, and those words' units
    near: dict[int, tuple[float, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Index:
    """The units of an interest by the rarest word of each of their forms."""

    units: tuple[Unit, ...]
    #: word -> (unit, form, the word's place in the form)
    anchors: Mapping[str, tuple[tuple[int, int, int], ...]]
    words: frozenset[str]
    #: the units that are looked for as parts of texts without spaces
    runs: tuple[int, ...]


def read_text(title: str, abstract: str) -> Text:
    """The words of a paper."""
    title, abstract = search_text(title), search_text(abstract)
    of_title = words_of(title)
    words = (*of_title, *words_of(abstract))
    is_spaced = title.isascii() and abstract.isascii()
    runs = ("", "") if is_spaced else (BETWEEN_RUNS.sub("", title), BETWEEN_RUNS.sub("", abstract))
    return Text(words, len(of_title), frozenset(words), runs)


#: channels that are served one after another have many papers in common
known_text: Final = lru_cache(maxsize=2_048)(read_text)


def index_units(units: Sequence[Unit]) -> Index:
    """The units, to be looked for."""
    frequencies = vocabulary.load().frequencies
    anchors: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for place, unit in enumerate(units):
        for number, form in enumerate(unit.forms):
            telling = [at for at, word in enumerate(form.words) if word not in JOINING] or [0]
            rarest = min(telling, key=lambda at: frequencies.get(form.words[at], 0))
            anchors[form.words[rarest]].append((place, number, rarest))
    runs = tuple(place for place, unit in enumerate(units) if unit.run)
    return Index(tuple(units), {word: tuple(ones) for word, ones in anchors.items()}, frozenset(anchors), runs)


def find(index: Index, text: Text, *, skips_denied: bool = False) -> Occurrences:
    """The amounts of the units that the text has, and what stands near each other.

    With `skips_denied`, `without labels` has no labels.
    """
    counts: dict[int, float] = {}
    times: Counter[int] = Counter()
    first: dict[int, int] = {}
    places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, unit, form, begin in _matches(index, text):
        if skips_denied and text.words[max(begin - 1, 0)] in _DENYING:
            continue
        counts[unit] = max(counts.get(unit, 0.0), index.units[unit].forms[form].counts)
        times[unit] += 1
        first.setdefault(unit, at)
        if index.units[unit].near_weight >= LEAST_NEAR:
            places[index.units[unit].clause].append((at, unit))
    for unit in index.runs if text.runs != ("", "") else ():
        title, abstract = (part.count(index.units[unit].run) for part in text.runs)
        if title or abstract:
            counts[unit], times[unit], first[unit] = 1.0, title + abstract, 0 if title else text.title
    amounts = {unit: count * _about(times[unit], first[unit], text) for unit, count in counts.items()}
    near = {clause: _nearest(index, ones, text.title) for clause, ones in places.items() if len(ones) > 1}
    return Occurrences(amounts, near)


def _about(times: int, first: int, text: Text) -> float:
    """How much a paper is about what it names so often, first at that word.

    Of phrases that an abstract names once, a title has one in ten: of those in its first fifth one in six, of those in
    its last two fifths one in twenty-five; of those that it names twice, three and four times 34, 56 and 72 % (a year
    of abstracts).
    """
    if first < text.title:
        return _IN_TITLE
    place = min(times, len(_BY_TIMES)) - 1
    late = (first - text.title) / max(len(text.words) - text.title, 1)
    return _BY_TIMES[place] * (1 - _LATE_COSTS[place] * late)


def _matches(index: Index, text: Text) -> Iterator[tuple[int, int, int, int]]:
    """Where the text has the anchor of a form, the unit, the form, and where the form begins."""
    here = text.different & index.words
    for at, word in sorted(chain.from_iterable(_places(text.words, word) for word in here)):
        for unit, form, offset in index.anchors[word]:
            words, begin = index.units[unit].forms[form].words, at - offset
            if len(words) == 1 or text.words[max(begin, 0) : begin + len(words)] == words:
                yield at, unit, form, begin


def _places(words: tuple[str, ...], word: str) -> Iterator[tuple[int, str]]:
    at = -1
    for _ in range(words.count(word)):
        at = words.index(word, at + 1)
        yield at, word


def _nearest(index: Index, places: Sequence[tuple[int, int]], title: int) -> tuple[float, tuple[int, ...]]:
    """What the words say that stand nearest, and their units; nothing where each is far from others."""
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for number, (begin, _) in enumerate(places):
        of_title = begin < title
        end = bisect_left(places, (begin + _NEAR,), number)
        window = [unit for at, unit in places[number:end] if (at < title) == of_title]
        units = tuple(dict.fromkeys(window))
        of_groups: dict[int, float] = {}
        for unit in (index.units[unit] for unit in units):
            of_groups[unit.group] = max(of_groups.get(unit.group, 0.0), unit.near_weight)
        strength = sum(of_groups.values())
        if len(of_groups) > 1 and strength >= _LEAST_TOGETHER:
            says = strength * (1.0 if of_title else _NEAR_COUNTS)
            best = max(best, (says, units))
    return best
