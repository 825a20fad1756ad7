from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.supervise import LONGEST_PAUSE_S, States, keep_listening, keep_running, pause_s, stop_with
from core.converse.ports import ChatPlatform, Desk
from core.errors import ChatUnavailable
from core.operate.services import Health, Hearing, PlatformState
from tests.fakes.chat import FakeChat
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk


class BrokenChat(FakeChat):
    """Goes down as often as it was told, with the errors it was given, and then stays up until it is cancelled."""

    def __init__(self, platform: str, *, at_login: list[Exception] | None = None, later: list[Exception] | None = None):
        super().__init__()
        self.platform = platform
        self.at_login = at_login or []
        self.later = later or []
        self.is_up = asyncio.Event()
        self.logins = 0
        self.hearing_now: Hearing | None = None

    @property
    def hearing(self) -> Hearing | None:
        return self.hearing_now

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
        self.logins += 1
        if self.at_login:
            raise self.at_login.pop(0)
        yield self

    async def whoami(self) -> str:
        return "paperboy"

    async def run(self, desk: Desk) -> None:
        if self.later:
            raise self.later.pop(0)
        self.is_up.set()
        await asyncio.Event().wait()


async def test_one_breaks_and_the_others_go_on() -> None:
    """A wrong token, an outage and a bug of three platforms are three states; the fourth is connected all the while."""
    clock = FakeClock()
    states = States()
    chats = [
        BrokenChat("slack", at_login=[ChatUnavailable("The token is wrong.", hint="See docs/slack.md.")]),
        BrokenChat("discord", later=[ChatUnavailable("Discord is out of order.")]),
        BrokenChat("telegram", later=[ZeroDivisionError("a bug")]),
        BrokenChat("terminal"),
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(keep_running(chat, FakeDesk(), clock, states)) for chat in chats]
        async with asyncio.timeout(5):
            for chat in chats:
                await chat.is_up.wait()
        for task in tasks:
            task.cancel()
    assert [chat.logins for chat in chats] == [2, 2, 2, 1]
    assert {name: state.health for name, state in states.items()} == dict.fromkeys(
        ("slack", "discord", "telegram", "terminal"), Health.CONNECTED
    )


async def test_a_wrong_token_is_a_state_with_its_sentence() -> None:
    """While a platform is down its state says why and what to do, and the pauses grow."""
    clock = FakeClock()
    states = States()
    chat = BrokenChat("slack", at_login=[ChatUnavailable("The token is wrong.", hint="See docs/slack.md.")] * 5)
    seen: list[str] = []

    async def watch() -> None:
        await chat.is_up.wait()
        task.cancel()

    class Noting(FakeClock):
        async def sleep(self, seconds: float) -> None:
            seen.append(states["slack"].detail)
            await super().sleep(seconds)
            await asyncio.sleep(0)

    clock = Noting()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keep_running(chat, FakeDesk(), clock, states))
        group.create_task(watch())
    assert set(seen) == {"The token is wrong. See docs/slack.md."}
    assert clock.slept == [2.0, 4.0, 8.0, 16.0, 32.0]


async def test_leaving_the_terminal_ends_the_program() -> None:
    """When the first task ends, the others are cancelled and the group is done."""
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        first = group.create_task(asyncio.sleep(0))
        other = group.create_task(keep_running(BrokenChat("slack"), FakeDesk(), FakeClock(), States()))
        group.create_task(stop_with(first, [other]))
    assert other.cancelled()


@pytest.mark.parametrize("failures", range(1, 60))
def test_pauses_grow_and_are_bounded(failures: int) -> None:
    """Each failure in a row waits at least as long as the one before, and never longer than five minutes."""
    assert pause_s(failures) <= pause_s(failures + 1) <= LONGEST_PAUSE_S


class HearingChat(BrokenChat):
    """Listens, beside whoever serves; breaks with the errors it was given."""

    async def listen(self, on_connection: Callable[[], None]) -> None:
        on_connection()
        await self.run(FakeDesk())


async def test_who_waits_listens() -> None:
    """A process that waits hears what people do, says once what keeps it from that, and tries again."""
    states, clock = States(), FakeClock()
    states["slack"] = PlatformState(health=Health.WAITING, detail="", since=clock.now())
    chat = HearingChat("slack", later=[ChatUnavailable("No way."), ChatUnavailable("No way."), ZeroDivisionError()])
    with capture_logs() as lines:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(keep_listening(chat, clock, states))
            await chat.is_up.wait()
            (snapshot,) = states.snapshot()
            task.cancel()
    assert snapshot[1].listens
    assert not states.snapshot()[0][1].listens
    assert [line["event"] for line in lines] == ["listening failed", "crashed", "listening failed"]


async def test_lost_connections_are_told() -> None:
    """A platform that has lost some of its connections says how many, one that has lost all is down."""
    states, clock, chat = States(), FakeClock(), BrokenChat("discord")
    loss = Hearing(open=2, total=3, silent_servers=800, problem="It broke.", lost_since=clock.now())
    all_lost = replace(loss, open=0)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keep_running(chat, FakeDesk(), clock, states))
        await chat.is_up.wait()
        seen = []
        for hearing in (None, Hearing(open=0, total=3), loss, all_lost, Hearing(open=3, total=3)):
            chat.hearing_now = hearing
            seen.append(states.snapshot()[0][1])
        task.cancel()
    first, opening, partial, down, well = seen
    assert [state.health for state in (first, opening, partial, well)] == [Health.CONNECTED] * 4
    assert first.hearing is None and partial.hearing == loss and partial.detail == "paperboy"
    assert (down.health, down.detail, down.since) == (Health.DOWN, "It broke.", clock.now())


async def test_others_on_a_token_are_told_of() -> None:
    """The state of a platform says since when another program uses its token, as the platform saw."""

    class SharedChat(HearingChat):
        rivals_since = NOON

    states = States()
    chat = SharedChat("slack")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keep_running(chat, FakeDesk(), FakeClock(), states))
        await chat.is_up.wait()
        assert states.snapshot()[0][1].rivals_since == NOON
        task.cancel()
