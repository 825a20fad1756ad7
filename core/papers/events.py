"""What happened to a paper that we know: a new version, a withdrawal, a publication, a release of code.

Pure. The store asks `events_between` with a paper as it was and as it is now whenever a listing changes one, and
`takes_back` when it chooses whose comment to keep; `is_withdrawn` also serves whoever shows a paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import EventKind, Paper

#: characters of a detail
_LONGEST: Final = 1_000

_PAPER: Final = r"(?:paper|article|preprint|manuscript|submission|work|version)"
_BY: Final = (
    r"by\s+(?:(?:the|its|our|all|both)\s+)?(?:(?:corresponding|first)\s+)?"
    r"(?:authors?|arxiv|biorxiv|medrxiv|editors?|publisher)\b"
)
_WHY: Final = rf"(?:{_BY}|because\b|due\s+to\b|from\s+(?:arxiv|biorxiv|medrxiv)\b)"
_BACK: Final = r"(?:withdrawn|retracted)"
_SAYS_SO: Final = (
    rf"\b(?:this|the|our)\s+{_PAPER}\s+(?:(?:has|have)\s+been|was|is(?:\s+being|\s+now)?)\s+(?:\w+ly\s+)?{_BACK}\b",
    rf"\b{_PAPER}\s+(?:has\s+been\s+|was\s+|is\s+)?{_BACK}\s+{_WHY}",
    rf"^\W*{_BACK}\s+{_WHY}",
    rf"\bauthors?\s+(?:have|has)\s+(?:\w+ly\s+)?{_BACK}\s+(?:this|their|the|his|her)\s+{_PAPER}\b",
    rf"\bwe\s+(?:have\s+|are\s+|hereby\s+)?(?:withdr[ae]w(?:n|ing)?|retract(?:ed|ing)?)\s+(?:this|our|the)\s+{_PAPER}\b",
    r"\barxiv\s+admin(?:istrator)?\s+note:[^.]{0,300}\b(?:withdrawn|removed)\b",
)
_NOTICE: Final = re.compile("|".join(f"(?:{phrase})" for phrase in _SAYS_SO), re.IGNORECASE)
#: a comment, or an abstract, that begins with nothing but that: "Retracted: ...", "WITHDRAWN", "[Withdrawn] ..."
_LABEL: Final = re.compile(
    r"^\W*(?:withdrawn|retracted)(?:\s+(?:paper|article|preprint))?\s*(?:[:.\])!-]|$)", re.IGNORECASE
)
#: how publishers mark a title: in capitals, in brackets, or with a word that no title begins with otherwise
_TITLE: Final = re.compile(
    r"^\s*(?:(?:RETRACTED|WITHDRAWN)(?:\s+(?:PAPER|ARTICLE|PREPRINT))?\s*[:.-]"
    r"|[\[(](?i:retracted|withdrawn)(?i:\s+(?:paper|article|preprint))?[\])]"
    r"|Retracted(?:\s+(?i:paper|article|preprint))?:)"
)
#: how far into an abstract such a notice stands, in characters
_BEGINNING: Final = 300


def is_withdrawn(paper: Paper) -> bool:
    """True where comment, title or abstract say that the paper was taken back, and not something that it writes of."""
    return bool(_notice(paper))


def takes_back(comment: str) -> bool:
    """True where a comment says that the paper was withdrawn or retracted."""
    return bool(_LABEL.search(comment) or _NOTICE.search(comment))


def events_between(before: Paper, after: Paper) -> Iterator[tuple[EventKind, str]]:
    """What became of a known paper between two states of it, each with its detail (see `EventKind`)."""
    if after.version > before.version:
        yield EventKind.VERSION, str(after.version)
    if (notice := _notice(after)) and not is_withdrawn(before):
        yield EventKind.WITHDRAWN, notice[:_LONGEST]
    if (venue := _venue(after)) and not _venue(before):
        yield EventKind.PUBLISHED, venue[:_LONGEST]
    if (code := after.signals.code_url) and not before.signals.code_url:
        yield EventKind.CODE, code[:_LONGEST]


def _notice(paper: Paper) -> str:
    """The words that say that a paper was withdrawn; empty where none do."""
    if takes_back(paper.comment):
        return paper.comment
    if _TITLE.search(paper.title):
        return paper.title
    opening = paper.abstract[:_BEGINNING]
    return paper.abstract if _LABEL.search(opening) or _NOTICE.search(opening) else ""


def _venue(paper: Paper) -> str:
    """Where a paper was published, or the DOI of it; empty where it is a preprint."""
    if paper.journal:
        return paper.journal
    dois = (paper.doi or "", *(id.value for id in paper.identifiers if id.scheme == "doi"))
    return next((doi for doi in dois if doi and not is_preprint_doi(doi)), "")
