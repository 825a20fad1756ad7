"""The papers of a digest, so that no five of them are on one thing. Pure.

Papers are taken one by one: of those that fit equally well the one with the best score, less what it repeats of those
already taken (maximal marginal relevance: Carbonell and Goldstein 1998, doi:10.1145/290941.291025). Of siblings (parts
I and II, the same abstract in other words) the better one is taken, and the other named below it. Likeness is the
cosine of the papers' words and known phrases, weighed by their rarity in a year of abstracts and at hand. Only the
first of the ranking are compared; `core.choose.choice` calls `select`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from core.choose.interest import vocabulary
from core.choose.interest.occurrences import known_text
from core.choose.verdicts import Fate, Fit, Ranked, Standing
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.words import STOP_WORDS

#: papers say nearly the same, do so by the same people, or are about one thing (cosine)
SIBLINGS: Final = 0.55
SIBLINGS_BY_THE_SAME: Final = 0.4
ALIKE: Final = 0.25
#: how many papers on one thing are taken while others wait
MOST_ALIKE: Final = 3
#: what a paper loses of its score that repeats another one whole; the best score is 1
_REPEATING_COSTS: Final = 0.5
#: papers that are compared beyond the digest's size
_MORE_COMPARED: Final = 40
#: words of an abstract that are compared
_MOST_WORDS: Final = 300
#: weight of the words that two papers share at least where they are called alike: a few common ones say nothing
_LEAST_SHARED: Final = 7.0
_IN_TITLE: Final = 2.0
#: papers at hand count as if there were so many more without a word
_MORE_PAPERS: Final = 500
#: what is taken first; where a channel says nothing, every paper fits as well as another
_TIERS: Final[Mapping[Fit | None, int]] = {Fit.ALWAYS: 0, Fit.MATCH: 1, None: 1, Fit.NEAR: 2}


@dataclass(frozen=True, slots=True)
class _Words:
    """What a paper is compared by."""

    #: to their weight; the squares of a paper's weights sum to 1
    weights: Mapping[str, float]
    #: the root of that sum before
    length: float
    authors: frozenset[str]


def select(fitting: Sequence[tuple[Ranked, Fit | None]], size: int) -> dict[PaperId, Standing]:
    """What becomes of papers that fit, best first; those by followed authors go first, then those that match.

    Beyond `size` papers fit as well and have no room. The same papers in the same order have the same answer.
    """
    by_fit = sorted(fitting, key=lambda pair: _TIERS[pair[1]])
    contenders = by_fit[: size + _MORE_COMPARED]
    likeness = _Likeness([entry.paper for entry, _ in contenders])
    picks: list[int] = []
    under: dict[int, int] = {}
    for _, tier in groupby(range(len(contenders)), lambda number: _TIERS[contenders[number][1]]):
        _take(list(tier), contenders, size, likeness, picks, under)
    standings = {entry.paper.id: Standing(fate=Fate.SIZE, fit=fit) for entry, fit in by_fit}
    for number, (entry, fit) in enumerate(contenders):
        if number in picks:
            standings[entry.paper.id] = Standing(fate=Fate.CHOSEN, fit=fit)
        elif number in under or number < size:
            like = under[number] if number in under else likeness.nearest(number, picks)
            fate = Fate.SIBLING if number in under else Fate.DIVERSITY
            standings[entry.paper.id] = Standing(fate=fate, fit=fit, like=contenders[like][0].paper.id)
    return standings


def _take(
    waiting: list[int],
    contenders: Sequence[tuple[Ranked, Fit | None]],
    size: int,
    likeness: _Likeness,
    picks: list[int],
    under: dict[int, int],
) -> None:
    """Take from papers that fit equally well until the digest is full or none is left."""
    best = max(contenders[number][0].score for number in waiting) or 1.0
    is_certain = contenders[waiting[0]][1] is Fit.ALWAYS
    repetition = {number: likeness.most(number, picks) for number in waiting}
    crowd = {number: sum(likeness(number, earlier_pick) >= ALIKE for earlier_pick in picks) for number in waiting}

    def worth(number: int) -> tuple[bool, float]:
        cost = _REPEATING_COSTS * repetition[number] if repetition[number] >= ALIKE else 0.0
        return crowd[number] < MOST_ALIKE, contenders[number][0].score / best - cost

    while waiting:
        if not is_certain:
            for number in [number for number in waiting if likeness.has_sibling(number, repetition[number], picks)]:
                under[number] = likeness.nearest(number, picks)
                waiting.remove(number)
        if len(picks) >= size or not waiting:
            return
        pick = waiting[0] if is_certain else max(waiting, key=worth)
        waiting.remove(pick)
        picks.append(pick)
        for number in waiting:
            alike = likeness(number, pick)
            repetition[number] = max(repetition[number], alike)
            crowd[number] += alike >= ALIKE


class _Likeness:
    """How alike papers are, from 0 to 1, by their numbers."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        terms = [_terms(paper) for paper in papers]
        papers_with = Counter(term for paper_terms in terms for term in paper_terms)
        lexicon = vocabulary.load()
        rarity = {
            term: lexicon.weight(term, (count - 1) / (len(papers) + _MORE_PAPERS))
            for term, count in papers_with.items()
        }
        self._words = [
            _weigh_terms(paper_terms, rarity, paper) for paper_terms, paper in zip(terms, papers, strict=True)
        ]

    def __call__(self, number: int, other_number: int) -> float:
        words, other_words = self._words[number], self._words[other_number]
        weight_pairs = [
            (words.weights[term], other_words.weights[term]) for term in words.weights.keys() & other_words.weights
        ]
        evidence = math.fsum(min(a * words.length, b * other_words.length) for a, b in weight_pairs)
        return math.fsum(a * b for a, b in weight_pairs) if evidence >= _LEAST_SHARED else 0.0

    def has_sibling(self, number: int, likeness: float, numbers: Iterable[int]) -> bool:
        """Is one of the others nearly the same paper? `likeness`: how alike it is to the nearest."""
        if not SIBLINGS_BY_THE_SAME <= likeness < SIBLINGS:
            return likeness >= SIBLINGS
        authors = self._words[number].authors
        return any(
            self(number, other_number) >= SIBLINGS_BY_THE_SAME
            and not authors.isdisjoint(self._words[other_number].authors)
            for other_number in numbers
        )

    def most(self, number: int, numbers: Iterable[int]) -> float:
        """How alike a paper is to the nearest of some."""
        return max((self(number, other_number) for other_number in numbers), default=0.0)

    def nearest(self, number: int, numbers: Sequence[int]) -> int:
        """The nearest of some, the first of equals."""
        return max(numbers, key=lambda other_number: self(number, other_number))


def _terms(paper: Paper) -> Mapping[str, float]:
    """The words of a paper in their base forms, and the known phrases of two of them, by how much is said of each."""
    frequencies = vocabulary.load().frequencies
    text = known_text(paper.title, paper.abstract)
    words = text.words[: text.title + _MOST_WORDS]
    counts: Counter[str] = Counter()
    in_title: set[str] = set()
    for place, (word, following) in enumerate(pairwise((*words, ""))):
        pair = f"{word} {following}"
        for term in (word, pair) if pair in frequencies else (word,):
            if len(term) > 1 and term not in STOP_WORDS and not term.isdigit():
                counts[term] += 1
                if place < text.title:
                    in_title.add(term)
    return {term: (1 + math.log(count)) * (_IN_TITLE if term in in_title else 1.0) for term, count in counts.items()}


def _weigh_terms(terms: Mapping[str, float], rarity: Mapping[str, float], paper: Paper) -> _Words:
    weights = {term: amount * rarity[term] for term, amount in terms.items()}
    length = math.sqrt(math.fsum(weight * weight for weight in weights.values())) or 1.0
    authors = frozenset(map(str.casefold, paper.authors))
    return _Words({term: weight / length for term, weight in weights.items() if weight > 0}, length, authors)
