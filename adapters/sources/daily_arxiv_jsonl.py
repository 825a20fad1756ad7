"""The data files of daily-arXiv (https://github.com/dw-dengwei/daily-arXiv-ai-enhanced): one paper a line, as JSON.

`parse` reads the plain files and the ones with a model's summaries, for `saved`; `daily_arxiv` reads the page that the
same project makes of them, and knows what both share. A line that cannot be read becomes a problem of the listing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from adapters.sources import dates
from adapters.sources.daily_arxiv import NAME, language_of, without_failure
from adapters.sources.entries import divide
from adapters.sources.people import clean_names
from adapters.sources.text import lines, one_line
from core.channels import Depth
from core.errors import BadFeed, BadIdentifier
from core.ingest.listing import Listing, UnreadEntry
from core.papers.identifiers import PaperId, Reference
from core.papers.paper import Announcement, Paper, Summary
from core.text.readable import unicode_accents

_PARTS: Final = ("motivation", "method", "result", "conclusion")
#: what names a paper, the best first
_NAMED_BY: Final = ("id", "abs", "pdf")


def parse(body: bytes, *, named_day: date | None, likely_day: date) -> Listing:
    """Read a file of lines, or one JSON array of the same objects.

    The listing day is `named_day`, else the `day` of each line, else `likely_day`; the listing's own is the latest.
    A paper that occurs twice is listed once. Raises BadFeed where nothing in it is a paper.
    """
    lines, problems = divide(_entry(entry, named_day, likely_day) for entry in _objects(_decode(body)))
    first: dict[PaperId, Announcement] = {}
    for line in lines:
        first.setdefault(line.paper.id, line)
    announcements = tuple(first.values())
    if problems and not announcements:
        raise BadFeed(f"This is not a daily-arXiv file: it holds no paper ({problems[0].where}: {problems[0].reason}).")
    return Listing(
        source=NAME,
        scope="+".join(dict.fromkeys(entry.scope for entry in announcements))[:200] or NAME,
        announcements=announcements,
        problems=problems,
        day=max((entry.day for entry in announcements), default=named_day or likely_day),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Object:
    #: `line 3`, or `entry 3` of an array
    where: str
    fields: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """The first of these fields that has text, in one line; empty where none has."""
        values = (self.fields.get(name) for name in names)
        return next(filter(None, (_readable(value) for value in values if isinstance(value, str))), "")

    def several(self, name: str) -> tuple[str, ...]:
        """The texts of a list, the names of its objects, or the parts of a text with commas."""
        value = self.fields.get(name)
        parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
        names = (part.get("name") if isinstance(part, dict) else part for part in parts)
        return tuple(filter(None, (_readable(text) for text in names if isinstance(text, str))))


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFeed("The file is not text in UTF-8.") from error


def _objects(text: str) -> Iterator[_Object | UnreadEntry]:
    if text.lstrip().startswith("["):
        whole = _load(text, "the file")
        yield from (_object(entry, f"entry {number}") for number, entry in enumerate(_entries(whole), 1))
        return
    # not splitlines: a title may hold a line separator of Unicode's, and JSON lets it stand as it is
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _object(_load(line, f"line {number}"), f"line {number}")


def _entries(whole: object) -> list[Any]:
    if isinstance(whole, UnreadEntry):
        raise BadFeed(f"The file begins like a JSON array, but is none: {whole.reason}.")
    return whole if isinstance(whole, list) else []


def _load(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return UnreadEntry(where=where, reason=f"it is not JSON: {error.msg.lower()}, at character {error.pos + 1}")
    except (ValueError, RecursionError):
        return UnreadEntry(where=where, reason="it is JSON that nobody would write")


def _object(value: object, where: str) -> _Object | UnreadEntry:
    if isinstance(value, UnreadEntry):
        return value
    if not isinstance(value, dict):
        return UnreadEntry(where=where, reason="it is not a JSON object")
    return _Object(where=where, fields=value)


def _entry(entry: _Object | UnreadEntry, named_day: date | None, likely_day: date) -> Announcement | UnreadEntry:
    if isinstance(entry, UnreadEntry):
        return entry
    reference = next(filter(None, (_reference(entry.text(name)) for name in _NAMED_BY)), None)
    if reference is None:
        return UnreadEntry(where=entry.where, reason="nothing identifies it")
    if not entry.text("title"):
        return UnreadEntry(where=entry.where, reason="it has no title")
    paper = _paper(entry, reference, named_day or dates.day(entry.text("day")) or likely_day)
    return Announcement(
        paper=paper,
        source=NAME,
        scope=paper.primary_category or NAME,
        day=paper.announced or likely_day,
        summaries=tuple(_summary(paper, entry.fields.get("AI"))),
    )


def _reference(text: str) -> Reference | None:
    try:
        return Reference.parse(text) if text else None
    except BadIdentifier:
        return None


def _paper(entry: _Object, reference: Reference, day: date) -> Paper:
    id = reference.id
    is_arxiv = id.scheme == "arxiv"
    return Paper(
        id=id,
        version=reference.version or 1,
        title=entry.text("title"),
        abstract=entry.text("summary", "abstract"),
        authors=clean_names(entry.several("authors")),
        categories=tuple(dict.fromkeys(entry.several("categories"))),
        announced=day,
        url=_web(entry.text("abs")) or (f"https://arxiv.org/abs/{id.value}" if is_arxiv else ""),
        pdf_url=_web(entry.text("pdf")) or (f"https://arxiv.org/pdf/{id.value}" if is_arxiv else ""),
        comment=entry.text("comment"),
        identifiers=(PaperId("doi", f"10.48550/arxiv.{id.value}"),) if is_arxiv else (),
        sources=(NAME,),
    )


def _summary(paper: Paper, fields: object) -> Iterator[Summary]:
    """The model's summary, where there is one; a note that the model failed is none."""
    if not isinstance(fields, dict):
        return
    parts = {name: _part(fields.get(name)) for name in _PARTS}
    if gist := _part(fields.get("tldr")) or next(filter(None, parts.values()), ""):
        yield Summary(
            paper=paper.id,
            version=paper.version,
            language=language_of(gist),
            gist=gist,
            made_by=NAME,
            evidence=(),
            depth=Depth.PARTS,
            **parts,
        )


def _part(value: object) -> str:
    return without_failure(lines(value)) if isinstance(value, str) else ""


def _readable(text: str) -> str:
    return unicode_accents(one_line(text)) if "\\" in text else one_line(text)


def _web(address: str) -> str:
    return address if address.startswith(("https://", "http://")) and " " not in address else ""
