"""Use case: what happens to saved papers is told to those who saved them, once.

The clock calls `tell_events`. Who saved a paper openly in a channel reads it there, in the paper's thread; who saved it
in private alone is written to. An event is claimed directly before the request that tells it, so that a restart repeats
nothing; what certainly did not arrive is told at a later look. Papers that were saved after an event are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import blake2b
from itertools import groupby
from typing import Final

from core.channels import ChannelRef, UserRef
from core.converse.lists.feedback import EventNotice
from core.converse.ports import EventNoticeStore, SavedEventStore
from core.deliver.card import paper_title
from core.deliver.languages import channel_language
from core.deliver.places import Write
from core.deliver.ports import Chat, free_chat
from core.errors import (
    ChannelGone,
    ChatThrottled,
    ChatUnanswered,
    ChatUnavailable,
    LeaseLost,
    NotAllowed,
    PaperboyError,
    UsageError,
)
from core.papers.paper import Event, EventKind, Paper
from core.posts.tree import Block, Heading, Note, Paragraph, Post, Spans, link, prose, text
from core.speech import _, plural, speaking
from core.text.readable import clip_text
from core.time import Clock

#: for how long an event is news
NEWS: Final = timedelta(days=3)
#: events of one look
MOST: Final = 500
#: papers of a channel that have a note in their threads at one look; of more there is one list
MOST_NOTES: Final = 3
#: papers of such a list, and of one message to a person
MOST_LISTED: Final = 20
#: characters of what others say
_LONGEST: Final = 200

_log: Final = logging.getLogger(__name__)


async def tell_events(
    store: SavedEventStore,
    chat_of: Callable[[ChannelRef], Chat],
    write: Write,
    *,
    clock: Clock,
    is_busy: Callable[[ChannelRef], bool] = lambda _: False,
) -> int:
    """Tell what is new of saved papers; how many messages were sent.

    `chat_of` and `is_busy` as in `free_chat`. One recipient's failure stops no other. Raises StoreError where the
    database cannot be read.
    """
    notices = await store.untold_events(since=clock.now() - NEWS, limit=MOST)
    sent_count = 0
    for _recipient, group in groupby(notices, key=lambda notice: notice.recipient):
        own_notices = tuple(group)
        try:
            if channel := own_notices[0].channel:
                chat = free_chat(channel, chat_of, is_busy)
                sent_count += await _tell_channel(channel, own_notices, store, chat, clock) if chat else 0
            elif person := own_notices[0].person:
                sent_count += await _tell_person(person, own_notices, store, write, clock)
        except UsageError:  # another process serves it, or nobody
            continue
        except PaperboyError as error:
            _log.warning("News of saved papers could not be told to %s. %s", own_notices[0].recipient, error.sentence())
    return sent_count


async def _tell_channel(
    channel: ChannelRef, notices: Sequence[EventNotice], store: SavedEventStore, chat: Chat, clock: Clock
) -> int:
    """A note in each paper's thread, or one list where there are many."""
    papers = [tuple(group) for _id, group in groupby(notices, key=lambda notice: notice.paper.id)]
    if len(papers) > MOST_NOTES:
        papers = [tuple(notice for group in papers[:MOST_LISTED] for notice in group)]
    for group in papers:
        await _post(channel, group, store, chat, clock)
    return len(papers)


async def _post(
    channel: ChannelRef, notices: Sequence[EventNotice], store: SavedEventStore, chat: Chat, clock: Clock
) -> None:
    papers = {notice.paper.id: notice.paper for notice in notices}
    own = await store.messages_showing(list(papers.values()), channel) if len(papers) == 1 else {}
    message = next((messages[-1] for messages in own.values()), None)
    numbers = [notice.event.number for notice in notices]
    claim = _Claim(store, numbers, str(channel), clock)
    key = f"{await store.database_id()}/event-{_hash(numbers, channel)}"
    try:
        parent = await chat.thread_of(message) if message else None
        is_own_thread = parent is not None and parent == message
        with speaking(await channel_language(channel, store=store)):
            outgoing_messages = chat.plan(channel, news(notices, in_thread=is_own_thread), key=key)
        for outgoing in outgoing_messages:
            sent_message = await chat.send(channel, outgoing, parent, before_sending=claim.once)
            await store.remember_message(sent_message, outgoing.papers, at=clock.now())
    except LeaseLost:
        raise
    except (ChannelGone, NotAllowed):  # nobody can be told there, now or in a minute
        await claim.once()
        raise
    except ChatUnanswered:  # it may be there
        raise
    except (ChatThrottled, ChatUnavailable):
        await claim.release()
        raise


async def _tell_person(
    person: UserRef, notices: Sequence[EventNotice], store: SavedEventStore, write: Write, clock: Clock
) -> int:
    ids = list(dict.fromkeys(notice.paper.id for notice in notices))[:MOST_LISTED]
    listed_notices = [notice for notice in notices if notice.paper.id in ids]
    claim = _Claim(store, [notice.event.number for notice in listed_notices], str(person), clock)
    await claim.once()
    try:
        await write(person, news(listed_notices, in_thread=False))
    except ChatUnanswered:
        raise
    except (ChatThrottled, ChatUnavailable, UsageError):
        await claim.release()
        raise
    return 1


class _Claim:
    """The right to tell some events to a recipient: taken before the first request, given back where none arrived."""

    def __init__(self, store: EventNoticeStore, events: Sequence[int], recipient: str, clock: Clock) -> None:
        self._store, self._events, self._recipient, self._clock = store, events, recipient, clock
        self._is_held = False

    async def once(self) -> None:
        """Take it, where it is not held yet. Raises LeaseLost where somebody else has it."""
        if not self._is_held:
            if not await self._store.claim_notices(self._events, self._recipient, at=self._clock.now()):
                raise LeaseLost("Another process tells this.")
            self._is_held = True

    async def release(self) -> None:
        """Give it back."""
        if self._is_held:
            await self._store.release_notices(self._events, self._recipient)
            self._is_held = False


def news(notices: Sequence[EventNotice], *, in_thread: bool) -> Post:
    """What happened to papers, each with its title but in a paper's own thread; of several versions the newest."""
    groups = [tuple(group) for _id, group in groupby(notices, key=lambda notice: notice.paper.id)]
    blocks: list[Block] = []
    if not in_thread:
        title = plural("News of {count} saved paper", "News of {count} saved papers", len(groups))
        blocks.append(Heading(level=2, spans=(text(title),)))
    for group in groups:
        paper = group[0].paper
        if not in_thread:
            blocks.append(Paragraph(spans=paper_title(paper)))
        blocks += [
            Note(indented=not in_thread, spans=_sentence(event, paper), warning=event.kind is EventKind.WITHDRAWN)
            for event in _latest(group)
        ]
    if in_thread:
        blocks.append(Note(spans=(text(_("Somebody saved this paper here.")),)))
    papers = tuple(group[0].paper.id for group in groups)
    first = "".join(span.text for span in _sentence(groups[0][-1].event, groups[0][0].paper))
    return Post(
        blocks=tuple(blocks), papers=papers, fallback=f"{clip_text(groups[0][0].paper.title, _LONGEST)}: {first}"
    )


def _latest(group: Sequence[EventNotice]) -> list[Event]:
    events = [notice.event for notice in group]
    versions = [event for event in events if event.kind is EventKind.VERSION]
    return [event for event in events if event.kind is not EventKind.VERSION or event is versions[-1]]


def _sentence(event: Event, paper: Paper) -> Spans:
    detail = clip_text(event.detail, _LONGEST)
    if event.kind is EventKind.VERSION:
        return (link(_("Version {version} is out", version=detail), paper.url), text("."))
    if event.kind is EventKind.PUBLISHED:
        return (text(_("Now published: {journal}.", journal=detail)),)
    if event.kind is EventKind.CODE:
        return prose(_("Its code is released: {address}."), address=link(detail, event.detail))
    return (text(_("It was withdrawn: {reason}", reason=detail)),)


def _hash(numbers: Sequence[int], channel: ChannelRef) -> str:
    return blake2b(f"{channel} {numbers}".encode(), digest_size=8).hexdigest()
