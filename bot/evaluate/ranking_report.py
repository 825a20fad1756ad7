"""What `paperboy eval ranking` measured, as the contract's JSON, as tables, and as a plot of marks in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from bot.contract import Json

if TYPE_CHECKING:
    from bot.evaluate.daily import Measured
    from bot.evaluate.libraries import Recalls

_MARKS: Final = "▁▂▃▄▅▆▇█"
#: characters of a plot's bar that stand for 100 percent
_WIDTH: Final = 50


def daily(measured: Measured) -> Json:
    """`--protocol daily --json`: figures from 0 to 1; `ci95` has the ends of each figure's interval."""
    means = measured.means()
    return {
        "days": len(measured.days),
        **{name: round(mean, 4) for name, (mean, _, _) in means.items()},
        "ci95": {name: [round(low, 4), round(high, 4)] for name, (_, low, high) in means.items()},
        "ablation": {
            name: {figure: round(fmean(values), 4) for figure, values in figures.items()}
            for name, figures in measured.ablation.items()
        },
    }


def daily_table(measured: Measured) -> Table:
    """A row for each figure with its interval, and a column for each ablation."""
    table = Table("Figure", box=None, header_style="bold", pad_edge=False)
    table.add_column("Mean", justify="right")
    table.add_column("95 %", justify="right", no_wrap=True, min_width=11)
    for name in measured.ablation:
        table.add_column(name.capitalize(), justify="right")
    for name, (mean, low, high) in measured.means().items():
        others = (f"{fmean(figures[name]):.3f}" for figures in measured.ablation.values())
        table.add_row(name, f"{mean:.3f}", f"{low:.3f}-{high:.3f}", *others)
    return table


def daily_plot(measured: Measured) -> Text:
    """A mark for each test day and figure, from 0 to 1, in the order of the days."""
    lines = [f"{name:<12}{''.join(map(_mark, values))}" for name, values in measured.figures.items()]
    return Text("\n".join([f"each day from {measured.days[0]} to {measured.days[-1]}, 0 to 1", *lines]))


def recalls(measured: Recalls) -> Json:
    """`--protocol library|cold --json`: percent; `ci95` has the ends of each figure's interval."""
    return {
        "users": measured.users,
        "recall": {str(size): round(100 * mean, 2) for size, (mean, _, _) in measured.recall.items()},
        "ci95": {
            str(size): [round(100 * low, 2), round(100 * high, 2)] for size, (_, low, high) in measured.recall.items()
        },
        "ablation": {
            name: {str(size): round(100 * value, 2) for size, value in recall.items()}
            for name, recall in measured.ablation.items()
        },
    }


def recalls_table(measured: Recalls) -> Table:
    """A row for each size of the list."""
    table = Table("Recall", box=None, header_style="bold", pad_edge=False)
    table.add_column("%", justify="right")
    table.add_column("95 %", justify="right", no_wrap=True, min_width=9)
    for name in measured.ablation:
        table.add_column(name.capitalize(), justify="right")
    for size, (mean, low, high) in measured.recall.items():
        others = (f"{100 * recall[size]:.1f}" for recall in measured.ablation.values())
        table.add_row(f"@{size}", f"{100 * mean:.1f}", f"{100 * low:.1f}-{100 * high:.1f}", *others)
    return table


def recalls_plot(measured: Recalls) -> Text:
    """A bar for each size of the list."""
    return _bars({f"@{size}": mean for size, (mean, _, _) in measured.recall.items()})


def _bars(values: Mapping[str, float]) -> Text:
    return Text(
        "\n".join(f"{name:<6}{'█' * round(value * _WIDTH)} {100 * value:.1f}" for name, value in values.items())
    )


def _mark(value: float) -> str:
    return _MARKS[min(int(value * len(_MARKS)), len(_MARKS) - 1)]
