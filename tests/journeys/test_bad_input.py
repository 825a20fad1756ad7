"""Wrong input from the command line: one sentence, the right exit code, nothing stored."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.journeys.paperboy import Paperboy, Ran
from tests.replay import Replay


def says(ran: Ran, code: int, *words: str) -> None:
    """It ended with that code, and one line of stderr says why."""
    assert ran.code == code, ran.err
    last = ran.err.strip().splitlines()[-1]
    assert last.startswith("paperboy: ")
    assert "Traceback" not in ran.err
    for word in words:
        assert word in last


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--frobnicate",), 2, ("--frobnicate",)),
        (("inguest",), 2, ("inguest",)),
        (("papers", "--limit", "many"), 2, ("--limit", "integer")),
        (("papers", "--day", "yesterday"), 2, ("not a day",)),
        (("papers", "--category", "cs.XX"), 2, ("cs.XX",)),
        (("paper", "2601.99999"), 1, ("has not seen",)),
        (("paper", "not a paper at all"), 1, ("No paper",)),
        (("search", "x since:never"), 2, ("not a date",)),
        (("channels", "add", "terminal:main", "--category", "cs.LLM"), 2, ("cs.LLM",)),
        (("channels", "add", "irc:main"), 2, ("irc:main",)),
        (("channels", "add", "telegram:abc"), 2, ("telegram:abc", "telegram:-100123")),
        (("channels", "add", "slack:C1"), 2, ("slack:C1", "slack:T123/C456")),
        (("channels", "add", "discord:x"), 2, ("discord:x", "discord:123/456")),
        (("channels", "add", "terminal:main", "--category", "feed:nature"), 2, ("no feed 'nature'", "sources.feeds")),
        (("channels", "add", "terminal:main", "--interest", ""), 2, ("interest", "none")),
        (("search", "x from:nonsense"), 2, ("no source 'nonsense'", "arxiv")),
        (("search", "x page:2"), 2, ("no filter page:", "author:")),
        (("channels", "add", "terminal:main", "--zone", "Mars"), 2, ("Mars",)),
        (("channels", "add", "terminal:main", "--size", "0"), 2, ("1 to 50",)),
        (("channels", "show", "terminal:elsewhere"), 1, ("no subscription",)),
        (("worker",), 2, ("PostgreSQL", "SQLite", "paperboy run")),
        (("run", "--no-jobs"), 2, ("SQLite", "--no-jobs")),
        (("digest", "terminal:main"), 1, ("ingest",)),
        (("digest", "slack:T1/C1"), 1, ("no subscription",)),
        (("why", "terminal:main", "2601.00001"), 1, ("no subscription",)),
        (("ingest", "--source", "gopher"), 2, ("gopher",)),
        (("ingest", "--file", "absent.xml", "--format", "arxiv-rss"), 2, ("absent.xml",)),
        (("ingest", "--file", "absent.xml"), 2, ("--format",)),
        (("ingest", "--until", "2026-02-04"), 2, ("--since",)),
        (("ingest", "--day", "2026-02-04", "--since", "2026-02-01"), 2, ("--day",)),
        (("--config", "absent.toml", "papers"), 2, ("absent.toml",)),
    ],
)
def test_wrong_input_is_one_sentence(
    paperboy: Paperboy, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    """A wrong option, name, id or value is told in one sentence that names it."""
    says(paperboy(*arguments), code, *words)


def test_a_wrong_rule_is_shown_with_its_fault(paperboy: Paperboy) -> None:
    """A rule that cannot be read is told in a sentence, and a caret stands under its fault."""
    ran = paperboy("channels", "add", "terminal:main", "--rule", "a AND (")
    assert ran.code == 2
    sentence, *_, rule, caret = ran.err.splitlines()
    assert sentence.startswith("paperboy: ") and "never closed" in ran.err and "Traceback" not in ran.err
    assert caret.strip() == "^" and rule[caret.index("^")] == "("


def test_a_misspelt_setting_names_the_right_one(paperboy: Paperboy) -> None:
    """A setting with a typo stops the start and names the nearest setting."""
    says(paperboy("papers", PAPERBOY_SOURCES__ARXIV__BASE_ULR="x"), 2, "Did you mean sources.arxiv.base_url")


def test_arxiv_out_of_reach_fails_every_category(paperboy: Paperboy) -> None:
    """With arXiv out of reach every report is `failed` with its reason, and the exit code is 1."""
    ran = paperboy("ingest", "--json")
    assert ran.code == 1
    assert {report["state"] for report in ran.json["reports"]} == {"failed"}
    assert all(report["error"] for report in ran.json["reports"])


def test_a_file_that_is_no_database(paperboy: Paperboy) -> None:
    """A file that is not a database is left as it is."""
    paperboy.database.parent.mkdir()
    paperboy.database.write_text("These are my diaries, not a database. " * 100)
    before = paperboy.database.read_bytes()
    says(paperboy("papers"), 1, "paperboy.db", "not a")
    assert paperboy.database.read_bytes() == before


def test_a_database_of_a_newer_version(paperboy: Paperboy) -> None:
    """The database of a newer Paperboy is refused and not touched."""
    assert paperboy("papers").code == 0
    with sqlite3.connect(paperboy.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    says(paperboy("papers"), 1, "newer")


def test_a_locked_database(paperboy: Paperboy) -> None:
    """A database that another program keeps locked is told as that."""
    assert paperboy("papers").code == 0
    connection = sqlite3.connect(paperboy.database, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    says(paperboy("channels", "add", "terminal:main", "--category", "cs.CL"), 1, "lock")
    connection.rollback()
    connection.close()
    assert paperboy("channels", "list", "--json").json == {"subscriptions": []}


def test_a_data_directory_that_cannot_be(paperboy: Paperboy, tmp_path: Path) -> None:
    """Where the data directory cannot be made, the sentence names it."""
    (tmp_path / "data").write_text("a file where the directory should be")
    says(paperboy("papers"), 1, "data")


def test_interrupt_in_the_middle_of_ingest(paperboy: Paperboy, replay: Replay) -> None:
    """Ctrl-C during ingest ends with 130 and one sentence; what was read before stays, the rest comes next time."""
    paperboy.variables["PAPERBOY_SOURCES__ARXIV__BASE_URL"] = replay.url
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-04T14:00:00+00:00"
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL", "--category", "cs.CV").code == 0
    replay.fault(path_prefix="/rss/cs.CV", delay_s=30)
    running = paperboy.start("ingest", "--json")
    deadline = time.monotonic() + 60
    while "/rss/cs.CV" not in [request["path"] for request in replay.log()] and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.strip().splitlines()[-1].startswith("paperboy: Interrupted")
    cl = {f"arxiv:{one}" for one in replay.truth("2026-02-04", ["cs.CL"])}
    stored = paperboy("papers", "--limit", "0", "--json").json
    assert {paper["id"] for paper in stored["papers"]} == cl
    replay.clear_faults()
    assert paperboy("ingest", "--json").code == 0
    both = {f"arxiv:{one}" for one in replay.truth("2026-02-04", ["cs.CL", "cs.CV"])}
    assert {paper["id"] for paper in paperboy("papers", "--limit", "0", "--json").json["papers"]} == both
