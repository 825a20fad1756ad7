"""How a name is read: every way in which a spelling can be a surname and given names, and the ways to print a name.

`EXAMPLE Ann`, `Example AB`, `Jan van der Berg`: which word is the surname is told by a comma, by capitals, by initials
and small words, or not at all. `names` compares people by these readings. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.papers.name_words import (
    DEGREES,
    EAST_ASIAN,
    GENERATIONS,
    GROUPS,
    IBERIAN,
    MAY_BE_EITHER,
    PARTICLES,
    is_surname_in_capitals,
)
from core.text.words import fold, split_words

#: characters of a name that are read, and words of it
_LONGEST: Final = 200
_MOST_WORDS: Final = 8
#: capitals in a row that can be initials (`Example ABC`); a longer word is a name
_MOST_INITIALS: Final = 3
#: letters of a whole name that can be recognised without its spaces; `Qi An` is not `Qian`
_LEAST_GLUED: Final = 7
#: ways to print one name that are looked for
_MOST_SPELLINGS: Final = 40
_APOSTROPHES: Final = re.compile(r"(?<=[^\W\d_])['’‘ʼʻʹ`´](?:(?<=\b[ODL].)\s+)?(?=[^\W\d_])")
_NICKNAME: Final = re.compile(r"\s[\"“”„«(]\s*([^\W\d_]+)\s*[\"“”»)](?=\s+[^\W\d_])")
_ASIDE: Final = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]|[\"“”]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-‐‑–][^\W\d_]+)*\.?")
_HYPHENS: Final = re.compile(r"[-‐‑–]")
_HAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
#: letters that German and the Nordic languages write as two where there are no accents
_WRITTEN_AS_TWO: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "AE", "Ö": "OE", "Ü": "UE", "Ø": "OE", "Å": "AA"}
)
_NO_LETTER: Final = re.compile(r"[\W\d_]+")
_NO_LETTERS: Final = {number: None for number in range(128) if not chr(number).isalpha()}
_TAKEN_FOR_GROUP: Final = re.compile(r"(?:on behalf of|for) (?:the )?|the ")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name; folded."""

    #: in one word: `vanderberg`
    surname: str
    #: in order, an initial as one letter, a double name with its hyphen: `("jean-pierre", "b")`
    given_names: tuple[str, ...]
    #: which word is the surname is not told
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Spelling:
    """All that a spelling can mean."""

    #: its words in order, in each way that their letters can be written; the same words are the same person
    words: frozenset[str]
    #: the same without spaces, where one of two spellings is one word (`AnnLee`)
    joint_words: frozenset[str] = frozenset()
    readings: tuple[Reading, ...] = ()
    #: surname and given names of the readings that are no guess
    sure_names: frozenset[tuple[str, str]] = frozenset()
    #: the same where the order of words may be another: the first word, or all but the last, as the surname
    turned_names: frozenset[tuple[str, str]] = frozenset()
    #: `jr`; empty where nothing is told
    generation: str = ""
    #: whatever two spellings must share one of to be compared at all
    clues: frozenset[str] = frozenset()


@lru_cache(maxsize=4_096)
def read_name(name: str) -> Spelling:
    """All that a spelling can mean; marks, degrees and affiliations beside the name mean nothing."""
    text = name[:_LONGEST]
    if group := _group(text):
        return group
    if not text.isascii():
        text = "".join(char for char in text if not unicodedata.decomposition(char).startswith("<super>"))
        text = unicodedata.normalize("NFC", text)
    text = _APOSTROPHES.sub("", text)
    nickname = _NICKNAME.search(text)
    text = _ASIDE.sub(" ", _NICKNAME.sub(" ", text))
    spellings = dict.fromkeys((text, text.translate(_WRITTEN_AS_TWO)))
    exact: set[str] = set()
    turned_names: set[tuple[str, str]] = set()
    readings: dict[Reading, None] = {}
    generation = ""
    for spelling in spellings:
        given_names, surname, generation = _words(spelling)
        words = [*given_names, *surname]
        if not words:
            continue
        exact.add(" ".join(word.text for word in words))
        ways_to_read = list(_read(given_names, surname))
        readings.update(dict.fromkeys(ways_to_read))
        if nickname and ways_to_read:
            readings[Reading(ways_to_read[0].surname, (fold(nickname[1]),))] = None
        turned_names.update(() if given_names else _turn_around(words))
    sure = (reading for reading in readings if not reading.is_guess)
    sure_names = frozenset((reading.surname, "".join(pieces_of(reading.given_names))) for reading in sure)
    whole = (words.replace(" ", "").replace("-", "") for words in exact)
    joint_words = frozenset(letters for letters in whole if len(letters) >= _LEAST_GLUED)
    surnames = (*(reading.surname for reading in readings), *(surname for surname, _ in turned_names))
    return Spelling(
        words=frozenset(exact),
        joint_words=joint_words,
        readings=tuple(readings),
        sure_names=sure_names,
        turned_names=frozenset(turned_names),
        generation=generation,
        clues=frozenset((*exact, *joint_words, *surnames)),
    )


@lru_cache(maxsize=1_024)
def needles_of(name: str) -> tuple[str, ...]:
    """Pieces of a name: the letters of each of its spellings hold at least one, so most other names need no reading."""
    spelling = read_name(name)
    letters = {_NO_LETTER.sub("", words) for words in (*spelling.words, *spelling.joint_words)}
    letters.update(reading.surname for reading in spelling.readings)
    return tuple(name for name in letters if not any(part in name for part in letters - {name}))


def letters_of(name: str) -> str:
    """A name's letters in a row, with each way to write them and the surname before and behind a comma."""
    text = name[:_LONGEST]
    if "," in text:
        before, _, behind = text.partition(",")
        text = f"{before} {behind} {before}"
    if text.isascii():
        return text.lower().translate(_NO_LETTERS)
    nfc = unicodedata.normalize("NFC", text)
    return _NO_LETTER.sub("", unicodedata.normalize("NFC", fold(f"{text}|{nfc.translate(_WRITTEN_AS_TWO)}")))


def spellings(name: str) -> tuple[str, ...]:
    """Ways in which the name may be printed, as words in a row: what an index is asked for. As it was typed first."""
    ways = [name]
    for text in dict.fromkeys((name[:_LONGEST], _APOSTROPHES.sub("", name[:_LONGEST]))):
        given_names, surname, _ = _words(text)
        starts = (place for place, word in enumerate(surname) if place and word.text in PARTICLES)
        splits = [(given_names, surname)]
        if not given_names:
            splits = [(surname[:at], surname[at:]) for at in (*starts, len(surname) - 1)]
        for before, last in splits:
            if last and before and (last[-1].is_initial or _may_be_initials(last[-1])):
                ways += _print_ways(last, before)
            elif last and before:
                ways += _print_ways(before, last)
    return tuple(dict.fromkeys(ways))[:_MOST_SPELLINGS]


def display_surname(name: str) -> str:
    """The surname as it is printed, to cite by: `van der Berg`, `Example` of `Example AB` and of `EXAMPLE Ann`."""
    before, comma, _ = name.partition(",")
    words = before.split()
    if comma or len(words) < 2 or _group(name):
        return before
    shapes = [_word(word, has_lower=not before.isupper()) for word in words]
    while len(words) > 2 and words[-1].rstrip(".").lower() in GENERATIONS:
        words.pop()
    last = len(words) - 1
    if shapes[last].is_initial or (_may_be_initials(shapes[last]) and shapes[last].text not in MAY_BE_EITHER):
        return " ".join(word for word, shape in zip(words[:last], shapes, strict=False) if not shape.is_initial)
    if is_surname_in_capitals(words[0]) and not any(word.isupper() for word in words[1:]):
        return words[0]
    return " ".join(words[next((at for at in range(1, last) if shapes[at].is_particle), last) : last + 1])


def _print_ways(given_names: Sequence[_Word], surname: Sequence[_Word]) -> Iterator[str]:
    pieces = pieces_of(_texts(given_names))
    initials = [piece[0] for piece in pieces]
    firsts = (" ".join(pieces), "".join(pieces), pieces[0], " ".join(initials), "".join(initials), initials[0])
    for last in (" ".join(_texts(surname)).replace("-", " "), _join(surname)):
        for first in firsts:
            yield f"{first} {last}"
            yield f"{last} {first}"


def is_initial(piece: str) -> bool:
    """One letter stands for a name; a syllable of Chinese or Korean is one."""
    return len(piece) == 1 and not _HAN.match(piece)


def pieces_of(given_names: Sequence[str]) -> list[str]:
    """Given names, double ones as two."""
    return [piece for name in given_names for piece in name.split("-")]


@dataclass(frozen=True, slots=True)
class _Word:
    #: folded; a double name keeps its hyphen
    text: str
    #: it is one letter, or has a dot after one
    is_initial: bool
    #: in capitals, in a name that has others
    is_capitals: bool
    #: a small word of a surname, written small
    is_particle: bool


def _group(name: str) -> Spelling | None:
    """A group by its own name: `The ATLAS Collaboration` and `Team ATLAS` are `atlas`; None for a person's."""
    words = split_words(_TAKEN_FOR_GROUP.sub("", fold(name)))
    own = "".join(word for word in words if word not in GROUPS)
    if not own or (words[-1] not in GROUPS and words[0] != "team"):
        return None
    # a word alone is a surname that may mean the group
    return Spelling(frozenset({f"group {own}"}), frozenset({own}), clues=frozenset({f"group {own}", own}))


def _words(name: str) -> tuple[list[_Word], list[_Word], str]:
    """The given names and the surname where a comma parts them, else all words as the surname; and the generation."""
    parts = [_WORD.findall(part)[:_MOST_WORDS] for part in name.split(",")]
    generation = ""
    words_by_part: list[list[str]] = []
    for place, part in enumerate(parts):
        words = []
        for number, word in enumerate(part):
            plain = fold(word).replace(".", "")
            is_alone = place == 0 and len(part) == 1
            if plain in GENERATIONS and not is_alone and (place or number):
                generation = plain
            elif not (plain in DEGREES and not is_alone and _is_degree(word, place, number)):
                words.append(word)
        if words:
            words_by_part.append(words)
    if not words_by_part:
        return [], [], generation
    has_lower = any(word[1:] != word[1:].upper() for part in words_by_part for word in part)
    first, *after_comma = [[_word(word, has_lower=has_lower) for word in part] for part in words_by_part]
    return (after_comma[0] if after_comma else []), first, generation


def _is_degree(word: str, place: int, number: int) -> bool:
    """`Dr Ann Lee`, `Ann Lee MD`, but not `Lee MD`."""
    if number == 0 and not place:
        return not word.isupper() and fold(word).startswith(("dr", "prof"))
    return bool(place) or number > 1 or not word.isupper()


def _word(word: str, *, has_lower: bool) -> _Word:
    bare = word.rstrip(".")
    text = _HYPHENS.sub("-", bare)
    # composed again, because folding takes Korean syllables apart
    text = unicodedata.normalize("NFC", "-".join(fold(piece) for piece in text.split("-")))
    is_capitals = has_lower and len(bare) > 1 and bare.isupper()
    is_initial = all(len(piece) == 1 for piece in text.split("-")) and not _HAN.match(text)
    return _Word(text, is_initial, is_capitals, bare.islower() and text in PARTICLES)


def _read(before: Sequence[_Word], words: Sequence[_Word]) -> Iterator[Reading]:
    """Every way to read a name, the likeliest first; `before` are given names that a comma told."""
    if before:
        given_names = list(before)
        surname = list(words)
        while len(given_names) > 1 and given_names[-1].is_particle:
            surname.insert(0, given_names.pop())
        yield from _given_ways(surname, given_names)
        yield from _shorter(surname, given_names)
        return
    if len(words) > 1 and all(_HAN.fullmatch(word.text) for word in words):
        yield Reading(words[0].text, (_join(words[1:]),))
        return
    last = words[-1]
    if len(words) == 1:
        yield Reading(_join(words), ())
        if _HAN.fullmatch(last.text) and 2 <= len(last.text) <= 4:
            yield Reading(last.text[0], (last.text[1:],))
        return
    yield from _surname_last(words)
    yield from _surname_first(words)


def _surname_last(words: Sequence[_Word]) -> Iterator[Reading]:
    for start in range(len(words) - 1, -1, -1):
        given_names, surname = words[:start], words[start:]
        is_surname = given_names or surname[0].text in PARTICLES or surname[0].text in IBERIAN
        if surname[0].is_initial or not is_surname or (given_names and all(word.is_particle for word in given_names)):
            continue
        if given_names and given_names[-1].is_particle:
            # `Jan Berg` may be `Jan van der Berg`
            yield Reading(_join(surname), _texts([word for word in given_names if not word.is_particle]), is_guess=True)
        else:
            yield from _given_ways(surname, given_names)
    yield from _shorter(words[-1:], words[:-1])
    if len(words) > 2 and words[-2].text in IBERIAN and not words[-1].is_initial:
        yield Reading(words[-2].text, _texts(words[:-2]), is_guess=True)


def _given_ways(surname: Sequence[_Word], given_names: Sequence[_Word]) -> Iterator[Reading]:
    """A first word in capitals is a name or several initials; a first initial may be left out."""
    yield Reading(_join(surname), _texts(given_names))
    if given_names and _may_be_initials(given_names[0]) and given_names[0].text not in EAST_ASIAN:
        yield Reading(_join(surname), (*given_names[0].text, *_texts(given_names[1:])))
    if (
        len(given_names) > 1
        and (given_names[0].is_initial or _may_be_initials(given_names[0]))
        and not given_names[1].is_initial
    ):
        yield Reading(_join(surname), _texts(given_names[1:]), is_guess=True)


def _shorter(surname: Sequence[_Word], given_names: Sequence[_Word]) -> Iterator[Reading]:
    """One half of a double surname."""
    words = [word.text for word in surname if not word.is_particle]
    if len(surname) == 1:
        words = surname[0].text.split("-")
    is_given_name = len(given_names) == 1 and given_names[0].text in MAY_BE_EITHER
    if given_names and len(words) > 1 and not is_given_name:
        for word in (words[0], words[-1]):
            yield Reading(word, _texts(given_names), is_guess=True)


def _surname_first(words: Sequence[_Word]) -> Iterator[Reading]:
    ends = len(words)
    while ends > 1 and (words[ends - 1].is_initial or (ends == len(words) and _may_be_initials(words[ends - 1]))):
        ends -= 1
    surname, initials = words[:ends], words[ends:]
    # `Peng LU` is no `L. U. Peng`
    is_name = len(words) == 2 and all(word.text in MAY_BE_EITHER and not word.is_initial for word in words)
    if initials and not is_name and not any(word.is_initial for word in surname):
        yield Reading(_join(surname), tuple(_join(initials)))
    first, tail = words[0], words[1:]
    if first.is_capitals and not any(word.is_capitals for word in tail):
        is_surname = is_surname_in_capitals(first.text.upper()) or first.text in EAST_ASIAN
        yield Reading(first.text, _texts(tail), is_guess=not is_surname)
    elif len(words) == 2 and first.text in EAST_ASIAN and "-" in words[1].text:
        yield Reading(first.text, _texts(tail))


def _turn_around(words: Sequence[_Word]) -> Iterator[tuple[str, str]]:
    """A name with its surname first, where it is not certain that it stands last."""
    if not 2 <= len(words) <= 4 or words[0].is_initial or words[1].is_initial:
        return
    if len(words) == 2 and all(word.text in MAY_BE_EITHER for word in words):
        return
    yield _join(words[:1]), _join(words[1:])
    yield _join(words[:-1]), _join(words[-1:])


def _may_be_initials(word: _Word) -> bool:
    return word.is_capitals and len(word.text) <= _MOST_INITIALS and "-" not in word.text


def _texts(words: Sequence[_Word]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def _join(words: Sequence[_Word]) -> str:
    return "".join(word.text for word in words).replace("-", "")
