"""What a model's grades do to an order, and what they never do."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, Subscription
from core.choose.choice import Knowledge, choose_papers
from core.choose.reasons import convincing, weak_reason
from core.choose.reranking import MODEL_COUNTS, Grades, criteria_of, rerank, setting_note
from core.choose.verdicts import Candidate, Candidates, Ranked
from core.papers.grades import Grade, GradedFrom
from core.papers.paper import AnnounceType
from tests.fakes.grades import a_grade
from tests.fakes.papers import DAY, a_paper

CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"))
WANTS = replace(CHANNEL, has_reranking=True)


def ranked(count: int) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(paper=a_paper(number), score=round(1 - number / 100, 3), reasons=(weak_reason("new"),), place=number)
        for number in range(1, count + 1)
    )


def graded(*grades: Grade, criteria: tuple[str, ...] = ("robots that learn", "graphs")) -> Grades:
    return Grades(criteria=criteria, by_paper={grade.paper: grade for grade in grades})


def numbers(papers: tuple[Ranked, ...]) -> list[int]:
    return [int(one.paper.id.value[-5:]) for one in papers]


_GRADES = st.lists(
    st.one_of(st.none(), st.builds(a_grade, st.just(1), fit=st.integers(0, 3), novelty=st.integers(0, 3))), max_size=70
)


@given(_GRADES)
def test_no_paper_is_lost_and_none_leaves_the_graded(found: list[Grade | None]) -> None:
    """The same papers at the same places and scores; one without a grade keeps its place, and equals their order."""
    before = ranked(len(found) + 3)
    by_paper = {before[at].paper.id: grade for at, grade in enumerate(found) if grade}
    after = rerank(before, Grades(criteria=("a",), by_paper=by_paper))
    assert sorted(numbers(after)) == numbers(before)
    assert [(one.score, one.place) for one in after] == [(one.score, one.place) for one in before]
    for was, now in zip(before, after, strict=True):
        assert (was.paper.id in by_paper) == (now.paper.id in by_paper)
        assert was.paper.id in by_paper or was == now
    places = {one.paper.id: place for place, one in enumerate(one for one in before if one.paper.id in by_paper)}
    order = [one.paper.id for one in after if one.paper.id in by_paper]
    for first, second in pairwise(order):
        if places[first] > places[second]:  # it has passed the other one
            lead = by_paper[first].value - by_paper[second].value
            behind = (places[first] - places[second]) / len(places)
            assert MODEL_COUNTS * lead > (1 - MODEL_COUNTS) * behind - 1e-6


def test_without_grades_nothing_changes() -> None:
    """No grade, no change; the same grade for all, no change of order."""
    assert rerank(ranked(5), graded()) == ranked(5)
    assert rerank((), graded(a_grade(1))) == ()
    assert numbers(rerank(ranked(5), graded(*map(a_grade, range(1, 6))))) == [1, 2, 3, 4, 5]


def test_a_better_grade_goes_first() -> None:
    """The grade and the old place decide together: the last of four fits best and passes those that fit nothing."""
    grades = graded(a_grade(1, fit=2), a_grade(2, fit=0), a_grade(3, fit=0), a_grade(4, fit=3))
    assert numbers(rerank(ranked(6), grades)) == [1, 4, 2, 3, 5, 6]


def test_the_last_of_sixty_stays_behind_the_first_twenty() -> None:
    """The best grade lifts the last paper, though nothing else fits, above forty papers and no further."""
    nothing_fits = (a_grade(number, fit=0) for number in range(1, 60))
    after = numbers(rerank(ranked(60), graded(*nothing_fits, a_grade(60))))
    assert after[:20] == list(range(1, 21)) and after[20] == 60


def test_what_is_new_counts_among_what_fits() -> None:
    """Of two that fit alike the newer goes first; what fits nothing is worth nothing, however new it is."""
    known, new, odd = a_grade(1, novelty=0), a_grade(2, novelty=3), a_grade(3, fit=0, novelty=3)
    assert odd.value == 0 < known.value < new.value == 1


def test_the_model_is_named_as_the_one_who_thinks_so() -> None:
    """A reader is told of a fit as the model's opinion, with the criterion; `why` is told of every grade."""
    read = a_grade(2, fit=2, novelty=1, criterion=2, basis=GradedFrom.ABSTRACT)
    after = rerank(ranked(3), graded(a_grade(1), read, a_grade(3, fit=1)))
    told = {number: [one.text for one in each.reasons] for number, each in zip(numbers(after), after, strict=True)}
    assert told == {
        1: ["new", "the model: fits criterion 1, “robots that learn” (3 of 3)"],
        2: ["new", "the model: fits criterion 2, “graphs” (2 of 3; new: 1 of 3)"],
        3: ["new", "the model: touches criterion 1, “robots that learn” (1 of 3)"],
    }
    assert [bool(convincing(one.reasons)) for one in after] == [True, True, False]
    (nothing,) = rerank(ranked(1), graded(a_grade(1, fit=0, criterion=0)))
    assert nothing.reasons[-1].text == "the model: fits nothing that this channel wants (0 of 3)"


def test_a_dropped_paper_does_not_come_in() -> None:
    """The best grade for a paper that the rule drops changes nothing."""
    papers = [a_paper(1, title="Graphs"), a_paper(2, title="Seas"), a_paper(3, title="Graphs of seas")]
    items = tuple(Candidate(paper=paper, type=AnnounceType.NEW, scope="cs.CL", day=DAY) for paper in papers)
    grades = graded(a_grade(1, fit=0), a_grade(2), a_grade(3))
    found = choose_papers(
        Candidates(items=items, until=3), replace(CHANNEL, rule="title:graphs"), Knowledge(grades=grades)
    )
    assert {one.paper.id for one in found.kept} == {papers[0].id, papers[2].id}
    assert [id for id, _ in found.dropped] == [papers[1].id]


def test_criteria_are_the_channels_own_words() -> None:
    """Clauses of the interest, the rule, whom it follows and what people liked, each once and none endless."""
    wants = replace(CHANNEL, interest="robots that learn; robots that learn\n graphs ; ", rule="x " * 900)
    wants = replace(wants, authors=tuple(f"Ann {number}" for number in range(99)))
    criteria = criteria_of(wants, ("touch", "grasping"))
    assert criteria[:2] == ("robots that learn", "graphs")
    assert criteria[2].startswith("what this filter is meant for: x x")
    assert criteria[3].endswith("Ann 8, Ann 9")
    assert criteria[4] == "what people here liked: touch, grasping"
    assert all(len(one) <= 300 for one in criteria)
    assert len(criteria_of(replace(CHANNEL, interest=";".join(map(str, range(99)))))) == 8
    assert criteria_of(replace(CHANNEL, categories=("cs.CL",), interest=" ; ")) == ()


@pytest.mark.parametrize(
    ("subscription", "has_model", "told"),
    [
        (CHANNEL, False, ""),
        (WANTS, False, "none is configured"),
        (WANTS, True, "an interest, a rule, authors or bookmarks"),
        (replace(WANTS, interest="graphs"), True, ""),
    ],
)
def test_what_keeps_it_from_being_done_is_said(subscription: Subscription, told: str, *, has_model: bool) -> None:
    """Whoever switches it on hears that there is no model, or nothing to go by."""
    note = setting_note(subscription, has_model=has_model)
    assert (told in note) if told else note == ""
