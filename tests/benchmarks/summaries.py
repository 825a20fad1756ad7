"""What summaries by a model cost: a replayed month of digests in 50 channels, and how fast they come.

The model counts and invents. The baseline is what pages do that summarise every paper they collect: one call for each
of the month's papers and each language. `python -m tests.benchmarks.summaries`
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from datetime import time as hour
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from core.channels import ChannelRef, Depth, Subscription
from core.converse.ports import Store
from core.deliver import digest
from core.ingest.listing import Listing
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Paper, Summary
from core.summarise.calls import ModelCalls
from core.summarise.ports import Completion, LanguageModel, Prompt, Usage
from core.summarise.requests import AT_ONCE, SummaryRequests, Writer
from core.summarise.summaries import Summariser
from tests.benchmarks.figures import Row, show
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.stores import SqlStore
from tests.shared import SHARED

MONTH, CHANNELS, SIZE = "2026-01", 50, 10
#: seconds of one call, and papers for the measure of speed
CALL_S, PAPERS = 0.5, 160
#: of the ideal throughput
LIMIT = 0.9
#: seconds for a digest of ten
LIMIT_S = 2.0
CATEGORIES = ("cs.CL", "cs.CV", "cs.AI", "cs.IT", "cs")
INTERESTS = (
    *("agents that use tools", "graph neural networks", "diffusion models for images", "robots that grasp"),
    *("retrieval and search", "medical images", "speech and audio", "safety and alignment", "time series", "theory"),
)
LANGUAGES = ("en", "en", "en", "de", "zh")
PER = "tokens per delivered summary"
#: tokens of the instructions, of a character of a paper, and of an answer
_INSTRUCTIONS, _CHARACTER, _ANSWER = 600, 0.25, 300


class CountingModel(LanguageModel):
    """Counts tokens, and answers with the question."""

    def __init__(self) -> None:
        self.tokens = 0
        self.calls: defaultdict[str, int] = defaultdict(int)

    @property
    def name(self) -> str:
        return "fake/counting"

    async def complete(self, prompt: Prompt) -> Completion:
        self.calls[prompt.system] += 1
        read = tokens_of(prompt.user) - _ANSWER
        self.tokens += read + _ANSWER
        return Completion(text="It counts.", usage=Usage(model=self.name, input_tokens=read, output_tokens=_ANSWER))


def tokens_of(text: str) -> int:
    """What a call about a text costs, about."""
    return _INSTRUCTIONS + round(_CHARACTER * len(text)) + _ANSWER


async def write(models: Sequence[LanguageModel], paper: Paper, language: str, depth: Depth, *_: object) -> Summary:
    """One call for a paper in a language."""
    prompt = Prompt(system=f"{paper.id} {language}", user=f"{paper.title} {paper.abstract}")
    completion = await models[0].complete(prompt)
    return Summary(
        paper=paper.id, version=paper.version, language=language, gist=completion.text, made_by=models[0].name
    )


def run() -> list[Row]:
    """Measure; needs ../shared."""
    return [*asyncio.run(_month()), *asyncio.run(_speed())]


async def _month() -> list[Row]:
    days, model = _papers(), CountingModel()
    clock = FakeClock(datetime.combine(min(days), hour(9), UTC))
    delivered, own = 0, set[tuple[PaperId, str]]()
    async with _a_summariser(model, clock) as (store, summariser):
        readers = [_reader(number) for number in range(CHANNELS)]
        for reader in readers:
            await store.save_subscription(reader, at=clock.now())
        for day, papers in sorted(days.items()):
            clock.set(datetime.combine(day, hour(9), UTC))
            await _list(store, day, papers, at=clock.now())
            for reader in readers:
                result = await digest.deliver(
                    reader, day, store=store, chat=FakeChat(), clock=clock, summariser=summariser
                )
                delivered += len(result.digest.items)
                own |= {(one.paper.id, reader.language) for one in result.digest.items}
    if set(model.calls.values()) != {1} or len(model.calls) != len(own):
        raise AssertionError(f"{sum(model.calls.values())} calls for {len(own)} papers in a language")
    tokens = {one.id: tokens_of(f"{one.title} {one.abstract}") for papers in days.values() for one in papers}
    every, once = sum(tokens.values()), sum(tokens[id] for id in {id for id, _ in own})
    languages = len(set(LANGUAGES))
    return [
        Row(f"each of {len(tokens):,} papers in {languages} languages", every * languages / delivered, PER, None),
        Row(
            f"{CHANNELS} channels in {languages} languages",
            model.tokens / delivered,
            PER,
            model.tokens / every / languages,
        ),
        Row(f"each of {len(tokens):,} papers in one language", every / delivered, PER, None),
        Row(f"{CHANNELS} channels, if all read that one", once / delivered, PER, once / every),
        Row("calls per delivered paper and language (limit 1)", len(model.calls) / len(own), "", None),
        Row("summaries delivered", delivered, "", None),
    ]


async def _speed() -> list[Row]:
    model = FakeModel("It counts.", takes_s=CALL_S)
    papers = [paper for papers in _papers().values() for paper in papers][: PAPERS + SIZE]
    async with _a_summariser(model, FakeClock()) as (store, summariser):
        await _list(store, date(2026, 1, 5), papers, at=datetime(2026, 1, 5, tzinfo=UTC))
        took_s = []
        for some in (papers[:SIZE], papers[SIZE:]):
            began = time.perf_counter()
            found = await summariser.summarise(some, language="en", within_s=60)
            took_s.append(time.perf_counter() - began)
            if any(one.lack for one in found.values()):
                raise AssertionError("not all summaries are by the model")
    ideal = PAPERS / AT_ONCE * CALL_S / took_s[1]
    return [
        Row(f"ten papers at {CALL_S} s a call (limit {LIMIT_S:.0f})", took_s[0], "s", took_s[0] / CALL_S),
        Row(f"{PAPERS} papers, {AT_ONCE} in flight (share of the ideal, limit {LIMIT})", took_s[1], "s", ideal),
    ]


@asynccontextmanager
async def _a_summariser(model: LanguageModel, clock: FakeClock) -> AsyncIterator[tuple[Store, Summariser]]:
    with TemporaryDirectory() as folder:
        async with SqlStore(f"sqlite:///{Path(folder) / 'bench.db'}").open() as store:
            calls = ModelCalls([model], store=store, clock=clock)
            writer = Writer(write=write, recipe=lambda depth: f"{depth}-1")
            async with SummaryRequests(store, clock, calls, writer).open() as requests:
                yield store, Summariser(store, requests)


def _papers() -> dict[date, list[Paper]]:
    """The month's new papers by day, each once."""
    days: defaultdict[date, list[Paper]] = defaultdict(list)
    with gzip.open(SHARED / f"data/replay/arxiv/arxiv-{MONTH}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record.get("announce", "new") == "new" and set(record["categories"]) & set(CATEGORIES):
                days[date.fromisoformat(record["day"])].append(_paper(record))
    return days


def _paper(record: dict[str, object]) -> Paper:
    return Paper(
        id=PaperId("arxiv", str(record["id"])),
        title=str(record["title"]),
        abstract=str(record["summary"]),
        categories=tuple(map(str, record["categories"])),  # type: ignore[call-overload]  # a list of strings
    )


def _reader(number: int) -> Subscription:
    category, interest = list(product(CATEGORIES, INTERESTS))[number % CHANNELS]
    return Subscription(
        channel=ChannelRef("slack", "T1", f"C{number}"),
        categories=(category,),
        interest=interest,
        size=SIZE,
        language=LANGUAGES[number % len(LANGUAGES)],
    )


async def _list(store: Store, day: date, papers: Sequence[Paper], *, at: datetime) -> None:
    lines = tuple(
        Announcement(paper=one, source="arxiv", scope=one.categories[0], day=day, type=AnnounceType.NEW)
        for one in papers
    )
    await store.add(Listing(source="arxiv", scope="all", day=day, announcements=lines), at=at)
    for scope in CATEGORIES:
        await store.save_source_state(SourceState(source="arxiv", scope=scope, state=State.FRESH, checked_at=at))


if __name__ == "__main__":
    show("Summaries", run())
