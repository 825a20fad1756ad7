"""The laws of pacing, in a time that passes when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.limits import Limit, Urgency
from adapters.chat.pacing import FLOOD_LANES, MOST_ANSWERS, MOST_AT_ONCE, Pace
from core.errors import ChatThrottled
from tests.fakes.clock import FakeTimer

A, D = Urgency.ANSWER, Urgency.DIGEST
EACH_SECOND = Limit(messages=1, per_s=1.0)


class Platform:
    """Requests that take no time, or some, and what the platform sees of them."""

    def __init__(
        self, *shared: Limit, lane: Iterable[Limit] = (), limits_of: Callable[[Hashable], Iterable[Limit]] | None = None
    ) -> None:
        self.timer = FakeTimer()
        limits = tuple(lane)
        self.pace = Pace("Slack", shared_limits=shared, limits_of=limits_of or (lambda _: limits), timer=self.timer)
        #: when each request began, its lane and urgency, in order
        self.seen: list[tuple[float, Hashable, Urgency]] = []
        self.refused: list[ChatThrottled] = []

    async def ask(
        self, lane: Hashable = "c", urgency: Urgency = D, *, way_there_s: float = 0, way_back_s: float = 0
    ) -> None:
        """One request; the platform sees it after its way there."""
        try:
            async with self.pace.turn(lane, urgency):
                await self.sleep(way_there_s)
                self.seen.append((self.timer.time(), lane, urgency))
                await self.sleep(way_back_s)
        except ChatThrottled as error:
            self.refused.append(error)

    async def sleep(self, seconds: float) -> None:
        if seconds:
            over = asyncio.get_running_loop().create_future()
            self.timer.call_at(self.timer.time() + seconds, lambda: over.done() or over.set_result(None))
            await over

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Requests that are begun in the block, and are not waited for."""
        async with asyncio.TaskGroup() as group:
            before = asyncio.all_tasks()
            yield group
            for task in asyncio.all_tasks() - before:
                task.cancel()

    @property
    def times(self) -> list[float]:
        return [round(at, 6) for at, _, _ in self.seen]

    @property
    def lanes(self) -> list[Hashable]:
        return [lane for _, lane, _ in self.seen]


async def test_a_channel_has_its_rate() -> None:
    """In one channel a message goes out each second, and none is lost of a minute."""
    platform = Platform(lane=[EACH_SECOND])
    async with platform.busy() as group:
        for _ in range(100):
            group.create_task(platform.ask())
        await platform.timer.pass_by(59.5)
    assert platform.times == [float(second) for second in range(60)]


async def test_a_token_has_its_rate_over_many_channels() -> None:
    """Thirty a second is what goes out in a minute, evenly, and never more than thirty in a second."""
    platform = Platform(Limit(messages=30, per_s=1.0, is_even=True), lane=[EACH_SECOND])
    async with platform.busy() as group:
        for number in range(2_000):
            group.create_task(platform.ask(number))
        await platform.timer.pass_by(59.99, turns=3)
    assert len(platform.seen) in (1_800, 1_801)
    assert most_in_a_window(platform.times, 1.0) <= 30
    assert max(later - earlier for earlier, later in pairwise(platform.times)) < 0.07


async def test_channels_take_turns() -> None:
    """However many messages a channel has, no other waits for more than one of them; each channel keeps its order."""
    platform = Platform(Limit(messages=1, per_s=0.1))
    async with platform.busy() as group:
        for _ in range(5):
            group.create_task(platform.ask("long"))
        for lane in ("b", "c"):
            for _ in range(3):
                group.create_task(platform.ask(lane))
        await platform.timer.pass_by(2)
    assert platform.lanes == ["long", "long", "b", "c", "long", "b", "c", "long", "b", "c", "long"]


async def test_an_answer_waits_for_one_message_at_most() -> None:
    """Answers go ahead of every digest that waits, at the next place of the token."""
    platform = Platform(Limit(messages=30, per_s=1.0, is_even=True))
    async with platform.busy() as group:
        for number in range(500):
            group.create_task(platform.ask(number))
        await platform.timer.pass_by(5.01)
        asked_at = platform.timer.time()
        group.create_task(platform.ask("person", A))
        await platform.timer.pass_by(1)
    (answered_at,) = [at for at, _, urgency in platform.seen if urgency is A]
    assert answered_at - asked_at <= 1 / 30 + 1e-6


async def test_an_answer_goes_ahead_in_its_channel() -> None:
    """Also in a channel whose digest is on its way, the answer is next."""
    platform = Platform(lane=[EACH_SECOND])
    async with platform.busy() as group:
        for _ in range(5):
            group.create_task(platform.ask())
        await platform.timer.pass_by(1.5)
        group.create_task(platform.ask(urgency=A))
        await platform.timer.pass_by(5)
    assert [urgency for _, _, urgency in platform.seen] == [D, D, A, D, D, D]


async def test_digests_leave_room_for_answers() -> None:
    """Of a group's twenty a minute digests leave two; an answer after a long digest does not wait for the minute."""
    platform = Platform(lane=[Limit(messages=20, per_s=60.0, kept_for_answers=2)])
    async with platform.busy() as group:
        for _ in range(30):
            group.create_task(platform.ask())
        await platform.timer.pass_by(10)
        assert len(platform.seen) == 18
        for _ in range(3):
            group.create_task(platform.ask(urgency=A))
        await platform.timer.pass_by(10)
        assert len(platform.seen) == 20
        await platform.timer.pass_by(41)
    assert most_in_a_window(platform.times, 60.0) == 20


async def test_digests_give_way_for_each_answer() -> None:
    """What answers take of a long window, digests leave at once: nobody waits for the window's end later."""
    platform = Platform(Limit(messages=60, per_s=60.0, kept_for_answers=6, is_even=True))
    async with platform.busy() as group:
        for number in range(300):
            group.create_task(platform.ask(number))
        for number in range(48):
            group.create_task(platform.ask(f"person {number}", A))
            await platform.timer.pass_by(2.5)
    answered = [at for at, _, urgency in platform.seen if urgency is A]
    assert [round(at % 2.5, 6) for at in answered] == [0.0] * 48
    assert len(platform.seen) >= 0.88 * 120
    assert most_in_a_window(platform.times, 60.0) <= 60


async def test_digests_move_on_under_a_flood_of_answers() -> None:
    """After some answers in a row, a digest has its turn."""
    platform = Platform(Limit(messages=10, per_s=1.0, kept_for_answers=3, is_even=True))
    async with platform.busy() as group:
        for number in range(200):
            group.create_task(platform.ask(number, A))
        group.create_task(platform.ask("digest"))
        await platform.timer.pass_by(10)
    already_gone = 10
    assert platform.lanes.index("digest") == already_gone + MOST_ANSWERS


async def test_edits_go_when_nothing_else_can() -> None:
    """What makes better what is there waits for answers and digests that come after it, and goes on afterwards."""
    platform = Platform(Limit(messages=1, per_s=1.0))
    async with platform.busy() as group:
        for number in range(3):
            group.create_task(platform.ask(number, Urgency.EDIT))
        await platform.timer.pass_by(0.5)
        for urgency in (D, D, A):
            group.create_task(platform.ask("c", urgency))
        await platform.timer.pass_by(9)
    assert [urgency for _, _, urgency in platform.seen] == [Urgency.EDIT, A, D, D, Urgency.EDIT, Urgency.EDIT]


async def test_a_refusal_stops_its_channel_alone() -> None:
    """A 429 for one channel lets the others go on; the channel goes on when the time is over."""
    platform = Platform(Limit(messages=10, per_s=1.0))
    async with platform.busy() as group:
        platform.pace.refuse("a", 30)
        for lane in ("a", "b", "c"):
            group.create_task(platform.ask(lane))
        await platform.timer.pass_by(31)
    assert list(zip(platform.times, platform.lanes, strict=True)) == [(0.0, "b"), (0.0, "c"), (30.0, "a")]


async def test_refusals_of_several_channels_at_once_stop_all() -> None:
    """A flood that the platform tells channel by channel is known as one."""
    platform = Platform()
    async with platform.busy() as group:
        for number in range(FLOOD_LANES):
            platform.pace.refuse(number, 7)
        group.create_task(platform.ask("other", A))
        await platform.timer.pass_by(8)
    assert platform.times == [7.0]


async def test_refusals_now_and_then_are_no_flood() -> None:
    """Channels that are refused minutes apart stop for themselves."""
    platform = Platform()
    async with platform.busy() as group:
        for number in range(2 * FLOOD_LANES):
            platform.pace.refuse(number, 60)
            await platform.timer.pass_by(5)
        group.create_task(platform.ask("other"))
        await platform.timer.pass_by(0)
    assert platform.lanes == ["other"]


async def test_a_long_pause_is_told_at_once() -> None:
    """Nobody waits for more than a minute because a platform says so, neither who comes later nor who waits already."""
    platform = Platform(lane=[EACH_SECOND])
    async with platform.busy() as group:
        for _ in range(2):
            group.create_task(platform.ask())
        await platform.timer.pass_by(0.5)
        platform.pace.refuse("c", 600)
        await platform.timer.pass_by(10)
        await platform.ask()
    assert [error.retry_after_s for error in platform.refused] == [600, 590]


async def test_a_cancelled_wait_frees_its_place() -> None:
    """Whoever gives up is passed over, also at the moment of its turn."""
    platform = Platform(lane=[EACH_SECOND])
    async with platform.busy() as group:
        await platform.ask()
        given_up = group.create_task(platform.ask(urgency=A))
        unlucky = group.create_task(platform.ask())
        group.create_task(platform.ask())
        await platform.timer.pass_by(0.5)
        given_up.cancel()
        await platform.timer.pass_by(0.4999, turns=1)
        await platform.timer.pass_by(0.0001, turns=0)
        unlucky.cancel()
        await platform.timer.pass_by(0.5)
    assert platform.times == [0.0, 1.0]


async def test_silent_channels_are_forgotten() -> None:
    """Memory is for channels whose budget is not full again."""
    platform = Platform(lane=[EACH_SECOND])
    for number in range(5_000):
        await platform.ask(number)
        await platform.timer.pass_by(0.1, turns=1)
    assert len(platform.pace._lanes) < 30


@pytest.mark.parametrize("is_even", [True, False])
async def test_answers_that_take_time_cost_little(is_even: bool) -> None:
    """Requests go while others are under way: a round trip of 0.2 s costs half of that of each window, and no more."""
    platform = Platform(Limit(messages=30, per_s=1.0, is_even=is_even))
    async with platform.busy() as group:
        for number in range(1_000):
            group.create_task(platform.ask(number, way_there_s=0.1, way_back_s=0.1))
        await platform.timer.pass_by(30, turns=3)
    assert len(platform.seen) >= 0.9 * 30 * 29.9
    assert most_in_a_window(platform.times, 1.0) <= 30


async def test_a_slow_platform_gets_no_heap_of_requests() -> None:
    """So many digests are on their way at once and no more; answers do not wait for them."""
    platform = Platform()
    async with platform.busy() as group:
        for number in range(100):
            group.create_task(platform.ask(number, way_back_s=10))
        await platform.timer.pass_by(1)
        assert platform.times == [0.0] * MOST_AT_ONCE
        await platform.ask("person", A)
        await platform.timer.pass_by(10)
    assert platform.times == [0.0] * MOST_AT_ONCE + [1.0] + [10.0] * MOST_AT_ONCE


#: what a way through the network takes at least, in seconds, and how much longer it may take
QUICKEST_S = 0.1
delays = st.floats(min_value=0.0, max_value=2.0)


@settings(deadline=None, max_examples=40)
@given(
    requests=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 4), st.sampled_from(Urgency), delays, delays), min_size=1, max_size=30
    ),
    shared=st.builds(
        Limit,
        messages=st.integers(3, 9),
        per_s=st.floats(0.2, 5),
        kept_for_answers=st.integers(0, 2),
        is_even=st.booleans(),
    ),
    each=st.builds(Limit, messages=st.integers(1, 3), per_s=st.floats(0.1, 3)),
)
def test_no_window_has_more_than_the_limit(
    requests: list[tuple[float, int, Urgency, float, float]], shared: Limit, each: Limit
) -> None:
    """Whatever the order, the urgency and the delays: the platform never sees more than it allows, and sees all."""

    async def live() -> Platform:
        platform = Platform(shared, lane=[each])
        async with platform.busy() as group:
            group.create_task(platform.ask(0, A, way_there_s=QUICKEST_S, way_back_s=QUICKEST_S))
            await platform.timer.pass_by(1)
            for pause_s, lane, urgency, there_s, back_s in requests:
                await platform.timer.pass_by(pause_s, turns=4)
                asked = platform.ask(lane, urgency, way_there_s=QUICKEST_S + there_s, way_back_s=QUICKEST_S + back_s)
                group.create_task(asked)
            await platform.timer.pass_by(1_000, turns=4)
        return platform

    platform = asyncio.run(live())
    assert len(platform.seen) == len(requests) + 1
    assert most_in_a_window([at for at, _, _ in platform.seen], shared.per_s) <= shared.messages
    for lane in set(platform.lanes):
        seen = [at for at, where, _ in platform.seen if where == lane]
        assert most_in_a_window(seen, each.per_s) <= each.messages


def most_in_a_window(times: Iterable[float], seconds: float) -> int:
    """The most moments in any stretch of time of that length, which begins with one and ends before its end."""
    ordered = sorted(times)
    return max(sum(start <= at < start + seconds - 1e-6 for at in ordered) for start in ordered)
