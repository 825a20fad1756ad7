"""One place of a digest for something else: a paper outside of what the channel usually saves. Pure.

`core.choose.choice` calls `with_something_else` where people of a channel have taught it something. It is drawn from
the best of the channel's categories by channel and day, so that the same day has the same answer and no two days look
for the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Final

from core.channels import Subscription
from core.choose.profile.opinions import Opinion
from core.choose.reasons import explored
from core.choose.verdicts import Fate, Fit, Ranked, Standing, digest_order, is_chosen
from core.papers.identifiers import PaperId

#: smaller digests have no place for it
LEAST_SIZE: Final = 5
#: papers that it is drawn from
_DRAWN_FROM: Final = 10
#: what was learned says of a paper that it is neither for nor against it
_INDIFFERENT: Final = 0.5
#: of features that say how good a paper is, whoever reads it
_OF_ITSELF: Final = frozenset({"prior", "category", "fresh"})


def with_something_else(
    ranked: Sequence[Ranked],
    fits: Sequence[Fit | None],
    standings: dict[PaperId, Standing],
    subscription: Subscription,
    opinions: Mapping[PaperId, Opinion],
    day: date | None,
) -> tuple[tuple[Ranked, ...], dict[PaperId, Standing]]:
    """The papers and what becomes of them, with one explored, which takes the last place of a digest that is full.

    As they are where the channel has taught nothing, wants none, or there is no such paper; and where nothing else was
    chosen, so that an empty day stays empty.
    """
    chosen = [one for one in ranked if one.paper.id in standings and is_chosen(standings[one.paper.id])]
    found = _draw(ranked, fits, chosen, subscription, opinions, day)
    if found is None or not chosen:
        return tuple(ranked), standings
    changed = dict(standings)
    if len(chosen) >= subscription.size:
        last = max(chosen, key=lambda one: digest_order(standings[one.paper.id], one.place)).paper.id
        if standings[last].fit is Fit.ALWAYS:
            return tuple(ranked), standings
        changed[last] = Standing(fate=Fate.SIZE, fit=standings[last].fit)
        changed |= {id: Standing(fate=Fate.SIZE, fit=one.fit) for id, one in standings.items() if one.like == last}
    fit = next(fit for one, fit in zip(ranked, fits, strict=True) if one is found)
    changed[found.paper.id] = Standing(fate=Fate.EXPLORED, fit=fit)
    explained = replace(found, reasons=(explored(), *found.reasons))
    return tuple(explained if one is found else one for one in ranked), changed


def _draw(
    ranked: Sequence[Ranked],
    fits: Sequence[Fit | None],
    chosen: Sequence[Ranked],
    subscription: Subscription,
    opinions: Mapping[PaperId, Opinion],
    day: date | None,
) -> Ranked | None:
    """One of the best papers outside of what was learned."""
    if not opinions or not subscription.explores or subscription.size < LEAST_SIZE:
        return None
    # a rule alone says where to look; an interest says what is inside
    wanted = (None, Fit.FAR) if subscription.interest.strip() else (None, Fit.FAR, Fit.MATCH)
    taken = {one.paper.id for one in chosen}
    outside = [
        one
        for one, fit in zip(ranked, fits, strict=True)
        if fit in wanted and one.paper.id not in taken and _is_outside(one, opinions.get(one.paper.id))
    ]
    best = sorted(outside, key=lambda one: (-_worth(one), one.paper.id))[:_DRAWN_FROM]
    return min(best, key=lambda one: _lot(subscription, day, one.paper.id), default=None)


def _is_outside(one: Ranked, opinion: Opinion | None) -> bool:
    """Nothing that was liked is like it, and nothing speaks against it but that."""
    if one.value("interest") < 0 or opinion is None or not math.isfinite(opinion.value):
        return False
    return opinion.reason is None and opinion.value < _INDIFFERENT


def _worth(one: Ranked) -> float:
    return math.fsum(part.amount for part in one.contributions if part.feature in _OF_ITSELF)


def _lot(subscription: Subscription, day: date | None, id: PaperId) -> bytes:
    return sha256(f"{subscription.channel} {subscription.name} {day} {id}".encode()).digest()
