"""How much text of others is kept."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers import bounds
from core.papers.bounds import bounded_announcement, bounded_paper, bounded_summary
from core.papers.identifiers import PaperId
from core.papers.paper import Evidence, Paper, Signals, Summary
from tests.fakes.papers import a_listing, a_paper

HUGE = "word " * 400_000
SUMMARY = Summary(
    paper=a_paper().id,
    version=1,
    language="en",
    gist=HUGE,
    result=HUGE,
    evidence=(Evidence(claim=HUGE, quote=HUGE),) * 1_000,
    made_by="saved",
)


def a_huge_paper() -> Paper:
    return a_paper(
        title=HUGE,
        abstract=HUGE,
        authors=(HUGE,) * 20_000,
        categories=("cs.CL", HUGE, *(f"x.{number}" for number in range(1_000))),
        url=f"https://a.example/{HUGE}",
        pdf_url=f"https://a.example/{HUGE}",
        doi=f"10.1000/{HUGE}",
        journal=HUGE,
        licence=f"https://a.example/{HUGE}",
        comment=HUGE,
        identifiers=tuple(PaperId("url", f"https://a.example/{number}") for number in range(1_000)),
        signals=Signals(upvotes=3, code_url=f"https://a.example/{HUGE}", keywords=(HUGE,) * 1_000),
    )


def test_an_ordinary_announcement_stays_as_it_is() -> None:
    """What real papers have is far below the bounds, and nothing of it is touched."""
    (announcement,) = a_listing([a_paper(comment="12 pages", authors=("Ada Ng",) * 3_303)]).announcements
    assert bounded_announcement(announcement) is announcement


def test_every_text_of_a_paper_is_bounded() -> None:
    """Whatever a source says in whatever field, a paper is small; addresses are whole or absent."""
    paper = bounded_paper(a_huge_paper())
    assert len(repr(paper)) < 500_000
    assert paper.title.endswith("word…") and len(paper.title) <= bounds.LONGEST_TITLE
    assert paper.abstract.endswith("word…") and len(paper.abstract) <= bounds.LONGEST_ABSTRACT
    assert (paper.url, paper.pdf_url, paper.doi, paper.licence, paper.signals.code_url) == ("", "", None, None, None)
    assert paper.categories[0] == "cs.CL" and len(paper.categories) == bounds.MOST_CATEGORIES
    assert paper.signals.upvotes == 3 and len(paper.signals.keywords or ()) == bounds.MOST_KEYWORDS


def test_every_text_of_a_summary_is_bounded() -> None:
    """A summary that came with a listing or a model has parts of bounded length."""
    summary = bounded_summary(SUMMARY)
    assert len(repr(summary)) < 200_000 and summary.gist.endswith("word…")


TEXT = st.text(st.sampled_from("ab \u0301\u200d\ud83d\ude00\U0001f44d\U0001f3fd。\n"), max_size=80)


@given(TEXT, st.integers(0, 1_100))
def test_twice_is_once(text: str, more: int) -> None:
    """Bounding again what was bounded changes nothing."""
    long = "x" * more + text * 200
    paper = bounded_paper(a_paper(title=long, comment=long, authors=(long,) * 3, categories=(long,)))
    assert bounded_paper(paper) is paper


@pytest.mark.parametrize("field", [one.name for one in fields(Paper)])
def test_no_field_is_forgotten(field: str) -> None:
    """Each field of a paper is bounded, or is no text that a source is free to write."""
    free = {"id", "version", "published", "announced", "announce_type", "sources"}
    huge: Any = getattr(a_huge_paper(), field)
    paper = bounded_paper(replace(a_paper(), **{field: huge}))
    assert (getattr(paper, field) != huge) == (field not in free)
