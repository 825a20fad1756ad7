"""Entries of Hugging Face at the edges of what is taken from them: nothing, too much, too deep, somewhere else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.sources.http import PoliteClient
from adapters.sources.huggingface import HuggingFaceDaily, parse
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.clock import FakeClock
from tests.fakes.loopback import replies, serving
from tests.fakes.polite_client import ok

TODAY = date(2026, 2, 4)


def answer_row(**fields: Any) -> dict[str, Any]:
    return {"id": "2602.00001", "title": "Lanterns", **fields}


def read(entry: Any) -> Paper:
    (line,) = parse(json.dumps([entry]).encode(), TODAY).announcements
    return line.paper


def test_what_is_null_inside_is_taken_from_around_it() -> None:
    """A field that the paper leaves empty may stand beside it."""
    paper = read({"paper": answer_row(numComments=None, upvotes=None), "numComments": 3})
    assert (paper.signals.comments, paper.signals.upvotes) == (3, None)


def test_papers_within_papers_have_an_end() -> None:
    """However deep a record is wrapped, it is read to a bounded depth, and what lies below is told as missing."""
    entry: dict[str, Any] = answer_row()
    for _ in range(3):
        entry = {"paper": entry}
    listing = parse(json.dumps([{"paper": {"paper": answer_row()}}, entry]).encode(), TODAY)
    assert (len(listing.announcements), len(listing.problems)) == (1, 1)


def test_text_that_is_nested_without_end_is_a_problem() -> None:
    """What a collector wrote as text may be deeper than any reader goes."""
    listing = parse(json.dumps(["[" * 100_000, answer_row()]).encode(), TODAY)
    assert (len(listing.announcements), len(listing.problems)) == (1, 1)


def test_keywords_are_bounded() -> None:
    """Of the first twenty those are kept that are keywords by their length."""
    keywords = read(answer_row(ai_keywords=["x" * 81, *(f"lantern {number}" for number in range(50))])).signals.keywords
    assert keywords == tuple(f"lantern {number}" for number in range(19))


@pytest.mark.parametrize(
    "address", ["https://gitlab.com/invented/lanterns", "https://gitlab.inria.fr/invented/lanterns"]
)
def test_code_of_institutes_is_code(address: str) -> None:
    """Universities run their own GitLab."""
    assert read(answer_row(githubRepo=address)).signals.code_url == address


@pytest.mark.parametrize("said", ["2026-02-03T18:30:00", "2026-02-03T18:30:00Z", "2026-02-03T19:30:00+01:00"])
def test_moments_are_in_utc(said: str) -> None:
    """With a zone or without, a moment is aware."""
    assert read(answer_row(publishedAt=said)).published == datetime(2026, 2, 3, 18, 30, tzinfo=UTC)


async def test_nothing_wanted_is_not_asked_for() -> None:
    """A search for no papers, or for no words, costs no request."""
    async with serving(replies(ok("[]"))) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
        hub = HuggingFaceDaily(http, clock=FakeClock(), base_url=server.url)
        for words, limit in (("lanterns", 0), ("  ", 5)):
            assert (await hub.search(words, limit=limit)).announcements == ()
    assert server.requests == []


async def test_finding_is_bounded() -> None:
    """Twenty papers are asked for, and the rest is not passed over in silence."""
    async with serving(replies(ok("[]"))) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
        source = HuggingFaceDaily(http, clock=FakeClock(), base_url=server.url)
        listing = await source.find([PaperId("arxiv", f"2602.{n:05d}") for n in range(30)])
    assert (len(server.requests), listing.is_cut) == (20, True)
