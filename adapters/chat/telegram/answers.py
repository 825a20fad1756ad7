"""Carries what was heard on Telegram to the desk, and its answers back to where they belong. Knows no SDK.

`client` reads updates into the values here and lends the calls that may be made. An answer for everyone
replies where it was asked, one for the asker comes as a private message; what takes long is announced by a placeholder
that becomes the answer.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import structlog

from adapters.chat.telegram import render
from adapters.chat.telegram.plan import planned, said
from adapters.chat.telegram.typed import understand
from core.channels import ChannelRef, UserRef
from core.converse.commands import Command
from core.converse.feedback import Press
from core.converse.ports import Desk
from core.deliver import compose
from core.errors import ChannelGone, ChatError, NotAllowed, PaperboyError, UsageError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Reaction
from core.posts.tree import Audience, Post
from core.time import Clock

PLATFORM: Final = "telegram"
#: UTF-16 units of what is shown to a person who pressed a button
LONGEST_TOLD: Final = 200

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Words that somebody wrote."""

    channel: ChannelRef
    user: UserRef
    #: the message that asks; the answer replies to it
    message: int
    words: str
    #: the paper of the message it replies to
    paper: PaperId | None = None
    #: in a private chat, where everything is for us and only the person reads it
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button that somebody pressed."""

    query: str
    channel: ChannelRef
    user: UserRef
    #: the action and its paper; None where it is no button of ours
    meant: tuple[str, PaperId] | None


class Line(ABC):
    """What answering asks of Telegram; everything raises as `Chat.send` does."""

    @property
    @abstractmethod
    def username(self) -> str:
        """The bot's own, without the at sign."""

    @abstractmethod
    async def post(self, channel: ChannelRef, payload: Mapping[str, Any], reply_to: int | None) -> MessageRef:
        """Send a message."""

    @abstractmethod
    async def rewrite(self, message: MessageRef, payload: Mapping[str, Any]) -> None:
        """Replace a message's text and buttons."""

    @abstractmethod
    async def delete(self, message: MessageRef) -> None:
        """Take a message away."""

    @abstractmethod
    async def typing(self, channel: ChannelRef) -> None:
        """Show that the bot is at work."""

    @abstractmethod
    async def tell(self, query: str, sentence: str) -> None:
        """Answer a pressed button, for the person alone."""

    @abstractmethod
    async def may_manage(self, asked: Asked) -> bool:
        """May the person change the chat's settings?"""


class Answers:
    """One desk's answers, over one line."""

    def __init__(self, line: Line, desk: Desk, clock: Clock, *, patience_s: float) -> None:
        self._line = line
        self._desk = desk
        self._clock = clock
        self._patience_s = patience_s

    async def take(self, heard: Asked | Reaction | Pressed) -> None:
        """Carry out one thing that was heard."""
        if isinstance(heard, Asked):
            await self._asked(heard)
        elif isinstance(heard, Reaction):
            await self._reacted(heard)
        else:
            await self._pressed(heard)

    async def _asked(self, asked: Asked) -> None:
        """Answer a command; words that are for somebody else are left alone."""
        try:
            meant = understand(asked.words, bot=self._line.username, alone=asked.alone)
        except UsageError as error:
            await self._answer(compose.error(error), asked)
            return
        if meant is None:
            return
        command = Command(
            channel=asked.channel,
            user=asked.user,
            name=meant[0],
            arguments=meant[1],
            at=self._clock.now(),
            paper=asked.paper,
            may_manage=await self._line.may_manage(asked),
        )
        await self._carry_out(command, asked)

    async def _reacted(self, reaction: Reaction) -> None:
        """Bring a reaction; what the person should hear comes in private, or beside the message where it cannot."""
        post = await self._desk.react(reaction)
        if post is None:
            return
        try:
            await self._show(_private(reaction.user), post)
        except ChannelGone:
            await self._show(reaction.message.channel, post, reply_to=int(reaction.message.id))

    async def _pressed(self, pressed: Pressed) -> None:
        """Bring a press. Each is answered, or the person's button would go on turning."""
        if pressed.meant is None:
            post = compose.say("This button is too old. /paper and the paper's identifier bring a new one.")
        else:
            action, paper = pressed.meant
            press = Press(user=pressed.user, channel=pressed.channel, action=action, paper=paper)
            post = await _outcome(self._desk.press(press))
        await self._line.tell(pressed.query, render.plain(post, LONGEST_TOLD))

    async def _carry_out(self, command: Command, asked: Asked) -> None:
        placeholder: MessageRef | None = None
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(_outcome(self._desk.handle(command)))
            await asyncio.wait({work}, timeout=self._patience_s)
            if not work.done():
                placeholder = await self._placeholder(asked)
        await self._answer(work.result(), asked, placeholder)

    async def _placeholder(self, asked: Asked) -> MessageRef | None:
        """Word that work goes on; None where it cannot be sent, for the answer may still be."""
        with suppress(PaperboyError):
            await self._line.typing(asked.channel)
            return await self._line.post(asked.channel, said("Working on it…"), asked.message)
        return None

    async def _answer(self, post: Post, asked: Asked, placeholder: MessageRef | None = None) -> None:
        """Answer where it was asked, or in private where nobody else should read it."""
        if asked.alone or post.audience is Audience.EVERYONE:
            await self._show(asked.channel, post, reply_to=asked.message, placeholder=placeholder)
            return
        if placeholder:
            with suppress(PaperboyError):  # somebody else took it away
                await self._line.delete(placeholder)
        try:
            await self._show(_private(asked.user), post)
        except ChannelGone:
            hint = f"The answer is for you alone: open https://t.me/{self._line.username}, press Start, and ask again."
            await self._line.post(asked.channel, said(hint), asked.message)

    async def _show(
        self, channel: ChannelRef, post: Post, *, reply_to: int | None = None, placeholder: MessageRef | None = None
    ) -> None:
        """Send an answer with its replies, and let the desk know which message shows which papers."""
        sent: dict[str | None, MessageRef] = {}
        for outgoing in planned(post, key=f"answer/{uuid4().hex}"):
            parent = sent.get(outgoing.parent_key)
            message = None if sent else await self._rewritten(placeholder, outgoing)
            if message is None:
                message = await self._line.post(channel, outgoing.payload, int(parent.id) if parent else reply_to)
            sent[outgoing.key] = message
            if outgoing.papers:
                await self._desk.shown(message, outgoing.papers)

    async def _rewritten(self, placeholder: MessageRef | None, outgoing: Outgoing) -> MessageRef | None:
        """The placeholder with the answer in it; None where there is none, or it is gone."""
        if placeholder is None:
            return None
        try:
            await self._line.rewrite(placeholder, outgoing.payload)
        except (ChatError, NotAllowed):
            return None
        return placeholder


def _private(user: UserRef) -> ChannelRef:
    """A private chat has the person's own id."""
    return ChannelRef(PLATFORM, "", user.id)


async def _outcome(work: Coroutine[Any, Any, Post]) -> Post:
    """What the desk answers; where it fails, a post that says so."""
    try:
        return await work
    except PaperboyError as error:
        return compose.error(error)
    except Exception:  # noqa: BLE001 - the person must hear something, and the log keeps what it was
        _log.exception("telegram_answer_failed")
        return compose.say("Something went wrong here. It is in the log.")
