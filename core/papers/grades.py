"""What a language model thinks of a paper for a channel: the value that grading, choosing and storing share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.papers.identifiers import PaperId

#: grades are whole numbers from 0 to this one
BEST: Final = 3
#: of what a grade is worth, so much hangs on how new the paper is
_NOVELTY_COUNTS: Final = 0.2


class GradedFrom(StrEnum):
    """What the model read of the paper."""

    TITLE = "title"
    #: title and abstract
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A model's opinion of one version of a paper, by the criteria of a channel."""

    paper: PaperId
    version: int
    #: how well it fits the criterion that it fits best, from 0 to `BEST`
    fit: int
    #: how new it is, from 0 to `BEST`
    novelty: int
    #: the number of that criterion, from 1; 0 where it fits none
    criterion: int
    basis: GradedFrom
    #: the model, as the settings name it
    made_by: str

    @property
    def value(self) -> float:
        """From 0 to 1: what does not fit is worth nothing, however new it is."""
        return self.fit / BEST * (1 - _NOVELTY_COUNTS + _NOVELTY_COUNTS * self.novelty / BEST)
