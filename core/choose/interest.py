"""What a channel is interested in, in its own words, and how much of it each paper is about.

`core.choose.ranking` asks once per digest, for all candidates together: words that few of them have count most (inverse
document frequency), a title counts more than an abstract, and words that stand together count together too. Of Chinese
and Japanese, which have no spaces, each character is taken for a word, and pairs of them are what says something.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from core.papers.paper import Paper
from core.text.patterns import Pattern, stemmed
from core.text.terms import search_text
from core.text.words import STOP_WORDS, cut, fold, stem

#: words and pairs that are looked for; an interest is a sentence or two
_MOST_UNITS: Final = 40
#: how much more a pair of words says than its rarity alone
_PAIR_COUNTS: Final = 1.5
_IN_TITLE: Final = 1.0
_IN_ABSTRACT: Final = 0.3
_EACH_TIME_MORE: Final = 0.15
_MOST_IN_ABSTRACT: Final = 0.75
#: what gives half of the full value: about one pair of words in the abstract, or a rare word in the title
_HALF: Final = 1.0
_MOST_SHOWN: Final = 3
#: what separates phrases in an interest text
_BORDER: Final = re.compile(r"[,;:.!?()/\n、。，；：．！？（）「」『』【】《》〈〉・]")
#: a character of Chinese or Japanese
_CHARACTER: Final = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
_WITHOUT_SPACE: Final = re.compile(f"(?<={_CHARACTER.pattern}) (?={_CHARACTER.pattern})")
#: such as join others and say nothing
_PARTICLES: Final = frozenset("的和在了是与與及等之或のをにはがでとも")


@dataclass(frozen=True, slots=True)
class Interest:
    """How much of the interest one paper is about."""

    #: from 0 to 1
    value: float = 0.0
    #: the channel's own words that the paper has, the weightiest first
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word, or two in a row, of the interest text."""

    #: as the channel wrote it, folded
    words: tuple[str, ...]
    pattern: Pattern


def weigh(interest: str, papers: Sequence[Paper]) -> tuple[Interest, ...]:
    """How much each paper is about the interest, in the order of the papers; nothing where no interest is told."""
    units = list(_units(interest))[:_MOST_UNITS]
    if not units:
        return (Interest(),) * len(papers)
    amounts = [_amounts(paper, units) for paper in papers]
    weights = [_weight(unit, [of_paper[place] for of_paper in amounts]) for place, unit in enumerate(units)]
    return tuple(_interest(units, weights, of_paper) for of_paper in amounts)


def _units(interest: str) -> Iterator[_Unit]:
    """The words that say something, then the pairs of them that stand together; none twice."""
    phrases = [cut(_CHARACTER.sub(r" \g<0> ", fold(phrase))) for phrase in _BORDER.split(interest)]
    words = [(word,) for phrase in phrases for word in phrase if _says_something(word) and not _CHARACTER.match(word)]
    pairs = [pair for phrase in phrases for pair in pairwise(phrase) if all(map(_says_something, pair))]
    # where there is nothing else, one character has to do
    words = words or ([] if pairs else [(word,) for phrase in phrases for word in phrase if _says_something(word)])
    seen: set[tuple[str, ...]] = set()
    for unit in (*words, *pairs):
        stems = tuple(map(stem, unit))
        if stems not in seen:
            seen.add(stems)
            yield _Unit(unit, stemmed(" ".join(unit)))


def _says_something(word: str) -> bool:
    return word not in STOP_WORDS and word not in _PARTICLES and (len(word) > 1 or not word.isascii())


def _amounts(paper: Paper, units: Sequence[_Unit]) -> tuple[float, ...]:
    title, abstract = search_text(paper.title), search_text(paper.abstract)
    return tuple(_amount(unit.pattern, title, abstract) for unit in units)


def _amount(pattern: Pattern, title: str, abstract: str) -> float:
    """From 0, nowhere, to 1, in the title."""
    if pattern.is_in(title):
        return _IN_TITLE
    times = pattern.count(abstract)
    return min(_IN_ABSTRACT + _EACH_TIME_MORE * (times - 1), _MOST_IN_ABSTRACT) if times else 0.0


def _weight(unit: _Unit, amounts: Sequence[float]) -> float:
    """The inverse document frequency, smoothed and from 0 to 1; more for a pair."""
    having = sum(1 for amount in amounts if amount)
    rarity = math.log1p(len(amounts) / (1 + having)) / math.log1p(len(amounts))
    return rarity * (_PAIR_COUNTS if len(unit.words) > 1 else 1.0)


def _interest(units: Sequence[_Unit], weights: Sequence[float], amounts: Sequence[float]) -> Interest:
    counts = [weight * amount for weight, amount in zip(weights, amounts, strict=True)]
    total = math.fsum(counts)
    strongest = sorted(range(len(units)), key=lambda place: (-counts[place], place))
    return Interest(total / (total + _HALF), _shown([units[place].words for place in strongest if counts[place]]))


def _shown(found: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The first few phrases: a word that another phrase has is not told again, and pairs that overlap become one."""
    phrases: list[tuple[str, ...]] = []
    for unit in found:
        if not any(set(unit) <= set(phrase) for phrase in phrases):
            touching = [phrase for phrase in phrases if _joined(phrase, unit) != phrase]
            joined = _joined(touching[0], unit) if touching else unit
            phrases = [*(phrase for phrase in phrases if not set(phrase) <= set(joined)), joined]
    return tuple(map(_written, phrases[:_MOST_SHOWN]))


def _written(phrase: Sequence[str]) -> str:
    """The words with spaces between them, but for characters of a script without."""
    return _WITHOUT_SPACE.sub("", " ".join(phrase))


def _joined(phrase: tuple[str, ...], unit: tuple[str, ...]) -> tuple[str, ...]:
    """`neural network` and `graph neural` are `graph neural network`; the phrase alone where they do not overlap."""
    if len(unit) > 1 and phrase[-1] == unit[0]:
        return (*phrase, *unit[1:])
    return (*unit, *phrase[1:]) if len(unit) > 1 and unit[-1] == phrase[0] else phrase
