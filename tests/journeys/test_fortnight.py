"""A fortnight of arXiv with everything going wrong at random: nothing lost, nothing doubled, every bad moment told."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from core.channels import ChannelRef, Subscription
from core.deliver.problems import sentences
from core.ingest.state import Report, State
from tests.journeys.world import World, living
from tests.replay import Replay
from tests.shared import needs_shared
from tests.soak import IS_SOAK

CATEGORIES = ("cs.CL", "cs.CV", "cs.AI")
CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"), categories=CATEGORIES)
#: a fortnight in `make soak`, half of it otherwise
FIRST, DAYS = date(2026, 2, 4), 14 if IS_SOAK else 8
#: after arXiv's midnight, in the morning, in the evening (UTC)
MOMENTS = (time(6, 30), time(11), time(22))
PACE_S = 0.02
#: random fortnights; `make soak` asks for twenty
SEEDS = 20 if IS_SOAK else 1


def a_world(replay: Replay) -> AbstractAsyncContextManager[World]:
    """At the bot's pace, but quicker, on the first morning."""
    return living(replay, CHANNEL, datetime.combine(FIRST, MOMENTS[0], UTC), pace_s=PACE_S)


@pytest.fixture
def replay() -> Iterator[Replay]:
    with Replay(today=FIRST.isoformat()) as running:
        yield running


def faults(chance: random.Random) -> Iterator[dict[str, Any]]:
    """A few things that go wrong, each in some place and for some time."""
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        category = chance.choice(CATEGORIES)
        place = chance.choice(
            (f"/rss/{category}", f"/rss/{category}", f"/list/{category}", "/rss", "/list", "/oai", "/hf")
        )
        yield {"path_prefix": place, **chance.choice(KINDS), **chance.choice(({}, {"times": 1}, {"times": 2}))}


KINDS: tuple[dict[str, Any], ...] = (
    {"status": 429, "headers": {"Retry-After": "1"}, "body": "Rate exceeded."},
    {"status": 429, "body": "Rate exceeded."},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"status": 403},
    {"status": 406},
    {"status": 500},
    {"status": 200, "body": "<html>Sorry, we are down for maintenance.</html>"},
    {"status": 200, "body": ""},
    {"truncate_at": 700},
    {"truncate_at": 0.5},
    {"reset": True, "truncate_at": 300},
    {"stale_day": (FIRST - timedelta(days=2)).isoformat()},
    {"empty": True},
)


def paths(log: Sequence[dict[str, Any]]) -> set[str]:
    return {entry["path"] for entry in log}


async def check_reports(world: World, reports: Sequence[Report], day: date) -> None:
    """Whatever of the day is not there yet, its category says that something is wrong."""
    for report in reports:
        if report.source == "arxiv" and await world.missing(day, report.scope):
            assert report.state.is_trouble, f"{day} {report.scope} lacks papers and is told as {report.state}"
            assert sentences(report.problems)


def mannered(log: Sequence[dict[str, Any]]) -> None:
    """Every request says who we are, and none follows the one before more closely than the pace."""
    agents = {entry["headers"].get("User-Agent", "") for entry in log}
    assert all("Paperboy/" in agent and "tests@example.org" in agent for agent in agents), agents
    assert all(entry["headers"].get("Accept") for entry in log)
    moments = [entry["t"] for entry in log]
    apart = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap >= PACE_S * 0.9 for gap in apart), min(apart)


def asked_conditionally(log: Sequence[dict[str, Any]]) -> int:
    """Feeds that were answered `not modified`."""
    return sum(entry["status"] == 304 for entry in log if entry["path"].startswith("/rss/"))


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_fortnight_of_faults_ends_in_the_truth(replay: Replay, seed: int) -> None:
    """Three refreshes a day, anything going wrong in any of them: at the end every paper of every day is there once."""
    chance = random.Random(seed)
    listed = 0
    conditional = 0
    async with a_world(replay) as world:
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            for moment in MOMENTS:
                replay.clear_log()
                last_chance = number == DAYS - 1 and moment == MOMENTS[-1]
                for fault in () if last_chance else faults(chance):
                    replay.fault(**fault)
                reports = await world.lives(datetime.combine(day, moment, UTC))
                replay.clear_faults()
                await check_reports(world, reports, day)
                mannered(replay.log())
                conditional += asked_conditionally(replay.log())
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            truth, held = world.truth(day), await world.held(day)
            assert held == truth, f"{day}: {set(truth) ^ set(held)}"
            listed += len(truth)
        assert listed > 1_000
        assert conditional > 10
        everything = [paper.id for paper in (await world.store.papers()).papers]
        assert len(everything) == len(set(everything))


@needs_shared
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(f"{key}={value}" for key, value in kind.items())[:60])
async def test_each_fault_in_turn_is_told_and_made_up_for(replay: Replay, kind: dict[str, Any]) -> None:
    """One category's feed goes wrong for a whole day: it is told, the others are whole, and the next day brings it."""
    broken = "cs.CV"
    async with a_world(replay) as world:
        replay.fault(path_prefix=f"/rss/{broken}", **kind)
        replay.fault(path_prefix=f"/list/{broken}", **kind)
        reports = {report.scope: report for report in await world.refresh()}
        assert reports[broken].state.is_trouble, reports[broken]
        assert sentences(reports[broken].problems)
        assert all(reports[one].state is State.FRESH for one in CATEGORIES if one != broken)
        assert await world.missing(FIRST, broken)
        states = {state.scope: state for state in await world.store.source_states()}
        assert states[broken].state is reports[broken].state
        replay.clear_faults()
        evening = await world.lives(datetime.combine(FIRST, MOMENTS[-1], UTC))
        assert {report.scope: report.state for report in evening}[broken] is State.FRESH
        assert await world.held(FIRST) == world.truth(FIRST)


@needs_shared
async def test_days_that_were_missed_altogether_are_read_from_the_archive(replay: Replay) -> None:
    """The machine is off for half a week: the next refresh reads what was listed meanwhile, as news."""
    async with a_world(replay) as world:
        await world.refresh()
        await world.lives(datetime.combine(FIRST + timedelta(days=7), MOMENTS[0], UTC))
        for number in range(8):
            day = FIRST + timedelta(days=number)
            assert await world.held(day) == world.truth(day), day


@needs_shared
async def test_a_stale_category_among_fresh_ones_is_read_in_another_way(replay: Replay) -> None:
    """Only its feed is of the day before: it is called stale, its papers come from the listing page."""
    async with a_world(replay) as world:
        replay.fault(path_prefix="/rss/cs.CV", stale_day="2026-02-02")
        reports = {report.scope: report for report in await world.refresh()}
        assert reports["cs.CV"].state is State.STALE
        assert "/list/cs.CV/new" in paths(replay.log())
        assert "/list/cs.CL/new" not in paths(replay.log())
        assert await world.held(FIRST, "cs.CV") == sorted(replay.truth(FIRST.isoformat(), ["cs.CV"]))


def test_the_faults_are_of_every_kind() -> None:
    """The random fortnights meet every kind of fault there is."""
    met: dict[str, int] = defaultdict(int)
    for seed in range(2):
        chance = random.Random(seed)
        for _ in range(DAYS * len(MOMENTS)):
            for fault in faults(chance):
                met[str(next(kind for kind in KINDS if kind.items() <= fault.items()))] += 1
    assert len(met) >= len(KINDS) - 1
