"""arXiv, Hugging Face and bioRxiv together, as somebody at a keyboard meets them: one paper, many accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy
from tests.replay import ORDINARY_DAY, Replay
from tests.shared import needs_shared

CATEGORIES = ("cs.CL", "cs.CV", "cs.AI")
#: a day before which little was recorded: replay searches everything that lies before its day
EARLY_DAY = "2025-12-10"
#: the day of the recorded window of bioRxiv
BIORXIV_DAY = "2026-07-15"
KEYS = {
    *("source", "scope", "state", "fetched", "new", "updated", "known", "merged", "failed", "error", "retry_after_s"),
}


def subscribed(paperboy: Paperboy, *categories: str, channel: str = "terminal:main") -> None:
    options = [option for category in categories for option in ("--category", category)]
    added = paperboy("channels", "add", channel, *options)
    assert added.code == 0, added.err


def settle_sources(home: Path, replay: Replay) -> Paperboy:
    """The program in an empty place, where the replay server stands for all three sources."""
    variables = {
        "PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url,
        "PAPERBOY_SOURCES__HUGGINGFACE__BASE_URL": f"{replay.url}/hf",
        "PAPERBOY_SOURCES__HUGGINGFACE__PACE_S": "0",
        "PAPERBOY_SOURCES__BIORXIV__BASE_URL": f"{replay.url}/biorxiv",
        "PAPERBOY_SOURCES__BIORXIV__PACE_S": "0",
    }
    return Paperboy(home, variables)


def lives_on(paperboy: Paperboy, replay: Replay, day: str, time: str = "14:00") -> None:
    replay.set_today(day)
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = f"{day}T{time}:00+00:00"


def states(reports: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(one["source"], one["scope"]): one["state"] for one in reports}


def one_line(shown: str) -> str:
    return " ".join(shown.split())


@pytest.fixture
def reader(tmp_path: Path, replay: Replay) -> Paperboy:
    """Somebody with nothing yet, on an ordinary day."""
    paperboy = settle_sources(tmp_path, replay)
    lives_on(paperboy, replay, ORDINARY_DAY)
    return paperboy


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Paperboy, Replay, Any]]:
    """An ordinary day that was read, and what `ingest --json` said; for those who only look."""
    with Replay(ORDINARY_DAY) as replay:
        paperboy = settle_sources(tmp_path_factory.mktemp("day"), replay)
        lives_on(paperboy, replay, ORDINARY_DAY)
        subscribed(paperboy, *CATEGORIES)
        ingested = paperboy("ingest", "--json")
        assert ingested.code == 0, ingested.err
        yield paperboy, replay, ingested.json


Day = tuple[Paperboy, Replay, Any]


def in_both(paperboy: Paperboy) -> list[dict[str, Any]]:
    """Papers that arXiv listed and that people talk about at Hugging Face."""
    papers = paperboy("papers", "--limit", "0", "--json").json["papers"]
    return [one for one in papers if set(one["sources"]) == {"arxiv", "huggingface"}]


@needs_shared
def test_one_state_per_source_and_scope(day: Day) -> None:
    """Each part of each source is told once, with the keys that scripts rely on, and the counts add up."""
    _, _, told = day
    assert set(told) == {"reports", "took_ms"}
    reports = told["reports"]
    assert all(set(one) == KEYS for one in reports)
    assert states(reports) == {
        **{("arxiv", category): "fresh" for category in CATEGORIES},
        ("huggingface", "daily"): "fresh",
    }
    assert all(one["fetched"] == one["new"] + one["updated"] + one["known"] + one["failed"] for one in reports)
    assert not any(one["failed"] or one["error"] or one["retry_after_s"] for one in reports)


@needs_shared
def test_the_day_is_arxivs_truth_though_hugging_face_was_read(day: Day) -> None:
    """Hugging Face tells of papers of other days too, and none of them is listed on this one."""
    paperboy, replay, _ = day
    papers = paperboy("papers", "--day", ORDINARY_DAY, "--limit", "0", "--json").json["papers"]
    ids = [one["id"] for one in papers]
    assert sorted(ids) == sorted(f"arxiv:{one}" for one in replay.truth(ORDINARY_DAY, CATEGORIES))
    everything = paperboy("papers", "--limit", "0", "--json").json["papers"]
    assert any(one["sources"] == ["huggingface"] for one in everything)
    assert len({one["id"] for one in everything}) == len(everything) > len(ids)


@needs_shared
def test_a_paper_in_both_is_one_paper_with_its_signals(day: Day) -> None:
    """What it is comes from arXiv, what people make of it from Hugging Face, and the paper says which is which."""
    paperboy, _, _ = day
    both = in_both(paperboy)
    assert len(both) >= 10
    loved = max((one for one in both if one["signals"]["code_url"]), key=lambda one: int(one["signals"]["upvotes"]))
    told = paperboy("paper", loved["id"].removeprefix("arxiv:"), "--json").json
    assert told["sources"] == ["arxiv", "huggingface"]
    assert [one["source"] for one in told["accounts"]] == ["arxiv", "huggingface"]
    assert told["signals"]["upvotes"] > 0
    assert told["signals"]["comments"] is not None
    assert told["signals"]["code_url"].startswith("https://")
    came_from = told["provenance"]
    assert {came_from[name] for name in ("title", "abstract", "authors", "categories")} == {"arxiv"}
    assert {source for name, source in came_from.items() if name.startswith("signals.")} == {"huggingface"}
    assert [one["upvotes"] for one in told["readings"]] == [told["signals"]["upvotes"]]
    shown = one_line(paperboy("paper", loved["id"]).out)
    assert f"{told['signals']['upvotes']:,} vote" in shown
    assert "Where it comes from: " in shown
    assert "abstract, authors, categories" in shown
    assert "from arXiv" in shown
    assert "from Hugging Face" in shown


@needs_shared
def test_a_paper_of_one_source_has_no_story_of_where_it_comes_from(day: Day) -> None:
    """Where everything is arXiv's there is nothing to explain."""
    paperboy, _, _ = day
    papers = paperboy("papers", "--day", ORDINARY_DAY, "--limit", "0", "--json").json["papers"]
    alone = next(one for one in papers if one["sources"] == ["arxiv"])
    assert "Where it comes from" not in paperboy("paper", alone["id"]).out


@needs_shared
def test_votes_are_read_again_and_kept_over_time(reader: Paperboy, replay: Replay) -> None:
    """A second refresh of the day brings the votes again: the paper stays one, and nothing is announced twice."""
    subscribed(reader, "cs.CL")
    assert reader("ingest").code == 0
    before = in_both(reader)
    lives_on(reader, replay, ORDINARY_DAY, "19:00")
    again = reader("ingest", "--source", "huggingface", "--json")
    assert states(again.json["reports"]) == {("huggingface", "daily"): "quiet"}
    assert [one["id"] for one in in_both(reader)] == [one["id"] for one in before]


@needs_shared
def test_biorxiv_is_read_without_any_subscription_of_it(reader: Paperboy, replay: Replay) -> None:
    """`--source biorxiv` reads both servers as a whole, and asks nobody else."""
    lives_on(reader, replay, BIORXIV_DAY)
    ingested = reader("ingest", "--source", "biorxiv", "--json")
    assert ingested.code == 0, ingested.err
    assert states(ingested.json["reports"]) == {("biorxiv", "biorxiv"): "fresh", ("biorxiv", "medrxiv"): "quiet"}
    assert {request["path"].split("/")[1] for request in replay.log()} == {"biorxiv"}
    papers = reader("papers", "--day", BIORXIV_DAY, "--json").json["papers"]
    assert len(papers) == 3
    assert all(one["id"].startswith("doi:10.") and one["sources"] == ["biorxiv"] for one in papers)
    in_area = reader("papers", "--category", "biorxiv:neuroscience", "--json").json["papers"]
    assert len(in_area) == 2
    assert all("neuroscience" in one["categories"] for one in in_area)


@needs_shared
def test_a_channel_for_a_subject_area_gets_its_preprints(reader: Paperboy, replay: Replay) -> None:
    """The digest has the area's new preprints and no others, and `why` tells each one's way."""
    subscribed(reader, "biorxiv:neuroscience")
    subscribed(reader, "biorxiv:microbiology", channel="terminal:other")
    lives_on(reader, replay, BIORXIV_DAY)
    ingested = reader("ingest", "--json")
    assert states(ingested.json["reports"]) == {
        ("biorxiv", "biorxiv:neuroscience"): "fresh",
        ("biorxiv", "biorxiv:microbiology"): "fresh",
        ("huggingface", "daily"): "quiet",
    }
    digest = reader("digest", "terminal:main", "--json")
    assert (digest.code, digest.json["state"]) == (0, "posted")
    posted = [one["id"] for one in digest.json["items"]]
    papers = reader("papers", "--limit", "0", "--json").json["papers"]
    assert posted
    assert set(posted) <= {one["id"] for one in papers if "neuroscience" in one["categories"]}
    for id in posted:
        told = reader("why", "terminal:main", id, "--json").json
        assert told["posted"]
        assert all(stage["passed"] for stage in told["stages"])
        assert f"biorxiv:neuroscience on {BIORXIV_DAY}" in " ".join(stage["detail"] for stage in told["stages"])
    revised = next(one for one in papers if "microbiology" in one["categories"])
    assert revised["version"] == 3
    told = reader("why", "terminal:other", revised["id"], "--json").json
    assert not told["posted"]
    assert next(stage["stage"] for stage in told["stages"] if not stage["passed"]) == "announced"


_ENTRY = """<item rdf:about="{link}"><title>{title}</title><link>{link}</link><dc:creator>{author}</dc:creator>
<dc:date>2026-02-03</dc:date><description>{text}</description>{identifiers}</item>"""
_JOURNAL = """<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel rdf:about="https://example.org/"><title>Invented</title><link>https://example.org/</link></channel>{entry}
</rdf:RDF>"""


def two_journals(home: Path) -> tuple[Path, Path]:
    """Two saved feeds; the second journal gives its paper the first one's DOI beside its own."""
    lanterns = _ENTRY.format(
        link="https://example.org/lanterns/1",
        title="On the brightness of paper lanterns",
        author="Ada Example",
        text="We light a paper lantern and look at it.",
        identifiers="<prism:doi>10.1234/lanterns.1</prism:doi>",
    )
    moths = _ENTRY.format(
        link="https://example.org/moths/7",
        title="Counting moths around a lamp at dusk",
        author="Bo Sample",
        text="We count moths, and then we count them again.",
        identifiers="<prism:doi>10.5678/moths.7</prism:doi><dc:identifier>doi:10.1234/lanterns.1</dc:identifier>",
    )
    first, second = home / "lanterns.xml", home / "moths.xml"
    first.write_text(_JOURNAL.format(entry=lanterns))
    second.write_text(_JOURNAL.format(entry=moths))
    return first, second


def titles(paperboy: Paperboy) -> set[str]:
    return {one["title"] for one in paperboy("papers", "--json").json["papers"]}


def test_a_wrong_merge_is_undone_and_stays_undone(paperboy: Paperboy) -> None:
    """Two papers under one DOI are one until somebody splits them; reading both again does not join them."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-04T14:00:00+00:00"
    both = {"On the brightness of paper lanterns", "Counting moths around a lamp at dusk"}
    files = two_journals(paperboy.home)
    for file in files:
        assert paperboy("ingest", "--file", str(file), "--format", "feed").code == 0
    assert titles(paperboy) < both
    apart = paperboy("papers", "split", "10.5678/moths.7")
    assert apart.code == 0, apart.err
    assert "doi:10.5678/moths.7 is a paper of its own again" in one_line(apart.out)
    assert titles(paperboy) == both
    for file in reversed(files):
        assert paperboy("ingest", "--file", str(file), "--format", "feed").code == 0
    assert titles(paperboy) == both
    again = paperboy("papers", "split", "10.5678/moths.7")
    assert (again.code, again.out) == (2, "")
    assert "Nothing was merged" in again.err


@pytest.mark.parametrize(
    ("id", "code", "sentence"),
    [
        ("bananas", 2, "is not an identifier"),
        ("2602.99999", 1, "There is no paper arxiv:2602.99999 here"),
        ("2602.00001", 2, "Nothing was merged"),
    ],
)
def test_what_cannot_be_split_is_told_in_a_sentence(paperboy: Paperboy, id: str, code: int, sentence: str) -> None:
    """No identifier, an unknown one, and a paper that was never merged: a sentence each, and an exit code."""
    file = a_feed(paperboy.home, 1)
    assert paperboy("ingest", "--file", str(file), "--format", "arxiv-rss").code == 0
    split = paperboy("papers", "split", id)
    assert split.code == code, split.err
    assert sentence in one_line(split.err)
    assert "Traceback" not in split.err


@needs_shared
def test_an_unknown_paper_is_asked_for_once_and_kept(reader: Paperboy, replay: Replay) -> None:
    """`paper ID` asks arXiv for what the store lacks, and stores it; the second time nobody is asked."""
    (id,) = replay.truth("2026-01-15", ["cs.CL"])[:1]
    found = reader("paper", id, "--json")
    assert found.code == 0, found.err
    assert found.json["id"] == f"arxiv:{id}"
    assert found.json["title"]
    assert [request["path"] for request in replay.log()] == ["/api/query"]
    replay.clear_log()
    assert reader("paper", f"https://arxiv.org/abs/{id}v1", "--json").json["title"] == found.json["title"]
    assert replay.log() == []
    assert reader("papers", "--day", "2026-01-15", "--json").json["total"] == 0, "it is no news of that day"


@needs_shared
def test_what_nobody_knows_is_told(reader: Paperboy, replay: Replay) -> None:
    """An id that arXiv does not know either is said to be unknown there; where arXiv cannot be asked, that is said."""
    unknown = reader("paper", "2602.99999")
    assert unknown.code == 1
    assert "not seen arxiv:2602.99999" in one_line(unknown.err)
    assert "Nor does any source know it" in one_line(unknown.err)
    replay.fault(path_prefix="/api", status=403)
    unasked = reader("paper", "2602.99998")
    assert unasked.code == 1
    assert "Nor does any source know it" not in one_line(unasked.err)
    assert "asks us to come back later" in one_line(unasked.err)


@needs_shared
def test_search_asks_the_source_that_is_named(reader: Paperboy, replay: Replay) -> None:
    """`from:arxiv` searches arXiv itself, and what it finds is on record from then on."""
    lives_on(reader, replay, EARLY_DAY)
    assert reader("search", "diffusion", "--json").json["total"] == 0
    assert replay.log() == []
    found = reader("search", "diffusion from:arxiv", "--json")
    assert found.code == 0, found.err
    assert found.json["total"] >= 10, found.json
    assert {request["path"] for request in replay.log()} == {"/api/query"}
    assert reader("search", "diffusion", "--json").json["total"] == found.json["total"]
    replay.fault(path_prefix="/api", status=403)
    in_part = reader("search", "diffusion from:arxiv")
    assert in_part.code == 3, "a source that was named and failed is a thing done in part"
    shown = one_line(in_part.out)
    assert "papers for" in shown
    assert "asks us to come back later" in shown


@needs_shared
def test_doctor_tells_the_history_of_a_week(reader: Paperboy, replay: Replay) -> None:
    """Each part of each source has its state, and beside it how the refreshes of the last seven days went."""
    subscribed(reader, "cs.CL", "cs.CV")
    days = ("2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05")
    for at in days:
        lives_on(reader, replay, at)
        replay.clear_faults()
        if at == days[-1]:
            replay.fault(path_prefix="/rss/cs.CV", status=403)
        assert reader("ingest").code == (3 if at == days[-1] else 0)
    told = reader("doctor", "--json")
    assert told.code == 1
    checks = {one["name"]: one for one in told.json["checks"]}
    assert "in 7 days: 3 fresh, 1 quiet" in checks["arxiv cs.CL"]["detail"]
    assert "in 7 days: 2 fresh, 1 quiet, 1 throttled" in checks["arxiv cs.CV"]["detail"]
    assert not checks["arxiv cs.CV"]["ok"]
    assert checks["arxiv cs.CV"]["hint"]
    assert checks["huggingface daily"]["ok"]
    lives_on(reader, replay, (date.fromisoformat(days[-1]) + timedelta(days=5)).isoformat())
    later = {one["name"]: one for one in reader("doctor", "--json").json["checks"]}
    assert "in 7 days: 1 fresh, 1 quiet, 1 throttled" not in later["arxiv cs.CL"]["detail"]
    assert "in 7 days: 2 fresh" in later["arxiv cs.CL"]["detail"]


@needs_shared
def test_trouble_of_any_source_stands_in_the_footer(reader: Paperboy, replay: Replay) -> None:
    """A channel hears which of its sources fails, and why; what the others brought is posted all the same."""
    subscribed(reader, "cs.CL", "biorxiv:neuroscience")
    replay.fault(path_prefix="/biorxiv", status=503)
    ingested = reader("ingest", "--json")
    assert ingested.code == 3
    assert states(ingested.json["reports"]) == {
        ("arxiv", "cs.CL"): "fresh",
        ("biorxiv", "biorxiv:neuroscience"): "throttled",
        ("huggingface", "daily"): "fresh",
    }
    told = reader("digest", "terminal:main", "--json").json
    assert told["items"]
    sources = {(one["source"], one["scope"]): one for one in told["sources"]}
    assert sources["biorxiv", "biorxiv:neuroscience"]["state"] == "throttled"
    shown = one_line(reader("digest", "terminal:main").out)
    assert "bioRxiv neuroscience is throttled" in shown


@needs_shared
@pytest.mark.parametrize(
    ("source", "place", "fault", "scopes"),
    [
        ("arxiv", "/", {"status": 500}, "failed"),
        ("huggingface", "/hf", {"status": 200, "body": "<html>Down</html>"}, "failed"),
    ],
)
def test_each_sources_failure_has_its_exit_code(
    reader: Paperboy, replay: Replay, source: str, place: str, fault: dict[str, Any], scopes: str
) -> None:
    """0 where a source answers, 1 where all that was asked is in trouble, 3 where only a part is."""
    subscribed(reader, "cs.CL", "biorxiv:neuroscience")
    replay.fault(path_prefix=place, **fault)
    alone = reader("ingest", "--source", source, "--json")
    assert (alone.code, {one["state"] for one in alone.json["reports"]}) == (1, {scopes}), alone.json
    assert all(one["error"] for one in alone.json["reports"])
    replay.clear_faults()
    lives_on(reader, replay, ORDINARY_DAY, "16:00")
    replay.fault(path_prefix=place, **fault)
    together = reader("ingest", "--json")
    assert together.code == (1 if place == "/" else 3), together.json
    replay.clear_faults()
    lives_on(reader, replay, ORDINARY_DAY, "18:00")
    well = reader("ingest", "--source", source, "--json")
    assert well.code == 0, well.json
