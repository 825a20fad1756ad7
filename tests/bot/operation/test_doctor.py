"""What the doctor says of the operator's channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.chats import Chats
from bot.operation import doctor
from bot.operation.doctor import Check
from bot.origins import Origins
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.errors import AbsenceReason, ChannelGone
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT
from tests.fakes.sources import FakeSource
from tests.fakes.stores import SqlStore

OURS = ChannelRef("slack", "T1", "C9")


class Workspace(FakeChat):
    """A platform with one channel that the bot is in."""

    platform = "slack"

    async def check(self, channel: ChannelRef) -> None:
        if channel != OURS:
            raise ChannelGone("Paperboy is not there.", hint="Invite it.", reason=AbsenceReason.KICKED)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    origins = Origins(sources={"arxiv": FakeSource()})
    async with SqlStore("sqlite://").open() as store:
        chats = Chats().joined_by(Workspace())
        yield App(store=store, clock=FakeClock(AT), load_origins=lambda: origins, chats=chats)


async def check_of(app: App, operator: ChannelRef) -> Check:
    """The one check of the operator's channel, which nobody has subscribed."""
    (found,) = [one async for one in doctor.checks_inside(app, operator) if one.name == str(operator)]
    return found


async def test_a_channel_that_can_be_reached(app: App) -> None:
    """The operator's channel is looked at although it has no digest."""
    assert await check_of(app, OURS) == Check(name="slack:T1/C9", ok=True, detail="Paperboy can post there")


async def test_a_channel_that_cannot_be_reached(app: App) -> None:
    """Where nothing can be posted, the doctor fails and says what to do."""
    found = await check_of(app, ChannelRef("slack", "T1", "C0"))
    assert found == Check(name="slack:T1/C0", ok=False, detail="Paperboy is not there.", hint="Invite it.")


async def test_a_channel_of_a_platform_without_a_token(app: App) -> None:
    """A platform that is not set up is named, with the page that tells how."""
    found = await check_of(app, ChannelRef("telegram", "", "-1009"))
    assert (found.ok, found.detail) == (False, "telegram has no token")
    assert found.hint == "docs/telegram.md tells how to set it up."


async def test_reranking_without_a_model(app: App) -> None:
    """Channels that want their papers graded by a model that is not there are told of."""
    wants = Subscription(channel=OURS, categories=("cs.CL",), has_reranking=True)
    assert [one async for one in doctor.checks_inside(app, None) if one.name == "rerank"] == []
    await app.store.save_subscription(wants, at=AT)
    (found,) = [one async for one in doctor.checks_inside(app, None) if one.name == "rerank"]
    assert found.detail == "1 digest would be re-ranked by a language model, and none is configured"
    assert found.hint == "docs/models.md tells how to set one up."
