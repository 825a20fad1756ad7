"""The signs that channels chose: the `SignStore` part of `SqlStore`, and statements for others' transactions."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef
from core.deliver.channel_signs import SignStore
from core.posts.signs import USUAL_SIGNS, Signs
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put
from storage.tables import channel_signs

_SIGNS: Final = TypeAdapter(Signs)
_CHANNEL_SIGNS: Final = select(channel_signs.c.value).where(channel_signs.c.channel == bindparam("here"))


class SqlSigns(OnDatabase, SignStore):
    """The signs in the database."""

    @uninterrupted
    async def channel_signs(self, channel: ChannelRef) -> Signs:
        """Those that the channel chose."""
        signs_rows = await self.database.rows(_CHANNEL_SIGNS, {"here": str(channel)})
        return signs_of(signs_rows[0].value) if signs_rows else USUAL_SIGNS


async def stored_signs(connection: AsyncConnection, channel: ChannelRef) -> Signs:
    """The signs of a channel; nobody else changes them while a write transaction asks."""
    value = (await connection.execute(_CHANNEL_SIGNS, {"here": str(channel)})).scalar()
    return signs_of(value) if value else USUAL_SIGNS


async def put_signs(connection: AsyncConnection, channel: ChannelRef, signs: Signs) -> None:
    """Keep the signs of a channel; nothing where they are the usual ones."""
    if signs == USUAL_SIGNS:
        await connection.execute(delete(channel_signs).where(channel_signs.c.channel == str(channel)))
    else:
        values = {"channel": str(channel), "value": signs_text(signs)}
        await put(connection, channel_signs, [values], key=["channel"])


def signs_text(signs: Signs) -> str:
    """As they are stored."""
    return _SIGNS.dump_json(signs, exclude_defaults=True).decode()


def signs_of(value: str) -> Signs:
    """As they were stored."""
    return _SIGNS.validate_json(value)
