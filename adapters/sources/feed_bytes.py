"""The bytes of a feed -> its fields as feedparser reads them, within bounds of time and memory.

The only module that imports feedparser, which is given text that we have decoded ourselves and never anything that it
could take for an address or a file name. Some of its steps take quadratic time; input that would make them slow is cut
or refused here first. Called by `feeds` only.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax import SAXException

import feedparser

from adapters.sources.feed_fields import Fields
from core.errors import BadFeed

#: the most that a feed holds, unpacked: bytes, `<`, and `&`
LARGEST: Final = 8 * 2**20
MOST_TAGS: Final = 200_000
MOST_REFERENCES: Final = 400_000
#: namespaces of a feed; feedparser looks for each element's among all
MOST_NAMESPACES: Final = 500
#: categories of one entry; feedparser compares each with all
MOST_CATEGORIES: Final = 2_000

_GZIP: Final = b"\x1f\x8b"
_MARKS: Final = (
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xfe\xff", "utf-16"),
    (b"\xff\xfe", "utf-16"),
    # no mark, but the first character must be `<` (https://www.w3.org/TR/xml/#sec-guessing)
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_ENCODING: Final = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.ASCII)
#: what is declared -> what is meant, as browsers read it (https://encoding.spec.whatwg.org/#names-and-labels)
_REAL_CHARSETS: Final = {"iso-8859-1": "windows-1252", "gb2312": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949"}
#: encodings that servers and templates name whatever the document is in; text in UTF-8 is read as these without a loss
_USUAL_LABELS: Final = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
#: codecs that are no encodings of documents; some take quadratic time
_NO_ENCODINGS: Final = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})

_DECLARATION: Final = "<?xml version='1.0' encoding='utf-8'?>\n"
_OWN_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]{0,1000}>")
#: what no XML document may hold
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLANKS: Final = re.compile(r"\s{50,}")
#: feedparser looks for mail addresses in author lines, from every letter of a word to its end
_LONG_WORD: Final = re.compile(r"(?<![a-zA-Z0-9_.+-])([a-zA-Z0-9_.+-]{400})[a-zA-Z0-9_.+-]+")
#: each attribute takes a hundred times its length in memory
_LONG_TAG: Final = re.compile(r"<(?!!)[^<>]{20000,}>?")
_FIRST_ELEMENT: Final = re.compile(r"<\w")
#: what may stand before the first element, in characters
_LONGEST_PROLOGUE: Final = 16_000
_LONG_ENTITY: Final = re.compile(r"<!ENTITY[^>]{60,}>")
#: elements that are renamed, with a `_` at the end, before feedparser sees them
_TROUBLING_NAME: Final = re.compile(
    r"</?(?:"
    # feedparser keeps values of its own under these names, and fails where a feed has them as well
    r"(?:[\w-]+:)?(?:authors|contributors|links|enclosures|[\w-]*_?(?:detail|parsed)|(?:media|psc)_\w+|where)"
    # podcasts have them, journals do not; feedparser makes each word of them a category
    r"|(?:[\w-]+:)?(?:keywords|tags)"
    # places on a map, sizes of pictures, a form of licence that papers do not have: it fails where parts are missing
    r"|(?:[\w-]+:)?(?:(?:gml|georss|psc)[:_][\w-]+|width|height|(?:creativecommons_)?license)"
    r")(?=[\s/><])",
    re.IGNORECASE,
)
#: the namespaces of those, whatever their prefix is
_PLACES: Final = re.compile(
    r"http://(?:www\.opengis\.net/gml|www\.georss\.org/georss|podlove\.org/simple-chapters)\b", re.IGNORECASE
)
#: what each of these addresses holds one of, in lower case
_HOSTS: Final = ("opengis", "georss", "podlove")
_NAME: Final = re.compile(r"</?([^\s/><]+)")
#: a reference to a character that does not exist: its number alone stops feedparser
_NO_CHARACTER: Final = re.compile(r"&#(?:\d{8,}|x[\da-f]{7,});?", re.IGNORECASE | re.ASCII)
#: feedparser forgets the text of elements that have attributes, where it does not know them
_ATTRIBUTES: Final = re.compile(
    r"(<(?:prism:(?:doi|url|publicationname|publicationdate|coverdate)|dc(?:terms)?:identifier|authors_))\s[^<>]{1,2000}(?<!/)>",
    re.IGNORECASE,
)
_ELEMENT: Final = re.compile(r"<((?:[\w-]+:)?[\w-]+)(?:\s+(rdf:about)\s*=)?", re.IGNORECASE)
_NAMESPACE: Final = re.compile(r"\bxmlns:([^\s=<>]+)", re.IGNORECASE)
_COUNTED_TAG: Final = re.compile(r"<(?:[\w-]+:)?(item|entry|category|subject)\b", re.IGNORECASE)
#: what may stand before a page as before a feed
_REMARK: Final = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_PAGE: Final = re.compile(
    # some feeds have the document type of a page
    r"\s*(?:<!doctype\s+html\b[^>]{0,300}>\s*+(?!<(?:rss|feed|rdf)\b)|<(?:html|head|body)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as feedparser read it."""

    #: of the feed as a whole
    fields: Fields
    entries: tuple[Fields, ...]
    #: the kind of feed in feedparser's words; empty where it is no feed
    version: str
    #: what is wrong with it as XML; empty where nothing is
    damage: str


def read(body: bytes, charset: str, base: str) -> Feed:
    """A feed in any encoding, packed by gzip or not.

    `charset` is what the answer's Content-Type says, `base` the address that relative links start from; either may be
    empty. Raises BadFeed for what is empty, a web page, JSON, larger than any feed, or beyond feedparser.
    """
    text = decode(_unpack(body), charset)
    _check(text)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    text = _harmless(text)
    # all mark-up is removed later, so that cleaning it here would only cost time
    try:
        document = feedparser.parse(
            io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except ValueError as error:  # a blank within a namespace's address, for one
        raise BadFeed("The feed is damaged, and nothing of it can be read.") from error
    damage = document.get("bozo_exception")
    elements = _elements(text)
    nameless = elements[-1] if elements else frozenset[str]()
    return Feed(
        fields=Fields(document.feed),
        entries=tuple(
            Fields(entry, elements[number] if number < len(elements) else nameless)
            for number, entry in enumerate(document.entries)
        ),
        version=document.get("version") or "",
        damage=damage.getMessage() if isinstance(damage, SAXException) else "",
    )


def _elements(text: str) -> list[frozenset[str]]:
    """The names of the elements in each entry, and the attribute `rdf:about`."""
    entries: list[set[str]] = []
    for match in _ELEMENT.finditer(text):
        name = match[1]
        if name.rpartition(":")[2].lower() in ("item", "entry"):
            entries.append({match[2]} if match[2] else set())
        elif entries:
            entries[-1].add(name)
    return [frozenset(names) for names in entries]


def decode(body: bytes, charset: str = "") -> str:
    """The text of a document: by its byte order mark, its XML declaration, `charset`, or as well as can be guessed.

    UTF-8 that is said to be Western European is UTF-8 nevertheless.
    """
    for name in _likely_charsets(body, charset):
        text = _decode_as(body, name)
        if text is not None:
            return text
    return body.decode("iso-8859-1")


def _unpack(body: bytes) -> bytes:
    """The body, decompressed where it is gzip that no header announced."""
    if body.startswith(_GZIP):
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, LARGEST + 1)
        except zlib.error as error:
            raise BadFeed("The feed is compressed, and cannot be decompressed.") from error
    if len(body) > LARGEST:
        raise BadFeed(f"The feed is larger than {LARGEST:,} bytes, which no feed is.")
    if not body.strip(b" \t\r\n\0"):
        raise BadFeed("The feed is empty.")
    return body


def _likely_charsets(body: bytes, charset: str) -> Iterator[str]:
    yield from (name for mark, name in _MARKS if body.startswith(mark))
    match = _ENCODING.match(body)
    for name in (match[1].decode("ascii") if match else "", charset):
        if name and name.lower().replace("-", "_") not in _NO_ENCODINGS and not _is_untrue(name, body):
            yield _REAL_CHARSETS.get(name.lower(), name)
    yield from ("utf-8", "windows-1252")


def _is_untrue(name: str, body: bytes) -> bool:
    """True where UTF-8 is labelled with one of these: text in them is never valid UTF-8 by chance."""
    try:
        return codecs.lookup(name).name in _USUAL_LABELS and not body.isascii() and bool(body.decode())
    except (LookupError, ValueError):
        return False


def _decode_as(body: bytes, name: str) -> str | None:
    """The text, with a few damaged characters at most; None where it is certainly in another encoding."""
    try:
        text = body.decode(name, "replace")
    except (LookupError, ValueError):
        return None
    lost_count = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", "ignore")) - lost_count
    return text if "<" in text and (not lost_count or lost_count < foreign) else None


def _check(text: str) -> None:
    if _PAGE.match(_REMARK.sub("", text[:4_000])):
        raise BadFeed("This is a web page, not a feed.", hint="Use the address of its feed, often called RSS or Atom.")
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        raise BadFeed("This is JSON, not a feed in XML.")
    if text.count("<") > MOST_TAGS:
        raise BadFeed(f"The feed has more than {MOST_TAGS:,} tags, which no feed has.")
    if text.count("&") > MOST_REFERENCES:
        raise BadFeed(f"The feed has more than {MOST_REFERENCES:,} character references, which no feed has.")
    may_be_many = text.lower().count("xmlns:") > MOST_NAMESPACES  # to count them takes a tenth of finding each
    if may_be_many and len(set(_NAMESPACE.findall(text))) > MOST_NAMESPACES:
        raise BadFeed(f"The feed has more than {MOST_NAMESPACES:,} namespaces, which no feed has.")
    _check_categories(text)


def _check_categories(text: str) -> None:
    counts: Counter[str] = Counter()
    for match in _COUNTED_TAG.finditer(text):
        if match[1].lower() in ("item", "entry"):
            counts.clear()
        counts[match[1].lower()] += 1
        if counts["category"] + counts["subject"] > MOST_CATEGORIES:
            raise BadFeed(f"The feed has an entry with more than {MOST_CATEGORIES:,} categories.")


def _rename_elements(text: str) -> str:
    """Put a `_` after the names that feedparser fails on; few feeds have any."""
    lower = text.lower()
    if any(host in lower for host in _HOSTS):
        text = _PLACES.sub(r"\g<0>_", text)
    is_any = any(map(_TROUBLING_NAME.match, {f"<{name}>" for name in _NAME.findall(text)}))
    return _TROUBLING_NAME.sub(r"\g<0>_", text) if is_any else text


def _harmless(text: str) -> str:
    """The same feed without what would slow feedparser down; nothing that a paper needs is lost."""
    text = _NO_CHARACTER.sub(" ", _FORBIDDEN.sub("", text.lstrip("\ufeff")))
    text = _OWN_DECLARATION.sub("", text, count=1) if _OWN_DECLARATION.match(text) else text
    text = _LONG_TAG.sub("", _LONG_WORD.sub(r"\1", _BLANKS.sub("\n", text.lstrip())))
    text = _ATTRIBUTES.sub(r"\1>", _rename_elements(text))
    first = _FIRST_ELEMENT.search(text)
    start = first.start() if first else 0
    prologue = text[:start] if start <= _LONGEST_PROLOGUE else ""
    return f"{_DECLARATION}{_LONG_ENTITY.sub('', prologue)}{text[start:]}"
