"""The part of Paperboy that reads, in one process with a store and a time of its own; journeys move it through days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime

import stamina

from bot.origins import Origins
from bot.settings import Settings
from core.channels import Subscription
from core.converse.ports import Store
from core.ingest import backfill
from core.ingest.listing import Listing
from core.ingest.refresh import refresh
from core.ingest.state import Report
from core.papers.identifiers import PaperId
from core.papers.paper import Dossier, Paper
from tests.fakes.clock import FakeClock
from tests.fakes.origins import open_origins
from tests.fakes.stores import SqlStore
from tests.replay import Replay


@dataclass
class World:
    """arXiv and Hugging Face as the replay server tells them, one reader, our store, and the time."""

    replay: Replay
    origins: Origins
    store: Store
    clock: FakeClock
    reader: Subscription

    async def lives(self, moment: datetime) -> tuple[Report, ...]:
        """It is that moment, here as there, and everything is read."""
        self.replay.set_today(moment.date().isoformat())
        self.clock.set(moment)
        return await self.refresh()

    async def refresh(self) -> tuple[Report, ...]:
        """Everything that the reader wants is read."""
        wanted = self.origins.scopes(self.reader.categories)
        return await refresh(wanted, self.store, self.clock, tell=lambda _: None, archives=self.origins.archives)

    async def reads_again(self, scope: str) -> Listing:
        """The same listing of arXiv once more, as if it had never been read."""
        listing = await self.origins.sources["arxiv"].fetch(scope, None)
        await self.store.add(listing, at=self.clock.now())
        return listing

    async def harvests(self, scope: str, day: date) -> Report:
        """That day is read from arXiv's archive."""
        archive = self.origins.archives["arxiv"]
        return await backfill.read(archive, scope, day, day, self.store, self.clock, tell=lambda _: None)

    async def held(self, day: date, category: str | None = None) -> list[str]:
        """What the store holds of a day's listing, in order."""
        page = await self.store.papers(day=day, category=category)
        return sorted(paper.id.value for paper in page.papers)

    def truth(self, day: date) -> list[str]:
        """What the store should hold of that day for the reader, in order."""
        return sorted(self.replay.truth(day.isoformat(), self.reader.categories))

    async def missing(self, day: date, category: str) -> set[str]:
        """What was announced in a category and is not in the store."""
        return set(self.replay.truth(day.isoformat(), [category])) - set(await self.held(day, category))

    async def paper(self, id: PaperId) -> Paper:
        """A paper that must be there."""
        paper = await self.store.paper(id)
        assert paper
        return paper

    async def dossier(self, id: PaperId) -> Dossier:
        """All that is known of a paper that must be there."""
        dossier = await self.store.dossier(id)
        assert dossier
        return dossier


@asynccontextmanager
async def living(
    replay: Replay, reader: Subscription, now: datetime, *, pace_s: float = 0.0, database_url: str = "sqlite://"
) -> AsyncIterator[World]:
    """A world with an empty store; the bot's manners, but quicker: `pace_s` between requests, none between tries."""
    clock = FakeClock(now)
    sources = {
        "arxiv": {"base_url": replay.url, "pace_s": pace_s},
        "huggingface": {"base_url": f"{replay.url}/hf", "pace_s": pace_s},
    }
    settings = Settings.model_validate({"contact": "tests@example.org", "sources": sources})
    with stamina.set_testing(True, attempts=3, cap=True):
        async with SqlStore(database_url).open() as store, open_origins(settings, clock) as origins:
            yield World(replay=replay, origins=origins, store=store, clock=clock, reader=reader)
