"""A terminal that runs without any platform: it posts at its hour by itself, and leaves all others alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.chats import Chats
from bot.origins import Origins
from bot.posting import begin_today
from bot.schedule import keep_posting
from bot.wire import TERMINAL, App
from core.deliver.schedule import DayReason, DayState
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.posting import DAY, DUE, HOUR, MINUTE, READER, TODAY, listed, until
from tests.fakes.stores import SqlStore

HERE = replace(READER, channel=TERMINAL)


@pytest.fixture
async def store() -> AsyncIterator[SqlStore]:
    store = SqlStore("sqlite://")
    async with store.open():
        for one in (HERE, READER):
            await store.save_subscription(one, at=DUE - 3 * DAY)
        yield store


async def test_posts_at_its_hour_and_leaves_others_alone(store: SqlStore) -> None:
    """Days on which nobody sat there are no missed ones; today's digest is posted, another platform's is left."""
    clock, chat, news = FakeClock(DUE - HOUR), FakeChat(), asyncio.Event()
    app = App(store=store, clock=clock, load_origins=lambda: Origins(sources={}))
    await listed(store, [1, 2])
    await begin_today(app, TERMINAL)
    posting = asyncio.ensure_future(keep_posting(app, Chats().joined_by(chat), news=news, only=TERMINAL))
    clock.set(DUE + MINUTE)
    news.set()
    await until(lambda: len(chat.sent) == 3)
    while not (await store.scheduled_days(DayState.POSTED, limit=9)).days:
        news.set()
    posting.cancel()
    await asyncio.wait([posting])
    days = (await store.scheduled_days(*DayState, limit=9)).days
    found = [(one.subscription.channel, one.day.day, one.day.state, one.day.reason) for one in days]
    assert found == [(TERMINAL, TODAY, DayState.POSTED, DayReason.NONE)]
    (look,) = await store.claim_looks(at=DUE + MINUTE, until=DUE + HOUR, limit=9)
    assert look.subscription == READER


async def test_opened_after_its_hour(store: SqlStore) -> None:
    """Opened after the hour, it posts the day's digest, and no other day's."""
    clock, chat = FakeClock(DUE + HOUR), FakeChat()
    app = App(store=store, clock=clock, load_origins=lambda: Origins(sources={}))
    await listed(store, [1])
    await begin_today(app, TERMINAL)
    posting = asyncio.ensure_future(keep_posting(app, Chats().joined_by(chat), only=TERMINAL))
    await until(lambda: len(chat.sent) == 2)
    posting.cancel()
    await asyncio.wait([posting])
    days = (await store.scheduled_days(*DayState, limit=9)).days
    assert [one.day.day for one in days] == [TODAY]
