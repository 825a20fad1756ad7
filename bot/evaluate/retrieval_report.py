"""What `paperboy eval search` measured, as the contract's JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from bot.output.contract import Json

if TYPE_CHECKING:
    from bot.evaluate.retrieval import Measurement


def figures(measurement: Measurement) -> Json:
    """`--json`: figures from 0 to 1; `ci95` has the ends of each figure's interval."""
    means = measurement.means()
    return {
        "queries": measurement.queries,
        **{name: round(mean, 4) for name, (mean, _, _) in means.items()},
        "ci95": {name: [round(low, 4), round(high, 4)] for name, (_, low, high) in means.items()},
        "papers": measurement.papers,
        "cpu_ms_per_query": round(1000 * measurement.cpu_s / measurement.queries, 1),
        **({"embeddings": measurement.model} if measurement.model else {}),
    }


def table(measurement: Measurement) -> Table:
    """A row for each figure with its interval."""
    table = Table("Figure", box=None, header_style="bold", pad_edge=False)
    table.add_column("Mean", justify="right")
    table.add_column("95 %", justify="right", no_wrap=True, min_width=11)
    for name, (mean, low, high) in measurement.means().items():
        table.add_row(name, f"{mean:.3f}", f"{low:.3f}-{high:.3f}")
    table.add_row("questions", f"{measurement.queries:,}", "")
    table.add_row("papers", f"{measurement.papers:,}", "")
    table.add_row("CPU of a search", f"{1000 * measurement.cpu_s / measurement.queries:.0f} ms", "")
    if measurement.model:
        table.add_row("embeddings", measurement.model, "")
    return table
