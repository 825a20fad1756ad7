"""Health, readiness and metrics, asked over HTTP as machines do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from adapters.jobs.local import LocalJobs
from bot.chats import Chats
from bot.jobs.orders import GENERAL, queue_of
from bot.operation.metrics import Metrics
from bot.operation.overview import KEPT_S, Overviews
from bot.operation.pulse import CONNECTING_S, POSTING_S, WATCHING_S, Pulses
from bot.operation.web import Probes, web_server
from bot.operation.wrappers import MeasuredChat
from bot.origins import Origins
from bot.schedule import keep_posting
from bot.supervise import States, keep_running
from bot.wire import App
from core.converse.ports import Desk, Store
from core.deliver.schedule import Look
from core.errors import BadSetting, ChatUnavailable, StoreUnreachable
from core.ingest.state import SourceState, State
from core.operate.jobs import Job
from core.operate.services import LOST_AFTER, Claim, Health, Origin, PlatformState, Service, ServiceRole
from core.posts.messages import Outgoing
from tests.fakes.chat import FakeChat
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.ledger import CHANNEL
from tests.fakes.stores import SqlStore


class AwayStore(SqlStore):
    """A database that can be away."""

    is_away = False

    async def services(self) -> tuple[Service, ...]:
        if self.is_away:
            raise StoreUnreachable("The database server does not answer.")
        return await super().services()

    async def source_states(self) -> tuple[SourceState, ...]:
        if self.is_away:
            raise StoreUnreachable("The database server does not answer.")
        return await super().source_states()


class HangingStore(AwayStore):
    """A database that may never answer those who look at what is due."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_asked = asyncio.Event()

    async def claim_looks(self, **named: Any) -> tuple[Look, ...]:
        self.is_asked.set()
        await asyncio.Event().wait()
        return await super().claim_looks(**named)


class Stopwatch:
    """Runs on when a test says so, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    store = AwayStore("sqlite://")
    async with store.open():
        yield store


@pytest.fixture
def running() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def jobs() -> LocalJobs:
    return LocalJobs(FakeClock())


@pytest.fixture
def probes(store: Store, running: Stopwatch, jobs: LocalJobs) -> Probes:
    pulses = Pulses(running_s=running)
    return Probes(
        store=store,
        pulses=pulses,
        platforms=States(),
        metrics=Metrics(version="0.1.0", tokens={"slack": 1}),
        overviews=Overviews(store, FakeClock(), jobs, running_s=running),
    )


@pytest.fixture
async def client(probes: Probes) -> AsyncIterator[httpx2.AsyncClient]:
    async with web_server(probes.routes(), host="127.0.0.1", port=0) as port, httpx2.AsyncClient() as client:
        client.base_url = f"http://127.0.0.1:{port}"
        yield client


def put(probes: Probes, platform: str, health: Health) -> None:
    assert isinstance(probes.platforms, States)
    probes.platforms[platform] = PlatformState(health=health, detail="", since=NOON)


async def test_each_duty_has_its_own_bound(client: httpx2.AsyncClient, probes: Probes, running: Stopwatch) -> None:
    """The duty that gave no sign of life for longer than it may is named; who is not on duty hangs nowhere."""
    watching, posting = probes.pulses.of("watching", WATCHING_S), probes.pulses.of("posting", POSTING_S)
    running.seconds = 9_999.0
    answer = await client.get("/healthz")
    ages = {"posting": 0.0, "watching": 0.0}
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "hanging": [], "ages_s": ages})
    with watching.on_duty(), posting.on_duty():
        running.seconds += WATCHING_S + 0.5
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()["hanging"]) == (503, ["watching"])
        watching.beat()
        assert (await client.get("/healthz")).status_code == 200
        running.seconds += POSTING_S
        assert (await client.get("/healthz")).json()["hanging"] == ["posting", "watching"]
    assert (await client.get("/healthz")).status_code == 200


async def test_posting_that_hangs(client: httpx2.AsyncClient, probes: Probes, running: Stopwatch) -> None:
    """A look at what is due that never ends turns the health red while all else goes on, and is named."""
    async with HangingStore("sqlite://").open() as store:
        app = App(store=store, clock=FakeClock(), load_origins=lambda: Origins(sources={}))
        pulse = probes.pulses.of("posting", POSTING_S)
        with pulse.on_duty():
            task = asyncio.ensure_future(keep_posting(app, Chats(), pulse=pulse))
            async with asyncio.timeout(30):
                await store.is_asked.wait()
            running.seconds += POSTING_S + 1
            with probes.pulses.of("watching", WATCHING_S).on_duty():
                answer = await client.get("/healthz")
            assert (answer.status_code, answer.json()["hanging"]) == (503, ["posting"])
            task.cancel()
            await asyncio.wait([task])


async def test_platform_that_never_answers(running: Stopwatch) -> None:
    """A platform that takes the connection and says nothing is named; one that is connected need give no signs."""

    class Silent(FakeChat):
        async def whoami(self) -> str:
            await answers.wait()
            return "this terminal"

        async def run(self, desk: Desk) -> None:
            await asyncio.Event().wait()

    answers, states, pulses = asyncio.Event(), States(), Pulses(running_s=running)
    pulse = pulses.of("connecting slack", CONNECTING_S)
    task = asyncio.ensure_future(keep_running(Silent(), FakeDesk(), FakeClock(), states, pulse=pulse))
    async with asyncio.timeout(30):
        while not pulse.age_s():
            running.seconds += 1
            await asyncio.sleep(0)
        running.seconds += CONNECTING_S + 1
        assert pulses.hanging() == ("connecting slack",)
        states.change.clear()
        answers.set()
        await states.change.wait()
    running.seconds += CONNECTING_S + 1
    assert pulses.hanging() == ()
    task.cancel()
    await asyncio.wait([task])


async def test_ready_means_database_and_a_platform(
    client: httpx2.AsyncClient, probes: Probes, store: AwayStore
) -> None:
    """Readiness says what is missing: a connected platform, the database, or nothing."""
    put(probes, "discord", Health.DOWN)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["No platform is connected."]
    put(probes, "slack", Health.CONNECTED)
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "missing": [], "platforms": {"discord": "down", "slack": "connected"}}
    store.is_away = True
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["The database server does not answer."])


async def test_a_worker_is_ready_without_a_platform(probes: Probes) -> None:
    """A process that connects to no platform is ready while the database answers."""
    worker = replace(probes, needs_platform=False)
    async with web_server(worker.routes(), host="127.0.0.1", port=0) as port, httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/readyz")
    assert answer.json() == {"ok": True, "missing": [], "platforms": {}}


async def test_metrics(client: httpx2.AsyncClient, probes: Probes, store: AwayStore) -> None:
    """Deliveries, lateness, messages, errors, sources and platforms are told, and no channel's name."""
    metrics = probes.metrics
    chat = MeasuredChat(FakeChat(), metrics)
    outgoing = Outgoing(key="k/0", parent_key=None, papers=(), payload={})
    await chat.send(CHANNEL, outgoing, None)
    assert isinstance(chat.chat, FakeChat)
    chat.chat.fails_before(1)
    with pytest.raises(ChatUnavailable):
        await chat.send(CHANNEL, outgoing, None)
    metrics.delivery("slack", "posted", 400.0)
    metrics.answer("slack", "search", 0.2)
    put(probes, "slack", Health.CONNECTED)
    await store.save_source_state(SourceState(source="arxiv", scope="cs.CL", state=State.STALE, checked_at=NOON))
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    for line in (
        'paperboy_build_info{version="0.1.0"} 1.0',
        'paperboy_deliveries_total{outcome="posted",platform="slack"} 1.0',
        'paperboy_delivery_lateness_seconds_bucket{le="300.0",platform="slack"} 0.0',
        'paperboy_delivery_lateness_seconds_bucket{le="900.0",platform="slack"} 1.0',
        'paperboy_messages_total{platform="terminal"} 1.0',
        'paperboy_errors_total{kind="ChatUnavailable",platform="terminal"} 1.0',
        'paperboy_command_seconds_count{command="search",platform="slack"} 1.0',
        'paperboy_platform_connected{platform="slack"} 1.0',
        'paperboy_source_scopes{source="arxiv",state="stale"} 1.0',
        'paperboy_source_scopes{source="arxiv",state="fresh"} 0.0',
    ):
        assert line in lines
    assert str(CHANNEL) not in answer.text
    assert "cs.CL" not in answer.text


async def test_metrics_of_all_processes(
    client: httpx2.AsyncClient, store: AwayStore, jobs: LocalJobs, running: Stopwatch
) -> None:
    """Every process tells of all: who runs and holds tokens, what waits; read at most every 15 seconds."""
    origin = Origin(id="a", host="attic", pid=1, machine="")
    service = Service(origin=origin, version="0.1.0", started_at=NOON, seen_at=NOON, role=ServiceRole.WORKER)
    await store.save_service(service)
    await store.save_service(
        replace(service, origin=replace(origin, id="b"), version="0.0.9", seen_at=NOON - 9 * LOST_AFTER)
    )
    claim = Claim(installation="slack:T1", origin=origin, since=NOON, until=NOON + LOST_AFTER)
    await store.claim_installation(claim, at=NOON)
    stale = replace(claim, installation="telegram", until=NOON - LOST_AFTER)
    await store.claim_installation(stale, at=NOON - 9 * LOST_AFTER)
    await jobs.defer([Job(task="refresh", queue=GENERAL), *[Job(task="deliver", queue=queue_of("slack:T1"))] * 2])
    lines = (await client.get("/metrics")).text.splitlines()
    for line in (
        "paperboy_database_up 1.0",
        'paperboy_tokens{platform="slack"} 1.0',
        'paperboy_tokens_held{platform="slack"} 1.0',
        'paperboy_tokens_held{platform="telegram"} 0.0',
        'paperboy_processes{role="worker",state="running",version="0.1.0"} 1.0',
        'paperboy_processes{role="worker",state="replaced",version="0.0.9"} 1.0',
        'paperboy_jobs{queue="general",state="waiting"} 1.0',
        'paperboy_jobs{queue="slack",state="waiting"} 2.0',
        'paperboy_jobs{queue="slack",state="given_up"} 0.0',
        'paperboy_oldest_job_seconds{queue="slack"} 0.0',
        "paperboy_digests_late 0.0",
        "paperboy_digests_missed 0.0",
    ):
        assert line in lines
    await jobs.defer([Job(task="refresh", queue=GENERAL)])
    assert (await client.get("/metrics")).text.count('state="waiting"} 2.0') == 1, "it was read just now"
    running.seconds += KEPT_S
    assert (await client.get("/metrics")).text.count('state="waiting"} 2.0') == 2
    store.is_away = True
    running.seconds += KEPT_S
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert "paperboy_database_up 0.0" in answer.text.splitlines()
    assert not {"paperboy_jobs", "paperboy_processes", "paperboy_digests_late"} & {
        line.partition("{")[0].partition(" ")[0] for line in answer.text.splitlines()
    }


async def test_a_port_that_is_taken() -> None:
    """A port that somebody else has is a wrong setting, said with its name."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=str(port)):
            async with web_server((), host="127.0.0.1", port=port):
                raise AssertionError


async def test_a_stop_does_not_wait_for_a_client(probes: Probes) -> None:
    """A connection that is left open does not keep the program from stopping, and the port is free afterwards."""
    before = asyncio.all_tasks()
    async with web_server(probes.routes(), host="127.0.0.1", port=0) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    assert asyncio.all_tasks() == before
    socket.create_server(("127.0.0.1", port)).close()
