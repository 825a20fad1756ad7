"""Which stored papers a listing is about, and what it changes: `merge(evidence) -> Changes`. Pure.

Whoever stores papers brings every stored paper that a clue ties to the listing's (`collect_evidence` tells what to look
for), asks `merge`, and applies the answer. Where nothing that ties papers together has changed, a paper is only merged
anew out of its records; otherwise all records that any clue ties to the changed ones are clustered again, so that the
outcome is that of any other order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.papers.identity.changes import Changes, MergedPaper, StoredPaper, changes_by_table
from core.papers.identity.clusters import Apart, Cluster, cluster_records, is_simple, tied_records
from core.papers.identity.records import PASSING, Key, Record, combine, merge_records, record_of, storable_id
from core.papers.paper import Announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is listed and what is known, side by side."""

    #: stored papers that may be meant, by number
    known: Mapping[int, StoredPaper]
    #: every record as it is now
    now: Mapping[Key, Record]
    #: the number of the stored paper that a record is in
    row_of: Mapping[Key, int]
    #: records that may be of one paper, in lists that nothing ties to one another
    tied: Sequence[Sequence[Key]]


def key_of(line: Announcement) -> Key:
    """The record that an announcement adds to."""
    return (line.source, storable_id(line.paper.id))


def listed_records(announcements: Iterable[Announcement], *, at: datetime) -> Mapping[Key, Record]:
    """The records that a listing gives, in its order, told at that moment (aware)."""
    records: dict[Key, Record] = {}
    for line in announcements:
        record = record_of(line, at=at)
        before = records.get(record.key)
        records[record.key] = combine(before, record) if before else record
    return records


def collect_evidence(
    listed: Mapping[Key, Record], known: Mapping[int, StoredPaper], again: Collection[int] = ()
) -> Evidence:
    """Lay what is listed beside what is known by now.

    The papers `again` are looked at anew though nothing is told of them.
    """
    before = {record.key: record for one in known.values() for record in one.records}
    row_of = {record.key: one.row for one in known.values() for record in one.records}
    combined = {key: combine(before[key], record) if key in before else record for key, record in listed.items()}
    loose = [key for key, record in combined.items() if key not in before or _ties(record) != _ties(before[key])]
    loose += [record.key for row in again for record in known[row].records]
    now = combined | {key: record for key, record in before.items() if key not in combined}
    return Evidence(known=known, now=now, row_of=row_of, tied=tied_records(now, loose, row_of))


def merge(evidence: Evidence, apart: Apart = frozenset(), *, at: datetime) -> Changes:
    """What to store at that moment (aware).

    `evidence.known` must have every stored paper that a clue ties to a record that is new, or has other ties now.
    """
    papers = [one for keys in evidence.tied for one in _clustered(keys, evidence, apart)]
    touched = {known.row for one in papers for known in (one.known, *one.absorbs) if known}
    papers += [_merged_anew(one, evidence.now) for row, one in evidence.known.items() if row not in touched]
    order = {key: number for number, key in enumerate(evidence.now)}
    papers.sort(key=lambda one: min(order[record.key] for record in one.records))
    changed = [one for one in papers if not _is_as_it_was(one)]
    return changes_by_table(changed, [one.known for one in papers if one.known and _is_as_it_was(one)], at=at)


def _ties(record: Record) -> tuple[object, ...]:
    """What ties a record to others or keeps it apart (all that `matching` looks at), and its mark."""
    paper = record.paper
    year = paper.published and paper.published.year
    ties = (paper.identifiers, record.mark, record.titles, paper.authors, year, paper.doi, paper.journal)
    is_by_address = any(name.scheme in PASSING for name in record.names)
    return (*ties, paper.title, paper.abstract, paper.published) if is_by_address else ties


def _clustered(keys: Sequence[Key], evidence: Evidence, apart: Apart) -> Iterator[MergedPaper]:
    records = [evidence.now[key] for key in keys]
    if len(keys) == 1 and keys[0] not in evidence.row_of and is_simple(records[0]):
        alone = records[0]
        return iter((MergedPaper(paper=alone.paper, records=(alone,), names=frozenset(alone.names)),))
    rows = sorted({evidence.row_of[key] for key in keys if key in evidence.row_of})
    stored = [evidence.known[row] for row in rows]
    return (_of_cluster(cluster, stored, evidence.row_of) for cluster in cluster_records(records, apart))


def _of_cluster(cluster: Cluster, stored: Sequence[StoredPaper], row_of: Mapping[Key, int]) -> MergedPaper:
    """The paper of a cluster: in the place of the first stored paper whose identifier is a record's own in it."""
    own = {record.paper.id for record in cluster.records}
    mine = [one for one in stored if one.paper.id in own]
    known = mine[0] if mine else None
    before = {record.key: row_of[record.key] for record in cluster.records if record.key in row_of}
    return MergedPaper(
        paper=merge_records(cluster.records, id=cluster.id, names=cluster.goes_by),
        records=cluster.records,
        known=known,
        absorbs=tuple(mine[1:]),
        names=cluster.names,
        contested=cluster.contested,
        moved=tuple((key, row) for key, row in before.items() if not known or row != known.row),
        first_seen=min((one.first_seen for one in stored if one.row in before.values()), default=None),
    )


def _merged_anew(known: StoredPaper, now: Mapping[Key, Record]) -> MergedPaper:
    records = tuple(now[record.key] for record in known.records)
    paper = known.paper
    if records != known.records:
        paper = merge_records(records, id=paper.id, names=paper.identifiers)
    return MergedPaper(paper=paper, records=records, known=known, names=None, first_seen=known.first_seen)


def _is_as_it_was(one: MergedPaper) -> bool:
    """True where there is nothing to store; of a paper that was clustered anew, names may have moved as well."""
    known = one.known
    return known is not None and one.names is None and one.records == known.records
