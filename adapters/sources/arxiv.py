"""arXiv's daily feed: one category at a time, as RSS or Atom, with everything a digest needs and no further call.

`ArxivFeed` fetches through the polite client; `parse` is pure and reads both forms by their root element, for it and
for saved files. arXiv describes them at https://info.arxiv.org/help/rss_specifications.html. An entry that cannot be
read becomes a problem of the listing; an answer that is not whole is no listing, so that half a day never looks like
one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal
from urllib.parse import quote
from xml.etree.ElementTree import Element

from adapters.sources import dates
from adapters.sources.arxiv_listing import LEAST_REPLACED, ArxivListing
from adapters.sources.arxiv_parts import (
    HOSTS,
    NAME,
    eastern_day,
    make_paper,
    readable,
    reading,
    reference,
    split_dois,
    title,
    unique_lines,
    unknown_category,
    xml_root,
)
from adapters.sources.entries import Unreadable, read_entries, with_entries
from adapters.sources.http import UNCONDITIONAL, Answer, PoliteClient
from adapters.sources.people import clean_names
from adapters.sources.text import one_line
from core.errors import BadFeed
from core.ingest.listing import Listing
from core.ingest.ports import PaperSource
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType

#: the feed holds no more than this; what is lost are the *new* papers
CAP: Final = 2000

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_HEAD: Final = re.compile(r"^\s*arXiv:\S+\s+Announce Type:\s*\S+\s*(?:Abstract:\s*)?")
_TOPICS: Final = re.compile(r"^(.{1,400}) updates on arXiv\.org$")
_PARENTHESES: Final = re.compile(r"\([^()]*\)")
_MOST_NESTING: Final = 4
_SUFFIXES: Final = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
_ERROR_TITLE: Final = "Feed error for query:"


class ArxivFeed(PaperSource):
    """The daily announcements of one category, from rss.arxiv.org or a mirror; `listing` reads the same from a page."""

    name = NAME

    def __init__(
        self,
        client: PoliteClient,
        *,
        base_url: str = "https://rss.arxiv.org",
        form: Literal["rss", "atom"] = "rss",
        listing: ArxivListing | None = None,
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._form = form
        self._listing = listing
        #: scope -> the versions in its newest feed, for the listing page of the same day
        self._newest_versions: dict[str, _Versions] = {}

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """Today's announcements in category `scope`, or an unchanged listing."""
        answer = await self._client.get(
            f"{self._base_url}/{self._form}/{quote(scope, safe='+')}",
            accept=f"application/{self._form}+xml, application/xml;q=0.9, text/xml;q=0.8",
            validators=last.validators if last else UNCONDITIONAL,
            readable=(400,),
            other_hosts=HOSTS,
        )
        if answer.is_unchanged:
            return Listing(source=NAME, scope=scope, is_unchanged=True, validators=answer.validators)
        listing = _read(answer, scope)
        self._newest_versions[scope] = _versions(listing)
        return replace(listing, validators=answer.validators)

    async def fetch_otherwise(self, scope: str) -> Listing | None:
        """The same announcements from the listing page, with the versions that the feed of the same day had.

        The page does not show the version of every replacement, and never that of a withdrawn paper.
        """
        if self._listing is None:
            return None
        listing = await self._listing.fetch(scope)
        return _with_versions(listing, self._newest_versions.get(scope, _Versions()))


def parse(body: bytes, scope: str = "") -> Listing:
    """Read a whole feed, RSS or Atom; without a `scope`, the one that its title names.

    Raises BadFeed for anything that is not a whole feed of arXiv's, BadCategory for the feed that says so.
    """
    root = xml_root(body)
    form = _FORMS.get(root.tag)
    if form is None:
        subject = f"The answer for {scope}" if scope else "The document"
        raise BadFeed(f"{subject} is not a feed of arXiv's, but a document of type '{root.tag[:60]}'.")
    heading = one_line(root.findtext(form.feed_title, ""))
    if heading.startswith(_ERROR_TITLE):
        raise unknown_category(scope or heading.rpartition("/")[2], one_line(root.findtext(form.about, "")))
    topics = (scope,) if scope else _topics(heading)
    listed_at = _listing_moment(root, form)
    entries = read_entries(
        root.iterfind(form.items),
        lambda item: _announcement(item, form, topics, listed_at),
        lambda item: one_line(item.findtext(form.id, "")),
    )
    listing = Listing(
        source=NAME,
        scope="+".join(topics) or "all",
        day=eastern_day(listed_at) if listed_at else None,
        is_cut=len(entries) >= CAP,
    )
    return with_entries(listing, entries)


def split_authors(line: str) -> tuple[str, ...]:
    """Full names from one comma-joined line: affiliations in parentheses dropped, TeX accents turned into Unicode."""
    names: list[str] = []
    for part in _without_affiliations(line).split(","):
        name = readable(part)
        if names and name.lower() in _SUFFIXES:
            names[-1] = f"{names[-1]} {name}"
        elif name:
            names.append(name)
    return clean_names(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Versions:
    """The versions of a feed's replacements that are higher than the page would take them for."""

    day: date | None = None
    of: Mapping[PaperId, int] = field(default_factory=dict)


def _versions(listing: Listing) -> _Versions:
    papers = (line.paper for line in listing.announcements)
    return _Versions(
        day=listing.day, of={paper.id: paper.version for paper in papers if paper.version > LEAST_REPLACED}
    )


def _with_versions(page: Listing, versions: _Versions) -> Listing:
    if page.day != versions.day:
        return page
    lines = page.announcements
    return replace(page, announcements=tuple(_at_least(line, versions.of.get(line.paper.id, 0)) for line in lines))


def _at_least(line: Announcement, version: int) -> Announcement:
    return line if version <= line.paper.version else replace(line, paper=replace(line.paper, version=version))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """Where one form of the feed keeps things."""

    items: str
    feed_title: str
    about: str
    #: where the listing day stands, the better place first
    days: tuple[str, ...]
    id: str
    title: str
    abstract: str
    moment: str
    category: str


_FORMS: Final = {
    "rss": _Form(
        items="channel/item",
        feed_title="channel/title",
        about="channel/description",
        days=("channel/pubDate", "channel/lastBuildDate"),
        id="guid",
        title="title",
        abstract="description",
        moment="pubDate",
        category="category",
    ),
    f"{_ATOM}feed": _Form(
        items=f"{_ATOM}entry",
        feed_title=f"{_ATOM}title",
        about=f"{_ATOM}subtitle",
        days=(f"{_ATOM}entry/{_ATOM}published", f"{_ATOM}updated"),
        id=f"{_ATOM}id",
        title=f"{_ATOM}title",
        abstract=f"{_ATOM}summary",
        moment=f"{_ATOM}published",
        category=f"{_ATOM}category",
    ),
}


def _read(answer: Answer, scope: str) -> Listing:
    with reading(answer):
        return parse(answer.body, scope)


def _topics(title: str) -> tuple[str, ...]:
    match = _TOPICS.match(title)
    return tuple(filter(None, (topic.strip() for topic in match[1].split(",")))) if match else ()


def _listing_moment(root: Element, form: _Form) -> datetime | None:
    moments = (dates.moment(root.findtext(place, "")) for place in form.days)
    return next((moment for moment in moments if moment), None)


def _announcement(item: Element, form: _Form, topics: Sequence[str], listed_at: datetime | None) -> Announcement:
    fields, categories = {child.tag: child.text or "" for child in item}, _categories(item, form)
    id, version = reference(fields.get(form.id, ""))
    moment = dates.moment(fields.get(form.moment, "")) or listed_at
    if moment is None:
        raise Unreadable("neither it nor the feed says on which day it was announced")
    day, kind = eastern_day(moment), _kind(fields)
    paper = make_paper(
        id,
        version=version,
        title=title(fields.get(form.title, "")),
        abstract=readable(_HEAD.sub("", fields.get(form.abstract, ""), count=1)),
        authors=split_authors(fields.get(f"{_DC}creator", "")),
        categories=categories,
        published=moment,
        announced=day,
        announce_type=kind,
        dois=split_dois(fields.get(f"{_ARXIV}DOI", "")),
        journal=readable(fields.get(f"{_ARXIV}journal_reference", "")) or None,
        licence=one_line(fields.get(f"{_DC}rights", "")) or None,
    )
    return Announcement(paper=paper, source=NAME, scope=_scope(topics, categories), day=day, type=kind)


def _kind(fields: dict[str, str]) -> AnnounceType:
    name = one_line(fields.get(f"{_ARXIV}announce_type", AnnounceType.NEW))
    try:
        return AnnounceType(name)
    except ValueError as error:
        raise Unreadable(f"'{name[:40]}' is no announce type") from error


def _categories(item: Element, form: _Form) -> tuple[str, ...]:
    """The categories without repetitions, the primary one first."""
    codes = (element.get("term") or element.text or "" for element in item.iterfind(form.category))
    return unique_lines(codes)


def _scope(topics: Sequence[str], categories: Sequence[str]) -> str:
    """The category whose listing this is; in a feed of several, the paper's first category among its topics."""
    if len(topics) == 1:
        return topics[0]
    matches = (category for category in categories if category in topics or category.partition(".")[0] in topics)
    return next(matches, categories[0] if categories else NAME)


def _without_affiliations(line: str) -> str:
    """Remove text in parentheses, nested ones too; a parenthesis that is never closed stays."""
    for _ in range(_MOST_NESTING):
        line, count = _PARENTHESES.subn(" ", line)
        if not count:
            break
    return line
