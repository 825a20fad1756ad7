"""A feed that meets a bug in Paperboy, as somebody at a keyboard sees it: that feed failed and nothing else did."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.journeys.paperboy import ROOT, Paperboy

BUG = "It could not be read: a bug in Paperboy (AttributeError); the log has the details."
#: a parser of feeds with a bug: it reads titles and links, and trips over moths
PARSER = """
import re

class Result(dict):
    feed = {}

    @property
    def entries(self):
        return self["entries"]

def parse(stream, **_):
    text = stream.read().decode()
    if "Moths" in text:
        raise AttributeError("'str' object has no attribute 'get'")
    titles, links = (re.findall(f"<{name}>(.*?)</{name}>", text) for name in ("title", "link"))
    found = [{"title": title, "link": link} for title, link in zip(titles, links)]
    return Result(version="rss20", entries=found)
"""


def feed(title: str) -> str:
    return f"<rss><channel><item><title>{title}</title><link>https://letters.example/1</link></item></channel></rss>"


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that parser lies."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "feedparser.py").write_text(PARSER)
    return folder


@pytest.fixture
def reader(paperboy: Paperboy, library: Path) -> Iterator[Paperboy]:
    """Somebody who reads three feeds, of which the second stops the parser."""
    folder = paperboy.home / "feeds"
    for name, text in (
        ("feeds/lanterns.xml", feed("Lanterns")),
        ("feeds/moths.xml", feed("Moths")),
    ):
        (paperboy.home / name).parent.mkdir(exist_ok=True)
        (paperboy.home / name).write_text(text)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    feeds = {"aa": "lanterns.xml", "moths": "moths.xml", "zz": "lanterns.xml"}
    named = ", ".join(f'{{name = "{name}", url = "{url}/{file}"}}' for name, file in feeds.items())
    (paperboy.home / "paperboy.toml").write_text(f"[sources]\nfeeds = [{named}]\n")
    paperboy.variables["PYTHONPATH"] = f"{library}:{ROOT}"
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-06T12:00:00Z"
    categories = [part for name in feeds for part in ("--category", f"feed:{name}")]
    assert paperboy("channels", "add", "terminal:main", *categories).code == 0
    try:
        yield paperboy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_other_feeds_are_read(reader: Paperboy) -> None:
    """The feed is failed with a sentence, the feeds before and after it are read, and the log has the traceback."""
    found = reader("ingest", "--json")
    assert found.code == 3
    reports = {one["scope"]: one for one in found.json["reports"]}
    assert (reports["feed:moths"]["state"], reports["feed:moths"]["error"]) == ("failed", BUG)
    assert [(reports[scope]["state"], reports[scope]["fetched"]) for scope in ("feed:aa", "feed:zz")] == [
        ("fresh", 1),
        ("quiet", 1),  # the same papers again
    ]
    assert "Traceback" in found.err
    assert "AttributeError" in found.err


def test_the_digest_says_which_feed_is_missing(reader: Paperboy) -> None:
    """`paperboy run` posts the papers of the other feeds, with the feed that could not be read named below."""
    found = reader("run", "--no-terminal")
    assert found.code == 0, found.err
    shown = " ".join(found.out.split())
    assert "moths could not be read: a bug in Paperboy (AttributeError); the log has the details." in shown


def test_a_saved_file_is_a_report(reader: Paperboy) -> None:
    """The same feed in a file is one failed report, as JSON and as a table, and the exit code is 1."""
    file = ("--file", str(reader.home / "feeds" / "moths.xml"), "--format", "feed")
    found = reader("ingest", *file, "--json")
    assert found.code == 1
    (report,) = found.json["reports"]
    assert (report["source"], report["scope"], report["state"]) == ("file", "moths.xml", "failed")
    assert report["error"] == BUG
    found = reader("ingest", *file)
    assert found.code == 1
    assert BUG in " ".join(found.out.split())


def test_the_doctor_names_the_feed(reader: Paperboy) -> None:
    """`paperboy doctor` goes on past the feed, and says what is wrong with it."""
    checks = {one["name"]: one for one in reader("doctor", "--json").json["checks"]}
    assert (checks["feed:moths"]["ok"], checks["feed:moths"]["detail"]) == (False, BUG)
    assert checks["feed:zz"]["ok"]
