"""What people do on Telegram, and what they see of it: commands, reactions, buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.channels import UserRef
from core.errors import (
    NotFound,
)
from core.papers.identifiers import PaperId
from core.posts.tree import Action, Audience, Paragraph, Post, link, text
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, a_paper_card
from tests.fakes.running import running
from tests.fakes.telegram_driver import CHANNEL, GROUP, LONG_DOI, PERSON, PRIVATE, a_sentence, opened, post_all
from tests.standins.telegram import Fault, TelegramStandin
from tests.standins.telegram_words import a_chat


@pytest.fixture
def standin() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


# --- commands ---------------------------------------------------------------------------------------------------------


async def test_commands_are_answered_where_they_were_asked(standin: TelegramStandin) -> None:
    """A command in a group, with the bot's name or by a mention, is answered by a reply."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        first = standin.types("/search@Paperboy_bot graph nets", chat=GROUP)
        await standin.answered(1)
        second = standin.types("@paperboy_bot 2602.00001", chat=GROUP)
        await standin.answered(2)
    assert [(one.name, one.arguments) for one in desk.commands] == [("search", "graph nets"), ("paper", "2602.00001")]
    assert [one.actor for one in desk.commands] == [UserRef("telegram", "", "7")] * 2
    assert [(one.chat, one.reply_to) for one in standin.messages] == [(GROUP, first), (GROUP, second)]


async def test_a_command_that_replies_to_a_paper_is_about_it(standin: TelegramStandin) -> None:
    """The paper is read from the button under the message, in any process."""
    desk = FakeDesk()
    async with opened(standin) as before:
        (sent,) = await post_all(before, a_paper_card())
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/why", chat=GROUP, reply_to=int(sent.id))
        await standin.answered(2)
    assert desk.commands[0].paper == FIRST


async def test_answers_for_the_asker_alone_are_private(standin: TelegramStandin) -> None:
    """In a group they come as a private message; to who never pressed Start they are said in place."""
    desk = FakeDesk(a_sentence("Changed size.", audience=Audience.ASKER))
    standin.closed.add(8)
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/settings size 20", chat=GROUP)
        await standin.answered(1)
        command = standin.types("/settings size 20", chat=GROUP, user=8)
        await standin.answered(2)
    assert [(one.chat, one.text, one.reply_to) for one in standin.messages] == [
        (PERSON, "Changed size.", None),
        (GROUP, "Changed size.", command),
    ]


async def test_personal_answers_are_read_by_nobody_else(standin: TelegramStandin) -> None:
    """In a group they come as a private message; who never pressed Start is told how, and nothing is shown."""
    desk = FakeDesk(a_sentence("Your secret list.", audience=Audience.PERSONAL))
    standin.closed.add(8)
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/bookmarks", chat=GROUP)
        await standin.answered(1)
        standin.types("/bookmarks", chat=GROUP, user=8)
        await standin.answered(2)
    assert [(one.chat, one.text) for one in standin.messages] == [
        (PERSON, "Your secret list."),
        (
            GROUP,
            "The answer is for you alone, and Paperboy cannot write to you."
            " Open https://t.me/paperboy_bot, press Start, and ask again.",
        ),
    ]


async def test_slow_answers_have_a_placeholder(standin: TelegramStandin) -> None:
    """Word that work goes on stands in the audience of the answer, and becomes the answer."""
    desk = FakeDesk()
    async with opened(standin, patience_s=0.05) as chat, running(chat, desk):
        desk.hesitates()
        standin.types("/digest", chat=GROUP)
        await standin.answered(1)
        desk.goes_on()
        await standin.wait_until_settled(lambda: len(standin.requests("editMessageText")) == 1)
        desk.hesitates()
        desk.answers_with(a_sentence("For you.", audience=Audience.ASKER))
        standin.types("/bookmarks", chat=GROUP)
        await standin.answered(2)
        assert [(one.chat, one.text) for one in standin.messages[1:]] == [(PERSON, "Working on it…")]
        desk.goes_on()
        await standin.wait_until_settled(lambda: len(standin.requests("editMessageText")) == 2)
    assert [(one.chat, one.text, one.deleted) for one in standin.messages] == [
        (GROUP, "Here you are.", False),
        (PERSON, "For you.", False),
    ]
    assert [one["chat_id"] for one in standin.requests("sendChatAction")] == [GROUP, PERSON]


async def test_a_placeholder_that_is_gone_takes_no_answer_with_it(standin: TelegramStandin) -> None:
    """Somebody deleted it meanwhile: the answer comes as a message of its own."""
    desk = FakeDesk()
    missing = Fault(status=400, description="Bad Request: message to edit not found")
    standin.fails("editMessageText", missing)
    standin.fails("deleteMessage", missing)
    async with opened(standin, patience_s=0.05) as chat, running(chat, desk):
        for number, post in enumerate((a_sentence("Here you are."), a_sentence("For you.", audience=Audience.ASKER))):
            desk.hesitates()
            desk.answers_with(post)
            standin.types("/digest", chat=GROUP)
            await standin.answered(2 * number + 1)
            desk.goes_on()
            await standin.answered(2 * number + 2)
    assert [one.text for one in standin.messages if not one.text.startswith("Working")] == ["Here you are.", "For you."]


async def test_only_administrators_manage_a_group(standin: TelegramStandin) -> None:
    """Telegram is asked once; in a private chat the person may, and so may the group itself."""
    desk = FakeDesk()
    standin.administrators.add(8)
    async with opened(standin) as chat, running(chat, desk):
        for number, (user, where) in enumerate(((7, GROUP), (7, GROUP), (8, GROUP), (7, PERSON)), 1):
            standin.types("/settings size 20", chat=where, user=user)
            await standin.answered(number)
    assert [one.may_manage for one in desk.commands] == [False, False, True, True]
    assert len(standin.requests("getChatMember")) == 2


@pytest.mark.parametrize("manages", [True, False])
async def test_buttons_in_private_are_about_their_group(standin: TelegramStandin, *, manages: bool) -> None:
    """What is told in private about a group has buttons about it; whoever presses one must manage it now."""
    desk = FakeDesk()
    actions = (
        Action(name="settings", label="Restore", arguments="size 20"),
        Action(name="paper", label="Open", arguments="arxiv:2602.00001"),
        Action(name="settings", label="Long", arguments="rule " + "fog " * 11),
    )
    desk.answers_with(replace(a_sentence("Changed.", audience=Audience.ASKER), actions=actions))
    standin.administrators |= {7} if manages else set()
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/settings size 30", chat=GROUP)
        await standin.answered(1)
        (shown,) = standin.messages
        assert (shown.chat, [one["text"] for one in shown.buttons]) == (PERSON, ["Restore", "Open"])
        for button in (0, 1):
            standin.presses(PERSON, shown.id, button=button)
            await standin.wait_until_settled(lambda button=button: len(desk.commands) > button + 1)
    told = [(one.name, one.place, one.may_manage) for one in desk.commands[1:]]
    assert told == [("settings", CHANNEL, manages), ("paper", PRIVATE, True)]


async def test_other_bots_commands_are_left_alone(standin: TelegramStandin) -> None:
    """In a group, what names another bot or resembles nothing of ours is for somebody else, and so is talk."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        for words in ("/search@other_bot cats", "/rolldice", "what a nice paper", "mail@paperboy_bots.org"):
            standin.types(words, chat=GROUP)
        await standin.wait_until_settled()
    assert (desk.events, standin.messages) == ([], [])


async def test_answers_of_a_failing_desk_are_sentences(standin: TelegramStandin) -> None:
    """An error is told to the person, and the next command is answered."""
    desk = FakeDesk()
    desk.fails_with(NotFound("There is no such paper."))
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/paper 1", chat=PERSON)
        standin.types("/paper 2", chat=PERSON)
        await standin.answered(2)
    assert [one.text for one in standin.messages] == ["⚠️ There is no such paper."] * 2


# --- reactions and buttons --------------------------------------------------------------------------------------------


async def test_a_changed_reaction_is_one_taken_away_and_one_added(standin: TelegramStandin) -> None:
    """Telegram tells the old and the new set, of custom emoji their numbers."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card())
        for emoji in (("👍",), ("👎",), ("5368324170671202286", "👎"), ()):
            standin.reacts(emoji, chat=GROUP, message=int(sent.id))
        await standin.wait_until_settled(lambda: len(desk.events) >= 6)
    said_so = [(one.emoji, one.added) for one in desk.reactions]
    assert said_so[:4] == [("👍", True), ("👍", False), ("👎", True), ("5368324170671202286", True)]
    assert sorted(said_so[4:]) == [("5368324170671202286", False), ("👎", False)]


async def test_what_a_reaction_says_is_told_in_private(standin: TelegramStandin) -> None:
    """Or beside the message, to somebody who never talked to the bot."""
    desk = FakeDesk()
    desk.tells(a_sentence("That message shows several papers.", audience=Audience.ASKER))
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card())
        standin.reacts(("✍",), chat=GROUP, message=int(sent.id))
        await standin.answered(2)
        standin.closed.add(8)
        standin.reacts(("✍",), chat=GROUP, message=int(sent.id), user=8)
        await standin.answered(3)
    assert [(one.chat, one.reply_to) for one in standin.messages[1:]] == [(PERSON, None), (GROUP, int(sent.id))]


@pytest.mark.parametrize("paper", [FIRST, LONG_DOI])
async def test_a_button_outlives_the_process(standin: TelegramStandin, paper: PaperId) -> None:
    """A later process knows the paper of a button, also of one whose identifier is too long for it."""
    post = Post(
        blocks=(Paragraph(spans=(link("A title", f"https://doi.org/{paper.value}"), text(f" · {paper}"))),),
        actions=(Action(name="bookmark", label="🔖 Bookmark", arguments=str(paper)),),
        papers=(paper,),
    )
    async with opened(standin) as before:
        (sent,) = await post_all(before, post)
    desk = FakeDesk(a_sentence("On your reading list.", audience=Audience.PERSONAL))
    async with opened(standin) as chat, running(chat, desk):
        query = standin.presses(GROUP, int(sent.id))
        await standin.wait_until_settled(lambda: query in standin.notices)
    (press,) = desk.presses
    assert (press.actor, press.place, press.name, press.arguments) == (
        UserRef("telegram", "", "7"),
        CHANNEL,
        "bookmark",
        str(paper),
    )
    assert standin.notices[query].startswith("On your reading list.")


async def test_every_press_is_answered(standin: TelegramStandin) -> None:
    """A button of another version, and one whose desk fails, are answered with a sentence."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card())
        standin.messages[0].buttons[0]["callback_data"] = "???"
        old = standin.presses(GROUP, int(sent.id))
        await standin.wait_until_settled(lambda: old in standin.notices)
        standin.messages[0].buttons[0]["callback_data"] = "bm:arxiv:2602.00001"
        desk.fails_with(NotFound("Gone."))
        failed = standin.presses(GROUP, int(sent.id))
        await standin.wait_until_settled(lambda: failed in standin.notices)
    assert standin.notices[old].startswith("⚠️ This button is too old.")
    assert standin.notices[failed] == "⚠️ Gone."


async def test_links_in_groups(standin: TelegramStandin) -> None:
    """Links that people paste in a group are heard, in words and behind them; those of bots, and commands, are not."""
    desk, link = FakeDesk(), "https://arxiv.org/abs/2602.00002"
    async with opened(standin) as chat, running(chat, desk):
        standin.types(f"see {link}", chat=GROUP)
        standin.types("nothing to see", chat=GROUP)
        standin.happens({"message": a_message_of_a_bot(link)})
        standin.types(f"/paper@paperboy_bot {link}", chat=GROUP)
        await standin.answered(1)
    assert [[str(one) for one in paste.papers] for paste in desk.pastes] == [["arxiv:2602.00002"]]


async def test_bots_do_not_react(standin: TelegramStandin) -> None:
    """A reaction of a bot is nobody's."""
    desk = FakeDesk()
    bot = {"id": 99, "is_bot": True, "first_name": "Another"}
    update = {"chat": a_chat(GROUP), "message_id": 1, "user": bot, "date": 1_770_000_000, "old_reaction": []}
    async with opened(standin) as chat, running(chat, desk):
        standin.happens({"message_reaction": update | {"new_reaction": [{"type": "emoji", "emoji": "✍"}]}})
        standin.reacts(("👌",), chat=GROUP, message=1)
        await standin.wait_until_settled(lambda: desk.reactions)
    assert [(one.user.id, one.emoji) for one in desk.reactions] == [("7", "👌")]


def a_message_of_a_bot(words: str) -> dict[str, object]:
    sender = {"id": 99, "is_bot": True, "first_name": "Another"}
    return {"message_id": 900, "chat": a_chat(GROUP), "date": 1_770_000_000, "from": sender, "text": words}
