"""Is this the same paper? How fast that is decided, and how the weights of `core.papers.identity.likeness` are learned.

`run` decides on the test pairs of DBLP-ACM, whose records are as clean as those of our sources; a title's key is what
the store looks papers up by. Our own caches are emptied before each repetition. The baselines are the least that one
would do with the same titles: fold and cut them into words, and rapidfuzz's token_sort_ratio of each pair.

`python -m tests.benchmarks.matching` shows that and learns the weights from the training pairs of ../shared: a logistic
regression in plain Python (Newton's method, ridge). It sees the training pairs of DBLP-ACM and the balanced training
pairs of DBLP-Scholar, prints the weights to be put into the source, and what they reach on the validation pairs;
`paperboy eval matching` measures the test pairs.
"""

from __future__ import annotations

import math
import statistics
import tarfile
from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz

from bot.evaluate.pairs import Pair, paper_of
from core.papers.identity import likeness, matching
from core.papers.identity.likeness import THRESHOLD, Evidence, are_dated, evidence, evidence_figures
from core.text.words import fold, split_words
from tests.benchmarks.figures import Row, cpu_s, show
from tests.shared import SHARED

ROUNDS = 12
RIDGE = 0.3
ARCHIVE = SHARED / "data/dedupe/ditto-dblp.tar.gz"
FOLDER = "data/er_magellan/Structured"
#: with what a pair and what a pair of two papers counts: clean records are what our sources bring, and the balanced
#: pairs lack most of the pairs of two papers
TRAINED_ON = ((f"{FOLDER}/DBLP-ACM/train.txt", 8.0, 8.0), (f"{FOLDER}/DBLP-GoogleScholar/train.txt.balance", 1.0, 4.4))
TESTED_ON = f"{FOLDER}/DBLP-ACM/test.txt"
VALIDATED_ON = (f"{FOLDER}/DBLP-ACM/valid.txt", f"{FOLDER}/DBLP-GoogleScholar/valid.txt")

REPETITIONS = 5

#: evidence after a 1 for the bias, whether it is one paper, what it counts
Example = tuple[tuple[float, ...], bool, float]


def run(repetitions: int = REPETITIONS) -> list[Row]:
    """Measure; needs ../shared. The ratio of a row is its time to that of the row before it."""
    pairs = _pairs(TESTED_ON)
    papers = list({(one.title, one.authors): one for pair in pairs for one in (pair.first, pair.second)}.values())

    def per_s(things: int, work: Callable[[], object]) -> float:
        return things / statistics.median(_cold_s(work) for _ in range(repetitions))

    words = per_s(len(papers), lambda: [split_words(fold(one.title)) for one in papers])
    keys = per_s(len(papers), lambda: [matching.title_key(one) for one in papers])
    fuzzy = per_s(len(pairs), lambda: [fuzz.token_sort_ratio(pair.first.title, pair.second.title) for pair in pairs])
    decided = per_s(len(pairs), lambda: [likeness.is_match(pair.first, pair.second) for pair in pairs])
    return [
        Row(f"titles of {len(papers):,} different records, folded and cut into words", words, "per CPU s", None),
        Row("title keys, with the first author's surname", keys, "per CPU s", words / keys),
        Row(f"rapidfuzz's token_sort_ratio of {len(pairs):,} pairs of titles", fuzzy, "per CPU s", None),
        Row("pairs decided by all that records tell", decided, "per CPU s", fuzzy / decided),
    ]


def _cold_s(work: Callable[[], object]) -> float:
    for module in (matching, likeness):
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()
    return cpu_s(work)[0]


def main() -> None:
    """Measure; learn, print, validate."""
    show("Matching", run())
    rows: dict[bool, list[Example]] = {True: [], False: []}
    for path, same, two in TRAINED_ON:
        for pair in _pairs(path):
            rows[are_dated(pair.first, pair.second)].append(_row(pair, same if pair.is_same else two))
    weights = {dated: _fit(seen) for dated, seen in rows.items()}
    for name, known, unknown in zip(
        ("bias", *Evidence.__dataclass_fields__), weights[True], weights[False], strict=True
    ):
        print(f'        "{name}": ({known:.2f}, {unknown:.2f}),')  # noqa: T201 - the script's product
    for path in VALIDATED_ON:
        print(f"{path}: F1 {_f1(weights, _pairs(path)):.2f}")  # noqa: T201 - the script's product


def _pairs(path: str) -> list[Pair]:
    with tarfile.open(ARCHIVE) as tar:
        opened = tar.extractfile(path)
        assert opened, path
        lines = [line.split("\t") for line in opened.read().decode().splitlines()]
    return [Pair(first=paper_of(one), second=paper_of(two), is_same=label == "1") for one, two, label in lines]


def _row(pair: Pair, counts: float = 1.0) -> Example:
    return (1.0, *evidence_figures(evidence(pair.first, pair.second)).values()), pair.is_same, counts


def _fit(rows: Sequence[Example]) -> list[float]:
    size = len(rows[0][0])
    weights = [0.0] * size
    for _ in range(ROUNDS):
        slope = [-RIDGE * weight for weight in weights]
        curve = [[RIDGE if one == other else 0.0 for one in range(size)] for other in range(size)]
        for row in rows:
            _learn(row, weights, slope, curve)
        weights = [weight + step for weight, step in zip(weights, _solved(curve, slope), strict=True)]
    return weights


def _learn(row: Example, weights: Sequence[float], slope: list[float], curve: list[list[float]]) -> None:
    values, label, counts = row
    guess = _guess(weights, values)
    told_by = [at for at, value in enumerate(values) if value]
    for at in told_by:
        slope[at] += counts * values[at] * (label - guess)
        bend, line = counts * values[at] * guess * (1 - guess), curve[at]
        for to in told_by:
            line[to] += bend * values[to]


def _guess(weights: Sequence[float], row: Sequence[float]) -> float:
    odds = sum(weight * value for weight, value in zip(weights, row, strict=True))
    return 1 / (1 + math.exp(-max(min(odds, 30), -30)))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss and Jordan; the ridge keeps the matrix regular."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at, pivot in enumerate(rows):
        pivot[:] = [value / pivot[at] for value in pivot]
        for other in rows:
            if other is not pivot and other[at]:
                factor = other[at]
                other[:] = [value - factor * mine for value, mine in zip(other, pivot, strict=True)]
    return [row[-1] for row in rows]


def _f1(weights: Mapping[bool, Sequence[float]], pairs: Sequence[Pair]) -> float:
    guesses = [_guess(weights[are_dated(pair.first, pair.second)], _row(pair)[0]) >= THRESHOLD for pair in pairs]
    right = sum(guess and pair.is_same for guess, pair in zip(guesses, pairs, strict=True))
    return 200 * right / (sum(guesses) + sum(pair.is_same for pair in pairs))


if __name__ == "__main__":
    main()
