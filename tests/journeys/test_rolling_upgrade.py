"""Old and new processes side by side: what runs goes on, each does what it knows, and work is done once.

The newer version is a copy of this one with what a release changes: its number, a column that a migration adds, and
digests that are planned by a task of another name.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from psycopg import Connection

from storage.migrations import schema
from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import ROOT, Paperboy
from tests.journeys.warm import Command
from tests.soak import IS_SOAK
from tests.standins.telegram import TOKEN, TelegramStandin
from tests.storage.postgres import Postgres

CHANNELS = 20 if IS_SOAK else 2
PAPERS = 3
#: what the newer version changes: a file, what stands there, what comes in its place
CHANGES = (
    ("bot/__init__.py", '"0.1.0"', '"0.2.0"'),
    ("storage/migrations/schema.py", f'"{schema.HEAD}")', f'"{schema.HEAD}", "9001")'),
    (
        "storage/tables/operation_rows.py",
        "    revision: str",
        "    mood: str | None = Field(sa_type=SafeText)\n    revision: str",
    ),
    ("bot/jobs/orders.py", 'PREPARE: Final = "prepare"', 'PREPARE: Final = "plan"'),
    ("bot/jobs/tasks.py", "PREPARE: Task(", '"prepare": Task(work=self.prepare), PREPARE: Task('),
)
MIGRATION = f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9001", "{schema.HEAD}"
def upgrade() -> None:
    op.add_column("services", sa.Column("mood", sa.Text(), nullable=True))
"""


def a_newer_version(folder: Path) -> Path:
    """Its code."""
    for package in ("bot", "adapters", "core", "storage"):
        copytree(ROOT / package, folder / package)  # with what is compiled
    for name, old, new in CHANGES:
        text = (folder / name).read_text("utf-8")
        assert old in text, f"{name} has changed: change this test with it"
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    (folder / "storage/migrations/versions/9001_mood.py").write_text(MIGRATION, "utf-8")
    return folder


@pytest.mark.slow
async def test_an_upgrade_while_it_runs(postgres: Postgres, tmp_path: Path) -> None:
    """The old worker goes on beside the new schema and leaves new jobs alone; every digest comes once."""
    with TelegramStandin().running() as standin, postgres.empty(await postgres.prepare()) as url:
        old = Paperboy(
            tmp_path,
            {
                "PAPERBOY_DATABASE_URL": url,
                "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
                "PAPERBOY_TELEGRAM__API_BASE_URL": standin.url,
                "PAPERBOY_TELEGRAM__PACE_S": "0",
                "PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:9",
                "PAPERBOY_CLOCK__NOW": "2026-02-04T08:00:00+00:00",
            },
        )
        feed = str(a_feed(tmp_path, PAPERS))
        assert old("ingest", "--file", feed, "--format", "arxiv-rss").code == 0
        for number in range(CHANNELS):
            channel = f"telegram:-{1000 + number}"
            assert old("channels", "add", channel, "--category", "cs.CL").code == 0
            assert old("channels", "set", channel, "patience", "0").code == 0  # arXiv is out of reach
        old.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-04T10:00:30+00:00"
        new = {"PYTHONPATH": str(a_newer_version(tmp_path / "newer"))}
        with postgres.connection(url.rpartition("?")[0].rpartition("/")[2]) as database:
            upgrade(old, Paperboy(tmp_path, {**old.variables, **new}), standin, database)


def upgrade(old: Paperboy, new: Paperboy, standin: TelegramStandin, database: Connection[Any]) -> None:
    """An old worker, then a new gateway, then a new worker; the old one ends last."""

    def count(rows: str) -> int:
        return int(database.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])  # type: ignore[index]  # it counts

    processes: list[Command] = [old.start("worker")]
    try:
        wait(lambda: count("services WHERE role = 'worker'") == 1, processes)
        processes.append(new.start("run", "--no-terminal", "--no-jobs"))
        wait(lambda: count("procrastinate_jobs WHERE status = 'todo' AND task_name = 'plan'") == CHANNELS, processes)
        wait(lambda: count("procrastinate_jobs") == CHANNELS, processes)  # the old one did the rest
        assert not standin.messages, "nobody who runs can plan them"
        told = new("status", "--json").json
        assert {(of["version"], of["revision"]) for of in told["services"]} == {
            ("0.1.0", schema.HEAD),
            ("0.2.0", "9001"),
        }
        assert [(of["queue"], of["waiting"]) for of in told["jobs"]] == [("general", CHANNELS)]
        checks = {check["detail"]: check["hint"] for check in new("doctor", "--json").json["checks"]}
        (detail,) = (detail for detail in checks if "of Paperboy 0.1.0" in detail)
        assert f"written for schema {schema.HEAD}" in detail and "Finish the upgrade" in checks[detail]
        refusal = old("status")
        assert refusal.code == 1 and "was made by a newer Paperboy" in refusal.err
        processes.append(new.start("worker"))
        wait(lambda: len(standin.messages) >= CHANNELS * (PAPERS + 1), processes)
        wait(lambda: not count("procrastinate_jobs"), processes)
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
        complaints = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], complaints
    assert {*Counter((message.chat, message.text) for message in standin.messages).values()} == {1}
    assert len(standin.messages) == CHANNELS * (PAPERS + 1)
    assert "given up" not in "".join(complaints)


def wait(is_so: Callable[[], bool], processes: Sequence[Command]) -> None:
    """Wait for what the processes do, all of which go on."""
    end = time.monotonic() + 180
    while not is_so():
        assert time.monotonic() < end
        assert [process.poll() for process in processes] == [None] * len(processes)
        time.sleep(0.1)
