"""What all benchmarks share: a figure, how CPU is taken, and the table that people look at."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from rich.console import Console
from rich.table import Table

Value = TypeVar("Value")


class Row(NamedTuple):
    """One figure: what was measured, how much, in what unit, and as a ratio to the baseline of the same run."""

    name: str
    value: float
    unit: str
    ratio: float | None


def cpu_s(work: Callable[[], Value]) -> tuple[float, Value]:
    """CPU seconds of some work, and what it gave."""
    gc.collect()
    began = time.process_time()
    value = work()
    return time.process_time() - began, value


def show(title: str, rows: Sequence[Row]) -> None:
    """Print figures as a table."""
    table = Table("what", "value", "ratio", title=title, title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    for row in rows:
        digits = 0 if row.value >= 100 else 2
        table.add_row(row.name, f"{row.value:,.{digits}f} {row.unit}", "" if row.ratio is None else f"{row.ratio:.2f}")
    Console().print(table)
