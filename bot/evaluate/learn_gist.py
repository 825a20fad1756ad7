"""Learn what makes a form of a sentence the gist: an elastic net on its ROUGE against TL;DRs that people wrote.

`bot.evaluate.train_summaries` calls it with SciTLDR's training split. Plain Python: the same data give the same
weights.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from bot.evaluate import rouge
from core.summarise.compression import forms
from core.summarise.cues import is_cue_word
from core.summarise.features import START, form_features, phrases, read_sentence, sentence_features, setting, weigh
from core.summarise.weights import GistWeights
from core.text.sentences import split
from core.text.words import STOP_WORDS, fold, split_words, stem

#: training rows in which a phrase stands at least
_FEWEST_ROWS: Final = 20
_ROUNDS: Final = 30
#: penalties, for standardised numbers and for phrases; found by five folds of the training split
_RIDGE: Final = 100.0
_LASSO: Final = 0.1
_PHRASE_SCALE: Final = 0.3
_DIGITS: Final = 5
#: words that no topic owns: only these become phrases, so that the weights hold for other fields and years
_GENERAL: Final = (
    "novel new simple effective efficient first second dataset data task large several various different proposed"
    " present introduced demonstrated shown able ability designed called named termed variety number set two three high"
    " well state art algorithm model framework problem learn application performance real world code general way"
    " directly effectively significant significantly possible similar given help allow enable address provide achieve"
    " outperform"
)
_GENERAL_STEMS: Final = frozenset(map(stem, _GENERAL.split()))


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a sentence, what is known of it, and how well it did."""

    #: the paper's number in the file
    paper: int
    features: Mapping[str, float]
    phrases: frozenset[str]
    scores: rouge.Rouge

    @property
    def target(self) -> float:
        """What is learned; ROUGE-1 counts twice, as the figure by which a reference is taken."""
        return (2 * self.scores.rouge1 + self.scores.rouge2 + self.scores.rouge_l) / 4


def read_forms(path: Path) -> Iterator[Form]:
    """Every form of every sentence of the papers in a file of SciTLDR's shape."""
    for paper, record in enumerate(map(json.loads, path.read_text(encoding="utf-8").splitlines())):
        sentences = [read_sentence(quote) for quote in split(" ".join(map(str.strip, record["source"])))]
        whole = setting(record.get("title") or "", sentences)
        references = [rouge.stem_words(reference) for reference in record["target"]]
        for place, sentence in enumerate(sentences):
            shared_features = sentence_features(place, whole)
            for form in forms(sentence.claim):
                words = split_words(fold(form))
                if words:
                    features = shared_features | form_features(form, words, sentence, whole)
                    scores = rouge.score_words(rouge.stem_words(form), references)
                    yield Form(paper, features, phrases(words), scores)


def learn(read: Sequence[Form]) -> GistWeights:
    """Weights of numbers and of phrases that tell good forms from bad ones of the same paper."""
    counts = Counter(phrase for form in read for phrase in form.phrases)
    known_phrases = {phrase for phrase, count in counts.items() if count >= _FEWEST_ROWS and is_general(phrase)}
    spread = _spread(read)
    columns: dict[tuple[bool, str], list[tuple[int, float]]] = defaultdict(list)
    for row, form in enumerate(read):
        for name, value in form.features.items():
            if value:
                columns[False, name].append((row, value / spread[name]))
        for phrase in form.phrases & known_phrases:
            columns[True, phrase].append((row, _PHRASE_SCALE))
    weights = _elastic_net(columns, [form.target for form in read], [form.paper for form in read])
    numbers = {
        name: round(weight / spread[name], _DIGITS) for (is_phrase, name), weight in weights.items() if not is_phrase
    }
    phrase_weights = {
        name: round(weight * _PHRASE_SCALE, _DIGITS) for (is_phrase, name), weight in weights.items() if is_phrase
    }
    return GistWeights(
        numbers={name: weight for name, weight in numbers.items() if weight},
        phrases={phrase: weight for phrase, weight in phrase_weights.items() if weight},
    )


def choose(read: Iterable[Form], weights: GistWeights) -> list[Form]:
    """The best form of each paper by these weights alone."""
    best: dict[int, tuple[float, Form]] = {}
    for form in read:
        score = weigh(form.features, weights.numbers) + sum(weights.phrases.get(phrase, 0.0) for phrase in form.phrases)
        if form.paper not in best or score > best[form.paper][0]:
            best[form.paper] = (score, form)
    return [form for _, form in best.values()]


def is_general(phrase: str) -> bool:
    """Are all its words such that no topic owns them?"""
    return all(
        word == START or word in STOP_WORDS or is_cue_word(word) or stem(word) in _GENERAL_STEMS
        for word in phrase.split()
    )


def _spread(read: Sequence[Form]) -> dict[str, float]:
    """The standard deviation of each number."""
    sums, squares = Counter[str](), Counter[str]()
    for form in read:
        for name, value in form.features.items():
            sums[name] += value  # type: ignore[assignment]  # a Counter adds floats as well
            squares[name] += value * value  # type: ignore[assignment]  # as above
    count = len(read)
    return {
        name: math.sqrt(max(squares[name] / count - (total / count) ** 2, 0.0)) or 1.0 for name, total in sums.items()
    }


def _elastic_net(
    columns: Mapping[tuple[bool, str], list[tuple[int, float]]], target: Sequence[float], papers: Sequence[int]
) -> dict[tuple[bool, str], float]:
    """Weights by cyclic coordinate descent, of what the forms of a paper have more or less than its others."""
    residuals = _without_means(target, papers)
    weights = dict.fromkeys(sorted(columns), 0.0)
    squares = {key: sum(value * value for _, value in column) for key, column in columns.items()}
    for _ in range(_ROUNDS):
        for key, old in weights.items():
            gain = sum(value * residuals[row] for row, value in columns[key]) + old * squares[key]
            slack = _LASSO if key[0] else 0.0
            new = math.copysign(max(abs(gain) - slack, 0.0), gain) / (squares[key] + _RIDGE)
            if new != old:
                weights[key] = new
                for row, value in columns[key]:
                    residuals[row] -= (new - old) * value
        mean = fmean(residuals)
        residuals = [residual - mean for residual in residuals]
    return weights


def _without_means(values: Sequence[float], papers: Sequence[int]) -> list[float]:
    sizes = Counter(papers)
    sums = dict.fromkeys(sizes, 0.0)
    for value, paper in zip(values, papers, strict=True):
        sums[paper] += value
    return [value - sums[paper] / sizes[paper] for value, paper in zip(values, papers, strict=True)]
