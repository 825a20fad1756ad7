"""Feeds of journals, archives and everybody else: any RSS, Atom or RDF, however ill-formed, read through feedparser.

`parse` is pure and works on bytes: feedparser is never given anything it could take for an address or a file name.
Entries without a title, or without anything that identifies them, become problems of the listing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from xml.sax import SAXException

import feedparser

from adapters.sources.text import one_line
from core.errors import BadFeed, BadIdentifier
from core.listings import Listing, Problem
from core.papers import Announcement, Paper, PaperId, Reference

NAME: Final = "feed"

#: longer ones are no titles and no abstracts, in characters
_LONGEST_TITLE: Final = 600
_LONGEST_ABSTRACT: Final = 10_000
_LONGEST_URL: Final = 2_000
#: the HTML parser takes time in the square of a hostile text, in characters
_LONGEST_MARKUP: Final = 30_000
_DOI_IN_PATH: Final = re.compile(r"/doi/(?:abs/|full/|e?pdf/|book/)?(10\.\d{4,9}/[^?#\s]+)", re.IGNORECASE)
_TRACKING: Final = re.compile(r"^(?:utm_\w+|rss|fromrss|source|ref)(?:=|$)", re.IGNORECASE)
_INITIALS: Final = re.compile(r"^(?:[^\W\d_]\.[ -]?){1,4}$")
_BREAKING: Final = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "title", "template"})


def parse(body: bytes, scope: str, now_day: date) -> Listing:
    """Read a feed of any kind. `now_day` is the day of entries that tell none, or one to come. Raises BadFeed."""
    feed = _parsed(body)
    if not feed.entries and not feed.get("version"):
        raise BadFeed(f"{scope or 'This'} is not a feed: it holds neither RSS nor Atom nor RDF.")
    read = list(_once_each(_entry(number, one, scope, now_day) for number, one in enumerate(feed.entries, 1)))
    return Listing(
        source=NAME,
        scope=scope,
        announcements=tuple(one for one in read if isinstance(one, Announcement)),
        problems=(*(one for one in read if isinstance(one, Problem)), *_damage(feed)),
        day=now_day,
    )


def _parsed(body: bytes) -> Any:
    if not body.strip():
        raise BadFeed("The feed is empty.")
    # all mark-up is taken out afterwards, so that cleaning it first would only cost time
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def _damage(feed: Any) -> Iterator[Problem]:
    if isinstance(error := feed.get("bozo_exception"), SAXException):
        yield Problem(where="the feed", reason=f"it is damaged, entries may be missing: {one_line(error.getMessage())}")


def _once_each(read: Iterable[Announcement | Problem]) -> Iterator[Announcement | Problem]:
    """The first entry of each paper; a second one under another title cannot be told from it."""
    titles: dict[PaperId, str] = {}
    for one in read:
        if isinstance(one, Problem):
            yield one
        elif (id := one.paper.id) not in titles:
            titles[id] = one.paper.title
            yield one
        elif titles[id] != one.paper.title:
            yield Problem(where=one.paper.title[:80], reason=f"an earlier entry is {id} as well")


def _entry(number: int, entry: Any, scope: str, now_day: date) -> Announcement | Problem:
    title = _shortened(_plain(entry.get("title_detail") or entry.get("title")), _LONGEST_TITLE)
    if not title:
        return Problem(where=f"entry {number}", reason="it has no title")
    references = list(dict.fromkeys(_references(entry)))
    if not references:
        return Problem(where=title[:80], reason="it has no DOI, no arXiv identifier and no address")
    moment = _moment(entry)
    day = min(moment.date(), now_day) if moment else now_day
    paper = _paper(entry, title, references, moment, day)
    return Announcement(paper=paper, source=NAME, scope=scope, day=day)


def _paper(entry: Any, title: str, references: list[Reference], moment: datetime | None, day: date) -> Paper:
    first, *others = references
    dois = [one.id.value for one in references if one.id.scheme == "doi"]
    return Paper(
        id=first.id,
        version=first.version or 1,
        title=title,
        abstract=_shortened(_abstract(entry), _LONGEST_ABSTRACT),
        authors=tuple(_authors(entry)),
        categories=tuple(_categories(entry)),
        published=moment,
        announced=day,
        url=_address(entry.get("link")) or _home(first.id),
        pdf_url=_pdf(entry),
        doi=dois[0] if dois else None,
        journal=_shortened(_plain(entry.get("prism_publicationname")), _LONGEST_TITLE) or None,
        licence=_address(entry.get("rights")) or None,
        identifiers=tuple(dict.fromkeys(one.id for one in others if one.id != first.id)),
        sources=(NAME,),
    )


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _references(entry: Any) -> Iterator[Reference]:
    """Everything that identifies the entry, what identifies best first; its address only where nothing else does."""
    told = [entry.get(key) for key in ("prism_doi", "dc_identifier", "id", "link", "prism_url")]
    found = [reference for one in told if isinstance(one, str) for reference in _read(one)]
    yield from found
    if not found and (address := _address(entry.get("link")) or _address(entry.get("id"))):
        yield Reference(PaperId("url", address), None)


def _read(said: str) -> Iterator[Reference]:
    said = said.strip()
    if match := _DOI_IN_PATH.search(said):
        said = match[1]
    if "10." in said or "arxiv" in said.lower():
        try:
            yield Reference.parse(said)
        except BadIdentifier:
            return


def _address(said: object) -> str:
    """A web address without fragment and without what only counts visitors; empty for anything else."""
    if not isinstance(said, str) or len(said) > _LONGEST_URL or re.search(r"[\s<>\"]", said.strip()):
        return ""
    try:
        parts = urlsplit(said.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return ""
    query = "&".join(one for one in parts.query.split("&") if not _TRACKING.match(one))
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query, ""))


def _home(id: PaperId) -> str:
    return f"https://arxiv.org/abs/{id.value}" if id.scheme == "arxiv" else f"https://doi.org/{id.value}"


def _pdf(entry: Any) -> str:
    links = (one for one in entry.get("links") or () if one.get("type") == "application/pdf")
    return next(filter(None, (_address(one.get("href")) for one in links)), "")


def _abstract(entry: Any) -> str:
    told = [entry.get("summary_detail") or entry.get("summary"), *(entry.get("content") or ())]
    return next(filter(None, map(_plain, told)), "")


def _categories(entry: Any) -> Iterator[str]:
    terms = (one_line(tag.get("term") or "")[:80] for tag in (entry.get("tags") or ())[:20])
    yield from dict.fromkeys(filter(None, terms))


def _authors(entry: Any) -> Iterator[str]:
    told = [one.get("name") for one in entry.get("authors") or () if one.get("name")] or [entry.get("author")]
    for one in told:
        yield from _names(_plain(one)[:20_000])


def _names(said: str) -> Iterable[str]:
    """Take one author line apart where it clearly holds several: `A B, C D`, `B, A.; D, C.`, `B, A., D, C.`"""
    if ";" in said:
        return [_turned(one) for one in said.split(";") if one.strip()]
    parts = [one.strip() for one in re.sub(r",?\s+and\s+", ", ", said).split(",") if one.strip()]
    if len(parts) > 1 and len(parts) % 2 == 0 and all(map(_INITIALS.match, parts[1::2])):
        return [f"{first} {last}" for last, first in zip(parts[::2], parts[1::2], strict=True)]
    return parts if all(" " in part for part in parts) else [said]


def _turned(name: str) -> str:
    last, _, first = name.strip().partition(", ")
    return f"{first} {last}".strip()


def _moment(entry: Any) -> datetime | None:
    """When it appeared, or was last changed; asked as a plain dict, because feedparser's own look-up warns."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        if told := dict.get(entry, key):
            try:
                year, month, day, hour, minute, second = told[:6]
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except ValueError:
                continue
    return None


def _plain(told: object) -> str:
    """Text of feedparser's: a string, or a value with its media type; mark-up is dropped, its text is kept."""
    if isinstance(told, dict):
        text, is_markup = str(told.get("value") or ""), "html" in str(told.get("type"))
    else:
        text = str(told or "")
        is_markup = "<" in text
    return one_line(_text_only(text) if is_markup else text)


def _text_only(markup: str) -> str:
    reader = _TextOnly()
    reader.feed(markup[:_LONGEST_MARKUP])
    reader.close()
    return "".join(reader.kept)


class _TextOnly(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks part words; scripts and styles are not text."""
        self._silent += tag in _SILENT
        if tag in _BREAKING:
            self.kept.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """The end of a block parts words, too."""
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _BREAKING:
            self.kept.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if not self._silent:
            self.kept.append(data)
