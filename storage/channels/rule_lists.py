"""Lists that rules name: the `RuleListStore` part of `SqlStore`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select

from core.choose.rules.lists import RuleListStore
from core.text.storable import safe
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import put
from storage.tables import rule_lists as table


class SqlRuleLists(OnDatabase, RuleListStore):
    """The lists in the database."""

    @uninterrupted
    async def rule_lists(self, owner: str) -> Mapping[str, str]:
        """What each list of a workspace says."""
        statement = select(table.c.name, table.c.rule).where(table.c.channel == owner)
        async with self.database.reading() as connection:
            list_rows = (await connection.execute(statement)).all()
        return dict(sorted((row.name, row.rule) for row in list_rows))

    @uninterrupted
    async def save_rule_list(self, owner: str, name: str, rule: str, *, at: datetime) -> None:
        """Add it, replace it, or with an empty rule remove it."""
        async with self.database.writing() as connection:
            if not rule:
                await connection.execute(delete(table).where(table.c.channel == owner, table.c.name == name))
                return
            values = {"channel": owner, "name": name, "rule": safe(rule), "saved_at": at}
            await put(connection, table, [values], key=["channel", "name"])
