"""Which known record a feed's entry adds to, where all it has is an address, or what the feed calls it.

Both pass: addresses change at every fetch, and another paper may stand there tomorrow. So an entry under a known
address is the known paper only if the two are called alike, and an entry under an unknown one is a known paper if
title, day and the address without its query agree. The first address that a paper was stored under stays its own. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from core.papers.identifiers import PaperId
from core.papers.identity.matching import are_called_alike, is_of_one_name
from core.papers.identity.records import PASSING, Record, passing_mark, storable_id
from core.papers.paper import Announcement, Paper


def settle_identifier(line: Announcement, records: Iterable[Record]) -> Announcement:
    """The line under the identifier that its source's record of the paper has, among the known `records`."""
    paper = line.paper
    if paper.id.scheme not in PASSING:
        return line
    id = own_id(paper, (record for record in records if record.source == line.source))
    return line if id == paper.id else replace(line, paper=replace(paper, id=id))


def own_id(paper: Paper, records: Iterable[Record]) -> PaperId:
    """The identifier under which a source's records have the paper; a new one if they have another paper under it."""
    by_id = {record.paper.id: record for record in records}
    mark, ids = passing_mark(paper), possible_ids(paper)
    own = by_id.get(ids[0])
    if own and are_called_alike(own.paper, paper):
        return paper.id
    for id in ids[1:]:
        if id in by_id and is_of_one_name(by_id[id].paper, paper):
            return id
    ids_by_mark = sorted(id for id, record in by_id.items() if mark is not None and mark in record.titles)
    if ids_by_mark:
        return ids_by_mark[0]
    return ids[1] if own else paper.id


def possible_ids(paper: Paper) -> tuple[PaperId, ...]:
    """The identifiers that an entry may be stored under: its own, that with its title, that of the whole page."""
    id = storable_id(paper.id)
    page, _, _ = id.value.partition("#")
    digest = blake2b(" ".join(paper.title.split()).casefold().encode(errors="replace"), digest_size=5).hexdigest()
    return (id, storable_id(PaperId(id.scheme, f"{page}#{digest}")), storable_id(PaperId(id.scheme, page)))
