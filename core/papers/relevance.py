"""How well papers answer a question: BM25 over titles, abstracts and authors, and words that stand side by side.

The store finds candidates by its index and has them scored here, so that every database puts them in one order.
S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009): a word counts by how rare it
is, by how often it stands in the text (with less and less gain, and less in long texts), and by how often it was asked
for; words of a title count several times. Two words that follow one another in the question and in the text count once
more, as in D. Metzler, W. B. Croft, A Markov Random Field Model for Term Dependencies (2005). Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from types import MappingProxyType
from typing import Final

from core.papers.passages import marks, stem
from core.papers.search import Term
from core.text.terms import Phrase, word_line
from core.text.words import STOP_WORDS, fold

#: as textbooks have them: how soon more of the same word tells nothing more, and how much the length of a text counts
_SATURATION: Final = 1.2
_LENGTH: Final = 0.75
#: what a word counts in a title and in the names of authors, where it is 1 in an abstract
_IN_TITLE: Final = 3.0
_IN_AUTHORS: Final = 2.0
#: what two neighbours count beside each of them
_NEIGHBOURS: Final = 0.2
#: characters of an abstract that are read; real ones have 200 to 3,000
_LONGEST: Final = 6_000
_ASKING_WORDS: Final = (
    "am article articles concerning deal dealing discuss discusses describe exist exists find give looking please"
    " possible publication publications regarding want"
)
_ASKED_FOR_WORDS: Final = (
    "approach approaches method methods new novel research researcher researchers researches result results"
    " topic topics"
)  #: words that questions have beside those that say nothing anywhere: "I am interested in articles that discuss ..."
_ASKING: Final = frozenset(_ASKING_WORDS.split())
#: words that every abstract has, and that a question asks for nevertheless
_ASKED_FOR: Final = frozenset(_ASKED_FOR_WORDS.split())
_FILLER_WORDS: Final = (STOP_WORDS | _ASKING) - _ASKED_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A word or a phrase of a question."""

    term: Term
    #: what it is found by, any of them, as the index has words
    phrases: tuple[Phrase, ...]
    #: how often the question has it, in any of its forms
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The words and phrases that a question looks for, each once."""

    targets: tuple[Target, ...]
    #: (place of a word, place of the one that follows it) in `targets` -> how often they do
    neighbours: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a paper may be found by."""

    title: str
    abstract: str
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """How well a candidate answers."""

    #: larger is better; 0 where nothing of the question is there
    score: float
    #: places in `Question.targets` of what the candidate does not have
    missing: tuple[int, ...] = ()
    #: its title has all of it
    in_title: bool = False


def is_telling(term: Term) -> bool:
    """Does it tell one paper from another? `how`, `can` and `papers` do not."""
    return len(term.words) > 1 or fold(term.words[0]) not in _FILLER_WORDS


def telling_terms(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms that tell something, unless there are none."""
    return tuple(filter(is_telling, terms)) or tuple(terms)


def read_question(terms: Sequence[Term], phrases: Callable[[Term], tuple[Phrase, ...]], *, most: int) -> Question:
    """The first targets among the terms; terms that tell nothing count only where there are no others.

    `phrases` are what the index is asked for to find a term.
    """
    telling = frozenset(telling_terms(terms))
    places: dict[object, int] = {}
    targets: list[Target] = []
    pairs = Counter[tuple[int, int]]()
    before: int | None = None
    for term in terms:
        target = Target(term=term, phrases=phrases(term)) if term in telling else None
        key = target and _stem_phrases(target.phrases)
        if target is None or (key not in places and len(targets) >= most):
            before = None
            continue
        place = places.setdefault(key, len(targets))
        if place == len(targets):
            targets.append(target)
        else:
            targets[place] = replace(targets[place], times=targets[place].times + 1)
        if before is not None and before != place:
            pairs[before, place] += 1
        before = place if _is_word(target) else None
    return Question(targets=tuple(targets), neighbours=MappingProxyType(pairs))


def lacking(terms: Sequence[Term], texts: Sequence[str]) -> tuple[Term, ...]:
    """The terms that none of the texts has."""
    places = {place for text in texts for _, _, place in marks(text[:_LONGEST], terms)}
    return tuple(term for place, term in enumerate(terms) if place not in places)


def rarity(matches: float, among: float) -> float:
    """What a word tells that so many of so many papers have: its inverse document frequency, above 0."""
    matches = min(max(matches, 0.0), among)
    return log(1 + (among - matches + 0.5) / (matches + 0.5))


def judge(question: Question, rarities: Sequence[float], candidates: Sequence[Candidate]) -> tuple[Relevance, ...]:
    """How well each candidate answers; `rarities` are those of the question's targets, in their order."""
    reader = _Reader(question)
    counts = [reader.count(candidate) for candidate in candidates]
    mean = sum(count.length for count in counts) / max(len(counts), 1)
    return tuple(_relevance(question, rarities, count, mean or 1.0) for count in counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """How much of a question a candidate has; words of its title count several times."""

    #: how often it has each target
    amounts: list[float]
    #: how often two neighbours stand together
    pairs: dict[tuple[int, int], float]
    #: words of its texts
    length: float
    in_title: bool


class _Reader:
    """Reads candidates for one question."""

    def __init__(self, question: Question) -> None:
        self._question = question
        phrases = [(place, phrase) for place, target in enumerate(question.targets) for phrase in target.phrases]
        #: word -> its stem
        self._stems = {word: stem(word) for _, phrase in phrases for word in phrase.words}
        self._pattern = _any_of(self._stems.values())
        self._phrases = [(place, phrase) for place, phrase in phrases if phrase.prefix or len(phrase.words) > 1]
        #: stem -> the places of what it is the only word of
        self._words: dict[str, set[int]] = {}
        for place, phrase in phrases:
            if not phrase.prefix and len(phrase.words) == 1:
                self._words.setdefault(self._stems[phrase.words[0]], set()).add(place)

    def count(self, candidate: Candidate) -> _Counts:
        """Count the targets of the question in a candidate."""
        amounts, pairs, length = [0.0] * len(self._question.targets), dict[tuple[int, int], float](), 0.0
        in_title = False
        for text, weight in ((candidate.title, _IN_TITLE), (candidate.abstract[:_LONGEST], 1.0)):
            in_title = in_title or all(amounts)
            line = word_line(text)
            length += weight * len(line.split())
            starts = self._starts(line)
            for place, begins in starts.items():
                amounts[place] += weight * len(begins)
            for pair in self._question.neighbours if len(starts) > 1 else ():
                first, second = starts.get(pair[0]), starts.get(pair[1])
                if first and second:
                    pairs[pair] = pairs.get(pair, 0.0) + weight * sum(place + 1 in second for place in first)
        if not all(amounts):
            # names count for words that the texts do not have: reading all of them takes as long as reading the texts
            for place, begins in self._starts(word_line(", ".join(candidate.authors)[:_LONGEST])).items():
                amounts[place] = amounts[place] or _IN_AUTHORS * len(begins)
        return _Counts(amounts=amounts, pairs=pairs, length=length, in_title=in_title)

    def _starts(self, line: str) -> dict[int, set[int]]:
        """Target -> its places in a line of words. Words are numbered; only neighbours differ by 1."""
        words, at, place, end = dict[int, str](), dict[str, set[int]](), 0, 0
        for match in self._pattern.finditer(line):
            place += 1 if not line[end : match.start()].strip() else 2
            end = match.end()
            word = words[place] = match[1]
            if (root := self._stems.get(word)) is None:
                root = self._stems[word] = stem(word)
            at.setdefault(root, set()).add(place)
        starts: dict[int, set[int]] = {}
        for root, places in at.items():
            for number in self._words.get(root, ()):
                starts[number] = starts.get(number, set()) | places
        for number, phrase in self._phrases:
            *before, last = phrase.words
            many = len(before)
            if phrase.prefix:
                ends = {place for place, word in words.items() if word.startswith(last)}
            else:
                ends = at.get(self._stems[last], set())
            befores = [(many - step, at.get(self._stems[word], set())) for step, word in enumerate(before)]
            if begins := {end - many for end in ends if all(end - back in places for back, places in befores)}:
                starts[number] = starts.get(number, set()) | begins
        return starts


def _any_of(stems: Iterable[str]) -> re.Pattern[str]:
    """Any word in a line of words that may have one of the stems: it has their letters, but for the last ones.

    The words of a letter stand alone. That a match begins with a space makes it five times as fast as `\\b` would.
    """
    begins = {root[: max(len(root) - 2, 3)] if len(root) > 3 else root[:2] for root in stems}
    patterns = (re.escape(begin) + ("(?= |$)" if len(begin) == 1 else "[^ ]*") for begin in sorted(begins))
    return re.compile(f" ({'|'.join(patterns) or '(?!)'})")


def _relevance(question: Question, rarities: Sequence[float], counts: _Counts, mean_length: float) -> Relevance:
    norm = _SATURATION * (1 - _LENGTH + _LENGTH * counts.length / mean_length)

    def saturate(count: float) -> float:
        return count * (_SATURATION + 1) / (count + norm) if count else 0.0

    words = sum(
        target.times * rarity * saturate(count)
        for target, rarity, count in zip(question.targets, rarities, counts.amounts, strict=True)
    )
    pairs = sum(
        question.neighbours[pair] * (rarities[pair[0]] + rarities[pair[1]]) / 2 * saturate(count)
        for pair, count in counts.pairs.items()
    )
    missing = tuple(place for place, count in enumerate(counts.amounts) if not count)
    return Relevance(score=words + _NEIGHBOURS * pairs, missing=missing, in_title=counts.in_title)


def _stem_phrases(phrases: Sequence[Phrase]) -> object:
    return frozenset((tuple(map(stem, phrase.words)), phrase.prefix) for phrase in phrases)


def _is_word(target: Target) -> bool:
    return len(target.term.words) == 1 and not target.term.prefix
