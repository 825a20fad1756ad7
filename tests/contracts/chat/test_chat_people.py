"""What people do on each platform, as the real desk takes it: their feedback, and the digests they order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.channels import Subscription
from core.converse.ports import Store
from core.deliver.digest import Result, deliver
from core.posts.reactions import Feeling
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Relay, real_desk
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver
from tests.fakes.posts import FIRST, a_digest


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing([a_paper(number) for number in range(1, 4)]), at=AT)
    return store


def a_desk(driver: PlatformDriver, store: Store, clock: FakeClock) -> Relay:
    async def posting(subscription: Subscription, day: date) -> Result:
        return await deliver(subscription, day, store=store, chat=driver.chat, clock=clock)

    return real_desk(store, clock, deliver=posting)


@pytest.mark.parametrize("feeling", [Feeling.MORE, Feeling.LESS])
async def test_thumbs_are_taken_in_silence(driver: PlatformDriver, store: Store, feeling: Feeling) -> None:
    """👍 and 👎 on a paper's message are feedback until they are taken away, and nobody reads a word about them."""
    desk, (head, card, *_) = a_desk(driver, store, FakeClock(AT)), driver.chat.plan(driver.channel, a_digest(), key="1")
    parent = await driver.chat.send(driver.channel, head, None)
    message = await driver.chat.send(driver.channel, card, parent)
    await store.remember_message(message, card.papers, at=AT)
    before = driver.seen()
    await driver.person_reacts(desk, message, feeling, added=True)
    assert [(one.paper, one.feeling) for one in await feedback_in(store, driver.channel)] == [(FIRST, feeling)]
    await driver.person_reacts(desk, message, feeling, added=False)
    assert await feedback_in(store, driver.channel) == ()
    assert desk.hints == [] or isinstance(driver, TerminalDriver)  # where who types reads what became of it
    assert driver.seen() == before or isinstance(driver, TerminalDriver)  # which repeats what was typed


@pytest.mark.parametrize("may_manage", [True, False])
async def test_orders_of_a_digest(driver: PlatformDriver, store: Store, *, may_manage: bool) -> None:
    """A preview is for the asker; managers have the digest shown as often as they like, others once an hour."""
    if isinstance(driver, TerminalDriver) and not may_manage:
        pytest.skip("whoever sits at a terminal manages it")
    clock = FakeClock(AT)
    desk = a_desk(driver, store, clock)
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.CL",)), at=AT)
    await driver.person_orders(desk, "preview", may_manage=may_manage)
    assert "2602.00001" in driver.seen()
    assert "2602.00001" not in driver.seen_by_all() or isinstance(driver, TerminalDriver)
    await driver.person_orders(desk, "", may_manage=may_manage)
    once = driver.seen_by_all()
    assert "2602.00001" in once
    await driver.person_orders(desk, "", may_manage=may_manage)
    assert (driver.seen_by_all() == once) is not may_manage
    assert ("The next order is possible at 10:00 (UTC)" in driver.seen()) is not may_manage
    clock.move(timedelta(hours=1))
    await driver.person_orders(desk, "", may_manage=may_manage)
    assert len(driver.seen_by_all()) > len(once)
