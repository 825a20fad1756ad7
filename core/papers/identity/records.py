"""Records: what one source tells of one paper under the source's own identifier, and one paper folded out of several.

Pure; `clusters` finds out which records are of one paper, `merge` decides with both what a listing changes. Nothing
here depends on the order in which things were told: `combine` is commutative, associative and idempotent, and
`merge_records` takes the records in an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final

from core.errors import BadIdentifier
from core.papers import furniture, imprint, marks
from core.papers.addresses import clean_address, page
from core.papers.events import takes_back
from core.papers.identifiers import PaperId
from core.papers.identity.matching import title_key, title_words
from core.papers.paper import Announcement, AnnounceType, Paper, Signals
from core.text.storable import safe, short

_SCHEMES: Final = {scheme: place for place, scheme in enumerate(("arxiv", "sample", "doi", "pmid", "guid", "url"))}
#: schemes of what may lead to another paper tomorrow
PASSING: Final = frozenset({"guid", "url"})
_TYPES: Final = {type: place for place, type in enumerate(AnnounceType)}
_SIGNALS: Final = tuple(field.name for field in fields(Signals))
_SILENT: Final = Signals()
#: fields that the newest version fills; where it leaves one empty, the version before does
_CONTENT: Final = (
    "title", "abstract", "authors", "categories", "url", "pdf_url", "doi", "journal", "licence", "comment",
)  # fmt: skip
_TEXTS: Final = ("title", "abstract", "url", "pdf_url", "doi", "journal", "licence", "comment")

#: source and the paper's own identifier there
Key = tuple[str, PaperId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one source tells of one paper under its own identifier."""

    source: str
    #: as the source tells it: its own identifier, all others it knows in their order, itself as the only source
    paper: Paper
    #: False where the source never announced it, and only spoke of it
    is_news: bool = True
    #: the mark of its title; see `mark_of`
    mark: int | None = None
    #: the marks of all titles that it was told under (see `mark_of`, `passing_mark`), the lowest first
    titles: tuple[int, ...] = ()
    #: fields in which the newest version is silent, and the version that they were taken from
    older: tuple[tuple[str, int], ...] = ()
    #: fields of the signals, and when each was told
    heard: tuple[tuple[str, datetime], ...] = ()
    #: how far its source is believed, as the program knows it now: nothing that the source tells, and not stored
    trust: int = 0

    @property
    def key(self) -> Key:
        """What tells records apart."""
        return (self.source, self.paper.id)

    @property
    def names(self) -> tuple[PaperId, ...]:
        """Every identifier that it gives the paper, its own first."""
        return (self.paper.id, *self.paper.identifiers)


def place(id: PaperId) -> tuple[int, str]:
    """Where an identifier stands among those of a paper, and a paper among others."""
    return (_SCHEMES.get(id.scheme, len(_SCHEMES)), str(id))


def storable_id(id: PaperId) -> PaperId:
    """An identifier as records and the database have it."""
    value = short(id.value)
    return id if value == id.value else PaperId(id.scheme, value)


def mark_of(paper: Paper) -> int | None:
    """A short mark of title and first author, for look-ups; None where they are too common to tell."""
    key = title_key(paper)
    if not key:
        return None
    return marks.mark(key)


def passing_mark(paper: Paper) -> int | None:
    """What an entry of a feed has in common with itself at the next fetch, when its address has another query.

    Title, day and the address without its query, as a mark beside that of its title. None where the address has no
    query, so that it stays, and where the title is all that would tell.
    """
    if paper.id.scheme not in PASSING:
        return None
    address = clean_address(paper.id.value if paper.id.scheme == "url" else paper.url)
    path, has_query, _ = address.partition("?")
    words = "".join(title_words(paper.title))
    if not words or not address or not (has_query or paper.id.scheme == "guid"):
        return None
    if not (paper.published or title_key(paper) or not has_query):
        return None
    text = "\0".join(("passing", page(path), words, paper.published.isoformat() if paper.published else ""))
    return marks.mark(text)


def key_of(announcement: Announcement) -> Key:
    """The record that an announcement adds to."""
    return (announcement.source, storable_id(announcement.paper.id))


def record_of(announcement: Announcement, *, at: datetime, trust: int = 0) -> Record:
    """The record that an announcement gives, told at that moment (aware)."""
    paper = _record_paper(announcement)
    mark = mark_of(paper)
    return Record(
        source=announcement.source,
        paper=paper,
        is_news=announcement.is_news,
        mark=mark,
        titles=_titles(mark, passing_mark(paper)),
        heard=_signal_moments(paper.signals, at),
        trust=trust,
    )


def records_of(paper: Paper, mark: int | None, *, at: datetime, trust: Mapping[str, int]) -> tuple[Record, ...]:
    """The records of a stored paper that has none on record: each of its sources says all that the paper says."""
    full_paper = replace(paper, identifiers=_other_ids(paper))
    moments = _signal_moments(paper.signals, at)
    return tuple(
        Record(
            source=source,
            paper=replace(full_paper, sources=(source,)),
            mark=mark,
            titles=_titles(mark),
            heard=moments,
            trust=trust.get(source, 0),
        )
        for source in paper.sources
    )


def is_plain(records: Sequence[Record], paper: Paper) -> bool:
    """True where the paper's own row says all that its record does, so that the record need not be kept."""
    if len(records) != 1:
        return False
    record = records[0]
    return has_one_title(record) and record.paper == paper and record.is_news and not (record.older or record.heard)


def has_one_title(record: Record) -> bool:
    """True of a record that was never told under another title than the one it has."""
    return record.titles == _titles(record.mark)


def _titles(*marks: int | None) -> tuple[int, ...]:
    return tuple(sorted(mark for mark in marks if mark is not None))


def combine(first: Record, second: Record) -> Record:
    """One record out of two that the same source gave under the same identifier, in either order."""
    if first == second:
        return first
    version = max(first.paper.version, second.paper.version)
    fields = {name: _newer(name, first, second) for name in _CONTENT}
    signals = _latest(first, second)
    paper = replace(
        first.paper,
        **{name: value for name, (value, _) in fields.items()},
        version=version,
        published=min(filter(None, (first.paper.published, second.paper.published)), default=None),
        **_first_listing((first, second)),
        identifiers=tuple(sorted({*first.paper.identifiers, *second.paper.identifiers}, key=place)),
        signals=Signals(**{name: value for name, (_, value) in signals.items()}),
    )
    return Record(
        source=first.source,
        paper=paper,
        is_news=first.is_news or second.is_news,
        mark=_mark_among(paper, (first, second)),
        titles=tuple(sorted({*first.titles, *second.titles})),
        older=tuple((name, of) for name, (value, of) in fields.items() if value and of != version),
        heard=tuple((name, at) for name, (at, _) in signals.items()),
        trust=first.trust,
    )


def _mark_among(paper: Paper, records: Iterable[Record]) -> int | None:
    """The mark of a paper's title, which one of the records mostly has."""
    mark_by_title = {(record.paper.title, record.paper.authors[:1]): record.mark for record in records}
    title = (paper.title, paper.authors[:1])
    return mark_by_title[title] if title in mark_by_title else mark_of(paper)


def by_trust(records: Iterable[Record]) -> tuple[Record, ...]:
    """The most trusted source first."""
    return tuple(sorted(records, key=_trust_order))


def merge_records(records: Sequence[Record], *, id: PaperId, names: Iterable[PaperId]) -> Paper:
    """One paper out of all records of it, under the identifier `id` and with the names that lead to it.

    The highest version counts, and of equal ones the most trusted source; fields that it lacks come from the next one.
    The earliest listing and date count, the newest reading of each signal, and a comment that takes the paper back.
    """
    by = _tellers(records)
    signals = {name: by[f"signals.{name}"].paper.signals for name in _SIGNALS if f"signals.{name}" in by}
    return Paper(
        id=id,
        version=max(record.paper.version for record in records),
        **{name: getattr(by[name].paper, name) for name in ("title", *_CONTENT) if name in by or name == "title"},
        published=by["published"].paper.published if "published" in by else None,
        **_first_listing(records),
        identifiers=tuple(sorted((name for name in set(names) if name != id), key=place)),
        sources=tuple(dict.fromkeys(record.source for record in by_trust(records))),
        signals=Signals(**{name: getattr(signals[name], name) for name in signals}),
    )


def provenance(records: Sequence[Record], *, id: PaperId) -> Mapping[str, str]:
    """Field of `Paper` -> the source that it was taken from, where it is told; each signal as `signals.upvotes`.

    Identifiers and sources are left out: all records add to them.
    """
    own = next(record for record in by_trust(records) if record.paper.id == id)
    sources = {name: record.source for name, record in _tellers(records).items()}
    return {"id": own.source} | sources


def _record_paper(announcement: Announcement) -> Paper:
    """The announced paper as a record tells it: dated, from this source, its other identifiers in their order."""
    paper = announcement.paper
    changes: dict[str, Any] = _listing_changes(announcement)
    if paper.sources != (announcement.source,):
        changes["sources"] = (announcement.source,)
    if paper.identifiers or paper.doi:
        changes["identifiers"] = _other_ids(paper)
    if (id := storable_id(paper.id)) is not paper.id:
        changes["id"] = id
    for name in _TEXTS:
        text = getattr(paper, name)
        if text and (not text.isascii() or "\0" in text):
            changes[name] = safe(text)
    for name in ("authors", "categories"):
        changes |= _safe_list(name, getattr(paper, name))
    return replace(paper, **changes) if changes else paper


def _listing_changes(announcement: Announcement) -> dict[str, Any]:
    """What makes this listing the paper's first one, where it knows of none before."""
    paper, day = announcement.paper, announcement.day
    if paper.announced is None or day < paper.announced:
        return {"announced": day, "announce_type": announcement.type}
    if day == paper.announced and announcement.type is not paper.announce_type:
        return {"announce_type": announcement.type}
    return {}


def _safe_list(name: str, items: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    text = "".join(items)
    return {} if text.isascii() and "\0" not in text else {name: tuple(map(safe, items))}


def _other_ids(paper: Paper) -> tuple[PaperId, ...]:
    ids = {storable_id(id) for id in paper.identifiers}
    if paper.doi:
        ids.add(_doi_id(paper.doi))
    return tuple(sorted(ids - {paper.id}, key=place))


def _doi_id(doi: str) -> PaperId:
    try:
        return storable_id(PaperId.parse(f"doi:{doi}"))
    except BadIdentifier:
        return storable_id(PaperId("doi", doi))


def _signal_moments(signals: Signals, at: datetime) -> tuple[tuple[str, datetime], ...]:
    if signals == _SILENT:
        return ()
    return tuple((name, at) for name in _SIGNALS if getattr(signals, name) is not None)


def _newer(name: str, first: Record, second: Record) -> tuple[Any, int]:
    """A field as the higher version tells it, the fuller of equal ones, and that version."""
    read = _field if getattr(first.paper, name) == getattr(second.paper, name) else _READERS.get(name, _field)
    readings = [
        (read(name, record.paper), dict(record.older).get(name, record.paper.version)) for record in (first, second)
    ]
    any_reading = readings[0] if readings[0][0] is not None else readings[1]
    readings = [(value, of) for value, of in readings if value] or [any_reading]
    if name == "categories" and len(readings) == 2 and readings[0][1] == readings[1][1]:
        return _join_categories(readings[0][0], readings[1][0]), readings[0][1]
    return max(readings, key=lambda reading: (reading[1], len(reading[0] or ""), reading[0] or ""))


def _field(name: str, paper: Paper) -> Any:
    return getattr(paper, name)


#: these are compared without the furniture around them, which makes a text longer and no fuller
_READERS: Final[Mapping[str, Callable[[str, Paper], Any]]] = {
    "title": lambda _, paper: furniture.strip_furniture(paper.title).title,
    "abstract": lambda _, paper: imprint.without_imprint(paper.abstract, title=paper.title, authors=paper.authors),
}


def _join_categories(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    if first == second:
        return first
    primary = min(first[0], second[0])
    return (primary, *sorted({*first, *second} - {primary}))


def _latest(first: Record, second: Record) -> dict[str, tuple[datetime, Any]]:
    """Signal -> (moment, value) of its newest reading; of two readings at one moment the higher value."""
    readings = [(dict(record.heard), record.paper.signals) for record in (first, second)]
    return {
        name: max((moments[name], getattr(signals, name)) for moments, signals in readings if name in moments)
        for name in _SIGNALS
        if any(name in moments for moments, _ in readings)
    }


def _first_listing(records: Sequence[Record]) -> dict[str, Any]:
    first = min(records, key=_listing).paper
    return {"announced": first.announced, "announce_type": first.announce_type}


def _listing(record: Record) -> tuple[bool, date, int]:
    """Sorts announcements before mere mentions, by day, and within a day new papers before cross-lists."""
    paper = record.paper
    return (not record.is_news, paper.announced or date.max, _TYPES[paper.announce_type])


def _tellers(records: Sequence[Record]) -> dict[str, Record]:
    """Field -> the record that the field is taken from; a signal as `signals.upvotes`; empty fields are left out."""
    by_rank = sorted(records, key=_rank)
    by = {"version": by_rank[0], "title": by_rank[0]}
    for name in _CONTENT:
        teller = next((record for record in by_rank if getattr(record.paper, name)), None)
        by |= {name: teller} if teller else {}
    by |= _notice(by_rank)
    dates = [(record.paper.published, place, record) for place, record in enumerate(by_rank) if record.paper.published]
    by |= {"published": min(dates, key=lambda date: date[:2])[2]} if dates else {}
    by["announced"] = by["announce_type"] = min(by_rank, key=_listing)
    for name in _SIGNALS:
        moments = [(at, record) for record in by_rank for signal, at in record.heard if signal == name]
        readings = [(at, getattr(record.paper.signals, name), record) for at, record in moments]
        by |= {f"signals.{name}": max(readings, key=lambda reading: reading[:2])[2]} if readings else {}
    return by


def _notice(records: Sequence[Record]) -> dict[str, Record]:
    """The record whose comment takes the paper back: it outweighs other comments, such as "12 pages"."""
    remarks = [record for record in records if record.paper.comment]
    notice = next((record for record in remarks if takes_back(record.paper.comment)), None)
    return {"comment": notice} if notice and len(remarks) > 1 else {}


def _rank(record: Record) -> tuple[object, ...]:
    return (-record.paper.version, *_trust_order(record))


def _trust_order(record: Record) -> tuple[object, ...]:
    return (-record.trust, record.source, place(record.paper.id))
