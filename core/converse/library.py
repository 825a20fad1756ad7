"""What people keep and say of papers: bookmarks and feedback, by reactions and buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.channels import ChannelRef, UserRef
from core.converse.feedback import Feedback
from core.converse.ports import LibraryStore
from core.deliver import compose
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Post, Spans, prose, sign, text
from core.text.readable import said
from core.time import Clock

#: how long a reaction waits for its message to be recorded; most that wait are on messages of other people
PATIENCE: Final = timedelta(minutes=10)
#: what became of a reaction that was typed: is it a bookmark, was it added, did it change anything?
_OUTCOMES: Final = {
    (True, True, True): "On your reading list",
    (True, True, False): "On your reading list already",
    (True, False, True): "Taken off your reading list",
    (True, False, False): "Nothing was changed, for it is not on your reading list",
    (False, True, True): "Noted",
    (False, True, False): "Noted before",
    (False, False, True): "Taken back",
    (False, False, False): "Nothing was changed, for you had not said so",
}


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
    is_changed = await _apply(reaction, papers[0], store=store, clock=clock)
    if not reaction.is_typed:
        return None
    outcome = _OUTCOMES[reaction.feeling is Feeling.BOOKMARK, reaction.added, is_changed]
    return compose.say((sign(reaction.feeling), text(f" {outcome}: "), *await _title(papers[0], store)))


async def _apply(reaction: Reaction, paper: PaperId, *, store: LibraryStore, clock: Clock) -> bool:
    """Record a reaction on a paper, or take it back; False where that changes nothing."""
    where = reaction.message.channel
    if reaction.feeling is Feeling.BOOKMARK:
        if reaction.added:
            return await store.add_bookmark(str(reaction.user), paper, str(where), at=clock.now(), public=True)
        return await store.remove_bookmark(str(reaction.user), paper, channel=str(where))
    if not reaction.added:
        return await store.remove_feedback(reaction.user, paper, reaction.feeling, where)
    return await store.add_feedback(
        Feedback(user=reaction.user, paper=paper, feeling=reaction.feeling, where=where, at=clock.now(), public=True)
    )


async def _title(id: PaperId, store: LibraryStore) -> Spans:
    paper = await store.paper(id)
    return (text(f"“{said(paper.title, 100)}”" if paper else str(id)),)


def _hint(reaction: Reaction) -> Post | None:
    """Where to bookmark a paper of a list; a 👍 for a whole list is about no paper and needs no answer."""
    if reaction.feeling is not Feeling.BOOKMARK or not reaction.added:
        return None
    return compose.say("That message shows several papers: react to the paper's own message in its thread.")


async def toggle_bookmark(
    user: UserRef, paper: PaperId, channel: ChannelRef, *, store: LibraryStore, clock: Clock
) -> Post:
    """Put a paper on a person's list, in private, or take it off, whatever had put it there; word of which it was."""
    title = await _title(paper, store)
    if await store.remove_bookmark(str(user), paper):
        also = "Also where a :bookmark: of yours had put it there."
        return compose.say((text("Taken off your reading list: "), *title, text(" "), *prose(also)))
    await store.add_bookmark(str(user), paper, str(channel), at=clock.now(), public=False)
    how = " `/bookmarks` shows it; press again to take it off."
    return compose.say((sign(Feeling.BOOKMARK), text(" On your reading list: "), *title, *prose(how)))
