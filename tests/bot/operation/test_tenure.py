"""One process at a time serves an installation; the others wait, and who lost it does nothing more."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.operation.tenure import Tenure, is_dead, own_origin, while_held
from bot.operation.watch import Watch, tenures_of
from bot.operation.wrappers import TenuredChat, WrappedChat
from bot.supervise import States, keep_running
from core.converse.ports import ChatPlatform, Desk
from core.converse.wrapped import WrappedDesk
from core.errors import NotServing, StoreUnreachable
from core.operate.services import LOST_AFTER, Claim, Health, Origin
from core.posts.messages import Outgoing
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.ledger import CHANNEL
from tests.fakes.stores import SqlStore
from tests.fakes.waiting import turns, until

OUTGOING = Outgoing(key="k/0", parent_key=None, papers=(), payload={})


class AwayStore(SqlStore):
    """A database that can be away."""

    is_away = False

    async def claim_installation(self, claim: Claim, **others: object) -> Claim:  # type: ignore[override]  # passes all on
        if self.is_away:
            raise StoreUnreachable("The database server does not answer.")
        return await super().claim_installation(claim, **others)  # type: ignore[arg-type]  # as above


class StayingChat(FakeChat):
    """Stays connected until it is cancelled."""

    platform = "slack"
    runs = 0

    async def run(self, desk: Desk) -> None:
        self.runs += 1
        await asyncio.Event().wait()


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    store = AwayStore("sqlite://")
    async with store.open():
        yield store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def a_tenure(store: SqlStore, clock: FakeClock, id: str) -> Tenure:
    origin = Origin(id=id, host="attic", pid=7, machine="")
    return Tenure("slack", origin=origin, store=store, clock=clock)


async def test_a_wrapper_passes_everything_on() -> None:
    """No method or property of a port is forgotten by what is put around it."""
    for port, wrapper in ((ChatPlatform, WrappedChat), (Desk, WrappedDesk)):
        public = {name for name in dir(port) if not name.startswith("_")}
        assert public <= set(vars(wrapper))


async def test_who_lost_it_sends_nothing(store: AwayStore, clock: FakeClock) -> None:
    """A process that was suspended while another one took over sends and edits nothing when it wakes."""
    ours, theirs = a_tenure(store, clock, "ours"), a_tenure(store, clock, "theirs")
    inner = StayingChat()
    chat = TenuredChat(inner, ours)
    assert await ours.begin()
    await chat.send(CHANNEL, OUTGOING, None)
    assert not await theirs.begin()
    assert theirs.standing and theirs.standing.origin.id == "ours"
    clock.move(LOST_AFTER)
    assert await theirs.begin()
    with pytest.raises(NotServing):
        await chat.send(CHANNEL, replace(OUTGOING, key="k/1"), None)
    assert inner.keys == ["k/0"]
    assert ours.is_lost


async def test_who_slept_and_lost_nothing_goes_on(store: AwayStore, clock: FakeClock) -> None:
    """A claim that ran out and that nobody else took is renewed before the next message."""
    ours = a_tenure(store, clock, "ours")
    assert await ours.begin()
    clock.move(10 * LOST_AFTER)
    await TenuredChat(StayingChat(), ours).send(CHANNEL, OUTGOING, None)
    assert not await a_tenure(store, clock, "theirs").begin()


async def test_a_message_needs_a_claim_that_is_sure(store: AwayStore, clock: FakeClock) -> None:
    """Where the claim ran out and the database is away nothing is sent: another process may serve by now."""
    ours = a_tenure(store, clock, "ours")
    await ours.begin()
    chat = StayingChat()
    store.is_away = True
    await TenuredChat(chat, ours).send(CHANNEL, OUTGOING, None)
    clock.move(LOST_AFTER)
    with pytest.raises(StoreUnreachable):
        await TenuredChat(chat, ours).send(CHANNEL, OUTGOING, None)
    assert len(chat.sent) == 1


async def test_the_second_waits_and_takes_over(store: AwayStore, clock: FakeClock) -> None:
    """The second process opens nothing while the first serves, says whom it waits for, and follows it at its end."""
    ours, theirs = a_tenure(store, clock, "ours"), a_tenure(store, clock, "theirs")
    await ours.begin()
    chat, states = StayingChat(), States()
    seen: list[Health] = []

    class Renewing(FakeClock):
        async def sleep(self, seconds: float) -> None:
            seen.append(states["slack"].health)
            await asyncio.sleep(0)
            if len(seen) == 50:
                await ours.end()
            elif len(seen) < 50:
                await ours.renew()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(keep_running(chat, FakeDesk(), Renewing(), states, tenure=theirs))
        await until(lambda: chat.runs)
        assert set(seen) == {Health.WAITING}
        assert len(seen) == 50
        assert states["slack"].health is Health.CONNECTED
        task.cancel()


async def test_a_platform_stops_when_it_is_lost(store: AwayStore, clock: FakeClock) -> None:
    """When a look finds that another process took over, the platform's connection ends and waits for its turn."""
    ours, theirs = a_tenure(store, clock, "ours"), a_tenure(store, clock, "theirs")
    chat, states = StayingChat(), States()
    watch = Watch(store, clock, states, origin=own_origin(), version="0", tenures=(ours,))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keep_running(chat, FakeDesk(), clock, states, tenure=ours))
        await until(lambda: chat.runs)
        clock.move(LOST_AFTER)
        assert await theirs.begin()
        await watch.look()
        await until(lambda: states["slack"].health is Health.WAITING)
        task.cancel()
    assert chat.runs == 1


async def test_a_stop_gives_everything_back(store: AwayStore, clock: FakeClock) -> None:
    """After a clean stop the installation is free and the process is no longer on record."""
    ours, theirs = a_tenure(store, clock, "ours"), a_tenure(store, clock, "theirs")
    watch = Watch(store, clock, States(), origin=own_origin(), version="0", tenures=(ours,))
    async with watch.registration():
        await ours.begin()
        await watch.look()
        assert len(await store.services()) == 1
        assert not await theirs.begin()
    assert await store.services() == ()
    assert await theirs.begin()


async def test_the_dead_of_this_machine_are_followed_at_once(store: AwayStore, clock: FakeClock) -> None:
    """The claim of a process that was killed here does not last; that of a living one, or of another machine, does."""
    own = own_origin()
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: ASYNC220 - nothing else runs meanwhile
        other = replace(own, id="other", pid=child.pid)
        assert not is_dead(other, own)
        await Tenure("slack", origin=other, store=store, clock=clock).begin()
        ours = Tenure("slack", origin=own, store=store, clock=clock)
        assert not await ours.begin()
        child.kill()
    assert not is_dead(replace(other, machine="elsewhere"), own)
    if own.machine:
        assert is_dead(replace(own, id="before"), own)
        assert await ours.begin()


async def test_the_database_goes_and_comes_back(
    store: AwayStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that is away is noted once with its beginning, and the watch goes on when it is back."""
    ours = a_tenure(store, clock, "ours")
    await ours.begin()
    watch = Watch(store, clock, States(), origin=own_origin(), version="0", tenures=(ours,))
    store.is_away = True
    await watch.look()
    began = watch.database_down_since
    clock.move(timedelta(minutes=1))
    await watch.look()
    assert began == watch.database_down_since == clock.now() - timedelta(minutes=1)
    store.is_away = False
    await watch.look()
    assert watch.database_down_since is None
    assert (await store.services())[0].origin.pid == os.getpid()


async def test_two_processes_do_not_share_installations_out(store: AwayStore, clock: FakeClock) -> None:
    """Of two that start at once with the same installations, one gets them all."""
    names = [("discord", ""), ("slack", ""), ("telegram", "")]
    processes = [
        tenures_of(names, origin=Origin(id=id, host="attic", pid=7, machine=""), store=store, clock=clock)
        for id in ("one", "two")
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [[group.create_task(one.begin()) for one in reversed(process.values())] for process in processes]
    assert sorted(tuple(task.result() for task in some) for some in tasks) == [(False,) * 3, (True,) * 3]


async def test_processes_that_share_work_hold_each_installation_by_itself(store: AwayStore, clock: FakeClock) -> None:
    """Whoever holds one need hold no other; when it dies, those that wait take over what it held within the lease."""
    names = [("discord", ""), ("slack", "")]
    first, second = (
        tenures_of(names, origin=Origin(id=id, host=id, pid=7, machine=""), store=store, clock=clock, are_shared=True)
        for id in ("one", "two")
    )
    assert await first["slack", ""].begin()
    assert await second["discord", ""].begin()
    assert not await first["discord", ""].begin()
    clock.move(LOST_AFTER)
    assert await second["slack", ""].begin()
    with pytest.raises(NotServing):
        await first["slack", ""].check()
    assert await first["discord", ""].begin()


async def test_work_goes_on_while_everything_is_held(store: AwayStore, clock: FakeClock) -> None:
    """Work of the one process that serves begins when all is held, and stops when something is lost."""
    ours, theirs = a_tenure(store, clock, "ours"), a_tenure(store, clock, "theirs")
    began, ended = [], []

    async def work() -> None:
        began.append(True)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(while_held([ours], work))
        await turns()
        assert not began
        await ours.begin()
        await until(lambda: began)
        clock.move(LOST_AFTER)
        await theirs.begin()
        with pytest.raises(NotServing):
            await ours.renew()
        await until(lambda: ended)
        task.cancel()
    assert len(began) == 1
