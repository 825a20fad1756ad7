"""Answers on Telegram when calls fail, work takes long, people cannot be written to, or the program stops."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from adapters.chat.inbox import MOST_WAITING
from core.channels import ChannelRef
from core.converse import guide
from core.converse.command import Origin
from core.converse.grammar import NAMES
from core.converse.table import TYPED_COMMANDS
from core.posts.reactions import Reaction
from core.posts.tree import Action, Audience, Paragraph, Post, text
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.running import running
from tests.fakes.telegram_driver import CHANNEL, GROUP, PERSON, a_sentence, opened, post_all
from tests.fakes.waiting import turns, until
from tests.standins.telegram import NOON, Fault, TelegramStandin
from tests.standins.telegram_words import a_chat, person

LOST = "The answer may have been lost on the way. Please ask again if it is not here."
STOPPED = "Paperboy was stopped before the answer was ready. Please ask again in a minute."
ALONE = a_sentence("For you.", audience=Audience.ASKER)
PERSONAL = a_sentence("Your list.", audience=Audience.PERSONAL)


@pytest.fixture
def standin() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


def visible_messages(standin: TelegramStandin) -> list[tuple[int, str]]:
    """The messages that stand in chats, with their chat."""
    return [(one.chat, one.text) for one in standin.messages if not one.deleted]


def a_chat_of(chat_id: int) -> ChannelRef:
    return ChannelRef("telegram", "", str(chat_id))


def a_post_with_buttons(*actions: Action) -> Post:
    return Post(blocks=(Paragraph(spans=(text("Press one."),)),), actions=actions)


# --- calls that fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("post", [a_sentence("Here you are."), ALONE])
async def test_an_answer_survives_an_error_of_telegrams(standin: TelegramStandin, post: Post) -> None:
    """A call that Telegram failed to carry out is made again: the answer is there, once."""
    clock = FakeClock()
    standin.fails("sendMessage", Fault(status=500), Fault(status=502))
    async with opened(standin, clock) as chat, running(chat, FakeDesk(post)):
        standin.types("/help", chat=GROUP)
        await standin.answered(1)
    assert len(standin.messages) == 1
    assert clock.slept == [1.0, 3.0]


@pytest.mark.parametrize(
    ("post", "chat_id"), [(a_sentence("Here you are."), GROUP), (ALONE, PERSON)], ids=["for everyone", "for the asker"]
)
@pytest.mark.parametrize("is_accepted", [True, False])
async def test_an_answer_that_may_be_lost_is_told(
    standin: TelegramStandin, post: Post, chat_id: int, *, is_accepted: bool
) -> None:
    """A broken connection leaves open whether the message is there: it is not doubled, and whoever reads it is told."""
    standin.fails("sendMessage", Fault(accepted=is_accepted))
    async with opened(standin) as chat, running(chat, FakeDesk(post)):
        standin.types("/help", chat=GROUP)
        await standin.answered(1 + is_accepted)
    assert visible_messages(standin) == [(chat_id, post.fallback)] * is_accepted + [(chat_id, LOST)]


@pytest.mark.parametrize("fault", [Fault(), Fault(accepted=True), Fault(status=500)])
async def test_a_placeholder_becomes_the_answer_in_spite_of_a_failed_call(
    standin: TelegramStandin, fault: Fault
) -> None:
    """To rewrite the placeholder twice does no harm."""
    desk = FakeDesk()
    standin.fails("editMessageText", fault)
    async with opened(standin, patience_s=0) as chat, running(chat, desk):
        desk.hesitates()
        standin.types("/digest", chat=GROUP)
        await standin.answered(1)
        desk.goes_on()
        await standin.wait_until_settled(lambda: len(standin.requests("editMessageText")) == 2)
    assert visible_messages(standin) == [(GROUP, "Here you are.")]


# --- placeholders -----------------------------------------------------------------------------------------------------


async def test_no_placeholder_for_whom_the_bot_cannot_write_to(standin: TelegramStandin) -> None:
    """A slow private answer to somebody who never pressed Start has no placeholder in the group."""
    desk = FakeDesk(ALONE)
    desk.hesitates()
    standin.closed.add(8)
    async with opened(standin, patience_s=0) as chat, running(chat, desk):
        standin.types("/help", chat=GROUP, user=8)
        await standin.wait_until_settled(lambda: len(standin.requests("sendMessage")) == 1)
        assert visible_messages(standin) == []
        desk.goes_on()
        await standin.answered(1)
    assert visible_messages(standin) == [(GROUP, "For you.")]


async def test_parts_of_a_private_answer_reply_to_the_first(standin: TelegramStandin) -> None:
    """A private answer of several messages is a chain of replies in the private chat, also after a placeholder."""
    desk = FakeDesk(
        Post(blocks=ALONE.blocks, replies=(a_sentence("And more."), a_sentence("More.")), audience=Audience.ASKER)
    )
    async with opened(standin, patience_s=0) as chat, running(chat, desk):
        standin.types("/help", chat=GROUP)
        await standin.answered(3)
        first, *others = standin.messages
    assert {one.chat for one in standin.messages} == {PERSON}
    assert [one.reply_to for one in others] == [first.id, first.id]


# --- stops ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "chat_id"), [("/digest", GROUP), ("/bookmarks", PERSON)])
async def test_a_stop_leaves_no_placeholder(standin: TelegramStandin, words: str, chat_id: int) -> None:
    """A stop in the middle of an answer says so in the placeholder's place, in the audience of the answer."""
    desk = FakeDesk()
    desk.hesitates()
    async with opened(standin, patience_s=0, grace_s=0) as chat, running(chat, desk):
        standin.types(words, chat=GROUP)
        await standin.answered(1)
        assert visible_messages(standin) == [(chat_id, "Working on it…")]
    assert visible_messages(standin) == [(chat_id, STOPPED)]


async def test_a_stop_answers_a_press(standin: TelegramStandin) -> None:
    """Who pressed a button is told of the stop by it."""
    desk = FakeDesk()
    async with opened(standin, grace_s=0) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_post_with_buttons(Action(name="bookmark", label="x", arguments="sample:7")))
        desk.hesitates()
        query = standin.presses(GROUP, int(sent.id))
        await standin.wait_until_settled(lambda: bool(desk.presses))
    assert standin.notices == {query: STOPPED}


async def test_what_was_asked_before_a_stop_is_answered(standin: TelegramStandin) -> None:
    """A stop waits for the answers to what was accepted."""
    desk = FakeDesk()
    desk.hesitates()
    async with opened(standin) as chat:
        task = asyncio.ensure_future(chat.run(desk))
        standin.types("/help", chat=PERSON)
        await until(lambda: desk.commands)
        task.cancel()
        await turns()
        desk.goes_on()
        with suppress(asyncio.CancelledError):
            await task
    assert visible_messages(standin) == [(PERSON, "Here you are.")]


async def test_no_update_is_dropped_for_want_of_room(standin: TelegramStandin) -> None:
    """Where more waits than the inbox takes, Telegram keeps the rest until there is room."""
    gate = asyncio.Event()

    class Slow(FakeDesk):
        async def react(self, reaction: Reaction) -> Post | None:
            await gate.wait()
            return await super().react(reaction)

    desk, number = Slow(), MOST_WAITING + 150
    update = {"chat": a_chat(GROUP), "message_id": 1, "user": person(PERSON), "date": NOON, "old_reaction": []}
    async with opened(standin) as chat, running(chat, desk):
        for _ in range(number):
            standin.happens({"message_reaction": update | {"new_reaction": [{"type": "emoji", "emoji": "👍"}]}})
        await until(lambda: len(standin.requests("getUpdates")) > MOST_WAITING / 100)
        for _ in range(5):
            await chat.whoami()  # meanwhile what the inbox cannot take has arrived
        assert desk.events == []
        gate.set()
        await standin.wait_until_settled(lambda: len(desk.events) >= number)
    assert len(desk.events) == number


# --- buttons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chat_id", [GROUP, PERSON])
async def test_a_short_private_answer_of_a_button_is_its_toast(standin: TelegramStandin, chat_id: int) -> None:
    """Nothing is written into a chat, not even the presser's own; one failed call changes nothing of it."""
    standin.fails("answerCallbackQuery", Fault(), Fault(status=500))
    async with opened(standin, patience_s=0) as chat, running(chat, FakeDesk(PERSONAL)):
        (sent,) = await post_all(chat, a_post_with_buttons(Action(name="bookmark", label="x")), a_chat_of(chat_id))
        query = standin.presses(chat_id, int(sent.id))
        await standin.wait_until_settled(lambda: query in standin.notices)
    assert standin.notices == {query: "Your list."}
    assert len(standin.messages) == 1


@pytest.mark.parametrize(
    ("post", "chat_id"),
    [
        (a_sentence("Word. " * 40 + "End.", audience=Audience.PERSONAL), PERSON),
        (a_sentence("Word. " * 40 + "End.", audience=Audience.ASKER), PERSON),
        (a_sentence("Everybody reads this."), GROUP),
    ],
    ids=["personal", "for the asker", "for everyone"],
)
async def test_a_long_or_open_answer_of_a_button_is_a_message(
    standin: TelegramStandin, post: Post, chat_id: int
) -> None:
    """The button is answered with nothing, and its answer stands in the chat of those whom it is for."""
    async with opened(standin) as chat, running(chat, FakeDesk(post)):
        (sent,) = await post_all(chat, a_post_with_buttons(Action(name="similar", label="x", arguments="sample:7")))
        query = standin.presses(GROUP, int(sent.id))
        await standin.wait_until_settled(lambda: query in standin.notices)
    assert standin.notices == {query: ""}
    assert (standin.messages[1].chat, standin.messages[1].text) == (chat_id, post.fallback)
    assert standin.messages[1].reply_to == (int(sent.id) if chat_id == GROUP else None)


async def test_a_toast_that_comes_too_late_is_a_message(standin: TelegramStandin) -> None:
    """Telegram takes no answer to a press after some time; the presser is written to then."""
    expired = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    standin.fails("answerCallbackQuery", *[Fault(status=400, description=expired)] * 2)
    async with opened(standin) as chat, running(chat, FakeDesk(PERSONAL)):
        (sent,) = await post_all(chat, a_post_with_buttons(Action(name="bookmark", label="x")))
        standin.presses(GROUP, int(sent.id))
        await standin.answered(2)
    assert visible_messages(standin)[1:] == [(PERSON, "Your list.")]


async def test_a_button_brings_a_command_with_its_arguments(standin: TelegramStandin) -> None:
    """Any command of ours with arguments that fit; a button that nothing can carry is left out."""
    desk = FakeDesk()
    wanted = [("search", "graph nets since:7d"), ("digest", "preview"), ("help", "")]
    actions = [Action(name=name, label=name, arguments=arguments) for name, arguments in wanted]
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(
            chat, a_post_with_buttons(*actions, Action(name="search", label="left out", arguments="graph " * 20))
        )
        assert len(standin.messages[0].buttons) == len(wanted)
        for button in range(len(wanted)):
            standin.presses(GROUP, int(sent.id), button=button)
        await standin.answered(4)
    assert [(one.name, one.arguments) for one in desk.presses] == wanted
    assert {(one.place, one.paper) for one in desk.presses} == {(CHANNEL, None)}


# --- commands ---------------------------------------------------------------------------------------------------------


async def test_commands_tell_how_they_were_given(standin: TelegramStandin) -> None:
    """A slash command, plain words in a private chat, a mention."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        for number, (words, where) in enumerate(
            (("/help", GROUP), ("help", PERSON), ("@paperboy_bot help", PERSON), ("@paperboy_bot help", GROUP)), 1
        ):
            standin.types(words, chat=where)
            await standin.answered(number)
    assert [one.origin for one in desk.commands] == [Origin.TYPED] * 3 + [Origin.MENTION]
    assert {one.locale for one in desk.commands} == {"en"}


async def test_telegram_is_asked_for_rights_only_where_they_matter(standin: TelegramStandin) -> None:
    """A command that concerns nobody's rights costs no call."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        for number, words in enumerate(("/help", "/settings", "/digest preview"), 1):
            standin.types(words, chat=GROUP)
            await standin.answered(number)
        assert standin.requests("getChatMember") == []
        standin.types("/digest", chat=GROUP)
        await standin.answered(4)
    assert len(standin.requests("getChatMember")) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(status=400, description="Bad Request: CHAT_ADMIN_REQUIRED"), Fault()],
    ids=["refused", "no answer"],
)
async def test_rights_that_telegram_does_not_tell(standin: TelegramStandin, fault: Fault) -> None:
    """The command is carried out for somebody without rights, and says why."""
    desk = FakeDesk()
    standin.fails("getChatMember", fault)
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/settings size 20", chat=GROUP)
        await standin.answered(1)
    (command,) = desk.commands
    assert not command.may_manage
    assert command.rights_problem.startswith("Paperboy cannot see whether you manage this chat: ")


async def test_help_speaks_as_people_type_here(standin: TelegramStandin) -> None:
    """Commands begin with a slash, the sign of a bookmark is one that Telegram has, and the menu offers all of them."""
    async with (
        opened(standin) as chat,
        running(chat, FakeDesk(guide.overview(TYPED_COMMANDS, is_newcomer=True, is_private=False))),
    ):
        standin.types("/help", chat=PERSON)
        await standin.answered(1)
    (message,) = standin.messages
    assert "<code>/search " in message.html
    assert "<code>/ask what data was used?</code>" in message.html
    assert "React with ✍ on a paper" in message.text
    assert "🔖" not in message.text
    assert [one["command"] for one in standin.requests("setMyCommands")[0]["commands"]] == list(NAMES)
