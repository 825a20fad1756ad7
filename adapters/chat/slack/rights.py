"""Who may change a channel's digest on Slack: Slack is asked where a command needs it. Knows no SDK.

Owners and admins of the workspace may, whoever made the channel may, and everybody may in a direct message; guests of
the workspace never may in a channel. An answer of Slack's is remembered for some minutes, a failure is not. Slack is
asked while the command is being answered, so that a slow answer of Slack's is waited for like any other. The same call
tells what a person is called, which events do not, and in which time zone they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.chat.recent import Recent
from adapters.chat.slack.errors import LoggedOut, MissingScope
from adapters.chat.slack.events import is_direct
from core.channels import ChannelRef, UserRef
from core.converse.command import Command
from core.converse.grammar import concerns_managers, wants_zone
from core.converse.ports import Desk
from core.converse.wrapped import WrappedDesk
from core.errors import ChannelGone, PaperboyError
from core.posts.reactions import Reaction
from core.posts.tree import Post
from core.speech import N_, _
from core.text.readable import all_of
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
        self._answers: Recent[tuple[ChannelRef, UserRef], tuple[bool, datetime]] = Recent(1_000)
        self._zones: Recent[UserRef, str] = Recent(1_000)
        self._names: Recent[UserRef, str] = Recent(1_000)
        self._bots: Recent[UserRef, bool] = Recent(10_000)

    async def rights_of(self, channel: ChannelRef, user: UserRef) -> Rights:
        """The rights of the person who asks, in the channel where they ask. Raises LoggedOut."""
        if is_direct(channel):
            return Rights(may_manage=True)
        memory = self._answers.get((channel, user))
        if memory and memory[1] > self._clock.now():
            return Rights(may_manage=memory[0])
        try:
            may_manage = await self._ask(channel, user)
        except LoggedOut:
            raise
        except ChannelGone:  # Slack does not show us the person, who is of another workspace, or gone
            return Rights(may_manage=False)
        except PaperboyError as error:
            return Rights(may_manage=False, problem=problem_of(error))
        self._answers.put((channel, user), (may_manage, self._clock.now() + MEMORY))
        return Rights(may_manage=may_manage)

    async def zone_of(self, user: UserRef) -> str:
        """The IANA time zone that a person has set in Slack; empty where Slack does not tell. Raises LoggedOut."""
        return await self._detail(self._zones, user)

    async def name_of(self, user: UserRef) -> str:
        """What Slack shows a person as; empty where it does not tell. Raises LoggedOut."""
        return await self._detail(self._names, user)

    async def _detail(self, details: Recent[UserRef, str], user: UserRef) -> str:
        """A person's value in `details`, which `_person` fills; empty where Slack does not tell."""
        if (detail := details.get(user)) is not None:
            return detail
        try:
            await self._person(user)
        except LoggedOut:
            raise
        except PaperboyError:
            return ""
        return details.get(user) or ""

    async def is_bot(self, user: UserRef) -> bool:
        """Is it another app? Where Slack does not tell, it is a person. Raises LoggedOut."""
        if (is_app := self._bots.get(user)) is None:
            try:
                person = await self._person(user)
                is_app = bool(person.get("is_bot"))
            except LoggedOut:
                raise
            except MissingScope:
                is_app = False  # asked once: the next answer would be the same
            except PaperboyError:
                return False
            self._bots.put(user, is_app)
        return is_app

    async def _person(self, user: UserRef) -> Mapping[str, Any]:
        person: Mapping[str, Any] = (await self._call("users.info", {"user": user.id})).get("user") or {}
        self._zones.put(user, str(person.get("tz") or ""))
        profile: Mapping[str, Any] = person.get("profile") or {}
        names = (profile.get("display_name"), profile.get("real_name"), person.get("name"))
        self._names.put(user, next((str(name) for name in names if name), ""))
        return person

    async def _ask(self, channel: ChannelRef, user: UserRef) -> bool:
        person = await self._person(user)
        standing = standing_of(person, team=channel.workspace)
        if standing is not None:
            return standing
        place = (await self._call("conversations.info", {"channel": channel.place})).get("channel") or {}
        return bool(place.get("creator") == user.id)


class RightsDesk(WrappedDesk):
    """A desk whose commands say whether the person manages the channel, where that concerns them."""

    def __init__(self, desk: Desk, managers: Managers) -> None:
        super().__init__(desk)
        self._managers = managers

    async def handle(self, command: Command) -> Post:
        """As the desk behind it."""
        if concerns_managers(command.name, command.arguments):
            rights = await self._managers.rights_of(command.place, command.actor)
            command = replace(command, may_manage=rights.may_manage, rights_problem=rights.problem)
            if not (is_direct(command.place) or rights.problem):  # whoever changes something is named to the channel
                name = await self._managers.name_of(command.actor)
                command = replace(command, actor_name=name or command.actor_name)
        if command.may_manage and wants_zone(command.name):
            command = replace(command, zone=await self._managers.zone_of(command.actor))
        return await super().handle(command)

    async def react(self, reaction: Reaction) -> Post | None:
        """As the desk behind it; what other apps put on messages counts for nothing."""
        meaning = await self.desk.meaning(reaction) if reaction.added else reaction
        if meaning is None or (meaning.added and await self._managers.is_bot(meaning.user)):
            return None
        return await super().react(meaning)


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
        return _("Paperboy cannot see whether you manage this channel: {error}", error=error)
    missing = [scope for scope in error.scopes if scope in SCOPES] or ["users:read"]
    singular, plural = (
        N_("Paperboy lacks the scope {scopes}, so it cannot see whether you manage this channel."),
        N_("Paperboy lacks the scopes {scopes}, so it cannot see whether you manage this channel."),
    )
    return _(plural if len(missing) > 1 else singular, scopes=all_of(missing))
