"""What befalls the bot's chats on Telegram: it is removed, blocked or let in again, and groups get other ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.chat.telegram.errors import AnotherReader
from core.channels import ChannelLost, ChannelMoved, ChannelRef, ChannelReturned, Subscription, UserRef
from core.converse.desk import FrontDesk
from core.deliver.digest import Result, deliver
from core.errors import AbsenceReason, ChannelGone, ChatUnavailable, NotAllowed, PaperboyError, RightMissing
from core.ingest.lookup import Lookup
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.ledger import listed
from tests.fakes.papers import AT, DAY
from tests.fakes.running import running
from tests.fakes.stores import SqlStore
from tests.fakes.telegram_driver import CHANNEL, GROUP, PERSON, PRIVATE, a_message, a_sentence, opened
from tests.standins.telegram import Fault, TelegramStandin
from tests.standins.telegram_words import administrator, membership, restricted

NEW = -1_000_777
THERE = ChannelRef("telegram", "", str(NEW))
MEMBER, LEFT, KICKED = {"status": "member"}, {"status": "left"}, {"status": "kicked", "until_date": 0}
MUTED = restricted(can_add_web_page_previews=True)


@pytest.fixture
def standin() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


def lost(reason: AbsenceReason, channel: ChannelRef = CHANNEL) -> ChannelLost:
    return ChannelLost(channel=channel, reason=reason)


@pytest.mark.parametrize(
    ("chat", "type", "new", "event"),
    [
        (GROUP, "", KICKED, lost(AbsenceReason.KICKED)),
        (GROUP, "", LEFT, lost(AbsenceReason.KICKED)),
        (GROUP, "", MUTED, lost(AbsenceReason.FORBIDDEN)),
        (GROUP, "", MUTED | {"is_member": False}, lost(AbsenceReason.KICKED)),
        (GROUP, "", restricted(can_send_messages=True), ChannelReturned(channel=CHANNEL)),
        (GROUP, "", MEMBER, ChannelReturned(channel=CHANNEL)),
        (GROUP, "", administrator(), ChannelReturned(channel=CHANNEL)),
        (GROUP, "channel", administrator(can_post_messages=False), lost(AbsenceReason.FORBIDDEN)),
        (GROUP, "channel", administrator(can_post_messages=True), ChannelReturned(channel=CHANNEL)),
        (PERSON, "", KICKED, lost(AbsenceReason.BLOCKED, PRIVATE)),
        (PERSON, "", MEMBER, ChannelReturned(channel=PRIVATE)),
    ],
)
async def test_membership(standin: TelegramStandin, chat: int, type: str, new: dict[str, Any], event: object) -> None:
    """Whatever the bot becomes in a chat is either a loss with its reason or a return."""
    desk = FakeDesk()
    async with opened(standin) as one, running(one, desk):
        standin.happens(membership(chat, MEMBER, new, type=type))
        await standin.wait_until_settled(lambda: bool(desk.channel_events))
    assert desk.channel_events == [event]


async def test_changes_of_a_chat_stay_in_order(standin: TelegramStandin) -> None:
    """One person removes the bot and another brings it back: the last word counts, under both names of the chat."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        standin.happens(membership(GROUP, MEMBER, KICKED, user=7, username="papers"))
        standin.happens(membership(GROUP, KICKED, MEMBER, user=8, username="papers"))
        await standin.wait_until_settled(lambda: len(desk.channel_events) == 4)
    named = ChannelRef("telegram", "", "@papers")
    assert desk.channel_events[:2] == [lost(AbsenceReason.KICKED), lost(AbsenceReason.KICKED, named)]
    assert desk.channel_events[2:] == [ChannelReturned(channel=CHANNEL), ChannelReturned(channel=named)]
    wanted = standin.requests("getUpdates")[0]["allowed_updates"]
    assert {"my_chat_member", "message"} <= set(wanted)


async def test_a_group_that_moves_says_so_twice(standin: TelegramStandin) -> None:
    """The old group and the new supergroup both tell of it, and a topic that is open again can be written to."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        group = {"id": GROUP, "type": "group", "title": "Reading"}
        standin.happens({"message": {"message_id": 90, "date": 1, "chat": group, "migrate_to_chat_id": NEW}})
        there = {"id": NEW, "type": "supergroup", "title": "Reading"}
        standin.happens({"message": {"message_id": 1, "date": 1, "chat": there, "migrate_from_chat_id": GROUP}})
        opened_again = {"message_thread_id": 7, "forum_topic_reopened": {}}
        standin.happens({"message": {"message_id": 2, "date": 1, "chat": there} | opened_again})
        await standin.wait_until_settled(lambda: len(desk.channel_events) == 3)
    moved = ChannelMoved(channel=CHANNEL, to=THERE, keeps_messages=False)
    back = ChannelReturned(channel=ChannelRef("telegram", "", f"{NEW}/7"))
    assert desk.channel_events.count(moved) == 2
    assert back in desk.channel_events
    assert desk.commands == []


async def test_a_digest_goes_on_in_the_supergroup(standin: TelegramStandin) -> None:
    """The group moves in the middle of a digest: the rest goes there at once, replies to nothing of the old group, and
    everything on record follows.
    """
    clock = FakeClock(AT)
    reader = Subscription(channel=CHANNEL, categories=("cs.CL",))
    async with SqlStore("sqlite://").open() as store, opened(standin, clock) as chat:
        await store.save_subscription(reader, at=AT)
        await listed(store, [1, 2, 3])

        def move(number: int) -> None:
            if number == 1:
                standin.moved[GROUP] = NEW

        standin.after_message = move
        result = await deliver(reader, DAY, store=store, chat=chat, clock=clock)
        assert result.sent == 4
        assert [one.chat for one in standin.messages] == [GROUP, GROUP, NEW, NEW]
        assert [one.reply_to for one in standin.messages[2:]] == [None, None]
        assert await store.subscriptions() == (replace(reader, channel=THERE),)
        again = await deliver(replace(reader, channel=THERE), DAY, store=store, chat=chat, clock=clock)
        assert again.sent == 0
        assert len(standin.messages) == 4


async def test_a_subscription_pauses_and_goes_on_by_itself(standin: TelegramStandin) -> None:
    """Whoever subscribed a group hears in private that the bot was removed; `/settings` says so; its return ends it."""
    clock = FakeClock(AT)
    async with SqlStore("sqlite://").open() as store, opened(standin, clock) as chat:

        async def nothing(subscription: Subscription, day: object) -> Result:
            raise AssertionError

        lookup = Lookup(store=store, clock=clock)
        desk = FrontDesk(store=store, clock=clock, deliver=nothing, lookup=lookup, write=chat.write)
        standin.administrators.add(PERSON)
        async with running(chat, desk):
            standin.types("/subscribe cs.CL", chat=GROUP)
            await standin.answered(1)
            standin.happens(membership(GROUP, MEMBER, KICKED))
            await standin.answered(2)
            (paused,) = await store.subscriptions()
            standin.types("/settings", chat=GROUP)
            await standin.answered(3)
            standin.happens(membership(GROUP, KICKED, MEMBER))
            await standin.wait_until_settled()
            (back,) = await store.subscriptions()
    assert paused.absence
    assert (paused.set_up_by, paused.absence.is_told) == (UserRef("telegram", "", "7"), True)
    assert (standin.messages[1].chat, "Invite the bot again" in standin.messages[1].text) == (PERSON, True)
    assert "Paused since" in standin.messages[2].text
    assert not back.paused


async def test_nobody_is_written_to_who_cannot_be(standin: TelegramStandin) -> None:
    """Who never pressed Start is not reached, and neither is an anonymous administrator, who is the group itself."""
    standin.closed.add(8)
    async with opened(standin) as chat:
        for person in ("8", str(GROUP)):
            with pytest.raises(ChannelGone):
                await chat.write(UserRef("telegram", "", person), a_sentence("Hello."))
    assert standin.messages == []


@pytest.mark.parametrize(
    ("status", "said", "kind", "reason"),
    [
        (403, "Forbidden: bot was kicked from the supergroup chat", ChannelGone, AbsenceReason.KICKED),
        (403, "Forbidden: bot is not a member of the channel chat", ChannelGone, AbsenceReason.KICKED),
        (403, "Forbidden: bot was blocked by the user", ChannelGone, AbsenceReason.BLOCKED),
        (403, "Forbidden: user is deactivated", ChannelGone, AbsenceReason.BLOCKED),
        (403, "Forbidden: the group chat was deleted", ChannelGone, AbsenceReason.DELETED),
        (400, "Bad Request: chat not found", ChannelGone, AbsenceReason.UNKNOWN),
        (400, "Bad Request: message thread not found", ChannelGone, AbsenceReason.DELETED),
        (400, "Bad Request: TOPIC_DELETED", ChannelGone, AbsenceReason.DELETED),
        (400, "Bad Request: TOPIC_CLOSED", RightMissing, None),
        (400, "Bad Request: not enough rights to send text messages to the chat", RightMissing, None),
        (400, "Bad Request: message to edit not found", NotAllowed, None),
        (401, "Unauthorized", ChatUnavailable, None),
        (409, "Conflict: terminated by other getUpdates request", AnotherReader, None),
    ],
)
async def test_refusals(
    standin: TelegramStandin, status: int, said: str, kind: type[PaperboyError], reason: AbsenceReason | None
) -> None:
    """A dead chat, a right that is missing and a token that is refused are told apart."""
    standin.fails("sendMessage", *[Fault(status, said)] * 4)
    async with opened(standin) as chat:
        with pytest.raises(kind) as caught:
            await chat.send(CHANNEL, a_message(), None)
    assert type(caught.value) is kind
    assert getattr(caught.value, "reason", None) == reason
