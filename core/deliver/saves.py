"""Papers' own messages say how many people saved them: each is edited some time after that changes.

A reaction puts on record that a message wants an edit (`TallyStore`); the clock calls `show_saves`, which edits those
whose time has come, behind answers and digests. Private marks never count. A message that cannot be edited is left as
it is, and an edit that was lost with its process is made again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.channels import ChannelRef
from core.deliver import card
from core.deliver.improve import PRINTING_PLATFORMS, Edit, make_edit, paper_edit
from core.deliver.languages import channel_language
from core.deliver.ports import Chat, DigestStore, free_chat
from core.deliver.tallies import Tally
from core.errors import PaperboyError
from core.ingest.traits import Sources
from core.posts.signs import Signs
from core.speech import speaking
from core.summarise.summaries import Summariser
from core.time import Clock

#: how long an edit is left to whoever took it up
CLAIM: Final = timedelta(minutes=15)
#: messages that one sweep takes up, and how many of them at a time; the next sweep goes on
MOST: Final = 200
AT_ONCE: Final = 5

_log: Final = logging.getLogger(__name__)


async def show_saves(
    store: DigestStore,
    chat_of: Callable[[ChannelRef], Chat],
    *,
    clock: Clock,
    summariser: Summariser,
    is_busy: Callable[[ChannelRef], bool] = lambda _: False,
    within: Collection[str] | None = None,
) -> int:
    """Edit the messages whose time has come; how many were. Raises StoreError where none can be read.

    `chat_of` and `is_busy` as in `free_chat`, `within` as in `claim_tallies`. What fails is left to a later sweep.
    """
    now = clock.now()
    turn = asyncio.Semaphore(AT_ONCE)

    async def show(tally: Tally) -> bool:
        async with turn:
            try:
                chat = free_chat(tally.message.channel, chat_of, is_busy)
                return chat is not None and await _show(tally, chat, store, clock, summariser)
            except PaperboyError as error:
                _log.info("A message does not tell yet who saved its paper. %s", error.sentence())
                return False

    waiting = await store.claim_tallies(at=now, until=now + CLAIM, limit=MOST, within=within)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(show(tally)) for tally in waiting]
    return sum(task.result() for task in tasks)


async def _show(tally: Tally, chat: Chat, store: DigestStore, clock: Clock, summariser: Summariser) -> bool:
    """Edit one message where it says what is not so; False where it is left as it is."""
    message = tally.message
    if message.channel.platform in PRINTING_PLATFORMS:
        await store.forget_tally(message)
        return False
    if tally.shown_saves == tally.saves:
        await store.keep_tally(message, shown_saves=tally.shown_saves, at=clock.now())
        return False
    signs = await store.channel_signs(message.channel)
    with speaking(await channel_language(message.channel, store=store)):
        edit = await _edit_of(tally, chat, summariser, signs, store.traits)
    if edit is None or not await make_edit(chat, edit):
        await store.forget_tally(message)
        return False
    await store.keep_tally(message, shown_saves=tally.saves, at=clock.now())
    return True


async def _edit_of(tally: Tally, chat: Chat, summariser: Summariser, signs: Signs, traits: Sources) -> Edit | None:
    """What the message is to say; None where that takes several messages, or nobody knows it."""
    if tally.post:
        post = replace(card.with_saves(tally.post, tally.saves), signs=signs)
        is_single = len(chat.plan(tally.message.channel, post, key="edit")) == 1
        return Edit(message=tally.message, post=post) if is_single else None
    if tally.delivery is None or tally.planned_id is None:
        return None
    reader = tally.delivery.subscription
    summaries = await summariser.at_hand((tally.paper,), language=reader.language, depth=reader.depth)
    summary, saves = summaries[tally.paper.id], tally.saves
    return paper_edit(
        tally.delivery, tally.planned_id, tally.paper, summary, chat, traits=traits, saves=saves, signs=signs
    )
