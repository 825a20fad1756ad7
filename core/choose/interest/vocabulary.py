"""Which terms papers use, how often, and which belong together: what an interest is read by on the first day.

`bot.evaluate.learn_terms` makes `vocabulary.tsv` of a year of abstracts. A term is one to four words in their base
forms (`core.text.base_forms`), with spaces between them. The file is read once, by whoever needs it first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from core.text.base_forms import base_form

#: these may stand within a phrase, and not at its ends: `learning from demonstration`
JOINING: Final = frozenset({"of", "from", "in", "for", "to", "with", "without", "on", "by", "as", "and", "the"})
WORD: Final = re.compile(r"\w+(?:\+\+|#)?")
#: a term that is in the title of so large a part of its papers is what papers are about
_SUBJECT_SHARE: Final = 0.12
#: what a word counts at least that is in no title: `demonstrate`
_LEAST_SUBJECT: Final = 0.15


#: in ASCII without `C++` and `C#`, everything else stands between words
_BETWEEN: Final = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}


def words_of(text: str) -> list[str]:
    """The words of a text, as `core.text.terms.search_text` has it, each in its base form."""
    if text.isascii() and "#" not in text and "++" not in text:  # twice as fast, and nearly all of them
        return list(map(base_form, text.translate(_BETWEEN).split()))
    return list(map(base_form, WORD.findall(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What a year of abstracts tells of its terms."""

    #: abstracts that were read
    papers: int
    #: papers that have each term
    frequencies: Mapping[str, int]
    #: of those, the part that has it in the title; from 0 to 1
    title_shares: Mapping[str, float]
    #: other ways to write a term: derived words that mean the same, abbreviations
    forms: Mapping[str, tuple[str, ...]]
    #: terms that go with it, the closest first
    related_terms: Mapping[str, tuple[str, ...]]

    def weight(self, term: str, share: float = 0.0) -> float:
        """How much a term says of a paper, from 0 to 1; `share`: the part of the papers at hand that have it.

        Rare terms say most (inverse document frequency), and those that titles have more than those of rhetoric.
        """
        count = self.frequencies.get(term, 0)
        frequency = max(count / self.papers, share)
        rarity = -math.log(frequency) / math.log(self.papers) * _STRETCH if frequency else 1.0
        subject = min(self.title_shares[term] / _SUBJECT_SHARE, 1.0) if count else 1.0
        return min(rarity, 1.0) * (_LEAST_SUBJECT + (1 - _LEAST_SUBJECT) * subject)

    def as_text(self) -> str:
        """A line for each term: its name, papers, percent in titles, and the lines of its forms and relations."""
        names = sorted(self.frequencies)
        lines = {name: line for line, name in enumerate(names, 1)}
        rows = [f"{self.papers}"]
        for name in names:
            row = [name, str(self.frequencies[name]), f"{100 * self.title_shares[name]:.0f}"]
            relatives = (self.forms.get(name, ()), self.related_terms.get(name, ()))
            row.extend(",".join(str(lines[term]) for term in terms if term in lines) for terms in relatives)
            rows.append("\t".join(row).rstrip("\t"))
        return "\n".join(rows) + "\n"


#: rarity is complete at a frequency of about one in a thousand
_STRETCH: Final = 1.5


def parse(text: str) -> Vocabulary:
    """The vocabulary of such a text."""
    first, *lines = text.splitlines()
    rows = [line.split("\t") for line in lines]
    names = ["", *(row[0] for row in rows)]
    return Vocabulary(
        papers=int(first),
        frequencies={row[0]: int(row[1]) for row in rows},
        title_shares={row[0]: int(row[2]) / 100 for row in rows},
        forms={row[0]: _names_at(row[3], names) for row in rows if len(row) > 3 and row[3]},
        related_terms={row[0]: _names_at(row[4], names) for row in rows if len(row) > 4},
    )


def _names_at(numbers: str, names: list[str]) -> tuple[str, ...]:
    return tuple(names[int(number)] for number in numbers.split(","))


@lru_cache(maxsize=1)
def load() -> Vocabulary:
    """The vocabulary that the program ships with."""
    return parse(resources.files("core.choose.interest").joinpath("vocabulary.tsv").read_text(encoding="utf-8"))
