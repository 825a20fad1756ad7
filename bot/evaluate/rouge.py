"""ROUGE as the literature counts it for one short text against its references.

`paperboy eval summaries` and the training of the chooser call it. Words are cut and stemmed as PyPI's `rouge-score`
does with `use_stemmer=True`: letters and digits of ASCII, Porter's stem for words of more than three characters.
Source: Lin 2004, https://aclanthology.org/W04-1013.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"[a-z0-9]+")
#: characters of a word that is not stemmed
_SHORT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rouge:
    """F1 of a text against one reference, each from 0 to 1."""

    #: shared words
    rouge1: float
    #: shared pairs of neighbouring words
    rouge2: float
    #: the longest common subsequence of words
    rouge_l: float


def score(text: str, references: Sequence[str]) -> Rouge:
    """The figures against that of one reference or more which shares most words with the text, as SciTLDR asks."""
    words = stem_words(text)
    return score_words(words, [stem_words(reference) for reference in references])


def score_words(words: Sequence[str], references: Sequence[Sequence[str]]) -> Rouge:
    """As `score`, for texts that are cut already."""
    return max((_against(words, reference) for reference in references), key=lambda figures: figures.rouge1)


def stem_words(text: str) -> list[str]:
    """The words of a text, stemmed."""
    return [_stem(word) if len(word) > _SHORT else word for word in _WORD.findall(text.lower())]


def _against(words: Sequence[str], reference: Sequence[str]) -> Rouge:
    sizes = len(words) + len(reference)
    pairs, reference_pairs = Counter(pairwise(words)), Counter(pairwise(reference))
    return Rouge(
        rouge1=_f1((Counter(words) & Counter(reference)).total(), sizes),
        rouge2=_f1((pairs & reference_pairs).total(), pairs.total() + reference_pairs.total()),
        rouge_l=_f1(_longest_common_subsequence(words, reference), sizes),
    )


def _f1(common: int, sizes: int) -> float:
    return 2 * common / sizes if sizes else 0.0


def _longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for column, same in enumerate(second, start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == same else max(above, row[column - 1])
            diagonal = above
    return row[-1]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    from snowballstemmer import stemmer  # it loads the stemmers of all languages

    return str(stemmer("porter").stemWord(word))
