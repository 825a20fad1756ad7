"""Titles as feeds give them -> titles as papers have them: what a publisher hangs on a title is taken off.

Pure. `feeds` calls `bare`; nothing here knows a publisher by name, only the shapes that they use. What says something
of the paper stays: `Correction to:`, `Erratum:`, `[Retracted]`, `Reply to`. A title is never emptied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.papers.bylines import names_in

#: characters of a title that are looked at; longer ones stay as they are
_LONGEST: Final = 2_000
#: pieces of furniture on one title
_MOST: Final = 6
#: what stands in brackets and names a state or a section, never a subject
_SECTION: Final = (
    r"asap|pdf|html|book|citation|b|c|ahead of print|early view|early access|online first|first release|just accepted"
    r"|in press|accepted (?:manuscript|article)s?|corrected proof|express|open access|free|articles?"
    r"|original (?:articles?|research|papers?)|research(?: articles?| papers?| letters?)?|reports?"
    r"|reviews?(?: articles?)?|mini-?reviews?"
    r"|letters?|communications?|short communications?|correspondence|comments?|commentar(?:y|ies)|editorials?|news"
    r"|perspectives?|viewpoints?|opinions?|essays?|features?|technical notes?|brief (?:reports?|communications?)"
    r"|case reports?|clinical (?:trial|study)|seminars?|health policy|world report|papers?"
)
_LEADING: Final = (
    re.compile(rf"^\[(?:{_SECTION})\](?:\s?:?\s+(?=\S)|(?=\[))", re.IGNORECASE),
    # `Invented Sensors, Vol. 26, Pages 1001: `
    re.compile(
        r"^[^:]{0,150}?\bVol(?:\.|ume)?\s?\d{1,5}\b[^:]{0,60}?\b(?:Pages?|pp?\.|Issue|No\.|Article)\s?[^:\s]{0,20}"
        r"(?:[ ,–-]{1,3}[^:\s]{1,20}){0,4}:\s+(?=\S)"
    ),
    re.compile(r"^(?:REVISION|REVISED|NEW|EXPRESS|ASAP|Title|Just Accepted|Early View|Online First):\s+(?=\S)"),
)
_TRAILING: Final = (
    re.compile(rf"\s*\[(?:{_SECTION})\]$", re.IGNORECASE),
    # a journal's issue: `(Inv. Mater. 5/2026)`, `(5-6/2026)`
    re.compile(r"\s*\((?:[^()\d]{1,100}\s)?\d{1,3}(?:[‐–-]\d{1,3})?/(?:19|20)\d\d\)\.?$"),
    # the mark of a footnote
    re.compile(r"\s*[☆✩✰]+$"),
)
#: what these end with
_ENDS: Final = ("]", ")", ").", "☆", "✩", "✰")
_BYLINE: Final = re.compile(r"\s+(?:--+|[–—-])\s+by\s+(?P<names>\S.*)$", re.IGNORECASE)
#: a report's number, the title, and its authors
_REPORT: Final = re.compile(r"^[A-Z]{1,8}\d{2,4}-\d{1,5}\s*\|\s*(?P<title>[^|]+?)(?:\s*\|\s*(?P<names>[^|]+))?$")
_IN_BRACKETS: Final = re.compile(r"^\[(?P<before>[^\[\]]{3,60})\]\s+(?=\S)|\s+\[(?P<after>[^\[\]]{3,60})\]$")
_SITE: Final = re.compile(r"\s+[|–—-]\s+(?P<name>[^|]{3,100})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleParts:
    """A title without its furniture."""

    title: str
    #: who it says wrote the paper, in order; empty where it does not say
    authors: tuple[str, ...] = ()


def strip_furniture(title: str, *, journal: str = "", sections: Iterable[str] = ()) -> TitleParts:
    """Take the furniture off a title of one line.

    `journal` is what the entry says it appeared in, and `sections` are its categories: in brackets or after a bar at
    the end, they are furniture as well.
    """
    if len(title) > _LONGEST:
        return TitleParts(title=title)
    section_names, authors = {section.casefold() for section in sections}, tuple[str, ...]()
    for _ in range(_MOST):
        before = title
        for shape in (*_LEADING, *(_TRAILING if title.endswith(_ENDS) else ())):
            title = shape.sub("", title, count=1) or title
        if "[" in title:
            title = _without_section(title, section_names)
        if (site := _SITE.search(title)) and site["name"].casefold() == journal.casefold():
            title = title[: site.start()] or title
        title, names = _without_authors(title)
        authors = authors or names
        if title == before:
            break
    return TitleParts(title=title, authors=authors)


def _without_section(title: str, sections: set[str]) -> str:
    match = _IN_BRACKETS.search(title)
    if match and (match["before"] or match["after"]).casefold() in sections:
        return f"{title[: match.start()]}{title[match.end() :]}" or title
    return title


def _without_authors(title: str) -> tuple[str, tuple[str, ...]]:
    if match := _REPORT.match(title):
        names = names_in(match["names"] or "")
        return (match["title"], names) if names or not match["names"] else (title, ())
    match = _BYLINE.search(title)
    if match and match.start() and (names := names_in(match["names"])):
        return title[: match.start()], names
    return title, ()
