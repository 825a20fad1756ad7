"""Two stored papers that turn out to be one: everything that is known of the second becomes known of the first.

`applying` calls `absorb` when a listing ties two stored papers together, and `move` when only some of it goes.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Table, UniqueConstraint, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from storage.tables import papers, vectors

#: the tables whose rows refer to a paper, and that are given to another one; a vector is of a text that is gone then
_OF_PAPERS: Final = tuple(
    table for table in SQLModel.metadata.sorted_tables if "paper_id" in table.columns and table is not vectors
)


async def absorb(connection: AsyncConnection, *, from_id: int, into: int) -> None:
    """Give all that refers to paper `from_id` to paper `into`, what both have once, and forget `from_id`."""
    # Whoever refers to it just now is waited for, and moved as well; nobody new can refer to it.
    await connection.execute(select(papers.c.id).where(papers.c.id == from_id).with_for_update())
    for table in _OF_PAPERS:
        await move(connection, table, from_id, into)
    await connection.execute(delete(vectors).where(vectors.c.paper_id == from_id))
    await connection.execute(delete(papers).where(papers.c.id == from_id))


async def move(connection: AsyncConnection, table: Table, from_id: int, into: int, *only: ColumnElement[bool]) -> None:
    """Give rows of paper `from_id` to paper `into`, and forget those that it has already."""
    existing = table.alias()
    key = [name for name in _unique_with_paper(table) if name != "paper_id"]
    there = exists().where(existing.c.paper_id == into, *(existing.c[name] == table.c[name] for name in key))
    moving = update(table).where(table.c.paper_id == from_id, *only).values(paper_id=into)
    await connection.execute(moving.where(~there) if key else moving)
    await connection.execute(delete(table).where(table.c.paper_id == from_id, *only))


def _unique_with_paper(table: Table) -> list[str]:
    """The columns that, with the paper, may occur only once; none where a paper may occur in any number of rows."""
    keys = [
        table.primary_key,
        *(rule for rule in table.constraints if isinstance(rule, UniqueConstraint)),
    ]
    columns = [[column.name for column in key.columns] for key in keys]
    return next((names for names in columns if "paper_id" in names), [])
