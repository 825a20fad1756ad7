"""Hugging Face Daily Papers: votes, comments, code and summaries of papers that arXiv has.

`HuggingFaceDaily` asks through the polite client; `read_list` is pure, and `parse` reads saved answers with it. The
service's own description is https://huggingface.co/docs/hub/api#get-apidailypapers; its fields come and go, so that
each is taken where it is, and only where it is of its kind. Nothing here is news: arXiv announces, Hugging Face votes.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from adapters.sources import dates
from adapters.sources.entries import Unreadable, join, read_entries, with_entries
from adapters.sources.http import Answer, PoliteClient
from adapters.sources.indexes import identifier, lenient_count, link, read_json, text
from adapters.sources.people import clean_names
from adapters.sources.traits import HUGGINGFACE
from core.errors import BadCategory, BadFeed
from core.ingest.listing import Listing, Page
from core.ingest.ports import PaperArchive, PaperFinder, PaperSource
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper, Signals, Summary
from core.time import Clock

NAME: Final = HUGGINGFACE.name
#: entries that the service gives at most in one page; some pages hold fewer, and others follow all the same
PAGE: Final = 100

#: statuses of a page after the last one, where it is not an empty list
_PAST_THE_END: Final = (400, 404)

#: characters of a record that was saved as text; a recorded one has ten thousand
_LONGEST_TEXT: Final = 1_000_000
_DAILY: Final = "daily"
_SCOPES: Final = (_DAILY, "week", "month", "trending")
#: the day of the first list
_FIRST_DAY: Final = date(2023, 5, 1)
#: pages of a list that are read
_MOST_PAGES: Final = 10
#: papers that `find` asks for at most, one request each
_MOST_FOUND: Final = 20
_MOST_WORDS: Final = 250
#: names under which a collector, or a later version of the service, may have put the list
_LISTS: Final = ("data", "papers", "dailyPapers", "results", "items")
#: depth of entries within entries: a paper stands inside an entry, and maybe inside another one there
_DEEPEST: Final = 3
_CODE_HOSTS: Final = frozenset(
    {"github.com", "www.github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com"}
)
_LONGEST_URL: Final = 300
#: keywords that are taken of a paper, and how long one is at most, in characters
_MOST_KEYWORDS: Final = 20
_LONGEST_KEYWORD: Final = 80
_BREAKS: Final = re.compile(r"[\t\r\n]+")

Entry = Mapping[str, Any]


class HuggingFaceDaily(PaperSource, PaperArchive, PaperFinder):
    """The daily papers, and the papers of a week, of a month, and those that rise."""

    name = NAME

    def __init__(self, client: PoliteClient, *, clock: Clock, base_url: str = "https://huggingface.co") -> None:
        self._client = client
        self._clock = clock
        self._base_url = base_url.rstrip("/")

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """The papers of today and yesterday, whose votes still grow; or of a `week`, a `month`, or `trending`.

        Always the whole list, because it consists of several answers; its day is the newest one that has papers.
        """
        today = self._clock.now().astimezone(UTC).date()
        if scope == _DAILY:
            days = (today, today - timedelta(days=1))
            listing = _join_listings([await self._all_of(scope, day, {"date": day.isoformat()}) for day in days])
            return replace(listing, day=max((line.day for line in listing.announcements), default=today))
        return await self._all_of(scope, today, _parameters(scope, today))

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """The `daily` papers, a page per day; the other lists are selections of them."""
        if scope not in _SCOPES:
            raise _unknown(scope)
        if scope != _DAILY:
            return
        since = max(since, _FIRST_DAY)
        until = min(until, self._clock.now().astimezone(UTC).date())
        total = (until - since).days + 1
        for number in range(_days_done(cursor, since, total), total):
            day = since + timedelta(days=number)
            following = (day + timedelta(days=1)).isoformat() if number + 1 < total else ""
            listing = await self._all_of(scope, day, {"date": day.isoformat()})
            yield Page(listing=listing, cursor=following, done=number + 1, total=total)

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """The first twenty of the arXiv papers among `ids` that Hugging Face has; each costs a request."""
        arxiv_ids = [id for id in dict.fromkeys(ids) if id.scheme == "arxiv" and "/" not in id.value]
        today = self._clock.now().astimezone(UTC).date()
        listings = [await self._paper(id, today) for id in arxiv_ids[:_MOST_FOUND]]
        listing = _join_listings([_nothing("papers", today), *filter(None, listings)])
        return replace(listing, is_cut=len(arxiv_ids) > _MOST_FOUND)

    async def search(self, words: str, *, limit: int) -> Listing:
        """Papers whose page on Hugging Face fits the words, the best first."""
        today, query = self._clock.now().astimezone(UTC).date(), text(words)[:_MOST_WORDS]
        if not query or limit < 1:
            return _nothing("papers", today)
        answer = await self._get(f"/api/papers/search?{urlencode({'q': query})}", readable=(404,))
        if answer.status == 404:
            return _nothing("papers", today)
        listing = read_list(answer.body, "papers", today)
        return replace(listing, announcements=listing.announcements[:limit])

    async def _all_of(self, scope: str, day: date, parameters: Mapping[str, str]) -> Listing:
        """All pages of one list, up to one without a new paper: a page before the last may be short."""
        read: list[Listing] = []
        for number in range(_MOST_PAGES):
            query = urlencode({**parameters, "limit": str(PAGE), "p": str(number)})
            answer = await self._get(f"/api/daily_papers?{query}", readable=_PAST_THE_END if read else ())
            if answer.status in _PAST_THE_END:
                return _join_listings(read)
            read.append(_unseen(read_list(answer.body, scope, day), read))
            if not (read[-1].announcements or read[-1].problems):
                return _join_listings(read)
        return replace(_join_listings(read), is_cut=True)

    async def _paper(self, id: PaperId, day: date) -> Listing | None:
        answer = await self._get(f"/api/papers/{quote(id.value, safe='')}", readable=(404,))
        return None if answer.status == 404 else read_list(answer.body, "papers", day)

    async def _get(self, path: str, readable: Sequence[int] = ()) -> Answer:
        return await self._client.get(f"{self._base_url}{path}", accept="application/json", readable=readable)


def parse(body: bytes, day: date) -> Listing:
    """Read a saved answer, or one that a collector reshaped. Raises BadFeed where it holds no list of papers."""
    return read_list(body, _DAILY, day)


def read_list(body: bytes, scope: str, day: date) -> Listing:
    """Read a list of papers, a single one, or a list that a collector wrapped or wrote with Python's `repr`.

    The lines are of `day` where the scope is `daily`, else of the day on which Hugging Face brought each paper.
    """
    entries = read_entries(
        _entries(read_json(body, "Hugging Face")), lambda entry: _announcement(_fields(entry), scope, day)
    )
    return with_entries(Listing(source=NAME, scope=scope, day=day), entries)


@dataclass(frozen=True, slots=True)
class _Fields:
    """An entry's fields, wherever they stand: those of the paper inside it first, then those around it."""

    layers: tuple[Entry, ...]

    def values(self, *names: str) -> Iterator[object]:
        return (layer[name] for name in names for layer in self.layers if layer.get(name) is not None)

    def text(self, *names: str) -> str:
        return next(filter(None, map(text, self.values(*names))), "")

    def count(self, name: str) -> int | None:
        return next((value for value in map(lenient_count, self.values(name)) if value is not None), None)


def _unseen(page: Listing, before: Sequence[Listing]) -> Listing:
    """A page without the papers of earlier pages; empty where it only repeats them."""
    earlier_ids = {line.paper.id for part in before for line in part.announcements}
    unread = {problem for part in before for problem in part.problems}
    lines: dict[PaperId, Announcement] = {}
    for line in page.announcements:
        if line.paper.id not in earlier_ids:
            lines.setdefault(line.paper.id, line)
    is_repeated = not lines and unread.issuperset(page.problems)
    return replace(page, announcements=tuple(lines.values()), problems=() if is_repeated else page.problems)


def _join_listings(parts: Sequence[Listing]) -> Listing:
    """Several answers as one listing, of the day of the first."""
    return replace(join(parts), is_cut=any(part.is_cut for part in parts))


def _nothing(scope: str, day: date) -> Listing:
    return Listing(source=NAME, scope=scope, day=day)


def _parameters(scope: str, today: date) -> Mapping[str, str]:
    year, week, _ = today.isocalendar()
    parameters = {
        "week": {"week": f"{year}-W{week:02}"},
        "month": {"month": f"{today:%Y-%m}"},
        "trending": {"sort": "trending"},
    }
    if scope in parameters:
        return parameters[scope]
    raise _unknown(scope)


def _unknown(scope: str) -> BadCategory:
    return BadCategory(f"Hugging Face has no list '{scope[:60]}'.", hint=f"It has {', '.join(_SCOPES)}.")


def _days_done(cursor: str, since: date, total: int) -> int:
    """How many days the cursor says are done; 0 for a cursor that is not ours."""
    try:
        days = (date.fromisoformat(cursor) - since).days
    except ValueError:
        return 0
    return days if 0 <= days < total else 0


def _entries(document: object) -> Sequence[object]:
    match document:
        case list():
            return document
        case {"error": error} if error:
            raise BadFeed(f"Hugging Face answered with an error: {text(error)[:200] or 'it does not say which'}.")
        case {"paper": _} | {"id": _, "title": _}:
            return [document]
        case dict():
            for name in _LISTS:
                if isinstance(entries := document.get(name), list):
                    return entries
    raise BadFeed("Hugging Face answered with something that is not a list of papers.")


def _fields(entry: object) -> _Fields:
    if isinstance(entry, str):
        entry = _unwritten(entry)
    layers: list[Entry] = []
    while isinstance(entry, dict) and len(layers) < _DEEPEST:
        layers.insert(0, entry)
        entry = entry.get("paper")
    if layers:
        return _Fields(tuple(layers))
    raise Unreadable("it is no record of a paper")


def _unwritten(entry: str) -> object:
    """The entry before a collector wrote it as text."""
    for read in (json.loads, python_value):
        try:
            return read(entry)
        except (ValueError, RecursionError):
            continue
    raise Unreadable("it is text that holds no record")


def python_value(text: str) -> object:
    """The value of a text that Python's `repr` wrote for records, as some collectors save them.

    Nothing is evaluated but literals. Raises ValueError for any other text.
    """
    if len(text) > _LONGEST_TEXT:
        raise ValueError("the text is too long")
    try:
        value = ast.literal_eval(text.strip())
    except (SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise ValueError("the text is no value") from error
    if not isinstance(value, dict | list | str | int | float | None):
        raise ValueError("the text is no value of a record")  # noqa: TRY004 - one error for all texts
    return value


def _announcement(fields: _Fields, scope: str, day: date) -> Announcement:
    paper = _paper(fields)
    return Announcement(
        paper=paper,
        source=NAME,
        scope=scope,
        day=day if scope == _DAILY else _daily_day(fields) or day,
        is_news=False,
        summaries=tuple(_summaries(fields, paper)),
    )


def _paper(fields: _Fields) -> Paper:
    id = _id(fields)
    title = fields.text("title")
    if not title:
        raise Unreadable(f"{id} has no title")
    authors = next((value for value in fields.values("authors") if isinstance(value, list)), ())
    return Paper(
        id=id,
        title=title,
        abstract=fields.text("summary", "abstract"),
        authors=clean_names(_authors(authors)),
        published=dates.moment(fields.text("publishedAt", "published")),
        url=f"https://arxiv.org/abs/{id.value}",
        pdf_url=f"https://arxiv.org/pdf/{id.value}",
        identifiers=(PaperId("doi", f"10.48550/arxiv.{id.value}"),),
        sources=(NAME,),
        signals=Signals(
            upvotes=fields.count("upvotes"),
            comments=fields.count("numComments"),
            code_url=next(filter(None, map(_code, fields.values("githubRepo"))), None),
            stars=fields.count("githubStars"),
            keywords=_keywords(fields),
        ),
    )


def _keywords(fields: _Fields) -> tuple[str, ...] | None:
    """The keywords without repetitions; None where there are none."""
    keywords = next((value for value in fields.values("ai_keywords") if isinstance(value, list)), [])
    words = (text(keyword) for keyword in keywords[:_MOST_KEYWORDS])
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= _LONGEST_KEYWORD)) or None


def _id(fields: _Fields) -> PaperId:
    name = fields.text("id", "arxivId", "arxiv_id")
    id = identifier(name)
    if id and id.scheme == "arxiv":
        return id
    raise Unreadable(f"'{name[:60]}' is no identifier of arXiv's" if name else "it has no identifier")


def _authors(authors: Iterable[object]) -> Iterator[str]:
    """The names of all authors, those that the page hides among them."""
    for author in authors:
        if name := text(author.get("name") if isinstance(author, dict) else author):
            yield name


def _summaries(fields: _Fields, paper: Paper) -> Iterator[Summary]:
    if gist := fields.text("ai_summary"):
        yield Summary(paper=paper.id, version=paper.version, language="en", gist=gist, made_by=NAME)


def _daily_day(fields: _Fields) -> date | None:
    moment = dates.moment(fields.text("submittedOnDailyAt", "publishedAt"))
    return moment.date() if moment else None


def _code(value: object) -> str | None:
    """The address of a repository on a known host; others could lead anywhere."""
    # people paste addresses with line breaks in them, which browsers leave out
    address = link(_BREAKS.sub("", value)) if isinstance(value, str) else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    host = parts.netloc.lower()
    is_kept_there = host in _CODE_HOSTS or host.startswith("gitlab.")
    return address.rstrip("/") if is_kept_there and len(parts.path) > 1 and len(address) <= _LONGEST_URL else None
