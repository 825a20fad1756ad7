"""`paperboy eval summaries`: how good are the summaries that need no model?

The data are SciTLDR's: for each paper its abstract, its title and TL;DRs that people wrote. The gist is scored by ROUGE
against the TL;DR it shares most words with. What ROUGE does not see is counted: gists that lean on a sentence nobody
reads, tell background, or restate the title; and whether every claim stands in the abstract.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from bot.evaluate import rouge
from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise.cues import is_frame_word
from core.summarise.extract import summarise
from core.summarise.standalone import begins_in_the_air, is_background, leans
from core.text.words import STOP_WORDS, fold, split_words

FIGURES: Final = ("rouge1", "rouge2", "rougeL")

#: samples drawn for a confidence interval
_RESAMPLES: Final = 1_000
#: papers between two signs of life
_STEP: Final = 100
_SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was measured; shares and ROUGE are from 0 to 1."""

    #: papers
    n: int
    #: by the names of `FIGURES`: the mean, and between what the mean of 95 % of resamples lies
    rouge: Mapping[str, tuple[float, float, float]]
    #: words of a gist, mean
    words: float
    #: gists that need the sentence before them
    leaning: float
    #: parts, the gist among them, that begin with a word that points back
    in_the_air: float
    #: gists that tell what others do
    background: float
    #: gists that have no word that the title has not
    title_again: float
    #: parts after the gist that are told, of four
    parts: float
    #: claims that are their quote with words left out, where the quote stands in the abstract
    faithful: float
    #: CPU seconds of summarising
    seconds: float


@dataclass(frozen=True, slots=True)
class Example:
    """A paper and what people made of it."""

    paper: Paper
    references: tuple[str, ...]


def read_examples(file: Path) -> list[Example]:
    """The papers of a file of SciTLDR's shape; raises UsageError where it is none."""
    if not file.is_file():
        raise UsageError(f"there is no {file.name} in {file.parent}", hint="--split names a file: dev is dev.jsonl")
    examples = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            abstract = " ".join(str(sentence).strip() for sentence in record["source"])
            references = tuple(map(str, record["target"]))
            title = str(record.get("title") or "")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"line {number} of {file.name} is not of SciTLDR's shape",
                hint='each line is {"source": [sentence, ...], "target": [TL;DR, ...], "title": ...}',
            ) from error
        if abstract and any(map(rouge.stem_words, references)):
            paper = Paper(id=PaperId("scitldr", str(number)), title=title, abstract=abstract, url="", authors=())
            examples.append(Example(paper, references))
    if not examples:
        raise UsageError(f"{file.name} has no papers", hint="it is read line by line, a paper on each")
    return examples


def measure(examples: Sequence[Example], tell: Callable[[int, int], None] = lambda count, total: None) -> Measurement:
    """Summarise every paper and score it; `tell` hears now and then how many of how many are done."""
    summaries, seconds = [], 0.0
    for count, example in enumerate(examples):
        if count % _STEP == 0:
            tell(count, len(examples))
        began = time.process_time()
        summaries.append(summarise(example.paper))
        seconds += time.process_time() - began
    scores = [
        rouge.score(summary.gist, example.references) for summary, example in zip(summaries, examples, strict=True)
    ]
    columns = zip(
        FIGURES,
        zip(*((score.rouge1, score.rouge2, score.rouge_l) for score in scores), strict=True),
        strict=True,
    )
    claims = [
        (claim.claim, claim.quote, example)
        for summary, example in zip(summaries, examples, strict=True)
        for claim in summary.evidence
    ]
    return Measurement(
        n=len(examples),
        rouge={name: (fmean(values), *interval(values)) for name, values in columns},
        words=fmean(len(summary.gist.split()) for summary in summaries),
        leaning=fmean(leans(summary.gist) for summary in summaries),
        in_the_air=fmean(begins_in_the_air(claim) for claim, _, _ in claims),
        background=fmean(is_background(summary.gist) for summary in summaries),
        title_again=fmean(
            _restates(summary, example.paper) for summary, example in zip(summaries, examples, strict=True)
        ),
        parts=fmean(len(summary.parts) / 4 for summary in summaries),
        faithful=fmean(
            quote in example.paper.abstract and is_shortened(claim, quote) for claim, quote, example in claims
        ),
        seconds=seconds,
    )


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between what the mean of 95 % of resamples lies (bootstrap by a fixed seed)."""
    draw = random.Random(_SEED)  # noqa: S311 - resampling, no secret
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return means[_RESAMPLES * 25 // 1000], means[_RESAMPLES * 975 // 1000 - 1]


def is_shortened(claim: str, quote: str) -> bool:
    """Are the claim's words those of the quote in their order, some left out?"""
    words = iter(split_words(fold(quote)))
    return all(word in words for word in split_words(fold(claim)))


def _restates(summary: Summary, paper: Paper) -> bool:
    """Has the gist no word that the title has not, but small ones and "propose" and the like?"""
    new = {word for word in split_words(fold(summary.gist)) if word not in STOP_WORDS and not is_frame_word(word)}
    return bool(paper.title) and new <= set(split_words(fold(paper.title)))
