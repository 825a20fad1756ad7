"""What a channel has said of papers: the signs that its profile is learned from, and where they are kept.

Of a channel that several people read only what all of them can see is a sign; in a private chat all that its one reader
has said anywhere is. Seeds are papers that somebody named from a library: they are examples and nothing else, and no
digest, search or look-up ever finds them. Corrections are a person's word on what was learned.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from core.channels import ChannelRef, UserRef
from core.papers.identifiers import PaperId
from core.papers.paper import Paper


class SignKind(StrEnum):
    """What was said of a paper."""

    #: somebody put it on the channel's reading list
    SAVED = "saved"
    #: somebody wants more like it
    MORE = "more"
    #: somebody wants less like it
    LESS = "less"
    #: it is one of the channel's seeds
    NAMED = "named"
    #: it was posted
    POSTED = "posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was said of one paper."""

    paper: PaperId
    kind: SignKind
    #: who said it, a UserRef written out; empty for POSTED
    person: str = ""
    #: UTC
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A paper that somebody wrote or likes, as their library has it."""

    #: with what can be learned from: identifiers, title, abstract, authors, categories
    paper: Paper
    #: who named it, a UserRef written out; empty where that was done at the command line
    person: str = ""
    #: UTC
    at: datetime


class Wanted(StrEnum):
    """What a person says of something that was learned."""

    MORE = "more"
    LESS = "less"
    #: it is neither for nor against a paper
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's word on a term, or on a paper, that a profile learned from."""

    #: a word or two, folded; empty where it is about a paper
    term: str = ""
    #: what was said of this paper until then is no sign; None where it is about a term
    paper: PaperId | None = None
    wanted: Wanted = Wanted.NEITHER
    #: UTC
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProfile:
    """A profile as the database has it."""

    #: `basis_of` what it was learned from
    basis: str
    #: as `core.choose.profile.profile` writes it
    value: str
    #: of the newest sign or correction, UTC
    at: datetime


class ProfileStore(ABC):
    """What channels have said, and what was learned of it. Every method is one transaction."""

    @abstractmethod
    async def signs(self, channel: ChannelRef, *, limit: int, reader: UserRef | None = None) -> tuple[Sign, ...]:
        """The newest ones of each kind, at most `limit` of a kind; newest first, with papers' present identifiers.

        Only what everybody in the channel can see, and only since the last `forget_profile`. With the `reader` of a
        private chat all that this person said, wherever it was and whoever can see it, each once.
        """

    @abstractmethod
    async def workspace_saves(self, channel: ChannelRef, *, limit: int) -> tuple[Sign, ...]:
        """What people saved openly in the channels of the workspace, the newest `limit`, each once for a person.

        Nothing of private chats, and nothing of another workspace; on a platform without workspaces the channel's own.
        """

    @abstractmethod
    async def add_seeds(self, channel: ChannelRef, seeds: Sequence[Seed], *, most: int) -> int:
        """Add them, or replace those with the same identifier; the newest `most` stay. How many are new."""

    @abstractmethod
    async def seeds(self, channel: ChannelRef) -> tuple[Seed, ...]:
        """The channel's seeds, newest first."""

    @abstractmethod
    async def correct(self, channel: ChannelRef, correction: Correction) -> None:
        """Keep it in the place of an earlier one on the same term or paper; the newest hundred of a channel stay."""

    @abstractmethod
    async def corrections(self, channel: ChannelRef) -> tuple[Correction, ...]:
        """The channel's corrections, newest first."""

    @abstractmethod
    async def kept_profile(self, channel: ChannelRef) -> KeptProfile | None:
        """What was learned last; None where nothing was, or where it was forgotten."""

    @abstractmethod
    async def keep_profile(self, channel: ChannelRef, profile: KeptProfile) -> None:
        """Keep it in the place of the one before; not one whose newest sign came before the last `forget_profile`."""

    @abstractmethod
    async def forget_profile(self, channel: ChannelRef, *, at: datetime) -> None:
        """Forget what was learned, its seeds and corrections; signs until `at` are no signs any more.

        Reading lists stay as they are.
        """


def basis_of(signs: Sequence[Sign], corrections: Sequence[Correction] = (), examples: Sequence[Paper] = ()) -> str:
    """A fingerprint of what a profile is learned from: signs and corrections in whatever order, and their papers.

    It changes when anything is said or taken back, and when a paper becomes another one or is known better.
    """
    lines = sorted(f"{sign.paper} {sign.kind} {sign.person} {sign.at.isoformat()}" for sign in signs)
    lines += sorted(
        f"{correction.term} {correction.paper} {correction.wanted} {correction.at.isoformat()}"
        for correction in corrections
    )
    fingerprint = blake2b("\n".join(lines).encode("utf-8", "replace"), digest_size=12)
    for paper in examples:
        texts = (str(paper.id), str(paper.announced), paper.title, paper.abstract, paper.comment)
        fingerprint.update("\0".join((*texts, *paper.authors, "", *paper.categories, "")).encode("utf-8", "replace"))
    return fingerprint.hexdigest()


def drop_forgotten(signs: Sequence[Sign], corrections: Sequence[Correction]) -> tuple[Sign, ...]:
    """The signs without those of papers that somebody had forgotten since."""
    forgotten_at = {correction.paper: correction.at for correction in corrections if correction.paper}
    if not forgotten_at:
        return tuple(signs)
    return tuple(sign for sign in signs if sign.paper not in forgotten_at or sign.at > forgotten_at[sign.paper])
