"""Sources of older versions: their states, backfills and problems are told as they were, and go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from sqlalchemy import inspect, select

from core.ingest.listing import Validators
from core.ingest.problems import EarlierProblem
from core.ingest.state import Backfill, Phase, SourceState, State
from storage import tables
from storage.migrations import schema
from tests.fakes.old_databases import OlderDatabase
from tests.fakes.papers import AT, DAY
from tests.fakes.stores import SqlStore

BEGUN = (
    "INSERT INTO backfills (source, scope, since, until, cursor, fetched, new, updated, known, merged, failed, at)"
    " VALUES ('arxiv', 'cs.CL', '2025-03-18', '2026-02-27', 'page 7', 9, 7, 0, 2, 0, 0, '2026-02-04 09:00:00+00:00')"
)

TROUBLED = (
    "INSERT INTO source_states (source, scope, state, checked_at, fresh_at, listed, error{more}) VALUES"
    " ('arxiv', 'cs.CL', 'stale', '{at}', '{at}', 0, 'Late: “then”.'{none}),"
    " ('arxiv', 'cs.LG', 'quiet', '{at}', NULL, 0, ''{none})",
    "INSERT INTO refreshes (source, scope, at, state, fetched, new, updated, known, merged, failed, error) VALUES"
    " ('arxiv', 'cs.CL', '{at}', 'failed', 0, 0, 0, 0, 0, 0, 'No answer.')",
)
#: what a delivery kept of its sources in those versions
SOURCES = (
    '[{"source":"arxiv","scope":"cs.CL","state":"stale","checked_at":"2026-02-04T09:00:00Z",'
    '"fresh_at":"2026-02-04T09:00:00Z","listing_day":null,"listed":0,'
    '"validators":{"etag":null,"last_modified":null},"error":"Late.","wait_until":null}]'
)
DELIVERED = (
    "INSERT INTO deliveries (subscription_id, channel, name, day, kind, state, begun_at, lease_until, until,"
    " candidates, kept, posted, failed, subscription, sources) VALUES"
    " (1, 'terminal:main', 'main', '2026-02-04', 'daily', 'done', '{at}', '{at}', 0, 0, 0, 0, 0, '{{}}', '{sources}')"
)


async def test_states_of_older_versions(tmp_path: Path) -> None:
    """A state that was saved before troubles were counted has none, and everything else of it is as it was."""
    older = OlderDatabase(f"sqlite:///{tmp_path / 'paperboy.db'}")
    with older.at("0002") as connection:
        values = (
            "'arxiv', 'cs.CL', 'failed', '2026-02-04 09:00:00.000000', NULL, '2026-02-04', 3, 'x', NULL, 'No.', NULL"
        )
        connection.exec_driver_sql(f"INSERT INTO source_states VALUES ({values})")
    async with SqlStore(older.url).open() as store:
        assert await store.source_states() == (
            SourceState(
                source="arxiv",
                scope="cs.CL",
                state=State.FAILED,
                checked_at=AT,
                listing_day=DAY,
                listed=3,
                validators=Validators(etag="x"),
                problems=(EarlierProblem(sentence="No."),),
            ),
        )


async def test_backfills_of_the_version_before(older: OlderDatabase) -> None:
    """One that was begun before anybody counted waits goes on where it stopped, and has no wait."""
    with older.at("0004") as connection:
        connection.exec_driver_sql(BEGUN)
    async with SqlStore(older.url).open() as store:
        (begun,) = await store.backfills("arxiv")
        assert (begun.cursor, begun.fetched, begun.troubles, begun.wait_until) == ("page 7", 9, 0, None)
        waits = replace(begun, troubles=1, wait_until=AT)
        await store.save_backfill(waits, at=AT)
        assert await store.backfills("arxiv") == (waits,)


async def test_phases_of_the_version_before(older: OlderDatabase) -> None:
    """A cursor that said `end` is a complete backfill, failures without a cursor an unread one, all others go on."""
    with older.at("0004") as connection:
        for scope, cursor, failed in (("a", "end", 1), ("b", "", 3), ("c", "", 0), ("d", "page 7", 3)):
            values = BEGUN.replace("'cs.CL'", f"'{scope}'").replace("'page 7'", f"'{cursor}'")
            connection.exec_driver_sql(values.replace("0, 2, 0, 0,", f"0, 2, 0, {failed},"))
    async with SqlStore(older.url).open() as store:
        assert [(one.scope, one.phase, one.cursor) for one in sorted(await store.backfills("arxiv"), key=_scope)] == [
            ("a", Phase.COMPLETE, ""),
            ("b", Phase.UNREAD, ""),
            ("c", Phase.READING, ""),
            ("d", Phase.READING, "page 7"),
        ]


def _scope(backfill: Backfill) -> str:
    return backfill.scope


@pytest.mark.parametrize("revision", schema.REVISIONS[: schema.REVISIONS.index("0009")])
async def test_problems_of_older_versions(older: OlderDatabase, revision: str) -> None:
    """What earlier versions said of sources stays, word by word, in states, in the history and below digests."""
    with older.at(revision) as connection:
        is_counted = "troubles" in {one["name"] for one in inspect(connection).get_columns("source_states")}
        # as each database writes a moment: SQLite compares them as text
        at = "2026-02-04 09:00:00.000000"
        more, none = (", troubles", ", 0") if is_counted else ("", "")
        for statement in TROUBLED:
            if statement.startswith("INSERT INTO refreshes") and not inspect(connection).has_table("refreshes"):
                continue
            connection.exec_driver_sql(statement.format(at=at, more=more, none=none))
        connection.exec_driver_sql(DELIVERED.format(at=at, sources=SOURCES))
    said = (EarlierProblem(sentence="Late: “then”."),)
    async with SqlStore(older.url).open() as store:
        assert [(one.problems, one.came_otherwise) for one in await store.source_states()] == [
            (said, True),
            ((), False),
        ]
        history = await store.refreshes()
        assert {one.report.problems for one in history} <= {(EarlierProblem(sentence="No answer."),)}
        async with store.database.reading() as connection:
            (text,) = (await connection.execute(select(tables.deliveries.c.sources))).scalars().all()
        (state,) = TypeAdapter(tuple[SourceState, ...]).validate_json(text)
        assert (state.problems, state.came_otherwise) == ((EarlierProblem(sentence="Late."),), True)
