"""The filter language of subscriptions: what a rule means, and what it says of papers.

    transformer AND "in-context learning"^2 AND NOT survey
    (diffus* OR title:"score matching") -image author:"Ann Lee" cat:stat
    graph NEAR/5 (neural OR network*) has:code upvotes>=20 list:ours /\bRL(HF)?\b/

A plain word stands for all its forms (`graph` for `graphs`), a quoted one for itself alone; a quoted phrase may end in
a plural. Words are looked for in titles and abstracts. `core.choose.choice` judges all candidates of a digest with
`judge_all`, and `core.converse.explain` one paper with `judge_for`; both ask `core.choose.rules.explaining` for
reasons. The syntax is read in `core.choose.rules.syntax`. Nothing here orders papers.

A part that cannot be decided (a regular expression that takes too long, a list that is not there) is left out for
the papers that it cannot be decided on, as if it were not written, and `left_out` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Protocol, overload

from core.channels import Subscription
from core.choose.reasons import Reason, author_reason
from core.choose.rules import syntax
from core.choose.rules.evaluation import Evaluation
from core.choose.rules.explaining import Explainer
from core.choose.rules.facts import TYPES
from core.choose.rules.nodes import NamedList, Node, leaves_of
from core.choose.rules.shelf import Shelf, bits_at, bits_of, shared_shelf
from core.choose.verdicts import Candidate, Dropped, Kept, LeftOut, LeftOutReason, Verdict
from core.errors import BadRule
from core.papers.categories import within
from core.papers.front_matter import is_front_matter
from core.papers.identifiers import PaperId
from core.papers.names import find_author
from core.papers.paper import Paper
from core.speech import _

#: what a workspace's lists say, by their names
Lists = Mapping[str, str]
#: rules and lists that are stored, read once for many digests
_parse: Final = lru_cache(maxsize=512)(syntax.parse)
#: nothing in particular speaks for a paper
_PLAIN: Final = Kept()
NO_LISTS: Final[Lists] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to judge. `str(rule)` is its normal form, which reads back as an equal rule."""

    #: None keeps every paper
    tree: Node | None = None

    def __str__(self) -> str:
        return "" if self.tree is None else str(self.tree)

    def judge(self, paper: Paper, *, lists: Lists = NO_LISTS) -> Verdict:
        """Kept with what matched, the heaviest first, or Dropped with the part that failed, literally."""
        evaluation = Evaluation(
            Shelf((paper,)), 1, lambda type: int(paper.announce_type in TYPES[type]), trees_of(lists)
        )
        explainer = Explainer(evaluation)
        if self.tree is None or evaluation.keeps(self.tree):
            return _keep(explainer.matches(self.tree, 1).get(0, ()) if self.tree else ())
        return _drop(self.tree, explainer)


def parse(text: str) -> Rule:
    """Read a rule; an empty one keeps everything. Raises BadRule with one sentence that shows where it goes wrong."""
    return Rule(syntax.parse(text))


class Judge(Protocol):
    """The whole filter of a subscription."""

    def __call__(self, paper: Paper, listed_in: Sequence[str] = ()) -> Verdict:
        """A paper's verdict; `listed_in` are the scopes it was announced in, beside its own categories."""
        ...


def judge_for(subscription: Subscription, *, lists: Lists = NO_LISTS) -> Judge:
    """The whole filter of a subscription: its categories, its followed authors, its rule. Raises BadRule."""
    rule = parse(subscription.rule)

    def judge(paper: Paper, listed_in: Sequence[str] = ()) -> Verdict:
        if is_front_matter(paper):
            return Dropped(
                reason=_("it is no paper, but a page of a journal's issue, such as a cover or an editorial board")
            )
        if not within(subscription.categories, (*paper.categories, *listed_in)):
            return Dropped(reason=_elsewhere(paper, subscription))
        verdict = rule.judge(paper, lists=lists)
        with_authors = _kept_for_authors(verdict if isinstance(verdict, Kept) else Kept(), paper, subscription)
        return with_authors if with_authors.reasons else verdict

    return judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """What became of every candidate that is a paper."""

    kept: tuple[tuple[Candidate, Kept], ...]
    #: in the order of the candidates; why is found out when it is asked for
    dropped: Sequence[tuple[PaperId, Dropped]]
    left_out: tuple[LeftOut, ...]


def judge_all(
    candidates: Sequence[Candidate],
    subscription: Subscription,
    *,
    lists: Lists = NO_LISTS,
    shelf: Shelf | None = None,
) -> Judgements:
    """Judge all candidates of a digest at once; pages of an issue are no candidates.

    A stored rule that cannot be read keeps everything, and is told as left out. What other digests of this process
    asked of the same papers is not looked up again.
    """
    tree, unread = _read_stored(subscription.rule, len(candidates))
    shelf = shared_shelf(len(candidates)) if shelf is None else shelf
    with shelf.lock:
        places = shelf.places([candidate.paper for candidate in candidates])
        everything = bits_at(places) & ~shelf.front_matter
        inside = everything & _inside(shelf, candidates, places, subscription)

        def announced_as(type: str) -> int:
            at = [place for candidate, place in zip(candidates, places, strict=True) if candidate.type in TYPES[type]]
            return bits_at(at) & everything

        evaluation = Evaluation(shelf, inside, announced_as, trees_of(lists))
        explainer = Explainer(evaluation)
        by_followed = shelf.by_any(subscription.authors) & inside
        by_rule = evaluation.keeps(tree) & inside if tree else inside
        matches = explainer.matches(tree, by_rule) if tree else {}
        by_any = by_rule | by_followed
        is_kept, is_paper = (_flags(bits, len(shelf)) for bits in (by_any, everything))
        pairs = list(zip(candidates, places, strict=True))
        verdicts = {place: _keep(reasons_of_place) for place, reasons_of_place in matches.items()}
        for place in bits_of(by_followed):
            verdicts[place] = _kept_for_authors(verdicts.get(place, _PLAIN), shelf.papers[place], subscription)
        kept_candidates = tuple(
            (candidate, verdicts.get(place, _PLAIN)) for candidate, place in pairs if is_kept[place]
        )

    def why_dropped(paper: Paper, place: int) -> Dropped:
        if not tree or not inside >> place & 1:
            return Dropped(reason=_elsewhere(paper, subscription))
        return _drop(tree, explainer.at(place))

    def dropped_papers() -> list[tuple[Candidate, int]]:
        return [(candidate, place) for candidate, place in pairs if is_paper[place] and not is_kept[place]]

    reasons = _DroppedPapers((everything & ~by_any).bit_count(), dropped_papers, why_dropped)
    return Judgements(kept=kept_candidates, dropped=reasons, left_out=(*unread, *evaluation.left_out()))


class _DroppedPapers(Sequence[tuple[PaperId, Dropped]]):
    """Dropped papers with their reasons, which few ask for: each is found out when it is."""

    def __init__(
        self,
        count: int,
        papers: Callable[[], Sequence[tuple[Candidate, int]]],
        why_dropped: Callable[[Paper, int], Dropped],
    ) -> None:
        self._count, self._papers, self._why_dropped = count, cache(papers), why_dropped

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> tuple[PaperId, Dropped]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[PaperId, Dropped]]: ...

    def __getitem__(self, place: int | slice) -> tuple[PaperId, Dropped] | Sequence[tuple[PaperId, Dropped]]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        candidate, at = self._papers()[place]
        return candidate.paper.id, self._why_dropped(candidate.paper, at)


def _flags(bits: int, length: int) -> Sequence[bool]:
    """Is each bit set, from the lowest on?"""
    return [digit == "1" for digit in reversed(f"{bits:0{length}b}")]


def _inside(shelf: Shelf, candidates: Sequence[Candidate], places: Sequence[int], subscription: Subscription) -> int:
    """The papers in the subscription's categories, or listed there."""
    if not subscription.categories:
        return -1
    scopes = {candidate.scope for candidate in candidates}
    own_scopes = {scope for scope in scopes if within(subscription.categories, (scope,))}
    at = [place for candidate, place in zip(candidates, places, strict=True) if candidate.scope in own_scopes]
    return shelf.in_categories(subscription.categories) | bits_at(at)


def trees_of(lists: Lists) -> Mapping[str, Node]:
    """What lists say, as far as it can be read; one that names lists itself might name itself."""
    trees = {}
    for name, text in lists.items():
        try:
            tree = _parse(text)
        except BadRule:
            continue
        if tree is not None and not any(isinstance(leaf, NamedList) for leaf in leaves_of(tree)):
            trees[name] = tree
    return trees


def _keep(matches: Sequence[tuple[float, Reason]]) -> Kept:
    """What speaks for a paper, the heaviest first."""
    if len(matches) < 2:
        return Kept(score=matches[0][0], reasons=(matches[0][1],)) if matches else _PLAIN
    by_weight = sorted(matches, key=_by_weight)
    score = 0.0
    for weight, _reason in by_weight:
        score += weight
    return Kept(score=score, reasons=tuple(dict.fromkeys(reason for _weight, reason in by_weight)))


def _by_weight(match: tuple[float, Reason]) -> float:
    return -match[0]


def _drop(tree: Node, explainer: Explainer) -> Dropped:
    """The part of a rule that dropped a paper, and why."""
    clause = explainer.deciding(tree)
    return Dropped(reason=explainer.why_not(clause), clause=str(clause))


def _elsewhere(paper: Paper, subscription: Subscription) -> str:
    read = ", ".join(subscription.categories)
    if not paper.categories:
        return _("in no category; this channel reads {categories}", categories=read)
    own = ", ".join(paper.categories)
    return _("in {own}; this channel reads {categories}", own=own, categories=read)


def _kept_for_authors(verdict: Kept, paper: Paper, subscription: Subscription) -> Kept:
    """The verdict, and that the paper is by somebody whom the channel follows, where it is."""
    if not subscription.authors or not (author := find_author(subscription.authors, paper.authors)):
        return verdict
    return Kept(score=verdict.score, reasons=(author_reason(str(author)), *verdict.reasons))


def _read_stored(rule: str, papers: int) -> tuple[Node | None, tuple[LeftOut, ...]]:
    """A rule as it was stored: by another version perhaps, so that this one may not read it."""
    try:
        return _parse(rule), ()
    except BadRule:
        return None, (LeftOut(clause=rule, because=LeftOutReason.UNREADABLE, papers=papers),)
