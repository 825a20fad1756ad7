"""Slack by its real SDK, against a stand-in that the published specification judges: logging in and sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from adapters.chat.slack.client import SlackChat
from core.channels import ChannelRef
from core.errors import ChannelGone, ChatThrottled, ChatUnavailable, NotAllowed, PaperboyError
from core.posts.messages import Outgoing
from core.posts.tree import Post
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import FIRST, a_digest, a_paper_card
from tests.fakes.running import running
from tests.fakes.slack_driver import HERE, a_chat, a_long_post, post_all
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import TEAM


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
    """In one channel messages go out one by one, a second apart."""
    clock = FakeClock()
    async with a_chat(slack, clock=clock, pace_s=1.0).open() as made:
        for outgoing in made.plan(HERE, a_digest(), key="1")[:3]:
            await made.send(HERE, outgoing, None)
    assert clock.slept == [1.0, 1.0]


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
    made = a_chat(slack, call_s=1.0)
    async with made.open():
        slack.fail("chat.postMessage", Fault("slow"))
        await post_all(made, a_paper_card())
    assert len(slack.messages) == 1


async def test_a_later_process_finds_what_was_sent(chat: SlackChat, slack: SlackStandIn) -> None:
    """Messages are found by their key, with the channel full of others, by a bot that remembers nothing."""
    sent = await post_all(chat, a_digest(), key="7")
    for number in range(250):
        talk = Outgoing(key=f"6/{number}", parent_key=None, papers=(), payload={"text": f"talk {number}"})
        await chat.send(HERE, talk, None)
    async with a_chat(slack).open() as later:
        assert await later.find(HERE, "7/2") == sent["7/2"]
        assert await later.find(HERE, "7/0") == sent["7/0"]
        assert await later.find(HERE, "7/9") is None
        assert await later.find(HERE, "8/0") is None


async def test_without_history_nothing_is_found(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where the scope to read history is missing, the platform cannot tell."""
    slack.fail("conversations.history", Fault("error", "missing_scope"))
    assert await chat.find(HERE, "1/0") is None


async def test_throttled_calls_wait_as_asked(slack: SlackStandIn) -> None:
    """Slack's Retry-After is obeyed; past a minute the caller is told how long, and Slack is not asked again."""
    clock = FakeClock()
    async with a_chat(slack, clock=clock).open() as made:
        slack.fail("chat.postMessage", Fault("throttle", retry_after=7), times=2)
        (outgoing,) = made.plan(HERE, a_paper_card(), key="1")
        await made.send(HERE, outgoing, None)
        assert clock.slept == [7, 7]
        slack.fail("chat.postMessage", Fault("throttle", retry_after=90))
        (outgoing,) = made.plan(HERE, a_paper_card(), key="2")
        with pytest.raises(ChatThrottled) as caught:
            await made.send(HERE, outgoing, None)
        assert caught.value.retry_after_s == 90
        asked = len(slack.calls)
        with pytest.raises(ChatThrottled):
            await made.send(HERE, outgoing, None)
        assert len(slack.calls) == asked


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
    elsewhere = ChannelRef("slack", "T9OTHER", "C1")
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
        async with made.open():
            await made.run(FakeDesk())
    assert "token" in str(caught.value)
    assert caught.value.hint


async def test_slack_out_of_reach() -> None:
    """No Slack at all is unavailable, too."""
    made = SlackChat(bot_token="x", app_token="y", clock=FakeClock(), api_base_url="http://127.0.0.1:9/api/")
    with pytest.raises(ChatUnavailable):
        async with made.open():
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
            await asyncio.sleep(60)
    assert caught.group_contains(ChatUnavailable, match="uninstalled or its tokens were revoked")


async def test_a_token_revoked_while_answering_ends(chat: SlackChat, slack: SlackStandIn) -> None:
    """A token that is refused in the middle of an answer ends the run, too."""
    slack.fail("chat.postMessage", Fault("error", "token_revoked"))
    with pytest.raises(ExceptionGroup) as caught:
        async with running(chat, FakeDesk()):
            await slack.slash("/paper", "help")
            await asyncio.sleep(60)
    assert caught.group_contains(ChatUnavailable)


async def test_a_connection_that_stays_away_ends(slack: SlackStandIn) -> None:
    """Without a connection for too long, running ends, so that somebody hears of it."""
    async with a_chat(slack, outage_s=1).open() as made:
        with pytest.raises(ExceptionGroup) as caught:
            async with running(made, FakeDesk()):
                await slack.connected()
                slack.fail("apps.connections.open", Fault("broken"), times=100)
                await slack.hang_up()
                await asyncio.sleep(60)
    assert caught.group_contains(ChatUnavailable, match="connection to Slack is lost")
