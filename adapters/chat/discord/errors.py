"""What Discord's refusals mean to us: one table of its status and error codes. Pure, knows no SDK.

`client` asks it for the error to raise.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.errors import (
    AbsenceReason,
    ChannelGone,
    ChatError,
    ChatThrottled,
    ChatUnanswered,
    ChatUnavailable,
    NotAllowed,
    PaperboyError,
    RightMissing,
)
from core.speech import N_, _

TOKEN_HINT: Final = N_("Copy the bot's token from https://discord.com/developers/applications (Bot, Reset Token).")

_INVITE_HINT: Final = N_("Is the bot still in that server, and may it see the channel?")
_PERMISSION_HINT: Final = N_("Give the bot the permissions that docs/discord.md lists.")
#: unknown channel, unknown server, no access, no direct messages to this person
_ABSENCES: Final[Mapping[int, AbsenceReason]] = MappingProxyType(
    {
        10_003: AbsenceReason.DELETED,
        10_004: AbsenceReason.UNINSTALLED,
        50_001: AbsenceReason.KICKED,
        50_007: AbsenceReason.BLOCKED,
    }
)
#: an interaction that somebody answered before
ALREADY_ACKNOWLEDGED: Final = 40_060
_MISSING_PERMISSIONS: Final = 50_013
#: unknown interaction, unknown webhook, invalid webhook token
_EXPIRY_CODES: Final = frozenset({10_062, 10_015, 50_027})
#: codes with which the gateway closes a connection; a shard that there cannot be, and too few of them
_TOKEN_REFUSED: Final = 4004
_WRONG_SHARDS: Final = frozenset({4010, 4011})
_INTENTS_REFUSED: Final = 4014


class InteractionExpired(ChannelGone):
    """The interaction cannot be answered any more: its three seconds, or its fifteen minutes, are over."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=None)


def refusal_error(status: int, code: int, text: str, *, retry_after_s: float) -> PaperboyError:
    """The error for an answer that says no: HTTP status, Discord's own code (0 for none) and sentence."""
    reason = " ".join(text.split())[:200] or _("no reason given")
    if code in _EXPIRY_CODES:
        return InteractionExpired(f"Discord: {reason}.")
    if status == 401:
        return ChatUnavailable(_("Discord refuses the token."), hint=_(TOKEN_HINT))
    if status == 429:
        return throttling_error(retry_after_s)
    if status >= 500:
        return server_error(status)
    if status == 404 and not code:
        return ChatUnavailable(_("There is no Discord at the address that is set."))
    if code in _ABSENCES:
        return ChannelGone(f"Discord: {reason}.", hint=_(_INVITE_HINT), reason=_ABSENCES[code])
    if status == 403:
        kind = RightMissing if code == _MISSING_PERMISSIONS else NotAllowed
        return kind(f"Discord: {reason}.", hint=_(_PERMISSION_HINT))
    return ChatError(_("Discord refuses this: {reason} (code {code}).", reason=reason, code=code))


def foreign_answer_error() -> ChatUnanswered:
    """The error for an answer that is not Discord's own: a proxy's page, say; the call may have been carried out."""
    return ChatUnanswered(_("Discord gives an answer that is not its own."), hint=_("Is there a proxy in between?"))


def server_error(status: int) -> ChatUnanswered:
    """The error for an HTTP status of 500 and more: Discord may have carried the call out before it failed."""
    return ChatUnanswered(_("Discord is out of order (HTTP {status}).", status=status))


def closing_error(code: int | None) -> ChatUnavailable:
    """The error for a code with which Discord closes a connection for good."""
    if code == _TOKEN_REFUSED:
        return ChatUnavailable(_("Discord refuses the token."), hint=_(TOKEN_HINT))
    if code in _WRONG_SHARDS:
        hint = _("Leave discord.shards at 0, so that Discord says how many there are to be.")
        return ChatUnavailable(_("Discord wants another number of connections for the bot's servers."), hint=hint)
    if code == _INTENTS_REFUSED:
        return ChatUnavailable(_("Discord does not grant the intents that Paperboy asks for."))
    return ChatUnavailable(_("Discord closed the connection (code {code}).", code=code))


def throttling_error(retry_after_s: float) -> ChatThrottled:
    """The error for a wait that is longer than a call may take."""
    sentence = _("{platform} asks us to wait {seconds} s.", platform="Discord", seconds=f"{retry_after_s:.0f}")
    return ChatThrottled(sentence, retry_after_s=retry_after_s)
