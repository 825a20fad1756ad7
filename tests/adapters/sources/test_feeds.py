from __future__ import annotations

import random
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest

from adapters.sources.feeds import parse
from core.errors import BadFeed
from core.listings import Listing
from core.papers import PaperId
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
    assert (one.source, one.scope, listing.day, listing.problems) == ("feed", "invented", TODAY, ())


@pytest.mark.parametrize(
    ("link", "guid", "id"),
    [
        ("https://letters.example/1#x", "", "url:https://letters.example/1"),
        ("https://letters.example/1?id=7&utm_medium=rss", "", "url:https://letters.example/1?id=7"),
        ("https://doi.org/10.1000/ABC", "", "doi:10.1000/abc"),
        ("https://press.example/doi/full/10.1000/abc?rss=1", "", "doi:10.1000/abc"),
        ("https://www.biorxiv.org/content/10.1101/2026.01.02.000001v2?rss=1", "", "doi:10.1101/2026.01.02.000001"),
        ("https://arxiv.org/abs/2602.00001v2", "", "arxiv:2602.00001"),
        ("https://letters.example/1", "oai:arXiv.org:2602.00001v1", "arxiv:2602.00001"),
        ("https://letters.example/1", "sample:3", "url:https://letters.example/1"),
        ("https://letters.example/1", "1234.56789", "url:https://letters.example/1"),
        ("", "https://letters.example/9", "url:https://letters.example/9"),
    ],
)
def test_finds_what_identifies_an_entry(link: str, guid: str, id: str) -> None:
    """A DOI or an arXiv identifier wherever it stands, else the entry's own address."""
    listing = read(rss(item(link=link, more=f'<guid isPermaLink="false">{guid}</guid>')))
    assert [str(one.paper.id) for one in listing.announcements] == [id]


def test_entries_without_title_or_identity_are_problems() -> None:
    """What has no title, or nothing that identifies it, is told and does not stop the others."""
    listing = read(
        rss(item(title=""), item(link=""), item(link="javascript:alert(1)"), item(link="http://["), item(title="Good"))
    )
    assert [one.paper.title for one in listing.announcements] == ["Good"]
    assert [problem.where for problem in listing.problems] == ["entry 1", "Lanterns", "Lanterns", "Lanterns"]


def test_the_same_entry_twice_is_one_paper() -> None:
    """A repeated entry is one paper; another title under the same address is told."""
    listing = read(rss(item(), item(), item(title="Moths")))
    assert len(listing.announcements) == 1
    assert [problem.where for problem in listing.problems] == ["Moths"]


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


@pytest.mark.parametrize("told", ["", "soon", "Thu, 05 Feb 2099 00:00:00 GMT", "0000-00-00", "2026-13-45T99:99:99Z"])
def test_a_day_that_is_not_told_is_today(told: str) -> None:
    """An entry without a date, with nonsense, or with a date to come, belongs to today."""
    (one,) = read(rss(item(more=f"<pubDate>{told}</pubDate>"))).announcements
    assert one.day == TODAY


def test_a_huge_title_is_shortened() -> None:
    """A title of a megabyte is no title."""
    (one,) = read(rss(item(title="x" * 1_000_000))).announcements
    assert len(one.paper.title) == 600


def test_a_damaged_feed_says_so() -> None:
    """A feed that breaks off gives what stands before the break, and tells that entries may be missing."""
    whole = rss(item(), item("Moths", "https://letters.example/2"))
    listing = read(whole[: whole.index("Moths") + 5])
    assert listing.announcements[0].paper.title == "Lanterns"
    assert "missing" in listing.problems[-1].reason


LAUGHS = "<!DOCTYPE rss [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for name, inner in zip("bcdefghij", "abcdefghi", strict=True)
)


@pytest.mark.parametrize("body", [b"", b" \n", b"no feed", b"<html><body>hi</body></html>", b"\0" * 99, b"{}", b"%PDF"])
def test_what_is_no_feed_is_told(body: bytes) -> None:
    """Anything that is no feed is refused in a sentence."""
    with pytest.raises(BadFeed):
        read(body)


def test_entity_tricks_do_no_harm() -> None:
    """Entities that multiply or point to files are neither expanded nor opened."""
    listing = read(LAUGHS + "]>" + rss(item(more="<description>&j;</description>")))
    assert len(listing.announcements[0].paper.abstract) < 1000
    listing = read(
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss(item(more="<description>&x;</description>"))
    )
    assert "root" not in listing.announcements[0].paper.abstract


def suite() -> Iterator[tuple[str, bytes]]:
    """Every feed of feedparser's own tests."""
    with tarfile.open(SHARED / "data" / "recorded" / "feedparser_tests" / "feedparser-tests.tar.gz") as archive:
        for member in archive:
            if member.name.endswith(".xml") and (file := archive.extractfile(member)):
                yield member.name, file.read()


@needs_shared
def test_the_feedparser_suite_gives_a_report_for_each_file() -> None:
    """Each of the 2,106 ill-formed, odd and hostile feeds of that suite is read or refused; none crashes."""
    ends: Counter[str] = Counter()
    for name, body in suite():
        try:
            listing = parse(body, name, TODAY)
            assert (listing.source, listing.scope) == ("feed", name)
            ends["read"] += 1
        except BadFeed as error:
            assert error.sentence()
            ends["refused"] += 1
    assert ends.total() == 2106
    assert ends["read"] > 2000


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
