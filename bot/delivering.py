"""Delivers one digest whose hour has come, and puts on record how that went: for `posting`, and for `bot.jobs`.

What goes wrong with one digest is that digest's: it is logged, put on record and tried again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from bot.chats import Chats
from bot.sweeps import subscription_fields
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.deliver import digest, places
from core.deliver.batches import Scope
from core.deliver.digest import DeliveryOutcome, Result
from core.deliver.ledger import Delivery
from core.deliver.schedule import DayReason, DayState, Due, Look, LookOutcome, after_post
from core.errors import NotFound, PaperboyError
from core.ingest.traits import Sources

#: digests under way at a time on one platform
PER_PLATFORM: Final = 100
#: digests whose papers are chosen at a time: each holds all its candidates, and takes the processor
CHOOSING: Final = 2

_ENDS: Final = {
    DeliveryOutcome.POSTED: (DayState.POSTED, DayReason.NONE),
    DeliveryOutcome.ALREADY: (DayState.POSTED, DayReason.NONE),
    DeliveryOutcome.QUIET: (DayState.OPEN, DayReason.QUIET),
    DeliveryOutcome.TROUBLE: (DayState.OPEN, DayReason.TROUBLE),
    DeliveryOutcome.ELSEWHERE: (DayState.OPEN, DayReason.SENDING),
    DeliveryOutcome.FAILED: (DayState.MISSED, DayReason.FAILED),
}

_FAILURE: Final = "failed"

#: hears of every delivery that ended: its platform, how it ended and, where it was posted, how late, in seconds
Tally = Callable[[str, str, float | None], None]

_log = structlog.get_logger("paperboy")


def ignore(platform: str, outcome: str, late_s: float | None) -> None:
    """A tally for programs that count nothing."""


class DigestPoster:
    """Delivers digests one by one."""

    def __init__(self, app: App, chats: Chats, *, per_platform: int = PER_PLATFORM, tally: Tally = ignore) -> None:
        self._app = app
        self._chats = chats
        self._tally = tally
        self._room: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_platform))
        self._choosing = asyncio.Semaphore(CHOOSING)

    async def deliver(
        self,
        look: Look,
        decision: LookOutcome,
        *,
        leaves_sending: bool = False,
        stored_delivery: Delivery | None = None,
    ) -> None:
        """Deliver a digest that is due, and put on record how that went. Raises what recording raises, no more.

        `leaves_sending` and `stored_delivery` as in `digest.deliver`. A digest that is not on record is looked at again
        when its claim ends.
        """
        assert isinstance(decision.step, Due)
        state, reason = await self._post(
            look.subscription, decision.step, leaves_sending=leaves_sending, stored_delivery=stored_delivery
        )
        after = after_post(decision, look, state=state, reason=reason, now=self._app.clock.now())
        await self._app.store.record_looks([after])

    async def _post(
        self, subscription: Subscription, due: Due, *, leaves_sending: bool, stored_delivery: Delivery | None
    ) -> tuple[DayState, DayReason]:
        channel, app = subscription.channel, self._app
        try:
            async with app.turns.of(channel), self._room[channel.platform]:
                result = await digest.deliver(
                    subscription,
                    due.day.day,
                    store=app.store,
                    chat=self._chats.of(channel),
                    clock=app.clock,
                    due=due,
                    settle=app.settle,
                    since=app.began_at,
                    room=self._choosing,
                    summariser=app.summariser,
                    meanings=app.meanings,
                    leaves_sending=leaves_sending,
                    stored_delivery=stored_delivery,
                )
        except NotFound as error:  # removed meanwhile
            _log.info("a digest was not posted", error=error.sentence(), **subscription_fields(subscription))
            return DayState.OPEN, DayReason.FAILED
        except PaperboyError as error:
            self._tally(channel.platform, _FAILURE, None)
            _log.warning("digest failed", problem=error.sentence(), **subscription_fields(subscription))
            await self.pause_after(error, channel)
            return DayState.OPEN, DayReason.FAILED
        except Exception:  # noqa: BLE001 - one digest's bug is its own; it is logged whole
            self._tally(channel.platform, _FAILURE, None)
            _log.exception("a digest crashed", **subscription_fields(subscription))
            return DayState.OPEN, DayReason.FAILED
        self._tell(subscription, due, result)
        return _ENDS[result.outcome]

    async def pause_after(self, error: PaperboyError, channel: ChannelRef) -> None:
        """Pause a channel where the error says that it is lost."""
        app = self._app
        await places.pause_after(error, channel, store=app.store, clock=app.clock, write=app.write)

    def _tell(self, subscription: Subscription, due: Due, result: Result) -> None:
        """One line for a digest that was posted just now."""
        if result.outcome is not DeliveryOutcome.POSTED:
            self._tally(subscription.channel.platform, result.outcome.value, None)
            return
        late_s = (self._app.clock.now() - due.day.due_at).total_seconds()
        self._tally(subscription.channel.platform, result.outcome.value, late_s)
        _log.info(
            "digest posted",
            day=due.day.day.isoformat(),
            papers=result.digest.counts.posted,
            due_at=due.day.due_at.isoformat(),
            late_s=round(late_s, 3),
            missing=names_of(due.missing, self._app.store.traits),
            **subscription_fields(subscription),
        )


def names_of(scopes: Sequence[Scope], traits: Sources) -> list[str]:
    """What scopes of sources are called."""
    return [f"{traits.name_of(source)} {scope}".strip() for source, scope in scopes]
