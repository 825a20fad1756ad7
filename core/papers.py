"""Papers and the names they go by: the value that everything else in Paperboy is about.

Every source turns what it reads into these values; nothing here reads or writes anything. Identifiers are parsed from
every spelling that people paste into a chat and that services use, and a version is always kept apart from the
identifier it came with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import unquote

from core.errors import BadIdentifier

_ARXIV_NEW: Final = r"\d{4}\.\d{4,5}"
_ARXIV_OLD: Final = r"[a-z][a-z-]*(?:\.[a-z-]+)?/\d{7}"
_VERSION: Final = r"(?:v([1-9]\d{0,2}))?"
_WEB: Final = r"(?:https?://)?"
#: of an address, after what identifies the paper
_REST: Final = r"/?(?:[?#].*)?"
# ASCII: other scripts have digits too, and they would make other values of the same identifier
_FLAGS: Final = re.IGNORECASE | re.ASCII

_ARXIV: Final = re.compile(
    # the stamp on the first page goes on: arXiv:2601.15529v1 [cs.CL] 21 Jan 2026
    rf"(?:oai:arxiv\.org:|arxiv:\s*)?({_ARXIV_NEW}|{_ARXIV_OLD}){_VERSION}(?:\s*\[[\w.-]+\][\w\s]*)?",
    _FLAGS,
)
_ARXIV_URL: Final = re.compile(
    rf"{_WEB}(?:[a-z0-9-]+\.)*(?:arxiv|alphaxiv|ar5iv)\.org/(?:abs|pdf|html|format|src|e-print|ps|overview)/"
    rf"({_ARXIV_NEW}|{_ARXIV_OLD}){_VERSION}(?:\.pdf)?{_REST}",
    _FLAGS,
)
_PAPERS_URL: Final = re.compile(
    rf"{_WEB}(?:www\.)?(?:huggingface|hf)\.co/papers/({_ARXIV_NEW}){_VERSION}{_REST}", _FLAGS
)
_DOI: Final = re.compile(r"(?:doi\s*:\s*|doi\s+)?(10\.\d{4,9}/\S+)", _FLAGS)
_DOI_URL: Final = re.compile(
    rf"(?:doi:\s*)?{_WEB}(?:dx\.|www\.)?doi\.org/(10\.\d{{4,9}}(?:/|%2F)[^\s?#]+){_REST}", _FLAGS
)
_ARXIV_DOI: Final = re.compile(rf"10\.48550/arxiv\.({_ARXIV_NEW}|{_ARXIV_OLD}){_VERSION}", _FLAGS)
_RXIV_URL: Final = re.compile(
    rf"{_WEB}(?:www\.|connect\.)?(?:biorxiv|medrxiv)\.org/content/(?:early/\d+/\d+/\d+/)?"
    rf"(10\.(?:1101|64898)/[0-9.]*\d){_VERSION}(?:\.(?:full|abstract)[^?#]*|/[^?#]*)?{_REST}",
    _FLAGS,
)
_RXIV_DOI: Final = re.compile(rf"(10\.(?:1101|64898)/[0-9.]*\d){_VERSION}", _FLAGS)
_URL: Final = re.compile(r"url:(https?://\S+)", _FLAGS)
_SAMPLE: Final = re.compile(rf"sample:(\d{{1,4}}){_VERSION}", _FLAGS)
#: characters of an identifier, however it is written
_LONGEST: Final = 2_000
#: what people leave around an identifier when they copy it from a sentence
_AROUND: Final = " \t\r\n<>\"'“”‘’"


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


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """An identifier without a version, as `scheme:value`: `arxiv:2601.15529`, `doi:10.1101/2024.01.01.573000`.

    DOIs and old arXiv archives are in lower case, so that equal identifiers are equal values.
    """

    #: `arxiv`, `doi`, `url`, or `sample` for the invented papers of the sample day
    scheme: str
    #: the identifier within its scheme, without a version
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    @staticmethod
    def parse(text: str) -> PaperId:
        """Any spelling of an identifier, its version dropped. Raises BadIdentifier."""
        return Reference.parse(text).id


class Reference(NamedTuple):
    """An identifier as somebody wrote it: the paper, and the version if they named one."""

    id: PaperId
    version: int | None

    @staticmethod
    def parse(text: str) -> Reference:
        """Read any spelling: bare, prefixed, with a version, an abs, pdf or html address, a DOI or its address.

        Raises BadIdentifier with a sentence that shows how an identifier looks.
        """
        if len(text) <= _LONGEST and (found := _reference(_bare(text))):
            return found
        raise BadIdentifier(
            f"{_shown(text)} is not an identifier of a paper.",
            hint="Write an arXiv id like 2601.15529, a DOI like 10.1038/s41586-021-03819-2, or the paper's address.",
        )


def _shown(text: str) -> str:
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"


def _bare(text: str) -> str:
    """Without what stands around it in a sentence: quotes, brackets in pairs, a full stop."""
    if text.startswith("url:"):
        return text
    bare = text.strip(_AROUND).rstrip(".,;").rstrip(_AROUND)
    while bare[:1] + bare[-1:] in ("()", "[]", "{}"):
        bare = bare[1:-1].strip(_AROUND)
    return bare


def _reference(text: str) -> Reference | None:
    for pattern in (_ARXIV, _ARXIV_URL, _PAPERS_URL):
        if match := pattern.fullmatch(text):
            return Reference(arxiv_id(match[1]), _version(match[2]))
    if match := _SAMPLE.fullmatch(text):
        return Reference(PaperId("sample", str(int(match[1]))), _version(match[2]))
    if match := _RXIV_URL.fullmatch(text):
        return Reference(PaperId("doi", match[1].lower()), _version(match[2]))
    if match := _URL.fullmatch(text):
        return Reference(PaperId("url", match[1]), None)
    if match := _DOI.fullmatch(text):
        return _doi_reference(match[1])
    if match := _DOI_URL.fullmatch(text):
        return _doi_reference(unquote(match[1]))
    return None


def _doi_reference(typed: str) -> Reference:
    doi = typed.lower()
    if match := _ARXIV_DOI.fullmatch(doi):
        return Reference(arxiv_id(match[1]), _version(match[2]))
    if match := _RXIV_DOI.fullmatch(doi):
        return Reference(PaperId("doi", match[1]), _version(match[2]))
    return Reference(PaperId("doi", doi), None)


def _version(digits: str | None) -> int | None:
    return int(digits) if digits else None


def arxiv_id(value: str) -> PaperId:
    """An arXiv identifier without version; the subject class of an old one (`math.GT/0309136`) is dropped."""
    archive, slash, number = value.partition("/")
    return PaperId("arxiv", f"{archive.partition('.')[0].lower()}/{number}" if slash else value)


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
    evidence: tuple[Evidence, ...] = ()
    #: who wrote it: `extract` for our own sentences-from-the-abstract, a model's name, or the digest it was read from
    made_by: str

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The parts after the gist that are told, each with its name, in reading order."""
        named = (("Motivation", self.motivation), ("Method", self.method), ("Result", self.result))
        return tuple((name, text) for name, text in (*named, ("Conclusion", self.conclusion)) if text)


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
    #: the accounts that it was merged from, each as its source told it, the most trusted source first
    accounts: tuple[Paper, ...]
    #: field of `Paper` -> name of the source that it was taken from, each signal as `signals.upvotes`; fields that are
    #: empty are left out, and those that all accounts add to: identifiers and sources
    provenance: Mapping[str, str]
    #: oldest first
    readings: tuple[Reading, ...]
    #: oldest first
    events: tuple[Event, ...]
