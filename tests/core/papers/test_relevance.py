"""Relevance: how well papers answer a question, by its words, where they stand, and what stands beside them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.relevance import Candidate, judge, rarity, read_question
from core.papers.search import parse_query
from core.text.terms import index_phrases


def question(typed: str, *, most: int = 64):
    terms = parse_query(typed, today=date(2026, 1, 1)).terms
    return read_question(terms, lambda term: index_phrases(term.words, prefix=term.prefix), most=most)


def order(typed: str, *candidates: Candidate) -> list[int]:
    asked = question(typed)
    scores = [one.score for one in judge(asked, [1.0] * len(asked.targets), candidates)]
    return sorted(range(len(candidates)), key=lambda place: -scores[place])


def text(abstract: str, title: str = "", *authors: str) -> Candidate:
    return Candidate(title=title, abstract=abstract, authors=authors)


FILLER = " ".join(f"filler{number}" for number in range(40))


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("whisper", text(FILLER, "Whispers"), text(f"whispers {FILLER}", "Other")),
        ("whisper", text(f"whisper whispered {FILLER}"), text(f"whisper {FILLER} more")),
        ("whisper", text("a whisper"), text(f"a whisper {FILLER}")),
        ("graph whisper", text("graph whisper one"), text("whisper one graph")),
        ("graph whisper", text("graph or whisper"), text("graph graph graph")),
        ("whispering whispers graph", text("whisper of one"), text("graph of one")),
        ('"deep graph"', text("deep graph"), text("graph deep")),
        ("whisp*", text("whispering"), text("whimper")),
        ("lee", text("x", "x", "Ann Lee"), text("x", "x", "Ann Li")),
        ("深度学习", text("基于深度学习的方法"), text("学习深度的方法")),
        ("in-context", text("an in-context task"), text("the context in it")),
    ],
)
def test_what_counts(typed: str, better: Candidate, worse: Candidate) -> None:
    """Titles, repetition, short texts, neighbours, different words and what is asked for twice count more."""
    assert order(typed, worse, better) == [1, 0]


def test_rare_words_count_more() -> None:
    """What few papers have tells more than what many have, and everything tells something."""
    assert rarity(1, 1000) > rarity(100, 1000) > rarity(1000, 1000) > 0
    assert rarity(-1, 10) == rarity(0, 10) and rarity(99, 10) == rarity(10, 10)


def test_a_question_is_what_it_asks_for() -> None:
    """Words that only ask are left out, the same word in another form counts again, and neighbours are kept."""
    asked = question("I am interested in papers about graph whispers, or any whispering graphs; what whispers?")
    assert [one.term.words[0] for one in asked.targets] == ["graph", "whispers"]
    assert [one.times for one in asked.targets] == [2, 3]
    assert dict(asked.neighbours) == {(0, 1): 1, (1, 0): 1}
    assert len(question(" ".join(f"w{number}x" for number in range(99)), most=9).targets) == 9


def test_only_small_words() -> None:
    """Where nothing tells a paper from another, the small words are what is looked for."""
    assert [one.term.words[0] for one in question("to be or not").targets] == ["to", "be", "or", "not"]


def test_what_is_missing_is_named() -> None:
    """A candidate says which of the things it does not have."""
    asked = question("graph zebra whisper")
    found = judge(asked, [1.0, 1.0, 1.0], [text("a graph that whispers"), text("nothing")])
    assert [one.missing for one in found] == [(1,), (0, 1, 2)]
    assert found[1].score == 0


@given(st.text(max_size=200), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=200)), max_size=4))
def test_anything_is_judged(typed: str, texts: list[tuple[str, str]]) -> None:
    """Whatever is asked of whatever texts, each has a score that is not negative, in the same order at any time."""
    asked = question(typed.replace(":", " "))
    candidates = [text(abstract, title) for title, abstract in texts]
    found = judge(asked, [1.0] * len(asked.targets), candidates)
    assert len(found) == len(candidates) and all(one.score >= 0 for one in found)
    assert found == judge(asked, [1.0] * len(asked.targets), candidates)
