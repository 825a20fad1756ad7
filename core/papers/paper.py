"""Papers and what is told of them: the values that everything else in Paperboy is about.

Every source turns what it reads into these values. They are frozen, and all moments in them are in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from core.channels import Depth
from core.papers.identifiers import PaperId


class AnnounceType(StrEnum):
    """How a source announced a paper on a day (arXiv's own four words)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def is_replacement(self) -> bool:
        """True for a new version of a paper that was announced before."""
        return self in (AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What others make of a paper; None where nobody told us."""

    #: votes on Hugging Face Daily Papers
    upvotes: int | None = None
    #: comments on Hugging Face Daily Papers
    comments: int | None = None
    #: where the code is
    code_url: str | None = None
    #: stars of the code's repository
    stars: int | None = None
    #: citations, as a citation index counts them
    citations: int | None = None
    #: what it is about, in the words of Hugging Face's model
    keywords: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper, as its newest version describes it; merged from all sources that know it."""

    id: PaperId
    #: from 1; a source that knows no versions says 1
    version: int = 1
    #: one line, Unicode; math may still be TeX
    title: str
    #: one paragraph, Unicode; empty where the source gives none
    abstract: str = ""
    #: full names in the paper's order, Unicode
    authors: tuple[str, ...] = ()
    #: the primary one first
    categories: tuple[str, ...] = ()
    #: when it appeared, UTC; where a source tells only the listing, the moment of the listing
    published: datetime | None = None
    #: the first listing day we know, the source's local date
    announced: date | None = None
    #: how it was announced that day
    announce_type: AnnounceType = AnnounceType.NEW
    #: where a person reads about it
    url: str = ""
    #: where a person reads it; empty where unknown
    pdf_url: str = ""
    #: in lower case, without address; None where there is none
    doi: str | None = None
    #: where it was published, in the source's words
    journal: str | None = None
    #: the licence's address
    licence: str | None = None
    #: what its authors say beside it, in one line: pages, "accepted at", "withdrawn"; empty where they say nothing
    comment: str = ""
    #: every other identifier of the same paper
    identifiers: tuple[PaperId, ...] = ()
    #: names of the sources that told us of it, the most trusted first
    sources: tuple[str, ...] = ()
    signals: Signals = field(default_factory=Signals)

    @property
    def primary_category(self) -> str:
        """The category its authors chose first; empty where the source knows none."""
        return self.categories[0] if self.categories else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A claim of a summary and the words of the paper that bear it out."""

    #: the summary's sentence
    claim: str
    #: the paper's own words, verbatim
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A paper told in a few sentences; a part is empty where the paper (or its abstract) does not tell."""

    paper: PaperId
    #: the version that was summarised
    version: int
    #: IETF tag of the language it is written in: `en`, `zh`, `de`
    language: str
    #: one or two sentences: what is new and why one should care (known elsewhere as TL;DR)
    gist: str
    motivation: str = ""
    method: str = ""
    result: str = ""
    conclusion: str = ""
    #: whom the paper is for
    readers: str = ""
    #: what is new against earlier work
    novelty: str = ""
    evidence: tuple[Evidence, ...] = ()
    #: who wrote it: `extract` for our own sentences-from-the-abstract, a model's name, or the digest it was read from
    made_by: str
    #: how much a model was asked to tell
    depth: Depth = Depth.PARTS
    #: which prompt and schema a model was given; empty where no model of ours wrote it
    recipe: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The parts after the gist that are told, each with its name, in reading order."""
        parts = (
            ("Motivation", self.motivation),
            ("Method", self.method),
            ("Result", self.result),
            ("Conclusion", self.conclusion),
            ("New", self.novelty),
            ("For", self.readers),
        )
        return tuple((name, text) for name, text in parts if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One line of what a source told: this paper, in this version, announced in this scope on this day."""

    paper: Paper
    #: the source's name, `arxiv`
    source: str
    #: the part of the source it was listed in: a category for arXiv
    scope: str
    #: the listing day, the source's local date
    day: date
    type: AnnounceType = AnnounceType.NEW
    #: False where the source only speaks of the paper (votes, citations, a look-up): it says something about it, and
    #: announces nothing
    is_news: bool = True
    #: True where it was read from an archive long after its day: it is on record, and no digest will bring it as new
    is_history: bool = False
    #: summaries that came with it, in whatever language
    summaries: tuple[Summary, ...] = ()


class EventKind(StrEnum):
    """What can happen to a paper that we know already."""

    #: a new version appeared; the detail is its number, `2`
    VERSION = "version"
    #: its authors took it back; the detail is their comment
    WITHDRAWN = "withdrawn"
    #: it was published in a journal or at a conference; the detail is the venue, or the DOI where no venue is told
    PUBLISHED = "published"
    #: code was released; the detail is its address
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a paper after we first saw it; each is on record once."""

    #: a running number, the order in which we heard of them
    number: int
    paper: PaperId
    kind: EventKind
    #: what exactly, as the kind says
    detail: str
    #: the source that told it
    source: str
    #: when we heard of it, UTC
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Signals as one source told them at one moment; only readings that changed are kept."""

    source: str
    #: UTC
    at: datetime
    signals: Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Where one paper comes from, and what became of it."""

    paper: Paper
    #: the records that it was merged from, each as its source told it, the most trusted source first
    records: tuple[Paper, ...]
    #: field of `Paper` -> name of the source that it was taken from, each signal as `signals.upvotes`; fields that are
    #: empty are left out, and those that all records add to: identifiers and sources
    provenance: Mapping[str, str]
    #: oldest first
    readings: tuple[Reading, ...]
    #: oldest first
    events: tuple[Event, ...]
