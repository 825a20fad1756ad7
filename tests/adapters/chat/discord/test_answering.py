"""How answers reach people on Discord when calls fail, take long or are interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.chat.discord.client import DiscordChat
from core.converse.command import Origin
from core.converse.floods import Floods, Limit, LimitedDesk
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import CREATE, a_private_post, answered, connected
from tests.fakes.posts import a_paper_card
from tests.fakes.waiting import turns
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import Interaction
from tests.standins.discord_words import words_of

CALLBACK = r"POST /interactions"
ORIGINAL = r" /webhooks/.*/@original$"
FOLLOW_UP = r"POST /webhooks"
OPEN = Post(blocks=(Paragraph(spans=(text("For everybody."),)),))
PERSONAL = replace(a_private_post(), audience=Audience.PERSONAL)
STOPPED = "Paperboy was stopped before the answer was ready. Please ask again in a minute."
LOST = "The answer may have been lost on the way. Please ask again if it is not here."


def in_channel(discord: DiscordStandIn) -> list[str]:
    """What the bot said where everybody reads it."""
    return [said for said, room_kind in _sent_messages(discord) if room_kind != 1]


def in_direct_messages(discord: DiscordStandIn) -> list[str]:
    return [said for said, room_kind in _sent_messages(discord) if room_kind == 1]


def to_asker(discord: DiscordStandIn) -> list[str]:
    """What the bot said to the asker alone, beside the command."""
    return [words_of(message) for message in discord.alone.values()]


def _sent_messages(discord: DiscordStandIn) -> list[tuple[str, int]]:
    return [
        (words_of(message), int(discord.rooms[int(message["channel_id"])]["type"]))
        for message in discord.messages.values()
        if message["author"].get("bot")
    ]


def asks_slowly(discord: DiscordStandIn, name: str) -> Interaction:
    return discord.interactions[discord.command(name, "x")]


async def deferred(discord: DiscordStandIn, name: str) -> Interaction:
    """A command that was deferred."""
    asked = asks_slowly(discord, name)
    await discord.wait_until_settled(lambda: asked.deferred)
    return asked


@asynccontextmanager
async def stopping(discord: DiscordStandIn, chat: DiscordChat, desk: FakeDesk) -> AsyncIterator[asyncio.Task[None]]:
    """The bot runs until the block cancels it."""
    before = discord.connections
    async with asyncio.TaskGroup() as group:
        run = group.create_task(chat.run(desk))
        await discord.wait_until_settled(lambda: discord.connections > before)
        yield run


# --- calls that fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("post", [OPEN, a_private_post()], ids=["public", "alone"])
@pytest.mark.parametrize("fault", ["500", "dropped", "lost answer", "lost answers"])
async def test_a_failed_callback_loses_and_doubles_nothing(discord: DiscordStandIn, post: Post, fault: str) -> None:
    """A callback that fails, or whose answer is lost, is made again; the answer is there once, for the right eyes."""
    async with connected(discord) as chat, discord.listened_to(chat, FakeDesk(post)):
        if fault == "500":
            discord.fails(CALLBACK, 500)
        else:
            discord.drops(CALLBACK, times=4 if fault == "lost answers" else 1, accepted=fault != "dropped")
        discord.command("paper", "1")
        await discord.wait_until_settled(lambda: discord.messages or discord.alone)
    is_open = post is OPEN
    assert in_channel(discord) == (["For everybody."] if is_open else [])
    assert to_asker(discord) == ([] if is_open else ["For you alone."])


@pytest.mark.parametrize("post", [OPEN, a_private_post()], ids=["public", "alone"])
@pytest.mark.parametrize("name", ["paper", "bookmarks"], ids=["guessed public", "guessed alone"])
async def test_a_deferral_that_nobody_confirmed_is_found(discord: DiscordStandIn, name: str, post: Post) -> None:
    """A deferral arrived and its answer was lost: the answer fills it in, or takes its place for other eyes."""
    desk = FakeDesk(post)
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        discord.drops(CALLBACK, times=3, accepted=True)
        asked = asks_slowly(discord, name)
        await discord.wait_until_settled(lambda: sum("/callback" in line for line in discord.requests) >= 3)
        desk.goes_on()
        await discord.wait_until_settled(lambda: discord.messages or discord.alone)
    assert in_channel(discord) == (["For everybody."] if post is OPEN else [])
    assert to_asker(discord) == ([] if post is OPEN else ["For you alone."])
    assert asked.message or not asked.deferred


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_failed_reply_loses_and_doubles_nothing(discord: DiscordStandIn, *, accepted: bool) -> None:
    """A reply to a message is sent again, and its nonce keeps it from standing there twice."""
    async with connected(discord) as chat, discord.listened_to(chat, FakeDesk(OPEN)):
        discord.drops(CREATE, times=4, accepted=accepted)
        discord.say("search graph nets")
        await discord.wait_until_settled(lambda: in_channel(discord))
    assert in_channel(discord) == ["For everybody."]


@pytest.mark.parametrize("pattern", [r"POST /users/@me/channels", CREATE], ids=["opening", "sending"])
async def test_a_failed_direct_message_is_sent_again(discord: DiscordStandIn, pattern: str) -> None:
    """An answer for one person gets to that person's direct messages in spite of one failed call."""
    async with connected(discord) as chat, discord.listened_to(chat, FakeDesk(PERSONAL)):
        discord.fails(pattern, 500)
        discord.say("bookmarks")
        await discord.wait_until_settled(lambda: in_direct_messages(discord))
    assert in_direct_messages(discord) == ["For you alone."]
    assert not in_channel(discord)


async def test_a_failed_placeholders_answer_is_put_again(discord: DiscordStandIn) -> None:
    """A deferral is filled in though that call fails first."""
    desk = FakeDesk(OPEN)
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        await deferred(discord, "paper")
        discord.fails(f"PATCH{ORIGINAL}", 500)
        discord.drops(f"PATCH{ORIGINAL}", accepted=True)
        desk.goes_on()
        await discord.wait_until_settled(lambda: discord.messages)
    assert in_channel(discord) == ["For everybody."]


async def test_a_follow_up_that_may_be_there_is_told(discord: DiscordStandIn) -> None:
    """A private answer's second part cannot be sent twice without harm: the asker alone hears that it may be lost."""
    long = replace(a_paper_card(), audience=Audience.ASKER, replies=(a_private_post("The second part."),))
    async with connected(discord) as chat, discord.listened_to(chat, FakeDesk(long)):
        discord.drops(FOLLOW_UP, accepted=True)
        discord.command("digest", "preview")
        await discord.wait_until_settled(lambda: LOST in to_asker(discord))
    assert to_asker(discord)[1:] == ["The second part.", LOST]
    assert not in_channel(discord)


# --- interactions that are over ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [(404, 10_062), (404, 10_015), (401, 50_027)])
async def test_an_interaction_that_is_over_is_answered_elsewhere(
    discord: DiscordStandIn, status: int, code: int
) -> None:
    """Too late for the interaction, a public answer is a message in the channel, and a private one a direct message."""
    desk = FakeDesk(OPEN)
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.refuses(CALLBACK, status, code, "Too late", times=2)
        discord.command("paper", "1")
        await discord.wait_until_settled(lambda: in_channel(discord))
        desk.answers_with(PERSONAL)
        discord.command("bookmarks")
        await discord.wait_until_settled(lambda: in_direct_messages(discord))
    assert in_channel(discord) == ["For everybody."]
    assert in_direct_messages(discord) == ["For you alone."]


@pytest.mark.parametrize("post", [OPEN, a_private_post()], ids=["public", "alone"])
async def test_a_deferral_that_is_over_is_answered_elsewhere(discord: DiscordStandIn, post: Post) -> None:
    """After fifteen minutes the deferral cannot be filled in; the answer comes all the same."""
    desk = FakeDesk(post)
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        await deferred(discord, "paper" if post is OPEN else "help")
        discord.refuses(r"/webhooks/", 401, 50_027, "Invalid Webhook Token", times=9)
        desk.goes_on()
        await discord.wait_until_settled(lambda: discord.messages)
    assert in_channel(discord) == (["For everybody."] if post is OPEN else [])
    assert in_direct_messages(discord) == ([] if post is OPEN else ["For you alone."])


async def test_a_deferral_that_was_deleted_is_no_loss(discord: DiscordStandIn) -> None:
    """Where somebody deleted the deferral, the answer is a message of its own."""
    desk = FakeDesk(OPEN)
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        asked = await deferred(discord, "paper")
        asked.deferred = False
        desk.goes_on()
        await discord.wait_until_settled(lambda: discord.messages)
    assert in_channel(discord) == ["For everybody."]


async def test_where_the_bot_may_not_write_it_still_answers_commands(discord: DiscordStandIn) -> None:
    """A command works in a channel that the bot cannot write to, and so do the further parts of its answer."""
    parts = replace(OPEN, replies=(Post(blocks=(Paragraph(spans=(text("The second part."),)),)),))
    async with connected(discord) as chat, discord.listened_to(chat, FakeDesk(parts)):
        discord.refuses(r"POST /channels/\d+/messages", 403, 50_001, "Missing Access", times=9)
        discord.command("paper", "1")
        await discord.wait_until_settled(lambda: len(in_channel(discord)) == 2)
    assert in_channel(discord) == ["For everybody.", "The second part."]


# --- for the asker alone ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["mention", "late command", "reaction"])
@pytest.mark.parametrize("is_personal", [True, False], ids=["personal", "alone"])
async def test_who_takes_no_direct_messages(discord: DiscordStandIn, way: str, *, is_personal: bool) -> None:
    """What cannot be said to one person alone stands in place; of what is personal, only how to be reached."""
    desk = FakeDesk(PERSONAL if is_personal else a_private_post())
    desk.tells(PERSONAL if is_personal else a_private_post())
    room = discord.direct()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        discord.refuses(rf"POST /channels/{room}/messages", 403, 50_007, "Cannot send messages to this user", times=9)
        if way == "late command":
            discord.refuses(CALLBACK, 404, 10_062, "Unknown interaction", times=9)
            discord.command("bookmarks")
        else:
            discord.say("bookmarks", mention=way == "mention")
            if way == "reaction":
                discord.react(max(discord.messages), "🔖")
        await discord.wait_until_settled(lambda: in_channel(discord))
    (said,) = in_channel(discord)
    assert ("For you alone." in said) is not is_personal
    assert ("Allow direct messages" in said) is is_personal


@pytest.mark.parametrize(
    ("words", "is_typing"), [("paper 1", True), ("bookmarks", False)], ids=["for everybody", "for one"]
)
async def test_typing_shows_work_that_everybody_will_read(
    discord: DiscordStandIn, words: str, *, is_typing: bool
) -> None:
    """While a mention is worked on, the channel sees the bot typing; not where the answer is for the asker alone."""
    desk = FakeDesk(OPEN if is_typing else a_private_post())
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        discord.say(words)
        await discord.wait_until_settled(lambda: desk.commands)
        desk.goes_on()
        await discord.wait_until_settled(lambda: "For" in discord.seen())
    assert any(line.endswith("/typing") for line in discord.requests) is is_typing


@pytest.mark.parametrize(("name", "is_private"), [("paper", False), ("help", True)])
async def test_a_deferral_is_for_the_eyes_of_its_answer(
    discord: DiscordStandIn, name: str, *, is_private: bool
) -> None:
    """Nobody else sees that a private answer is being worked on."""
    desk = FakeDesk(a_private_post() if is_private else OPEN)
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        asked = await deferred(discord, name)
        assert asked.ephemeral is is_private
        desk.goes_on()
        await discord.wait_until_settled(lambda: asked.message)
    assert asked.message
    assert words_of(asked.message) == ("For you alone." if is_private else "For everybody.")


# --- stopping, and what is asked side by side -------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "is_private"), [("paper", False), ("help", True)])
async def test_a_stop_leaves_no_placeholder(discord: DiscordStandIn, name: str, *, is_private: bool) -> None:
    """A stop in the middle of an answer asks the person to ask again, in the deferral's place."""
    desk = FakeDesk()
    desk.hesitates()
    async with connected(discord, patience_s=0.0, grace_s=0.0) as chat, stopping(discord, chat, desk) as run:
        asked = await deferred(discord, name)
        run.cancel()
    assert asked.message
    assert words_of(asked.message) == STOPPED
    assert in_channel(discord) == ([] if is_private else [STOPPED])


async def test_a_stop_is_told_to_who_wrote_a_message(discord: DiscordStandIn) -> None:
    """A mention that a stop interrupts is answered by the request to ask again."""
    desk = FakeDesk()
    desk.hesitates()
    async with connected(discord, grace_s=0.0) as chat, stopping(discord, chat, desk) as run:
        discord.say("paper 1")
        await discord.wait_until_settled(lambda: desk.commands)
        run.cancel()
    assert in_channel(discord) == [STOPPED]


async def test_what_was_asked_before_a_stop_is_answered(discord: DiscordStandIn) -> None:
    """A stop waits for the answers that are on their way."""
    desk = FakeDesk(OPEN)
    desk.hesitates()
    async with connected(discord, grace_s=60.0) as chat, stopping(discord, chat, desk) as run:
        discord.command("paper", "1")
        discord.say("paper 2")
        await discord.wait_until_settled(lambda: len(desk.commands) == 2)
        run.cancel()
        await turns()
        desk.goes_on()
    assert in_channel(discord) == ["For everybody.", "For everybody."]


async def test_a_command_waits_for_no_other(discord: DiscordStandIn) -> None:
    """A second command of the same person is acknowledged while the first is still being worked on."""
    desk = FakeDesk(OPEN)
    desk.hesitates()
    async with connected(discord, patience_s=0.0) as chat, discord.listened_to(chat, desk):
        first, second = asks_slowly(discord, "paper"), asks_slowly(discord, "paper")
        await discord.wait_until_settled(lambda: first.deferred and second.deferred)
        desk.goes_on()
        await discord.wait_until_settled(lambda: first.message and second.message)
    assert in_channel(discord) == ["For everybody.", "For everybody."]


# --- what the desk hears, and what people read of commands ------------------------------------------------------------


async def test_the_desk_hears_how_it_was_asked(discord: DiscordStandIn) -> None:
    """A command tells whether it was typed, a mention or a button, and which language the person's Discord speaks."""
    desk = FakeDesk(OPEN)
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        asked = await answered(discord, discord.command("paper", "1"))
        assert asked.message
        await answered(discord, discord.press(int(asked.message["id"]), "pb:search:graphs since:7d"))
        discord.say("help")
        await discord.wait_until_settled(lambda: len(desk.commands) == 3)
        discord.say("help", room=discord.direct())
        await discord.wait_until_settled(lambda: len(desk.commands) == 4)
    assert [(one.origin, one.locale) for one in desk.commands] == [
        (Origin.TYPED, "en-US"),
        (Origin.BUTTON, "en-US"),
        (Origin.MENTION, ""),
        (Origin.TYPED, ""),
    ]
    assert (desk.commands[1].name, desk.commands[1].arguments) == ("search", "graphs since:7d")


async def test_no_command_looks_like_a_failure(discord: DiscordStandIn) -> None:
    """Discord calls it a failure where nothing is said: each command of a flood is answered, to who gave it alone; the
    first of them says how long to wait where the desk speaks for once."""
    few = Limit(burst=1, per_second=0.0, pause=timedelta(hours=1))
    desk = LimitedDesk(FakeDesk(OPEN), floods=Floods(person=few))
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        asked = [await answered(discord, discord.command("help")) for _ in range(4)]
        discord.say("help")
        await discord.wait_until_settled(lambda: True)
    assert all(one.message for one in asked)
    assert in_channel(discord) == ["For everybody."]
    again = "You ask more than Paperboy can answer at once. It answers you again in 3600 seconds."
    assert [said.removeprefix("⚠️ ") for said in to_asker(discord)] == [
        again,
        *[f"That was not carried out. {again}"] * 2,
    ]


async def test_a_full_inbox_is_told(discord: DiscordStandIn) -> None:
    """Who asks while too much waits reads that at once, and what waited is answered."""
    desk = FakeDesk(OPEN)
    desk.hesitates()
    async with connected(discord, patience_s=60.0, most_waiting=1) as chat, discord.listened_to(chat, desk):
        first = discord.interactions[discord.command("help")]
        await discord.wait_until_settled(lambda: desk.commands)
        refused = await answered(discord, discord.command("help"))
        discord.typing("search", "for", "lanterns")
        desk.goes_on()
        await discord.wait_until_settled(lambda: first.message)
    assert refused.message and "has too much to do right now" in words_of(refused.message)
    assert len(desk.commands) == 1


async def test_a_button_of_another_version(discord: DiscordStandIn) -> None:
    """A button that nobody can read any more says so, instead of Discord saying that the interaction failed."""
    desk = FakeDesk()
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        await answered(discord, discord.command("help"))
        shown = next(iter(discord.messages | discord.alone))
        pressed = await answered(discord, discord.press(shown, "somebody:else's button"))
    assert pressed.message and "This button is of another version of Paperboy." in words_of(pressed.message)
    assert len(desk.commands) == 1
