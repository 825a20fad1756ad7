"""Authors' names: is this the person who was meant? Names are spelled in many ways, and initials stand for names.

Following, rules, ranking and search ask. The answer is never surer than two spellings can be: where initials stand for
names, where it is a guess which word is the surname, or where one tells a surname alone, it is `PROBABLE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from core.papers.name_readings import Reading, Spelling, is_initial, letters_of, needles_of, pieces_of, read_name
from core.speech import _


class Sameness(IntEnum):
    """How sure it is that two spellings mean one person; false where they do not."""

    OTHER = 0
    PROBABLE = 1
    CERTAIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAuthor:
    """An author of a paper who can be somebody that was wanted."""

    #: as the paper spells the name
    name: str
    #: as it was wanted
    wanted: str
    sameness: Sameness

    def __str__(self) -> str:
        """`Ann Lee`, or `A. Lee, probably “Ann Lee”`."""
        if self.sameness is Sameness.CERTAIN:
            return self.name
        return _("{author}, probably “{name}”", author=self.name, name=self.wanted)


def same_person(wanted: str, author: str) -> Sameness:
    """Can these two spellings mean one person?

    Certain where the surname and the first given name are the same in full: `Ann Lee`, `Lee, Ann`, `LEE Ann`,
    `Ann B. Lee`; spaces, hyphens, case, diacritics and marks do not count (`Le Cun`, `Xiao-Ming`, `Mueller`). Probable:
    `A. Lee`, `Lee AB`, `Lee Ann`, `Lee`. `Amy Lee` and `Ann Lee` are two.
    """
    return _compare(read_name(wanted), read_name(author))


def find_author(wanted: Iterable[str], authors: Sequence[str]) -> FoundAuthor | None:
    """Of a paper's authors the one who is most surely one of the wanted; the first of equals."""
    best: FoundAuthor | None = None
    names = [(name, needles_of(name)) for name in wanted]
    for author in authors if names else ():
        letters = letters_of(author)
        for name, needles in names:
            if any(needle in letters for needle in needles):
                found = same_person(name, author)
                if found > (best.sameness if best else Sameness.OTHER):
                    best = FoundAuthor(name=author, wanted=name, sameness=found)
        if best and best.sameness is Sameness.CERTAIN:
            return best
    return best


def _compare(mine: Spelling, theirs: Spelling) -> Sameness:
    if mine.clues.isdisjoint(theirs.clues):
        return Sameness.OTHER
    if mine.generation and theirs.generation and mine.generation != theirs.generation:
        return Sameness.OTHER
    if not mine.words.isdisjoint(theirs.words):
        return Sameness.CERTAIN
    found = Sameness.OTHER
    for one in mine.readings:
        for other in theirs.readings:
            if one.surname == other.surname and not (one.is_guess and other.is_guess):
                found = max(found, _read_as(one, other))
    if found:
        return found
    is_turned = not (mine.turned.isdisjoint(theirs.told) and theirs.turned.isdisjoint(mine.told))
    is_glued = not (mine.glued.isdisjoint(theirs.words) and theirs.glued.isdisjoint(mine.words))
    return Sameness.PROBABLE if is_turned or is_glued else Sameness.OTHER


def _read_as(one: Reading, other: Reading) -> Sameness:
    """Two readings with one surname. A guess at the surname stands where no initial is in question as well."""
    found = _agree(one.given, other.given)
    if not (one.is_guess or other.is_guess):
        return found
    is_alone = not (one.given and other.given)
    return Sameness.PROBABLE if is_alone or found is Sameness.CERTAIN else Sameness.OTHER


def _agree(mine: Sequence[str], theirs: Sequence[str]) -> Sameness:
    """Given names, as far as both tell them, an initial agreeing with a name."""
    if not mine or not theirs:
        return Sameness.PROBABLE
    ours, their = pieces_of(mine), pieces_of(theirs)
    is_told = not (is_initial(ours[0]) or is_initial(their[0]))
    if "".join(ours) == "".join(their):
        return Sameness.CERTAIN if is_told else Sameness.PROBABLE
    if not all(map(_can_be, ours, their)):
        return Sameness.OTHER
    length, longer = min(len(ours), len(their)), max((mine, theirs), key=lambda given: len(pieces_of(given)))
    ends = [len(pieces_of(longer[:count])) for count in range(len(longer) + 1)]
    if is_told and length not in ends:
        # `Jean` is not `Jean-Pierre`
        return Sameness.OTHER
    return Sameness.CERTAIN if is_told and all(map(is_initial, pieces_of(longer)[length:])) else Sameness.PROBABLE


def _can_be(one: str, other: str) -> bool:
    return one == other or ((is_initial(one) or is_initial(other)) and one[0] == other[0])
