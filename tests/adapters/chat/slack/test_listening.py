"""What people do on Slack, and what they see of it: commands, mentions, reactions, buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.chat.slack.client import SlackChat
from adapters.chat.slack.events import plain, understand
from adapters.chat.slack.socket import LOOK_AGAIN
from core.channels import ChannelRef
from core.converse.command import Command
from core.errors import NotAllowed, PaperboyError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.tree import Post
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, SECOND, a_digest, a_paper_card
from tests.fakes.slack_driver import HERE, READER, SECRET, a_chat, listening, post_all
from tests.fakes.waiting import until
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import BOT, CHANNEL, DIRECT, PERSON, TEAM
from tests.standins.slack_messages import whispered


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


async def test_commands_are_acknowledged_at_once(chat: SlackChat, slack: SlackStandIn) -> None:
    """However long the answer takes, Slack hears at once that the command arrived."""
    desk = FakeDesk()
    desk.hesitates()
    async with listening(chat, desk, slack):
        for command, words in (("/paper", "2602.00001"), ("/papersearch", "graph nets")):
            assert await slack.slash(command, words) < 3
        assert "Here you are." not in slack.read
        desk.goes_on()
    assert sorted((one.name, one.arguments) for one in desk.commands) == [
        ("paper", "2602.00001"),
        ("search", "graph nets"),
    ]
    assert all(one.actor == READER and one.place == HERE for one in desk.commands)


async def test_slow_answers_replace_a_placeholder(chat: SlackChat, slack: SlackStandIn) -> None:
    """A slow answer is announced, and the announcement becomes the answer: there is one message in the end."""
    desk = FakeDesk(a_paper_card())
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "2602.00001")
        await slack.wait_for_request("chat.postMessage")
        desk.goes_on()
    assert slack.read[0] == "Working on it…"
    (message,) = slack.messages
    assert message.edited
    assert "Borrowed Attention" in message.visible_text
    assert desk.seen == {MessageRef(HERE, message.ts): (FIRST,)}


async def test_answers_for_the_asker_are_whispered(chat: SlackChat, slack: SlackStandIn) -> None:
    """An answer for the asker alone is seen by nobody else."""
    desk = FakeDesk(SECRET)
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "settings")
    assert slack.messages == []
    assert [(one["user"], whispered(one)) for one in slack.whispers] == [(PERSON, "For you alone.")]


async def test_whispers_to_a_mention_are_where_they_can_be_seen(chat: SlackChat, slack: SlackStandIn) -> None:
    """A thread that is not there yet shows nothing to one person alone: such an answer goes into the channel."""
    desk = FakeDesk(SECRET)
    async with listening(chat, desk, slack):
        await slack.mention("settings")
        await slack.wait_until_settled()
        await slack.mention("settings", thread="1770000000.000001")
    assert [one.get("thread_ts") for one in slack.whispers] == [None, "1770000000.000001"]


async def test_mentions_are_answered_in_their_thread(chat: SlackChat, slack: SlackStandIn) -> None:
    """A mention in a thread is answered there, one outside opens its own; either command knows its thread."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await slack.mention("search <https://arxiv.org/abs/2602.00001|this> &amp; that", thread="1770000000.000001")
        await slack.wait_until_settled()
        ts = await slack.mention("help")
    assert [message.thread_ts for message in slack.messages] == ["1770000000.000001", ts]
    assert [one.thread for one in desk.commands] == [MessageRef(HERE, "1770000000.000001"), MessageRef(HERE, ts)]


async def test_direct_messages_are_answered(chat: SlackChat, slack: SlackStandIn) -> None:
    """In a direct message no mention is needed, and what is for the asker alone is an ordinary message."""
    desk = FakeDesk(SECRET)
    async with listening(chat, desk, slack):
        said = {"type": "message", "channel_type": "im", "channel": DIRECT, "user": PERSON, "ts": "1770000000.000002"}
        await slack.event(said | {"text": "search lamps"})
        await slack.event(said | {"text": "our own", "bot_id": "B0PAPER"})
        await slack.event(said | {"text": "an edit", "subtype": "message_changed"})
    assert [one.arguments for one in desk.commands] == ["lamps"]
    assert [message.channel for message in slack.messages] == [DIRECT]


async def test_where_the_bot_is_not_let_in(chat: SlackChat, slack: SlackStandIn) -> None:
    """A command typed where the bot is no member is answered through the address that came with it."""
    desk = FakeDesk(a_digest())
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
    assert len(desk.events) == 3


@pytest.mark.parametrize(
    ("name", "emoji"),
    [
        ("bookmark", "🔖"),
        ("+1", "👍"),
        ("+1::skin-tone-6", "👍🏿"),
        ("thumbsup", "👍"),
        ("-1::skin-tone-2", "👎🏻"),
        ("our-star", "our-star"),
    ],
)
async def test_reactions_come_and_go(chat: SlackChat, slack: SlackStandIn, name: str, emoji: str) -> None:
    """A reaction in any spelling arrives with its message, and so does its end; what it says, the desk knows."""
    desk = FakeDesk()
    sent = await post_all(chat, a_digest())
    async with listening(chat, desk, slack):
        await slack.react(sent["1/2"].id, name)
        await slack.wait_until_settled()
        await slack.react(sent["1/2"].id, name, added=False)
    assert [(one.message, one.emoji, one.added) for one in desk.reactions] == [
        (sent["1/2"], emoji, True),
        (sent["1/2"], emoji, False),
    ]
    assert {one.user for one in desk.reactions} == {READER}


async def test_other_apps_are_no_people(chat: SlackChat, slack: SlackStandIn) -> None:
    """A reaction of an app, our own among them, counts for nothing; Slack is asked once whether it is one."""
    desk = FakeDesk()
    slack.flags = {"is_bot"}
    async with listening(chat, desk, slack):
        for name in ("bookmark", "+1"):
            await slack.react("1770000000.000001", name)
        item = {"type": "message", "channel": CHANNEL, "ts": "1770000000.000001"}
        await slack.event({"type": "reaction_added", "user": BOT, "reaction": "bookmark", "item": item})
    assert desk.reactions == []
    assert [method for method, _ in slack.calls].count("users.info") == 1


async def test_a_reaction_has_its_moment(chat: SlackChat, slack: SlackStandIn) -> None:
    """What comes in another order is told apart by Slack's own clock, and one emoji has one name."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await slack.react("1770000000.000001", "thumbsup")
        await slack.react("1770000000.000001", "+1", added=False)
    first, second = desk.reactions
    assert first.at and second.at and first.at < second.at
    assert first.emoji == second.emoji


async def test_standing_reactions_are_listed(chat: SlackChat, slack: SlackStandIn) -> None:
    """People who reacted are listed, without apps and emoji that do not count; of a message that is deleted, or whose
    people Slack does not all name, nothing is known, and what Slack refuses is raised."""

    def counts(emoji: str) -> bool:
        return emoji != "tada"

    message = (await post_all(chat, a_digest()))["1/2"]
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await desk.caught_up.wait()
        ((place, list_reactions),) = desk.missed
        for name, user in (("+1::skin-tone-3", PERSON), ("tada", PERSON), ("bookmark", "U0GONE")):
            slack.put_reaction(message.id, name, user)
        listed = await list_reactions(message, counts)
        slack.flags = {"is_bot"}
        desk.caught_up.clear()
    async with listening(chat, desk, slack):  # what is known of people is asked anew
        await desk.caught_up.wait()
        of_people = await desk.missed[-1][1](message, counts)
        slack.fail("reactions.get", Fault("error", "missing_scope", needed="reactions:read"))
        with pytest.raises(NotAllowed):
            await list_reactions(message, counts)
        (shown,) = [one for one in slack.messages if one.ts == message.id]
        slack.messages.remove(shown)
        assert await list_reactions(message, counts) is None
    assert place == ChannelRef("slack", TEAM, "")
    assert [(one.user.id, one.emoji) for one in listed or ()] == [(PERSON, "👍\U0001f3fc"), ("U0GONE", "🔖")]
    assert [one.user.id for one in of_people or ()] == ["U0GONE"]


async def test_links_in_channels(chat: SlackChat, slack: SlackStandIn) -> None:
    """Links that people paste are heard in channels; what apps say, edits, and mentions are no such thing."""
    desk = FakeDesk()
    said = {"type": "message", "channel_type": "channel", "channel": CHANNEL, "user": PERSON, "ts": "1770000000.000009"}
    link = "<https://arxiv.org/abs/2602.00002|arXiv>"
    async with listening(chat, desk, slack):
        await slack.event(said | {"text": f"see {link}"}, again=1)
        for more in ({"bot_id": "B1"}, {"subtype": "message_changed"}, {"text": f"<@{BOT}> {link}"}, {"text": "hi"}):
            await slack.event(said | {"text": link} | more)
    assert [[str(one) for one in paste.papers] for paste in desk.pastes] == [["arxiv:2602.00002"]]


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
    desk = FakeDesk(SECRET)
    later = a_chat(slack)
    async with later.open(), listening(later, desk, slack):
        await slack.press(slack.message("1/2"), "🔖 Bookmark")
    assert [(one.actor, one.place, one.name, one.arguments) for one in desk.presses] == [
        (READER, HERE, "bookmark", str(SECOND))
    ]
    (whisper,) = slack.whispers
    assert (whisper["user"], whisper["thread_ts"]) == (PERSON, slack.messages[0].ts)


async def test_a_placeholder_that_may_not_be_is_left_out(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where the announcement cannot be posted, the answer still is."""
    desk = FakeDesk()
    desk.hesitates()
    async with listening(chat, desk, slack):
        slack.fail("chat.postMessage", Fault("error", "restricted_action"))
        await slack.slash("/paper", "2602.00001")
        await slack.wait_for_request("chat.postMessage")
        desk.goes_on()
    assert slack.read == ["Here you are."]


async def test_one_failure_stops_nothing(chat: SlackChat, slack: SlackStandIn) -> None:
    """A desk that fails, a channel that is gone and events nobody knows are told or logged; the next thing is heard."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        desk.fails_with(PaperboyError("The database is locked."))
        await slack.slash("/paper", "help")
        await slack.wait_until_settled()
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
    desk.hesitates()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "2602.00001")
        await slack.wait_for_request("chat.postMessage")
        desk.goes_on()
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
    understand(body, team=TEAM, at=NOON)


def test_what_was_typed() -> None:
    """Slack's escapes and wrappings are taken off what a person typed."""
    typed = "<@U1> search &lt;b&gt; &amp; <https://arxiv.org/abs/1|x> <#C1|papers> &amp;lt;"
    assert plain(typed) == "search <b> & https://arxiv.org/abs/1 papers &lt;"


def test_papers_in_a_value_come_back() -> None:
    """What a button carries is read as the paper that it was."""
    for paper in (FIRST, PaperId("doi", "10.1101/2024.01.01.573000"), PaperId("sample", "3")):
        assert PaperId.parse(str(paper)) == paper


async def test_two_programs_with_one_token(chat: SlackChat, slack: SlackStandIn) -> None:
    """The second warns once it is sure of the first: each command goes to one. A new connection is no second one."""
    first, second, clock = FakeDesk(), FakeDesk(), FakeClock()
    with capture_logs() as lines:
        async with listening(chat, first, slack):
            await slack.hang_up()
            await slack.slash("/paper", "2602.00001")
            other = a_chat(slack, clock=clock, watch_s=0)
            began = clock.now()
            async with other.open(), listening(other, second, slack):
                await slack.slash("/paper", "2602.00001")
                for signs in range(1, 3):
                    await until(lambda signs=signs: other._rivals._count == signs)  # type: ignore[misc]  # mypy infers no lambda with a default
                    assert (lines, other.rivals_since) == ([], None)
                    clock.move(LOOK_AGAIN)
                await until(lambda: other.rivals_since)
    assert [(line["event"], line["platform"]) for line in lines] == [("platform shared", "slack")]
    assert (chat.rivals_since, other.rivals_since) == (None, began)
    assert len(first.commands) + len(second.commands) == 2
