"""Use case: the best papers of a channel's choice -> what a language model thinks of them, for `choosing`.

Titles are graded first, then the abstracts of those that lead by then. A grade is kept for some days: the same version
by the same criteria is not asked about again. Whatever fails, the papers stay in Paperboy's own order, and the digest
says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from core.channels import Subscription
from core.choose.profile.opinions import taste_of
from core.choose.reranking import MOST_READ, NO_GRADES, Grades, criteria_of, rerank
from core.choose.verdicts import Ranked
from core.deliver.ports import DigestStore
from core.errors import StoreError
from core.papers.grades import Grade, GradedFrom
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.summarise.ports import Spending
from core.summarise.requests import Lack

if TYPE_CHECKING:  # loads what speaks to models, which most digests do without
    from core.summarise.calls import ModelCalls

#: how long a grade is good for
GOOD_FOR: Final = timedelta(days=14)
#: terms that people liked which make a criterion
_MOST_LIKED: Final = 8

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reranking:
    """What came of having papers graded for one digest."""

    grades: Grades = NO_GRADES
    #: papers that were to be graded; 0 where the channel says nothing that they could be graded by
    to_grade: int = 0
    #: why not all of them were; None where no question failed
    lack: Lack | None = None
    #: what its calls consumed
    spending: Spending = Spending()

    @property
    def made_by(self) -> tuple[str, ...]:
        """The models that graded, as the settings name them."""
        return tuple(sorted({grade.made_by for grade in self.grades.by_paper.values()}))


async def grade_best(
    best: Sequence[Ranked],
    subscription: Subscription,
    *,
    store: DigestStore,
    calls: ModelCalls | None,
    within_s: float,
) -> Reranking:
    """Have a channel's best papers graded, within a time, as far as they are not. Raises StoreError."""
    taste = taste_of(await store.kept_profile(subscription.channel))
    criteria = criteria_of(subscription, taste.liked_terms[:_MOST_LIKED] if taste else ())
    if not criteria:
        return Reranking()
    if calls is None:
        return Reranking(to_grade=len(best), lack=Lack.NO_MODEL)
    from core.summarise.grading import speaks_to_models

    papers = await asyncio.to_thread(lambda: [entry for entry in best if not speaks_to_models(entry.paper)])
    grader = _Grader(subscription, criteria, store, calls, within_s=within_s)
    try:
        await grader.grade(papers)
    except StoreError:
        raise
    except Exception:  # noqa: BLE001 - a bug in grading must not stop a digest; it is logged whole
        _log.exception("grading papers for %s crashed", subscription)
        grader.lack = Lack.FAILED
    grades = Grades(criteria=criteria, by_paper=grader.grades)
    return Reranking(grades=grades, to_grade=len(papers), lack=grader.lack, spending=grader.spending)


class _Grader:
    """Grades papers for one digest."""

    def __init__(
        self,
        subscription: Subscription,
        criteria: Sequence[str],
        store: DigestStore,
        calls: ModelCalls,
        *,
        within_s: float,
    ) -> None:
        self.grades: dict[PaperId, Grade] = {}
        self.lack: Lack | None = None
        self.spending = Spending()
        self._subscription = subscription
        self._criteria = criteria
        self._store = store
        self._calls = calls
        self._until = asyncio.get_running_loop().time() + within_s

    async def grade(self, candidates: Sequence[Ranked]) -> None:
        """All by their titles, then those that lead by their abstracts."""
        at, name = self._calls.now, _name_of(self._criteria)
        stored_grades = await self._store.grades(name, [entry.paper.id for entry in candidates], since=at - GOOD_FOR)
        versions = {entry.paper.id: entry.paper.version for entry in candidates}
        self.grades = {
            id: grade
            for id, grade in stored_grades.items()
            if grade.version == versions.get(id)
            and grade.made_by in self._calls.names
            and grade.criterion <= len(self._criteria)
        }
        await self._ask(
            [entry.paper for entry in candidates if entry.paper.id not in self.grades], GradedFrom.TITLE, name, at
        )
        if not self.grades:  # a model that said nothing of titles has nothing to say of abstracts
            return
        leading = rerank(candidates, Grades(criteria=tuple(self._criteria), by_paper=self.grades))[:MOST_READ]
        unread = [entry.paper for entry in leading if entry.paper.abstract and not self._has_read(entry.paper)]
        await self._ask(unread, GradedFrom.ABSTRACT, name, at)

    def _has_read(self, paper: Paper) -> bool:
        grade = self.grades.get(paper.id)
        return grade is not None and grade.basis is GradedFrom.ABSTRACT

    async def _ask(self, papers: Sequence[Paper], basis: GradedFrom, name: str, at: datetime) -> None:
        if not papers:
            return
        from core.summarise.grading import grade_papers

        grading = await grade_papers(
            papers,
            self._criteria,
            basis=basis,
            calls=self._calls,
            channel=self._subscription.channel,
            within_s=self._until - asyncio.get_running_loop().time(),
        )
        self.grades |= grading.grades
        self.lack = self.lack or grading.lack
        self.spending += grading.spending
        await self._keep(grading.grades, name, at)

    async def _keep(self, grades: Mapping[PaperId, Grade], name: str, at: datetime) -> None:
        if not grades:
            return
        try:
            await self._store.save_grades(name, list(grades.values()), at=at)
        except StoreError as error:  # they are used now, and asked for again another time
            _log.warning("Grades for %s were not kept. %s", self._subscription, error.sentence())


def _name_of(criteria: Sequence[str]) -> str:
    """A short name for what models are asked."""
    from core.summarise.grading import recipe

    return hashlib.sha256(json.dumps([recipe(), *criteria]).encode()).hexdigest()[:32]
