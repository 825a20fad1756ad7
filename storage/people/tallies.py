"""How many people saved papers, and the messages that say so: the `TallyStore` part of `SqlStore`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, distinct, false, func, null, or_, select, true, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef
from core.deliver.tallies import DEBOUNCE, EDITABLE_FOR, PAUSE, Tally, TallyStore
from core.errors import NotFound
from core.papers.identifiers import PaperId
from core.posts.json import from_json, to_json
from core.posts.messages import MessageRef
from core.posts.tree import Post
from storage import rows
from storage.deliveries.ledger import whole
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing, put
from storage.papers.store import NUMBER, rows_of
from storage.people import reaction_rows
from storage.tables import bookmarks, deliveries, messages, papers, postings
from storage.tables import tallies as table


def _savers(paper_id: Any) -> Select[int]:
    """How many people saved a paper openly `here`."""
    people = select(func.count(distinct(bookmarks.c.person)))
    open_here = (bookmarks.c.channel == bindparam("here"), bookmarks.c.public == true())
    return people.where(*open_here, bookmarks.c.paper_id == paper_id)


_SAVERS: Final = _savers(bindparam("number"))
_SAVERS_OF_NAME: Final = _savers(NUMBER.scalar_subquery())
#: the digests' messages that posted the paper with that `number` `here`
_DIGEST_MESSAGES: Final = (
    select(messages.c.message, messages.c.papers)
    .join(postings, postings.c.message_key == messages.c.key)
    .where(postings.c.channel == bindparam("here"), postings.c.paper_id == bindparam("number"))
)
#: the paper's messages `here` that want no edit and can be edited
_AT_REST: Final = select(table.c.message, table.c.edited_at).where(
    table.c.channel == bindparam("here"),
    table.c.paper_id == bindparam("number"),
    table.c.is_fixed == false(),
    table.c.edit_at.is_(None),
)
_WANT_EDIT: Final = (
    update(table)
    .where(table.c.channel == bindparam("here"), table.c.message == bindparam("which"))
    .values(edit_at=bindparam("due"))
)


class SqlTallies(OnDatabase, TallyStore):
    """The tallies in the database."""

    @uninterrupted
    async def saved_by(self, channel: ChannelRef, paper: PaperId) -> int:
        """How many people have a public bookmark of a paper in a channel."""
        here = {"here": str(channel), "name": rows.key_of(paper)}
        async with self.database.reading() as connection:
            return (await connection.execute(_SAVERS_OF_NAME, here)).scalar_one()

    @uninterrupted
    async def keep_answer(
        self, message: MessageRef, paper: PaperId, post: Post, *, shown_saves: int, at: datetime
    ) -> None:
        """An answer's message shows a paper, and can be edited for a while."""
        async with self.database.writing() as connection:
            try:
                number = (await rows_of(connection, (paper,)))[paper]
            except NotFound:
                return
            await connection.execute(delete(table).where(table.c.at < at - EDITABLE_FOR, table.c.post.is_not(None)))
            values = {
                "channel": str(message.channel),
                "message": message.id,
                "paper_id": number,
                "told": shown_saves,
                "post": json.dumps(to_json(post), ensure_ascii=False),
                "at": at,
                "is_fixed": False,
            }
            await put(connection, table, [values], key=["channel", "message"])

    @uninterrupted
    async def claim_tallies(
        self, *, at: datetime, until: datetime, limit: int, within: Collection[str] | None = None
    ) -> tuple[Tally, ...]:
        """Take up messages that are due for an edit by `at`, the longest waiting first."""
        due = select(table).where(table.c.edit_at <= at).order_by(table.c.edit_at).limit(limit)
        if within is not None:
            beginnings = [table.c.channel.startswith(beginning, autoescape=True) for beginning in within]
            due = due.where(or_(false(), *beginnings))
        async with self.database.reading() as connection:
            if not (await connection.execute(due.limit(1))).first():
                return ()
        async with self.database.writing(in_turn="tallies") as connection:
            tally_rows = (await connection.execute(due)).all()
            tallies = [await _read(connection, row) for row in tally_rows]
            for row, tally in zip(tally_rows, tallies, strict=True):
                of_message = _of(reaction_rows.message_of(row))
                values = {"edit_at": until} if tally else {"edit_at": null(), "is_fixed": True}
                await connection.execute(update(table).where(*of_message).values(values))
            return tuple(tally for tally in tallies if tally)

    @uninterrupted
    async def keep_tally(self, message: MessageRef, *, shown_saves: int, at: datetime) -> None:
        """The message says so since `at`; it is edited again where that changed meanwhile."""
        async with self.database.writing() as connection:
            row = (await connection.execute(select(table.c.paper_id).where(*_of(message)))).first()
            if row is None:
                return
            is_right = await _count_savers(connection, str(message.channel), row.paper_id) == shown_saves
            values = {"told": shown_saves, "edited_at": at, "edit_at": null() if is_right else at + PAUSE}
            await connection.execute(update(table).where(*_of(message)).values(values))

    @uninterrupted
    async def forget_tally(self, message: MessageRef) -> None:
        """The message cannot be edited, and is not tried again."""
        values = {"edit_at": null(), "is_fixed": True, "post": null()}
        async with self.database.writing() as connection:
            await connection.execute(update(table).where(*_of(message)).values(values))


async def want_edits(connection: AsyncConnection, message: MessageRef, paper_id: int, *, at: datetime) -> None:
    """How many people saved a paper in a channel has changed: its own messages there want an edit.

    These are the one that was reacted on, the digest's, and those of answers that are kept.
    """
    channel = str(message.channel)
    here = {"here": channel, "number": paper_id}
    digest_messages = await connection.execute(_DIGEST_MESSAGES, here)
    own_messages = [row.message for row in digest_messages if row.message and len(rows.ids(row.papers)) == 1]
    new = {"channel": channel, "paper_id": paper_id, "told": 0, "at": at, "is_fixed": False}
    await add_missing(connection, table, [{**new, "message": id} for id in dict.fromkeys((message.id, *own_messages))])
    at_rest = (await connection.execute(_AT_REST, here)).all()
    for row in at_rest:
        due = max(at + DEBOUNCE, row.edited_at + PAUSE) if row.edited_at else at + DEBOUNCE
        await connection.execute(_WANT_EDIT, {"here": channel, "which": row.message, "due": due})


async def count_again(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Bookmarks went in another way than by reactions: the messages of these tallies are looked at soon."""
    at_rest = (table.c.edit_at.is_(None), table.c.is_fixed == false())
    soon = func.coalesce(table.c.edited_at, table.c.at)
    await connection.execute(update(table).where(which, *at_rest).values(edit_at=soon))


async def _count_savers(connection: AsyncConnection, channel: str, paper_id: int) -> int:
    return (await connection.execute(_SAVERS, {"here": channel, "number": paper_id})).scalar_one()


async def _read(connection: AsyncConnection, row: Row[Any]) -> Tally | None:
    """A row as a value with what its message says; None where nobody knows that."""
    message = reaction_rows.message_of(row)
    paper = rows.paper_of((await connection.execute(select(papers).where(papers.c.id == row.paper_id))).one())
    savers = await _count_savers(connection, row.channel, row.paper_id)
    if row.post:
        return Tally(
            message=message, paper=paper, shown_saves=row.told, saves=savers, post=from_json(json.loads(row.post))
        )
    own = select(messages.c.delivery_id, messages.c.papers)
    own = own.join(postings, postings.c.message_key == messages.c.key)
    own = own.where(postings.c.channel == row.channel, messages.c.message == row.message)
    message_row = (await connection.execute(own.where(postings.c.paper_id == row.paper_id))).first()
    if message_row is None:
        return None
    of = (await connection.execute(select(deliveries).where(deliveries.c.id == message_row.delivery_id))).one()
    return Tally(
        message=message,
        paper=paper,
        shown_saves=row.told,
        saves=savers,
        delivery=await whole(connection, of),
        planned_id=rows.ids(message_row.papers)[0],
    )


def _of(message: MessageRef) -> Iterable[Any]:
    return (table.c.channel == str(message.channel), table.c.message == message.id)
