"""A command: something that a person asked for, whatever they did to ask for it.

Typed words, a mention, a button, a choice, a form, a shortcut: platforms read each of them into one `Command` and bring
it to the `Desk`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.channels import ChannelRef, UserRef
from core.errors import PaperboyError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef


class Origin(StrEnum):
    """How a command was given."""

    #: a slash command, or words in a direct message or at a prompt
    TYPED = "typed"
    #: words that mention the bot
    MENTION = "mention"
    #: a pressed button; its arguments are those of the `Action`
    BUTTON = "button"
    #: something picked from a menu
    SELECT = "select"
    #: a form that was sent
    FORM = "form"
    #: an entry of a message's or the app's own menu
    SHORTCUT = "shortcut"
    #: words that are still being typed and want suggestions
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something that a person asked for."""

    #: the name of a `CommandSpec`
    name: str
    #: what follows the name, trimmed
    arguments: str = ""
    actor: UserRef
    #: the channel it was given in; the parent channel for a thread
    place: ChannelRef
    #: as the platform shows the person; empty where it does not tell
    actor_name: str = ""
    origin: Origin = Origin.TYPED
    #: True where others read the question as well: words in a group, and not what its asker alone sees
    is_public: bool = False
    #: IETF tag of the language that the person's client speaks; empty where the platform does not tell
    locale: str = ""
    #: the person's IANA time zone, where the command wants it and the platform tells; else empty
    zone: str = ""
    #: True where the person manages the channel; platforms find out only where a command `concerns_managers`
    may_manage: bool = False
    #: why the platform cannot tell whether the person does, as a sentence; empty where it can
    rights_problem: str = ""
    #: the message that it replies to, and the first message of the thread that it was given in; None outside
    reply_to: MessageRef | None = None
    thread: MessageRef | None = None
    #: the paper of the message or thread that it was given at; None outside. Where platforms do not know it, the desk
    #: looks up which papers those messages show
    paper: PaperId | None = None
    #: all papers of that message or thread, where it shows several
    papers: tuple[PaperId, ...] = ()
    #: when it was given, UTC
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Words to the bot that are no command, or a button that means nothing any more."""

    #: what is wrong with them
    error: PaperboyError
    #: reads the words again, which raises the same error in the language that is spoken then; None where none were said
    read: Callable[[], object] | None = field(default=None, repr=False, compare=False)
    actor: UserRef
    #: where they were said
    place: ChannelRef
    #: when, UTC
    at: datetime

    def translate(self) -> PaperboyError:
        """The error in the language that is spoken now: platforms read words before they know which that is."""
        try:
            if self.read:
                self.read()
        except PaperboyError as error:
            return error
        return self.error
