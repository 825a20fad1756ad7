"""What the circuit breaker does with failures, in a time that passes when the test says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.chat.breaker import FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker
from core.deliver.ports import at_once
from core.errors import (
    ChannelGone,
    ChatDown,
    ChatError,
    ChatThrottled,
    ChatUnanswered,
    ChatUnavailable,
    ChatUnreachable,
)
from tests.fakes.clock import NOON, FakeClock, FakeTimer


class Sender:
    """Messages that fail or not."""

    def __init__(self) -> None:
        self.clock, self.timer = FakeClock(), FakeTimer()
        self.breaker = Breaker("Slack", self.clock, self.timer)
        #: how many messages the platform was asked to take
        self.requests = 0

    async def send(self, failure: ChatError | None = None) -> None:
        async with self.breaker.sending(at_once) as look:
            await look()
            self.requests += 1
            if failure:
                raise failure

    async def fails(self, failure: ChatError, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(type(failure)):
                await self.send(failure)

    async def pass_by(self, seconds: float) -> None:
        await self.timer.pass_by(seconds)
        self.clock.move(timedelta(seconds=seconds))


DOWN = ChatUnanswered("Slack is in trouble (HTTP 503).")


@pytest.mark.parametrize("failure", [DOWN, ChatUnreachable("No connection.")])
async def test_a_platform_that_is_down_is_left_in_peace(failure: ChatError) -> None:
    """After some failures in a row messages fail at once, and say until when; who is down since when can be read."""
    sender = Sender()
    await sender.fails(failure, FAILURES)
    with pytest.raises(ChatDown, match="down since 12:00 UTC") as raised:
        await sender.send()
    assert sender.requests == FAILURES
    assert raised.value.until == NOON + timedelta(seconds=FIRST_PAUSE_S)
    outage = sender.breaker.outage
    assert outage
    assert (outage.since, outage.next_try, outage.reason) == (NOON, raised.value.until, failure.sentence())


async def test_a_probe_that_succeeds_ends_the_outage() -> None:
    """After the pause one message is tried, others wait for what comes of it; then all go on."""
    sender = Sender()
    await sender.fails(DOWN, FAILURES)
    await sender.pass_by(FIRST_PAUSE_S)
    async with sender.breaker.sending(at_once) as look:
        await look()
        with pytest.raises(ChatDown):
            await sender.send()
    assert sender.breaker.outage is None
    await sender.fails(DOWN, FAILURES - 1)
    await sender.send()


async def test_pauses_grow_up_to_a_bound() -> None:
    """Each probe that fails doubles the pause; it is since the first failure that the platform is down."""
    sender, pauses = Sender(), []
    await sender.fails(DOWN, FAILURES)
    for _ in range(7):
        assert sender.breaker.outage
        pauses.append((sender.breaker.outage.next_try - sender.clock.now()).total_seconds())
        await sender.pass_by(pauses[-1])
        await sender.fails(DOWN)
    assert pauses == [15.0, 30.0, 60.0, 120.0, 240.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert sender.breaker.outage.since == NOON


@pytest.mark.parametrize(
    "failure", [ChannelGone("Gone."), ChatThrottled("Wait.", retry_after_s=1), ChatUnavailable("A wrong token.")]
)
async def test_an_answer_that_says_no_is_no_outage(failure: ChatError) -> None:
    """Refusals, waits and wrong tokens are answers of a platform that is up."""
    sender = Sender()
    await sender.fails(failure, 3 * FAILURES)
    assert sender.breaker.outage is None


async def test_whoever_waited_since_before_the_outage_is_not_sent() -> None:
    """Messages that waited for their turn are held back when it comes, and do not prolong the outage."""
    sender = Sender()
    async with sender.breaker.sending(at_once) as look:
        await sender.fails(DOWN, FAILURES)
        with pytest.raises(ChatDown):
            await look()
    late = Sender()
    with pytest.raises(ChatUnanswered):
        async with late.breaker.sending(at_once):
            await late.fails(DOWN, FAILURES)
            raise DOWN
    assert late.breaker.outage
    assert late.breaker.outage.next_try == NOON + timedelta(seconds=FIRST_PAUSE_S)


async def test_a_probe_that_tells_nothing_makes_room_for_another() -> None:
    """A probe that is cancelled, or refused for another reason, leaves the outage as it was."""
    sender = Sender()
    await sender.fails(DOWN, FAILURES)
    await sender.pass_by(FIRST_PAUSE_S)
    with pytest.raises(asyncio.CancelledError):
        async with sender.breaker.sending(at_once):
            raise asyncio.CancelledError
    await sender.fails(ChannelGone("Gone."))
    assert sender.breaker.outage
    await sender.send()
    assert sender.breaker.outage is None
