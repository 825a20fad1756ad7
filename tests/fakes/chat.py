"""A chat platform in memory that can be told to break down before or after any message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.channels import ChannelRef, UserRef
from core.converse.ports import ChatPlatform, Desk
from core.deliver.ports import BeforeSending, at_once
from core.errors import ChatUnavailable
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post


class FakeChat(ChatPlatform):
    """Keeps what was sent; `can_find` tells whether it remembers keys, as Slack does and Telegram does not."""

    platform = "terminal"

    def __init__(self, *, can_find: bool = True) -> None:
        self.sent: list[tuple[Outgoing, MessageRef | None]] = []
        #: what was written to people alone
        self.written: list[tuple[UserRef, Post]] = []
        self.can_find = can_find
        self._fails_before: int | None = None
        self._dies_after: int | None = None
        #: what messages were edited to, in order
        self.edits: list[tuple[MessageRef, Post]] = []
        #: what edits of a message fail with, by the message's id; of the others nothing
        self.refused_edits: dict[str, Exception] = {}

    def fails_before(self, message: int) -> None:
        """Refuse the message with this number (from 0), once."""
        self._fails_before = message

    def dies_after(self, message: int) -> None:
        """Accept the message with this number (from 0) and fail before anybody hears of it, once."""
        self._dies_after = message

    @property
    def keys(self) -> list[str]:
        """Keys in the order in which they were sent."""
        return [outgoing.key for outgoing, _ in self.sent]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
        """There is nothing to log in to."""
        yield self

    async def whoami(self) -> str:
        """The person at the keyboard needs no token."""
        return "this terminal"

    async def check(self, channel: ChannelRef) -> None:
        return None

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        parent = Outgoing(key=f"{key}/0", parent_key=None, papers=post.papers, payload={"text": post.fallback})
        replies = (
            Outgoing(key=f"{key}/{n}", parent_key=parent.key, papers=reply.papers, payload={"text": reply.fallback})
            for n, reply in enumerate(post.replies, 1)
        )
        return (parent, *replies)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        number = len(self.sent)
        if self._fails_before == number:
            self._fails_before = None
            raise ChatUnavailable("The platform is down.")
        await before_sending()
        self.sent.append((outgoing, parent))
        if self._dies_after == number:
            self._dies_after = None
            raise ChatUnavailable("The connection broke after the message was accepted.")
        return MessageRef(channel, outgoing.key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return MessageRef(channel, key) if self.can_find and key in self.keys else None

    def can_look(self, channel: ChannelRef) -> bool:
        return self.can_find

    async def edit(self, message: MessageRef, post: Post) -> None:
        if error := self.refused_edits.get(message.id):
            raise error
        self.edits.append((message, post))

    async def write(self, person: UserRef, post: Post) -> None:
        self.written.append((person, post))

    async def run(self, desk: Desk) -> None:
        return None
