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
    wanted_name: str
    sameness: Sameness

    def __str__(self) -> str:
        """`Ann Lee`, or `A. Lee, probably “Ann Lee”`."""
        if self.sameness is Sameness.CERTAIN:
            return self.name
        return _("{author}, probably “{name}”", author=self.name, name=self.wanted_name)


def same_person(name: str, author: str) -> Sameness:
    """Can these two spellings mean one person?

    Certain where the surname and the first given name are the same in full: `Ann Lee`, `Lee, Ann`, `LEE Ann`,
    `Ann B. Lee`; spaces, hyphens, case, diacritics and marks do not count (`Le Cun`, `Xiao-Ming`, `Mueller`). Probable:
    `A. Lee`, `Lee AB`, `Lee Ann`, `Lee`. `Amy Lee` and `Ann Lee` are two.
    """
    return _compare(read_name(name), read_name(author))


def find_author(wanted_names: Iterable[str], authors: Sequence[str]) -> FoundAuthor | None:
    """The author of a paper who is most surely one of the wanted persons; the first of equals."""
    best: FoundAuthor | None = None
    names = [(name, needles_of(name)) for name in wanted_names]
    for author in authors if names else ():
        letters = letters_of(author)
        for name, needles in names:
            if any(needle in letters for needle in needles):
                sameness = same_person(name, author)
                if sameness > (best.sameness if best else Sameness.OTHER):
                    best = FoundAuthor(name=author, wanted_name=name, sameness=sameness)
        if best and best.sameness is Sameness.CERTAIN:
            return best
    return best


def _compare(first: Spelling, second: Spelling) -> Sameness:
    if first.clues.isdisjoint(second.clues):
        return Sameness.OTHER
    if first.generation and second.generation and first.generation != second.generation:
        return Sameness.OTHER
    if not first.words.isdisjoint(second.words):
        return Sameness.CERTAIN
    sameness = Sameness.OTHER
    for reading in first.readings:
        for other_reading in second.readings:
            if reading.surname == other_reading.surname and not (reading.is_guess and other_reading.is_guess):
                sameness = max(sameness, _read_as(reading, other_reading))
    if sameness:
        return sameness
    for spelling, other_spelling in ((first, second), (second, first)):
        if not spelling.turned_names.isdisjoint(other_spelling.sure_names):
            return Sameness.PROBABLE
        if not spelling.joint_words.isdisjoint(other_spelling.words):
            return Sameness.PROBABLE
    return Sameness.OTHER


def _read_as(first: Reading, second: Reading) -> Sameness:
    """Compare two readings with one surname. A guess at the surname counts only where given names agree in full."""
    sameness = _agree(first.given_names, second.given_names)
    if not (first.is_guess or second.is_guess):
        return sameness
    is_alone = not (first.given_names and second.given_names)
    return Sameness.PROBABLE if is_alone or sameness is Sameness.CERTAIN else Sameness.OTHER


def _agree(first: Sequence[str], second: Sequence[str]) -> Sameness:
    """Compare given names, as far as both have them; an initial agrees with a name."""
    if not first or not second:
        return Sameness.PROBABLE
    first_pieces, second_pieces = pieces_of(first), pieces_of(second)
    are_names = not (is_initial(first_pieces[0]) or is_initial(second_pieces[0]))
    if "".join(first_pieces) == "".join(second_pieces):
        return Sameness.CERTAIN if are_names else Sameness.PROBABLE
    if not all(map(_can_be, first_pieces, second_pieces)):
        return Sameness.OTHER
    length = min(len(first_pieces), len(second_pieces))
    longer = max((first, second), key=lambda names: len(pieces_of(names)))
    ends = [len(pieces_of(longer[:count])) for count in range(len(longer) + 1)]
    if are_names and length not in ends:
        # `Jean` is not `Jean-Pierre`
        return Sameness.OTHER
    return Sameness.CERTAIN if are_names and all(map(is_initial, pieces_of(longer)[length:])) else Sameness.PROBABLE


def _can_be(first: str, second: str) -> bool:
    return first == second or ((is_initial(first) or is_initial(second)) and first[0] == second[0])
