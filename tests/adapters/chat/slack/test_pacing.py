"""Whom a wait that Slack asks for stops, and whom it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from core.channels import ChannelRef
from tests.fakes.clock import FakeTimer
from tests.fakes.posts import a_paper_card
from tests.fakes.slack_driver import HERE, a_chat, post_all
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import TEAM

ELSEWHERE = ChannelRef("slack", TEAM, "C0OTHER")


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as standin:
        standin.joined.add(ELSEWHERE.place)
        yield standin
    assert not standin.violations


async def test_a_throttled_channel_stops_no_other(slack: SlackStandIn) -> None:
    """While one channel waits as Slack asked, messages go to another; then the first goes on."""
    timer = FakeTimer()
    async with a_chat(slack, timer=timer).open() as chat, asyncio.TaskGroup() as group:
        (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
        slack.fail("chat.postMessage", Fault("throttle", retry_after=30))
        held_up = group.create_task(chat.send(HERE, outgoing, None))
        await slack.wait_for_request("chat.postMessage")
        await slack.wait_until_settled()
        await chat.send(ELSEWHERE, outgoing, None)
        assert not held_up.done()
        await timer.pass_by(30)
    assert [message.channel for message in slack.messages] == [ELSEWHERE.place, HERE.place]


async def test_a_throttled_method_stops_no_other(slack: SlackStandIn) -> None:
    """While an edit waits as Slack asked, messages are posted, in the same channel too."""
    timer = FakeTimer()
    async with a_chat(slack, timer=timer).open() as chat, asyncio.TaskGroup() as group:
        sent = await post_all(chat, a_paper_card())
        slack.fail("chat.update", Fault("throttle", retry_after=30))
        held_up = group.create_task(chat.edit(sent["1/0"], a_paper_card()))
        await slack.wait_for_request("chat.update")
        await slack.wait_until_settled()
        await post_all(chat, a_paper_card(), key="2")
        assert not held_up.done()
        await timer.pass_by(30)
    assert [method for method, _ in slack.calls].count("chat.update") == 2


async def test_a_wait_can_be_interrupted(slack: SlackStandIn) -> None:
    """Whoever stops does not wait until Slack's time is over, and sends nothing."""
    timer = FakeTimer()
    async with a_chat(slack, timer=timer).open() as chat, asyncio.TaskGroup() as group:
        (outgoing,) = chat.plan(HERE, a_paper_card(), key="1")
        slack.fail("chat.postMessage", Fault("throttle", retry_after=30))
        held_up = group.create_task(chat.send(HERE, outgoing, None))
        await slack.wait_for_request("chat.postMessage")
        await slack.wait_until_settled()
        held_up.cancel()
        await timer.pass_by(60)
    assert not slack.messages
