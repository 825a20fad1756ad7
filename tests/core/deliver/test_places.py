"""What becomes of subscriptions whose channel is lost, and who hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import Absence, ChannelLost, ChannelRef, ChannelReturned, Subscription, UserRef
from core.converse.ports import Store
from core.deliver import absences, places
from core.deliver.digest import deliver
from core.deliver.ledger import DeliveryState
from core.deliver.ports import BeforeSending, at_once
from core.errors import (
    AbsenceReason,
    ChannelGone,
    ChatThrottled,
    ChatUnanswered,
    ChatUnavailable,
    NotAllowed,
    PaperboyError,
    RightMissing,
    StoreLocked,
)
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import CHANNEL, DAILY, READER, listed
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

ADA, BEN = UserRef("slack", "T1", "U1"), UserRef("slack", "T1", "U2")
WORKSPACE = ChannelRef("slack", "T1", "")


class Letters:
    """Keeps what people were written; one of them may be out of reach."""

    def __init__(self) -> None:
        self.sent: list[tuple[UserRef, str]] = []
        self.unreachable: set[UserRef] = set()

    async def __call__(self, person: UserRef, post: Post) -> None:
        if person in self.unreachable:
            raise ChannelGone("The person takes no messages.", reason=None)
        self.sent.append((person, repr(post)))


class LosingChat(FakeChat):
    """Sends some messages, and then the bot is removed from the channel."""

    def __init__(self, *, messages: int) -> None:
        super().__init__()
        self.left = messages

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        if not self.left:
            raise ChannelGone("The bot was removed.", reason=AbsenceReason.KICKED)
        self.left -= 1
        return await super().send(channel, outgoing, parent, before_sending=before_sending)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ChannelGone("gone"), AbsenceReason.UNKNOWN),
        (ChannelGone("gone", reason=AbsenceReason.ARCHIVED), AbsenceReason.ARCHIVED),
        (ChannelGone("a message is gone", reason=None), None),
        (RightMissing("may not write"), AbsenceReason.FORBIDDEN),
        (NotAllowed("another process took over"), None),
        (ChatUnavailable("an outage, or a refused token"), None),
        (ChatUnanswered("no answer"), None),
        (ChatThrottled("wait", retry_after_s=1), None),
        (StoreLocked("busy"), None),
    ],
)
async def test_only_what_no_retry_mends_pauses(
    store: Store, error: PaperboyError, reason: AbsenceReason | None
) -> None:
    """An outage, a wait, a refused token or a lost lease is never taken for a dead channel."""
    await store.save_subscription(READER, at=AT)
    await places.pause_after(error, CHANNEL, store=store, clock=FakeClock(AT))
    (now,) = await store.subscriptions()
    assert now.paused is (reason is not None)
    assert (now.absence.reason if now.absence else None) == reason


async def test_each_person_hears_once(store: Store) -> None:
    """One event is one message to each who set something up there, however often it is told; no reply is recorded."""
    for name, person in (("main", ADA), ("ants", ADA), ("bees", BEN), ("cats", None)):
        await store.save_subscription(replace(READER, name=name, set_up_by=person), at=AT)
    write = Letters()
    write.unreachable.add(BEN)
    lost = ChannelLost(channel=CHANNEL, reason=AbsenceReason.KICKED)
    for _ in range(3):
        await places.take_event(lost, store=store, clock=FakeClock(AT), write=write)
    told = {one.name: one.absence.is_told for one in await store.subscriptions() if one.absence}
    assert [person for person, _ in write.sent] == [ADA]
    assert "Invite the bot again; the digest goes on by itself." in write.sent[0][1]
    assert told == {"main": True, "ants": True, "bees": False, "cats": False}


async def test_a_whole_workspace_is_no_blast(store: Store) -> None:
    """Where the bot is removed from a workspace with many channels, few people are written to."""
    for number in range(30):
        one = Subscription(channel=replace(CHANNEL, place=f"C{number}"), set_up_by=replace(ADA, id=f"U{number}"))
        await store.save_subscription(one, at=AT)
    write = Letters()
    lost = ChannelLost(channel=WORKSPACE, reason=AbsenceReason.UNINSTALLED)
    assert len(await places.take_event(lost, store=store, clock=FakeClock(AT), write=write)) == 30
    assert len(write.sent) == places.MOST_NOTES


async def test_the_bot_is_back(store: Store) -> None:
    """A channel goes on whatever was wrong; a workspace ends what its removal began, and no more."""
    clock = FakeClock(AT)
    other = replace(READER, channel=replace(CHANNEL, place="C2"))
    by_hand = replace(READER, channel=replace(CHANNEL, place="C3"), paused=True)
    for one in (READER, other, by_hand):
        await store.save_subscription(one, at=AT)
    for channel, reason in ((CHANNEL, AbsenceReason.ARCHIVED), (WORKSPACE, AbsenceReason.UNINSTALLED)):
        await places.take_event(ChannelLost(channel=channel, reason=reason), store=store, clock=clock)
    back = ChannelReturned(channel=WORKSPACE)
    assert await places.take_event(back, store=store, clock=clock) == (other,)
    assert await places.take_event(back, store=store, clock=clock) == ()
    assert await places.take_event(ChannelReturned(channel=CHANNEL), store=store, clock=clock) == (READER,)
    assert await store.subscriptions() == (READER, other, by_hand)


def test_a_long_absence_is_not_caught_up() -> None:
    """After months the digest goes on with the papers of a week; after days with all of them."""
    absent = replace(READER, paused=True, absence=Absence(reason=AbsenceReason.KICKED, since=AT))
    assert absences.resume_subscription(absent, at=AT + timedelta(days=7)) == READER
    after = absences.resume_subscription(absent, at=AT + timedelta(days=100))
    assert after == replace(READER, news_since=(AT + timedelta(days=93)).date())


async def test_a_channel_is_lost_while_a_digest_is_sent(store: Store) -> None:
    """The digest ends with the reason and is taken up by nobody; once the bot is back, the day's digest goes on."""
    clock, chat = FakeClock(AT), LosingChat(messages=2)
    await store.save_subscription(READER, at=AT)
    await listed(store, [1, 2, 3])
    with pytest.raises(ChannelGone) as caught:
        await deliver(READER, DAY, store=store, chat=chat, clock=clock)
    await places.pause_after(caught.value, CHANNEL, store=store, clock=clock)
    ended = await store.delivery(READER, DAY, DAILY)
    assert ended and ended.failure
    assert (ended.state, ended.failure.kind, len(ended.sent)) == (DeliveryState.FAILED, "ChannelGone", 2)
    await places.take_event(ChannelReturned(channel=CHANNEL), store=store, clock=clock)
    chat.left = 9
    result = await deliver(READER, DAY, store=store, chat=chat, clock=clock, reopens=True)
    assert result.sent == len(ended.plan) - 2
    assert len(set(chat.keys)) == len(chat.keys) == len(ended.plan)


async def test_settings_and_its_author_change_while_a_digest_is_sent(store: Store) -> None:
    """The digest that is under way stays as it was planned, and what changed is there for the next one."""

    class Changing(FakeChat):
        async def send(
            self,
            channel: ChannelRef,
            outgoing: Outgoing,
            parent: MessageRef | None,
            *,
            before_sending: BeforeSending = at_once,
        ) -> MessageRef:
            await store.save_subscription(replace(READER, size=1, set_up_by=None), at=AT)
            return await super().send(channel, outgoing, parent, before_sending=before_sending)

    await store.save_subscription(replace(READER, set_up_by=ADA), at=AT)
    await listed(store, [1, 2, 3])
    result = await deliver(READER, DAY, store=store, chat=Changing(), clock=FakeClock(AT))
    assert result.sent == 4
    assert [one.size for one in await store.subscriptions()] == [1]


def test_every_reason_has_its_words() -> None:
    """People read what happened and what to do, without a code of ours."""
    for reason in AbsenceReason:
        absent = replace(READER, paused=True, absence=Absence(reason=reason, since=AT))
        assert absences.pause_sentence(absent).startswith("paused since 2026-02-0")
        assert absences.pause_hint(absent).endswith(".")
    assert absences.pause_sentence(replace(READER, paused=True)) == "paused"
    assert absences.pause_sentence(READER) == absences.pause_hint(READER) == ""
