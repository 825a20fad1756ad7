"""What people are called in answers on Telegram."""

from __future__ import annotations

from typing import Any

from adapters.chat.telegram.names import NamingDesk
from core.channels import ChannelRef, UserRef
from core.converse.command import Command
from core.errors import ChatUnreachable
from core.posts.tree import Audience, Paragraph, Post, person, text
from tests.fakes.clock import NOON
from tests.fakes.desk import FakeDesk

COMMAND = Command(
    name="bookmarks", actor=UserRef("telegram", "", "7"), place=ChannelRef("telegram", "", "-100123/4"), at=NOON
)


class Members:
    """Those whom Telegram knows in the chat."""

    def __init__(self) -> None:
        self.requests: list[tuple[int | str, int]] = []

    async def __call__(self, chat: int | str, user: int) -> dict[str, Any]:
        self.requests.append((chat, user))
        if user == 9:
            raise ChatUnreachable("Telegram did not answer in time.")
        return {"status": "member", "user": {"id": user, "first_name": "Ann", "last_name": "Lee"}}


def a_list(*people: str) -> Post:
    spans = tuple(span for one in people for span in (text(" · saved by "), person(f"telegram:{one}")))
    return Post(blocks=(Paragraph(spans=(text("Nets"), *spans)),), audience=Audience.ASKER, fallback="A list")


def words(post: Post) -> str:
    return "".join(span.text for block in post.blocks if isinstance(block, Paragraph) for span in block.spans)


async def test_people_have_names() -> None:
    """A person is asked for once and called by name; who is not found stays a number, and the answer comes."""
    desk, members = FakeDesk(), Members()
    naming = NamingDesk(desk, members)
    desk.answers_with(a_list("7", "9"))
    first, second = await naming.handle(COMMAND), await naming.handle(COMMAND)
    assert words(first) == words(second) == "Nets · saved by Ann Lee · saved by @9"
    assert members.requests == [(-100123, 7), (-100123, 9), (-100123, 9)]


async def test_an_answer_without_people_is_as_it_was() -> None:
    """Nobody is asked for, and the post is passed on untouched: it may be kept, and be shown elsewhere."""
    desk, members = FakeDesk(), Members()
    post = a_list()
    desk.answers_with(post)
    assert await NamingDesk(desk, members).handle(COMMAND) is post
    assert not members.requests
