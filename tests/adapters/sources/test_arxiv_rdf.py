"""arXiv's RDF feed of before 2024, read as a feed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest

from adapters.sources.feeds import parse
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType

TODAY = date(2026, 2, 4)


def feed(*items: tuple[str, str], category: str = "cs.CL", made: str = "2022-11-08T20:30:00-05:00") -> bytes:
    """Such a feed with entries of these titles and links."""
    each = "".join(
        f'<item rdf:about="{link}"><title>{escape(title)}</title><link>{link}</link>'
        f'<description rdf:parseType="Literal">&lt;p&gt;We light \\"olive lanterns.&lt;/p&gt;</description>'
        f"<dc:creator>{escape(CREATORS)}</dc:creator></item>"
        for title, link in items
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:taxo="http://purl.org/rss/1.0/modules/taxonomy/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:syn="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="http://arxiv.org/"><title>{category} updates on arXiv.org</title><link>http://arxiv.org/</link>
<description rdf:parseType="Literal">Invented Science ({category}) updates on the arXiv.org archive</description>
<dc:language>en-us</dc:language><dc:date>{made}</dc:date><dc:publisher>www-admin@arxiv.org</dc:publisher>
<dc:subject>Invented Science</dc:subject><image rdf:resource="http://arxiv.org/icons/sfx.gif"/></channel>
<image rdf:about="http://arxiv.org/icons/sfx.gif"><title>arXiv.org</title><url>http://arxiv.org/icons/sfx.gif</url>
<link>http://arxiv.org/</link></image>{each}</rdf:RDF>""".encode()


CREATORS = (
    '<a href="http://arxiv.org/find/cs/1/au:+Example_A/0/1/0/all/0/1">Ada Example</a> (1, 2), '
    '<a href="http://arxiv.org/find/cs/1/au:+Sample_B/0/1/0/all/0/1">Bo Sample</a> ((1) Invented University, (2) B, C)'
)


def read(*items: tuple[str, str], category: str = "cs.CL") -> Listing:
    return parse(feed(*items, category=category), "cs", TODAY)


def read_entry(title: str, link: str = "http://arxiv.org/abs/2211.09991", category: str = "cs.CL") -> Announcement:
    listing = read((title, link), category=category)
    assert listing.problems == ()
    return listing.announcements[0]


def test_reads_everything_that_an_old_entry_tells() -> None:
    """Number, version, category and title come from the title, the day from the feed, plain names from the links."""
    line = read_entry("Lanterns: a Survey. (arXiv:2211.09991v1 [cs.CL])")
    paper = line.paper
    assert (paper.id, paper.version, paper.categories) == (PaperId("arxiv", "2211.09991"), 1, ("cs.CL",))
    assert (paper.title, paper.authors) == ("Lanterns: a Survey", ("Ada Example", "Bo Sample"))
    assert (line.type, paper.announce_type, paper.identifiers) == (AnnounceType.NEW, AnnounceType.NEW, ())
    # announced at 20:00 in the East, under the next day
    assert (line.day, paper.announced) == (date(2022, 11, 9), date(2022, 11, 9))
    assert paper.published == datetime(2022, 11, 9, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mark", "category", "type", "version"),
    [
        ("(arXiv:2211.09991v1 [cs.CL])", "cs.CL", "new", 1),
        ("(arXiv:2211.09991v3 [cs.CL] UPDATED)", "cs.CL", "replace", 3),
        ("(arXiv:2211.09991v1 [cs.LG] CROSS LISTED)", "cs.LG", "cross", 1),
        ("(arXiv:2211.09991v2 [cs.LG] UPDATED)", "cs.LG", "replace-cross", 2),
        ("(arXiv:2211.09991 [stat.ML])", "stat.ML", "new", 1),
        ("(arXiv:2211.09991v12 [astro-ph.CO] CROSS LISTED)", "astro-ph.CO", "cross", 12),
        ("(arXiv:2211.09991v1 [hep-th] CROSS LISTED)", "hep-th", "cross", 1),
    ],
)
def test_the_title_tells_how_it_was_announced(mark: str, category: str, type: str, version: int) -> None:
    """`UPDATED` is a replacement, of the feed's category or of another one; `CROSS LISTED` a cross-list."""
    line = read_entry(f"Lanterns. {mark}")
    assert (line.paper.title, line.paper.categories) == ("Lanterns", (category,))
    assert line.paper.abstract == "We light ölive lanterns."
    assert (line.type, line.paper.version) == (type, version)


def test_an_archives_feed_has_updates_of_its_categories() -> None:
    """In the feed of an archive an update in one of its categories is a replacement."""
    assert read_entry("Lanterns. (arXiv:2211.09991v2 [cs.LG] UPDATED)", category="cs").type == "replace"


@pytest.mark.parametrize(
    ("title", "link", "id"),
    [
        ("A. (arXiv:hep-th/9901001v2 [hep-th] UPDATED)", "http://arxiv.org/abs/hep-th/9901001", "arxiv:hep-th/9901001"),
        ("A. (arXiv:math.GT/0309136v1 [math.GT])", "http://arxiv.org/abs/math/0309136", "arxiv:math/0309136"),
        ("A. (arXiv:0704.0001v1 [hep-ph])", "https://mirror.example/entry?n=1", "arxiv:0704.0001"),
    ],
)
def test_old_numbers_and_other_links_count(title: str, link: str, id: str) -> None:
    """Numbers of before 2007 are read, and the number counts where the link has none."""
    paper = read_entry(title, link).paper
    assert (str(paper.id), paper.title) == (id, "A")


@pytest.mark.parametrize(
    "title",
    [
        "Lanterns (arXiv version)",
        "On the paper (arXiv:soon [cs.CL])",
        "Lanterns (arXiv:2211.09991v1 [cs.CL]) and moths",
        "Lanterns [cs.CL]",
    ],
)
def test_other_titles_stay_as_they_are(title: str) -> None:
    """A title that only looks like that keeps its words."""
    assert read_entry(title).paper.title == title


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Is it?. (arXiv:2211.09991v1 [cs.CL])", "Is it?"), ("A etc.. (arXiv:2211.09991v1 [cs.CL])", "A etc.")],
)
def test_only_the_full_stop_that_was_added_goes(title: str, shown: str) -> None:
    """The feed put a full stop after every title; what stood before it stays."""
    assert read_entry(title).paper.title == shown


def test_a_feed_that_does_not_tell_its_day_is_of_today() -> None:
    """A date that is not understood is no date."""
    (line,) = parse(
        feed(("A. (arXiv:2211.09991v1 [cs.CL])", "http://arxiv.org/abs/2211.09991"), made="soon"), "cs", TODAY
    ).announcements
    assert (line.day, line.paper.published) == (TODAY, None)
