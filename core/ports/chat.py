"""A chat platform, and the desk to which it brings what people do.

The platforms implement `Chat` and call a `Desk`; the core implements the desk and calls the platforms. No SDK's type
crosses either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from core.channels import ChannelRef
from core.commands import Command
from core.papers import PaperId
from core.posts import MessageRef, Outgoing, Post, Press, Reaction


class Desk(ABC):
    """Where chat platforms bring what people do; implemented by the core, called by every `Chat`."""

    @abstractmethod
    async def handle(self, command: Command) -> Post:
        """The answer to a command. Never raises a PaperboyError: errors come back as posts."""

    @abstractmethod
    async def react(self, reaction: Reaction) -> Post | None:
        """Take note of a reaction; a post only where the person should hear something."""

    @abstractmethod
    async def press(self, press: Press) -> Post:
        """The answer to a pressed button, for the person alone."""

    @abstractmethod
    async def shown(self, message: MessageRef, papers: Sequence[PaperId]) -> None:
        """An answer's message was sent and shows these papers: from now on reactions on it count."""


class Chat(ABC):
    """A platform that carries messages."""

    #: one of `core.channels.PLATFORMS`
    platform: str

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[Chat]:
        """Log in, so that messages can be sent; everything else happens inside. Raises ChatUnavailable."""

    @abstractmethod
    async def whoami(self) -> str:
        """Whom the token belongs to, in one line, for the doctor. Raises ChatUnavailable with what to do."""

    @abstractmethod
    async def check(self, channel: ChannelRef) -> None:
        """Make sure that a digest with a thread can be posted in a channel; nothing is posted.

        Raises ChannelGone and NotAllowed with what to do; ChatThrottled and ChatUnavailable where nobody can tell now.
        """

    @abstractmethod
    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """Render a post and its replies into messages, split where they are too long, parents before their replies.

        Pure: the same post and key give the same plan. Keys are `key/0`, `key/1`, ... in sending order. Every paper of
        the post is in at least one message, and nothing is cut away.
        """

    @abstractmethod
    async def send(self, channel: ChannelRef, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef:
        """Send one message, into `parent`'s thread where there is one; paces itself.

        Sending the same key twice shows one message where the platform can tell. Raises ChannelGone, ChatThrottled,
        ChatUnavailable, NotAllowed.
        """

    @abstractmethod
    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message sent with this key; None where there is none, or the platform cannot tell."""

    @abstractmethod
    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace a message's text. Raises as `send` does."""

    @abstractmethod
    async def run(self, desk: Desk) -> None:
        """Stay connected and bring every command and reaction to the desk; until cancelled, or the person leaves."""
