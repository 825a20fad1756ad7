"""Days gone by, read from the archives: all of them, as they were, and no old paper comes as news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy
from tests.replay import ORDINARY_DAY, RECORDED, Replay
from tests.shared import needs_shared
from tests.soak import IS_SOAK

#: in the order in which they are read
CATEGORIES = ("cs.AI", "cs.CL", "cs.CV")
SINCE, UNTIL = date(2026, 1, 19), date(2026, 1, 30)
#: where two weeks would show no more
LAST_WEEK = date(2026, 1, 26)
#: the whole recorded year in `make soak`, the days around the turn of the year otherwise
LONG = (date(2025, 3, 18), date(2026, 2, 27)) if IS_SOAK else (date(2025, 12, 29), date(2026, 1, 2))
#: papers of the year whose record in the archive names another day than their listing did
ELSEWHERE = {date(2025, 7, 15): {"2507.10541"}}


def days(since: date, until: date) -> Iterator[date]:
    for number in range((until - since).days + 1):
        yield since + timedelta(days=number)


def reading(home: Path, replay: Replay, *categories: str, at: str = ORDINARY_DAY) -> Paperboy:
    """A channel that reads these categories, at nine in the morning of a day."""
    replay.set_today(at)
    paperboy = Paperboy(home, {"PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url})
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = f"{at}T14:00:00+00:00"
    subscribed(paperboy, "terminal:main", *categories)
    return paperboy


def subscribed(paperboy: Paperboy, channel: str, *categories: str) -> None:
    options = [option for category in categories for option in ("--category", category)]
    assert paperboy("channels", "add", channel, *options).code == 0


def held(paperboy: Paperboy, day: date) -> set[str]:
    listed = paperboy("papers", "--day", day.isoformat(), "--limit", "0", "--json").json["papers"]
    ids = [one["id"].removeprefix("arxiv:") for one in listed]
    assert len(ids) == len(set(ids))
    return set(ids)


async def are_true(paperboy: Paperboy, replay: Replay, days: Iterable[date]) -> int:
    """Each day has exactly what was announced on it; how much that was. Read without the program, to be quick."""
    announced = 0
    async with SqlStore(f"sqlite:///{paperboy.database}").open() as store:
        for day in days:
            truth = set(replay.truth(day.isoformat(), CATEGORIES)) - ELSEWHERE.get(day, set())
            found = [paper.id.value for paper in (await store.papers(day=day)).papers]
            assert sorted(found) == sorted(truth), f"{day}: {sorted(set(found) ^ truth)}"
            announced += len(truth)
    return announced


def one_line(shown: str) -> str:
    return " ".join(shown.split())


@pytest.fixture
def reader(tmp_path: Path, replay: Replay) -> Paperboy:
    return reading(tmp_path, replay, *CATEGORIES)


@needs_shared
async def test_two_weeks_equal_the_truth_of_each_of_its_days(reader: Paperboy, replay: Replay) -> None:
    """Two weeks of three categories: one report each, and of every day exactly the papers that were announced."""
    span = ("ingest", "--source", "arxiv", "--since", SINCE.isoformat(), "--until", UNTIL.isoformat(), "--json")
    first = reader(*span)
    assert first.code == 0, first.err
    reports = first.json["reports"]
    assert [(one["source"], one["scope"], one["state"]) for one in reports] == [
        ("arxiv", category, "fresh") for category in CATEGORIES
    ]
    assert {request["path"] for request in replay.log()} == {"/oai"}
    assert await are_true(reader, replay, days(SINCE, UNTIL)) > 1_000
    assert held(reader, UNTIL) == set(replay.truth(UNTIL.isoformat(), CATEGORIES))
    total = reader("papers", "--limit", "1", "--json").json["total"]
    assert total == sum(one["new"] for one in reports)
    again = reader(*span).json["reports"]
    assert [(one["state"], one["new"], one["updated"]) for one in again] == [("quiet", 0, 0)] * len(CATEGORIES)
    assert [one["known"] for one in again] == [one["fetched"] for one in reports]


@needs_shared
def test_one_day_gone_by(reader: Paperboy, replay: Replay) -> None:
    """`--day` is that day alone."""
    assert reader("ingest", "--day", "2026-01-15", "--json").code == 0
    assert held(reader, date(2026, 1, 15)) == set(replay.truth("2026-01-15", CATEGORIES))
    assert not held(reader, date(2026, 1, 14))
    assert not held(reader, date(2026, 1, 16))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("--since 2026-02-02 --until 2026-02-01", "2026-02-01 is before 2026-02-02."),
        ("--day 2026-02-02 --since 2026-02-01", "--day is one day"),
        ("--until 2026-02-01", "Add --since"),
        ("--since yesterday", "'yesterday' is not a day"),
        ("--since 2026-13-01", "'2026-13-01' is not a day"),
        ("--file feed.xml --source arxiv", "Leave --source"),
        ("--file feed.xml --since 2026-02-01", "Leave --source, --since and --until away"),
        ("--file feed.xml", "Which format has the file?"),
        ("--format feed", "--format goes with --file"),
        ("--source medline", "There is no source 'medline'"),
        ("--source feeds --since 2026-02-01", "archive"),
        ("--since 2031-01-01 --until 2031-01-02", "has not come yet"),
        ("--day 2031-01-01", "has not come yet"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(paperboy: Paperboy, typed: str, sentence: str) -> None:
    """What cannot be meant ends with 2 and says what to write instead; nothing is asked of anybody."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = f"{ORDINARY_DAY}T14:00:00+00:00"
    paperboy.variables["PAPERBOY_SOURCES__FEEDS"] = '[{"name": "nature", "url": "http://127.0.0.1:9/nature.rss"}]'
    ran = paperboy("ingest", *typed.split())
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert sentence in one_line(ran.err)
    assert "Traceback" not in ran.err


@needs_shared
def test_a_person_sees_how_far_it_is_and_what_came_of_it(tmp_path: Path, replay: Replay) -> None:
    """A line now and then on stderr while it runs, then a table: a row for each category, and what it came to."""
    paperboy = reading(tmp_path, replay, *CATEGORIES)
    replay.fault(path_prefix="/oai", delay_s=2.7, times=3)
    ran = paperboy("ingest", "--since", LAST_WEEK.isoformat(), "--until", UNTIL.isoformat())
    assert ran.code == 0, ran.err
    told = [line for line in ran.err.splitlines() if "papers read" in line]
    assert told
    assert all(line.startswith("arxiv cs.") and len(line) <= 80 for line in told)
    header, *rows = ran.out.splitlines()[: 2 + len(CATEGORIES)]
    assert header.split() == ["Source", "Scope", "State", "Fetched", "New", "Updated", "Known", "Merged", "Failed"]
    assert [row.split()[:3] for row in rows[:-1]] == [["arxiv", category, "fresh"] for category in CATEGORIES]
    assert rows[-1].split()[0] == "all"
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert f"{reader_total(paperboy):,} new papers in " in ran.out


def reader_total(paperboy: Paperboy) -> int:
    total: int = paperboy("papers", "--limit", "1", "--json").json["total"]
    return total


@needs_shared
async def test_a_source_that_fails_in_the_middle_is_told_and_gone_on_with(reader: Paperboy, replay: Replay) -> None:
    """One category's archive breaks: exit code 3, the others are read, and the same command completes it."""
    span = ("ingest", "--since", LAST_WEEK.isoformat(), "--until", UNTIL.isoformat(), "--json")
    replay.fault(path_prefix="/oai", query="cs:cs:CV", status=500)
    broken = reader(*span)
    assert broken.code == 3, broken.err
    assert {one["scope"]: one["state"] for one in broken.json["reports"]} == {
        "cs.CL": "fresh",
        "cs.CV": "failed",
        "cs.AI": "fresh",
    }
    replay.clear_faults()
    replay.clear_log()
    assert reader(*span).code == 0
    first = [request["query"] for request in replay.log() if "set=" in request["query"]]
    assert all("set=cs:cs:CV" in query for query in first), "what is complete was read again"
    await are_true(reader, replay, days(LAST_WEEK, UNTIL))


@needs_shared
def test_old_papers_are_no_news(reader: Paperboy, replay: Replay) -> None:
    """A large backfill brings nothing to a channel that has had a digest; a new one starts with the last listing."""
    assert reader("ingest").code == 0
    first = reader("digest", "terminal:main", "--json").json
    assert first["state"] == "posted"
    assert reader("ingest", "--since", "2026-01-14", "--until", "2026-01-16").code == 0
    assert reader_total(reader) > 600
    replay.set_today("2026-02-05")
    reader.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-05T14:00:00+00:00"
    subscribed(reader, "terminal:late", *CATEGORIES)
    assert reader("ingest").code == 0
    today = {f"arxiv:{id}" for id in replay.truth("2026-02-05", CATEGORIES)}
    yesterday = {f"arxiv:{id}" for id in replay.truth(ORDINARY_DAY, CATEGORIES)}
    second = reader("digest", "terminal:main", "--json").json
    assert second["items"]
    assert {one["id"] for one in second["items"]} <= today | yesterday
    assert second["counts"]["candidates"] <= len(today)
    late = reader("digest", "terminal:late", "--json").json
    assert late["items"]
    assert {one["id"] for one in late["items"]} <= today
    old = sorted(held(reader, date(2026, 1, 15)))[0]
    stages = reader("why", "terminal:main", old, "--json").json["stages"]
    assert not all(stage["passed"] for stage in stages)


@needs_shared
@pytest.mark.slow
async def test_a_year_equals_the_truth_of_each_of_its_days(tmp_path: Path) -> None:
    """As long as there are records, in one command: of every one of its days exactly what was announced."""
    since, until = LONG
    with Replay(until.isoformat(), data=RECORDED if IS_SOAK else None) as replay:
        paperboy = reading(tmp_path, replay, *CATEGORIES, at=until.isoformat())
        span = ("--source", "arxiv", "--since", since.isoformat(), "--until", until.isoformat())
        ran = paperboy("ingest", *span, "--json", timeout=1800)
        assert ran.code == 0, ran.err
        assert await are_true(paperboy, replay, days(since, until)) > (20_000 if IS_SOAK else 500)
