"""A platform accepts a message and nobody hears of it: what a digest becomes then, on every platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.deliver.ledger import Delivery, DeliveryPlan
from core.deliver.resume import ResumptionOutcome, resume_interrupted
from core.deliver.send import LEASE, Sender
from core.errors import ChatUnanswered, PaperboyError
from core.posts.tree import Paragraph, Post, text
from tests.fakes.clock import FakeClock
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.ledger import DAILY, READER
from tests.fakes.papers import AT, DAY
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.stores import SqlStore
from tests.fakes.telegram_driver import TelegramDriver

WORDS = ("headline", "alpha", "beta", "gamma")


@pytest.fixture(params=[TelegramDriver, SlackDriver, DiscordDriver], ids=["telegram", "slack", "discord"])
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[PlatformDriver]:
    async with request.param.set_up() as made:
        yield made


@pytest.mark.parametrize("how", ["cut", "garbled"])
@pytest.mark.parametrize("place", [0, 2])
async def test_message_in_doubt(driver: PlatformDriver, store: SqlStore, how: str, place: int) -> None:
    """The digest is finished by the sweep; where the platform can tell, nothing is there twice, else that one alone."""
    clock, sent = FakeClock(AT), 0
    delivery = await planned(driver, store)

    async def order(_: object) -> None:
        nonlocal sent
        sent += 1
        if sent == place:
            driver.leaves_in_doubt(how)

    if place == 0:
        driver.leaves_in_doubt(how)
    trouble: PaperboyError | None = None
    try:
        await Sender(store=store, chat=driver.chat, clock=clock, settle=order).send(delivery)
    except PaperboyError as error:
        trouble = error
    clock.move(LEASE)
    resumed = await resume_interrupted(store, lambda _: driver.chat, clock=clock)
    assert [one.outcome for one in resumed] == ([ResumptionOutcome.FINISHED] if trouble else [])
    assert trouble is None or isinstance(trouble, ChatUnanswered)
    seen = Counter(word for word in driver.seen().split() if word in WORDS)
    doubled = 1 if isinstance(driver, TelegramDriver) else 0
    assert seen == Counter(WORDS) + Counter({WORDS[place]: doubled})


async def planned(driver: PlatformDriver, store: SqlStore) -> Delivery:
    """A digest with three replies, held by the caller."""
    subscription = replace(READER, channel=driver.channel)
    await store.save_subscription(subscription, at=AT)
    head, *replies = (Post(blocks=(Paragraph(spans=(text(word),)),), fallback=word) for word in WORDS)
    post = replace(head, replies=tuple(replies))
    key = await store.delivery_key(subscription, DAY, DAILY)
    messages = driver.chat.plan(driver.channel, post, key=key)
    plan = DeliveryPlan(subscription=subscription, day=DAY, kind=DAILY, post=post, messages=messages)
    delivery = await store.save_plan(plan, at=AT, lease=LEASE)
    assert delivery
    return delivery
