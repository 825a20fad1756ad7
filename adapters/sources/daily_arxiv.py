"""The Markdown digest of daily-arXiv (https://github.com/dw-dengwei/daily-arXiv-ai-enhanced), read back into papers.

Paperboy writes the same page (`core.deliver.pages`), with comments that tell what the visible text does not; `parse`
reads both, its own page exactly and a foreign one as well as it can: summaries keep their language, and no text is
lost. It reads by labels at the beginning of lines, in the order in which the page has them, so that a label inside a
text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from adapters.sources import dates
from adapters.sources.entries import divide
from adapters.sources.indexes import record
from adapters.sources.people import clean_names
from adapters.sources.text import lines, one_line, plain_line
from adapters.sources.traits import DAILY_ARXIV
from core.channels import Depth
from core.deliver.pages import PAGE_NOTE, PAPER_NOTE, read_note, split_names, unescape_markdown
from core.errors import BadFeed, BadIdentifier
from core.ingest.listing import Listing, UnreadEntry
from core.papers.identifiers import PaperId, Reference
from core.papers.paper import Announcement, AnnounceType, Evidence, Paper, Summary
from core.text.readable import quantity

NAME: Final = DAILY_ARXIV.name

_HEADING: Final = re.compile(
    r"^### \[\d+\] (?:\[(?P<title>.*)\]\((?P<url>[^()\s]*)\)[ \t]*$|(?P<bare>.*))", re.MULTILINE
)
_SECTION: Final = re.compile(r"^<div id='[^'\n]*'></div>\n\n# .*\[\[Back\]\]\(#toc\)", re.MULTILINE)
_CONTENTS: Final = "<div id=toc></div>"
_TOTAL: Final = re.compile(r"^- \[.*\]\(#[^()\n]*\) \[Total: (\d{1,6})\]", re.MULTILINE)
_AUTHORS: Final = re.compile(r"\A\s*\n\*(.*)\*[ \t]*(?:\n|\Z)")
#: in the order of the page
_LABELS: Final = (
    *("Main category:", "TL;DR:", "<details>", "Why:"),
    *("Motivation:", "Method:", "Result:", "Conclusion:", "Abstract:"),
)
_OPENS: Final = "\n<details>"
_CLOSES: Final = "\n</details>"
_SCHEMES: Final = frozenset({"arxiv", "doi", "pmid", "guid", "url", "sample"})
#: scripts that tell the language, the surest first: Japanese and Korean use Han characters as well
_SCRIPTS: Final = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")),
)

#: what stands in the place of a part that its model did not give
_FAILURE: Final = re.compile(
    r"(?:summary|motivation|method|result|conclusion) (?:generation|analysis|extraction) (?:failed|unavailable)\.?",
    re.IGNORECASE,
)


def parse(body: bytes, *, named_day: date | None, likely_day: date) -> Listing:
    """Read a page, ours or a foreign one.

    The listing day is `named_day`, else what the page itself says, else `likely_day`. Raises BadFeed for anything that
    is not such a page.
    """
    text = _decode(body)
    page = _Page(text=text, note=read_note(text[:500], PAGE_NOTE), named_day=named_day, likely_day=likely_day)
    headings = list(_HEADING.finditer(text))
    if not headings and page.note is None and _CONTENTS not in text:
        raise BadFeed("This is not a daily-arXiv digest: it has no numbered papers.")
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    entries = [_entry(page, heading, text[heading.end() : end]) for heading, end in zip(headings, ends, strict=False)]
    announcements, problems = divide(entries)
    return Listing(
        source=NAME,
        scope="+".join(dict.fromkeys(entry.scope for entry in announcements))[:200] or NAME,
        announcements=announcements,
        problems=problems,
        flaw=_flaw(text, len(headings)),
        day=named_day or page.own_day or likely_day,
    )


def language_of(text: str) -> str:
    """The language a summary is written in, as far as its script tells: `ja`, `ko`, `zh`, else `en`."""
    return next((language for language, script in _SCRIPTS if script.search(text)), "en")


def without_failure(part: str) -> str:
    """A part of a summary; empty where it only says that the model gave nothing."""
    return "" if _FAILURE.fullmatch(part) else part


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    text: str
    #: the comment in which our own pages describe themselves; None for a foreign page
    note: Mapping[str, Any] | None
    named_day: date | None
    likely_day: date

    @property
    def own_day(self) -> date | None:
        """The day that the page itself names."""
        return dates.day(_read_text(self.note or {}, "day"))

    def plain(self, text: str) -> str:
        """A field as text; on our own pages it is escaped and on one line."""
        return text.strip() if self.note is None else unescape_markdown(text.strip(" \n").partition("\n")[0])

    def names(self, text: str) -> tuple[str, ...]:
        """The names of a line of authors."""
        parts = text.split(",") if self.note is None else map(unescape_markdown, split_names(text))
        return tuple(filter(None, map(one_line, parts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One paper of a page, taken apart."""

    reference: Reference
    title: str
    #: the address in the heading; empty where there is none
    url: str
    authors: tuple[str, ...]
    #: our own comment; empty on a foreign page
    note: Mapping[str, Any]
    #: the text after each label, by the label's name
    fields: Mapping[str, str]


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadFeed("The page is not text in UTF-8.") from error


def _flaw(text: str, entry_count: int) -> str:
    listed_count = sum(map(int, _TOTAL.findall(text)))
    if listed_count <= entry_count:
        return ""
    return f"The contents of the page list {quantity(listed_count, 'paper')}, but it holds {entry_count:,}."


def _entry(page: _Page, heading: re.Match[str], chunk: str) -> Announcement | UnreadEntry:
    chunk = _SECTION.split(chunk, maxsplit=1)[0]
    note = (read_note(chunk, PAPER_NOTE) or {}) if page.note is not None else {}
    # the page shows TeX in a readable form, and our own comment keeps the source's text
    stored_fields = record(note.get("stored"))
    title = _read_text(stored_fields, "Title") or one_line(page.plain(heading["title"] or heading["bare"] or ""))
    where = title[:80] or heading[0][:80]
    if _OPENS in chunk and _CLOSES not in chunk:
        return UnreadEntry(where=where, reason="it breaks off in the middle")
    reference = _reference(note, heading["url"] or "")
    if not title or reference is None:
        return UnreadEntry(where=where, reason="nothing identifies it" if title else "it has no title")
    return _announcement(
        page,
        _Entry(
            reference=reference,
            title=title,
            url=heading["url"] or "",
            authors=_several(stored_fields, "Authors") or _authors(page, chunk),
            note=note,
            fields={
                name: lines(stored_fields[name] if isinstance(stored_fields.get(name), str) else page.plain(text))
                for name, text in _fields(chunk.rpartition(_CLOSES)[0] or chunk)
            },
        ),
    )


def _fields(chunk: str) -> Iterator[tuple[str, str]]:
    """The text from each label to the next; the labels come in the page's order."""
    starts: list[tuple[str, int]] = []
    at = 0
    for label in _LABELS:
        if (position := chunk.find(f"\n{label}", at)) >= 0:
            starts.append((label, position))
            at = position + len(label)
    ends = [*(start for _, start in starts[1:]), len(chunk)]
    for (label, start), end in zip(starts, ends, strict=False):
        yield label.rstrip(":"), chunk[start + 1 + len(label) : end]


def _authors(page: _Page, chunk: str) -> tuple[str, ...]:
    match = _AUTHORS.match(chunk)
    names = page.names(match[1]) if match else ()
    # a page of Paperboy's own has them as they were read
    return clean_names(names) if page.note is None else names


def _reference(note: Mapping[str, Any], url: str) -> Reference | None:
    scheme, _, value = _read_text(note, "id").partition(":")
    if scheme in _SCHEMES and value:
        return Reference(PaperId(scheme, value), None)
    if not _is_web(url):
        return None
    try:
        return Reference.parse(url)
    except BadIdentifier:
        return Reference(PaperId("url", url), None)


def _announcement(page: _Page, entry: _Entry) -> Announcement:
    day = page.named_day or dates.day(_read_text(entry.note, "announced")) or page.own_day or page.likely_day
    paper = _paper(entry, day)
    return Announcement(
        paper=paper,
        source=NAME,
        scope=paper.primary_category or NAME,
        day=day,
        type=paper.announce_type,
        summaries=tuple(_summary(paper, entry.fields, entry.note)),
    )


def _paper(entry: _Entry, day: date) -> Paper:
    note, id = entry.note, entry.reference.id
    return Paper(
        id=id,
        version=_number(note, "version") or entry.reference.version or 1,
        title=entry.title,
        abstract=one_line(entry.fields.get("Abstract", "")),
        authors=entry.authors,
        categories=_several(note, "categories") or tuple(filter(None, (entry.fields.get("Main category"),))),
        published=dates.moment(_read_text(note, "published")),
        announced=day,
        announce_type=_kind(note),
        url=_web(_address(note, "url")) or _web(entry.url),
        pdf_url=_web(_address(note, "pdf_url")) or _arxiv_pdf(id),
        doi=_address(note, "doi") or None,
        journal=_read_text(note, "journal") or None,
        licence=_address(note, "licence") or None,
        identifiers=tuple(_identifiers(id, note)),
        sources=(NAME,),
    )


def _summary(paper: Paper, fields: Mapping[str, str], note: Mapping[str, Any]) -> Iterator[Summary]:
    labels = ("TL;DR", "Motivation", "Method", "Result", "Conclusion")
    tldr, *texts = (without_failure(fields.get(name, "")) for name in labels)
    parts = {name.lower(): text for name, text in zip(labels[1:], texts, strict=True)}
    gist = tldr or next(filter(None, parts.values()), "")
    if gist:
        yield Summary(
            paper=paper.id,
            version=_number(note, "summarised") or paper.version,
            language=_read_text(note, "language") or language_of(gist),
            gist=gist,
            made_by=_read_text(note, "made_by") or NAME,
            evidence=tuple(_evidence(note)),
            depth=Depth.PARTS,
            **parts,
        )


def _evidence(note: Mapping[str, Any]) -> Iterator[Evidence]:
    for pair in _list_of(note, "evidence"):
        match pair:
            case [str(claim), str(quote)]:
                yield Evidence(claim=lines(claim), quote=lines(quote))


def _identifiers(id: PaperId, note: Mapping[str, Any]) -> Iterator[PaperId]:
    for name in _several(note, "identifiers"):
        scheme, _, value = name.partition(":")
        if scheme in _SCHEMES and value:
            yield PaperId(scheme, value)
    if id.scheme == "arxiv" and not note:
        yield PaperId("doi", f"10.48550/arxiv.{id.value}")


def _arxiv_pdf(id: PaperId) -> str:
    return f"https://arxiv.org/pdf/{id.value}" if id.scheme == "arxiv" else ""


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _web(url: str) -> str:
    return url if _is_web(url) else ""


def _kind(note: Mapping[str, Any]) -> AnnounceType:
    name = _read_text(note, "type")
    return AnnounceType(name) if name in set(AnnounceType) else AnnounceType.NEW


# A comment is as hostile as the rest of the page: each value is taken only where it is of its kind.


def _read_text(note: Mapping[str, Any], key: str) -> str:
    value = note.get(key)
    return one_line(value) if isinstance(value, str) else ""


def _address(note: Mapping[str, Any], key: str) -> str:
    value = note.get(key)
    return plain_line(value) if isinstance(value, str) else ""


def _list_of(note: Mapping[str, Any], key: str) -> Sequence[object]:
    value = note.get(key)
    return value if isinstance(value, list) else ()


def _several(note: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(filter(None, (one_line(value) for value in _list_of(note, key) if isinstance(value, str))))


def _number(note: Mapping[str, Any], key: str) -> int | None:
    value = note.get(key)
    return value if isinstance(value, int) and 0 < value < 1000 else None
