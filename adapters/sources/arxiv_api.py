"""arXiv's API: single papers by identifier, and a search over titles and abstracts.

`ArxivApi` asks through the polite client; `parse` is pure and reads an answer, for it and for saved files. The API is
described at https://info.arxiv.org/help/api/user-manual.html. It tells when the first version was submitted and not
when it was announced, so that its lines are never news. An identifier that arXiv cannot read costs itself alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from adapters.sources import dates
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
    xml_root,
)
from adapters.sources.entries import Unreadable, read_entries, with_entries
from adapters.sources.http import Answer, PoliteClient
from adapters.sources.people import clean_names
from adapters.sources.text import one_line
from core.errors import BadFeed, Refused, Throttled
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import PaperFinder
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement

#: identifiers in one request: longer lists are refused at times
MOST_IDS: Final = 20
#: papers that one search brings at most
MOST_FOUND: Final = 100

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_TOTAL: Final = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ERRORS: Final = "/api/errors"
_WORD: Final = re.compile(r"[a-z0-9]+")
#: words that arXiv's index leaves out (those of Lucene's English analyser), so that asking for them finds nothing
_STOP_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they"
        " this to was will with",
    )
)
#: of a search: more words, or longer ones, find nothing
_MOST_WORDS: Final = 16
_LONGEST_WORD: Final = 40


class ArxivApi(PaperFinder):
    """Looks papers up at export.arxiv.org, or at a mirror of it."""

    name = NAME

    def __init__(self, client: PoliteClient, *, base_url: str = "https://export.arxiv.org") -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """The arXiv papers among `ids`, in their newest versions; other identifiers cost no request.

        An identifier that arXiv calls malformed becomes a problem, and the others are asked for again without it.
        """
        values = list(dict.fromkeys(id.value for id in ids if id.scheme == NAME))
        entries: list[Announcement | UnreadEntry] = []
        for first in range(0, len(values), MOST_IDS):
            entries += await self._look_up(values[first : first + MOST_IDS])
        return _listing(entries)

    async def search(self, words: str, *, limit: int) -> Listing:
        """Papers that have every word in title or abstract, the best first, at most MOST_FOUND; operators are words."""
        query = search_query(words)
        if not query or limit < 1:
            return _listing(())
        most = min(limit, MOST_FOUND)
        return await self._query(search_query=query, sortBy="relevance", sortOrder="descending", max_results=most)

    async def _look_up(self, values: Sequence[str]) -> tuple[Announcement | UnreadEntry, ...]:
        try:
            listing = await self._query(id_list=",".join(values), max_results=len(values))
        except _NotUnderstood as error:
            return await self._look_up_without(values, error)
        return (*listing.announcements, *listing.problems)

    async def _look_up_without(
        self, values: Sequence[str], error: _NotUnderstood
    ) -> tuple[Announcement | UnreadEntry, ...]:
        """Look up without the identifiers that arXiv's error names; in halves where it names none of them."""
        if len(values) == 1:
            return (UnreadEntry(where=values[0], reason=str(error)),)
        malformed_ids = [value for value in values if value in error.words]
        if not malformed_ids:
            half = len(values) // 2
            return (*await self._look_up(values[:half]), *await self._look_up(values[half:]))
        other_ids = [value for value in values if value not in malformed_ids]
        problems = tuple(UnreadEntry(where=value, reason=str(error)) for value in malformed_ids)
        return (*(await self._look_up(other_ids) if other_ids else ()), *problems)

    async def _query(self, **parameters: str | int) -> Listing:
        answer = await self._client.get(
            f"{self._base_url}/api/query?{urlencode({**parameters, 'start': 0})}",
            accept="application/atom+xml, application/xml;q=0.9, text/xml;q=0.8",
            readable=(400,),
            other_hosts=HOSTS,
        )
        return _read(answer)


def parse(body: bytes) -> Listing:
    """Read an answer of the API; its lines are no news, and their day is that of the first submission.

    Raises BadFeed for anything that is no whole answer, Refused for one that says what was wrong with the question.
    """
    return _parse(_root(body))


def search_query(words: str) -> str:
    """The question for papers that have all the words, each in title or abstract; empty where there is none to ask.

    Letters and digits are all that is left of what a person wrote, and every word stands in quotation marks, so that
    nothing in it is an operator.
    """
    plain = unicodedata.normalize("NFKD", words[:1000]).encode("ascii", "ignore").decode().lower()
    short_words = [word for word in dict.fromkeys(_WORD.findall(plain)) if len(word) <= _LONGEST_WORD]
    content_words = [word for word in short_words if word not in _STOP_WORDS] or short_words
    return " AND ".join(f'(ti:"{word}" OR abs:"{word}")' for word in content_words[:_MOST_WORDS])


class _NotUnderstood(Refused):
    """arXiv's own error entry: the question was wrong."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(f"arXiv did not understand the question: {reason}.", status=status)
        self.words = reason.split()


def _read(answer: Answer) -> Listing:
    with reading(answer):
        root = _root(answer.body)
        listing = _parse(root)
    if _total(root) and not (listing.announcements or listing.problems):
        raise Throttled("arXiv found papers and sent none, which means that it wants us to come back later.")
    return listing


def _root(body: bytes) -> Element:
    root = xml_root(body, "answer")
    if root.tag == f"{_ATOM}feed":
        return root
    raise BadFeed(f"This is not an answer of arXiv's API, but a document of type '{root.tag[:60]}'.")


def _parse(root: Element) -> Listing:
    for entry in root.iterfind(f"{_ATOM}entry"):
        if _ERRORS in _id(entry):
            reason = one_line(entry.findtext(f"{_ATOM}summary", ""))[:200].rstrip(".")
            raise _NotUnderstood(reason or "it does not say why", status=400)
    return _listing(read_entries(root.iterfind(f"{_ATOM}entry"), _announcement, lambda entry: one_line(_id(entry))))


def _total(root: Element) -> int:
    text = one_line(root.findtext(_TOTAL, ""))
    return int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else 0


def _listing(entries: Sequence[Announcement | UnreadEntry]) -> Listing:
    return with_entries(Listing(source=NAME, scope=NAME), entries)


def _id(entry: Element) -> str:
    return entry.findtext(f"{_ATOM}id", "")


def _announcement(entry: Element) -> Announcement:
    id, version = reference(_id(entry))
    moment = dates.moment(entry.findtext(f"{_ATOM}published", ""))
    if moment is None:
        raise Unreadable("it does not say when it was submitted")
    day, categories = eastern_day(moment), unique_lines(_categories(entry))
    paper = make_paper(
        id,
        version=version,
        title=title(entry.findtext(f"{_ATOM}title", "")),
        abstract=readable(entry.findtext(f"{_ATOM}summary", "")),
        authors=clean_names(readable(name.text or "") for name in entry.iterfind(f"{_ATOM}author/{_ATOM}name")),
        categories=categories,
        published=moment,
        announced=day,
        dois=split_dois(entry.findtext(f"{_ARXIV}doi", "")),
        journal=readable(entry.findtext(f"{_ARXIV}journal_ref", "")) or None,
        comment=readable(entry.findtext(f"{_ARXIV}comment", "")),
    )
    scope = categories[0] if categories else NAME
    return Announcement(paper=paper, source=NAME, scope=scope, day=day, is_news=False)


def _categories(entry: Element) -> Iterator[str]:
    for place in (f"{_ARXIV}primary_category", f"{_ATOM}category"):
        for element in entry.iterfind(place):
            yield element.get("term", "")
