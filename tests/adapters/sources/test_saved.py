from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.sources import saved
from adapters.sources.saved import FORMATS, read
from core.errors import BadFeed, PaperboyError, UsageError

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


def test_any_other_feed_is_named_after_its_file(tmp_path: Path) -> None:
    """A feed's scope is its file's name, and its day the one that was asked for."""
    listing = read(file(tmp_path, RSS, "letters.rss"), "feed", day=date(2026, 1, 1), today=TODAY)
    assert (listing.source, listing.scope, listing.day) == ("feed", "letters", date(2026, 1, 1))


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


@pytest.mark.parametrize("format", ["arxiv-api", "huggingface", "biorxiv", "daily-arxiv-jsonl"])
def test_formats_to_come_are_told_apart_from_unknown_ones(format: str) -> None:
    """A format of the contract that this version does not read yet is told as such, with those it reads."""
    with pytest.raises(UsageError, match="does not read") as error:
        read(Path("x"), format, day=None, today=TODAY)
    assert all(known in error.value.hint for known in FORMATS)


def test_an_unknown_format_is_told() -> None:
    """An unknown format names the known ones."""
    with pytest.raises(UsageError, match="'rss' is not a format") as error:
        read(Path("x"), "rss", day=None, today=TODAY)
    assert "arxiv-rss" in error.value.hint
    assert saved.FORMATS == ("arxiv-rss", "arxiv-atom", "feed", "daily-arxiv-markdown")
