"""Which paper is meant by a title that somebody typed, or by a line of a reference list?

Pure. `ingest.lookup` brings papers that share words with the text. The text is read as a record of each of them: which
words are the title, which authors and which year it names. Then `likeness` compares that record with the paper, as it
compares any two. A title may have slips of the pen, and it may lack its subtitle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Final

from rapidfuzz import fuzz

from core.papers.identifiers import PaperId
from core.papers.identity.likeness import SAME_SURNAME, is_match, likelihood, series_parts
from core.papers.identity.matching import YEARS_APART, surname, title_words
from core.papers.paper import Paper
from core.text.words import fold, split_words

#: a paper that is less likely meant is offered, not taken; `tests.benchmarks.titles` measures it
CERTAIN: Final = 0.6
#: a paper that is less likely meant is not even offered
LEAST_LIKELY: Final = 0.15
#: log odds by which the likeliest paper leads the next one
LEAD: Final = 2.0
#: authors of a paper that are looked for; references name fewer
MOST_AUTHORS: Final = 30

_SUBTITLE: Final = re.compile(r"(?<=\w)[:?]\s+|\s[-\u2013\u2014]+\s")
_YEAR: Final = re.compile(r"(?a:(?:19|20)\d\d)")
#: words of a part of a title that people may know the paper by
_FEWEST_WORDS: Final = 3
_TYPED_ID: Final = PaperId("typed", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """Whether a text means a paper."""

    paper: Paper
    #: from 0 to 1
    likelihood: float
    #: its title and its authors have all the words
    has_words: bool
    #: the text and the paper would pass for one
    is_certain: bool


def recognise(text: str, papers: Sequence[Paper]) -> tuple[Recognition, ...]:
    """How likely a text means each of the papers, the likeliest first."""
    words = title_words(text)
    recognitions = [_recognise(words, paper) for paper in papers]
    return tuple(sorted(recognitions, key=lambda recognition: -recognition.likelihood))


def certain_paper(recognitions: Sequence[Recognition]) -> Paper | None:
    """The paper that is meant beyond doubt, of `recognise`'s: no other one is nearly as likely."""
    first, second = (*recognitions[:2], None, None)[:2]
    if first is None or not first.is_certain:
        return None
    is_ahead = second is None or not second.is_certain or _odds(first) - _odds(second) >= LEAD
    return first.paper if is_ahead else None


def _odds(recognition: Recognition) -> float:
    return math.log(recognition.likelihood / (1 - recognition.likelihood))


def _titles(paper: Paper) -> Iterator[str]:
    """The title, and its parts that people may know the paper by: what comes before the subtitle, and the subtitle."""
    yield paper.title
    parts = _SUBTITLE.split(paper.title, maxsplit=1)
    if len(parts) > 1:
        yield from (part for part in parts if len(part.split()) >= _FEWEST_WORDS)


def _recognise(words: Sequence[str], paper: Paper) -> Recognition:
    surnames = {name: author for author in paper.authors[:MOST_AUTHORS] if (name := surname(author))}
    likely, is_meant = max(_compare(words, paper, title, surnames) for title in _titles(paper))
    parts = {part for part in series_parts(" ".join(words)) if not part.startswith("vol") and not _YEAR.search(part)}
    return Recognition(
        paper=paper,
        likelihood=likely,
        has_words=bool(words) and set(words).issubset(_words_of(paper)),
        is_certain=is_meant and parts <= series_parts(paper.title),
    )


def _compare(words: Sequence[str], paper: Paper, title: str, surnames: Mapping[str, str]) -> tuple[float, bool]:
    """How likely a text means a paper of this title, and whether that is certain; `surnames` -> authors of the paper.

    What the text does not name, authors or a year, says nothing for or against the paper, and neither does a year that
    a preprint and its article may be apart.
    """
    title_in_words = title_words(title)
    around, inside = _apart(words, title_in_words, surnames)
    authors = tuple(author for name, author in surnames.items() if any(_is_name(word, name) for word in around))
    if not authors:
        # what stands around the title is then a part of another one
        inside = [word for word in words if word in title_in_words or not _YEAR.fullmatch(word)]
    reading = Paper(id=_TYPED_ID, title=" ".join(inside), authors=authors)
    candidate = Paper(id=paper.id, title=title, authors=authors)
    likely = likelihood(reading, candidate)
    years = [int(word) for word in around if _YEAR.fullmatch(word)]
    paper_year = paper.published.year if paper.published else None
    is_of_year = not years or paper_year is None or any(abs(year - paper_year) <= YEARS_APART for year in years)
    return likely, is_of_year and likely >= CERTAIN and is_match(reading, candidate)


def _words_of(paper: Paper) -> set[str]:
    names = " ".join(paper.authors[:MOST_AUTHORS])
    return {*title_words(paper.title), *split_words(fold(paper.title)), *split_words(fold(names))}


def _apart(words: Sequence[str], title: Sequence[str], surnames: Collection[str]) -> tuple[list[str], list[str]]:
    """The words that stand around a title, and those where the title itself is likeliest."""
    text, title_text = " ".join(words), " ".join(title)
    place = fuzz.partial_ratio_alignment(title_text, text) if len(text) > len(title_text) else None
    if place:
        start = len(text[: place.dest_start].split(" ")) - 1
        end = len(text[: place.dest_end].split())
    else:
        is_around = partial(_is_around, title=title, surnames=surnames)
        start = len(list(takewhile(is_around, words)))
        end = len(words) - len(list(takewhile(is_around, reversed(words[start:]))))
    return [*words[:start], *words[end:]], [*words[start:end]]


def _is_around(word: str, title: Sequence[str], surnames: Collection[str]) -> bool:
    return word not in title and bool(_YEAR.fullmatch(word) or any(_is_name(word, name) for name in surnames))


def _is_name(word: str, name: str) -> bool:
    return word == name or (len(name) > 3 and fuzz.ratio(word, name) >= SAME_SURNAME)
