"""What a summary may rest on: the text of a paper, prepared once so that every claim can be checked against it.

Sentences that tell a model what to do are no part of it: no quote may touch them, and their words and numbers bear
nothing out. A quote is looked for by its letters and digits alone, so that spaces, hyphens, quotation marks, letter
case, accents and TeX do not matter, and what is kept as evidence is the paper's own passage. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz

from core.papers.paper import Paper
from core.summarise.flaws import Flaw
from core.summarise.fulltext import TextSection
from core.summarise.prompts import source_text
from core.text.commands import command_spans
from core.text.numbers import Numbers, numbers_of
from core.text.readable import readable
from core.text.words import STOP_WORDS, fold, split_words, stem

#: letters and digits of the shortest quote; Chinese says in four characters what English says in twelve
_SHORTEST_QUOTE: Final = 12
_SHORTEST_WIDE_QUOTE: Final = 4
#: share of a quote's letters that may differ from the paper's, at least one and so many at most: a slip of the pen
_DIFFERENT: Final = 0.03
_MOST_DIFFERENT: Final = 6
#: pieces of a quote with gaps in it
_MOST_PIECES: Final = 3
#: characters by which a passage is widened to whole words
_MOST_WIDENED: Final = 24

_NAMES_OF_GREEK: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon"
    " phi chi psi omega"
)
_GREEK_NAMES: Final = _NAMES_OF_GREEK.split()
_GREEK: Final[Mapping[str, str]] = MappingProxyType(dict(zip(map(chr, range(0x3B1, 0x3CA)), _GREEK_NAMES, strict=True)))
_PIECE: Final = re.compile(r"\\(?P<command>[A-Za-z]+)|[^\W_]+")
_GAP: Final = re.compile(r"\s*[\[(]?(?:\.\.\.|…)[\])]?\s*")
_DIGITS: Final = re.compile(r"\d+")
_NEGATION: Final = re.compile(r"\b(?:not?|never|without|cannot|nor|neither|non)\b|n['’]t\b", re.IGNORECASE)
_WIDE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
#: scripts that put no spaces between words
_UNSPACED_SCRIPTS: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A paper's text, prepared for checks."""

    title: str
    #: as it is read: no mark-up that Unicode can say, one line for each section
    text: str
    #: its letters and digits, and where in `text` each of them stands
    letters: str
    places: Sequence[int]
    #: where `text` speaks to a model
    commands: tuple[tuple[int, int], ...]
    #: of the title, and of the text without its commands
    numbers: Numbers
    #: stems without stop words, of the same
    stems: frozenset[str]
    title_stems: frozenset[str]
    #: stems that only its commands have
    command_stems: frozenset[str]
    #: letters of the first of several sentences; empty where there is only one
    first_sentence: str


def read_source(paper: Paper, sections: Sequence[TextSection] = ()) -> Source:
    """Prepare an abstract, and the full text where there is one; an abstract takes under a millisecond or two."""
    title, text = readable(paper.title), source_text(paper, sections)
    letters, places = _squeeze(text)
    commands = command_spans(text)
    command_text = " ".join(text[start:end] for start, end in commands)
    sound = f"{'' if command_spans(title) else title}\n{_without(text, commands)}"
    stems = content_stems(sound)
    sentences = [sentence for sentence in _SENTENCE_END.split(text[:2_000], maxsplit=1) if sentence.strip()]
    return Source(
        title=title,
        text=text,
        letters=letters,
        places=places,
        commands=commands,
        numbers=numbers_of(sound),
        stems=stems,
        title_stems=content_stems(title),
        command_stems=content_stems(command_text) - stems,
        first_sentence=letters_of(sentences[0]) if len(sentences) > 1 else "",
    )


def find_quote(quote: str, source: Source) -> str | Flaw:
    """The paper's own passage that a quote stands for, with an ellipsis for each gap; or why there is none."""
    pieces = [piece for piece in _GAP.split(readable(quote)[:4_000]) if letters_of(piece)]
    if not pieces:
        return Flaw.QUOTE_MISSING
    if len(pieces) > _MOST_PIECES or any(map(_is_short, pieces)):
        return Flaw.QUOTE_SHORT
    passages: list[str] = []
    at = 0
    for piece in pieces:
        place = _find(piece, source, at)
        if isinstance(place, Flaw):
            return place
        start, at = place
        passages.append(_passage(source, start, at))
    return " … ".join(passages)


@lru_cache(maxsize=64)  # the checks of one summary ask for the same claims and quotes several times
def letters_of(text: str) -> str:
    """The letters and digits of a text, folded: what two ways of writing the same words have in common."""
    return _squeeze(text)[0]


def content_stems(text: str) -> frozenset[str]:
    """The stems of a text's words, without those that every abstract has; pairs of characters where no spaces are."""
    stems: set[str] = set()
    for word in split_words(fold(text)):
        if _UNSPACED_SCRIPTS.search(word):
            stems.update(word[at : at + 2] for at in range(len(word) - 1) if _UNSPACED_SCRIPTS.match(word, at))
        elif word not in STOP_WORDS and len(word) > 1:
            stems.add(stem(word))
    return frozenset(stems)


def _squeeze(text: str) -> tuple[str, list[int]]:
    pieces: list[str] = []
    places: list[int] = []
    for match in _PIECE.finditer(text):
        start = match.start()
        if command := match["command"]:
            name = command.casefold().removeprefix("var")
            if name in _GREEK_NAMES:
                pieces.append(name)
                places += [start] * len(name)
        elif match[0].isascii():
            pieces.append(match[0].lower())
            places += range(start, match.end())
        else:
            for place, char in enumerate(match[0], start):
                letters = _fold_letter(char)
                pieces.append(letters)
                places += [place] * len(letters)
    return "".join(pieces), places


def _fold_letter(char: str) -> str:
    if char in _GREEK:
        return _GREEK[char]
    apart = unicodedata.normalize("NFKD", char.casefold()).casefold()
    return "".join(_GREEK.get(letter, letter) for letter in apart if letter.isalnum())


def _is_short(piece: str) -> bool:
    letters = letters_of(piece)
    return len(letters) < (_SHORTEST_WIDE_QUOTE if len(_WIDE.findall(piece)) * 2 > len(letters) else _SHORTEST_QUOTE)


def _find(piece: str, source: Source, after: int) -> tuple[int, int] | Flaw:
    """Where in the letters of a source a quote stands; outside commands where it can be."""
    letters = letters_of(piece)
    flaw = Flaw.QUOTE_NOT_FOUND
    start = source.letters.find(letters, after)
    while start >= 0:
        if not _is_commanded(source, start, start + len(letters)):
            return start, start + len(letters)
        flaw = Flaw.QUOTE_OF_COMMAND
        start = source.letters.find(letters, start + len(letters))
    return flaw if flaw is Flaw.QUOTE_OF_COMMAND else _find_roughly(piece, letters, source, after)


def _find_roughly(piece: str, letters: str, source: Source, after: int) -> tuple[int, int] | Flaw:
    """The passage that differs in a few letters, and neither in a number nor in a negation."""
    tail = source.letters[after:]
    if len(letters) > len(tail):
        return Flaw.QUOTE_NOT_FOUND
    slips = min(max(_DIFFERENT * len(letters), 1), _MOST_DIFFERENT)
    least = 100 * (1 - slips / len(letters))
    near = fuzz.partial_ratio_alignment(letters, tail, score_cutoff=least)
    if near is None:
        return Flaw.QUOTE_NOT_FOUND
    start, end = near.dest_start + after, near.dest_end + after
    passage = _passage(source, start, end)
    if _DIGITS.findall(piece) != _DIGITS.findall(passage) or _negations(piece) != _negations(passage):
        return Flaw.QUOTE_NOT_FOUND
    return Flaw.QUOTE_OF_COMMAND if _is_commanded(source, start, end) else (start, end)


def _negations(text: str) -> Counter[str]:
    return Counter(match[0].casefold() for match in _NEGATION.finditer(text))


def _is_commanded(source: Source, start: int, end: int) -> bool:
    first, last = source.places[start], source.places[end - 1]
    return any(begin <= last and first < stop for begin, stop in source.commands)


def _passage(source: Source, start: int, end: int) -> str:
    """The words of the paper that hold these letters."""
    text = source.text
    first, last = source.places[start], source.places[end - 1] + 1
    lowest, highest = max(first - _MOST_WIDENED, 0), min(last + _MOST_WIDENED, len(text))
    while first > lowest and not text[first - 1].isspace() and not _WIDE.match(text[first - 1]):
        first -= 1
    while last < highest and not text[last].isspace() and not _WIDE.match(text[last]):
        last += 1
    return text[first:last].strip().rstrip(",;:，；：、")


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(text[at:start])
        at = end
    return " ".join((*pieces, text[at:]))
