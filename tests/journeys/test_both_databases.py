"""One code path: what the program reads is the same on SQLite and on PostgreSQL, whose server can go away meanwhile."""

from __future__ import annotations

import signal
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import psycopg

from core.channels import ChannelRef, Subscription
from tests.fakes.feeds import a_feed
from tests.fakes.papers import is_retold
from tests.journeys.paperboy import Paperboy, until
from tests.journeys.warm import Command
from tests.journeys.world import World, living
from tests.replay import Replay
from tests.shared import needs_shared
from tests.storage.postgres import Postgres

READER = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL", "cs.CV"))
DAYS = (date(2026, 2, 4), date(2026, 2, 5))
HARVESTED = date(2026, 1, 20)
STORED = 5
OURS = "FROM pg_stat_activity WHERE application_name = 'paperboy'"
WAITING = f"{OURS} AND wait_event_type = 'Lock'"
#: the server has done all that it was sent, be it the whole of a pipeline or not
IDLE = f"{OURS} AND wait_event = 'ClientRead' AND state IN ('idle in transaction', 'active')"


async def lived(replay: Replay, database_url: str) -> list[Any]:
    """All that is stored, and told, of two days on which something goes wrong, and of one out of the archive."""
    told: list[Any] = []
    async with living(replay, READER, datetime.combine(DAYS[0], time(11), UTC), database_url=database_url) as world:
        for day in DAYS:
            replay.fault(path_prefix="/rss/cs.CV", truncate_at=0.5)
            for hour in (11, 22):
                told.append(await world.lives(datetime.combine(day, time(hour), UTC)))
                replay.clear_faults()
        told.append(await world.harvests("cs.CL", HARVESTED))
        return [*told, *await stored(world)]


async def stored(world: World) -> list[Any]:
    """The papers in their order, what is known of those that were told of again, and what is remembered of sources."""
    papers = (await world.store.papers()).papers
    return [
        papers,
        [await world.dossier(paper.id) for paper in papers if is_retold(paper)],
        await world.store.source_states(),
        await world.store.refreshes(),
        await world.store.candidates(READER),
    ]


@needs_shared
async def test_what_is_read_is_the_same_on_both(postgres: Postgres, replay: Replay) -> None:
    """Every report, paper, account, event, state and candidate, with its moments and in its order."""
    on_sqlite = await lived(replay, "sqlite://")
    with postgres.empty() as url:
        on_postgresql = await lived(replay, url)
    papers, several, *_ = on_sqlite[-STORED:]
    assert len(papers) > 400 and len(several) > 20
    for here, there in zip(on_sqlite, on_postgresql, strict=True):
        assert here == there


async def test_a_server_that_goes_away_in_the_middle_is_told_in_a_sentence(postgres: Postgres, tmp_path: Path) -> None:
    """A connection that is cut while a listing is stored is told, and no more; the next run stores it whole."""
    ingest = ("ingest", "--file", str(a_feed(tmp_path, 20)), "--format", "arxiv-rss")
    with postgres.empty(await postgres.prepare()) as url:
        paperboy = Paperboy(tmp_path, {"PAPERBOY_DATABASE_URL": url})
        with postgres.connection(url.rpartition("?")[0].rpartition("/")[2]) as theirs:
            process = paperboy.start(*ingest)
            try:
                cut_off(process, postgres, theirs)
                out, err = process.communicate(timeout=60)
            finally:
                process.kill()
            assert (process.returncode, out) == (1, "")
            assert err.startswith("paperboy: The database server of ") and "cannot be reached" in err, err
            assert theirs.execute("SELECT count(*) FROM papers").fetchone() == (0,)
            assert paperboy(*ingest).code == 0
            assert theirs.execute("SELECT count(*) FROM papers").fetchone() == (20,)


def cut_off(process: Command, postgres: Postgres, theirs: psycopg.Connection[Any]) -> None:
    """End its connection between two of the many rows that it sends; it stands still until that is done."""
    with postgres.connection() as server:
        with theirs.transaction():
            theirs.execute("LOCK TABLE identifiers IN SHARE MODE")
            until(lambda: server.execute(f"SELECT pid {WAITING}").fetchone(), process)
            process.send_signal(signal.SIGSTOP)
        until(lambda: server.execute(f"SELECT pid {IDLE}").fetchone(), process)
        server.execute(f"SELECT pg_terminate_backend(pid, 10000) {IDLE}")
    process.send_signal(signal.SIGCONT)
