"""The memory of a service that runs for a month: 30 replayed days in one process, and what it holds.

Every three hours the sources that are due are read from the replay server, digests that are due are posted to 20
channels in ten zones, people search and react, and the process gives its sign of life. All of it is ours but the time,
the platform, which forgets what it was sent, and the server. The memory of the process is what the system counts, with
every cache as it is. Before Python's objects are counted, caches of words and titles, which have bounds, are emptied.
`python -m tests.benchmarks.month`
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bot.chats import Chats
from bot.operation import logs
from bot.operation.alerting import Operator
from bot.operation.tenure import own_origin
from bot.operation.watch import Watch
from bot.posting import Posting
from bot.schedule import refresh_due
from bot.settings import Settings
from bot.supervise import States
from bot.wire import App
from core.channels import ChannelRef, DeliveryTime, Subscription, UserRef
from core.converse.command import Command
from core.converse.desk import FrontDesk
from core.deliver.due import due_moment
from core.deliver.ports import BeforeSending, at_once
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Feeling, Reaction
from tests.benchmarks.figures import Row, show
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.origins import open_origins
from tests.fakes.stores import SqlStore
from tests.replay import RECORDED, Replay

#: a Tuesday with a large listing
FIRST = datetime(2025, 10, 21, tzinfo=UTC)
DAYS, CHANNELS, SIZE = 30, 20, 5
#: of the day, at which there is a look
HOURS = range(0, 24, 3)
#: after which the memory is read
DAYS_READ = (1, 5, 10, 20, DAYS)
#: of what the process held after the first day, how much it may hold after the last
LIMIT = 1.05
ZONES = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata"),
    *("Asia/Tokyo", "Australia/Sydney", "Africa/Lagos", "Asia/Shanghai", "UTC"),
)
CATEGORIES = ("cs.CL", "cs.AI", "cs.CV")
_MEGABYTE, _THOUSAND = 1_000_000, 1_000
_PAGE = 4_096
#: what lru_cache makes of a function
_CACHE = type(due_moment)


class Memory(NamedTuple):
    """What a process holds."""

    #: blocks that live objects of Python take up, beside caches that are bounded
    blocks: int
    #: all of it in bytes, as the system counts
    resident: int


class ForgetfulChat(FakeChat):
    """Takes every message and keeps none."""

    posted = 0

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        message = await super().send(channel, outgoing, parent, before_sending=before_sending)
        self.sent.clear()
        self.posted += 1
        return message


def run() -> list[Row]:
    """Measure in a process of its own; needs ../shared."""
    # the variable as in the image and in the systemd unit
    command = ["env", "MALLOC_ARENA_MAX=2", sys.executable, "-m", "tests.benchmarks.month", "child"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    read = json.loads(ran.stdout)
    measured = [Memory(*one) for one in read["memory"]]
    first, last = measured[0], measured[-1]
    if max(last.blocks / first.blocks, last.resident / first.resident) >= LIMIT:
        raise AssertionError(f"memory has grown from {first} after the first day to {last}")
    return [
        *(
            Row(
                f"after day {day}: the process (to day 1)",
                one.resident / _MEGABYTE,
                "MB",
                one.resident / first.resident,
            )
            for day, one in zip(DAYS_READ, measured, strict=True)
        ),
        *(
            Row(
                f"after day {day}: Python's objects (to day 1)",
                one.blocks / _THOUSAND,
                "thousand",
                one.blocks / first.blocks,
            )
            for day, one in ((1, first), (DAYS, last))
        ),
        Row(f"messages in {DAYS} days", read["posted"], "", None),
    ]


async def _live() -> None:
    measured: list[Memory] = []
    with TemporaryDirectory() as folder, Replay(FIRST.date().isoformat(), data=RECORDED) as replay:
        chat, clock = ForgetfulChat(), FakeClock(FIRST)
        async with _a_service(Path(folder), replay, chat, clock) as service:
            for number in range(DAYS):
                for hour in HOURS:
                    now = FIRST + timedelta(days=number, hours=hour)
                    clock.set(now)
                    replay.set_today(now.date().isoformat())
                    await service.hour()
                clock.slept.clear()
                if number + 1 in DAYS_READ:
                    measured.append(_memory(without_caches=number in (0, DAYS - 1)))
    sys.stdout.write(json.dumps({"memory": measured, "posted": chat.posted}))


class _Service:
    """The parts of the running program, an hour at a time."""

    def __init__(self, app: App, posting: Posting, watch: Watch, desk: FrontDesk) -> None:
        self._app = app
        self._posting = posting
        self._watch = watch
        self._desk = desk

    async def hour(self) -> None:
        """All that happens in an hour."""
        await refresh_due(self._app)
        await self._posting.tick()
        await self._through()
        await self._watch.look()
        now = self._app.clock.now()
        place = _channel(now.hour % CHANNELS)
        asked = Command(
            name="search", arguments="language models", actor=UserRef("slack", "T1", "U1"), place=place, at=now
        )
        await self._desk.handle(asked)
        last = await self._app.store.last_delivery(Subscription(channel=place))
        for outgoing in last.plan[1:3] if last else ():
            await self._desk.react(
                Reaction(
                    message=MessageRef(place, outgoing.key),
                    feeling=Feeling.BOOKMARK,
                    user=UserRef("slack", "T1", f"U{now.hour}"),
                    added=True,
                )
            )

    async def _through(self) -> None:
        """Wait until nothing is being posted."""
        for _ in range(60_000):
            if not self._posting.under_way:
                return
            await asyncio.sleep(0.001)
        raise TimeoutError


@asynccontextmanager
async def _a_service(folder: Path, replay: Replay, chat: ForgetfulChat, clock: FakeClock) -> AsyncIterator[_Service]:
    sources = {
        "arxiv": {"base_url": replay.url, "pace_s": 0},
        "huggingface": {"base_url": f"{replay.url}/hf", "pace_s": 0},
    }
    settings = Settings.model_validate({"contact": "tests@example.org", "sources": sources})
    store = SqlStore(f"sqlite:///{folder / 'month.db'}")
    async with store.open(), open_origins(settings, clock) as origins, asyncio.TaskGroup() as group:
        for number in range(CHANNELS):
            at = DeliveryTime(
                at=time(6 + 3 * (number % 4)), zone=ZONES[number % len(ZONES)], weekdays=frozenset(range(7))
            )
            categories = (CATEGORIES[number % 3],) if number % 4 else CATEGORIES
            await store.save_subscription(
                Subscription(channel=_channel(number), categories=categories, at=at, size=SIZE), at=FIRST
            )
        app = App(store=store, clock=clock, load_origins=lambda: origins)
        chats = Chats({("slack", ""): lambda: chat})

        def running_s() -> float:
            return clock.now().timestamp()

        posting = Posting(app, chats, group, monotonic=running_s)
        operator = Operator(app=app, chats=chats, tenures=(), folder=folder)
        watch = Watch(store, clock, States(), origin=own_origin(), version="0", tell=operator.look, running_s=running_s)
        desk = FrontDesk(store=store, clock=clock, deliver=_nobody_orders, lookup=app.lookup, write=chat.write)
        yield _Service(app, posting, watch, desk)


async def _nobody_orders(*_: object) -> None:
    raise AssertionError("nobody orders a digest")


def _channel(number: int) -> ChannelRef:
    return ChannelRef("slack", "T1", f"C{number}")


def _memory(*, without_caches: bool) -> Memory:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    for one in gc.get_objects() if without_caches else ():
        if isinstance(one, _CACHE):
            one.cache_clear()
    gc.collect()
    return Memory(sys.getallocatedblocks(), pages * _PAGE)


def main() -> None:
    """Show the figures; as a child, measure."""
    if sys.argv[1:] == ["child"]:
        logs.configure()
        asyncio.run(_live())
        return
    show(f"A month of service, {CHANNELS} channels (limit: ratio {LIMIT})", run())


if __name__ == "__main__":
    main()
