"""News of saved papers: in which words, where, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from core.channels import ChannelRef, UserRef
from core.converse.lists import saved_events
from core.converse.lists.saved_events import MOST_NOTES, NEWS, tell_events
from core.deliver.ports import Chat
from core.errors import ChannelGone, ChatUnanswered, ChatUnavailable, PaperboyError, UsageError
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Paper, Signals
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Note, Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.desk_driver import words
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("slack", "T1", "C1")
ANN, BOB = UserRef("slack", "T1", "U1"), UserRef("slack", "T1", "U2")


@dataclass
class Newsroom:
    """A store with saved papers, a platform, and people who can be written to."""

    store: SqlStore
    chat: FakeChat = field(default_factory=FakeChat)
    clock: FakeClock = field(default_factory=lambda: FakeClock(AT))
    written: list[tuple[UserRef, Post]] = field(default_factory=list)
    #: what the next letters fail with
    failures: list[PaperboyError] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    is_gone: bool = False

    async def save(self, number: int, person: UserRef = ANN, *, public: bool = True) -> None:
        paper = a_paper(number).id
        if public:
            await self.store.remember_message(MessageRef(CHANNEL, f"m{number}"), (paper,), at=AT)
        await self.store.add_bookmark(str(person), paper, str(CHANNEL), at=self.clock.now(), public=public)

    async def happens(self, number: int, **change: object) -> None:
        self.clock.move(timedelta(minutes=1))
        paper = replace(a_paper(number), **change)
        await self.store.add(a_listing([paper], type=AnnounceType.REPLACE), at=self.clock.now())

    async def look(self) -> int:
        self.clock.move(timedelta(minutes=1))
        return await tell_events(self.store, self._chat_of, self._write, clock=self.clock)

    def _chat_of(self, channel: ChannelRef) -> Chat:
        if channel.platform != "slack":
            raise UsageError("Nobody serves it.")
        return _Gone() if self.is_gone else _Listening(self.chat, self.posts)

    async def _write(self, person: UserRef, post: Post) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.written.append((person, post))


class _Listening(FakeChat):
    """The platform, which keeps whole posts as well."""

    def __init__(self, chat: FakeChat, posts: list[Post]) -> None:
        self.__dict__ = chat.__dict__
        self._posts = posts

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        self._posts.append(post)
        return super().plan(channel, post, key=key)


class _Gone(FakeChat):
    """A platform on which the channel is not there any more."""

    async def thread_of(self, message: MessageRef) -> MessageRef:
        raise ChannelGone("The channel is gone.")


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with SqlStore("sqlite://").open() as store:
        assert isinstance(store, SqlStore)
        await store.add(a_listing([a_paper(number) for number in range(1, 9)]), at=AT - timedelta(days=30))
        yield Newsroom(store)


async def test_in_the_papers_thread(room: Newsroom) -> None:
    """Where a paper was saved openly, a note in its thread tells of a new version, once, also to a later process."""
    await room.save(1)
    await room.save(1, BOB)
    await room.happens(1, version=2)
    assert await room.look() == 1
    assert [parent for _, parent in room.chat.sent] == [MessageRef(CHANNEL, "m1")]
    assert "Version 2 is out" in words(room.posts[0])
    room.chat = FakeChat()
    assert await room.look() == 0
    (outgoing, _), *_ = [*room.chat.sent, (None, None)]
    assert outgoing is None
    assert room.written == []


async def test_private_savers_are_written_to(room: Newsroom) -> None:
    """Who saved a paper in private is told alone, of all papers in one message; of several versions the newest."""
    for number in (1, 2):
        await room.save(number, public=False)
    for number, version in ((1, 2), (1, 3), (2, 2)):
        await room.happens(number, version=version)
    assert await room.look() == 1
    assert await room.look() == 0
    ((person, post),) = room.written
    assert person == ANN
    assert "News of 2 saved papers" in words(post)
    assert "Version 3 is out" in words(post)
    assert "Version 2 is out" in words(post)
    assert "News of 2 saved papers" in words(post)
    assert len([block for block in post.blocks if isinstance(block, Note)]) == 2
    assert room.chat.sent == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"journal": "TMLR"}, "Now published: TMLR."),
        ({"signals": Signals(code_url="https://code.example/x")}, "Its code is released"),
        (
            {"comment": "This paper has been withdrawn by the authors"},
            "It was withdrawn: This paper has been withdrawn",
        ),
    ],
)
async def test_words(room: Newsroom, change: dict[str, object], told: str) -> None:
    """Publication, code and withdrawal are told as what they are."""
    await room.save(1)
    await room.happens(1, **change)
    await room.look()
    assert told in words(room.posts[0])


async def test_many_at_once(room: Newsroom) -> None:
    """News of many papers of a channel are one list and not a flood."""
    numbers = range(1, MOST_NOTES + 3)
    for number in numbers:
        await room.save(number)
    for number in numbers:
        await room.happens(number, version=2)
    await room.look()
    assert await room.look() == 0
    ((outgoing, parent),) = room.chat.sent
    assert parent is None
    assert len(outgoing.papers) == len(numbers)


async def test_failures(room: Newsroom) -> None:
    """What certainly did not arrive is told later; what may have arrived is not told twice; one stops no other."""
    await room.save(1)
    await room.save(2, public=False)
    await room.save(3, BOB, public=False)
    for number in (1, 2, 3):
        await room.happens(number, version=2)
    room.chat.fails_before(0)
    room.failures += [ChatUnavailable("down"), ChatUnanswered("lost")]
    await room.look()
    assert (room.chat.sent, room.written) == ([], [])
    await room.look()
    await room.look()
    assert len(room.chat.sent) == 1
    assert [person for person, _ in room.written] == [ANN]


async def test_a_channel_that_is_gone(room: Newsroom) -> None:
    """Nobody is told in a channel that is gone, and nobody tries again."""
    await room.save(1)
    await room.happens(1, version=2)
    room.is_gone = True
    assert await room.look() == 0
    room.is_gone = False
    assert await room.look() == 0
    assert room.chat.sent == []


async def test_old_news(room: Newsroom) -> None:
    """What could not be told for days is not news any more."""
    await room.save(1)
    await room.happens(1, version=2)
    room.clock.move(NEWS)
    assert await room.look() == 0


async def test_elsewhere(room: Newsroom) -> None:
    """A channel that this process does not serve keeps its news for who does."""
    paper = a_paper(1).id
    await room.store.add_bookmark(str(ANN), paper, "telegram:/-1001", at=room.clock.now(), public=True)
    await room.happens(1, version=2)
    assert await room.look() == 0
    assert len(await room.store.untold_events(since=AT, limit=9)) == 1


def test_hostile_details() -> None:
    """Words of others are short and on one line."""
    paper = Paper(id=PaperId("arxiv", "2602.00001"), title="x\ny", comment="")
    event = saved_events.Event(
        number=1, paper=paper.id, kind=saved_events.EventKind.WITHDRAWN, detail="a\n\u202e" * 999, source="arxiv", at=AT
    )
    post = saved_events.news([saved_events.EventNotice(event=event, paper=paper, person=ANN)], in_thread=False)
    assert "\u202e" not in words(post)
    assert len(words(post)) < 2_000
