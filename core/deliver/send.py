"""The last phase of a digest: send what is missing of a stored plan, under a lease.

One process at a time holds a delivery. It renews its lease before each message and, by a heartbeat, while a message is
on its way; a platform looks at it again when it has waited and is about to send. Whoever loses the lease sends nothing
more, and whoever stops gives it back, so that the next one goes on at once. A crash leaves the lease to run out.
`core.deliver.digest` calls it; nothing is decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.deliver.ledger import Delivery, DeliveryState
from core.deliver.ports import Chat, DeliveryStore
from core.errors import ChatUnavailable, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.time import Clock

#: how long a delivery may go without a sign of life before another process takes it up
LEASE: Final = timedelta(seconds=60)
#: seconds between two renewals while a message is on its way: two may come late
HEARTBEAT_S: Final = 20.0
#: a lease that was renewed so recently is relied upon: less than what is left of it by a lot, so that a message that
#: waits for nobody costs no second statement, and more than a slow statement takes
FRESH: Final = timedelta(seconds=5)
#: seconds that a platform has for one message, with all its own waits and retries
LONGEST_MESSAGE_S: Final = 600.0

Settle = Callable[[MessageRef], Awaitable[None]]


@dataclass(slots=True)
class _Pulse:
    """Whether the lease could be renewed so far, and when it last was."""

    #: by our clock, before the statement that renewed it
    renewed_at: datetime
    failure: PaperboyError | None = None

    def check(self) -> None:
        """Raises what went wrong with the last renewal."""
        if self.failure:
            raise self.failure

    def is_fresh(self, now: datetime) -> bool:
        """Was the lease renewed a moment ago? A clock that was set back cannot tell."""
        return timedelta() <= now - self.renewed_at <= FRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends deliveries of one store through one platform."""

    store: DeliveryStore
    chat: Chat
    clock: Clock
    #: called with every message once it is on record
    settle: Settle | None = None
    heartbeat_s: float = HEARTBEAT_S
    longest_message_s: float = LONGEST_MESSAGE_S

    async def send(self, delivery: Delivery) -> int:
        """Send a delivery that the caller holds and of which nothing was sent; how many messages that were."""
        return await self._send_and_give_back(delivery, is_resumed=False)

    async def resume(self, delivery: Delivery) -> int | None:
        """Send what is missing of a delivery; how many messages that were. None where it is done or in other hands."""
        if delivery.state is DeliveryState.DONE:
            return None
        held = await self.store.claim_delivery(delivery, at=self.clock.now(), lease=LEASE)
        return await self._send_and_give_back(held, is_resumed=True) if held else None

    async def _send_and_give_back(self, delivery: Delivery, *, is_resumed: bool) -> int:
        try:
            return await self._send_with_heartbeat(delivery, is_resumed=is_resumed)
        except BaseException:
            with suppress(PaperboyError):  # then the lease runs out; what went wrong first is told
                await self.store.release_delivery(delivery, at=self.clock.now())
            raise

    async def _send_with_heartbeat(self, delivery: Delivery, *, is_resumed: bool) -> int:
        pulse, sent = _Pulse(self.clock.now() - LEASE), 0
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            heartbeat = tasks.create_task(self._renew(delivery, pulse))
            try:
                sent = await self._send_missing(delivery, pulse, in_doubt=is_resumed)
            except Exception as error:  # noqa: BLE001 - raised below: the group would wrap it
                failure = error
            finally:
                heartbeat.cancel()
        if failure:
            raise failure
        return sent

    async def _renew(self, delivery: Delivery, pulse: _Pulse) -> None:
        """Renew the lease until cancelled, or until that fails."""
        while not pulse.failure:
            await asyncio.sleep(self.heartbeat_s)
            try:
                await self._renew_now(delivery, pulse)
            except PaperboyError as error:
                pulse.failure = error

    async def _renew_now(self, delivery: Delivery, pulse: _Pulse) -> None:
        at = self.clock.now()
        await self.store.renew_lease(delivery, at=at, lease=LEASE)
        pulse.renewed_at = at

    async def _hold_on(self, delivery: Delivery, pulse: _Pulse) -> None:
        """Make sure, directly before a message goes out, that the lease is ours. Raises LeaseLost.

        A process that was suspended does not know how long: its clock tells, and then the ledger does. It is asked
        again where answering took so long that the lease may be over.
        """
        pulse.check()
        while not pulse.is_fresh(self.clock.now()):
            await self._renew_now(delivery, pulse)

    async def _send_missing(self, delivery: Delivery, pulse: _Pulse, *, in_doubt: bool) -> int:
        """Send what the ledger does not know as sent.

        `in_doubt`: an earlier process may have sent messages that are not on record. They were sent in order, so each
        is looked for until one is not found.
        """
        sent = dict(delivery.sent)
        for outgoing in delivery.plan:
            if outgoing.key in sent:
                continue
            pulse.check()
            at = self.clock.now()
            await self.store.intend(delivery, outgoing.key, at=at, lease=LEASE)
            pulse.renewed_at = at
            parent = sent.get(outgoing.parent_key) if outgoing.parent_key else None
            message, in_doubt = await self._find_or_send(delivery, outgoing, parent, pulse, in_doubt=in_doubt)
            await self.store.sent(delivery, outgoing.key, message, at=self.clock.now())
            if self.settle:
                await self.settle(message)
            sent[outgoing.key] = message
        await self.store.finish_delivery(delivery, at=self.clock.now())
        return len(sent) - len(delivery.sent)

    async def _find_or_send(
        self, delivery: Delivery, outgoing: Outgoing, parent: MessageRef | None, pulse: _Pulse, *, in_doubt: bool
    ) -> tuple[MessageRef, bool]:
        """The message on the platform, and whether it was there before."""
        channel, hold_on = delivery.subscription.channel, partial(self._hold_on, delivery, pulse)
        try:
            async with asyncio.timeout(self.longest_message_s):
                if in_doubt and (found := await self.chat.find(channel, outgoing.key)):
                    return found, True
                return await self.chat.send(channel, outgoing, parent, before_sending=hold_on), False
        except TimeoutError as error:
            raise ChatUnavailable(
                f"{channel.platform} took no message for {self.longest_message_s / 60:.0f} minutes.",
                hint="The next run goes on from there.",
            ) from error
