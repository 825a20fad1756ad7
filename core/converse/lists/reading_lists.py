"""Reading lists: a person's own, which nobody else sees, and a channel's, which is everybody's there.

`/bookmarks` calls it. A paper's number on a list is its place in the order in which papers were saved, so that numbers
stay when papers are added or read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.channels import ChannelRef, UserRef
from core.converse.lists.feedback import Annotation, Bookmark
from core.converse.lists.requests import Target, Which
from core.converse.ports import LibraryStore
from core.errors import NotFound
from core.papers.citations.entry import Keepsake
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.speech import _
from core.text.readable import readable
from core.text.words import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A paper on a list."""

    #: from 1, in the order of saving
    number: int
    paper: Paper
    #: who saved it, written out, the first one first
    savers: tuple[str, ...]
    #: since when it is on the list, UTC
    at: datetime
    #: the channel it was saved in first, written out
    channel: str
    #: what people wrote beside it on this list
    annotations: tuple[Annotation, ...] = ()

    @property
    def is_done(self) -> bool:
        """Has anybody read it?"""
        return any(annotation.done_at for annotation in self.annotations)

    @property
    def tags(self) -> tuple[str, ...]:
        """Everybody's tags."""
        return tuple(sorted({tag for annotation in self.annotations for tag in annotation.tags}))

    @property
    def notes(self) -> tuple[str, ...]:
        """Everybody's notes."""
        return tuple(annotation.note for annotation in self.annotations if annotation.note)

    def keepsake(self) -> Keepsake:
        """The paper with what an export takes along."""
        return Keepsake(paper=self.paper, notes=self.notes, tags=self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingList:
    """A list, in the order of saving."""

    #: empty for a person's own list
    channel: str
    items: tuple[ListEntry, ...]

    @property
    def is_team(self) -> bool:
        """Is it a channel's?"""
        return bool(self.channel)

    def select(self, which: Which, text: str) -> tuple[ListEntry, ...]:
        """The papers of that kind that have all of the words, newest first; a word with # is a tag."""
        words = fold(text).split()
        kinds = {Which.ALL: (True, False), Which.UNREAD: (False,), Which.READ: (True,)}[which]
        return tuple(entry for entry in reversed(self.items) if entry.is_done in kinds and _has(entry, words))

    def find(self, target: Target) -> ListEntry:
        """The paper with that number or identifier. Raises NotFound."""
        for entry in self.items:
            ids = (entry.paper.id, *entry.paper.identifiers)
            if target == entry.number if isinstance(target, int) else target in ids:
                return entry
        missing = (
            _("{paper} is not on this channel's list.", paper=target)
            if self.is_team
            else _("{paper} is not on your list.", paper=target)
        )
        hint = _("`/bookmarks` shows the numbers of yours, `/bookmarks team` those of the channel.")
        raise NotFound(missing, hint=hint)


async def own_list(user: UserRef, *, store: LibraryStore) -> ReadingList:
    """What a person saved, in whatever way, with what the person wrote beside it in private."""
    marks = await store.bookmarks(user=str(user))
    return ReadingList(channel="", items=_list_entries(marks, await store.annotations(user=str(user))))


async def team_list(channel: ChannelRef, *, store: LibraryStore) -> ReadingList:
    """What people saved openly in a channel, with what they wrote beside it there."""
    marks = await store.bookmarks(channel=str(channel))
    return ReadingList(channel=str(channel), items=_list_entries(marks, await store.annotations(channel=str(channel))))


async def all_lists(*, store: LibraryStore) -> ReadingList:
    """Every saved paper once, without what people wrote in private."""
    return ReadingList(channel="", items=_list_entries(await store.bookmarks(), ()))


def _list_entries(marks: Sequence[Bookmark], annotations: Sequence[Annotation]) -> tuple[ListEntry, ...]:
    beside: dict[PaperId, tuple[Annotation, ...]] = {}
    for annotation in annotations:
        beside[annotation.paper] = (*beside.get(annotation.paper, ()), annotation)
    entries: dict[PaperId, ListEntry] = {}
    for mark in reversed(marks):
        if entry := entries.get(mark.paper.id):
            entries[mark.paper.id] = replace(entry, savers=(*entry.savers, mark.user))
            continue
        entries[mark.paper.id] = ListEntry(
            number=len(entries) + 1,
            paper=mark.paper,
            savers=(mark.user,),
            at=mark.at,
            channel=mark.channel,
            annotations=beside.get(mark.paper.id, ()),
        )
    return tuple(entries.values())


def _has(entry: ListEntry, words: Sequence[str]) -> bool:
    if not words:
        return True
    tags = {f"#{tag}" for tag in entry.tags}
    paper = entry.paper
    parts = (readable(paper.title), *paper.authors, *entry.notes, *paper.categories, paper.abstract, str(paper.id))
    text = fold(" ".join(parts))
    return all(word in tags if word.startswith("#") else word in text for word in words)
