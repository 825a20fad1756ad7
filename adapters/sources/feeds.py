"""Feeds of journals, archives and everybody else: any RSS, Atom or RDF, however ill-formed, read through feedparser.

`JournalFeeds` fetches the configured ones through the polite client; `parse` is pure and works on bytes, for it and for
saved files. Entries without a title, or without anything that identifies them, become problems of the listing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import quote
from xml.sax import SAXException

from adapters.sources import feed_bytes, formulas
from adapters.sources.feed_identity import identities, version
from adapters.sources.http import UNCONDITIONAL, Answer, PoliteClient
from adapters.sources.indexes import unmarked
from adapters.sources.markup import visible
from adapters.sources.text import one_line
from core.errors import BadCategory, BadFeed, Refused
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import PaperSource
from core.ingest.state import SourceState
from core.papers import furniture, highwire, imprint
from core.papers.addresses import cleaned as address_of
from core.papers.identifiers import PaperId, Reference
from core.papers.paper import Announcement, Paper
from core.time import Clock

NAME: Final = "feeds"
#: what a channel subscribes to: this and the feed's name
SCOPE: Final = "feed:"

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_GONE: Final = frozenset({404, 410})
#: characters of a title or an abstract that are read; `core.papers.bounds` says how many are kept
_LONGEST_MARKUP: Final = 100_000
_LONGEST_REASON: Final = 200
_INITIALS: Final = re.compile(r"^(?:[^\W\d_]\.[ -]?){1,4}$")
#: where a person reads of an entry that has no link
_HOMES: Final = {
    "arxiv": "https://arxiv.org/abs/{}",
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "guid": "",
}
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)", re.ASCII)


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
            readable=_GONE,
        )
        if answer.unchanged:
            return Listing(source=NAME, scope=scope, unchanged=True, validators=answer.validators)
        # a hostile feed takes seconds, in which everybody else goes on
        listing = await asyncio.to_thread(_read, answer, name, self._clock.now().date())
        return replace(listing, scope=scope, validators=answer.validators)


def _unknown(name: str, feeds: Mapping[str, str]) -> BadCategory:
    near = get_close_matches(name[:60].lower(), [one.lower() for one in feeds], n=1)
    named = [one for one in feeds if one.lower() in near] or list(feeds)[:10]
    if near:
        hint = f"Did you mean {named[0]}?"
    else:
        hint = f"The feeds are {', '.join(named)}." if named else "Name it under sources.feeds in the settings."
    return BadCategory(f"There is no feed '{name[:60]}'.", hint=hint)


def _read(answer: Answer, name: str, today: date) -> Listing:
    if answer.status in _GONE:
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
    """Read a feed of any kind. `now_day` is the day of entries that tell none, or one to come.

    `charset` is what the answer's Content-Type said, for documents that do not tell their own; `base` is the address
    that relative links start from. Raises BadFeed.
    """
    feed = feed_bytes.read(body, charset, base)
    if not feed.entries and not feed.get("version"):
        raise BadFeed(f"{scope or 'This'} is not a feed: it holds neither RSS nor Atom nor RDF.")
    journal = _name(feed.feed.get("prism_publicationname"))
    found = zip(feed.entries, identities(feed.entries), strict=True)
    read = list(_once_each(_entry(number, *one, scope, now_day) for number, one in enumerate(found, 1)))
    return Listing(
        source=NAME,
        scope=scope,
        announcements=tuple(_published_in(one, journal) for one in read if isinstance(one, Announcement)),
        problems=tuple(one for one in read if isinstance(one, UnreadEntry)),
        flaw=_flaw(feed),
        day=now_day,
    )


def _published_in(one: Announcement, journal: str | None) -> Announcement:
    """With the feed's journal, where the entry names none."""
    return one if one.paper.journal or not journal else replace(one, paper=replace(one.paper, journal=journal))


def _name(said: object) -> str | None:
    return _plain(said) or None


def _flaw(feed: Any) -> str:
    """What feedparser says of a feed that is no well-formed XML; it reads what it can."""
    error = feed.get("bozo_exception")
    if not isinstance(error, SAXException):
        return ""
    reason = one_line(error.getMessage())[:_LONGEST_REASON].rstrip(".")
    return f"The feed is damaged, so entries may be missing: {reason}."


def _once_each(read: Iterable[Announcement | UnreadEntry]) -> Iterator[Announcement | UnreadEntry]:
    """The first entry of each paper; a second one under another title cannot be told from it."""
    titles: dict[PaperId, str] = {}
    for one in read:
        if isinstance(one, UnreadEntry):
            yield one
        elif (id := one.paper.id) not in titles:
            titles[id] = one.paper.title
            yield one
        elif titles[id] != one.paper.title:
            yield UnreadEntry(where=one.paper.title[:80], reason=f"an earlier entry is {id} as well")


def _entry(
    number: int, entry: Any, found: tuple[Reference, ...], scope: str, now_day: date
) -> Announcement | UnreadEntry:
    title = _plain(entry.get("title_detail") or entry.get("title"))
    if not title:
        return UnreadEntry(where=f"entry {number}", reason="it has no title")
    if not found:
        return UnreadEntry(where=title[:80], reason="it has no DOI, no arXiv identifier and no address")
    moment = _moment(entry)
    day = min(moment.date(), now_day) if moment else now_day
    paper = _paper(entry, title, found, moment, day)
    return Announcement(paper=paper, source=NAME, scope=f"{SCOPE}{scope}", day=day)


def _paper(entry: Any, title: str, found: tuple[Reference, ...], moment: datetime | None, day: date) -> Paper:
    id = found[0].id
    dois = [one.id.value for one in found if one.id.scheme == "doi"]
    journal, categories, authors = (
        _name(entry.get("prism_publicationname")),
        tuple(_categories(entry)),
        tuple(_authors(entry)),
    )
    titled = furniture.bare(title, journal=journal or "", sections=categories)
    described = imprint.read(_descriptions(entry), title=titled.title, authors=authors)
    return Paper(
        id=id,
        version=version(entry, found),
        title=titled.title,
        abstract=described.abstract,
        authors=authors or titled.authors or described.authors,
        categories=categories,
        published=moment,
        announced=day,
        url=_page(entry.get("link"), id),
        pdf_url=_pdf(entry),
        doi=dois[0] if dois else None,
        journal=journal,
        licence=address_of(entry.get("rights")) or None,
        identifiers=tuple(dict.fromkeys(one.id for one in found if one.id != id)),
        sources=(NAME,),
    )


def _page(link: object, id: PaperId) -> str:
    """The entry's own link; with its fragment, where that is what identifies the entry on a page of many."""
    whole = address_of(link, fragment=True)
    return id.value if whole == id.value else address_of(link) or _HOMES.get(id.scheme, "{}").format(_escaped(id))


def _escaped(id: PaperId) -> str:
    return id.value if id.scheme == "url" else quote(id.value, safe="/:;()")


def _pdf(entry: Any) -> str:
    links = (one for one in entry.get("links") or () if one.get("type") == "application/pdf")
    return next(filter(None, (address_of(one.get("href")) for one in links)), "")


def _descriptions(entry: Any) -> Iterator[list[str]]:
    """Everything that may be the abstract, as paragraphs."""
    first = (entry.get("summary_detail") or entry.get("summary"), *(entry.get("content") or ()))
    for one in (*first, entry.get("dcterms_abstract"), entry.get("prism_teaser")):
        value = str(one.get("value") or "") if isinstance(one, dict) else str(one or "")
        marked = imprint.with_borders(highwire.plain(value[:_LONGEST_MARKUP]))
        yield _plain({**one, "value": marked} if isinstance(one, dict) else marked).split(imprint.BORDER)


def _categories(entry: Any) -> Iterator[str]:
    terms = (one_line(tag.get("term") or "")[:80].rstrip() for tag in (entry.get("tags") or ())[:20])
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
    """When it appeared, or was last changed, in UTC; the issue's date only where nothing else is told."""
    for key in ("published_parsed", "prism_publicationdate", "updated_parsed", "created_parsed", "prism_coverdate"):
        # as a plain dict, because feedparser's own look-up warns
        told = dict.get(entry, key)
        numbers = _day_numbers(told) if isinstance(told, str) else tuple(told or ())[:6]
        if len(numbers) >= 3:
            try:
                year, month, day, hour, minute, second = (*numbers, 0, 0, 0)[:6]
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except ValueError:
                continue
    return None


def _day_numbers(said: str) -> tuple[int, ...]:
    """Year, month and day of a date in ISO 8601; of one without a day, the first."""
    match = _ISO_DAY.match(said.strip())
    return (int(match[1]), int(match[2]), int(match[3] or 1)) if match else ()


def _plain(told: object) -> str:
    """Text of feedparser's: a string, or a value with its media type; mark-up is dropped, its text is kept.

    Plain text that closes an element is mark-up as well: feedparser takes HTML for plain text where it does not know
    one of the elements (`<mml:math>`), or a comparison (`p<0.05`) stands beside them.
    """
    if isinstance(told, dict):
        text, is_markup = str(told.get("value") or ""), "html" in str(told.get("type"))
    else:
        text = str(told or "")
        is_markup = "<" in text
    if is_markup:
        return one_line(visible(formulas.told_once(text[:_LONGEST_MARKUP])))
    return unmarked(text[:_LONGEST_MARKUP]) if "</" in text else one_line(text[:_LONGEST_MARKUP])
