"""Discord's REST API as the stand-in keeps it: rooms, messages, threads, interactions, and the errors they answer with.

State and rules alone; `tests.standins.discord` puts a server and a gateway around it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.standins import discord_words as words
from tests.standins.discord_words import APPLICATION, CHANNEL, GUILD, OTHER_CHANNEL, PERSON, Json

TOKEN = "a.stand-in.token"

_EPHEMERAL = 64
_LOADING = 128
_HAS_THREAD = 32

Answer = tuple[int, Any]


class Refusal(Exception):
    """An answer that says no, as Discord's errors do."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = (status, {"code": code, "message": message})


@dataclass
class Interaction:
    """A slash command or button on its way."""

    id: int
    room: int
    began: float
    #: seconds until the first response
    acknowledged_s: float | None = None
    deferred: bool = False
    ephemeral: bool = False
    message: Json | None = None
    #: offered to a person who is still typing
    choices: list[Json] | None = None


class DiscordApi:
    """One server with two channels, one person and one bot; others can be added."""

    def __init__(self) -> None:
        #: every message that anybody can see, in order, and those that one person saw alone
        self.messages: dict[int, Json] = {}
        self.alone: dict[int, Json] = {}
        #: what came with the request that is being answered; every file that was kept: room, name, content
        self.uploaded: list[tuple[str, bytes]] = []
        self.files: list[tuple[int, str, bytes]] = []
        self.rooms: dict[int, Json] = {one: words.channel(one) for one in (CHANNEL, OTHER_CHANNEL)}
        #: who reacted to which message, with which emoji
        self.reactions: dict[int, dict[str, list[int]]] = {}
        self.commands: list[Json] = []
        #: the roles of the person who writes, which only what comes of messages depends on
        self.person_roles: list[str] = []
        #: what the bot's own role allows, beside what @everyone may
        self.permissions = words.PERMISSIONS
        #: what the application's page grants; MESSAGE_CONTENT of `discord_words` or nothing
        self.app_flags = 0
        #: by token
        self.interactions: dict[str, Interaction] = {}
        #: messages and threads that were accepted
        self.accepted = 0
        self._nonces: dict[tuple[int, str], Json] = {}
        self._next = 1_400_000_000_000_000_000

    @property
    def gateway(self) -> str:
        """Where the gateway is."""
        raise AssertionError("there is no gateway")

    @property
    def servers(self) -> list[int]:
        """The servers that the bot is in."""
        return list(dict.fromkeys(int(room["guild_id"]) for room in self.rooms.values() if "guild_id" in room))

    def add_server(self, number: int) -> int:
        """Another server with a channel, which is what comes back; the servers' numbers, shifted, follow each other."""
        server, room = GUILD + (number << 22), self.new_id()
        self.rooms[room] = words.channel(room, server=server)
        return room

    def send(self, event: str, data: Json) -> None:
        """Events go to the gateway, where there is one."""

    def minutes_pass(self) -> None:
        """Nonces are forgotten after a few minutes."""
        self._nonces.clear()

    def direct(self) -> int:
        """The room of the person's conversation with the bot."""
        for id, room in self.rooms.items():
            if room["type"] == 1:
                return id
        id = self.new_id()
        self.rooms[id] = words.direct(id, PERSON)
        return id

    def new_id(self) -> int:
        self._next += 1
        return self._next

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any, *, authorization: str) -> Answer:
        if not path.startswith(("/webhooks", "/interactions")) and authorization != f"Bot {TOKEN}":
            return 401, {"code": 0, "message": "401: Unauthorized"}
        for verb, pattern, handler in _ROUTES:
            if verb == method and (match := re.fullmatch(pattern, path)):
                places = {k: int(v) if v.isdigit() else v for k, v in match.groupdict().items()}
                try:
                    return handler(self, body=body, query=query, **places)
                except Refusal as refusal:
                    return refusal.answer
        return 404, {"code": 0, "message": "404: Not Found"}

    def _account(self, **_: Any) -> Answer:
        return 200, words.my_account()

    def _application(self, **_: Any) -> Answer:
        return 200, words.application() | {"flags": self.app_flags, "flags_new": str(self.app_flags)}

    def _guilds(self, **_: Any) -> Answer:
        guild = {"name": "Readers", "icon": None, "banner": None, "owner": False}
        guild |= {"permissions": "309237763072", "features": []}
        return 200, [guild | {"id": str(server)} for server in self.servers]

    def _where_bots_connect(self, **_: Any) -> Answer:
        """The gateway's address, and how to connect to it."""
        raise AssertionError("there is no gateway")

    def _list_commands(self, **_: Any) -> Answer:
        return 200, self.commands

    def _set_commands(self, *, body: list[Json], **_: Any) -> Answer:
        self.commands = [words.registered(self.new_id(), command) for command in body]
        return 200, self.commands

    def _room(self, room: int) -> Json:
        if room not in self.rooms:
            raise Refusal(404, 10_003, "Unknown Channel")
        return self.rooms[room]

    def _get_room(self, *, room: int, **_: Any) -> Answer:
        return 200, self._room(room)

    def _member(self, *, guild: int, user: int, **_: Any) -> Answer:
        if guild not in self.servers:
            raise Refusal(404, 10_004, "Unknown Guild")
        if user != words.BOT:
            raise Refusal(404, 10_007, "Unknown Member")
        return 200, words.bot_member()

    def _roles(self, **_: Any) -> Answer:
        return 200, [words.role(GUILD, "@everyone", 0), words.role(words.BOT_ROLE, "Paperboy", self.permissions)]

    def _create_direct(self, *, body: Json, **_: Any) -> Answer:
        assert body["recipient_id"] == str(PERSON)
        return 200, self.rooms[self.direct()]

    def _typing(self, *, room: int, **_: Any) -> Answer:
        self._room(room)
        return 204, None

    def _create(self, *, room: int, body: Json, **_: Any) -> Answer:
        self._room(room)
        nonce = (room, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self._nonces:
            return 200, self._nonces[nonce]
        shown = self._keep(room, body)
        self._nonces[nonce] = shown
        self.accepted += 1
        return 200, shown | ({"nonce": body["nonce"]} if "nonce" in body else {})

    def _keep(self, room: int, body: Json) -> Json:
        files = [(room, name, content) for name, content in self.uploaded]
        self.files += files
        if not (body.get("content") or body.get("embeds") or files):
            raise Refusal(400, 50_006, "Cannot send an empty message")
        shown = words.message(self.new_id(), room, body)
        (self.alone if shown["flags"] & _EPHEMERAL else self.messages)[int(shown["id"])] = shown
        return shown

    def _list(self, *, room: int, query: Mapping[str, str], **_: Any) -> Answer:
        """The latest first; after a message, the hundred that came next."""
        self._room(room)
        limit, after = int(query.get("limit", 50)), int(query.get("after", 0))
        found = [one for id, one in sorted(self.messages.items()) if id > after and one["channel_id"] == str(room)]
        chosen = found[:limit] if after else found[-limit:]
        return 200, [self._with_thread(one) for one in reversed(chosen)]

    def _with_thread(self, message: Json) -> Json:
        thread = self.rooms.get(int(message["id"]))
        return message | {"flags": message["flags"] | _HAS_THREAD, "thread": thread} if thread else message

    def _message(self, room: int, id: int) -> Json:
        if id not in self.messages or self.messages[id]["channel_id"] != str(room):
            raise Refusal(404, 10_008, "Unknown Message")
        return self.messages[id]

    def _get(self, *, room: int, id: int, **_: Any) -> Answer:
        shown, listed = self._message(room, id), self.reactions.get(id, {})
        counted = [words.reaction_count(emoji, len(people)) for emoji, people in listed.items() if people]
        return 200, shown | ({"reactions": counted} if counted else {})

    def _people(self, *, room: int, id: int, emoji: str, query: Mapping[str, str], **_: Any) -> Answer:
        """By their numbers; a super reaction is none of ours."""
        self._message(room, id)
        after, limit = int(query.get("after", 0)), int(query.get("limit", 25))
        asked = unquote(emoji)
        written = f"<:{asked}>" if ":" in asked else asked
        people = sorted(one for one in self.reactions.get(id, {}).get(written, []) if one > after)
        return 200, [words.user(one, f"u{one}", bot=one == words.OTHER_BOT) for one in people[:limit]]

    def put_reaction(self, message: int, emoji: str, user: int = PERSON, *, added: bool = True) -> None:
        """Somebody puts an emoji on a message or takes it away, and nobody is told."""
        people = self.reactions.setdefault(message, {}).setdefault(emoji, [])
        if user in people:
            people.remove(user)
        if added:
            people.append(user)

    def _edit(self, *, room: int, id: int, body: Json, **_: Any) -> Answer:
        self.messages[id] = self._message(room, id) | self._changed(id, room, body)
        return 200, self.messages[id]

    def _changed(self, id: int, room: int, body: Json) -> Json:
        changed = words.message(id, room, body)
        return {name: changed[name] for name in ("embeds", "components", "content")} | {
            "edited_timestamp": words.MOMENT
        }

    def _thread(self, *, room: int, id: int, body: Json, **_: Any) -> Answer:
        place = self._room(room)
        self._message(room, id)
        if id in self.rooms:
            raise Refusal(400, 160_004, "A thread has already been created for this message")
        if place["type"] != 0:
            raise Refusal(400, 50_024, "Cannot execute action on this channel type")
        self.rooms[id] = words.thread(id, place, body["name"])
        self.accepted += 1
        self.send("THREAD_CREATE", self.rooms[id] | {"newly_created": True})
        return 201, self.rooms[id]

    def _callback(self, *, token: str, body: Json, query: Mapping[str, str], **_: Any) -> Answer:
        interaction = self._interaction(token)
        if interaction.acknowledged_s is not None:
            raise Refusal(400, 40_060, "Interaction has already been acknowledged.")
        interaction.acknowledged_s = time.monotonic() - interaction.began
        if interaction.acknowledged_s > 3:
            raise Refusal(404, 10_062, "Unknown interaction")
        data = body.get("data") or {}
        interaction.deferred, interaction.ephemeral = body["type"] == 5, bool(data.get("flags", 0) & _EPHEMERAL)
        if body["type"] == 8:
            interaction.choices = data["choices"]
            return 204, None
        if body["type"] == 4:
            interaction.message = self._keep(interaction.room, data)
        if "with_response" not in query:
            return 204, None
        told = {"id": str(interaction.id), "type": 2}
        resource = {"resource": {"type": 4, "message": interaction.message}} if interaction.message else {}
        return 200, {"interaction": told} | resource

    def _interaction(self, token: str) -> Interaction:
        if token not in self.interactions:
            raise Refusal(404, 10_015, "Unknown Webhook")
        return self.interactions[token]

    def _get_original(self, *, token: str, **_: Any) -> Answer:
        interaction = self._interaction(token)
        if interaction.message is None and interaction.deferred:
            flags = _LOADING | (_EPHEMERAL if interaction.ephemeral else 0)
            return 200, words.message(interaction.id, interaction.room, {"flags": flags})
        if interaction.message is None:
            raise Refusal(404, 10_008, "Unknown Message")
        return 200, interaction.message

    def _edit_original(self, *, token: str, body: Json, **_: Any) -> Answer:
        interaction = self._interaction(token)
        if interaction.message:
            message = interaction.message
            message |= self._changed(int(message["id"]), interaction.room, body)
        elif interaction.deferred:
            flags = _EPHEMERAL if interaction.ephemeral else 0  # settled by the deferral
            interaction.message = self._keep(interaction.room, body | {"flags": flags})
        else:
            raise Refusal(404, 10_008, "Unknown Message")
        return 200, interaction.message

    def _delete_original(self, *, token: str, **_: Any) -> Answer:
        interaction = self._interaction(token)
        if not (interaction.deferred or interaction.message):
            raise Refusal(404, 10_008, "Unknown Message")
        if interaction.message:
            self.messages.pop(int(interaction.message["id"]), None)
            self.alone.pop(int(interaction.message["id"]), None)
        interaction.message, interaction.deferred = None, False
        return 204, None

    def _follow_up(self, *, token: str, body: Json, **_: Any) -> Answer:
        interaction = self._interaction(token)
        if interaction.deferred and interaction.message is None:
            return self._edit_original(token=token, body=body)
        return 200, self._keep(interaction.room, body)


_ROOM, _MESSAGE = r"/channels/(?P<room>\d+)", r"/channels/(?P<room>\d+)/messages/(?P<id>\d+)"
_HOOK = rf"/webhooks/{APPLICATION}/(?P<token>[^/]+)"
_COMMANDS = rf"/applications/{APPLICATION}/commands"
_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"/users/@me", DiscordApi._account),
    ("GET", r"/oauth2/applications/@me", DiscordApi._application),
    ("GET", r"/users/@me/guilds", DiscordApi._guilds),
    ("POST", r"/users/@me/channels", DiscordApi._create_direct),
    ("GET", r"/guilds/(?P<guild>\d+)/members/(?P<user>\d+)", DiscordApi._member),
    ("GET", r"/guilds/(?P<guild>\d+)/roles", DiscordApi._roles),
    ("GET", r"/gateway/bot", lambda api, **asked: api._where_bots_connect(**asked)),
    ("GET", _COMMANDS, DiscordApi._list_commands),
    ("PUT", _COMMANDS, DiscordApi._set_commands),
    ("GET", _ROOM, DiscordApi._get_room),
    ("POST", rf"{_ROOM}/typing", DiscordApi._typing),
    ("GET", rf"{_ROOM}/messages", DiscordApi._list),
    ("POST", rf"{_ROOM}/messages", DiscordApi._create),
    ("GET", _MESSAGE, DiscordApi._get),
    ("GET", rf"{_MESSAGE}/reactions/(?P<emoji>[^/]+)", DiscordApi._people),
    ("PATCH", _MESSAGE, DiscordApi._edit),
    ("POST", rf"{_MESSAGE}/threads", DiscordApi._thread),
    ("POST", r"/interactions/\d+/(?P<token>[^/]+)/callback", DiscordApi._callback),
    ("GET", rf"{_HOOK}/messages/@original", DiscordApi._get_original),
    ("PATCH", rf"{_HOOK}/messages/@original", DiscordApi._edit_original),
    ("DELETE", rf"{_HOOK}/messages/@original", DiscordApi._delete_original),
    ("POST", _HOOK, DiscordApi._follow_up),
]
