"""A place where one question was asked: it keeps what is said there, and fails as it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.chat.surface import Surface
from adapters.chat.vocabulary import Vocabulary
from core.channels import ChannelRef
from core.errors import PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Attachment, Audience, Post

HERE = ChannelRef("slack", "T1", "C1")


@dataclass
class FakeSurface(Surface):
    """A channel that everybody reads, and one person's own place beside it."""

    is_private: bool = False
    can_double: bool = False
    has_threads: bool = False
    how_to_be_reached: str = ""
    #: False where the platform has no message for it
    holds_private_places: bool = True
    #: what everybody reads, by message
    open: dict[str, str] = field(default_factory=dict)
    #: what the asker alone reads, by message
    alone: dict[str, str] = field(default_factory=dict)
    #: the verbs that were called, in order
    calls: list[str] = field(default_factory=list)
    #: errors that the next calls of a verb raise, in order; the flag tells that the call was carried out all the same
    failures: dict[str, list[tuple[PaperboyError, bool]]] = field(default_factory=dict)
    is_closed: bool = False

    def fails(self, verb: str, *errors: PaperboyError, carried_out: bool = False) -> None:
        """Have the next calls of a verb fail."""
        self.failures.setdefault(verb, []).extend((error, carried_out) for error in errors)

    def plan(self, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        shown = (post, *post.replies)
        return tuple(
            Outgoing(
                key=f"{key}/{number}",
                parent_key=f"{key}/0" if number else None,
                papers=one.papers,
                payload={"text": Vocabulary().localise(one).fallback},
            )
            for number, one in enumerate(shown)
        )

    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef:
        return self._do("reply", lambda: self._put(self.open, outgoing))

    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        return self._do("whisper", lambda: self._put(self.alone, outgoing))

    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        if audience is not Audience.EVERYONE and not self.holds_private_places:
            return None
        where = self.open if audience is Audience.EVERYONE else self.alone
        return self._do("placeholder", lambda: self._put(where, outgoing))

    async def replace(self, placeholder: MessageRef, outgoing: Outgoing) -> MessageRef | None:
        where = self.open if placeholder.id in self.open else self.alone

        def put() -> MessageRef:
            where[placeholder.id] = outgoing.payload["text"]
            return placeholder

        return self._do("replace", put)

    async def remove(self, placeholder: MessageRef) -> None:
        def take() -> MessageRef:
            self.open.pop(placeholder.id, None)
            self.alone.pop(placeholder.id, None)
            return placeholder

        self._do("remove", take)

    async def attach(self, attachment: Attachment, *, is_whisper: bool) -> None:
        where = self.alone if is_whisper else self.open

        def put() -> MessageRef:
            where[f"m{len(self.calls)}"] = f"{attachment.name}: {attachment.content}"
            return MessageRef(HERE, "file")

        self._do("attach", put)

    async def close(self) -> None:
        if waiting := self.failures.get("close"):
            raise waiting.pop(0)[0]
        self.is_closed = True

    def _put(self, where: dict[str, str], outgoing: Outgoing) -> MessageRef:
        id = f"m{len(self.calls)}"
        where[id] = outgoing.payload["text"]
        return MessageRef(HERE, id)

    def _do(self, verb: str, act: Callable[[], MessageRef]) -> MessageRef:
        self.calls.append(verb)
        if waiting := self.failures.get(verb):
            error, carried_out = waiting.pop(0)
            if carried_out:
                act()
            raise error
        return act()
