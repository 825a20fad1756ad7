"""What is known of the papers that a listing may be about: every stored paper that any clue ties to it, and no other.

`SqlPapers` calls this inside its transactions, before `merging` decides. All look-ups go by an index: names by
`identifiers` and `clues`, titles by `papers.title_key` and `clues`. Most listings need one round of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.identifiers import PaperId
from storage import dossier_rows, rows
from storage.accounts import Account, Key, accounts_of
from storage.grouping import Apart, Clue, clues
from storage.merging import Known, Together, together
from storage.statements import rows_in
from storage.tables import accounts, apart, identifiers, papers
from storage.tables import clues as clues_kept


async def known_beside(
    connection: AsyncConnection, told: Mapping[Key, Account], *, again: Collection[int] = ()
) -> tuple[Together, Apart]:
    """What is told beside all that is known of it, and what a person has said to be apart.

    The papers `again`, by number, are looked at anew though nothing is told of them.
    """
    names = {rows.key_of(name) for account in told.values() for name in account.names}
    known = await papers_known(connection, {*again, *await _leading(connection, names)})
    asked = set[Clue]()
    while True:
        beside = together(told, known, again)
        wanted = {clue for keys in beside.tied for key in keys for clue in clues(beside.now[key])} - asked
        if not wanted:
            return beside, await _apart(connection, beside)
        asked |= wanted
        found = await _bearing(connection, wanted, names)
        known = known | await papers_known(connection, found - known.keys())


async def papers_known(connection: AsyncConnection, numbers: Collection[int]) -> dict[int, Known]:
    """Stored papers with their accounts, by number."""
    found = await rows_in(connection, select(papers), papers.c.id, numbers)
    kept = defaultdict[int, list[Account]](list)
    for row in await rows_in(connection, select(accounts), accounts.c.paper_id, [row.id for row in found]):
        kept[row.paper_id].append(dossier_rows.account_of(row))
    return {row.id: _known(row, kept.get(row.id, ())) for row in found}


def clue_text(clue: Clue) -> str:
    """A clue as `clues` has it."""
    return rows.key_of(clue) if isinstance(clue, PaperId) else f"title:{clue}"


def _known(row: rows.Row, kept: Iterable[Account]) -> Known:
    paper = rows.paper_of(row)
    told = tuple(kept) or accounts_of(paper, row.title_key, at=row.first_seen)
    return Known(row=row.id, paper=paper, accounts=told, first_seen=row.first_seen)


async def _leading(connection: AsyncConnection, names: Collection[str]) -> set[int]:
    """The papers that names lead to."""
    found = await rows_in(connection, select(identifiers.c.paper_id), identifiers.c.key, names)
    return {row.paper_id for row in found}


async def _bearing(connection: AsyncConnection, wanted: Iterable[Clue], asked: Collection[str]) -> set[int]:
    """The papers that bear any of the clues; the names `asked` are known not to lead to any other."""
    told = list(wanted)
    names = {rows.key_of(clue) for clue in told if isinstance(clue, PaperId)}
    marks = [clue for clue in told if isinstance(clue, int)]
    titled = await rows_in(connection, select(papers.c.id), papers.c.title_key, marks)
    other = await rows_in(connection, select(clues_kept.c.paper_id), clues_kept.c.key, list(map(clue_text, told)))
    leading = await _leading(connection, names.difference(asked))
    return leading | {row.id for row in titled} | {row.paper_id for row in other}


async def _apart(connection: AsyncConnection, beside: Together) -> Apart:
    own = {rows.key_of(key[1]) for keys in beside.tied if len(keys) > 1 for key in keys}
    ones = await rows_in(connection, select(apart.c.one, apart.c.other), apart.c.one, own)
    others = await rows_in(connection, select(apart.c.one, apart.c.other), apart.c.other, own)
    return frozenset(frozenset((rows.id_of(row.one), rows.id_of(row.other))) for row in (*ones, *others))
