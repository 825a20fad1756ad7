"""What was decided of a listing, written down: papers, their names, accounts and categories, and what happened to them.

`SqlPapers` calls this inside its transactions, after `merging` decided. A paper that turns out to be another one goes
into it, and an account that turns out to be another paper's takes its announcements and readings along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.events import happened
from core.papers.identifiers import PaperId
from core.papers.paper import EventKind, Paper
from storage import dossier_rows, rows
from storage.absorbing import absorb, move
from storage.accounts import Key, has_one_title, is_plain, mark_of, provenance
from storage.loading import clue_text
from storage.merging import Decided, Folded, Known
from storage.statements import add_missing, rows_in
from storage.tables import (
    accounts,
    announcements,
    clues,
    events,
    identifiers,
    paper_categories,
    papers,
    readings,
    vectors,
)

#: what a source says of a paper as soon as this after we first saw it is not what happened since
FIRST_WORDS: Final = timedelta(days=2)
#: id of a paper -> its number
Numbers = Mapping[PaperId, int]


async def keep(connection: AsyncConnection, decided: Decided, *, at: datetime) -> Mapping[Key, int]:
    """Store the papers that are new or change; the number of the paper that each account is in."""
    folded = decided.papers
    await _make_room(connection, folded)
    numbers = await _add_new(connection, folded, at=at)
    await _move(connection, folded, numbers)
    await _change(connection, [one for one in folded if one.known], numbers)
    await _name(connection, folded, numbers)
    await _keep_accounts(connection, folded, numbers)
    await _keep_clues(connection, folded, numbers)
    await _categorise(connection, folded, numbers)
    await _tell_events(connection, folded, numbers, at=at)
    homes = {account.key: one.row for one in decided.same for account in one.accounts}
    return homes | {account.key: numbers[one.paper.id] for one in folded for account in one.accounts}


async def _make_room(connection: AsyncConnection, folded: Iterable[Folded]) -> None:
    """Free the keys of papers that will be stored under another one: it may be that of a paper before it."""
    rekeyed = [one.known.row for one in folded if one.known and one.known.paper.id != one.paper.id]
    rekeyed += [gone.row for one in folded for gone in one.absorbs]
    if rekeyed:
        freeing = update(papers).where(papers.c.id == bindparam("row")).values(key=bindparam("moving"))
        await connection.execute(freeing, [{"row": row, "moving": f"moving:{row}"} for row in rekeyed])


async def _add_new(connection: AsyncConnection, folded: Iterable[Folded], *, at: datetime) -> dict[PaperId, int]:
    """Store the papers that are new; the numbers of all."""
    numbers = {one.paper.id: one.known.row for one in folded if one.known}
    new = [one for one in folded if not one.known]
    values = [rows.paper_values(one.paper, mark=_mark(one), first_seen=one.first_seen or at) for one in new]
    await add_missing(connection, papers, values)
    ids = {rows.key_of(one.paper.id): one.paper.id for one in new}
    added = await rows_in(connection, select(papers.c.id, papers.c.key), papers.c.key, ids)
    return numbers | {ids[row.key]: row.id for row in added}


def _mark(one: Folded) -> int | None:
    """The mark of the paper's title."""
    return one.accounts[0].mark if len(one.accounts) == 1 else mark_of(one.paper)


async def _move(connection: AsyncConnection, folded: Iterable[Folded], numbers: Numbers) -> None:
    """Bring what accounts have brought to the papers that they are in now."""
    moved = [
        {"from": source, "own": rows.key_of(id), "before": row, "now": numbers[one.paper.id]}
        for one in folded
        for (source, id), row in one.moved
    ]
    for table in (announcements, readings) if moved else ():
        theirs = (table.c.source == bindparam("from"), table.c.name == bindparam("own"))
        moving = update(table).where(table.c.paper_id == bindparam("before"), *theirs)
        await connection.execute(moving.values(paper_id=bindparam("now")), moved)
    await _move_events(connection, folded, numbers)
    for one in folded:
        for gone in one.absorbs:
            await absorb(connection, gone=gone.row, into=numbers[one.paper.id])


async def _move_events(connection: AsyncConnection, folded: Iterable[Folded], numbers: Numbers) -> None:
    """What a source told that a paper has no account of any more did not happen to that paper."""
    staying = {one.known.row: {account.source for account in one.accounts} for one in folded if one.known}
    for one in folded:
        for (source, _), row in one.moved:
            if source not in staying.get(row, ()):
                await move(connection, events, row, numbers[one.paper.id], events.c.source == source)


async def _change(connection: AsyncConnection, folded: Sequence[Folded], numbers: Numbers) -> None:
    told = []
    for one in folded:
        if one.known and one.known.paper != one.paper:
            values = rows.paper_values(one.paper, mark=_mark(one), first_seen=one.known.first_seen)
            told.append(values | {"row": numbers[one.paper.id]})
    if told:
        await connection.execute(update(papers).where(papers.c.id == bindparam("row")), told)
    changed = [one for one in folded if one.known and _text(one.known.paper) != _text(one.paper)]
    await _forget(connection, vectors, [numbers[one.paper.id] for one in changed])


def _text(paper: Paper) -> tuple[str, str]:
    return (paper.title, paper.abstract)


async def _name(connection: AsyncConnection, folded: Sequence[Folded], numbers: Numbers) -> None:
    """Have every name lead to its paper, and no longer to the one that it led to before."""
    regrouped = [one for one in folded if one.names is not None]
    stored = {one.known.row for one in regrouped if one.known}
    await _forget(connection, identifiers, stored)
    named = [
        {"key": rows.key_of(name), "paper_id": numbers[one.paper.id]} for one in regrouped for name in one.names or ()
    ]
    await add_missing(connection, identifiers, named)


async def _keep_accounts(connection: AsyncConnection, folded: Sequence[Folded], numbers: Numbers) -> None:
    """Keep the accounts of papers whose own row does not say all that they do."""
    kept = [
        dossier_rows.account_values(account, paper_id=numbers[one.paper.id])
        for one in folded
        if not is_plain(one.accounts, one.paper)
        for account in one.accounts
    ]
    await _forget(connection, accounts, [one.known.row for one in folded if one.known])
    await add_missing(connection, accounts, kept)


async def _keep_clues(connection: AsyncConnection, folded: Iterable[Folded], numbers: Numbers) -> None:
    """Keep what may tie papers to others beside the names that lead to them and the titles that they have."""
    regrouped = [one for one in folded if one.names is not None]
    kept = [{"key": clue, "paper_id": numbers[one.paper.id]} for one in regrouped for clue in _further_clues(one)]
    await _forget(connection, clues, [one.known.row for one in regrouped if one.known])
    await add_missing(connection, clues, kept)


def _further_clues(one: Folded) -> set[str]:
    titles = frozenset[int]().union(*(account.titles for account in one.accounts))
    is_its_own = len(one.accounts) == 1 and has_one_title(one.accounts[0])
    return {*map(clue_text, one.contested), *map(clue_text, () if is_its_own else titles)}


async def _forget(connection: AsyncConnection, table: Table, numbers: Collection[int]) -> None:
    if numbers:
        forgetting = delete(table).where(table.c.paper_id == bindparam("gone"))
        await connection.execute(forgetting, [{"gone": number} for number in numbers])


async def _categorise(connection: AsyncConnection, folded: Sequence[Folded], numbers: Numbers) -> None:
    """List the papers in their categories and in the scopes they were announced in, by their first listing day."""
    moved = {numbers[one.paper.id]: one.paper for one in folded if _is_listed_anew(one)}
    moved |= {numbers[one.paper.id]: one.paper for one in folded if not one.known and one.moved}
    listed = [(numbers[one.paper.id], one.paper, one.paper.categories) for one in folded if not one.known]
    listed += [(number, paper, paper.categories) for number, paper in moved.items()]
    listed += await _unlisted(connection, moved)
    await list_in(connection, [(number, name, paper.announced) for number, paper, named in listed for name in named])


def _is_listed_anew(one: Folded) -> bool:
    """True of a known paper whose categories or first day changed, or that gave or took announcements."""
    if one.known is None:
        return False
    lost = {account.key for account in one.known.accounts} - {account.key for account in one.accounts}
    return bool(lost or one.moved or one.absorbs) or _listing_of(one.paper) != _listing_of(one.known.paper)


async def list_in(connection: AsyncConnection, listed: Iterable[tuple[int, str, date | None]]) -> None:
    """List papers, by number, in categories or scopes and in their archives, by their first listing day."""
    told = {(number, category): day for number, name, day in listed for category in rows.places((name,))}
    values = [{"paper_id": number, "category": category, "announced": day} for (number, category), day in told.items()]
    await add_missing(connection, paper_categories, values)


async def _unlisted(
    connection: AsyncConnection, moved: Mapping[int, Paper]
) -> list[tuple[int, Paper, tuple[str, ...]]]:
    """Take papers off all lists, and tell the scopes that they were announced in before."""
    await _forget(connection, paper_categories, moved)
    scopes = select(announcements.c.paper_id, announcements.c.scope).distinct()
    found = await rows_in(connection, scopes, announcements.c.paper_id, moved)
    return [(row.paper_id, moved[row.paper_id], (row.scope,)) for row in found]


def _listing_of(paper: Paper) -> tuple[date | None, tuple[str, ...]]:
    return (paper.announced, paper.categories)


async def _tell_events(
    connection: AsyncConnection, folded: Iterable[Folded], numbers: Numbers, *, at: datetime
) -> None:
    told = [
        {"paper_id": numbers[one.paper.id], "kind": kind.value, "detail": detail, "source": source, "at": at}
        for one in folded
        for kind, detail, source in _events(one, at)
    ]
    await add_missing(connection, events, told)


#: which field tells of an event
_TOLD_IN: Final = {
    EventKind.VERSION: ("version",),
    EventKind.WITHDRAWN: ("comment", "abstract"),
    EventKind.PUBLISHED: ("journal", "doi", "id"),
    EventKind.CODE: ("signals.code_url",),
}


def _events(one: Folded, at: datetime) -> Iterable[tuple[EventKind, str, str]]:
    """What happened to a known paper, and who told it."""
    known = one.known
    happenings = list(happened(known.paper, one.paper)) if known else []
    told_by = provenance(one.accounts, id=one.paper.id) if happenings else {}
    for kind, detail in happenings:
        source = next((told_by[name] for name in _TOLD_IN[kind] if name in told_by), "")
        if known and _is_news(kind, source, known, at):
            yield kind, detail, source


def _is_news(kind: EventKind, source: str, known: Known, at: datetime) -> bool:
    """True where a source tells something else than before, or something of a paper that we have had for a while.

    Versions are counted in different ways, so that only a source that we heard before tells of a new one.
    """
    was_heard = source in known.paper.sources
    return was_heard or (kind is not EventKind.VERSION and at - known.first_seen >= FIRST_WORDS)
