"""bioRxiv and medRxiv: preprints of biology and medicine, by the days on which they were posted or revised.

`Biorxiv` asks the servers' one interface (https://api.biorxiv.org/details/medrxiv/help) through the polite client, page
after page to the end; `parse` is pure, and reads saved answers as well. Every version of a preprint is a row of its
own. An answer that does not come, or breaks off before its own total, is an error: half a day never looks like one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from adapters.sources import dates
from adapters.sources.entries import Unreadable, divide, join, read_entries
from adapters.sources.http import Answer, PoliteClient
from adapters.sources.indexes import (
    RXIV_DOI,
    identifier,
    lenient_count,
    marked_text,
    plain_text,
    read_json,
    record,
    records,
    text,
)
from adapters.sources.people import clean_names, turn_name
from adapters.sources.traits import BIORXIV
from core.errors import BadCategory, BadFeed, Refused
from core.ingest.listing import Listing, Page, UnreadEntry
from core.ingest.ports import PaperArchive, PaperFinder, PaperSource
from core.ingest.state import SourceState
from core.papers import highwire
from core.papers.categories import canonical
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Paper
from core.papers.taxonomy import SUBJECT_AREAS
from core.text.readable import quantity
from core.time import Clock

NAME: Final = BIORXIV.name

_SERVERS: Final = BIORXIV.whole
#: preprints are posted under a day that is over already
_OVERLAP: Final = timedelta(days=2)
#: days that a refresh makes up for; the archive reads older ones
_LONGEST_GAP: Final = timedelta(days=14)
#: rows that the service gives at most in one page
_PAGE: Final = 100
#: pages of one refresh; fourteen busy days of bioRxiv have thirty
_MOST_PAGES: Final = 100
#: preprints that `find` asks for at most, one or two requests each
_MOST_FOUND: Final = 20
_MOST_VERSIONS: Final = 999

#: newer ones hold the day on which they were given, a few days before the first version was posted
_DATED_DOI: Final = re.compile(r"10\.\d+/(\d{4})\.(\d\d)\.(\d\d)\.\d+", re.ASCII)
_NOTHING: Final = re.compile(r"no \w+ (?:were )?found", re.IGNORECASE)
_WITHDRAWN_TITLE: Final = re.compile(r"^\W*withdrawn(?:\s*[:.]|\s+[–—-]\s|\s*$)|[\[(]withdrawn[\])]", re.IGNORECASE)
_WITHDRAWN_TEXT: Final = re.compile(
    r"\bwithdrawn (?:this|the|their|our) (?:manuscript|preprint|article|paper|study)\b"
    r"|\b(?:manuscript|preprint|article|paper) (?:has been|was|is) withdrawn\b",
    re.IGNORECASE,
)
#: characters of an abstract within which a notice of withdrawal says so
_NOTICE: Final = 200
_WITHDRAWN: Final = "Withdrawn"
_LICENCE: Final = re.compile(r"cc_(by)(?:_(nc))?(?:_(sa|nd))?|cc0(?:_ng)?")

Row = Mapping[str, Any]


class Biorxiv(PaperSource, PaperArchive, PaperFinder):
    """Both servers; a scope is a server (`medrxiv`) or one of its subject areas (`biorxiv:cell biology`)."""

    name = NAME

    def __init__(self, client: PoliteClient, *, clock: Clock, base_url: str = "https://api.biorxiv.org") -> None:
        self._client = client
        self._clock = clock
        self._base_url = base_url.rstrip("/")

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """What was posted since the newest day that we hold, and on the two days before it, until today.

        `is_cut` where more than fourteen days were missed: the archive has them. Not where those fourteen are
        empty, as they may be in a small subject area.
        """
        until = self._clock.now().astimezone(UTC).date()
        newest = min(last.listing_day if last and last.listing_day else until, until)
        since = max(newest - _OVERLAP, until - _LONGEST_GAP)
        span = _Span(scope=_canonical_scope(scope), since=since, until=until)
        pages = [page async for page in self._pages(span, 0, _MOST_PAGES)]
        listing = _join_pages([page.listing for page in pages])
        # a day in the future would hide every day until then
        day = min(listing.day, until) if listing.day else None
        is_cut = since > newest and bool(listing.announcements)
        return replace(listing, day=day, is_cut=is_cut or bool(pages[-1].cursor))

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """Everything of the span, in the pages that the service makes; the steps are preprints."""
        span = _Span(scope=_canonical_scope(scope), since=since, until=until)
        offset = span.offset(cursor)
        if since > until:
            return
        if offset and not (await self._ask(span, offset)).rows:
            offset = 0  # the cursor promised more rows: the service counts differently by now
        async for page in self._pages(span, offset):
            yield page

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """Every version that the servers have of the first twenty DOIs; each costs a request."""
        dois = [id.value for id in dict.fromkeys(ids) if id.scheme == "doi" and RXIV_DOI.fullmatch(id.value)]
        listings = [await self._preprint(doi) for doi in dois[:_MOST_FOUND]]
        lines = tuple(replace(line, is_news=False) for listing in listings for line in listing.announcements)
        problems = tuple(problem for listing in listings for problem in listing.problems)
        is_cut = len(dois) > _MOST_FOUND
        return Listing(source=NAME, scope="preprints", announcements=lines, problems=problems, is_cut=is_cut)

    async def search(self, words: str, *, limit: int) -> Listing:
        """Find nothing: the interface knows days and DOIs, and no words."""
        return Listing(source=NAME, scope="preprints")

    async def _preprint(self, doi: str) -> Listing:
        for server in _SERVERS:
            listing = _read((await self._get(f"/details/{server}/{doi}")).body, server).listing
            if listing.announcements or listing.problems:
                return listing
        return Listing(source=NAME, scope=server)

    async def _pages(self, span: _Span, offset: int, most: int | None = None) -> AsyncGenerator[Page, None]:
        read, total, before = 0, None, Listing(source=NAME, scope=span.scope)
        while most is None or read < most:
            answer = await self._ask(span, offset)
            total = answer.total if answer.total is not None else total
            if answer.rows == 0 and offset < (total or 0):
                answer = await self._ended_early(span, offset, total or 0)
            if answer.rows and _listing_facts(answer.listing) == _listing_facts(before):
                raise BadFeed(f"{_title(span.scope)} gives the same page again and again.")
            offset, read = offset + answer.rows, read + 1
            is_last, before = answer.rows == 0 or (total is not None and offset >= total), answer.listing
            listing = replace(answer.listing, scope=span.scope)
            yield Page(listing=listing, cursor="" if is_last else span.cursor(offset), done=offset, total=total)
            if is_last:
                return

    async def _ended_early(self, span: _Span, offset: int, total: int) -> _Answer:
        """Ask again where an answer ends at `offset` before its total.

        The service counts rows that it does not give (https://github.com/ropensci/medrxivr/issues/19). Where it ends
        there twice, and few rows are missing, the answer is complete, with a problem that tells of the missing rows.
        """
        retry = await self._ask(span, offset)
        if retry.rows:
            return retry
        short = f"tells of {quantity(total, 'preprint')} and gives none after {offset}"
        if not retry.is_end or total - offset >= _PAGE:
            raise BadFeed(f"{_title(span.scope)} {short}.")
        problem = UnreadEntry(where=_title(span.scope), reason=f"it {short}")
        return replace(retry, listing=replace(retry.listing, problems=(problem,), claimed_entries=total))

    async def _ask(self, span: _Span, offset: int) -> _Answer:
        return _read((await self._get(span.path(offset))).body, span.scope)

    async def _get(self, path: str) -> Answer:
        return await self._client.get(f"{self._base_url}{path}", accept="application/json")


def parse(body: bytes) -> Listing:
    """Read a saved answer, or a list of its records. Raises BadFeed for anything else, Refused for an answer of no."""
    return _read(body, "").listing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Some days of a server or of one of its subject areas."""

    scope: str
    since: date
    until: date

    def path(self, offset: int) -> str:
        """The address of the page that begins after `offset` preprints."""
        server, _, area = self.scope.partition(":")
        category = f"?category={quote(area.replace(' ', '_'))}" if area else ""
        return f"/details/{server}/{self.since}/{self.until}/{offset}{category}"

    def cursor(self, offset: int) -> str:
        """Where to go on, such as `biorxiv/2026-07-15:2026-07-18/100`."""
        return f"{self.scope}/{self.since}:{self.until}/{offset}"

    def offset(self, cursor: str) -> int:
        """The offset of a cursor of this span; the beginning for any other."""
        place, _, digits = cursor.rpartition("/")
        is_ours = f"{place}/0" == self.cursor(0) and digits.isascii() and digits.isdigit()
        return int(digits) if is_ours and len(digits) < 10 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """One page, read."""

    listing: Listing
    #: rows that the page has, readable or not
    rows: int
    #: rows that the whole answer has, where it tells
    total: int | None
    #: the service says in so many words that there is nothing
    is_end: bool


def _canonical_scope(scope: str) -> str:
    """A scope in its canonical spelling. Raises BadCategory."""
    if scope.partition(":")[0].lower() not in _SERVERS:
        raise BadCategory(
            f"bioRxiv has no '{scope[:60]}'.", hint="Write biorxiv, medrxiv, or like biorxiv:neuroscience."
        )
    return canonical(scope)


def _title(scope: str) -> str:
    return SUBJECT_AREAS.get(scope.partition(":")[0], "bioRxiv")


def _listing_facts(listing: Listing) -> tuple[object, ...]:
    return listing.announcements, listing.problems


def _join_pages(parts: Sequence[Listing]) -> Listing:
    """The pages of one answer as one listing, of its newest day."""
    day = max((part.day for part in parts if part.day), default=None)
    return replace(join(parts), day=day, claimed_entries=parts[-1].claimed_entries)


def _read(body: bytes, scope: str) -> _Answer:
    """Read one page. Raises BadFeed, and Refused for a message other than that there is nothing."""
    document = read_json(body, _title(scope))
    message = next(iter(records(record(document).get("messages"))), {})
    collection = document if isinstance(document, list) else record(document).get("collection")
    status, total = text(message.get("status")), lenient_count(message.get("total"))
    is_end = bool(_NOTHING.match(status)) and not collection
    if not is_end:
        _check(status, collection, scope)
    rows = collection if isinstance(collection, list) else []
    return _Answer(listing=_listing(rows, scope, total), rows=len(rows), total=total, is_end=is_end)


def _check(status: str, rows: object, scope: str) -> None:
    if status and status.lower() != "ok":
        raise Refused(f"{_title(scope)} refused the request: {status[:200]}.", status=200)
    if not isinstance(rows, list):
        raise BadFeed(f"{_title(scope)} answered with something that is not a list of preprints.")


def _listing(rows: Sequence[object], scope: str, total: int | None) -> Listing:
    entries = read_entries(map(record, rows), lambda row: _announcement(row, scope), lambda row: text(row.get("doi")))
    announcements, problems = divide(entries)
    return Listing(
        source=NAME,
        scope=scope or "+".join(dict.fromkeys(entry.scope for entry in announcements))[:200] or NAME,
        announcements=announcements,
        problems=problems,
        day=max((entry.day for entry in announcements), default=None),
        claimed_entries=total,
    )


def _announcement(row: Row, scope: str) -> Announcement:
    server, area = _server(row, scope), text(row.get("category")).lower().replace("_", " ")
    posted_at = dates.moment(text(row.get("date")))
    if posted_at is None:
        raise Unreadable("it does not say on which day it was posted")
    version = lenient_count(row.get("version")) or 1
    kind = AnnounceType.REPLACE if version > 1 else AnnounceType.NEW
    return Announcement(
        paper=_paper(row, server, area, posted_at, kind),
        source=NAME,
        scope=f"{server}:{area}" if area else server,
        day=posted_at.date(),
        type=kind,
    )


def _paper(row: Row, server: str, area: str, posted_at: datetime, kind: AnnounceType) -> Paper:
    id, title = _id(row), plain_text(row.get("title"))
    version = min(lenient_count(row.get("version")) or 1, _MOST_VERSIONS)
    if not title:
        raise Unreadable("it has no title")
    url = f"https://www.{server}.org/content/{id.value}v{version}"
    return Paper(
        id=id,
        version=version,
        title=title,
        abstract=plain_text(highwire.plain(marked_text(row.get("abstract")))),
        authors=clean_names(map(turn_name, text(row.get("authors")).split(";"))),
        categories=(area,) if area else (),
        published=_first_appearance(id, version, posted_at),
        announced=posted_at.date(),
        announce_type=kind,
        url=url,
        pdf_url=f"{url}.full.pdf",
        doi=id.value,
        licence=_licence(text(row.get("license")).lower()),
        comment=_comment(row, title),
        identifiers=_published_as(row, id),
        sources=(NAME,),
    )


def _id(row: Row) -> PaperId:
    value = text(row.get("doi"))
    id = identifier(value)
    if id and id.scheme == "doi" and RXIV_DOI.fullmatch(id.value):
        return id
    raise Unreadable(f"'{value[:60]}' is no DOI of bioRxiv's or medRxiv's" if value else "it has no DOI")


def _first_appearance(id: PaperId, version: int, posted_at: datetime) -> datetime:
    """When the first version appeared, as nearly as the row of a later version shows."""
    match = _DATED_DOI.fullmatch(id.value) if version > 1 else None
    doi_day = dates.midnight(*map(int, match.groups())) if match else None
    return min(posted_at, doi_day) if doi_day else posted_at


def _server(row: Row, scope: str) -> str:
    """The server that the row names, else the one with its full text, else the one that was asked."""
    asked_server = scope.partition(":")[0]
    for value in (text(row.get("server")).lower(), text(row.get("jatsxml")).lower()):
        if server := next((name for name in _SERVERS if name in value), None):
            return server
    return asked_server or NAME


def _licence(label: str) -> str | None:
    """The address of a licence: of `cc_by_nc_nd`, or of `cc0`."""
    if not (match := _LICENCE.fullmatch(label)):
        return None
    kind = f"licenses/{'-'.join(filter(None, match.groups()))}/4.0" if match[1] else "publicdomain/zero/1.0"
    return f"https://creativecommons.org/{kind}/"


def _comment(row: Row, title: str) -> str:
    notice = text(row.get("abstract"))[:_NOTICE]
    is_withdrawn = (
        "withdraw" in text(row.get("type")).lower() or _WITHDRAWN_TITLE.search(title) or _WITHDRAWN_TEXT.search(notice)
    )
    return (f"{_WITHDRAWN}: {notice}" if _WITHDRAWN_TEXT.search(notice) else _WITHDRAWN) if is_withdrawn else ""


def _published_as(row: Row, id: PaperId) -> tuple[PaperId, ...]:
    """The DOI of the journal's version, where there is one (`NA` where not)."""
    published_id = identifier(row.get("published"))
    return (published_id,) if published_id and published_id.scheme == "doi" and published_id != id else ()
