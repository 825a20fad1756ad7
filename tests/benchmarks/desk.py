"""What people do at the desk of a large store with 100,000 messages on record: the CPU that each thing takes.

The store's papers are `million`'s, the messages and their papers `ledger`'s. What people do, and at which message, is
drawn at random; the CPU is that of all threads of this process. The baselines do no more than the database has to, on
the same file in the same run: the statement that reads a paper, the transaction that stores the rows of a reaction; and
a button that nobody knows, which the desk refuses without looking anything up.
`python -m tests.benchmarks.desk`, or with a number of papers.
"""

from __future__ import annotations

import asyncio
import gc
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from bot.clock import SystemClock
from core.channels import Subscription, UserRef
from core.converse.command import Command, Origin
from core.converse.desk import FrontDesk
from core.converse.floods import LimitedDesk
from core.converse.ports import Desk
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Note, Post
from tests.benchmarks import ledger, million
from tests.benchmarks.figures import Row, show
from tests.benchmarks.ledger import Shown
from tests.fakes.stores import SqlStore

#: each thing is done so often, and a tenth of that before, to warm the caches
TIMES: Final = 500
#: commands of many people, and how many of these wait for an answer at a time
COMMANDS: Final = 2_000
AT_ONCE: Final = 50
#: CPU milliseconds for 95 of 100 things, and commands per CPU second
LIMIT_MS: Final = 10
LIMIT_PER_S: Final = 200

_READ: Final = "SELECT papers.* FROM identifiers JOIN papers ON papers.id = paper_id WHERE identifiers.key = ?"
_NOTE: Final = """INSERT INTO reactions (channel, message, paper_id, person, emoji, feeling, added, happened_at, at)
    VALUES (?, ?, ?, ?, 'bookmark', 'bookmark', 1, '2026-02-01', '2026-02-01')"""
_SAVE: Final = "INSERT INTO bookmarks (channel, paper_id, person, at, public) VALUES (?, ?, ?, '2026-02-01', 1)"
_TALLY: Final = """INSERT INTO tallies (channel, message, paper_id, told, at, is_fixed)
    VALUES (?, ?, ?, 0, '2026-02-01', 0) ON CONFLICT DO UPDATE SET edit_at = '2026-02-02'"""
#: what people ask for, of ten times
_MIXED: Final = (
    "paper",
    "paper",
    "bookmark",
    "bookmark",
    "abstract",
    "summary",
    "bookmarks",
    "why",
    "settings",
    "help",
)
_PRESSED: Final = ("bookmark", "abstract", "summary")


def run(many: int | None = None) -> list[Row]:
    """Measure. Ratios are to the baseline before them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        shutil.copyfile(million.grown(many), path)
        shown = asyncio.run(ledger.record(path))
        return asyncio.run(_measured(path, shown))


async def _measured(path: Path, shown: Sequence[Shown]) -> list[Row]:
    draw = random.Random(1)
    some = draw.sample(shown, 6 * TIMES)
    turns = [iter(some[start::4]) for start in range(4)]
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("PRAGMA synchronous = FULL")
        read = await _timed(lambda: _plainly_read(plain, next(turns[0])))
        stored = await _timed(lambda: _plainly_stored(plain, next(turns[1])))
    async with _a_desk(path) as desk:
        refused = await _timed(
            lambda: desk.handle(_command("unknown", draw.choice(shown), draw.randrange(ledger.PEOPLE)))
        )
        asked = await _timed(lambda: desk.handle(_command("paper", next(turns[2]), draw.randrange(ledger.PEOPLE))))
        reacted = await _timed(lambda: desk.react(_reaction(next(turns[3]), draw.randrange(ledger.PEOPLE))))
        rows = [*_rows("/paper by its number", asked, "its SELECT alone", read)]
        rows += _rows("a reaction, to bookmark and tally", reacted, "its INSERTs alone", stored)
        rows += [Row("a button that nobody knows", median(refused), "ms CPU", None)]
        return [*rows, *await _mixed(desk, path, shown, draw, median(refused))]


def _rows(name: str, times: Sequence[float], baseline: str, plain: Sequence[float]) -> list[Row]:
    p95 = quantiles(times, n=20)[-1]
    return [
        Row(f"{name}: {baseline}", median(plain), "ms CPU", None),
        Row(f"{name}: median", median(times), "ms CPU", median(times) / median(plain)),
        Row(f"{name}: p95 (limit {LIMIT_MS} ms)", p95, "ms CPU", p95 / quantiles(plain, n=20)[-1]),
    ]


async def _timed(do: Callable[[], Coroutine[Any, Any, object]], times: int = TIMES) -> list[float]:
    """Milliseconds of CPU that a thing took each time."""
    taken = []
    gc.collect()
    for turn in range(-times // 10, times):
        began = time.process_time()
        await do()
        if turn >= 0:
            taken.append((time.process_time() - began) * 1000)
    return taken


async def _plainly_read(plain: sqlite3.Connection, shown: Shown) -> None:
    assert plain.execute(_READ, (str(shown.paper.id),)).fetchall()


async def _plainly_stored(plain: sqlite3.Connection, shown: Shown) -> None:
    channel, message, number = str(shown.message.channel), shown.message.id, shown.number
    plain.execute("BEGIN IMMEDIATE")
    plain.execute(_NOTE, (channel, message, number, "slack:T/nobody"))
    plain.execute(_SAVE, (channel, number, "slack:T/nobody"))
    plain.execute(_TALLY, (channel, message, number))
    plain.execute("COMMIT")


async def _mixed(desk: Desk, path: Path, shown: Sequence[Shown], draw: random.Random, refusal_ms: float) -> list[Row]:
    """Many people give commands side by side, each the next one when the last is answered."""
    given = [_command(draw.choice(_MIXED), draw.choice(shown), draw.randrange(ledger.PEOPLE)) for _ in range(COMMANDS)]
    answers: Counter[int] = Counter()
    waiting = iter(enumerate(given))

    async def ask() -> None:
        for number, command in waiting:
            _check(command, await desk.handle(command))
            answers[number] += 1

    gc.collect()
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(ask())
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    if answers != Counter(range(COMMANDS)):
        raise AssertionError("a command was not answered, or twice")
    _check_saved(path, given)
    return [
        Row(
            f"mixed commands, {AT_ONCE} at a time (limit {LIMIT_PER_S})",
            COMMANDS / cpu_s,
            "per CPU s",
            cpu_s / COMMANDS * 1e3 / refusal_ms,
        ),
        Row("the same, by the clock", COMMANDS / wall_s, "per s", None),
        Row("of them answered once", len(answers), f"of {COMMANDS:,}", None),
    ]


def _check(command: Command, post: Post) -> None:
    """Raise where the answer is a refusal, or about another paper."""
    refused = any(isinstance(block, Note) and block.warning for block in post.blocks)
    if refused or (command.name in ("paper", "summary") and [str(one) for one in post.papers] != [command.arguments]):
        raise AssertionError(f"{command} was answered by {post}")


def _check_saved(path: Path, given: Sequence[Command]) -> None:
    """Raise unless the papers are saved whose button somebody pressed once, or three times."""
    pressed = Counter((str(one.actor), one.arguments) for one in given if one.name == "bookmark")
    with closing(sqlite3.connect(path)) as plain:
        (saved,) = plain.execute("SELECT count(*) FROM bookmarks WHERE NOT public").fetchone()
    if saved != sum(times % 2 for times in pressed.values()):
        raise AssertionError(f"{saved} papers are saved after {pressed.total()} presses")


def _command(name: str, shown: Shown, person: int) -> Command:
    place = shown.message.channel
    return Command(
        name=name,
        arguments="" if name in ("help", "settings", "bookmarks") else str(shown.paper.id),
        actor=UserRef(place.platform, place.workspace, f"U{person}"),
        place=place,
        origin=Origin.BUTTON if name in _PRESSED else Origin.TYPED,
        at=SystemClock().now(),
    )


def _reaction(shown: Shown, person: int) -> Reaction:
    user = UserRef(shown.message.channel.platform, shown.message.channel.workspace, f"U{person}")
    return Reaction(user=user, message=shown.message, feeling=Feeling.BOOKMARK, added=True, emoji="bookmark")


@asynccontextmanager
async def _a_desk(path: Path) -> AsyncIterator[Desk]:
    """The desk as the service opens it, with its limits."""
    store, clock = SqlStore(f"sqlite:///{path}"), SystemClock()
    async with store.open():
        front = FrontDesk(store=store, clock=clock, deliver=_no_digest, lookup=Lookup(store=store, clock=clock))
        yield LimitedDesk(front)


async def _no_digest(subscription: Subscription, day: date) -> Result:
    raise AssertionError("nobody orders a digest here")


def main() -> None:
    """Show the figures."""
    show(
        f"The desk (limits: {LIMIT_MS} ms, {LIMIT_PER_S} a second)",
        run(int(sys.argv[1]) if len(sys.argv) > 1 else None),
    )


if __name__ == "__main__":
    main()
