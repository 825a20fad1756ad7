"""The last phase of a digest: send what is missing of a stored plan, under a lease.

One process at a time holds a delivery. It renews its lease before each message and, by a heartbeat, while a message is
on its way; a platform looks at it again when it has waited and is about to send. Whoever loses the lease sends nothing
more, and whoever stops gives it back, so that the next one goes on at once; an attempt that failed is noted with the
moment of the next one. A crash leaves the lease to run out. `digest` and `resume` call it; `retry` decides.

A digest that is late by the time it is taken up again says so, where nobody can have seen anything of it: it is planned
anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.channels import Subscription
from core.deliver import retry
from core.deliver.ledger import Delivery, DeliveryPlan, DeliveryState, Failure
from core.deliver.ports import Chat, DeliveryStore
from core.errors import ChatError, ChatThrottled, ChatUnavailable, LeaseLost, NotAllowed, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.speech import ENGLISH, _, plural, speaking
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
#: makes another plan of a delivery that is late for an hour, UTC; None where the stored one is to stay
PlanAnew = Callable[[Delivery, datetime], Awaitable[DeliveryPlan | None]]


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
    #: None: what is stored is sent, however late
    plan_anew: PlanAnew | None = None
    #: how long it holds what it has just planned
    lease: timedelta = LEASE
    heartbeat_s: float = HEARTBEAT_S
    longest_message_s: float = LONGEST_MESSAGE_S

    async def send(self, delivery: Delivery, *, in_doubt: bool = False) -> int:
        """Send a delivery that the caller holds and that is new; how many messages that were.

        `in_doubt`: the ledger may have forgotten that it was planned and sent before.
        """
        return await self._send_and_give_back(delivery, in_doubt=in_doubt)

    async def resume(self, delivery: Delivery, *, reopens: bool = False, in_doubt: bool = True) -> int | None:
        """Send what is missing of a delivery; how many messages that were. None where it is done or in other hands.

        So it is for one that was given up, unless `reopens`. Not `in_doubt`: of one that nobody has begun to send
        nothing is looked for.
        """
        if delivery.state is DeliveryState.DONE:
            return None
        claim = await self.store.claim_delivery(delivery, at=self.clock.now(), lease=LEASE, reopens=reopens)
        if claim is None:
            return None
        return await self._send_and_give_back(claim, in_doubt=in_doubt or claim.is_begun, is_resumed=True)

    async def give_up(self, delivery: Delivery, failure: Failure) -> bool:
        """Close an open delivery; what is not sent of it is a candidate again. False where it is in other hands.

        What the platform has and the ledger does not is put on record first, so that no paper of it comes again. Raises
        ChatUnavailable and ChatThrottled where nobody can tell now.
        """
        claim = await self.store.claim_delivery(delivery, at=self.clock.now(), lease=LEASE)
        if claim is None:
            return False
        try:
            await self._record_what_is_there(claim)
        except BaseException as error:
            if not _is_out_of_sight(error):
                await self._give_back(claim, error)
                raise
        try:
            await self.store.close_delivery(claim, at=self.clock.now(), failure=failure)
        except LeaseLost:
            return False
        return True

    async def close_others(self, subscription: Subscription) -> bool:
        """Give up what is left of other days, whose papers a new digest decides on. False where somebody sends it."""
        deliveries = await self.store.open_deliveries(subscription)
        return all([await self.give_up(delivery, retry.failure_of_interruption(delivery)) for delivery in deliveries])

    async def _record_what_is_there(self, delivery: Delivery) -> None:
        for outgoing in delivery.plan:
            if outgoing.key in delivery.sent:
                continue
            async with self._time_limit(delivery):
                message = await self.chat.find(delivery.subscription.channel, outgoing.key)
            if message is None:
                return
            await self._record(delivery, outgoing, message)

    async def _send_and_give_back(self, delivery: Delivery, *, in_doubt: bool, is_resumed: bool = False) -> int:
        try:
            with speaking(ENGLISH):  # what goes wrong is kept in the ledger, where scripts read it
                return await self._send_with_heartbeat(delivery, in_doubt=in_doubt, is_resumed=is_resumed)
        except BaseException as error:
            await self._give_back(delivery, error)
            raise

    async def _give_back(self, delivery: Delivery, error: BaseException) -> None:
        """Let the next one go on: at once after a stop, later after a failure, never where that cannot help."""
        at = self.clock.now()
        with suppress(PaperboyError):  # then the lease runs out; what went wrong first is told
            if not isinstance(error, Exception) or isinstance(error, BrokenPipeError):  # a reader that saw enough
                await self.store.release_delivery(delivery, at=at)
            elif retry_at := retry.next_attempt(delivery, error, at):
                failure = retry.failure_of(error)
                await self.store.release_delivery(delivery, at=at, failure=failure, retry_at=retry_at)
            else:
                await self.store.close_delivery(delivery, at=at, failure=retry.failure_of(error))

    async def _send_with_heartbeat(self, delivery: Delivery, *, in_doubt: bool, is_resumed: bool) -> int:
        pulse, sent_count = _Pulse(self.clock.now() - LEASE), 0
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            heartbeat = tasks.create_task(self._renew(delivery, pulse))
            try:
                if is_resumed:
                    delivery = await self._made_late(delivery)
                sent_count = await self._send_missing(delivery, pulse, in_doubt=in_doubt)
            except Exception as error:  # noqa: BLE001 - raised below: the group would wrap it
                failure = error
            finally:
                heartbeat.cancel()
        if failure:
            raise failure
        return sent_count

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

    async def _made_late(self, delivery: Delivery) -> Delivery:
        """The delivery with a plan of now where it is late and nothing of it can be there; else as it is."""
        late_for, channel = retry.late_for(delivery, self.clock.now()), delivery.subscription.channel
        if self.plan_anew is None or late_for is None or delivery.sent or not delivery.plan:
            return delivery
        if delivery.in_doubt and not self.chat.can_look(channel):
            return delivery
        async with self._time_limit(delivery):
            if await self.chat.find(channel, delivery.plan[0].key):
                return delivery
        plan = await self.plan_anew(delivery, late_for)
        if plan is None:
            return delivery
        return await self.store.replace_plan(delivery, plan, at=self.clock.now(), lease=LEASE) or delivery

    async def _send_missing(self, delivery: Delivery, pulse: _Pulse, *, in_doubt: bool) -> int:
        """Send what the ledger does not know as sent.

        `in_doubt`: an earlier process may have sent messages that are not on record. They were sent in order, so each
        is looked for until one is not found.
        """
        messages = dict(delivery.sent)
        for outgoing in delivery.plan:
            if outgoing.key in messages:
                continue
            pulse.check()
            at = self.clock.now()
            await self.store.intend(delivery, outgoing.key, at=at, lease=LEASE)
            pulse.renewed_at = at
            parent = messages.get(outgoing.parent_key) if outgoing.parent_key else None
            message, in_doubt = await self._find_or_send(delivery, outgoing, parent, pulse, in_doubt=in_doubt)
            await self._record(delivery, outgoing, message)
            messages[outgoing.key] = message
        await self.store.finish_delivery(delivery, at=self.clock.now())
        return len(messages) - len(delivery.sent)

    async def _record(self, delivery: Delivery, outgoing: Outgoing, message: MessageRef) -> None:
        await self.store.record_sent(delivery, outgoing.key, message, at=self.clock.now())
        if self.settle:
            await self.settle(message)

    async def _find_or_send(
        self, delivery: Delivery, outgoing: Outgoing, parent: MessageRef | None, pulse: _Pulse, *, in_doubt: bool
    ) -> tuple[MessageRef, bool]:
        """The message on the platform, and whether it was there before."""
        channel, was_asked = delivery.subscription.channel, False

        async def hold_on() -> None:
            nonlocal was_asked
            await self._hold_on(delivery, pulse)
            was_asked = True

        try:
            async with self._time_limit(delivery):
                if in_doubt and (message := await self.chat.find(channel, outgoing.key)):
                    return message, True
                return await self.chat.send(channel, outgoing, parent, before_sending=hold_on), False
        except BaseException as error:
            if outgoing.key not in delivery.in_doubt and (not was_asked or retry.is_refusal(error)):
                with suppress(PaperboyError):  # then it stays in doubt
                    await self.store.withdraw(delivery, outgoing.key)
            raise

    @asynccontextmanager
    async def _time_limit(self, delivery: Delivery) -> AsyncIterator[None]:
        """Raises ChatUnavailable where the block takes too long."""
        channel = delivery.subscription.channel
        try:
            async with asyncio.timeout(self.longest_message_s):
                yield
        except TimeoutError as error:
            raise ChatUnavailable(
                plural(
                    "{platform} took no message for {count} minute.",
                    "{platform} took no message for {count} minutes.",
                    round(self.longest_message_s / 60),
                    platform=channel.platform,
                ),
                hint=_("The next run goes on from there."),
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver(Sender):
    """Leaves what is planned to whoever may send; sends nothing, and touches nothing that was planned before."""

    #: over before it begins; the clock of a replayed day begins anew
    lease: timedelta = -timedelta(days=1)

    async def send(self, delivery: Delivery, *, in_doubt: bool = False) -> int:
        """Anybody may claim it."""
        return 0

    async def resume(self, delivery: Delivery, *, reopens: bool = False, in_doubt: bool = True) -> int | None:
        """It is another one's to send."""
        return None

    async def give_up(self, delivery: Delivery, failure: Failure) -> bool:
        """It is another one's to close."""
        return False


def _is_out_of_sight(error: BaseException) -> bool:
    """True where the platform lets nobody see what is in a channel, now or later."""
    return isinstance(error, ChatError | NotAllowed) and not isinstance(error, ChatUnavailable | ChatThrottled)
