"""Embeddings as the operator meets them: settings, the doctor, status, and the duty of the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from adapters.jobs.local import LocalJobs
from adapters.llm.embedding import LiteLlmEmbedder
from adapters.minilm.embedder import LocalEmbedder
from bot.embedding import embed_some
from bot.embedding_settings import EmbeddingsSettings
from bot.jobs.clock import keep_in_order
from bot.jobs.duties import upkeep_duty
from bot.operation import doctor, status, status_screen
from bot.operation.pulse import Pulses
from bot.origins import Origins
from bot.output import contract, screen
from bot.settings import ModelSettings, Settings
from bot.wire import App, meanings_of
from core.deliver.meanings import Meanings
from core.errors import ModelRefused
from core.papers.search import parse_query
from tests.fakes.clock import FakeClock
from tests.fakes.embedding import FakeEmbedder
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

KEY = "sk-known-0123456789"


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
async def app(embedder: FakeEmbedder) -> AsyncIterator[App]:
    clock = FakeClock(AT)
    async with SqlStore("sqlite://").open() as store:
        await store.add(a_listing(map(a_paper, range(1, 41))), at=AT)
        meanings = Meanings(embedder, store=store, spending=store, clock=clock)
        yield App(store=store, clock=clock, load_origins=lambda: Origins(sources={}), meanings=meanings)


async def test_which_model(app: App) -> None:
    """`local` is the one on this machine, another name is a provider's; without a name nothing embeds."""
    assert meanings_of(Settings(), app.store, app.clock) is None
    here = meanings_of(Settings(embeddings=EmbeddingsSettings(model="local")), app.store, app.clock)
    assert here and isinstance(here.embedder, LocalEmbedder)
    assert here.embedder.name == "all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("writer", "embeddings", "key"),
    [
        ("openai/gpt-5-mini", {}, KEY),
        ("anthropic/claude", {}, None),
        ("openai/gpt-5-mini", {"api_base": "http://127.0.0.1:1/v1"}, None),
        ("openai/gpt-5-mini", {"api_key": SecretStr("another")}, "another"),
        (None, {}, None),
    ],
)
async def test_whose_key(app: App, writer: str | None, embeddings: dict[str, object], key: str | None) -> None:
    """The key of the model that writes goes to the same provider at the same place, and to nobody else."""
    settings = Settings(
        model=ModelSettings(name=writer, api_key=SecretStr(KEY)),
        embeddings=EmbeddingsSettings.model_validate({"model": "openai/text-embedding-3-small", **embeddings}),
    )
    made = meanings_of(settings, app.store, app.clock)
    assert made and isinstance(made.embedder, LiteLlmEmbedder)
    assert made.embedder.endpoint.api_key == key


async def test_the_doctor_asks_once(app: App, embedder: FakeEmbedder) -> None:
    """The doctor asks the model for one vector, and tells how many papers have one; without a model it says nothing."""
    (check,) = await doctor.about_embeddings(app)
    assert (check.name, check.ok) == ("embeddings fake/words", True)
    assert check.detail == "answers in 0.0 s with 64 numbers; 0 of 40 papers embedded"
    assert [len(batch) for batch in embedder.batches] == [1]
    assert await doctor.about_embeddings(replace(app, meanings=None)) == []


async def test_the_doctor_says_what_is_missing(app: App, embedder: FakeEmbedder) -> None:
    """Where the model is not installed, the doctor has the sentence with the command."""
    embedder.fails_with(ModelRefused("It is not installed.", hint="make install EXTRAS=local-embeddings"))
    (check,) = await doctor.about_embeddings(app)
    assert (check.ok, check.detail, check.hint) == (
        False,
        "It is not installed.",
        "make install EXTRAS=local-embeddings",
    )


async def test_status_tells_how_far_it_is(app: App, embedder: FakeEmbedder) -> None:
    """Status has the papers with a vector and, where the model fails, its sentence, for people and as JSON."""
    assert app.meanings
    await embed_some(app.meanings)
    embedder.fails_with(ModelRefused("fake/words refuses the key.", hint="Set embeddings.api_key."))
    assert await embed_some(app.meanings) == 0
    await app.store.add(a_listing([a_paper(99)]), at=AT)
    assert await embed_some(app.meanings) == 0
    found = await status.read(app.store, app.clock.now())
    (told,) = contract.status(found)["embeddings"]
    assert (told["papers"], told["of"]) == (40, 41)
    assert told["problem"] == "fake/words refuses the key. Set embeddings.api_key."
    with screen.out.capture() as shown:
        status_screen.embeddings(found.embeddings)
    assert "40 of 41" in shown.get()
    assert "refuses the key" in shown.get()


async def test_the_service_embeds_what_comes(app: App, embedder: FakeEmbedder) -> None:
    """All papers that have no vector are embedded, and more are waited for until that is cancelled."""
    pulses, jobs = Pulses(), LocalJobs(app.clock)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        duties = [group.create_task(duty) for duty in (keep_in_order(app, jobs), upkeep_duty(app, jobs, pulses=pulses))]
        while await app.store.papers_to_embed(embedder.name, limit=1):
            pass
        for duty in duties:
            duty.cancel()
    assert "embedding" in pulses.ages_s()
    assert sum(map(len, embedder.batches)) == 40


async def test_a_bug_in_a_model_does_not_stop_the_service(app: App, embedder: FakeEmbedder) -> None:
    """Whatever a model raises, the duty goes on."""
    assert app.meanings
    embedder.fails_with(ZeroDivisionError())
    assert await embed_some(app.meanings) == 0


async def test_searches_compare_meanings(app: App) -> None:
    """Where a model embeds, the program's searches find papers that have no word; without one, none."""
    assert app.meanings
    await embed_some(app.meanings)
    query = parse_query("zzyzx", today=AT.date())
    found = await app.lookup.search(query, limit=5)
    assert found.near == found.total == 40 and all(hit.is_near for hit in found.hits)
    assert (await replace(app, meanings=None).lookup.search(query, limit=5)).total == 0
