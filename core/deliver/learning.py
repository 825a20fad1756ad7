"""A digest's choice with what the channel has taught it: for `digest` and `briefings`.

What was learned is kept, and learned anew when somebody said something since, in a thread: three hundred bookmarks
take half a second. A job does so before a digest is due (`retrain`); where none did, the digest does it, and says the
same. Learning never stops a digest: where the store or the mathematics fail, papers are chosen without.

In a private chat all that its reader said anywhere teaches; elsewhere only what everybody in the channel can see does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.channels import Subscription
from core.choose.profile.opinions import Lessons, Opinion, form_opinions, has_opinions, learn_profile
from core.choose.profile.signs import KeptProfile, ProfileStore, Seed, Sign, SignKind
from core.choose.verdicts import Candidates
from core.deliver.ports import DigestStore
from core.errors import StoreError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

#: signs of each kind that are learned from
MOST_SIGNS: Final = 1_000
#: open bookmarks of the workspace that count beside them
MOST_SAVES: Final = 1_000

_log: Final = logging.getLogger(__name__)


async def opinions_on(
    candidates: Candidates, subscription: Subscription, *, store: DigestStore
) -> Mapping[PaperId, Opinion]:
    """What the channel has taught says of the candidates; empty where it has taught nothing. Raises StoreError."""
    papers = [candidate.paper for candidate in candidates.items]
    lessons = await lessons_of(subscription, store) if papers else None
    if not lessons:
        return {}
    lessons = await _with_saves(lessons, subscription, store)
    stored_profile = await store.kept_profile(subscription.channel)
    try:
        lesson = await asyncio.to_thread(form_opinions, lessons, papers, stored_profile)
    except Exception:  # noqa: BLE001 - a bug in learning must not stop a digest; it is logged whole
        _log.exception("What %s has taught could not be used.", subscription.channel)
        return {}
    if lesson.profile != stored_profile:
        await _keep(subscription, lesson.profile, store)
    return lesson.opinions


async def retrain(subscription: Subscription, store: DigestStore) -> bool:
    """Learn what the channel has taught since, so that its next digest need not; True where there was anything.

    Raises StoreError.
    """
    lessons = await lessons_of(subscription, store)
    if not lessons:
        return False
    stored_profile = await store.kept_profile(subscription.channel)
    profile = await asyncio.to_thread(learn_profile, lessons, stored_profile)
    if profile == stored_profile:
        return False
    await store.keep_profile(subscription.channel, profile)
    return True


async def lessons_of(subscription: Subscription, store: DigestStore) -> Lessons | None:
    """All that was said in the channel, with its papers; None where nobody said anything."""
    channel, reader = subscription.channel, subscription.reader
    signs = await store.signs(channel, limit=MOST_SIGNS, reader=reader)
    seeds, corrections = await store.seeds(channel), await store.corrections(channel)
    if not seeds and not has_opinions(signs, corrections):
        return None
    seed_ids = [id for seed in seeds for id in (seed.paper.id, *seed.paper.identifiers)]
    stored_papers = await store.papers_by_id(list(dict.fromkeys([*(sign.paper for sign in signs), *seed_ids])))
    examples, seed_signs = _with_seeds(seeds, stored_papers)
    signs = tuple(sorted((*signs, *seed_signs), key=lambda sign: sign.at, reverse=True))
    if not has_opinions(signs, corrections):
        return None
    return Lessons(signs=signs, examples=examples, corrections=corrections, is_private=reader is not None)


async def _with_saves(lessons: Lessons, subscription: Subscription, store: DigestStore) -> Lessons:
    """The lessons, and what people of the workspace saved beside them: it is judged with, and not learned from."""
    saves = await store.workspace_saves(subscription.channel, limit=MOST_SAVES)
    example_ids = {paper.id for paper in lessons.examples}
    saved_papers = await store.papers_by_id(list({sign.paper: None for sign in saves if sign.paper not in example_ids}))
    return replace(lessons, saves=saves, saved_papers=saved_papers)


def _with_seeds(seeds: Sequence[Seed], stored_papers: Sequence[Paper]) -> tuple[list[Paper], list[Sign]]:
    """The papers of signs and seeds, each once, and the seeds as signs; what is stored of a paper goes first."""
    papers_by_id = {id: paper for paper in stored_papers for id in (paper.id, *paper.identifiers)}
    examples = {paper.id: paper for paper in stored_papers}
    signs = []
    for seed in seeds:
        ids = (seed.paper.id, *seed.paper.identifiers)
        paper = next((papers_by_id[id] for id in ids if id in papers_by_id), seed.paper)
        examples.setdefault(paper.id, paper)
        signs.append(Sign(paper=paper.id, kind=SignKind.NAMED, person=seed.person, at=seed.at))
    return list(examples.values()), signs


async def _keep(subscription: Subscription, profile: KeptProfile, store: ProfileStore) -> None:
    try:
        await store.keep_profile(subscription.channel, profile)
    except StoreError as error:  # the next digest learns it again
        _log.warning("What %s has taught was not kept. %s", subscription.channel, error.sentence())
