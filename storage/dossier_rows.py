"""The rows that a dossier is made of, to values and back: accounts, readings and events.

As `rows` does for everything else; nothing here touches a database.
"""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from core.papers.paper import Event, EventKind, Reading
from storage import rows
from storage.accounts import Account

_ACCOUNT: Final = TypeAdapter(Account)


def account_values(account: Account, *, paper_id: int) -> rows.Values:
    """An account as a row of `accounts`."""
    return {
        "source": account.source,
        "name": rows.key_of(account.paper.id),
        "paper_id": paper_id,
        "value": _ACCOUNT.dump_json(account, exclude_defaults=True).decode(),
    }


def account_of(row: rows.Row) -> Account:
    """A row of `accounts` as a value."""
    return _ACCOUNT.validate_json(row.value)


def reading_of(row: rows.Row) -> Reading:
    """A row of `readings` as a value."""
    return Reading(source=row.source, at=row.at, signals=rows.signals_of(row.signals))


def event_of(row: rows.Row) -> Event:
    """A row of `events`, joined with its paper's key, as a value."""
    return Event(
        number=row.id,
        paper=rows.id_of(row.key),
        kind=EventKind(row.kind),
        detail=row.detail,
        source=row.source,
        at=row.at,
    )
