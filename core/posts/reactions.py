"""What people do with a message: the feelings that a reaction stands for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.channels import UserRef
from core.posts.messages import MessageRef


class Feeling(StrEnum):
    """What a reaction or a button says about a paper."""

    BOOKMARK = "bookmark"
    MORE = "more"
    LESS = "less"
    #: has read it
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Somebody put an emoji on a message, or took it away."""

    user: UserRef
    message: MessageRef
    #: what it says; None where the signs of the channel tell that, which platforms do not know
    feeling: Feeling | None = None
    added: bool
    #: which emoji, as one name however it is spelled: a person may react with several that mean the same
    emoji: str = ""
    #: when, by the platform's own clock; None where it does not tell, and the order of arrival counts
    at: datetime | None = None
    #: True where it was typed, so that the person expects a word on what became of it
    is_typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionClearing:
    """Somebody who may do that took everybody's reactions off a message."""

    message: MessageRef
    #: of one emoji alone, named as in `Reaction`; empty where all are gone
    emoji: str = ""
    #: as in `Reaction`
    at: datetime | None = None


#: asks a platform for the reactions that stand on a message, each as one that was added, where the second argument is
#: true of their emoji; None where it does not tell all of them, or the message is gone. Raises ChatError, NotAllowed.
ListReactions = Callable[[MessageRef, Callable[[str], bool]], Awaitable[Sequence[Reaction] | None]]
