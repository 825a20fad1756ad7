"""Slack by its real SDK, against a stand-in on loopback that the published specification judges."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.slack import SlackChat
from adapters.chat.slack_events import plain, understand
from core.channels import ChannelRef, UserRef
from core.commands import Command
from core.errors import ChannelGone, ChatThrottled, ChatUnavailable, NotAllowed, PaperboyError
from core.papers import PaperId
from core.posts import (
    Audience,
    Feeling,
    MessageRef,
    Paragraph,
    Post,
    text,
)
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, SECOND, a_digest, a_paper_card
from tests.fakes.running import running
from tests.standins.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    CHANNEL,
    DIRECT,
    PERSON,
    TEAM,
    Fault,
    SlackStandIn,
)
from tests.standins.slack_messages import whispered

HERE = ChannelRef("slack", f"{TEAM}/{CHANNEL}")
READER = UserRef("slack", f"{TEAM}/{PERSON}")
SECRET = Post(blocks=(Paragraph(spans=(text("For you alone."),)),), audience=Audience.ASKER, fallback="For you alone.")


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as standin:
        yield standin
    assert not standin.violations


def a_chat(slack: SlackStandIn, **more: Any) -> SlackChat:
    given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "clock": FakeClock(), "pace_s": 0, "patience_s": 0.1}
    return SlackChat(api_base_url=slack.url, **(given | more))


@pytest.fixture
async def chat(slack: SlackStandIn) -> AsyncIterator[SlackChat]:
    made = a_chat(slack)
    async with made.opened():
        yield made


async def post_all(chat: SlackChat, post: Post, key: str = "1") -> dict[str, MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in chat.plan(HERE, post, key=key):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await chat.send(HERE, outgoing, parent)
    return sent


@asynccontextmanager
async def listening(chat: SlackChat, desk: FakeDesk, slack: SlackStandIn) -> AsyncIterator[None]:
    """The bot listens; at the end, everything that was begun is finished."""
    async with running(chat, desk):
        await slack.connected()
        yield
        await slack.settled(0.25)


def a_long_post(paragraphs: int = 40, characters: int = 900) -> Post:
    return Post(
        blocks=tuple(
            Paragraph(spans=(text(f"{number} " + "word " * (characters // 5)),)) for number in range(paragraphs)
        ),
        papers=(FIRST,),
        fallback="Long",
    )


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_digest_is_a_parent_and_a_thread(chat: SlackChat, slack: SlackStandIn) -> None:
    """The digest is a message, its papers are the thread, each with our key, and nothing unfurls."""
    await post_all(chat, a_digest())
    parent, *replies = slack.messages
    assert [message.thread_ts for message in replies] == [parent.ts] * 3
    assert [message.key for message in slack.messages] == ["1/0", "1/1", "1/2", "1/3"]
    assert not any(message.unfurls for message in slack.messages)


async def test_a_long_post_goes_on_in_its_thread(chat: SlackChat, slack: SlackStandIn) -> None:
    """What is too long for one message is several: the first is the parent of all others and of the replies."""
    sent = await post_all(chat, Post(blocks=a_long_post().blocks, papers=(FIRST,), replies=(a_paper_card(),)))
    first, *others = slack.messages
    assert len(others) > 3
    assert {message.thread_ts for message in others} == {first.ts}
    assert list(sent) == [f"1/{number}" for number in range(len(slack.messages))]
    assert all(f"\n{number} word" in "\n".join(slack.read) for number in range(1, 40))


async def test_messages_keep_a_pace(slack: SlackStandIn) -> None:
    """In one channel messages go out one by one."""
    async with a_chat(slack, pace_s=0.15).opened() as made:
        began = time.monotonic()
        for outgoing in made.plan(HERE, a_digest(), key="1")[:3]:
            await made.send(HERE, outgoing, None)
    assert time.monotonic() - began >= 0.29


@pytest.mark.parametrize("kind", ["lost", "broken", "dropped"])
async def test_an_unanswered_message_is_posted_once(chat: SlackChat, slack: SlackStandIn, kind: str) -> None:
    """Where no answer came, Slack is asked whether it has the message before it is sent again."""
    slack.fail("chat.postMessage", Fault(kind))
    await post_all(chat, a_digest())
    assert [message.key for message in slack.messages] == ["1/0", "1/1", "1/2", "1/3"]


async def test_a_reply_without_answer_is_posted_once(chat: SlackChat, slack: SlackStandIn) -> None:
    """So it is in a thread."""
    parent, reply, *_ = chat.plan(HERE, a_digest(), key="1")
    head = await chat.send(HERE, parent, None)
    slack.fail("chat.postMessage", Fault("lost"))
    assert (await chat.send(HERE, reply, head)).id == slack.message("1/1").ts
    assert len(slack.messages) == 2


async def test_a_timeout_is_an_end(slack: SlackStandIn) -> None:
    """A call that is never answered ends; the message that Slack had taken is found."""
    made = a_chat(slack, call_s=0.3)
    async with made.opened():
        slack.fail("chat.postMessage", Fault("slow"))
        await post_all(made, a_paper_card())
    assert len(slack.messages) == 1


async def test_a_later_process_finds_what_was_sent(chat: SlackChat, slack: SlackStandIn) -> None:
    """Messages are found by their key, with the channel full of others, by a bot that remembers nothing."""
    sent = await post_all(chat, a_digest(), key="7")
    for number in range(250):
        await chat.post(HERE, {"text": f"talk {number}"}, "")
    async with a_chat(slack).opened() as later:
        assert await later.find(HERE, "7/2") == sent["7/2"]
        assert await later.find(HERE, "7/0") == sent["7/0"]
        assert await later.find(HERE, "7/9") is None
        assert await later.find(HERE, "8/0") is None


async def test_without_history_nothing_is_found(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where the scope to read history is missing, the platform cannot tell."""
    slack.fail("conversations.history", Fault("error", "missing_scope"))
    assert await chat.find(HERE, "1/0") is None


async def test_throttled_calls_wait_as_asked(slack: SlackStandIn) -> None:
    """Slack's Retry-After is obeyed; past a minute the caller is told how long."""
    clock = FakeClock()
    async with a_chat(slack, clock=clock).opened() as made:
        slack.fail("chat.postMessage", Fault("throttle", retry_after=7), times=2)
        (outgoing,) = made.plan(HERE, a_paper_card(), key="1")
        await made.send(HERE, outgoing, None)
        assert clock.slept == [7, 7]
        slack.fail("chat.postMessage", Fault("throttle", retry_after=90))
        (outgoing,) = made.plan(HERE, a_paper_card(), key="2")
        with pytest.raises(ChatThrottled) as caught:
            await made.send(HERE, outgoing, None)
    assert caught.value.retry_after_s == 90


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("channel_not_found", ChannelGone),
        ("is_archived", ChannelGone),
        ("not_in_channel", ChannelGone),
        ("token_revoked", ChatUnavailable),
        ("account_inactive", ChatUnavailable),
        ("restricted_action", NotAllowed),
        ("missing_scope", NotAllowed),
    ],
)
async def test_refusals_are_our_errors(
    chat: SlackChat, slack: SlackStandIn, code: str, error: type[PaperboyError]
) -> None:
    """Each of Slack's refusals is one of our errors, with what to do."""
    slack.fail("chat.postMessage", Fault("error", code))
    (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
    with pytest.raises(error) as caught:
        await chat.send(HERE, outgoing, None)
    assert code in str(caught.value)
    assert caught.value.hint


async def test_an_outage_is_an_error_in_the_end(chat: SlackChat, slack: SlackStandIn) -> None:
    """Slack that answers nothing but 503 is unavailable, after a few attempts."""
    slack.fail("chat.postMessage", Fault("broken"), times=9)
    (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
    with pytest.raises(ChatUnavailable):
        await chat.send(HERE, outgoing, None)
    assert len([method for method, _ in slack.calls if method == "chat.postMessage"]) == 3


async def test_another_workspace_is_refused(chat: SlackChat) -> None:
    """A channel of a workspace that the token does not belong to is gone, and nothing is sent."""
    elsewhere = ChannelRef("slack", "T9OTHER/C1")
    (outgoing,) = chat.plan(elsewhere, a_paper_card(), key="1")
    with pytest.raises(ChannelGone):
        await chat.send(elsewhere, outgoing, None)


async def test_editing_what_is_too_long(chat: SlackChat, slack: SlackStandIn) -> None:
    """A message edited to more than it can hold goes on in its thread."""
    sent = await post_all(chat, a_paper_card())
    await chat.edit(sent["1/0"], a_long_post(20))
    assert slack.messages[0].edited
    assert {message.thread_ts for message in slack.messages[1:]} == {sent["1/0"].id}


# --- logging in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"bot_token": "xoxb-wrong"}, {"app_token": "xapp-wrong"}, {"app_token": None}])
async def test_a_wrong_token_is_a_clear_line(slack: SlackStandIn, wrong: dict[str, str | None]) -> None:
    """A token that Slack does not take, or that is missing, is said in a sentence, with what to do."""
    made = a_chat(slack, **wrong)
    with pytest.raises(ChatUnavailable) as caught:
        async with made.opened():
            await made.run(FakeDesk())
    assert "token" in str(caught.value)
    assert caught.value.hint


async def test_slack_out_of_reach() -> None:
    """No Slack at all is unavailable, too."""
    made = SlackChat(bot_token="x", app_token="y", clock=FakeClock(), api_base_url="http://127.0.0.1:9/api/")
    with pytest.raises(ChatUnavailable):
        async with made.opened():
            pass


async def test_whoami(chat: SlackChat) -> None:
    """The doctor hears whom the token belongs to."""
    assert await chat.whoami() == f"@paperboy (U0PAPERBOY) in Papers ({TEAM})"


async def test_missing_scopes_are_named(chat: SlackChat, slack: SlackStandIn) -> None:
    """A scope that is missing is named; without the right to write there is nothing to do here."""
    slack.scopes = "chat:write,commands"
    assert "without the scopes app_mentions:read, channels:history" in await chat.whoami()
    slack.scopes = "commands"
    with pytest.raises(ChatUnavailable, match="chat:write"):
        await chat.whoami()


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0PAPERBOY"]}}]
)
async def test_an_uninstalled_app_ends(chat: SlackChat, slack: SlackStandIn, event: dict[str, Any]) -> None:
    """When the app is uninstalled or its tokens are revoked, running ends with a clear sentence."""
    with pytest.raises(ExceptionGroup) as caught:
        async with running(chat, FakeDesk()):
            await slack.event(event)
            await asyncio.sleep(5)
    assert caught.group_contains(ChatUnavailable, match="uninstalled or its tokens were revoked")


async def test_a_token_revoked_while_answering_ends(chat: SlackChat, slack: SlackStandIn) -> None:
    """A token that is refused in the middle of an answer ends the run, too."""
    slack.fail("chat.postMessage", Fault("error", "token_revoked"))
    with pytest.raises(ExceptionGroup) as caught:
        async with running(chat, FakeDesk()):
            await slack.slash("/paper", "help")
            await asyncio.sleep(5)
    assert caught.group_contains(ChatUnavailable)


async def test_a_connection_that_stays_away_ends(slack: SlackStandIn) -> None:
    """Without a connection for too long, running ends, so that somebody hears of it."""
    async with a_chat(slack, outage_s=1).opened() as made:
        with pytest.raises(ExceptionGroup) as caught:
            async with running(made, FakeDesk()):
                await slack.connected()
                slack.fail("apps.connections.open", Fault("broken"), times=100)
                await slack.hang_up()
                await asyncio.sleep(10)
    assert caught.group_contains(ChatUnavailable, match="connection to Slack is lost")


# --- listening --------------------------------------------------------------------------------------------------------


async def test_commands_are_acknowledged_at_once(chat: SlackChat, slack: SlackStandIn) -> None:
    """However long the answer takes, Slack hears at once that the command arrived."""
    desk = FakeDesk()
    desk.takes(0.6)
    async with listening(chat, desk, slack):
        assert await slack.slash("/paper", "2602.00001") < 0.5
        assert await slack.slash("/papersearch", "graph nets") < 0.5
        await asyncio.sleep(0.6)
    assert sorted((one.name, one.arguments) for one in desk.commands) == [
        ("paper", "2602.00001"),
        ("search", "graph nets"),
    ]
    assert all(one.user == READER and one.channel == HERE and one.may_manage for one in desk.commands)


async def test_slow_answers_replace_a_placeholder(chat: SlackChat, slack: SlackStandIn) -> None:
    """A slow answer is announced, and the announcement becomes the answer: there is one message in the end."""
    desk = FakeDesk()
    desk.answers_with(a_paper_card())
    desk.takes(0.3)
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "2602.00001")
        await asyncio.sleep(0.3)
    assert slack.read[0] == "Working on it…"
    (message,) = slack.messages
    assert message.edited
    assert "Borrowed Attention" in message.shown
    assert desk.seen == {MessageRef(HERE, message.ts): (FIRST,)}


async def test_answers_for_the_asker_are_whispered(chat: SlackChat, slack: SlackStandIn) -> None:
    """An answer for the asker alone is seen by nobody else, and its placeholder goes away."""
    desk = FakeDesk()
    desk.answers_with(SECRET)
    desk.takes(0.3)
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "settings")
        await asyncio.sleep(0.3)
    assert slack.messages == []
    assert [(one["user"], whispered(one)) for one in slack.whispers] == [(PERSON, "For you alone.")]


async def test_whispers_to_a_mention_are_where_they_can_be_seen(chat: SlackChat, slack: SlackStandIn) -> None:
    """A thread that is not there yet shows nothing to one person alone: such an answer goes into the channel."""
    desk = FakeDesk()
    desk.answers_with(SECRET)
    async with listening(chat, desk, slack):
        await slack.mention("settings")
        await slack.settled()
        await slack.mention("settings", thread="1770000000.000001")
    assert [one.get("thread_ts") for one in slack.whispers] == [None, "1770000000.000001"]


async def test_mentions_are_answered_in_their_thread(chat: SlackChat, slack: SlackStandIn) -> None:
    """A mention in a thread is answered there, one outside opens its own."""
    async with listening(chat, FakeDesk(), slack):
        await slack.mention("search <https://arxiv.org/abs/2602.00001|this> &amp; that", thread="1770000000.000001")
        await slack.settled()
        ts = await slack.mention("help")
    assert [message.thread_ts for message in slack.messages] == ["1770000000.000001", ts]


async def test_direct_messages_are_answered(chat: SlackChat, slack: SlackStandIn) -> None:
    """In a direct message no mention is needed, and what is for the asker alone is an ordinary message."""
    desk = FakeDesk()
    desk.answers_with(SECRET)
    async with listening(chat, desk, slack):
        said = {"type": "message", "channel_type": "im", "channel": DIRECT, "user": PERSON, "ts": "1770000000.000002"}
        await slack.event(said | {"text": "search lamps"})
        await slack.event(said | {"text": "our own", "bot_id": "B0PAPER"})
        await slack.event(said | {"text": "an edit", "subtype": "message_changed"})
    assert [one.arguments for one in desk.commands] == ["lamps"]
    assert [message.channel for message in slack.messages] == [DIRECT]


async def test_where_the_bot_is_not_let_in(chat: SlackChat, slack: SlackStandIn) -> None:
    """A command typed where the bot is no member is answered through the address that came with it."""
    desk = FakeDesk()
    desk.answers_with(a_digest())
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "search lamps", channel="C9ELSEWHERE")
    assert len(slack.responses) == 4
    assert {one["response_type"] for one in slack.responses} == {"ephemeral"}


async def test_the_same_event_is_heard_once(chat: SlackChat, slack: SlackStandIn) -> None:
    """What Slack tells again, because it was in doubt, is done once."""
    desk = FakeDesk()
    sent = await post_all(chat, a_digest())
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "help", again=2)
        await slack.mention("search lamps", again=2)
        await slack.react(sent["1/1"].id, "bookmark", again=2)
    assert len(desk.heard) == 3


@pytest.mark.parametrize(
    ("name", "feeling"),
    [
        ("bookmark", Feeling.BOOKMARK),
        ("+1", Feeling.MORE),
        ("+1::skin-tone-6", Feeling.MORE),
        ("thumbsup", Feeling.MORE),
        ("-1::skin-tone-2", Feeling.LESS),
    ],
)
async def test_reactions_come_and_go(chat: SlackChat, slack: SlackStandIn, name: str, feeling: Feeling) -> None:
    """A reaction in any spelling arrives with its message, and so does its end; others mean nothing."""
    desk = FakeDesk()
    sent = await post_all(chat, a_digest())
    async with listening(chat, desk, slack):
        await slack.react(sent["1/2"].id, name)
        await slack.react(sent["1/2"].id, "tada")
        await slack.settled()
        await slack.react(sent["1/2"].id, name, added=False)
    assert [(one.message, one.feeling, one.added) for one in desk.reactions] == [
        (sent["1/2"], feeling, True),
        (sent["1/2"], feeling, False),
    ]
    assert {one.user for one in desk.reactions} == {READER}


async def test_a_hint_to_a_reaction_is_whispered(chat: SlackChat, slack: SlackStandIn) -> None:
    """What the desk has to say to a reaction is for that person."""
    desk = FakeDesk()
    desk.fails_with(PaperboyError("Which paper?"))
    sent = await post_all(chat, a_digest())
    async with listening(chat, desk, slack):
        await slack.react(sent["1/0"].id, "bookmark")
    assert ["Which paper?" in whispered(one) for one in slack.whispers] == [True]


async def test_buttons_survive_a_restart(chat: SlackChat, slack: SlackStandIn) -> None:
    """A button of an earlier process brings its paper to the desk, and the person alone is told."""
    await post_all(chat, a_digest())
    desk = FakeDesk()
    desk.answers_with(SECRET)
    later = a_chat(slack)
    async with later.opened(), listening(later, desk, slack):
        await slack.press(slack.message("1/2"), "🔖 Bookmark")
    assert [(one.user, one.channel, one.action, one.paper) for one in desk.presses] == [
        (READER, HERE, "bookmark", SECOND)
    ]
    (whisper,) = slack.whispers
    assert (whisper["user"], whisper["thread_ts"]) == (PERSON, slack.messages[0].ts)


async def test_a_placeholder_that_may_not_be_is_left_out(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where the announcement cannot be posted, the answer still is."""
    desk = FakeDesk()
    desk.takes(0.3)
    async with listening(chat, desk, slack):
        slack.fail("chat.postMessage", Fault("error", "restricted_action"))
        await slack.slash("/paper", "help")
        await asyncio.sleep(0.3)
    assert slack.read == ["Here you are."]


async def test_one_failure_stops_nothing(chat: SlackChat, slack: SlackStandIn) -> None:
    """A desk that fails, a channel that is gone and events nobody knows are told or logged; the next thing is heard."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        desk.fails_with(PaperboyError("The database is locked."))
        await slack.slash("/paper", "help")
        await slack.settled()
        slack.fail("chat.postMessage", Fault("error", "restricted_action"))
        await slack.event({"type": "some_event_of_the_future"})
        await slack.event({"type": "reaction_added", "item": {"type": "file"}, "reaction": "bookmark"})
        await slack.slash("/nobody-knows-this", "2602.00002")
    assert [whispered(one) for one in slack.whispers] == ["⚠️ The database is locked."] * 2
    assert len(desk.commands) == 2


class BuggyDesk(FakeDesk):
    """A desk with a bug."""

    async def handle(self, command: Command) -> Post:
        await super().handle(command)
        raise ZeroDivisionError


async def test_a_bug_leaves_nobody_waiting(chat: SlackChat, slack: SlackStandIn) -> None:
    """The person is told that something went wrong, and the placeholder goes away."""
    desk = BuggyDesk()
    desk.takes(0.3)
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "help")
        await asyncio.sleep(0.3)
    assert ["Something went wrong here." in whispered(one) for one in slack.whispers] == [True]
    assert slack.messages == []


async def test_slack_may_ask_to_connect_anew(chat: SlackChat, slack: SlackStandIn) -> None:
    """When Slack closes the connection, the next one goes on listening."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await slack.hang_up()
        await slack.slash("/paper", "help")
    assert len(desk.commands) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "event", "command", "actions", "channel", "item", "user", "ts", "reaction"]),
                inner,
            )
        ),
    ).filter(lambda value: isinstance(value, dict))
)
def test_no_payload_is_an_accident(body: dict[str, Any]) -> None:
    """Whatever arrives is understood or left."""
    understand(body, team=TEAM)


def test_what_was_typed() -> None:
    """Slack's escapes and wrappings are taken off what a person typed."""
    typed = "<@U1> search &lt;b&gt; &amp; <https://arxiv.org/abs/1|x> <#C1|papers> &amp;lt;"
    assert plain(typed) == "search <b> & https://arxiv.org/abs/1 papers &lt;"


def test_papers_in_a_value_come_back() -> None:
    """What a button carries is read as the paper that it was."""
    for paper in (FIRST, PaperId("doi", "10.1101/2024.01.01.573000"), PaperId("sample", "3")):
        assert PaperId.parse(str(paper)) == paper
