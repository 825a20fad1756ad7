"""The composition root: what summaries are written by, and what full texts are read by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.origins import Origins
from bot.wire import App, summary_requests
from core.channels import Depth, Subscription
from core.converse.command import Command
from core.converse.desk import FrontDesk
from core.deliver import digest
from core.deliver.digest import Result
from core.summarise.budget import Caps
from core.summarise.prompts import recipe
from core.summarise.summaries import Summariser
from tests.fakes.clock import FakeClock
from tests.fakes.desk_driver import ANN, CHANNEL, READS_CL
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

#: a claim of an invented paper, with its quote
SOUND = {"gist": {"text": "Counting begins at one, and that works in every case.", "quote": "propose to begin at one"}}


async def test_a_model_writes_by_the_present_prompt() -> None:
    """With a model, summaries are written by our prompt, checked, and stored as its recipe; the same again is free."""
    model, clock = FakeModel(SOUND, name="acme/small"), FakeClock(AT)
    async with SqlStore("sqlite://").open() as store, summary_requests([model], Caps(), store, clock) as requests:
        await store.add(a_listing([a_paper(1)]), at=AT)
        for _ in range(2):
            found = await Summariser(store, requests).summarise_paper(a_paper(1), language="en")
            assert (found.lack, found.summary.made_by) == (None, "acme/small")
            assert (found.summary.gist, found.summary.recipe) == (SOUND["gist"]["text"], recipe(Depth.PARTS))
        assert len(model.prompts) == 1


async def test_without_a_model_nothing_is_written() -> None:
    """Without a model there is nobody to ask."""
    async with SqlStore("sqlite://").open() as store, summary_requests([], Caps(), store, FakeClock(AT)) as requests:
        assert requests is None


async def test_an_order_asks_models_when_it_is_delivered() -> None:
    """Who orders today's digest does not wait for a model before it is prepared."""
    model, clock = FakeModel(SOUND), FakeClock(AT)
    asked: list[int] = []

    async def deliver(subscription: Subscription, day: date) -> Result:
        asked.append(len(model.prompts))
        return replace(await digest.preview(subscription, day, store=store), outcome=digest.DeliveryOutcome.POSTED)

    async with SqlStore("sqlite://").open() as store, summary_requests([model], Caps(), store, clock) as requests:
        app = App(store=store, clock=clock, load_origins=lambda: Origins(sources={}), requests=requests)
        await store.add(a_listing([a_paper(1)]), at=AT)
        await store.save_subscription(READS_CL, at=AT)
        desk = FrontDesk(store=store, clock=clock, deliver=deliver, lookup=app.lookup, requests=requests)
        for arguments in ("", "preview"):
            await desk.handle(Command(name="digest", arguments=arguments, actor=ANN, place=CHANNEL, at=AT))
    assert asked == [0] and len(model.prompts) == 1


async def test_texts_are_read_by_one_reader() -> None:
    """Whoever reads full texts in a process shares their turns, and what could not be read."""
    async with SqlStore("sqlite://").open() as store:
        app = App(store=store, clock=FakeClock(AT), load_origins=lambda: Origins(sources={}))
        assert app.texts is app.texts
