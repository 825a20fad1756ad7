"""Which stored account a feed's entry adds to, where all it has is an address, or what the feed calls it.

Both pass: addresses change at every fetch, and another paper may stand there tomorrow. So an entry under a known
address is the known paper only if the two are called alike, and an entry under an unknown one is a known paper if
title, day and the address without its query agree. `SqlPapers.add` calls this before it looks at anything else; the
first address that a paper was stored under stays its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.matching import are_called_alike, is_of_one_name
from core.papers.paper import Announcement, Paper
from storage import rows
from storage.accounts import PASSING, Account, Key, passing_mark, safe_id
from storage.loading import clue_text, papers_known
from storage.statements import rows_in
from storage.tables import clues, identifiers


async def settle_addresses(connection: AsyncConnection, listing: Listing) -> Listing:
    """The listing with each entry under the identifier that its source's account of it has."""
    passing = [line for line in listing.announcements if line.paper.id.scheme in PASSING]
    if not passing:
        return listing
    names = {rows.key_of(id) for line in passing for id in _ids(line.paper)}
    marks = {clue_text(mark) for line in passing if (mark := passing_mark(line.paper)) is not None}
    named = await rows_in(connection, select(identifiers.c.paper_id), identifiers.c.key, names)
    marked = await rows_in(connection, select(clues.c.paper_id), clues.c.key, {*names, *marks})
    known = await papers_known(connection, {row.paper_id for row in (*named, *marked)})
    accounts = {account.key: account for one in known.values() for account in one.accounts}
    return replace(listing, announcements=tuple(_settled(line, accounts) for line in listing.announcements))


def _settled(line: Announcement, accounts: Mapping[Key, Account]) -> Announcement:
    paper = line.paper
    if paper.id.scheme not in PASSING:
        return line
    id = own_id(paper, [account for account in accounts.values() if account.source == line.source])
    return line if id == paper.id else replace(line, paper=replace(paper, id=id))


def own_id(paper: Paper, accounts: Iterable[Account]) -> PaperId:
    """The identifier under which a source's accounts have the paper; a new one if they have another paper under it."""
    by_id = {account.paper.id: account for account in accounts}
    mark, ids = passing_mark(paper), _ids(paper)
    own = by_id.get(ids[0])
    if own and are_called_alike(own.paper, paper):
        return paper.id
    for id in ids[1:]:
        if id in by_id and is_of_one_name(by_id[id].paper, paper):
            return id
    marked = sorted(id for id, account in by_id.items() if mark is not None and mark in account.titles)
    if marked:
        return marked[0]
    return ids[1] if own else paper.id


def _ids(paper: Paper) -> tuple[PaperId, ...]:
    """The identifiers that an entry may be stored under: its own, that with its title, that of the whole page."""
    id = safe_id(paper.id)
    page, _, _ = id.value.partition("#")
    digest = blake2b(" ".join(paper.title.split()).casefold().encode(errors="replace"), digest_size=5).hexdigest()
    return (id, safe_id(PaperId(id.scheme, f"{page}#{digest}")), safe_id(PaperId(id.scheme, page)))
