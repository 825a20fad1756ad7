from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import stamina

from adapters.sources.http import PoliteClient
from adapters.sources.huggingface import HuggingFaceDaily, parse, read_list
from core.errors import BadFeed, Refused, SourceError, Throttled
from tests.fakes.clock import FakeClock
from tests.replay import Replay
from tests.shared import SHARED, needs_shared

TODAY = date(2026, 2, 4)
RECORDED = SHARED / "data/recorded/huggingface"
YEAR = SHARED / "data/replay/huggingface/2025-03-to-2026-02.tar.gz"


@needs_shared
@pytest.mark.parametrize(
    ("name", "papers"), [("2024-05-27", 13), ("2024-12-11", 26), ("2025-01-10", 9), ("2026-05-12", 50)]
)
def test_every_recorded_answer_is_read(name: str, papers: int) -> None:
    """Old and new fields, and those that their collector spoilt: every entry is a whole paper."""
    listing = parse((RECORDED / f"{name}.json").read_bytes(), date.fromisoformat(name))
    assert (len(listing.announcements), listing.problems) == (papers, ())
    for paper in (one.paper for one in listing.announcements):
        assert paper.title
        assert paper.abstract
        assert paper.authors
        assert paper.published
        assert paper.signals.upvotes is not None
        assert paper.signals.comments is not None


@needs_shared
def test_a_cut_answer_is_an_error() -> None:
    """Wherever a recorded answer breaks off, it is an error, and never a shorter day."""
    answer = (RECORDED / "2025-01-10.json").read_bytes().rstrip()
    for end in range(0, len(answer), 331):
        with pytest.raises(BadFeed):
            parse(answer[:end], TODAY)


@needs_shared
async def test_faults_of_the_replayed_service_are_told() -> None:
    """A cut, a broken connection, throttling and an outage are errors; an empty answer is an empty day."""
    clock = FakeClock(datetime(2026, 2, 4, 12, tzinfo=UTC))
    faults: list[tuple[dict[str, Any], type[SourceError]]] = [
        ({"truncate_at": 0.5}, SourceError),
        ({"truncate_at": 700, "reset": True}, SourceError),
        ({"status": 429, "headers": {"Retry-After": "7"}}, Throttled),
        ({"status": 403}, Throttled),
        ({"status": 500}, Refused),
        ({"status": 200, "body": "Rate exceeded."}, BadFeed),
    ]
    with stamina.set_testing(True, attempts=1), Replay(today="2026-02-04") as replay:
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
            source = HuggingFaceDaily(http, clock=clock, base_url=f"{replay.url}/hf")
            for fault, kind in faults:
                replay.fault(path_prefix="/hf", **fault)
                with pytest.raises(kind):
                    await source.fetch("daily", None)
                replay.clear_faults()
            replay.fault(path_prefix="/hf", empty=True)
            assert (await source.fetch("daily", None)).announcements == ()


def recorded_year() -> Iterator[tuple[str, bytes]]:
    with tarfile.open(YEAR) as archive:
        for member in archive:
            if file := archive.extractfile(member) if member.isfile() else None:
                yield member.name.rpartition("/")[2].removesuffix(".json"), file.read()


@needs_shared
def test_every_day_of_the_recorded_year_is_read() -> None:
    """No entry of 259 days is lost, and each has what the service told of it."""
    told: Counter[str] = Counter()
    for name, answer in recorded_year():
        listing = read_list(answer, "daily", date.fromisoformat(name))
        assert (len(listing.announcements), listing.problems) == (len(json.loads(answer)), ())
        for line in listing.announcements:
            signals = line.paper.signals
            told.update(papers=1, summaries=len(line.summaries), code=signals.code_url is not None)
            told.update(votes=signals.upvotes is not None, stars=signals.stars is not None)
    assert told == {"papers": 4302, "summaries": 3272, "code": 1968, "votes": 4302, "stars": 1297}


@needs_shared
async def test_the_replayed_service_is_read() -> None:
    """Over HTTP: today and yesterday, a span of days, single papers, and nothing that is still to come."""
    clock = FakeClock(datetime(2026, 2, 5, 12, tzinfo=UTC))
    with Replay(today="2026-02-05") as replay:
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
            source = HuggingFaceDaily(http, clock=clock, base_url=f"{replay.url}/hf")
            listing = await source.fetch("daily", None)
            pages = [page async for page in source.pages("daily", date(2026, 2, 4), date(2026, 2, 9))]
            found = await source.find([one.paper.id for one in listing.announcements[:2]])
            searched = await source.search("lanterns", limit=3)
    days = Counter(one.day for one in listing.announcements)
    assert set(days) == {date(2026, 2, 5), TODAY}
    assert [len(page.listing.announcements) for page in pages] == [days[TODAY], days[date(2026, 2, 5)]]
    assert [one.paper.id for one in found.announcements] == [one.paper.id for one in listing.announcements[:2]]
    assert (listing.problems, found.problems, searched.announcements) == ((), (), ())
