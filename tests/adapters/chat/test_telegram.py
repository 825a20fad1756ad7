"""The Telegram adapter and its SDK against a Bot API on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from adapters.chat.telegram import TelegramChat
from core.channels import ChannelRef, UserRef
from core.errors import (
    ChannelGone,
    ChatError,
    ChatThrottled,
    ChatUnavailable,
    NotAllowed,
    NotFound,
    PaperboyError,
)
from core.papers import PaperId
from core.posts import Action, Audience, Feeling, MessageRef, Outgoing, Paragraph, Post, link, text
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, SECOND, THIRD, a_digest, a_paper_card
from tests.fakes.running import running
from tests.standins.telegram import TOKEN, Fault, TelegramStandin

GROUP, PERSON = -100123, 7
CHANNEL = ChannelRef("telegram", str(GROUP))
PRIVATE = ChannelRef("telegram", str(PERSON))
LONG_DOI = PaperId("doi", "10.1234/" + "a-very-long-suffix-that-some-publisher-liked" * 2)


@pytest.fixture
def standin() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


@asynccontextmanager
async def opened(
    standin: TelegramStandin, clock: FakeClock | None = None, *, patience_s: float = 1.5, token: str = TOKEN
) -> AsyncIterator[TelegramChat]:
    chat = TelegramChat(
        token=token, clock=clock or FakeClock(), api_base_url=standin.url, pace_s=0, patience_s=patience_s
    )
    async with chat.opened():
        yield chat


def said(sentence: str, *, audience: Audience = Audience.EVERYONE) -> Post:
    return Post(blocks=(Paragraph(spans=(text(sentence),)),), audience=audience, fallback=sentence)


def a_message(sentence: str = "Hello.") -> Outgoing:
    return Outgoing(key="1/0", parent_key=None, papers=(), payload={"html": sentence, "buttons": []})


async def post_all(chat: TelegramChat, post: Post, channel: ChannelRef = CHANNEL) -> list[MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(channel, post, key="1"):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(channel, outgoing, parent)
    return list(sent.values())


# --- digests ------------------------------------------------------------------------------------------------------


async def test_a_digest_is_a_reply_chain(standin: TelegramStandin) -> None:
    """Each paper's message replies to the digest, has its button, and shows no preview."""
    async with opened(standin) as chat:
        parent, *replies = await post_all(chat, a_digest())
    assert [one.reply_to for one in standin.messages] == [None] + [int(parent.id)] * len(replies)
    assert standin.messages[1].buttons == [{"text": "🔖 Bookmark", "callback_data": "bm:arxiv:2602.00001"}]
    assert all(one["link_preview_options"] == {"is_disabled": True} for one in standin.asked("sendMessage"))
    assert all(one["reply_parameters"]["allow_sending_without_reply"] for one in standin.asked("sendMessage")[1:])


async def test_a_digest_too_long_for_one_message_goes_on_in_another(standin: TelegramStandin) -> None:
    """What goes on replies to the beginning, and so do the papers; every message names the papers."""
    long = Post(blocks=tuple(Paragraph(spans=(text(f"{n} " + "word " * 300),)) for n in range(9)), papers=(FIRST,))
    async with opened(standin) as chat:
        plan = chat.plan(CHANNEL, Post(blocks=long.blocks, papers=(FIRST,), replies=(a_paper_card(),)), key="1")
        await post_all(chat, long)
    assert [one.parent_key for one in plan] == [None, *["1/0"] * (len(plan) - 1)]
    assert len(plan) > 4
    assert {one.papers for one in plan} == {(FIRST,)}


async def test_a_forum_topic_is_a_channel(standin: TelegramStandin) -> None:
    """Messages go into the topic, and reactions on them and commands there belong to it."""
    topic, desk = ChannelRef("telegram", f"{GROUP}/7"), FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card(), topic)
        standin.reacts(("✍",), chat=GROUP, message=int(sent.id))
        standin.types("/help", chat=GROUP, topic=7)
        await standin.settled(lambda: len(standin.messages) == 2 and len(desk.heard) == 2)
    assert [one.topic for one in standin.messages] == [7, 7]
    assert desk.reactions[0].message == sent
    assert desk.commands[0].channel == topic


# --- commands -----------------------------------------------------------------------------------------------------


async def test_commands_are_answered_where_they_were_asked(standin: TelegramStandin) -> None:
    """A command in a group, with the bot's name or by a mention, is answered by a reply."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        first = standin.types("/search@Paperboy_bot graph nets", chat=GROUP)
        await standin.answered(1)
        second = standin.types("@paperboy_bot 2602.00001", chat=GROUP)
        await standin.answered(2)
    assert [(one.name, one.arguments) for one in desk.commands] == [("search", "graph nets"), ("paper", "2602.00001")]
    assert [one.user for one in desk.commands] == [UserRef("telegram", "7")] * 2
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
    """In a group they come as a private message; who never pressed Start is told how, and nothing is shown."""
    desk = FakeDesk()
    desk.answers_with(said("Your secret list.", audience=Audience.ASKER))
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/bookmarks", chat=GROUP)
        await standin.answered(1)
        standin.closed.add(8)
        standin.types("/bookmarks", chat=GROUP, user=8)
        await standin.answered(2)
    assert [(one.chat, one.text) for one in standin.messages] == [
        (PERSON, "Your secret list."),
        (GROUP, "The answer is for you alone: open https://t.me/paperboy_bot, press Start, and ask again."),
    ]


async def test_slow_answers_have_a_placeholder(standin: TelegramStandin) -> None:
    """Word that work goes on comes first and becomes the answer; it is taken away where the answer is private."""
    desk = FakeDesk()
    desk.takes(0.15)
    async with opened(standin, patience_s=0.05) as chat, running(chat, desk):
        standin.types("/digest", chat=GROUP)
        await standin.settled(lambda: len(standin.asked("editMessageText")) == 1)
        desk.answers_with(said("For you.", audience=Audience.ASKER))
        standin.types("/bookmarks", chat=GROUP)
        await standin.answered(3)
    assert [(one.chat, one.text, one.deleted) for one in standin.messages] == [
        (GROUP, "Here you are.", False),
        (GROUP, "Working on it…", True),
        (PERSON, "For you.", False),
    ]
    assert standin.asked("sendChatAction")


async def test_a_placeholder_that_is_gone_takes_no_answer_with_it(standin: TelegramStandin) -> None:
    """Somebody deleted it meanwhile: the answer comes as a message of its own."""
    desk = FakeDesk()
    desk.takes(0.15)
    missing = Fault(status=400, description="Bad Request: message to edit not found")
    standin.fails("editMessageText", missing)
    standin.fails("deleteMessage", missing)
    async with opened(standin, patience_s=0.05) as chat, running(chat, desk):
        standin.types("/digest", chat=GROUP)
        await standin.answered(2)
        desk.answers_with(said("For you.", audience=Audience.ASKER))
        standin.types("/bookmarks", chat=GROUP)
        await standin.answered(4)
    assert [one.text for one in standin.messages if not one.text.startswith("Working")] == ["Here you are.", "For you."]


async def test_only_administrators_manage_a_group(standin: TelegramStandin) -> None:
    """Telegram is asked once; in a private chat the person may, and so may the group itself."""
    desk = FakeDesk()
    standin.administrators.add(8)
    async with opened(standin) as chat, running(chat, desk):
        for number, (user, where) in enumerate(((7, GROUP), (7, GROUP), (8, GROUP), (7, PERSON)), 1):
            standin.types("/settings", chat=where, user=user)
            await standin.answered(number)
    assert [one.may_manage for one in desk.commands] == [False, False, True, True]
    assert len(standin.asked("getChatMember")) == 2


async def test_other_bots_commands_are_left_alone(standin: TelegramStandin) -> None:
    """In a group, what names another bot or resembles nothing of ours is for somebody else, and so is talk."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        for words in ("/search@other_bot cats", "/rolldice", "what a nice paper", "mail@paperboy_bots.org"):
            standin.types(words, chat=GROUP)
        await standin.settled()
    assert (desk.heard, standin.messages) == ([], [])


async def test_answers_of_a_failing_desk_are_sentences(standin: TelegramStandin) -> None:
    """An error is told to the person, and the next command is answered."""
    desk = FakeDesk()
    desk.fails_with(NotFound("There is no such paper."))
    async with opened(standin) as chat, running(chat, desk):
        standin.types("/paper 1", chat=PERSON)
        standin.types("/paper 2", chat=PERSON)
        await standin.answered(2)
    assert [one.text for one in standin.messages] == ["⚠️ There is no such paper."] * 2


# --- reactions and buttons ----------------------------------------------------------------------------------------


async def test_a_changed_reaction_is_one_taken_away_and_one_added(standin: TelegramStandin) -> None:
    """Telegram tells the old and the new set; emoji that say nothing about a paper are left out."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card())
        for emoji in (("👍", "🎉"), ("👎",), ("✍", "👎"), ()):
            standin.reacts(emoji, chat=GROUP, message=int(sent.id))
        await standin.settled(lambda: len(desk.heard) >= 6)
    said_so = [(one.feeling, one.added) for one in desk.reactions]
    assert said_so[:4] == [(Feeling.MORE, True), (Feeling.MORE, False), (Feeling.LESS, True), (Feeling.BOOKMARK, True)]
    assert sorted(said_so[4:]) == [(Feeling.BOOKMARK, False), (Feeling.LESS, False)]


async def test_what_a_reaction_says_is_told_in_private(standin: TelegramStandin) -> None:
    """Or beside the message, to somebody who never talked to the bot."""
    desk = FakeDesk()
    desk.tells(said("That message shows several papers."))
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
        actions=(Action(name="bookmark", label="🔖 Bookmark", paper=paper),),
        papers=(paper,),
    )
    async with opened(standin) as before:
        (sent,) = await post_all(before, post)
    desk = FakeDesk()
    desk.answers_with(said("On your reading list. " + "Really. " * 40))
    async with opened(standin) as chat, running(chat, desk):
        query = standin.presses(GROUP, int(sent.id))
        await standin.settled(lambda: query in standin.told)
    (press,) = desk.presses
    assert (press.user, press.channel, press.action, press.paper) == (
        UserRef("telegram", "7"),
        CHANNEL,
        "bookmark",
        paper,
    )
    assert standin.told[query].startswith("On your reading list.")


async def test_every_press_is_answered(standin: TelegramStandin) -> None:
    """A button of another version, and one whose desk fails, are answered with a sentence."""
    desk = FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card())
        standin.messages[0].buttons[0]["callback_data"] = "???"
        old = standin.presses(GROUP, int(sent.id))
        await standin.settled(lambda: old in standin.told)
        standin.messages[0].buttons[0]["callback_data"] = "bm:arxiv:2602.00001"
        desk.fails_with(NotFound("Gone."))
        failed = standin.presses(GROUP, int(sent.id))
        await standin.settled(lambda: failed in standin.told)
    assert standin.told[old].startswith("This button is too old.")
    assert standin.told[failed] == "⚠️ Gone."


# --- the stream of updates ----------------------------------------------------------------------------------------


async def test_updates_count_once(standin: TelegramStandin) -> None:
    """An update that comes again, in the same run or after another start, is not carried out again."""
    desk = FakeDesk()
    async with opened(standin) as chat:
        update = {"message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "/help"}}
        for _ in range(2):
            async with running(chat, desk):
                standin.happens(update, id=1000)
                standin.happens(update, id=1000)
                await standin.settled(lambda: len(desk.heard) >= 1)
    assert len(desk.commands) == 1


async def test_unknown_updates_break_nothing(standin: TelegramStandin) -> None:
    """Edits, polls, members who come and go, messages without text: the next command is still answered."""
    desk = FakeDesk()
    chat_json, person = {"id": GROUP, "type": "supergroup"}, {"id": 7, "is_bot": False, "first_name": "P"}
    nothing = {"message_id": 1, "date": 1, "chat": chat_json}
    async with opened(standin) as chat, running(chat, desk):
        standin.happens({"message": nothing | {"from": person}})
        standin.happens({"edited_message": nothing | {"edit_date": 2, "text": "/help"}})
        standin.happens({"channel_post": nothing | {"text": "/help"}})
        standin.happens({"message": nothing | {"migrate_to_chat_id": -1001}})
        await standin.answered(1)
    assert [(one.name, one.may_manage) for one in desk.commands] == [("help", True)]


async def test_a_bug_in_one_update_is_logged_and_the_others_go_on(standin: TelegramStandin) -> None:
    """Whatever breaks while one update is carried out."""

    class Buggy(FakeDesk):
        async def handle(self, command: object) -> Post:
            raise RuntimeError("a bug")

    with capture_logs() as logs:
        async with opened(standin) as chat, running(chat, Buggy()):
            standin.types("/help", chat=PERSON)
            standin.types("/help", chat=PERSON)
            await standin.answered(2)
    assert [one["event"] for one in logs] == ["telegram_answer_failed"] * 2
    assert [one.text for one in standin.messages] == ["Something went wrong here. It is in the log."] * 2


async def test_a_short_outage_is_waited_out(standin: TelegramStandin) -> None:
    """Polling goes on after broken connections, errors of the server and waits that were asked for."""
    clock, desk = FakeClock(), FakeDesk()
    standin.fails("getUpdates", Fault(), Fault(status=502), Fault(status=429, parameters={"retry_after": 3}))
    async with opened(standin, clock) as chat, running(chat, desk):
        standin.types("/help", chat=PERSON)
        await standin.answered(1)
    assert (len(desk.commands), clock.slept) == (1, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ([Fault(status=409, description="Conflict: terminated by other getUpdates request")], "Another program"),
        ([Fault(status=401, description="Unauthorized")], "does not know this token"),
        ([Fault(status=502)] * 4, "cannot be reached"),
    ],
)
async def test_what_polling_cannot_mend_is_raised(standin: TelegramStandin, faults: list[Fault], sentence: str) -> None:
    """A second poller, a revoked token and a long outage are the supervisor's."""
    standin.fails("getUpdates", *faults)
    async with opened(standin) as chat:
        with pytest.raises(ChatUnavailable, match=sentence):
            await chat.run(FakeDesk())


# --- logging in and sending ---------------------------------------------------------------------------------------


async def test_a_wrong_token_is_said_plainly(standin: TelegramStandin) -> None:
    """Logging in says what to do, and shows the token to nobody."""
    for token in ("1:wrong", "", "no token at all"):
        with pytest.raises(ChatUnavailable, match="does not know this token") as raised:
            async with opened(standin, token=token):
                pass
        assert "BotFather" in raised.value.hint
        assert raised.value.__cause__ is None


async def test_whoami_names_the_bot(standin: TelegramStandin) -> None:
    """For the doctor, logged in or not."""
    chat = TelegramChat(token=TOKEN, clock=FakeClock(), api_base_url=standin.url)
    assert await chat.whoami() == "@paperboy_bot (Paperboy), privacy mode on"
    async with chat.opened():
        assert "@paperboy_bot" in await chat.whoami()
        assert (await chat.send(CHANNEL, a_message(), None)).channel == CHANNEL


async def test_no_server_at_all_is_unavailable() -> None:
    """Nobody listens there."""
    chat = TelegramChat(token=TOKEN, clock=FakeClock(), api_base_url="http://127.0.0.1:9")
    with pytest.raises(ChatUnavailable, match="cannot be reached"):
        async with chat.opened():
            pass


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (403, "Forbidden: bot was kicked from the supergroup chat", ChannelGone),
        (403, "Forbidden: bot was blocked by the user", ChannelGone),
        (400, "Bad Request: chat not found", ChannelGone),
        (400, "Bad Request: message thread not found", ChannelGone),
        (400, "Bad Request: not enough rights to send text messages to the chat", NotAllowed),
        (400, "Bad Request: TOPIC_CLOSED", NotAllowed),
        (400, "Bad Request: something new", ChatError),
        (401, "Unauthorized", ChatUnavailable),
    ],
)
async def test_refusals_are_errors_of_ours(
    standin: TelegramStandin, status: int, said: str, error: type[PaperboyError]
) -> None:
    """Telegram's words stay in the sentence, and nothing is sent."""
    standin.fails("sendMessage", Fault(status=status, description=said))
    async with opened(standin) as chat:
        with pytest.raises(error) as raised:
            await chat.send(CHANNEL, a_message(), None)
    assert type(raised.value) is error
    assert standin.messages == []


async def test_a_migrated_group_names_its_new_id(standin: TelegramStandin) -> None:
    """The subscription is to be moved."""
    standin.fails("sendMessage", Fault(status=400, description="x", parameters={"migrate_to_chat_id": -100777}))
    async with opened(standin) as chat:
        with pytest.raises(ChannelGone) as raised:
            await chat.send(CHANNEL, a_message(), None)
    assert "telegram:-100777" in raised.value.hint


async def test_waits_are_obeyed_up_to_a_minute(standin: TelegramStandin) -> None:
    """A short wait is waited, a long one is passed on."""
    clock = FakeClock()
    standin.fails("sendMessage", *[Fault(status=429, parameters={"retry_after": n}) for n in (7, 40, 30)])
    async with opened(standin, clock) as chat:
        with pytest.raises(ChatThrottled) as raised:
            await chat.send(CHANNEL, a_message(), None)
        await chat.send(CHANNEL, a_message(), None)
    assert (clock.slept, raised.value.retry_after_s) == ([7.0, 40.0], 30.0)
    assert len(standin.messages) == 1


async def test_a_failing_server_is_asked_again(standin: TelegramStandin) -> None:
    """An answer that says it failed is no message, so asking again doubles nothing."""
    clock = FakeClock()
    standin.fails("sendMessage", Fault(status=500), Fault(status=502))
    async with opened(standin, clock) as chat:
        await chat.send(CHANNEL, a_message(), None)
    assert (len(standin.messages), clock.slept) == (1, [1.0, 2.0])


async def test_a_message_whose_answer_never_came_is_not_sent_again(standin: TelegramStandin) -> None:
    """It may have been accepted: the ledger decides, not the adapter."""
    standin.fails("sendMessage", Fault(accepted=True))
    async with opened(standin) as chat:
        with pytest.raises(ChatUnavailable):
            await chat.send(CHANNEL, a_message(), None)
    assert len(standin.messages) == 1


async def test_no_such_place() -> None:
    """A channel that is no chat of Telegram is gone."""
    chat = TelegramChat(token=TOKEN, clock=FakeClock())
    for place in ("abc", "-100/x"):
        with pytest.raises(ChannelGone, match="is not a chat of Telegram"):
            await chat.send(ChannelRef("telegram", place), a_message(), None)


async def test_an_edit_that_changes_nothing_is_no_error(standin: TelegramStandin) -> None:
    """Telegram refuses it; the message says what it should."""
    async with opened(standin) as chat:
        (sent,) = await post_all(chat, a_paper_card())
        await chat.edit(sent, a_paper_card())
        await chat.edit(sent, said("New."))
        with pytest.raises(NotAllowed, match="cannot be changed"):
            await chat.edit(MessageRef(CHANNEL, "999"), said("Nobody."))
    assert [one.text for one in standin.messages] == ["New."]


async def test_messages_are_paced(standin: TelegramStandin) -> None:
    """One after another in a chat; other chats do not wait."""
    chat = TelegramChat(token=TOKEN, clock=FakeClock(), api_base_url=standin.url, pace_s=0.2)
    async with chat.opened():
        began = asyncio.get_running_loop().time()
        await post_all(chat, a_digest(), PRIVATE)
        took = asyncio.get_running_loop().time() - began
    assert took > 0.55
    assert {paper for one in chat.plan(PRIVATE, a_digest(), key="1") for paper in one.papers} == {FIRST, SECOND, THIRD}
