"""How a town and its service live through their days: one visit per due moment, faults and kills in between."""

from __future__ import annotations

import asyncio
import time as wall
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from urllib.request import urlopen

from core.channels import ChannelRef
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryState
from core.deliver.schedule import DayReason, DayState, DueDay
from tests.journeys.operation import EASTERN, READERS, Due, Reader, Service, Town
from tests.journeys.people import People
from tests.standins.slack import Fault as SlackFault
from tests.standins.telegram import TOKEN, TelegramStandin
from tests.standins.telegram import Fault as TelegramFault

#: the service starts so long before a due moment, and again so long after it was killed
EARLY: Final = timedelta(seconds=2)
LATER: Final = timedelta(minutes=2)
#: after the end of its patience a digest is looked for
AFTER_PATIENCE: Final = timedelta(seconds=30)
#: seconds that a visit may take; a busy machine is slow
LONGEST_S: Final = 240.0
#: after so many seconds a service that was not quick enough at its hour is started again: its next look is a minute off
RESTART_S: Final = 15.0
#: of deliveries, how far back they are looked at between visits
_RECENT: Final = timedelta(days=2)
#: a platform that is down takes fewer requests than these before a visit is over
_MANY: Final = 500
_POSTING: Final = r"POST /channels/\d+/messages"
_NOTHING_NEW: Final = frozenset({DayReason.QUIET, DayReason.TROUBLE})


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a visit has to endure."""

    kills: int = 0
    #: the machine is off: the visit does not take place
    is_off: bool = False
    #: a category that arXiv does not tell until the patience of whoever waits is over, and how that goes wrong
    scope: str = ""
    wrong: Mapping[str, object] = field(default_factory=dict)
    #: a platform that takes no message
    down: str = ""
    #: Discord takes one message, and the answer never comes
    hangs: bool = False
    #: platforms on which one message goes wrong in a way that is mended at once
    stumbles: tuple[str, ...] = ()

    def delays(self, reader: Reader) -> bool:
        """May a platform keep a reader's digest from being posted in the visit?"""
        return reader.platform == self.down or (self.hangs and reader.platform == "discord")


CALM: Final = Trial()


@dataclass(kw_only=True)
class Incident:
    """A bad moment that delayed somebody's digest."""

    at: datetime
    #: when a source may be well again
    until: datetime
    #: `source` or `platform`
    kind: str
    #: the category, or the platform
    what: str
    #: of the service's log, in events, when it began
    heard: int
    delayed: set[ChannelRef] = field(default_factory=set)


class Life:
    """The service's days."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.kills = 0
        self.visits: list[datetime] = []
        self.incidents: list[Incident] = []
        #: what is due and not through
        self.pending: dict[tuple[ChannelRef, date], Due] = {}
        self.people = People(town)
        #: Telegram's messages that are not on record, of processes that were killed
        self.doubts: set[int] = set()
        self._on_record: set[int] = set()
        self._faults: list[tuple[datetime, Trial]] = []
        self._last: datetime | None = None
        self._heard = 0
        self._service: Service | None = None

    async def live(self, due: Mapping[datetime, list[Due]], trials: Mapping[datetime, Trial]) -> None:
        """Visit every moment in order, and again where a digest waited for a source."""
        todo = {moment: trials.get(moment, CALM) for moment in due}
        while todo:
            moment = min(todo)
            trial = todo.pop(moment)
            self.pending |= {(reader.channel, day): (reader, day) for reader, day in due.get(moment, ())}
            if trial.is_off:
                continue
            await self._visit(moment, trial)
            days = await self.days()
            for key, (reader, _) in self.pending.items():
                known = days.get(key)
                if known and known.state is DayState.OPEN and known.reason is DayReason.WAITING:
                    todo.setdefault(_patience_ends(reader, known) + AFTER_PATIENCE, CALM)

    async def _visit(self, moment: datetime, trial: Trial) -> None:
        self.town.replay.set_today(moment.astimezone(EASTERN).date().isoformat())
        self._break(moment, trial)
        self.visits.append(moment)
        self._heard = len(self.town.log())
        start = moment - EARLY if self._last is None else max(moment - EARLY, self._last + timedelta(seconds=1))
        for _ in range(trial.kills):
            start = await self._life_and_death(start, moment, trial)
        await self._life(start, moment, trial)
        await self._note(moment, trial)
        self._mend()

    async def _life_and_death(self, start: datetime, moment: datetime, trial: Trial) -> datetime:
        """One process, killed; when the next one starts."""
        with Service(self.town.paperboy, start) as service:
            self._service = service
            timer = self.town.lurk(service, {reader.platform for reader, _ in self.pending.values()} - {"terminal"})
            self.people.scribble()
            try:
                await self._until(lambda: self._is_through(moment, trial), service, longest_s=RESTART_S)
            finally:
                if timer:
                    timer.cancel()
            service.kill()
            end = service.now + LATER
        self.town.rest()
        self.town.discord.minutes_pass()
        self.kills += 1
        await self._count_doubts()
        return end

    async def _life(self, start: datetime, moment: datetime, trial: Trial) -> None:
        """One process that does all that is to be done, and stops in order."""
        began = wall.monotonic()
        while True:
            before = self.town.discord.connections
            with Service(self.town.paperboy, start) as service:
                self._service = service
                is_done = await self._until(lambda: self._is_through(moment, trial), service, longest_s=RESTART_S)
                if is_done:
                    self.people.gather(await self._recent())
                    await self._until(_so(lambda: self.town.discord.connections > before), service)  # noqa: B023 - awaited
                    await self.people.react()
                    assert await self._until(self.people.are_listed, service), "a reaction is not on its list"
                assert service.is_alive, "the service ended by itself"
                code = service.stop()
                assert code == 0, f"the service ended with {code}"
                start = self._last = service.now
            if is_done:
                return
            assert wall.monotonic() - began < LONGEST_S, f"{moment}: these are not through: {await self._states()}"

    async def _until(
        self, what: Callable[[], Awaitable[bool]], service: Service, *, longest_s: float = LONGEST_S
    ) -> bool:
        """Wait until something is so, or the process is dead; False where it did not become so in time."""
        end = wall.monotonic() + longest_s
        while service.is_alive and wall.monotonic() < end:
            if await what():
                return True
            await asyncio.sleep(0.25)  # each look reads whole deliveries
        return False

    # --- what is due --------------------------------------------------------------------------------------------------

    async def days(self) -> dict[tuple[ChannelRef, date], DueDay]:
        """How each day stands."""
        days = await self.town.store.scheduled_days(*DayState, limit=1_000)
        return {(one.subscription.channel, one.day.day): one.day for one in days.days}

    async def _states(self) -> list[str]:
        days = await self.days()
        return [f"{channel} {day}: {days.get((channel, day))}" for channel, day in self.pending]

    async def delivery(self, reader: Reader, day: date, kind: DeliveryKind = DeliveryKind.DAILY) -> Delivery | None:
        """A day's delivery as the ledger holds it."""
        return await self.town.store.delivery(reader.subscription, day, kind)

    async def _is_through(self, moment: datetime, trial: Trial) -> bool:
        days = await self.days()
        for reader, day in self.pending.values():
            if not await self._is_settled(reader, day, days.get((reader.channel, day)), moment, trial):
                return False
        return True

    async def _is_settled(
        self, reader: Reader, day: date, known: DueDay | None, moment: datetime, trial: Trial
    ) -> bool:
        """Is all done that can be done for a day at a moment?"""
        delivery = await self.delivery(reader, day)
        if delivery and delivery.state is DeliveryState.DONE:
            return True
        if known is None:
            return False
        if delivery and delivery.retry_at and self._service and delivery.retry_at > self._service.now:
            return True  # it failed before, and the next attempt comes after this visit
        if known.state is not DayState.OPEN:
            return True
        if trial.delays(reader) and (delivery or known.reason is DayReason.FAILED):
            return delivery is None or delivery.attempts > 0
        due = reader.due(day)
        if known.reason is DayReason.QUIET and due and not await self.has_news(reader, due):
            return True  # it waits for stragglers, not for the next day's listing
        has_patience = moment < _patience_ends(reader, known)
        if self._is_hidden(reader, moment) or not await self.has_news(reader, moment):
            return known.reason in _NOTHING_NEW or (known.reason is DayReason.WAITING and has_patience)
        return False

    async def has_news(self, reader: Reader, moment: datetime) -> bool:
        """Was anything announced for a reader that came after the last digest?"""
        last = (await self.town.store.last_posted(reader.channel)).get((reader.channel, "main"))
        return last is None or self.town.batch(reader, moment) > self.town.batch(reader, last)

    async def _note(self, moment: datetime, trial: Trial) -> None:
        """Forget what is through or over, and note who was delayed by what."""
        days = await self.days()
        for key, (reader, day) in list(self.pending.items()):
            delivery, known = await self.delivery(reader, day), days.get(key)
            is_closed = known is not None and known.state is not DayState.OPEN
            if (delivery and delivery.state is DeliveryState.DONE) or is_closed or reader.is_over(day, moment):
                del self.pending[key]
            elif trial.delays(reader) and (delivery or (known and known.reason is DayReason.FAILED)):
                self._incident(moment, "platform", reader.platform).delayed.add(reader.channel)
            elif known and known.reason in (DayReason.WAITING, DayReason.TROUBLE):
                for scope in reader.subscription.categories:
                    if scope in self._hidden(moment) and await self.has_news(reader, moment):
                        self._incident(moment, "source", scope).delayed.add(reader.channel)

    def _incident(self, at: datetime, kind: str, what: str) -> Incident:
        found = next((one for one in self.incidents if (one.at, one.kind, one.what) == (at, kind, what)), None)
        until = max((until for until, trial in self._faults if trial.scope == what), default=at)
        if found is None:
            self.incidents.append(found := Incident(at=at, until=until, kind=kind, what=what, heard=self._heard))
        return found

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def _hidden(self, moment: datetime) -> set[str]:
        return {trial.scope for until, trial in self._faults if until > moment}

    def _is_hidden(self, reader: Reader, moment: datetime) -> bool:
        return bool(self._hidden(moment) & set(reader.subscription.categories))

    def _break(self, moment: datetime, trial: Trial) -> None:
        """Let go wrong what is to."""
        self._hide(moment, trial)
        for platform in trial.stumbles:
            self._stumble(platform)
        if trial.hangs:
            self.town.discord.hangs(_POSTING)
        match trial.down:
            case "slack":
                self.town.slack.fail("chat.postMessage", SlackFault("broken"), times=_MANY)
            case "discord":
                self.town.discord.fails(_POSTING, 503, times=_MANY)
            case "telegram":
                self.town.telegram.fails("sendMessage", *[TelegramFault(502, "Bad Gateway")] * _MANY)

    def _hide(self, moment: datetime, trial: Trial) -> None:
        if trial.scope:
            waits = max(reader.subscription.patience_min for reader in READERS)
            self._faults.append((moment + timedelta(minutes=waits) + 2 * AFTER_PATIENCE, trial))
        for until, one in self._faults:
            if until > moment:
                for prefix in ("rss", "list"):
                    self.town.replay.fault(path_prefix=f"/{prefix}/{one.scope}", **one.wrong)

    def _stumble(self, platform: str) -> None:
        kind = self.town.chance.randrange(3)
        if platform == "slack":
            fault = (SlackFault("throttle"), SlackFault("broken"), SlackFault("lost"))[kind]
            self.town.slack.fail("chat.postMessage", fault)
        elif platform == "discord":
            if kind == 2:
                self.town.discord.drops(_POSTING, accepted=True)
            else:
                self.town.discord.fails(_POSTING, (429, 502)[kind], retry_after_s=0.5)
        elif platform == "telegram":
            asked = TelegramFault(429, "Too Many Requests: retry after 1", {"retry_after": 1})
            self.town.telegram.fails("sendMessage", (asked, TelegramFault(502, "Bad Gateway"), asked)[kind])

    def _mend(self) -> None:
        self.town.replay.clear_faults()
        self.town.slack.heal()
        self.town.discord.heal()
        self.town.telegram.heal()

    async def _count_doubts(self) -> None:
        """What a killed process has sent to Telegram and not put on record: at most one message in each chat."""
        await asyncio.to_thread(_drain, self.town.telegram)
        known = await self._recorded()
        for chat in {one.chat for one in self.town.telegram.messages}:
            ids = {one.id for one in self.town.telegram.messages if one.chat == chat}
            fresh = ids - known - self.doubts
            assert len(fresh) <= 1, f"a kill left {len(fresh)} messages in doubt in {chat}"
            self.doubts |= fresh

    async def _recorded(self) -> set[int]:
        """The numbers of the messages on Telegram that the ledger knows."""
        for reader, one in await self._recent():
            if reader.platform == "telegram":
                self._on_record |= {int(message.id) for message in one.sent.values()}
        return self._on_record

    async def _recent(self) -> list[tuple[Reader, Delivery]]:
        """What was planned lately for the readers on the three platforms."""
        since = self.visits[-1].date() - _RECENT
        readers = [reader for reader in READERS if reader.platform != "terminal"]
        return [(reader, one) for reader in readers for one in await self.deliveries(reader, since=since)]

    async def deliveries(self, reader: Reader, *, since: date = date.min) -> list[Delivery]:
        """All that was planned for a reader, in order."""
        days = [day for (channel, day) in await self.days() if channel == reader.channel and day >= since]
        found = [await self.delivery(reader, day, kind) for day in sorted(days) for kind in DeliveryKind]
        return [one for one in found if one]


def _so(what: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    """The same for those who await."""

    async def ask() -> bool:
        return what()

    return ask


def _drain(telegram: TelegramStandin) -> None:
    """What the dead process had sent before is through now."""
    with urlopen(f"{telegram.url}/bot{TOKEN}/getMe", data=b"", timeout=60):
        pass


def _patience_ends(reader: Reader, day: DueDay) -> datetime:
    """When a digest waits no longer for a source."""
    return max(day.due_at, day.opened_at) + timedelta(minutes=reader.subscription.patience_min)
