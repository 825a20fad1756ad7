"""How closeness in meaning counts beside the words of an interest."""

from __future__ import annotations

import numpy as np
import pytest

from core.choose.interest.meaning import closeness, subjects_of
from core.choose.interest.weighing import weigh
from core.choose.reasons import ReasonKind, convincing
from tests.fakes.papers import a_paper

DRAW = np.random.default_rng(3)
PAPER = a_paper(1, title="Of sealing wax", abstract="Cabbages and kings are compared.")


def units(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


USUAL = units(DRAW.standard_normal((200, 32)))
WANTED, UNWANTED = units(DRAW.standard_normal((1, 32))), units(DRAW.standard_normal((1, 32)))
NONE = np.zeros((0, 32), dtype=np.float32)


@pytest.mark.parametrize(
    ("interest", "wanted", "unwanted"),
    [
        ("efficient attention for long documents, not vision", ["efficient attention for long documents"], ["vision"]),
        ("sleep and memory; robots, grasping", ["sleep, memory", "robots, grasping"], []),
        ("Not theory.", [], ["theory"]),
        ("  ; , ", [], []),
        ("面向长文档的高效注意力，不要视觉", ["面向长文档的高效注意力"], ["视觉"]),
    ],
)
def test_what_is_embedded(interest: str, wanted: list[str], unwanted: list[str]) -> None:
    """Each subject is a text of its own, and what is not wanted is in none of them."""
    found = subjects_of(interest)
    assert ([*found.aims], [*found.exclusions]) == (wanted, unwanted)


def test_the_near_are_close() -> None:
    """A paper that means the subject is close, one like any other is not, and there is no paper beyond 0 and 1."""
    near = units(WANTED + 0.2 * USUAL[:1])
    found = closeness(np.concatenate([near, USUAL[1:50]]), wanted_vectors=WANTED, unwanted_vectors=NONE, usual=USUAL)
    assert found[0] == 1.0
    assert np.median(found) == 0.0
    assert all(0.0 <= one <= 1.0 for one in found)


def test_one_of_several_subjects_is_enough() -> None:
    """A paper that means one subject of several is as close as if there were no other one."""
    other = units(DRAW.standard_normal((1, 32)))
    near = units(WANTED + 0.2 * USUAL[:1])
    assert closeness(near, wanted_vectors=np.concatenate([other, WANTED]), unwanted_vectors=NONE, usual=USUAL)[0] == 1.0


def test_what_is_not_wanted_attracts_nothing() -> None:
    """A paper that is nearer to what is not wanted than to what is has no closeness, however near it is to both."""
    between = units(WANTED + 1.2 * UNWANTED)
    assert closeness(between, wanted_vectors=WANTED, unwanted_vectors=NONE, usual=USUAL)[0] > 0.0
    assert closeness(between, wanted_vectors=WANTED, unwanted_vectors=UNWANTED, usual=USUAL)[0] == 0.0


def test_a_model_that_says_the_same_of_everything() -> None:
    """Where all vectors are one, nothing is close."""
    same = np.repeat(WANTED, 50, axis=0)
    assert max(closeness(same, wanted_vectors=WANTED, unwanted_vectors=NONE, usual=same)) == 0.0


def test_meaning_counts_beside_the_words() -> None:
    """Closeness in meaning counts for and against a paper; where it is not known, the words count alone."""
    by_words, far, near = (weigh("cabbages", [PAPER], {}, known)[0] for known in ({}, {PAPER.id: 0.0}, {PAPER.id: 1.0}))
    assert far.value < by_words.value < near.value
    assert near.words == by_words.words == ("cabbages",)
    assert not near.is_close


def test_closeness_is_told_where_there_are_no_words() -> None:
    """Only a very close paper without a word of the interest, and without what is not wanted, is told to be close."""
    for interest, close, is_close in (
        ("walruses", 1.0, True),
        ("walruses", 0.5, False),
        ("cabbages", 1.0, False),
        ("walruses, not cabbages", 1.0, False),
    ):
        assert weigh(interest, [PAPER], {}, {PAPER.id: close})[0].is_close is is_close


def test_the_reason() -> None:
    """A reader is told that the paper is close in meaning."""
    from core.channels import ChannelRef, Subscription
    from core.choose import ranking
    from core.choose.verdicts import Candidate, Kept
    from core.papers.paper import AnnounceType
    from tests.fakes.papers import DAY

    subscription = Subscription(channel=ChannelRef("terminal", "", "main"), interest="walruses")
    kept = [(Candidate(paper=PAPER, type=AnnounceType.NEW, scope="cs.CL", day=DAY), Kept())]
    (found,) = ranking.choose(kept, subscription, closeness={PAPER.id: 1.0})
    assert found.reasons[0].kind is ReasonKind.CLOSE
    assert convincing(found.reasons) == ("close in meaning to your interest",)
