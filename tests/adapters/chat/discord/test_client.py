"""Discord through its real SDK, over loopback, judged by its published specifications: sending, and its faults."""

from __future__ import annotations

import pytest

from adapters.chat.discord.client import DiscordChat
from adapters.chat.discord.render import mark_of
from core.channels import ChannelRef
from core.errors import ChannelGone, ChatError, ChatThrottled, ChatUnavailable, NotAllowed, NotFound
from core.posts.messages import MessageRef
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import CREATE, HERE, a_private_post, connected, number, post_all
from tests.fakes.posts import a_digest, a_paper_card
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN
from tests.standins.discord_words import CHANNEL

# --- sending ----------------------------------------------------------------------------------------------------------


async def test_digest_is_one_message_and_a_thread(discord: DiscordStandIn) -> None:
    """The digest lies in the channel, and every paper has a message of its own in its thread."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
    parent = number(sent["1/0"])
    assert discord.rooms[parent]["name"] == "Papers for Wednesday, 4 February 2026"
    assert [discord.messages[number(sent[f"1/{n}"])]["channel_id"] for n in (1, 2, 3)] == [str(parent)] * 3
    assert discord.seen().count("🔖 Bookmark") == 3


async def test_sending_needs_no_gateway(discord: DiscordStandIn) -> None:
    """The command line posts without a connection that listens."""
    async with connected(discord) as chat:
        await post_all(chat, a_paper_card())
    assert discord.connections == 0


async def test_another_process_finds_what_was_sent(discord: DiscordStandIn) -> None:
    """Minutes later, a process that knows nothing finds parent and replies by their keys."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
        await post_all(chat, a_digest(), key="2")
    discord.minutes_pass()
    async with connected(discord) as later:
        for key, message in sent.items():
            assert await later.find(HERE, key) == message
        assert await later.find(HERE, "3/0") is None


async def test_one_look_serves_a_plan(discord: DiscordStandIn) -> None:
    """Before each message the bot asks whether it is there; Discord is asked once."""
    async with connected(discord) as chat:
        sent: dict[str, MessageRef] = {}
        for outgoing in chat.plan(HERE, a_digest(), key="1"):
            assert await chat.find(HERE, outgoing.key) is None
            parent = sent[outgoing.parent_key] if outgoing.parent_key else None
            sent[outgoing.key] = await chat.send(HERE, outgoing, parent)
            assert await chat.find(HERE, outgoing.key) == sent[outgoing.key]
    assert sum(line.startswith("GET /channels") for line in discord.requests) == 1


async def test_thread_that_exists_is_used(discord: DiscordStandIn) -> None:
    """A process that died after it made the thread leaves one that the next process writes to."""
    async with connected(discord) as chat:
        parent, *replies = chat.plan(HERE, a_digest(), key="1")
        sent = await chat.send(HERE, parent, None)
        await chat.send(HERE, replies[0], sent)
    async with connected(discord) as later:
        second = await later.send(HERE, replies[1], sent)
    assert second.id.startswith(f"{number(sent)}:")


async def test_replies_to_a_deleted_parent_are_not_lost(discord: DiscordStandIn) -> None:
    """Where somebody deleted the digest before it had a thread, its papers go to the channel."""
    async with connected(discord) as chat:
        parent, reply, *_ = chat.plan(HERE, a_digest(), key="1")
        sent = await chat.send(HERE, parent, None)
        del discord.messages[number(sent)]
        assert (await chat.send(HERE, reply, sent)).id.startswith(f"{CHANNEL}:")


async def test_messages_of_older_versions_are_found(discord: DiscordStandIn) -> None:
    """A message whose mark an older Paperboy wrote into its footer is found, and still when it was edited."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
        for key, message in sent.items():
            embed = discord.messages[number(message)]["embeds"][-1]
            del embed["url"]
            embed["footer"] = {"text": f"ref {mark_of(key)}"}
    async with connected(discord) as later:
        for key, message in sent.items():
            assert await later.find(HERE, key) == message
        await later.edit(sent["1/1"], a_private_post("Better."))
    async with connected(discord) as last:
        assert await last.find(HERE, "1/1") == sent["1/1"]
    assert "ref " not in str(discord.messages[number(sent["1/1"])]["embeds"])


async def test_edit_keeps_the_mark(discord: DiscordStandIn) -> None:
    """A message that was changed is still found by its key; one that was deleted is said to be."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
        await chat.edit(sent["1/1"], a_private_post("Better."))
        assert await chat.find(HERE, "1/1") == sent["1/1"]
        async with connected(discord) as later:
            assert await later.find(HERE, "1/1") == sent["1/1"]
        del discord.messages[number(sent["1/2"])]
        with pytest.raises(NotFound):
            await chat.edit(sent["1/2"], a_private_post())
    assert "Better." in discord.seen()


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_rate_limits_are_waited_out(discord: DiscordStandIn) -> None:
    """A 429 is obeyed, and the message is there once."""
    async with connected(discord) as chat:
        discord.fails(CREATE, 429, times=2, retry_after_s=0.05)
        await post_all(chat, a_paper_card())
    assert len(discord.messages) == 1


async def test_long_rate_limits_are_told(discord: DiscordStandIn) -> None:
    """When Discord asks for more patience than a send has, the caller hears how much."""
    async with connected(discord) as chat:
        discord.fails(CREATE, 429, retry_after_s=300)
        with pytest.raises(ChatThrottled) as throttled:
            await post_all(chat, a_paper_card())
    assert throttled.value.retry_after_s == 300


async def test_server_errors_are_tried_again(discord: DiscordStandIn) -> None:
    """A 500 and a 503 pass; three 503 in a row are an outage."""
    async with connected(discord) as chat:
        discord.fails(CREATE, 503)
        await post_all(chat, a_paper_card())
        discord.fails(CREATE, 503, times=3)
        with pytest.raises(ChatUnavailable):
            await post_all(chat, a_paper_card(), key="2")
    assert len(discord.messages) == 1


async def test_lost_answers_double_nothing(discord: DiscordStandIn) -> None:
    """Discord accepted the message and its answer was lost: sent again, it is there once."""
    async with connected(discord, attempt_s=1.0) as chat:
        discord.hangs(CREATE)
        discord.drops(r"POST .*/threads$", accepted=True)
        sent = await post_all(chat, a_digest())
        assert await chat.find(HERE, "1/0") == sent["1/0"]
    assert len(discord.messages) == 4


async def test_failed_send_is_looked_for_anew(discord: DiscordStandIn) -> None:
    """A message whose fate is unknown is found at the next look, not remembered as missing."""
    async with connected(discord) as chat:
        (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
        assert await chat.find(HERE, "1/0") is None
        discord.drops(CREATE, times=3, accepted=True)
        with pytest.raises(ChatUnavailable):
            await chat.send(HERE, outgoing, None)
        assert await chat.find(HERE, "1/0") is not None


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, 10_003, ChannelGone),
        (403, 50_001, ChannelGone),
        (403, 50_013, NotAllowed),
        (401, 0, ChatUnavailable),
        (400, 50_035, ChatError),
    ],
)
async def test_refusals_are_told_apart(discord: DiscordStandIn, status: int, code: int, error: type[ChatError]) -> None:
    """A channel that is gone, a permission that is missing and a revoked token each have their own error."""
    async with connected(discord) as chat:
        discord.refuses(CREATE, status, code, "No")
        with pytest.raises(error):
            await post_all(chat, a_paper_card())
    assert discord.requests.count(f"POST /channels/{CHANNEL}/messages") == 1


async def test_wrong_token_says_what_to_do(discord: DiscordStandIn) -> None:
    """A token that Discord refuses is a clear sentence, for sending and for listening."""
    chat = DiscordChat(token="wrong", clock=FakeClock(), api_base_url=discord.api)
    with pytest.raises(ChatUnavailable, match="token") as refused:
        async with chat.open():
            pass
    assert "https://discord.com/developers" in refused.value.hint
    with pytest.raises(ChatUnavailable):
        await chat.run(FakeDesk())


async def test_nobody_there_is_an_outage() -> None:
    """Where nothing listens, the platform is unavailable."""
    chat = DiscordChat(token=TOKEN, clock=FakeClock(), api_base_url="http://127.0.0.1:9/api/v10")
    with pytest.raises(ChatUnavailable):
        async with chat.open():
            pass


async def test_places_that_are_none_are_gone(discord: DiscordStandIn) -> None:
    """A channel that is not written as Discord's are cannot be sent to."""
    async with connected(discord) as chat:
        (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
        with pytest.raises(ChannelGone):
            await chat.send(ChannelRef("discord", "", "papers"), outgoing, None)


async def test_whoami_names_bot_and_servers(discord: DiscordStandIn) -> None:
    """The doctor hears whom the token belongs to and where the bot was invited."""
    async with connected(discord) as chat:
        assert await chat.whoami() == "paperboy (in Readers)"
