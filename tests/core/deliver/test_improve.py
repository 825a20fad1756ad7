"""Messages with stand-ins are edited when better summaries arrive: once, in bounds, and never for the worse."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Depth, Subscription
from core.deliver import digest
from core.deliver.digest import DeliveryOutcome
from core.deliver.improve import LONGEST, PAUSES, Improvement, improve_posted
from core.deliver.ports import Chat
from core.errors import ChannelGone, ChatThrottled, ModelError, ModelUnavailable, UsageError
from core.papers.paper import Paper, Summary
from core.posts.messages import MessageRef
from core.posts.tree import Facts, Paragraph, Post
from core.summarise.budget import Caps
from core.summarise.calls import ModelCalls
from core.summarise.ports import Completion, LanguageModel, Prompt
from core.summarise.requests import SummaryRequests, Writer
from core.summarise.summaries import Summariser
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("slack", "T1", "C1")
READER = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)
TERMINAL = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",), size=3)
DOWN = ModelUnavailable("The model is down.")


class SlowModel(FakeModel):
    """Answers what the test lets it answer."""

    def __init__(self) -> None:
        super().__init__("words")
        self._may_answer: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def lets_go(self, *numbers: int) -> None:
        """From now on questions on these papers are answered."""
        for number in numbers:
            self._may_answer[a_paper(number).title].set()

    async def complete(self, prompt: Prompt) -> Completion:
        await self._may_answer[prompt.user].wait()
        return await super().complete(prompt)


async def write(
    models: Sequence[LanguageModel], paper: Paper, language: str, depth: Depth, *_: object
) -> Summary | None:
    try:
        await models[0].complete(Prompt(system="Summarise.", user=paper.title))
    except ModelError:
        return None
    gist = f"Nothing here stands in for anything: {paper.id.value} in the words of a model."
    return Summary(paper=paper.id, version=0, language="", gist=gist, method="It counts.", made_by=models[0].name)


@dataclass
class House:
    """A posted digest and all that improves it."""

    store: SqlStore
    clock: FakeClock
    chat: FakeChat
    summariser: Summariser

    async def look(self, minutes: float = 0, chat: Chat | None = None) -> tuple[Improvement, ...]:
        """Let time pass and look."""
        self.clock.move(timedelta(minutes=minutes))
        return await improve_posted(
            self.store, lambda _: chat or self.chat, clock=self.clock, summariser=self.summariser, within_s=0
        )

    async def settle(self) -> None:
        """Have everything written that is asked for."""
        papers = [paper for id in POSTED for paper in await self.store.papers_by_id([id])]
        await self.summariser.summarise(papers, language="en", within_s=30)

    @property
    def edits(self) -> dict[str, Post]:
        """The last edit of each message, by the position in its key."""
        return {message.id.rpartition("/")[2]: post for message, post in self.chat.edits}


POSTED = tuple(a_paper(number).id for number in (1, 2, 3))


@asynccontextmanager
async def posted(model: FakeModel, *, subscription: Subscription = READER, caps: Caps = Caps()) -> AsyncIterator[House]:
    """A digest of three papers that no model was ready for."""
    clock, chat = FakeClock(AT), FakeChat()
    async with SqlStore("sqlite://").open() as store:
        assert isinstance(store, SqlStore)
        calls = ModelCalls([model], store=store, clock=clock, caps=caps)
        requests = SummaryRequests(store, clock, calls, Writer(write=write, recipe=lambda depth: f"{depth}-1"))
        async with requests.open():
            await store.save_subscription(subscription, at=AT)
            await store.add(a_listing([a_paper(number) for number in (1, 2, 3)], day=DAY), at=AT)
            house = House(store, clock, chat, Summariser(store, requests, patience_s=0))
            result = await digest.deliver(
                subscription, DAY, store=store, chat=chat, clock=clock, summariser=house.summariser
            )
            assert result.outcome is DeliveryOutcome.POSTED and len(chat.sent) == 4
            yield house


def gist_of(post: Post) -> str:
    return next(span.text for block in post.blocks if isinstance(block, Paragraph) for span in block.spans)


async def test_each_message_is_edited_once() -> None:
    """When the summaries are there, each paper's message gets its own, then the list does, and nothing more happens."""
    model = SlowModel()
    async with posted(model) as house:
        assert (await house.look())[0].missing == 3 and not house.chat.edits
        model.lets_go(1, 2, 3)
        await house.settle()
        (improvement,) = await house.look(PAUSES[0])
        assert (improvement.edits, improvement.missing, improvement.error) == (4, 0, None)
        assert sorted(house.edits) == ["0", "1", "2", "3"]
        papers = {outgoing.key.rpartition("/")[2]: outgoing.papers for outgoing, _ in house.chat.sent}
        for place in "123":
            assert papers[place][0].value in gist_of(house.edits[place])
            assert house.edits[place].papers == papers[place]
            assert house.edits[place].actions[0].name == "bookmark"
            assert any(isinstance(block, Facts) for block in house.edits[place].blocks)
        head = str(house.edits["0"].blocks)
        assert "fake/scripted" in head and "not ready in time" not in head and not house.edits["0"].replies
        assert await house.look(1_000) == () and len(house.chat.edits) == 4


async def test_what_comes_first_is_shown_first() -> None:
    """A summary that is there is shown while others are written; the list follows when all are there."""
    model = SlowModel()
    async with posted(model) as house:
        model.lets_go(1)
        await house.summariser.summarise([a_paper(1)], language="en", within_s=30)
        (improvement,) = await house.look()
        assert (improvement.edits, improvement.missing) == (1, 2)
        assert house.chat.edits[0][1].papers == POSTED[:1]
        model.lets_go(2, 3)
        await house.settle()
        (improvement,) = await house.look(PAUSES[0])
        assert (improvement.edits, improvement.missing) == (3, 0)


async def test_a_model_that_is_down_all_day_costs_a_few_looks() -> None:
    """Looks come at growing distances and end; nothing is edited."""
    model = FakeModel()
    model.fails_with(DOWN)
    async with posted(model) as house:
        looks = 0
        for _ in range(int(LONGEST.total_seconds() // 60) + 60):
            looks += len(await house.look(1))
        assert looks == len(PAUSES) + 1
        assert not house.chat.edits


async def test_a_restart_asks_again() -> None:
    """A process that begins anew finds on record what stands in, asks for it, and edits when it is there."""
    async with posted(SlowModel()) as house:
        model = FakeModel("words")
        requests = SummaryRequests(
            house.store,
            house.clock,
            ModelCalls([model], store=house.store, clock=house.clock),
            Writer(write=write, recipe=lambda depth: f"{depth}-1"),
        )
        async with requests.open():
            later = House(house.store, house.clock, house.chat, Summariser(house.store, requests, patience_s=0))
            assert (await later.look())[0].missing == 3 and len(model.prompts) <= 3
            await later.settle()
            assert (await later.look(PAUSES[0]))[0].missing == 0
            assert len(house.chat.edits) == 4 and len(model.prompts) == 3


async def test_a_budget_that_is_used_up_is_never_passed() -> None:
    """Nobody asks a model for better summaries where the budget is used up."""
    model = FakeModel("words")
    async with posted(model, caps=Caps(daily_usd=0.0)) as house:
        await house.look()
        await house.settle()
        assert (await house.look(PAUSES[0]))[0].missing == 3
        assert not model.prompts and not house.chat.edits


async def test_a_message_that_is_gone_is_no_failure() -> None:
    """Where a message was deleted the others are edited, and it is not tried again."""
    async with posted(FakeModel("words")) as house:
        await house.settle()
        gone = house.chat.keys[2]
        house.chat.refused_edits[gone] = ChannelGone("The message was deleted.", reason=None)
        (improvement,) = await house.look()
        assert (improvement.edits, improvement.missing, improvement.error) == (3, 0, None)
        house.chat.refused_edits.clear()
        assert await house.look(1_000) == ()


async def test_a_platform_that_is_busy_is_tried_later() -> None:
    """An edit that the platform puts off is made at a later look; those before it are not made again."""
    async with posted(FakeModel("words")) as house:
        await house.settle()
        second = house.chat.keys[2]
        house.chat.refused_edits[second] = ChatThrottled("Slow down.", retry_after_s=90)
        (improvement,) = await house.look()
        assert improvement.error and (improvement.edits, improvement.missing) == (1, 2)
        house.chat.refused_edits.clear()
        (improvement,) = await house.look(PAUSES[0])
        assert (improvement.edits, improvement.missing) == (3, 0)
        assert [message.id.rpartition("/")[2] for message, _ in house.chat.edits] == ["1", "2", "3", "0"]


@pytest.mark.parametrize("survived", range(4))
async def test_a_process_that_dies_between_edits_goes_on(survived: int) -> None:
    """Whichever edit a process dies in, the next one makes it and those that are missing, and none before it."""

    class Dies(FakeChat):
        async def edit(self, message: MessageRef, post: Post) -> None:
            if len(self.edits) == survived:
                raise asyncio.CancelledError
            await super().edit(message, post)

    async with posted(FakeModel("words")) as house:
        await house.settle()
        dying = Dies()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.TaskGroup() as group:
                await group.create_task(house.look(chat=dying))
        assert len(dying.edits) == survived
        await house.look(PAUSES[0])
        assert len(house.chat.edits) == 4 - survived
        assert not {message for message, _ in dying.edits} & {message for message, _ in house.chat.edits}


async def test_two_processes_edit_once() -> None:
    """Of two that look at the same time one edits."""
    async with posted(FakeModel("words")) as house:
        await house.settle()
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(house.look()) for _ in range(2)]
        assert sum(len(look.result()) for look in looks) == 1 and len(house.chat.edits) == 4


async def test_what_nobody_here_serves_is_left_to_others() -> None:
    """Where this process has no platform for the channel, another one still has all its looks."""
    async with posted(FakeModel("words")) as house:
        await house.settle()

        def none(channel: ChannelRef) -> Chat:
            raise UsageError(f"{channel} is not served here.")

        for _ in range(10):
            assert await improve_posted(house.store, none, clock=house.clock, summariser=house.summariser) == ()
        assert (await house.look())[0].edits == 4


async def test_what_is_printed_stays() -> None:
    """A terminal's lines are not printed again."""
    async with posted(FakeModel("words"), subscription=TERMINAL) as house:
        await house.settle()
        assert await house.look() == () and not house.chat.edits


async def test_without_a_model_nothing_is_on_record() -> None:
    """Extracts stand in for nothing where no model is configured."""
    clock = FakeClock(AT)
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READER, at=AT)
        await store.add(a_listing([a_paper(1)], day=DAY), at=AT)
        await digest.deliver(READER, DAY, store=store, chat=FakeChat(), clock=clock)
        assert await store.stand_ins(at=AT + timedelta(days=1), since=AT - timedelta(days=1), limit=9) == ()
