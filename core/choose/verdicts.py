"""What is decided on papers: candidates, verdicts of the rule, places among the kept. Each keeps its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

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
class Contribution:
    """What one feature of a paper adds to its score."""

    #: `interest`, `rule`, `followed`, `learned`, `category`, `fresh`, `prior`
    feature: str
    #: how much of it the paper has, from -1 to 1
    value: float
    #: what that adds to the score; below 0 it speaks against the paper
    amount: float
    #: what the paper has of it, in words; empty where nothing is worth telling
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A kept paper and its place among the kept."""

    paper: Paper
    #: from 0 to 1
    score: float
    reasons: tuple[Reason, ...]
    #: from 1, by the score alone; which places the digest shows is another matter
    place: int
    #: what the score is made of, the largest first
    contributions: tuple[Contribution, ...] = ()

    def value(self, feature: str) -> float:
        """How much the paper has of a feature; 0 where it has nothing."""
        return next((contribution.value for contribution in self.contributions if contribution.feature == feature), 0.0)


class Fit(StrEnum):
    """How well a kept paper fits what the channel says it wants."""

    #: by somebody whom the channel follows, for certain: it comes in whatever its score
    ALWAYS = "always"
    MATCH = "match"
    NEAR = "near"
    #: nothing that it is posted for
    FAR = "far"


class Fate(StrEnum):
    """What became of a kept paper."""

    CHOSEN = "chosen"
    #: chosen because it is something else than the channel usually saves
    EXPLORED = "explored"
    #: it does not fit what the channel wants
    FLOOR = "floor"
    #: it fits, and the digest has no room for it
    SIZE = "size"
    #: others like it were chosen
    DIVERSITY = "diversity"
    #: it is named below a better paper that says nearly the same
    SIBLING = "sibling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What became of a kept paper, and what decided it."""

    fate: Fate
    #: None where the channel says nothing but where it reads
    fit: Fit | None = None
    #: the chosen paper that it is like, of DIVERSITY and SIBLING
    like: PaperId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a delivery decided on one paper that the rule kept, remembered for `why`."""

    paper: PaperId
    score: float
    reasons: tuple[Reason, ...]
    place: int
    #: True where the digest shows it
    chosen: bool
    #: None where an older version decided
    standing: Standing | None = None
    #: what the score is made of, the largest first; not of papers far behind
    contributions: tuple[Contribution, ...] = ()
    #: parts of the rule without which it was judged
    left_out: tuple[str, ...] = ()


def is_chosen(standing: Standing) -> bool:
    """Does the digest show the paper?"""
    return standing.fate in (Fate.CHOSEN, Fate.EXPLORED)


#: the order in which a digest shows what fits; what was explored comes last
_ORDER: Final = (Fit.ALWAYS, Fit.MATCH, Fit.NEAR, Fit.FAR)


def digest_order(standing: Standing | None, place: int) -> tuple[bool, int, int]:
    """A key that sorts chosen papers as the digest shows them: what fits best first, and by place within."""
    fit = standing.fit if standing else None
    is_explored = standing is not None and standing.fate is Fate.EXPLORED
    return (is_explored, _ORDER.index(fit) if fit else 0, place)
