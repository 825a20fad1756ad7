"""Real days of arXiv, lived through one after another."""

from __future__ import annotations

import pytest

from core.converse import explain
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy
from tests.replay import Replay

CATEGORIES = ("cs.CL", "cs.CV", "cs.AI")
#: the stages that keep a paper out of a digest
CUTS = ("rule", "rank", "fit", "diversity", "size")
#: around a weekend; on the 10th next to nothing was listed
WEEK = ("2026-02-05", "2026-02-06", "2026-02-09", "2026-02-10", "2026-02-11")


@pytest.fixture
def reader(paperboy: Paperboy, replay: Replay) -> Paperboy:
    paperboy.variables["PAPERBOY_SOURCES__ARXIV__BASE_URL"] = replay.url
    paperboy.variables["PAPERBOY_CONTACT"] = "tests@example.org"
    options = [option for category in CATEGORIES for option in ("--category", category)]
    assert paperboy("channels", "add", "terminal:main", *options, "--size", "10", "--rule", "NOT survey").code == 0
    return paperboy


def lives_through(reader: Paperboy, replay: Replay, day: str) -> None:
    """It is nine in the morning of that day, in New York as in the database."""
    replay.set_today(day)
    reader.variables["PAPERBOY_CLOCK__NOW"] = f"{day}T14:00:00+00:00"


def test_a_day_equals_the_truth_and_a_second_ingest_is_a_304(reader: Paperboy, replay: Replay) -> None:
    """The day's ids are exactly those that were announced; asking again is conditional and stores nothing new."""
    lives_through(reader, replay, "2026-02-04")
    first = reader("ingest", "--json")
    assert first.code == 0, first.err
    stored = {paper["id"] for paper in reader("papers", "--day", "2026-02-04", "--limit", "0", "--json").json["papers"]}
    assert stored == {f"arxiv:{one}" for one in replay.truth("2026-02-04", CATEGORIES)}
    replay.clear_log()
    second = reader("ingest", "--json")
    assert [report["new"] + report["updated"] for report in second.json["reports"]] == [0, 0, 0]
    assert [request["status"] for request in replay.log()] == [304, 304, 304]
    agents = {request["headers"].get("User-Agent", "") for request in replay.log()}
    assert all("Paperboy" in agent and "tests@example.org" in agent for agent in agents)


async def test_a_week_without_repeat_or_unexplained_loss(reader: Paperboy, replay: Replay) -> None:
    """Over a week of real days no paper is posted twice, and each that is not posted has a stage that says why."""
    posted: list[str] = []
    announced: set[str] = set()
    for day in WEEK:
        lives_through(reader, replay, day)
        assert reader("ingest", "--json").code == 0
        result = reader("digest", "terminal:main", "--json")
        assert result.code == 0, result.err
        assert result.json["state"] == "posted"
        posted += [item["id"] for item in result.json["items"]]
        announced |= {f"arxiv:{one}" for one in replay.truth(day, CATEGORIES)}
    assert len(posted) == len(set(posted)) == 10 * len(WEEK)
    assert set(posted) <= announced
    left_out = sorted(announced - set(posted))
    told = reader("why", "terminal:main", left_out[0], "--json").json
    assert next(stage["stage"] for stage in told["stages"] if not stage["passed"]) in CUTS
    async with SqlStore(f"sqlite:///{reader.database}").open() as store:
        (subscription,) = await store.subscriptions()
        for id in left_out[:: len(left_out) // 100]:  # asked in one process, and four times as many
            explained = await explain.why(subscription, id, store=store)
            failed = [stage for stage in explained.stages if not stage.is_passed]
            assert not explained.is_posted
            assert failed[0].name in CUTS
            assert "No digest of this channel has looked" not in failed[0].detail


def test_a_day_without_listing_is_quiet(reader: Paperboy, replay: Replay) -> None:
    """On a day without a listing the sources are quiet, the digest posts nothing, and the exit code is 0."""
    lives_through(reader, replay, "2026-02-03")
    reports = reader("ingest", "--json").json["reports"]
    assert {report["state"] for report in reports} == {"quiet"}
    result = reader("digest", "terminal:main", "--json")
    assert (result.code, result.json["state"]) == (0, "quiet")


def test_a_throttled_category_is_told_and_made_up_for(reader: Paperboy, replay: Replay) -> None:
    """While one category is throttled the digest says so; when it answers again, its papers are in the next digest."""
    lives_through(reader, replay, "2026-02-04")
    replay.fault(path_prefix="/rss/cs.CV", status=403, body="Forbidden")
    ingested = reader("ingest", "--json")
    assert ingested.code == 3
    assert {r["scope"]: r["state"] for r in ingested.json["reports"]}["cs.CV"] == "throttled"
    digest = reader("digest", "terminal:main", "--format", "text")
    assert "cs.CV is throttled" in " ".join(digest.out.split())
    assert digest.code == 3, "a digest that lacks a source is done in part"
    replay.clear_faults()
    reader.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-05T03:00:00+00:00"
    assert reader("ingest", "--json").code == 0
    late = reader("digest", "terminal:main", "--json").json
    assert late["counts"]["candidates"] > 20


@pytest.mark.parametrize("days", [("2026-01-30", "2026-01-31"), ("2026-01-31", "2026-02-01"), ("2026-02-01",)])
def test_the_footer_of_a_weekend_names_friday(reader: Paperboy, replay: Replay, days: tuple[str, ...]) -> None:
    """On Saturday and Sunday the papers are Friday's, also of somebody who begins then, and the footer says so."""
    for day in days:
        lives_through(reader, replay, day)
        assert reader("ingest").code == 0
    count = len(replay.truth("2026-01-30", ["cs.CL"]))
    ran = reader("digest", "terminal:main", "--dry-run", COLUMNS="200")
    assert "Sources, 30 Jan: " in ran.out
    assert f"cs.CL {count}" in ran.out
