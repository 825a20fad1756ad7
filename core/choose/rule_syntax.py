"""How a rule is written: text -> tree, and a tree -> its normal text.

`core.choose.rules` says what the tree means. Whatever cannot be read raises BadRule with one sentence that shows the
place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from core.errors import BadCategory, BadRule
from core.papers.categories import canonical
from core.text.patterns import words_of

if TYPE_CHECKING:  # lark loads with the first rule that is read
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput

#: characters of a rule
LONGEST: Final = 2_000
#: parentheses within parentheses
DEEPEST: Final = 20
#: words and phrases of a rule
MOST_TERMS: Final = 100
MOST_WEIGHT: Final = 100.0

_GRAMMAR: Final = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: unary (_AND? unary)*
    ?unary: atom | _not+ atom -> negated
    ?atom: term | group
    group: FIELD? "(" either ")"
    term: FIELD? (PHRASE | WORD) WEIGHT?
    _not: NOT | MINUS

    _AND.2: /(?:AND|&&?)(?![^\s()"])/i
    _OR.2: /(?:OR|\|\|?)(?![^\s()"])/i
    NOT.2: /NOT(?![^\s()"])/i
    MINUS.2: /-(?=[^\s-])/
    FIELD.1: /[A-Za-z]+:\s*/
    WEIGHT: /\^\d{1,4}(?:\.\d{1,2})?/
    PHRASE: /"[^"]*"/
    WORD: /[^\s()"^]+/
    %ignore /\s+/
"""
_FIELDS: Final = {"title": "title", "abstract": "abstract", "author": "author", "cat": "cat", "in": "cat"}
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_EXPECTED: Final = {
    "WORD": "a word",
    "PHRASE": 'a "phrase"',
    "NOT": "NOT",
    "LPAR": "(",
    "RPAR": ")",
    "_AND": "AND",
    "_OR": "OR",
}
_EXAMPLE: Final = 'Write it like "world model" AND robot* AND NOT survey.'


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase, and where to look for it."""

    #: as it was typed, without quotes and star; a category in arXiv's spelling
    text: str
    #: `title`, `abstract`, `author`, `cat`, or empty for title and abstract
    field: str = ""
    quoted: bool = False
    #: the last word is only the beginning of one
    prefix: bool = False
    #: what a match counts, above 0
    weight: float = 1.0

    def __str__(self) -> str:
        field = f"{self.field}:" if self.field else ""
        body = f"{self.text}*" if self.prefix else self.text
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        return f'{field}"{body}"{weight}' if self.quoted else f"{field}{body}{weight}"


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_wrapped(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all parts do; two or more, none of them an And."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(map(_wrapped, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where any part does; two or more, none of them an Or."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(_wrapped, self.parts))


Node = Term | Not | And | Or


def parse(text: str) -> Node | None:
    """Read a rule; None for an empty one. Raises BadRule."""
    rule = text.translate(_QUOTES)
    if not rule.strip():
        return None
    from lark.exceptions import UnexpectedInput

    _check_size(rule)
    try:
        tree = _parser().parse(rule)
    except UnexpectedInput as error:
        raise BadRule(_sentence(rule, error), hint=_EXAMPLE) from None
    node = _node(tree)
    if _count(node) > MOST_TERMS:
        raise BadRule(f"The rule has {_count(node)} words and phrases; at most {MOST_TERMS} are read.")
    return node


def all_of(parts: Iterable[Node]) -> Node:
    """An And of one or more parts, flat."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Node]) -> Node:
    """An Or of one or more parts, flat."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def none_of(part: Node) -> Node:
    """A Not; two cancel out."""
    return part.part if isinstance(part, Not) else Not(part)


def _wrapped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    # the basic lexer never takes an operator for a word, wherever it stands
    return Lark(_GRAMMAR, parser="lalr", lexer="basic")


def _check_size(rule: str) -> None:
    if len(rule) > LONGEST:
        raise BadRule(f"The rule has {len(rule):,} characters; at most {LONGEST:,} are read.")
    if rule.count('"') % 2:
        opening = rule.rindex('"')
        raise BadRule(f"The quotation mark at {_at(rule, opening)}, is never closed.", hint=_EXAMPLE)
    _check_parentheses(rule)


def _check_parentheses(rule: str) -> None:
    open_at: list[int] = []
    for match in re.finditer(r'"[^"]*"|[()]', rule):
        if match[0] == "(":
            open_at.append(match.start())
        elif match[0] == ")":
            if not open_at:
                raise BadRule(f"The ) at {_at(rule, match.start())}, closes nothing.", hint=_EXAMPLE)
            open_at.pop()
        if len(open_at) > DEEPEST:
            raise BadRule(f"The rule has parentheses {len(open_at)} deep; at most {DEEPEST} are read.")
    if open_at:
        raise BadRule(f"The ( at {_at(rule, open_at[-1])}, is never closed.", hint=_EXAMPLE)


def _at(rule: str, position: int) -> str:
    """`character 7, “AND nets…”`."""
    return f"character {position + 1}, {_shown(rule[position:])}"


def _shown(text: str) -> str:
    excerpt = "".join(char if char.isprintable() else " " for char in text[:26])
    return f"“{excerpt[:24]}…”" if len(excerpt) > 25 else f"“{excerpt}”"


def _sentence(rule: str, error: UnexpectedInput) -> str:
    from lark.exceptions import UnexpectedToken

    if not isinstance(error, UnexpectedToken):
        return f"The weight at {_at(rule, error.pos_in_stream or 0)}, should be a number such as ^2 or ^0.5."
    expected = error.accepts or error.expected
    told = [name for terminal, name in _EXPECTED.items() if terminal in expected]
    wanted = f"{', '.join(told[:-1])} or {told[-1]}" if len(told) > 1 else "".join(told)
    if error.token.type == "$END":
        return f"The rule ends too early, after {_shown(rule.strip()[-24:])}: expected {wanted}."
    return f"The rule goes wrong at {_at(rule, error.pos_in_stream or 0)}: expected {wanted}."


def _node(tree: Tree[Token], field: str = "") -> Node:
    """Build the node of a tree; `field` is that of the group around it."""
    from lark import Token, Tree

    tokens = {token.type: token for token in tree.children if isinstance(token, Token)}
    field = _field(tokens["FIELD"]) if "FIELD" in tokens else field
    if tree.data == "term":
        return _term(tokens, field)
    parts = [_node(child, field) for child in tree.children if isinstance(child, Tree)]
    if tree.data == "negated":
        return none_of(parts[0]) if len(tree.children) % 2 == 0 else parts[0]
    return any_of(parts) if tree.data == "either" else all_of(parts)


def _field(token: Token) -> str:
    name = token.rstrip(": \t\r\n").lower()
    if name in _FIELDS:
        return _FIELDS[name]
    known = ", ".join(f"{one}:" for one in _FIELDS)
    raise BadRule(f"There is no field {name[:40]}: to look in.", hint=f"There are {known}.")


def _term(tokens: Mapping[str, Token], field: str) -> Term:
    token = tokens.get("PHRASE") or tokens["WORD"]
    typed = " ".join(token.strip('"').split())
    text = typed.removesuffix("*")
    if field == "cat":
        return Term(text=_category(text), field=field, weight=_weight(tokens))
    if "*" in text:
        raise BadRule(f"In {_shown(token)} the star is not at the end of the word, where it stands for any ending.")
    if not words_of(text):
        raise BadRule(f"{_shown(token)} at character {(token.start_pos or 0) + 1} has no letter or digit to look for.")
    quoted = token.type == "PHRASE"
    return Term(text=text.strip(), field=field, quoted=quoted, prefix=typed.endswith("*"), weight=_weight(tokens))


def _category(text: str) -> str:
    try:
        return canonical(text.rstrip(".").strip())
    except BadCategory as error:
        raise BadRule(str(error), hint=error.hint) from None


def _weight(tokens: Mapping[str, Token]) -> float:
    if "WEIGHT" not in tokens:
        return 1.0
    weight = float(tokens["WEIGHT"][1:])
    if 0 < weight <= MOST_WEIGHT:
        return weight
    raise BadRule(f"The weight {tokens['WEIGHT']} is not above 0 and at most {MOST_WEIGHT:g}.")


def _count(node: Node) -> int:
    match node:
        case Term():
            return 1
        case Not(part):
            return _count(part)
        case And(parts) | Or(parts):
            return sum(map(_count, parts))
