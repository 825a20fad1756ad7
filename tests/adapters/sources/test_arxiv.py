from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.arxiv import CAP, ArxivFeed, parse, split_authors
from adapters.sources.http import PoliteClient
from adapters.sources.mojibake import repair
from adapters.sources.people import clean_names
from core.errors import BadCategory, BadFeed, Refused, Throttled
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.fakes.loopback import replies, serving

EXTRAS = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def rss_item(id: str = "2602.00001v1", title: str = "Invented lanterns", kind: str = "new", **more: str) -> str:
    abstract = escape(more.get("abstract", "We light lanterns."))
    return (
        f"<item><title>{escape(title)}</title><link>https://arxiv.org/abs/{id}</link>"
        f"<description>arXiv:{id} Announce Type: {kind} \nAbstract: {abstract}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{id}</guid><category>cs.CL</category><category>cs.AI</category>'
        f"<pubDate>{more.get('day', 'Wed, 04 Feb 2026 00:00:00 -0500')}</pubDate>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type>"
        "<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>"
        f"<dc:creator>{escape(more.get('authors', 'Ada Example, Bo Sample'))}</dc:creator></item>"
    )


def rss(*items: str, title: str = "cs.CL updates on arXiv.org", head: str = "", about: str = "") -> bytes:
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n{head}<rss {EXTRAS} version=\"2.0\"><channel>"
        f"<title>{title}</title><description>{about}</description>"
        f"<lastBuildDate>Wed, 04 Feb 2026 05:00:02 +0000</lastBuildDate>"
        f"<pubDate>Wed, 04 Feb 2026 00:00:00 -0500</pubDate>{''.join(items)}</channel></rss>"
    ).encode()


def atom(*entries: str) -> bytes:
    return (
        f'<feed {EXTRAS} xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>cs.CL updates on arXiv.org</title>'
        f"<updated>2026-02-04T05:00:19.866337+00:00</updated>{''.join(entries)}</feed>"
    ).encode()


ATOM_ENTRY = """<entry><id>oai:arXiv.org:2602.00002v3</id><title>Invented\n  lamps</title>
<updated>2026-02-04T05:00:19.9+00:00</updated><link href="https://arxiv.org/abs/2602.00002" rel="alternate"/>
<summary>arXiv:2602.00002v3 Announce Type: replace-cross \nAbstract: We light\nlamps: $x_1 &lt; 2$.</summary>
<category term="math.CO"/><category term="cs.CL"/><published>2026-02-04T00:00:00-05:00</published>
<arxiv:announce_type>replace-cross</arxiv:announce_type><dc:rights>http://example.org/licence</dc:rights>
<arxiv:journal_reference>Journal de l'\\'Ecole 11 (2026)</arxiv:journal_reference>
<arxiv:DOI>10.5802/Invented.257</arxiv:DOI><dc:creator>Andr\\'e Example</dc:creator></entry>"""


def test_reads_an_rss_item() -> None:
    """An item of the RSS form becomes a paper with everything that the feed tells."""
    listing = parse(rss(rss_item("2602.00001v2", "  Invented\n lanterns ", "cross")), "cs.CL")
    (one,) = listing.announcements
    paper = one.paper
    assert (one.scope, one.day, one.type) == ("cs.CL", date(2026, 2, 4), AnnounceType.CROSS)
    assert (paper.id, paper.version) == (PaperId("arxiv", "2602.00001"), 2)
    assert (paper.title, paper.abstract) == ("Invented lanterns", "We light lanterns.")
    assert paper.authors == ("Ada Example", "Bo Sample")
    assert paper.categories == ("cs.CL", "cs.AI")
    assert paper.published == datetime(2026, 2, 4, 5, tzinfo=UTC)
    assert (paper.announced, paper.announce_type) == (date(2026, 2, 4), AnnounceType.CROSS)
    assert (paper.url, paper.pdf_url) == ("https://arxiv.org/abs/2602.00001", "https://arxiv.org/pdf/2602.00001")
    assert paper.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert (paper.doi, paper.journal, paper.sources) == (None, None, ("arxiv",))
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00001"),)
    assert (listing.source, listing.day, listing.is_cut, listing.problems) == (
        "arxiv",
        date(2026, 2, 4),
        False,
        (),
    )


def test_reads_an_atom_entry() -> None:
    """An entry of the Atom form becomes the same kind of paper, with DOI, journal and accents."""
    listing = parse(atom(ATOM_ENTRY), "cs.CL")
    (one,) = listing.announcements
    paper = one.paper
    assert (paper.id, paper.version, one.type) == (PaperId("arxiv", "2602.00002"), 3, AnnounceType.REPLACE_CROSS)
    assert (paper.title, paper.abstract) == ("Invented lamps", "We light lamps: $x_1 < 2$.")
    assert paper.authors == ("André Example",)
    assert paper.categories == ("math.CO", "cs.CL")
    assert (paper.doi, paper.journal) == ("10.5802/invented.257", "Journal de l'École 11 (2026)")
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00002"), PaperId("doi", "10.5802/invented.257"))
    assert (one.day, listing.day) == (date(2026, 2, 4), date(2026, 2, 4))


def test_both_forms_tell_the_same() -> None:
    """The same paper in both forms is the same value."""
    as_atom = (
        ATOM_ENTRY.replace("2602.00002v3", "2602.00001v1").replace("replace-cross", "new").split("<category", 1)[0]
        + '<category term="cs.CL"/><category term="cs.AI"/><published>2026-02-04T00:00:00-05:00</published>'
        "<arxiv:announce_type>new</arxiv:announce_type><dc:rights>http://creativecommons.org/licenses/by/4.0/"
        "</dc:rights><dc:creator>Ada Example, Bo Sample</dc:creator></entry>"
    )
    as_rss = rss_item(title="Invented lamps", abstract="We light\nlamps: $x_1 < 2$.")
    assert parse(atom(as_atom), "cs.CL").announcements == parse(rss(as_rss), "cs.CL").announcements


def test_an_entry_that_cannot_be_read_is_a_problem_and_the_others_go_on() -> None:
    """One bad entry costs itself alone, and says what is wrong with it."""
    listing = parse(
        rss(
            rss_item("2602.00001v1"),
            rss_item("not-an-id"),
            rss_item("10.1000/182"),
            rss_item("2602.00003v1", title=" \n "),
            rss_item("2602.00004v1", kind="withdrawn"),
            "<item/>",
            rss_item("2602.00005v1"),
        ),
        "cs.CL",
    )
    assert [one.paper.id.value for one in listing.announcements] == ["2602.00001", "2602.00005"]
    assert [problem.where for problem in listing.problems] == [
        "oai:arXiv.org:not-an-id",
        "oai:arXiv.org:10.1000/182",
        "oai:arXiv.org:2602.00003v1",
        "oai:arXiv.org:2602.00004v1",
        "entry 6",
    ]
    assert "no title" in listing.problems[2].reason
    assert "withdrawn" in listing.problems[3].reason


def test_an_entry_without_a_day_has_the_feeds() -> None:
    """Where an entry does not tell its day, or tells nonsense, the feed's day holds."""
    listing = parse(rss(rss_item(day="yesterday")), "cs.CL")
    assert listing.announcements[0].day == date(2026, 2, 4)


def test_days_are_eastern() -> None:
    """A moment late in the evening Eastern belongs to that evening's day, whatever UTC says."""
    listing = parse(rss(rss_item(day="Thu, 05 Feb 2026 03:00:00 +0000")), "cs.CL")
    assert listing.announcements[0].day == date(2026, 2, 4)


def test_an_empty_feed_is_a_listing_of_its_day() -> None:
    """A feed without entries is a quiet day, not an error."""
    for body in (rss(), atom()):
        listing = parse(body, "cs.CL")
        assert (listing.announcements, listing.problems, listing.day) == ((), (), date(2026, 2, 4))


def test_the_cap_is_noticed() -> None:
    """Two thousand entries mean that some are missing; one less does not."""
    items = [rss_item(f"2602.{number:05d}v1") for number in range(CAP)]
    assert parse(rss(*items), "cs.CL").is_cut
    assert not parse(rss(*items[1:]), "cs.CL").is_cut


def test_a_category_error_is_no_quiet_day() -> None:
    """The feed that says an error is a bad category: one that we know to be none, or one that arXiv gave up."""
    body = rss(title="Feed error for query: http://rss.arxiv.org/rss/cs.XX", about="Bad subject class 'XX'.")
    for scope in ("cs.XX", ""):
        with pytest.raises(BadCategory, match=r"cs\.XX"):
            parse(body, scope)
    with pytest.raises(BadCategory, match=r"cs\.CL") as told:
        parse(body, "cs.CL")
    assert "Bad subject class 'XX'." in told.value.hint


def test_every_cut_is_noticed() -> None:
    """Wherever a feed breaks off, it is an error: half a day never looks like a whole one."""
    whole = rss(rss_item("2602.00001v1"), rss_item("2602.00002v1"))
    for at in range(len(whole) - 1):
        with pytest.raises(BadFeed):
            parse(whole[:at], "cs.CL")


LAUGHS = "<!DOCTYPE rss [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for name, inner in zip("bcdefghij", "abcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"Service temporarily unavailable",
        b"<html><body><h1>Hello</h1></body></html>",
        b"<!DOCTYPE html><html><body><p>unclosed",
        b"\x00\x01\x02",
        b"\xff\xfe\x00",
        b"<?xml version='1.0' encoding='no-such-code'?><rss/>",
        b"<?xml version='1.0' encoding='shift_jis'?><rss/>",
        b"{}",
        rss(rss_item(title="&j;")).replace(b"&amp;j;", b"&j;").replace(b"<rss", LAUGHS.encode() + b"]><rss", 1),
        rss(head='<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        rss(head='<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">').replace(b"</title>", b"&x;</title>"),
        rss(rss_item(title="\x02")),
        rss().replace(b"</channel>", b"<a>" * 50_000),
    ],
    ids=lambda body: body[:24].decode(errors="replace"),
)
def test_what_is_no_feed_is_a_bad_feed(body: bytes) -> None:
    """Web pages, noise, entity tricks and broken XML are told in a sentence, and nothing is fetched or expanded."""
    with pytest.raises(BadFeed):
        parse(body, "cs.CL")


def test_a_deep_feed_does_no_harm() -> None:
    """A hundred thousand nested elements are read, or refused, without a crash."""
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    assert parse(rss().replace(b"</channel>", deep + b"</channel>"), "cs.CL").announcements == ()


def test_hostile_text_is_kept_as_text() -> None:
    """Mark-up and odd characters in a title stay text; what cannot be seen and misleads is taken out."""
    title = "<script>alert(1)</script> [x](y) \u202eevil\u202c *bold* &amp; \ufeff🏮"
    listing = parse(rss(rss_item(title=title)), "cs.CL")
    assert listing.announcements[0].paper.title == "<script>alert(1)</script> [x](y) evil *bold* & 🏮"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Example, Bo Sample", ("Ada Example", "Bo Sample")),
        ("Ada Example (Invented Lab, Nowhere), Bo Sample (1 and 2)", ("Ada Example", "Bo Sample")),
        ("Ada Example (A (nested, B), C), Bo Sample", ("Ada Example", "Bo Sample")),
        ("Ada Example (never closed, Bo Sample", ("Ada Example (never closed", "Bo Sample")),
        (r"Andr\'e Example, Erd\H{o}s P\'al, {\L}ukasz \'Cwik", ("André Example", "Erdős Pál", "Łukasz Ćwik")),
        ("John Example, Jr., Bo Sample III", ("John Example Jr.", "Bo Sample III")),
        ("The Lantern Collaboration, Ada Example", ("The Lantern Collaboration", "Ada Example")),
        ("  Ada \n Example ,, ", ("Ada Example",)),
        ("", ()),
    ],
)
def test_splits_authors(line: str, names: tuple[str, ...]) -> None:
    """A line of authors is split at its commas, without affiliations, with accents as Unicode."""
    assert split_authors(line) == names


NAMES = st.lists(
    st.text(st.characters(categories=("L", "Nd", "Pd"), include_characters=" .'"), min_size=1)
    .map(lambda name: " ".join(name.split()))
    .filter(lambda name: name and name.lower() not in ("jr", "jr.", "sr", "sr.", "ii", "iii", "iv"))
    .filter(lambda name: repair(name) == name),
    max_size=30,
)


@given(NAMES)
def test_joined_names_come_apart_again(names: list[str]) -> None:
    """Names that hold neither commas nor parentheses survive being joined."""
    assert split_authors(", ".join(names)) == clean_names(names)


@given(NAMES, st.text(st.characters(exclude_characters="()\\", exclude_categories=("Cs",))))
def test_affiliations_never_become_authors(names: list[str], affiliation: str) -> None:
    """Whatever stands in parentheses, the same people wrote the paper."""
    assert split_authors(", ".join(f"{name} ({affiliation})" for name in names)) == clean_names(names)


@given(st.text())
def test_any_line_of_authors_is_read(line: str) -> None:
    """No line of authors is too odd: names are never empty and in one line."""
    for name in split_authors(line):
        assert name == " ".join(name.split())
        assert name


@pytest.mark.parametrize(
    ("title", "scope", "of_the_paper"),
    [
        ("cs.AI updates on arXiv.org", "cs.AI", "cs.AI"),
        ("cs updates on arXiv.org", "cs", "cs"),
        ("math, cs.AI updates on arXiv.org", "math+cs.AI", "cs.AI"),
        ("cs, math updates on arXiv.org", "cs+math", "cs.CL"),
        ("somebody's own feed", "all", "cs.CL"),
    ],
)
def test_a_saved_feed_tells_its_scope(title: str, scope: str, of_the_paper: str) -> None:
    """Without being told the scope, it is what the feed's title names; in a feed of several, each paper has its own."""
    listing = parse(rss(rss_item(), title=title))
    assert (listing.scope, listing.announcements[0].scope) == (scope, of_the_paper)


@pytest.fixture
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


def feed(body: bytes, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/rss+xml")


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (feed(b"Rate exceeded."), Throttled),
        (feed(b"<html><body>Sign in to the hotel's network</body></html>"), BadFeed),
        (feed(b""), Throttled),
        (feed(rss(title="Feed error for query: http://rss.arxiv.org/rss/cs.XX"), 400), BadCategory),
        (feed(rss(title="Feed error for query: http://rss.arxiv.org/rss/cs.XX")), BadCategory),
        (feed(b"Bad Request", 400), Refused),
        (feed(rss(), 400), Refused),
    ],
    ids=["rate in a 200", "portal", "nothing", "unknown", "unknown in a 200", "bare 400", "strange 400"],
)
async def test_answers_that_are_no_listing(answer: web.Response, error: type[Exception]) -> None:
    """Every answer that is not a listing is told apart from a quiet day."""
    async with serving(replies(answer)) as server, PoliteClient("", "0", pace_s=0.0) as http:
        with pytest.raises(error):
            await ArxivFeed(http, base_url=server.url).fetch("cs.XX", None)


async def test_a_category_cannot_leave_its_path() -> None:
    """A category with odd characters stays one segment of the address."""
    async with serving(replies(feed(rss()))) as server, PoliteClient("", "0", pace_s=0.0) as http:
        await ArxivFeed(http, base_url=f"{server.url}/", form="atom").fetch("../x?y#z", None)
    assert server.requests[0][1].rel_url.raw_path_qs == "/atom/..%2Fx%3Fy%23z"
    assert (server.header("Accept") or "").startswith("application/atom+xml")
