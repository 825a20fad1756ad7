"""What people do with a message: the feelings that a reaction stands for."""

from __future__ import annotations

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
