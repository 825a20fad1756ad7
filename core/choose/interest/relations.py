"""Which terms go with an interest in the papers that are stored: learned from their abstracts alone, without a model.

`core.deliver.related` reads a bounded sample of stored papers and keeps it. Terms that stand in papers with a term of
the interest much more often than by chance go with it (normalised pointwise mutual information). They count less than
the channel's own words and are never called so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from core.choose.interest import vocabulary
from core.choose.interest.occurrences import Text, find, index_units, read_text
from core.choose.interest.units import LEAST_TO_RELATE, read_interest
from core.papers.paper import Paper
from core.text.words import STOP_WORDS

#: fewer papers tell nothing that is not generally known
FEWEST_PAPERS: Final = 500
#: papers that have a term at least, and at most as a part of all
_FEWEST_WITH_TERM: Final = 5
_COMMON: Final = 0.05
_FEWEST_TOGETHER: Final = 4
_LEAST_NPMI: Final = 0.3
#: a term of rhetoric goes with everything
_LEAST_WEIGHT: Final = 0.4
_MOST: Final = 6
#: papers with a term of the interest that are looked into
_MOST_LOOKED_INTO: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Stored papers, taken apart."""

    texts: tuple[Text, ...]
    #: papers that have each word, and each two words in a row, that are neither rare nor common
    frequencies: Mapping[str, int]


def sample_of(papers: Iterable[Paper]) -> Sample:
    """A sample of those papers; what takes most is to take their texts apart."""
    texts = tuple(read_text(paper.title, paper.abstract) for paper in papers)
    most = _COMMON * len(texts)
    words = Counter(word for text in texts for word in text.different)
    telling = {word for word, count in words.items() if count >= _FEWEST_WITH_TERM and _may_tell(word)}
    pairs = Counter(pair for text in texts for pair in set(_pairs(text, telling)))
    counts = {word: words[word] for word in telling} | pairs
    frequencies = {term: count for term, count in counts.items() if _FEWEST_WITH_TERM <= count <= most}
    return Sample(texts=texts, frequencies=frequencies)


def related_terms(interest: str, sample: Sample) -> dict[str, tuple[str, ...]]:
    """The terms that go with each term of an interest, the closest first."""
    if len(sample.texts) < FEWEST_PAPERS:
        return {}
    own = read_interest(interest, vocabulary.load(), {}).own
    units = [unit for unit in own if unit.term and unit.weight >= LEAST_TO_RELATE]
    index = index_units(units)
    having: dict[int, list[Text]] = {place: [] for place in range(len(units))}
    for text in sample.texts:
        for place in find(index, text).amounts:
            having[place].append(text)
    return {
        unit.term: terms for place, unit in enumerate(units) if (terms := _closest(unit.term, having[place], sample))
    }


def _closest(term: str, texts: Sequence[Text], sample: Sample) -> tuple[str, ...]:
    frequencies, papers, lexicon = sample.frequencies, len(sample.texts), vocabulary.load()
    looked_into = texts[:_MOST_LOOKED_INTO]
    counts = Counter(
        neighbour
        for text in looked_into
        for neighbour in {*text.different, *_pairs(text, text.different)} & frequencies.keys()
    )
    scores = {}
    for neighbour, count in counts.items():
        if (
            count < _FEWEST_TOGETHER
            or set(neighbour.split()) & set(term.split())
            or lexicon.weight(neighbour) < _LEAST_WEIGHT
        ):
            continue
        sure = (count - math.sqrt(count)) * len(texts) / len(looked_into)
        mutual = math.log(sure * papers / (len(texts) * frequencies[neighbour])) / -math.log(sure / papers)
        if mutual >= _LEAST_NPMI:
            scores[neighbour] = mutual
    closest: list[str] = []
    for neighbour in sorted(
        scores, key=lambda neighbour: (-round(scores[neighbour], 2), neighbour.count(" "), neighbour)
    ):
        if not any(set(neighbour.split()) & set(closer.split()) for closer in closest):
            closest.append(neighbour)
    return tuple(closest[:_MOST])


def _pairs(text: Text, telling: Collection[str]) -> Iterator[str]:
    return (f"{first} {second}" for first, second in pairwise(text.words) if first in telling and second in telling)


def _may_tell(word: str) -> bool:
    return len(word) > 1 and word not in STOP_WORDS and not word.isdigit()
