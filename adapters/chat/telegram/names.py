"""People's names in answers. Telegram shows a person's name to others only in a mention, and that calls the person.

Bots know people by number, so the desk of the platform asks what they are called in the chat, once each and within
bounds. Who is not found in time, or left, stays a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from adapters.chat.recent import Recent
from adapters.chat.telegram.events import name_of
from adapters.chat.telegram.plan import WORDS, place_of
from core.channels import ChannelRef, UserRef
from core.converse.command import Command
from core.converse.ports import Desk
from core.converse.wrapped import WrappedDesk
from core.errors import PaperboyError
from core.posts.tree import Post, spans_of

#: people of one answer who are asked for, and seconds for all of them
_MOST: Final = 20
_PATIENCE_S: Final = 2.0
_MOST_REMEMBERED: Final = 1_000

#: what Telegram tells of a person in a chat, as `BotApi.member`
Member = Callable[[int | str, int], Awaitable[dict[str, Any]]]


class NamingDesk(WrappedDesk):
    """A desk whose answers call people by their names."""

    def __init__(self, desk: Desk, member: Member) -> None:
        super().__init__(desk)
        self._member = member
        self._names: Recent[str, str] = Recent(_MOST_REMEMBERED)

    async def handle(self, command: Command) -> Post:
        """The answer to a command, with names."""
        post = await super().handle(command)
        people = list(dict.fromkeys(span.person for block in post.blocks for span in spans_of(block) if span.person))
        if not people:
            return post
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                for ref in people[:_MOST]:
                    await self._learn(ref, command.place)
        names = {ref: name for ref in people if (name := self._names.get(ref))}
        return replace(WORDS, names=names).localise(post)

    async def _learn(self, ref: str, place: ChannelRef) -> None:
        id = UserRef.parse(ref).id
        if self._names.get(ref) or not id.isdecimal():
            return
        with suppress(PaperboyError):
            chat, _ = place_of(place)
            self._names.put(ref, name_of((await self._member(chat, int(id)))["user"]))
