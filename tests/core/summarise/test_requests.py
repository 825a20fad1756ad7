"""Summaries that models write: once for all who want them, within a deadline and a budget, and never nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from core.channels import ChannelRef, Depth
from core.errors import ModelError, ModelRefused, ModelUnavailable, NotFound, StoreLocked
from core.papers.paper import Paper, Summary
from core.summarise.budget import Caps
from core.summarise.calls import FAILURES, PAUSE, ModelCalls
from core.summarise.ports import Completion, LanguageModel, Prompt, Purpose, Spending, Usage
from core.summarise.requests import AFTER_FAILURE, Lack, SummaryRequests, Writer
from core.summarise.summaries import PaperSummary, Summariser
from tests.fakes.clock import FakeClock
from tests.fakes.model import USAGE, FakeModel
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

HERE, THERE = ChannelRef("slack", "T1", "C1"), ChannelRef("slack", "T1", "C2")
DOWN = ModelUnavailable("The model is down.")


async def write(
    models: Sequence[LanguageModel], paper: Paper, language: str, depth: Depth, *_: object
) -> Summary | None:
    """Asks the models one after another for a gist."""
    for model in models:
        try:
            completion = await model.complete(Prompt(system="Summarise.", user=paper.title))
        except ModelError:
            continue
        if completion.text != "{}":
            return Summary(paper=paper.id, version=0, language="", gist=completion.text, made_by=model.name)
    return None


def recipe(depth: Depth) -> str:
    return f"{depth}-1"


class HeldModel(FakeModel):
    """Answers when the test lets it."""

    def __init__(self, *answers: str) -> None:
        super().__init__(*answers)
        self.may_answer = asyncio.Event()
        self.is_asked = asyncio.Event()

    async def complete(self, prompt: Prompt) -> Completion:
        self.is_asked.set()
        await self.may_answer.wait()
        return await super().complete(prompt)


class TroubledStore(SqlStore):
    """Cannot write what a test says it cannot."""

    cannot: frozenset[str] = frozenset()

    async def record_usage(self, usage: Usage, **more: object) -> None:
        if "usage" in self.cannot:
            raise StoreLocked("The database is locked.")
        await super().record_usage(usage, **more)

    async def save_summaries(self, summaries: Sequence[Summary]) -> None:
        if "summaries" in self.cannot:
            raise StoreLocked("The database is locked.")
        await super().save_summaries(summaries)


@dataclass
class Desk:
    """A summariser with what stands behind it."""

    store: TroubledStore
    clock: FakeClock
    summariser: Summariser
    papers: list[Paper] = field(default_factory=list)

    async def of(self, number: int, *, channel: ChannelRef = HERE, within_s: float = 30) -> PaperSummary:
        """The summary of a paper by its number."""
        paper = self.papers[number]
        found = await self.summariser.summarise([paper], language="en", channel=channel, within_s=within_s)
        return found[paper.id]

    async def of_all(self, *, within_s: float = 30) -> list[PaperSummary]:
        """The summaries of all papers."""
        found = await self.summariser.summarise(self.papers, language="en", channel=HERE, within_s=within_s)
        return [found[paper.id] for paper in self.papers]

    async def stored(self) -> list[str]:
        """The gists that are stored, in the order of the papers."""
        found = await self.store.summaries([paper.id for paper in self.papers], "en")
        return [one.gist for paper in self.papers for one in found.get(paper.id, ())]

    async def wait_until_settled(self) -> None:
        """Wait until nothing is being written."""
        await self.of_all()


@asynccontextmanager
async def a_desk(
    *models: LanguageModel, papers: int = 1, caps: Caps = Caps(), at_once: int = 16, writer: Writer | None = None
) -> AsyncIterator[Desk]:
    clock, store = FakeClock(AT), TroubledStore("sqlite://")
    async with store.open():
        calls = ModelCalls(models, store=store, clock=clock, caps=caps)
        requests = SummaryRequests(store, clock, calls, writer or Writer(write=write, recipe=recipe), at_once=at_once)
        async with requests.open():
            desk = Desk(store, clock, Summariser(store, requests), [a_paper(number) for number in range(1, papers + 1)])
            await store.add(a_listing(desk.papers), at=AT)
            yield desk


async def test_a_model_writes_it_once() -> None:
    """A summary is written by the model, labelled, stored as what was asked for, and never asked for again."""
    model = FakeModel("It counts.")
    async with a_desk(model) as desk:
        first, second = await desk.of(0), await desk.of(0, channel=THERE)
        paper = desk.papers[0]
        assert first.summary == Summary(
            paper=paper.id, version=1, language="en", gist="It counts.", made_by="fake/scripted", recipe="parts-1"
        )
        assert (first.lack, first.is_stand_in, first.spending) == (None, False, Spending.of(USAGE))
        assert second == replace(first, spending=Spending())
        assert len(model.prompts) == 1


async def test_two_at_once_ask_once() -> None:
    """Two channels that want the same summary at the same time share one call, which is the first one's to pay."""
    model = HeldModel("It counts.")
    async with a_desk(model) as desk, asyncio.TaskGroup() as group:
        one = group.create_task(desk.of(0))
        await model.is_asked.wait()
        other = group.create_task(desk.of(0, channel=THERE))
        await asyncio.sleep(0)
        model.may_answer.set()
        assert (await one).summary == (await other).summary
        assert ((await one).spending.calls, (await other).spending.calls, len(model.prompts)) == (1, 0, 1)
        for channel, calls in ((HERE, 1), (THERE, 0)):
            assert (await desk.store.spending(since=date.min, channel=channel)).calls == calls


async def test_a_cancelled_caller_loses_nothing() -> None:
    """Who goes away stops no work: others get the summary, and it is stored."""
    model = HeldModel("It counts.")
    async with a_desk(model) as desk:
        gone = asyncio.ensure_future(desk.of(0))
        await model.is_asked.wait()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        model.may_answer.set()
        assert (await desk.of(0, channel=THERE)).summary.gist == "It counts."
        assert (await desk.stored(), len(model.prompts)) == (["It counts."], 1)


async def test_at_the_deadline_an_extract_stands_in() -> None:
    """What is not there in time is extracted and said to be a stand-in; the model's is stored when it comes."""
    model = HeldModel("It counts.")
    async with a_desk(model) as desk:
        found = await desk.of(0, within_s=0)
        assert (found.summary.made_by, found.lack, found.is_stand_in) == ("extract", Lack.DEADLINE, True)
        model.may_answer.set()
        assert (await desk.of(0)).summary.gist == "It counts."
        assert await desk.stored() == ["It counts."]


async def test_an_earlier_recipe_stands_in() -> None:
    """What the model wrote by an earlier recipe is shown until it is written anew."""
    model = HeldModel("It counts again.")
    async with a_desk(model) as desk:
        paper = desk.papers[0]
        earlier = Summary(
            paper=paper.id, version=1, language="en", gist="It counted.", made_by=model.name, recipe="parts-0"
        )
        await desk.store.save_summaries([earlier])
        assert await desk.of(0, within_s=0) == PaperSummary(summary=earlier, lack=Lack.DEADLINE)
        model.may_answer.set()
        assert (await desk.of(0)).summary.gist == "It counts again."


async def test_the_budget_ends_in_the_middle_of_a_batch() -> None:
    """Summaries are written as long as there is money; the others are extracts, and say why."""
    model = FakeModel("It counts.")
    async with a_desk(model, papers=6, caps=Caps(daily_usd=0.003), at_once=1) as desk:
        found = await desk.of_all()
        assert [one.lack for one in found] == [None] * 3 + [Lack.BUDGET] * 3
        assert {one.summary.made_by for one in found[3:]} == {"extract"}
        desk.clock.move(timedelta(days=1))
        assert [one.lack for one in await desk.of_all()] == [None] * 6


async def test_what_others_spent_counts() -> None:
    """A budget is for all processes and commands on a database."""
    async with a_desk(FakeModel("It counts."), caps=Caps(monthly_usd=5)) as desk:
        usage = Usage(model="x", cost_usd=5.0)
        await desk.store.record_usage(usage, purpose=Purpose.ANSWER, channel=None, at=AT)
        assert (await desk.of(0)).lack is Lack.BUDGET


async def test_usage_that_cannot_be_recorded() -> None:
    """A database that does not take what a call cost loses no summary, and gets it with the next call."""
    async with a_desk(FakeModel("It counts."), papers=2) as desk:
        desk.store.cannot = frozenset({"usage"})
        assert (await desk.of(0)).summary.gist == "It counts."
        desk.store.cannot = frozenset()
        await desk.of(1)
        assert (await desk.store.spending(since=date.min)).calls == 2


async def test_a_summary_that_cannot_be_stored() -> None:
    """It is given to who waits for it all the same."""
    async with a_desk(FakeModel("It counts.")) as desk:
        desk.store.cannot = frozenset({"summaries"})
        assert (await desk.of(0)).summary.gist == "It counts."
        assert await desk.stored() == []


async def test_a_model_that_fails_for_all_is_left_alone() -> None:
    """After some failures in a row a thousand papers ask no more; after a pause one does, and then all."""
    model = FakeModel(DOWN)
    async with a_desk(model, papers=100, at_once=4) as desk:
        assert {one.lack for one in await desk.of_all()} == {Lack.FAILED}
        calls = len(model.prompts)
        assert FAILURES <= calls < FAILURES + 4
        desk.clock.move(PAUSE)
        await desk.of_all()
        assert len(model.prompts) == calls + 1
        model.answers("It counts.")
        desk.clock.move(PAUSE)
        assert (await desk.of(0)).lack is None
        assert {one.lack for one in await desk.of_all()} == {None}


async def test_a_wrong_key_is_found_out_at_once() -> None:
    """Two refusals are enough; a single one may be about a paper, and pauses nothing."""
    model = FakeModel(ModelRefused("The key is wrong."))
    async with a_desk(model, papers=20, at_once=1) as desk:
        assert {one.lack for one in await desk.of_all()} == {Lack.REFUSED}
        assert len(model.prompts) == 2
    model = FakeModel(ModelRefused("I cannot talk about that."), "It counts.")
    async with a_desk(model, papers=3, at_once=1) as desk:
        assert [one.lack for one in await desk.of_all()] == [Lack.REFUSED, None, None]


async def test_the_next_model_takes_over() -> None:
    """While the preferred model is left alone the next one is asked at once, and the summary says so."""
    first, second = FakeModel(DOWN), FakeModel("It counts.", name="fake/spare")
    async with a_desk(first, second, papers=20, at_once=1) as desk:
        assert {one.summary.made_by for one in await desk.of_all()} == {"fake/spare"}
        assert (len(first.prompts), len(second.prompts)) == (FAILURES, 20)


async def test_a_useless_answer_is_not_paid_for_twice() -> None:
    """A paper that models gave nothing usable of is left alone for a while, and tried again later."""
    model = FakeModel({})
    async with a_desk(model) as desk:
        for _ in range(3):
            assert (await desk.of(0)).lack is Lack.FAILED
        assert len(model.prompts) == 1
        model.answers("It counts.")
        desk.clock.move(AFTER_FAILURE)
        assert (await desk.of(0)).lack is None


async def test_a_paper_without_an_abstract() -> None:
    """Where there is nothing to summarise no model is asked, and nothing counts as a failure."""

    async def writes_nothing(*_: object) -> None:
        return None

    async with a_desk(FakeModel(), papers=20, writer=Writer(write=writes_nothing, recipe=recipe)) as desk:
        found = await desk.of_all()
        assert {(one.lack, one.summary.made_by) for one in found} == {(None, "extract")}


async def test_a_bug_in_writing_is_one_paper_s() -> None:
    """Whatever is wrong with one paper, the others have their summaries."""

    async def stumbles(
        models: Sequence[LanguageModel], paper: Paper, language: str, depth: Depth, *_: object
    ) -> Summary | None:
        if paper.id == a_paper(2).id:
            raise ValueError("a bug")
        return await write(models, paper, language, depth, ())

    async with a_desk(FakeModel("It counts."), papers=3, writer=Writer(write=stumbles, recipe=recipe)) as desk:
        assert [one.lack for one in await desk.of_all()] == [None, Lack.FAILED, None]


async def test_calls_at_once_are_bounded() -> None:
    """However many papers there are, only so many are written at a time."""
    model = FakeModel("It counts.")
    async with a_desk(model, papers=30, at_once=4) as desk:
        await desk.of_all()
        assert (len(model.prompts), model.most_in_flight) == (30, 4)


async def test_the_end_waits_for_nothing() -> None:
    """What is not finished when the program ends is cancelled, and an error of the program comes through as it is."""
    with pytest.raises(NotFound):
        async with a_desk(HeldModel("It counts."), papers=3) as desk:
            await desk.of_all(within_s=0)
            raise NotFound("There is no such paper.")


async def test_without_a_model() -> None:
    """Without a model every paper is extracted in the abstract's own language, and nothing better is promised."""
    store = SqlStore("sqlite://")
    async with store.open():
        await store.add(a_listing([a_paper(1)]), at=AT)
        found = await Summariser(store).summarise_paper(a_paper(1), language="de", depth=Depth.LINE)
    assert (found.lack, found.is_stand_in) == (Lack.NO_MODEL, False)
    assert (found.summary.made_by, found.summary.language, found.summary.parts) == ("extract", "en", ())


async def test_at_hand_asks_nobody() -> None:
    """What is at hand is stored or extracted; no model is asked for it."""
    model = FakeModel("It counts.")
    async with a_desk(model) as desk:
        found = await desk.summariser.at_hand(desk.papers, language="en")
        assert [one.summary.made_by for one in found.values()] == ["extract"]
        assert model.prompts == []
