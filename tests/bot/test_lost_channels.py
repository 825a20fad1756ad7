"""What the operator does about a channel that was lost: `channels add`, `doctor`, and what they show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot import tasks
from bot.chats import Chats
from bot.operation import doctor
from bot.operation.doctor import Check
from bot.origins import Origins
from bot.output import contract, screen
from bot.wire import App
from core.channels import Absence, ChannelRef, UserRef
from core.converse.ports import Store
from core.deliver import places
from core.errors import AbsenceReason, ChannelGone
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import CHANNEL, READER
from tests.fakes.papers import AT
from tests.fakes.stores import SqlStore

ADA = UserRef("slack", "T1", "U1")
LOST = replace(READER, paused=True, absence=Absence(reason=AbsenceReason.KICKED, since=AT), set_up_by=ADA)


class Door(FakeChat):
    """A platform that lets the bot in, or does not."""

    is_open = True

    async def check(self, channel: ChannelRef) -> None:
        if not self.is_open:
            raise ChannelGone("The bot is not there.", hint="Invite it.", reason=AbsenceReason.KICKED)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def app(store: Store, door: Door) -> App:
    origins = Origins(sources={}, archives={}, enrichers=(), always=())
    chats = Chats({("slack", ""): lambda: door})
    return App(store=store, clock=FakeClock(AT), load_origins=lambda: origins, chats=chats)


async def test_adding_a_channel_again_ends_the_pause(app: App, door: Door) -> None:
    """Where the bot is let in, everything that was subscribed in the channel goes on; where not, nothing changes."""
    for name in ("main", "ants"):
        await app.store.save_subscription(replace(LOST, name=name), at=AT)
    door.is_open = False
    with pytest.raises(ChannelGone):
        await tasks.subscribe(app, str(CHANNEL), "main", {})
    assert [one.paused for one in await app.store.subscriptions()] == [True, True]
    door.is_open = True
    await tasks.subscribe(app, str(CHANNEL), "main", {})
    assert [one.paused for one in await app.store.subscriptions()] == [False, False]


async def test_the_doctor_says_what_to_do(app: App, door: Door) -> None:
    """A lost channel is shown with its reason and what to do; a check that succeeds ends the pause."""
    await app.store.save_subscription(LOST, at=AT)
    check = Check(name=str(CHANNEL), ok=False, detail="The bot is not there.")
    told = await doctor.about_lost(LOST, check, app)
    assert told.detail == "paused since 2026-02-04: Paperboy is not in the channel any more; The bot is not there."
    hint = "Invite the bot again; the digest goes on by itself. Unless the bot is back, everything that is kept of that"
    assert told.hint == f"{hint} place is deleted on 2026-03-06."
    assert (await doctor.about_lost(LOST, replace(check, ok=True), app)).ok
    assert [one.paused for one in await app.store.subscriptions()] == [False]


def test_what_is_shown_of_a_lost_channel(capsys: pytest.CaptureFixture[str]) -> None:
    """Lists say since when and why it is paused, who had set it up, and what to do; scripts read the reason."""
    told = contract.subscription(LOST)
    assert (told["paused"], told["paused_because"], told["set_up_by"]) == (True, "kicked", str(ADA))
    screen.subscriptions([LOST])
    words = " ".join(capsys.readouterr().out.split())
    assert "(paused since 2026-02-04: Paperboy is not in the channel any more)" in words
    assert "what to do Invite the bot again; the digest goes on by itself." in words


async def test_people_are_written_to_on_their_own_platform(app: App, door: Door) -> None:
    """The program knows the platform of whoever is to be told."""
    await app.store.save_subscription(replace(READER, set_up_by=ADA), at=AT)
    await places.pause_channel(CHANNEL, AbsenceReason.ARCHIVED, store=app.store, clock=app.clock, write=app.write)
    assert [person for person, _ in door.written] == [ADA]
