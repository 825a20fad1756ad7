"""What papers' own messages say of how many people saved them: the value, and its store's port.

`core.deliver.saves` edits the messages; `storage` keeps what each of them says, and which are to be edited.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.channels import ChannelRef
from core.deliver.ledger import Delivery
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.posts.messages import MessageRef
from core.posts.tree import Post

#: how long further reactions are waited for, and how long it is at least from one edit of a message to the next
DEBOUNCE: Final = timedelta(seconds=15)
PAUSE: Final = timedelta(minutes=2)
#: how long a message of an answer can be edited: nobody reads on in last month's
EDITABLE_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A paper's own message that is to say how many people saved the paper in its channel."""

    message: MessageRef
    paper: Paper
    #: what the message says now, and what it is to say
    shown_saves: int
    saves: int
    #: what it says besides, where an answer made it
    post: Post | None = None
    #: the digest that it belongs to, and the paper as its plan names it, where a digest made it
    delivery: Delivery | None = None
    planned_id: PaperId | None = None


class TallyStore(ABC):
    """How many people saved papers openly, and the messages that say so. Every method is one transaction."""

    @abstractmethod
    async def saved_by(self, channel: ChannelRef, paper: PaperId) -> int:
        """How many people have a public bookmark of a paper in a channel; 0 for an unknown paper."""

    @abstractmethod
    async def keep_answer(
        self, message: MessageRef, paper: PaperId, post: Post, *, shown_saves: int, at: datetime
    ) -> None:
        """An answer's message shows a paper, and can be edited for a while; it says `shown_saves` now.

        Does nothing for an unknown paper.
        """

    @abstractmethod
    async def claim_tallies(
        self, *, at: datetime, until: datetime, limit: int, within: Collection[str] | None = None
    ) -> tuple[Tally, ...]:
        """Take up messages that want an edit by `at`, those that wait longest first; nobody else does before `until`.

        `within`: those alone whose channels' references begin so.
        What cannot be edited any more, as nobody knows what it says, is forgotten.
        """

    @abstractmethod
    async def keep_tally(self, message: MessageRef, *, shown_saves: int, at: datetime) -> None:
        """The message says so since `at`; it is edited again where that changed meanwhile."""

    @abstractmethod
    async def forget_tally(self, message: MessageRef) -> None:
        """The message cannot be edited, and is not tried again."""
