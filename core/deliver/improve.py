"""The phase after a digest: where better summaries have come, the messages that show stand-ins are edited.

A model may be slower than a digest can wait, or down for a while. Which papers of a posted digest have stand-ins is on
record; the clock calls `improve_posted`, which asks for their summaries, waits a moment, and edits each paper's own
message once, as soon as its summary is there. When all are, or nobody looks any more, the list that the digest
begins with follows, where it is one message. A message that is gone is left. A process that dies goes on with what is
on record as missing; an edit made twice says the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.channels import ChannelRef
from core.deliver import card, compose, retry
from core.deliver.ledger import Delivery
from core.deliver.past import restore_digest
from core.deliver.ports import Chat, DigestStore, free_chat
from core.deliver.send import LONGEST_MESSAGE_S
from core.deliver.stand_ins import StandIns
from core.errors import ChatUnavailable, NotFound, NotServing, PaperboyError
from core.ingest.traits import Sources
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.posts.messages import MessageRef, Outgoing
from core.posts.signs import USUAL_SIGNS, Signs
from core.posts.tree import Post
from core.speech import _, shipped_languages
from core.summarise.summaries import PaperSummary, Summariser
from core.time import Clock

#: minutes from one look for better summaries to the next; after the last one nobody looks any more
PAUSES: Final = (1, 2, 5, 15, 60, 120)
#: how long after it was planned a digest is made better: nobody reads on in yesterday's
LONGEST: Final = timedelta(hours=6)
#: seconds that a look waits for what it asked for first: a slower model's summaries come with a later look
WAIT_S: Final = 5.0
#: digests that one sweep looks at, and how many of them at a time; the next sweep goes on
MOST: Final = 200
AT_ONCE: Final = 5
#: what is printed there stays as it is
PRINTING_PLATFORMS: Final = frozenset({"terminal"})

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What became of a digest with stand-ins when somebody looked at it."""

    delivery: Delivery
    #: messages that were edited just now
    edits: int = 0
    #: papers that still have stand-ins
    missing: int = 0
    #: why not all that could be edited was
    error: PaperboyError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A message, and what it is to say."""

    message: MessageRef
    post: Post


def paper_edit(
    delivery: Delivery,
    planned_id: PaperId,
    paper: Paper,
    summary: PaperSummary,
    chat: Chat,
    *,
    traits: Sources,
    saves: int = 0,
    signs: Signs = USUAL_SIGNS,
) -> Edit | None:
    """The edit of a paper's own message, which the plan made for `planned_id`, and which says how many people saved it.

    None where the paper has no message to itself, or takes several: an edit adds none.
    """
    messages = [
        message
        for message in delivery.plan
        if message.parent_key and message.papers == (planned_id,) and message.key in delivery.sent
    ]
    reasons = next((decision.reasons for decision in delivery.decisions if decision.paper == paper.id), ())
    post = replace(
        card.with_saves(card.paper(paper, summary.summary, reasons=reasons, traits=traits), saves), signs=signs
    )
    if len(messages) != 1 or not _is_single(chat, delivery, post):
        return None
    return Edit(message=delivery.sent[messages[0].key], post=post)


def head_edit(delivery: Delivery, post: Post, chat: Chat) -> Edit | None:
    """The edit of the message that a digest begins with; None where that is several, or would be."""
    heads = [message for message in delivery.plan if message.parent_key is None]
    if len(heads) != 1 or heads[0].key not in delivery.sent or not _is_single(chat, delivery, post):
        return None
    return Edit(message=delivery.sent[heads[0].key], post=post)


def _is_single(chat: Chat, delivery: Delivery, post: Post) -> bool:
    messages: Sequence[Outgoing] = chat.plan(delivery.subscription.channel, post, key="edit")
    return len(messages) == 1


def next_look(attempts: int, now: datetime) -> datetime | None:
    """When somebody looks again after so many looks before this one, UTC; None where this is the last."""
    return now + timedelta(minutes=PAUSES[attempts]) if attempts < len(PAUSES) else None


async def improve_posted(
    store: DigestStore,
    chat_of: Callable[[ChannelRef], Chat],
    *,
    clock: Clock,
    summariser: Summariser,
    is_busy: Callable[[ChannelRef], bool] = lambda _: False,
    within_s: float = WAIT_S,
    most: int = MOST,
) -> tuple[Improvement, ...]:
    """Look once at the digests with stand-ins whose next look is due, those that wait longest first.

    `chat_of` and `is_busy` as in `free_chat`. `within_s`: how long one digest's look waits for summaries. One digest's
    failure stops no other. Raises StoreError where the database cannot be read at all.
    """
    if summariser.calls is None:  # nobody writes better ones
        return ()
    now = clock.now()
    waiting = await store.stand_ins(at=now, since=now - LONGEST, limit=most)
    turn = asyncio.Semaphore(AT_ONCE)

    async def look(stand_ins: StandIns) -> Improvement | None:
        async with turn:
            subscription = stand_ins.delivery.subscription
            chat = free_chat(subscription.channel, chat_of, is_busy)
            with shipped_languages().speaking(subscription.language):
                return await _Look(store, chat, clock, summariser, within_s).improve(stand_ins) if chat else None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(look(stand_ins)) for stand_ins in waiting]
    return tuple(improvement for task in tasks if (improvement := task.result()))


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one digest."""

    store: DigestStore
    chat: Chat
    clock: Clock
    summariser: Summariser
    #: seconds
    within_s: float

    async def improve(self, stand_ins: StandIns) -> Improvement | None:
        """Edit what can be made better; None where somebody else does so. Raises nothing but a cancellation."""
        delivery, edits = stand_ins.delivery, 0
        try:
            now = self.clock.now()
            following = next_look(stand_ins.attempts, now)
            if not await self.store.claim_stand_ins(stand_ins, look_at=following or now + LONGEST):
                return None
            if delivery.subscription.channel.platform in PRINTING_PLATFORMS:
                await self.store.forget_stand_ins(delivery)
                return None
            papers = await self._papers(stand_ins.papers)
            summaries = await self._summaries(delivery, papers)
            for planned_id in stand_ins.papers:
                paper = papers.get(planned_id)
                if paper and summaries[paper.id].is_stand_in:
                    continue
                is_done = paper is not None and await self._edit_paper(delivery, planned_id, paper, summaries[paper.id])
                edits += is_done
                papers_left = tuple(id for id in stand_ins.papers if id != planned_id)
                stand_ins = replace(stand_ins, papers=papers_left, is_improved=stand_ins.is_improved or is_done)
                await self.store.keep_stand_ins(stand_ins)
            if not stand_ins.papers or following is None:
                edits += stand_ins.is_improved and await self._edit_head(delivery, summaries)
                await self.store.forget_stand_ins(delivery)
        except PaperboyError as error:
            failure = None if isinstance(error, NotServing) else error  # another process goes on
            return Improvement(delivery=delivery, edits=edits, missing=len(stand_ins.papers), error=failure)
        except Exception as bug:  # noqa: BLE001 - a bug in one digest must not stop the others; it is logged whole
            _log.exception("a bug stopped the edits of %s", delivery.subscription)
            crash = PaperboyError(retry.failure_of(bug).sentence)
            return Improvement(delivery=delivery, edits=edits, missing=len(stand_ins.papers), error=crash)
        return Improvement(delivery=delivery, edits=edits, missing=len(stand_ins.papers))

    async def _papers(self, ids: Sequence[PaperId]) -> Mapping[PaperId, Paper]:
        """The papers as they are known now, by the identifiers that they had when the digest was planned."""
        versions = [(id, await self.store.papers_by_id([id])) for id in ids]
        return {id: papers[0] for id, papers in versions if papers}

    async def _summaries(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> Mapping[PaperId, PaperSummary]:
        """What is there of summaries; those that are not are asked for, and come with a later look."""
        subscription = delivery.subscription
        return await self.summariser.summarise(
            list(papers.values()),
            language=subscription.language,
            depth=subscription.depth,
            channel=subscription.channel,
            within_s=self.within_s,
        )

    async def _edit_paper(self, delivery: Delivery, planned_id: PaperId, paper: Paper, summary: PaperSummary) -> bool:
        """Edit a paper's own message; False where it is left as it is."""
        channel = delivery.subscription.channel
        saves, signs = await self.store.saved_by(channel, paper.id), await self.store.channel_signs(channel)
        edit = paper_edit(
            delivery, planned_id, paper, summary, self.chat, traits=self.store.traits, saves=saves, signs=signs
        )
        return edit is not None and await make_edit(self.chat, edit)

    async def _edit_head(self, delivery: Delivery, summaries: Mapping[PaperId, PaperSummary]) -> bool:
        """Edit the list that the digest begins with; False where it is left as it is."""
        digest = await restore_digest(delivery, store=self.store, summariser=self.summariser)
        if delivery.post is None or {item.paper.id for item in digest.items} != set(delivery.post.papers):
            return False
        lacks = {id: summary.lack for id, summary in summaries.items()}
        items = tuple(replace(item, lack=lacks.get(item.paper.id)) for item in digest.items)
        post = await asyncio.to_thread(compose.with_new_summaries, delivery.post, replace(digest, items=items))
        edit = head_edit(delivery, post, self.chat)
        return edit is not None and await make_edit(self.chat, edit)


async def make_edit(chat: Chat, edit: Edit) -> bool:
    """Make an edit; False where the message is gone, or nobody may change it any more. Raises what `Chat.edit` does."""
    try:
        async with asyncio.timeout(LONGEST_MESSAGE_S):
            await chat.edit(edit.message, edit.post)
    except TimeoutError as error:
        raise ChatUnavailable(_("The platform took no edit for minutes.")) from error
    except PaperboyError as error:
        if not (retry.is_permanent(error) or isinstance(error, NotFound)):
            raise
        _log.info("A message is left as it is. %s", error.sentence())
        return False
    return True
