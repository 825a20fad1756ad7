"""The contract of `GradeStore`: grades come back as they were, by what was asked, for a while, over every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.converse.ports import Store
from core.papers.grades import GradedFrom
from storage.papers.grades import KEPT_FOR
from tests.fakes.grades import a_grade
from tests.fakes.papers import AT, a_paper

ASKED, OTHER = "fits robots", "fits graphs"


async def test_a_grade_comes_back_as_it_was(store: Store) -> None:
    """Every field survives, of papers that are not stored as well, and nothing comes by other criteria."""
    low = a_grade(2, version=7, fit=1, novelty=0, criterion=8, basis=GradedFrom.ABSTRACT, made_by="acme/small")
    await store.save_grades(ASKED, [a_grade(1), low], at=AT)
    ids = [a_paper(number).id for number in (1, 2, 3)]
    assert await store.grades(ASKED, ids, since=AT) == {ids[0]: a_grade(1), ids[1]: low}
    assert await store.grades(OTHER, ids, since=AT) == {}
    assert await store.grades(ASKED, [], since=AT) == {}


async def test_the_later_grade_wins(store: Store) -> None:
    """A grade takes the place of the one before, whatever version, model or text it is of; others stay."""
    await store.save_grades(ASKED, [a_grade(1), a_grade(2)], at=AT)
    await store.save_grades(OTHER, [a_grade(1, fit=0)], at=AT)
    later = a_grade(1, version=2, fit=2, basis=GradedFrom.ABSTRACT, made_by="other")
    await store.save_grades(ASKED, [later], at=AT)
    ids = [a_paper(1).id, a_paper(2).id]
    assert await store.grades(ASKED, ids, since=AT) == {ids[0]: later, ids[1]: a_grade(2)}


async def test_old_grades_are_forgotten(store: Store) -> None:
    """Whoever asks says how old a grade may be; what is much older is gone once another one is kept."""
    id = a_paper(1).id
    await store.save_grades(ASKED, [a_grade(1)], at=AT)
    assert await store.grades(ASKED, [id], since=AT + timedelta(seconds=1)) == {}
    await store.save_grades(ASKED, [a_grade(2)], at=AT + KEPT_FOR)
    assert await store.grades(ASKED, [id], since=AT)
    await store.save_grades(ASKED, [a_grade(2)], at=AT + KEPT_FOR + timedelta(seconds=1))
    assert await store.grades(ASKED, [id], since=AT) == {}


async def test_what_is_no_grade(store: Store) -> None:
    """A grade that no scale has is left out when it is read; no name is too long or too odd."""
    await store.save_grades(ASKED, [a_grade(1, fit=9), a_grade(2, made_by="m\x00" * 9_000)], at=AT)
    found = await store.grades(ASKED, [a_paper(1).id, a_paper(2).id], since=AT)
    assert found.keys() == {a_paper(2).id}
    assert replace(found[a_paper(2).id], made_by="fake") == a_grade(2)
