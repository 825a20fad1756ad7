"""Several processes on one token of Slack: each hears, one answers, and nothing is heard twice or lost between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from adapters.chat.slack.client import ANSWERED_FOR, SlackChat
from adapters.chat.slack.socket import LOOK_AGAIN
from core.converse.ports import Store, WaitingUpdate
from core.errors import ChatUnavailable, NotServing, StoreUnreachable
from core.posts.tree import Post
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.running import running
from tests.fakes.slack_driver import SECRET, a_chat, listening
from tests.fakes.stores import SqlStore
from tests.fakes.waiting import until
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import BOT, CHANNEL, PERSON, TEAM
from tests.standins.slack_messages import whispered

ACCOUNT = f"slack:{TEAM}:{BOT}"
REACTED = "1770000000.000001"
OPEN = Post(blocks=SECRET.blocks, fallback="For all.")


class AwayStore(SqlStore):
    """A database that is out of reach when a test says so."""

    is_away = False
    #: does not hear that an update was carried out, as when its process dies before that is on record
    is_deaf = False

    async def take_updates(
        self, account: str, updates: Sequence[WaitingUpdate], *, at: datetime, is_begun: bool = False
    ) -> tuple[WaitingUpdate, ...]:
        if self.is_away:
            raise StoreUnreachable("The database cannot be reached.")
        return await super().take_updates(account, updates, at=at, is_begun=is_begun)

    async def update_done(self, account: str, number: int) -> None:
        if self.is_deaf:
            raise StoreUnreachable("The database cannot be reached.")
        await super().update_done(account, number)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as standin:
        yield standin
    assert not standin.violations


@pytest.fixture
async def store() -> AsyncIterator[AwayStore]:
    async with AwayStore("sqlite://").open() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@asynccontextmanager
async def a_process(slack: SlackStandIn, store: Store, clock: FakeClock) -> AsyncIterator[SlackChat]:
    """A process that listens, as every gateway does."""
    chat = a_chat(slack, clock=clock, updates=store)
    connected = asyncio.Event()
    async with chat.open(), asyncio.TaskGroup() as group:
        task = group.create_task(chat.listen(connected.set))
        await connected.wait()
        yield chat
        task.cancel()


async def waiting(store: Store, clock: FakeClock) -> int:
    return len(await store.waiting_updates(ACCOUNT, since=clock.now() - timedelta(days=1)))


async def test_events_come_over_any_connection(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """Whichever connection an event comes over, and however often, the process that serves carries it out once."""
    desk = FakeDesk()
    async with (
        a_process(slack, store, clock) as serving,
        a_process(slack, store, clock),
        listening(serving, desk, slack),
    ):
        await slack.connected(2)
        assert len(slack.listening) == 2  # running and listening share a connection
        for number in range(4):
            await slack.slash("/paper", f"search {number}", again=1)
            await slack.react(REACTED, "bookmark", added=number % 2 == 0, again=2)
        await until(lambda: len(desk.events) == 8)
    assert sorted(one.arguments for one in desk.commands) == ["0", "1", "2", "3"]
    assert sorted(one.added for one in desk.reactions) == [False, False, True, True]
    assert await waiting(store, clock) == 0


async def test_what_nobody_served_is_carried_out_later(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """The next process that serves carries out what was heard: what is asked just now, and every reaction."""
    desk = FakeDesk()
    async with a_process(slack, store, clock):
        await slack.slash("/paper", "search lamps")
        await slack.react(REACTED, "bookmark")
        assert await waiting(store, clock) == 2
    async with a_process(slack, store, clock) as second, listening(second, desk, slack):
        await until(lambda: len(desk.events) == 2)
    assert slack.read == ["Here you are."]


async def test_late_questions_are_told(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """Whoever asked too long ago is told to ask again; a late reaction counts, and a late link gets no card."""
    desk = FakeDesk()
    said = {"type": "message", "channel_type": "channel", "channel": CHANNEL, "user": PERSON, "ts": REACTED}
    async with a_process(slack, store, clock) as chat:
        await slack.slash("/paper", "unsubscribe yes")
        await slack.event(said | {"text": "<https://arxiv.org/abs/2602.00002>"})
        await slack.react(REACTED, "bookmark")
        clock.move(ANSWERED_FOR + timedelta(seconds=1))
        async with listening(chat, desk, slack):
            await until(lambda: desk.reactions and slack.whispers)
            await slack.slash("/paper", "help")
            await until(lambda: desk.commands)
    assert ["could not answer when you asked" in whispered(one) for one in slack.whispers] == [True]
    assert [one.name for one in desk.commands] == ["help"]
    assert not desk.pastes
    assert await waiting(store, clock) == 0


async def test_a_database_that_is_away(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """Without the database a process that serves goes on, and one that only listens says so to who typed a command."""
    desk = FakeDesk()
    async with a_process(slack, store, clock) as chat:
        store.is_away = True
        await slack.slash("/paper", "help")
        assert [one["text"] for one in slack.responses] == [
            "Paperboy cannot reach its database. Please ask again in a minute."
        ]
        async with listening(chat, desk, slack):
            await slack.slash("/paper", "help")
    assert len(desk.commands) == 1


async def test_who_serves_no_more_leaves_what_it_took(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """A process that learns while it answers that another one serves leaves the question to that one."""
    desk, late_desk = FakeDesk(), FakeDesk()
    late_desk.fails_with(NotServing("Another process serves slack now."))
    async with a_process(slack, store, clock) as thawed, listening(thawed, late_desk, slack):
        await slack.slash("/paper", "help")
    assert slack.read == []
    async with a_process(slack, store, clock) as serving, listening(serving, desk, slack):
        await until(lambda: desk.commands)
    assert slack.read == ["Here you are."]


async def test_a_stop_leaves_the_answer_to_the_next(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """What a stop interrupts is answered by the next process; nobody is told to ask again, no placeholder stays."""
    slow_desk, desk = FakeDesk(), FakeDesk()
    slow_desk.hesitates()
    stopping = a_chat(slack, clock=clock, updates=store, grace_s=0)
    async with stopping.open(), running(stopping, slow_desk):
        await slack.slash("/paper", "2602.00001")
        await until(lambda: slack.messages)
    assert slack.messages == []
    async with a_process(slack, store, clock) as serving, listening(serving, desk, slack):
        await until(lambda: desk.commands)
    assert [message.visible_text for message in slack.messages] == ["Here you are."]
    assert not slack.whispers
    assert not slack.responses


@pytest.mark.parametrize("post", [OPEN, SECRET], ids=["for everyone", "for the asker"])
async def test_an_answer_that_is_not_on_record(
    slack: SlackStandIn, store: AwayStore, clock: FakeClock, post: Post
) -> None:
    """Where a process dies right after an answer, everybody's stands once, and one person may read a whisper twice."""
    desks = FakeDesk(post), FakeDesk(post)
    for desk in desks:
        store.is_deaf = desk is desks[0]
        async with a_process(slack, store, clock) as serving, listening(serving, desk, slack):
            if store.is_deaf:
                await slack.slash("/paper", "2602.00001")
            await until(lambda desk=desk: desk.commands)  # type: ignore[misc]  # mypy infers no lambda with a default
    assert await waiting(store, clock) == 0
    assert [message.visible_text for message in slack.messages] == ["For you alone."] * (post is OPEN)
    assert len(slack.whispers) == 2 * (post is SECRET)


async def test_better_twice_than_never(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """Where Slack does not let us look whether a question was answered, it is answered again."""
    for is_first in (True, False):
        store.is_deaf = is_first
        desk = FakeDesk(OPEN)
        async with a_process(slack, store, clock) as serving, listening(serving, desk, slack):
            if is_first:
                await slack.slash("/paper", "2602.00001")
            await until(lambda desk=desk: desk.commands)  # type: ignore[misc]  # mypy infers no lambda with a default
        slack.fail("conversations.history", Fault("broken"), times=99)
    assert [message.visible_text for message in slack.messages] == ["For you alone."] * 2


async def test_what_is_answered_for_the_first_time_is_looked_for_nowhere(
    slack: SlackStandIn, store: AwayStore, clock: FakeClock
) -> None:
    """What another process heard and nobody began to answer costs no look into the channel."""
    slack.fail("conversations.history", Fault("broken"), times=9)
    desk = FakeDesk(OPEN)
    async with a_process(slack, store, clock):
        await slack.slash("/paper", "2602.00001")
    async with a_process(slack, store, clock) as serving, listening(serving, desk, slack):
        await until(lambda: slack.messages)
    assert len(desk.commands) == 1


async def test_a_placeholder_of_a_process_that_died_becomes_the_answer(
    slack: SlackStandIn, store: AwayStore, clock: FakeClock
) -> None:
    """Whoever takes a question up that got a placeholder and no answer puts the answer in that place."""
    slow_desk, desk = FakeDesk(), FakeDesk()
    slow_desk.hesitates()
    slack.fail("chat.delete", Fault("broken"), times=9)  # a process that dies deletes nothing
    dying = a_chat(slack, clock=clock, updates=store, grace_s=0)
    async with dying.open(), running(dying, slow_desk):
        await slack.slash("/paper", "2602.00001")
        await until(lambda: slack.messages)
    (placeholder,) = slack.messages
    async with a_process(slack, store, clock) as serving, listening(serving, desk, slack):
        await until(lambda: desk.commands)
    assert [(message.ts, message.visible_text) for message in slack.messages] == [(placeholder.ts, "Here you are.")]


async def test_processes_of_one_installation_are_no_rivals(
    slack: SlackStandIn, store: AwayStore, clock: FakeClock
) -> None:
    """A process that is not on record yet is suspected, and not any more at the next look; others are no proof."""
    own = 1

    async def count_own() -> int:
        return own

    chat = a_chat(slack, clock=clock, updates=store, count_own=count_own, watch_s=0)
    async with a_process(slack, store, clock), chat.open(), running(chat, FakeDesk()):
        await until(lambda: chat._rivals.are_suspected)
        own = 2
        clock.move(LOOK_AGAIN)
        await until(lambda: not chat._rivals.are_suspected)
    assert chat.rivals_since is None


async def test_a_lost_connection_is_made_anew(slack: SlackStandIn, store: AwayStore, clock: FakeClock) -> None:
    """All that listen in a process hear that their connection is lost, and whoever listens again gets a new one."""
    chat = a_chat(slack, clock=clock, updates=store, outage_s=0.5)
    desk, connections = FakeDesk(), []

    async def hear() -> None:
        with pytest.raises(ChatUnavailable, match="connection to Slack is lost"):
            await chat.listen(lambda: connections.append(True))

    async with chat.open():
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(hear())
            await until(lambda: len(connections) == 2 and slack.listening)
            assert len(slack.listening) == 1
            slack.fail("apps.connections.open", Fault("broken"), times=100)
            await slack.hang_up()
        slack.heal()
        async with listening(chat, desk, slack):
            await slack.slash("/paper", "help")
    assert len(desk.commands) == 1
