"""The port of what people say of papers by reactions: which stand, and the bookmarks and feedback that follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.channels import ChannelRef
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction, ReactionClearing
from core.posts.signs import Signs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionOutcome:
    """What became of a reaction on a message that is on record."""

    #: papers that the message shows; nothing was changed where there is more than one
    papers: tuple[PaperId, ...]
    #: True where a bookmark or feedback came or went
    is_changed: bool = False


class ReactionStore(ABC):
    """Which reactions stand, and the bookmarks, read marks and feedback that follow. Every method is one transaction.

    A person's public bookmark of a paper in a channel stands while any of the person's reactions there does, on
    whichever of the paper's messages and with whichever emoji; so does feedback.
    """

    @abstractmethod
    async def reaction_signs(self, reaction: Reaction) -> tuple[Signs, Feeling | None]:
        """The signs of the channel that a message lies in, as far as that is on record; and what the same person's same
        emoji on it counts as, None where it does not.
        """

    @abstractmethod
    async def take_reaction(self, reaction: Reaction, *, at: datetime, since: datetime) -> ReactionOutcome | None:
        """Put a reaction on record with all that follows from it; None where its message is not on record: it waits.

        Of what a person said with one emoji on one message the latest counts, by `Reaction.at` or else by `at`: what
        is told again, or late, changes nothing. One that was typed and takes back, takes back all of the person's
        reactions of that feeling in the channel. One with another feeling than before takes that back; here the feeling
        is always known. Reactions that have waited since before `since` are forgotten. Raises NotFound where the paper
        is gone.
        """

    @abstractmethod
    async def settle_reactions(self, message: MessageRef, *, since: datetime) -> None:
        """The message is on record now: take the reactions that have waited for it since `since` or later."""

    @abstractmethod
    async def clear_reactions(self, clearing: ReactionClearing, *, at: datetime, since: datetime) -> None:
        """A moderator took everybody's reactions off a message: nobody's stands there that was made before.

        Times and waiting are as in `take_reaction`. Marks that people made in private stay. Raises NotFound.
        """

    @abstractmethod
    async def recent_messages(self, place: ChannelRef, *, since: datetime, limit: int) -> tuple[MessageRef, ...]:
        """The messages of one paper that were sent since then in channels that `place` covers, the newest first.

        A place without a workspace is the whole platform.
        """

    @abstractmethod
    async def reactions_on(self, message: MessageRef) -> tuple[Reaction, ...]:
        """The last word of each person with each emoji on a message of one paper that is on record, with its time."""

    @abstractmethod
    async def reconcile_reactions(
        self, message: MessageRef, *, before: Sequence[Reaction], now: Sequence[Reaction], at: datetime
    ) -> int:
        """Make what is on record of a message as the platform lists it; how many reactions came or went by that.

        `before` is what `reactions_on` said before the platform was asked, `now` its list: what was heard of a reaction
        since then is newer than the list, and stays. What was deleted for a person's privacy does not come back.
        """
