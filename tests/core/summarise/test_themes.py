"""Which papers are grouped together, and how groups are named."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.papers.identifiers import PaperId
from core.summarise.themes import ThemeText, themes_of

SUBJECTS = {
    "speech": "Speech recognition of accents: acoustic encoders hear speakers in noisy rooms. Speech recognition errs.",
    "proofs": "Theorem proving with lemmas: a proof assistant plants lemmas. Theorem proving needs proof search.",
    "graphs": "Graph clustering by spectra: eigenvalues of graphs split communities. Graph clustering stays stable.",
}
#: words that the papers of no subject share
ODD = ("walnut", "harbour", "violin", "glacier", "saddle", "lantern", "orchid", "copper", "marsh", "puppet")


def a_text(number: int, title: str = "", body: str = "") -> ThemeText:
    return ThemeText(paper=PaperId("arxiv", f"2602.{number:05d}"), title=title, body=body)


def about(subject: str, number: int) -> ThemeText:
    body = SUBJECTS[subject]
    return a_text(number, f"{body.partition(':')[0]} with a {ODD[number % 10]}", f"{body} A {ODD[number % 10]} helps.")


def twelve() -> list[ThemeText]:
    return [about(subject, 4 * place + number) for place, subject in enumerate(SUBJECTS) for number in range(4)]


def test_papers_of_one_subject_are_one_theme() -> None:
    """Three subjects make three themes, each named by what its titles share."""
    themes = themes_of(twelve())
    assert sorted(tuple(int(paper.value[-5:]) for paper in theme.papers) for theme in themes) == [
        (0, 1, 2, 3),
        (4, 5, 6, 7),
        (8, 9, 10, 11),
    ]
    labels = " ".join(theme.label for theme in themes)
    for name in ("Speech recognition", "Theorem proving", "Graph clustering"):
        assert name in labels


def test_what_is_like_nothing_else_is_left_over() -> None:
    """A paper that shares no words with others is in the last theme, which has no name."""
    *themes, rest = themes_of([*twelve(), a_text(99, "Zither tuning", "Strings of zithers detune overnight.")])
    assert all(theme.label for theme in themes)
    assert (rest.label, [paper.value for paper in rest.papers]) == ("", ["2602.00099"])


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_papers_does_not_matter(seed: int) -> None:
    """The same papers in another order make the same themes with the same names."""
    texts = twelve()
    random.Random(seed).shuffle(texts)
    assert themes_of(texts) == themes_of(twelve())


words = st.lists(st.sampled_from([*ODD, *"speech graph proof model learning".split()]), max_size=12).map(" ".join)  # noqa: SIM905 - it reads so


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(words, words | st.text(max_size=80)), max_size=14), st.randoms(use_true_random=False))
def test_every_paper_is_in_exactly_one_theme(papers: list[tuple[str, str]], shuffled: random.Random) -> None:
    """Whatever the texts are: no paper is lost or doubled, few themes come out, and only the last one has no name."""
    texts = [a_text(number, *paper) for number, paper in enumerate(papers)]
    themes = themes_of(texts)
    assert sorted(paper for theme in themes for paper in theme.papers) == [text.paper for text in texts]
    assert len(themes) <= 7
    assert all(theme.papers for theme in themes)
    assert all(theme.label for theme in themes[:-1])
    assert all(len(theme.label) <= 60 for theme in themes)
    again = list(texts)
    shuffled.shuffle(again)
    assert themes_of(again) == themes


def test_sixty_papers() -> None:
    """Sixty papers of three subjects are still three themes, the larger ones first."""
    counts = {"speech": 30, "proofs": 20, "graphs": 10}
    subjects = [subject for subject, count in counts.items() for _ in range(count)]
    texts = [a_text(n, SUBJECTS[one].partition(":")[0], f"{SUBJECTS[one]} w{n}") for n, one in enumerate(subjects)]
    assert [len(theme.papers) for theme in themes_of(texts)] == [30, 20, 10]


def test_names_are_no_general_words() -> None:
    """Words that papers of all subjects have name no theme."""
    general = [a_text(number, "A new model for learning", f"We propose a model. {ODD[number]}") for number in range(4)]
    assert [theme.label for theme in themes_of(general)] == [""]
