"""What a digest says of its summaries: who made them, what is wanting and why, what they cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.origins import SOURCES
from core.channels import ChannelRef, Depth, Subscription
from core.converse.ports import Store
from core.deliver import digest
from core.deliver.content import Digest, Item
from core.deliver.ledger import Counts
from core.deliver.makers import price_of, summary_notes
from core.ingest.state import SourceState, State
from core.papers.paper import Paper, Summary
from core.summarise.calls import ModelCalls
from core.summarise.ports import LanguageModel, Prompt, Spending
from core.summarise.requests import Lack, SummaryRequests, Writer
from core.summarise.summaries import Summariser
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

READER = Subscription(channel=ChannelRef("slack", "T1", "C1"), categories=("cs.CL",), size=3)
NOTHING = Spending()
COST = Spending(calls=3, input_tokens=1_200, output_tokens=300, cost_usd=0.0125)


def item(made_by: str = "extract", lack: Lack | None = None, *, language: str = "en", recipe: str = "") -> Item:
    summary = Summary(
        paper=a_paper(1).id, version=1, language=language, gist="It counts.", made_by=made_by, recipe=recipe
    )
    return Item(paper=a_paper(1), score=0.5, reasons=(), summary=summary, lack=lack)


def line(*items: Item, language: str = "en", spending: Spending = NOTHING) -> str:
    """The line below a digest of these."""
    shown = Digest(
        subscription=replace(READER, language=language),
        day=DAY,
        counts=Counts(),
        sources=(),
        items=items,
        traits=SOURCES,
        spending=spending,
    )
    return "".join(span.text for note in summary_notes(shown) for span in getattr(note, "spans", ()))


def test_without_papers_there_is_nothing_to_say() -> None:
    """A digest without papers has no line on its summaries."""
    assert line() == ""


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([item(), item()], "Summaries: sentences of the abstracts"),
        ([item("openai/gpt-5-mini")] * 2, "Summaries: openai/gpt-5-mini"),
        (
            [item("openai/gpt-5-mini")] * 3 + [item(lack=Lack.BUDGET)] * 2 + [item("huggingface")],
            "Summaries: 3 by openai/gpt-5-mini, 2 from sentences of the abstracts (the budget is used up), "
            "1 by Hugging Face",
        ),
        ([item(lack=Lack.FAILED)], "Summaries: sentences of the abstract (the model did not answer as it should)"),
        (
            [item(lack=Lack.REFUSED)] * 2,
            "Summaries: sentences of the abstracts (the provider refused its key, model or question)",
        ),
        ([item(lack=Lack.DEADLINE)], "Summaries: sentences of the abstract (the model was not ready in time)"),
        ([item("openai/gpt-5-mini", Lack.DEADLINE, recipe="1")], "Summaries: openai/gpt-5-mini"),
    ],
)
def test_who_made_them(items: list[Item], told: str) -> None:
    """Whoever made the summaries is named; of several how many each made, and why some are not by a model."""
    assert line(*items) == told


def test_many_makers_stay_one_line() -> None:
    """Of many makers the first are named and the others counted."""
    told = line(*(item(f"model/{number}") for number in range(50)))
    assert told.startswith("Summaries: 1 by model/0, 1 by model/1")
    assert told.endswith("46 by others")


def test_another_language_is_said_once() -> None:
    """What stays in another language than the channel's is said once for all papers, with the reason."""
    told = line(item(lack=Lack.NO_MODEL), item(lack=Lack.NO_MODEL), language="de")
    assert told == "Summaries: sentences of the abstracts; in English: no model is configured for German"
    some = line(item("acme/small", language="zh"), item(lack=Lack.BUDGET), language="zh-CN")
    assert some.endswith("1 from sentences of the abstract (the budget is used up); 1 in English")
    assert "in English" not in line(item(language="en"), language="en-GB")


def test_what_they_cost() -> None:
    """The cost stands behind; tokens where nobody knows the price; nothing where no call was made."""
    assert line(item("acme/small"), spending=COST) == "Summaries: acme/small · $0.0125 (1,500 tokens)"
    assert price_of(replace(COST, unpriced_calls=3, cost_usd=0.0)) == "1,500 tokens, price unknown"
    assert price_of(replace(COST, unpriced_calls=1)) == "$0.0125 and 1 call of unknown price (1,500 tokens)"
    assert price_of(replace(COST, cost_usd=12.5)) == "$12.50 (1,500 tokens)"
    assert price_of(NOTHING) == ""


async def write(models: list[LanguageModel], paper: Paper, language: str, depth: Depth, *_: object) -> Summary:
    completion = await models[0].complete(Prompt(system="Summarise.", user=paper.title))
    return Summary(paper=paper.id, version=1, language=language, gist=completion.text, made_by=models[0].name)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.save_subscription(READER, at=AT)
        await opened.add(a_listing([a_paper(number) for number in range(5)]), at=AT)
        await opened.save_source_state(
            SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT, listing_day=DAY, listed=5)
        )
        yield opened


async def test_a_digest_by_a_model(store: Store) -> None:
    """A digest has a model's summaries, says so and what they cost; the second channel's costs nothing more."""
    clock, model = FakeClock(AT), FakeModel("Counting ends.", name="acme/small")
    calls = ModelCalls([model], store=store, clock=clock)
    writer = Writer(write=write, recipe=str)
    async with SummaryRequests(store, clock, calls, writer).open() as requests:
        summariser = Summariser(store, requests)
        costs = []
        for reader in (READER, replace(READER, channel=ChannelRef("slack", "T1", "C2"))):
            await store.save_subscription(reader, at=AT)
            result = await digest.deliver(reader, DAY, store=store, chat=FakeChat(), clock=clock, summariser=summariser)
            assert {one.summary.gist for one in result.digest.items} == {"Counting ends."}
            assert "Summaries: acme/small" in str(digest.post_of(result))
            costs.append(result.digest.spending.calls)
    assert costs == [3, 0]
    assert len(model.prompts) == 3


async def test_a_digest_that_is_shown_again(store: Store) -> None:
    """A past digest is shown with the summaries that are stored, and no model is asked for it."""
    clock = FakeClock(AT)
    await digest.deliver(READER, DAY, store=store, chat=FakeChat(), clock=clock)
    posted = await digest.posted_on(READER, DAY, store=store)
    assert posted and {one.lack for one in posted.digest.items} == {None}
