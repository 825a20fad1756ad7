"""The full text of a paper as values: sections, figures and tables; and whether its licence lets it be used.

Adapters read it (`ports.FullTextSource`), the store keeps it for a while, `passages` looks things up in it. All text in
here is hostile; mathematics is TeX between dollars, as in abstracts. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.speech import _

#: characters of a text that are kept, and of one paragraph, title, caption; real papers have 30,000 to 200,000
MOST_CHARACTERS: Final = 400_000
LONGEST_PARAGRAPH: Final = 6_000
LONGEST_TITLE: Final = 200
LONGEST_CAPTION: Final = 2_000
#: how many of each are kept
MOST_SECTIONS: Final = 400
MOST_FIGURES: Final = 200

_LICENCE: Final = re.compile(
    r"^https?://(?:www\.)?creativecommons\.org/(?:licenses/(?P<terms>[a-z]{2}(?:-[a-z]{2}){0,2})/(?P<version>\d\.\d)"
    r"|(?P<free>publicdomain)/(?:zero|mark)/)",
    re.IGNORECASE,
)
_ARXIV_LICENCE: Final = re.compile(r"^https?://(?:www\.)?arxiv\.org/licenses/", re.IGNORECASE)
#: terms of Creative Commons under which parts may be shown and told in other words; "no derivatives" is none of them
_OPEN_TERMS: Final = frozenset({"by", "by-sa", "by-nc", "by-nc-sa"})


class TextForm(StrEnum):
    """What a full text was read from."""

    HTML = "html"
    PDF = "pdf"
    #: it is the abstract alone
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSection:
    """A part of a paper under a heading of its own; what stands under a lower heading is another one."""

    #: the heading with its number, `3.1 Data`; empty before the first one
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure, a table or an algorithm."""

    #: `Figure 2`, `Table 1`
    label: str
    #: without the label
    caption: str
    #: the rows of a table, cells parted by ` | `; empty for pictures
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """A paper's text in reading order, without its bibliography."""

    paper: PaperId
    #: the version that was read
    version: int
    form: TextForm
    sections: tuple[TextSection, ...]
    figures: tuple[Figure, ...] = ()
    #: the address of the licence it was read under; None where nobody told it
    licence: str | None = None
    #: True where the paper is longer than what is kept
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What a paper's licence is called, and whether its text may be quoted and told at length."""

    name: str
    is_open: bool


def licence_of(paper: Paper) -> Licence:
    """The licence by its address.

    Creative Commons with attribution (also share-alike, also non-commercial) and the public domain are open. Those
    without derivatives are not: an answer tells the text in other words. Nor is arXiv's own, which lets arXiv alone
    distribute the paper; nor is one that nobody told us.
    """
    address = paper.licence or ""
    if match := _LICENCE.match(address):
        if match["free"]:
            return Licence(name=_("public domain (CC0)"), is_open=True)
        terms = match["terms"].lower()
        return Licence(name=f"CC {terms.upper()} {match['version']}", is_open=terms in _OPEN_TERMS)
    if _ARXIV_LICENCE.match(address):
        return Licence(name=_("arXiv's non-exclusive licence"), is_open=False)
    return Licence(name=_("another one") if address else _("unknown"), is_open=False)


def limit_full_text(
    paper: PaperId, version: int, form: TextForm, sections: Sequence[TextSection], figures: Sequence[Figure]
) -> FullText:
    """A full text within the bounds above, without empty sections."""
    own_sections, room = [], MOST_CHARACTERS
    for section in sections[:MOST_SECTIONS]:
        paragraphs = []
        for paragraph in section.paragraphs:
            piece = paragraph[: min(LONGEST_PARAGRAPH, room)].strip()
            room -= len(piece)
            if piece:
                paragraphs.append(piece)
        if paragraphs:
            own_sections.append(TextSection(title=section.title[:LONGEST_TITLE].strip(), paragraphs=tuple(paragraphs)))
    return FullText(
        paper=paper,
        version=version,
        form=form,
        sections=tuple(own_sections),
        figures=tuple(
            Figure(
                label=figure.label[:LONGEST_TITLE].strip(),
                caption=figure.caption[:LONGEST_CAPTION].strip(),
                content=figure.content[:LONGEST_CAPTION].strip(),
            )
            for figure in figures[:MOST_FIGURES]
        ),
        is_cut=room <= 0 or len(sections) > MOST_SECTIONS,
    )


def paragraphs_of(text: FullText) -> Iterator[tuple[str, str]]:
    """Each paragraph with its section's title, in reading order."""
    return ((section.title, paragraph) for section in text.sections for paragraph in section.paragraphs)
