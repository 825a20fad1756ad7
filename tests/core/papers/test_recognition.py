"""A typed title means the paper that people would take it for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import pytest

from core.papers.identifiers import PaperId
from core.papers.identity.recognition import MOST_AUTHORS, certain_paper, recognise
from core.papers.paper import Paper
from tests.benchmarks import titles
from tests.shared import needs_shared

PLANES = Paper(
    id=PaperId("sample", "1"),
    title="Folding paper planes for long flights: wings, noses and the patience of pilots",
    authors=("Ada Example", "Bo Sample", "Cy Muster", "Di Vorlage"),
    published=datetime(2025, 3, 1, tzinfo=UTC),
)
BOATS = replace(
    PLANES, id=PaperId("sample", "2"), title="Folding paper boats for short journeys", authors=("Ed Other",)
)
PART = replace(PLANES, id=PaperId("sample", "3"), title="Gluing paper kites for windy days: part 3")
PAPERS = (BOATS, PLANES)


@pytest.mark.parametrize(
    "typed",
    [
        "folding paper plans for long flihgts wings noses and the patience of pilots",
        "Folding paper planes for long flights",
        "Wings, noses and the patience of pilots",
        "Example folding paper planes for long flights 2025",
        "Folding paper planes for long flights, Exampel et al. 2024",
        "[3] A. Example, B. Sample et al., “Folding paper planes for long flights: Wings, noses and the patience of"
        " pilots,” in Proc. Int. Conf. Paper, 2025, pp. 11–20.",
        "Muster, C. and Vorlage, D. (2025). Folding paper planes for long flights. Journal of Folds 7(1), 11-20.",
    ],
)
def test_typed_as_people_do(typed: str) -> None:
    """Slips, a subtitle left out, authors with a year and a line of a reference list do not hide a paper."""
    assert certain_paper(recognise(typed, PAPERS)) == PLANES


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "$$$",
        "paper",
        "Folding paper kites for long flights",
        "Folding paper planes for long flights in the poetry of Persia",
        "Nobody, N. (2025). Folding paper planes for long flights over the sea. Journal of Kites 7(1), 11-20.",
        "Example, A. (1999). Folding paper planes for long flights: wings, noses and the patience of pilots.",
        "Folding paper planes for long flights: part 2",
        "Gluing paper kites for windy days: part 2",
        "Example, A.: Gluing paper kites for windy days, part II, 2025",
    ],
)
def test_another_paper(typed: str) -> None:
    """Another title, another year and another part of a series are another paper, and a few words are in doubt."""
    assert certain_paper(recognise(typed, (*PAPERS, PART))) is None


def test_twins_are_in_doubt() -> None:
    """Of two papers of one title neither is meant for certain, and both are likely."""
    twin = replace(PLANES, id=PaperId("sample", "3"))
    recognitions = recognise("folding paper plans for long flights", (PLANES, twin))
    assert certain_paper(recognitions) is None
    assert recognitions[0].likelihood == recognitions[1].likelihood > 0.5


def test_words_of_a_title() -> None:
    """A paper has the words that stand in its title or among its authors."""
    assert [each.has_words for each in recognise("patience sample", (PLANES, BOATS))] == [True, False]
    crowd = replace(PLANES, authors=tuple(f"A. Author{number}" for number in range(3_000)))
    assert [each.has_words for each in recognise(f"patience author{MOST_AUTHORS}", (crowd,))] == [False]


@needs_shared
def test_real_titles() -> None:
    """Of real titles, typed in fourteen ways, nine in ten mean their paper, and none means another one."""
    papers = list(islice(titles.papers_of(titles.STORED), 40))
    outcomes = Counter[str]()
    for form, paper, text in titles.typed_titles(papers, each=4):
        place = papers.index(paper)
        near = [*papers[max(place - 2, 0) : place], *papers[place + 1 : place + 3]]
        assert certain_paper(recognise(text, near)) is None, (form, text)
        meant = certain_paper(recognise(text, [paper, *near]))
        assert meant in (paper, None), (form, text)
        outcomes[form] += meant == paper
    # four words of a title are for the search
    assert sum(outcomes.values()) - outcomes["four words"] >= 0.9 * 4 * (len(titles.FORMS) - 1)
