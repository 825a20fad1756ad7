"""Which reactions stand, and what follows from them: the `ReactionStore` part of `SqlStore`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.converse.ports import ReactionOutcome, ReactionStore
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.signs import USUAL_SIGNS, Signs
from storage import rows
from storage.engine import OnDatabase, uninterrupted
from storage.ledger import turn_of
from storage.moves import covered_by
from storage.papers import rows_of
from storage.signs import signs_of
from storage.statements import add_missing, insert
from storage.tables import bookmarks, channel_signs, feedback, paper_annotations, papers, shown
from storage.tables import reactions as table
from storage.tallies import want_edits


class SqlReactions(OnDatabase, ReactionStore):
    """The reactions in the database."""

    @uninterrupted
    async def reaction_signs(self, reaction: Reaction) -> tuple[Signs, Feeling | None]:
        """The signs where a message lies, and what the same emoji on it counts as, as the port says."""
        async with self.database.reading() as connection:
            place = func.coalesce(
                _shown_where(reaction.message, shown.c.channel).scalar_subquery(), str(reaction.message.channel)
            )
            chosen = select(channel_signs.c.value).where(channel_signs.c.channel == place).scalar_subquery()
            counted = _counted({**_key(reaction), "channel": place}).scalar_subquery()
            row = (await connection.execute(select(chosen.label("signs"), counted.label("feeling")))).one()
        return signs_of(row.signs) if row.signs else USUAL_SIGNS, Feeling(row.feeling) if row.feeling else None

    @uninterrupted
    async def take_reaction(self, reaction: Reaction, *, at: datetime, since: datetime) -> ReactionOutcome | None:
        """Put a reaction on record with all that follows from it, as the port says."""
        async with self.database.writing(in_turn=turn_of(reaction.message)) as connection:
            found = await _shown_by(connection, reaction.message)
            if found is None:
                await connection.execute(delete(table).where(table.c.paper_id.is_(None), table.c.at < since))
                await _note(connection, reaction, at=at, paper_id=None)
                return None
            message, papers = found
            if len(papers) != 1:
                return ReactionOutcome(papers=papers)
            reaction = replace(reaction, message=message)
            number = await _held(connection, papers[0])
            before = await _recorded(connection, reaction)
            await _note(connection, reaction, at=at, paper_id=number)
            is_changed = await _conclude(connection, reaction, number, at=at)
            if before not in (None, reaction.feeling):  # the emoji stands for something else by now
                is_changed |= await _conclude(connection, replace(reaction, feeling=before), number, at=at)
            return ReactionOutcome(papers=papers, is_changed=is_changed)

    @uninterrupted
    async def settle_reactions(self, message: MessageRef, *, since: datetime) -> None:
        """Take the reactions that have waited for a message, as the port says."""
        waiting = select(table).where(*_waiting_for(message))
        async with self.database.reading() as connection:
            if not (await connection.execute(waiting.limit(1))).first():
                return
        async with self.database.writing(in_turn=turn_of(message)) as connection:
            _, papers = await _shown_by(connection, message) or (message, ())
            await connection.execute(delete(table).where(*_waiting_for(message), table.c.at < since))
            found = (await connection.execute(waiting.order_by(table.c.at))).all()
            if len(papers) == 1:
                number = await _held(connection, papers[0])
                await connection.execute(update(table).where(*_waiting_for(message)).values(paper_id=number))
                for row in found:
                    await _conclude(connection, rows.reaction_of(row), number, at=row.at)
            else:
                await connection.execute(delete(table).where(*_waiting_for(message)))


async def _shown_by(connection: AsyncConnection, message: MessageRef) -> tuple[MessageRef, tuple[PaperId, ...]] | None:
    """A message as it is on record, and the papers that it shows; None where it is not.

    Platforms do not always tell in which part of a channel a message lies: it may be on record in one that `channel`
    covers, a forum's topic.
    """
    found = (await connection.execute(_shown_where(message, shown.c.channel, shown.c.message, shown.c.papers))).first()
    return (rows.message_of(found), rows.ids(found.papers)) if found else None


def _shown_where(message: MessageRef, *columns: ColumnElement[Any]) -> Select[Any]:
    here = covered_by(message.channel, shown.c.channel)
    return select(*columns).where(shown.c.message == message.id, here).order_by(shown.c.channel).limit(1)


async def _held(connection: AsyncConnection, paper: PaperId) -> int:
    """The row number of a paper, of whose reactions no other transaction takes any before this one ends."""
    number = (await rows_of(connection, (paper,)))[paper]
    if connection.dialect.name != "sqlite":  # where nobody writes meanwhile anyway
        await connection.execute(select(papers.c.id).where(papers.c.id == number).with_for_update(key_share=True))
    return number


async def _recorded(connection: AsyncConnection, reaction: Reaction) -> Feeling | None:
    """What a person's emoji on a message counts as; None where it is not on record, or was taken back."""
    feeling = (await connection.execute(_counted(_key(reaction)))).scalar()
    return Feeling(feeling) if feeling else None


def _counted(key: rows.Values) -> Select[Any]:
    return select(table.c.feeling).where(
        *(table.c[name] == value for name, value in key.items()), table.c.added == true()
    )


def _key(reaction: Reaction) -> rows.Values:
    return {
        "channel": str(reaction.message.channel),
        "message": reaction.message.id,
        "person": str(reaction.user),
        "emoji": reaction.emoji or _feeling(reaction).value,
    }


def _feeling(reaction: Reaction) -> Feeling:
    assert reaction.feeling is not None, "whoever takes a reaction knows what it says"
    return reaction.feeling


async def _note(connection: AsyncConnection, reaction: Reaction, *, at: datetime, paper_id: int | None) -> None:
    """Put a reaction on record, unless a later word of the same person with the same emoji is there."""
    key = _key(reaction)
    values = {
        "feeling": _feeling(reaction).value,
        "added": reaction.added,
        "happened_at": reaction.at or at,
        "at": at,
        "paper_id": paper_id,
    }
    statement = insert(connection, table).values(**key, **values)
    is_later = table.c.happened_at <= statement.excluded.happened_at
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values, where=is_later))


async def _conclude(connection: AsyncConnection, reaction: Reaction, paper_id: int, *, at: datetime) -> bool:
    """Make bookmark, read mark or feedback follow a person's reactions on a paper in a channel; False where it did."""
    person, channel, feeling = str(reaction.user), str(reaction.message.channel), _feeling(reaction)
    same = (
        table.c.person == person,
        table.c.channel == channel,
        table.c.paper_id == paper_id,
        table.c.feeling == feeling.value,
    )
    if reaction.is_typed and not reaction.added:
        await connection.execute(update(table).where(*same).values(added=False))
    stands = (await connection.execute(select(exists().where(*same, table.c.added == true())))).scalar()
    if feeling is Feeling.DONE:
        return await _mark_read(connection, person, channel, paper_id, is_read=bool(stands), at=at)
    if feeling is not Feeling.BOOKMARK:
        key = {"person": person, "paper_id": paper_id, "feeling": feeling.value, "channel": channel}
        if stands:
            return await add_missing(connection, feedback, [{**key, "at": at, "public": True}]) > 0
        mine = [feedback.c[name] == value for name, value in key.items()]
        return (await connection.execute(delete(feedback).where(*mine))).rowcount > 0
    key = {"person": person, "paper_id": paper_id, "channel": channel, "public": True}
    if stands:
        is_changed = await add_missing(connection, bookmarks, [{**key, "at": at}]) > 0
    else:
        mine = [bookmarks.c[name] == value for name, value in key.items()]
        is_changed = (await connection.execute(delete(bookmarks).where(*mine))).rowcount > 0
    if is_changed:
        await want_edits(connection, reaction.message, paper_id, at=at)
    return is_changed


async def _mark_read(
    connection: AsyncConnection, person: str, channel: str, paper_id: int, *, is_read: bool, at: datetime
) -> bool:
    """Mark a paper as read on a channel's list and on the person's own, or take both marks back.

    The own mark has the moment of the channel's; one that was made in another way has another, and stays.
    """
    mine = (paper_annotations.c.person == person, paper_annotations.c.paper_id == paper_id)
    of_channel, own = (*mine, paper_annotations.c.channel == channel), (*mine, paper_annotations.c.channel == "")
    before = (await connection.execute(select(paper_annotations.c.done_at).where(*of_channel))).scalar()
    if (before is not None) is is_read:
        return False
    if is_read:
        blank = {"person": person, "paper_id": paper_id, "note": "", "tags": "[]", "done_at": None, "at": at}
        await add_missing(connection, paper_annotations, [{**blank, "channel": one} for one in (channel, "")])
        await connection.execute(update(paper_annotations).where(*of_channel).values(done_at=at))
        await connection.execute(
            update(paper_annotations).where(*own, paper_annotations.c.done_at.is_(None)).values(done_at=at)
        )
    else:
        await connection.execute(update(paper_annotations).where(*of_channel).values(done_at=None))
        await connection.execute(
            update(paper_annotations).where(*own, paper_annotations.c.done_at == before).values(done_at=None)
        )
    return True


def _waiting_for(message: MessageRef) -> tuple[ColumnElement[bool], ...]:
    return table.c.channel == str(message.channel), table.c.message == message.id, table.c.paper_id.is_(None)
