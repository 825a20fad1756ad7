"""Everything that can go wrong and that a person should hear about, as one tree.

    PaperboyError                 a sentence for the person, and what to do about it
    ├── UsageError                the request itself is wrong (exit code 2)
    │   ├── UnknownCommand        no such command
    │   ├── BadIdentifier         not an identifier of a paper in any spelling we know
    │   ├── BadRule               the rule does not parse; says where
    │   ├── BadCategory           no such category; names the nearest
    │   └── BadSetting            a setting is unknown or has a wrong value
    ├── NotFound                  asked for something that is not there
    │   └── SeveralFound          it may be any of several papers
    ├── NotAllowed                the person may not do this
    │   ├── LeaseLost             another process took this over
    │   └── RightMissing          the bot lacks a right in a channel that only people there can give
    ├── SourceError               a source could not be read; never the same as a quiet day
    │   ├── Throttled             the source asks us to wait
    │   ├── Unreachable           no answer, or not in time
    │   ├── Refused               an answer that says no (HTTP 4xx, 5xx, an error document)
    │   ├── BadFeed               an answer that is not what it should be
    │   └── SourceBug             our own mistake while reading one source; the others go on
    ├── StoreError                the database
    │   ├── StoreLocked           someone else is writing and did not stop in time
    │   ├── StoreReadOnly         the file or its folder cannot be written
    │   ├── StoreTooNew           made by a newer Paperboy
    │   ├── StoreTooOld           made by a Paperboy that is too old
    │   ├── StoreFull             no room left on the disk
    │   ├── StoreUnreachable      the database server does not answer, or does not let us in
    │   └── StoreBroken           not a database, or a damaged one
    ├── ChatError                 a platform
    │   ├── ChannelGone           the channel is gone, or the bot was removed from it
    │   ├── ChatThrottled         the platform asks us to wait
    │   ├── ChatUnavailable       no answer, an outage, a refused login
    │   │   ├── ChatUnanswered    no answer that tells whether the call was carried out
    │   │   ├── ChatUnreachable   no connection, or a failure of the platform's own: nothing was carried out
    │   │   └── ChatDown          it failed so often that it was not asked
    │   ├── NotServing            another process serves the platform now; nobody is told
    │   └── Unheard               a flood of commands, whose end has to be waited for; nobody is told again
    └── ModelError                the language model gave no usable answer
        ├── ModelThrottled        it asks us to wait
        ├── ModelUnavailable      no answer, or not in time, or a failure of its own
        ├── ModelRefused          an answer that says no: a wrong key, an unknown model, a request it does not take
        ├── BadAnswer             an answer that is not what was asked for
        └── OverBudget            it is not asked, because the budget is used up

Adapters map the errors of their SDK to these with one table and `raise ... from`; bugs are not wrapped, except that
`core.ingest.guard` confines those in the reading of a source to that source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

#: a command to type within a hint, "`/search diffusion`": platforms show it in their own form
_COMMAND: Final = re.compile(r"`(/[a-z][^`]*)`")
#: characters of a rule that are shown before and behind the place where it goes wrong
_BEFORE: Final = 30
_BEHIND: Final = 30


class AbsenceReason(StrEnum):
    """Why nothing can be posted in a channel until somebody there does something. An outage is none of these."""

    #: the bot was removed from the channel, or is not in it
    KICKED = "kicked"
    ARCHIVED = "archived"
    DELETED = "deleted"
    #: the person blocked the bot, or takes no messages from it
    BLOCKED = "blocked"
    #: the bot was removed from the whole workspace
    UNINSTALLED = "uninstalled"
    #: the bot is there and may not write
    FORBIDDEN = "forbidden"
    #: the platform refuses the channel and does not say which of these it is
    UNKNOWN = "unknown"


class PaperboyError(Exception):
    """A failure with a sentence for the person (`str(error)`) and, where there is one, what to do (`hint`)."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def sentence(self) -> str:
        """The message and the hint as one line of text, with commands as they are typed at a prompt."""
        hint = _COMMAND.sub(lambda command: command[1], self.hint)
        return f"{self} {hint}".strip()


class UsageError(PaperboyError):
    """The request itself is wrong; asking again the same way cannot help."""


class UnknownCommand(UsageError):
    """No command has this name."""


class BadIdentifier(UsageError):
    """The text is no identifier of a paper in any spelling we know."""


class BadRule(UsageError):
    """The rule does not parse; the message shows where."""

    def __init__(self, message: str, *, hint: str = "", rule: str = "", place: int | None = None) -> None:
        super().__init__(message, hint=hint)
        #: as it was read
        self.rule = rule
        #: where it goes wrong, in characters from 0; None where no place is to blame
        self.place = place

    def pointer(self) -> tuple[str, str] | None:
        """The rule around the place, and a caret below it; None where no place is to blame."""
        if self.place is None:
            return None
        begin = max(0, self.place - _BEFORE)
        excerpt = self.rule[begin : self.place + _BEHIND]
        line = "".join(char if char.isprintable() else " " for char in excerpt)
        return f"{'…' if begin else ''}{line}", " " * (self.place - begin + bool(begin)) + "^"


class BadCategory(UsageError):
    """No category has this name; the message names the nearest."""


class BadSetting(UsageError):
    """A setting is unknown or its value is wrong."""


class NotFound(PaperboyError):
    """What was asked for is not there."""


class SeveralFound(NotFound):
    """What was asked for may be any of several papers."""

    def __init__(self, message: str, *, papers: Sequence[str], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: their identifiers, the likeliest first
        self.papers = tuple(papers)


class NotAllowed(PaperboyError):
    """The person may not do this here."""


class LeaseLost(NotAllowed):
    """Another process took over what this one held."""


class RightMissing(NotAllowed):
    """The bot may not post in a channel; people there can change that."""


class SourceError(PaperboyError):
    """A source could not be read."""


class Throttled(SourceError):
    """The source asks us to wait."""

    def __init__(self, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: how long the source asked us to wait, in seconds; None where it did not say
        self.retry_after_s = retry_after_s


class Unreachable(SourceError):
    """No answer from the source, or not in time."""


class Refused(SourceError):
    """The source answered, and the answer is no."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: the HTTP status of the answer
        self.status = status


class BadFeed(SourceError):
    """The source answered with something that is not what it should be."""


class SourceBug(SourceError):
    """A bug in Paperboy met while a source was read; its traceback is in the log."""

    def __init__(self, message: str, *, exception: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: the name of the exception
        self.exception = exception


class StoreError(PaperboyError):
    """The database could not do what was asked."""


class StoreLocked(StoreError):
    """Another process is writing and did not stop in time."""


class StoreReadOnly(StoreError):
    """The database file, or the folder it lies in, cannot be written."""


class StoreTooNew(StoreError):
    """The database was made by a newer Paperboy."""


class StoreTooOld(StoreError):
    """The database was made by a Paperboy from which there is no way up to this one."""


class StoreFull(StoreError):
    """There is no room left where the database lies."""


class StoreUnreachable(StoreError):
    """The database server does not answer, or does not let us in."""


class StoreBroken(StoreError):
    """The file is not a database, or is damaged."""


class ChatError(PaperboyError):
    """A chat platform could not do what was asked."""


class ChannelGone(ChatError):
    """The channel does not exist any more, or the bot was removed from it."""

    def __init__(self, message: str, *, hint: str = "", reason: AbsenceReason | None = AbsenceReason.UNKNOWN) -> None:
        super().__init__(message, hint=hint)
        #: what happened to the channel; None where only a message or a question in it is gone
        self.reason = reason


class ChatThrottled(ChatError):
    """The platform asks us to wait."""

    def __init__(self, message: str, *, retry_after_s: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: how long the platform asked us to wait, in seconds
        self.retry_after_s = retry_after_s


class ChatUnavailable(ChatError):
    """The platform cannot be reached or does not let us in."""


class ChatUnanswered(ChatUnavailable):
    """The platform gave no answer that tells whether the call was carried out: a message may be there, or not."""


class ChatUnreachable(ChatUnavailable):
    """There is no connection, or the platform itself failed before it did anything."""


class ChatDown(ChatUnavailable):
    """The platform failed several times in a row and was not asked this time."""

    def __init__(self, message: str, *, until: datetime, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: when it is asked again, UTC
        self.until = until


class NotServing(ChatError):
    """Another process serves the platform now: what is left here is not done, and nobody is told of it."""


class Unheard(ChatError):
    """Somebody floods Paperboy and was told to wait: what they ask until then is not done.

    Nobody is told again, except where a platform would call it a failure of Paperboy's.
    """


class ModelError(PaperboyError):
    """The language model gave no usable answer."""


class ModelThrottled(ModelError):
    """The language model's provider asks us to wait."""

    def __init__(self, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: how long it asked us to wait, in seconds; None where it did not say
        self.retry_after_s = retry_after_s


class ModelUnavailable(ModelError):
    """No answer from the language model, or not in time, or a failure of its own."""


class ModelRefused(ModelError):
    """The provider says no, and asking again the same way cannot help: the key, the model, the request."""


class BadAnswer(ModelError):
    """The language model answered with something that is not what was asked for."""


class OverBudget(ModelError):
    """The budget for language models is used up, so that none is asked."""

    def __init__(self, message: str, *, until: datetime, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: when there is money again, UTC
        self.until = until
