"""What Telegram's refusals mean, as errors of ours: one table over the kind of error and what Telegram says.

Pure, and without the SDK: `api` hands over the name of its error and the words of the Bot API.
"""

from __future__ import annotations

import json
import re
from typing import Final

from adapters.chat.hostile import harmless
from core.errors import (
    AbsenceReason,
    ChannelGone,
    ChatError,
    ChatUnanswered,
    ChatUnavailable,
    ChatUnreachable,
    NotAllowed,
    PaperboyError,
    RightMissing,
)
from core.speech import N_, _


class AnotherReader(ChatUnavailable):
    """Another program asks for the bot's updates, or Telegram sends them to an address."""


_ABSENT_CHAT: Final = (
    r"chat not found|user not found|peer_id_invalid|deactivated|channel_private|thread not found|topic_deleted"
    r"|topic_id_invalid"  # not said: a pattern
)
_FORBIDDEN: Final = r"rights|chat_write_forbidden|chat_admin_required|chat_restricted|topic_closed"
_NO_FILES: Final = r"rights to send documents|send_docs_forbidden|send_media_forbidden"  # not said: a pattern
#: of the bot itself, which Telegram says with "Forbidden"
_BLOCK: Final = r"blocked by the user|user is deactivated|initiate conversation"  # not said: a pattern
_KICK: Final = r"kicked|not a member"
_DELETION: Final = r"thread not found|topic_deleted|topic_id_invalid|was deleted"  # not said: a pattern
_EXPIRY: Final = r"query is too old|query id is invalid|query_id_invalid"  # not said: a pattern
_UNCHANGEABLE: Final = (
    r"message to (edit|delete) not found|can't be (edited|deleted)|message_id_invalid"  # not said: a pattern
)

#: the kind of a request that may have been carried out, for nothing that Telegram answered tells
NO_ANSWER: Final = "Unanswered"

_REASONS: Final[tuple[tuple[str, AbsenceReason | None], ...]] = (
    (_EXPIRY, None),
    (_BLOCK, AbsenceReason.BLOCKED),
    (_KICK, AbsenceReason.KICKED),
    (_DELETION, AbsenceReason.DELETED),
)

_REACHABLE: Final = N_("Is api.telegram.org reachable from here?")

#: the SDK's error, words that Telegram says with it, our error, its sentence ({reason}: Telegram's), its hint
_TABLE: Final[tuple[tuple[str, str, type[PaperboyError], str, str], ...]] = (
    (
        "InvalidToken",
        "",
        ChatUnavailable,
        N_("Telegram does not know this token."),
        N_("Ask @BotFather for the bot's token and set it as telegram.token (PAPERBOY_TELEGRAM__TOKEN)."),
    ),
    (
        "Conflict",
        "",
        AnotherReader,
        N_("Another program is reading this bot's messages."),
        N_("Stop the other one: a Telegram token serves one program at a time."),
    ),
    (NO_ANSWER, "", ChatUnanswered, N_("Telegram gave no answer: {reason}"), _REACHABLE),
    ("TimedOut", "", ChatUnreachable, N_("Telegram did not answer in time."), _REACHABLE),
    (
        "Forbidden",
        "",
        ChannelGone,
        N_("Telegram does not let the bot write there: {reason}"),
        N_("Add the bot to the chat again; a person has to press Start first."),
    ),
    (
        "BadRequest",
        _ABSENT_CHAT,
        ChannelGone,
        N_("Telegram has no such chat: {reason}"),
        N_("Check the chat's id with `/settings` there."),
    ),
    (
        "BadRequest",
        _NO_FILES,
        RightMissing,
        N_("Telegram does not let the bot send files there: {reason}"),
        N_("Let members send files in the group's permissions."),
    ),
    (
        "BadRequest",
        _FORBIDDEN,
        RightMissing,
        N_("The bot may not do this there: {reason}"),
        N_("Let it send messages in the chat's permissions."),
    ),
    (
        "BadRequest",
        _UNCHANGEABLE,
        NotAllowed,
        N_("The message cannot be changed any more: {reason}"),
        N_("It was deleted, or is older than Telegram lets anybody change."),
    ),
    ("BadRequest", _EXPIRY, ChannelGone, N_("The button was pressed too long ago: {reason}"), N_("Press it again.")),
    (
        "BadRequest",
        "",
        ChatError,
        N_("Telegram refused a message: {reason}"),
        N_("This is a fault of Paperboy; please report it."),
    ),
    ("", "", ChatUnreachable, N_("Telegram cannot be reached: {reason}"), _REACHABLE),
)


def our_error(kind: str, message: str) -> PaperboyError:
    """The error of ours for the SDK's `kind` of error with Telegram's words."""
    for name, pattern, error_class, sentence, hint in _TABLE:
        if name in ("", kind) and re.search(pattern, message, re.IGNORECASE):
            explanation = _(sentence, reason=harmless(message, one_line=True)[:200])
            if error_class is ChannelGone:
                return ChannelGone(explanation, hint=_(hint), reason=_reason(message))
            return error_class(explanation, hint=_(hint))
    raise AssertionError("the last row takes everything")


def _reason(message: str) -> AbsenceReason | None:
    """Why the chat is absent; None where a button was pressed too long ago, and the chat is there."""
    reasons = (reason for pattern, reason in _REASONS if re.search(pattern, message, re.IGNORECASE))
    return next(reasons, AbsenceReason.UNKNOWN)


def wait_named_in(body: bytes) -> float:
    """The seconds that an answer with HTTP 429 names; 1 where it names none."""
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError, RecursionError):  # the last for arrays in arrays in arrays
        return 1.0


class ChatMoved(ChannelGone):
    """A group became a supergroup, which has another id."""

    def __init__(self, new: int) -> None:
        hint = _("Subscribe {channel} instead of the old one.", channel=f"telegram:{new}")
        super().__init__(_("The group became a supergroup and has a new id."), hint=hint)
        #: the new id
        self.new = new
