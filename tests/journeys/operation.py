"""Teams on three platforms and a terminal, and the service that they live with: for the fortnight of real operation.

Everything is as in real life but for the time: the service is started some seconds before each due moment and stopped
when its digests are through, so that a day takes seconds. It is the real program in a process of its own; arXiv is the
replay server, the platforms are stand-ins that outlive it.
"""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import threading
import time as wall
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from core.channels import ChannelRef, DeliveryTime, Subscription
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy
from tests.journeys.warm import start
from tests.replay import RECORDED, Replay
from tests.standins import judges
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.discord_words import GUILD
from tests.standins.discord_words import channel as a_room
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, CHANNEL, TEAM
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN
from tests.standins.telegram import TelegramStandin

EASTERN: Final = ZoneInfo("America/New_York")
#: papers in a digest: enough for a thread, few enough to be quick
SIZE: Final = 3
ROOM, OTHER_ROOM = 1_350_000_000_000_000_001, 1_350_000_000_000_000_002
GROUP, OTHER_GROUP = -1009, -1010
OPERATOR: Final = "C0OPERATOR"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A channel with its subscription."""

    subscription: Subscription

    @property
    def channel(self) -> ChannelRef:
        return self.subscription.channel

    @property
    def platform(self) -> str:
        return self.channel.platform

    def due(self, day: date) -> datetime | None:
        """When a digest is due on a local day, UTC; the hours here exist once on every day."""
        at = self.subscription.at
        if day.weekday() not in at.weekdays:
            return None
        return datetime.combine(day, at.at, ZoneInfo(at.zone)).astimezone(UTC)

    def is_over(self, day: date, moment: datetime) -> bool:
        """True where it is a later day there."""
        return self.subscription.at.local_day(moment) > day


def _reader(channel: str, categories: str, zone: str, at: time, weekdays: range | set[int]) -> Reader:
    when = DeliveryTime(at=at, zone=zone, has_chosen_zone=True, weekdays=frozenset(weekdays))
    return Reader(
        subscription=Subscription(
            channel=ChannelRef.parse(channel), categories=tuple(categories.split()), at=when, size=SIZE
        )
    )


READERS: Final = (
    _reader(f"slack:{TEAM}/{CHANNEL}", "cs.CV", "Europe/Berlin", time(8), range(5)),
    _reader(f"slack:{TEAM}/C0SECOND", "cs.CV cs.CL", "America/New_York", time(9), range(5)),
    _reader(f"slack:{TEAM}/C0WEEKLY", "cs.AI", "UTC", time(13), {0}),
    _reader(f"discord:{GUILD}/{ROOM}", "cs.CV", "Australia/Sydney", time(9), range(7)),
    _reader(f"discord:{GUILD}/{OTHER_ROOM}", "cs.AI", "Europe/Berlin", time(8), {0, 3}),
    _reader(f"telegram:{GROUP}", "cs.CL cs.AI", "Asia/Kolkata", time(11, 30), range(6)),
    _reader(f"telegram:{OTHER_GROUP}", "cs.AI", "America/New_York", time(9), range(7)),
    _reader("terminal:main", "cs.CL", "Asia/Tokyo", time(7), range(7)),
)

Due = tuple[Reader, date]


def due_moments(since: datetime, until: datetime) -> dict[datetime, list[Due]]:
    """Who is due when, in order, between two moments."""
    found: dict[datetime, list[Due]] = defaultdict(list)
    for reader in READERS:
        for number in range((until - since).days + 3):
            day = since.date() + timedelta(days=number - 1)
            moment = reader.due(day)
            if moment and since <= moment < until:
                found[moment].append((reader, day))
    return dict(sorted(found.items()))


class Service:
    """One process of `paperboy run`, with a terminal of its own."""

    def __init__(self, paperboy: Paperboy, starts_at: datetime) -> None:
        self._paperboy = paperboy
        #: the moment that it lives at
        self._starts_at = starts_at

    def __enter__(self) -> Self:
        self._began = wall.monotonic()
        self._keyboard, theirs = pty.openpty()
        self._log = log_of(self._paperboy).open("a")
        self.process = start(
            ("--log-format", "json", "run", "--terminal"),
            home=self._paperboy.home,
            environment=self._paperboy.environment(PAPERBOY_CLOCK__NOW=self._starts_at.isoformat()),
            streams=(theirs, theirs, self._log.fileno()),
        )
        os.close(theirs)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._reading.join(30)
        os.close(self._keyboard)
        self._log.close()

    def _read(self) -> None:
        """Keep what stands on the screen; without a reader it would fill up, and the program would wait."""
        with suppress(OSError), (self._paperboy.home / "screen").open("ab") as screen:  # its end is an error on Linux
            while read := os.read(self._keyboard, 65_536):
                screen.write(read)

    @property
    def now(self) -> datetime:
        """The moment that it lives in, or a little later."""
        return self._starts_at + timedelta(seconds=wall.monotonic() - self._began)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def strike(self) -> None:
        """As a power cut does it; nothing where it is dead."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """The same, and wait for its end."""
        if self.is_alive:
            self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """As an operator does it; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def log_of(paperboy: Paperboy) -> Path:
    """Where the service writes what it says."""
    return paperboy.home / "service.log"


@dataclass(kw_only=True)
class Town:
    """Everything around the service: who it reads, whom it writes to, and its database."""

    paperboy: Paperboy
    replay: Replay
    slack: SlackStandIn
    discord: DiscordStandIn
    telegram: TelegramStandin
    store: SqlStore
    chance: random.Random
    #: by day, the arXiv identifiers of each category that were new there, replacements left out
    listed: dict[tuple[date, str], frozenset[str]] = field(default_factory=dict)

    def log(self) -> list[dict[str, Any]]:
        """All that the service said, event by event; the last line of one that was killed may be cut."""
        told: list[dict[str, Any]] = []
        file = log_of(self.paperboy)
        for line in file.read_text().splitlines() if file.exists() else ():
            with suppress(json.JSONDecodeError):
                told.append(json.loads(line))
        return told

    def news(self, category: str, day: date) -> frozenset[str]:
        """What was announced in a category on a day as new or cross-listed there."""
        if (day, category) not in self.listed:
            there = self.replay.announced(day.isoformat(), [category])["categories"].get(category, {})
            self.listed[day, category] = frozenset((*there.get("new", ()), *there.get("cross", ())))
        return self.listed[day, category]

    def batch(self, reader: Reader, moment: datetime) -> date:
        """The newest day at a moment on which anything was announced for a reader."""
        day = moment.astimezone(EASTERN).date()
        while not any(self.news(category, day) for category in reader.subscription.categories):
            day -= timedelta(days=1)
        return day

    def lurk(self, service: Service, among: set[str]) -> threading.Timer | None:
        """Strike at a random moment: at one of the first messages of a platform, or whenever; a timer for the latter.

        `among`: the platforms on which something is to be posted.
        """
        self.rest()
        place = self.chance.choice([*sorted(among), "anywhere"])
        number, before = self.chance.randint(1, 2 + SIZE), self.chance.random() < 0.5
        if place == "slack":
            when = self.chance.choice(("received", "stored", "answered"))
            self.slack.count_from_here()
            self.slack.on_message = lambda n, what: service.strike() if (n, what) == (number, when) else None
        elif place == "discord":
            what_then = self.chance.choice(("accepted", "answered"))
            first = self.discord.accepted + number
            self.discord.on_message = lambda n, what: service.strike() if (n, what) == (first, what_then) else None
        elif place == "telegram":
            one = len(self.telegram.messages) + number - 1

            def hear(n: int) -> None:
                if n == one:
                    service.strike()

            if before:
                self.telegram.before_message = hear
            else:
                self.telegram.after_message = hear
        else:
            timer = threading.Timer(self.chance.uniform(0.3, 5.0), service.strike)
            timer.start()
            return timer
        return None

    def rest(self) -> None:
        """Nobody lurks any more."""
        self.slack.on_message = None
        self.discord.on_message = lambda _, __: None
        self.telegram.before_message = self.telegram.after_message = lambda _: None


@contextmanager
def _platforms() -> Iterator[tuple[SlackStandIn, DiscordStandIn, TelegramStandin]]:
    judges.assemble()
    with ExitStack() as stack:
        slack, discord = stack.enter_context(SlackStandIn()), stack.enter_context(DiscordStandIn())
        telegram = stack.enter_context(TelegramStandin().running())
        slack.joined |= {"C0SECOND", "C0WEEKLY", OPERATOR}
        discord.rooms |= {room: a_room(room) for room in (ROOM, OTHER_ROOM)}
        yield slack, discord, telegram
        assert not slack.violations
        assert not discord.complaints


@asynccontextmanager
async def a_town(paperboy: Paperboy, moment: datetime, chance: random.Random) -> AsyncIterator[Town]:
    """The place at a moment: everybody is subscribed, nothing was read."""
    today = moment.astimezone(EASTERN).date().isoformat()
    with Replay(today, data=RECORDED) as replay, _platforms() as (slack, discord, telegram):
        paperboy.variables |= {
            "PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url,
            "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
            "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
            "PAPERBOY_SLACK__API_BASE_URL": slack.url,
            "PAPERBOY_SLACK__PACE_S": "0",
            "PAPERBOY_DISCORD__TOKEN": DISCORD_TOKEN,
            "PAPERBOY_DISCORD__API_BASE_URL": discord.api,
            "PAPERBOY_TELEGRAM__TOKEN": TELEGRAM_TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": telegram.url,
            "PAPERBOY_TELEGRAM__PACE_S": "0",
            "PAPERBOY_OPERATOR__CHANNEL": f"slack:{TEAM}/{OPERATOR}",
            "PAPERBOY_CONTACT": "tests@example.org",
            "TERM": "dumb",
        }
        async with SqlStore(f"sqlite:///{paperboy.database}").open() as store:
            for reader in READERS:
                await store.save_subscription(reader.subscription, at=moment)
            yield Town(
                paperboy=paperboy,
                replay=replay,
                slack=slack,
                discord=discord,
                telegram=telegram,
                store=store,
                chance=chance,
            )
