"""What people do on Discord, and what they see of it: commands, mentions, reactions, buttons."""

from __future__ import annotations

import asyncio

import pytest

from adapters.chat.discord.client import DiscordChat
from core.channels import ChannelRef
from core.errors import ChatError, ChatUnavailable, StoreLocked
from core.posts.messages import MessageRef
from core.posts.tree import Audience, Post
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import ALICE, HERE, a_private_post, answered, connected, number, post_all
from tests.fakes.posts import FIRST, SECOND, a_digest, a_paper_card
from tests.fakes.running import running
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import CHANNEL, MESSAGE_CONTENT, OTHER_BOT


async def test_commands_are_registered_once(discord: DiscordStandIn) -> None:
    """Discord is told our commands when it knows others, and not at every start."""
    async with connected(discord) as chat:
        for _ in range(2):
            async with discord.listened_to(chat, FakeDesk()):
                pass
    assert sum(line.startswith("PUT /applications") for line in discord.requests) == 1


async def test_command_is_answered_in_public_or_alone(discord: DiscordStandIn) -> None:
    """A quick answer comes at once, to everybody or to the asker alone, as the post says."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        desk.answers_with(a_paper_card())
        public = await answered(discord, discord.command("paper", "2602.00001", permissions="0"))
        desk.answers_with(a_private_post())
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
@pytest.mark.parametrize("post", [a_digest(), a_private_post()], ids=["public", "alone"])
async def test_slow_answers_are_deferred(discord: DiscordStandIn, name: str, post: Post) -> None:
    """What takes longer is deferred in time and filled in later, for the right eyes whatever was guessed."""
    desk = FakeDesk()
    desk.hesitates()
    desk.answers_with(post)
    async with connected(discord, patience_s=0.02) as chat, discord.listened_to(chat, desk):
        asked = discord.interactions[discord.command(name, "x")]
        await discord.wait_until_settled(lambda: asked.acknowledged_s is not None)
        assert not (discord.messages or discord.alone)
        desk.goes_on()
        await discord.wait_until_settled(lambda: discord.messages or discord.alone)
    assert asked.acknowledged_s is not None
    assert asked.acknowledged_s < 3
    assert len(discord.messages) == (0 if post.audience is Audience.ASKER else 4)
    assert len(discord.alone) == (1 if post.audience is Audience.ASKER else 0)


async def test_commands_in_a_thread_are_about_its_channel(discord: DiscordStandIn) -> None:
    """Inside a digest's thread a command means the channel, and is answered in the thread."""
    desk = FakeDesk(a_digest())
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
        thread = number(sent["1/0"])
        async with discord.listened_to(chat, desk):
            await answered(discord, discord.command("digest", room=thread))
            discord.say("help", room=thread)
            await discord.wait_until_settled(lambda: len(desk.commands) == 2)
    assert [one.place for one in desk.commands] == [HERE, HERE]
    assert [one.thread for one in desk.commands] == [sent["1/0"], sent["1/0"]]
    assert [one["channel_id"] for one in list(discord.messages.values())[4:]].count(str(thread)) == 9


async def test_mentions_and_direct_messages_are_commands(discord: DiscordStandIn) -> None:
    """Whoever writes to the bot gets a reply; whoever writes to others does not."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.say("search graph nets")
        discord.say("between us", mention=False)
        await discord.wait_until_settled(lambda: desk.commands)
        discord.say("2602.00001", room=discord.direct())
        await discord.wait_until_settled(lambda: len(desk.commands) == 2)
    assert [(one.name, one.arguments) for one in desk.commands] == [("search", "graph nets"), ("paper", "2602.00001")]
    assert [one.place for one in desk.commands] == [HERE, ChannelRef("discord", "@me", str(discord.direct()))]
    assert discord.seen().count("Here you are.") == 2


async def test_answers_for_one_go_to_a_direct_message(discord: DiscordStandIn) -> None:
    """A message cannot be answered unseen in the channel, so the answer goes where the others do not read."""
    desk = FakeDesk(a_private_post())
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.say("bookmarks")
        await discord.wait_until_settled(lambda: "For you alone." in discord.seen())
    (told,) = [one for one in discord.messages.values() if one["embeds"]]
    assert told["channel_id"] == str(discord.direct())


async def test_replies_in_a_direct_message_need_no_thread(discord: DiscordStandIn) -> None:
    """A digest in a conversation with one person is a chain of replies."""
    there = ChannelRef("discord", "@me", str(discord.direct()))
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
    desk = FakeDesk(a_private_post())
    async with connected(discord) as later, discord.listened_to(later, desk):
        message = discord.messages[number(sent["1/2"])]
        custom_id = message["components"][0]["components"][0]["custom_id"]
        await answered(discord, discord.press(number(sent["1/2"]), custom_id))
        discord.press(number(sent["1/2"]), "somebody-else's")
    (press,) = desk.presses
    assert (press.actor, press.place, press.name, press.arguments) == (ALICE, HERE, "bookmark", str(SECOND))
    assert len(discord.alone) == 1


async def test_reactions_lead_to_the_sent_message(discord: DiscordStandIn) -> None:
    """A reaction in a thread, put on and taken away, names the message that was recorded, and the emoji."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
    desk = FakeDesk()
    desk.tells(a_private_post("Noted."))
    async with connected(discord) as later, discord.listened_to(later, desk):
        discord.react(number(sent["1/2"]), "<:star:123>")
        discord.react(number(sent["1/2"]), "🔖")
        discord.react(number(sent["1/2"]), "🔖", added=False)
        discord.react(number(sent["1/0"]), "👍")
        await discord.wait_until_settled(lambda: discord.seen().count("Noted.") == 4)
    assert [(one.user, one.message, one.emoji, one.added) for one in desk.reactions] == [
        (ALICE, sent["1/2"], "123", True),
        (ALICE, sent["1/2"], "🔖", True),
        (ALICE, sent["1/2"], "🔖", False),
        (ALICE, sent["1/0"], "👍", True),
    ]


async def test_moderators_clear_messages(discord: DiscordStandIn) -> None:
    """All reactions of a message, or those of one emoji, are brought as one clearing each, after what came before."""
    async with connected(discord) as chat:
        sent = await post_all(chat, a_digest())
    message, desk = sent["1/2"], FakeDesk()
    async with connected(discord) as later, discord.listened_to(later, desk):
        discord.react(number(message), "🔖")
        for emoji in ("🔖", "🎉", ""):
            discord.clear(number(message), emoji)
        await discord.wait_until_settled(lambda: len(desk.clearings) == 3)
    assert [(one.message, one.emoji) for one in desk.clearings] == [(message, "🔖"), (message, "🎉"), (message, "")]
    moments = [one.at for one in (*desk.reactions, *desk.clearings) if one.at]
    assert len(moments) == 4 and moments == sorted(set(moments))


async def test_standing_reactions_are_listed(discord: DiscordStandIn) -> None:
    """People who reacted are listed, however many, without bots and emoji that do not count; of a deleted message, and
    of one with more than can be read, nothing is known."""

    def counts(emoji: str) -> bool:
        return emoji in ("👍", "<:star:42>")

    async with connected(discord) as chat:
        message = (await post_all(chat, a_digest()))["1/2"]
        desk = FakeDesk()
        async with discord.listened_to(chat, desk):
            await discord.wait_until_settled(lambda: desk.missed)
            ((place, list_reactions),) = desk.missed
            for user in (*range(1, 151), OTHER_BOT):
                discord.put_reaction(number(message), "👍", user)
            for emoji in ("🎉", "<:star:42>", "<:moon:43>"):
                discord.put_reaction(number(message), emoji, 7)
            listed = await list_reactions(message, counts) or ()
            for user in range(151, 502):
                discord.put_reaction(number(message), "👍", user)
            assert await list_reactions(message, counts) is None
            del discord.messages[number(message)]
            assert await list_reactions(message, counts) is None
    assert place == ChannelRef("discord", "", "")
    assert {int(one.user.id) for one in listed if one.emoji == "👍"} == set(range(1, 151))
    assert [one.user.id for one in listed if one.emoji == "42"] == ["7"]
    assert len(listed) == 151 and all(one.added for one in listed)


async def test_a_session_that_goes_on_missed_nothing(discord: DiscordStandIn) -> None:
    """Discord sends again what happened while a connection was lost, unless the session is a new one."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.disconnect()
        await answered(discord, discord.command("help"))
    assert discord.resumed == 1 and len(desk.missed) == 1


async def test_doubled_events_count_once(discord: DiscordStandIn) -> None:
    """Discord sends an event again after a lost connection; it is answered once."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        token = discord.command("help")
        await answered(discord, token)
        discord.send("INTERACTION_CREATE", discord.last_interaction)
        discord.say("help")
        discord.send("MESSAGE_CREATE", discord.last_said)
        await discord.wait_until_settled(lambda: len(desk.commands) == 2)
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
        await discord.wait_until_settled(lambda: len(desk.events) == 3)
        unknown = await answered(discord, discord.command("gone"))
    assert broken.message and unknown.message
    assert "Paperboy cannot reach its memory right now." in discord.seen()
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
        async with asyncio.timeout(60):
            with pytest.raises(ChatUnavailable) as closed:
                async with asyncio.TaskGroup() as group:
                    before = discord.connections
                    run = group.create_task(_raised(chat))
                    await discord.wait_until_settled(lambda: discord.connections > before)
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


@pytest.mark.parametrize("flags", [0, MESSAGE_CONTENT])
async def test_what_people_say_to_one_another(discord: DiscordStandIn, flags: int) -> None:
    """Links that people paste are heard where the application may hear them, and it never asks without that right."""
    discord.app_flags, desk = flags, FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.say("https://arxiv.org/abs/2602.00002", mention=False)
        discord.say("nothing to see", mention=False)
        discord.say("https://arxiv.org/abs/2602.00003")
        await discord.wait_until_settled(lambda: desk.commands)
        assert bool(await chat.hears_links(HERE)) is not bool(flags)
    assert [[str(one) for one in paste.papers] for paste in desk.pastes] == ([["arxiv:2602.00002"]] if flags else [])
    assert [(one.name, one.arguments) for one in desk.commands] == [("paper", "https://arxiv.org/abs/2602.00003")]
