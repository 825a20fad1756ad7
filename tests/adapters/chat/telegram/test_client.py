"""The Telegram adapter and its SDK against a Bot API on loopback: digests, sending, the stream of updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from adapters.chat.rivals import APART, SIGN_SPAN
from adapters.chat.telegram.client import TelegramChat
from core.channels import ChannelRef
from core.errors import (
    ChannelGone,
    ChatError,
    ChatThrottled,
    ChatUnavailable,
    NotAllowed,
    PaperboyError,
    RightMissing,
)
from core.posts.messages import MessageRef
from core.posts.tree import Paragraph, Post, text
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, SECOND, THIRD, a_digest, a_paper_card
from tests.fakes.running import running
from tests.fakes.telegram_driver import CHANNEL, GROUP, PERSON, PRIVATE, a_message, a_sentence, opened, post_all
from tests.standins.telegram import TOKEN, Fault, TelegramStandin


@pytest.fixture
def standin() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


# --- digests ----------------------------------------------------------------------------------------------------------


async def test_a_digest_is_a_reply_chain(standin: TelegramStandin) -> None:
    """Each paper's message replies to the digest, has its button, and shows no preview."""
    async with opened(standin) as chat:
        parent, *replies = await post_all(chat, a_digest())
    assert [one.reply_to for one in standin.messages] == [None] + [int(parent.id)] * len(replies)
    assert standin.messages[1].buttons == [{"text": "🔖 Bookmark", "callback_data": "bm:arxiv:2602.00001"}]
    assert all(one["link_preview_options"] == {"is_disabled": True} for one in standin.requests("sendMessage"))
    assert all(one["reply_parameters"]["allow_sending_without_reply"] for one in standin.requests("sendMessage")[1:])


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
    topic, desk = ChannelRef("telegram", "", f"{GROUP}/7"), FakeDesk()
    async with opened(standin) as chat, running(chat, desk):
        (sent,) = await post_all(chat, a_paper_card(), topic)
        standin.reacts(("✍",), chat=GROUP, message=int(sent.id))
        standin.types("/help", chat=GROUP, topic=7)
        await standin.wait_until_settled(lambda: len(standin.messages) == 2 and len(desk.events) == 2)
    assert [one.topic for one in standin.messages] == [7, 7]
    assert desk.reactions[0].message == sent
    assert desk.commands[0].place == topic


# --- the stream of updates --------------------------------------------------------------------------------------------


async def test_updates_count_once(standin: TelegramStandin) -> None:
    """An update that comes again, in the same run or after another start, is not carried out again."""
    desk = FakeDesk()
    async with opened(standin) as chat:
        update = {"message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "/help"}}
        for _ in range(2):
            async with running(chat, desk):
                standin.happens(update, id=1000)
                standin.happens(update, id=1000)
                await standin.wait_until_settled(lambda: len(desk.events) >= 1)
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
    assert [one["event"] for one in logs] == ["a command could not be carried out"] * 2
    assert [one.text for one in standin.messages] == ["Something went wrong here. Paperboy's log has the details."] * 2


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


async def test_another_poller_is_a_rival_when_it_comes_again_and_again(standin: TelegramStandin) -> None:
    """One conflict is a hand-over; several over minutes are another installation, until none came for long."""
    clock, since = FakeClock(), []
    async with opened(standin, clock) as chat:
        for _ in range(3):
            standin.fails(
                "getUpdates", Fault(status=409, description="Conflict: terminated by other getUpdates request")
            )
            with pytest.raises(ChatUnavailable, match="Another program"):
                await chat.run(FakeDesk())
            since.append(chat.rivals_since)
            clock.move(APART)
        assert since == [None, None, NOON]
        clock.move(SIGN_SPAN)
        assert chat.rivals_since is None


# --- logging in and sending -------------------------------------------------------------------------------------------


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
    async with chat.open():
        assert "@paperboy_bot" in await chat.whoami()
        assert (await chat.send(CHANNEL, a_message(), None)).channel == CHANNEL


async def test_no_server_at_all_is_unavailable() -> None:
    """Nobody listens there."""
    chat = TelegramChat(token=TOKEN, clock=FakeClock(), api_base_url="http://127.0.0.1:9")
    with pytest.raises(ChatUnavailable, match="cannot be reached"):
        async with chat.open():
            pass


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (403, "Forbidden: bot was kicked from the supergroup chat", ChannelGone),
        (403, "Forbidden: bot was blocked by the user", ChannelGone),
        (400, "Bad Request: chat not found", ChannelGone),
        (400, "Bad Request: message thread not found", ChannelGone),
        (400, "Bad Request: not enough rights to send text messages to the chat", RightMissing),
        (400, "Bad Request: TOPIC_CLOSED", RightMissing),
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


async def test_a_migrated_group_is_followed(standin: TelegramStandin) -> None:
    """The message goes to the supergroup in the same call, and says where it is; the next one goes there at once."""
    standin.moved[GROUP] = -100777
    async with opened(standin) as chat:
        sent = [await chat.send(CHANNEL, replace(a_message(), key=f"1/{n}"), None) for n in range(2)]
    assert {message.channel for message in sent} == {ChannelRef("telegram", "", "-100777")}
    assert [one["chat_id"] for one in standin.requests("sendMessage")] == [GROUP, -100777, -100777]


async def test_waits_are_obeyed_up_to_a_minute(standin: TelegramStandin) -> None:
    """A short wait is waited, a long one is passed on; whoever comes next waits for its end."""
    clock = FakeClock()
    standin.fails("sendMessage", *[Fault(status=429, parameters={"retry_after": n}) for n in (7, 40, 30)])
    async with opened(standin, clock) as chat:
        with pytest.raises(ChatThrottled) as raised:
            await chat.send(CHANNEL, a_message(), None)
        await chat.send(CHANNEL, a_message(), None)
    assert (clock.slept, raised.value.retry_after_s) == ([7.0, 40.0, 30.0], 30.0)
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
            await chat.send(ChannelRef("telegram", "", place), a_message(), None)


async def test_an_edit_that_changes_nothing_is_no_error(standin: TelegramStandin) -> None:
    """Telegram refuses it; the message says what it should."""
    async with opened(standin) as chat:
        (sent,) = await post_all(chat, a_paper_card())
        await chat.edit(sent, a_paper_card())
        await chat.edit(sent, a_sentence("New."))
        with pytest.raises(NotAllowed, match="cannot be changed"):
            await chat.edit(MessageRef(CHANNEL, "999"), a_sentence("Nobody."))
    assert [one.text for one in standin.messages] == ["New."]


async def test_messages_are_paced(standin: TelegramStandin) -> None:
    """In a chat one goes out after another, a second apart; other chats do not wait."""
    clock = FakeClock()
    async with opened(standin, clock, pace_s=1.0) as chat:
        await post_all(chat, a_digest(), PRIVATE)
        assert clock.slept == [1.0, 1.0, 1.0]
        await chat.send(CHANNEL, a_message(), None)
    assert sum(clock.slept) < 3.1
    assert {paper for one in chat.plan(PRIVATE, a_digest(), key="1") for paper in one.papers} == {FIRST, SECOND, THIRD}
