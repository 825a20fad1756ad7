"""What becomes of the bytes of a feed before any entry is read: encodings, documents that are no feeds, attacks."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from datetime import date
from resource import RUSAGE_SELF, getrusage
from xml.sax.saxutils import escape

import pytest
from aiohttp import web

from adapters.sources.feeds import parse
from core.errors import BadFeed
from core.ingest.listing import Listing
from tests.fakes.loopback import replies, serving
from tests.soak import IS_SOAK

TODAY = date(2026, 2, 4)


def read(body: str | bytes) -> Listing:
    return parse(body.encode() if isinstance(body, str) else body, "invented", TODAY)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>Invented Letters</title>{"".join(items)}</channel></rss>'


def item(title: str = "Lanterns", link: str = "https://letters.example/1", more: str = "") -> str:
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{more}</item>"


ACCENTED = rss(item(title="Laternen für Zürich – “Größe”"))


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (ACCENTED.encode(), ""),
        (ACCENTED.encode(), "us-ascii"),
        (ACCENTED.encode("utf-8-sig"), "iso-8859-1"),
        (ACCENTED.encode("utf-16"), ""),
        (ACCENTED.encode("utf-16-le"), ""),
        (ACCENTED.encode("utf-16-be"), "utf-8"),
        (ACCENTED.encode("utf-32"), ""),
        (ACCENTED.encode("utf-32-be"), ""),
        (ACCENTED.encode("windows-1252"), ""),
        (ACCENTED.encode("utf-7"), "utf-7"),
        (ACCENTED.encode("mac-roman"), "macintosh"),
        (f"<?xml version='1.0' encoding='mac-roman'?>{ACCENTED}".encode("mac-roman"), "utf-8"),
        (f"<?xml version='1.0' encoding='utf-16'?>{ACCENTED}".encode(), ""),
        (f"<?xml version='1.0' encoding='utf-8'?>{ACCENTED}".encode("windows-1252"), ""),
        (f"<?xml version='1.0' encoding='punycode'?>{ACCENTED}".encode(), ""),
        (f"<?xml version='1.0' encoding='no-such-thing'?>{ACCENTED}".encode(), "nor-this"),
        (f"<?xml version='1.0' encoding='zlib'?>{ACCENTED}".encode(), "rot13"),
        (f"<?xml version='1.0' encoding='iso-8859-1'?>{ACCENTED}".encode(), ""),
        (f"<?xml version='1.0' encoding='ISO_8859-15'?>{ACCENTED}".encode(), "windows-1252"),
        (gzip.compress(ACCENTED.encode()), ""),
    ],
)
def test_text_is_decoded_as_its_author_wrote_it(body: bytes, charset: str) -> None:
    """The byte order mark counts most, then the declaration, then the Content-Type; wrong ones are not believed."""
    (one,) = parse(body, "invented", TODAY, charset=charset).announcements
    assert one.paper.title == "Laternen für Zürich – “Größe”"


def test_one_damaged_byte_does_not_spoil_the_others() -> None:
    """A text in UTF-8 with a byte that is none stays a text in UTF-8."""
    (one,) = read(ACCENTED.encode().replace(b"Lat", b"L\xfft")).announcements
    assert one.paper.title == "L\ufffdternen für Zürich – “Größe”"


LAUGHS = "<!DOCTYPE rss [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for name, inner in zip("bcdefghij", "abcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"no feed", b"<html><body>hi</body></html>", b"\0" * 99, b"{}", b"%PDF", b"\x1f\x8bx"]
)
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


def test_pages_and_errors_are_told_for_what_they_are() -> None:
    """A web page and a JSON error are named as such, even where a page holds words of a feed."""
    with pytest.raises(BadFeed, match="web page") as told:
        read("<!-- hi --><!DOCTYPE html><html><body><rss><channel><item/></channel></rss></body></html>")
    assert "RSS or Atom" in told.value.hint
    with pytest.raises(BadFeed, match="web page"):
        read('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html xmlns="x"><body><item/></body></html>')
    with pytest.raises(BadFeed, match="JSON"):
        read('\n{"error": "<rss>"}')


OPEN = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><title>T</title>'
MB = 2**20
#: seconds of CPU that reading one may take
MOST_S = 3.0 if IS_SOAK else 1.5


def many(unit: str, times: int) -> str:
    """What takes time that grows with its length alone: the full length under soak, a quarter otherwise."""
    return unit * (times if IS_SOAK else times // 4)


# Made when they are read: together they take 60 MB.
HOSTILE = {
    "larger than any feed": lambda: OPEN + "<a>" * (9 * MB // 3),
    "one tag": lambda: OPEN + many("<a>", 60_000),
    "deep nesting": lambda: OPEN + many("<a>", 50_000) + many("</a>", 49_000) + "</item></channel></rss>",
    "deep items": lambda: "<rss><channel>" + many("<item>", 30_000),
    "brackets": lambda: OPEN + many("<", 199_000),
    "ampersands": lambda: f"{OPEN}<description>" + many("&", 390_000),
    "attributes": lambda: f"{OPEN}<a " + 'b="c" ' * (MB // 2) + ">",
    "one attribute": lambda: f'{OPEN}<a b="' + "x" * (4 * MB),
    "tags in HTML": lambda: f"{OPEN}<description>" + many("&lt;a ", 300_000) + "</description></item></channel></rss>",
    "comments in HTML": lambda: (
        f"{OPEN}<description><![CDATA[" + "<!--" * 199_000 + "]]></description></item></channel></rss>"
    ),
    "quotes in HTML": lambda: (
        f"{OPEN}<description><![CDATA[" + "<a b='" * 190_000 + "]]></description></item></channel></rss>"
    ),
    "categories": lambda: OPEN + "".join(f"<category>{number}</category>" for number in range(90_000)),
    "keywords": lambda: f"{OPEN}<keywords>" + ",".join(map(str, range(100_000))) + "</keywords></item></channel></rss>",
    "tags": lambda: f"{OPEN}<tags>" + ",".join(map(str, range(100_000))) + "</tags></item></channel></rss>",
    "namespaces": lambda: OPEN + "".join(f'<a{n}:b xmlns:a{n}="https://a.example/{n}">' for n in range(60_000)),
    "creators": lambda: OPEN + "".join(f"<dc:creator>A {n}</dc:creator>" for n in range(len(many("A", 25_000)))),
    "one word of an author": lambda: f"{OPEN}<author>" + "a" * (4 * MB) + "</author></item></channel></rss>",
    "an address of an author": lambda: f"{OPEN}<author>a@" + "a." * (2 * MB) + "</author></item></channel></rss>",
    "blanks": lambda: "<?x?>" + "\n" * (4 * MB) + OPEN,
    "entities": lambda: "<!DOCTYPE x [" + "\n<!ENTITY" * (MB // 4) + OPEN,
    "a long entity": lambda: (
        f'<?x?>\n<!DOCTYPE x [\n<!ENTITY a "{"b" * 10_000}">\n]>{OPEN}<description>' + many("&a;", 300_000)
    ),
    "declarations": lambda: "<?" + 'encoding="' * (MB // 4),
    "punycode": lambda: '<?xml version="1.0" encoding="punycode"?>-' + "abcdefgh99" * (MB // 4),
    "NULs": lambda: "\0" * (7 * MB),
    "NULs within": lambda: f"{OPEN}<description>" + many("\0", 7 * MB) + "</description></item></channel></rss>",
    "date": lambda: f"{OPEN}<pubDate>" + many("1 ", 2 * MB) + "</pubDate></item></channel></rss>",
    "link": lambda: f"{OPEN}<link>https://a.example" + "/10.1000" * (MB // 2) + "</link></item></channel></rss>",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_feeds_take_neither_time_nor_memory(attack: str) -> None:
    """Each is read or refused within seconds and a few hundred megabytes, whatever it repeats."""
    body = HOSTILE[attack]().encode()
    before, began = getrusage(RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        for one in read(body).announcements:
            assert len(one.paper.abstract) <= 100_000
    except BadFeed as error:
        assert "\n" not in error.sentence()
    assert time.process_time() - began < MOST_S
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_a_compressed_bomb_is_not_unpacked() -> None:
    """A quarter of a gigabyte of spaces in little gzip is refused at the size of a feed, and its end is never read."""
    packed = zlib.compressobj(9, wbits=-15)
    megabyte = packed.compress(b" " * MB) + packed.flush(zlib.Z_FULL_FLUSH)
    bomb = gzip.compress(b"")[:10] + megabyte * 256 + b"\xff is no gzip"
    with pytest.raises(BadFeed, match="larger"):
        read(bomb)


async def test_a_feed_makes_us_ask_nobody() -> None:
    """Entities and document types with an address are not fetched."""
    async with serving(replies(web.Response(text="secret"))) as server:
        kind = f'<!DOCTYPE rss PUBLIC "x" "{server.url}/a.dtd" [<!ENTITY x SYSTEM "{server.url}/x"><!ENTITY % y SYSTEM '
        body = f'{kind}"{server.url}/y"> %y;]>{rss(item(more="<description>&x;</description>"))}'.encode()
        listing = await asyncio.to_thread(parse, body, "invented", TODAY)
    assert [one.paper.title for one in listing.announcements] == ["Lanterns"]
    assert server.requests == []
