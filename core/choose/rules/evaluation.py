"""For which papers of a shelf each part of a rule holds, as the bits of one number for each part. Pure.

Each part holds, does not hold, or is open on a paper. What is open counts as if it were not written: AND and OR are
those of the other parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from core.choose.rules.nodes import And, Comparison, Leaf, NamedList, Near, Node, Not, Or, Regex, Term
from core.choose.rules.shelf import Places, Shelf
from core.choose.verdicts import LeftOut, LeftOutReason


class Truth(NamedTuple):
    """For which papers a part holds, and on which it is open; for none both."""

    holds: int
    open: int = 0


class Evaluation:
    """One rule's parts, over some papers of a shelf."""

    def __init__(self, shelf: Shelf, papers: int, types: Callable[[str], int], lists: Mapping[str, Node]) -> None:
        self.shelf: Final = shelf
        #: what is judged, by place
        self.papers: Final = papers
        self.lists: Final = lists
        #: which papers were announced so
        self._types = types
        #: by the identity of the part, which its rule keeps alive, as `_parts` does
        self._truths: dict[int, Truth] = {}
        self._parts: list[Node] = []
        self._places: dict[int, Places] = {}

    def keeps(self, tree: Node) -> int:
        """The papers that a rule keeps: for which it holds, or of which nothing of it can be decided."""
        truth = self.truth(tree)
        return truth.holds | truth.open

    def truth(self, node: Node) -> Truth:
        """Where a part of the rule holds."""
        if (truth := self._truths.get(id(node))) is None:
            truth = self._truths[id(node)] = self._decide(node)
            self._parts.append(node)
        return truth

    def places(self, leaf: Leaf) -> Places:
        """Where a leaf that is no list is found."""
        if (places := self._places.get(id(leaf))) is None:
            places = self._places[id(leaf)] = self._looked_up(leaf)
        return places

    def _looked_up(self, leaf: Leaf) -> Places:
        match leaf:
            case Term(field="type", text=text):
                return Places(other=self._types(text))
            case Term():
                return self.shelf.term(leaf)
            case Near():
                return self.shelf.near(leaf)
            case Comparison():
                return self.shelf.comparison(leaf)
            case Regex():
                return self.shelf.matching(leaf)._replace(other=0)
            case NamedList():
                return Places()

    def left_out(self) -> Iterator[LeftOut]:
        """What could not be decided, and on how many papers."""
        for node in self._parts:
            if isinstance(node, Regex | NamedList) and (papers := self.truth(node).open & self.papers):
                because = LeftOutReason.SLOW if isinstance(node, Regex) else LeftOutReason.NO_LIST
                yield LeftOut(clause=str(node), because=because, papers=papers.bit_count())

    def _decide(self, node: Node) -> Truth:
        match node:
            case Not(part):
                inner = self.truth(part)
                return Truth(self.papers & ~(inner.holds | inner.open), inner.open)
            case And(parts):
                return self._conjunction(parts)
            case Or(parts):
                return self._disjunction(parts)
            case Regex():
                places = self.shelf.matching(node)
                holds = places.title | places.abstract
                return Truth(holds, places.other & ~holds)
            case NamedList(name):
                tree = self.lists.get(name)
                return self.truth(tree) if tree is not None else Truth(0, self.papers)
            case leaf:
                return Truth(self.places(leaf).anywhere)

    def _conjunction(self, parts: tuple[Node, ...]) -> Truth:
        holds = is_open = self.papers
        for part in parts:
            truth = self.truth(part)
            holds &= truth.holds | truth.open
            is_open &= truth.open
        return Truth(holds & ~is_open, is_open)

    def _disjunction(self, parts: tuple[Node, ...]) -> Truth:
        holds, is_open = 0, self.papers
        for part in parts:
            truth = self.truth(part)
            holds |= truth.holds
            is_open &= truth.open
        return Truth(holds, is_open)
