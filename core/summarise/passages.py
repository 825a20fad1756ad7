"""Where a paper's text speaks of what somebody asks: paragraphs by BM25, the sentences in them, and figures by name.

BM25 as in S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework (2009), over stems. Without a model the
passages are the answer; a model is given the paragraphs. Pure: some 80 ms for a paper of 60,000 characters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

from core.summarise.fulltext import Figure, FullText, paragraphs_of
from core.text import sentences
from core.text.words import STOP_WORDS, fold, split_words, stem

#: characters of a passage, and of a question that is looked at
LONGEST_PASSAGE: Final = 400
LONGEST_QUESTION: Final = 500
#: words of a question that can ask for the whole
_SHORTEST_QUESTION: Final = 3
#: share of a question's words that a passage must have, so that it can hold the answer
_LEAST_SHARE: Final = 0.5
#: BM25's two constants, at their usual values
_K1: Final = 1.2
_B: Final = 0.75
#: how often the words of a section's title count for each of its paragraphs
_TITLE_WEIGHT: Final = 2
#: characters of a paragraph that are cut into sentences
_MOST_SPLIT: Final = 6_000

#: words that every abstract has, and that mean something in a question
_TELLING: Final = frozenset(
    split_words("method methods approach approaches result results study work works research propose proposed")
)
#: words that ask
_ASKING: Final = frozenset(
    split_words(
        "tell explain describe say says mean means please paper papers author authors they give list name many much"
        " kind there something anything figure figures fig table tables"
    )
)
_NUMBER: Final = r"(?:[A-Z]?\.?\d{1,3}|[IVX]{1,5})"
_FIGURE_NAME: Final = re.compile(rf"\b(figures?|figs?|tables?|tabs?|algorithms?)\b\.?\s*({_NUMBER})\b", re.IGNORECASE)

#: of a figure or table: its kind and its number
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words of a paper, verbatim, and where they stand."""

    #: the section's title, or a figure's label; empty before the first title
    section: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFigures:
    """The figures and tables that a question names."""

    #: those that the text has
    present: tuple[Figure, ...] = ()
    #: the names of those that it does not have, as `Figure 9`
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """One paragraph and how well it fits."""

    place: int
    section: str
    text: str
    score: float
    #: share of the question's words that it has
    share: float


def find_passages(question: str, text: FullText, *, limit: int = 3) -> tuple[Passage, ...]:
    """The passages that can hold the answer, the best first; none where no paragraph has half of the words asked.

    A question that asks for nothing but figures is answered where the text speaks of them; one without any word of a
    subject ("what is it about?") by the beginning of the abstract.
    """
    terms = question_stems(question)
    if not terms:
        return _mentions(_figure_keys(question), text)[:limit] or _beginning(question, text)
    fitting = [paragraph for paragraph in _rank_paragraphs(terms, text) if paragraph.share >= _LEAST_SHARE][:limit]
    return tuple(
        Passage(section=paragraph.section, text=_best_sentences(paragraph.text, terms)) for paragraph in fitting
    )


def find_paragraphs(question: str, text: FullText, *, most_characters: int) -> tuple[Passage, ...]:
    """The paragraphs that fit best, as many as there is room for, in reading order; all of a short text."""
    room, choices = most_characters, []
    keys = _figure_keys(question)
    ranking = _rank_paragraphs(question_stems(question), text)
    for paragraph in sorted(
        ranking, key=lambda paragraph: keys.isdisjoint(_figure_keys(paragraph.text)) if keys else False
    ):
        if len(paragraph.text) <= room:
            choices.append(paragraph)
            room -= len(paragraph.text)
    return tuple(
        Passage(section=paragraph.section, text=paragraph.text)
        for paragraph in sorted(choices, key=lambda paragraph: paragraph.place)
    )


def find_figures(question: str, text: FullText) -> NamedFigures:
    """The figures, tables and algorithms that a question names by their numbers."""
    figures = {_figure_key(figure.label): figure for figure in reversed(text.figures)}
    keys = _figure_keys(question[:LONGEST_QUESTION])
    return NamedFigures(
        present=tuple(figures[key] for key in keys if key in figures),
        missing=tuple(f"{kind.capitalize()} {number}" for kind, number in keys if (kind, number) not in figures),
    )


def question_stems(question: str) -> frozenset[str]:
    """The stems of what a question is about; of all its words where it has no others."""
    words = split_words(fold(_FIGURE_NAME.sub(" ", question[:LONGEST_QUESTION])))
    subjects = [word for word in words if word not in _ASKING and (word not in STOP_WORDS or word in _TELLING)]
    return frozenset(map(stem, subjects))


def _rank_paragraphs(terms: frozenset[str], text: FullText) -> list[_Paragraph]:
    """All paragraphs, those that fit best first; equal ones in reading order."""
    paragraphs = list(paragraphs_of(text))
    counts = [_count_terms(section, paragraph, terms) for section, paragraph in paragraphs]
    lengths = [max(len(paragraph), 1) for _, paragraph in paragraphs]
    mean = sum(lengths) / max(len(lengths), 1)
    holding = {term: sum(term in count for count in counts) for term in terms}
    weights = {term: math.log(1 + (len(paragraphs) - n + 0.5) / (n + 0.5)) for term, n in holding.items()}
    ranking = [
        _Paragraph(
            place=place,
            section=section,
            text=paragraph,
            score=_score(counts[place], weights, lengths[place] / mean),
            share=len(counts[place]) / max(len(terms), 1),
        )
        for place, (section, paragraph) in enumerate(paragraphs)
    ]
    return sorted(ranking, key=lambda paragraph: -paragraph.score)


def _count_terms(section: str, paragraph: str, terms: frozenset[str]) -> Counter[str]:
    counts = Counter(root for root in map(stem, split_words(fold(paragraph))) if root in terms)
    for root in map(stem, split_words(fold(section))):
        if root in terms:
            counts[root] += _TITLE_WEIGHT
    return counts


def _score(counts: Counter[str], weights: dict[str, float], length: float) -> float:
    damping = _K1 * (1 - _B + _B * length)
    return sum(weights[term] * n * (_K1 + 1) / (n + damping) for term, n in counts.items())


def _best_sentences(paragraph: str, terms: frozenset[str]) -> str:
    """The sentence with most of the terms and as many of those after and before it as a passage has room for."""
    pieces = sentences.split(paragraph[:_MOST_SPLIT])
    if not pieces:
        return paragraph[:LONGEST_PASSAGE]
    shares = [len(terms & set(map(stem, split_words(fold(piece))))) for piece in pieces]
    first = last = shares.index(max(shares))
    length = len(pieces[first])
    while True:
        following = last + 1 if last + 1 < len(pieces) else None
        before = first - 1 if first else None
        for place in (following, before):
            if place is not None and length + 1 + len(pieces[place]) <= LONGEST_PASSAGE:
                first, last = min(first, place), max(last, place)
                length += 1 + len(pieces[place])
                break
        else:
            return _verbatim(paragraph, pieces, first, last)


def _verbatim(paragraph: str, pieces: Sequence[str], first: int, last: int) -> str:
    """The paragraph from one sentence to another, as it is."""
    start = end = 0
    for place, piece in enumerate(pieces[: last + 1]):
        begin = paragraph.index(piece, end)
        start = begin if place == first else start
        end = begin + len(piece)
    return paragraph[start:end]


def _mentions(keys: Set[_Key], text: FullText) -> tuple[Passage, ...]:
    """Where the text speaks of figures."""
    words = frozenset(stem(fold(word)) for key in keys for word in key)
    return tuple(
        Passage(section=section, text=_best_sentences(paragraph, words))
        for section, paragraph in paragraphs_of(text)
        if not keys.isdisjoint(_figure_keys(paragraph))
    )


def _beginning(question: str, text: FullText) -> tuple[Passage, ...]:
    """The first sentences of the abstract, for a whole question and not for an odd word."""
    if _FIGURE_NAME.search(question) or len(split_words(fold(question[:LONGEST_QUESTION]))) < _SHORTEST_QUESTION:
        return ()
    return tuple(
        Passage(section=section, text=_best_sentences(paragraph, frozenset()))
        for section, paragraph in paragraphs_of(text)
        if section.lower() == "abstract"
    )[:1]


def _figure_keys(words: str) -> Set[_Key]:
    """The kinds and numbers of the figures and tables that are named, in order."""
    return dict.fromkeys(_figure_key(match[0]) for match in _FIGURE_NAME.finditer(words)).keys()


def _figure_key(label: str) -> _Key:
    match = _FIGURE_NAME.search(label)
    if not match:
        return "", ""
    kind = match[1].lower().rstrip("s")
    return {"fig": "figure", "tab": "table"}.get(kind, kind), match[2].upper()
