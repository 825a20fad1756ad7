"""A feed that meets a bug in Paperboy, as somebody at a keyboard sees it: that feed failed and nothing else did."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.journeys.paperboy import Paperboy
from tests.shared import SHARED, needs_shared

CASE = SHARED / "data" / "cases" / "01-ieee-authors"
BUG = "It could not be read: a bug in Paperboy (AttributeError); the log has the details."


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def reader(paperboy: Paperboy) -> Iterator[Paperboy]:
    """Somebody who reads three feeds, of which the second stops feedparser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(CASE)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    feeds = {"aa": "springer.xml", "ieee-tac": "ieee.xml", "zz": "springer.xml"}
    named = ", ".join(f'{{name = "{name}", url = "{url}/{file}"}}' for name, file in feeds.items())
    (paperboy.home / "paperboy.toml").write_text(f"[sources]\nfeeds = [{named}]\n")
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-06T12:00:00Z"
    categories = [part for name in feeds for part in ("--category", f"feed:{name}")]
    assert paperboy("channels", "add", "terminal:main", *categories).code == 0
    try:
        yield paperboy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@needs_shared
def test_the_other_feeds_are_read(reader: Paperboy) -> None:
    """The feed is failed with a sentence, the feeds before and after it are read, and the log has the traceback."""
    ran = reader("ingest", "--json")
    assert ran.code == 3
    reports = {one["scope"]: one for one in ran.json["reports"]}
    assert (reports["feed:ieee-tac"]["state"], reports["feed:ieee-tac"]["error"]) == ("failed", BUG)
    assert [(reports[scope]["state"], reports[scope]["fetched"]) for scope in ("feed:aa", "feed:zz")] == [
        ("fresh", 1),
        ("quiet", 1),  # the same papers again
    ]
    assert "Traceback" in ran.err
    assert "AttributeError" in ran.err


@needs_shared
def test_the_digest_says_which_feed_is_missing(reader: Paperboy) -> None:
    """`paperboy run` posts the papers of the other feeds, with the feed that could not be read named below."""
    ran = reader("run", "--no-terminal")
    assert ran.code == 0, ran.err
    shown = " ".join(ran.out.split())
    assert "ieee-tac could not be read: a bug in Paperboy (AttributeError); the log has the details." in shown


@needs_shared
def test_a_saved_file_is_a_report(reader: Paperboy, tmp_path: Path) -> None:
    """The same feed in a file is one failed report, as JSON and as a table, and the exit code is 1."""
    file = ("--file", str(CASE / "ieee.xml"), "--format", "feed")
    ran = reader("ingest", *file, "--json")
    assert ran.code == 1
    (report,) = ran.json["reports"]
    assert (report["source"], report["scope"], report["state"]) == ("file", "ieee.xml", "failed")
    assert report["error"] == BUG
    ran = reader("ingest", *file)
    assert ran.code == 1
    assert BUG in " ".join(ran.out.split())


@needs_shared
def test_the_doctor_names_the_feed(reader: Paperboy) -> None:
    """`paperboy doctor` goes on past the feed, and says what is wrong with it."""
    checks = {one["name"]: one for one in reader("doctor", "--json").json["checks"]}
    assert (checks["feed:ieee-tac"]["ok"], checks["feed:ieee-tac"]["detail"]) == (False, BUG)
    assert checks["feed:zz"]["ok"]
