"""Answers on Discord: to interactions within three seconds, to messages, and to one person alone; no SDK here.

`client` says what was asked and gives the work that answers it. An answer that takes longer is deferred
first and filled in when it is there; whoever asked sees that something is coming.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from adapters.chat.discord.render import Json, marked, plan
from adapters.chat.discord.rooms import DIRECT, Call, Rooms, ids_of, is_direct
from core.channels import ChannelRef, UserRef
from core.converse.ports import Desk
from core.deliver import compose
from core.errors import ChannelGone, NotAllowed, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Audience, Post

Work = Coroutine[Any, Any, Post]

#: kinds of responses: a message, or word that one will come
_MESSAGE: Final = 4
_DEFERRED: Final = 5
#: seen by the asker alone
_EPHEMERAL: Final = 1 << 6
_CALLBACK: Final = "/interactions/{webhook_id}/{webhook_token}/callback"
_FOLLOW_UP: Final = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL: Final = f"{_FOLLOW_UP}/messages/@original"

_log = logging.getLogger("paperboy.discord")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where somebody asked something, and how they are to be answered."""

    #: the channel whose digest this is about; a thread's parent
    channel: ChannelRef
    user: UserRef
    #: the channel or thread it was asked in
    room: int
    #: can a thread hang from a message there?
    has_threads: bool
    #: the message that asked; 0 for an interaction
    message: int = 0
    interaction: int = 0
    #: an interaction's token, good for fifteen minutes
    token: str = ""
    application: int = 0


class Answers:
    """Brings posts back to whoever asked."""

    def __init__(self, call: Call, rooms: Rooms, *, patience_s: float) -> None:
        self._call = call
        self._rooms = rooms
        self._patience_s = patience_s

    async def interaction(
        self, asked: Asked, work: Work, desk: Desk, *, private: bool, told_alone: bool = False
    ) -> None:
        """Answer a slash command or a button; `private` is the guess for an answer that takes longer."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_outcome(work))
            late = await _takes_longer(task, self._patience_s)
            if late:
                body = {"type": _DEFERRED, "data": {"flags": _EPHEMERAL if private else 0}}
                await self._call("POST", _CALLBACK, at=_callback_of(asked), body=body)
            post = await task
        alone = told_alone or post.audience is Audience.ASKER
        first, *rest = plan(asked.channel, post, key=_new_key())
        body = _bare(first) | {"flags": _EPHEMERAL if alone else 0}
        message = await self._responded(asked, body, deferred=late, fits=alone == private)
        if alone:
            for more in rest:
                await self._call("POST", _FOLLOW_UP, at=_hook_of(asked), body=_bare(more) | {"flags": _EPHEMERAL})
            return
        ref = MessageRef(asked.channel, f"{asked.room}:{message}")
        await self._shown(asked, first, ref, rest, desk)

    async def _responded(self, asked: Asked, body: Json, *, deferred: bool, fits: bool) -> int:
        """Put the answer where the asker looks for it; the message's number."""
        if not deferred:
            response = {"type": _MESSAGE, "data": body}
            query = {"with_response": "true"}
            made = await self._call("POST", _CALLBACK, at=_callback_of(asked), body=response, query=query)
            return int(made["resource"]["message"]["id"])
        if fits:
            made = await self._call("PATCH", _ORIGINAL, at=_hook_of(asked), body=body)
        else:  # who sees a message is settled when it is deferred: take that one away and write another
            await self._call("DELETE", _ORIGINAL, at=_hook_of(asked))
            made = await self._call("POST", _FOLLOW_UP, at=_hook_of(asked), body=body, query={"wait": "true"})
        return int(made["id"])

    async def message(self, asked: Asked, work: Work, desk: Desk) -> None:
        """Answer a message that was written to the bot, by a reply, or alone where the answer is for the asker."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_outcome(work))
            if await _takes_longer(task, self._patience_s):
                await self._call("POST", "/channels/{channel_id}/typing", at={"channel_id": asked.room})
            post = await task
        direct = is_direct(asked.channel)
        if post.audience is Audience.ASKER and not direct:
            await self.whisper(asked.user, post)
            return
        first, *rest = plan(asked.channel, post, key=_new_key())
        reference = {"message_id": str(asked.message), "fail_if_not_exists": False}
        body = marked(first.payload["body"], None) | {"message_reference": reference}
        ref = await self._rooms.say(asked.channel, asked.room, body)
        await self._shown(asked, first, ref, rest, desk)

    async def whisper(self, user: UserRef, post: Post) -> None:
        """Tell one person in a direct message; who does not want any is left in peace."""
        try:
            room = await self._call("POST", "/users/@me/channels", body={"recipient_id": user.id})
            channel = ChannelRef(user.platform, DIRECT, str(room["id"]))
            for outgoing in plan(channel, post, key=_new_key()):
                await self._rooms.say(channel, int(room["id"]), marked(outgoing.payload["body"], None))
        except (ChannelGone, NotAllowed):
            _log.info("Somebody on Discord takes no direct messages; what was for them alone is not said.")

    async def _shown(
        self, asked: Asked, first: Outgoing, ref: MessageRef, rest: Sequence[Outgoing], desk: Desk
    ) -> None:
        """Send what follows the first message, and let the desk know which message shows which papers."""
        sent = {first.key: ref}
        await self._told(desk, ref, first)
        for outgoing in rest:
            under = sent.get(outgoing.parent_key) if outgoing.parent_key else None
            sent[outgoing.key] = ref = await self._follow(asked, outgoing, under)
            await self._told(desk, ref, outgoing)

    async def _told(self, desk: Desk, ref: MessageRef, outgoing: Outgoing) -> None:
        if outgoing.papers:
            await desk.shown(ref, outgoing.papers)

    async def _follow(self, asked: Asked, outgoing: Outgoing, under: MessageRef | None) -> MessageRef:
        room = asked.room
        if under and asked.has_threads:
            room = await self._rooms.thread(*ids_of(under), outgoing.payload["thread"])
        return await self._rooms.say(asked.channel, room, marked(outgoing.payload["body"], None))


async def _takes_longer(task: asyncio.Task[Post], seconds: float) -> bool:
    done, _ = await asyncio.wait([task], timeout=seconds)
    return not done


async def _outcome(work: Work) -> Post:
    """The answer, or what went wrong as a post."""
    try:
        return await work
    except PaperboyError as error:
        return compose.error(error)
    except Exception:  # noqa: BLE001 - whoever asked must hear something; the bug is logged whole
        _log.exception("A bug met a command on Discord.")
        return compose.say("Something went wrong here, and is noted. Please try again.")


def _bare(outgoing: Outgoing) -> Json:
    """A body without what an interaction's answer does not know: nonce and mark."""
    body = marked(outgoing.payload["body"], None)
    return {name: value for name, value in body.items() if name not in ("nonce", "enforce_nonce")}


def _callback_of(asked: Asked) -> dict[str, int | str]:
    return {"webhook_id": asked.interaction, "webhook_token": asked.token}


def _hook_of(asked: Asked) -> dict[str, int | str]:
    return {"webhook_id": asked.application, "webhook_token": asked.token}


def _new_key() -> str:
    return f"answer/{uuid4().hex}"
