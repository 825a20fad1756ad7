"""What a listing changes in the store, decided without touching it: values in, values out.

`SqlPapers.add` brings what is known of a listing's papers (`loading`), asks `decide`, and stores what it says
(`keeping`). Where nothing that ties papers together has changed, a paper is only folded anew; otherwise all accounts
that any clue ties to the changed ones are grouped again, so that the outcome is that of any other order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.ingest.listing import Listing, Stored
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from storage.accounts import PASSING, Account, Key, account_of, merged, safe_id, told_again
from storage.grouping import Apart, Group, grouped, is_simple, tied


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored paper that a listing may be about."""

    #: the store's number; the lower one was there first
    row: int
    paper: Paper
    accounts: tuple[Account, ...]
    #: UTC
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What is told and what is known, side by side."""

    #: stored papers that may be meant, by number
    known: Mapping[int, Known]
    #: every account as it is now
    now: Mapping[Key, Account]
    #: the number of the stored paper that an account is in
    row_of: Mapping[Key, int]
    #: accounts that may be of one paper, in lists that nothing ties to one another
    tied: Sequence[Sequence[Key]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A paper as it shall be stored."""

    paper: Paper
    accounts: tuple[Account, ...]
    #: None where it is new
    known: Known | None = None
    #: other stored papers that turn out to be this one
    absorbs: tuple[Known, ...] = ()
    #: identifiers that lead to it; None where they do already
    names: frozenset[PaperId] | None
    #: identifiers that its accounts name and that lead to another paper
    contested: frozenset[PaperId] = frozenset()
    #: the number of the stored paper that an account of it was in, where that is another one
    moved: tuple[tuple[Key, int], ...] = ()
    #: when the first of its accounts was stored, UTC; None where none was
    first_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What to store of a listing."""

    #: papers that are new or change, in the listing's order
    papers: tuple[Folded, ...]
    #: stored papers that stay as they are
    same: tuple[Known, ...]


def key_of(line: Announcement) -> Key:
    """The account that an announcement adds to."""
    return (line.source, safe_id(line.paper.id))


def listed_accounts(listing: Listing, *, at: datetime) -> Mapping[Key, Account]:
    """The accounts that a listing gives, in its order, told at that moment (aware)."""
    accounts: dict[Key, Account] = {}
    for line in listing.announcements:
        account = account_of(line, at=at)
        before = accounts.get(account.key)
        accounts[account.key] = told_again(before, account) if before else account
    return accounts


def together(told: Mapping[Key, Account], known: Mapping[int, Known], again: Collection[int] = ()) -> Together:
    """Lay what is told beside what is known by now.

    The papers `again` are looked at anew though nothing is told of them.
    """
    before = {account.key: account for one in known.values() for account in one.accounts}
    row_of = {account.key: one.row for one in known.values() for account in one.accounts}
    heard = {key: told_again(before[key], account) if key in before else account for key, account in told.items()}
    loose = [key for key, account in heard.items() if key not in before or _ties(account) != _ties(before[key])]
    loose += [account.key for row in again for account in known[row].accounts]
    now = heard | {key: account for key, account in before.items() if key not in heard}
    return Together(known=known, now=now, row_of=row_of, tied=tied(now, loose, row_of))


def decide(together: Together, apart: Apart = frozenset()) -> Decided:
    """What to store; `together.known` must have every stored paper that a clue ties to a loose account."""
    folded = [one for keys in together.tied for one in _regrouped(keys, together, apart)]
    touched = {known.row for one in folded for known in (one.known, *one.absorbs) if known}
    folded += [_folded_anew(one, together.now) for row, one in together.known.items() if row not in touched]
    order = {key: number for number, key in enumerate(together.now)}
    folded.sort(key=lambda one: min(order[account.key] for account in one.accounts))
    return Decided(
        papers=tuple(one for one in folded if not _is_as_it_was(one)),
        same=tuple(one.known for one in folded if one.known and _is_as_it_was(one)),
    )


def counted(told: Iterable[Key], decided: Decided, listed_here: Collection[int]) -> Stored:
    """What storing a listing does, in papers; `listed_here`: numbers of those that the same scope had brought."""
    told = set(told)
    same = [one for one in decided.same if _has_any(one.accounts, told)]
    folded = [one for one in decided.papers if _has_any(one.accounts, told)]
    new = [one for one in folded if one.first_seen is None]
    updated = [one for one in folded if one.known and one.paper.version > one.known.paper.version]
    known = [one for one in folded if one.known and one not in updated]
    here = {one.row for one in same} | {one.known.row for one in known if one.known and not one.absorbs}
    return Stored(
        new=len(new),
        updated=len(updated),
        known=len(same) + len(folded) - len(new) - len(updated),
        merged=len(same) + len(known) - len(here.intersection(listed_here)),
    )


def _has_any(accounts: Iterable[Account], keys: Collection[Key]) -> bool:
    return any(account.key in keys for account in accounts)


def _ties(account: Account) -> tuple[object, ...]:
    """What ties an account to others or keeps it apart (all that `core.papers.matching` looks at), and its mark."""
    paper = account.paper
    year = paper.published and paper.published.year
    ties = (paper.identifiers, account.mark, account.titles, paper.authors, year, paper.doi, paper.journal)
    is_by_address = any(name.scheme in PASSING for name in account.names)
    return (*ties, paper.title, paper.abstract, paper.published) if is_by_address else ties


def _regrouped(keys: Sequence[Key], together: Together, apart: Apart) -> Iterator[Folded]:
    accounts = [together.now[key] for key in keys]
    if len(keys) == 1 and keys[0] not in together.row_of and is_simple(accounts[0]):
        alone = accounts[0]
        return iter((Folded(paper=alone.paper, accounts=(alone,), names=frozenset(alone.names)),))
    rows = sorted({together.row_of[key] for key in keys if key in together.row_of})
    stored = [together.known[row] for row in rows]
    return (_of_group(group, stored, together.row_of) for group in grouped(accounts, apart))


def _of_group(group: Group, stored: Sequence[Known], row_of: Mapping[Key, int]) -> Folded:
    """The paper of a group: in the place of the first stored paper whose identifier is an account's own in it."""
    own = {account.paper.id for account in group.accounts}
    mine = [one for one in stored if one.paper.id in own]
    known = mine[0] if mine else None
    before = {account.key: row_of[account.key] for account in group.accounts if account.key in row_of}
    return Folded(
        paper=merged(group.accounts, id=group.id, names=group.goes_by),
        accounts=group.accounts,
        known=known,
        absorbs=tuple(mine[1:]),
        names=group.names,
        contested=group.contested,
        moved=tuple((key, row) for key, row in before.items() if not known or row != known.row),
        first_seen=min((one.first_seen for one in stored if one.row in before.values()), default=None),
    )


def _folded_anew(known: Known, now: Mapping[Key, Account]) -> Folded:
    accounts = tuple(now[account.key] for account in known.accounts)
    paper = known.paper
    if accounts != known.accounts:
        paper = merged(accounts, id=paper.id, names=paper.identifiers)
    return Folded(paper=paper, accounts=accounts, known=known, names=None, first_seen=known.first_seen)


def _is_as_it_was(one: Folded) -> bool:
    """True where there is nothing to store; of a paper that was grouped anew, names may have moved as well."""
    known = one.known
    return known is not None and one.names is None and one.accounts == known.accounts
