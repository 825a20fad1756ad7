"""Days without papers, and days that are asked for again: what people and scripts are told of them."""

from __future__ import annotations

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy

#: the hour of 4 February 2026, whose listing is read from a file, and two days later
WEDNESDAY, FRIDAY = "2026-02-04T14:00:00Z", "2026-02-06T14:00:00Z"


@pytest.fixture
def reader(paperboy: Paperboy) -> Paperboy:
    """A channel with forty papers of 4 February 2026."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = WEDNESDAY
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 40)), "--format", "arxiv-rss").code == 0
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL").code == 0
    return paperboy


def test_three_answers(reader: Paperboy) -> None:
    """Unread, not published and nothing kept are told apart, in words and in JSON; only an unread day ends with 1."""
    unread = reader("digest", "terminal:main", "--day", "2025-02-04")
    assert (unread.code, "Nothing new" in unread.out) == (1, False)
    assert "was not read" in unread.out and "paperboy ingest --day 2025-02-04" in " ".join(unread.out.split())
    for day, code, because in (("2026-02-03", 1, "unread"), ("2026-01-31", 0, "not-published")):
        told = reader("digest", "terminal:main", "--day", day, "--json")
        assert (told.code, told.json["state"], told.json["nothing"]["because"]) == (code, because, because)
    assert reader("channels", "set", "terminal:main", "rule", "knitting").code == 0
    kept = reader("digest", "terminal:main", "--dry-run", "--json")
    assert (kept.code, kept.json["nothing"]["because"], kept.json["nothing"]["announced"]) == (0, "nothing-kept", 40)


def test_a_day_that_was_posted_is_shown_again(reader: Paperboy) -> None:
    """Two days later the day's digest has the papers that were posted, as a dry run has; nothing else is posted."""
    posted = reader("digest", "terminal:main", "--json").json
    reader.variables["PAPERBOY_CLOCK__NOW"] = FRIDAY
    for options in ((), ("--dry-run",)):
        again = reader("digest", "terminal:main", "--day", "2026-02-04", "--json", *options).json
        assert again["state"] == "already-posted"
        assert [item["id"] for item in again["items"]] == [item["id"] for item in posted["items"]]


def test_more_of_a_day_says_so(reader: Paperboy) -> None:
    """What another digest of the channel left of a listing has a title that says that it is more."""
    assert reader("digest", "terminal:main", "--json").code == 0
    assert reader("channels", "add", "terminal:main", "--name", "second", "--category", "cs.CL").code == 0
    reader.variables["PAPERBOY_CLOCK__NOW"] = FRIDAY
    asked = ("digest", "terminal:main", "--name", "second", "--day", "2026-02-04")
    assert "More papers for Wednesday, 4 February 2026" in reader(*asked).out
