"""arXiv's listing page, `/list/{category}/new`: the feed's announcements once more, counted by arXiv itself.

`ArxivListing` is asked where the feed is in doubt. Each of its headings says how many
entries there are, so that a page that we fail to understand cannot look like a quiet day. `parse` is pure. The page is
written for people: an entry that is cut off is left out, and missing entries become a problem.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote

from adapters.sources import dates
from adapters.sources.arxiv_parts import (
    EASTERN,
    HOSTS,
    NAME,
    kind_in,
    make_paper,
    readable,
    reference,
    refusal,
    refuse_busy,
    split_dois,
    title,
    unknown_category,
)
from adapters.sources.entries import Unreadable, divide, read_entries
from adapters.sources.http import Answer, PoliteClient
from adapters.sources.people import clean_names
from adapters.sources.text import one_line
from core.errors import BadFeed
from core.ingest.listing import Listing, UnreadEntry
from core.papers.paper import Announcement, AnnounceType
from core.text.readable import quantity

#: the version of a replacement where the page does not show it: there is at least one before it
LEAST_REPLACED: Final = 2
#: the most entries that a page may show
SHOW: Final = 2000
#: no day has had a tenth of these pages
_PAGES: Final = 10
#: bytes at the end of a page, among which a whole page says that it ends
_LAST: Final = 1_000
#: longer tags are none of arXiv's, in characters
_LONGEST_TAG: Final = 2_000

_NO_TAG: Final = re.compile(rf"<(?![^<>]{{1,{_LONGEST_TAG}}}>)")
_DECLARATION: Final = re.compile(r"<[!?][^<>]*>")
_DAY: Final = re.compile(r"Showing new listings for \w+, (\d{1,2} \w+ \d{4})", re.ASCII)
_HEADING: Final = re.compile(
    r"^(\w+) .*?\((?:continued, )?showing (?:first |last )?\d+ of (\d{1,6}) entries ?\)", re.ASCII
)
_END: Final = re.compile(rb"</html\s*>", re.IGNORECASE)
_TOTAL: Final = re.compile(r"[Tt]otal of (\d{1,6}) entries", re.ASCII)
_CODE: Final = re.compile(r"\(([A-Za-z-]+(?:\.[A-Za-z-]+)?)\)$")
_HTML_VERSION: Final = re.compile(r"/html/[^\s/]+v(\d{1,3})$", re.ASCII)
#: what arXiv writes in the place of an address
_THIS_URL: Final = re.compile(r"\s*this (?:\w+ )?URL\s*", re.ASCII)
#: what ends the text that was being read
_ENDING: Final = frozenset({"h3", "dd", "div", "p"})
_UNKNOWN: Final = "Invalid archive or category"


class ArxivListing:
    """The newest announcements of one category, from arxiv.org or a mirror of it."""

    def __init__(self, client: PoliteClient, *, base_url: str = "https://arxiv.org") -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")

    async def fetch(self, scope: str) -> Listing:
        """The newest listing of category `scope`, all pages of it; entries that are missing are `problems`.

        A replacement's version is known only where the page links to its HTML form; otherwise it is LEAST_REPLACED.
        Raises Throttled, Unreachable, Refused, BadFeed, BadCategory.
        """
        whole = await self._page(scope, 0)
        for number in range(1, _PAGES):
            if not whole.goes_on_after(number * SHOW):
                break
            whole += await self._page(scope, number * SHOW)
        return _listing(whole, scope)

    async def _page(self, scope: str, skip: int) -> _Page:
        answer = await self._client.get(
            f"{self._base_url}/list/{quote(scope, safe='')}/new?skip={skip}&show={SHOW}",
            accept="text/html, application/xhtml+xml;q=0.9",
            readable=(400, 404),
            other_hosts=HOSTS,
        )
        return _read(_body_of(answer, scope), scope)


def parse(body: bytes, scope: str) -> Listing:
    """Read one page. Raises BadFeed for anything that is no listing page."""
    return _listing(_read(body, scope), scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The contents of one page, or of several of them."""

    day: date
    entries: tuple[Announcement | UnreadEntry, ...]
    #: heading -> all entries under it, on whatever page
    under: Mapping[str, int]
    #: entries on all pages, as the page says
    total: int

    @property
    def expected_count(self) -> int:
        """How many entries the listing has; a heading may be cut away, or on a later page."""
        return max(sum(self.under.values()), self.total)

    def goes_on_after(self, entries: int) -> bool:
        """Is there a page that begins after so many entries?"""
        return self.expected_count > entries

    def __add__(self, later: _Page) -> _Page:
        if later.day != self.day:
            raise BadFeed("arXiv put up another day's listing while its pages were read; none of it was taken.")
        return _Page(
            day=self.day,
            entries=self.entries + later.entries,
            under={**self.under, **later.under},
            total=max(self.total, later.total),
        )


def _body_of(answer: Answer, scope: str) -> bytes:
    refuse_busy(answer)
    if answer.status == 200:
        return answer.body
    if _UNKNOWN.encode() in answer.body:
        raise unknown_category(scope, _UNKNOWN)
    raise refusal(answer)


def _listing(page: _Page, scope: str) -> Listing:
    # under two headings it counts as under the first, which is news where the second is not
    lines, problems = divide(page.entries)
    announcements = {line.paper.id: line for line in reversed(lines)}
    if missing := page.expected_count - len(page.entries):
        reason = f"the page says {quantity(page.expected_count, 'entry')} and {len(page.entries)} could be read"
        problems += (UnreadEntry(where="the listing page", reason=reason),) if missing > 0 else ()
    return Listing(
        source=NAME,
        scope=scope,
        announcements=tuple(reversed(announcements.values())),
        problems=problems,
        day=page.day,
        claimed_entries=page.expected_count,
    )


def _read(body: bytes, scope: str) -> _Page:
    text = _tame(body.decode("utf-8", "replace"))
    day_match = _DAY.search(text)
    day = dates.day(day_match[1]) if day_match else None
    if day is None:
        raise BadFeed(f"The answer for {scope[:60]} is no listing page of arXiv's: it names no day.")
    reader = _Reader()
    reader.feed(text)
    headings = [match for heading in reader.headings if (match := _HEADING.match(heading))]
    total = _TOTAL.search(text)
    if not total and not _END.search(body[-_LAST:]):
        # without the number of entries, a page that is cut off looks like a quiet day
        raise BadFeed("The listing page breaks off in the middle; none of it was taken.")
    return _Page(
        day=day,
        entries=tuple(
            read_entries(reader.entries, lambda entry: _announcement(entry, scope, day), lambda entry: entry.id)
        ),
        under={match[1].lower(): int(match[2]) for match in headings},
        total=int(total[1]) if total else 0,
    )


def _tame(markup: str) -> str:
    """Remove comments and declarations, and every `<` that does not begin a short, closed tag.

    Python's parser would take quadratic time for them.
    """
    first, *comments = markup.split("<!--")
    plain = "".join((first, *(comment.partition("-->")[2] for comment in comments)))
    return _DECLARATION.sub("", _NO_TAG.sub("&lt;", plain))


def _announcement(entry: _Entry, scope: str, day: date) -> Announcement:
    id, _ = reference(entry.id)
    categories = _categories(entry.text("subjects"))
    kind = _kind(entry.heading, scope, categories)
    paper = make_paper(
        id,
        version=entry.version or (LEAST_REPLACED if kind.is_replacement else 1),
        title=title(entry.text("title")),
        abstract=readable(entry.text("abstract")),
        authors=_authors(entry),
        categories=categories,
        published=datetime.combine(day, time(), EASTERN).astimezone(UTC),
        announced=day,
        announce_type=kind,
        dois=split_dois(entry.text("doi")),
        journal=readable(entry.text("journal-ref")) or None,
        comment=readable(entry.text("comments")),
    )
    return Announcement(paper=paper, source=NAME, scope=scope, day=day, type=kind)


def _kind(heading: str, scope: str, categories: tuple[str, ...]) -> AnnounceType:
    match heading.partition(" ")[0].lower():
        case "new":
            return AnnounceType.NEW
        case "cross" | "cross-lists":
            return AnnounceType.CROSS
        case "replacement" | "replacements":
            return kind_in(scope, categories, is_replacement=True)
    raise Unreadable(f"'{heading[:40]}' is no heading that we know")


def _authors(entry: _Entry) -> tuple[str, ...]:
    """The linked names; where nothing is linked, the names between commas."""
    names = map("".join, entry.authors) if entry.authors else entry.text("authors").split(",")
    return clean_names(name for name in map(readable, names) if not name.startswith("("))


def _categories(subjects: str) -> tuple[str, ...]:
    """The codes of `Computation and Language (cs.CL); Machine Learning (cs.LG)`; classes of other schemes have none."""
    codes = (_CODE.search(subject.strip()) for subject in subjects.split(";"))
    return tuple(dict.fromkeys(code[1] for code in codes if code))


@dataclass(slots=True)
class _Entry:
    """One `dt` and its `dd`, as text."""

    #: the heading that it stands under
    heading: str
    id: str = ""
    version: int | None = None
    #: of each name, the pieces of its text
    authors: list[list[str]] = field(default_factory=list)
    #: part -> the pieces of its text
    parts: dict[str, list[str]] = field(default_factory=dict)

    def text(self, part: str) -> str:
        """All of a part, in one line."""
        return one_line("".join(self.parts.get(part, ())))


class _Reader(HTMLParser):
    """Walks through a page and keeps its headings and its whole entries."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[str] = []
        self.entries: list[_Entry] = []
        self._entry: _Entry | None = None
        #: where text goes now; None where it is furniture
        self._into: list[str] | None = None
        self._is_label = False
        self._is_names = False
        #: where the link leads whose text is being read
        self._target = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Headings, entries and the parts of entries begin."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "h3":
            self._into = []
        elif tag == "dt":
            self._entry, self._into = _Entry(heading=self.headings[-1] if self.headings else ""), None
        elif self._entry is not None:
            self._part(self._entry, tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        """Keep the heading or entry that ends; text after a part that ends is furniture."""
        if tag == "h3" and self._into is not None:
            self.headings.append(one_line("".join(self._into)))
        elif tag == "dd" and self._entry is not None:
            self.entries.append(self._entry)
            self._entry = None
        elif tag == "span":
            self._is_label = False
        if tag == "a":
            self._target = ""
        if tag in _ENDING or (tag == "a" and self._is_names):
            self._into = None
            self._is_names = tag == "a"

    def handle_data(self, data: str) -> None:
        """Keep the text of whatever is open."""
        if self._into is not None and not self._is_label:
            self._into.append(self._target if self._target and _THIS_URL.fullmatch(data) else data)

    def _part(self, entry: _Entry, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "a":
            self._link(entry, attributes)
        elif tag == "span":
            self._is_label = attributes.get("class") == "descriptor"
        elif tag == "div" and (part := _part_name(attributes.get("class", ""))):
            self._into = entry.parts.setdefault(part, [])
            self._is_names = part == "authors"
        elif tag == "p":
            self._into = entry.parts.setdefault("abstract", [])
        elif tag == "br" and self._into is not None:
            self._into.append(" ")

    def _link(self, entry: _Entry, attributes: Mapping[str, str]) -> None:
        self._target = attributes.get("href", "")
        if attributes.get("title") == "Abstract":
            entry.id = attributes.get("id", "")
        elif attributes.get("title") == "View HTML" and (match := _HTML_VERSION.search(attributes.get("href", ""))):
            entry.version = int(match[1]) or None
        elif self._is_names:
            entry.authors.append([])
            self._into = entry.authors[-1]


def _part_name(classes: str) -> str:
    """`list-title mathjax` -> `title`."""
    first = classes.partition(" ")[0]
    return first.removeprefix("list-") if first.startswith("list-") else ""
