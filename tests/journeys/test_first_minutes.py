"""What a stranger sees in the first minutes."""

from __future__ import annotations

import subprocess
import sys

from tests.journeys.paperboy import Paperboy
from tests.replay import Replay


def test_run_without_network_shows_the_sample_day(paperboy: Paperboy) -> None:
    """Where arXiv cannot be reached, `run` says so, shows the invented sample day, and leaves."""
    ran = paperboy("run")
    assert ran.code == 0, ran.err
    assert "sample day" in ran.err
    assert "invented" in ran.out
    assert "10. " in ran.out
    assert len(ran.out.splitlines()) < 75, "the digest alone; a number opens a paper"


def test_run_with_arxiv_shows_the_day_and_again(paperboy: Paperboy, replay: Replay) -> None:
    """With arXiv there, `run` posts the day's digest; a second run the same day shows it again, and opens a paper."""
    variables = {
        "PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url,
        "PAPERBOY_CLOCK__NOW": "2026-02-04T14:00:00+00:00",
    }
    first = paperboy("run", **variables)
    second = paperboy("run", **variables)
    assert (first.code, second.code) == (0, 0)
    assert len(second.out.splitlines()) < 75
    assert "Wednesday, 4 February 2026" in first.out
    assert first.out.splitlines()[:40] == second.out.splitlines()[:40]
    assert "Posted before" in second.out


def test_run_on_a_day_without_listing_shows_the_last_one(paperboy: Paperboy, replay: Replay) -> None:
    """On a day without a listing, `run` shows the last digest and says that nothing is new."""
    variables = {"PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url}
    replay.set_today("2026-02-02")
    paperboy("run", PAPERBOY_CLOCK__NOW="2026-02-02T14:00:00+00:00", **variables)
    replay.set_today("2026-02-03")
    ran = paperboy("run", PAPERBOY_CLOCK__NOW="2026-02-03T14:00:00+00:00", **variables)
    assert ran.code == 0
    assert "Monday, 2 February 2026" in ran.out
    assert "Nothing new" in ran.out


def test_demo_is_one_json_document(paperboy: Paperboy) -> None:
    """`demo --json` prints the sample day's digest and nothing else on stdout, and stores nothing."""
    ran = paperboy("demo", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["sample"] is True
    assert len(ran.json["items"]) == 10
    assert not paperboy.database.exists()


def test_plain_output_has_no_escape_codes(paperboy: Paperboy) -> None:
    """Without a terminal the digest is plain text: no escape codes."""
    assert "\x1b" not in paperboy("demo").out


def test_help_costs_little() -> None:
    """`--help` names every command and loads nothing heavy."""
    heavy = ("sqlalchemy", "httpx2", "lark", "pydantic")
    probe = (
        f"import sys; from bot.__main__ import run; run(['--help']); print([m for m in {heavy} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stdout.rstrip().endswith("[]")
    for command in (
        "run",
        "demo",
        "ingest",
        "papers",
        "paper",
        "search",
        "channels",
        "digest",
        "why",
        "bookmarks",
        "doctor",
        "db",
    ):
        assert f" {command} " in ran.stdout


def test_new_id_of_a_copy(paperboy: Paperboy) -> None:
    """`db new-id` says the new id, which `db stats` shows from then on; its help says what it is for."""
    before = paperboy("db", "stats", "--json").json["id"]
    said = paperboy("db", "new-id")
    after = paperboy("db", "stats", "--json").json["id"]
    assert said.code == 0 and after in said.out and after != before
    assert "beside the first" in paperboy("db", "new-id", "--help").out
