"""What a listing changes: decided without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.listings import Listing, Stored
from core.papers import Announcement, AnnounceType, Paper, PaperId, Signals
from storage.merging import Decided, Known, decide, merge, names
from tests.fakes.papers import DAY, a_listing, a_paper

DOIS = [PaperId("doi", f"10.1000/{letter}") for letter in "abc"]

papers = st.builds(
    lambda number, version, doi, day, categories: a_paper(
        number,
        version=version,
        identifiers=doi,
        announced=DAY + timedelta(days=day),
        categories=categories,
        title=f"Title {version}",
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(st.sampled_from(DOIS), max_size=1).map(tuple),
    st.integers(-2, 2),
    st.lists(st.sampled_from(["cs.CL", "cs.LG", "math-ph"]), unique=True).map(tuple),
)


def stored(decided: Decided, before: Sequence[Known] = ()) -> list[Known]:
    """What a store has after it did what was decided."""
    gone = {row for row, _ in decided.same}
    now = {one.paper.id: one for one in before if one.row not in gone}
    now |= {one.id: replace(now[one.id], paper=one) for one in decided.changed}
    rows = max((one.row for one in before), default=0)
    now |= {one.id: Known(paper=one, row=rows + n, listed_here=True) for n, one in enumerate(decided.new, 1)}
    return [replace(one, listed_here=True) for one in now.values()]


def known(papers: Sequence[Known]) -> dict[PaperId, Known]:
    """Who is found under which identifier: whoever had it first."""
    found: dict[PaperId, Known] = {}
    for one in sorted(papers, key=lambda one: one.row):
        for name in names(one.paper):
            found.setdefault(name, one)
    return found


@given(st.lists(papers, max_size=8))
def test_same_listing_again_changes_nothing(listed: list[Paper]) -> None:
    """What was stored once is known the second time, every paper of it."""
    listing = a_listing(listed)
    first = decide(listing, {})
    again = decide(listing, known(stored(first)))
    assert (again.new, again.changed, again.same) == ((), (), ())
    assert again.stored == Stored(known=first.stored.new)


@given(st.lists(papers, max_size=8), st.integers(0, 8))
def test_in_two_parts_or_at_once(listed: list[Paper], cut: int) -> None:
    """A listing that comes in two parts leaves the same papers as one that comes at once."""
    once = stored(decide(a_listing(listed), {}))
    first = stored(decide(a_listing(listed[:cut]), {}))
    second = decide(a_listing(listed[cut:]), known(first))
    assert {one.paper for one in stored(second, first)} == {one.paper for one in once}


@given(st.lists(papers, max_size=8))
def test_every_paper_is_counted_once(listed: list[Paper]) -> None:
    """New, updated and known papers add up to the papers of the listing, and each announcement leads to one."""
    decided = decide(a_listing(listed), {})
    assert decided.stored.new == len({one.id for one in listed}) == len(decided.new)
    assert [line.paper for _, line in decided.lines] == listed
    assert {id for id, _ in decided.lines} == {one.id for one in decided.new}


@given(papers, papers)
def test_merging(one: Paper, other: Paper) -> None:
    """The higher version tells the text, the earlier day stays, and no name or source is lost."""
    both = merge(one, replace(other, sources=("else",)))
    assert both.id == one.id and both.version == max(one.version, other.version)
    assert both.title == f"Title {both.version}"
    assert both.announced == min(one.announced or DAY, other.announced or DAY)
    assert set(names(both)) >= set(names(one)) | set(other.identifiers) - {one.id}
    assert both.sources == ("arxiv", "else")


def test_first_listing_of_a_day_is_the_new_one() -> None:
    """A paper that is new in one category and cross-listed in another on the same day is new."""
    cross = a_paper(1, announce_type=AnnounceType.CROSS)
    assert merge(cross, a_paper(1)).announce_type is AnnounceType.NEW
    assert merge(a_paper(1), cross).announce_type is AnnounceType.NEW


def test_newest_signals_count() -> None:
    """A signal that is told replaces the one before; one that is not told stays."""
    before = a_paper(1, signals=Signals(upvotes=5, code_url="https://example.org"))
    after = merge(before, a_paper(1, signals=Signals(upvotes=7, stars=1)))
    assert after.signals == Signals(upvotes=7, stars=1, code_url="https://example.org")


def test_a_chain_of_names_is_one_paper() -> None:
    """A listing that ties three papers together, one after another, leaves one of them."""
    first, second = (a_paper(n, id=DOIS[n]) for n in (0, 1))
    tie = a_paper(5, identifiers=(DOIS[0], DOIS[1]))
    decided = decide(a_listing([second, first, tie]), {})
    assert [paper.id for paper in decided.new] == [DOIS[1]]
    assert set(names(decided.new[0])) == {DOIS[0], DOIS[1], tie.id}
    assert {id for id, _ in decided.lines} == {DOIS[1]}
    before = [Known(paper=paper, row=row, listed_here=True) for row, paper in enumerate((first, second), 1)]
    later = decide(a_listing([tie]), known(before))
    assert later.same == ((2, DOIS[0]),) and [paper.id for paper in later.changed] == [DOIS[0]]


def test_source_is_named() -> None:
    """The source of an announcement is among the paper's sources though the paper does not say so."""
    paper = a_paper(1, sources=())
    listing = Listing(
        source="feed", scope="x", announcements=(Announcement(paper=paper, source="feed", scope="x", day=DAY),)
    )
    assert decide(listing, {}).new[0].sources == ("feed",)
