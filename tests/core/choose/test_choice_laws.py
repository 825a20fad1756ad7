"""Laws of a choice: it depends on the candidates alone, tells what became of each, and no input stops it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.channels import ChannelRef, Subscription
from core.choose.choice import Choice, Knowledge, choose_papers
from core.choose.profile.opinions import Opinion
from core.choose.verdicts import Candidate, Candidates, Fate, Fit
from core.papers.paper import AnnounceType, Paper, Signals
from tests.fakes.papers import DAY, a_paper

CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",))
WORDS = ("glacier cores in Patagonia", "honeybee waggle dances", "sequent calculi", "firn density", "", "蜜蜂的舞蹈")
STRANGE = (
    a_paper(1, abstract=""),
    a_paper(2, title="", abstract="", authors=()),
    a_paper(3, authors=tuple(f"Author {number}" for number in range(3_000))),
    a_paper(4, title="蜜蜂的舞蹈", abstract="我们研究蜜蜂的摇摆舞。"),
    a_paper(5, title="\u202e$\\frac{", abstract="\x00" * 50),
    a_paper(6, abstract="waggle " * 20_000),
    a_paper(7, signals=Signals(upvotes=10**18, citations=10**18)),
)
WISHES = (
    CHANNEL,
    replace(CHANNEL, interest="glaciers in Patagonia, not bees"),
    replace(CHANNEL, rule="waggle^2 OR NOT survey"),
    replace(CHANNEL, authors=("Author 7",), layout=CHANNEL.layout),
)


def choose(papers: Sequence[Paper], subscription: Subscription, known: Knowledge) -> Choice:
    items = tuple(Candidate(paper=one, type=AnnounceType.NEW, scope="cs.CL", day=DAY) for one in papers)
    return choose_papers(Candidates(items=items, until=1), subscription, known)


some_papers = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(WORDS), st.sampled_from(WORDS)),
    max_size=10,
    unique_by=lambda one: one[0],
).map(lambda told: [a_paper(number, title=title, abstract=f"{title} {more}. " * 3) for number, title, more in told])


@settings(max_examples=15)
@given(some_papers, st.sampled_from(WISHES), st.sampled_from([1, 3, 5, 50]), st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(
    papers: list[Paper], wish: Subscription, size: int, random: object
) -> None:
    """The same candidates in any order are the same digest, with the same decisions on all of them."""
    subscription = replace(wish, size=size)
    opinions = {one.id: Opinion(value=number % 5 / 5, trust=0.6) for number, one in enumerate(papers)}
    known = Knowledge(opinions=opinions, day=DAY)
    first = choose(papers, subscription, known)
    shuffled = random.sample(papers, len(papers))  # type: ignore[attr-defined]  # hypothesis draws a Random
    again = choose(shuffled, subscription, known)
    assert again.entries == first.entries and list(again.decisions()) == list(first.decisions())
    assert len(first.shown_papers) <= size and len(first.kept) + len(first.dropped) == len(papers)
    for decision in first.decisions():
        standing = decision.standing
        assert standing and decision.chosen == (standing.fate in (Fate.CHOSEN, Fate.EXPLORED))
        assert (standing.like is None) == (standing.fate not in (Fate.DIVERSITY, Fate.SIBLING))
        assert standing.like is None or standing.like in {one.paper.id for one in first.shown_papers}


@pytest.mark.parametrize("size", [1, 50])
@pytest.mark.parametrize("wish", WISHES)
def test_strange_papers_and_numbers_stop_no_digest(wish: Subscription, size: int) -> None:
    """No abstract, 3,000 authors, another language, and opinions that are no numbers: each paper is decided on."""
    for value, trust in ((math.nan, 0.7), (math.inf, 0.7), (-math.inf, 1.0), (0.9, math.nan), (0.9, 0.7)):
        known = Knowledge(opinions={one.id: Opinion(value=value, trust=trust) for one in STRANGE}, day=DAY)
        choice = choose(STRANGE, replace(wish, size=size), known)
        assert len(choice.kept) + len(choice.dropped) == len(STRANGE)
        assert all(math.isfinite(one.score) for one in choice.kept) and len(choice.shown_papers) <= size


def test_no_candidates_are_no_digest() -> None:
    """Without candidates there is nothing to decide."""
    for wish in WISHES:
        assert (choose([], wish, Knowledge()).entries, list(choose([], wish, Knowledge()).decisions())) == ((), [])


def test_a_followed_author_has_a_place_whatever_the_score() -> None:
    """Of papers with nothing of the interest, the one by a followed author comes in, and first."""
    papers = [a_paper(1, title="Glaciers in Patagonia"), a_paper(2, authors=("Ann Lee",)), a_paper(3)]
    choice = choose(papers, replace(CHANNEL, interest="glaciers in Patagonia", authors=("Ann Lee",)), Knowledge())
    assert [(one.paper, standing.fit) for one, standing in choice.entries] == [
        *((papers[1], Fit.ALWAYS), (papers[0], Fit.MATCH))
    ]
    assert next(one for one in choice.decisions() if one.paper == papers[2].id).standing.fate is Fate.FLOOR  # type: ignore[union-attr]  # every kept paper has a standing
