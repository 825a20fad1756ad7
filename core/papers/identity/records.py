"""Records: what one source tells of one paper under the source's own identifier, and one paper folded out of several.

Pure; `grouping` finds out which records are of one paper, `merging` decides with both what a listing changes. Nothing
here depends on the order in which things were told: `told_again` is commutative, associative and idempotent, and
`merged` takes the records in an order of its own.
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

#: whom to believe, the most trusted first; a source that is not named comes last
TRUST: Final = (
    "arxiv",
    "biorxiv",
    "sample",
    "crossref",
    "feeds",
    "openalex",
    "semanticscholar",
    "daily-arxiv",
    "huggingface",
)
_TRUST: Final = {source: place for place, source in enumerate(TRUST)}
_SCHEMES: Final = {scheme: place for place, scheme in enumerate(("arxiv", "sample", "doi", "pmid", "guid", "url"))}
#: schemes of what may lead to another paper tomorrow
PASSING: Final = frozenset({"guid", "url"})
_TYPES: Final = {type: place for place, type in enumerate(AnnounceType)}
_SIGNALS: Final = tuple(one.name for one in fields(Signals))
_SILENT: Final = Signals()
#: what the newest version tells, and where that is silent, the one before
_TOLD: Final = (
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


def trust(source: str) -> tuple[int, str]:
    """Where a source stands among those that tell of a paper."""
    return (_TRUST.get(source, len(_TRUST)), source)


def storable_id(id: PaperId) -> PaperId:
    """An identifier as records and the database have it."""
    value = short(id.value)
    return id if value == id.value else PaperId(id.scheme, value)


def mark_of(paper: Paper) -> int | None:
    """A short mark of title and first author, for look-ups; None where they are too common to tell."""
    told = title_key(paper)
    if not told:
        return None
    return marks.mark(told)


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
    told = "\0".join(("passing", page(path), words, paper.published.isoformat() if paper.published else ""))
    return marks.mark(told)


def record_of(announcement: Announcement, *, at: datetime) -> Record:
    """The record that an announcement gives, told at that moment (aware)."""
    paper = _ordered(announcement)
    mark = mark_of(paper)
    return Record(
        source=announcement.source,
        paper=paper,
        is_news=announcement.is_news,
        mark=mark,
        titles=_titles(mark, passing_mark(paper)),
        heard=_heard(paper.signals, at),
    )


def records_of(paper: Paper, mark: int | None, *, at: datetime) -> tuple[Record, ...]:
    """The records that a stored paper without any on record consists of; what it says, all of its sources say."""
    told = replace(paper, identifiers=_others(paper))
    heard = _heard(paper.signals, at)
    return tuple(
        Record(source=source, paper=replace(told, sources=(source,)), mark=mark, titles=_titles(mark), heard=heard)
        for source in paper.sources
    )


def is_plain(records: Sequence[Record], paper: Paper) -> bool:
    """True where the paper's own row says all that its record does, so that the record need not be kept."""
    if len(records) != 1:
        return False
    record = records[0]
    is_told = has_one_title(record) and record.paper == paper
    return is_told and record.is_news and not record.older and not record.heard


def has_one_title(record: Record) -> bool:
    """True of a record that was never told under another title than the one it has."""
    return record.titles == _titles(record.mark)


def _titles(*marks: int | None) -> tuple[int, ...]:
    return tuple(sorted(mark for mark in marks if mark is not None))


def combine(one: Record, other: Record) -> Record:
    """One record out of two tellings by the same source under the same identifier, whichever came first."""
    if one == other:
        return one
    version = max(one.paper.version, other.paper.version)
    told = {name: _newer(name, one, other) for name in _TOLD}
    heard = _latest(one, other)
    paper = replace(
        one.paper,
        **{name: value for name, (value, _) in told.items()},
        version=version,
        published=min(filter(None, (one.paper.published, other.paper.published)), default=None),
        **_first_listing((one, other)),
        identifiers=tuple(sorted({*one.paper.identifiers, *other.paper.identifiers}, key=place)),
        signals=Signals(**{name: value for name, (_, value) in heard.items()}),
    )
    return Record(
        source=one.source,
        paper=paper,
        is_news=one.is_news or other.is_news,
        mark=_mark_among(paper, (one, other)),
        titles=tuple(sorted({*one.titles, *other.titles})),
        older=tuple((name, of) for name, (value, of) in told.items() if value and of != version),
        heard=tuple((name, at) for name, (at, _) in heard.items()),
    )


def _mark_among(paper: Paper, told: Iterable[Record]) -> int | None:
    """The mark of a paper's title, which one of the records mostly has."""
    marked = {(one.paper.title, one.paper.authors[:1]): one.mark for one in told}
    told_as = (paper.title, paper.authors[:1])
    return marked[told_as] if told_as in marked else mark_of(paper)


def by_trust(records: Iterable[Record]) -> tuple[Record, ...]:
    """The most trusted source first."""
    return tuple(sorted(records, key=lambda one: (trust(one.source), place(one.paper.id))))


def merge_records(records: Sequence[Record], *, id: PaperId, names: Iterable[PaperId]) -> Paper:
    """One paper out of all records of it, under the identifier `id` and with the names that lead to it.

    The higher version tells, and of equal ones the more trusted source; facts that it lacks come from the next one.
    The earliest listing and date count, of each signal the newest reading, and of comments one that takes it back.
    """
    by = _tellers(records)
    return Paper(
        id=id,
        version=max(one.paper.version for one in records),
        **{name: getattr(by[name].paper, name) for name in ("title", *_TOLD) if name in by or name == "title"},
        published=by["published"].paper.published if "published" in by else None,
        **_first_listing(records),
        identifiers=tuple(sorted((name for name in set(names) if name != id), key=place)),
        sources=tuple(dict.fromkeys(one.source for one in by_trust(records))),
        signals=Signals(**{name: getattr(by[f"signals.{name}"].paper.signals, name) for name in _told_signals(by)}),
    )


def provenance(records: Sequence[Record], *, id: PaperId) -> Mapping[str, str]:
    """Field of `Paper` -> the source that it was taken from, where it is told; each signal as `signals.upvotes`.

    Identifiers and sources are left out: all records add to them.
    """
    own = next(one for one in by_trust(records) if one.paper.id == id)
    told = {name: one.source for name, one in _tellers(records).items()}
    return {"id": own.source} | told


def _ordered(announcement: Announcement) -> Paper:
    """The announced paper as a record tells it: dated, from this source, its other identifiers in their order."""
    paper = announcement.paper
    changes: dict[str, Any] = _dated(announcement)
    if paper.sources != (announcement.source,):
        changes["sources"] = (announcement.source,)
    if paper.identifiers or paper.doi:
        changes["identifiers"] = _others(paper)
    if (id := storable_id(paper.id)) is not paper.id:
        changes["id"] = id
    for name in _TEXTS:
        text = getattr(paper, name)
        if text and (not text.isascii() or "\0" in text):
            changes[name] = safe(text)
    for name in ("authors", "categories"):
        changes |= _safe_list(name, getattr(paper, name))
    return replace(paper, **changes) if changes else paper


def _dated(announcement: Announcement) -> dict[str, Any]:
    """What makes this listing the paper's first one, where it knows of none before."""
    paper, day = announcement.paper, announcement.day
    if paper.announced is None or day < paper.announced:
        return {"announced": day, "announce_type": announcement.type}
    if day == paper.announced and announcement.type is not paper.announce_type:
        return {"announce_type": announcement.type}
    return {}


def _safe_list(name: str, items: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    told = "".join(items)
    return {} if told.isascii() and "\0" not in told else {name: tuple(map(safe, items))}


def _others(paper: Paper) -> tuple[PaperId, ...]:
    others = {storable_id(id) for id in paper.identifiers}
    if paper.doi:
        others.add(_doi_id(paper.doi))
    return tuple(sorted(others - {paper.id}, key=place))


def _doi_id(doi: str) -> PaperId:
    try:
        return storable_id(PaperId.parse(f"doi:{doi}"))
    except BadIdentifier:
        return storable_id(PaperId("doi", doi))


def _heard(signals: Signals, at: datetime) -> tuple[tuple[str, datetime], ...]:
    if signals == _SILENT:
        return ()
    return tuple((name, at) for name in _SIGNALS if getattr(signals, name) is not None)


def _newer(name: str, one: Record, other: Record) -> tuple[Any, int]:
    """A field as the higher version tells it, the fuller of equal ones, and that version."""
    read = _as_told if getattr(one.paper, name) == getattr(other.paper, name) else _READERS.get(name, _as_told)
    told = [(read(name, each.paper), dict(each.older).get(name, each.paper.version)) for each in (one, other)]
    told = [(value, of) for value, of in told if value] or [told[0] if told[0][0] is not None else told[1]]
    if name == "categories" and len(told) == 2 and told[0][1] == told[1][1]:
        return _joined(told[0][0], told[1][0]), told[0][1]
    return max(told, key=lambda each: (each[1], len(each[0] or ""), each[0] or ""))


def _as_told(name: str, paper: Paper) -> Any:
    return getattr(paper, name)


#: texts that were stored with what stands around them are longer than the same ones without, and no fuller
_READERS: Final[Mapping[str, Callable[[str, Paper], Any]]] = {
    "title": lambda _, paper: furniture.strip_furniture(paper.title).title,
    "abstract": lambda _, paper: imprint.without_imprint(paper.abstract, title=paper.title, authors=paper.authors),
}


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if one == other:
        return one
    primary = min(one[0], other[0])
    return (primary, *sorted({*one, *other} - {primary}))


def _latest(one: Record, other: Record) -> dict[str, tuple[datetime, Any]]:
    """Each signal that is told, with the moment: the newest reading, the higher one of the same moment."""
    told = [(dict(each.heard), each.paper.signals) for each in (one, other)]
    return {
        name: max((heard[name], getattr(signals, name)) for heard, signals in told if name in heard)
        for name in _SIGNALS
        if any(name in heard for heard, _ in told)
    }


def _first_listing(records: Sequence[Record]) -> dict[str, Any]:
    first = min(records, key=_listing).paper
    return {"announced": first.announced, "announce_type": first.announce_type}


def _listing(record: Record) -> tuple[bool, date, int]:
    """Announcements first, then whoever only spoke of it; the earliest, and of a day the new before the cross-list."""
    paper = record.paper
    return (not record.is_news, paper.announced or date.max, _TYPES[paper.announce_type])


def _tellers(records: Sequence[Record]) -> dict[str, Record]:
    """Field -> the record that tells it, where one does; each signal as `signals.upvotes`."""
    ordered = sorted(records, key=_rank)
    by = {"version": ordered[0], "title": ordered[0]}
    for name in _TOLD:
        teller = next((one for one in ordered if getattr(one.paper, name)), None)
        by |= {name: teller} if teller else {}
    by |= _notice(ordered)
    dated = [(one.paper.published, place, one) for place, one in enumerate(ordered) if one.paper.published]
    by |= {"published": min(dated, key=lambda each: each[:2])[2]} if dated else {}
    by["announced"] = by["announce_type"] = min(ordered, key=_listing)
    for name in _SIGNALS:
        heard = [(dict(one.heard)[name], getattr(one.paper.signals, name), one) for one in ordered if _tells(one, name)]
        by |= {f"signals.{name}": max(heard, key=lambda each: each[:2])[2]} if heard else {}
    return by


def _notice(ordered: Sequence[Record]) -> dict[str, Record]:
    """Whoever says that the paper was taken back: that outweighs what others remark, "12 pages" say."""
    remarks = [one for one in ordered if one.paper.comment]
    teller = next((one for one in remarks if takes_back(one.paper.comment)), None) if len(remarks) > 1 else None
    return {"comment": teller} if teller else {}


def _rank(record: Record) -> tuple[object, ...]:
    return (-record.paper.version, trust(record.source), place(record.paper.id))


def _tells(record: Record, name: str) -> bool:
    return any(name == told for told, _ in record.heard)


def _told_signals(by: Mapping[str, Record]) -> list[str]:
    return [name for name in _SIGNALS if f"signals.{name}" in by]
