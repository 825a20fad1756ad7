"""CPU of a whole digest without a model: 1,000 candidates in a store -> chosen, summarised, planned, posted, recorded.

The baseline is stemming each different word of the same texts once, as in `tests.benchmarks.choose`.
`python -m tests.benchmarks.digest`
"""

from __future__ import annotations

import asyncio
import gc
import io
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from adapters.chat.terminal.client import TerminalChat
from bot.clock import SystemClock
from core.channels import ChannelRef
from core.deliver import digest
from core.ingest.listing import Listing
from core.ingest.state import SourceState, State
from core.papers.paper import Announcement
from tests.benchmarks.choose import CANDIDATES, SUBSCRIPTION, real_candidates, stem_all
from tests.benchmarks.figures import Row, cpu_s, show
from tests.fakes.stores import SqlStore

REPETITIONS = 5
SIZE = 20
READER = replace(SUBSCRIPTION, channel=ChannelRef("terminal", "", "main"), size=SIZE)
DAY = date(2026, 2, 27)
#: what every command that reads the store loads
LIBRARIES = "import sqlalchemy.ext.asyncio, sqlmodel"


def run() -> list[Row]:
    """Measure; needs ../shared."""
    candidates = real_candidates(CANDIDATES)
    announced = tuple(
        Announcement(paper=one.paper, source="arxiv", scope=one.scope, day=DAY, type=one.type) for one in candidates
    )
    listing = Listing(source="arxiv", scope="all", day=DAY, announcements=announced)
    baseline = statistics.median(cpu_s(lambda: stem_all(candidates))[0] for _ in range(REPETITIONS))
    ours = statistics.median(asyncio.run(_deliver(listing)) for _ in range(REPETITIONS))
    start = statistics.median(_help_s() for _ in range(REPETITIONS))
    bare = statistics.median(_python_s() for _ in range(REPETITIONS))
    libraries = statistics.median(_child_s("-c", LIBRARIES) for _ in range(REPETITIONS))
    reading = _reading_s()
    return [
        Row("snowballstemmer, each different word of the same texts once", baseline * 1000, "ms CPU", None),
        Row(f"a digest of {SIZE} over {CANDIDATES:,} candidates (limit 1,000)", ours * 1000, "ms CPU", ours / baseline),
        Row("python -c 'import typer, rich.console'", bare * 1000, "ms CPU", None),
        Row("paperboy --help (limit 400)", start * 1000, "ms CPU", start / bare),
        Row(f"python -c '{LIBRARIES}'", libraries * 1000, "ms CPU", None),
        Row("paperboy papers (limit 600)", reading * 1000, "ms CPU", reading / libraries),
    ]


async def _deliver(listing: Listing) -> float:
    clock = SystemClock()
    with TemporaryDirectory() as folder:
        async with SqlStore(f"sqlite:///{Path(folder) / 'bench.db'}").open() as store:
            await store.save_subscription(READER, at=clock.now())
            await store.add(listing, at=clock.now())
            state = SourceState(source="arxiv", scope="all", state=State.FRESH, checked_at=clock.now())
            await store.save_source_state(state)
            chat = TerminalChat(Console(file=io.StringIO()), clock)
            gc.collect()
            began = time.process_time()
            result = await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
            took = time.process_time() - began
    if len(result.digest.items) != SIZE:
        raise AssertionError(f"the digest has {len(result.digest.items)} papers")
    return took


def _help_s() -> float:
    return _child_s("-m", "bot", "--help")


def _python_s() -> float:
    return _child_s("-c", "import typer, rich.console")


def _reading_s() -> float:
    """A command that reads a store that is there."""
    with TemporaryDirectory() as folder:
        settings = Path(folder) / "paperboy.toml"
        settings.write_text(f'database_url = "sqlite:///{folder}/bench.db"\n')
        command = ("-m", "bot", "--config", str(settings), "papers")
        _child_s(*command)
        return statistics.median(_child_s(*command) for _ in range(REPETITIONS))


def _child_s(*arguments: str) -> float:
    """User and system CPU seconds of a Python process."""
    probe = (
        "import resource, subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime)"
    )
    done = subprocess.run([sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Show the figures."""
    show("Digest and start", run())


if __name__ == "__main__":
    main()
