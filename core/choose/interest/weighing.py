"""How much each paper is about what a channel is interested in, and the channel's own words for it.

`core.choose.ranking` asks once per digest, for all candidates together. `core.choose.interest.units` takes the interest
apart; here its units are looked for among the words of title and abstract. A title counts more than an abstract, words
of a clause that stand near each other count together, and what many of the papers at hand have says less.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from core.choose.interest import vocabulary
from core.choose.interest.meaning import NOTHING_CLOSE
from core.choose.interest.occurrences import (
    BETWEEN_RUNS,
    LEAST_NEAR,
    Index,
    Occurrences,
    Text,
    find,
    index_units,
    known_text,
)
from core.choose.interest.units import InterestParts, read_interest
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.terms import show_marks

#: papers at hand count as if there were so many more without a unit: a few say nothing about how common it is
_MORE_PAPERS: Final = 50
#: what related terms add at most
_MOST_OF_RELATED: Final = 0.35
#: the evidence that gives half of the full value: about one phrase in the abstract
_HALF: Final = 0.6
#: evidence of a unit that is worth telling
_WORTH_TELLING: Final = 0.12
#: a unit below that weight is not told by itself: a common word convinces nobody
_LEAST_TOLD: Final = 0.3
#: what is left of a part of a clause, or of a related term, that stands without any other
_LONELY_COUNTS: Final = 0.5
#: what counts a category that the interest names, where few papers are in it
_CATEGORY_COUNTS: Final = 0.12
#: related terms that a paper has at least where they are told and count in full: one may mean something else there
_FEWEST_RELATED: Final = 2
_MOST_SHOWN: Final = 3
_MOST_RELATED_SHOWN: Final = 2
#: what counts an unwanted category: as the primary one, or as a cross-list
_UNWANTED_PRIMARY: Final = 0.7
_UNWANTED_CROSS_LIST: Final = 0.3
#: the part of the value that comes from meaning, where that is known: measured in docs/judged-interests.md
_MEANING_COUNTS: Final = 0.5
#: how close in meaning a paper is of which that is told
_VERY_CLOSE: Final = 0.75
#: nothing is known to go with an interest
NOTHING_RELATED: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """How much of the interest one paper is about."""

    #: from 0 to 1
    value: float = 0.0
    #: how much of what is not wanted it has, from 0 to 1
    exclusion: float = 0.0
    #: the channel's own words that the paper has, the weightiest first
    words: tuple[str, ...] = ()
    #: terms that go with the channel's words, where the paper has none of its own
    related_terms: tuple[str, ...] = ()
    #: very close in meaning, where it has none of either
    is_close: bool = False


def weigh(
    interest: str,
    papers: Sequence[Paper],
    learned_terms: Mapping[str, Sequence[str]] = NOTHING_RELATED,
    closeness: Mapping[PaperId, float] = NOTHING_CLOSE,
    *,
    are_apart: bool = False,
) -> tuple[Interest, ...]:
    """How much each paper is about the interest, in the order of the papers; nothing where no interest is told.

    `learned_terms` are terms that go with the interest's terms in the papers that are stored
    (`core.choose.interest.relations`), `closeness` is how close in meaning papers are, from 0 to 1, where that is known
    (`core.choose.interest.meaning`). With `are_apart` each paper is weighed by itself: what the
    others have does not matter.
    """
    if not interest.strip():
        return (Interest(),) * len(papers)
    parts = read_interest(interest, vocabulary.load(), learned_terms)
    own, related_index, unwanted_index = map(index_units, (parts.own, parts.related_terms, parts.exclusions))
    texts = [known_text(paper.title, paper.abstract) for paper in papers]
    occurrences = [find(own, text) for text in texts]
    weights = _weights(own, () if are_apart else occurrences)
    are_in = [not parts.categories.isdisjoint(paper.categories) for paper in papers]
    fits = _CATEGORY_COUNTS * (1 - (0 if are_apart else sum(are_in)) / (len(papers) + _MORE_PAPERS)) ** 4
    return tuple(
        _with_meaning(
            _interest(
                own,
                weights,
                of_own,
                related_index,
                find(related_index, text),
                fits * is_in,
                _measure_unwanted(parts, unwanted_index, text, paper),
            ),
            closeness.get(paper.id),
        )
        for paper, text, of_own, is_in in zip(papers, texts, occurrences, are_in, strict=True)
    )


def _weights(index: Index, occurrences: Sequence[Occurrences]) -> list[float]:
    """The weight of each unit: less where many of the papers at hand have it."""
    having = Counter(unit for in_text in occurrences for unit in in_text.amounts)
    lexicon = vocabulary.load()
    weights = []
    for place, unit in enumerate(index.units):
        share = max(having[place] - 1, 0) / (len(occurrences) + _MORE_PAPERS)
        usual = lexicon.weight(unit.term) if unit.term else 1.0
        weights.append(unit.weight * (lexicon.weight(unit.term, share) / usual if usual else 1.0))
    return weights


def _interest(
    index: Index,
    weights: Sequence[float],
    own: Occurrences,
    related_index: Index,
    related_terms: Occurrences,
    fits: float,
    unwanted_amount: float,
) -> Interest:
    says = {unit: weights[unit] * amount for unit, amount in own.amounts.items()}
    telling = {unit for unit in says if weights[unit] >= _LEAST_TOLD and index.units[unit].is_told}
    company = Counter(index.units[unit].sentence for unit in telling)
    evidence_of: dict[int, float] = {}
    by_clause: defaultdict[int, float] = defaultdict(float)
    for unit, evidence in says.items():
        clause = index.units[unit].clause
        is_lonely = index.units[unit].is_part and company[index.units[unit].sentence] - (unit in telling) < 1
        by_clause[clause] += evidence * (_LONELY_COUNTS if is_lonely else 1.0)
        if unit in telling and not is_lonely and evidence >= _WORTH_TELLING:
            evidence_of[unit] = evidence
    for clause, (evidence, units) in own.near.items():
        if evidence > by_clause[clause]:
            by_clause[clause] = evidence
            evidence_of |= {unit: max(evidence / len(units), evidence_of.get(unit, 0.0)) for unit in units}
    beside = {unit: related_index.units[unit].weight * amount for unit, amount in related_terms.amounts.items()}
    beside_total = min(math.fsum(beside.values()), _MOST_OF_RELATED)
    if len(beside) < _FEWEST_RELATED:
        beside_total *= _LONELY_COUNTS
    total = math.fsum(by_clause.values()) + beside_total + fits
    related_units = [] if evidence_of else [unit for unit in _strongest(beside) if related_index.units[unit].is_told]
    related_units = related_units[:_MOST_RELATED_SHOWN] if len(related_units) >= _FEWEST_RELATED else []
    return Interest(
        value=total / (total + _HALF),
        exclusion=unwanted_amount,
        words=_phrases_of([index.units[unit].words for unit in _strongest(evidence_of)]),
        related_terms=tuple(" ".join(related_index.units[unit].words) for unit in related_units),
    )


def _with_meaning(by_words: Interest, close: float | None) -> Interest:
    """What the words say, and beside it what the meaning does; the words alone where that is not known."""
    if close is None:
        return by_words
    return replace(
        by_words,
        value=(1 - _MEANING_COUNTS) * by_words.value + _MEANING_COUNTS * close,
        is_close=close >= _VERY_CLOSE and not (by_words.words or by_words.related_terms or by_words.exclusion),
    )


def _strongest(evidence: Mapping[int, float]) -> list[int]:
    return sorted(evidence, key=lambda unit: (-evidence[unit], unit))


def _measure_unwanted(of_interest: InterestParts, index: Index, text: Text, paper: Paper) -> float:
    """How much the paper has of what is not wanted; `without labels` is not about labels."""
    amounts = find(index, text, skips_denied=True).amounts if index.units else {}
    parts = [amount * min(index.units[unit].weight / LEAST_NEAR, 1.0) for unit, amount in amounts.items()]
    if of_interest.unwanted_categories and paper.categories:
        if paper.categories[0] in of_interest.unwanted_categories:
            parts.append(_UNWANTED_PRIMARY)
        elif not of_interest.unwanted_categories.isdisjoint(paper.categories):
            parts.append(_UNWANTED_CROSS_LIST)
    return max(parts, default=0.0)


def _phrases_of(units: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The first few phrases: a word that another phrase has is not told again, and pairs that overlap become one."""
    phrases: list[tuple[str, ...]] = []
    for unit in units:
        if not any(set(unit) <= set(phrase) for phrase in phrases):
            touching = [phrase for phrase in phrases if _join_phrases(phrase, unit) != phrase]
            union = _join_phrases(touching[0], unit) if touching else unit
            phrases = [*(phrase for phrase in phrases if not set(phrase) <= set(union)), union]
    return tuple(map(_phrase_text, phrases[:_MOST_SHOWN]))


def _phrase_text(phrase: Sequence[str]) -> str:
    """The words with spaces between them, but for characters of a script without."""
    return show_marks(BETWEEN_RUNS.sub("", " ".join(phrase)))


def _join_phrases(phrase: tuple[str, ...], unit: tuple[str, ...]) -> tuple[str, ...]:
    """`neural network` and `graph neural` are `graph neural network`; the phrase alone where they do not overlap."""
    if len(unit) > 1 and phrase[-1] == unit[0]:
        return (*phrase, *unit[1:])
    return (*unit, *phrase[1:]) if len(unit) > 1 and unit[-1] == phrase[0] else phrase
