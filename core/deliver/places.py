"""Use case: what happens to the channels that digests go to.

Platforms bring a `ChannelEvent` through the desk; whoever delivers calls `pause_after` with the error that a delivery
ended with. A lost channel is asked nothing more: its subscriptions pause with the reason, its deliveries end, and each
person who had set one up gets one message. They go on when the bot is back.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from core.channels import (
    Absence,
    ChannelEvent,
    ChannelLost,
    ChannelMoved,
    ChannelRef,
    ChannelReturned,
    Subscription,
    UserRef,
)
from core.deliver import absences, compose
from core.deliver.ports import SubscriptionStore
from core.errors import AbsenceReason, PaperboyError
from core.posts.tree import Post
from core.speech import shipped_languages
from core.time import Clock

#: people who are written to about one event; it is never a blast, and the others see it in their settings
MOST_NOTES: Final = 10

#: writes to a person alone
Write = Callable[[UserRef, Post], Awaitable[None]]

_log: Final = logging.getLogger(__name__)


async def take_event(
    event: ChannelEvent, *, store: SubscriptionStore, clock: Clock, write: Write | None = None
) -> tuple[Subscription, ...]:
    """Do what an event calls for; the subscriptions that it changed, as they are now. Raises StoreError."""
    if isinstance(event, ChannelLost):
        return await pause_channel(event.channel, event.reason, store=store, clock=clock, write=write)
    if isinstance(event, ChannelReturned):
        return await resume_channel(event.channel, store=store, clock=clock)
    return await _follow(event, store=store)


async def pause_after(
    error: PaperboyError, channel: ChannelRef, *, store: SubscriptionStore, clock: Clock, write: Write | None = None
) -> tuple[Subscription, ...]:
    """Pause a channel where the error of a delivery says that no retry can mend it; nothing for any other error."""
    reason = absences.reason_of(error)
    return await pause_channel(channel, reason, store=store, clock=clock, write=write) if reason else ()


async def pause_channel(
    channel: ChannelRef,
    reason: AbsenceReason,
    *,
    store: SubscriptionStore,
    clock: Clock,
    write: Write | None = None,
) -> tuple[Subscription, ...]:
    """Pause what is subscribed there and is not paused, end its deliveries, and tell who set it up, once.

    The pause is stored first: of several who notice, one tells.
    """
    absence = Absence(reason=reason, since=clock.now())
    subscriptions = await store.lose_channel(channel, absence)
    for subscription in subscriptions:
        _log.warning(
            "The digest of %s is %s. %s",
            subscription,
            absences.pause_sentence(subscription),
            absences.pause_hint(subscription),
        )
    if subscriptions and write:
        await _tell(subscriptions, absence, store=store, clock=clock, write=write)
    return subscriptions


async def resume_channel(channel: ChannelRef, *, store: SubscriptionStore, clock: Clock) -> tuple[Subscription, ...]:
    """End the pauses that Paperboy made there: the bot is back, and the next digest comes at the next hour."""
    await store.note_return(channel)
    if not await store.lost_subscriptions(channel):
        return ()
    now = clock.now()
    subscriptions = await store.change_subscriptions(
        channel, partial(absences.resume_on_return, place=channel, at=now), at=now
    )
    for subscription in subscriptions:
        _log.info("The digest of %s goes on.", subscription)
    return subscriptions


async def _follow(event: ChannelMoved, *, store: SubscriptionStore) -> tuple[Subscription, ...]:
    subscriptions = await store.move_channel(event)
    for subscription in subscriptions:
        _log.info("%s is now %s; its digest goes there.", event.channel, subscription.channel)
    return subscriptions


async def _tell(
    subscriptions: tuple[Subscription, ...], absence: Absence, *, store: SubscriptionStore, clock: Clock, write: Write
) -> None:
    """One message to each person; one that does not arrive is not repeated."""
    people = dict.fromkeys(subscription.set_up_by for subscription in subscriptions if subscription.set_up_by)
    for person in list(people)[:MOST_NOTES]:
        digests = tuple(subscription for subscription in subscriptions if subscription.set_up_by == person)
        try:
            with shipped_languages().speaking(digests[0].language):
                await write(person, compose.say(absences.note(digests, absence)))
        except PaperboyError as error:  # it waits in the settings
            _log.info("%s could not be told of a lost channel: %s", person, error.sentence())
            continue
        for subscription in digests:
            await _record(subscription, absence, store=store, clock=clock)


async def _record(subscription: Subscription, absence: Absence, *, store: SubscriptionStore, clock: Clock) -> None:
    def record(now: Subscription) -> Subscription:
        is_meant = now.name == subscription.name and now.absence == absence
        return absences.with_note_sent(now) if is_meant else now

    await store.change_subscriptions(subscription.channel, record, at=clock.now())
