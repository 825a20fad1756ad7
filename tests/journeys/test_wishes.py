"""Channels that name no categories, and channels beside others: what they read and are given."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy

NOW = "2026-02-04T14:00:00Z"


def test_a_wish_without_categories_gets_papers(paperboy: Paperboy) -> None:
    """An interest alone chooses categories, says so, and is read for; a channel that reads nothing is told so."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = NOW
    silent = paperboy("channels", "add", "terminal:silent", "--author", "Nobody Known", "--json")
    assert (silent.code, silent.json["categories"]) == (0, [])
    assert "no paper can come" in " ".join(silent.err.split())
    added = paperboy("channels", "add", "terminal:main", "--interest", "dialogue with language models", "--json")
    assert (added.code, added.json["categories"]) == (0, ["cs.CL"])
    assert "Reading cs.CL (Computation and Language), because you wrote" in " ".join(added.err.split())
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 3)), "--format", "arxiv-rss").code == 0
    posted = paperboy("digest", "terminal:main", "--json").json
    assert (posted["counts"]["candidates"], posted["fits"]) == (3, {"match": 0, "near": 0})  # which fit nothing


def a_cross_listing(file: Path) -> Path:
    """The same feed as that of cs.LG has it, where its papers are cross-listed."""
    text = file.read_text().replace("<title>cs.CL", "<title>cs.LG").replace("rss/cs.CL", "rss/cs.LG")
    other = file.with_name("cs.LG.xml")
    other.write_text(text.replace(">new<", ">cross<").replace("Announce Type: new", "Announce Type: cross"))
    return other


def test_what_others_read_changes_nothing(paperboy: Paperboy) -> None:
    """The scores of new papers are the same before and after the feed of another channel tells them as cross-lists."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = NOW
    feed = a_feed(paperboy.home, 3)
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL").code == 0
    assert paperboy("channels", "add", "terminal:other", "--category", "cs.LG").code == 0
    assert paperboy("ingest", "--file", str(feed), "--format", "arxiv-rss").code == 0
    alone = paperboy("digest", "terminal:main", "--dry-run", "--json").json
    assert paperboy("ingest", "--file", str(a_cross_listing(feed)), "--format", "arxiv-rss").code == 0
    beside = paperboy("digest", "terminal:main", "--dry-run", "--json").json
    assert alone["items"] == beside["items"]
    other = paperboy("digest", "terminal:other", "--dry-run", "--json").json
    assert other["counts"]["candidates"] == 3
    assert max(item["score"] for item in other["items"]) < min(item["score"] for item in alone["items"])
