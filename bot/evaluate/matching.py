"""`paperboy eval matching`: are records of one paper told from records of two?

Both rules of `core.papers.identity` that the product runs are measured on every set. The headline is
`likeness.is_match`, which weighs evidence: `/paper TITLE` recognises papers by it. `store` is the exact rule by which
records are merged: a common identifier, or `matching`'s key and `is_same`.

*Pairs* (ditto's notation) are judged one by one. In an *EndNote library* people marked records, not pairs. The matcher
joins records into groups, and each record is judged, as IEBH/dedupe-sweep counts: a duplicate that was marked is right,
one that was not is wrong, a marked one that stands alone is missed. Libraries have two habits, and the records with
equal titles show which. Either every copy is marked: then all records of a group count as found. Or one copy is left as
the one to keep: then of each group all but one count as found, and the one that is kept is an unmarked one where there
is one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final, TypeVar

from bot.evaluate.endnote import Record, read_library
from bot.evaluate.pairs import read_pairs
from core.errors import UsageError
from core.papers.identity.likeness import is_match, share_identifier
from core.papers.identity.matching import are_twins, is_same, surname, title_key, title_words
from core.papers.paper import Paper

#: records in one block; a commoner word or name brings nothing together
BLOCK: Final = 500
#: pairs or records between two signs of life
STEP: Final = 500

T = TypeVar("T")
Matcher = Callable[[Paper, Paper], bool]
#: told now and then how far a set is: done, of how many, which set
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was right and what was wrong."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            true_positives=self.true_positives + other.true_positives,
            false_positives=self.false_positives + other.false_positives,
            false_negatives=self.false_negatives + other.false_negatives,
        )

    @property
    def precision(self) -> float:
        """In percent; 100 where nothing was found."""
        return _percent(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """In percent; 100 where there was nothing to find."""
        return _percent(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """The harmonic mean of the two, in percent."""
        wrong = self.false_positives + self.false_negatives
        return _percent(2 * self.true_positives, 2 * self.true_positives + wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One set, measured."""

    name: str
    #: what was counted: `pairs`, or `records` of a library
    unit: str
    #: the split of a pair set; empty where there are none
    split: str = ""
    #: pairs that were judged; in a library those that blocking brought together
    pairs: int
    #: records of a library, 0 for pairs
    records: int = 0
    #: by the rule that recognises a typed title: evidence is weighed
    matcher: Counts
    #: by the rule by which records are merged
    store: Counts
    seconds: float


def measure(folder: Path, tell: Tell = lambda count, total, name: None) -> tuple[Measurement, ...]:
    """Every set in a folder, or the one in a file. Raises UsageError where there is none, or one cannot be read."""
    measurements = (*_libraries(folder, tell), *_pair_sets(folder, tell))
    if not measurements:
        raise UsageError(
            f"{folder} holds no EndNote XML and no labelled pairs.",
            hint="Put .xml exports with duplicates in the caption, or train.txt, valid.txt and test.txt there.",
        )
    return measurements


def rule_of_the_store(first: Paper, second: Paper) -> bool:
    """Would the store merge the two?"""
    if share_identifier(first, second):
        return not are_twins(first, second)
    return bool(title_key(first)) and title_key(first) == title_key(second) and is_same(first, second)


def judge_library(records: Sequence[Record], matcher: Matcher, pairs: Iterable[tuple[int, int]]) -> Counts:
    """How many duplicates of a library are found, by records; see the module."""
    marks = [record.is_marked for record in records]
    groups = _groups(len(records), [(at, to) for at, to in pairs if matcher(records[at].paper, records[to].paper)])
    duplicates = set[int]()
    for group in groups:
        duplicates.update(group)
        if keeps_one(records):
            duplicates.remove(next((at for at in group if not marks[at]), group[0]))
    right = sum(marks[at] for at in duplicates)
    return Counts(true_positives=right, false_positives=len(duplicates) - right, false_negatives=sum(marks) - right)


def keeps_one(records: Sequence[Record]) -> bool:
    """Is one copy of each paper left unmarked? By the records whose titles are the same to the letter."""
    titles: dict[tuple[str, ...], list[bool]] = {}
    for record in records:
        titles.setdefault(title_words(record.paper.title), []).append(record.is_marked)
    several = [marks for marks in titles.values() if len(marks) > 1 and any(marks)]
    return sum(marks.count(False) == 1 for marks in several) > sum(all(marks) for marks in several)


def brought_together(papers: Sequence[Paper]) -> list[tuple[int, int]]:
    """The pairs worth a look: the same identifier, surname and year, or words at the title's beginning, end or core."""
    blocks: dict[str, list[int]] = {}
    for at, paper in enumerate(papers):
        for name in set(_blocks(paper)):
            blocks.setdefault(name, []).append(at)
    pairs = {pair for members in blocks.values() if len(members) <= BLOCK for pair in combinations(members, 2)}
    return sorted(pairs)


def _libraries(folder: Path, tell: Tell) -> Iterator[Measurement]:
    files = [folder] if folder.suffix.lower() == ".xml" else sorted(folder.rglob("*.[xX][mM][lL]"))
    for file in files:
        if records := read_library(file):
            yield _library(file.stem, records, tell)


def _library(name: str, records: Sequence[Record], tell: Tell) -> Measurement:
    start = time.perf_counter()
    pairs = brought_together([record.paper for record in records])
    matcher = judge_library(records, is_match, _report_progress(pairs, name, tell))
    seconds = time.perf_counter() - start
    return Measurement(
        name=name,
        unit="records",
        pairs=len(pairs),
        records=len(records),
        matcher=matcher,
        store=judge_library(records, rule_of_the_store, pairs),
        seconds=seconds,
    )


def _pair_sets(folder: Path, tell: Tell) -> Iterator[Measurement]:
    if folder.suffix.lower() == ".xml":
        return
    for pair_set in read_pairs(folder):
        start = time.perf_counter()
        labels = [pair.is_same for pair in pair_set.pairs]
        matcher = _count_decisions(
            labels,
            (is_match(pair.first, pair.second) for pair in _report_progress(pair_set.pairs, pair_set.name, tell)),
        )
        seconds = time.perf_counter() - start
        store = _count_decisions(labels, (rule_of_the_store(pair.first, pair.second) for pair in pair_set.pairs))
        yield Measurement(
            name=pair_set.name,
            unit="pairs",
            split=pair_set.split,
            pairs=len(labels),
            matcher=matcher,
            store=store,
            seconds=seconds,
        )


def _count_decisions(labels: Iterable[bool], guesses: Iterable[bool]) -> Counts:
    decisions = Counter(zip(labels, guesses, strict=True))
    return Counts(
        true_positives=decisions[True, True],
        false_positives=decisions[False, True],
        false_negatives=decisions[True, False],
    )


def _report_progress(items: Sequence[T], name: str, tell: Tell) -> Iterator[T]:
    for count, item in enumerate(items):
        if count % STEP == 0:
            tell(count, len(items), name)
        yield item
    tell(len(items), len(items), name)


def _groups(size: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Records that are joined by pairs, however many steps apart; groups of at least two."""
    parents = list(range(size))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = at = parents[parents[at]]
        return at

    for first, second in pairs:
        parents[root(second)] = root(first)
    groups: dict[int, list[int]] = {}
    for at in range(size):
        groups.setdefault(root(at), []).append(at)
    return [group for group in groups.values() if len(group) > 1]


def _blocks(paper: Paper) -> Iterator[str]:
    words = title_words(paper.title)
    if words:
        yield f"begins {' '.join(words[:3])}"
        yield f"ends {' '.join(words[-3:])}"
        yield f"says {' '.join(sorted(sorted(set(words), key=lambda word: (len(word), word))[-4:]))}"
    if paper.authors and paper.published:
        yield f"by {surname(paper.authors[0])} {paper.published.year}"
    if paper.doi:
        yield f"doi {paper.doi}"
    for identifier in paper.identifiers:
        yield f"doi {identifier.value}"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0
