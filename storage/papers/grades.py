"""What models thought of papers: the `GradeStore` part of `SqlStore`. Grades can be asked for again: old ones go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.engine import Row

from core.papers.grades import BEST, Grade, GradedFrom
from core.papers.identifiers import PaperId
from core.summarise.ports import GradeStore
from core.text.storable import short
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put, rows_in
from storage.tables import grades as table

#: how long a grade is kept
KEPT_FOR: Final = timedelta(days=30)
_KEY: Final = ("criteria", "paper")


class SqlGrades(OnDatabase, GradeStore):
    """The grades in the database."""

    @uninterrupted
    async def grades(self, criteria: str, ids: Sequence[PaperId], *, since: datetime) -> Mapping[PaperId, Grade]:
        """What was saved last of each paper at `since` or later."""
        keys = {rows.key_of(id): id for id in ids}
        statement = select(table).where(table.c.criteria == criteria, table.c.graded_at >= since)
        async with self.database.reading() as connection:
            grade_rows = await rows_in(connection, statement, table.c.paper, keys)
        read = ((keys[row.paper], _grade_of(row, keys[row.paper])) for row in grade_rows)
        return {id: grade for id, grade in read if grade}

    @uninterrupted
    async def save_grades(self, criteria: str, grades: Sequence[Grade], *, at: datetime) -> None:
        """Keep grades, and forget those that are too old."""
        values = [
            {
                "criteria": criteria,
                "paper": rows.key_of(grade.paper),
                "version": grade.version,
                "fit": grade.fit,
                "novelty": grade.novelty,
                "criterion": grade.criterion,
                "basis": grade.basis.value,
                "made_by": short(grade.made_by),
                "graded_at": at,
            }
            for grade in grades
        ]
        async with self.database.writing() as connection:
            await put(connection, table, values, key=_KEY)
            await connection.execute(delete(table).where(table.c.graded_at < at - KEPT_FOR))


def _grade_of(row: Row[Any], paper: PaperId) -> Grade | None:
    """The grade in a row; None where it is none that we know."""
    if not (0 <= row.fit <= BEST and 0 <= row.novelty <= BEST and row.basis in set(GradedFrom)):
        return None
    return Grade(
        paper=paper,
        version=row.version,
        fit=row.fit,
        novelty=row.novelty,
        criterion=row.criterion,
        basis=GradedFrom(row.basis),
        made_by=row.made_by,
    )
