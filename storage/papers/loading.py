"""What is known of the papers that a listing may be about: every stored paper that any clue ties to it, and no other.

`SqlPapers` calls this inside its transactions, before `core.papers.identity.merge` decides. All look-ups go by an
index: names by `identifiers` and `clues`, titles by `papers.title_key` and `clues`. Most listings need one round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.papers.identifiers import PaperId
from core.papers.identity.changes import StoredPaper
from core.papers.identity.clusters import Apart, Clue, clues
from core.papers.identity.lines import Line
from core.papers.identity.merge import Evidence, collect_evidence
from core.papers.identity.passing import possible_ids, settle_identifier
from core.papers.identity.records import PASSING, Key, Record, passing_mark, records_of
from core.papers.paper import Announcement
from storage import rows
from storage.engine.statements import SOUGHT, rows_in, rows_with
from storage.papers import dossier_rows
from storage.tables import announcements, apart, identifiers, papers
from storage.tables import clues as clues_kept
from storage.tables import records as record_table

#: source -> how far it is believed
Trust = Mapping[str, int]

_PAPERS_BY_NUMBER: Final = select(papers).where(papers.c.id.in_(SOUGHT))
_PAPERS_BY_NAME: Final = (
    select(papers).join(identifiers, identifiers.c.paper_id == papers.c.id).where(identifiers.c.key.in_(SOUGHT))
)
_RECORDS: Final = select(record_table).where(record_table.c.paper_id.in_(SOUGHT))


async def load_evidence(
    connection: AsyncConnection, records: Mapping[Key, Record], *, trust: Trust, extra: Collection[int] = ()
) -> tuple[Evidence, Apart]:
    """The records beside every stored paper that they may be about, and what a person has said to be apart.

    Where a record is announced, the lines that are kept of these papers come along. The papers `extra`, by number, are
    looked at anew though no record is about them.
    """
    names = {rows.key_of(name) for record in records.values() for name in record.names}
    clusters = await stored_papers(connection, {*extra, *await _leading(connection, names)}, trust)
    old_clues = set[Clue]()
    while True:
        evidence = collect_evidence(records, clusters, extra)
        new_clues = {clue for keys in evidence.tied for key in keys for clue in clues(evidence.now[key])} - old_clues
        if not new_clues:
            is_announced = any(record.is_news for record in records.values())
            lines = await _kept_lines(connection, evidence.known) if is_announced else {}
            return replace(evidence, lines=lines), await _apart(connection, evidence)
        old_clues |= new_clues
        numbers = await _bearing(connection, new_clues, names)
        clusters = clusters | await stored_papers(connection, numbers - clusters.keys(), trust)


async def settle_identifiers(
    connection: AsyncConnection, lines: Sequence[Announcement], trust: Trust
) -> tuple[Announcement, ...]:
    """The announcements, each under the identifier that its source's record has, where addresses and the like pass."""
    passing = [line for line in lines if line.paper.id.scheme in PASSING]
    if not passing:
        return tuple(lines)
    names = {rows.key_of(id) for line in passing for id in possible_ids(line.paper)}
    marks = {clue_text(mark) for line in passing if (mark := passing_mark(line.paper)) is not None}
    clue_rows = await rows_in(connection, select(clues_kept.c.paper_id), clues_kept.c.key, {*names, *marks})
    numbers = {*await _leading(connection, names), *(row.paper_id for row in clue_rows)}
    clusters = await stored_papers(connection, numbers, trust)
    records = [record for cluster in clusters.values() for record in cluster.records]
    return tuple(settle_identifier(line, records) for line in lines)


async def stored_papers(connection: AsyncConnection, numbers: Collection[int], trust: Trust) -> dict[int, StoredPaper]:
    """Stored papers with their records, by number."""
    return await _with_records(connection, await rows_with(connection, _PAPERS_BY_NUMBER, numbers), trust)


async def stored_paper(connection: AsyncConnection, name: str, trust: Trust) -> StoredPaper | None:
    """The stored paper of a name, with its records."""
    paper_rows = await rows_with(connection, _PAPERS_BY_NAME, (name,))
    return next(iter((await _with_records(connection, paper_rows, trust)).values()), None)


async def _with_records(
    connection: AsyncConnection, paper_rows: Sequence[rows.Row], trust: Trust
) -> dict[int, StoredPaper]:
    records = defaultdict[int, list[Record]](list)
    for row in await rows_with(connection, _RECORDS, [row.id for row in paper_rows]):
        records[row.paper_id].append(dossier_rows.record_of(row, trust))
    return {row.id: _cluster_of(row, records.get(row.id, ()), trust) for row in paper_rows}


def clue_text(clue: Clue) -> str:
    """A clue as `clues` has it."""
    return rows.key_of(clue) if isinstance(clue, PaperId) else f"title:{clue}"


def _cluster_of(row: rows.Row, records: Iterable[Record], trust: Trust) -> StoredPaper:
    paper = rows.paper_of(row)
    all_records = tuple(records) or records_of(paper, row.title_key, at=row.first_seen, trust=trust)
    return StoredPaper(row=row.id, paper=paper, records=all_records, first_seen=row.first_seen)


async def _leading(connection: AsyncConnection, names: Collection[str]) -> set[int]:
    """The papers that names lead to."""
    name_rows = await rows_in(connection, select(identifiers.c.paper_id), identifiers.c.key, names)
    return {row.paper_id for row in name_rows}


async def _bearing(connection: AsyncConnection, sought_clues: Iterable[Clue], known_names: Collection[str]) -> set[int]:
    """The papers that bear any of the clues; `known_names` were looked up before."""
    sought = list(sought_clues)
    names = {rows.key_of(clue) for clue in sought if isinstance(clue, PaperId)}
    marks = [clue for clue in sought if isinstance(clue, int)]
    title_rows = await rows_in(connection, select(papers.c.id), papers.c.title_key, marks)
    clue_rows = await rows_in(connection, select(clues_kept.c.paper_id), clues_kept.c.key, list(map(clue_text, sought)))
    leading = await _leading(connection, names.difference(known_names))
    return leading | {row.id for row in title_rows} | {row.paper_id for row in clue_rows}


async def _kept_lines(connection: AsyncConnection, numbers: Collection[int]) -> dict[int, Line]:
    """The lines of papers, by number."""
    line_rows = await rows_in(connection, select(announcements), announcements.c.paper_id, numbers)
    return {row.seq: dossier_rows.line_of(row) for row in line_rows}


async def _apart(connection: AsyncConnection, evidence: Evidence) -> Apart:
    own = {rows.key_of(key[1]) for keys in evidence.tied if len(keys) > 1 for key in keys}
    first_pairs = await rows_in(connection, select(apart.c.one, apart.c.other), apart.c.one, own)
    second_pairs = await rows_in(connection, select(apart.c.one, apart.c.other), apart.c.other, own)
    return frozenset(frozenset((rows.id_of(row.one), rows.id_of(row.other))) for row in (*first_pairs, *second_pairs))
