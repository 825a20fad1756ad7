"""Discord through its real SDK, over loopback, judged by Discord's published specifications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from adapters.chat.discord import DiscordChat
from core.channels import ChannelRef, UserRef
from core.errors import ChannelGone, ChatError, ChatThrottled, ChatUnavailable, NotAllowed, NotFound, StoreLocked
from core.posts import Audience, Feeling, MessageRef, Paragraph, Post, text
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, SECOND, a_digest, a_paper_card
from tests.fakes.running import running
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN, Interaction
from tests.standins.discord_words import CHANNEL, GUILD, PERSON

HERE = ChannelRef("discord", f"{GUILD}/{CHANNEL}")
ALICE = UserRef("discord", str(PERSON))
CREATE = r"POST /channels/\d+/messages$"


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    """A server on loopback; whatever the specifications complain about fails the test."""
    with DiscordStandIn() as standin:
        yield standin
    assert standin.complaints == []


@asynccontextmanager
async def connected(discord: DiscordStandIn, *, patience_s: float = 0.5) -> AsyncIterator[DiscordChat]:
    """A bot that is logged in; its calls give up after a second."""
    chat = DiscordChat(token=TOKEN, clock=FakeClock(), api_base_url=discord.api, patience_s=patience_s, attempt_s=1.0)
    async with chat.opened():
        yield chat


async def post_all(chat: DiscordChat, post: Post, key: str = "1") -> dict[str, MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(HERE, post, key=key):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(HERE, outgoing, parent)
    return sent


def alone(words: str = "For you alone.") -> Post:
    return Post(blocks=(Paragraph(spans=(text(words),)),), audience=Audience.ASKER)


def number(message: MessageRef) -> int:
    return int(message.id.partition(":")[2])


async def answered(discord: DiscordStandIn, token: str) -> Interaction:
    """Wait until the interaction has its answer."""
    asked = discord.interactions[token]
    await discord.settled(lambda: asked.message or (asked.acknowledged_s and not asked.deferred))
    return asked


# --- sending ---------------------------------------------------------------------------------------------------------


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
    assert sum(line.startswith("GET /channels") for line in discord.asked) == 1


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


async def test_edit_keeps_the_mark(discord: DiscordStandIn) -> None:
    """A message that was changed is still found by its key; one that was deleted is said to be."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
        await chat.edit(sent["1/1"], alone("Better."))
        assert await chat.find(HERE, "1/1") == sent["1/1"]
        async with connected(discord) as later:
            assert await later.find(HERE, "1/1") == sent["1/1"]
        del discord.messages[number(sent["1/2"])]
        with pytest.raises(NotFound):
            await chat.edit(sent["1/2"], alone())
    assert "Better." in discord.seen()


# --- faults ----------------------------------------------------------------------------------------------------------


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
    async with connected(discord) as chat:
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
    assert discord.asked.count(f"POST /channels/{CHANNEL}/messages") == 1


async def test_wrong_token_says_what_to_do(discord: DiscordStandIn) -> None:
    """A token that Discord refuses is a clear sentence, for sending and for listening."""
    chat = DiscordChat(token="wrong", clock=FakeClock(), api_base_url=discord.api)
    with pytest.raises(ChatUnavailable, match="token") as refused:
        async with chat.opened():
            pass
    assert "https://discord.com/developers" in refused.value.hint
    with pytest.raises(ChatUnavailable):
        await chat.run(FakeDesk())


async def test_nobody_there_is_an_outage() -> None:
    """Where nothing listens, the platform is unavailable."""
    chat = DiscordChat(token=TOKEN, clock=FakeClock(), api_base_url="http://127.0.0.1:9/api/v10")
    with pytest.raises(ChatUnavailable):
        async with chat.opened():
            pass


async def test_places_that_are_none_are_gone(discord: DiscordStandIn) -> None:
    """A channel that is not written as Discord's are cannot be sent to."""
    async with connected(discord) as chat:
        (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
        with pytest.raises(ChannelGone):
            await chat.send(ChannelRef("discord", "papers"), outgoing, None)


async def test_whoami_names_bot_and_servers(discord: DiscordStandIn) -> None:
    """The doctor hears whom the token belongs to and where the bot was invited."""
    async with connected(discord) as chat:
        assert await chat.whoami() == "paperboy (in Readers)"


# --- listening -------------------------------------------------------------------------------------------------------


async def test_commands_are_registered_once(discord: DiscordStandIn) -> None:
    """Discord is told our commands when it knows others, and not at every start."""
    async with connected(discord) as chat:
        for _ in range(2):
            async with discord.listened_to(chat, FakeDesk()):
                pass
    assert sum(line.startswith("PUT /applications") for line in discord.asked) == 1


async def test_command_is_answered_in_public_or_alone(discord: DiscordStandIn) -> None:
    """A quick answer comes at once, to everybody or to the asker alone, as the post says."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        desk.answers_with(a_paper_card())
        public = await answered(discord, discord.command("paper", "2602.00001", permissions="0"))
        desk.answers_with(alone())
        private = await answered(discord, discord.command("paper", "nonsense"))
    assert public.message and private.message
    assert int(public.message["id"]) in discord.messages
    assert int(private.message["id"]) in discord.alone
    assert [(one.name, one.arguments, one.may_manage) for one in desk.commands] == [
        ("paper", "2602.00001", False),
        ("paper", "nonsense", True),
    ]
    assert desk.seen == {MessageRef(HERE, f"{CHANNEL}:{public.message['id']}"): (FIRST,)}


@pytest.mark.parametrize("name", ["paper", "bookmarks"])
@pytest.mark.parametrize("post", [a_digest(), alone()], ids=["public", "alone"])
async def test_slow_answers_are_deferred(discord: DiscordStandIn, name: str, post: Post) -> None:
    """What takes longer is deferred in time and filled in later, for the right eyes whatever was guessed."""
    desk = FakeDesk()
    desk.takes(0.2)
    desk.answers_with(post)
    async with connected(discord, patience_s=0.02) as chat, discord.listened_to(chat, desk):
        asked = discord.interactions[discord.command(name, "x")]
        await discord.settled(lambda: discord.messages or discord.alone)
    assert asked.acknowledged_s is not None
    assert asked.acknowledged_s < 0.2
    assert len(discord.messages) == (0 if post.audience is Audience.ASKER else 4)
    assert len(discord.alone) == (1 if post.audience is Audience.ASKER else 0)


async def test_commands_in_a_thread_are_about_its_channel(discord: DiscordStandIn) -> None:
    """Inside a digest's thread a command means the channel, and is answered in the thread."""
    desk = FakeDesk()
    desk.answers_with(a_digest())
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
        thread = number(sent["1/0"])
        async with discord.listened_to(chat, desk):
            await answered(discord, discord.command("digest", room=thread))
            discord.say("help", room=thread)
            await discord.settled(lambda: len(desk.commands) == 2)
    assert [one.channel for one in desk.commands] == [HERE, HERE]
    assert [one["channel_id"] for one in list(discord.messages.values())[4:]].count(str(thread)) == 9


async def test_mentions_and_direct_messages_are_commands(discord: DiscordStandIn) -> None:
    """Whoever writes to the bot gets a reply; whoever writes to others does not."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.say("search graph nets")
        discord.say("between us", mention=False)
        await discord.settled(lambda: desk.commands)
        discord.say("2602.00001", room=discord.direct())
        await discord.settled(lambda: len(desk.commands) == 2)
    assert [(one.name, one.arguments) for one in desk.commands] == [("search", "graph nets"), ("paper", "2602.00001")]
    assert [one.channel.place for one in desk.commands] == [HERE.place, f"@me/{discord.direct()}"]
    assert discord.seen().count("Here you are.") == 2


async def test_answers_for_one_go_to_a_direct_message(discord: DiscordStandIn) -> None:
    """A message cannot be answered unseen in the channel, so the answer goes where the others do not read."""
    desk = FakeDesk()
    desk.answers_with(alone())
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.say("bookmarks")
        await discord.settled(lambda: "For you alone." in discord.seen())
    (told,) = [one for one in discord.messages.values() if one["embeds"]]
    assert told["channel_id"] == str(discord.direct())


async def test_replies_in_a_direct_message_need_no_thread(discord: DiscordStandIn) -> None:
    """A digest in a conversation with one person is a chain of replies."""
    there = ChannelRef("discord", f"@me/{discord.direct()}")
    async with connected(discord) as chat:
        sent: dict[str, MessageRef] = {}
        for outgoing in chat.plan(there, a_digest(), key="1"):
            parent = sent[outgoing.parent_key] if outgoing.parent_key else None
            sent[outgoing.key] = await chat.send(there, outgoing, parent)
        assert await chat.find(there, "1/2") == sent["1/2"]
    assert len(discord.messages) == 4


async def test_buttons_survive_a_restart(discord: DiscordStandIn) -> None:
    """A button of a process that is gone reaches the desk, and only who pressed it hears of it."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
    desk = FakeDesk()
    async with connected(discord) as later, discord.listened_to(later, desk):
        message = discord.messages[number(sent["1/2"])]
        custom_id = message["components"][0]["components"][0]["custom_id"]
        await answered(discord, discord.press(number(sent["1/2"]), custom_id))
        discord.press(number(sent["1/2"]), "somebody-else's")
    (press,) = desk.presses
    assert (press.user, press.channel, press.action, press.paper) == (ALICE, HERE, "bookmark", SECOND)
    assert len(discord.alone) == 1


async def test_reactions_lead_to_the_sent_message(discord: DiscordStandIn) -> None:
    """A reaction in a thread, put on and taken away, names the message that was recorded; other emoji mean nothing."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
    desk = FakeDesk()
    desk.tells(alone("Noted."))
    async with connected(discord) as later, discord.listened_to(later, desk):
        discord.react(number(sent["1/2"]), "🎉")
        discord.react(number(sent["1/2"]), "🔖")
        discord.react(number(sent["1/2"]), "🔖", added=False)
        discord.react(number(sent["1/0"]), "👍")
        await discord.settled(lambda: discord.seen().count("Noted.") == 3)
    assert [(one.user, one.message, one.feeling, one.added) for one in desk.reactions] == [
        (ALICE, sent["1/2"], Feeling.BOOKMARK, True),
        (ALICE, sent["1/2"], Feeling.BOOKMARK, False),
        (ALICE, sent["1/0"], Feeling.MORE, True),
    ]


async def test_doubled_events_count_once(discord: DiscordStandIn) -> None:
    """Discord sends an event again after a lost connection; it is answered once."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        token = discord.command("help")
        await answered(discord, token)
        discord.send("INTERACTION_CREATE", discord.last_interaction)
        discord.say("help")
        discord.send("MESSAGE_CREATE", discord.last_said)
        await discord.settled(lambda: len(desk.commands) == 2)
    assert len(desk.commands) == 2


async def test_one_bad_event_ends_nothing(discord: DiscordStandIn) -> None:
    """A desk that breaks down, an event nobody knows: whoever asked hears it, and the next command is answered."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        desk.fails_with(StoreLocked("The database is locked."))
        broken = await answered(discord, discord.command("help"))
        discord.send("AN_EVENT_OF_TOMORROW", {"x": 1})
        discord.react(1, "🔖", room=CHANNEL)
        discord.refuses(r"POST /interactions", 404, 10_062, "Unknown interaction")
        discord.command("help")
        await discord.settled(lambda: len(desk.heard) == 3)
        unknown = await answered(discord, discord.command("gone"))
    assert broken.message and unknown.message
    assert "The database is locked." in discord.seen()
    assert "There is no command" in discord.seen()


async def test_lost_connection_is_taken_up_again(discord: DiscordStandIn) -> None:
    """The gateway hangs up; the SDK comes back by itself, and nothing asked meanwhile is lost."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.disconnect()
        await answered(discord, discord.command("help"))
    assert discord.resumed == 1


async def test_revoked_token_ends_the_run(discord: DiscordStandIn) -> None:
    """When the gateway refuses the token, the supervisor hears of it."""
    async with connected(discord) as chat:
        async with asyncio.timeout(10):
            with pytest.raises(ChatUnavailable) as closed:
                async with asyncio.TaskGroup() as group:
                    before = discord.connections
                    run = group.create_task(_raised(chat))
                    await discord.settled(lambda: discord.connections > before)
                    discord.disconnect(4004)
                raise await run
    assert "token" in closed.value.hint


async def _raised(chat: DiscordChat) -> ChatError:
    try:
        await chat.run(FakeDesk())
    except ChatError as error:
        return error
    raise AssertionError("it went on")


async def test_cancelling_leaves_nothing_running(discord: DiscordStandIn) -> None:
    """A run that is cancelled hangs up, and the same chat can run again."""
    async with connected(discord) as chat:
        async with running(chat, FakeDesk()):
            await asyncio.sleep(0)
        async with discord.listened_to(chat, FakeDesk()):
            pass
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not [name for name in names if "discord" in name]
