"""Passages: the part of a text that shows why it was found; and the stems that they and the index know words by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.passages import LETTERS, passage, stem
from core.papers.search import Term
from storage.search.expressions import completions

FILLER = "Nothing to see in this part of it. " * 20


def term(words: str, *, prefix: bool = False) -> Term:
    return Term(words=tuple(words.split()), prefix=prefix)


@given(st.text(max_size=800), st.lists(st.text("abcé \n", min_size=1, max_size=5), max_size=3))
def test_a_passage_is_a_part_of_the_text(text: str, words: list[str]) -> None:
    """Whatever the text, its passage is of bounded length, on one line, and in the text word for word."""
    terms = [term(word) for word in words if word.split()]
    found = passage(text, terms)
    assert len(found) <= LETTERS + 2
    line = " ".join(text.split())
    assert found.removeprefix("…").removesuffix("…").strip() in line or line == found


def test_short_text_is_its_own_passage() -> None:
    """A short text is shown whole, on one line."""
    assert passage("A  short\ntext.", [term("short")]) == "A short text."


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        (term("okapi"), "The okapis were studied"),
        (term("studying"), "The okapis were studied"),
        (term("okapis were"), "The okapis were studied"),
        (term("oka", prefix=True), "The okapis were studied"),
        (term("OKAPI"), "The okapis were studied"),
    ],
)
def test_around_the_match(asked: Term, seen: str) -> None:
    """The passage holds the word in whatever form, with some words before it, cut between words."""
    found = passage(f"{FILLER}The okapis were studied. {FILLER}", [asked])
    assert seen in found and not found.startswith(f"…{seen}")
    assert found[0] == found[-1] == "…" and found[1:].split()[0] in FILLER.split()


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        (term("脑电"), "使用脑电信号"),
        (term("电"), "使用脑电信号"),
        (term("bert"), "用BERT模型"),
        (term("用bert"), "用BERT模型"),
        (term("muller"), "Müller"),
        (term("H2O"), "H₂O"),
        (term("วิเคราะห์"), "การวิเคราะห์"),
    ],
)
def test_around_the_match_in_any_script(asked: Term, seen: str) -> None:
    """The passage is around the match wherever folding has moved it, and within a run of characters."""
    filler = "这是一个句子ﬃ。" * 60
    found = passage(f"{filler}{seen}，{filler}", [asked])
    assert seen in found and found[0] == found[-1] == "…"


def test_where_most_words_are() -> None:
    """A place with two of the words is better than an earlier one with one of them twice."""
    text = f"The okapi, the okapi. {FILLER} The okapi and the zebra. {FILLER}"
    assert "zebra" in passage(text, [term("okapi"), term("zebra")])


def test_beginning_where_nothing_matches() -> None:
    """Where the words are in the title alone, the abstract's beginning is shown."""
    found = passage(FILLER, [term("okapi")])
    assert found.startswith("Nothing") and found.endswith("…")


def test_one_endless_word() -> None:
    """A text without a space is cut all the same."""
    assert passage("x" * 5_000, [term("x")]) == "x" * LETTERS + "…"


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3)), max_size=30))
def test_the_window_with_the_most_terms(found: list[tuple[int, int]]) -> None:
    """No other window of the text holds more different terms than the passage does."""
    words = ["x"] * 1_000
    for place, index in found:
        words[place] = "abcd"[index]
    line = " ".join(words)
    terms = [term(letter) for letter in "abcd"]
    shown = passage(line, terms)
    places = [(place, letter) for place, letter in enumerate(line) if letter in "abcd"]
    most = max((len({letter for at, letter in places if start <= at < start + 180}) for start, _ in places), default=0)
    assert len({letter for letter in shown if letter in "abcd"}) >= most


def test_completions() -> None:
    """Beginnings that are longer than their stems are completed; others need none."""
    assert {stem(word) for word in completions("optimiz")} == {"optim"}
    assert "gener" in {stem(word) for word in completions("generati")}
    assert completions("diffus") == completions("transf") == ()
