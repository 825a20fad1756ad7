"""What people keep and say of papers: bookmarks, reading lists and feedback, by reactions, buttons and commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.channels import ChannelRef, UserRef
from core.converse.feedback import Bookmark, Feedback
from core.converse.ports import LibraryStore
from core.deliver import compose
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Post
from core.time import Clock

#: how long a reaction waits for its message to be recorded; most that wait are on messages of other people
PATIENCE: Final = timedelta(minutes=10)


async def react(reaction: Reaction, *, store: LibraryStore, clock: Clock) -> Post | None:
    """Take note of a reaction on a paper's message; a post only where the person should hear something."""
    papers = await store.message_papers(reaction.message)
    now = clock.now()
    if not papers and await store.park_reaction(reaction, at=now, since=now - PATIENCE):
        return None
    return await _take(reaction, store=store, clock=clock)


async def settle(message: MessageRef, *, store: LibraryStore, clock: Clock) -> None:
    """A message is on record now: take the reactions that were quicker than the record."""
    waiting = await store.parked_reactions(message, since=clock.now() - PATIENCE)
    for reaction in waiting:
        await _take(reaction, store=store, clock=clock)
    if waiting:
        await store.forget_parked(message)  # taking one twice after a crash changes nothing


async def _take(reaction: Reaction, *, store: LibraryStore, clock: Clock) -> Post | None:
    papers = await store.message_papers(reaction.message)
    if not papers:
        return None
    if len(papers) > 1:
        return _hint(reaction)
    if reaction.feeling is not Feeling.BOOKMARK:
        await _take_feedback(reaction, papers[0], store=store, clock=clock)
        return None
    channel = reaction.message.channel
    if reaction.added:
        await store.add_bookmark(str(reaction.user), papers[0], str(channel), at=clock.now(), public=True)
    else:
        await store.remove_bookmark(str(reaction.user), papers[0], channel=str(channel))
    return None


def _hint(reaction: Reaction) -> Post | None:
    """Where to bookmark a paper of a list; a 👍 for a whole list is about no paper and needs no answer."""
    if reaction.feeling is not Feeling.BOOKMARK or not reaction.added:
        return None
    return compose.say("That message shows several papers: react to the paper's own message in its thread.")


async def _take_feedback(reaction: Reaction, paper: PaperId, *, store: LibraryStore, clock: Clock) -> None:
    where = reaction.message.channel
    if not reaction.added:
        await store.remove_feedback(reaction.user, paper, reaction.feeling, where)
        return
    await store.add_feedback(
        Feedback(user=reaction.user, paper=paper, feeling=reaction.feeling, where=where, at=clock.now(), public=True)
    )


async def toggle_bookmark(
    user: UserRef, paper: PaperId, channel: ChannelRef, *, store: LibraryStore, clock: Clock
) -> Post:
    """Put a paper on a person's list, in private, or take it off, whatever had put it there; word of which it was."""
    if await store.remove_bookmark(str(user), paper):
        return compose.say("Taken off your reading list, also where a :bookmark: of yours had put it there.")
    await store.add_bookmark(str(user), paper, str(channel), at=clock.now(), public=False)
    return compose.say(":bookmark: On your reading list. `/bookmarks` shows it; press again to take it off.")


async def reading_list(user: UserRef, *, store: LibraryStore) -> Sequence[Bookmark]:
    """What a person bookmarked, newest first."""
    return await store.bookmarks(user=str(user))


async def team_list(channel: ChannelRef, *, store: LibraryStore) -> Sequence[Bookmark]:
    """What people bookmarked openly in a channel, newest first; each paper once, since the first mark that stands."""
    marks = await store.bookmarks(channel=str(channel))
    first = {mark.paper.id: mark for mark in marks}
    return sorted(first.values(), key=lambda mark: mark.at, reverse=True)
