"""How an answer reaches people on Slack: slow, private, interrupted, and where a call fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from adapters.chat.slack.client import SlackChat
from core.converse import guide, table
from core.converse.command import Origin
from core.converse.settings import digest_replies
from core.deliver import compose
from core.errors import UsageError
from core.posts.tree import Action, Audience, Paragraph, Post, text
from tests.fakes.clock import NOON
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import a_digest, a_paper_card
from tests.fakes.slack_driver import HERE, SECRET, a_chat, a_long_post, listening, post_all
from tests.fakes.waiting import until
from tests.standins.slack import RESPONSE, Fault, SlackStandIn
from tests.standins.slack_api import DIRECT, MOST_USES, PERSON
from tests.standins.slack_messages import whispered

WORKING = "Working on it…"
STOPPED = "Paperboy was stopped before the answer was ready. Please ask again in a minute."
LOST = "The answer may have been lost on the way. Please ask again if it is not here."
SCOPES_WITHOUT_HISTORY = "app_mentions:read,channels:read,chat:write,commands,groups:read,reactions:read,users:read"


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as standin:
        yield standin
    assert not standin.violations


@pytest.fixture
async def chat(slack: SlackStandIn) -> AsyncIterator[SlackChat]:
    made = a_chat(slack)
    async with made.open():
        yield made


def private(slack: SlackStandIn) -> list[str]:
    return [whispered(one) for one in slack.private]


def public(slack: SlackStandIn) -> list[str]:
    return [message.visible_text for message in slack.messages]


@asynccontextmanager
async def stopped(chat: SlackChat, desk: FakeDesk, slack: SlackStandIn) -> AsyncIterator[None]:
    """The bot listens and is stopped at the end of the block; it is over when `run` is."""
    task = asyncio.ensure_future(chat.run(desk))
    await slack.connected()
    yield
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


# --- slow answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", [Audience.ASKER, Audience.PERSONAL])
async def test_a_slow_private_answer_is_announced_in_private(
    chat: SlackChat, slack: SlackStandIn, audience: Audience
) -> None:
    """Nobody else reads that a command with a private answer is being worked on; the answer takes that place."""
    desk = FakeDesk(replace(SECRET, audience=audience))
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "bookmarks")
        await until(lambda: slack.private)
        assert private(slack) == [WORKING]
        desk.goes_on()
    assert private(slack) == ["For you alone."]
    assert "chat.postMessage" not in [method for method, _ in slack.calls]


async def test_a_private_answer_without_an_address_is_not_announced(chat: SlackChat, slack: SlackStandIn) -> None:
    """A mention has no response_url: while its private answer is worked on, nothing is said."""
    desk = FakeDesk(SECRET)
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.mention("settings")
        await until(lambda: desk.commands)
        await slack.wait_until_settled(0.3)
        assert slack.read == []
        desk.goes_on()
    assert private(slack) == ["For you alone."]
    assert public(slack) == []


async def test_a_slow_button_leaves_its_message_as_it_is(chat: SlackChat, slack: SlackStandIn) -> None:
    """The response_url of a button would replace the paper that everybody reads: it takes no placeholder."""
    await post_all(chat, a_digest())
    before = public(slack)
    desk = FakeDesk(SECRET)
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.press(slack.message("1/2"), "🔖 Bookmark")
        await until(lambda: desk.commands)
        await slack.wait_until_settled(0.3)
        assert private(slack) == []
        desk.goes_on()
    assert private(slack) == ["For you alone."]
    assert public(slack) == before


async def test_a_private_placeholder_goes_where_the_answer_is_for_all(chat: SlackChat, slack: SlackStandIn) -> None:
    """An answer for everyone is a message for everyone, and the private announcement is taken away."""
    desk = FakeDesk()
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "settings")
        await until(lambda: slack.private)
        desk.goes_on()
    assert public(slack) == ["Here you are."]
    assert private(slack) == []


async def test_a_deleted_placeholder_is_no_loss(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where somebody deleted the announcement, the answer is a message of its own."""
    desk = FakeDesk()
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "2602.00001")
        await until(lambda: slack.messages)
        slack.messages.clear()
        desk.goes_on()
    assert public(slack) == ["Here you are."]


async def test_a_long_private_answer_keeps_to_the_uses_of_its_address(chat: SlackChat, slack: SlackStandIn) -> None:
    """A response_url takes five uses: the first parts may go through it, and all others are ephemeral messages."""
    desk = FakeDesk(replace(a_long_post(), audience=Audience.ASKER))
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "search lamps")
        await until(lambda: slack.private)
        desk.goes_on()
    shown = "\n".join(private(slack))
    assert len(slack.whispers) > 2
    assert all(f"{number} word" in shown for number in range(40))
    assert WORKING not in shown
    assert all(one.uses <= MOST_USES for one in slack.addresses.values())


async def test_outside_its_channels_an_address_is_not_used_up(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where the bot is not let in, as much is said as the response_url takes, and the announcement goes."""
    desk = FakeDesk(replace(a_long_post(), audience=Audience.ASKER))
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "search lamps", channel="C9ELSEWHERE")
        await until(lambda: slack.private)
        desk.goes_on()
    assert WORKING not in private(slack)
    assert len(private(slack)) == 3
    assert all(one.uses <= MOST_USES for one in slack.addresses.values())
    assert public(slack) == []


# --- stops ------------------------------------------------------------------------------------------------------------


async def test_what_was_asked_before_a_stop_is_answered(slack: SlackStandIn) -> None:
    """A stop waits for the answers to what was acknowledged."""
    made = a_chat(slack, grace_s=60)
    async with made.open():
        desk = FakeDesk(a_paper_card())
        desk.hesitates()
        task = asyncio.ensure_future(made.run(desk))
        await slack.slash("/paper", "2602.00001")
        await slack.mention("2602.00001")
        await until(lambda: len(desk.commands) == 1)
        task.cancel()
        await asyncio.sleep(0)
        desk.goes_on()
        await asyncio.wait({task})
    assert len(slack.messages) == 2
    assert all("Borrowed Attention" in shown for shown in public(slack))


async def test_a_stop_leaves_no_public_placeholder(slack: SlackStandIn) -> None:
    """An answer that a stop interrupts becomes word of the stop, in the place of the announcement."""
    desk = FakeDesk()
    desk.hesitates()
    made = a_chat(slack, grace_s=0.01)
    async with made.open(), stopped(made, desk, slack):
        await slack.mention("2602.00001")
        await until(lambda: slack.messages)
    assert public(slack) == [STOPPED]


async def test_a_stop_leaves_no_private_placeholder(slack: SlackStandIn) -> None:
    """Where the answer was for the asker alone, the asker alone hears of the stop."""
    desk = FakeDesk()
    desk.hesitates()
    made = a_chat(slack, grace_s=0.01)
    async with made.open(), stopped(made, desk, slack):
        await slack.slash("/paper", "settings")
        await until(lambda: slack.private)
    assert private(slack) == [STOPPED]
    assert public(slack) == []


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost", "broken", "dropped"])
@pytest.mark.parametrize("place", ["channel", "thread", "direct message"])
async def test_a_failed_call_neither_loses_nor_doubles_an_answer(
    chat: SlackChat, slack: SlackStandIn, kind: str, place: str
) -> None:
    """An answer whose call fails is there once, whether Slack carried that call out or not."""
    asks: dict[str, Callable[[], Awaitable[object]]] = {
        "channel": lambda: slack.slash("/paper", "2602.00001"),
        "thread": lambda: slack.mention("2602.00001"),
        "direct message": lambda: slack.slash("/paper", "2602.00001", channel=DIRECT),
    }
    slack.fail("chat.postMessage", Fault(kind))
    async with listening(chat, FakeDesk(a_digest()), slack):
        await asks[place]()
    assert [message.key.rpartition("/")[2] for message in slack.messages] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("kind", ["broken", "dropped"])
async def test_a_failed_private_answer_is_made_again(chat: SlackChat, slack: SlackStandIn, kind: str) -> None:
    """A private answer whose call fails arrives, and nobody else reads it."""
    slack.fail("chat.postEphemeral", Fault(kind))
    async with listening(chat, FakeDesk(SECRET), slack):
        await slack.mention("settings")
    assert private(slack) == ["For you alone."]
    assert public(slack) == []


@pytest.mark.parametrize("kind", ["lost", "broken", "dropped"])
async def test_a_failed_replacement_is_made_again(chat: SlackChat, slack: SlackStandIn, kind: str) -> None:
    """One failed call leaves no announcement in the answer's place."""
    desk = FakeDesk()
    desk.hesitates()
    slack.fail("chat.update", Fault(kind))
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "2602.00001")
        await until(lambda: slack.messages)
        desk.goes_on()
    assert public(slack) == ["Here you are."]


async def test_a_placeholder_that_arrived_unnoticed_is_taken_away(chat: SlackChat, slack: SlackStandIn) -> None:
    """An announcement whose call failed although Slack carried it out does not stay."""
    desk = FakeDesk()
    desk.hesitates()
    slack.fail("chat.postMessage", Fault("lost"))
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "2602.00001")
        await until(lambda: slack.messages)
        assert public(slack) == [WORKING]
        desk.goes_on()
    assert public(slack) == ["Here you are."]


async def test_a_private_placeholder_that_arrived_unnoticed_is_taken_away(chat: SlackChat, slack: SlackStandIn) -> None:
    """So it does where the announcement was for the asker alone."""
    desk = FakeDesk(SECRET)
    desk.hesitates()
    slack.fail(RESPONSE, Fault("lost"))
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "settings")
        await until(lambda: slack.private)
        desk.goes_on()
    assert private(slack) == ["For you alone."]


async def test_without_history_a_doubtful_answer_is_told(slack: SlackStandIn) -> None:
    """A bot that may not read the channel cannot tell whether its answer arrived, and says so instead of repeating."""
    slack.scopes = SCOPES_WITHOUT_HISTORY
    slack.fail("chat.postMessage", Fault("lost"))
    chat = a_chat(slack, patience_s=60)
    async with chat.open(), listening(chat, FakeDesk(), slack):
        await slack.slash("/paper", "2602.00001")
    assert sorted([*public(slack), *private(slack)]) == ["Here you are.", LOST]
    assert "conversations.history" not in [method for method, _ in slack.calls]


async def test_a_history_that_is_kept_from_the_bot_is_told(slack: SlackStandIn) -> None:
    """So it does where Slack refuses the look at this one channel."""
    slack.fail("chat.postMessage", Fault("lost"))
    slack.fail("conversations.history", Fault("error", "missing_scope", needed="groups:history"), times=9)
    chat = a_chat(slack, patience_s=60)
    async with chat.open(), listening(chat, FakeDesk(), slack):
        await slack.slash("/paper", "2602.00001")
    assert sorted([*public(slack), *private(slack)]) == ["Here you are.", LOST]


# --- who reads it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["user_not_in_channel", "restricted_action"])
async def test_what_cannot_be_whispered_stands_in_place(chat: SlackChat, slack: SlackStandIn, code: str) -> None:
    """Where Slack shows the asker nothing alone and gave no response_url, the answer stands in the thread."""
    slack.fail("chat.postEphemeral", Fault("error", code))
    async with listening(chat, FakeDesk(SECRET), slack):
        ts = await slack.mention("settings")
    assert [(message.visible_text, message.thread_ts) for message in slack.messages] == [("For you alone.", ts)]


async def test_what_is_personal_is_never_said_in_place(chat: SlackChat, slack: SlackStandIn) -> None:
    """A reading list that cannot be whispered stays untold; the place hears how to get it."""
    slack.fail("chat.postEphemeral", Fault("error", "user_not_in_channel"))
    async with listening(chat, FakeDesk(replace(SECRET, audience=Audience.PERSONAL)), slack):
        await slack.mention("bookmarks")
    (shown,) = public(slack)
    assert shown.endswith("Paperboy cannot write to you. Ask again in a direct message to Paperboy.")


async def test_a_refused_whisper_goes_through_the_address(chat: SlackChat, slack: SlackStandIn) -> None:
    """A command brings a response_url, through which the asker alone is told what Slack shows in no other way."""
    slack.fail("chat.postEphemeral", Fault("error", "restricted_action"))
    async with listening(chat, FakeDesk(SECRET), slack):
        await slack.slash("/paper", "bookmarks")
    assert private(slack) == ["For you alone."]
    assert public(slack) == []


# --- words and buttons ------------------------------------------------------------------------------------------------


async def test_commands_are_shown_as_they_are_typed(chat: SlackChat, slack: SlackStandIn) -> None:
    """Help, settings, hints and errors show commands of `/paper`: Slack keeps `/search` for itself."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        for post in (
            guide.overview(table.TYPED_COMMANDS, is_newcomer=True, is_private=False),
            guide.about(table.BY_NAME["search"]),
            digest_replies.settings([], NOON),
            compose.error(UsageError("Which paper?", hint="Write `/paper 2601.15529` or `/search lamps`.")),
        ):
            desk.answers_with(post)
            await slack.slash("/paper", "help")
            await slack.wait_until_settled()
        await slack.slash("/paper", "/serach lamps")
    overview, search, settings, error, unknown = private(slack)
    assert '/paper search "in-context learning"' in overview
    assert "/paper paper 2601.15529" in overview or "/paper 2601.15529" in overview
    assert "@Paperboy what data was used?" in overview
    assert "🔖" in overview
    assert '/paper search "in-context learning" since:7d' in search
    assert "Start one with /paper subscribe cs.CL" in settings
    assert "Write /paper 2601.15529 or /paper search lamps." in error
    assert "Did you mean /paper search?" in unknown


async def test_edited_messages_speak_the_same_words(chat: SlackChat, slack: SlackStandIn) -> None:
    """A message that is edited shows commands as one that is sent does."""
    (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
    await chat.edit(await chat.send(HERE, outgoing, None), compose.say("Write `/search lamps`."))
    assert public(slack) == ["Write /paper search lamps."]


@pytest.mark.parametrize("arguments", ["", "page:2 diffus* in:cs.CV", "é" * 2_000])
async def test_buttons_carry_any_arguments(chat: SlackChat, slack: SlackStandIn, arguments: str) -> None:
    """A button brings its command's name and arguments, whatever these are, without any memory of ours."""
    action = Action(name="search", label="More", arguments=arguments)
    await post_all(chat, Post(blocks=(Paragraph(spans=(text("Hits"),)),), actions=(action,)))
    desk = FakeDesk(SECRET)
    async with listening(chat, desk, slack):
        await slack.press(slack.messages[-1], "More")
    assert [(one.name, one.arguments, one.origin) for one in desk.presses] == [("search", arguments, Origin.BUTTON)]


async def test_commands_tell_how_they_were_given(chat: SlackChat, slack: SlackStandIn) -> None:
    """A slash command is typed, a mention is a mention."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "help")
        await slack.wait_until_settled()
        await slack.mention("help")
    assert [one.origin for one in desk.commands] == [Origin.TYPED, Origin.MENTION]
    assert {one.actor.id for one in desk.commands} == {PERSON}
