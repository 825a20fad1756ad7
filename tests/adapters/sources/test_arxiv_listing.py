from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from html import escape

import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.arxiv import ArxivFeed
from adapters.sources.arxiv_listing import SHOW, ArxivListing, parse
from adapters.sources.http import PoliteClient
from core.errors import BadCategory, BadFeed, Refused, SourceError, Throttled, Unreachable
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.fakes.loopback import replies, serving
from tests.replay import ORDINARY_DAY, QUIET_DAY, Replay
from tests.shared import needs_shared


def item(id: str = "2602.00001", title: str = "Invented lanterns", **more: str) -> str:
    parts = "".join(
        f"<div class='list-{name} mathjax'><span class='descriptor'>{name}:</span>\n {escape(text)}\n</div>"
        for name, text in more.items()
        if name in ("comments", "journal-ref", "doi")
    )
    html = f', <a href="https://arxiv.org/html/{id}v{more["v"]}" title="View HTML">html</a>' if "v" in more else ""
    authors = more.get("authors", '<a href="/search?a=1&amp;b=2">Ada Example</a>, <a href="/b">Bo M&uuml;ller, Jr</a>')
    return f"""<dt><a name='item1'>[1]</a>
<a href ="/abs/{id}" title="Abstract" id="{id}">
 arXiv:{id} </a> {more.get("note", "")}
[<a href="/pdf/{id}" title="Download PDF" id="pdf-{id}">pdf</a>{html}]</dt>
<dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:</span>
 {escape(title)} </div><div class='list-authors'>{authors}</div>{parts}
<div class='list-subjects'><span class='descriptor'>Subjects:</span>
<span class="primary-subject">{more.get("primary", "Computation and Language (cs.CL)")}</span>;
 Machine Learning (stat.ML); Robotics and (more) Things (cs.RO); 68T50</div>
<p class='mathjax'> We light<br>lanterns: $x &lt; 2$, see <a href="https://example.org">example.org</a>.
</p></div></dd>"""


def section(heading: str, *items: str, of: int | None = None) -> str:
    count = f"showing {len(items)} of {len(items) if of is None else of} entries"
    return f"<dl id='articles'><h3>{heading} ({count})</h3>{''.join(items)}</dl>"


def listing_page(*sections: str, total: int | None = None, day: str = "Wednesday, 4 February 2026") -> bytes:
    paging = "" if total is None else f"<div class='paging'>Total of {total} entries</div>"
    return (
        "<!DOCTYPE html><html><head><title>Computation and Language</title><script>if (1 < 2) {}</script></head><body>"
        f"<h1>Computation and Language</h1><!-- <dt> -->\n<h3>Showing new listings for {day}</h3>{paging}"
        f"{''.join(sections) or '<p>No updates today.</p>'}{paging}</body></html>"
    ).encode()


def test_reads_an_item() -> None:
    """An item becomes a paper with everything that the page tells."""
    more = {"comments": "12 pages", "journal-ref": "J. Inv. 1", "doi": "10.5802/Invented.1"}
    listing = parse(listing_page(section("New submissions", item(**more)), total=1), "cs.CL")
    (one,) = listing.announcements
    paper = one.paper
    assert (one.source, one.scope, one.day, one.type) == ("arxiv", "cs.CL", date(2026, 2, 4), AnnounceType.NEW)
    assert (paper.id, paper.version, paper.title) == (PaperId("arxiv", "2602.00001"), 1, "Invented lanterns")
    assert paper.abstract == "We light lanterns: $x < 2$, see example.org."
    assert paper.authors == ("Ada Example", "Bo Müller, Jr")
    assert paper.categories == ("cs.CL", "stat.ML", "cs.RO")
    assert (paper.comment, paper.journal, paper.doi) == ("12 pages", "J. Inv. 1", "10.5802/invented.1")
    assert paper.published == datetime(2026, 2, 4, 5, tzinfo=UTC)
    assert (paper.announced, paper.url) == (date(2026, 2, 4), "https://arxiv.org/abs/2602.00001")
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00001"), PaperId("doi", "10.5802/invented.1"))
    assert (listing.claimed_entries, listing.problems, listing.day) == (1, (), date(2026, 2, 4))


def test_headings_tell_how_it_was_announced() -> None:
    """New, cross-listed and replaced by the headings; replaced here or elsewhere by the primary category."""
    other = "Machine Learning (cs.LG)"
    body = listing_page(
        section("New submissions", item("2602.00001")),
        section("Cross submissions", item("2602.00002", primary=other, note="(cross-list from cs.LG)")),
        section("Replacement submissions", item("2602.00003", v="4"), item("2602.00004", primary=other)),
    )
    read = [(one.type.value, one.paper.version) for one in parse(body, "cs.CL").announcements]
    assert read == [("new", 1), ("cross", 1), ("replace", 4), ("replace-cross", 2)]
    assert [one.type.value for one in parse(body, "cs").announcements][2:] == ["replace", "replace"]


def test_addresses_in_the_text_stay() -> None:
    """arXiv writes "this https URL" for every address in abstracts and comments; the address itself is read."""
    link = '<a href="{0}" rel="external noopener nofollow" class="link-external link-https">this {1} URL</a>'
    said = (
        f"Code at {link.format('https://code.example.org/a?b=1&amp;c', 'https')}, see {link.format('ftp://x', 'ftp')}."
    )
    body = listing_page(section("New submissions", item(comments="COMMENT").replace("COMMENT", said)), total=1)
    (one,) = parse(body.replace(b"<br>lanterns", b"<br>" + said.encode()), "cs.CL").announcements
    assert one.paper.comment == "Code at https://code.example.org/a?b=1&c, see ftp://x."
    assert one.paper.abstract.startswith("We light Code at https://code.example.org/a?b=1&c, see ftp://x.")
    assert one.paper.authors == ("Ada Example", "Bo Müller, Jr")


def test_older_pages_of_arxiv_are_counted_too() -> None:
    """Its templates of other years say the same counts with other blanks and letters."""
    body = listing_page(section("New submissions for Wednesday, 4 February 2026", item(), of=7))
    assert parse(body.replace(b"entries)", b"entries )"), "cs.CL").claimed_entries == 7
    assert (
        parse(body.replace(b"<dl", b"<div class='paging'>[ total of 9 entries ]</div><dl"), "cs.CL").claimed_entries
        == 9
    )


def test_what_stands_under_two_headings_is_news() -> None:
    """A paper that is cross-listed and replaced on one day is announced as cross-listed, and counted twice."""
    both = item("2602.00002", primary="Machine Learning (cs.LG)")
    sections = section("Cross submissions", both), section("Replacement submissions", both, item("2602.00003"))
    listing = parse(listing_page(*sections, total=3), "cs.CL")
    told = [(one.paper.id.value, one.type.value) for one in listing.announcements]
    assert told == [("2602.00002", "cross"), ("2602.00003", "replace")]
    assert (listing.claimed_entries, listing.problems) == (3, ())


def test_what_is_missing_is_told() -> None:
    """An item that cannot be read is a problem; items that the headings count and nobody sees are one, too."""
    body = listing_page(
        section("New submissions", item(), item("nonsense"), item("2602.00002", title=""), of=40),
        section("Invented submissions", item("2602.00003")),
        total=57,
    )
    listing = parse(body, "cs.CL")
    assert [one.paper.id.value for one in listing.announcements] == ["2602.00001"]
    assert listing.claimed_entries == 57
    assert [one.reason for one in listing.problems] == [
        "it has no identifier",
        "it has no title",
        "'Invented submissions (showing 1 of 1 ent' is no heading that we know",
        "the page says 57 entries and 4 could be read",
    ]


def test_a_cut_page_gives_no_half_papers() -> None:
    """Wherever the page is cut, papers are whole or not there, and those that are not there are missed."""
    items = [item(f"2602.0000{number}") for number in range(4)]
    body = listing_page(section("New submissions", *items), total=4)
    whole = parse(body, "cs.CL").announcements
    for end in range(body.index(b"<dl"), len(body), 197):
        listing = parse(body[:end], "cs.CL")
        assert listing.announcements == whole[: len(listing.announcements)]
        assert (len(listing.announcements) < 4) == bool(listing.problems)


def test_a_day_without_papers() -> None:
    """The page says so, and that is no problem."""
    listing = parse(listing_page(), "cs.CL")
    assert (listing.day, listing.announcements, listing.problems, listing.claimed_entries) == (
        date(2026, 2, 4),
        (),
        (),
        0,
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Sign in</body></html>", b"\xff\xfe\x00", listing_page(day="Noday, 31 February 2026")],
)
def test_what_is_no_listing_page(body: bytes) -> None:
    """A page that names no day is none of arXiv's."""
    with pytest.raises(BadFeed):
        parse(body, "cs.CL")


def test_authors_without_links() -> None:
    """Names that are not linked are read from the text; the remark that there are none is no name."""
    body = listing_page(
        section(
            "New submissions",
            item(authors="Ada Example, Bo Sample"),
            item("2602.00002", authors="(author list is unavailable)"),
        )
    )
    assert [one.paper.authors for one in parse(body, "cs.CL").announcements] == [("Ada Example", "Bo Sample"), ()]


@pytest.mark.parametrize(
    "junk",
    ["<", "<a ", "<!--", "<!", '<a b="', "</", "<?", "<![", '<a b=">', "<!-->", "<dt>", "<script>", "&#9", "<p>"],
)
def test_hostile_markup_takes_linear_time(junk: str) -> None:
    """Plenty of whatever Python's parser is slow at is read in a moment."""
    began = time.process_time()
    parse(listing_page(f"<dl><dt>{junk * (300_000 // len(junk))}"), "cs.CL")
    assert time.process_time() - began < 3.0


@given(st.text(max_size=200), st.integers(0, 1500))
def test_no_page_breaks_it(junk: str, place: int) -> None:
    """Whatever stands in the page: a listing, or an error that is ours."""
    whole = listing_page(section("New submissions", item()), total=1)
    for body in (junk.encode("utf-8", "replace"), whole[:place] + junk.encode("utf-8", "replace") + whole[place:]):
        try:
            parse(body, "cs.CL")
        except SourceError:
            continue


@pytest.fixture(autouse=True)
def two_tries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
async def client() -> AsyncIterator[PoliteClient]:
    async with PoliteClient("tests@example.org", "0", pace_s=0.0, read_s=5.0) as http:
        yield http


async def test_reads_all_pages(client: PoliteClient) -> None:
    """A listing longer than a page is asked for to its end, and counted as a whole."""
    first = [item(f"2602.{number:05}") for number in range(SHOW)]
    last = [item(f"2602.{number:05}") for number in range(SHOW, SHOW + 3)]
    total = SHOW + 3
    bodies = [
        listing_page(section("New submissions", *first, of=total - 1), total=total),
        listing_page(
            "<dl><h3>New submissions (continued, showing last 2 of 2002 entries)</h3>" + "".join(last[:2]) + "</dl>",
            section("Cross submissions", last[2]),
            total=total,
        ),
    ]
    async with serving(replies(*(web.Response(body=one) for one in bodies))) as server:
        listing = await ArxivListing(client, base_url=server.url).fetch("cs.CL")
    assert [dict(request.query) for _, request in server.requests] == [
        {"skip": "0", "show": "2000"},
        {"skip": "2000", "show": "2000"},
    ]
    assert (len(listing.announcements), listing.claimed_entries, listing.problems) == (total, total, ())
    assert listing.announcements[-1].type is AnnounceType.CROSS


async def test_two_days_are_not_mixed(client: PoliteClient) -> None:
    """When the day changes between two pages, nothing of it is taken."""
    bodies = [listing_page(total=SHOW + 1), listing_page(total=5, day="Thursday, 5 February 2026")]
    async with serving(replies(*(web.Response(body=one) for one in bodies))) as server:
        with pytest.raises(BadFeed, match="another day"):
            await ArxivListing(client, base_url=server.url).fetch("cs.CL")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (web.Response(status=400, body=b"<p>Invalid archive or category: cs.XX</p>"), BadCategory),
        (web.Response(status=404, body=b"<p>Invalid archive or category: cs.XX</p>"), BadCategory),
        (web.Response(status=404, body=b"gone"), Refused),
        (web.Response(status=503, headers={"Retry-After": "7"}), Throttled),
        (web.Response(body=b"Rate exceeded."), Throttled),
        (web.Response(body=b""), Throttled),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_trouble_is_told(client: PoliteClient, reply: web.Response, kind: type[Exception]) -> None:
    """No failure of the page looks like a quiet day."""
    async with serving(replies(reply)) as server:
        with pytest.raises(kind):
            await ArxivListing(client, base_url=server.url).fetch("cs.XX")


async def test_the_error_page_is_not_quoted(client: PoliteClient) -> None:
    """A category that we know and arXiv does not is told in its words, without the markup around them."""
    page = b"<!DOCTYPE html><html><title>Invalid archive or category: cs.CL</title></html>"
    async with serving(replies(web.Response(status=400, body=page))) as server:
        with pytest.raises(BadCategory) as told:
            await ArxivListing(client, base_url=server.url).fetch("cs.CL")
    assert told.value.sentence() == "arXiv has no category 'cs.CL'. It says: Invalid archive or category"


RSS = """<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><title>cs.CL updates on arXiv.org</title>
<pubDate>Wed, 04 Feb 2026 00:00:00 -0500</pubDate>{}</channel></rss>"""
REVISED = """<item><title>Invented lanterns</title><guid>oai:arXiv.org:{}v{}</guid><category>cs.CL</category>
<arxiv:announce_type>replace</arxiv:announce_type></item>"""


@pytest.mark.parametrize(("day", "told"), [("Wednesday, 4", [7, 4, 2]), ("Thursday, 5", [2, 4, 2])])
async def test_the_page_takes_its_versions_from_the_feed_of_its_day(
    client: PoliteClient, day: str, told: list[int]
) -> None:
    """A withdrawn paper has no HTML that would tell its version, and its comment must not count as an older one's."""
    feed = RSS.format(REVISED.format("2602.00001", 7) + REVISED.format("2602.00002", 3))
    withdrawn = item("2602.00001", comments="This paper has been withdrawn by its authors")
    lines = section("Replacement submissions", withdrawn, item("2602.00002", v="4"), item("2602.00003"))
    page = listing_page(lines, total=3, day=f"{day} February 2026")
    async with serving(replies(web.Response(body=feed), web.Response(body=page))) as server:
        arxiv = ArxivFeed(client, base_url=server.url, listing=ArxivListing(client, base_url=server.url))
        assert len((await arxiv.fetch("cs.CL", None)).announcements) == 2
        listing = await arxiv.fetch_otherwise("cs.CL")
    assert listing is not None
    assert [one.paper.version for one in listing.announcements] == told
    assert listing.announcements[0].paper.comment.startswith("This paper has been withdrawn")


async def test_the_feed_reads_it_otherwise(client: PoliteClient) -> None:
    """The feed's other place is the listing page, where it was given one."""
    body = listing_page(section("New submissions", item()), total=1)
    async with serving(replies(web.Response(body=body))) as server:
        page = ArxivListing(client, base_url=server.url)
        listing = await ArxivFeed(client, listing=page).fetch_otherwise("cs.CL")
    assert listing is not None
    assert [one.paper.id.value for one in listing.announcements] == ["2602.00001"]
    assert await ArxivFeed(client).fetch_otherwise("cs.CL") is None


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay(ORDINARY_DAY) as server:
        yield server


@needs_shared
@pytest.mark.parametrize("day", [ORDINARY_DAY, "2026-02-26"])
async def test_tells_the_same_as_the_feed(replay: Replay, client: PoliteClient, day: str) -> None:
    """On real days page and feed announce the same papers in the same manner, and agree about each."""
    replay.clear_faults()
    replay.set_today(day)
    page = ArxivListing(client, base_url=replay.url)
    for scope in ("cs.CL", "cs.LG", "stat"):
        feed = await ArxivFeed(client, base_url=replay.url).fetch(scope, None)
        listing = await page.fetch(scope)
        told = {one.paper.id: one for one in feed.announcements}
        assert (listing.day, listing.problems, listing.claimed_entries) == (feed.day, (), len(told))
        assert {one.paper.id: one.type for one in listing.announcements} == {id: told[id].type for id in told}
        for one in listing.announcements:
            other = told[one.paper.id].paper
            assert (one.paper.title, one.paper.abstract) == (other.title, other.abstract)
            assert (one.paper.categories, one.paper.published) == (other.categories, other.published)
            assert len(one.paper.authors) == len(other.authors)


@needs_shared
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429, "headers": {"Retry-After": "120"}}, Throttled),
        ({"status": 503}, Throttled),
        ({"status": 403}, Throttled),
        ({"status": 200, "body": "Rate exceeded."}, Throttled),
        ({"status": 500}, Refused),
        ({"reset": True}, Unreachable),
        ({"truncate_at": 300}, BadFeed),
    ],
    ids=str,
)
async def test_faults_are_told(
    replay: Replay, client: PoliteClient, fault: dict[str, object], kind: type[SourceError]
) -> None:
    """Every fault of the service has its error."""
    replay.set_today(ORDINARY_DAY)
    replay.clear_faults()
    replay.fault(path_prefix="/list/", **fault)
    with pytest.raises(kind):
        await ArxivListing(client, base_url=replay.url).fetch("cs.CL")


@needs_shared
async def test_cut_quiet_and_unknown(replay: Replay, client: PoliteClient) -> None:
    """A cut page misses papers and says how many; a quiet day shows the last listing; no category is made up."""
    replay.clear_faults()
    replay.set_today(QUIET_DAY)
    page = ArxivListing(client, base_url=replay.url)
    assert (await page.fetch("cs.CL")).day == date(2026, 2, 2)
    with pytest.raises(BadCategory):
        await page.fetch("cs.XX")
    replay.fault(path_prefix="/list/", truncate_at=0.5)
    cut = await page.fetch("cs.CL")
    assert cut.claimed_entries is not None
    assert 0 < len(cut.announcements) < cut.claimed_entries
    assert (
        cut.problems[-1].reason
        == f"the page says {cut.claimed_entries} entries and {len(cut.announcements)} could be read"
    )
    replay.clear_faults()
    replay.fault(path_prefix="/list/", empty=True)
    empty = await page.fetch("cs.CL")
    assert (empty.announcements, empty.problems, empty.claimed_entries) == ((), (), 0)
    replay.clear_faults()
