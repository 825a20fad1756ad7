"""The composition root: what summaries are written by."""

from __future__ import annotations

from bot.wire import summary_requests
from core.channels import Depth
from core.summarise.budget import Caps
from core.summarise.prompts import recipe
from core.summarise.summaries import Summariser
from storage.store import SqlStore
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, a_listing, a_paper

#: a claim of an invented paper, with its quote
SOUND = {"gist": {"text": "Counting begins at one, and that works in every case.", "quote": "propose to begin at one"}}


async def test_a_model_writes_by_the_present_prompt() -> None:
    """With a model, summaries are written by our prompt, checked, and stored as its recipe; the same again is free."""
    model, clock = FakeModel(SOUND, name="acme/small"), FakeClock(AT)
    async with SqlStore("sqlite://").opened() as store, summary_requests([model], Caps(), store, clock) as requests:
        await store.add(a_listing([a_paper(1)]), at=AT)
        for _ in range(2):
            found = await Summariser(store, requests).summarise_paper(a_paper(1), language="en")
            assert (found.lack, found.summary.made_by) == (None, "acme/small")
            assert (found.summary.gist, found.summary.recipe) == (SOUND["gist"]["text"], recipe(Depth.PARTS))
        assert len(model.prompts) == 1


async def test_without_a_model_nothing_is_written() -> None:
    """Without a model there is nobody to ask."""
    async with SqlStore("sqlite://").opened() as store, summary_requests([], Caps(), store, FakeClock(AT)) as requests:
        assert requests is None
