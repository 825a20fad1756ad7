"""Which stored papers a listing is about, and what it changes: `merge(evidence) -> Changes`. Pure.

Whoever stores papers brings every stored paper that a clue ties to the listing's (`collect_evidence` tells what to look
for), asks `merge`, and applies the answer. Where nothing that ties papers together has changed, a paper is only merged
anew out of its records; otherwise all records that any clue ties to the changed ones are clustered again, so that the
outcome is that of any other order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.papers.identity.changes import Changes, MergedPaper, NewReading, StoredPaper, changes_by_table
from core.papers.identity.clusters import Apart, Cluster, cluster_records, is_simple, tied_records
from core.papers.identity.lines import Line, line_of, settle_lines
from core.papers.identity.records import PASSING, Key, Record, combine, merge_records, record_of
from core.papers.paper import Announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The records of a listing and the stored papers that they may be about."""

    #: records that the listing gives
    new_records: Mapping[Key, Record]
    #: stored papers that may be meant, by number
    known: Mapping[int, StoredPaper]
    #: every record as it is now
    now: Mapping[Key, Record]
    #: the number of the stored paper that a record is in
    row_of: Mapping[Key, int]
    #: records that may be of one paper, in lists that nothing ties to one another
    tied: Sequence[Sequence[Key]]
    #: lines that are kept of the stored papers, by number
    lines: Mapping[int, Line] = field(default_factory=dict)


def listed_records(
    announcements: Iterable[Announcement], *, at: datetime, trust: Mapping[str, int]
) -> Mapping[Key, Record]:
    """The records that a listing gives, in its order, told at that moment (aware).

    `trust` says how far each source is believed, 0 where it says nothing.
    """
    records: dict[Key, Record] = {}
    for line in announcements:
        record = record_of(line, at=at, trust=trust.get(line.source, 0))
        before = records.get(record.key)
        records[record.key] = combine(before, record) if before else record
    return records


def collect_evidence(
    listed_records: Mapping[Key, Record], stored_papers: Mapping[int, StoredPaper], rows: Collection[int] = ()
) -> Evidence:
    """Bring the records of a listing together with the stored papers.

    The stored papers with the numbers `rows` are merged anew, though the listing says nothing of them.
    """
    before = {record.key: record for stored_paper in stored_papers.values() for record in stored_paper.records}
    row_of = {record.key: row for row, stored_paper in stored_papers.items() for record in stored_paper.records}
    new_records = {
        key: combine(before[key], record) if key in before else record for key, record in listed_records.items()
    }
    loose = [key for key, record in new_records.items() if key not in before or _ties(record) != _ties(before[key])]
    loose += [record.key for row in rows for record in stored_papers[row].records]
    now = new_records | {key: record for key, record in before.items() if key not in new_records}
    tied = tied_records(now, loose, row_of)
    return Evidence(new_records=listed_records, known=stored_papers, now=now, row_of=row_of, tied=tied)


def merge(
    evidence: Evidence, apart: Apart = frozenset(), announcements: Iterable[Announcement] = (), *, at: datetime
) -> Changes:
    """What to store of a listing's announcements at that moment (aware).

    `evidence.known` must have every stored paper that a clue ties to a record that is new, or has other ties now.
    """
    papers = [paper for keys in evidence.tied for paper in _cluster_papers(keys, evidence, apart)]
    rows = {stored_paper.row for paper in papers for stored_paper in (paper.known, *paper.absorbs) if stored_paper}
    papers += [
        _merge_anew(stored_paper, evidence.now) for row, stored_paper in evidence.known.items() if row not in rows
    ]
    order = {key: number for number, key in enumerate(evidence.now)}
    papers.sort(key=lambda paper: min(order[record.key] for record in paper.records))
    new_papers = [paper for paper in papers if not _is_as_it_was(paper)]
    same = [paper.known for paper in papers if paper.known and _is_as_it_was(paper)]
    lines = settle_lines((line_of(line) for line in announcements if line.is_news), evidence.lines)
    return changes_by_table(new_papers, same, lines, list(_new_readings(evidence)), at=at)


def _new_readings(evidence: Evidence) -> Iterator[NewReading]:
    before = {record.key: record.paper.signals for paper in evidence.known.values() for record in paper.records}
    for key, record in evidence.new_records.items():
        signals = evidence.now[key].paper.signals
        if record.heard and signals != before.get(key):
            yield NewReading(record=key, signals=signals)


def _ties(record: Record) -> tuple[object, ...]:
    """What ties a record to others or keeps it apart (all that `matching` looks at), and its mark."""
    paper = record.paper
    year = paper.published and paper.published.year
    ties = (paper.identifiers, record.mark, record.titles, paper.authors, year, paper.doi, paper.journal)
    is_by_address = any(name.scheme in PASSING for name in record.names)
    return (*ties, paper.title, paper.abstract, paper.published) if is_by_address else ties


def _cluster_papers(keys: Sequence[Key], evidence: Evidence, apart: Apart) -> Iterator[MergedPaper]:
    records = [evidence.now[key] for key in keys]
    if len(keys) == 1 and keys[0] not in evidence.row_of and is_simple(records[0]):
        record = records[0]
        return iter((MergedPaper(paper=record.paper, records=(record,), names=frozenset(record.names)),))
    rows = sorted({evidence.row_of[key] for key in keys if key in evidence.row_of})
    stored_papers = [evidence.known[row] for row in rows]
    return (_of_cluster(cluster, stored_papers, evidence.row_of) for cluster in cluster_records(records, apart))


def _of_cluster(cluster: Cluster, stored_papers: Sequence[StoredPaper], row_of: Mapping[Key, int]) -> MergedPaper:
    """The paper of a cluster: in the place of the first stored paper whose identifier is a record's own in it."""
    own = {record.paper.id for record in cluster.records}
    own_papers = [paper for paper in stored_papers if paper.paper.id in own]
    stored_paper = own_papers[0] if own_papers else None
    before = {record.key: row_of[record.key] for record in cluster.records if record.key in row_of}
    return MergedPaper(
        paper=merge_records(cluster.records, id=cluster.id, names=cluster.goes_by),
        records=cluster.records,
        known=stored_paper,
        absorbs=tuple(own_papers[1:]),
        names=cluster.names,
        contested=cluster.contested,
        moved=tuple((key, row) for key, row in before.items() if not stored_paper or row != stored_paper.row),
        first_seen=min((paper.first_seen for paper in stored_papers if paper.row in before.values()), default=None),
    )


def _merge_anew(stored_paper: StoredPaper, now: Mapping[Key, Record]) -> MergedPaper:
    records = tuple(now[record.key] for record in stored_paper.records)
    paper = stored_paper.paper
    if records != stored_paper.records:
        paper = merge_records(records, id=paper.id, names=paper.identifiers)
    return MergedPaper(paper=paper, records=records, known=stored_paper, names=None, first_seen=stored_paper.first_seen)


def _is_as_it_was(merged_paper: MergedPaper) -> bool:
    """True where there is nothing to store. Names of a paper that was clustered anew may have moved as well."""
    stored_paper = merged_paper.known
    return stored_paper is not None and merged_paper.names is None and merged_paper.records == stored_paper.records
