"""The parts of a rule as a tree. `syntax` reads them, `str` writes them, `judging` judges by them.

Written out, a tree reads back as an equal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

#: words between two terms that are near one another, where the rule says no number
NEARNESS: Final = 10
#: fields whose terms are looked for in running text
TEXT_FIELDS: Final = frozenset({"", "title", "abstract"})


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase, and where to look for it."""

    #: as it was typed, without quotes and star; a category in arXiv's spelling, or with stars
    text: str
    #: `title`, `abstract`, `author`, `cat`, `primary`, `venue`, `source`, `type`, `has`; empty for title and abstract
    field: str = ""
    is_quoted: bool = False
    #: the last word is only the beginning of one
    prefix: bool = False
    #: what a match counts, above 0
    weight: float = 1.0

    def __str__(self) -> str:
        field = f"{self.field}:" if self.field else ""
        body = f"{self.text}*" if self.prefix else self.text
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        return f'{field}"{body}"{weight}' if self.is_quoted else f"{field}{body}{weight}"


@dataclass(frozen=True, slots=True)
class Near:
    """Two terms of one text with few words between them, in either order."""

    first: Term | Or
    second: Term | Or
    #: words that may stand between them at most
    words: int = NEARNESS

    def __str__(self) -> str:
        operator = "NEAR" if self.words == NEARNESS else f"NEAR/{self.words}"
        return f"{_bracket(self.first)} {operator} {_bracket(self.second)}"


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression, tried on titles and abstracts as people read them."""

    #: between the slashes
    pattern: str
    #: `title`, `abstract`, or empty for both
    field: str = ""
    ignores_case: bool = False
    weight: float = 1.0

    def __str__(self) -> str:
        field = f"{self.field}:" if self.field else ""
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        return f"{field}/{self.pattern}/{'i' if self.ignores_case else ''}{weight}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number of a paper, compared with another: `upvotes>=20`."""

    #: one of `NUMBERS` of `core.choose.rules.facts`
    name: str
    #: `>=`, `<=`, `>`, `<`, `=` or `!=`
    operator: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}{self.operator}{self.number}"


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list that a workspace shares, by its name; what it says is looked up when papers are judged."""

    name: str

    def __str__(self) -> str:
        return f"list:{self.name}"


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_bracket(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all parts do; two or more, none of them an And."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(map(_bracket, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where any part does; two or more, none of them an Or."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(_bracket, self.parts))


Leaf = Term | Near | Regex | Comparison | NamedList
Node = Leaf | Not | And | Or


def all_of(parts: Iterable[Node]) -> Node:
    """An And of one or more parts, flat."""
    flat = [node for part in parts for node in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Node]) -> Node:
    """An Or of one or more parts, flat."""
    flat = [node for part in parts for node in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def none_of(part: Node) -> Node:
    """A Not; two cancel out."""
    return part.part if isinstance(part, Not) else Not(part)


def leaves_of(node: Node | None) -> Iterator[Leaf]:
    """Every leaf, under NOT as well, in the order of the rule."""
    match node:
        case None:
            return
        case Not(part):
            yield from leaves_of(part)
        case And(parts) | Or(parts):
            for child in parts:
                yield from leaves_of(child)
        case leaf:
            yield leaf


def wanted_leaves(node: Node | None) -> Iterator[Leaf]:
    """The leaves that are not under NOT, in the order of the rule."""
    match node:
        case None | Not():
            return
        case And(parts) | Or(parts):
            for part in parts:
                yield from wanted_leaves(part)
        case leaf:
            yield leaf


def terms_of(side: Term | Or) -> tuple[Term, ...]:
    """The terms on one side of a Near."""
    return (side,) if isinstance(side, Term) else tuple(term for term in side.parts if isinstance(term, Term))


def _bracket(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)
