"""What people in a chat hear while the database is out of reach."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, Subscription, UserRef
from core.converse.command import Command, Origin
from core.converse.desk import FrontDesk
from core.converse.grammar import NAMES
from core.deliver.digest import Result
from core.errors import StoreError, StoreReadOnly, StoreUnreachable
from core.ingest.lookup import Lookup
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Note, Post
from storage.engine.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("slack", "T1", "C1")
ANN = UserRef("slack", "", "U1")
FAILURES = [
    StoreReadOnly("The database /home/x/paperboy.db cannot be written.", hint="Give yourself write permission on it."),
    StoreUnreachable("The database server of papers at db.example:5432 cannot be reached.", hint="Check database_url."),
]
SENTENCE = (
    "Paperboy cannot reach its memory right now. Try again in a few minutes; its operator finds the details in the log."
)


class DatabaseOutOfReach(Database):
    """A database in which every transaction fails."""

    def __init__(self, failure: StoreError) -> None:
        super().__init__("sqlite://")
        self._failure = failure

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        raise self._failure

    def writing(self, *, in_turn: str = "") -> AbstractAsyncContextManager[AsyncConnection]:
        raise self._failure


async def never(subscription: Subscription, day: date) -> Result:
    raise AssertionError("no digest can be asked for without a subscription")


@pytest.fixture(params=FAILURES, ids=["file", "server"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[FrontDesk]:
    store, clock = SqlStore("sqlite://"), FakeClock(AT)
    store.database = DatabaseOutOfReach(request.param)
    yield FrontDesk(store=store, clock=clock, deliver=never, lookup=Lookup(store=store, clock=clock))


def sentence(post: Post | None) -> str:
    assert post is not None
    (note,) = post.blocks
    assert isinstance(note, Note) and note.warning
    return "".join(span.text for span in note.spans)


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """The log has what the operator needs, once."""
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert any(failure.sentence() in record.getMessage() for failure in FAILURES)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"help"}))
async def test_commands_tell_nothing_of_the_database(
    desk: FrontDesk, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is asked, the answer is one plain sentence; the file, the server and what to do stand in the log."""
    arguments = {
        "paper": "2601.15529",
        "why": "2601.15529",
        "ask": "2601.15529 why?",
        "search": "moths",
        "similar": "2601.15529",
        "subscribe": "cs.CL",
    }.get(name, "")
    command = Command(place=CHANNEL, actor=ANN, name=name, arguments=arguments, at=AT, may_manage=True)
    assert sentence(await desk.handle(command)) == SENTENCE
    check_log(caplog)


async def test_reactions_tell_nothing_of_the_database(desk: FrontDesk, caplog: pytest.LogCaptureFixture) -> None:
    """A reaction that cannot be stored is answered by the same sentence."""
    reaction = Reaction(user=ANN, message=MessageRef(CHANNEL, "1"), feeling=Feeling.BOOKMARK, added=True)
    assert sentence(await desk.react(reaction)) == SENTENCE
    check_log(caplog)


async def test_buttons_tell_nothing_of_the_database(desk: FrontDesk, caplog: pytest.LogCaptureFixture) -> None:
    """A button that cannot be carried out is answered by the same sentence."""
    press = Command(name="bookmark", arguments=str(a_paper().id), actor=ANN, place=CHANNEL, origin=Origin.BUTTON, at=AT)
    assert sentence(await desk.handle(press)) == SENTENCE
    check_log(caplog)
