"""Which accounts are of one paper: a function of the accounts alone, whatever order they came in.

Pure; `merging` calls it with all accounts that any clue ties together, and `loading` finds those with `tied`. Accounts
under the same identifier of their own are a unit and stay together. Units become one paper where one's identifiers name
the other, or else where title, first author and year agree; but no paper has two arXiv numbers, and what a person has
split stays apart. The lower identifier has the first choice, arXiv's numbers before all others, so that a unit that
fits two papers goes to the one with the smaller number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.papers.identifiers import PaperId
from core.papers.matching import are_called_alike, is_same
from storage.accounts import PASSING, Account, Key, place, trust

#: units that bear the same name or title beyond this are not tied by it: it is nobody's in particular
MOST: Final = 64
#: schemes in which a paper has one number and no other
_NUMBERS: Final = ("arxiv", "sample")

#: two identifiers that a person has said are two papers
Apart = frozenset[frozenset[PaperId]]
#: an identifier, or the mark of a title
Clue = PaperId | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The accounts of one paper."""

    #: the identifier that the paper is stored under
    id: PaperId
    accounts: tuple[Account, ...]
    #: identifiers that lead to it
    names: frozenset[PaperId]
    #: identifiers that its accounts name and that lead to another paper
    contested: frozenset[PaperId]
    #: identifiers that it goes by: all of them but those that are another paper's very own
    goes_by: frozenset[PaperId]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """All accounts under one identifier of their own."""

    id: PaperId
    accounts: tuple[Account, ...]
    names: frozenset[PaperId]
    titles: frozenset[int]
    #: the one identifier of a scheme in which a paper has one; None where it has none
    number: PaperId | None


def is_simple(account: Account) -> bool:
    """True of an account that, alone, is a paper as it stands: it names no number of another scheme's, or a second."""
    return all(id.scheme not in _NUMBERS for id in account.paper.identifiers)


def clues(account: Account) -> tuple[Clue, ...]:
    """Everything that may tie an account to another one."""
    return (*account.names, *account.titles)


def tied(accounts: Mapping[Key, Account], loose: Iterable[Key], papers: Mapping[Key, int]) -> list[list[Key]]:
    """The accounts that clues tie, directly or through others, to the `loose` ones, in separate lists.

    `papers` has the number of the stored paper that an account is in: accounts of one paper are tied. A list begins
    with the loose account that comes first.
    """
    by_clue, by_paper = _by_clue(accounts.values()), _by_paper(papers)
    lists, seen = [], set[Key]()
    for first in loose:
        if first not in seen:
            seen.add(first)
            lists.append(list(_spread(first, accounts, by_clue, by_paper, papers, seen)))
    return lists


def _spread(
    first: Key,
    accounts: Mapping[Key, Account],
    by_clue: Mapping[Clue, Sequence[Key]],
    by_paper: Mapping[int, Sequence[Key]],
    papers: Mapping[Key, int],
    seen: set[Key],
) -> Iterator[Key]:
    waiting, asked = [first], set[Clue]()
    while waiting:
        key = waiting.pop()
        yield key
        for clue in clues(accounts[key]):
            # Each clue and each paper is gone through once: a clue that thousands share is no square of work.
            if clue not in asked:
                asked.add(clue)
                _queue(by_clue[clue], waiting, seen)
        if key in papers:
            _queue(by_paper[papers[key]], waiting, seen)


def _queue(found: Sequence[Key], waiting: list[Key], seen: set[Key]) -> None:
    if len(found) > 1:
        fresh = [key for key in found if key not in seen]
        seen.update(fresh)
        waiting.extend(fresh)


def _by_clue(accounts: Iterable[Account]) -> Mapping[Clue, Sequence[Key]]:
    found = defaultdict[Clue, list[Key]](list)
    for account in accounts:
        for clue in clues(account):
            found[clue].append(account.key)
    return found


def _by_paper(papers: Mapping[Key, int]) -> Mapping[int, Sequence[Key]]:
    found = defaultdict[int, list[Key]](list)
    for key, row in papers.items():
        found[row].append(key)
    return found


def grouped(accounts: Iterable[Account], apart: Apart) -> tuple[Group, ...]:
    """Papers out of all accounts that clues tie together, the one with the lowest identifier first."""
    units = _units(accounts)
    join = _Join(units, apart)
    for linked in (_named(units), _titled(units)):
        for one, other in linked:
            join.unite(one, other)
    return _owned(join.groups())


class _Join:
    """Units on their way to groups; a group goes by its first unit."""

    def __init__(self, units: Sequence[_Unit], apart: Apart) -> None:
        self._group = {unit.id: [unit] for unit in units}
        self._apart = defaultdict[PaperId, set[PaperId]](set)
        for one, other in map(tuple, apart):
            self._apart[one].add(other)
            self._apart[other].add(one)

    def unite(self, one: _Unit, other: _Unit) -> None:
        """Make one group of the groups of two units, where they may be one paper."""
        mine, theirs = self._group[one.id], self._group[other.id]
        if mine is theirs or not self._may_be_one(mine, theirs):
            return
        mine += theirs
        for unit in theirs:
            self._group[unit.id] = mine

    def groups(self) -> list[list[_Unit]]:
        """The groups, each in its units' order, the one with the lowest identifier first."""
        found = {id(group): sorted(group, key=_order) for group in self._group.values()}
        return sorted(found.values(), key=lambda group: _order(group[0]))

    def _may_be_one(self, mine: Sequence[_Unit], theirs: Sequence[_Unit]) -> bool:
        numbers = {unit.number for unit in (*mine, *theirs) if unit.number}
        return len(numbers) <= 1 and not any(self._apart[unit.id].intersection(o.id for o in theirs) for unit in mine)


def _units(accounts: Iterable[Account]) -> list[_Unit]:
    by_id = defaultdict[PaperId, list[Account]](list)
    for account in accounts:
        by_id[account.paper.id].append(account)
    return sorted((_unit(id, found) for id, found in by_id.items()), key=_order)


def _unit(id: PaperId, accounts: Sequence[Account]) -> _Unit:
    told = {name for account in accounts for name in account.names}
    numbers = sorted((name for name in told if name.scheme in _NUMBERS), key=place)
    number = id if id.scheme in _NUMBERS else numbers[0] if numbers else None
    return _Unit(
        id=id,
        accounts=tuple(sorted(accounts, key=lambda one: trust(one.source))),
        names=frozenset((told - set(numbers)) | {id, number or id}),
        titles=frozenset().union(*(account.titles for account in accounts)),
        number=number,
    )


def _order(unit: _Unit) -> tuple[object, ...]:
    """By identifier; of one scheme that which a more trusted source uses comes first."""
    scheme, value = place(unit.id)
    return (scheme, trust(unit.accounts[0].source)[0], value)


def _named(units: Sequence[_Unit]) -> Iterator[tuple[_Unit, _Unit]]:
    """Pairs of which one's identifiers are among the other's, in order; an address alone ties what is called alike."""
    return _pairs(units, lambda unit: unit.names, _share_a_name)


def _share_a_name(one: _Unit, other: _Unit) -> bool:
    if any(name.scheme not in PASSING for name in one.names & other.names):
        return True
    return any(are_called_alike(mine.paper, theirs.paper) for mine in one.accounts for theirs in other.accounts)


def _titled(units: Sequence[_Unit]) -> Iterator[tuple[_Unit, _Unit]]:
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
        linked = {other for clue in clues_of(unit) if number in bearers[clue] for other in bearers[clue]}
        for other in sorted(linked):
            if other > number and are_linked(unit, units[other]):
                yield unit, units[other]


def _agree(one: _Unit, other: _Unit) -> bool:
    shared = one.titles & other.titles
    mine = [account.paper for account in one.accounts if shared.intersection(account.titles)]
    theirs = [account.paper for account in other.accounts if shared.intersection(account.titles)]
    return any(is_same(paper, that) for paper in mine for that in theirs)


def _owned(groups: Sequence[Sequence[_Unit]]) -> tuple[Group, ...]:
    """Groups with the names that lead to them: their own identifiers, and of what several name, the first one's."""
    owner = {unit.id: number for number, group in enumerate(groups) for unit in group}
    own = frozenset(owner)
    for number, group in enumerate(groups):
        for unit in group:
            for name in unit.names:
                owner.setdefault(name, number)
    return tuple(_group(number, group, owner, own) for number, group in enumerate(groups))


def _group(number: int, units: Sequence[_Unit], owner: Mapping[PaperId, int], own: frozenset[PaperId]) -> Group:
    named = frozenset().union(*(unit.names for unit in units))
    names = frozenset(name for name in named if owner[name] == number)
    return Group(
        id=units[0].id,
        accounts=tuple(account for unit in units for account in unit.accounts),
        names=names,
        contested=named - names,
        goes_by=names | (named - own),
    )
