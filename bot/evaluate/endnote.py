"""EndNote libraries in which people have marked the duplicates: XML exports, as IEBH/dedupe-sweep keeps them.

A record's `caption` (in some libraries its `label` or a custom field) says `Duplicate`, in various spellings. Fields
come wrapped in `style` elements, with line breaks as `&#xD;`; any of them may be missing. `bot.evaluate.matching` asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

#: where a mark may stand, the usual place first
MARKS: Final = ("caption", "label", *(f"custom{number}" for number in range(1, 9)), "research-notes")

_DUPLICATE_MARK: Final = re.compile(r"\bdup(?:e|es|licate|licates|licated)?\b", re.IGNORECASE)
_DENIAL: Final = re.compile(r"\b(?:not?|non|un)[\W_]*(?:an?\s+)?dup", re.IGNORECASE)
_DOI: Final = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One reference of a library."""

    paper: Paper
    #: people say that it is a duplicate
    is_marked: bool


def read_library(file: Path) -> tuple[Record, ...]:
    """The references of a library, in its order; none where the XML is something else.

    Raises UsageError where the XML is broken or hostile, and where nothing in it is marked.
    """
    try:
        references = list(_read(file))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UsageError(f"{file.name} is no XML that can be read: {error}.") from error
    if not references:
        return ()
    field = next((name for name in MARKS if any(_is_mark(marks.get(name, "")) for _, marks in references)), None)
    if field is None:
        raise UsageError(f"{file.name} marks no duplicates.", hint="The caption of a duplicate says Duplicate.")
    return tuple(Record(paper=paper, is_marked=_is_mark(marks.get(field, ""))) for paper, marks in references)


def paper_of(record: Element, number: int) -> Paper:
    """One `record` element; volume and first page stand in `journal`, where `likeness` looks for them."""
    dois = _dois(record)
    year = _YEAR.search(_text(record, "dates/year") or _text(record, "dates"))
    return Paper(
        id=PaperId("record", str(number)),
        title=_text(record, "titles/title") or _text(record, "titles/short-title"),
        authors=tuple(filter(None, map(_words, record.findall("contributors/authors/author")))),
        published=datetime(int(year[0]), 1, 1, tzinfo=UTC) if year else None,
        journal=_journal(record),
        doi=dois[0] if dois else None,
        identifiers=tuple(PaperId("doi", doi) for doi in dois[1:]),
    )


def _read(file: Path) -> Iterator[tuple[Paper, Mapping[str, str]]]:
    number = 0
    with file.open("rb") as stream:
        for _, element in iterparse(stream):
            if element.tag == "record":
                number += 1
                yield paper_of(element, number), {name: _text(element, name) for name in MARKS}
                element.clear()


def _is_mark(text: str) -> bool:
    return bool(_DUPLICATE_MARK.search(text)) and not _DENIAL.search(text)


def _dois(record: Element) -> Sequence[str]:
    texts = [_text(record, "electronic-resource-num"), *map(_words, record.findall("urls//url"))]
    matches = (_DOI.findall(unquote(text)) for text in (texts[0], *(url for url in texts[1:] if "doi.org/" in url)))
    return tuple(dict.fromkeys(doi.lower().rstrip(".,;)]") for dois in matches for doi in dois))


def _journal(record: Element) -> str | None:
    name = _text(record, "titles/secondary-title") or _text(record, "periodical/full-title")
    # an issue's number is so small that two places share it by chance
    numbers = (_NUMBER.search(_text(record, field)) for field in ("volume", "pages"))
    return " ".join(filter(None, (name, *(number[0] for number in numbers if number)))) or None


def _text(record: Element, path: str) -> str:
    element = record.find(path)
    return _words(element) if element is not None else ""


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
