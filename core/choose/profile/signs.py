"""What a channel has said of papers, openly: the signs that its profile is learned from, and where they are kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from core.channels import ChannelRef
from core.papers.identifiers import PaperId


class SignKind(StrEnum):
    """What was said of a paper."""

    #: somebody put it on the channel's reading list
    SAVED = "saved"
    #: somebody wants more like it
    MORE = "more"
    #: somebody wants less like it
    LESS = "less"
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
class KeptProfile:
    """A profile as the database has it."""

    #: `basis_of` the signs that it was learned from
    basis: str
    #: as `core.choose.profile.profile` writes it
    value: str
    #: UTC
    at: datetime


class ProfileStore(ABC):
    """What channels have said, and what was learned of it. Every method is one transaction."""

    @abstractmethod
    async def signs(self, channel: ChannelRef, *, limit: int) -> tuple[Sign, ...]:
        """The newest ones of each kind, at most `limit` of a kind; newest first, with papers' present identifiers.

        Only what everybody in the channel can see, and only since the last `forget_profile`.
        """

    @abstractmethod
    async def kept_profile(self, channel: ChannelRef) -> KeptProfile | None:
        """What was learned last; None where nothing was, or where it was forgotten."""

    @abstractmethod
    async def keep_profile(self, channel: ChannelRef, profile: KeptProfile) -> None:
        """Keep it in the place of the one before."""

    @abstractmethod
    async def forget_profile(self, channel: ChannelRef, *, at: datetime) -> None:
        """Forget what was learned; signs until `at` are no signs any more. Reading lists stay as they are."""


def basis_of(signs: Sequence[Sign]) -> str:
    """The same for the same signs, in whatever order; another one as soon as anything was said or taken back."""
    lines = sorted(f"{sign.paper} {sign.kind} {sign.person} {sign.at.isoformat()}" for sign in signs)
    return blake2b("\n".join(lines).encode("utf-8", "replace"), digest_size=12).hexdigest()
