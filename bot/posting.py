"""Posts digests: when their hour has come, and when somebody orders one.

A tick of `bot.schedule` claims the digests to look at, `core.deliver.schedule` decides which are due, and tasks
deliver those beside the ticks, so that a slow platform delays its own channels alone (`delivering`).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from bot.chats import Chats
from bot.delivering import PER_PLATFORM, DigestPoster, Tally, ignore, names_of
from bot.refreshing import refresh_scopes
from bot.sweeps import Sweep, log_failures, subscription_fields, tell_improvement, tell_resumption
from bot.ticks import Drift
from bot.wire import App
from core.channels import ChannelRef, Subscription, UserRef
from core.converse.lists.saved_events import tell_events
from core.deliver import digest
from core.deliver.batches import Batches, Scope, batches_of
from core.deliver.digest import Result
from core.deliver.due import day_end
from core.deliver.improve import improve_posted
from core.deliver.ports import Chat
from core.deliver.resume import resume_interrupted
from core.deliver.saves import show_saves
from core.deliver.schedule import (
    DayReason,
    Due,
    Look,
    LookOutcome,
    Wait,
    decide,
)
from core.errors import PaperboyError
from core.ingest.traits import Sources
from core.posts.tree import Post

#: how long a look is left to whoever took it up
CLAIM: Final = timedelta(minutes=5)
#: subscriptions that one look takes up
LOOKS: Final = 1_000
#: digests that are under way or wait for their turn; more are left to other processes and later ticks
MOST_WAITING: Final = 2_000
#: how long it is on record what became of a day
HISTORY: Final = timedelta(days=90)
#: a terminal that nobody has opened
_ABSENT: Final = timedelta(hours=1)
#: after a bug in deciding on a subscription
_AFTER_BUG: Final = timedelta(hours=1)

_log = structlog.get_logger("paperboy")


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Posts a digest that somebody ordered where its channel is; asks the sources first, conditionally as always."""

    app: App
    chats: Chats
    #: has the sources of a subscription read; None: they are asked here
    read: Callable[[Subscription], Awaitable[None]] | None = None

    async def __call__(self, subscription: Subscription, day: date) -> Result:
        """As `core.deliver.digest.deliver`."""
        app = self.app
        if self.read:
            await self.read(subscription)
        else:
            await refresh_scopes(app, app.origins.scopes(subscription.categories))
        async with app.turns.of(subscription.channel):
            return await deliver_ordered(app, self.chats.of(subscription.channel), subscription, day)


async def deliver_ordered(
    app: App, chat: Chat, subscription: Subscription, day: date, *, listing_day: date | None = None
) -> Result:
    """Post a digest that somebody ordered, one that was given up as well; as `core.deliver.digest.deliver`."""
    return await digest.deliver(
        subscription,
        day,
        store=app.store,
        chat=chat,
        clock=app.clock,
        listing_day=listing_day,
        settle=app.settle,
        reopens=True,
        since=app.began_at,
        summariser=app.summariser,
        meanings=app.meanings,
    )


async def begin_today(app: App, channel: ChannelRef) -> None:
    """Close the days on which nobody sat at the terminal: nobody misses their digests."""
    now = app.clock.now()
    looks = await app.store.claim_looks(at=now, until=now + CLAIM, limit=LOOKS, only=channel)
    today = [
        day_end(look.subscription.at.zone, look.subscription.at.local_day(now) - timedelta(days=1)) for look in looks
    ]
    await app.store.record_looks(
        [
            _nothing_due(look, settled_until=max(look.settled_until or now, begins), look_at=now)
            for look, begins in zip(looks, today, strict=True)
        ]
    )


class Posting:
    """Delivers what is due, in the tasks of a group that outlives the ticks."""

    def __init__(
        self,
        app: App,
        chats: Chats,
        group: asyncio.TaskGroup,
        *,
        per_platform: int = PER_PLATFORM,
        monotonic: Callable[[], float] = time.monotonic,
        tally: Tally = ignore,
        only: ChannelRef | None = None,
    ) -> None:
        """`only`: a channel, where another process may serve the others."""
        self._app = app
        self._only = only
        self._chats = chats
        self._group = group
        self._under_way: set[int] = set()
        self._poster = DigestPoster(app, chats, per_platform=per_platform, tally=tally)
        self._monotonic = monotonic
        self._drift = Drift()
        self._must_wake = False
        self._resuming = Sweep("taking up interrupted digests", self._resume)
        self._others = (
            Sweep("improving digests", self._improve),
            Sweep("telling news of saved papers", self._tell_events),
            Sweep("telling who saved papers", self._show_saves),
        )

    @property
    def under_way(self) -> int:
        """How many digests are being sent or wait for their turn; all interrupted ones count as one."""
        return len(self._under_way) + self._resuming.is_running

    @property
    def is_busy(self) -> bool:
        """True while anything is under way that a tick began."""
        return bool(self.under_way) or any(sweep.is_running for sweep in self._others)

    async def tick(self) -> None:
        """Claim the digests to look at and begin to deliver those that are due; raises nothing."""
        with log_failures("looking at what is due"):
            await self._wake()
            self._resuming.begin(self._group)
            await self._look()
            for sweep in self._others:
                sweep.begin(self._group)

    async def seconds_to_next(self) -> float:
        """How long it is until the next digest is due; infinite where none is, or the database cannot tell."""
        try:
            following = await self._app.store.upcoming(limit=1)
        except PaperboyError:  # the next tick tries again
            return math.inf
        return max((following[0].due_at - self._app.clock.now()).total_seconds(), 1.0) if following else math.inf

    async def _resume(self) -> None:
        """Take up what was interrupted or failed before."""
        await self._take_up(self._is_left_alone)

    async def _take_up(self, is_busy: Callable[[ChannelRef], bool]) -> None:
        """Take up what was interrupted in channels that are not busy."""
        app = self._app
        resumptions = await resume_interrupted(
            app.store,
            self._chats.of,
            clock=app.clock,
            settle=app.settle,
            summariser=app.summariser,
            turn_of=app.turns.of,
            is_busy=is_busy,
        )
        for resumption in resumptions:
            tell_resumption(resumption)
            if resumption.error:
                await self._poster.pause_after(resumption.error, resumption.delivery.subscription.channel)

    async def _improve(self) -> None:
        """Edit messages with stand-ins where better summaries have come."""
        app = self._app
        improvements = await improve_posted(
            app.store, self._chats.of, clock=app.clock, summariser=app.summariser, is_busy=self._is_left_alone
        )
        for improvement in improvements:
            tell_improvement(improvement)

    async def _tell_events(self) -> None:
        """Tell what is new of saved papers to those who saved them."""
        app = self._app
        messages = await tell_events(
            app.store, self._chats.of, self._write, clock=app.clock, is_busy=self._is_left_alone
        )
        if messages:
            _log.info("news of saved papers told", messages=messages)

    async def _show_saves(self) -> None:
        """Edit the messages of papers that somebody saved since."""
        app = self._app
        messages = await show_saves(
            app.store,
            self._chats.of,
            clock=app.clock,
            summariser=app.summariser,
            is_busy=self._is_left_alone,
            within=self._within,
        )
        if messages:
            _log.info("messages tell who saved their papers", messages=messages)

    async def _write(self, person: UserRef, post: Post) -> None:
        """Write to a person alone. Raises as `Chat.write`; UsageError where that is another process's to do."""
        await self._app.write(person, post)

    @property
    def _within(self) -> tuple[str, ...] | None:
        """What the references of channels begin with that are this process's to care for; None: of all."""
        return None

    def _is_left_alone(self, channel: ChannelRef) -> bool:
        """True of a channel with a digest under way here, and of channels that other processes serve."""
        return channel != (self._only or channel) or self._app.turns.is_taken(channel)

    async def _wake(self) -> None:
        """Look at every digest at the start, and after the clock was put forward or back."""
        now = self._app.clock.now()
        self._must_wake |= self._drift.has_jumped(now, self._monotonic())
        if self._must_wake:
            await self._app.store.look_again(at=now)
            await self._app.store.forget_days(before=now - HISTORY)
            self._must_wake = False

    async def _look(self) -> None:
        store, now = self._app.store, self._app.clock.now()
        while (room := min(LOOKS, await self._room())) > 0:
            looks = await store.claim_looks(at=now, until=now + CLAIM, limit=room, only=self._only)
            if not looks:
                return
            batches = batches_of(await store.source_states(), now, store.traits)
            free = [look for look in looks if look.number not in self._under_way]
            decisions = [self._decide(look, batches, now) for look in free]
            await store.record_looks(decisions)
            pairs = tuple(zip(free, decisions, strict=True))
            await self._begin([pair for pair in pairs if isinstance(pair[1].step, Due)])
            _tell_waits(pairs, store.traits)
            if len(looks) < room:
                return

    async def _room(self) -> int:
        """How many more digests may be taken up now; what is left is due at the next tick."""
        return MOST_WAITING - len(self._under_way)

    async def _begin(self, due: Sequence[tuple[Look, LookOutcome]]) -> None:
        """Begin to deliver what is due."""
        for look, decision in due:
            self._under_way.add(look.number)
            self._group.create_task(self._deliver(look, decision))

    async def _deliver(self, look: Look, decision: LookOutcome) -> None:
        with log_failures("recording a digest", **subscription_fields(look.subscription)):
            await self._poster.deliver(look, decision)
        self._under_way.discard(look.number)

    def _decide(self, look: Look, batches: Batches, now: datetime) -> LookOutcome:
        channel = look.subscription.channel
        is_served = self._chats.serves(channel)
        if channel.platform == "terminal" and not is_served:  # nobody sits at it, and nobody misses anything
            return _nothing_due(look, settled_until=now, look_at=now + _ABSENT)
        try:
            return decide(look, batches, now, is_served=is_served)
        except Exception:  # noqa: BLE001 - a zone that is no more, say, must not hold up the others
            _log.exception("deciding what is due crashed", **subscription_fields(look.subscription))
            return _nothing_due(look, settled_until=look.settled_until or now, look_at=now + _AFTER_BUG)


def _tell_waits(pairs: Iterable[tuple[Look, LookOutcome]], traits: Sources) -> None:
    """One line for all digests that begin to wait for the same listings just now."""
    waiting: defaultdict[tuple[tuple[Scope, ...], date, datetime], list[Subscription]] = defaultdict(list)
    for look, decision in pairs:
        step = decision.step
        if (
            isinstance(step, Wait)
            and step.scopes
            and step.day.reason is DayReason.WAITING
            and step.day in decision.days
        ):
            waiting[step.scopes, step.day.day, step.until].append(look.subscription)
    for (scopes, day, until), subscriptions in waiting.items():
        missing = names_of(scopes, traits)
        _log.warning(
            "digest waiting",
            problem=f"not there yet: {', '.join(missing)}",
            missing=missing,
            until=until,
            day=day.isoformat(),
            digests=len(subscriptions),
            **subscription_fields(subscriptions[0]),
        )


def _nothing_due(look: Look, *, settled_until: datetime, look_at: datetime) -> LookOutcome:
    return LookOutcome(
        number=look.number,
        claimed_until=look.claimed_until,
        settled_until=settled_until,
        next_due=None,
        look_at=look_at,
    )
