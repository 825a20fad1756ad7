"""What people keep and say of papers: bookmarks and feedback, by reactions and buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.channels import ChannelRef, UserRef
from core.converse.ports import LibraryStore
from core.deliver import compose
from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.signs import feeling_of, shown_signs
from core.posts.tree import Audience, Post, Spans, prose, sign, text
from core.speech import N_, _
from core.text.readable import clip_text
from core.time import Clock

#: how long a reaction waits for its message to be recorded; most that wait are on messages of other people
PATIENCE: Final = timedelta(minutes=10)
#: characters of a title in a sentence, which has to fit on what Telegram shows of a press
LONGEST_TITLE: Final = 80
#: the hint that goes with the first press of a person
FIRST_PRESS: Final = "first press"  # not said: a name
#: what became of a reaction that was typed: what it is, was it added, did it change anything?
_OUTCOMES: Final = {
    (Feeling.BOOKMARK, True, True): N_("On your reading list"),
    (Feeling.BOOKMARK, True, False): N_("On your reading list already"),
    (Feeling.BOOKMARK, False, True): N_("Taken off your reading list"),
    (Feeling.BOOKMARK, False, False): N_("Nothing was changed, for it is not on your reading list"),
    (Feeling.DONE, True, True): N_("Marked as read"),
    (Feeling.DONE, True, False): N_("Marked as read before"),
    (Feeling.DONE, False, True): N_("Not marked as read any more"),
    (Feeling.DONE, False, False): N_("Nothing was changed, for it was not marked as read"),
}
_OF_THUMBS: Final = {
    (True, True): N_("Noted"),
    (True, False): N_("Noted before"),
    (False, True): N_("Taken back"),
    (False, False): N_("Nothing was changed, for you had not said so"),
}


async def meaning(reaction: Reaction, *, store: LibraryStore) -> Reaction | None:
    """The reaction with what it says in its channel; None where it says nothing.

    One that counts is taken back as what it counts as, whatever its emoji stands for by now.
    """
    if reaction.feeling:
        return reaction
    signs, counted_feeling = await store.reaction_signs(reaction)
    emoji_feeling = feeling_of(reaction.emoji, reaction.message.channel.platform, signs)
    feeling = emoji_feeling if reaction.added else counted_feeling or emoji_feeling
    return replace(reaction, feeling=feeling) if feeling else None


async def react(reaction: Reaction, *, store: LibraryStore, clock: Clock) -> Post | None:
    """Take note of a reaction on a paper's message; a post only where the person should hear something.

    Raises UsageError where one was typed that says nothing there.
    """
    interpretation = await meaning(reaction, store=store)
    if interpretation is None or interpretation.feeling is None:
        return await _unknown(reaction, store) if reaction.is_typed else None
    reaction, feeling, now = interpretation, interpretation.feeling, clock.now()
    outcome = await store.take_reaction(reaction, at=now, since=now - PATIENCE)
    if outcome is None or not outcome.papers:
        return None
    if len(outcome.papers) > 1:
        return await _hint(reaction, store=store, clock=clock)
    if not reaction.is_typed:
        return None
    how = (reaction.added, outcome.is_changed)
    deed = _(_OUTCOMES.get((feeling, *how)) or _OF_THUMBS[how])
    return compose.say((sign(feeling), text(f" {deed}: "), *await _title(outcome.papers[0], store)))


async def settle(message: MessageRef, *, store: LibraryStore, clock: Clock) -> None:
    """Takes the reactions that arrived before their message was on record."""
    await store.settle_reactions(message, since=clock.now() - PATIENCE)


async def _unknown(reaction: Reaction, store: LibraryStore) -> Post:
    """Which emoji say something there. Raises UsageError."""
    channel = reaction.message.channel
    signs = await store.channel_signs(channel)
    choices = ", ".join(
        f"{' '.join(shown_signs(feeling, channel.platform, signs))} {feeling.value}" for feeling in Feeling
    )
    raise UsageError(_("{emoji} says nothing here.", emoji=reaction.emoji), hint=_("There are {signs}.", signs=choices))


async def _title(id: PaperId, store: LibraryStore) -> Spans:
    paper = await store.paper(id)
    return (text(f"“{clip_text(paper.title, LONGEST_TITLE)}”" if paper else str(id)),)


async def _hint(reaction: Reaction, *, store: LibraryStore, clock: Clock) -> Post | None:
    """Tells a person once how to bookmark one paper of a list; a 👍 for a whole list needs no answer."""
    if reaction.feeling is not Feeling.BOOKMARK or not reaction.added:
        return None
    name = f"list {reaction.message.channel} {reaction.message.id}"
    if not reaction.is_typed and not await store.claim_hint(str(reaction.user), name, at=clock.now()):
        return None
    return compose.say(_("That message shows several papers: react to the paper's own message in its thread."))


async def toggle_bookmark(
    user: UserRef, paper: PaperId, channel: ChannelRef, *, store: LibraryStore, clock: Clock
) -> Post:
    """Put a paper on a person's list in private, or take that back; word of what became of it.

    What reactions of the person put there stays: they are taken back as they were given.
    """
    title = await _title(paper, store)
    if await store.remove_bookmark(str(user), paper, is_private=True):
        marks = await store.bookmarks(user=str(user))
        if any(paper in (mark.paper.id, *mark.paper.identifiers) for mark in marks):
            why = _("Your :bookmark: reaction keeps it on your list: take that away as well.")
            return _personal((*prose(_("Taken back: {title}"), title=title), text(" "), *prose(why)))
        return _personal(prose(_("Taken off your reading list: {title}"), title=title))
    await store.add_bookmark(str(user), paper, str(channel), at=clock.now(), public=False)
    how = _("`/bookmarks` shows it; press again to take it off.")
    if await store.claim_hint(str(user), FIRST_PRESS, at=clock.now()):
        how = _("Nobody else sees that; a :bookmark: reaction saves it for the channel too.")
    return _personal((*prose(_(":bookmark: On your reading list: {title}"), title=title), text(" "), *prose(how)))


def _personal(spans: Spans) -> Post:
    return replace(compose.say(spans), audience=Audience.PERSONAL)
