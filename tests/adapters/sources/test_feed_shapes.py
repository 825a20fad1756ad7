"""Whatever a feed puts under a name that its parser knows, its entries are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import feedparser
import pytest
from feedparser.mixin import _FeedParserMixin

from adapters.sources import feed_bytes
from adapters.sources.feed_fields import Fields, Text
from adapters.sources.feeds import parse
from core.ingest.listing import Listing
from tests.shared import SHARED, needs_shared

TODAY = date(2026, 2, 4)

#: prefix -> namespace, as feedparser knows them
SPACES = {prefix: address for address, prefix in _FeedParserMixin.namespaces.items() if prefix and prefix != "xml"}
DECLARED = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in SPACES.items())
#: what makes an entry, or a feed
FRAME = {"item", "entry", "rss", "feed", "channel", "title", "dc_title", "media_title", "rdf_rdf"}
#: keys under which feedparser or we keep something
KEPT = {
    *("authors", "author_detail", "contributors", "links", "enclosures", "tags", "content", "title_detail", "where"),
    *("summary_detail", "rights_detail", "publisher_detail", "generator_detail", "source", "guidislink", "license"),
    *("published_parsed", "updated_parsed", "created_parsed", "validity_start", "items", "entries", "value", "term"),
    *("media_credit", "media_thumbnail", "media_content", "media_rating", "psc_chapters", "image", "textinput"),
    *("prism_doi", "prism_url", "prism_publicationname", "prism_publicationdate", "dc_identifier", "name", "href"),
}


def names() -> list[str]:
    """Every element that feedparser handles, and every key of its results, as it is written in a feed."""
    handled = {name.split("_", 2)[2] for name in dir(_FeedParserMixin) if name.startswith(("_start_", "_end_"))}
    written = set(feedparser.FeedParserDict.keymap) | handled | KEPT
    prefixed = (name.replace("_", ":", 1) if name.partition("_")[0] in SPACES else name for name in written - FRAME)
    return sorted({*prefixed, *(name for name in written - FRAME if "_" in name)})


def shapes(name: str) -> Iterator[str]:
    """The element as a text, with attributes, empty, twice, and with elements in it."""
    yield f"<{name}>Invented</{name}>"
    yield f'<{name} type="odd" rel="odd">Invented</{name}><{name}/>'
    yield f'<{name} href="" start="x"/><{name}><b>In</b><name>Vented</name></{name}>'


def feed(*entries: str) -> bytes:
    return f'<rss version="2.0" {DECLARED}><channel><title>Letters</title>{"".join(entries)}</channel></rss>'.encode()


GOOD = (
    "<title>{0}</title><link>https://letters.example/{0}</link><author>Ada Example</author><category>moths</category>"
)


def read(body: bytes) -> Listing:
    return parse(body, "invented", TODAY)


def numbers(listing: Listing) -> list[str]:
    return [one.paper.title for one in listing.announcements]


@pytest.mark.parametrize("damage", ["", "<x>a & b</x>"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_no_element_of_another_shape_loses_an_entry(place: str, damage: str) -> None:
    """Every name that feedparser knows, in every shape, before or after the others: each entry is read.

    A feed that is damaged has another parser.
    """
    wanted, entries = [], []
    for name in names():
        for shape in shapes(name):
            wanted.append(str(len(wanted)))
            good = GOOD.format(wanted[-1])
            entries.append(f"<item>{shape}{good}</item>" if place == "before" else f"<item>{good}{shape}</item>")
    # one broken element may not hide behind another one
    for start in range(0, len(entries), 60):
        assert numbers(read(feed(damage, *entries[start : start + 60]))) == wanted[start : start + 60]


def test_no_pair_of_elements_loses_an_entry() -> None:
    """A name that feedparser keeps values under, as a text, and then every element that it handles."""
    every = "".join(f"<{name}>Invented</{name}>" for name in names())
    kept = [name for name in names() if name in KEPT or name.replace(":", "_", 1) in KEPT]
    entries = [f"<item>{GOOD.format(number)}<{name}>x</{name}>{every}</item>" for number, name in enumerate(kept)]
    assert numbers(read(feed(*entries))) == [str(number) for number in range(len(kept))]


def test_no_element_of_another_shape_loses_a_feed() -> None:
    """Between the entries and before them they do no harm either."""
    for shape in zip(*(shapes(name) for name in names() if not name.startswith("image")), strict=True):
        listing = read(feed(*shape, f"<item>{GOOD.format(1)}</item>"))
        assert numbers(listing) == ["1"]


@pytest.mark.parametrize(
    ("told", "authors"),
    [
        ("<authors>Ada Example;Bo Sample;</authors>", ("Ada Example", "Bo Sample")),
        ("<authors/><author>Ada Example</author>", ("Ada Example",)),
        ("<authors><author>Ada Example</author><author>Bo Sample</author></authors>", ("Ada Example", "Bo Sample")),
        ('<authors order="given">Ada Example; Bo Sample</authors>', ("Ada Example", "Bo Sample")),
        ("<authors>Cy Other</authors><dc:creator>Ada Example</dc:creator>", ("Ada Example",)),
        ("<contributors>x</contributors><dc:contributor>Cy Other</dc:contributor>", ()),
    ],
)
def test_reads_authors_from_a_list_of_the_feeds_own(told: str, authors: tuple[str, ...]) -> None:
    """A list in one element gives the authors where no element names them."""
    body = feed(f"<item><title>Moths</title><link>https://letters.example/1</link>{told}</item>")
    assert read(body).announcements[0].paper.authors == authors


def test_attributes_do_not_hide_an_identifier() -> None:
    """An identifier counts in an element with attributes as well."""
    told = '<dc:identifier scheme="doi">doi:10.1000/moths.1</dc:identifier>'
    body = feed(f"<item><title>Moths</title><link>https://letters.example/1</link>{told}</item>")
    assert str(read(body).announcements[0].paper.id) == "doi:10.1000/moths.1"


def test_a_value_of_another_shape_is_not_there() -> None:
    """The reader gives the shape that is asked for or nothing."""
    fields = Fields({"title": ["x"], "links": "x", "authors": [1, {"name": 2}, {"name": "Ada"}], "title_detail": 3})
    assert (fields.text("title"), fields.typed_text("title")) == ("", Text(text="", is_html=False))
    assert fields.records("links") == []
    assert [one.text("name") for one in fields.records("authors")] == ["", "Ada"]
    assert Fields(None).text("title") == ""


def test_the_text_of_an_entry_is_left_as_it_is() -> None:
    """Names in words, in other elements and in attributes are not touched."""
    body = feed(
        "<item><title>Links and tags of &lt;links&gt;, authors/</title><link>https://a.example/links</link></item>"
    )
    (entry,) = feed_bytes.read(body, "", "").entries
    assert (entry.text("title"), entry.text("link")) == (
        "Links and tags of <links>, authors/",
        "https://a.example/links",
    )


@needs_shared
def test_reads_the_reported_feed_of_a_publisher() -> None:
    """A publisher's `<authors>` are read, and none stops the reading."""
    listing = parse((SHARED / "data/cases/01-ieee-authors/ieee.xml").read_bytes(), "ieee-tac", date(2026, 2, 6))
    assert [one.paper.authors for one in listing.announcements] == [("Ann Example", "Bo Probe", "Cy Sample"), ()]
    assert listing.problems == ()


@pytest.mark.parametrize(
    "told",
    [
        "<note>&#99999999999999999999;</note>",
        "<note>&#xFFFFFFFFFF;</note>",
        "<note>&#9&#99999999999999999999;9999999999999999999;</note>",
        "<width><b>x</width></b>",
        "<height>",
        '<x:pos xmlns:x="HTTP://WWW.OPENGIS.NET/GML">1</x:pos>',
        '<x:license xmlns:x="http://backend.userland.com/creativeCommonsRssModule"><b>x</x:license></b>',
        "<gml:pos<b>x</gml:pos>",
    ],
)
def test_a_damaged_element_loses_no_entry(told: str) -> None:
    """Numbers of characters that there are not, and elements that are closed in the wrong order, stop nothing."""
    read_titles = numbers(read(feed(f"<item>{GOOD.format(1)}{told}</item>", f"<item>{GOOD.format(2)}</item>")))
    assert read_titles == ["1", "2"]
