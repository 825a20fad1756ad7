"""The filter language of subscriptions: what a rule means, and what it says of a paper.

    transformer AND "in-context learning"^2 AND NOT survey
    (diffus* OR title:"score matching") -image author:"Ann Lee" cat:stat

A plain word stands for all its forms (`graph` for `graphs`), a quoted one for itself alone; a quoted phrase may end in
a plural. Words are looked for in titles and abstracts. `core.choose.choice` judges every candidate with `judge_for`,
and `core.converse.explain` judges again; the syntax is read in `core.choose.rule_syntax`. Nothing here orders papers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from core.channels import Subscription
from core.choose import rule_syntax
from core.choose.reasons import Reason, ReasonKind, followed, other
from core.choose.rule_syntax import And, Node, Not, Or, Term
from core.choose.verdicts import Dropped, Kept, Verdict
from core.papers.categories import covers, within
from core.papers.front_matter import is_front_matter
from core.papers.names import find_author
from core.papers.paper import Paper
from core.text.patterns import Pattern, exact, phrase, stemmed
from core.text.readable import shorten
from core.text.terms import search_text

#: how much more a term in the title counts than one in the abstract
_TITLE_COUNTS: Final = 2.0
#: characters of a part of the rule within a reason
_LONGEST_PART: Final = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to judge. `str(rule)` is its normal form, which reads back as an equal rule."""

    #: None keeps every paper
    tree: Node | None = None

    def __str__(self) -> str:
        return "" if self.tree is None else str(self.tree)

    def judge(self, paper: Paper) -> Verdict:
        """Kept with what matched, the heaviest first, or Dropped with the part that failed, literally."""
        if self.tree is None:
            return Kept()
        text = _Text(title=search_text(paper.title), abstract=search_text(paper.abstract), paper=paper)
        if not _holds(self.tree, text):
            return Dropped(reason=_why_not(self.tree, text))
        found = sorted(_matches(self.tree, text), key=lambda match: -match[0])
        return Kept(
            score=sum(weight for weight, _ in found), reasons=tuple(dict.fromkeys(reason for _, reason in found))
        )


def parse(text: str) -> Rule:
    """Read a rule; an empty one keeps everything. Raises BadRule with one sentence that shows where it goes wrong."""
    return Rule(rule_syntax.parse(text))


class Judge(Protocol):
    """The whole filter of a subscription."""

    def __call__(self, paper: Paper, listed_in: Sequence[str] = ()) -> Verdict:
        """A paper's verdict; `listed_in` are the scopes it was announced in, beside its own categories."""
        ...


def judge_for(subscription: Subscription) -> Judge:
    """The whole filter of a subscription: its categories, its followed authors, its rule. Raises BadRule."""
    rule = parse(subscription.rule)

    def judge(paper: Paper, listed_in: Sequence[str] = ()) -> Verdict:
        if is_front_matter(paper):
            return Dropped(
                reason="it is no paper, but a page of a journal's issue, such as a cover or an editorial board"
            )
        if not within(subscription.categories, (*paper.categories, *listed_in)):
            return Dropped(reason=_elsewhere(paper, subscription))
        verdict = rule.judge(paper)
        if subscription.authors and (author := find_author(subscription.authors, paper.authors)):
            return _followed(str(author), verdict)
        return verdict

    return judge


def _elsewhere(paper: Paper, subscription: Subscription) -> str:
    where = f"in {', '.join(paper.categories)}" if paper.categories else "in no category"
    return f"{where}; this channel reads {', '.join(subscription.categories)}"


def _followed(author: str, verdict: Verdict) -> Kept:
    rule = verdict if isinstance(verdict, Kept) else Kept()
    return Kept(score=rule.score, reasons=(followed(author), *rule.reasons))


@dataclass(frozen=True, slots=True)
class _Text:
    #: as `terms.search_text` has it
    title: str
    #: so is this
    abstract: str
    paper: Paper


def _holds(node: Node, text: _Text) -> bool:
    match node:
        case Term():
            return _place(node, text) is not None
        case Not(part):
            return not _holds(part, text)
        case And(parts):
            return all(_holds(part, text) for part in parts)
        case Or(parts):
            return any(_holds(part, text) for part in parts)


def _place(term: Term, text: _Text) -> str | None:
    """Where the paper has the term, in words; None where it has not."""
    if term.field == "author":
        author = _author(term, text.paper.authors)
        return f"by {author}" if author else None
    if term.field == "cat":
        return next((f"in {one}" for one in text.paper.categories if covers(term.text, one)), None)
    pattern = _pattern(term)
    if term.field != "abstract" and pattern.is_in(text.title):
        return "in the title"
    return "in the abstract" if term.field != "title" and pattern.is_in(text.abstract) else None


def _author(term: Term, authors: Sequence[str]) -> str:
    """The author who is meant, as a reason tells it; else one whose name has the words themselves, as in `Le*`."""
    if found := find_author((term.text,), authors):
        return str(found)
    pattern = _pattern(term)
    return next((name for name in authors if pattern.is_in(search_text(name))), "")


@lru_cache(maxsize=1024)
def _pattern(term: Term) -> Pattern:
    if term.prefix or term.field == "author":
        return exact(term.text, prefix=term.prefix)
    if term.quoted:
        return phrase(term.text)
    return stemmed(term.text)


def _matches(node: Node, text: _Text) -> Iterator[tuple[float, Reason]]:
    """What speaks for the paper, with its weight; parts under NOT never do."""
    if isinstance(node, Term):
        if place := _place(node, text):
            counts = _TITLE_COUNTS if place == "in the title" else 1.0
            yield node.weight * counts, _reason(node, place)
    elif isinstance(node, And | Or):
        for part in node.parts:
            if _holds(part, text):
                yield from _matches(part, text)


def _reason(term: Term, place: str) -> Reason:
    match term.field:
        case "cat":
            return other(place)
        case "author":
            return Reason(kind=ReasonKind.AUTHOR, text=place, subject=place.removeprefix("by "))
    kind = ReasonKind.TITLE if place == "in the title" else ReasonKind.ABSTRACT
    return Reason(kind=kind, text=f"matches {_quoted(term)} {place}", subject=_written(term))


def _quoted(term: Term) -> str:
    return f'"{_written(term)}"'


def _written(term: Term) -> str:
    return f"{term.text}{'*' if term.prefix else ''}"


def _why_not(node: Node, text: _Text) -> str:
    """Why a node does not hold."""
    match node:
        case Term():
            return _missing(node)
        case Not(part):
            return f"{shorten(str(node), _LONGEST_PART)}: {_why(part, text)}"
        case And(parts):
            return next(_why_not(part, text) for part in parts if not _holds(part, text))
        case Or(parts):
            return _none_of(parts, text)


def _missing(term: Term) -> str:
    match term.field:
        case "author":
            return f"{_quoted(term)} is not an author"
        case "cat":
            return f"not in {term.text}"
        case "":
            return f"{_quoted(term)} is not in the title or abstract"
        case field:
            return f"{_quoted(term)} is not in the {field}"


def _none_of(parts: Sequence[Node], text: _Text) -> str:
    words = [part for part in parts if isinstance(part, Term) and not part.field]
    if len(words) == len(parts):
        listed = ", ".join(_quoted(word) for word in words)
        return f"none of {shorten(listed, _LONGEST_PART)} is in the title or abstract"
    return shorten(" and ".join(_why_not(part, text) for part in parts), 2 * _LONGEST_PART)


def _why(node: Node, text: _Text) -> str:
    """Why a node holds."""
    match node:
        case Term():
            return _present(node, _place(node, text) or "")
        case Not(part):
            return _why_not(part, text)
        case And(parts):
            return shorten(" and ".join(_why(part, text) for part in parts), 2 * _LONGEST_PART)
        case Or(parts):
            return next(_why(part, text) for part in parts if _holds(part, text))


def _present(term: Term, place: str) -> str:
    if term.field == "author":
        return f"it is {place}"
    return f"it is {place}" if term.field == "cat" else f"{_quoted(term)} is {place}"
