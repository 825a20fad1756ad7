"""What befalls the bot's servers and channels on Discord, and which refusals are a channel's death."""

from __future__ import annotations

import pytest

from core.channels import ChannelEvent, ChannelLost, ChannelRef, ChannelReturned
from core.deliver import compose
from core.errors import (
    AbsenceReason,
    ChannelGone,
    ChatThrottled,
    ChatUnavailable,
    NotAllowed,
    PaperboyError,
    RightMissing,
)
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import ALICE, CREATE, HERE, connected, post_all
from tests.fakes.posts import a_digest, a_paper_card
from tests.standins import discord_words as words
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import CHANNEL, GUILD

SERVER = ChannelRef("discord", str(GUILD), "")
BACK = ChannelReturned(channel=SERVER)


async def test_an_outage_of_a_server_is_no_removal(discord: DiscordStandIn) -> None:
    """GUILD_DELETE with `unavailable` says nothing; without it the bot was removed; a server that is there is back."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        await discord.wait_until_settled(lambda: BACK in desk.channel_events)
        rooms = [one for one in discord.rooms.values() if one["type"] == 0]
        discord.send("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
        discord.send("GUILD_CREATE", words.guild(rooms, []))
        await discord.wait_until_settled(lambda: len(desk.channel_events) == 2)
        discord.send("GUILD_DELETE", {"id": str(GUILD)})
        discord.send("GUILD_CREATE", words.guild(rooms, []))
        await discord.wait_until_settled(lambda: len(desk.channel_events) == 4)
    removed: ChannelEvent = ChannelLost(channel=SERVER, reason=AbsenceReason.UNINSTALLED)
    assert desk.channel_events == [BACK, BACK, removed, BACK]


async def test_channels_and_threads_are_deleted(discord: DiscordStandIn) -> None:
    """A deleted channel is lost, and so is a deleted thread, to which nobody can be subscribed."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        await discord.wait_until_settled(lambda: BACK in desk.channel_events)
        thread = {"id": "77", "guild_id": str(GUILD), "parent_id": str(CHANNEL), "type": 11}
        discord.send("THREAD_DELETE", thread)
        discord.send("CHANNEL_DELETE", discord.rooms[CHANNEL])
        await discord.wait_until_settled(lambda: len(desk.channel_events) == 3)
    there = ChannelRef("discord", str(GUILD), "77")
    assert desk.channel_events[1:] == [
        ChannelLost(channel=there, reason=AbsenceReason.DELETED),
        ChannelLost(channel=HERE, reason=AbsenceReason.DELETED),
    ]


async def test_a_thread_deleted_while_it_is_filled_is_no_dead_channel(discord: DiscordStandIn) -> None:
    """The rest of the digest goes into the channel, where people find it."""
    async with connected(discord) as chat:
        head, first, *rest = chat.plan(HERE, a_digest(), key="1")
        parent = await chat.send(HERE, head, None)
        thread = int((await chat.send(HERE, first, parent)).id.partition(":")[0])
        del discord.rooms[thread]
        discord.refuses(rf"POST /channels/{thread}/messages", 404, 10_003, "Unknown Channel")
        discord.refuses(
            r"POST /channels/\d+/messages/\d+/threads", 400, 160_004, "A thread has already been created", times=9
        )
        discord.refuses(rf"GET /channels/{thread}$", 404, 10_003, "Unknown Channel")
        sent = await chat.send(HERE, rest[0], parent)
    assert thread != CHANNEL
    assert sent.id.partition(":")[0] == str(CHANNEL)


async def test_a_person_is_written_to_alone(discord: DiscordStandIn) -> None:
    """A note goes into the person's direct messages; who takes none is ChannelGone."""
    async with connected(discord) as chat:
        await chat.write(ALICE, compose.say("The channel is gone."))
        assert "The channel is gone." in discord.seen()
        discord.refuses(CREATE, 403, 50_007, "Cannot send messages to this user")
        with pytest.raises(ChannelGone) as caught:
            await chat.write(ALICE, compose.say("The channel is gone."))
    assert caught.value.reason is AbsenceReason.BLOCKED


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (404, 10_003, ChannelGone, AbsenceReason.DELETED),
        (404, 10_004, ChannelGone, AbsenceReason.UNINSTALLED),
        (403, 50_001, ChannelGone, AbsenceReason.KICKED),
        (403, 50_007, ChannelGone, AbsenceReason.BLOCKED),
        (403, 50_013, RightMissing, None),
        (403, 40_333, NotAllowed, None),
        (401, 0, ChatUnavailable, None),
    ],
)
async def test_refusals(
    discord: DiscordStandIn, status: int, code: int, kind: type[PaperboyError], reason: AbsenceReason | None
) -> None:
    """A dead channel, a right that is missing and a token that is refused are told apart."""
    discord.refuses(CREATE, status, code, "No", times=9)
    async with connected(discord) as chat:
        with pytest.raises(kind) as caught:
            await post_all(chat, a_paper_card())
    assert type(caught.value) is kind
    assert getattr(caught.value, "reason", None) == reason


@pytest.mark.parametrize(("status", "kind"), [(503, ChatUnavailable), (429, ChatThrottled)])
async def test_outages_and_waits(discord: DiscordStandIn, status: int, kind: type[PaperboyError]) -> None:
    """An outage and a wait that is longer than a call may take say nothing about the channel."""
    discord.fails(CREATE, status, times=9, retry_after_s=90)
    async with connected(discord) as chat:
        with pytest.raises(kind):
            await post_all(chat, a_paper_card())
