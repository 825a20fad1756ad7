"""How jobs are done: what any process may do, and what belongs to the process that holds a token.

A job looks at what is stored before it acts, so that one that comes twice, late, or after its work was done elsewhere
does no harm. What goes wrong with a digest is on record where digests are, and the clock comes back to it; what goes
wrong otherwise, that record included, is raised, and the queue tries again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from bot.chats import Chats
from bot.delivering import DigestPoster
from bot.embedding import EMBEDDING_S, embed_all
from bot.jobs.orders import (
    BACKFILL,
    DELIVER,
    EMBED,
    ENRICH,
    ENRICH_JOB,
    FORGET,
    FORGET_JOB,
    PREPARE,
    REFRESH,
    RETRAIN,
    Preparation,
    Retraining,
    backfill_job,
    deliver_job,
    read_shipment,
)
from bot.operation.pulse import Pulses
from bot.refreshing import has_news, wanted_scopes
from bot.schedule import log_reports, read_due, tell_news
from bot.sweeps import tell_resumption
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.converse.privacy.forgetting import forget_old
from core.deliver import learning
from core.deliver.batches import batches_of
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryState, Shipment
from core.deliver.resume import take_up
from core.deliver.retry import is_overdue
from core.deliver.schedule import DayState, Due, Look, LookOutcome, NotYet, decide
from core.ingest import enrich
from core.ingest.missed_days import read_part
from core.ingest.problems import MissedDays
from core.ingest.state import Report
from core.operate.jobs import Argument, JobQueue, Task

#: how long missed days are read until a refresh of the source may come in between
PART: Final = timedelta(seconds=30)

_log = structlog.get_logger("paperboy")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepTasks:
    """What keeps the database in order, with one process as well as with several."""

    app: App
    jobs: JobQueue
    pulses: Pulses

    def by_name(self) -> dict[str, Task]:
        """All of them."""
        return {EMBED: Task(work=self.embed), FORGET: Task(work=self.forget), RETRAIN: Task(work=self.retrain)}

    async def embed(self, _arguments: Mapping[str, Argument]) -> None:
        """Embed papers that have no vector."""
        if self.app.meanings:
            await embed_all(self.app.meanings, self.pulses.of("embedding", EMBEDDING_S))

    async def forget(self, _arguments: Mapping[str, Argument]) -> None:
        """Delete a part of what nobody wants any more, and come back for the next."""
        if records := await forget_old(self.app.store, clock=self.app.clock):
            _log.info("old data deleted", records=records)
            await self.jobs.defer([FORGET_JOB])

    async def retrain(self, arguments: Mapping[str, Argument]) -> None:
        """Learn what a channel has taught, before its digest is prepared; too late, the digest has done it itself."""
        order = Retraining.read(arguments)
        if self.app.clock.now() >= order.due_at:
            return
        store = self.app.store
        for subscription in await store.subscriptions(order.channel):
            if subscription.name == order.name and await learning.retrain(subscription, store):
                _log.info("profile learned", channel=str(order.channel))


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralTasks:
    """What any process may do where several share the work: nothing of it asks a platform."""

    app: App
    chats: Chats
    jobs: JobQueue
    poster: DigestPoster
    #: how long one job reads missed days of a source, of which the last page takes as long as it takes
    part: timedelta = PART

    def by_name(self) -> dict[str, Task]:
        """All of them but upkeep."""
        return {
            REFRESH: Task(work=self.refresh),
            BACKFILL: Task(work=self.backfill),
            ENRICH: Task(work=self.enrich),
            PREPARE: Task(work=self.prepare),
        }

    async def refresh(self, arguments: Mapping[str, Argument]) -> None:
        """Read what is due of one source, and leave days that it missed to another job."""
        source = str(arguments["source"])
        reports = await read_due(self.app, only=source, leaves_missed_days=True)
        log_reports(reports)
        await self._pass_on(reports)
        if any(isinstance(problem, MissedDays) for report in reports for problem in report.problems):
            await self.jobs.defer([backfill_job(source)])

    async def backfill(self, arguments: Mapping[str, Argument]) -> None:
        """Read a part of the days that refreshes of one source missed, and come back for the rest."""
        app, name = self.app, str(arguments["source"])
        archive = app.origins.archives.get(name)
        if archive is None:
            return
        scopes = [scope for source, scope in await wanted_scopes(app) if source.name == name]
        part = await read_part(archive, scopes, app.store, app.clock, ends_at=app.clock.now() + self.part)
        log_reports(part.reports, "missed days read")
        await self._pass_on(part.reports)
        if part.has_rest:
            await self.jobs.defer([backfill_job(name)])

    async def _pass_on(self, reports: Sequence[Report]) -> None:
        """Have those look at what was read who may wait for it."""
        await tell_news(self.app, reports)
        if has_news(reports) and self.app.origins.enrichers:
            await self.jobs.defer([ENRICH_JOB])

    async def enrich(self, _arguments: Mapping[str, Argument]) -> None:
        """Ask the indexes what they know of new papers."""
        reports = await enrich.enrich(self.app.origins.enrichers, self.app.store, self.app.clock)
        log_reports(reports)
        await tell_news(self.app, reports)

    async def prepare(self, arguments: Mapping[str, Argument]) -> None:
        """Plan a digest that is due, and leave it to the process that holds the token."""
        order = Preparation.read(arguments)
        look = await _look(self.app, order.channel, order.name)
        if look is None:
            return
        installation = self.chats.installation_of(order.channel)
        look = replace(look, claimed_until=order.claimed_until)
        decision = await _decide(self.app, look, max(order.decided_at, self.app.clock.now()))
        if isinstance(decision.step, NotYet):
            return
        if isinstance(decision.step, Due):
            await self.poster.deliver(look, decision, leaves_sending=True)
        shipments = await self._shipments(look.subscription, decision.step.day.day)
        await self.jobs.defer([deliver_job(shipment, installation) for shipment in shipments])

    async def _shipments(self, subscription: Subscription, day: date) -> tuple[Shipment, ...]:
        """What is planned of a day and not sent; the day's digest, too, where one of another day is to be closed."""
        open_days = await self.app.store.open_days(subscription)
        kinds = {kind for open_day, kind in open_days if open_day == day}
        has_others = any(open_day != day and kind is not DeliveryKind.NOTICE for open_day, kind in open_days)
        kinds |= {DeliveryKind.DAILY} if has_others else set()
        return tuple(
            Shipment(channel=subscription.channel, name=subscription.name, day=day, kind=kind) for kind in sorted(kinds)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTasks:
    """What the process does that holds a token."""

    app: App
    chats: Chats
    poster: DigestPoster

    def by_name(self) -> dict[str, Task]:
        """All of them; a digest that cannot be sent is on record, with the moment of its next attempt."""
        return {DELIVER: Task(work=self.deliver, tries=3)}

    async def deliver(self, arguments: Mapping[str, Argument]) -> None:
        """Send what is missing of a digest, and plan it first where nobody has."""
        order = read_shipment(arguments)
        look = await _look(self.app, order.channel, order.name)
        if look is None:
            return
        now = self.app.clock.now()
        delivery = await self.app.store.delivery(look.subscription, order.day, order.kind)
        is_fresh = delivery is None or not (delivery.is_begun or is_overdue(delivery, now))
        if order.kind is DeliveryKind.DAILY and is_fresh:
            decision = _outcome_of_plan(look, order.day) if delivery else await _decide(self.app, look, now)
            if decision and isinstance(decision.step, Due) and decision.step.day.day == order.day:
                await self.poster.deliver(look, decision, stored_delivery=delivery)
                return
        if delivery and delivery.state is DeliveryState.SENDING:
            await self._take_up(delivery)

    async def _take_up(self, delivery: Delivery) -> None:
        app, channel = self.app, delivery.subscription.channel
        async with app.turns.of(channel):
            resumption = await take_up(
                delivery, app.store, self.chats.of, clock=app.clock, settle=app.settle, summariser=app.summariser
            )
        if resumption:
            tell_resumption(resumption)
            if resumption.error:
                await self.poster.pause_after(resumption.error, channel)


async def _look(app: App, channel: ChannelRef, name: str) -> Look | None:
    """What is known of a subscription; None where it was removed meanwhile."""
    looks = await app.store.looks(channel)
    return next((look for look in looks if look.subscription.name == name), None)


async def _decide(app: App, look: Look, now: datetime) -> LookOutcome:
    """What is to be done for a subscription at a moment."""
    return decide(look, batches_of(await app.store.source_states(), now, app.store.traits), now)


def _outcome_of_plan(look: Look, day: date) -> LookOutcome | None:
    """That the digest of an open day is due for who sends it; None where no digest was due on that day."""
    due_day = next((due_day for due_day in look.days if due_day.day == day and due_day.state is DayState.OPEN), None)
    if due_day is None:
        return None
    return LookOutcome(
        number=look.number,
        claimed_until=None,
        settled_until=look.settled_until or due_day.due_at,
        next_due=None,
        look_at=None,
        step=Due(day=due_day),
    )
