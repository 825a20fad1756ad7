"""Updates are stored before Telegram forgets them, and carried out by whoever comes next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.chat.telegram.client import TelegramChat
from adapters.chat.waiting import MOST_ATTEMPTS
from core.converse.command import Command
from core.converse.ports import Store
from core.posts.reactions import Reaction
from core.posts.tree import Post
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.running import running
from tests.fakes.stores import SqlStore
from tests.fakes.telegram_driver import GROUP, PERSON
from tests.standins.telegram import TOKEN, TelegramStandin
from tests.standins.telegram_words import BOT


@pytest.fixture
def standin() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@asynccontextmanager
async def opened(standin: TelegramStandin, store: Store, clock: FakeClock | None = None) -> AsyncIterator[TelegramChat]:
    """A new process, as far as Telegram and the database can tell; its stop waits for nothing."""
    chat = TelegramChat(
        token=TOKEN, clock=clock or FakeClock(), api_base_url=standin.url, pace_s=0, grace_s=0, updates=store
    )
    async with chat.open():
        yield chat


class StuckDesk(FakeDesk):
    """Never comes to an end with a reaction of one person."""

    async def react(self, reaction: Reaction) -> Post | None:
        if reaction.user.id == str(PERSON):
            await asyncio.Event().wait()
        return await super().react(reaction)


async def test_slow_update_blocks_nobody_and_is_not_lost(standin: TelegramStandin, store: Store) -> None:
    """Others are served meanwhile, Telegram forgets all, and the next process takes up the one that was left."""
    stuck, desk = StuckDesk(), FakeDesk()
    async with opened(standin, store) as chat, running(chat, stuck):
        for person in (PERSON, 8, 9):
            standin.reacts(("✍",), chat=GROUP, message=5, user=person)
        await standin.wait_until_settled(lambda: len(stuck.reactions) == 2)
    async with opened(standin, store) as chat, running(chat, desk):
        await standin.wait_until_settled(lambda: len(desk.reactions) == 1)
    assert [one.user.id for one in desk.reactions] == [str(PERSON)]
    assert await count_waiting(store) == 0


async def test_update_is_carried_out_once_over_processes(standin: TelegramStandin, store: Store) -> None:
    """What one process has done is not done again by the next, though Telegram hands it out again."""
    desk = FakeDesk()
    update = {"message": {"message_id": 1, "date": 1, "chat": {"id": PERSON, "type": "private"}, "text": "/help"}}
    for start in range(2):
        async with opened(standin, store) as chat, running(chat, desk):
            standin.happens(update, id=1000)
            standin.reacts(("✍",), chat=GROUP, message=5, user=100 + start)
            await standin.wait_until_settled(lambda start=start: len(desk.events) == 2 + start)  # type: ignore[misc]  # mypy infers no lambda with a default
    assert (len(desk.commands), len(desk.reactions)) == (1, 2)


async def test_update_that_always_interrupts_is_given_up(standin: TelegramStandin, store: Store) -> None:
    """After some starts it is left, with a line in the log, and forgotten."""
    stuck = StuckDesk()
    standin.reacts(("✍",), chat=GROUP, message=5, user=PERSON)
    for start in range(MOST_ATTEMPTS):
        async with opened(standin, store) as chat, running(chat, stuck):
            standin.reacts(("✍",), chat=GROUP, message=5, user=100 + start)
            await standin.wait_until_settled(lambda start=start: len(stuck.reactions) == start + 1)  # type: ignore[misc]  # mypy infers no lambda with a default
    assert await count_waiting(store) == 1
    with capture_logs() as logs:
        async with opened(standin, store) as chat, running(chat, stuck):
            standin.reacts(("✍",), chat=GROUP, message=5, user=PERSON + 1)
            await standin.wait_until_settled(lambda: len(stuck.reactions) == MOST_ATTEMPTS + 1)
    assert [one["event"] for one in logs if one["log_level"] == "error"] == [
        "an update was given up: it was interrupted too often"
    ]
    assert await count_waiting(store) == 0


async def test_yesterdays_words_are_not_answered(standin: TelegramStandin, store: Store) -> None:
    """What was left for more than a day is forgotten, as Telegram itself forgets it."""

    class Stuck(FakeDesk):
        async def handle(self, command: Command) -> Post:
            self.events.append(command)
            await asyncio.Event().wait()
            raise AssertionError

    clock, stuck, desk = FakeClock(), Stuck(), FakeDesk()
    async with opened(standin, store, clock) as chat, running(chat, stuck):
        standin.types("/help", chat=PERSON)
        await standin.wait_until_settled(lambda: len(stuck.commands) == 1)
    clock.move(timedelta(hours=25))
    async with opened(standin, store, clock) as chat, running(chat, desk):
        standin.reacts(("✍",), chat=GROUP, message=5)
        await standin.wait_until_settled(lambda: len(desk.reactions) == 1)
    assert desk.commands == []


async def count_waiting(store: Store) -> int:
    """How many updates wait."""
    return len(await store.waiting_updates(f"telegram:{BOT['id']}", since=FakeClock().now() - timedelta(days=1)))
