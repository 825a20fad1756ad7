"""Why a rule keeps or drops one paper, in words: the part that decided, and what it found or missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from core.choose.reasons import Reason, ReasonKind, other
from core.choose.rules.evaluation import Evaluation
from core.choose.rules.facts import NUMBERS, is_category
from core.choose.rules.nodes import And, Comparison, Leaf, Listed, Node, Not, Or, Regex, Term
from core.choose.rules.shelf import bits_of, of_term
from core.papers.names import find_author
from core.papers.paper import Paper
from core.text.readable import shorten
from core.text.terms import search_text

#: how much more a term in the title counts than one in the abstract
_TITLE_COUNTS: Final = 2.0
#: characters of a part of the rule within a reason
_LONGEST_PART: Final = 100
#: what is said of a paper that has a fact, and of one that has not, with the fact as it is written
_FACTS: Final = {
    "primary": "primarily in {primary}",
    "venue": 'at a venue with "{}"',
    "source": "from {}",
    "type": "announced as {}",
    "has": "has its {}",
}
_MISSING: Final = {
    "author": '"{}" is not an author',
    "cat": "not in {}",
    "primary": "not primarily in {}",
    "venue": '"{}" is not in its venue',
    "source": "not from {}",
    "type": "not announced as {}",
    "has": "it has no {}",
}
_IN_TITLE: Final = "in the title"
_IN_ABSTRACT: Final = "in the abstract"


class Explainer:
    """Tells of one paper at a time, by its place on the shelf."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation, self._place = evaluation, 0

    def at(self, place: int) -> Explainer:
        """The same, telling of the paper at that place."""
        self._place = place
        return self

    @property
    def _paper(self) -> Paper:
        return self._evaluation.shelf.papers[self._place]

    def deciding(self, tree: Node) -> Node:
        """Of a rule that does not hold, the part that decided: the first of an AND that fails; else the whole."""
        if isinstance(tree, And):
            return next(part for part in tree.parts if not self.keeps(part))
        return tree

    def matches(self, tree: Node, papers: int) -> Mapping[int, list[tuple[float, Reason]]]:
        """What speaks for each of some papers, by place, with its weight; parts under NOT never do."""
        found: dict[int, list[tuple[float, Reason]]] = {}
        self._collect(tree, papers, found)
        return found

    def _collect(self, node: Node, papers: int, found: dict[int, list[tuple[float, Reason]]]) -> None:
        match node:
            case Not():
                return
            case And(parts) | Or(parts):
                for part in parts:
                    of_part = papers & self._evaluation.truth(part).holds if isinstance(part, And | Or) else papers
                    self._collect(part, of_part, found)
            case Listed(name):
                if tree := self._evaluation.lists.get(name):
                    self._collect(tree, papers & self._evaluation.truth(tree).holds, found)
            case leaf:
                self._collect_leaf(leaf, papers, found)

    def _collect_leaf(self, leaf: Leaf, papers: int, found: dict[int, list[tuple[float, Reason]]]) -> None:
        places, weight = self._evaluation.places(leaf), leaf.weight if isinstance(leaf, Term | Regex) else 1.0
        in_title = (weight * _TITLE_COUNTS, _reason(leaf, _IN_TITLE))
        in_abstract = (weight, _reason(leaf, _IN_ABSTRACT))
        for place in bits_of(places.title & papers):
            found.setdefault(place, []).append(in_title)
        for place in bits_of(places.abstract & papers & ~places.title):
            found.setdefault(place, []).append(in_abstract)
        for place in bits_of(places.other & papers):
            found.setdefault(place, []).append((weight, _reason(leaf, self.at(place)._fact(leaf))))

    def why_not(self, node: Node) -> str:
        """Why a node does not hold."""
        match node:
            case Not(part):
                return f"{shorten(str(node), _LONGEST_PART)}: {self.why(part)}"
            case And(parts):
                return next(self.why_not(part) for part in parts if not self.keeps(part))
            case Or(parts):
                return self._none_of(parts)
            case Listed(name):
                tree = self._evaluation.lists.get(name)
                return f"{node}: {self.why_not(tree)}" if tree else f"there is no {node}"
            case leaf:
                return self._missing(leaf)

    def why(self, node: Node) -> str:
        """Why a node holds."""
        match node:
            case Not(part):
                return self.why_not(part)
            case And(parts):
                told = " and ".join(self.why(part) for part in parts if self._holds(part))
                return shorten(told, 2 * _LONGEST_PART)
            case Or(parts):
                return next(self.why(part) for part in parts if self._holds(part))
            case Listed(name):
                tree = self._evaluation.lists.get(name)
                return f"{node}: {self.why(tree)}" if tree else f"there is no {node}"
            case leaf:
                where = self._where(leaf)
                if where in (_IN_TITLE, _IN_ABSTRACT):
                    return f"{_quoted(leaf)} is {where}"
                return f"it {'' if where.startswith('has ') else 'is '}{where}"

    def _holds(self, node: Node) -> bool:
        return bool(self._evaluation.truth(node).holds >> self._place & 1)

    def keeps(self, node: Node) -> bool:
        """Does the node hold, or is it open?"""
        return bool(self._evaluation.keeps(node) >> self._place & 1)

    def _where(self, leaf: Leaf) -> str:
        """Where the paper has it, in words; empty where it has not."""
        places = self._evaluation.places(leaf)
        if places.title >> self._place & 1:
            return _IN_TITLE
        if places.abstract >> self._place & 1:
            return _IN_ABSTRACT
        return self._fact(leaf) if places.other >> self._place & 1 else ""

    def _fact(self, leaf: Leaf) -> str:
        paper = self._paper
        match leaf:
            case Term(field="author"):
                return f"by {_author(leaf, paper.authors)}"
            case Term(field="cat", text=text):
                return f"in {next(one for one in paper.categories if is_category(text, one))}"
            case Term(field=field):
                return _FACTS[field].format(_written(leaf), primary=paper.primary_category)
            case Comparison(name=name):
                return f"has {NUMBERS[name](paper)} {name}"
            case _:
                return ""

    def _missing(self, leaf: Leaf) -> str:
        match leaf:
            case Term(field=field) if field in _MISSING:
                return _MISSING[field].format(_written(leaf))
            case Comparison(name=name):
                number = NUMBERS[name](self._paper)
                return f"{leaf}: " + (f"nobody told its {name}" if number is None else f"it has {number} {name}")
            case Term(field=field) | Regex(field=field):
                return f"{_quoted(leaf)} is not in the {field or 'title or abstract'}"
            case _:
                return f"{_quoted(leaf)} is not in the title or abstract"

    def _none_of(self, parts: Sequence[Node]) -> str:
        words = [part for part in parts if isinstance(part, Term) and not part.field]
        if len(words) == len(parts):
            listed = ", ".join(_quoted(word) for word in words)
            return f"none of {shorten(listed, _LONGEST_PART)} is in the title or abstract"
        told = (self.why_not(part) for part in parts if not self._evaluation.truth(part).open >> self._place & 1)
        return shorten(" and ".join(told), 2 * _LONGEST_PART)


def _author(term: Term, authors: Sequence[str]) -> str:
    """The author who is meant, as a reason tells it; else one whose name has the words themselves, as in `Le*`."""
    if found := find_author((term.text,), authors):
        return str(found)
    return next((name for name in authors if of_term(term).is_in(search_text(name))), "")


def _reason(leaf: Leaf, where: str) -> Reason:
    if isinstance(leaf, Term) and leaf.field == "author":
        return Reason(kind=ReasonKind.AUTHOR, text=where, subject=where.removeprefix("by "))
    if where not in (_IN_TITLE, _IN_ABSTRACT):
        return other(where)
    kind = ReasonKind.TITLE if where == _IN_TITLE else ReasonKind.ABSTRACT
    return Reason(kind=kind, text=f"matches {_quoted(leaf)} {where}", subject=_written(leaf))


def _quoted(leaf: Leaf) -> str:
    return f'"{_written(leaf)}"' if isinstance(leaf, Term) else shorten(_written(leaf), _LONGEST_PART)


def _written(leaf: Leaf) -> str:
    return f"{leaf.text}{'*' if leaf.prefix else ''}" if isinstance(leaf, Term) else str(leaf)
