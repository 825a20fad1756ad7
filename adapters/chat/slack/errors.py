"""What goes wrong with Slack, as our own errors: one table of its error codes. Pure, no SDK."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

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

#: where Slack does not say how long to wait, in seconds
SOME_TIME_S: Final = 30.0

#: Slack does not tell a deleted channel from a private one that it does not show us
_ABSENCES: Final[Mapping[str, AbsenceReason]] = MappingProxyType(
    {
        "channel_not_found": AbsenceReason.UNKNOWN,
        "is_archived": AbsenceReason.ARCHIVED,
        "not_in_channel": AbsenceReason.KICKED,
        "user_not_in_channel": AbsenceReason.KICKED,
        "messages_tab_disabled": AbsenceReason.BLOCKED,
        "user_disabled": AbsenceReason.BLOCKED,
        "user_not_found": AbsenceReason.BLOCKED,
        "user_not_visible": AbsenceReason.BLOCKED,
    }
)
_NO_MESSAGE: Final = frozenset(("message_not_found", "thread_not_found"))
_LOGGED_OUT: Final = frozenset(
    (
        "account_inactive",
        "app_uninstalled",
        "forbidden_team",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    )
)
_FORBIDDEN: Final = frozenset(
    (
        "access_denied",
        "app_access_restricted",
        "cant_delete_message",
        "cant_update_message",
        "edit_window_closed",
        "ekm_access_denied",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
    )
)
_NO_ANSWER: Final = frozenset(("fatal_error", "internal_error", "request_timeout", "service_unavailable"))


class Unanswered(ChatUnanswered):
    """No answer, or none that tells whether the call was carried out."""


class LoggedOut(ChatUnavailable):
    """The token is not accepted, or not any more."""


class MessageGone(ChannelGone):
    """The message, or the thread, is not there any more; the channel is."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=None)


class MissingScope(NotAllowed):
    """The token lacks a scope."""

    def __init__(self, message: str, *, scopes: tuple[str, ...], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        #: those that would do and that the token lacks, as far as Slack tells
        self.scopes = scopes


def unanswered_error(what: str) -> Unanswered:
    """The error for no answer at all; `what` names what happened instead."""
    return Unanswered(_("Slack does not answer: {what}.", what=what), hint=_("Is slack.com reachable from here?"))


def refusal_error(method: str, *, status: int, answer: Mapping[str, Any], headers: Mapping[str, str]) -> PaperboyError:
    """The error for an answer that says no, by its HTTP status and its `error`."""
    code = str(answer.get("error") or "")
    if code in ("ratelimited", "rate_limited") or status == 429:
        return ChatThrottled(_("Slack asks us to wait."), retry_after_s=_seconds(headers.get("Retry-After", "")))
    if status >= 500 or code in _NO_ANSWER or not code:
        return _trouble_error(code or f"HTTP {status}")
    if code in _LOGGED_OUT:
        app, bot = (
            N_("Slack does not accept the app token (xapp-...): {code}."),
            N_("Slack does not accept the bot token (xoxb-...): {code}."),
        )
        sentence = _(app if method == "apps.connections.open" else bot, code=code)
        return LoggedOut(sentence, hint=_("Install the app again and set the new token."))
    if code in _NO_MESSAGE:
        return MessageGone(_("The message is not on Slack any more: {code}.", code=code))
    if code in _ABSENCES:
        sentence = _("Slack does not let us into the channel: {code}.", code=code)
        return ChannelGone(sentence, hint=_("Type /invite @Paperboy there."), reason=_ABSENCES[code])
    if code in _FORBIDDEN or code.startswith("restricted_action"):
        return _forbidden_error(method, code, answer)
    return ChatError(_("Slack refuses {method}: {code}.", method=method, code=code))


def _forbidden_error(method: str, code: str, answer: Mapping[str, Any]) -> NotAllowed:
    """The error for what Slack does not allow: because of the channel, the token, or the message."""
    if code.startswith("restricted_action"):
        hint = _("Let the app post in the channel's settings, under posting permissions.")
        return RightMissing(_("Slack does not let us post in the channel: {code}.", code=code), hint=hint)
    values = {"method": method, "code": code, "scopes": answer.get("needed")}
    sentence = _("Slack does not allow {method}: {code}.", **values)
    if values["scopes"]:
        sentence = _("Slack does not allow {method}: {code}, needs {scopes}.", **values)
    hint = _("docs/slack.md lists the scopes.")
    if code == "missing_scope":
        return MissingScope(sentence, scopes=_missing_scopes(answer), hint=hint)
    return NotAllowed(sentence, hint=hint)


def response_error(status: int, headers: Mapping[str, str]) -> PaperboyError:
    """The error for a response_url that takes no answer, by its HTTP status."""
    if status == 429:
        return ChatThrottled(_("Slack asks us to wait."), retry_after_s=_seconds(headers.get("Retry-After", "")))
    if status >= 500:
        return _trouble_error(f"HTTP {status}")
    sentence = _("Slack takes no more answers to this question (HTTP {status}).", status=status)
    return ChannelGone(sentence, hint=_("Ask again."), reason=None)


def _trouble_error(what: str) -> Unanswered:
    return Unanswered(_("Slack is in trouble ({what}).", what=what), hint=_("See https://status.slack.com."))


def _missing_scopes(answer: Mapping[str, Any]) -> tuple[str, ...]:
    needed_scopes, token_scopes = (str(answer.get(name) or "").split(",") for name in ("needed", "provided"))
    return tuple(scope for scope in needed_scopes if scope and scope not in token_scopes)


def _seconds(retry_after: str) -> float:
    try:
        return max(float(retry_after), 0.1)
    except ValueError:
        return SOME_TIME_S
