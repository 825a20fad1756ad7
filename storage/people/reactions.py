"""Which reactions stand, and what follows from them: the `ReactionStore` part of `SqlStore`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, UserRef
from core.converse.lists.reaction_store import ReactionOutcome, ReactionStore
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction, ReactionClearing
from core.posts.signs import USUAL_SIGNS, Signs
from storage import rows
from storage.channels.signs import signs_of
from storage.deliveries.ledger import SHOWN_PAPERS, turn_of
from storage.deliveries.moves import covered_by
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing, insert_of
from storage.papers.store import rows_of
from storage.people import reaction_rows
from storage.people.tallies import want_edits
from storage.tables import SafeText, bookmarks, channel_signs, feedback, paper_annotations, papers, shown
from storage.tables import reactions as table

#: stands for the person in a row that says when a moderator took reactions off a message: all, or those of its emoji
NOBODY: Final = ""
_EVERY_EMOJI: Final = ""
#: the emoji of nobody's row on a message whose reactions somebody had deleted from the record: none is added again
ERASED_EMOJI: Final = "*"
#: by how much what a platform lists is later than what is on record, and earlier than all that is heard from now on
_MOMENT: Final = timedelta(microseconds=1)

_SAME: Final = (
    table.c.person == bindparam("whose"),
    table.c.channel == bindparam("here"),
    table.c.paper_id == bindparam("number"),
    table.c.feeling == bindparam("which"),
)
_STANDS: Final = select(exists().where(*_SAME, table.c.added == true()))
#: as `covered_by` has it
_SHOWN_WITHIN: Final = (
    select(*SHOWN_PAPERS.selected_columns)
    .where(
        shown.c.message == bindparam("message"),
        or_(shown.c.channel == bindparam("here"), shown.c.channel.startswith(bindparam("within"), escape="/")),
    )
    .order_by(shown.c.channel)
    .limit(1)
)
_PLACE: Final = func.coalesce(
    _SHOWN_WITHIN.with_only_columns(shown.c.channel).scalar_subquery(), bindparam("here", type_=SafeText())
)


def _feeling_in(channel: ColumnElement[Any]) -> Select[Any]:
    """What a person's emoji on a message in a channel stands for."""
    return select(table.c.feeling).where(
        table.c.channel == channel,
        table.c.message == bindparam("message"),
        table.c.person == bindparam("whose"),
        table.c.emoji == bindparam("emoji"),
        table.c.added == true(),
    )


_FEELING: Final = _feeling_in(bindparam("here"))
_SIGNS: Final = select(
    select(channel_signs.c.value).where(channel_signs.c.channel == _PLACE).scalar_subquery().label("signs"),
    _feeling_in(_PLACE).scalar_subquery().label("feeling"),
)
_HAS_WAITING: Final = (
    select(literal(1))
    .where(table.c.channel == bindparam("here"), table.c.message == bindparam("message"), table.c.paper_id.is_(None))
    .limit(1)
)
_TAKE_BACK: Final = update(table).where(*_SAME).values(added=False)
_TAKE_FEEDBACK: Final = delete(feedback).where(
    feedback.c.person == bindparam("whose"),
    feedback.c.channel == bindparam("here"),
    feedback.c.paper_id == bindparam("number"),
    feedback.c.feeling == bindparam("which"),
)
_TAKE_BOOKMARK: Final = delete(bookmarks).where(
    bookmarks.c.person == bindparam("whose"),
    bookmarks.c.channel == bindparam("here"),
    bookmarks.c.paper_id == bindparam("number"),
    bookmarks.c.public == true(),
)


class SqlReactions(OnDatabase, ReactionStore):
    """The reactions in the database."""

    @uninterrupted
    async def reaction_signs(self, reaction: Reaction) -> tuple[Signs, Feeling | None]:
        """The signs where a message lies, and what the same emoji on it counts as, as the port says."""
        of = {**_at(reaction.message), "whose": str(reaction.user), "emoji": _emoji(reaction)}
        async with self.database.reading() as connection:
            row = (await connection.execute(_SIGNS, of)).one()
        return signs_of(row.signs) if row.signs else USUAL_SIGNS, Feeling(row.feeling) if row.feeling else None

    @uninterrupted
    async def take_reaction(self, reaction: Reaction, *, at: datetime, since: datetime) -> ReactionOutcome | None:
        """Put a reaction on record with all that follows from it, as the port says."""
        async with self.database.writing(in_turn=turn_of(reaction.message)) as connection:
            message_papers = await _shown_by(connection, reaction.message)
            if message_papers is None:
                await connection.execute(delete(table).where(table.c.paper_id.is_(None), table.c.at < since))
                await _note(connection, reaction, at=at, paper_id=None)
                return None
            message, papers = message_papers
            if len(papers) != 1:
                return ReactionOutcome(papers=papers)
            reaction = replace(reaction, message=message)
            number = await _lock_paper(connection, papers[0])
            before = await _recorded_feeling(connection, reaction)
            await _note(connection, reaction, at=at, paper_id=number)
            is_changed = await _conclude(connection, reaction, number, at=at)
            if before not in (None, reaction.feeling):  # the emoji stands for something else by now
                is_changed |= await _conclude(connection, replace(reaction, feeling=before), number, at=at)
            return ReactionOutcome(papers=papers, is_changed=is_changed)

    @uninterrupted
    async def settle_reactions(self, message: MessageRef, *, since: datetime) -> None:
        """Take the reactions that have waited for a message, as the port says."""
        if not await self.database.rows(_HAS_WAITING, {"here": str(message.channel), "message": message.id}):
            return
        waiting = select(table).where(*_waiting_for(message))
        async with self.database.writing(in_turn=turn_of(message)) as connection:
            _, papers = await _shown_by(connection, message) or (message, ())
            await connection.execute(delete(table).where(*_waiting_for(message), table.c.at < since))
            held_reactions = (await connection.execute(waiting.order_by(table.c.at))).all()
            if len(papers) == 1:
                number = await _lock_paper(connection, papers[0])
                await connection.execute(update(table).where(*_waiting_for(message)).values(paper_id=number))
                for row in held_reactions:
                    if row.person == NOBODY:
                        continue
                    await _conclude(connection, reaction_rows.reaction_of(row), number, at=row.at)
            else:
                await connection.execute(delete(table).where(*_waiting_for(message)))

    @uninterrupted
    async def clear_reactions(self, clearing: ReactionClearing, *, at: datetime, since: datetime) -> None:
        """Take everybody's reactions off a message, as the port says."""
        async with self.database.writing(in_turn=turn_of(clearing.message)) as connection:
            record = await _shown_by(connection, clearing.message)
            if record is None:
                await connection.execute(delete(table).where(table.c.paper_id.is_(None), table.c.at < since))
            message, papers = record or (clearing.message, ())
            if record and len(papers) != 1:
                return
            number = await _lock_paper(connection, papers[0]) if papers else None
            stamp = clearing.at or at
            note = {"feeling": Feeling.BOOKMARK.value, "added": False, "happened_at": stamp, "at": at}
            await _put(connection, message, NOBODY, clearing.emoji or _EVERY_EMOJI, note | {"paper_id": number})
            which = [*_on(message), table.c.person != NOBODY, table.c.added == true(), table.c.happened_at <= stamp]
            if clearing.emoji:
                which.append(table.c.emoji == clearing.emoji)
            standing = (await connection.execute(select(table).where(*which))).all()
            await connection.execute(update(table).where(*which).values(added=False, happened_at=stamp, at=at))
            for row in standing if number else ():
                await _conclude(connection, replace(reaction_rows.reaction_of(row), added=False), number or 0, at=at)

    @uninterrupted
    async def recent_messages(self, place: ChannelRef, *, since: datetime, limit: int) -> tuple[MessageRef, ...]:
        """The messages of one paper that were sent since then, the newest first."""
        here = (covered_by(place, shown.c.channel), shown.c.sent_at >= since, shown.c.papers.not_like('%","%'))
        newest = select(shown).where(*here).order_by(shown.c.sent_at.desc(), shown.c.message.desc()).limit(limit)
        async with self.database.reading() as connection:
            return tuple(map(reaction_rows.message_of, (await connection.execute(newest)).all()))

    @uninterrupted
    async def reactions_on(self, message: MessageRef) -> tuple[Reaction, ...]:
        """The last word of each person with each emoji."""
        here = select(table).where(*_on(message), table.c.person != NOBODY)
        async with self.database.reading() as connection:
            return tuple(map(reaction_rows.reaction_of, (await connection.execute(here)).all()))

    @uninterrupted
    async def reconcile_reactions(
        self, message: MessageRef, *, before: Sequence[Reaction], now: Sequence[Reaction], at: datetime
    ) -> int:
        """Make what is on record as the platform lists it, as the port says."""
        old = {_key(reaction): reaction for reaction in before}
        new = {_key(reaction): reaction for reaction in now}
        async with self.database.writing(in_turn=turn_of(message)) as connection:
            shows = select(shown.c.papers, shown.c.sent_at).where(*_on(message, shown))
            row = (await connection.execute(shows)).first()
            if row is None or len(papers := rows.ids(row.papers)) != 1:
                return 0
            number = await _lock_paper(connection, papers[0])
            records = (await connection.execute(select(table).where(*_on(message)))).all()
            clearings = {record.emoji: record.happened_at for record in records if record.person == NOBODY}
            was_erased = clearings.pop(ERASED_EMOJI, None) is not None
            reactions = [reaction_rows.reaction_of(record) for record in records if record.person != NOBODY]
            current = {_key(reaction): reaction for reaction in reactions}
            earliest = max((row.sent_at, *clearings.values()))
            changes = 0
            for key in dict.fromkeys((*current, *new)):
                last, stands = current.get(key), new.get(key)
                if last != old.get(key):  # somebody reacted, or had that deleted, while the platform was asked
                    continue
                if (last is not None and last.added) is (stands is not None) or (last is None and was_erased):
                    continue
                reaction = stands or last
                assert reaction is not None
                stamp = max(earliest, last.at or earliest) if last else earliest
                change = replace(reaction, message=message, added=stands is not None, at=stamp + _MOMENT)
                await _note(connection, change, at=at, paper_id=number)
                await _conclude(connection, change, number, at=at)
                changes += 1
            return changes


async def keep_erased(connection: AsyncConnection, person: str) -> None:
    """A person's reactions are about to be deleted: those that still stand on a platform are not to come back.

    What stays says of a message that somebody's reaction on it is not on record, and not whose.
    """
    of_person = (table.c.person == person, table.c.paper_id.is_not(None))
    statement = select(table.c.channel, table.c.message, table.c.paper_id, func.min(table.c.at).label("at"))
    messages = statement.where(*of_person).group_by(table.c.channel, table.c.message, table.c.paper_id)
    blank = {"person": NOBODY, "emoji": ERASED_EMOJI, "feeling": Feeling.BOOKMARK.value, "added": False}
    marks = [
        dict(row) | blank | {"happened_at": row["at"]} for row in (await connection.execute(messages)).mappings().all()
    ]
    await add_missing(connection, table, marks)


async def _shown_by(connection: AsyncConnection, message: MessageRef) -> tuple[MessageRef, tuple[PaperId, ...]] | None:
    """A message as it is on record, and the papers that it shows; None where it is not.

    Platforms do not always tell in which part of a channel a message lies: it may be on record in one that `channel`
    covers, a forum's topic.
    """
    row = (await connection.execute(SHOWN_PAPERS, {"channel": str(message.channel), "message": message.id})).first()
    if row is None:
        row = (await connection.execute(_SHOWN_WITHIN, _at(message))).first()
    return (reaction_rows.message_of(row), rows.ids(row.papers)) if row else None


def _at(message: MessageRef) -> dict[str, str]:
    """Where a message may be on record: in its channel, and in what that covers."""
    within = re.sub("[/%_]", r"/\g<0>", f"{message.channel}/")
    return {"message": message.id, "here": str(message.channel), "within": within}


async def _lock_paper(connection: AsyncConnection, paper: PaperId) -> int:
    """The row number of a paper, of whose reactions no other transaction takes any before this one ends."""
    number = (await rows_of(connection, (paper,)))[paper]
    if connection.dialect.name != "sqlite":  # where nobody writes meanwhile anyway
        await connection.execute(select(papers.c.id).where(papers.c.id == number).with_for_update(key_share=True))
    return number


async def _recorded_feeling(connection: AsyncConnection, reaction: Reaction) -> Feeling | None:
    """What a person's emoji on a message counts as; None where it is not on record, or was taken back."""
    of = {"here": str(reaction.message.channel), "whose": str(reaction.user)}
    of |= {"message": reaction.message.id, "emoji": _emoji(reaction)}
    feeling = (await connection.execute(_FEELING, of)).scalar()
    return Feeling(feeling) if feeling else None


def _feeling(reaction: Reaction) -> Feeling:
    assert reaction.feeling is not None, "whoever takes a reaction knows what it says"
    return reaction.feeling


async def _note(connection: AsyncConnection, reaction: Reaction, *, at: datetime, paper_id: int | None) -> None:
    """Put a reaction on record, unless a later word of the same person with the same emoji is there."""
    emoji, is_gone = _emoji(reaction), not reaction.added
    if reaction.added and reaction.at:  # told late, it may be from before a moderator took it away
        clearing = (*_on(reaction.message), table.c.person == NOBODY, table.c.emoji.in_((_EVERY_EMOJI, emoji)))
        later = select(exists().where(*clearing, table.c.happened_at > reaction.at))
        is_gone = bool((await connection.execute(later)).scalar())
    values = {
        "feeling": _feeling(reaction).value,
        "added": not is_gone,
        "happened_at": reaction.at or at,
        "at": at,
        "paper_id": paper_id,
    }
    await _put(connection, reaction.message, str(reaction.user), emoji, values)


async def _put(
    connection: AsyncConnection, message: MessageRef, person: str, emoji: str, values: dict[str, Any]
) -> None:
    """Write a row, unless a later one of the same person and emoji is there."""
    key = {"channel": str(message.channel), "message": message.id, "person": person, "emoji": emoji}
    await connection.execute(_putting(connection.dialect.name), {**key, **values})


@cache
def _putting(dialect: str) -> Insert:
    statement = insert_of(dialect, table)
    key = [column.key for column in table.primary_key]
    values = {column.key: statement.excluded[column.key] for column in table.columns if column.key not in key}
    is_later = table.c.happened_at <= statement.excluded.happened_at
    return statement.on_conflict_do_update(index_elements=key, set_=values, where=is_later)


async def _conclude(connection: AsyncConnection, reaction: Reaction, paper_id: int, *, at: datetime) -> bool:
    """Make bookmark, read mark or feedback follow a person's reactions on a paper in a channel; False where it did."""
    person, channel, feeling = str(reaction.user), str(reaction.message.channel), _feeling(reaction)
    of = {"whose": person, "here": channel, "number": paper_id, "which": feeling.value}
    if reaction.is_typed and not reaction.added:
        await connection.execute(_TAKE_BACK, of)
    stands = (await connection.execute(_STANDS, of)).scalar()
    if feeling is Feeling.DONE:
        return await _mark_read(connection, person, channel, paper_id, is_read=bool(stands), at=at)
    if feeling is not Feeling.BOOKMARK:
        if not stands:
            return (await connection.execute(_TAKE_FEEDBACK, of)).rowcount > 0
        key = {"person": person, "paper_id": paper_id, "feeling": feeling.value, "channel": channel}
        return await add_missing(connection, feedback, [{**key, "at": at, "public": True}]) > 0
    if stands:
        key = {"person": person, "paper_id": paper_id, "channel": channel, "public": True}
        is_changed = await add_missing(connection, bookmarks, [{**key, "at": at}]) > 0
    else:
        is_changed = (await connection.execute(_TAKE_BOOKMARK, of)).rowcount > 0
    if is_changed:
        await want_edits(connection, reaction.message, paper_id, at=at)
    return is_changed


async def _mark_read(
    connection: AsyncConnection, person: str, channel: str, paper_id: int, *, is_read: bool, at: datetime
) -> bool:
    """Mark a paper as read on a channel's list and on the person's own, or take both marks back.

    The own mark has the moment of the channel's; one that was made in another way has another, and stays.
    """
    own_marks = (paper_annotations.c.person == person, paper_annotations.c.paper_id == paper_id)
    of_channel, own = (
        (*own_marks, paper_annotations.c.channel == channel),
        (*own_marks, paper_annotations.c.channel == ""),
    )
    before = (await connection.execute(select(paper_annotations.c.done_at).where(*of_channel))).scalar()
    if (before is not None) is is_read:
        return False
    if is_read:
        blank = {"person": person, "paper_id": paper_id, "note": "", "tags": "[]", "done_at": None, "at": at}
        await add_missing(connection, paper_annotations, [{**blank, "channel": place} for place in (channel, "")])
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


def _key(reaction: Reaction) -> tuple[UserRef, str]:
    """Whose last word with which emoji it is."""
    return reaction.user, _emoji(reaction)


def _emoji(reaction: Reaction) -> str:
    return reaction.emoji or _feeling(reaction).value


def _on(message: MessageRef, of: Table = table) -> tuple[ColumnElement[bool], ...]:
    return of.c.channel == str(message.channel), of.c.message == message.id


def _waiting_for(message: MessageRef) -> tuple[ColumnElement[bool], ...]:
    return *_on(message), table.c.paper_id.is_(None)
