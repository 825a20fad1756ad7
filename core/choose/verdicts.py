"""What is decided on papers: candidates, verdicts of the rule, places among the kept. Each keeps its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.choose.reasons import Reason
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The rule lets the paper through."""

    #: what the rule's own weights add up to; 0 where the rule gives none
    score: float = 0.0
    #: the strongest first
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The rule does not let the paper through."""

    reason: str
    #: the part of the rule that decided, as it is written; empty where the rule was not asked
    clause: str = ""


Verdict = Kept | Dropped


class LeftOutReason(StrEnum):
    """Why a part of a rule was left out."""

    #: it did not come to an end in time
    SLOW = "slow"
    #: it names a list that is not there
    NO_LIST = "no-list"
    #: it cannot be read, though it is stored
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A part of a rule without which papers were judged."""

    #: as it is written
    clause: str
    because: LeftOutReason
    #: papers that were judged without it
    papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A paper that may be posted, and the announcement that makes it one."""

    paper: Paper
    type: AnnounceType
    #: the category whose listing announced it
    scope: str
    #: the listing day, the source's local date
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Everything that one delivery has to decide on."""

    items: tuple[Candidate, ...]
    #: announcements after this one were looked at; None before the first delivery: its latest day alone
    after: int | None = None
    #: the last announcement looked at; the next delivery starts after it
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A kept paper and its place among the kept."""

    paper: Paper
    #: from 0 to 1
    score: float
    reasons: tuple[Reason, ...]
    #: from 1; places beyond the digest's size were kept but not chosen
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a delivery decided on one paper that the rule kept, remembered for `why`."""

    paper: PaperId
    score: float
    reasons: tuple[Reason, ...]
    place: int
    #: True where the digest shows it
    chosen: bool
