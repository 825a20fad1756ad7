"""What a platform lends to the responder where one question was asked; each platform has surfaces of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod

from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Attachment, Audience, Post


class Surface(ABC):
    """What a platform can do where one question was asked.

    Calls raise ChatErrors and NotAllowed as `Chat.send` does; ChatUnanswered where the call may have been carried out.
    """

    #: whoever reads this place is the asker: a direct message
    is_private: bool = False
    #: True where a reply or a whisper that is repeated after ChatUnanswered could stand there twice
    can_double: bool = False
    #: True where the replies of an answer hang in a thread of its own, and do not push it out of sight
    has_threads: bool = False
    #: True where the platform tells a person who hears nothing that the bot failed
    needs_answer: bool = False

    @property
    def how_to_be_reached(self) -> str:
        """What a person can do to be written to alone; empty where the platform always can, or never."""
        return ""

    @abstractmethod
    def plan(self, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The messages of a post, as `Chat.plan` makes them."""

    @abstractmethod
    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef | None:
        """Say it where it was asked; with `parent`, in the thread of that earlier part of the answer.

        None where nobody can react to what was said. `is_repeat`: an earlier attempt may have arrived; the platform
        looks for it first where it can.
        """

    async def earlier(self, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef | None:
        """The message that a process that is gone said where this one would `reply`; None where it said none.

        None also where the platform cannot tell.
        """
        return None

    @abstractmethod
    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        """Say it to the asker alone; None where nobody can react to what was said.

        Raises ChannelGone or NotAllowed where the asker cannot be reached alone.
        """

    @abstractmethod
    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        """Hold the answer's place for that audience; None where the platform has no message for that."""

    @abstractmethod
    async def replace(self, placeholder: MessageRef, outgoing: Outgoing) -> MessageRef | None:
        """Put the first part of the answer in the placeholder's place; None where nobody can react to it there."""

    @abstractmethod
    async def remove(self, placeholder: MessageRef) -> None:
        """Take the placeholder away."""

    @abstractmethod
    async def attach(self, attachment: Attachment, *, is_whisper: bool) -> None:
        """Bring a file where it was asked for, or to the asker alone.

        Raises ChatError where it is too large, NotAllowed with the right that is missing.
        """

    async def close(self) -> None:  # noqa: B027 - most platforms have nothing to close
        """The question is answered, whatever happened: for platforms that show until then that work goes on."""
