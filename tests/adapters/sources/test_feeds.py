from __future__ import annotations

import random
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest
import stamina
from aiohttp import web

from adapters.sources.feeds import JournalFeeds, parse
from adapters.sources.http import PoliteClient
from core.choose.rules.judging import parse as parse_rule
from core.choose.verdicts import Kept
from core.errors import BadCategory, BadFeed, Refused, Throttled
from core.ingest.listing import Listing
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.loopback import Loopback, replies, serving
from tests.shared import SHARED, needs_shared

TODAY = date(2026, 2, 4)


def read(body: str | bytes) -> Listing:
    return parse(body.encode() if isinstance(body, str) else body, "invented", TODAY)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>Invented Letters</title>{"".join(items)}</channel></rss>'


def item(title: str = "Lanterns", link: str = "https://letters.example/1", more: str = "") -> str:
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{more}</item>"


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel rdf:about="x"><title>Invented Nature</title></channel>
<item rdf:about="https://nature.example/1"><title><![CDATA[Lanterns <i>in vivo</i>: a &lt; b]]></title>
<link>https://nature.example/1?utm_source=rss#top</link>
<description><![CDATA[<p>We light <b>lanterns</b>.</p><script>alert(1)</script><p>They shine.</p>]]></description>
<dc:creator>Ada Example</dc:creator><dc:creator>Bo Sample</dc:creator><dc:date>2026-02-01</dc:date>
<dc:identifier>doi:10.1000/Invented-1</dc:identifier><prism:doi>10.1000/Invented-1</prism:doi>
<prism:publicationName>Invented Nature</prism:publicationName></item></rdf:RDF>"""


def test_reads_a_publishers_feed() -> None:
    """An RDF feed with a DOI becomes a paper: mark-up dropped, its text kept, every part in its place."""
    listing = read(RDF)
    (one,) = listing.announcements
    paper = one.paper
    assert paper.id == PaperId("doi", "10.1000/invented-1")
    assert (paper.title, paper.abstract) == ("Lanterns in vivo: a < b", "We light lanterns. They shine.")
    assert paper.authors == ("Ada Example", "Bo Sample")
    assert (paper.doi, paper.journal) == ("10.1000/invented-1", "Invented Nature")
    assert paper.url == "https://nature.example/1"
    assert (paper.published, one.day) == (datetime(2026, 2, 1, tzinfo=UTC), date(2026, 2, 1))
    assert (one.source, one.scope, listing.day, listing.problems) == ("feeds", "feed:invented", TODAY, ())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("H<inf>2</inf>O at p<0.05 and q > 3", "H2O at p<0.05 and q > 3"),
        ("A <mml:math><mml:mi>k</mml:mi></mml:math> test", "A k test"),
        ("The <i>E. coli</i> genome", "The E. coli genome"),
        ("The mean degree <k> of x < y", "The mean degree <k> of x < y"),
    ],
)
def test_titles_are_free_of_markup(written: str, shown: str) -> None:
    """Elements go, whether a parser knows them or not; what only looks like one stays."""
    assert read(rss(item(title=written))).announcements[0].paper.title == shown


def test_entries_without_title_or_identity_are_problems() -> None:
    """What has no title, or nothing that identifies it, is told and does not stop the others."""
    listing = read(
        rss(item(title=""), item(link=""), item(link="javascript:alert(1)"), item(link="http://["), item(title="Good"))
    )
    assert [one.paper.title for one in listing.announcements] == ["Good"]
    assert [problem.where for problem in listing.problems] == ["entry 1", "Lanterns", "Lanterns", "Lanterns"]


def test_the_same_entry_twice_is_one_paper() -> None:
    """A repeated entry is one paper; a variant of its title under the same DOI is told; another title is another."""
    listing = read(rss(item(), item(), item(title="Moths")))
    assert ([one.paper.title for one in listing.announcements], listing.problems) == (["Lanterns", "Moths"], ())
    doi = "https://doi.org/10.1000/a"
    listing = read(rss(item("Lanterns at sea", link=doi), item("Lanterns at sea: a note", link=doi)))
    assert len(listing.announcements) == 1
    assert [problem.where for problem in listing.problems] == ["Lanterns at sea: a note"]


@pytest.mark.parametrize(
    ("creators", "names"),
    [
        (["Ada Example"], ("Ada Example",)),
        (["Ada Example, Bo Sample and Cy Invented"], ("Ada Example", "Bo Sample", "Cy Invented")),
        (["Example, A., Sample, B. C."], ("A. Example", "B. C. Sample")),
        (["Example, Ada; Sample, Bo"], ("Ada Example", "Bo Sample")),
        (["Ministry of Lanterns and Lamps"], ("Ministry of Lanterns and Lamps",)),
        (["Example, Ada", "Sample, Bo"], ("Example, Ada", "Sample, Bo")),
    ],
)
def test_takes_author_lines_apart_where_they_are_clear(creators: list[str], names: tuple[str, ...]) -> None:
    """Several names in one line are told apart; what is not clear stays as it is written."""
    told = "".join(f'<c:creator xmlns:c="http://purl.org/dc/elements/1.1/">{one}</c:creator>' for one in creators)
    assert read(rss(item(more=told))).announcements[0].paper.authors == names


@needs_shared
def test_an_author_is_found_however_a_feed_writes_the_name() -> None:
    """A rule for one author keeps all papers of hers; where initials stand for her name, the reason says "probably"."""
    feed = SHARED / "data/cases/11-author-initials-last/names.xml"
    verdicts = [parse_rule('author:"Ann B. Example"').judge(one.paper) for one in read(feed.read_bytes()).announcements]
    assert [verdict.reasons[0].text for verdict in verdicts if isinstance(verdict, Kept)] == [
        "by Example AB, probably “Ann B. Example”",
        "by A. B. Example, probably “Ann B. Example”",
        "by Ann B. Example",
        "by AB Example, probably “Ann B. Example”",
        "by Ann B. Example",
    ]


@pytest.mark.parametrize("told", ["", "soon", "Thu, 05 Feb 2099 00:00:00 GMT", "0000-00-00", "2026-13-45T99:99:99Z"])
def test_a_day_that_is_not_told_is_today(told: str) -> None:
    """An entry without a date, with nonsense, or with a date to come, belongs to today."""
    (one,) = read(rss(item(more=f"<pubDate>{told}</pubDate>"))).announcements
    assert one.day == TODAY


def test_a_damaged_feed_says_so() -> None:
    """A feed that breaks off gives what stands before the break, and tells that entries may be missing."""
    whole = rss(item(), item("Moths", "https://letters.example/2"))
    listing = read(whole[: whole.index("Moths") + 5])
    assert listing.announcements[0].paper.title == "Lanterns"
    assert listing.flaw == "The feed is damaged, so entries may be missing: no element found."
    assert [problem.where for problem in listing.problems] == ["entry 2"]


def test_damage_is_no_entry() -> None:
    """Where every entry could be read, none is counted as unread."""
    listing = read(rss(item(), item("Moths", "https://letters.example/2")).removesuffix("</rss>"))
    assert (len(listing.announcements), listing.problems) == (2, ())
    assert "damaged" in listing.flaw
    assert read(rss(item())).flaw == ""


SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("<dc:date>2026-02-01</dc:date>", datetime(2026, 2, 1, tzinfo=UTC)),
        ("<prism:publicationDate>2026-01-30</prism:publicationDate>", datetime(2026, 1, 30, tzinfo=UTC)),
        ("<prism:coverDate>2026-01</prism:coverDate>", datetime(2026, 1, 1, tzinfo=UTC)),
        ("<prism:coverDate>Spring</prism:coverDate>", None),
        (
            "<prism:coverDate>2026-03-01</prism:coverDate><dc:date>2026-02-01T06:00:00Z</dc:date>",
            datetime(2026, 2, 1, 6, tzinfo=UTC),
        ),
    ],
)
def test_a_date_counts_from_wherever_it_is(told: str, moment: datetime | None) -> None:
    """Dublin Core's and PRISM's dates are read; the issue's own date, often to come, only where no other is."""
    (one,) = read(rss(item(more=told)).replace("<rss", f"<rss {SPACES}")).announcements
    assert one.paper.published == moment
    assert one.day == (moment.date() if moment else TODAY)


def test_having_been_updated_is_no_new_version() -> None:
    """An entry that only says it was updated is the same version of the same paper, on the day it was published."""
    told = "<pubDate>Mon, 02 Feb 2026 00:00:00 GMT</pubDate>"
    (before,) = read(rss(item(more=told)).replace("<rss", f"<rss {SPACES}")).announcements
    more = f"{told}<atom:updated>2026-02-03T00:00:00Z</atom:updated>"
    (after,) = read(rss(item(more=more)).replace("<rss", f"<rss {SPACES}")).announcements
    assert (after.paper.version, after.type, after.day) == (1, AnnounceType.NEW, date(2026, 2, 2))
    assert after == before


def test_a_journal_named_for_all_counts_for_each() -> None:
    """The journal's name at the head of the feed is that of every entry that names none."""
    head = f"<rss {SPACES} version='2.0'><channel><prism:publicationName>Letters</prism:publicationName>"
    other = "<prism:publicationName>Notes</prism:publicationName>"
    listing = read(f"{head}{item()}{item(link='https://letters.example/2', more=other)}</channel></rss>")
    assert [one.paper.journal for one in listing.announcements] == ["Letters", "Notes"]


def test_the_imprint_before_a_teaser_is_no_abstract() -> None:
    """Nature's journals begin with date and DOI, with or without a space after it; the abstract begins after them."""
    imprint = "Invented Nature, Published online: 21 January 2026; &lt;a href='x'&gt;doi:10.1038/s41586-026-00001-x"
    for glue in ("&lt;/a&gt;", "&lt;/a&gt; "):
        (one,) = read(rss(item(more=f"<description>{imprint}{glue}We light</description>"))).announcements
        assert (one.paper.abstract, str(one.paper.id)) == ("We light", "doi:10.1038/s41586-026-00001-x")


def test_relative_links_start_from_the_feeds_address() -> None:
    """A link without a host leads to the host of the feed."""
    listing = parse(rss(item(link="/papers/1")).encode(), "invented", TODAY, base="https://letters.example/feed.xml")
    assert [one.paper.url for one in listing.announcements] == ["https://letters.example/papers/1"]


@asynccontextmanager
async def journal(*answers: web.Response) -> AsyncIterator[tuple[JournalFeeds, Loopback]]:
    """A feed named `letters` behind the polite client, and the server that it is on."""
    async with serving(replies(*answers)) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
        feeds = {"letters": f"{server.url}/letters.xml", "nature": f"{server.url}/nature.xml"}
        with stamina.set_testing(True, attempts=2, cap=True):
            yield JournalFeeds(http, clock=FakeClock(), feeds=feeds), server


@pytest.mark.parametrize("scope", ["letters", "feed:letters"])
async def test_a_configured_feed_is_a_source(scope: str) -> None:
    """A feed is asked for by its name; what it announces can be subscribed to as `feed:NAME`."""
    async with journal(web.Response(text=rss(item(link="/1")), content_type="text/xml")) as (source, server):
        listing = await source.fetch(scope, None)
    (one,) = listing.announcements
    assert (source.name, listing.source, listing.scope, listing.day) == ("feeds", "feeds", scope, TODAY)
    assert (one.source, one.scope, one.day, one.is_news) == ("feeds", "feed:letters", TODAY, True)
    assert one.paper.url == f"{server.url}/1"
    assert "application/rss+xml" in (server.header("Accept") or "")


async def test_a_feed_is_asked_conditionally() -> None:
    """The validators of the last answer go with the next request, and an unchanged feed says so."""
    whole = web.Response(text=rss(item()), headers={"ETag": '"1"', "Last-Modified": "Wed, 04 Feb 2026 00:00:00 GMT"})
    async with journal(whole, web.Response(status=304)) as (source, server):
        first = await source.fetch("letters", None)
        state = SourceState(
            source="feeds", scope="letters", state=State.FRESH, checked_at=NOON, validators=first.validators
        )
        again = await source.fetch("letters", state)
    assert (again.is_unchanged, again.announcements, again.validators) == (True, (), first.validators)
    assert server.header("If-None-Match") == '"1"'
    assert server.header("If-Modified-Since") == "Wed, 04 Feb 2026 00:00:00 GMT"


@pytest.mark.parametrize(("scope", "hint"), [("natur", "Did you mean nature"), ("zzz", "letters, nature")])
async def test_an_unknown_feed_names_the_nearest(scope: str, hint: str) -> None:
    """A name that no feed has is an error with the nearest one, or all of them, and nobody is asked."""
    async with journal(web.Response(text=rss())) as (source, server):
        with pytest.raises(BadCategory, match=scope) as told:
            await source.fetch(scope, None)
    assert hint in told.value.hint
    assert server.requests == []


async def test_without_feeds_the_settings_are_named() -> None:
    """Where no feed is configured, the hint says where to configure one."""
    async with PoliteClient("tests@example.org", "0") as http:
        with pytest.raises(BadCategory) as told:
            await JournalFeeds(http, clock=FakeClock(), feeds={}).fetch("nature", None)
    assert "sources.feeds" in told.value.hint


@pytest.mark.parametrize("status", [404, 410])
async def test_a_feed_that_is_gone_says_so(status: int) -> None:
    """A missing feed is refused, with what to do about it."""
    async with journal(web.Response(status=status, text="<html>gone</html>")) as (source, _):
        with pytest.raises(Refused, match="letters") as told:
            await source.fetch("letters", None)
    assert told.value.status == status
    assert "moved or is gone" in told.value.hint


@pytest.mark.parametrize("body", ["", "<!doctype html><p>Log in", '{"error":"quota"}', "Bad gateway"])
async def test_an_answer_that_is_no_feed_names_the_feed(body: str) -> None:
    """Pages, errors and nothing at all are told in a sentence that names the feed, never as a quiet day."""
    async with journal(web.Response(text=body)) as (source, _):
        with pytest.raises(BadFeed, match="letters") as told:
            await source.fetch("letters", None)
    assert "\n" not in told.value.sentence()


async def test_being_throttled_is_told_with_the_wait() -> None:
    """A journal that asks us to wait says how long."""
    async with journal(web.Response(status=429, headers={"Retry-After": "7"})) as (source, _):
        with pytest.raises(Throttled) as told:
            await source.fetch("letters", None)
    assert told.value.retry_after_s == 7.0


def suite() -> Iterator[tuple[str, bytes]]:
    """Every feed of feedparser's own tests."""
    with tarfile.open(SHARED / "data" / "recorded" / "feedparser_tests" / "feedparser-tests.tar.gz") as archive:
        for member in archive:
            if member.name.endswith(".xml") and (file := archive.extractfile(member)):
                yield member.name, file.read()


@needs_shared
def test_mangled_feeds_are_read_or_refused() -> None:
    """Real feeds with bytes lost, doubled or overwritten at random are read or refused; none crashes."""
    chance = random.Random(7)
    bodies = [path.read_bytes() for path in sorted((SHARED / "data" / "recorded" / "biorxiv").glob("*.xml"))]
    bodies += [RDF.encode(), *(body for number, (_, body) in enumerate(suite()) if number % 40 == 0)]
    for _ in range(300):
        body = bytearray(chance.choice(bodies))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(body) + 1)
            to = min(len(body), at + chance.randint(0, 40))
            body[at:to] = chance.choice([b"", bytes(body[at:to]) * 2, chance.randbytes(3), b"<", b"&", b"]]>", b"\xff"])
        try:
            read(bytes(body))
        except BadFeed:
            continue


@needs_shared
def test_real_feeds_are_read_whole() -> None:
    """Feeds of IACR and NBER give every entry, with address, date and authors where they tell them."""
    folder = SHARED / "data" / "recorded" / "biorxiv"
    iacr = parse((folder / "iacr_rss.xml").read_bytes(), "iacr", date(2026, 7, 19))
    nber = parse((folder / "nber_rss.xml").read_bytes(), "nber", date(2026, 7, 19))
    assert (len(iacr.announcements), len(nber.announcements), iacr.problems, nber.problems) == (3, 2, (), ())
    assert all(one.paper.authors and one.paper.pdf_url and one.paper.abstract for one in iacr.announcements)
    assert nber.announcements[0].day == date(2026, 7, 15)
