"""`paperboy jobs`: an operator looks at jobs that were given up, has them done again, or deletes them."""

from __future__ import annotations

from pathlib import Path

from adapters.jobs.postgresql import PostgresJobs
from bot.jobs.orders import refresh_job
from storage.engine.database import jobs_address
from tests.journeys.paperboy import Paperboy
from tests.storage.postgres import Postgres

SOURCES = ("arxiv", "biorxiv", "huggingface")


async def test_jobs_that_were_given_up(postgres: Postgres, tmp_path: Path) -> None:
    """They are listed with what they were about, wait again or go by their numbers, or all at once."""
    with postgres.empty(await postgres.prepare()) as url:
        async with PostgresJobs(jobs_address(url)).open() as jobs:
            assert await jobs.defer([refresh_job(source) for source in SOURCES]) == len(SOURCES)
        with postgres.connection(url.rpartition("?")[0].rpartition("/")[2]) as connection:
            connection.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 5")
        paperboy = Paperboy(tmp_path, {"PAPERBOY_DATABASE_URL": url})
        records = paperboy("jobs", "list", "--json").json["jobs"]
        assert [(of["task"], of["queue"], of["tries"], of["arguments"]) for of in records] == [
            ("refresh", "general", 5, {"source": source}) for source in SOURCES
        ]
        assert "biorxiv" in paperboy("jobs", "list").out
        first, second, _ = (str(record["number"]) for record in records)
        assert paperboy("jobs", "retry", first).out == "Waiting again: 1.\n"
        assert paperboy("jobs", "drop", second, "999999").out == "Deleted: 1.\n"
        assert [of["number"] for of in paperboy("jobs", "list", "--waiting", "--json").json["jobs"]] == [int(first)]
        assert paperboy("jobs", "retry", "--all").out == "Waiting again: 1.\n"
        assert paperboy("jobs", "list").out == "No job was given up in the last week.\n"
        assert paperboy("jobs", "drop").code == 2


def test_no_jobs_on_record(paperboy: Paperboy) -> None:
    """With SQLite that is said, with the reason."""
    ran = paperboy("jobs", "list")
    assert ran.code == 2 and "With SQLite there are no jobs on record" in ran.err
