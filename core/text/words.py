"""Words as rules, ranking and summaries compare them: folded, cut, stemmed.

Shared by the deciding modules, so that a word means the same in a filter, in an interest and in a summary.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"\w+")
#: letters that Unicode does not take apart into a letter and an accent
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ŋ": "ng"}
)
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
    """Lower case without diacritics, so that `Étude` and `etude` are the same word; may change the length."""
    if text.isascii():
        return text.lower()
    # folded once more, because letters of formulas (`ℝ`, `𝐃`) are without case until they are taken apart
    taken_apart = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    return "".join(char for char in taken_apart if not unicodedata.combining(char))


def cut(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(folded)


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
