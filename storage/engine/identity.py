"""The database's own id: random, made with the database, and part of the key of every message.

A copy keeps it, so that a restored backup goes on where the database was. A copy that runs beside the first needs a new
one (`paperboy db new-id`), because two databases with one id would take each other's messages for their own.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import identity

_ONLY_ROW: Final = identity.c.number == 1
DATABASE_ID: Final = select(identity.c.database).where(_ONLY_ROW)


async def database_id(connection: AsyncConnection) -> str:
    """The id of the open database."""
    id: str = (await connection.execute(DATABASE_ID)).scalar_one()
    return id


async def renew_id(connection: AsyncConnection) -> str:
    """Give the open database a new id, and return it."""
    new = token_hex(8)
    await connection.execute(update(identity).where(_ONLY_ROW).values(database=new))
    return new
