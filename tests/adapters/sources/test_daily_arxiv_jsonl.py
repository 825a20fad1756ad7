from __future__ import annotations

import gzip
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.daily_arxiv import parse as parse_page
from adapters.sources.daily_arxiv_jsonl import parse
from core.errors import BadFeed
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.shared import SHARED, needs_shared

DAY = date(2026, 2, 4)


def line(number: int = 1, **more: object) -> dict[str, object]:
    """An invented paper as the project writes it."""
    id = f"2602.{number:05d}"
    return {
        "id": id,
        "categories": ["cs.CL", "cs.LG"],
        "pdf": f"https://arxiv.org/pdf/{id}",
        "abs": f"https://arxiv.org/abs/{id}",
        "authors": ["Ada Example", "Bo Sample"],
        "title": f"Lanterns, part {number}",
        "comment": "3 pages",
        "summary": "We light\nlanterns.",
        **more,
    }


AI = {"tldr": "灯笼会发光。", "motivation": "天黑。", "method": "点灯。", "result": "亮了。", "conclusion": "好。"}


def read(*lines: object, named_day: date | None = None) -> Listing:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    return parse(text.encode(), named_day=named_day, likely_day=DAY)


def test_reads_a_line_whole() -> None:
    """A line is a paper with everything in its place, announced in its primary category."""
    listing = read(line())
    (one,) = listing.announcements
    paper = one.paper
    assert (paper.id, paper.version, paper.title) == (PaperId("arxiv", "2602.00001"), 1, "Lanterns, part 1")
    assert (paper.abstract, paper.comment) == ("We light lanterns.", "3 pages")
    assert (paper.authors, paper.categories) == (("Ada Example", "Bo Sample"), ("cs.CL", "cs.LG"))
    assert (paper.url, paper.pdf_url) == ("https://arxiv.org/abs/2602.00001", "https://arxiv.org/pdf/2602.00001")
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00001"),)
    assert (one.source, one.scope, one.day, one.type) == ("daily-arxiv", "cs.CL", DAY, AnnounceType.NEW)
    assert (one.is_news, one.summaries) == (True, ())
    assert (listing.source, listing.scope, listing.day, listing.problems) == ("daily-arxiv", "cs.CL", DAY, ())


def test_two_authors_of_one_name_are_two() -> None:
    """Authors of the same name are all kept, in their order; a category that stands twice is one."""
    (one,) = read(line(authors=["Wei Sample", "Bo Sample", "Wei Sample"], categories=["cs.CL", "cs.CL"])).announcements
    assert one.paper.authors == ("Wei Sample", "Bo Sample", "Wei Sample")
    assert one.paper.categories == ("cs.CL",)


def test_a_models_summary_keeps_its_parts_and_its_language() -> None:
    """The five parts of the enhanced form become a summary in the language of their script."""
    (one,) = read(line(AI=AI)).announcements
    (summary,) = one.summaries
    assert (summary.gist, summary.language, summary.made_by) == ("灯笼会发光。", "zh", "daily-arxiv")
    assert [text for _, text in summary.parts] == ["天黑。", "点灯。", "亮了。", "好。"]
    (english,) = read(line(AI={"tldr": "They shine."})).announcements[0].summaries
    assert (english.language, english.parts) == ("en", ())


FAILED = {
    "tldr": "Summary generation failed",
    "motivation": "Motivation analysis unavailable",
    "method": "Method extraction failed",
    "result": "Result analysis unavailable",
    "conclusion": "Conclusion extraction failed",
}


@pytest.mark.parametrize("told", [None, "Error", [], {}, {"tldr": None}, {"tldr": " ", "method": 3}, FAILED])
def test_a_summary_that_failed_is_none(told: object) -> None:
    """What the project writes where its model gave nothing is not shown as a summary."""
    assert read(line(AI=told)).announcements[0].summaries == ()


def test_the_part_that_was_given_is_kept() -> None:
    """Where only some parts failed, the first that did not is the gist."""
    (summary,) = read(line(AI=FAILED | {"method": "A match."})).announcements[0].summaries
    assert (summary.gist, summary.method, summary.result) == ("A match.", "A match.", "")


def test_the_page_of_the_same_project_knows_failures_too() -> None:
    """The Markdown page that is made of these lines holds the same words for a failure."""
    page = "### [1] [Lanterns](https://arxiv.org/abs/2602.00001)\n*Ada Example*\n\nTL;DR: Summary generation failed\n"
    assert parse_page(page.encode(), named_day=None, likely_day=DAY).announcements[0].summaries == ()


def test_the_day_is_the_one_named_or_that_of_the_line_or_the_likely_one() -> None:
    """A day that somebody named wins over the lines' own, and those over the file's; the latest is the listing's."""
    lines = (line(1, day="2026-02-02"), line(2, day="2026-02-03"), line(3, day="soon"), line(4, day=None))
    days = [date(2026, 2, 2), date(2026, 2, 3), DAY, DAY]
    assert [one.day for one in read(*lines).announcements] == days
    assert [one.paper.announced for one in read(*lines).announcements] == days
    assert read(*lines[:2]).day == date(2026, 2, 3)
    named = read(*lines, named_day=date(2026, 1, 5))
    assert {named.day, *(one.day for one in named.announcements)} == {date(2026, 1, 5)}


def test_a_repeated_paper_is_told_once() -> None:
    """The project collects a cross-listed paper once per category; the first line of each counts."""
    listing = read(line(1), line(2), line(1, title="Again"), line(1, id="2602.00001v2"))
    assert [one.paper.title for one in listing.announcements] == ["Lanterns, part 1", "Lanterns, part 2"]
    assert listing.problems == ()


def test_a_bad_line_is_told_with_its_number() -> None:
    """Each line that cannot be read is a problem with its number, and the others go on; empty lines count as lines."""
    bad = ('{"id": "2602', "[1]", "7", line(title=" "), line(id="lanterns", abs="", pdf=3))
    listing = read(line(1), "", *bad, "  ", line(2))
    assert len(listing.announcements) == 2
    assert [one.where for one in listing.problems] == [f"line {number}" for number in range(3, 8)]
    assert "not JSON" in listing.problems[0].reason
    assert [one.reason for one in listing.problems[3:]] == ["it has no title", "nothing identifies it"]


def test_an_array_is_read_too() -> None:
    """The same objects in one JSON array, as other tools save them; entries are counted instead of lines."""
    listing = parse(json.dumps([line(1), 7, line(2)], indent=1).encode(), named_day=None, likely_day=DAY)
    assert len(listing.announcements) == 2
    assert [one.where for one in listing.problems] == ["entry 2"]
    assert parse(b"[]", named_day=None, likely_day=DAY).announcements == ()


def test_fields_of_another_shape_are_read_where_they_are_clear() -> None:
    """A versioned id, authors as objects or one line, an abstract by its own name, an address that is none."""
    lines = (
        line(1, id="2602.00001v3", authors=[{"name": "Ada Example"}, 3], abs="javascript:alert(1)", pdf=None),
        line(2, id=None, authors="Ada Example, Bo Sample", categories=None, summary=None, abstract="Light."),
    )
    first, second = (one.paper for one in read(*lines).announcements)
    assert (first.version, first.authors, first.url) == (3, ("Ada Example",), "https://arxiv.org/abs/2602.00001")
    assert first.pdf_url == "https://arxiv.org/pdf/2602.00001"
    assert (second.id, second.authors) == (PaperId("arxiv", "2602.00002"), ("Ada Example", "Bo Sample"))
    assert (second.categories, second.abstract) == ((), "Light.")
    assert read(lines[1]).scope == "daily-arxiv"


def test_hostile_text_is_cleaned() -> None:
    """Control characters, overrides and halves of pairs vanish; a line separator within a title is white space."""
    (one,) = read(line(title="Lan\u202eterns\x00 \ud800in\u2028vivo"), line(1, title="x")).announcements
    assert one.paper.title == "Lanterns in vivo"
    raw = json.dumps(line(title="in\u2028vivo"), ensure_ascii=False)
    assert read(raw).announcements[0].paper.title == "in vivo"


@pytest.mark.parametrize(
    "body",
    [b"neither nor", b"{}", b"[{", b"[" * 100_000, b"9" * 10_000, b"\xff\xfe", b'{"error": "x"}', b"[1, 2]", b"<rss/>"],
)
def test_what_is_no_such_file_is_told(body: bytes) -> None:
    """A file in which nothing is a paper is refused in one sentence."""
    with pytest.raises(BadFeed) as told:
        parse(body, named_day=None, likely_day=DAY)
    assert "\n" not in told.value.sentence()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*line(), "AI", "day", "abstract"]), JSON))
def test_any_object_is_a_paper_or_a_problem(fields: dict[str, object]) -> None:
    """Whatever stands in the fields of a line, the lines around it are read."""
    listing = read(line(99_998), line(1) | fields, line(99_999))
    assert {"2602.99998", "2602.99999"} <= {one.paper.id.value for one in listing.announcements}


@needs_shared
def test_the_real_collection_is_read_whole() -> None:
    """A month as collected: every line is a paper of its own day, once, with authors and an abstract."""
    body = gzip.decompress((SHARED / "data" / "daily" / "arxiv" / "arxiv-2025-03.jsonl.gz").read_bytes())
    listing = parse(body, named_day=None, likely_day=DAY)
    told = [json.loads(one) for one in body.splitlines()]
    assert listing.problems == ()
    assert [one.paper.id.value for one in listing.announcements] == [one["id"] for one in told]
    assert [one.day.isoformat() for one in listing.announcements] == [one["day"] for one in told]
    assert all(one.paper.title and one.paper.authors and one.paper.abstract for one in listing.announcements)
    assert listing.day == max(one.day for one in listing.announcements)
