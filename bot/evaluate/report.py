"""What was measured, as the contract's JSON and as a table for people. Figures are percent, to one decimal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from rich.table import Table

from bot.evaluate import summaries as of_summaries
from bot.evaluate.matching import Counts, Measurement
from bot.output.contract import Json


def matching(measurements: Sequence[Measurement]) -> Json:
    """`paperboy eval matching --json`: pooled figures over all decisions, then every set.

    `precision`, `recall` and `f1` are those of the rule by which `/paper TITLE` recognises papers; `store` has the same
    of the rule by which records are merged. `pairs` were judged; `counted` says what the figures count: `pairs`, or
    `records` of a library.
    """
    seconds = sum(measurement.seconds for measurement in measurements)
    pairs = sum(measurement.pairs for measurement in measurements)
    return {
        "pairs": pairs,
        **_figures(_pooled_counts(measurements)),
        "store": _figures(reduce(add, (measurement.store for measurement in measurements), Counts())),
        "pairs_per_second": round(pairs / seconds) if seconds else None,
        "sets": [_set(measurement) for measurement in measurements],
    }


def matching_table(measurements: Sequence[Measurement]) -> Table:
    """A row for each set, and one for all."""
    table = Table("Set", "Counted", box=None, header_style="bold", pad_edge=False, caption_justify="left")
    table.caption = (
        "Precision, recall and F1: the rule that recognises typed titles. Merging F1: the one that merges records."
    )
    table.columns[0].overflow = "fold"
    for name in ("Pairs", "Precision", "Recall", "F1", "Merging F1"):
        table.add_column(name, justify="right")
    for measurement in measurements:
        table.add_row(
            measurement.name,
            f"{measurement.split} {measurement.unit}".strip(),
            f"{measurement.pairs:,}",
            *_cells(measurement.matcher),
            f"{measurement.store.f1:.1f}",
        )
    if len(measurements) > 1:
        store = reduce(add, (measurement.store for measurement in measurements), Counts())
        total = sum(measurement.pairs for measurement in measurements)
        table.add_row("all", "", f"{total:,}", *_cells(_pooled_counts(measurements)), f"{store.f1:.1f}", style="bold")
    return table


def summaries(measurement: of_summaries.Measurement) -> Json:
    """`paperboy eval summaries --json`: `ci95` has the ends of each figure's interval; shares are percent."""
    return {
        "n": measurement.n,
        **{name: round(100 * mean, 1) for name, (mean, _, _) in measurement.rouge.items()},
        "ci95": {
            name: [round(100 * low, 1), round(100 * high, 1)] for name, (_, low, high) in measurement.rouge.items()
        },
        "words": round(measurement.words, 1),
        "leaning": round(100 * measurement.leaning, 1),
        "in_the_air": round(100 * measurement.in_the_air, 1),
        "background": round(100 * measurement.background, 1),
        "title_again": round(100 * measurement.title_again, 1),
        "parts": round(100 * measurement.parts, 1),
        "faithful": round(100 * measurement.faithful, 1),
        "papers_per_cpu_second": round(measurement.n / measurement.seconds) if measurement.seconds else None,
    }


def summaries_table(measurement: of_summaries.Measurement) -> Table:
    """A row for each figure."""
    table = Table("Figure", box=None, header_style="bold", pad_edge=False)
    table.add_column("%", justify="right")
    table.add_column("95 %", justify="right")
    for name, (mean, low, high) in measurement.rouge.items():
        table.add_row(name, f"{100 * mean:.1f}", f"{100 * low:.1f}-{100 * high:.1f}")
    shares = (
        ("gists that need the sentence before", measurement.leaning),
        ("claims that begin in the air", measurement.in_the_air),
        ("gists that tell background", measurement.background),
        ("gists that restate the title", measurement.title_again),
        ("other parts that are told", measurement.parts),
        ("claims that stand in the abstract", measurement.faithful),
    )
    for name, share in shares:
        table.add_row(name, f"{100 * share:.1f}", "")
    return table


def _pooled_counts(measurements: Sequence[Measurement]) -> Counts:
    return reduce(add, (measurement.matcher for measurement in measurements), Counts())


def _set(measurement: Measurement) -> Json:
    return {
        "name": measurement.name,
        "split": measurement.split or None,
        "counted": measurement.unit,
        "pairs": measurement.pairs,
        "records": measurement.records or None,
        **_figures(measurement.matcher),
        "store": _figures(measurement.store),
    }


def _figures(counts: Counts) -> Json:
    return {
        "precision": round(counts.precision, 1),
        "recall": round(counts.recall, 1),
        "f1": round(counts.f1, 1),
        "true_positives": counts.true_positives,
        "false_positives": counts.false_positives,
        "false_negatives": counts.false_negatives,
    }


def _cells(counts: Counts) -> tuple[str, str, str]:
    return f"{counts.precision:.1f}", f"{counts.recall:.1f}", f"{counts.f1:.1f}"
