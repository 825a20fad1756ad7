"""Interactions: slash commands, pressed buttons, and people who are still typing. Imports the SDK for its types.

Discord shows that the application did not respond where three seconds bring nothing, so each interaction is answered,
also one that is not carried out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import discord

from adapters.chat.discord import commands, events
from adapters.chat.discord.gateway import may_manage
from adapters.chat.discord.rooms import Call, Rooms
from adapters.chat.discord.surfaces import InteractionSurface, Ticket, offer
from adapters.chat.responder import Responder
from core.converse.options import Completion
from core.converse.ports import Desk
from core.deliver import compose
from core.errors import ChatError, NotAllowed, PaperboyError
from core.speech import N_, _, speaking
from core.time import Clock

_log = logging.getLogger("paperboy.discord")

_BUSY: Final = N_("Paperboy has too much to do right now, and did not carry that out. Please ask again in a minute.")


class Interactions:
    """Takes the interactions of one bot."""

    def __init__(self, call: Call, rooms: Rooms, clock: Clock, *, suggest_s: float) -> None:
        """`suggest_s`: how long somebody who is typing waits for what they may mean."""
        self._call = call
        self._rooms = rooms
        self._clock = clock
        self._suggest_s = suggest_s

    async def register(self, application: int) -> None:
        """Tell Discord our slash commands, only where it knows others: creations are counted by the day."""
        path, at = "/applications/{application_id}/commands", {"application_id": application}
        if not commands.is_current(await self._call("GET", path, at=at)):
            await self._call("PUT", path, at=at, body=commands.registration())
            _log.info("Slash commands were registered with Discord.")

    async def take(self, event: discord.Interaction[Any], responder: Responder, desk: Desk) -> None:
        """Answer one, or complete what a person is typing."""
        if event.type.value == events.AUTOCOMPLETE:
            await self._complete(event, desk)
            return
        data: Mapping[str, Any] = event.data or {}
        now, kind = self._clock.now(), event.type.value
        command = events.read_interaction(kind, data, _place(event), _asker(event), at=now)
        if command:
            await responder.answer(command, self._surface(event))

    async def refuse(self, event: discord.Interaction[Any], desk: Desk) -> None:
        """Tell who asked that there is no room for it."""
        if event.type.value != events.AUTOCOMPLETE:
            surface = self._surface(event)
            with speaking(await desk.language(_place(event).channel)):
                sentence = surface.plan(compose.say(_(_BUSY)), key=f"busy/{event.id}")[0]
            with suppress(ChatError, NotAllowed):  # nobody can be told that either
                await surface.whisper(sentence)

    async def _complete(self, event: discord.Interaction[Any], desk: Desk) -> None:
        """Offer what a person may mean who is still typing; nothing where that takes too long."""
        data: Mapping[str, Any] = event.data or {}
        typing = events.read_unfinished(data, _place(event), _asker(event), at=self._clock.now())
        completions: Sequence[Completion] = ()
        with suppress(TimeoutError, PaperboyError):
            async with asyncio.timeout(self._suggest_s):
                completions = await desk.complete(typing)
        with suppress(ChatError):  # the person typed on, and Discord asks anew
            await offer(self._call, _ticket(event), commands.choices(data, completions))

    def _surface(self, event: discord.Interaction[Any]) -> InteractionSurface:
        who = events.person(event.user.id)
        return InteractionSurface(self._call, self._rooms, _place(event), asker=who, ticket=_ticket(event))


def _place(event: discord.Interaction[Any]) -> events.Place:
    where: Any = event.channel
    room = int(where.id) if where else 0
    parent = int(getattr(where, "parent_id", None) or room) if isinstance(where, discord.Thread) else room
    return events.place_of(event.guild_id, room, parent)


def _asker(event: discord.Interaction[Any]) -> events.Asker:
    return events.Asker(
        actor=events.person(event.user.id),
        may_manage=event.guild_id is None or may_manage(event.permissions),
        locale=str(event.locale),
        name=event.user.display_name,
    )


def _ticket(event: discord.Interaction[Any]) -> Ticket:
    return Ticket(interaction=event.id, application=event.application_id, token=event.token)
