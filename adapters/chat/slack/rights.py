"""Who may change a channel's digest on Slack: Slack is asked where a command needs it. Knows no SDK.

Owners and admins of the workspace may, whoever made the channel may, and everybody may in a direct message; guests of
the workspace never may in a channel. An answer of Slack's is remembered for some minutes, a failure is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.chat.recent import Recent
from adapters.chat.slack.errors import LoggedOut, MissingScope
from adapters.chat.slack.events import Place
from core.channels import ChannelRef, UserRef
from core.errors import PaperboyError
from core.time import Clock

#: one call of the Web API; raises as `Chat.send` does
Call = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]

#: for how long an answer is believed
MEMORY: Final = timedelta(minutes=5)
#: what the two calls need, in public and private channels
SCOPES: Final = ("users:read", "channels:read", "groups:read")

_MANAGING: Final = ("is_admin", "is_owner", "is_primary_owner")
_GUEST: Final = ("is_restricted", "is_ultra_restricted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Whether a person manages a channel."""

    may_manage: bool
    #: why Slack could not be asked, as a sentence; empty where it answered
    problem: str = ""


class Managers:
    """Tells who manages which channel."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._known: Recent[tuple[ChannelRef, UserRef], tuple[bool, datetime]] = Recent(1_000)

    async def rights_of(self, place: Place) -> Rights:
        """The rights of the person who asks, in the channel where they ask. Raises LoggedOut."""
        if place.is_private:
            return Rights(may_manage=True)
        key = (place.channel, place.user)
        known = self._known.get(key)
        if known and known[1] > self._clock.now():
            return Rights(may_manage=known[0])
        try:
            may_manage = await self._ask(place)
        except LoggedOut:
            raise
        except PaperboyError as error:
            return Rights(may_manage=False, problem=problem_of(error))
        self._known.put(key, (may_manage, self._clock.now() + MEMORY))
        return Rights(may_manage=may_manage)

    async def _ask(self, place: Place) -> bool:
        user = (await self._call("users.info", {"user": place.person})).get("user") or {}
        standing = standing_of(user, team=place.channel.workspace)
        if standing is not None:
            return standing
        channel = (await self._call("conversations.info", {"channel": place.conversation})).get("channel") or {}
        return bool(channel.get("creator") == place.person)


def standing_of(user: Mapping[str, Any], *, team: str) -> bool | None:
    """True for owners and admins of the workspace, False for guests; None where it depends on the channel.

    In a channel that workspaces share, the admins of the others are no admins here.
    """
    if any(user.get(name) for name in _GUEST):
        return False
    teams = (user.get("team_id") or team, *((user.get("enterprise_user") or {}).get("teams") or ()))
    return True if team in teams and any(user.get(name) for name in _MANAGING) else None


def problem_of(error: PaperboyError) -> str:
    """Why Slack could not be asked, for the person."""
    if not isinstance(error, MissingScope):
        return f"Paperboy cannot see whether you manage this channel: {error}"
    missing = [scope for scope in error.scopes if scope in SCOPES] or ["users:read"]
    named = f"the scope{'s' if len(missing) > 1 else ''} {' and '.join(missing)}"
    return f"Paperboy lacks {named}, so it cannot see whether you manage this channel."
