from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from bot.wire import summary_requests
from core.channels import ChannelRef, Depth, Subscription, UserRef
from core.converse.command import Command
from core.converse.desk import FrontDesk
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from core.posts.tree import Post
from core.summarise.budget import Caps
from core.summarise.reading import TextReader
from tests.fakes.clock import FakeClock
from tests.fakes.desk_driver import words
from tests.fakes.fulltexts import ARXIV_ONLY, CC_BY, FakeFullTexts, a_text
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL, ANN = ChannelRef("slack", "T1", "C1"), UserRef("slack", "T1", "U1")
OPEN, CLOSED = a_paper(1, licence=CC_BY), a_paper(2, licence=ARXIV_ONLY)
READER = Subscription(channel=CHANNEL, categories=("cs.CL",), depth=Depth.FULL)


async def never(subscription: Subscription, day: date) -> Result:
    raise AssertionError


def an_answer(gist: str, quote: str) -> str:
    parts = ("motivation", "method", "result", "conclusion", "novelty", "readers")
    told = {name: {"quote": "", "text": ""} for name in parts}
    return json.dumps({"gist": {"quote": quote, "text": gist}, **told})


async def paper_post(model: FakeModel, paper: str, *, subscription: Subscription = READER, times: int = 1) -> Post:
    """What `/paper` shows in a channel."""
    clock = FakeClock(AT)
    async with SqlStore("sqlite://").open() as store, summary_requests((model,), Caps(), store, clock) as requests:
        await store.add(a_listing([OPEN, CLOSED]), at=AT)
        await store.save_subscription(subscription, at=AT)
        source = FakeFullTexts(a_text(OPEN.id), a_text(CLOSED.id))
        desk = FrontDesk(
            store=store,
            clock=clock,
            deliver=never,
            lookup=Lookup(store=store, clock=clock),
            texts=TextReader(store, clock, lambda: source),
            requests=requests,
        )
        for _ in range(times):
            post = await desk.handle(Command(name="paper", arguments=paper, actor=ANN, place=CHANNEL, at=AT))
        return post


GIST = "A camera on a pole misses 21 of 100 lanterns in heavy fog."
QUOTE = "In heavy fog it misses 21 of 100 lanterns."


async def test_the_deepest_summary_reads_the_text() -> None:
    """Where a channel wants all parts and the licence is open, a model reads the full text once, and says so."""
    model = FakeModel(an_answer(GIST, QUOTE))
    card = words(await paper_post(model, "2602.00001", times=2))
    assert GIST in card
    assert "from the full text" in card
    (prompt,) = model.prompts
    assert QUOTE in prompt.user


async def test_other_depths_and_licences_do_not() -> None:
    """A shallower summary, and one of a paper whose licence is not open, is made from the abstract."""
    for paper, depth in (("2602.00001", Depth.PARTS), ("2602.00002", Depth.FULL)):
        model = FakeModel(an_answer(GIST, QUOTE))
        card = words(await paper_post(model, paper, subscription=replace(READER, depth=depth)))
        assert GIST not in card, "the abstract does not bear it out"
        assert all(QUOTE not in prompt.user for prompt in model.prompts if not prompt.user.count("previous answer"))
