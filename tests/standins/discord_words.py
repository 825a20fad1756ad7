"""What Discord's stand-in says: objects of its API and events of its gateway, as complete as the specs ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

GUILD, CHANNEL, OTHER_CHANNEL = 1_300_000_000_000_000_001, 1_300_000_000_000_000_002, 1_300_000_000_000_000_003
BOT, APPLICATION, PERSON = 1_300_000_000_000_000_004, 1_300_000_000_000_000_005, 1_300_000_000_000_000_006
#: the bot's role, and the permissions that docs/discord.md asks for
BOT_ROLE, PERMISSIONS = 1_300_000_000_000_000_007, 309_237_763_072
#: of people who manage channels
MANAGER_ROLE, MANAGE_CHANNELS = 1_300_000_000_000_000_009, 1 << 4
#: another bot, which reacts to messages
OTHER_BOT = 1_300_000_000_000_000_008
MOMENT = "2026-02-04T12:00:00+00:00"

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
#: the right to hear what people say to one another: on the application's page, and as an intent
MESSAGE_CONTENT = 1 << 19
CONTENT_INTENT = 1 << 15


def as_read(markdown: str) -> str:
    """What a person reads of Discord's Markdown, with the addresses of its links."""
    kept: list[str] = []
    hidden = _ESCAPED.sub(lambda found: kept.append(found[1]) or f"\ue000{len(kept) - 1}\ue001", markdown)
    shown = _LINK.sub(r"\1 <\2>", hidden.replace("\u200b", ""))
    shown = re.sub(r"^(-# |#{1,3} |> )", "", shown, flags=re.MULTILINE).replace("**", "").replace("*", "")
    shown = shown.replace("`", "")
    return re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], shown)


def user(id: int, name: str, *, bot: bool = False) -> Json:
    known = {"id": str(id), "username": name, "global_name": name.title(), "avatar": None, "discriminator": "0"}
    return known | {"public_flags": 0, "flags": 0, "primary_guild": None} | ({"bot": True} if bot else {})


def me() -> Json:
    return user(BOT, "paperboy", bot=True)


def my_account() -> Json:
    return me() | {"mfa_enabled": False, "locale": "en-US"}


def application() -> Json:
    empty = ("icon", "interactions_endpoint_url", "role_connections_verification_url", "team")
    counts = ("guild_count", "user_install_count", "user_authorization_count")
    return (
        {"id": str(APPLICATION), "name": "Paperboy", "description": "", "type": None, "verify_key": "00", "flags": 0}
        | {"flags_new": "0", "redirect_uris": [], "owner": user(7, "owner"), "explicit_content_filter": 0}
        | {"eligible_oauth2_scopes": [], "bot_public": True, "bot_require_code_grant": False}
        | dict.fromkeys(empty)
        | {f"approximate_{name}": 1 for name in counts}
    )


def message(id: int, room: int, body: Mapping[str, Any], *, author: Json | None = None) -> Json:
    embeds = [{"type": "rich"} | dict(embed) for embed in body.get("embeds") or []]
    return {
        "id": str(id),
        "channel_id": str(room),
        "type": 0,
        "content": body.get("content") or "",
        "author": author or me(),
        "embeds": embeds,
        "components": [_row(row, n) for n, row in enumerate(body.get("components") or [])],
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "timestamp": MOMENT,
        "edited_timestamp": None,
        "flags": body.get("flags") or 0,
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
    }


def emoji_object(emoji: str) -> Json:
    """An emoji, or one of a server's as it is written in messages: `<:star:123>`."""
    own = re.fullmatch(r"<:(\w+):(\d+)>", emoji)
    return {"id": own[2], "name": own[1]} if own else {"id": None, "name": emoji}


def reaction_count(emoji: str, count: int) -> Json:
    counts = {"count": count, "count_details": {"normal": count, "burst": 0}}
    return counts | {"emoji": emoji_object(emoji), "burst_colors": [], "me_burst": False, "me": False}


def _row(row: Mapping[str, Any], n: int) -> Json:
    buttons = [{"id": 10 * n + m + 2} | dict(button) for m, button in enumerate(row["components"])]
    return {"type": 1, "id": 10 * n + 1, "components": buttons}


def words_of(message: Mapping[str, Any]) -> str:
    """Everything a person reads of a message."""
    embeds = [as_read(embed.get("description") or "") for embed in message["embeds"]]
    labels = [button["label"] for row in message["components"] for button in row["components"]]
    return "\n".join(part for part in [as_read(message["content"]), *embeds, *labels] if part)


def channel(id: int, *, server: int = GUILD) -> Json:
    return {"id": str(id), "type": 0, "flags": 0, "guild_id": str(server), "name": f"papers-{id % 10}", "position": 0}


def thread(id: int, parent: Json, name: str) -> Json:
    metadata = {"archived": False, "archive_timestamp": MOMENT, "auto_archive_duration": 4320, "locked": False}
    counts = {"message_count": 0, "member_count": 1, "total_message_sent": 0}
    place = {"id": str(id), "type": 11, "flags": 0, "guild_id": parent["guild_id"], "parent_id": parent["id"]}
    place |= {"name": name}
    return place | {"owner_id": str(BOT), "thread_metadata": metadata} | counts


def direct(id: int, person: int) -> Json:
    return {"id": str(id), "type": 1, "flags": 0, "recipients": [user(person, "alice")]}


def registered(id: int, command: Mapping[str, Any]) -> Json:
    options = [
        {name: value for name, value in option.items() if (name, value) != ("required", False)}
        for option in command.get("options") or []
    ]
    given = {k: v for k, v in command.items() if k != "options"} | ({"options": options} if options else {})
    return given | {
        "id": str(id),
        "application_id": str(APPLICATION),
        "version": str(id),
        "default_member_permissions": None,
        "nsfw": False,
        "dm_permission": True,
    }


def ready(gateway: str, servers: Sequence[int], *, session: str) -> Json:
    return {
        "v": 10,
        "user": me() | {"mfa_enabled": False},
        "guilds": [{"id": str(server), "unavailable": True} for server in servers],
        "session_id": session,
        "resume_gateway_url": gateway,
        "application": {"id": str(APPLICATION), "flags": 0, "flags_new": "0"},
        "private_channels": [],
    }


def guild(channels: Sequence[Json], threads: Sequence[Json], *, id: int = GUILD) -> Json:
    nothing = ("afk_channel_id", "application_id", "banner", "description", "discovery_splash", "hub_type", "icon")
    more = ("incidents_data", "public_updates_channel_id", "rules_channel_id", "safety_alerts_channel_id", "splash")
    empty = ("emojis", "features", "guild_scheduled_events", "presences", "soundboard_sounds", "stage_instances")
    zero = ("default_message_notifications", "explicit_content_filter", "mfa_level", "nsfw_level", "premium_tier")
    return (
        dict.fromkeys((*nothing, *more, "system_channel_id", "vanity_url_code"))
        | {name: [] for name in (*empty, "voice_states")}
        | dict.fromkeys((*zero, "system_channel_flags", "verification_level"), 0)
        | {"id": str(id), "name": "Readers", "owner_id": "7", "afk_timeout": 300, "joined_at": MOMENT}
        | {
            "large": False,
            "member_count": 2,
            "members": [member(BOT, "paperboy", bot=True)],
            "roles": [role(id, "@everyone", PERMISSIONS), role(MANAGER_ROLE, "Managers", MANAGE_CHANNELS)],
        }
        | {"channels": [_in_guild(one) for one in channels], "threads": list(threads), "preferred_locale": "en-US"}
        | {"premium_progress_bar_enabled": False, "stickers": [], "unavailable": False}
    )


def role(id: int, name: str, permissions: int) -> Json:
    shown = {"id": str(id), "name": name, "color": 0, "hoist": False, "position": 0, "permissions": str(permissions)}
    shown |= {"managed": False, "mentionable": False, "flags": 1, "icon": None, "unicode_emoji": None}
    return shown | {"colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}


def bot_member() -> Json:
    more = {"roles": [str(BOT_ROLE)], "pending": False, "communication_disabled_until": None}
    return member(BOT, "paperboy", bot=True) | more


def _in_guild(channel: Json) -> Json:
    return channel | {"permission_overwrites": [], "nsfw": False, "topic": None, "parent_id": None}


def member(id: int, name: str, *, bot: bool = False) -> Json:
    known = {"user": user(id, name, bot=bot), "roles": [], "joined_at": MOMENT, "deaf": False, "mute": False}
    return known | {"flags": 0, "nick": None, "avatar": None, "banner": None, "premium_since": None}


def interaction(id: int, token: str, place: Json, data: Json, *, kind: int, permissions: str) -> Json:
    asked = {
        "id": str(id),
        "application_id": str(APPLICATION),
        "token": token,
        "version": 1,
        "type": kind,
        "channel_id": place["id"],
        "channel": place | {"permissions": permissions},
        "locale": "en-US",
        "app_permissions": permissions,
        "entitlements": [],
        "authorizing_integration_owners": {"0": place.get("guild_id", str(GUILD))},
        "attachment_size_limit": 10_485_760,
        "data": data,
    }
    if place["type"] == 1:
        return asked | {"user": user(PERSON, "alice"), "context": 1}
    server = {"id": place["guild_id"], "features": [], "locale": "en-US"}
    person = member(PERSON, "alice") | {"permissions": permissions}
    return asked | {
        "guild_id": place["guild_id"],
        "guild": server,
        "guild_locale": "en-US",
        "member": person,
        "context": 0,
    }
