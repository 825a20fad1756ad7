"""What was measured, as the contract's JSON and as a table for people. Figures are percent, to one decimal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from rich.table import Table

from bot.evaluate import summaries as of_summaries
from bot.evaluate.matching import Counts, Measured
from bot.output.contract import Json


def matching(measured: Sequence[Measured]) -> Json:
    """`paperboy eval matching --json`: pooled figures over all decisions, then every set.

    `precision`, `recall` and `f1` are the weighing matcher's; `store` has the same of the rule by which the store
    merges. `pairs` were judged; `counted` says what the figures count: `pairs`, or `records` of a library.
    """
    seconds = sum(one.seconds for one in measured)
    pairs = sum(one.pairs for one in measured)
    return {
        "pairs": pairs,
        **_figures(_pooled(measured)),
        "store": _figures(reduce(add, (one.store for one in measured), Counts())),
        "pairs_per_second": round(pairs / seconds) if seconds else None,
        "sets": [_set(one) for one in measured],
    }


def matching_table(measured: Sequence[Measured]) -> Table:
    """A row for each set, and one for all."""
    table = Table("Set", "Counted", box=None, header_style="bold", pad_edge=False)
    table.columns[0].overflow = "fold"
    for name in ("Pairs", "Precision", "Recall", "F1", "Store's F1"):
        table.add_column(name, justify="right")
    for one in measured:
        table.add_row(
            one.name,
            f"{one.split} {one.counted}".strip(),
            f"{one.pairs:,}",
            *_cells(one.matcher),
            f"{one.store.f1:.1f}",
        )
    if len(measured) > 1:
        store = reduce(add, (one.store for one in measured), Counts())
        total = sum(one.pairs for one in measured)
        table.add_row("all", "", f"{total:,}", *_cells(_pooled(measured)), f"{store.f1:.1f}", style="bold")
    return table


def summaries(measured: of_summaries.Measured) -> Json:
    """`paperboy eval summaries --json`: `ci95` has the ends of each figure's interval; shares are percent."""
    return {
        "n": measured.n,
        **{name: round(100 * mean, 1) for name, (mean, _, _) in measured.rouge.items()},
        "ci95": {name: [round(100 * low, 1), round(100 * high, 1)] for name, (_, low, high) in measured.rouge.items()},
        "words": round(measured.words, 1),
        "leaning": round(100 * measured.leaning, 1),
        "in_the_air": round(100 * measured.in_the_air, 1),
        "background": round(100 * measured.background, 1),
        "title_again": round(100 * measured.title_again, 1),
        "parts": round(100 * measured.parts, 1),
        "faithful": round(100 * measured.faithful, 1),
        "papers_per_cpu_second": round(measured.n / measured.seconds) if measured.seconds else None,
    }


def summaries_table(measured: of_summaries.Measured) -> Table:
    """A row for each figure."""
    table = Table("Figure", box=None, header_style="bold", pad_edge=False)
    table.add_column("%", justify="right")
    table.add_column("95 %", justify="right")
    for name, (mean, low, high) in measured.rouge.items():
        table.add_row(name, f"{100 * mean:.1f}", f"{100 * low:.1f}-{100 * high:.1f}")
    shares = (
        ("gists that need the sentence before", measured.leaning),
        ("claims that begin in the air", measured.in_the_air),
        ("gists that tell background", measured.background),
        ("gists that restate the title", measured.title_again),
        ("other parts that are told", measured.parts),
        ("claims that stand in the abstract", measured.faithful),
    )
    for name, share in shares:
        table.add_row(name, f"{100 * share:.1f}", "")
    return table


def _pooled(measured: Sequence[Measured]) -> Counts:
    return reduce(add, (one.matcher for one in measured), Counts())


def _set(one: Measured) -> Json:
    return {
        "name": one.name,
        "split": one.split or None,
        "counted": one.counted,
        "pairs": one.pairs,
        "records": one.records or None,
        **_figures(one.matcher),
        "store": _figures(one.store),
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
