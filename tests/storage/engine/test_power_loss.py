"""A machine that loses its power, a disk that is full, a server that goes away: what a digest becomes then."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from core.converse.ports import Store
from core.deliver import digest
from core.deliver.resume import ResumptionOutcome, resume_interrupted
from core.deliver.send import LEASE
from core.errors import StoreError, StoreFull
from core.posts.messages import MessageRef
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import DAILY, READER, listed, subscribed
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore
from tests.storage.postgres import Postgres

#: messages of the digest: a list and five papers
WHOLE = 6
#: where the power goes: so many messages are sent and recorded, and one more is sent
RECORDED = 3
#: commits until then: the plan, an intention and a record for each message, and the last intention
COMMITS = 1 + 2 * RECORDED + 1

_WAL_HEADER, _FRAME_HEADER = 32, 24


class PowerLoss(Exception):
    """Nothing of the process is left."""


class LastMoments(FakeChat):
    """Copies the database as it lies on the disk when a message was sent, and goes no further."""

    def __init__(self, database: Path, copy: Path) -> None:
        super().__init__()
        self._database, self._copy = database, copy

    async def send(self, *args: Any, **named: Any) -> MessageRef:
        message = await super().send(*args, **named)
        if len(self.sent) > RECORDED:
            for end in ("", "-wal"):
                shutil.copyfile(f"{self._database}{end}", f"{self._copy}{end}")
            raise PowerLoss
        return message


async def ready(store: Store) -> None:
    await subscribed(store)
    await listed(store, [1, 2, 3, 4, 5])


@pytest.mark.parametrize("lost", range(COMMITS + 1))
async def test_lost_commits_post_nothing_twice(tmp_path: Path, lost: int) -> None:
    """However many of the last commits a power loss took along, the plan among them, each message is there once."""
    path, copy, clock = tmp_path / "paperboy.db", tmp_path / "copy.db", FakeClock(AT)
    chat = LastMoments(path, copy)
    async with SqlStore(f"sqlite:///{path}").open() as store:
        await ready(store)
        with pytest.raises(PowerLoss):
            await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    cut_log(Path(f"{copy}-wal"), lost)
    after = FakeChat()
    after.sent = list(chat.sent)
    clock.move(LEASE)
    async with SqlStore(f"sqlite:///{copy}").open() as store:
        assert bool(await store.delivery(READER, DAY, DAILY)) is (lost < COMMITS)
        await digest.deliver(READER, DAY, store=store, chat=after, clock=clock)
        found = await store.delivery(READER, DAY, DAILY)
    assert found and list(found.sent) == after.keys
    assert len(after.keys) == len(set(after.keys)) == WHOLE


def cut_log(wal: Path, commits: int) -> None:
    """Take the last commits off a write-ahead log, https://www.sqlite.org/fileformat2.html#the_write_ahead_log."""
    log = wal.read_bytes()
    frame = _FRAME_HEADER + int.from_bytes(log[8:12])
    ends = [_WAL_HEADER]
    for start in range(_WAL_HEADER, len(log) - frame + 1, frame):
        is_commit = log[start + 4 : start + 8] != bytes(4)
        if is_commit and log[start + 8 : start + 16] == log[16:24]:  # of this log, not of one before
            ends.append(start + frame)
    wal.write_bytes(log[: ends[len(ends) - 1 - commits]])


async def test_full_disk_lets_the_digest_go_on_later(tmp_path: Path) -> None:
    """Wherever the room ends, before the plan or between two messages: later the rest comes, and nothing twice."""
    new = tmp_path / "new.db"
    async with SqlStore(f"sqlite:///{new}").open() as store:
        await ready(store)
    ends = [await posted_in(shutil.copy(new, tmp_path / f"{pages}.db"), pages) for pages in range(0, 24, 2)]
    assert {"before the plan", "in the middle", "not at all"} >= set(ends) >= {"before the plan", "not at all"}


async def posted_in(path: Path, pages: int) -> str:
    """A digest on a disk with room for so many pages, which is cleared then; where the room ended."""
    chat, clock = FakeChat(), FakeClock(AT)
    size = page_count(path) + pages
    end = "not at all"
    async with SqlStore(f"sqlite:///{path}", pragmas={"max_page_count": size}).open() as store:
        try:
            await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
        except StoreFull:
            end = "in the middle" if chat.sent else "before the plan"
    clock.move(LEASE)
    async with SqlStore(f"sqlite:///{path}").open() as store:
        await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
    assert len(chat.keys) == len(set(chat.keys)) == WHOLE
    return end


def page_count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


class Interrupting(FakeChat):
    """Does something once a message is sent, before anybody hears of it."""

    def __init__(self, number: int, what: Callable[[], object], *, can_find: bool = True) -> None:
        super().__init__(can_find=can_find)
        self._number, self._what = number, what

    async def send(self, *args: Any, **named: Any) -> MessageRef:
        message = await super().send(*args, **named)
        if len(self.sent) == self._number:
            self._what()
        return message


@pytest.mark.parametrize("can_find", [True, False])
async def test_database_goes_away_and_comes_back(postgres: Postgres, postgres_url: str, can_find: bool) -> None:
    """The digest ends in a sentence and the next sweep finishes it; where a platform cannot tell, one comes twice."""
    name = make_url(postgres_url).database or ""

    def go_away() -> None:
        postgres.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        with postgres.connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    chat, clock = Interrupting(3, go_away, can_find=can_find), FakeClock(AT)
    async with SqlStore(postgres_url).open() as store:
        await ready(store)
        with pytest.raises(StoreError):
            await digest.deliver(READER, DAY, store=store, chat=chat, clock=clock)
        with pytest.raises(StoreError):
            await resume_interrupted(store, lambda _: chat, clock=clock)
        postgres.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
        clock.move(LEASE)
        (one,) = await resume_interrupted(store, lambda _: chat, clock=clock)
    assert one.outcome is ResumptionOutcome.FINISHED
    assert len(set(chat.keys)) == WHOLE
    assert len(chat.keys) == WHOLE + (0 if can_find else 1)
