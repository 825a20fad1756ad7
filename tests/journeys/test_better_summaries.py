"""A model that is slower than a digest waits, and one that never helps: the program on Slack, restarted in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot.posting import Posting
from bot.settings import Settings
from bot.wire import App, build, summary_requests
from core.channels import ChannelRef, Subscription
from core.deliver.ledger import DeliveryKind
from core.errors import ModelRefused
from core.ingest.state import State
from core.papers.paper import Paper
from core.summarise.budget import Caps
from core.summarise.ports import Completion, Prompt
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.papers import a_listing, a_paper
from tests.fakes.posting import BERLIN, DAY, DUE, HOUR, MINUTE, TODAY, checked, until
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN, CHANNEL, TEAM

THINGS = ("teapots", "lanterns", "ferries")
READER = Subscription(channel=ChannelRef("slack", TEAM, CHANNEL), categories=("cs.CL",), at=BERLIN, size=3)


def a_paper_on(number: int, thing: str) -> Paper:
    return a_paper(
        number,
        title=f"Watching {thing} from afar",
        abstract=f"Watching {thing} is hard in fog. Existing methods need scales. We propose a method that combines a"
        f" detector of {thing} with pooling. On three harbours it finds 96.1% of {thing}.",
        announced=TODAY,
    )


class SlowModel(FakeModel):
    """Writes good summaries, once it may."""

    def __init__(self) -> None:
        super().__init__(self._written, name="openai/small")
        self.may_answer = asyncio.Event()

    async def complete(self, prompt: Prompt) -> Completion:
        await self.may_answer.wait()
        return await super().complete(prompt)

    def _written(self, prompt: Prompt) -> str:
        thing = next(one for one in THINGS if one in prompt.user)
        gist = {"text": f"A detector with pooling finds 96.1% of {thing} in fog.", "quote": f"finds 96.1% of {thing}"}
        method = {"text": f"Detection of {thing} is pooled.", "quote": f"combines a detector of {thing} with pooling"}
        return json.dumps({"gist": gist, "method": method})


@dataclass
class Program:
    """The program with its clock in our hands."""

    app: App
    clock: FakeClock
    posting: Posting

    async def tick(self, *, after: timedelta = timedelta()) -> None:
        """A tick some time later, and all that it begins."""
        self.clock.move(after)
        await self.posting.tick()
        await until(lambda: not self.posting.is_busy)


@asynccontextmanager
async def started(
    slack: SlackStandIn, model: FakeModel, database: Path, *, wait_s: float, clock: FakeClock
) -> AsyncIterator[Program]:
    settings = Settings.model_validate(
        {
            "database_url": f"sqlite:///{database}",
            "slack": {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_base_url": slack.url, "pace_s": 0},
        }
    )
    async with build(settings) as app, summary_requests((model,), Caps(), app.store, clock) as requests:
        app = replace(app, clock=clock, began_at=clock.now(), requests=requests, digest_wait_s=wait_s)
        async with app.chats.of(READER.channel).open(), asyncio.TaskGroup() as group:
            yield Program(app, clock, Posting(app, app.chats, group, monotonic=lambda: clock.now().timestamp()))


async def subscribed(program: Program) -> None:
    """A channel that reads three papers, and it is its hour."""
    store = program.app.store
    await store.save_subscription(READER, at=DUE - DAY + MINUTE)
    papers = [a_paper_on(number, thing) for number, thing in enumerate(THINGS, 1)]
    await store.add(a_listing(papers, day=TODAY), at=DUE - HOUR)
    await checked(store, TODAY, State.FRESH)
    program.clock.set(DUE)


async def test_a_slow_model(tmp_path: Path) -> None:
    """The digest is on time with sentences of the abstracts; a process that starts later edits its messages, once."""
    clock, database = FakeClock(DUE - DAY), tmp_path / "paperboy.db"
    with SlackStandIn() as slack:
        async with started(slack, SlowModel(), database, wait_s=0, clock=clock) as program:
            await subscribed(program)
            await program.tick()
            posted = [(message.ts, message.key) for message in slack.messages]
            assert len(posted) == 4 and not any(message.edited for message in slack.messages)
            assert "sentences of the abstracts (the model was not ready in time)" in slack.messages[0].visible_text
        model = SlowModel()
        model.may_answer.set()
        async with started(slack, model, database, wait_s=20, clock=clock) as program:
            for minutes in (1, 2, 5, 60):
                await program.tick(after=minutes * MINUTE)
            delivery = await program.app.store.delivery(READER, TODAY, DeliveryKind.DAILY)
        assert [(message.ts, message.key) for message in slack.messages] == posted
        assert delivery and {message.id for message in delivery.sent.values()} == {ts for ts, _ in posted}
        head, *cards = (message.visible_text for message in slack.messages)
        assert "Summaries: openai/small" in head and "not ready" not in head
        for thing in THINGS:
            (card,) = (one for one in cards if f"Watching {thing}" in one)
            assert f"A detector with pooling finds 96.1% of {thing} in fog." in card
            assert "Summary by openai/small" in card and "Bookmark" in card
        updates = [arguments["ts"] for method, arguments in slack.calls if method == "chat.update"]
        assert sorted(updates) == sorted(ts for ts, _ in posted) and len(model.prompts) == 3
        assert not slack.violations


async def test_a_model_that_never_helps(tmp_path: Path) -> None:
    """The digest is on time and says why its summaries are what they are; all day it is left as it is."""
    model = FakeModel(ModelRefused("The key is wrong."))
    with SlackStandIn() as slack:
        async with started(slack, model, tmp_path / "paperboy.db", wait_s=20, clock=FakeClock(DUE - DAY)) as program:
            await subscribed(program)
            await program.tick()
            assert "the provider refused its key, model or question" in slack.messages[0].visible_text
            for minutes in (1, 2, 5, 15, 60, 120, 240):
                await program.tick(after=minutes * MINUTE)
        assert len(slack.messages) == 4 and not any(message.edited for message in slack.messages)
        assert len(model.prompts) < 20
        assert not slack.violations
