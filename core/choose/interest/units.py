"""An interest in plain words, taken apart: what is looked for in papers, how much each says, and what is not wanted.

`core.choose.interest.weighing` takes each interest text apart. What stands between commas is a clause. Known phrases
count as one thing (`small language models`), and a word of a phrase says little by itself. After `not`, `without` and
their like stands what is not wanted. Terms that go with the channel's own count less, and are never called its own
words. Of Chinese and Japanese, which have no spaces, pairs of characters are what says something.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from core.choose.interest.fitting import Wish, fit_categories
from core.choose.interest.vocabulary import WORD, Vocabulary
from core.text.base_forms import base_form
from core.text.terms import UNSPACED_CHARACTERS, separate_words, show_marks
from core.text.words import STOP_WORDS

#: words of an interest that are read; it is a sentence or two
_MOST_WORDS: Final = 300
#: of its own units, and of related ones
_MOST_OWN: Final = 60
_MOST_RELATED: Final = 40
_LONGEST_PHRASE: Final = 4
#: how much more a phrase says than its rarity alone
_PHRASE_COUNTS: Final = 1.3
#: what is left of the weight of a word, or a shorter phrase, that stands within a known phrase
_WITHIN_PHRASE: Final = 0.15
#: the same of one with so large a part of the whole's weight: of its end, which names the thing itself
#: (`video generation` of `text-to-video generation`), or of what so many times as many papers have by itself
#: (`multi-agent` of `multi-agent systems`)
_SHORTER_PHRASE: Final = 0.7
_MUCH_OF_PHRASE: Final = 0.6
_OFTEN_ALONE: Final = 2
#: the same of a word that says much by itself: `causal` of `causal inference`
_STRONG_WITHIN_PHRASE: Final = 0.4
_STRONG: Final = 0.4
#: what is left of such a word where it stands near others of its clause
_NEAR_WITHIN_PHRASE: Final = 0.6
#: what two words in a row add that no abstract is known to join
_PAIR_COUNTS: Final = 0.7
_OTHER_FORM_COUNTS: Final = 0.9
_RELATED_COUNTS: Final = 0.3
#: what is left of that for what goes with a mere part of a clause
_RELATED_TO_PART: Final = 0.6
#: shorter terms mean something else in the next paper (`MT`), and those of that length are not told (`ASR`)
_SHORTEST_RELATED: Final = 3
#: how much less each further one of the related terms counts
_FURTHER_COUNTS: Final = 0.93
#: a word with that part of the weight of another one says as much of their clause
_MUCH_OF_CLAUSE: Final = 0.6
#: a word below that weight says little without the rest of its sentence: `planning` of `driving: routes and planning`
_SPECIFIC: Final = 0.6
#: a unit below that weight is too common to bring related ones
LEAST_TO_RELATE: Final = 0.35
#: what separates sentences, and the items of a list; what separates clauses of one
_BORDER: Final = re.compile(r"[,;.!?()\[\]\"“”\n、。，；．！？（）「」『』【】《》〈〉・/]")
_COLON: Final = re.compile(r"[:：]|\s[-–—]\s")
_RUN: Final = re.compile(f"[{UNSPACED_CHARACTERS}]+")
#: a character of Chinese or Japanese, and such as join others and say nothing
_IDEOGRAPH: Final = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
_PARTICLES: Final = frozenset("的和在了是与與及等之或のをにはがでとも")
#: in English, German, French, Spanish and Italian
_DENYING: Final = (
    "not no without except excluding exclude never nor neither nicht kein keine keinen ohne sans sin senza"
)
_NOT: Final = frozenset(_DENYING.split())
_NOT_BEFORE: Final = re.compile("^(?:但|而)?(?:不要|不包括|不含|排除|不是|除了)")
_CONTRARY: Final = "but"
_AND: Final = frozenset(["and", "or", "und", "oder", "et", "ou", "y"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way in which a unit is written."""

    #: in their base forms
    words: tuple[str, ...]
    #: from 0 to 1
    counts: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A word or phrase that is looked for."""

    #: as the channel wrote it, folded; of a related term its base form
    words: tuple[str, ...]
    forms: tuple[Form, ...]
    #: how much it says, from 0 to about 1.3, before the papers at hand are known
    weight: float
    #: the number of its clause, and of the sentence that this is in
    clause: int = 0
    sentence: int = 0
    #: the term that the vocabulary knows it by
    term: str = ""
    #: a part of a text without spaces, looked for as it stands
    run: str = ""
    #: of a single word: what it says where it stands near others of its clause
    near_weight: float = 0.0
    #: a word that is only a part of what its clause says: by itself it counts less, and is not told
    is_part: bool = False
    #: the number of the known phrase that it stands in; a number of its own for a word in none
    group: int = 0
    #: False for a word within a phrase, which is no reason by itself
    is_told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestParts:
    """What a channel is interested in."""

    #: the channel's own words
    own: tuple[Unit, ...] = ()
    #: terms that go with them
    related_terms: tuple[Unit, ...] = ()
    #: what it does not want
    exclusions: tuple[Unit, ...] = ()
    #: categories that its words name: `robot`
    categories: frozenset[str] = frozenset()
    #: the categories that what it does not want names: `not vision`
    unwanted_categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Clause:
    """The words of a clause, or of a part of it, as they were written."""

    words: tuple[str, ...]
    is_wanted: bool
    #: the number of its sentence, or item of a list
    sentence: int
    #: words that are joined with another one, as both of `error-correcting`
    hyphen_places: frozenset[int] = frozenset()
    #: its place among the clauses of its interest
    number: int = 0


def read_interest(interest: str, vocabulary: Vocabulary, learned_terms: Mapping[str, Sequence[str]]) -> InterestParts:
    """The parts of an interest text; `learned_terms` go with a term here, beside what is generally known."""
    clauses = [replace(clause, number=number) for number, clause in enumerate(_clauses(interest, vocabulary))]
    telling = Counter(
        clause.sentence
        for clause in clauses
        for word in clause.words
        if word not in STOP_WORDS and vocabulary.weight(base_form(word)) >= LEAST_TO_RELATE
    )
    units_of_clause = [list(_units(clause, vocabulary, is_alone=telling[clause.sentence] <= 1)) for clause in clauses]
    for clause, following in pairwise(clauses):
        units_of_clause[clause.number].extend(_shared_head(clause, following, vocabulary))
    own = _distinct(unit for clause in clauses if clause.is_wanted for unit in units_of_clause[clause.number])[
        :_MOST_OWN
    ]
    unwanted_units = _distinct(
        unit for clause in clauses if not clause.is_wanted for unit in _whole(units_of_clause[clause.number])
    )
    own_words = {form.words for unit in own for form in unit.forms}
    known_words = own_words | {form.words for unit in unwanted_units for form in unit.forms}
    related_units = [
        unit for unit in _related_units(own, vocabulary, learned_terms) if unit.forms[0].words not in known_words
    ]
    categories = _categories(clauses, is_wanted=True)
    return InterestParts(
        own=tuple(own),
        related_terms=tuple(_distinct(related_units)[:_MOST_RELATED]),
        exclusions=tuple(
            unit for unit in unwanted_units[:_MOST_OWN] if not unit.forms or unit.forms[0].words not in own_words
        ),
        categories=categories,
        unwanted_categories=_categories(clauses, is_wanted=False) - categories,
    )


def _categories(clauses: Sequence[_Clause], *, is_wanted: bool) -> frozenset[str]:
    phrases = tuple(" ".join(clause.words) for clause in clauses if clause.is_wanted == is_wanted)
    return frozenset(fit.category for fit in fit_categories(Wish(categories=(), phrases=phrases, authors=())))


def read_clauses(interest: str, vocabulary: Vocabulary) -> Iterator[tuple[str, bool]]:
    """The clauses of an interest in its own words, and whether each is wanted."""
    for clause in _clauses(interest, vocabulary):
        if clause.words:
            yield show_marks(" ".join(clause.words)), clause.is_wanted


def _clauses(interest: str, vocabulary: Vocabulary) -> Iterator[_Clause]:
    """What stands between commas and `and`, parted where it turns to what is not wanted and back."""
    room, is_wanted = _MOST_WORDS, True
    texts = ((number, text) for number, item in enumerate(_BORDER.split(interest)) for text in _COLON.split(item))
    for sentence, text in texts:
        plain_text = separate_words(text)
        matches = list(WORD.finditer(plain_text))[:room]
        room -= len(matches)
        words = [match[0] for match in matches]
        # `no-regret` and `non-native` deny nothing
        ends = [plain_text[match.end() : match.end() + 1] for match in matches]
        is_wanted = is_wanted or words[:1] not in (["or"], ["nor"])
        begin = 0
        hyphen_places = {at for place, end in enumerate(ends[:-1]) if end == "-" for at in (place, place + 1)}
        for place, word in enumerate(words):
            turn = None if ends[place] == "-" else _turn(words, place, vocabulary)
            if turn is None and (denial := _NOT_BEFORE.match(word)):
                yield _clause(words[begin:place], is_wanted, sentence, hyphen_places, begin)
                is_wanted, begin, words[place] = False, place, word[denial.end() :]
            elif turn is not None:
                yield _clause(words[begin:place], is_wanted, sentence, hyphen_places, begin)
                is_wanted, begin = turn == "but" or (is_wanted and turn == "and"), place + 1
        yield _clause(words[begin:], is_wanted, sentence, hyphen_places, begin)


def _clause(
    words: Sequence[str], is_wanted: bool, sentence: int, hyphen_places: Collection[int], begin: int
) -> _Clause:
    """A clause that begins at the word of that number; of a word that only denied nothing is left."""
    placed_words = [(place, word) for place, word in enumerate(words, begin) if word]
    here = frozenset(number for number, (place, _) in enumerate(placed_words) if place in hyphen_places)
    return _Clause(tuple(word for _, word in placed_words), is_wanted, sentence, here)


def _turn(words: Sequence[str], place: int, vocabulary: Vocabulary) -> str | None:
    """What a word does to a clause: `not` and `but` turn it, `and` goes on with another one; None does nothing."""
    word = words[place]
    kind = "not" if word in _NOT else "but" if word == _CONTRARY else "and" if word in _AND else None
    if kind is None or words[place + 1 : place + 2] == ["only"] or _is_in_phrase(words, place, vocabulary):
        return None
    return kind


def _is_in_phrase(words: Sequence[str], place: int, vocabulary: Vocabulary) -> bool:
    """Is the word within a phrase that papers use: `learning without forgetting`?"""
    around = list(map(base_form, words[max(place - 2, 0) : place + 3]))
    middle = place - max(place - 2, 0)
    return any(
        " ".join(around[begin:end]) in vocabulary.frequencies
        for begin in range(middle)
        for end in range(middle + 2, len(around) + 1)
    )


def _says_something(word: str) -> bool:
    return word not in STOP_WORDS and word not in _PARTICLES and (len(word) > 1 or not word.isascii())


def _units(clause: _Clause, vocabulary: Vocabulary, *, is_alone: bool) -> Iterator[Unit]:
    """The units of a clause: known phrases, pairs of words, words, and parts of what has no spaces.

    `is_alone`: its sentence has no more than one word that says something.
    """
    words = clause.words
    base = list(map(base_form, words))
    spans = _phrases_in(base, vocabulary)
    for begin, end in spans:
        name = " ".join(base[begin:end])
        weight = vocabulary.weight(name) * _PHRASE_COUNTS * _left_of_phrase((begin, end), spans, base, vocabulary)
        yield _unit(tuple(words[begin:end]), name, weight, clause, vocabulary)
    places = [place for place, word in enumerate(words) if not _RUN.match(word) and _says_something(word)]
    for first, second in pairwise(places):
        is_known = any(begin <= first and second < end for begin, end in spans)
        if second == first + 1 and not is_known:
            name = f"{base[first]} {base[second]}"
            weight = _PAIR_COUNTS * (vocabulary.weight(base[first]) + vocabulary.weight(base[second]))
            yield _unit((words[first], words[second]), name, weight, clause, vocabulary)
    weights = [vocabulary.weight(base[place]) for place in places]
    for place, weight in zip(places, weights, strict=True):
        group = next((number for number, (begin, end) in enumerate(spans) if begin <= place < end), None)
        is_within = group is not None
        counts = (_STRONG_WITHIN_PHRASE if weight >= _STRONG else _WITHIN_PHRASE) if is_within else 1.0
        near_weight = weight * (_NEAR_WITHIN_PHRASE if is_within else 1.0)
        unit = _unit((words[place],), base[place], weight * counts, clause, vocabulary, near_weight=near_weight)
        is_common = weight < _SPECIFIC and not is_alone
        says_as_much = sum(other_weight >= _MUCH_OF_CLAUSE * weight for other_weight in weights) > 1
        is_part = not is_within and (bool(spans) or is_common or says_as_much or place in clause.hyphen_places)
        group = len(spans) + place if group is None else group
        yield replace(unit, is_part=is_part, is_told=not is_within, group=group)
    for word in words:
        if _RUN.match(word):
            yield from _runs(word, clause)


def _shared_head(clause: _Clause, following: _Clause, vocabulary: Vocabulary) -> Iterator[Unit]:
    """The phrase that two clauses share the last word of: `satellite and aerial images` are also satellite images."""
    is_shared = clause.sentence == following.sentence and clause.is_wanted == following.is_wanted
    if is_shared and clause.words and len(following.words) > 1:
        words = (clause.words[-1], following.words[-1])
        name = " ".join(map(base_form, words))
        if name in vocabulary.frequencies:
            yield _unit(words, name, vocabulary.weight(name) * _PHRASE_COUNTS, clause, vocabulary)


def _left_of_phrase(
    span: tuple[int, int], spans: Sequence[tuple[int, int]], base: Sequence[str], vocabulary: Vocabulary
) -> float:
    """What is left of the weight of a known phrase, which may stand within a longer one."""
    begin, end = span
    longer = next(((b, e) for b, e in spans if b <= begin and end <= e and (b, e) != span), None)
    if longer is None:
        return 1.0
    name, whole = " ".join(base[begin:end]), " ".join(base[slice(*longer)])
    is_known_alone = vocabulary.frequencies[name] >= _OFTEN_ALONE * vocabulary.frequencies[whole]
    says_as_much = vocabulary.weight(name) >= _MUCH_OF_PHRASE * vocabulary.weight(whole)
    return _SHORTER_PHRASE if says_as_much and (end == longer[1] or is_known_alone) else _WITHIN_PHRASE


def _phrases_in(base: Sequence[str], vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Where known phrases begin and end, the longest first."""
    return [
        (begin, begin + length)
        for length in range(_LONGEST_PHRASE, 1, -1)
        for begin in range(len(base) - length + 1)
        if " ".join(base[begin : begin + length]) in vocabulary.frequencies
    ]


def _unit(
    words: tuple[str, ...], name: str, weight: float, clause: _Clause, vocabulary: Vocabulary, near_weight: float = 0.0
) -> Unit:
    other_forms = vocabulary.forms.get(name, ())
    forms = (
        Form(words=tuple(name.split())),
        *(Form(words=tuple(form.split()), counts=_OTHER_FORM_COUNTS) for form in other_forms),
    )
    return Unit(
        words=words,
        forms=forms,
        weight=weight,
        clause=clause.number,
        sentence=clause.sentence,
        term=name,
        near_weight=near_weight,
    )


def _runs(word: str, clause: _Clause) -> Iterator[Unit]:
    """A word of a script without spaces; of Chinese and Japanese, its pairs of characters."""
    if not _IDEOGRAPH.search(word):
        yield Unit(words=(word,), forms=(), weight=1.0, clause=clause.number, run=word, sentence=clause.sentence)
        return
    pairs: list[tuple[str, ...]] = [pair for pair in pairwise(word) if all(map(_says_something, pair))]
    # where there is nothing else, one character has to do
    parts = pairs or [(char,) for char in word if _says_something(char)]
    for part in parts:
        run = "".join(part)
        yield Unit(words=part, forms=(), weight=0.7, clause=clause.number, sentence=clause.sentence, run=run)


def _related_units(
    own: Sequence[Unit], vocabulary: Vocabulary, learned_terms: Mapping[str, Sequence[str]]
) -> Iterator[Unit]:
    """The terms that go with the own ones; what goes with several parts of a clause counts as if with all of it."""
    units: dict[str, Unit] = {}
    for unit in own:
        if unit.weight < LEAST_TO_RELATE:
            continue
        names = dict.fromkeys((*vocabulary.related_terms.get(unit.term, ()), *learned_terms.get(unit.term, ())))
        for place, name in enumerate(names):
            if len(name) < _SHORTEST_RELATED:
                continue
            weight = _RELATED_COUNTS * unit.weight * _FURTHER_COUNTS**place
            is_whole = (not unit.is_part or name in units) and len(name) > _SHORTEST_RELATED
            weight = max(weight if is_whole else _RELATED_TO_PART * weight, units[name].weight if name in units else 0)
            forms = (Form(words=tuple(name.split())),)
            units[name] = Unit(
                words=forms[0].words, forms=forms, weight=weight, clause=unit.clause, term=name, is_told=is_whole
            )
    yield from units.values()


def _whole(units: Sequence[Unit]) -> list[Unit]:
    """The units that are no part of a longer one: who does not want natural images may want images."""
    return [unit for unit in units if not any(set(unit.words) < set(longer.words) for longer in units)]


def _distinct(units: Iterable[Unit]) -> list[Unit]:
    """Each unit once, the weightiest of equal ones, in their order."""
    best: dict[object, Unit] = {}
    for unit in units:
        key = unit.run or unit.forms[0].words
        if key not in best or best[key].weight < unit.weight:
            best[key] = unit
    return list(best.values())
