"""What `paperboy eval search` measured, as the contract's JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from bot.output.contract import Json

if TYPE_CHECKING:
    from bot.evaluate.retrieval import Measured


def figures(measured: Measured) -> Json:
    """`--json`: figures from 0 to 1; `ci95` has the ends of each figure's interval."""
    means = measured.means()
    return {
        "queries": measured.queries,
        **{name: round(mean, 4) for name, (mean, _, _) in means.items()},
        "ci95": {name: [round(low, 4), round(high, 4)] for name, (_, low, high) in means.items()},
        "papers": measured.papers,
        "cpu_ms_per_query": round(1000 * measured.cpu_s / measured.queries, 1),
        **({"embeddings": measured.model} if measured.model else {}),
    }


def table(measured: Measured) -> Table:
    """A row for each figure with its interval."""
    shown = Table("Figure", box=None, header_style="bold", pad_edge=False)
    shown.add_column("Mean", justify="right")
    shown.add_column("95 %", justify="right", no_wrap=True, min_width=11)
    for name, (mean, low, high) in measured.means().items():
        shown.add_row(name, f"{mean:.3f}", f"{low:.3f}-{high:.3f}")
    shown.add_row("questions", f"{measured.queries:,}", "")
    shown.add_row("papers", f"{measured.papers:,}", "")
    shown.add_row("CPU of a search", f"{1000 * measured.cpu_s / measured.queries:.0f} ms", "")
    if measured.model:
        shown.add_row("embeddings", measured.model, "")
    return shown
