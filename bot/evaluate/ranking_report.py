"""What `paperboy eval ranking` measured, as the contract's JSON, as tables, and as plots in the terminal or as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from bot.evaluate.plot import Curve, draw
from bot.output.contract import Json

if TYPE_CHECKING:
    from bot.evaluate.daily import Measurement
    from bot.evaluate.libraries import Recalls

_MARKS: Final = "▁▂▃▄▅▆▇█"
#: characters of a plot's bar that stand for 100 percent
_WIDTH: Final = 50
#: lengths of the list that are in the table of changes
_SIZES_SHOWN: Final = (50, 100, 200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was measured, in every form."""

    json: Json
    #: for a terminal
    tables: Sequence[Table]
    plot: Text
    svg: str


def of_daily(measurement: Measurement) -> Report:
    """Figures of the daily list."""
    tables = [daily_table(measurement), *([daily_ablation(measurement)] if measurement.ablation else [])]
    return Report(json=daily(measurement), tables=tables, plot=daily_plot(measurement), svg=daily_svg(measurement))


def of_recalls(measurement: Recalls) -> Report:
    """Figures of libraries."""
    tables = [recalls_table(measurement), *([recalls_ablation(measurement)] if measurement.ablation else [])]
    return Report(
        json=recalls(measurement), tables=tables, plot=recalls_plot(measurement), svg=recalls_svg(measurement)
    )


def daily(measurement: Measurement) -> Json:
    """`--protocol daily --json`: figures from 0 to 1; `ci95` has the ends of each figure's interval.

    `ablation` has the figures of each variant, and under `change` what it adds to the whole, with the interval.
    """
    means, changes = measurement.means(), measurement.changes()
    return {
        "days": len(measurement.days),
        **{name: round(mean, 4) for name, (mean, _, _) in means.items()},
        "ci95": {name: [round(low, 4), round(high, 4)] for name, (_, low, high) in means.items()},
        "ablation": {
            name: {
                **{figure: round(fmean(values), 4) for figure, values in figures.items()},
                "change": {figure: [round(end, 4) for end in ends] for figure, ends in changes[name].items()},
            }
            for name, figures in measurement.ablation.items()
        },
    }


def daily_table(measurement: Measurement) -> Table:
    """A row for each figure, with its interval."""
    table = _table("Figure", "Mean")
    for name, (mean, low, high) in measurement.means().items():
        table.add_row(name, f"{mean:.3f}", f"{low:.3f} to {high:.3f}")
    return table


def daily_ablation(measurement: Measurement) -> Table:
    """A row for each variant: what it adds to each figure."""
    return _changes(
        {
            name: {figure: f"{mean:+.3f} ±{(high - low) / 2:.3f}" for figure, (mean, low, high) in figures.items()}
            for name, figures in measurement.changes().items()
        }
    )


def daily_plot(measurement: Measurement) -> Text:
    """A mark for each test day and figure, from 0 to 1, in the order of the days; and a bar for each month."""
    lines = [f"{name:<12}{''.join(map(_mark, values))}" for name, values in measurement.figures.items()]
    days = Text("\n".join([f"each day from {measurement.days[0]} to {measurement.days[-1]}, 0 to 1", *lines, "", ""]))
    return days.append("ndcg_at_10 by month, percent\n").append_text(_bars(_months(measurement)))


def daily_svg(measurement: Measurement) -> str:
    """The figures of each test day."""
    days = tuple(day.isoformat() for day in measurement.days)
    return draw("The daily list, each test day", days, [Curve(name, v) for name, v in measurement.figures.items()])


def recalls(measurement: Recalls) -> Json:
    """`--protocol library|cold --json`: percent; `ci95` has the ends of each figure's interval.

    `ablation` has the recall of each variant, and under `change` what it adds to the whole's, with the interval.
    """
    return {
        "users": measurement.users,
        "recall": {str(size): round(100 * mean, 2) for size, (mean, _, _) in measurement.recall.items()},
        "ci95": {
            str(size): [round(100 * low, 2), round(100 * high, 2)]
            for size, (_, low, high) in measurement.recall.items()
        },
        "ablation": {
            name: {
                **{str(size): round(100 * value, 2) for size, value in recall.items()},
                "change": {
                    str(size): [round(100 * end, 2) for end in ends] for size, ends in measurement.changes[name].items()
                },
            }
            for name, recall in measurement.ablation.items()
        },
    }


def recalls_table(measurement: Recalls) -> Table:
    """A row for each size of the list."""
    table = _table("Recall", "%")
    for size, (mean, low, high) in measurement.recall.items():
        table.add_row(f"@{size}", f"{100 * mean:.1f}", f"{100 * low:.1f} to {100 * high:.1f}")
    return table


def recalls_ablation(measurement: Recalls) -> Table:
    """A row for each variant: what it adds to some recalls, in percent points."""
    return _changes(
        {
            name: {
                f"@{size}": f"{100 * mean:+.1f} ±{50 * (high - low):.1f}"
                for size, (mean, low, high) in sizes.items()
                if size in _SIZES_SHOWN
            }
            for name, sizes in measurement.changes.items()
        }
    )


def recalls_plot(measurement: Recalls) -> Text:
    """A bar for each size of the list."""
    return _bars({f"@{size}": mean for size, (mean, _, _) in measurement.recall.items()})


def recalls_svg(measurement: Recalls) -> str:
    """The recall over the length of the list, and that of each ablation."""
    curves = [Curve("all", tuple(mean for mean, _, _ in measurement.recall.values()))]
    curves += [Curve(name, tuple(recall.values())) for name, recall in measurement.ablation.items()]
    return draw("Recall by the length of the list", tuple(f"@{size}" for size in measurement.recall), curves)


def _table(what: str, unit: str) -> Table:
    table = Table(what, box=None, header_style="bold", pad_edge=False)
    table.add_column(unit, justify="right")
    table.add_column("95 %", justify="right", no_wrap=True)
    return table


def _changes(variants: Mapping[str, Mapping[str, str]]) -> Table:
    caption = "what changes, ± half the width of its 95 % interval"
    table = Table(box=None, header_style="bold", pad_edge=False, caption=caption, caption_justify="left")
    table.add_column("", no_wrap=True)
    for figure in next(iter(variants.values())):
        table.add_column(figure, justify="right", no_wrap=True)
    for name, figures in variants.items():
        table.add_row(name, *figures.values())
    return table


def _months(measurement: Measurement) -> dict[str, float]:
    days = zip(measurement.days, measurement.figures["ndcg_at_10"], strict=True)
    return {
        month: fmean(value for _, value in some) for month, some in groupby(days, key=lambda pair: f"{pair[0]:%Y-%m}")
    }


def _bars(values: Mapping[str, float]) -> Text:
    return Text(
        "\n".join(f"{name:<8}{'█' * round(value * _WIDTH)} {100 * value:.1f}" for name, value in values.items())
    )


def _mark(value: float) -> str:
    return _MARKS[min(int(value * len(_MARKS)), len(_MARKS) - 1)]
