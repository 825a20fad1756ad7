"""A digest's choice with all that is known: what people taught, shared lists, what goes with the interest or means it.

`digest` and `briefings` ask.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.channels import Subscription
from core.choose.choice import Choice, Knowledge, choose_papers
from core.choose.reranking import MOST_GRADED, NO_GRADES, Grades
from core.choose.rules.lists import lists_for
from core.choose.verdicts import Candidates
from core.deliver.learning import opinions_on
from core.deliver.meanings import Meanings
from core.deliver.ports import DigestStore
from core.deliver.related import related_in_store
from core.deliver.reranking import Reranking, grade_best
from core.errors import StoreError
from core.papers.identifiers import PaperId
from core.summarise.summaries import Summariser

_log: Final = logging.getLogger(__name__)

#: held by whoever chooses, which takes memory for every candidate; may be taken again
Room = AbstractAsyncContextManager[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreChoice:
    """A choice among the candidates that there are."""

    choice: Choice
    #: the announcements that were looked at, as in `Candidates`
    after: int | None
    until: int
    #: what came of having papers graded; None where the channel does not want that
    reranking: Reranking | None = None


async def choose_from_store(
    subscription: Subscription,
    day: date,
    summariser: Summariser,
    *,
    store: DigestStore,
    listing_day: date | None,
    is_again: bool,
    room: Room | None = None,
    meanings: Meanings | None = None,
) -> StoreChoice:
    """The choice among all candidates, after a model has graded the best where the channel wants that.

    `room` is held while the candidates are in memory, and not while a model is waited for, which is at most as long
    as for summaries. What is new by then is chosen from as well.
    """

    async def choose_with(grades: Grades) -> StoreChoice:
        async with room or nullcontext():
            candidates = await store.candidates(subscription, listing_day=listing_day, is_again=is_again)
            choice = await choose(candidates, subscription, day=day, store=store, grades=grades, meanings=meanings)
            return StoreChoice(choice=choice, after=candidates.after, until=candidates.until)

    selection = await choose_with(NO_GRADES)
    if not subscription.has_reranking:
        return selection
    best = selection.choice.kept[:MOST_GRADED]
    reranking = await grade_best(
        best, subscription, store=store, calls=summariser.calls, within_s=summariser.patience_s
    )
    if reranking.grades.by_paper:
        del selection  # what was dropped may be much
        selection = await choose_with(reranking.grades)
    return replace(selection, reranking=reranking)


async def choose(
    candidates: Candidates,
    subscription: Subscription,
    *,
    day: date,
    store: DigestStore,
    grades: Grades = NO_GRADES,
    meanings: Meanings | None = None,
) -> Choice:
    """The choice, in a thread: a thousand candidates take a while, and meanwhile the event loop serves others."""
    knowledge = Knowledge(
        lists=await lists_for(subscription, store),
        related_terms=await related_in_store(subscription, store=store, until=candidates.until),
        opinions=await opinions_on(candidates, subscription, store=store),
        grades=grades,
        day=day,
        closeness=await _close_to(subscription.interest, candidates, meanings),
    )
    return await asyncio.to_thread(choose_papers, candidates, subscription, knowledge)


async def _close_to(interest: str, candidates: Candidates, meanings: Meanings | None) -> Mapping[PaperId, float]:
    """How close the candidates are in meaning to the interest; empty where nothing embeds."""
    if meanings is None or not interest.strip():
        return {}
    try:
        return await meanings.close_to(interest, [candidate.paper for candidate in candidates.items])
    except StoreError as error:
        _log.warning("Papers are chosen by their words alone. %s", error.sentence())
    except Exception:  # noqa: BLE001 - a bug in what a model gives must not stop a digest; it is logged whole
        _log.exception("What papers mean could not be used.")
    return {}
