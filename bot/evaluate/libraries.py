"""`paperboy eval ranking --protocol library|cold`: are papers found again that people have in their libraries?

The data are citeulike-t's: libraries of papers as bags of words. `library`: of each person so many bookmarks are
known, all other papers are ranked. `cold`: the papers are split in five, and those of each part are ranked for people
who saved papers of the others, as if nobody had seen them. The figure is recall: of what the person saved besides, the
share among the first 50, 100, ...
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import sparse

from core.choose.profile.companions import BLEND, Companions, blend, concepts_of
from core.choose.profile.features import weigh_counts
from core.errors import UsageError

#: a mean, and between what the mean of 95 % of resamples lies
Estimate = tuple[float, float, float]
#: lengths of the list of suggestions
SIZES: Final = (50, 100, 150, 200, 250, 300)
ABLATIONS: Final[Mapping[str, Mapping[str, float]]] = {
    **{f"without {name}": {part: share for part, share in BLEND.items() if part != name} for name in BLEND},
    "text alone": {"text": 1.0},
}
_FOLDS: Final = 5
#: what a word, a paper or a count is
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_RESAMPLES: Final = 1_000
#: people who are served at once: 256 x 26,000 papers are 26 MB
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalls:
    """What was measured; recall is from 0 to 1."""

    #: people who could be measured, each once
    users: int
    #: by the length of the list: the mean, and between what the mean of 95 % of resamples lies
    recall: Mapping[int, Estimate]
    #: the means of each of `ABLATIONS`; empty where that was not asked for
    ablation: Mapping[str, Mapping[int, float]]
    #: what each of them adds to the recall, person by person (paired)
    changes: Mapping[str, Mapping[int, Estimate]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Split:
    #: people x papers: the saved papers to learn from, and those to find
    training: Any
    test: Any
    #: the papers that are ranked
    papers: Any


def measure(
    folder: Path,
    *,
    bookmarks: int | None,
    with_ablation: bool = False,
    tell: Callable[[int, int], None] = lambda count, total: None,
) -> Recalls:
    """Measure the library protocol with so many bookmarks, or the cold one with None. Raises UsageError."""
    texts = weigh_counts(read_counts(folder / "mult.dat"))
    concepts = concepts_of(texts)
    blends: dict[str, Mapping[str, float]] = {"": BLEND} | (dict(ABLATIONS) if with_ablation else {})
    splits = list(
        _cold_splits(folder, texts.shape[0]) if bookmarks is None else [_split(folder, bookmarks, texts.shape[0])]
    )
    measured_people, recalls = [], []
    count, total = 0, sum(len(_people(split)) for split in splits)
    for split in splits:
        companions = Companions(split.training, texts, concepts)
        people = _people(split)
        for start in range(0, len(people), _AT_ONCE):
            tell(count, total)
            some = people[start : start + _AT_ONCE]
            count += len(some)
            opinions = companions.opinions(some, split.papers)
            measured_people.append(some)
            recalls.append(
                np.stack([_recall(blend(opinions, shares), split, some) for shares in blends.values()], axis=1)
            )
    if not total:
        raise UsageError(f"nobody in {folder} can be measured", hint="a person has papers that are known and others")
    means, resamples = resampled_means(np.concatenate(measured_people), np.concatenate(recalls))
    ablation = dict(zip(blends, means.tolist(), strict=True))
    ablation.pop("")
    return Recalls(
        users=len(np.unique(np.concatenate(measured_people))),
        recall=_estimates(means[0], resamples[:, 0]),
        ablation={name: dict(zip(SIZES, values, strict=True)) for name, values in ablation.items()},
        changes={
            name: _estimates(means[place] - means[0], resamples[:, place] - resamples[:, 0])
            for place, name in enumerate(blends)
            if name
        },
    )


def read_counts(file: Path) -> Any:
    """Papers x words of a file in citeulike's shape, `count word:times ...` on each line."""
    words, times, starts = array("q"), array("f"), array("q", [0])
    for number, line in enumerate(_lines(file), 1):
        for entry in line[1:]:
            word, _, count = entry.partition(":")
            if not _NUMBER.fullmatch(word) or not _NUMBER.fullmatch(count):
                raise UsageError(
                    f"'{entry[:40]}' in line {number} of {file.name} is no word with its count", hint="such as 1028:3"
                )
            if int(count):
                words.append(int(word))
                times.append(int(count))
        starts.append(len(words))
    if not words:
        raise UsageError(
            f"{file.name} has no words", hint="it has a line for each paper: how many words, word:count ..."
        )
    # words that nobody uses have no column
    columns, places = np.unique(words, return_inverse=True)
    matrix = sparse.csr_matrix((times, places, starts), shape=(len(starts) - 1, len(columns)), dtype=np.float32)
    matrix.sum_duplicates()
    return matrix


def resampled_means(people: Any, recalls: Any) -> tuple[Any, Any]:
    """The mean of all rows of `recalls`, and of each resample of people (bootstrap by a fixed seed).

    A person whose papers lie in several parts has a row for each; they are drawn together, for they are alike.
    """
    _, persons = np.unique(people, return_inverse=True)
    rows = np.bincount(persons).astype(np.float64)
    sums = np.zeros((len(rows), *recalls.shape[1:]))
    np.add.at(sums, persons, recalls)
    draw = np.random.RandomState(0)
    resamples = []
    for _ in range(_RESAMPLES):
        times = np.bincount(draw.randint(0, len(rows), len(rows)), minlength=len(rows))
        resamples.append(np.tensordot(times, sums, axes=1) / (times @ rows))
    return recalls.mean(axis=0), np.array(resamples)


def _estimates(means: Any, resamples: Any) -> dict[int, Estimate]:
    low, high = np.percentile(resamples, (2.5, 97.5), axis=0).tolist()
    return dict(zip(SIZES, zip(means.tolist(), low, high, strict=True), strict=True))


def _split(folder: Path, bookmarks: int, papers: int) -> _Split:
    training, test = (
        _libraries(
            folder / f"cf-{part}-{bookmarks}-users.dat", papers, hint="--bookmarks is 1 or 10 where the data are"
        )
        for part in ("train", "test")
    )
    if training.shape != test.shape:
        raise UsageError("the two halves have different numbers of people", hint="train and test belong together")
    return _Split(training=training, test=test, papers=np.arange(papers))


def _cold_splits(folder: Path, papers: int) -> Iterator[_Split]:
    libraries = _libraries(folder / "users.dat", papers, hint="the folder has users.dat and mult.dat")
    order = np.random.RandomState(0).permutation(papers)
    for part in np.array_split(order, _FOLDS):
        is_training = np.ones(papers, dtype=np.float32)
        is_training[part] = 0
        training = (libraries @ sparse.diags(is_training)).tocsr()
        training.eliminate_zeros()
        yield _Split(training=training, test=libraries[:, part].tocsr(), papers=part)


def _libraries(file: Path, papers: int, *, hint: str) -> Any:
    rows = [line[1:] for line in _lines(file, hint)]
    strange = next((word for row in rows for word in row if not _NUMBER.fullmatch(word)), None)
    if strange is not None:
        raise UsageError(f"'{strange[:40]}' in {file.name} is no number of a paper", hint=hint)
    numbers = np.array([int(number) for row in rows for number in row], dtype=np.int64)
    if len(numbers) and numbers.max() >= papers:
        raise UsageError(f"{file.name} names papers that have no words", hint="mult.dat has a line for each paper")
    starts = np.cumsum([0, *map(len, rows)])
    matrix = sparse.csr_matrix((np.ones(len(numbers), dtype=np.float32), numbers, starts), shape=(len(rows), papers))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _lines(file: Path, hint: str = "the folder has the files of citeulike-t") -> Iterator[list[str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no {file.name} in {file.parent} that can be read", hint=hint) from error
    return (line.split() for line in text.splitlines())


def _people(split: _Split) -> Any:
    """Who has papers that are known, and others to find."""
    training, test = (np.diff(half.tocsr().indptr) for half in (split.training, split.test))
    return np.flatnonzero((training > 0) & (test > 0))


def _recall(scores: Any, split: _Split, people: Any) -> Any:
    """People x `SIZES`; equals stand in the order of the papers."""
    most = min(SIZES[-1], scores.shape[1])
    scores = np.where(split.training[people][:, split.papers].toarray() > 0, -np.inf, scores)
    top = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    top.sort(axis=1)
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    is_test = split.test[people].toarray() > 0
    hits = np.take_along_axis(is_test, np.take_along_axis(top, order, axis=1), axis=1).cumsum(axis=1)
    ends = np.minimum(np.array(SIZES), most) - 1
    return hits[:, ends] / is_test.sum(axis=1, keepdims=True)
