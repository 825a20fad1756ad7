"""What befalls the bot's channels on Slack, and which refusals are a channel's death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from adapters.chat.slack.client import SlackChat
from adapters.chat.slack.errors import LoggedOut
from core.channels import ChannelEvent, ChannelLost, ChannelMoved, ChannelRef, ChannelReturned
from core.deliver import compose
from core.errors import AbsenceReason, ChannelGone, ChatThrottled, ChatUnavailable, NotAllowed, RightMissing
from core.posts.tree import Post
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import a_paper_card
from tests.fakes.running import running
from tests.fakes.slack_driver import HERE, READER, a_chat, listening, post_all
from tests.fakes.waiting import LONGEST_S
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import BOT, CHANNEL, DIRECT, PERSON, TEAM

WORKSPACE, BACK = ChannelRef("slack", TEAM, ""), ChannelReturned(channel=HERE)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in
    assert stand_in.violations == []


@pytest.fixture
async def chat(slack: SlackStandIn) -> AsyncIterator[SlackChat]:
    one = a_chat(slack)
    async with one.open():
        yield one


def lost(reason: AbsenceReason) -> ChannelLost:
    return ChannelLost(channel=HERE, reason=reason)


@pytest.mark.parametrize(
    ("event", "sample", "change"),
    [
        ({"type": "channel_archive", "user": PERSON, "is_moved": 0}, "ChannelArchive", lost(AbsenceReason.ARCHIVED)),
        ({"type": "group_archive", "user": PERSON, "is_moved": 0}, "GroupArchive", lost(AbsenceReason.ARCHIVED)),
        ({"type": "channel_deleted", "actor_id": PERSON}, "ChannelDeleted", lost(AbsenceReason.DELETED)),
        ({"type": "group_deleted", "actor_id": PERSON}, "GroupDeleted", lost(AbsenceReason.DELETED)),
        ({"type": "channel_left", "actor_id": PERSON}, "ChannelLeft", lost(AbsenceReason.KICKED)),
        ({"type": "group_left", "actor_id": PERSON}, "GroupLeft", lost(AbsenceReason.KICKED)),
        ({"type": "channel_unarchive", "user": PERSON}, "ChannelUnarchive", BACK),
        ({"type": "group_unarchive", "actor_id": PERSON}, "GroupUnarchive", BACK),
        (
            {"type": "member_joined_channel", "user": BOT, "channel_type": "C", "team": TEAM},
            "MemberJoinedChannel",
            BACK,
        ),
        ({"type": "member_joined_channel", "user": PERSON, "channel_type": "C", "team": TEAM}, "", None),
    ],
)
async def test_channels_come_and_go(
    chat: SlackChat, slack: SlackStandIn, event: dict[str, Any], sample: str, change: ChannelEvent | None
) -> None:
    """Slack's own events say what befell a channel; who else joins it is nothing to us."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await slack.event({"channel": CHANNEL} | event, f"{sample}Payload" if sample else "", again=1)
    at_start = ChannelReturned(channel=WORKSPACE)
    assert desk.channel_events == [at_start, *([change] if change else [])]


async def test_a_channel_gets_another_id(chat: SlackChat, slack: SlackStandIn) -> None:
    """Slack renames a channel's id and keeps its messages."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        ids = {"old_channel_id": CHANNEL, "new_channel_id": "C0OTHER"}
        await slack.event({"type": "channel_id_changed"} | ids)
    there = ChannelRef("slack", TEAM, "C0OTHER")
    assert desk.channel_events[1:] == [ChannelMoved(channel=HERE, to=there, keeps_messages=True)]


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}}]
)
async def test_uninstallation_pauses_the_workspace(chat: SlackChat, slack: SlackStandIn, event: dict[str, Any]) -> None:
    """Whichever event comes first, all of the workspace pauses, and the operator is told to remove the tokens."""
    desk = FakeDesk()
    with pytest.RaisesGroup(pytest.RaisesExc(ChatUnavailable), flatten_subgroups=True) as caught:
        async with running(chat, desk):
            await slack.connected()
            await slack.event(event)
            await asyncio.sleep(LONGEST_S)  # the end of the client ends this
    assert desk.channel_events[1:] == [ChannelLost(channel=WORKSPACE, reason=AbsenceReason.UNINSTALLED)]
    (error,) = caught.value.exceptions
    assert isinstance(error, ChatUnavailable)
    assert "Remove the old tokens" in error.hint


async def test_a_person_is_written_to_alone(chat: SlackChat, slack: SlackStandIn) -> None:
    """A note goes into the person's direct messages; whoever is not there any more is ChannelGone."""
    slack.joined.add(DIRECT)
    await chat.write(READER, compose.say("The channel is archived."))
    assert [one.channel for one in slack.messages] == [DIRECT]
    slack.fail("conversations.open", Fault("error", "user_disabled"))
    with pytest.raises(ChannelGone):
        await chat.write(READER, Post(blocks=(), fallback="x"))


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("is_archived", ChannelGone, AbsenceReason.ARCHIVED),
        ("not_in_channel", ChannelGone, AbsenceReason.KICKED),
        ("channel_not_found", ChannelGone, AbsenceReason.UNKNOWN),
        ("messages_tab_disabled", ChannelGone, AbsenceReason.BLOCKED),
        ("restricted_action", RightMissing, None),
        ("account_inactive", LoggedOut, None),
        ("token_revoked", LoggedOut, None),
        ("invalid_auth", LoggedOut, None),
        ("ratelimited", ChatThrottled, None),
        ("", ChatUnavailable, None),
        ("ekm_access_denied", NotAllowed, None),
    ],
)
async def test_refusals(
    chat: SlackChat, slack: SlackStandIn, code: str, kind: type[Exception], reason: AbsenceReason | None
) -> None:
    """A dead channel, a right that is missing, a refused token and an outage are told apart."""
    slack.fail("chat.postMessage", Fault("error", code) if code else Fault("broken"), times=9)
    with pytest.raises(kind) as caught:
        await post_all(chat, a_paper_card())
    assert getattr(caught.value, "reason", None) == reason
    assert isinstance(caught.value, RightMissing) == (kind is RightMissing)
