"""`paperboy channels seed`: files, ORCIDs and identifiers become what a channel learns from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.origins import Origins
from bot.seeding import seed
from bot.wire import App
from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.errors import BadFeed, NotFound, Unreachable, UsageError
from core.ingest.listing import Listing
from core.ingest.ports import Bibliography, PaperFinder
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("slack", "T1", "C1")
ORCID = "0000-0002-1825-0097"
STORED, ASKED = a_paper(1), a_paper(2)


class Sources(PaperFinder, Bibliography):
    """A source that can be asked for papers by number, and for what one person wrote."""

    name = "both"

    def __init__(self) -> None:
        self.fails = False
        self.requests: list[Sequence[PaperId]] = []

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        self.requests.append(ids)
        if self.fails:
            raise Unreachable("both did not answer.")
        return a_listing([ASKED] if ASKED.id in ids else [])

    async def search(self, words: str, *, limit: int) -> Listing:
        return a_listing([])

    async def works_of(self, orcid: str, *, limit: int) -> tuple[Paper, ...]:
        return (a_paper(60), a_paper(61)) if orcid == ORCID else ()


@pytest.fixture
def source() -> Sources:
    return Sources()


@pytest.fixture
async def app(source: Sources) -> AsyncIterator[App]:
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(Subscription(channel=CHANNEL), at=AT)
        await store.add(a_listing([STORED]), at=AT)
        origins = Origins(sources={}, finders=(source,), bibliographies=(source,))
        yield App(store=store, clock=FakeClock(NOON), load_origins=lambda: origins)


async def stored_ids(store: Store) -> set[PaperId]:
    return {one.paper.id for one in await store.seeds(CHANNEL)}


async def test_all_kinds_together(app: App, source: Sources, tmp_path: Path) -> None:
    """Files, an ORCID and identifiers go together; what is stored is not asked for, and what is missing is told."""
    library = tmp_path / "mine.bib"
    library.write_text("@article{a, title={On fog}, doi={10.1234/fog}}\n@article{b, author={Ng, Ada}}")
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("2602.00001\n2602.00002\n2602.09999\n")
    found = await seed(app, str(CHANNEL), "main", [str(library), ORCID, str(numbers), "2602.00001"], show=False)
    expected = {PaperId("doi", "10.1234/fog"), a_paper(60).id, a_paper(61).id, STORED.id, ASKED.id}
    assert {paper.id for paper in found.papers} == expected == await stored_ids(app.store)
    assert found.new == 5
    assert [(one.where, one.reason) for one in found.missing] == [
        ("b", "it has no title"),
        ("2602.09999", "no source knows it"),
    ]
    assert [set(ids) for ids in source.requests] == [{ASKED.id, PaperId("arxiv", "2602.09999")}]
    again = await seed(app, str(CHANNEL), "main", [str(library)], show=False)
    assert (again.new, len(await stored_ids(app.store))) == (0, 5)
    assert await app.store.paper(PaperId("doi", "10.1234/fog")) is None
    assert not (await app.store.candidates(Subscription(channel=CHANNEL, categories=("doi",)))).items


async def test_many_identifiers_are_few_questions(app: App, source: Sources) -> None:
    """A source is asked for fifty papers at once, and its failure is told beside what was found."""
    source.fails = True
    found = await seed(app, str(CHANNEL), "main", [f"2602.{n:05}" for n in range(1, 121)], show=False)
    assert [len(ids) for ids in source.requests] == [49, 50, 20]
    assert [paper.id for paper in found.papers] == [STORED.id]
    assert found.troubles == ("both did not answer.",)
    assert len(found.missing) == 119


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("teapot", UsageError),
        ("no/such/file.bib", UsageError),
        ("x" * 5_000, UsageError),
        ("nul\0", UsageError),
        ("2602.09999", NotFound),
        ("0000-0001-5109-3700", NotFound),
        (".", UsageError),
        (str(Path(__file__).with_name("operation") / "test_heap.py"), BadFeed),
    ],
)
async def test_what_teaches_nothing(app: App, typed: str, error: type[Exception]) -> None:
    """What is neither file nor ORCID nor paper, or holds none, is told, and the channel keeps nothing."""
    with pytest.raises(error):
        await seed(app, str(CHANNEL), "main", [typed], show=False)
    assert await stored_ids(app.store) == set()


async def test_a_channel_that_is_not_subscribed(app: App) -> None:
    """A channel that has no digest learns nothing."""
    with pytest.raises(NotFound, match="no subscription"):
        await seed(app, "slack:T1/C9", "main", ["2602.00001"], show=False)


async def test_the_newest_thousand_stay(app: App, tmp_path: Path) -> None:
    """Of a larger library the first thousand papers count, and the rest is told."""
    library = tmp_path / "all.bib"
    library.write_text("\n".join(f"@misc{{k{n}, title={{Fog {n}}}, doi={{10.1234/{n}}}}}" for n in range(1_003)))
    found = await seed(app, str(CHANNEL), "main", [str(library)], show=False)
    assert (len(found.papers), len(found.missing), len(await stored_ids(app.store))) == (1_000, 3, 1_000)
