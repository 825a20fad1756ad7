"""arXiv's archive for harvesters, OAI-PMH: every record of a category that was changed on certain days.

`ArxivArchive` reads a span of days in windows of at most a month, page by page, through the polite client; `parse` is
pure and reads one page. The protocol is https://www.openarchives.org/OAI/openarchivesprotocol.html, arXiv's part of it
https://info.arxiv.org/help/oa/. A record bears the day of its *last* change: for a paper that was never revised that is
the day of its listing, for a revised one the listing day of the newest revision.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

from adapters.sources import dates
from adapters.sources.arxiv_parts import (
    HOSTS,
    NAME,
    kind_in,
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
from adapters.sources.http import PoliteClient
from adapters.sources.people import clean_names
from adapters.sources.text import one_line
from core.errors import BadFeed, Refused
from core.ingest.listing import Listing, Page
from core.ingest.ports import PaperArchive
from core.papers.categories import canonical
from core.papers.paper import Announcement

#: the oldest record; asking for earlier days is an error
EARLIEST: Final = date(2007, 5, 23)

_OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_ARXIV: Final = "{http://arxiv.org/OAI/arXiv/}"
#: archives that are sets of their own; all others belong to physics
_GROUPS: Final = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})
#: a record that is changed later than this was not announced that day: somebody added a DOI or a licence. Moderation
#: has held papers back for most of a year.
_LONGEST_HELD: Final = timedelta(days=366)
#: how often one window is begun again because arXiv no longer knows its token
_RESTARTS: Final = 3
_LONGEST_TOKEN: Final = 2_000
#: a page of 2,000 records may be searched for longer than anything else of arXiv's, in seconds
_LONGEST_SEARCH_S: Final = 180.0
#: moments of the protocol: always in UTC, so that they are ordered as text
_UTC: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


class ArxivArchive(PaperArchive):
    """The records of oaipmh.arxiv.org, or of a mirror of it."""

    name = NAME

    def __init__(self, client: PoliteClient, *, base_url: str = "https://oaipmh.arxiv.org") -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """The records of category or archive `scope` that were last changed from `since` to `until`, by month.

        A paper that was changed again after `until` is not among them. `done` and `total` are days. Raises Throttled,
        Unreachable, Refused, BadFeed, BadCategory.
        """
        name, span = set_of(scope), _Span(since=max(since, EARLIEST), until=until)
        window, token = span.resume(cursor)
        restarts = 0
        while window is not None:
            try:
                part = await self._part(scope, name, window, token)
            except _BadToken:
                restarts += 1
                if not token or restarts > _RESTARTS:
                    raise
                token = _NONE
                continue
            if part.token.text == token.text != "":
                raise BadFeed("arXiv's archive gives the same page again and again.")
            days_done = span.days_done(window, part)
            if part.token:
                token = part.token
            else:
                window, token, restarts = span.after(window), _NONE, 0
            yield Page(listing=part.listing, cursor=_cursor(window, token), done=days_done, total=span.days)

    async def _part(self, scope: str, name: str, window: _Window, token: _Token) -> _Part:
        if token:
            return await self._continue(scope, token)
        try:
            return await self._ask(scope, _question(name, window))
        except _Wrong as error:
            if error.answered_on is None or error.answered_on >= window.until:
                raise
            if error.answered_on < window.since:
                return _Part(listing=Listing(source=NAME, scope=scope))
            shorter_window = replace(window, until=error.answered_on)
            return await self._ask(scope, _question(name, shorter_window))

    async def _continue(self, scope: str, token: _Token) -> _Part:
        part = await self._ask(scope, f"verb=ListRecords&resumptionToken={quote(token.text, safe='')}")
        if token.is_over_at(part.answered_at):
            raise _BadToken("arXiv's archive refused the request: its token is over.", answered_on=None)
        if part.size is not None and part.size < token.size:
            raise _BadToken("arXiv's archive is changing: records left the days that are being read.", answered_on=None)
        return part

    async def _ask(self, scope: str, question: str) -> _Part:
        answer = await self._client.get(
            f"{self._base_url}/oai?{question}",
            accept="application/xml, text/xml;q=0.9",
            readable=(400,),
            other_hosts=HOSTS,
            total_s=_LONGEST_SEARCH_S,
        )
        with reading(answer):
            return _read(answer.body, scope)


def parse(body: bytes, scope: str) -> Listing:
    """Read one page of records; none at all is no error. Deleted records are left out.

    Raises BadFeed for anything that is no whole page, BadCategory and Refused for the errors of the protocol.
    """
    return _read(body, scope).listing


def set_of(scope: str) -> str:
    """The set that holds a category or an archive: `cs.CL` -> `cs:cs:CL`, `hep-th` -> `physics:hep-th`.

    Raises BadCategory.
    """
    category = canonical(scope)
    archive, _, subject = category.partition(".")
    group = archive if archive in _GROUPS else "physics"
    if category == group and group in _GROUPS:
        return group
    return ":".join(filter(None, (group, archive, subject)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """Where reading a window goes on.

    arXiv's token says how many records to skip, and arXiv always accepts it. Once records were changed, and so left the
    window, it would skip some that nobody has read: hence the moment at which it expires.
    """

    text: str = ""
    #: the moment of its end, as arXiv writes it; empty where it names none
    over_at: str = ""
    #: records of the window when arXiv gave it; 0 where that is not known any more
    size: int = 0

    def __bool__(self) -> bool:
        return bool(self.text)

    def is_over_at(self, moment: str) -> bool:
        return bool(self.over_at) and moment >= self.over_at


_NONE: Final = _Token()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Days that are asked for at once, both inclusive."""

    since: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """The days to read, both inclusive, and the calendar months in which they are asked for."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return max((self.until - self.since).days + 1, 0)

    def window(self, first: date) -> _Window | None:
        """From this day to the end of its month."""
        if not self.since <= first <= self.until:
            return None
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        return _Window(since=first, until=min(next_month - timedelta(days=1), self.until))

    def after(self, window: _Window) -> _Window | None:
        return self.window(window.until + timedelta(days=1))

    def resume(self, cursor: str) -> tuple[_Window | None, _Token]:
        """Where a cursor goes on; the beginning for a cursor that is not ours."""
        head, _, token = cursor.partition(" ")
        day, _, over_at = head.partition("/")
        try:
            window = self.window(date.fromisoformat(day))
        except ValueError:
            window = None
        return (window, _Token(text=token, over_at=over_at)) if window else (self.window(self.since), _NONE)

    def days_done(self, window: _Window, part: _Part) -> int:
        """How many days are done once a part of a window is read."""
        in_window = (window.until - window.since).days + 1
        before = (window.since - self.since).days
        if not part.token:
            return before + in_window
        return before + int(in_window * part.share(window))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One page of a window."""

    listing: Listing
    #: where the next one is; none on the last
    token: _Token = _NONE
    #: when arXiv gave it, in its own words
    answered_at: str = ""
    #: records of the window before this page and in all, where arXiv tells
    cursor: int | None = None
    size: int | None = None

    def share(self, window: _Window) -> float:
        """How much of its window is read with this page, from 0 to 1: as arXiv counts, or by the last record's day."""
        records = len(self.listing.announcements) + len(self.listing.problems)
        if self.size and self.cursor is not None:
            return min((self.cursor + records) / self.size, 1.0)
        last = self.listing.announcements[-1].day if self.listing.announcements else window.since
        return max((last - window.since).days, 0) / ((window.until - window.since).days + 1)


class _Wrong(Refused):
    """An error of the protocol's, and the day on which arXiv gave it."""

    def __init__(self, message: str, *, answered_on: date | None) -> None:
        super().__init__(message, status=200)
        self.answered_on = answered_on


class _BadToken(_Wrong):
    """The token is unknown or has expired."""


def _cursor(window: _Window | None, token: _Token) -> str:
    if window is None:
        return ""
    return f"{'/'.join(filter(None, (window.since.isoformat(), token.over_at)))} {token.text}"


def _question(name: str, window: _Window) -> str:
    dates = {"from": window.since.isoformat(), "until": window.until.isoformat()}
    return urlencode({"verb": "ListRecords", "metadataPrefix": "arXiv", "set": name, **dates}, safe=":")


def _read(body: bytes, scope: str) -> _Part:
    root = xml_root(body, "answer")
    if root.tag != f"{_OAI}OAI-PMH":
        raise BadFeed(f"This is not an answer of arXiv's archive, but a document of type '{root.tag[:60]}'.")
    answered_at = _moment(root.findtext(f"{_OAI}responseDate", ""))
    if (error := root.find(f"{_OAI}error")) is not None:
        return _without_records(error, scope, answered_at)
    records = root.find(f"{_OAI}ListRecords")
    if records is None:
        raise BadFeed("The answer of arXiv's archive holds no records.")
    entries = read_entries(
        filter(_is_there, records.iterfind(f"{_OAI}record")),
        lambda record: _announcement(record, scope),
        lambda record: one_line(_in_header(record, "identifier")),
    )
    return _part(
        with_entries(Listing(source=NAME, scope=scope), entries), records.find(f"{_OAI}resumptionToken"), answered_at
    )


def _part(listing: Listing, token: Element | None, answered_at: str) -> _Part:
    if token is None:
        return _Part(listing=listing, answered_at=answered_at)
    text, size = (token.text or "").strip(), _number(token, "completeListSize")
    if len(text) > _LONGEST_TOKEN:
        raise BadFeed("The answer of arXiv's archive says in no sensible way where it goes on.")
    # arXiv calls it `expires`, the protocol `expirationDate`
    over_at = _moment(token.get("expires") or token.get("expirationDate") or "")
    return _Part(
        listing=listing,
        token=_Token(text=text, over_at=over_at, size=size or 0),
        answered_at=answered_at,
        cursor=_number(token, "cursor"),
        size=size,
    )


def _moment(text: str) -> str:
    """A moment as the protocol writes it; empty for any other text."""
    return text if _UTC.fullmatch(text := text.strip()) else ""


def _number(element: Element, name: str) -> int | None:
    text = element.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _without_records(error: Element, scope: str, answered_at: str) -> _Part:
    """An empty part where there are no records; every other error of the protocol is raised."""
    code, reason = one_line(error.get("code", ""))[:60], one_line(error.text or "")[:200].rstrip(".")
    if code == "noRecordsMatch":
        return _Part(listing=Listing(source=NAME, scope=scope), answered_at=answered_at)
    if code == "badArgument" and "set" in reason.lower().split():
        raise unknown_category(scope, reason)
    kind = _BadToken if code == "badResumptionToken" else _Wrong
    description = f"{code or 'an error'}: {reason}" if reason else code or "an error"
    raise kind(f"arXiv's archive refused the request ({description}).", answered_on=dates.day(answered_at))


def _is_there(record: Element) -> bool:
    """False for a record that was deleted."""
    header = record.find(f"{_OAI}header")
    return header is not None and header.get("status") != "deleted"


def _in_header(record: Element, name: str) -> str:
    return record.findtext(f"{_OAI}header/{_OAI}{name}", "")


def _announcement(record: Element, scope: str) -> Announcement:
    metadata = record.find(f"{_OAI}metadata/{_ARXIV}arXiv")
    if metadata is None:
        raise Unreadable("it is not in arXiv's own format")
    stamp = dates.day(_in_header(record, "datestamp"))
    if stamp is None:
        raise Unreadable("it does not say on which day it was changed")
    fields = {child.tag: child.text or "" for child in metadata}
    created_on, updated_on = (
        dates.day(fields.get(f"{_ARXIV}created", "")),
        dates.day(fields.get(f"{_ARXIV}updated", "")),
    )
    categories = unique_lines(fields.get(f"{_ARXIV}categories", "").split())
    is_revised = updated_on is not None and (created_on is None or updated_on > created_on)
    kind = kind_in(scope, categories, is_replacement=is_revised)
    is_news = _is_announced(stamp, created_on, updated_on)
    paper = make_paper(
        reference(fields.get(f"{_ARXIV}id") or _in_header(record, "identifier")).id,
        version=2 if is_revised else 1,
        title=title(fields.get(f"{_ARXIV}title", "")),
        abstract=readable(fields.get(f"{_ARXIV}abstract", "")),
        authors=clean_names(_authors(metadata)),
        categories=categories,
        published=datetime.combine(created_on, time(), UTC) if created_on else None,
        announced=stamp if is_news else None,
        announce_type=kind,
        dois=split_dois(fields.get(f"{_ARXIV}doi", "")),
        journal=readable(fields.get(f"{_ARXIV}journal-ref", "")) or None,
        licence=one_line(fields.get(f"{_ARXIV}license", "")) or None,
        comment=readable(fields.get(f"{_ARXIV}comments", "")),
    )
    return Announcement(paper=paper, source=NAME, scope=scope, day=stamp, type=kind, is_news=is_news)


def _is_announced(stamp: date, created_on: date | None, updated_on: date | None) -> bool:
    """Was the paper listed on the day of its last change? Never on the day of its submission, or long after it."""
    last = updated_on or created_on
    return created_on != stamp and (last is None or stamp - last <= _LONGEST_HELD)


def _authors(metadata: Element) -> Iterator[str]:
    for author in metadata.iterfind(f"{_ARXIV}authors/{_ARXIV}author"):
        parts = {child.tag: child.text or "" for child in author}
        name = " ".join(parts.get(f"{_ARXIV}{part}", "") for part in ("forenames", "keyname", "suffix"))
        if name := readable(name):
            yield name
