"""Which records are of one paper: a function of the records alone, whatever order they came in.

Pure; `merge` calls `cluster_records` with all records that any clue ties together; `tied_records` finds those. Records
under the same identifier of their own are a unit and stay together. Units become one paper where one's identifiers name
the other, or else where title, first author and year agree; but no paper has two arXiv numbers, and what a person has
split stays apart. The lower identifier has the first choice, arXiv's numbers before all others, so that a unit that
fits two papers goes to the one with the smaller number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from core.papers.identifiers import PaperId
from core.papers.identity.matching import are_called_alike, is_same
from core.papers.identity.records import PASSING, Key, Record, by_trust, place

#: units that bear the same name or title beyond this are not tied by it: it is nobody's in particular
MOST: Final = 64
#: schemes in which a paper has one number and no other
_NUMBERS: Final = ("arxiv", "sample")

#: two identifiers that a person has said are two papers
Apart = frozenset[frozenset[PaperId]]
#: an identifier, or the mark of a title
Clue = PaperId | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The records of one paper."""

    #: the identifier that the paper is stored under
    id: PaperId
    records: tuple[Record, ...]
    #: identifiers that lead to it
    names: frozenset[PaperId]
    #: identifiers that its records name and that lead to another paper
    contested: frozenset[PaperId]
    #: identifiers that it goes by: all of them but those that are another paper's very own
    goes_by: frozenset[PaperId]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """All records under one identifier of their own."""

    id: PaperId
    records: tuple[Record, ...]
    names: frozenset[PaperId]
    titles: frozenset[int]
    #: the one identifier of a scheme in which a paper has one; None where it has none
    number: PaperId | None


def is_simple(record: Record) -> bool:
    """True of a record that, alone, is a paper as it stands: it names no number of another scheme's, or a second."""
    return all(id.scheme not in _NUMBERS for id in record.paper.identifiers)


def clues(record: Record) -> tuple[Clue, ...]:
    """Everything that may tie a record to another one."""
    return (*record.names, *record.titles)


def tied_records(records: Mapping[Key, Record], loose: Iterable[Key], papers: Mapping[Key, int]) -> list[list[Key]]:
    """The records that clues tie, directly or through others, to the `loose` ones, in separate lists.

    `papers` has the number of the stored paper that a record is in: records of one paper are tied. A list begins
    with the loose record that comes first.
    """
    by_clue, by_paper = _by_clue(records.values()), _by_paper(papers)
    lists, seen_keys = [], set[Key]()
    for first in loose:
        if first not in seen_keys:
            seen_keys.add(first)
            lists.append(list(_spread(first, records, by_clue, by_paper, papers, seen_keys)))
    return lists


def _spread(
    first: Key,
    records: Mapping[Key, Record],
    by_clue: Mapping[Clue, Sequence[Key]],
    by_paper: Mapping[int, Sequence[Key]],
    papers: Mapping[Key, int],
    seen_keys: set[Key],
) -> Iterator[Key]:
    waiting, seen_clues = [first], set[Clue]()
    while waiting:
        key = waiting.pop()
        yield key
        for clue in clues(records[key]):
            # Each clue and each paper is gone through once: a clue that thousands share is no square of work.
            if clue not in seen_clues:
                seen_clues.add(clue)
                _queue(by_clue[clue], waiting, seen_keys)
        if key in papers:
            _queue(by_paper[papers[key]], waiting, seen_keys)


def _queue(keys: Sequence[Key], waiting: list[Key], seen_keys: set[Key]) -> None:
    if len(keys) > 1:
        fresh = [key for key in keys if key not in seen_keys]
        seen_keys.update(fresh)
        waiting.extend(fresh)


def _by_clue(records: Iterable[Record]) -> Mapping[Clue, Sequence[Key]]:
    by_clue = defaultdict[Clue, list[Key]](list)
    for record in records:
        for clue in clues(record):
            by_clue[clue].append(record.key)
    return by_clue


def _by_paper(papers: Mapping[Key, int]) -> Mapping[int, Sequence[Key]]:
    by_paper = defaultdict[int, list[Key]](list)
    for key, row in papers.items():
        by_paper[row].append(key)
    return by_paper


def cluster_records(records: Iterable[Record], apart: Apart) -> tuple[Cluster, ...]:
    """Papers out of all records that clues tie together, the one with the lowest identifier first."""
    units = _units(records)
    join = _Join(units, apart)
    for pairs in (_pairs_by_name(units), _pairs_by_title(units)):
        for first, second in pairs:
            join.unite(first, second)
    return _assign_names(join.groups())


class _Join:
    """Units on their way to groups; a group goes by its first unit."""

    def __init__(self, units: Sequence[_Unit], apart: Apart) -> None:
        self._group = {unit.id: [unit] for unit in units}
        self._apart = defaultdict[PaperId, set[PaperId]](set)
        for first, second in map(tuple, apart):
            self._apart[first].add(second)
            self._apart[second].add(first)

    def unite(self, first: _Unit, second: _Unit) -> None:
        """Make one group of the groups of two units, where they may be one paper."""
        group, other_group = self._group[first.id], self._group[second.id]
        if group is other_group or not self._may_be_one(group, other_group):
            return
        group += other_group
        for unit in other_group:
            self._group[unit.id] = group

    def groups(self) -> list[list[_Unit]]:
        """The groups, each in its units' order, the one with the lowest identifier first."""
        groups = {id(group): sorted(group, key=_order) for group in self._group.values()}
        return sorted(groups.values(), key=lambda group: _order(group[0]))

    def _may_be_one(self, group: Sequence[_Unit], other_group: Sequence[_Unit]) -> bool:
        numbers = {unit.number for unit in (*group, *other_group) if unit.number}
        other_ids = {unit.id for unit in other_group}
        return len(numbers) <= 1 and all(self._apart[unit.id].isdisjoint(other_ids) for unit in group)


def _units(records: Iterable[Record]) -> list[_Unit]:
    by_id = defaultdict[PaperId, list[Record]](list)
    for record in records:
        by_id[record.paper.id].append(record)
    return sorted((_unit(id, group) for id, group in by_id.items()), key=_order)


def _unit(id: PaperId, records: Sequence[Record]) -> _Unit:
    names = {name for record in records for name in record.names}
    numbers = sorted((name for name in names if name.scheme in _NUMBERS), key=place)
    number = id if id.scheme in _NUMBERS else numbers[0] if numbers else None
    return _Unit(
        id=id,
        records=by_trust(records),
        names=frozenset((names - set(numbers)) | {id, number or id}),
        titles=frozenset().union(*(record.titles for record in records)),
        number=number,
    )


def _order(unit: _Unit) -> tuple[object, ...]:
    """Sorts units by identifier, and within a scheme by how trusted their source is."""
    scheme, value = place(unit.id)
    return (scheme, -unit.records[0].trust, value)


def _pairs_by_name(units: Sequence[_Unit]) -> Iterator[tuple[_Unit, _Unit]]:
    """Pairs with an identifier in common, in order. An address alone ties only papers that are called alike."""
    return _pairs(units, lambda unit: unit.names, _share_a_name)


def _share_a_name(first: _Unit, second: _Unit) -> bool:
    if any(name.scheme not in PASSING for name in first.names & second.names):
        return True
    pairs = product(first.records, second.records)
    return any(are_called_alike(record.paper, other_record.paper) for record, other_record in pairs)


def _pairs_by_title(units: Sequence[_Unit]) -> Iterator[tuple[_Unit, _Unit]]:
    """Pairs with a title and a year in common, in order."""
    return _pairs(units, lambda unit: unit.titles, _agree)


def _pairs(
    units: Sequence[_Unit],
    clues_of: Callable[[_Unit], Iterable[Clue]],
    are_linked: Callable[[_Unit, _Unit], bool],
) -> Iterator[tuple[_Unit, _Unit]]:
    bearers = defaultdict[Clue, list[int]](list)
    for number, unit in enumerate(units):
        for clue in clues_of(unit):
            if len(bearers[clue]) < MOST:
                bearers[clue].append(number)
    for number, unit in enumerate(units):
        numbers = {other_number for clue in clues_of(unit) if number in bearers[clue] for other_number in bearers[clue]}
        for other_number in sorted(numbers):
            if other_number > number and are_linked(unit, units[other_number]):
                yield unit, units[other_number]


def _agree(first: _Unit, second: _Unit) -> bool:
    titles = first.titles & second.titles
    papers = [record.paper for record in first.records if titles.intersection(record.titles)]
    other_papers = [record.paper for record in second.records if titles.intersection(record.titles)]
    return any(is_same(paper, other_paper) for paper in papers for other_paper in other_papers)


def _assign_names(groups: Sequence[Sequence[_Unit]]) -> tuple[Cluster, ...]:
    """The groups as clusters: each has its own identifiers; a name that several groups have goes to the first one."""
    owner = {unit.id: number for number, group in enumerate(groups) for unit in group}
    own = frozenset(owner)
    for number, group in enumerate(groups):
        for unit in group:
            for name in unit.names:
                owner.setdefault(name, number)
    return tuple(_group(number, group, owner, own) for number, group in enumerate(groups))


def _group(number: int, units: Sequence[_Unit], owner: Mapping[PaperId, int], own: frozenset[PaperId]) -> Cluster:
    all_names = frozenset().union(*(unit.names for unit in units))
    names = frozenset(name for name in all_names if owner[name] == number)
    return Cluster(
        id=units[0].id,
        records=tuple(record for unit in units for record in unit.records),
        names=names,
        contested=all_names - names,
        goes_by=names | (all_names - own),
    )
