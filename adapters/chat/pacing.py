"""How fast requests go to a platform: nearly as fast as it allows, in fair turns, answers to people first.

A `Pace` guards one budget of a platform (a token's, or a method's), and within it a *lane* for each channel with limits
of its own. `async with pace.turn(channel, Urgency.DIGEST):` waits until all limits have room. Channels take turns; in a
channel whoever came first goes first. Answers go ahead of digests, and digests still move on; edits of what is there
already go when nothing else can. A wait that the platform asks for (HTTP 429) stops the channel that it is about, and
nothing else.

aiolimiter, pyrate-limiter and the SDKs' own limiters know no turns between channels and no urgency, and a leaky bucket
lets nearly twice its limit pass in the first window.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final, Protocol

from adapters.chat.limits import Budget, Limit, Place, Urgency
from core.errors import ChatThrottled
from core.speech import _

#: the longest pause that is waited for, in seconds; a longer one is told at once
LONGEST_PAUSE_S: Final = 60.0
#: after that many answers in a row a digest that waits has a turn
MOST_ANSWERS: Final = 9
#: digests that are on their way at the same time: a platform, or a network, that is slow gets no heap of requests
MOST_AT_ONCE: Final = 20
#: before so many round trips nobody knows how short they are: the first ones open connections
ENOUGH_ROUND_TRIPS: Final = 20
#: that many lanes refused within so many seconds mean the whole budget
FLOOD_LANES: Final = 3
FLOOD_S: Final = 2.0


class Handle(Protocol):
    """A call that was arranged."""

    def cancel(self) -> None:
        """Do not make it."""


class Timer(Protocol):
    """Monotonic time in seconds, and calls at a moment of it: an event loop is one."""

    def time(self) -> float:
        """This moment."""

    def call_at(self, when: float, callback: Callable[[], None], /) -> Handle:
        """Arrange a call; never before `when` by more than the clock's resolution."""


class Turn:
    """One request's leave to go."""

    def __init__(self, places: Sequence[Place], end: Callable[[Sequence[Place], bool], None]) -> None:
        self._places = places
        self._end = end
        self._is_over = False

    def end(self, *, is_sure: bool = True) -> None:
        """The platform has answered; the end of the block calls it where nobody did. `is_sure`: with success."""
        if not self._is_over:
            self._is_over = True
            self._end(self._places, is_sure)


@dataclass(slots=True, eq=False)
class _Queue:
    """The requests that wait in a lane with the same urgency."""

    lane: _Lane
    urgency: Urgency
    waiting: deque[asyncio.Future[Sequence[Place]]] = field(default_factory=deque)
    #: when it is looked at again, in the timer's seconds; None where it is in the round, or nobody waits
    due: float | None = None
    is_in_round: bool = False


@dataclass(slots=True, eq=False)
class _Lane:
    """A channel or route: its limits and who waits for it."""

    key: Hashable
    budgets: tuple[Budget, ...]
    paused_until: float = float("-inf")
    queues: dict[Urgency, _Queue] = field(init=False)

    def __post_init__(self) -> None:
        self.queues = {urgency: _Queue(self, urgency) for urgency in Urgency}

    def is_silent(self, now: float) -> bool:
        """Has it nothing to remember?"""
        is_free = self.paused_until <= now and all(budget.is_unused(now) for budget in self.budgets)
        return is_free and not any(queue.waiting for queue in self.queues.values())


class Pace:
    """One budget of a platform, shared by lanes that take turns."""

    def __init__(
        self,
        platform: str,
        *,
        shared_limits: Iterable[Limit] = (),
        limits_of: Callable[[Hashable], Iterable[Limit]] = lambda _: (),
        timer: Timer | None = None,
    ) -> None:
        """`shared_limits`: limits of all lanes together; `limits_of`: those of one lane; `timer`: the loop by default.

        A limit over 0 seconds is none.
        """
        self._platform = platform
        self._shared_budgets = _budgets(shared_limits)
        self._limits_of = limits_of
        self._timer = timer
        self._lanes: OrderedDict[Hashable, _Lane] = OrderedDict()
        self._rounds: dict[Urgency, deque[_Queue]] = {urgency: deque() for urgency in Urgency}
        #: queues whose lane has no room now: (when, number, queue), the soonest first
        self._resting: list[tuple[float, int, _Queue]] = []
        self._numbers = count()
        self._paused_until = float("-inf")
        #: lanes that were refused lately, oldest first, each with the moment
        self._refused: OrderedDict[Hashable, float] = OrderedDict()
        self._digests_waiting = 0
        self._digests_under_way = 0
        self._answers_in_a_row = 0
        self._quickest_s = float("inf")
        self._round_trips = 0
        self._alarm: tuple[float, Handle] | None = None

    @asynccontextmanager
    async def turn(self, lane: Hashable, urgency: Urgency) -> AsyncIterator[Turn]:
        """Wait for a turn; the request is made inside. Raises ChatThrottled where that would take too long."""
        state = self._lane(lane)
        turn = Turn(await self._places(state, urgency), partial(self._end_turn, state, urgency))
        try:
            yield turn
        except BaseException:
            turn.end(is_sure=False)
            raise
        turn.end()

    def refuse(self, lane: Hashable, seconds: float) -> None:
        """The platform refused a request (HTTP 429): its lane pauses, and all do where several are refused at once."""
        now = self._now()
        self.pause_lane(lane, seconds)
        self._refused[lane] = now
        self._refused.move_to_end(lane)
        while next(iter(self._refused.values())) < now - FLOOD_S:
            self._refused.popitem(last=False)
        if len(self._refused) >= FLOOD_LANES:
            self.pause(seconds)

    def pause_lane(self, lane: Hashable, seconds: float) -> None:
        """Nothing goes to a lane for so long."""
        state = self._lane(lane)
        state.paused_until = max(state.paused_until, self._now() + seconds)
        if seconds > LONGEST_PAUSE_S:
            self._give_up(state, seconds)

    def pause(self, seconds: float) -> None:
        """Nothing goes at all for so long."""
        self._paused_until = max(self._paused_until, self._now() + seconds)
        if seconds > LONGEST_PAUSE_S:
            for lane in self._lanes.values():
                self._give_up(lane, seconds)

    # --- waiting ------------------------------------------------------------------------------------------------------

    async def _places(self, lane: _Lane, urgency: Urgency) -> Sequence[Place]:
        pause_s = max(self._paused_until, lane.paused_until) - self._now()
        if pause_s > LONGEST_PAUSE_S:
            raise self._throttling_error(pause_s)
        queue = lane.queues[urgency]
        waiter: asyncio.Future[Sequence[Place]] = asyncio.get_running_loop().create_future()
        queue.waiting.append(waiter)
        self._digests_waiting += urgency is Urgency.DIGEST
        self._queue_up(queue)
        self._go_on()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._give_back(lane, urgency, waiter.result())
            raise
        finally:
            self._digests_waiting -= urgency is Urgency.DIGEST
            if waiter in queue.waiting:
                queue.waiting.remove(waiter)

    def _lane(self, key: Hashable) -> _Lane:
        """The lane, known from now on; two that have long been silent are forgotten for it."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key, _budgets(self._limits_of(key)))
        self._lanes.move_to_end(key)
        now = self._now()
        for _turn in range(2):
            oldest = next(iter(self._lanes.values()))
            if oldest is not lane and oldest.is_silent(now):
                del self._lanes[oldest.key]
            else:
                self._lanes.move_to_end(oldest.key)
        return lane

    def _give_up(self, lane: _Lane, pause_s: float) -> None:
        """Tell everybody who waits that it takes too long."""
        for queue in lane.queues.values():
            while queue.waiting:
                waiter = queue.waiting.popleft()
                if not waiter.done():
                    waiter.set_exception(self._throttling_error(pause_s))

    def _throttling_error(self, pause_s: float) -> ChatThrottled:
        sentence = _("{platform} asks us to wait {seconds} s.", platform=self._platform, seconds=f"{pause_s:.0f}")
        return ChatThrottled(sentence, retry_after_s=pause_s)

    # --- giving turns -------------------------------------------------------------------------------------------------

    def _queue_up(self, queue: _Queue) -> None:
        """Put a queue in the round, or to rest until its lane has room."""
        if queue.is_in_round or not queue.waiting:
            return
        now = self._now()
        at = self._opens_at(queue, now)
        if at <= now:
            queue.due, queue.is_in_round = None, True
            self._rounds[queue.urgency].append(queue)
        elif queue.due is None or at < queue.due or queue.due <= now:
            queue.due = at
            heapq.heappush(self._resting, (at, next(self._numbers), queue))

    def _opens_at(self, queue: _Queue, now: float) -> float:
        urgency = self._effective_urgency(queue.urgency)
        return max((queue.lane.paused_until, *(budget.opens_at(urgency, now) for budget in queue.lane.budgets)))

    def _effective_urgency(self, urgency: Urgency) -> Urgency:
        """A digest that has let enough answers pass counts as an answer."""
        return Urgency.ANSWER if self._is_digests_turn() else urgency

    def _is_digests_turn(self) -> bool:
        return self._digests_waiting > 0 and self._answers_in_a_row >= MOST_ANSWERS

    def _go_on(self) -> None:
        """Give every turn that can be given now, and see to it that the next one is given in time."""
        now = self._now()
        while self._resting and self._resting[0][0] <= now:
            at, _number, queue = heapq.heappop(self._resting)
            if at == queue.due:
                queue.due = None
                self._queue_up(queue)
        while (at := self._shared_opens_at(now)) <= now:
            if queue_in_turn := self._next_queue(now):
                self._give_turn(queue_in_turn, now)
        self._wake_at(min(at, self._resting[0][0] if self._resting else float("inf")), now)

    def _shared_opens_at(self, now: float) -> float:
        """When the next turn can be given to somebody in the round; infinite where nobody is."""
        return min(
            (self._opens_for(urgency, now) for urgency in Urgency if self._rounds[urgency]), default=float("inf")
        )

    def _opens_for(self, urgency: Urgency, now: float) -> float:
        if urgency is not Urgency.ANSWER and self._digests_under_way >= MOST_AT_ONCE:
            return float("inf")
        urgency = self._effective_urgency(urgency)
        return max((self._paused_until, *(budget.opens_at(urgency, now) for budget in self._shared_budgets)))

    def _next_queue(self, now: float) -> _Queue | None:
        """Take the queue whose turn it is out of the round; None where its lane has no room any more."""
        first = (Urgency.DIGEST, Urgency.ANSWER) if self._is_digests_turn() else (Urgency.ANSWER, Urgency.DIGEST)
        order = (*first, Urgency.EDIT)
        urgency = next(urgency for urgency in order if self._rounds[urgency] and self._opens_for(urgency, now) <= now)
        queue = self._rounds[urgency].popleft()
        queue.is_in_round = False
        if queue.waiting and self._opens_at(queue, now) <= now:
            return queue
        self._queue_up(queue)
        return None

    def _give_turn(self, queue: _Queue, now: float) -> None:
        waiter = queue.waiting.popleft()
        if not waiter.done():
            budgets = (*self._shared_budgets, *queue.lane.budgets)
            waiter.set_result([budget.take(now) for budget in budgets])
            self._digests_under_way += queue.urgency is not Urgency.ANSWER
            is_passed = queue.urgency is Urgency.ANSWER and self._digests_waiting > 0
            self._answers_in_a_row = self._answers_in_a_row + 1 if is_passed else 0
        self._queue_up(queue)

    def _end_turn(self, lane: _Lane, urgency: Urgency, places: Sequence[Place], is_sure: bool) -> None:
        now = self._now()
        if is_sure and places:
            self._quickest_s = min(self._quickest_s, now - places[0].given_at)
            self._round_trips += 1
        spare_s = self._quickest_s / 2 if self._round_trips >= ENOUGH_ROUND_TRIPS else 0.0
        for place in places:
            place.free_at = min(place.free_at, max(place.given_at, now - spare_s) + place.per_s)
        self._see_again(lane, urgency)

    def _give_back(self, lane: _Lane, urgency: Urgency, places: Sequence[Place]) -> None:
        """Free the places of a turn that nobody took."""
        for place in places:
            place.free_at = float("-inf")
        self._see_again(lane, urgency)

    def _see_again(self, lane: _Lane, urgency: Urgency) -> None:
        """A turn is over: the lane may have room earlier than was thought."""
        self._digests_under_way -= urgency is not Urgency.ANSWER
        for queue in lane.queues.values():
            self._queue_up(queue)
        self._go_on()

    def _wake_at(self, at: float, now: float) -> None:
        if at == float("inf") or (self._alarm and now < self._alarm[0] <= at):
            return
        if self._alarm:
            self._alarm[1].cancel()
        self._alarm = (at, self._clock().call_at(at, self._wake))

    def _wake(self) -> None:
        self._alarm = None
        self._go_on()

    def _clock(self) -> Timer:
        return self._timer or asyncio.get_running_loop()

    def _now(self) -> float:
        return self._clock().time()


def _budgets(limits: Iterable[Limit]) -> tuple[Budget, ...]:
    return tuple(Budget(limit) for limit in limits if limit.per_s > 0)
