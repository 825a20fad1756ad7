"""What becomes of papers after their first day: the recorded year knows none of it, so that a copy is written on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.arxiv_listing import ArxivListing
from adapters.sources.http import PoliteClient
from core.channels import ChannelRef, Subscription
from core.ingest.listing import Listing
from core.ingest.state import Report, State
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Event, EventKind
from tests.fakes.papers import events_in, is_retold
from tests.journeys.world import World, living
from tests.replay import RECORDED, Replay
from tests.shared import needs_shared

pytestmark = needs_shared

CATEGORIES = ("cs.CL", "cs.AI")
CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"), categories=CATEGORIES)
FIRST, BEFORE, AGAIN, AFTER, LAST = (date(2026, 2, day) for day in (4, 5, 6, 9, 10))
DAYS = (FIRST, BEFORE, AGAIN, AFTER, LAST)
MONTHS = ("arxiv-2026-01.jsonl.gz", "arxiv-2026-02.jsonl.gz")
NOTICE = "This paper has been withdrawn by its authors: the third lantern was never lit"
VENUE, DOI = "Invented Journal of Lanterns 7 (2026) 1-12", "10.5555/lanterns.7"
CODE = "https://github.com/invented/lanterns"

Line = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Written:
    """A copy of the recorded year that was written on, and the papers that it goes on about."""

    data: Path
    #: a second version on AGAIN, and a third on LAST
    revised: PaperId
    #: a second version on AGAIN, whose comment takes it back
    withdrawn: PaperId
    #: a second version on AGAIN, whose abstract takes it back
    erased: PaperId
    #: a second version on AGAIN, with journal and DOI
    published: PaperId
    #: a second version on AGAIN, of a paper from before we began
    unseen: PaperId

    @property
    def replaced(self) -> set[PaperId]:
        """All papers with a new version on AGAIN."""
        return {self.revised, self.withdrawn, self.erased, self.published, self.unseen}

    def votes(self, upvotes: int, **more: object) -> None:
        """Let Hugging Face's list of the first day hold the revised paper with that many votes, and nothing else."""
        paper = {"id": self.revised.value, "title": "Lanterns", "summary": "", "authors": [], "upvotes": upvotes}
        told = [{"paper": {**paper, "publishedAt": "2026-02-04T05:00:00.000Z", **more}, "numComments": 2}]
        (self.data / "huggingface" / f"{FIRST}.json").write_text(json.dumps(told))


def noon(day: date) -> datetime:
    """Of that day, in London."""
    return datetime.combine(day, time(12), UTC)


def a_world(replay: Replay) -> AbstractAsyncContextManager[World]:
    return living(replay, CHANNEL, noon(FIRST))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Two months of the year, the second one with replacements; nothing of the year itself is changed."""
    data = tmp_path_factory.mktemp("year")
    january, february = (list(recorded(month)) for month in MONTHS)
    known = [one for one in february if one["day"] == str(FIRST) and both(one)][:4]
    unseen = next(one for one in january if both(one))
    lines = [*(replacement(one) for one in (known[0], unseen)), replacement(known[0], version=3, day=str(LAST))]
    lines += [replacement(known[1], comment=NOTICE), replacement(known[2], summary=f"{NOTICE}.")]
    lines += [replacement(known[3], journal_ref=VENUE, doi=DOI)]
    written_on(data, lines)
    ids = [PaperId("arxiv", one["id"]) for one in (*known, unseen)]
    revised, withdrawn, erased, published, old = ids
    return Written(data=data, revised=revised, withdrawn=withdrawn, erased=erased, published=published, unseen=old)


def recorded(month: str) -> Iterator[Line]:
    with gzip.open(RECORDED / "arxiv" / month, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def both(line: Line) -> bool:
    """Is it a paper of the first category that is cross-listed in the second?"""
    return bool(line["categories"][0] == CATEGORIES[0] and CATEGORIES[1] in line["categories"])


def replacement(line: Line, *, version: int = 2, day: str = str(AGAIN), **changes: str) -> Line:
    """The same paper, announced again in another version, under another title and abstract."""
    again = {"title": f"{line['title']}, revision {version}", "summary": f"Revision {version} lights more lanterns."}
    return {**line, **again, "version": version, "day": day, "announce": "replace", **changes}


def written_on(data: Path, lines: Sequence[Line]) -> None:
    """A directory for the replay server: two months with more lines in the second one, and no votes at all."""
    (data / "arxiv").mkdir()
    (data / "huggingface").mkdir()
    more = "".join(f"{json.dumps(line)}\n" for line in lines)
    january, february = ((RECORDED / "arxiv" / month).read_bytes() for month in MONTHS)
    (data / "arxiv" / MONTHS[0]).write_bytes(january)
    (data / "arxiv" / MONTHS[1]).write_bytes(february + gzip.compress(more.encode()))
    (data / "arxiv" / "library.jsonl.gz").symlink_to(RECORDED / "arxiv" / "library.jsonl.gz")
    (data / "biorxiv").symlink_to(RECORDED / "biorxiv")
    for number in range(-1, (LAST - FIRST).days + 1):
        (data / "huggingface" / f"{FIRST + timedelta(days=number)}.json").write_text("[]")


@pytest.fixture(scope="module")
def server(written: Written) -> Iterator[Replay]:
    written.votes(3)
    with Replay(today=FIRST.isoformat(), data=written.data) as running:
        yield running


@pytest.fixture
def replay(server: Replay) -> Replay:
    """On the first day, without faults and with an empty log."""
    server.set_today(FIRST.isoformat())
    server.clear_faults()
    server.clear_log()
    return server


def of_arxiv(reports: Iterable[Report]) -> list[Report]:
    return [report for report in reports if report.source == "arxiv"]


def event_facts(events: Iterable[Event]) -> list[tuple[PaperId, EventKind, str, str]]:
    """What happened, without when."""
    return sorted((one.paper, one.kind, one.detail, one.source) for one in events)


async def test_the_paper_is_brought_up_to_date(replay: Replay, written: Written) -> None:
    """A replacement shows its newest version from then on, and keeps the day on which it was first announced."""
    async with a_world(replay) as world:
        await world.lives(noon(FIRST))
        assert (await world.paper(written.revised)).version == 1
        await world.lives(noon(BEFORE))
        reports = of_arxiv(await world.lives(noon(AGAIN)))
        paper = await world.paper(written.revised)
        assert (paper.version, paper.announced, paper.announce_type) == (2, FIRST, AnnounceType.NEW)
        assert paper.title.endswith(", revision 2")
        assert paper.abstract == "Revision 2 lights more lanterns."
        assert sum(report.stored.updated for report in reports) == 4
        assert {report.state for report in reports} == {State.FRESH}
        await world.lives(noon(AFTER))
        reports = of_arxiv(await world.lives(noon(LAST)))
        assert (await world.paper(written.revised)).title.endswith(", revision 3")
        assert sum(report.stored.updated for report in reports) == 1


async def test_every_day_equals_the_truth_with_its_replacements(replay: Replay, written: Written) -> None:
    """What is on record for a day is what was announced that day in any manner; each is told as it was announced.

    The archive counts no versions: read afterwards, a third one stays the third, and nothing happens again.
    """
    async with a_world(replay) as world:
        for day in DAYS:
            await world.lives(noon(day))
        for day in DAYS:
            assert await world.held(day) == world.truth(day), day
        truth = replay.announced(str(AGAIN), CATEGORIES)["categories"]
        replaced = sorted(id.value for id in written.replaced)
        assert sorted(truth["cs.CL"]["replace"]) == sorted(truth["cs.AI"]["replace-cross"]) == replaced
        assert {PaperId("arxiv", id) for id in replay.truth(str(LAST), CATEGORIES)} & written.replaced == {
            written.revised
        }
        ids = [paper.id for paper in (await world.store.papers()).papers]
        assert len(ids) == len(set(ids))
        before = await events_in(world.store, is_retold)
        await world.harvests("cs.CL", LAST)
        assert (await world.paper(written.revised)).version == 3
        assert await events_in(world.store, is_retold) == before


async def test_what_happened_is_an_event_once(replay: Replay, written: Written) -> None:
    """New versions, publication and withdrawal are on record once each, however often their listing is read."""
    happened = [
        (written.revised, EventKind.VERSION, "2", "arxiv"),
        (written.revised, EventKind.VERSION, "3", "arxiv"),
        (written.withdrawn, EventKind.VERSION, "2", "arxiv"),
        (written.withdrawn, EventKind.WITHDRAWN, NOTICE, "arxiv"),
        (written.erased, EventKind.VERSION, "2", "arxiv"),
        (written.erased, EventKind.WITHDRAWN, f"{NOTICE}.", "arxiv"),
        (written.published, EventKind.VERSION, "2", "arxiv"),
        (written.published, EventKind.PUBLISHED, VENUE, "arxiv"),
    ]
    async with a_world(replay) as world:
        for day in DAYS:
            await world.lives(noon(day))
            await world.lives(noon(day))
            for scope in CATEGORIES:
                await world.reads_again(scope)
        events = await events_in(world.store, is_retold)
        assert event_facts(events) == sorted(happened)
        assert [one.number for one in events] == sorted({one.number for one in events})
        for id in written.replaced:
            dossier = await world.dossier(id)
            assert event_facts(dossier.events) == sorted(one for one in happened if one[0] == id)
            assert all(one.at.utcoffset() is not None for one in dossier.events)
        published = await world.dossier(written.published)
        assert (published.paper.journal, published.paper.doi) == (VENUE, DOI)
        assert published.provenance["journal"] == "arxiv"
        assert PaperId("doi", DOI) in published.paper.identifiers
        assert {one.at for one in published.events} == {noon(AGAIN)}


async def test_a_comment_takes_a_paper_back(replay: Replay, written: Written) -> None:
    """The feed tells no comments: of revised papers they are read from the listing page, or later from the archive."""
    event = (written.withdrawn, EventKind.WITHDRAWN, NOTICE, "arxiv")
    async with a_world(replay) as world:
        for day in (FIRST, BEFORE):
            await world.lives(noon(day))
        replay.clear_log()
        await world.lives(noon(AGAIN))
        assert [one["path"] for one in replay.log() if "/list/" in one["path"]].count("/list/cs.CL/new") == 1
        assert event_facts(await events_in(world.store, is_retold)).count(event) == 1
        assert (await world.paper(written.withdrawn)).version == 2
    async with a_world(replay) as world:
        for day in (FIRST, BEFORE):
            await world.lives(noon(day))
        replay.fault(path_prefix="/list", status=500)
        await world.lives(noon(AGAIN))
        replay.clear_faults()
        assert event not in event_facts(await events_in(world.store, is_retold))
        report = await world.harvests("cs.CL", AGAIN)
        assert (report.stored.new, report.stored.updated, report.failed) == (0, 0, 0)
        await world.harvests("cs.AI", AGAIN)
        assert event_facts(await events_in(world.store, is_retold)).count(event) == 1


async def test_a_replacement_is_no_candidate(replay: Replay, written: Written) -> None:
    """No digest brings a paper because it was replaced, neither one that we knew nor one from before we began."""
    async with a_world(replay) as world:
        await world.lives(noon(FIRST))
        first = {one.paper.id for one in (await world.store.candidates(CHANNEL)).items}
        assert written.replaced & first == written.replaced - {written.unseen}
        for day in DAYS[1:]:
            await world.lives(noon(day))
        for day in (AGAIN, LAST):
            items = (await world.store.candidates(CHANNEL, listing_day=day)).items
            assert items
            assert not written.replaced & {one.paper.id for one in items}
            assert not any(one.type.is_replacement for one in items)
        latest = (await world.store.candidates(CHANNEL)).items
        assert not written.replaced & {one.paper.id for one in latest}
        assert await world.store.paper(written.unseen)


async def test_all_of_arxivs_doors_tell_the_same(replay: Replay, written: Written) -> None:
    """Feed, listing page and archive agree on who was announced, how, and under which title."""
    replay.set_today(str(AGAIN))
    async with a_world(replay) as world, PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
        for scope in CATEGORIES:
            feed = await world.origins.sources["arxiv"].fetch(scope, None)
            page = await ArxivListing(client, base_url=replay.url).fetch(scope)
            assert announced(feed) == announced(page)
            async with aclosing(world.origins.archives["arxiv"].pages(scope, AGAIN, AGAIN)) as pages:
                assert announced(*[one.listing async for one in pages]) == announced(feed)
            kinds = {one.paper.id: one.type for one in feed.announcements}
            expected = AnnounceType.REPLACE if scope == "cs.CL" else AnnounceType.REPLACE_CROSS
            assert {kinds[id] for id in written.replaced} == {expected}


def announced(*listings: Listing) -> set[tuple[Any, ...]]:
    """What listings tell of each paper, where all of arXiv's doors tell it."""
    lines = [line for listing in listings for line in listing.announcements]
    assert not any(listing.problems for listing in listings)
    return {
        (one.paper.id, one.day, one.type, one.is_news, one.paper.title, one.paper.abstract, one.paper.authors)
        for one in lines
    }


async def test_votes_grow_and_code_appears(written: Written) -> None:
    """What Hugging Face tells of a paper is read again: each reading is kept, and the release of code is an event."""
    written.votes(3)
    replay = Replay(today=FIRST.isoformat(), data=written.data)
    async with a_world(replay) as world:
        with replay:
            await world.lives(noon(FIRST))
            await world.lives(noon(FIRST))
        written.votes(9, githubRepo=f"{CODE}/", githubStars=4)
        with replay:
            await world.lives(noon(BEFORE))
            await world.lives(noon(BEFORE))
        dossier = await world.dossier(written.revised)
        heard = [(one.source, one.signals.upvotes, one.signals.code_url, one.at.date()) for one in dossier.readings]
        assert heard == [("huggingface", 3, None, FIRST), ("huggingface", 9, CODE, BEFORE)]
        assert event_facts(dossier.events) == [(written.revised, EventKind.CODE, CODE, "huggingface")]
        signals = dossier.paper.signals
        assert (signals.upvotes, signals.comments, signals.code_url, signals.stars) == (9, 2, CODE, 4)
        assert dossier.provenance["signals.code_url"] == "huggingface"
        assert [record.sources for record in dossier.records] == [("arxiv",), ("huggingface",)]
