from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from adapters.sources import saved
from adapters.sources.saved import FORMATS, read
from core.errors import BadFeed, PaperboyError, UsageError
from core.papers.categories import canonical

TODAY = date(2026, 2, 4)
RSS = """<rss version="2.0"><channel><title>cs.CL updates on arXiv.org</title>
<pubDate>Mon, 02 Feb 2026 00:00:00 -0500</pubDate>
<item><title>Lanterns</title><link>https://arxiv.org/abs/2602.00001</link>
<guid>oai:arXiv.org:2602.00001v1</guid></item></channel></rss>"""
PAGE = (
    "<div id=toc></div>\n\n### [1] [Lanterns](https://arxiv.org/abs/2602.00001)\n*Ada Example*\n\nTL;DR: They shine.\n"
)


def file(folder: Path, content: str, name: str = "saved.xml") -> Path:
    path = folder / name
    path.write_text(content)
    return path


@pytest.mark.parametrize("format", ["arxiv-rss", "arxiv-atom"])
def test_a_saved_feed_of_arxiv_tells_its_own_day_and_scope(tmp_path: Path, format: str) -> None:
    """Either name reads either form; day and category are the feed's own."""
    listing = read(file(tmp_path, RSS), format, day=None, today=TODAY)
    assert (listing.source, listing.scope, listing.day) == ("arxiv", "cs.CL", date(2026, 2, 2))
    assert listing.announcements[0].day == date(2026, 2, 2)


@pytest.mark.parametrize(
    ("name", "scope"), [("letters.rss", "letters"), ("Acta Lucis 2.xml", "acta-lucis-2"), ("灯.xml", "saved")]
)
def test_any_other_feed_is_named_after_its_file(tmp_path: Path, name: str, scope: str) -> None:
    """A feed's scope is its file's name as one can subscribe to it, and its day the one that was asked for."""
    listing = read(file(tmp_path, RSS, name), "feed", day=date(2026, 1, 1), today=TODAY)
    assert (listing.source, listing.scope, listing.day) == ("feeds", scope, date(2026, 1, 1))
    assert [canonical(one.scope) for one in listing.announcements] == [f"feed:{scope}"]


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("digest.md", None, TODAY),
        ("2026-01-23.md", None, date(2026, 1, 23)),
        ("daily-arxiv-2026-01-23-v2.md", None, date(2026, 1, 23)),
        ("daily-arxiv-2026-01-23.md", date(2026, 1, 5), date(2026, 1, 5)),
        ("digest-2026-99-99.md", None, TODAY),
        ("12026-01-239.md", None, TODAY),
    ],
)
def test_a_page_without_a_day_has_that_of_its_name(tmp_path: Path, name: str, day: date | None, expected: date) -> None:
    """The day that was asked for, else one in the file's name, else today."""
    listing = read(file(tmp_path, PAGE, name), "daily-arxiv-markdown", day=day, today=TODAY)
    assert listing.day == listing.announcements[0].day == expected


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is missing, a folder, empty or something else gives one sentence that names it."""
    monkeypatch.chdir(tmp_path)
    cases = {
        "missing.xml": "no file",
        ".": "folder",
        str(file(tmp_path, " \n", "empty.xml")): "empty",
        str(file(tmp_path, "neither nor", "other.xml")): "other.xml",
        "odd\0name": "cannot be read",
        "x" * 5000: "cannot be read",
    }
    for path, told in cases.items():
        with pytest.raises(PaperboyError, match=told) as error:
            read(Path(path), format, day=None, today=TODAY)
        assert "\n" not in error.value.sentence()


def test_an_endless_file_is_not_read_to_its_end() -> None:
    """A device that never ends is refused at the size limit."""
    with pytest.raises(UsageError, match="too large"):
        read(Path("/dev/zero"), "feed", day=None, today=TODAY)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """What the reader says about a file names the file."""
    with pytest.raises(BadFeed, match=r"^saved\.xml: The feed breaks off"):
        read(file(tmp_path, RSS[:200]), "arxiv-rss", day=None, today=TODAY)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("hf.json", None, TODAY),
        ("2025-01-10.json", None, date(2025, 1, 10)),
        ("2025-01-10.json", date(2026, 1, 5), date(2026, 1, 5)),
    ],
)
def test_daily_papers_have_the_day_of_their_file(tmp_path: Path, name: str, day: date | None, expected: date) -> None:
    """Hugging Face's lists do not tell their day: it is the one that was asked for, that of the name, or today."""
    body = json.dumps([{"paper": {"id": "2602.00001", "title": "Lanterns"}}])
    listing = read(file(tmp_path, body, name), "huggingface", day=day, today=TODAY)
    assert listing.day == listing.announcements[0].day == expected


def test_an_answer_of_biorxiv_tells_its_own_days(tmp_path: Path) -> None:
    """A saved answer is read by the days of its preprints, whatever its name."""
    row = {"doi": "10.1101/2026.01.01.000001", "title": "Lanterns", "date": "2026-01-02", "category": "ecology"}
    body = json.dumps({"messages": [{"status": "ok"}], "collection": [row]})
    listing = read(file(tmp_path, body, "2025-01-10.json"), "biorxiv", day=None, today=TODAY)
    assert (listing.scope, listing.day) == ("biorxiv:ecology", date(2026, 1, 2))


def test_an_answer_that_says_no_is_told_with_its_file(tmp_path: Path) -> None:
    """A saved refusal is no listing, and not a quiet day either."""
    body = json.dumps({"messages": [{"status": "invalid server"}], "collection": []})
    with pytest.raises(BadFeed, match=r"^saved\.json holds an answer without papers: .*invalid server"):
        read(file(tmp_path, body, "saved.json"), "biorxiv", day=None, today=TODAY)


def test_lines_of_a_digest_are_read(tmp_path: Path) -> None:
    """A data file of daily-arXiv has the day of its name where its lines tell none."""
    line = json.dumps({"id": "2602.00001", "title": "Lanterns", "summary": "They shine.", "authors": ["Ada Example"]})
    listing = read(file(tmp_path, f"{line}\n", "2026-01-23.jsonl"), "daily-arxiv-jsonl", day=None, today=TODAY)
    assert [(str(one.paper.id), one.day) for one in listing.announcements] == [("arxiv:2602.00001", date(2026, 1, 23))]


def test_an_answer_of_the_api_is_read(tmp_path: Path) -> None:
    """A saved answer of arXiv's API gives its papers, as no news."""
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title><entry>
    <id>http://arxiv.org/abs/2602.00001v1</id><title>Lanterns</title><summary>They shine.</summary>
    <published>2026-02-01T10:00:00Z</published><updated>2026-02-01T10:00:00Z</updated>
    <author><name>Ada Example</name></author><category term="cs.CL"/></entry></feed>"""
    listing = read(file(tmp_path, body), "arxiv-api", day=None, today=TODAY)
    assert [(str(one.paper.id), one.is_news) for one in listing.announcements] == [("arxiv:2602.00001", False)]


def test_an_unknown_format_is_told() -> None:
    """An unknown format names the known ones."""
    with pytest.raises(UsageError, match="'rss' is not a format") as error:
        read(Path("x"), "rss", day=None, today=TODAY)
    assert "arxiv-rss" in error.value.hint
    feeds = ("arxiv-rss", "arxiv-atom", "arxiv-api", "huggingface", "biorxiv", "feed")
    assert (*feeds, "daily-arxiv-markdown", "daily-arxiv-jsonl") == saved.FORMATS
