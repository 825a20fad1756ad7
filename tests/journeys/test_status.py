"""`paperboy status`: what people and scripts learn of a running service, from another process."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.channels import ChannelRef, DeliveryTime, Subscription
from core.ingest.state import SourceState, State
from core.operate.services import Claim, Health, Hearing, Origin, PlatformState, Service, ServiceRole
from tests.fakes.problems import failed
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy

#: every process of these tests begins at this moment
NOW = datetime(2026, 2, 4, 12, 0, tzinfo=UTC)
CLOCK = {"PAPERBOY_CLOCK__NOW": NOW.isoformat()}
MINUTE = timedelta(minutes=1)
ORIGIN = Origin(id="one", host="attic-of-the-institute", pid=4711, machine="")
HEARING = Hearing(open=2, total=3, silent_servers=800, problem="It is closed.", lost_since=NOW)
SERVICE = Service(
    origin=ORIGIN,
    version="0.1.0",
    started_at=NOW - 60 * MINUTE,
    seen_at=NOW,
    platforms=(
        ("discord", PlatformState(health=Health.DOWN, detail="The token is wrong. See docs/discord.md.", since=NOW)),
        ("slack", PlatformState(health=Health.CONNECTED, detail="@paperboy in Institute", since=NOW, hearing=HEARING)),
        ("telegram", PlatformState(health=Health.WAITING, detail="served by another process", since=NOW)),
    ),
)
READER = Subscription(
    channel=ChannelRef("slack", "T1", "C1"), categories=("cs.CL",), at=DeliveryTime(zone="Europe/Berlin")
)
SOURCES = (
    *(SourceState(source="arxiv", scope=one, state=State.FRESH, checked_at=NOW) for one in ("cs.CL", "cs.LG")),
    SourceState(source="huggingface", scope="daily", state=State.FAILED, checked_at=NOW, problems=failed("No answer.")),
)


WORKER = replace(
    SERVICE,
    origin=replace(ORIGIN, id="three", pid=4713),
    platforms=(),
    role=ServiceRole.WORKER,
    version="0.0.9",
    seen_at=NOW - 12 * MINUTE,
)


def lived(paperboy: Paperboy, *services: Service) -> None:
    """A database in which these processes gave a sign of life, and the first serves Slack."""
    claim = Claim(installation="slack", origin=services[0].origin, since=NOW - 60 * MINUTE, until=NOW + MINUTE)

    async def live() -> None:
        async with SqlStore(f"sqlite:///{paperboy.database}").open() as store:
            for service in services:
                await store.save_service(service)
            await store.claim_installation(claim, at=NOW - 60 * MINUTE)
            for source in SOURCES:
                await store.save_source_state(source)
            await store.save_subscription(READER, at=NOW - timedelta(days=1))

    paperboy.database.parent.mkdir(exist_ok=True)
    asyncio.run(live())


def test_status_in_json(paperboy: Paperboy) -> None:
    """Processes, platforms, sources, digests and spending, in the shape that scripts rely on; 0 while one runs."""
    other = replace(
        SERVICE,
        origin=replace(ORIGIN, id="two", pid=4712),
        platforms=(("telegram", replace(SERVICE.platforms[1][1], detail="@paperboy_bot", rivals_since=NOW)),),
    )
    lived(paperboy, SERVICE, other)
    ran = paperboy("status", "--json", **CLOCK)
    assert ran.code == 0
    told = ran.json
    assert set(told) == {"services", "platforms", "claims", "sources", "deliveries", "counts", "spending", "embeddings"}
    assert [(one["pid"], one["state"]) for one in told["services"]] == [(4711, "running"), (4712, "running")]
    assert [one["holds"] for one in told["services"]] == [["slack"], []]
    assert [(one["installation"], one["pid"], one["state"]) for one in told["claims"]] == [("slack", 4711, "held")]
    assert [(one["platform"], one["state"], one["pid"]) for one in told["platforms"]] == [
        ("discord", "down", 4711),
        ("slack", "connected", 4711),
        ("telegram", "connected", 4712),
    ]
    assert told["platforms"][0]["connections"] is None
    assert [bool(one["rivals_since"]) for one in told["platforms"]] == [False, False, True]
    assert told["platforms"][1]["connections"] | {"open": 2, "total": 3} == told["platforms"][1]["connections"]
    assert [(one["scope"], one["state"]) for one in told["sources"]][-1] == ("daily", "failed")
    assert told["deliveries"].keys() == {"next", "late", "failed"}
    assert told["spending"] == {"months": []}


def test_none_runs(paperboy: Paperboy) -> None:
    """Where no process runs that is said plainly, with 1."""
    ran = paperboy("status")
    assert ran.code == 1
    assert "Paperboy is not running" in ran.out
    assert paperboy("status", "--json").json["services"] == []


def test_one_that_hangs(paperboy: Paperboy) -> None:
    """A process without a sign of life is said to be dead or to hang, and its platforms are not told."""
    lived(paperboy, replace(SERVICE, seen_at=NOW - 12 * MINUTE))
    ran = paperboy("status", **CLOCK)
    assert ran.code == 1
    assert "is dead or hangs: no sign of life for 12 minutes" in " ".join(ran.out.split())
    assert "@paperboy" not in ran.out
    assert paperboy("status", "--json", **CLOCK).json["services"][0]["state"] == "lost"


def test_status_for_people(paperboy: Paperboy) -> None:
    """Everything fits 80 columns, and what is wrong is told with what to do."""
    lived(paperboy, SERVICE)
    ran = paperboy("status", **CLOCK)
    assert max(map(len, ran.out.splitlines())) <= 80
    for told in (
        "process 4711",
        "@paperboy in Institute",
        "2 of 3 connections are open. What people do in 800 servers is not heard. It is closed.",
        "docs/discord.md",
        "cs.CL cs.LG",
        "No answer.",
        "slack:T1/C1",
    ):
        assert told in " ".join(ran.out.split())
    assert os.linesep in ran.out


def test_several_processes_for_people(paperboy: Paperboy) -> None:
    """Each has its role, version and last sign of life; a token has its holder, and one that is lost is said to be.

    A platform that several processes hear says how many do, and one whose token another installation uses says so.
    """
    states = tuple(
        (name, replace(state, listens=name == "slack", rivals_since=NOW if name == "slack" else None))
        for name, state in SERVICE.platforms
    )
    spare = replace(SERVICE, origin=replace(ORIGIN, id="two", pid=4712), platforms=states[1:2])
    lived(paperboy, replace(SERVICE, platforms=states), spare, WORKER)
    ran = paperboy("status", **CLOCK)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    words = " ".join(ran.out.split())
    assert "✓ 4711 service 0.1.0" in words and "✗ 4713 worker 0.0.9" in words
    assert "12 minutes ago" in words and "is dead or hangs" in words
    assert "(2 listening)" in words
    assert words.count("another installation uses this token since") == 1
    assert "slack Wed" in words and "process 4711 on attic-of-the-institute" in words
