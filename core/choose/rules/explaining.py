"""Why a rule keeps or drops one paper, in words: the part that decided, and what it found or missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from core.choose.reasons import Reason, ReasonKind, weak_reason
from core.choose.rules.evaluation import Evaluation
from core.choose.rules.facts import NUMBERS, is_category
from core.choose.rules.nodes import And, Comparison, Leaf, NamedList, Node, Not, Or, Regex, Term
from core.choose.rules.shelf import bits_of, of_term
from core.papers.names import find_author
from core.papers.paper import Paper
from core.speech import N_, _
from core.text.readable import shorten
from core.text.terms import search_text

#: how much more a term in the title counts than one in the abstract
_TITLE_COUNTS: Final = 2.0
#: characters of a part of the rule within a reason
_LONGEST_PART: Final = 100
#: what a paper has, as a reason
_FACTS: Final = {
    "author": N_("by {author}"),
    "cat": N_("in {category}"),
    "primary": N_("primarily in {category}"),
    "venue": N_('at a venue with "{words}"'),
    "source": N_("from {words}"),
    "type": N_("announced as {words}"),
    "has": N_("has its {words}"),
    "number": N_("has {number} {name}"),
}
#: the same as a sentence
_SENTENCES: Final = {
    "author": N_("it is by {author}"),
    "cat": N_("it is in {category}"),
    "primary": N_("it is primarily in {category}"),
    "venue": N_('it is at a venue with "{words}"'),
    "source": N_("it is from {words}"),
    "type": N_("it is announced as {words}"),
    "has": N_("it has its {words}"),
    "number": N_("it has {number} {name}"),
}
#: what a paper has not
_MISSING: Final = {
    "author": N_('"{words}" is not an author'),
    "cat": N_("not in {words}"),
    "primary": N_("not primarily in {words}"),
    "venue": N_('"{words}" is not in its venue'),
    "source": N_("not from {words}"),
    "type": N_("not announced as {words}"),
    "has": N_("it has no {words}"),
    "title": N_("{term} is not in the title"),
    "abstract": N_("{term} is not in the abstract"),
}


class Explainer:
    """Tells of one paper at a time, by its place on the shelf."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation, self._place = evaluation, 0

    def at(self, place: int) -> Explainer:
        """This explainer, for the paper at that place."""
        self._place = place
        return self

    @property
    def _paper(self) -> Paper:
        return self._evaluation.shelf.papers[self._place]

    def deciding(self, tree: Node) -> Node:
        """The part that decided where a rule does not hold: the first of an AND that fails, else the whole rule."""
        if isinstance(tree, And):
            return next(part for part in tree.parts if not self.keeps(part))
        return tree

    def matches(self, tree: Node, papers: int) -> Mapping[int, list[tuple[float, Reason]]]:
        """What speaks for each of some papers, by place, with its weight; parts under NOT never do."""
        reasons: dict[int, list[tuple[float, Reason]]] = {}
        self._collect(tree, papers, reasons)
        return reasons

    def _collect(self, node: Node, papers: int, reasons: dict[int, list[tuple[float, Reason]]]) -> None:
        match node:
            case Not():
                return
            case And(parts) | Or(parts):
                for part in parts:
                    of_part = papers & self._evaluation.truth(part).holds if isinstance(part, And | Or) else papers
                    self._collect(part, of_part, reasons)
            case NamedList(name):
                if tree := self._evaluation.lists.get(name):
                    self._collect(tree, papers & self._evaluation.truth(tree).holds, reasons)
            case leaf:
                self._collect_leaf(leaf, papers, reasons)

    def _collect_leaf(self, leaf: Leaf, papers: int, reasons: dict[int, list[tuple[float, Reason]]]) -> None:
        places, weight = self._evaluation.places(leaf), leaf.weight if isinstance(leaf, Term | Regex) else 1.0
        term, words = _quote(leaf), _spelling(leaf)
        title = Reason(kind=ReasonKind.TITLE, text=_("matches {term} in the title", term=term), subject=words)
        abstract = Reason(kind=ReasonKind.ABSTRACT, text=_("matches {term} in the abstract", term=term), subject=words)
        for place in bits_of(places.title & papers):
            reasons.setdefault(place, []).append((weight * _TITLE_COUNTS, title))
        for place in bits_of(places.abstract & papers & ~places.title):
            reasons.setdefault(place, []).append((weight, abstract))
        for place in bits_of(places.other & papers):
            reasons.setdefault(place, []).append((weight, self.at(place)._reason(leaf)))

    def why_not(self, node: Node) -> str:
        """Why a node does not hold."""
        match node:
            case Not(part):
                return f"{shorten(str(node), _LONGEST_PART)}: {self.why(part)}"
            case And(parts):
                return next(self.why_not(part) for part in parts if not self.keeps(part))
            case Or(parts):
                return self._none_of(parts)
            case NamedList(name):
                tree = self._evaluation.lists.get(name)
                return f"{node}: {self.why_not(tree)}" if tree else _("there is no {list}", list=node)
            case leaf:
                return self._missing(leaf)

    def why(self, node: Node) -> str:
        """Why a node holds."""
        match node:
            case Not(part):
                return self.why_not(part)
            case And(parts):
                return _join_sentences(self.why(part) for part in parts if self._holds(part))
            case Or(parts):
                return next(self.why(part) for part in parts if self._holds(part))
            case NamedList(name):
                tree = self._evaluation.lists.get(name)
                return f"{node}: {self.why(tree)}" if tree else _("there is no {list}", list=node)
            case leaf:
                places = self._evaluation.places(leaf)
                if places.title >> self._place & 1:
                    return _("{term} is in the title", term=_quote(leaf))
                if places.abstract >> self._place & 1:
                    return _("{term} is in the abstract", term=_quote(leaf))
                return self._fact(leaf, _SENTENCES)

    def _holds(self, node: Node) -> bool:
        return bool(self._evaluation.truth(node).holds >> self._place & 1)

    def keeps(self, node: Node) -> bool:
        """Does the node hold, or is it open?"""
        return bool(self._evaluation.keeps(node) >> self._place & 1)

    def _reason(self, leaf: Leaf) -> Reason:
        """What else the paper has than words in its text."""
        if isinstance(leaf, Term) and leaf.field == "author":
            author = _author(leaf, self._paper.authors)
            return Reason(kind=ReasonKind.AUTHOR, text=_(_FACTS["author"], author=author), subject=author)
        return weak_reason(self._fact(leaf, _FACTS))

    def _fact(self, leaf: Leaf, messages: Mapping[str, str]) -> str:
        paper = self._paper
        match leaf:
            case Term(field="author"):
                return _(messages["author"], author=_author(leaf, paper.authors))
            case Term(field="cat", text=text):
                return _(
                    messages["cat"],
                    category=next(category for category in paper.categories if is_category(text, category)),
                )
            case Term(field="primary"):
                return _(messages["primary"], category=paper.primary_category)
            case Term(field=field):
                return _(messages[field], words=_spelling(leaf))
            case Comparison(name=name):
                return _(messages["number"], number=NUMBERS[name](paper), name=name)
            case _:
                return ""

    def _missing(self, leaf: Leaf) -> str:
        match leaf:
            case Comparison(name=name):
                values = {"comparison": leaf, "number": NUMBERS[name](self._paper), "name": name}
                if values["number"] is None:
                    return _("{comparison}: nobody told its {name}", **values)
                return _("{comparison}: it has {number} {name}", **values)
            case Term(field=field) | Regex(field=field) if field in _MISSING:
                return _(_MISSING[field], words=_spelling(leaf), term=_quote(leaf))
            case _:
                return _("{term} is not in the title or abstract", term=_quote(leaf))

    def _none_of(self, parts: Sequence[Node]) -> str:
        words = [part for part in parts if isinstance(part, Term) and not part.field]
        if len(words) == len(parts):
            terms = ", ".join(_quote(word) for word in words)
            return _("none of {terms} is in the title or abstract", terms=shorten(terms, _LONGEST_PART))
        return _join_sentences(
            self.why_not(part) for part in parts if not self._evaluation.truth(part).open >> self._place & 1
        )


def _author(term: Term, authors: Sequence[str]) -> str:
    """The author who is meant, as a reason tells it; else one whose name has the words themselves, as in `Le*`."""
    if author := find_author((term.text,), authors):
        return str(author)
    return next((name for name in authors if of_term(term).is_in(search_text(name))), "")


def _join_sentences(sentences: Iterable[str]) -> str:
    line = ""
    for sentence in sentences:
        line = _("{sentences} and {other}", sentences=line, other=sentence) if line else sentence
    return shorten(line, 2 * _LONGEST_PART)


def _quote(leaf: Leaf) -> str:
    return f'"{_spelling(leaf)}"' if isinstance(leaf, Term) else shorten(_spelling(leaf), _LONGEST_PART)


def _spelling(leaf: Leaf) -> str:
    return f"{leaf.text}{'*' if leaf.prefix else ''}" if isinstance(leaf, Term) else str(leaf)
