"""Invented grades, and a model that grades by words: papers are numbered, and nothing else is known of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from core.papers.grades import Grade, GradedFrom
from core.summarise.ports import Prompt
from tests.fakes.papers import a_paper

_PAPER = re.compile(r"^(\d+)\. (Title: .*(?:\nAbstract: .*)?)$", re.MULTILINE)


def a_grade(number: int, **fields: Any) -> Grade:
    """The best grade for the paper of that number, by its title."""
    values: dict[str, Any] = {"fit": 3, "novelty": 3, "criterion": 1, "basis": GradedFrom.TITLE, "made_by": "fake"}
    return Grade(**({"paper": a_paper(number).id, "version": 1} | values | fields))


def papers_in(prompt: Prompt) -> dict[int, str]:
    """The papers of a question by their numbers."""
    material = prompt.user.partition("===== PAPERS")[2]
    return {int(number): text for number, text in _PAPER.findall(material)}


def grades(*entries: Mapping[str, object]) -> str:
    """An answer with these entries."""
    return json.dumps({"grades": list(entries)})


def graded(paper: int, fit: int = 3, *, criterion: int = 1, new: int = 1) -> dict[str, object]:
    """One entry."""
    return {"paper": paper, "criterion": criterion if fit else 0, "fit": fit, "new": new}


def by_words(**fits: int) -> Callable[[Prompt], str]:
    """Gives a paper the grade of the first word that it has; 0 to one with none."""

    def answer(prompt: Prompt) -> str:
        found = papers_in(prompt).items()
        return grades(
            *(graded(number, next((fit for word, fit in fits.items() if word in text), 0)) for number, text in found)
        )

    return answer
