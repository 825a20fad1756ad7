"""RIS, as Zotero, EndNote and Mendeley read it: a tag and a value on each line, in plain Unicode.

The format is one line of code and one rule, that no value has a line break; a library would write a number before each
entry, which the format does not know, and let line breaks through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from core.papers.citations.entry import Entry, EntryKind
from core.papers.citations.people import Creator
from core.text.readable import on_one_line, readable

_TYPES: Final = {EntryKind.ARTICLE: "JOUR", EntryKind.CONFERENCE: "CPAPER", EntryKind.PREPRINT: "UNPB"}


def write(entries: Iterable[Entry]) -> str:
    """The entries as a `.ris` file."""
    return "\n".join(_entry(entry) for entry in entries)


def _entry(entry: Entry) -> str:
    lines = (f"{tag}  - {on_one_line(value)}" for tag, value in _fields(entry) if value or tag == "ER")
    return "".join(f"{line}\n" for line in lines)


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "TY", _TYPES[entry.kind]
    yield "ID", entry.key
    yield "TI", readable(entry.title)
    yield from (("AU", author(creator)) for creator in entry.creators)
    yield "PY", str(entry.year or "")
    yield "DA", f"{entry.day:%Y/%m/%d}" if entry.day else ""
    yield "T2", entry.venue
    yield "PB", entry.server if entry.kind is EntryKind.PREPRINT else ""
    yield "AN", f"arXiv:{entry.arxiv}" if entry.arxiv else ""
    yield "DO", entry.doi
    yield "UR", entry.url
    yield "L1", entry.pdf_url
    yield "AB", readable(entry.abstract)
    yield from (("KW", tag) for tag in entry.tags)
    yield from (("N1", note) for note in entry.notes)
    yield "ER", ""


def author(creator: Creator) -> str:
    """`van der Berg, Ludwig, Jr.`; a group by its name, whose commas would part it."""
    if creator.is_group:
        return creator.family.replace(",", " ")
    return ", ".join(part for part in (creator.surname, creator.given_names, creator.suffix) if part)
