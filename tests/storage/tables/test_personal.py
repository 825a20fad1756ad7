"""The list of tables that name people and channels has all of them."""

from __future__ import annotations

from sqlmodel import SQLModel

from storage.tables.personal import (
    BELOW,
    BY_HAND,
    OF_CHANNELS,
    OF_MESSAGES,
    OF_NOBODY,
    OF_OPERATION,
    OF_PAPERS,
    OF_PEOPLE,
)

NAMINGS = (*OF_CHANNELS, *OF_MESSAGES, *OF_PEOPLE)
#: what columns are called that name a person or a channel
NAMES = {"person", "channel", "recipient", "user", "user_id", "member", "owner", "reader", "author", "actor", "place"}


def test_every_table_is_on_one_list() -> None:
    """Whoever adds a table decides whose it is: a person's or a channel's, or nobody's."""
    personal = {naming.table.name for naming in NAMINGS}
    others = [table.name for table in (*BY_HAND, *BELOW, *OF_NOBODY, *OF_PAPERS, *OF_OPERATION)]
    assert len(others) == len(set(others))
    assert personal.isdisjoint(others)
    assert personal | set(others) == set(SQLModel.metadata.tables)


def test_every_column_that_names_somebody_is_listed() -> None:
    """A column that is called as those are which name people and channels is exported, moved and deleted by."""
    listed = {(naming.table.name, naming.column.key) for naming in NAMINGS}
    by_hand = {table.name for table in BY_HAND}
    found = {
        (table.name, column.key)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.key in NAMES and table.name not in by_hand
    }
    assert found - {("decisions", "place")} <= listed


def test_keys_are_keys() -> None:
    """With the channel, the other columns of a listed key make a row of its table the only one."""
    for naming in (*OF_CHANNELS, *OF_MESSAGES):
        keys = [set(naming.table.primary_key.columns.keys())]
        keys += [set(one.columns.keys()) for one in naming.table.constraints if hasattr(one, "columns")]
        assert any(key and key <= {naming.column.key, *naming.key} for key in keys), naming.table.name
