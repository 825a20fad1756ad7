"""A process that dies while it reads from the sources, again and again: nothing lost, nothing doubled, little repeated.

The moment of each death is told by the replay server's log, so that a slow machine dies at the same places as a quick
one; the server's delays spread the moments over everything that happens around a request.
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import soak
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy
from tests.journeys.warm import Command
from tests.replay import Replay
from tests.shared import needs_shared

#: `make soak` asks for hundreds
KILLS = soak.kills(7)
CATEGORIES = ("cs.CL", "cs.CV", "cs.AI")
#: on the 10th, a Tuesday, next to nothing was listed, which is told as stale: a test of its own has such days
DAYS = ("2026-02-02", "2026-02-04", "2026-02-05", "2026-02-06", "2026-02-09", "2026-02-11", "2026-02-12", "2026-02-13")
#: in two months or more, each of which is asked for by itself; a month has several pages
SINCE, UNTIL = (date(2025, 12, 1), date(2026, 1, 31)) if soak.IS_SOAK else (date(2025, 12, 31), date(2026, 1, 15))
PATIENCE_S = 120.0


def living(home: Path, replay: Replay) -> Paperboy:
    """A channel that reads three categories; the sources are a little slow."""
    home.mkdir()
    variables = {
        "PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url,
        "PAPERBOY_SOURCES__HUGGINGFACE__BASE_URL": f"{replay.url}/hf",
        "PAPERBOY_SOURCES__HUGGINGFACE__PACE_S": "0",
    }
    paperboy = Paperboy(home, variables)
    options = [option for category in CATEGORIES for option in ("--category", category)]
    assert paperboy("channels", "add", "terminal:main", *options).code == 0
    replay.fault(delay_s=0.05)
    return paperboy


def lives_on(paperboy: Paperboy, replay: Replay, day: str) -> None:
    replay.set_today(day)
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = f"{day}T14:00:00+00:00"


@contextmanager
def started(paperboy: Paperboy, *arguments: str) -> Iterator[Command]:
    process = paperboy.start(*arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def killed(paperboy: Paperboy, replay: Replay, arguments: tuple[str, ...], chance: random.Random) -> bool:
    """Run it until it has asked a few times, or is done; True where it was killed in the middle."""
    asked = len(replay.log()) + chance.randint(1, 3)
    deadline = time.monotonic() + PATIENCE_S
    with started(paperboy, *arguments) as process:
        while len(replay.log()) < asked and process.poll() is None:
            assert time.monotonic() < deadline, "it neither asks nor ends"
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), process.communicate(timeout=60)[1]
        return process.returncode != 0


def ended(paperboy: Paperboy, arguments: tuple[str, ...]) -> Any:
    """Run it to its end."""
    ran = paperboy(*arguments, timeout=300)
    assert ran.code == 0, ran.err + ran.out
    return json.loads(ran.out)


async def is_whole(paperboy: Paperboy, replay: Replay, days: Iterator[date]) -> None:
    """Each day has exactly what was announced, nothing is there twice, and the database is sound."""
    async with SqlStore(f"sqlite:///{paperboy.database}").open() as store:
        for day in days:
            listed = [paper.id.value for paper in (await store.papers(day=day)).papers]
            assert sorted(listed) == sorted(replay.truth(day.isoformat(), CATEGORIES)), day
        everything = await store.papers()
        assert everything.total == len({paper.id for paper in everything.papers}) == len(everything.papers)
    with closing(sqlite3.connect(paperboy.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        doubled = "SELECT paper_id FROM announcements GROUP BY paper_id, source, scope, day, type HAVING count(*) > 1"
        assert database.execute(doubled).fetchall() == []


@needs_shared
@pytest.mark.slow
async def test_a_refresh_that_dies_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed at any moment of any day's refresh, the next one completes it, and a channel gets each paper as news."""
    chance = random.Random(20260204)
    wanted, done, round = KILLS // 3, 0, 0
    with Replay(DAYS[0]) as replay:
        while done < wanted:
            paperboy, lived = living(tmp_path / f"refresh-{round}", replay), []
            for day in DAYS:
                lives_on(paperboy, replay, day)
                lived.append(date.fromisoformat(day))
                for _ in range(3):
                    if done < wanted and killed(paperboy, replay, ("ingest", "--json"), chance):
                        done += 1
                told = ended(paperboy, ("ingest", "--json"))
                assert {one["state"] for one in told["reports"]} <= {"fresh", "quiet"}
                if done >= wanted:
                    break
            await is_whole(paperboy, replay, iter(lived))
            replay.clear_faults()
            round += 1


@needs_shared
@pytest.mark.slow
async def test_a_backfill_that_dies_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Weeks of three categories, killed at any moment: at most one page is asked for again after each death."""
    chance = random.Random(20260131)
    wanted, done, round = KILLS - KILLS // 3, 0, 0
    span = ("ingest", "--source", "arxiv", "--since", SINCE.isoformat(), "--until", UNTIL.isoformat(), "--json")
    with Replay("2026-02-04") as replay:
        needed = undisturbed(living(tmp_path / "undisturbed", replay), replay, span)
        while done < wanted:
            paperboy = living(tmp_path / f"backfill-{round}", replay)
            lives_on(paperboy, replay, "2026-02-04")
            replay.clear_log()
            kills = 0
            while done + kills < wanted and killed(paperboy, replay, span, chance):
                kills += 1
            if not was_done(paperboy, replay.log(), needed):
                ended(paperboy, span)
            went_on(replay.log(), needed, kills)
            days = (SINCE + timedelta(days=n) for n in range((UNTIL - SINCE).days + 1))
            await is_whole(paperboy, replay, days)
            replay.clear_faults()
            done, round = done + kills, round + 1


def was_done(paperboy: Paperboy, log: list[dict[str, Any]], needed: list[str]) -> bool:
    """True where the process died after it had completed everything: the same command would begin anew."""
    with closing(sqlite3.connect(paperboy.database)) as database:
        begun = database.execute("SELECT count(*) FROM backfills").fetchone()[0]
    return not begun and {request["query"] for request in log} == set(needed)


def undisturbed(paperboy: Paperboy, replay: Replay, span: tuple[str, ...]) -> list[str]:
    """The questions of a run that nobody kills."""
    lives_on(paperboy, replay, "2026-02-04")
    replay.clear_log()
    ended(paperboy, span)
    questions = [request["query"] for request in replay.log()]
    replay.clear_faults()
    assert len(questions) == len(set(questions)) > 2 * len(CATEGORIES)
    return questions


def went_on(log: list[dict[str, Any]], needed: list[str], kills: int) -> None:
    """Everything was asked for, hardly anything twice, and never what lies before the place where it stopped."""
    asked = [request["query"] for request in log]
    assert set(asked) == set(needed)
    assert len(asked) <= len(needed) + kills
    places = [needed.index(question) for question in asked]
    assert places == sorted(places)
