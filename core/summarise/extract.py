"""Summaries without a model: choose the sentences of the abstract that say most, and trim how they open.

`core.summarise` calls `summarise` for every paper that no model has summarised. Each sentence is scored by a few
features with fixed weights, and each part of the `Summary` gets a sentence of its own with its verbatim quote. Nothing
here writes a word of its own: a part that the abstract does not tell stays empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.channels import Depth
from core.papers.paper import Evidence, Paper, Summary
from core.summarise.cues import GIST, PARTS, PROPOSES, Cue, Part
from core.text.readable import shorten
from core.text.sentences import split, trim
from core.text.words import STOP_WORDS, cut, fold, stem

MADE_BY: Final = "extract"

#: characters of an abstract that are looked at; real ones have 200 to 3,000
_MOST_TEXT: Final = 12_000
#: sentences that are compared with one another; real abstracts have 4 to 15
_MOST_SENTENCES: Final = 60
#: characters of one part
_LONGEST_PART: Final = 600

# What makes a sentence the gist, beside the cues of `core.summarise.cues.GIST`: found by ridge regression of ROUGE-1 on
# SciTLDR's training split, then rounded by hand.
_LIKE_THE_OTHERS: Final = 0.5
_LIKE_THE_TITLE: Final = 0.3
_TITLE_WORDS: Final = 0.06
_RECURRING_WORDS: Final = 0.06
_FIRST_TO_PROPOSE: Final = 0.045


@dataclass(frozen=True, slots=True)
class _Sentence:
    #: as the abstract has it
    quote: str
    #: trimmed, to stand alone
    claim: str
    #: the quote, folded, for the cues
    folded: str
    #: stems of the claim, each with its count
    stems: Counter[str]
    #: stems of the claim without stop words
    content: frozenset[str]


def summarise(paper: Paper) -> Summary:
    """Summarise a paper by sentences of its abstract, in about a millisecond; the title where there is no abstract.

    Every part that is told stands in `evidence` with the passage of the abstract (or the title) it was taken from.
    """
    sentences = [_sentence(quote) for quote in split(paper.abstract[:_MOST_TEXT])[:_MOST_SENTENCES]]
    if not sentences:
        return _summary(paper, {"gist": _sentence(paper.title)})
    gist = _gist(sentences, _sentence(paper.title))
    return _summary(paper, {"gist": sentences[gist], **_parts(sentences, gist)})


def _summary(paper: Paper, told: Mapping[str, _Sentence]) -> Summary:
    claims = {part: shorten(sentence.claim, _LONGEST_PART) for part, sentence in told.items()}
    return Summary(
        paper=paper.id,
        version=paper.version,
        language="en",
        made_by=MADE_BY,
        evidence=tuple(Evidence(claim=claims[part], quote=sentence.quote) for part, sentence in told.items()),
        depth=Depth.PARTS,
        **claims,
    )


def _sentence(quote: str) -> _Sentence:
    claim = " ".join(trim(quote).split())
    words = cut(fold(claim))
    return _Sentence(
        quote=quote,
        claim=claim,
        folded=fold(quote),
        stems=Counter(stem(word) for word in words),
        content=frozenset(stem(word) for word in words if word not in STOP_WORDS),
    )


def _gist(sentences: Sequence[_Sentence], title: _Sentence) -> int:
    recurring = _recurring(sentences)
    proposing = [PROPOSES.search(sentence.folded) is not None for sentence in sentences]
    first_to_propose = proposing.index(True) if any(proposing) else None
    scores = [
        _LIKE_THE_OTHERS * _likeness_to_others(sentence, sentences)
        + _LIKE_THE_TITLE * _likeness(sentence.stems, title.stems)
        + _TITLE_WORDS * _share(title.content, sentence.content)
        + _RECURRING_WORDS * _share(recurring, sentence.content)
        + _FIRST_TO_PROPOSE * (position == first_to_propose)
        + _cued(sentence, GIST)
        for position, sentence in enumerate(sentences)
    ]
    return scores.index(max(scores))


def _recurring(sentences: Sequence[_Sentence]) -> frozenset[str]:
    counts = Counter(word for sentence in sentences for word in sentence.content)
    return frozenset(word for word, count in counts.items() if count > 1)


def _likeness_to_others(sentence: _Sentence, sentences: Sequence[_Sentence]) -> float:
    others = [_likeness(sentence.stems, other.stems) for other in sentences if other is not sentence]
    return sum(others) / len(others) if others else 0.0


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """The F1 of shared words, as ROUGE-1 counts it."""
    few, many = (one, other) if len(one) < len(other) else (other, one)
    shared = sum(min(count, many[word]) for word, count in few.items() if word in many)
    return 2 * shared / ((one.total() + other.total()) or 1)


def _share(wanted: frozenset[str], found: frozenset[str]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0


def _cued(sentence: _Sentence, cues: Sequence[Cue]) -> float:
    return sum(weight for pattern, weight in cues if pattern.search(sentence.folded))


def _parts(sentences: Sequence[_Sentence], gist: int) -> dict[str, _Sentence]:
    """The best sentence for each part, strongest pair first, never out of the order in which abstracts tell."""
    pairs = sorted(
        (-score, position, order)
        for position, sentence in enumerate(sentences)
        for order, part in enumerate(PARTS)
        if position != gist and (score := _speaks_for(part, sentence, position, len(sentences))) >= part.enough
    )
    chosen: dict[int, int] = {}
    for _, position, order in pairs:
        if order not in chosen and all((order < o) == (position < p) and position != p for o, p in chosen.items()):
            chosen[order] = position
    return {PARTS[order].name: sentences[chosen[order]] for order in sorted(chosen)}


def _speaks_for(part: Part, sentence: _Sentence, position: int, count: int) -> float:
    place = position / max(count - 1, 1)
    return _cued(sentence, part.cues) + 1.0 - abs(place - part.place)
