"""Authors' names: is this the person who was meant? Names are spelled in many ways, and initials stand for names.

Rules and ranking ask; identity is never more certain than a name can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from core.text.words import cut, fold

_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})


def same_person(wanted: str, author: str) -> bool:
    """Can these two spellings mean one person?

    The surnames are the same, and the given names agree as far as both tell them, an initial agreeing with a name:
    `Ann Lee`, `A. Lee`, `Lee, Ann` and `Ann B. Lee` agree, `Ann Lee` and `Amy Lee` do not; `Lee` or `van der Berg`
    alone agree with everybody of that name. Case and diacritics do not count.
    """
    mine, theirs = parts(wanted), parts(author)
    if not mine or not theirs or mine[-1] != theirs[-1]:
        return False
    return theirs[-len(mine) :] == mine or all(map(_agree, mine[:-1], theirs[:-1]))


def find_author(wanted: Iterable[str], authors: Sequence[str]) -> str | None:
    """The first of a paper's authors who can be one of the wanted, as the paper spells the name."""
    names = tuple(wanted)
    return next((author for author in authors if any(same_person(name, author) for name in names)), None)


@lru_cache(maxsize=16_384)
def parts(name: str) -> tuple[str, ...]:
    """Given names and then the surname, folded: `Lee, Ann` -> `("ann", "lee")`."""
    surname, _, given = name.partition(",")
    comes_after = [word for word in cut(fold(given)) if word not in _SUFFIXES]
    words = [*comes_after, *cut(fold(surname))]
    return tuple([word for word in words if word not in _SUFFIXES] or words)


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
