"""What a listing changes in the store, decided without touching it: values in, values out.

`SqlPapers.add` looks up what is known of a listing's papers, asks `decide`, and stores what it says. A paper is the
same as another one when they share an identifier, unless each has an arXiv number of its own: two preprints that became
one journal article share its DOI and stay two papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final, TypeVar

from core.listings import Listing, Stored
from core.papers import Announcement, AnnounceType, Paper, PaperId, Signals

_T = TypeVar("_T")

#: schemes in which a paper has one number and no other
_ONE_NUMBER: Final = ("arxiv", "sample")
_FIRST_TYPE: Final = {type: place for place, type in enumerate(AnnounceType)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored paper that a listing may be about."""

    paper: Paper
    #: the store's number; the lower one was there first
    row: int
    #: the same scope of the same source announced it before
    listed_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What to store of a listing."""

    #: papers that are new, in the listing's order
    new: tuple[Paper, ...]
    #: stored papers as they shall be, under the id they are stored under
    changed: tuple[Paper, ...]
    #: stored papers that turn out to be one: the number that goes, and the id of the paper that stays
    same: tuple[tuple[int, PaperId], ...]
    #: each announcement with the id that its paper is stored under
    lines: tuple[tuple[PaperId, Announcement], ...]
    stored: Stored


def names(paper: Paper) -> tuple[PaperId, ...]:
    """Every identifier that a paper goes by, its own first."""
    doi = (PaperId("doi", paper.doi),) if paper.doi else ()
    return tuple(dict.fromkeys((paper.id, *paper.identifiers, *doi)))


def decide(listing: Listing, known: Mapping[PaperId, Known]) -> Decided:
    """What a listing changes; `known` has every stored paper that any of the listing's identifiers names."""
    fold = _Fold(known=known)
    for announcement in listing.announcements:
        fold.take(announcement)
    return Decided(
        new=tuple(paper for paper in fold.papers.values() if paper.id not in fold.before),
        changed=tuple(
            paper for paper in fold.papers.values() if paper.id in fold.before and paper != fold.before[paper.id].paper
        ),
        same=tuple((fold.before[gone].row, stays) for gone, stays in fold.absorbed() if gone in fold.before),
        lines=tuple((fold.home(line.paper.id), line) for line in listing.announcements),
        stored=_counted(fold),
    )


def _counted(fold: _Fold) -> Stored:
    old = [fold.before[id] for id in fold.papers if id in fold.before]
    updated = [one for one in old if fold.papers[one.paper.id].version > one.paper.version]
    same = [one for one in old if one not in updated]
    return Stored(
        new=len(fold.papers) - len(old),
        updated=len(updated),
        known=len(same),
        merged=sum(not one.listed_here for one in same),
    )


@dataclass(slots=True, kw_only=True)
class _Fold:
    """The listing read so far: papers as they would be stored, and which identifier leads to which of them."""

    known: Mapping[PaperId, Known]
    #: the stored papers that the listing is about, by the id they are stored under
    before: dict[PaperId, Known] = field(default_factory=dict)
    #: papers as they shall be, by the id they are (to be) stored under
    papers: dict[PaperId, Paper] = field(default_factory=dict)
    #: identifier -> id of the paper
    owner: dict[PaperId, PaperId] = field(default_factory=dict)
    #: id of a paper that was found to be another one -> the other one's
    moved: dict[PaperId, PaperId] = field(default_factory=dict)

    def take(self, announcement: Announcement) -> None:
        incoming = _dated(announcement)
        homes = self._homes(incoming)
        merged = self.papers[homes[0]] if homes else incoming
        for other in homes[1:]:
            merged = merge(merged, self.papers.pop(other))
            self.moved[other] = merged.id
        if homes:
            merged = merge(merged, incoming)
        self.papers[merged.id] = merged
        for name in names(incoming):
            self.owner.setdefault(name, merged.id)
        self.owner[incoming.id] = merged.id

    def home(self, id: PaperId) -> PaperId:
        """The id of the paper that an identifier leads to in the end."""
        id = self.owner[id]
        while id in self.moved:
            id = self.moved[id]
        return id

    def absorbed(self) -> Iterable[tuple[PaperId, PaperId]]:
        """The papers that were found to be others, and which."""
        return ((gone, self.home(gone)) for gone in self.moved)

    def _homes(self, incoming: Paper) -> list[PaperId]:
        """The papers that the incoming one is the same as, the one that was there first in front."""
        for name in names(incoming):
            self._load(name)
        named = dict.fromkeys(self.home(name) for name in names(incoming) if name in self.owner)
        same = [id for id in named if _may_be_same(self.papers[id], incoming)]
        return sorted(same, key=self._place) if len(same) > 1 else same

    def _place(self, id: PaperId) -> tuple[float, int]:
        """Stored papers first, in the order they were stored, then those of the listing in its order."""
        row = self.before[id].row if id in self.before else float("inf")
        return (row, list(self.papers).index(id))

    def _load(self, name: PaperId) -> None:
        if (known := self.known.get(name)) and known.paper.id not in self.owner:
            id = known.paper.id
            self.before[id], self.papers[id] = known, known.paper
            self.owner[id] = id
        if known:
            self.owner.setdefault(name, known.paper.id)


def _may_be_same(one: Paper, other: Paper) -> bool:
    return all(
        not (numbers := _numbers(one, scheme)) or not (others := _numbers(other, scheme)) or numbers & others
        for scheme in _ONE_NUMBER
    )


def _numbers(paper: Paper, scheme: str) -> set[str]:
    return {name.value for name in names(paper) if name.scheme == scheme}


def _dated(announcement: Announcement) -> Paper:
    """The announced paper; its first listing is this one where it knows of none before, and its source is named."""
    paper = announcement.paper
    if paper.announced is None or announcement.day < paper.announced:
        paper = replace(paper, announced=announcement.day, announce_type=announcement.type)
    elif announcement.day == paper.announced and announcement.type is not paper.announce_type:
        paper = replace(paper, announce_type=announcement.type)
    return (
        paper if announcement.source in paper.sources else replace(paper, sources=(*paper.sources, announcement.source))
    )


def merge(stored: Paper, incoming: Paper) -> Paper:
    """One paper out of two accounts of it, under the stored one's id.

    The higher version tells title, abstract, authors and categories; of equal versions the stored one does, and
    categories add up, because a cross-list adds one. Facts that one account lacks come from the other one.
    """
    newer = incoming.version > stored.version
    told, other = (incoming, stored) if newer else (stored, incoming)
    first = min(stored, incoming, key=_first_listing)
    added = incoming.categories if incoming.version == stored.version else ()
    return replace(
        stored,
        version=told.version,
        title=told.title or other.title,
        abstract=told.abstract or other.abstract,
        authors=told.authors or other.authors,
        categories=_union(told.categories, added) or other.categories,
        published=min(filter(None, (stored.published, incoming.published)), default=None),
        announced=first.announced,
        announce_type=first.announce_type,
        url=told.url or other.url,
        pdf_url=told.pdf_url or other.pdf_url,
        doi=told.doi or other.doi,
        journal=told.journal or other.journal,
        licence=told.licence or other.licence,
        identifiers=tuple(id for id in _union(stored.identifiers, _listed_names(incoming)) if id != stored.id),
        sources=_union(stored.sources, incoming.sources),
        signals=_newest_signals(stored.signals, incoming.signals),
    )


def _listed_names(paper: Paper) -> tuple[PaperId, ...]:
    return (paper.id, *paper.identifiers)


def _first_listing(paper: Paper) -> tuple[str, int]:
    return (str(paper.announced or "9999"), _FIRST_TYPE[paper.announce_type])


def _union(one: tuple[_T, ...], other: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _newest_signals(stored: Signals, incoming: Signals) -> Signals:
    told = {one.name: getattr(incoming, one.name) for one in fields(Signals)}
    return replace(stored, **{name: value for name, value in told.items() if value is not None})
