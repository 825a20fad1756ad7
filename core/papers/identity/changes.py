"""What a listing changes in the store, by table: decided by `merge`, applied by whoever stores papers.

Papers are named by the identifier that they are stored under, because new ones have no number yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core.papers.events import events_between
from core.papers.identifiers import PaperId
from core.papers.identity.clusters import Clue
from core.papers.identity.lines import Line, LineChanges
from core.papers.identity.records import Key, Record, has_one_title, is_plain, mark_of, provenance
from core.papers.paper import Announcement, EventKind, Paper, Signals
from core.text.storable import short

#: what a source says of a paper as soon as this after we first saw it is not what happened since
FIRST_WORDS: Final = timedelta(days=2)
#: which field tells of an event
_FIELDS_OF: Final = {
    EventKind.VERSION: ("version",),
    EventKind.WITHDRAWN: ("comment", "abstract"),
    EventKind.PUBLISHED: ("journal", "doi", "id"),
    EventKind.CODE: ("signals.code_url",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What storing a listing did, in papers."""

    #: papers that the store did not have
    new: int = 0
    #: papers it had in an older version
    updated: int = 0
    #: papers it had, as they are
    known: int = 0
    #: of the known ones, those that another scope or source had brought
    merged: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            known=self.known + other.known,
            merged=self.merged + other.merged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper:
    """A stored paper that a listing may be about."""

    #: the store's number; the lower one was there first
    row: int
    paper: Paper
    records: tuple[Record, ...]
    #: UTC
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPaper:
    """A paper as it shall be stored."""

    paper: Paper
    records: tuple[Record, ...]
    #: None where it is new
    known: StoredPaper | None = None
    #: other stored papers that turn out to be this one
    absorbs: tuple[StoredPaper, ...] = ()
    #: identifiers that lead to it; None where they do already
    names: frozenset[PaperId] | None
    #: identifiers that its records name and that lead to another paper
    contested: frozenset[PaperId] = frozenset()
    #: the number of the stored paper that a record of it was in, where that is another one
    moved: tuple[tuple[Key, int], ...] = ()
    #: when the first of its records was stored, UTC; None where none was
    first_seen: datetime | None = None

    @property
    def mark(self) -> int | None:
        """The mark of the paper's title."""
        return self.records[0].mark if len(self.records) == 1 else mark_of(self.paper)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRecord:
    """A record that turns out to be another paper's: its announcements and readings go with it."""

    record: Key
    #: the number of the stored paper that it was in
    before: int
    into: PaperId
    #: True where that paper has no other record of the source, so that what the source told happened to this one
    takes_events: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened to a stored paper, and the source that tells it."""

    paper: PaperId
    kind: EventKind
    detail: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReading:
    """Signals of a record that differ from the stored ones."""

    record: Key
    signals: Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeListing:
    """A scope that a record's paper is announced in, and that is none of its categories."""

    record: Key
    scope: str
    #: the paper's first listing day, the source's local date
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to store of a listing, by table."""

    #: papers: those that are new or change, in the listing's order
    papers: tuple[MergedPaper, ...]
    #: papers: those that stay as they are
    same: tuple[StoredPaper, ...]
    #: papers: numbers of those that will be stored under another identifier, or not at all
    rekeyed: tuple[int, ...]
    #: papers: numbers of those that go into another one, with all that refers to them
    absorbed: tuple[tuple[int, PaperId], ...]
    #: announcements, readings and events
    moved: tuple[MovedRecord, ...]
    #: vectors: papers of which the text is another one now
    reworded: tuple[PaperId, ...]
    #: identifiers: all that lead to a paper, where they may be others than before
    names: Mapping[PaperId, frozenset[PaperId]]
    #: records: all of a paper; none where its own row tells all that they do
    records: Mapping[PaperId, tuple[Record, ...]]
    #: clues: all that may tie a paper to others beside its names and its title, where they may be others than before
    clues: Mapping[PaperId, frozenset[Clue]]
    #: categories: papers that come to be listed, and known ones whose lists are made anew
    listed: tuple[MergedPaper, ...]
    relisted: tuple[MergedPaper, ...]
    #: categories: scopes of the new lines
    scopes: tuple[ScopeListing, ...]
    #: events
    events: tuple[NewEvent, ...]
    #: announcements
    lines: LineChanges
    #: readings
    readings: tuple[NewReading, ...]


def changes_by_table(
    papers: Sequence[MergedPaper],
    same: Sequence[StoredPaper],
    lines: LineChanges,
    readings: Sequence[NewReading],
    *,
    at: datetime,
) -> Changes:
    """What follows for each table from papers as they shall be stored at that moment (aware), lines and readings."""
    pairs = [(paper.known, paper) for paper in papers if paper.known]
    with_names = [paper for paper in papers if paper.names is not None]
    renamed_rows = [before.row for before, paper in pairs if before.paper.id != paper.paper.id]
    absorptions = [(before.row, paper.paper.id) for paper in papers for before in paper.absorbs]
    return Changes(
        papers=tuple(papers),
        same=tuple(same),
        rekeyed=(*renamed_rows, *(row for row, _ in absorptions)),
        absorbed=tuple(absorptions),
        moved=tuple(_moved_records(papers)),
        reworded=tuple(paper.paper.id for before, paper in pairs if _text(before.paper) != _text(paper.paper)),
        names={paper.paper.id: paper.names or frozenset() for paper in with_names},
        records={paper.paper.id: () if is_plain(paper.records, paper.paper) else paper.records for paper in papers},
        clues={paper.paper.id: frozenset(_further_clues(paper)) for paper in with_names},
        listed=tuple(paper for paper in papers if not paper.known),
        relisted=tuple(paper for paper in papers if _is_listed_anew(paper)),
        scopes=tuple(_scope_listings([*papers, *same], lines.new)),
        events=tuple(event for paper in papers for event in _events(paper, at)),
        lines=lines,
        readings=tuple(readings),
    )


def count_stored(keys: Iterable[Key], changes: Changes, brought_before: Collection[int]) -> Stored:
    """What storing a listing does, in papers; `brought_before`: numbers of those that the same scope had brought."""
    keys = set(keys)
    same = [before for before in changes.same if _has_any(before.records, keys)]
    papers = [paper for paper in changes.papers if _has_any(paper.records, keys)]
    new = [paper for paper in papers if paper.first_seen is None]
    pairs = [(paper.known, paper) for paper in papers if paper.known]
    as_old = [(before, paper) for before, paper in pairs if paper.paper.version <= before.paper.version]
    updates = len(pairs) - len(as_old)
    rows = {before.row for before in same} | {before.row for before, paper in as_old if not paper.absorbs}
    return Stored(
        new=len(new),
        updated=updates,
        known=len(same) + len(papers) - len(new) - updates,
        merged=len(same) + len(as_old) - len(rows.intersection(brought_before)),
    )


def brought_before(announcements: Iterable[Announcement], lines: Iterable[Line], changes: Changes) -> set[int]:
    """The stored papers that the scope of a listing had brought before; its source alone, where it only spoke.

    `lines` are those that were kept of the papers before.
    """
    announcements = list(announcements)
    scopes = {(line.source, short(line.scope)) for line in announcements if line.is_news}
    speakers = {line.source for line in announcements if not line.is_news}
    records_of_scope = {line.key.record for line in lines if (line.key.record[0], line.key.scope) in scopes}
    pairs = [(before, before.records) for before in changes.same]
    pairs += [(paper.known, paper.records) for paper in changes.papers if paper.known]
    return {
        before.row
        for before, records in pairs
        if speakers.intersection(before.paper.sources) or _has_any(records, records_of_scope)
    }


def _has_any(records: Iterable[Record], keys: Collection[Key]) -> bool:
    return any(record.key in keys for record in records)


def _moved_records(papers: Sequence[MergedPaper]) -> Iterator[MovedRecord]:
    staying = {paper.known.row: {record.source for record in paper.records} for paper in papers if paper.known}
    for paper in papers:
        for key, row in paper.moved:
            takes_events = key[0] not in staying.get(row, ())
            yield MovedRecord(record=key, before=row, into=paper.paper.id, takes_events=takes_events)


def _scope_listings(papers: Iterable[MergedPaper | StoredPaper], new_lines: Iterable[Line]) -> Iterator[ScopeListing]:
    paper_of = {record.key: paper.paper for paper in papers for record in paper.records}
    for record, scope in dict.fromkeys((line.key.record, line.key.scope) for line in new_lines):
        paper = paper_of[record]
        if scope not in paper.categories:
            yield ScopeListing(record=record, scope=scope, day=paper.announced)


def _text(paper: Paper) -> tuple[str, str]:
    return (paper.title, paper.abstract)


def _further_clues(paper: MergedPaper) -> Iterator[Clue]:
    yield from paper.contested
    if len(paper.records) > 1 or not has_one_title(paper.records[0]):
        yield from (title for record in paper.records for title in record.titles)


def _is_listed_anew(paper: MergedPaper) -> bool:
    """True where categories or the first day changed, or where the paper gave or took announcements."""
    if paper.known is None:
        return bool(paper.moved)
    lost_keys = {record.key for record in paper.known.records} - {record.key for record in paper.records}
    has_moved = bool(lost_keys or paper.moved or paper.absorbs)
    return has_moved or _listing_of(paper.paper) != _listing_of(paper.known.paper)


def _listing_of(paper: Paper) -> tuple[object, ...]:
    return (paper.announced, paper.categories)


def _events(paper: MergedPaper, at: datetime) -> Iterator[NewEvent]:
    """What happened to a known paper, and who told it."""
    stored_paper = paper.known
    happenings = list(events_between(stored_paper.paper, paper.paper)) if stored_paper else []
    sources = provenance(paper.records, id=paper.paper.id) if happenings else {}
    for kind, detail in happenings:
        source = next((sources[name] for name in _FIELDS_OF[kind] if name in sources), "")
        if stored_paper and _is_news(kind, source, stored_paper, at):
            yield NewEvent(paper=paper.paper.id, kind=kind, detail=detail, source=source)


def _is_news(kind: EventKind, source: str, stored_paper: StoredPaper, at: datetime) -> bool:
    """True where a source tells something else than before, or something of a paper that we have had for a while.

    Versions are counted in different ways, so that only a source that we heard before tells of a new one.
    """
    is_known_source = source in stored_paper.paper.sources
    return is_known_source or (kind is not EventKind.VERSION and at - stored_paper.first_seen >= FIRST_WORDS)
