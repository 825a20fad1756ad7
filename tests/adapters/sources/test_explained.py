"""How the entries of a listing were read is told with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.sources import saved
from adapters.sources.feed_fields import Fields
from adapters.sources.feeds import parse
from core.ingest.listing import EntryReading, FieldReading, LeftOut
from tests.fakes.feeds import a_feed
from tests.shared import SHARED, needs_shared

TODAY = date(2026, 2, 6)
FEED = """<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel><title>Letters</title>
 <prism:publicationName>Invented Letters</prism:publicationName>
<item><title>Lanterns</title><link>https://letters.example/1</link><guid isPermaLink="false">letters-1</guid>
<authors>Ada Example;Bo Sample;</authors><description>They shine.</description><pubDate>5 Feb.</pubDate>
<dc:date>2026-02-05</dc:date><volume>7</volume><startPage>12</startPage><prism:doi>10.1000/lanterns</prism:doi></item>
<item><title>Moths</title><link>https://letters.example/2</link><dc:creator>Cy Sample</dc:creator>
<content:encoded>They fly.</content:encoded><pubDate>Fri, 05 Feb 2094 00:00:00 GMT</pubDate></item>
<item><title>Moths</title><link>https://letters.example/2</link></item>
<item><title/><link>https://letters.example/3</link></item></channel></rss>"""


def readings() -> tuple[EntryReading, ...]:
    return parse(FEED.encode(), "letters", TODAY).readings


def places(reading: EntryReading) -> dict[str, tuple[str, ...]]:
    return {one.field: one.elements for one in reading.fields}


def test_a_feed_tells_the_element_of_each_field() -> None:
    """By the names that the feed itself uses, also of one that was renamed for the parser; only those that counted."""
    first, second, *_ = readings()
    assert places(first) == {
        "title": ("title",),
        "identifiers": ("prism:doi",),
        "published": ("dc:date",),
        "abstract": ("description",),
        "authors": ("authors",),
        "url": ("link",),
        "journal": (),
    }
    assert places(second)["abstract"] == ("content:encoded",)
    assert places(second)["authors"] == ("dc:creator",)


def test_a_feed_tells_what_it_left_out_and_why() -> None:
    """A date that is not understood, one that is too far ahead, and the elements that nobody looks at."""
    first, second, *_ = readings()
    assert first.left_out == (LeftOut(element="pubDate", text="5 Feb.", reason="it is not understood as a date"),)
    assert [one.reason for one in second.left_out] == ["it is too far ahead to be true"]
    assert {"volume", "startPage"} <= set(first.unread)
    assert FieldReading(field="announced", note="the day of the reading, for want of a date") in second.fields
    assert FieldReading(field="journal", note="the feed as a whole") in second.fields


def test_an_entry_that_is_no_announcement_says_why() -> None:
    """The same entry again, and one that could not be read."""
    assert [(one.number, one.reason, one.where) for one in readings()] == [
        (1, "", ""),
        (2, "", ""),
        (3, "it is the same as an earlier entry", ""),
        (4, "it has no title", "entry 4"),
    ]


def test_whoever_looks_at_a_field_is_recorded() -> None:
    """Any function of an entry's fields tells where its result is from; a part that it takes off is told as such."""

    def shout(entry: Fields) -> str:
        entry.leave_out("title", "it is the name of a section", text="[News]")
        return (entry.text("nothing") or entry.text("title")).removeprefix("[News] ").upper()

    entry = Fields({"title": "[News] Moths", "link": "https://letters.example/1"}, frozenset({"title", "link"}))
    assert entry.read("title", shout) == "MOTHS"
    assert entry.readings == [FieldReading(field="title", elements=("title",))]
    assert entry.left_out == [LeftOut(element="title", text="[News]", reason="it is the name of a section")]
    assert entry.unread() == ("link",)


def test_old_titles_of_arxiv_tell_more_than_the_title() -> None:
    """What is read from a title is told to be from there."""
    item = "<item><title>A. (arXiv:2211.09991v2 [cs.LG] UPDATED)</title><link>http://arxiv.org/abs/2211.09991</link></item>"
    (one,) = parse(f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'.encode(), "x", TODAY).readings
    told = places(one)
    assert {name for name, elements in told.items() if elements == ("title",)} >= {
        *("title", "id", "version", "categories", "announce_type"),
    }


def test_other_formats_tell_where_their_fields_are(tmp_path: Path) -> None:
    """A format with one place for each field tells that place, when it is asked."""
    path = a_feed(tmp_path, 2)
    assert saved.read(path, "arxiv-rss", day=None, today=TODAY).readings == ()
    first, _ = saved.read(path, "arxiv-rss", day=None, today=TODAY, explain=True).readings
    told = places(first)
    assert (told["title"], told["abstract"], told["authors"]) == (("title",), ("description",), ("dc:creator",))
    assert "url" not in told


@needs_shared
@pytest.mark.parametrize("format", ["biorxiv", "arxiv-api"])
def test_recorded_answers_are_explained(format: str) -> None:
    """Every entry of a real answer is told once, in both formats."""
    name = {"biorxiv": "07-biorxiv-markers/bio.json", "arxiv-api": "13-tex-old-fonts/api.xml"}[format]
    listing = saved.read(SHARED / "data/cases" / name, format, day=None, today=TODAY, explain=True)
    assert len(listing.readings) == len(listing.announcements) + len(listing.problems)
    assert all(one.fields for one in listing.readings if one.paper)
