"""The papers of a digest differ: siblings are named below the better one, and no five are on one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.choose import diversity
from core.choose.verdicts import Fate, Fit, Ranked
from core.papers.paper import Paper
from tests.fakes.papers import a_paper

#: invented subjects, each with words that the others have not
SUBJECTS = {
    "tongues": "Zarma vowels and Hausa consonants in acoustic speech corpora of the Sahel with phoneme lexicons",
    "glaciers": "moraine sediment cores and firn density below Patagonian icefields by ground penetrating radar",
    "proofs": "cut elimination for linear sequent calculi with exponential modalities and focused derivations",
    "bees": "waggle dance decoding of honeybee foragers with hive cameras under neonicotinoid exposure",
    "enzymes": "allosteric kinase inhibitors and docking of peptidomimetic ligands in cryptic pockets",
    "galaxies": "dwarf spheroidal satellites and tidal streams in the halo from astrometric surveys",
}


def about(number: int, subject: str) -> Paper:
    """A paper with the words of a subject, and some that no other has."""
    own = " ".join(f"q{number}z{place}" for place in range(12))
    return a_paper(
        number, title=f"q{number}", abstract=f"{SUBJECTS[subject]}. {SUBJECTS[subject]}. {own}", authors=(own,)
    )


def ranked(papers: Sequence[Paper], step: float = 0.001) -> list[tuple[Ranked, Fit | None]]:
    """The papers, each a little worse than the one before."""
    return [
        (Ranked(paper=paper, score=0.6 - step * place, reasons=(), place=place), Fit.MATCH)
        for place, paper in enumerate(papers, 1)
    ]


def number(paper: Paper) -> int:
    return int(paper.id.value[-5:])


def test_no_five_on_one_thing() -> None:
    """Of eight good papers on one thing a digest of ten takes three, where others wait that are nearly as good."""
    crowd = [about(one, "bees") for one in range(8)]
    others = [about(10 + place, subject) for place, subject in enumerate(list(SUBJECTS) * 2) if subject != "bees"]
    standings = diversity.select(ranked([*crowd, *others]), 10)
    chosen = [one for one in crowd if standings[one.id].fate is Fate.CHOSEN]
    assert chosen[0] == crowd[0] and 1 <= len(chosen) <= 3
    assert sum(standing.fate is Fate.CHOSEN for standing in standings.values()) == 10
    moved = [standings[one.id] for one in crowd if one not in chosen]
    assert all(standing.fate is Fate.DIVERSITY for standing in moved)
    assert {standing.like for standing in moved} <= {one.id for one in chosen}


def test_a_crowd_has_the_room_that_nobody_else_wants() -> None:
    """Where nothing else fits, papers on one thing are all taken: there is nothing to make room for."""
    crowd = [about(one, "bees") for one in range(8)]
    standings = diversity.select(ranked(crowd), 10)
    assert {standing.fate for standing in standings.values()} == {Fate.CHOSEN}


def test_siblings_are_named_below_the_better_one() -> None:
    """Parts I and II, and the same abstract in nearly the same words, take one place, also where there is room."""
    words = f"{SUBJECTS['proofs']}. We show that {SUBJECTS['proofs']} end, with bounds of their own and a new measure."
    first = a_paper(1, title="Focused sequent calculi, part I", abstract=words)
    second = a_paper(2, title="Focused sequent calculi, part II", abstract=words.replace("bounds", "limits"))
    third = about(3, "galaxies")
    standings = diversity.select(ranked([second, third, first]), 10)
    assert standings[second.id].fate is standings[third.id].fate is Fate.CHOSEN
    assert (standings[first.id].fate, standings[first.id].like) == (Fate.SIBLING, second.id)


def test_followed_authors_go_first_and_what_matches_before_what_is_near() -> None:
    """Papers that always come in have the first places, the best of them where they are too many."""
    papers = ranked([about(place, subject) for place, subject in enumerate(SUBJECTS)])
    fits = [Fit.NEAR, Fit.MATCH, Fit.ALWAYS, Fit.ALWAYS, Fit.MATCH, Fit.ALWAYS]
    given = [(one, fit) for (one, _), fit in zip(papers, fits, strict=True)]
    for size, expected in ((1, {2}), (2, {2, 3}), (3, {2, 3, 5}), (4, {1, 2, 3, 5}), (6, set(range(6)))):
        standings = diversity.select(given, size)
        chosen = {number(one.paper) for one, _ in given if standings[one.paper.id].fate is Fate.CHOSEN}
        assert chosen == expected
        assert all(one.fate in (Fate.CHOSEN, Fate.SIZE) for one in standings.values())


def test_papers_with_few_words_are_like_none() -> None:
    """A few common words in common say nothing: papers without abstracts are not siblings for that."""
    papers = [a_paper(one, title="On learning", abstract="") for one in range(5)]
    papers += [replace(a_paper(9), title="", abstract=""), replace(a_paper(10), title="", abstract="")]
    standings = diversity.select(ranked(papers), 7)
    assert {standing.fate for standing in standings.values()} == {Fate.CHOSEN}


def test_the_ranking_stays_where_nothing_is_alike() -> None:
    """Papers that differ are taken in their order, and nothing that is far behind is looked at."""
    papers = [about(place, subject) for place, subject in enumerate(SUBJECTS)]
    standings = diversity.select(ranked(papers, step=0.05), 4)
    assert [standings[one.id].fate for one in papers] == [Fate.CHOSEN] * 4 + [Fate.SIZE] * 2
    assert diversity.select([], 10) == {}
