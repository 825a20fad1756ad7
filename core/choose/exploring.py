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
from core.choose.reasons import exploration_reason
from core.choose.verdicts import Fate, Fit, Ranked, Standing, digest_order, is_chosen
from core.papers.identifiers import PaperId

#: smaller digests have no place for it
LEAST_SIZE: Final = 5
#: papers that it is drawn from
_DRAWN_FROM: Final = 10
#: what was learned says of a paper that it is neither for nor against it
_INDIFFERENT: Final = 0.5
#: features that say how good a paper is, whoever reads it
_OF_ITSELF: Final = frozenset({"prior", "category", "fresh"})


def with_something_else(
    papers: Sequence[Ranked],
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
    choices = [entry for entry in papers if entry.paper.id in standings and is_chosen(standings[entry.paper.id])]
    discovery = _draw(papers, fits, choices, subscription, opinions, day)
    if discovery is None or not choices:
        return tuple(papers), standings
    new_standings = dict(standings)
    if len(choices) >= subscription.size:
        last = max(choices, key=lambda entry: digest_order(standings[entry.paper.id], entry.place)).paper.id
        if standings[last].fit is Fit.ALWAYS:
            return tuple(papers), standings
        new_standings[last] = Standing(fate=Fate.SIZE, fit=standings[last].fit)
        new_standings |= {
            id: Standing(fate=Fate.SIZE, fit=standing.fit)
            for id, standing in standings.items()
            if standing.like == last
        }
    fit = next(fit for entry, fit in zip(papers, fits, strict=True) if entry is discovery)
    new_standings[discovery.paper.id] = Standing(fate=Fate.EXPLORED, fit=fit)
    discovery_with_reason = replace(discovery, reasons=(exploration_reason(), *discovery.reasons))
    return tuple(discovery_with_reason if entry is discovery else entry for entry in papers), new_standings


def _draw(
    papers: Sequence[Ranked],
    fits: Sequence[Fit | None],
    choices: Sequence[Ranked],
    subscription: Subscription,
    opinions: Mapping[PaperId, Opinion],
    day: date | None,
) -> Ranked | None:
    """One of the best papers outside of what was learned."""
    if not opinions or not subscription.explores or subscription.size < LEAST_SIZE:
        return None
    # a rule alone says where to look; an interest says what is inside
    fits_outside = (None, Fit.FAR) if subscription.interest.strip() else (None, Fit.FAR, Fit.MATCH)
    choice_ids = {entry.paper.id for entry in choices}
    outside = [
        entry
        for entry, fit in zip(papers, fits, strict=True)
        if fit in fits_outside and entry.paper.id not in choice_ids and _is_outside(entry, opinions.get(entry.paper.id))
    ]
    best = sorted(outside, key=lambda entry: (-_worth(entry), entry.paper.id))[:_DRAWN_FROM]
    return min(best, key=lambda entry: _lot(subscription, day, entry.paper.id), default=None)


def _is_outside(entry: Ranked, opinion: Opinion | None) -> bool:
    """True where nobody liked anything like it, and nothing else speaks against it."""
    if entry.value("interest") < 0 or opinion is None or not math.isfinite(opinion.value):
        return False
    return opinion.reason is None and opinion.value < _INDIFFERENT


def _worth(entry: Ranked) -> float:
    return math.fsum(part.amount for part in entry.contributions if part.feature in _OF_ITSELF)


def _lot(subscription: Subscription, day: date | None, id: PaperId) -> bytes:
    return sha256(f"{subscription.channel} {subscription.name} {day} {id}".encode()).digest()
