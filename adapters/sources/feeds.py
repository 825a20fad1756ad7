"""Feeds of journals, archives and others: any RSS, Atom or RDF, however ill-formed, read through feedparser.

`JournalFeeds` fetches the configured ones through the polite client; `parse` is pure and works on bytes, for it and for
saved files. Entries without a title, or without anything that identifies them, become problems of the listing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final
from urllib.parse import quote

from adapters.sources import arxiv_rdf, dates, feed_bytes, formulas
from adapters.sources.arxiv import split_authors
from adapters.sources.arxiv_parts import readable
from adapters.sources.entries import with_entries
from adapters.sources.feed_fields import Fields, Text
from adapters.sources.feed_identity import identities, page_of, places, version
from adapters.sources.http import UNCONDITIONAL, Answer, PoliteClient
from adapters.sources.indexes import plain_text
from adapters.sources.markup import visible
from adapters.sources.people import clean_names, split_names
from adapters.sources.text import one_line
from adapters.sources.traits import FEEDS
from core.errors import BadCategory, BadFeed, Refused
from core.ingest.listing import EntryReading, FieldReading, Listing, UnreadEntry
from core.ingest.ports import PaperSource
from core.ingest.state import SourceState
from core.papers import furniture, highwire, imprint
from core.papers.addresses import clean_address as address_of
from core.papers.identifiers import PaperId, Reference
from core.papers.paper import Announcement, Paper
from core.time import Clock

NAME: Final = FEEDS.name
#: what a channel subscribes to: this and the feed's name
SCOPE: Final = "feed:"

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_GONE_STATUSES: Final = frozenset({404, 410})
#: characters of a title or an abstract that are read; `core.papers.bounds` says how many are kept
_LONGEST_MARKUP: Final = 100_000
_LONGEST_REASON: Final = 200
#: characters of an abstract by which its element is recognised
_RECOGNISABLE: Final = 20
#: where an entry tells when it appeared, the most certain place first
_DATES: Final = ("published", "prism_publicationdate", "updated", "created", "prism_coverdate")
#: pages of entries that have no link
_HOMES: Final = {
    "arxiv": "https://arxiv.org/abs/{}",
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "guid": "",
}


class JournalFeeds(PaperSource):
    """The feeds that the settings name; a scope is a feed's name, with or without `feed:` before it."""

    name = NAME

    def __init__(self, client: PoliteClient, *, clock: Clock, feeds: Mapping[str, str]) -> None:
        self._client = client
        self._clock = clock
        self._feeds = dict(feeds)

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """Everything the feed holds now, or an unchanged listing."""
        name = scope.removeprefix(SCOPE)
        if name not in self._feeds:
            raise _unknown(name, self._feeds)
        answer = await self._client.get(
            self._feeds[name],
            accept=_ACCEPT,
            validators=last.validators if last else UNCONDITIONAL,
            readable=_GONE_STATUSES,
        )
        if answer.is_unchanged:
            return Listing(source=NAME, scope=scope, is_unchanged=True, validators=answer.validators)
        # a hostile feed takes seconds, in which everybody else goes on
        listing = await asyncio.to_thread(_read, answer, name, self._clock.now().date())
        return replace(listing, scope=scope, validators=answer.validators)


def _unknown(name: str, feeds: Mapping[str, str]) -> BadCategory:
    near = get_close_matches(name[:60].lower(), [feed.lower() for feed in feeds], n=1)
    names = [feed for feed in feeds if feed.lower() in near] or list(feeds)[:10]
    if near:
        hint = f"Did you mean {names[0]}?"
    else:
        hint = f"The feeds are {', '.join(names)}." if names else "Name it under sources.feeds in the settings."
    return BadCategory(f"There is no feed '{name[:60]}'.", hint=hint)


def _read(answer: Answer, name: str, today: date) -> Listing:
    if answer.status in _GONE_STATUSES:
        raise Refused(
            f"There is no feed any more where {name} was (HTTP {answer.status}).",
            status=answer.status,
            hint="It has moved or is gone: change its address under sources.feeds, or take it out.",
        )
    try:
        return parse(answer.body, name, today, charset=answer.charset, base=answer.url)
    except BadFeed as error:
        raise BadFeed(f"{name}: {error}", hint=error.hint) from error


def parse(body: bytes, scope: str, now_day: date, *, charset: str = "", base: str = "") -> Listing:
    """Read a feed of any kind. `now_day` is the day of entries without a day, or with one in the future.

    `charset` is what the answer's Content-Type said, for documents that do not name their own; `base` is the address
    that relative links start from. Raises BadFeed.
    """
    feed = feed_bytes.read(body, charset, base)
    if not feed.entries and not feed.version:
        raise BadFeed(f"{scope or 'This'} is not a feed: it holds neither RSS nor Atom nor RDF.")
    frame = _Frame(scope=scope, today=now_day, journal=_journal(feed.fields), rdf=arxiv_rdf.listing(feed.fields))
    entries = zip(feed.entries, identities(feed.entries), strict=True)
    lines = _unique_papers(
        _entry(number, entry, references, frame) for number, (entry, references) in enumerate(entries, 1)
    )
    readings = tuple(reading for _, reading in lines)
    listing = Listing(source=NAME, scope=scope, flaw=_flaw(feed.damage), day=now_day, readings=readings)
    return with_entries(listing, (line for line, _ in lines if line))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all entries of a feed have in common."""

    scope: str
    #: the day of entries without a day, or with one in the future
    today: date
    #: the journal of entries that name none
    journal: str | None
    #: of arXiv's feeds of before 2024
    rdf: arxiv_rdf.RdfListing


def _journal(fields: Fields) -> str | None:
    return _plain(fields.typed_text("prism_publicationname")) or None


def _flaw(damage: str) -> str:
    """The sentence about a feed that is not well-formed XML; feedparser reads what it can."""
    reason = one_line(damage)[:_LONGEST_REASON].rstrip(".")
    return f"The feed is damaged, so entries may be missing: {reason}." if reason else ""


_Read = tuple[Announcement | UnreadEntry | None, EntryReading]


def _unique_papers(entries: Iterable[_Read]) -> list[_Read]:
    """The first entry of each paper; a later one of the same identity under another title is a problem."""
    titles: dict[PaperId, str] = {}
    unique: list[_Read] = []
    for entry, reading in entries:
        if not isinstance(entry, Announcement):
            unique.append((entry, reading))
        elif (id := entry.paper.id) not in titles:
            titles[id] = entry.paper.title
            unique.append((entry, reading))
        elif titles[id] == entry.paper.title:
            unique.append((None, replace(reading, reason="it is the same as an earlier entry")))
        else:
            reason = f"an earlier entry is {id} as well"
            unique.append((UnreadEntry(where=entry.paper.title[:80], reason=reason), replace(reading, reason=reason)))
    return unique


def _entry(number: int, entry: Fields, references: tuple[Reference, ...], frame: _Frame) -> _Read:
    if entry.is_empty:
        unread = UnreadEntry(where=f"entry {number}", reason="nothing is in it")
        return unread, EntryReading(number=number, paper=None, where=unread.where, reason=unread.reason)
    title = entry.read("title", _title)
    mark = arxiv_rdf.mark(title)
    entry.read("identifiers", places)
    # what a feed calls an entry stands there without its host
    ids = [reference.id for reference in references]
    entry.narrow(id.value.partition("/")[2] if id.scheme == "guid" else id.value for id in ids)
    if mark:
        references = tuple(dict.fromkeys((mark.reference, *references)))
    if not title or not references:
        reason = "it has no DOI, no arXiv identifier and no address" if title else "it has no title"
        unread = UnreadEntry(where=title[:80] or f"entry {number}", reason=reason)
        return unread, replace(_reading(number, entry, None, reason), where=unread.where)
    paper = _paper(entry, mark.title if mark else title, references, frame)
    if mark:
        paper = _with_mark(paper, mark, entry, frame)
    type, day = paper.announce_type, paper.announced or frame.today
    line = Announcement(paper=paper, source=NAME, scope=f"{SCOPE}{frame.scope}", day=day, type=type)
    return line, _reading(number, entry, paper, "")


def _reading(number: int, entry: Fields, paper: Paper | None, reason: str) -> EntryReading:
    return EntryReading(
        number=number,
        paper=paper,
        reason=reason,
        fields=tuple(entry.readings),
        left_out=tuple(entry.left_out),
        unread=entry.unread(),
    )


def _paper(entry: Fields, title: str, references: tuple[Reference, ...], frame: _Frame) -> Paper:
    id = references[0].id
    dois = [reference.id.value for reference in references if reference.id.scheme == "doi"]
    moment = entry.read("published", lambda fields: _moment(fields, frame.today))
    journal = entry.read("journal", _journal)
    categories = entry.read("categories", _categories)
    authors = entry.read("authors", _authors)
    heading = furniture.strip_furniture(title, journal=journal or "", sections=categories)
    description = _description(entry, heading.title, authors)
    if heading.title != title:
        entry.leave_out("title", "it is no part of the title", text=title.replace(heading.title, " … ").strip())
    if not authors and (heading.authors or description.authors):
        place = entry.element("title" if heading.authors else "summary")
        entry.readings.append(FieldReading(field="authors", elements=(place,)))
    paper = Paper(
        id=id,
        version=version(entry, references),
        title=heading.title,
        abstract=description.abstract,
        authors=authors or clean_names(heading.authors or description.authors),
        categories=categories,
        published=moment,
        announced=min(moment.date(), frame.today) if moment else frame.today,
        url=_page(entry, id),
        pdf_url=entry.read("pdf_url", _pdf),
        doi=dois[0] if dois else None,
        journal=journal or frame.journal,
        licence=entry.read("licence", _licence),
        identifiers=tuple(dict.fromkeys(reference.id for reference in references if reference.id != id)),
        sources=(NAME,),
    )
    if not moment:
        entry.readings.append(FieldReading(field="announced", note="the day of the reading, for want of a date"))
    if frame.journal and paper.journal is frame.journal:
        entry.readings.append(FieldReading(field="journal", note="the feed as a whole"))
    return paper


def _with_mark(paper: Paper, mark: arxiv_rdf.Mark, entry: Fields, frame: _Frame) -> Paper:
    """The paper with the mark of its title, as arXiv's feeds of before 2024 have it."""
    names = ("id", "version", "categories", "announce_type")
    mark_readings = [FieldReading(field=name, elements=("title",)) for name in names]
    day = frame.rdf.day
    if paper.published is None and day:
        mark_readings += [FieldReading(field=name, note="the feed as a whole") for name in ("published", "announced")]
    mark_fields = {reading.field for reading in mark_readings}
    entry.readings[:] = [reading for reading in entry.readings if reading.field not in mark_fields] + mark_readings
    return replace(
        paper,
        version=mark.reference.version or paper.version,
        title=readable(paper.title),
        abstract=readable(paper.abstract),
        authors=split_authors(", ".join(paper.authors)),
        categories=(mark.category,),
        published=paper.published or frame.rdf.moment,
        announced=min(day, frame.today) if day and paper.published is None else paper.announced,
        announce_type=mark.type_in(frame.rdf.category),
    )


def _title(entry: Fields) -> str:
    return _plain(entry.typed_text("title"))


def _licence(entry: Fields) -> str | None:
    return address_of(entry.text("rights")) or None


def _page(entry: Fields, id: PaperId) -> str:
    """The entry's own link; with its fragment, where that is what identifies the entry on a page of many."""
    link = entry.read("url", page_of)
    is_whole = id.scheme == "url" and address_of(entry.text("link"), fragment=True) == id.value
    return id.value if is_whole else link or _HOMES.get(id.scheme, "{}").format(_escape(id))


def _escape(id: PaperId) -> str:
    return id.value if id.scheme == "url" else quote(id.value, safe="/:;()")


def _pdf(entry: Fields) -> str:
    links = (link for link in entry.records("links") if link.text("type") == "application/pdf")
    return next(filter(None, (address_of(link.text("href")) for link in links)), "")


def _description(entry: Fields, title: str, authors: tuple[str, ...]) -> imprint.Description:
    """The abstract, and the authors where they stand in its place; an imprint in its place is put on record."""
    description = entry.read(
        "abstract", lambda fields: imprint.read(_descriptions(fields), title=title, authors=authors)
    )
    if description.abstract:
        entry.narrow([description.abstract[:_RECOGNISABLE]])
        return description
    entry.readings.pop()
    if entry.text("summary"):
        entry.leave_out("summary", "it is an imprint, and no abstract")
    return description


def _descriptions(entry: Fields) -> Iterator[list[str]]:
    """The texts that may be the abstract, as paragraphs."""
    first = (entry.typed_text("summary"), *(content.as_text() for content in entry.records("content")))
    for content in (*first, entry.typed_text("dcterms_abstract"), entry.typed_text("prism_teaser")):
        if not content.text:
            continue
        markup = imprint.with_borders(highwire.plain(content.text[:_LONGEST_MARKUP]))
        yield _plain(Text(text=markup, is_html=content.is_html)).split(imprint.BORDER)


def _categories(entry: Fields) -> tuple[str, ...]:
    terms = (one_line(tag.text("term"))[:80].rstrip() for tag in entry.records("tags")[:20])
    return tuple(dict.fromkeys(filter(None, terms)))


def _authors(entry: Fields) -> tuple[str, ...]:
    names = [name for author in entry.records("authors") if (name := author.text("name"))]
    names = names or [entry.text("author") or entry.text("authors_")]
    lines = (_plain(Text(text=name, is_html="<" in name))[:20_000] for name in names)
    return tuple(name for line in filter(None, lines) for name in split_names(line))


def _moment(entry: Fields, today: date) -> datetime | None:
    """When the paper appeared, or was last changed, in UTC; the issue's date only where there is no other."""
    for key in _DATES:
        text = entry.text(key)
        instant = dates.moment(text) or (dates.month(text) if key == "prism_coverdate" else None)
        if moment := dates.trust(instant, today):
            return moment
        if text:
            entry.leave_out(key, "it is too far ahead to be true" if instant else "it is not understood as a date")
    return None


def _plain(source: Text) -> str:
    """The text in one line; mark-up is dropped, its text is kept.

    Plain text that closes an element is mark-up as well: feedparser takes HTML for plain text where it does not know
    one of the elements (`<mml:math>`), or a comparison (`p<0.05`) stands beside them.
    """
    text = source.text[:_LONGEST_MARKUP]
    if source.is_html:
        return one_line(visible(formulas.merge_formulas(text)))
    return plain_text(text) if "</" in text else one_line(text)
