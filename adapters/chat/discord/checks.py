"""Can a digest with a thread be posted in a Discord channel? Its type, and the bot's permissions there. No SDK here.

`client` gives it one way to call Discord's REST API.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from adapters.chat.discord.render import Json
from adapters.chat.discord.rooms import DIRECT, Call, room_of
from adapters.chat.hostile import harmless
from core.channels import ChannelRef
from core.errors import ChannelGone, NotAllowed
from core.speech import N_, _

#: Discord's numbers for types of channels
_DIRECT_MESSAGE: Final = 1
_WRITABLE: Final = frozenset({0, _DIRECT_MESSAGE, 5})
_OTHER_TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {
        2: N_("a voice channel"),
        4: N_("a category"),
        **dict.fromkeys((10, 11, 12), N_("a thread")),
        13: N_("a stage"),
        15: N_("a forum"),
        16: N_("a media channel"),
    }
)
_FORUMS: Final = frozenset({15, 16})
#: what a digest with a thread needs, as docs/discord.md lists it
_PERMISSIONS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "View Channels": 1 << 10,  # not said: Discord's name
        "Send Messages": 1 << 11,  # not said: Discord's name
        "Embed Links": 1 << 14,  # not said: Discord's name
        "Create Public Threads": 1 << 35,  # not said: Discord's name
        "Send Messages in Threads": 1 << 38,  # not said: Discord's name
    }
)
#: what the invitation of docs/discord.md asks for: that, Attach Files, and Read Message History, to find messages after
#: a crash
INVITATION: Final = sum(_PERMISSIONS.values()) | 1 << 15 | 1 << 16
_ADMINISTRATOR: Final = 1 << 3


async def check_channel(call: Call, channel: ChannelRef) -> None:
    """Raises ChannelGone and NotAllowed with what to do."""
    room = await call("GET", "/channels/{channel_id}", at={"channel_id": room_of(channel)})
    _require_text(channel, room)
    if room["type"] == _DIRECT_MESSAGE:
        return
    me = await call("GET", "/users/@me")
    where = {"guild_id": room["guild_id"], "user_id": me["id"]}
    member = await call("GET", "/guilds/{guild_id}/members/{user_id}", at=where)
    roles = await call("GET", "/guilds/{guild_id}/roles", at={"guild_id": room["guild_id"]})
    if missing := missing_permissions(room, me["id"], member["roles"], roles):
        raise NotAllowed(
            _("In Discord's #{name} the bot lacks {permissions}.", name=_name(room), permissions=", ".join(missing)),
            hint=_("Give it these permissions in the channel's settings; docs/discord.md lists them all."),
        )


def missing_permissions(room: Json, me: str, own_roles: Collection[str], roles: Iterable[Json]) -> Sequence[str]:
    """The names of what the bot needs and may not do in a channel, by its roles and the channel's overwrites."""
    guild = room["guild_id"]  # also the identifier of @everyone
    permissions = 0
    for role in roles:
        permissions |= int(role["permissions"]) if role["id"] in {guild, *own_roles} else 0
    if permissions & _ADMINISTRATOR:
        return ()
    overwrites = room.get("permission_overwrites") or []
    # everyone first, then all roles together, then the bot itself
    for ids in ({guild}, set(own_roles) - {guild}, {me}):
        group = [overwrite for overwrite in overwrites if overwrite["id"] in ids]
        for overwrite in group:
            permissions &= ~int(overwrite["deny"])
        for overwrite in group:
            permissions |= int(overwrite["allow"])
    return tuple(name for name, bit in _PERMISSIONS.items() if not permissions & bit)


def _require_text(channel: ChannelRef, room: Json) -> None:
    server = room.get("guild_id") or DIRECT
    if channel.workspace != server:
        hint = _("Write {channel}.", channel=f"discord:{server}/{room['id']}")
        raise ChannelGone(_("{channel} is in another server.", channel=channel), hint=hint)
    if room["type"] in _WRITABLE:
        return
    values = {"name": _name(room), "kind": _(_OTHER_TYPES.get(room["type"], N_("no text channel")))}
    sentence = _("Discord's #{name} is {kind}; digests go to text channels.", **values)
    if room["type"] in _FORUMS:
        sentence = f"{sentence} {_('Forums come in a later version.')}"
    raise NotAllowed(sentence, hint=_("Subscribe a text channel."))


def _name(room: Json) -> str:
    return harmless(str(room.get("name") or room["id"]), one_line=True)[:80]
