r"""What is searched of a text, and what a query looks for: a word means the same in rules, interests and databases.

`search_text` makes what patterns look into of a text as it is shown: folded words, divided by spaces and punctuation in
every script. `index_words` makes what a full-text index holds of it, and `index_phrases` what such an index is asked
for. Scripts without spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese), and Korean, which joins
particles to its words, are indexed as pairs of characters, as Lucene's CJKBigramFilter does: `深度学习` is
`深度 度学 学习 习`, and any part of it is a phrase of these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from core.text.readable import readable
from core.text.words import MARKS, fold

#: characters of a text that are indexed
LONGEST: Final = 50_000
#: words of a phrase that are looked for
MOST_WORDS: Final = 64
#: stands between things that no phrase reaches across: a letter, which nobody writes
BORDER: Final = "ᛜ"

#: letters stand for vowel signs and other marks, so that `\w` and the databases take them for a part of the word; they
#: are cuneiform
_AS_LETTERS: Final = {ord(mark): chr(0x12000 + place) for place, mark in enumerate(MARKS)}
_AS_MARKS: Final = {ord(letter): mark for mark, letter in zip(MARKS, _AS_LETTERS.values(), strict=True)}
_UNSPACED_MARKS: Final = "".join(
    _AS_LETTERS[ord(mark)] for mark in MARKS if "\u0e00" <= mark < "\u0f00" or "\u1000" <= mark <= "\u17ff"
)
#: characters of scripts without spaces between words, as a class of a regex holds them; of texts from `search_text`
UNSPACED_CHARACTERS: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109f\u1100-\u11ff\u1780-\u17d3"
    "\u17d7\u17dc\u3005-\u3007\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u318e\u31a0-\u31bf\u31f0-\u31ff"
    f"\u3400-\u4dbf\u4e00-\u9fff\uaa60-\uaa76\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff{_UNSPACED_MARKS}"
)
#: only texts with such a character can have runs or marks
_FAR: Final = re.compile("[\u0900-\u1dff\u2e80-\U0010ffff]")
_RUN: Final = re.compile(f"[{UNSPACED_CHARACTERS}]+")
_BETWEEN_RUNS: Final = re.compile(f"(?<=[{UNSPACED_CHARACTERS}]) (?=[{UNSPACED_CHARACTERS}])")
_SPACES: Final = re.compile("  +")
_WORD: Final = re.compile(r"[^\W_]+")
#: of each character of ASCII what stands in a line of words: a small letter, a digit, or a space
_ASCII_WORDS: Final = "".join(char.lower() if char.isalnum() else " " for char in map(chr, range(128)))
#: in TeX, what makes other letters of it: an index, an accent, the name of a letter
_TEX: Final = re.compile(r"[_^]|\\[A-Za-z\"'`^~=.]")
#: behind a letter, or the formula that a letter begins; a character more for the `_` that the pattern looks back from
_BEHIND_DOLLAR: Final = r"(?:(?<=[A-Za-z]\$.)|(?<=[A-Za-z]\$\s.))"
_BEHIND_LETTER: Final = rf"(?:(?<=[A-Za-z].)|(?<=[A-Za-z]\s.)|{_BEHIND_DOLLAR})"
#: the same where it is a part of a word, `H$_2$O`: reading all formulas of an abstract costs as much as storing it. It
#: begins with a character that few texts have, which makes it nine times as fast as letters would
_TEX_WORD: Final = re.compile(
    r"[_^\\](?:(?<=\\)[\"'`^~=.]\{?[A-Za-z]"
    rf"|(?<=[_^])(?:{_BEHIND_LETTER}\{{?\d|{_BEHIND_DOLLAR}|\{{?\w{{1,9}}\}}?\$[A-Za-z]))"
)
#: characters of a title, or of what somebody types; longer texts are abstracts
_SHORT: Final = 300
#: what both databases read as spaces, beside ASCII; with anything else `index_words` makes the text of an index
_RARE: Final = re.compile(
    "[^\x00-\x7f\xa0-\xa7\xa9\xab\xac\xae\xb0\xb1\xb6\xb7\xbb\xbf\xd7\xf7\u2000-\u200a\u2010-\u2027\u202f-\u205f\u2190-\u22ff]"
)

#: a Greek letter by itself is called by its name, as people type it: `α-helix`, `TGFβ1`
_GREEK: Final = re.compile(r"(?<![α-ω])([α-ω])(?![α-ω])(\d*)")
_LETTER_NAMES: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon"
    " phi chi psi omega"
)
_NAMES: Final = _LETTER_NAMES.split()
_UMLAUT: Final = re.compile("[äöüøåÄÖÜØÅ]")
#: how these letters are written where a keyboard has none; folded they are a, o and u. The å of Swedes has two ways
_SPELLED_OUT: Final = tuple(
    str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "Ä": "ae", "Ö": "oe", "Ü": "ue", "Ø": "oe"} | ring)
    for ring in ({}, {"å": "aa", "Å": "aa"})
)
#: words on each side of a word that is spelled out: longer phrases with it are found in the text's own spelling alone
_AROUND: Final = 3


class Phrase(NamedTuple):
    """Words that follow one another in an index."""

    words: tuple[str, ...]
    #: the last one is only the beginning of a word
    prefix: bool = False


def spellings(text: str) -> tuple[str, ...]:
    """A text folded, in each of the ways to spell its umlauts: `Müller` is `muller` and `mueller`."""
    return tuple(dict.fromkeys(map(fold, spell_out(text))))


def search_text(text: str) -> str:
    """What patterns look into: the folded text, and words with umlauts once more in their other spelling.

    Runs of characters without spaces stand apart from other words: `使用BERT模型` is `使用 bert 模型`.
    """
    text = show_tex(text)
    if text.isascii():
        return text.lower()
    own, *spellings = map(separate_words, spell_out(text))
    return f" {BORDER} ".join((own, *(part for spelling in spellings for part in _differing(own, spelling))))


def separate_words(text: str) -> str:
    """The folded text alone, with words told apart; what is looked for is compared with `search_text` in this form."""
    text = fold(text)
    if text.isascii():
        return text
    text = _GREEK.sub(lambda match: f" {_NAMES[ord(match[1]) - ord('α')]}{match[2]} ", text)
    if _FAR.search(text):
        text = _RUN.sub(r" \g<0> ", text.translate(_AS_LETTERS))
    return _SPACES.sub(" ", text)


def show_marks(text: str) -> str:
    """The reverse of the letters that `separate_words` writes for marks, for a text that is shown."""
    return text if text.isascii() else text.translate(_AS_MARKS)


def index_words(text: str) -> str | None:
    """The words that an index has of a text, between spaces; None where databases see the same ones."""
    text = show_tex(text[:LONGEST])
    if text.isascii() or not _RARE.search(text):
        return None
    return " ".join(part for word in _WORD.findall(search_text(text)) for part in _parts(word))


def word_line(text: str) -> str:
    """The words of a text in order, each after one space or more, as an index has them before it takes their stems."""
    text = show_tex(text[:LONGEST])
    if text.isascii():
        return f" {text.translate(_ASCII_WORDS)}"
    index_text = index_words(text)
    return f" {' '.join(_WORD.findall(text.lower() if index_text is None else index_text))}"


def index_names(names: Sequence[str]) -> str | None:
    """The same of a list of names, which no phrase connects."""
    if all(map(str.isascii, names)):
        return None
    return f" {BORDER} ".join(index_words(name) or " ".join(_WORD.findall(name.lower())) for name in names)[:LONGEST]


def index_phrases(words: Sequence[str], *, prefix: bool = False) -> tuple[Phrase, ...]:
    """The phrases that an index is asked for, any of them, where somebody looks for words in a row; none without words.

    With `prefix` the last word is only the beginning of one; a single character of a script without spaces always is.
    """
    own = tuple(map(separate_words, spell_out(" ".join(words))))
    unspaced_texts = (_BETWEEN_RUNS.sub("", text) for text in own)
    phrases = (_phrase(_WORD.findall(text), prefix=prefix) for text in dict.fromkeys((*own, *unspaced_texts)))
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase.words))


def pairs(word: str) -> tuple[str, ...]:
    """The pairs of characters of a word without spaces; none where it is no more than one."""
    runs = _RUN.findall(separate_words(word))
    run_pairs = tuple(dict.fromkeys(pair for run in runs for pair in _parts(run)[:-1]))
    return run_pairs if len(run_pairs) > 1 else ()


def spell_out(text: str) -> tuple[str, ...]:
    """A text, and as it is written where a keyboard has no umlauts."""
    text = show_tex(text)
    if text.isascii():
        return (text,)
    nfc = unicodedata.normalize("NFC", text)
    if not _UMLAUT.search(nfc):
        return (text,)
    return tuple(dict.fromkeys((text, *(nfc.translate(table) for table in _SPELLED_OUT))))


def show_tex(text: str) -> str:
    """A text with what TeX made other letters in it; most have none."""
    if "$" not in text and "\\" not in text:
        return text
    return _readable(text) if (_TEX if len(text) <= _SHORT else _TEX_WORD).search(text) else text


#: a digest's rule and its interest look into the same texts
_readable = lru_cache(maxsize=512)(readable)


def _differing(own: str, other_spelling: str) -> Iterator[str]:
    """The words of the other spelling that differ, with those around them."""
    own_words, other_words = _WORD.findall(own), _WORD.findall(other_spelling)
    different = [place for place, words in enumerate(zip(own_words, other_words, strict=True)) if words[0] != words[1]]
    begin = end = 0
    for place in different:
        if place - _AROUND > end and end:
            yield " ".join(other_words[begin:end])
            end = 0
        begin = begin if end else max(place - _AROUND, 0)
        end = place + _AROUND + 1
    if end:
        yield " ".join(other_words[begin:end])


def _parts(word: str) -> list[str]:
    """The word itself; for a run of characters, each pair and then the last character alone."""
    if word.isascii() or not _RUN.match(word):
        return [word]
    return [word[place : place + 2] for place in range(len(word))]


def _phrase(words: Sequence[str], *, prefix: bool) -> Phrase:
    if not words:
        return Phrase(())
    last = _parts(words[-1])
    is_run = bool(_RUN.match(words[-1]))
    # what follows in the text may be a part of the run
    last = last[:-1] or last if is_run else last
    before = [part for word in words[:-1] for part in _parts(word)]
    parts = (*before, *last)
    is_cut = len(parts) > MOST_WORDS
    return Phrase(parts[:MOST_WORDS], prefix=not is_cut and (len(words[-1]) == 1 if is_run else prefix))
