"""Is a rule too wide, too narrow, or no rule at all? Tried on papers of the last month, with narrower phrases. Pure.

`core.converse.settings.wish_notes` brings the papers and writes the sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz, process

from core.choose.rules import judging, syntax
from core.choose.rules.evaluation import Evaluation
from core.choose.rules.facts import TYPES
from core.choose.rules.nodes import (
    TEXT_FIELDS,
    And,
    Leaf,
    NamedList,
    Node,
    Not,
    Or,
    Regex,
    Term,
    leaves_of,
    wanted_leaves,
)
from core.choose.rules.shelf import Shelf, bits_of, of_term
from core.choose.verdicts import LeftOut, LeftOutReason
from core.papers.paper import AnnounceType, Paper
from core.text.patterns import words_in
from core.text.words import STOP_WORDS, stem

#: a rule that keeps a larger share is probably too wide
WIDE: Final = 0.3
#: papers below which no share is told
ENOUGH: Final = 30
#: a word that more papers than this have is worth a narrower phrase
_COMMON: Final = 0.1
#: shares of papers between which a phrase is worth suggesting
_TELLING: Final = (0.003, 0.1)
_MOST_WORDS: Final = 2
_MOST_PHRASES: Final = 3
_MOST_TRIED: Final = 40
#: what no phrase reaches across
_BORDER: Final = re.compile(r"[^\w\s-]+")
#: papers whose words are counted
_MOST_READ: Final = 400
#: how many parts of a rule are tried on all their values together
_MOST_LEAVES: Final = 12
#: letters of a word that may be mistyped, papers that have it as it is meant, and likeness of the two, of 100
_LONG: Final = 5
_LEAST: Final = 3
_LIKE: Final = 80


class Sense(StrEnum):
    """What a rule says whatever the papers are."""

    #: it depends on the paper
    SOME = "some"
    #: it keeps none: `a AND NOT a`
    NONE = "none"
    #: it keeps all: `a OR NOT a`
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class WidePart:
    """A word of a rule that many papers have, and phrases with it that fewer have."""

    word: str
    papers: int
    #: each with the number of its papers, the most frequent first
    phrases: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePart:
    """A part of a rule that no paper has."""

    clause: str
    #: a word of the papers that is spelled nearly so; empty where none is
    suggestion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """What a rule does to some papers."""

    papers: int
    matches: int
    sense: Sense
    wide: tuple[WidePart, ...] = ()
    idle: tuple[IdlePart, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    #: True where it keeps a paper that has nothing of what it names: `NOT survey` only takes away
    only_excludes: bool = False

    @property
    def share(self) -> float:
        """The part of the papers that the rule keeps, from 0 to 1."""
        return self.matches / self.papers if self.papers else 0.0

    @property
    def is_wide(self) -> bool:
        """True where it asks for something that nearly everything has, so that it is hardly a filter."""
        return self.papers >= ENOUGH and self.share > WIDE and not self.only_excludes


def lint(rule: str, papers: Sequence[Paper], *, lists: judging.Lists = judging.NO_LISTS) -> Lint:
    """Try a rule on papers. Raises BadRule."""
    tree = syntax.parse(rule)
    if tree is None:
        return Lint(papers=len(papers), matches=len(papers), sense=Sense.ALL)
    shelf = Shelf(papers)
    everything = (1 << len(papers)) - 1
    evaluation = Evaluation(shelf, everything, partial(_of_type, papers), judging.trees_of(lists))
    matching = evaluation.keeps(tree) & everything
    report = Lint(
        papers=len(papers),
        matches=matching.bit_count(),
        sense=_sense(tree),
        idle=tuple(_idle(tree, evaluation)),
        left_out=tuple(_left_out(tree, evaluation)),
        only_excludes=bool(_truths(tree, lambda _: 0, 1)),
    )
    return replace(report, wide=tuple(_wide(tree, evaluation, shelf))) if report.is_wide else report


def _left_out(tree: Node, evaluation: Evaluation) -> Iterator[LeftOut]:
    """What could not be decided, and lists that are not there, even where there are no papers."""
    parts = {part.clause: part for part in evaluation.left_out()}
    yield from parts.values()
    for leaf in dict.fromkeys(leaves_of(tree)):
        if isinstance(leaf, NamedList) and leaf.name not in evaluation.lists and str(leaf) not in parts:
            yield LeftOut(clause=str(leaf), because=LeftOutReason.NO_LIST, papers=0)


def _of_type(papers: Sequence[Paper], type: str) -> int:
    # a stored paper was new where it was first listed; whether it was cross-listed is not told
    types = TYPES[type] | ({AnnounceType.NEW} if type == "cross" else set())
    return sum(1 << place for place, paper in enumerate(papers) if paper.announce_type in types)


def _sense(tree: Node) -> Sense:
    """Whether a rule keeps all or nothing by its own logic: each leaf is tried as true and as false, all at once."""
    names = list(dict.fromkeys(map(_name, leaves_of(tree))))
    if len(names) > _MOST_LEAVES:
        return Sense.SOME
    rows = 1 << len(names)
    columns = {name: _column(place, rows) for place, name in enumerate(names)}
    truths = _truths(tree, lambda leaf: columns[_name(leaf)], (1 << rows) - 1)
    return Sense.NONE if not truths else Sense.ALL if truths == (1 << rows) - 1 else Sense.SOME


def _column(place: int, rows: int) -> int:
    """The truth table's column of a leaf: as many zeros as ones, in blocks of 2 to the place."""
    return sum(1 << row for row in range(rows) if row >> place & 1)


def _truths(node: Node, value: Callable[[Leaf], int], everything: int) -> int:
    match node:
        case Not(part):
            return everything & ~_truths(part, value, everything)
        case And(parts):
            truths = everything
            for part in parts:
                truths &= _truths(part, value, everything)
            return truths
        case Or(parts):
            truths = 0
            for part in parts:
                truths |= _truths(part, value, everything)
            return truths
        case leaf:
            return value(leaf)


def _name(leaf: Leaf) -> str:
    return str(leaf).partition("^")[0].casefold() if isinstance(leaf, Term) else str(leaf)


def _wide(tree: Node, evaluation: Evaluation, shelf: Shelf) -> Iterator[WidePart]:
    words = [
        leaf
        for leaf in wanted_leaves(tree)
        if isinstance(leaf, Term) and leaf.field in TEXT_FIELDS and " " not in leaf.text
    ]
    yield from _unquoted_phrases(tree, evaluation, shelf)
    places = {word: evaluation.places(word).anywhere for word in words}
    common = sorted(words, key=lambda word: -places[word].bit_count())
    for word in [word for word in common if places[word].bit_count() > _COMMON * len(shelf)][:_MOST_WORDS]:
        phrases = tuple(_phrases(word, places[word], shelf))
        yield WidePart(word=word.text, papers=places[word].bit_count(), phrases=phrases)


def _unquoted_phrases(node: Node, evaluation: Evaluation, shelf: Shelf) -> Iterator[WidePart]:
    """Words that stand side by side, and what they would be as a phrase."""
    parts = node.parts if isinstance(node, And | Or) else ()
    for first, second in pairwise(parts) if isinstance(node, And) else ():
        if isinstance(first, Term) and isinstance(second, Term) and {first.field, second.field} <= {""}:
            number_of_both = (evaluation.places(first).anywhere & evaluation.places(second).anywhere).bit_count()
            phrase = f"{first.text} {second.text}"
            number = shelf.term(Term(phrase, is_quoted=True)).anywhere.bit_count()
            if number_of_both > _COMMON * len(shelf) and 0 < number < number_of_both:
                yield WidePart(word=f"{first} AND {second}", papers=number_of_both, phrases=((phrase, number),))
    for part in parts:
        yield from _unquoted_phrases(part, evaluation, shelf)


def _phrases(term: Term, papers: int, shelf: Shelf) -> Iterator[tuple[str, int]]:
    """Phrases of two words with the term that some of its papers have, the most frequent first."""
    pattern, counts = of_term(term), Counter[str]()
    for place, _ in zip(bits_of(papers), range(_MOST_READ), strict=False):
        parts = _BORDER.split(f"{shelf.title(place)} . {shelf.abstract(place)}")
        pairs = {pair for part in parts if pattern.needle in part for pair in pairwise(words_in(part))}
        counts.update(" ".join(pair) for pair in pairs if _tells(pair) and any(map(pattern.is_in, pair)))
    least, most = (share * len(shelf) for share in _TELLING)
    phrases: list[str] = []
    for phrase, _ in counts.most_common(_MOST_TRIED):
        phrase = _singular(phrase)
        number = shelf.term(Term(phrase, is_quoted=True)).anywhere.bit_count()
        if phrase not in phrases and least <= number <= most:
            phrases.append(phrase)
            yield phrase, number
        if len(phrases) == _MOST_PHRASES:
            return


def _singular(phrase: str) -> str:
    """The phrase as it also finds its plural: `world models` -> `world model`."""
    last = phrase.rpartition(" ")[2]
    return phrase[:-1] if last.endswith("s") and stem(last) == stem(last[:-1]) else phrase


def _tells(pair: tuple[str, str]) -> bool:
    return all(len(word) > 2 and word.isalpha() and word not in STOP_WORDS for word in pair)


def _idle(tree: Node, evaluation: Evaluation) -> Iterator[IdlePart]:
    for leaf in dict.fromkeys(leaves_of(tree)):
        if isinstance(leaf, NamedList) or evaluation.places(leaf).anywhere:
            continue
        if isinstance(leaf, Regex) and evaluation.truth(leaf).open:
            continue
        suggestion = ""
        if isinstance(leaf, Term) and leaf.field in TEXT_FIELDS and " " not in leaf.text and not leaf.prefix:
            suggestion = _nearest(leaf.text.lower(), evaluation.shelf)
        yield IdlePart(clause=str(leaf), suggestion=suggestion)


def _nearest(word: str, shelf: Shelf) -> str:
    """A word of several papers that is spelled nearly so."""
    if len(word) < _LONG:
        return ""
    words = [
        candidate
        for candidate, papers in shelf.vocabulary()
        if papers >= _LEAST and abs(len(candidate) - len(word)) < _LEAST
    ]
    match = process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=_LIKE)
    return match[0] if match else ""
