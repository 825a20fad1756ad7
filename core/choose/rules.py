"""The filter language of subscriptions: what a rule means, and what it says of papers.

    transformer AND "in-context learning"^2 AND NOT survey
    (diffus* OR title:"score matching") -image author:"Ann Lee" cat:stat
    graph NEAR/5 (neural OR network*) has:code upvotes>=20 list:ours /\bRL(HF)?\b/

A plain word stands for all its forms (`graph` for `graphs`), a quoted one for itself alone; a quoted phrase may end in
a plural. Words are looked for in titles and abstracts. `core.choose.choice` judges all candidates of a digest with
`judge_all`, and `core.converse.explain` one paper with `judge_for`; both ask `core.choose.explaining` for reasons. The
syntax is read in `core.choose.rule_syntax`. Nothing here orders papers.

A part that cannot be decided (a regular expression that takes too long, a list that is not there) is left out for
the papers that it cannot be decided on, as if it were not written, and `left_out` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, overload

from core.channels import Subscription
from core.choose import rule_syntax
from core.choose.evaluation import Evaluation
from core.choose.explaining import Explainer
from core.choose.facts import TYPES
from core.choose.reasons import followed
from core.choose.rule_nodes import Listed, Node, leaves_of
from core.choose.shelf import Shelf, all_bits, shared_shelf
from core.choose.verdicts import Because, Candidate, Dropped, Kept, LeftOut, Verdict
from core.errors import BadRule
from core.papers.categories import within
from core.papers.front_matter import is_front_matter
from core.papers.identifiers import PaperId
from core.papers.names import find_author
from core.papers.paper import AnnounceType, Paper

#: what a workspace's lists say, by their names
Lists = Mapping[str, str]
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
        shelf = Shelf((paper,))
        return _verdict(self.tree, _evaluation(shelf, 1, {paper.announce_type: 1}, lists), 0)


def parse(text: str) -> Rule:
    """Read a rule; an empty one keeps everything. Raises BadRule with one sentence that shows where it goes wrong."""
    return Rule(rule_syntax.parse(text))


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
                reason="it is no paper, but a page of a journal's issue, such as a cover or an editorial board"
            )
        if not within(subscription.categories, (*paper.categories, *listed_in)):
            return Dropped(reason=_elsewhere(paper, subscription))
        return _or_followed(rule.judge(paper, lists=lists), paper, subscription)

    return judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
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
) -> Judged:
    """Judge all candidates of a digest at once; pages of an issue are no candidates.

    A stored rule that cannot be read keeps everything, and is told as left out. What other digests of this process
    asked of the same papers is not looked up again.
    """
    left_out: tuple[LeftOut, ...] = ()
    try:
        tree = rule_syntax.parse(subscription.rule)
    except BadRule:
        tree = None
        left_out = (LeftOut(clause=subscription.rule, because=Because.UNREADABLE, papers=len(candidates)),)
    shelf = shelf or shared_shelf(len(candidates))
    with shelf.lock:
        places = shelf.places([one.paper for one in candidates])
        everything, types, scopes = _bits(candidates, places)
        everything &= ~shelf.front_matter
        inside = everything & _inside(shelf, scopes, subscription)
        evaluation = _evaluation(shelf, inside, types, lists)
        by_followed = shelf.by_any(subscription.authors) & inside
        kept = (by_followed | (evaluation.keeps(tree) if tree else inside)) & inside

        def verdict(number: int) -> Verdict:
            one, place = candidates[number], places[number]
            if not inside >> place & 1:
                return Dropped(reason=_elsewhere(one.paper, subscription))
            found = _verdict(tree, evaluation, place)
            return _or_followed(found, one.paper, subscription) if by_followed >> place & 1 else found

        chosen, dropped = [], []
        for number, place in enumerate(places):
            if kept >> place & 1:
                found = verdict(number)
                assert isinstance(found, Kept)
                chosen.append((candidates[number], found))
            elif everything >> place & 1:
                dropped.append(number)
    reasons = _Dropped(candidates, dropped, verdict)
    return Judged(kept=tuple(chosen), dropped=reasons, left_out=(*left_out, *evaluation.left_out()))


class _Dropped(Sequence[tuple[PaperId, Dropped]]):
    """Dropped papers with their reasons, which few ask for: each is found out when it is."""

    def __init__(
        self, candidates: Sequence[Candidate], numbers: Sequence[int], verdict: Callable[[int], Verdict]
    ) -> None:
        self._candidates, self._numbers, self._verdict = candidates, numbers, verdict

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> tuple[PaperId, Dropped]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[PaperId, Dropped]]: ...

    def __getitem__(self, place: int | slice) -> tuple[PaperId, Dropped] | Sequence[tuple[PaperId, Dropped]]:
        if isinstance(place, slice):
            return _Dropped(self._candidates, self._numbers[place], self._verdict)
        number = self._numbers[place]
        found = self._verdict(number)
        assert isinstance(found, Dropped)
        return self._candidates[number].paper.id, found


def _bits(
    candidates: Sequence[Candidate], places: Sequence[int]
) -> tuple[int, Mapping[AnnounceType, int], Mapping[str, int]]:
    """All candidates, and those of each type and scope."""
    types: dict[AnnounceType, int] = {}
    scopes: dict[str, int] = {}
    everything = 0
    for one, place in zip(candidates, places, strict=True):
        bit = 1 << place
        everything |= bit
        types[one.type] = types.get(one.type, 0) | bit
        scopes[one.scope] = scopes.get(one.scope, 0) | bit
    return everything, types, scopes


def _inside(shelf: Shelf, scopes: Mapping[str, int], subscription: Subscription) -> int:
    """The papers in the subscription's categories, or listed there."""
    if not subscription.categories:
        return -1
    inside = shelf.covered(subscription.categories)
    for scope, bits in scopes.items():
        if within(subscription.categories, (scope,)):
            inside |= bits
    return inside


def _evaluation(shelf: Shelf, papers: int, types: Mapping[AnnounceType, int], lists: Lists) -> Evaluation:
    kinds = {name: all_bits(bits for one, bits in types.items() if one in among) for name, among in TYPES.items()}
    return Evaluation(shelf, papers, kinds, dict(_trees(lists)))


def _trees(lists: Lists) -> Iterator[tuple[str, Node]]:
    """What lists say, as far as it can be read; one that names lists itself might name itself."""
    for name, said in lists.items():
        try:
            tree = rule_syntax.parse(said)
        except BadRule:
            continue
        if tree is not None and not any(isinstance(leaf, Listed) for leaf in leaves_of(tree)):
            yield name, tree


def _verdict(tree: Node | None, evaluation: Evaluation, place: int) -> Verdict:
    """What a rule says of the paper at a place."""
    if tree is None:
        return Kept()
    explainer = Explainer(evaluation, place)
    if not evaluation.keeps(tree) >> place & 1:
        clause = explainer.deciding(tree)
        return Dropped(reason=explainer.why_not(clause), clause=str(clause))
    found = sorted(explainer.matches(tree), key=lambda match: -match[0])
    return Kept(score=sum(weight for weight, _ in found), reasons=tuple(dict.fromkeys(reason for _, reason in found)))


def _elsewhere(paper: Paper, subscription: Subscription) -> str:
    where = f"in {', '.join(paper.categories)}" if paper.categories else "in no category"
    return f"{where}; this channel reads {', '.join(subscription.categories)}"


def _or_followed(verdict: Verdict, paper: Paper, subscription: Subscription) -> Verdict:
    if not subscription.authors or not (author := find_author(subscription.authors, paper.authors)):
        return verdict
    rule = verdict if isinstance(verdict, Kept) else Kept()
    return Kept(score=rule.score, reasons=(followed(str(author)), *rule.reasons))
