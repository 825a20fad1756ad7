"""Words as rules, ranking, search and summaries compare them: folded, cut, stemmed.

Shared by the deciding modules and the store, so that a word means the same in a filter, in an interest and in a
summary. `core.text.terms` makes of folded text what is searched.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from core.text.invisible import FILLERS, HIDING, JOINERS, LAST_PLANE, SELECTORS, SOFT_BREAKS, any_character

#: vowel signs and other marks that are part of a word, in the scripts of South and South-East Asia: Python and the
#: databases take them for no letters
MARKS: Final = "".join(
    char
    for char in map(chr, (*range(0x0900, 0x10A0), *range(0x1780, 0x1800), *range(0xA980, 0xA9E0)))
    if unicodedata.category(char) in {"Mn", "Mc"}
)
_WORD: Final = re.compile(rf"[\w{MARKS}]+")
#: letters that Unicode does not take apart into a letter and an accent, and apostrophes that it takes for letters
_LETTERS: Final = dict.fromkeys("ʼʹʻʽ", "'") | {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ħ": "h",
    "ŋ": "ng",
}
#: these would become letters of the word before them
_SIGNS: Final = "™℠"
#: what nobody sees, and Arabic's stretcher
_INVISIBLE: Final = any_character("\u0640", HIDING, LAST_PLANE, SOFT_BREAKS, JOINERS, SELECTORS, FILLERS)
#: combining classes of letters, and of marks that make another letter: nukta, kana's dots, virama, vowels and tones
_LETTER_CLASSES: Final = frozenset({0, 7, 8, 9, 84, 91, 103, 107, 118, 122, 129, 130, 132})
_VOWELS: Final = frozenset("aeiouy")

_STOP: Final = (
    "a about above across after again against all almost along already also although always am among an and any are"
    " around as at be became because been before being below between both but by can cannot could did do does doing"
    " done down during each either else especially etc even ever every few for from further had has have having he"
    " hence her here how however i if in into is it its itself just least less like made many may me might more most"
    " much must my near need neither no nor not now of off often on once one only onto or other others our out over"
    " own per quite rather really same several she should since so some such than that the their them then there"
    " therefore these they this those though through thus to together too toward towards two under until up upon us"
    " use used using various very via was we well were what when where whether which while who whom whose why will"
    " with within without would yet you your"
    " interested interest interests paper papers work works research researchers topic topics new novel propose"
    " proposed proposes based approach approaches method methods show shows result results study studies"
)
#: English words that say nothing about a paper's subject, and those that every abstract uses
STOP_WORDS: Final = frozenset(_STOP.split())


def fold(text: str) -> str:
    """The letters that count: lower case, without diacritics and without what nobody sees; may change the length.

    `Étude` is `etude`, `H₂O` is `h2o`, `ﬁne` is `fine`, `ﾃﾞｰﾀ` is `データ`. Folding twice changes nothing more.
    """
    if text.isascii():
        return text.lower()
    for sign in _SIGNS:
        text = text.replace(sign, " ")
    # folded once more, because letters of formulas (`ℝ`, `𝐃`) are without case until they are taken apart
    text = unicodedata.normalize("NFKD", text.casefold()).casefold()
    for char in set(text):
        if (plain := _plain(char)) != char:
            text = text.replace(char, plain)
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4_096)
def _plain(char: str) -> str:
    """The plain letter for a character: another letter, the same, or nothing."""
    if unicodedata.combining(char) not in _LETTER_CLASSES or _INVISIBLE.match(char):
        return ""
    return _LETTERS.get(char, char)


def visible(text: str) -> str:
    """The text as it is seen, each letter in one piece with its accent: soft hyphens and their like go."""
    return text if text.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFC", text))


def split_words(text: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(text)


# the words of some hundred abstracts: with fewer, a summary without a model takes a third longer
@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """The stem of one folded English word: `learning` -> `learn` (Snowball's English stemmer).

    Unlike Snowball, it knows the plural of an abbreviation without vowels: `llms` -> `llm`.
    """
    if word[-1:] == "s" and len(word) > 2 and word.isalpha() and _VOWELS.isdisjoint(word):
        return word[:-1]
    from snowballstemmer import stemmer  # it loads the stemmers of all languages

    # a stemmer holds the word it works on: one for each call, so that threads cannot meet in it
    return str(stemmer("english").stemWord(word))
