"""What is kept of people and places, read and deleted: the `PrivacyStore` part of `SqlStore`.

`personal` lists the tables; what names somebody inside a text has its statement here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelRef, EndedSubscription, Subscription, UserRef, is_private_chat
from core.converse.ports import PrivacyStore
from core.converse.privacy.kept import Departure, Erasure, PersonalRecords, PrivateChat
from storage import rows
from storage.channels.profiles import correction_of, seed_of
from storage.channels.settings_log import change_of
from storage.deliveries.moves import covered_by
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import delete_rows
from storage.people import reaction_rows
from storage.people.annotations import annotation_of
from storage.people.bookmarks import bookmark_of
from storage.people.feedback import feedback_of
from storage.people.forgetting import HANDING_OUT, WITH_PRIVATE_ROWS, empty_updates, forget_place
from storage.people.reactions import keep_erased
from storage.people.tallies import count_again
from storage.tables import (
    bookmarks,
    corrections,
    deliveries,
    departures,
    ended_subscriptions,
    event_notices,
    feedback,
    hints,
    paper_annotations,
    papers,
    profiles,
    reactions,
    rule_lists,
    seeds,
    setting_changes,
    shown,
    subscriptions,
    tallies,
)
from storage.tables.personal import OF_PEOPLE, SETTINGS

#: what an ended digest leaves behind in its channel, and when that was written
_LEFT_BEHIND: Final = (
    (profiles, profiles.c.learned_at),
    (seeds, seeds.c.at),
    (corrections, corrections.c.at),
    (rule_lists, rule_lists.c.saved_at),
)


class SqlPrivacy(OnDatabase, PrivacyStore):
    """What the database keeps of people and places."""

    @uninterrupted
    async def personal_records(self, person: UserRef, *, here: ChannelRef | None = None) -> PersonalRecords:
        """Everything that is kept of a person."""
        name = str(person)
        async with self.database.reading() as connection:

            async def read(statement: Select[Any]) -> list[Row[Any]]:
                return list((await connection.execute(statement)).all())

            async def read_with_papers(table: Table, *order: ColumnElement[Any]) -> list[Row[Any]]:
                statement = select(*table.c, *(c for c in papers.c if c.key not in table.c))
                statement = statement.join(papers, papers.c.id == table.c.paper_id).where(table.c.person == name)
                return await read(statement.order_by(*order, papers.c.key))

            marks = await read_with_papers(bookmarks, bookmarks.c.at, bookmarks.c.id)
            notes = await read_with_papers(paper_annotations, paper_annotations.c.at, paper_annotations.c.channel)
            opinions = await read_with_papers(feedback, feedback.c.at, feedback.c.feeling, feedback.c.channel)
            own_seeds = select(seeds).where(seeds.c.person == name).order_by(seeds.c.at, seeds.c.channel, seeds.c.key)
            signs = select(reactions).where(reactions.c.person == name).order_by(reactions.c.at)
            own_changes = (
                select(setting_changes).where(setting_changes.c.person == name).order_by(setting_changes.c.number)
            )
            notices = select(func.count()).select_from(event_notices).where(event_notices.c.recipient == name)
            own_hints = select(hints.c.name).where(hints.c.recipient == name)
            chats = await _private_chats(connection, person, here)
            digests, past_digests = await _set_up(connection, person, chats)
            return PersonalRecords(
                person=person,
                marks=tuple(map(bookmark_of, marks)),
                annotations=tuple(map(annotation_of, notes)),
                feedback=tuple(map(feedback_of, opinions)),
                seeds=tuple((ChannelRef.from_store(row.channel), seed_of(row)) for row in await read(own_seeds)),
                subscriptions=tuple(digests),
                ended_subscriptions=tuple(past_digests),
                reactions=tuple((reaction_rows.reaction_of(row), row.at) for row in await read(signs)),
                hints=tuple(sorted(row.name for row in await read(own_hints))),
                changes=tuple(map(change_of, await read(own_changes))),
                notices=(await connection.execute(notices)).scalar_one(),
                private_chats=tuple([records for chat in chats if (records := await _private_chat(connection, chat))]),
            )

    @uninterrupted
    async def forget_person(self, person: UserRef, *, here: ChannelRef | None = None) -> Erasure:
        """Delete all that is kept of a person, in one transaction."""
        name, records = str(person), 0
        async with self.database.writing() as connection:
            chats = await _private_chats(connection, person, here)
            digests, _ = await _set_up(connection, person, chats)
            await _learn_anew(connection, name)
            await _count_anew(connection, name)
            await keep_erased(connection, name)
            for naming in OF_PEOPLE:
                records += (await connection.execute(delete(naming.table).where(naming.column == name))).rowcount
            for chat in chats:
                records += await forget_place(connection, chat)
            for column, key in SETTINGS:
                records += await _make_nameless(connection, column, key, person)
            if person.platform in HANDING_OUT:
                records += await empty_updates(connection, person.id)
        private_digests = tuple(digest for digest in digests if any(chat.covers(digest.channel) for chat in chats))
        nameless = tuple(replace(digest, set_up_by=None) for digest in digests if digest not in private_digests)
        return Erasure(records=records, nameless=nameless, ended_subscriptions=private_digests)

    @uninterrupted
    async def forget_place(self, place: ChannelRef, *, limit: int) -> int:
        """Delete a part of what is kept of a place; how many records that were."""
        async with self.database.writing() as connection:
            records = await forget_place(connection, place, limit)
            if not records:
                await connection.execute(delete(departures).where(covered_by(place, departures.c.channel)))
            return records

    @uninterrupted
    async def departures(self, *, before: datetime, limit: int) -> tuple[Departure, ...]:
        """The places that the bot left before then, and where nothing happened since; the first one first."""
        statement = select(departures).where(departures.c.left_at < before).order_by(departures.c.left_at).limit(limit)
        over: list[Departure] = []
        async with self.database.writing() as connection:
            for row in (await connection.execute(statement)).all():
                departure = Departure(place=ChannelRef.from_store(row.channel), at=row.left_at)
                if await _is_alive(connection, departure):  # the bot came back, and nobody told us
                    await connection.execute(delete(departures).where(departures.c.channel == row.channel))
                else:
                    over.append(departure)
        return tuple(over)

    @uninterrupted
    async def forget_ended(self, *, before: datetime, limit: int) -> int:
        """Delete the settings of digests that ended before then, and what was learned where none is left."""
        records = 0
        async with self.database.writing() as connection:
            old = ended_subscriptions.c.ended_at < before
            records += await delete_rows(connection, ended_subscriptions, old, limit)
            for table, at in _LEFT_BEHIND:
                is_wanted = or_(*(_uses(digests, table) for digests in (subscriptions, ended_subscriptions)))
                which = and_(at < before, ~is_wanted)
                if table is profiles:  # since when signs count stays: what was forgotten teaches nobody again
                    clearing = update(profiles).where(which, profiles.c.since.is_not(None), profiles.c.value != "")
                    records += (await connection.execute(clearing.values(basis="", value=""))).rowcount
                    which &= profiles.c.since.is_(None)
                records += await delete_rows(connection, table, which, limit)
        return records


def _uses(digests: Table, table: Table) -> ColumnElement[bool]:
    """Is a digest of the row's channel there, or for a list one of its whole workspace?"""
    same = digests.c.channel == table.c.channel
    if table is rule_lists:
        same |= digests.c.channel.startswith(table.c.channel.concat("/"))
    return exists(select(digests.c.channel).where(same).correlate(table))


async def _private_chats(connection: AsyncConnection, person: UserRef, here: ChannelRef | None) -> list[ChannelRef]:
    """The conversations that the person alone reads, as far as anything on record tells of them."""
    places = {here} if here else set()
    if person.platform == "telegram":  # a private chat has its person's number
        places = {ChannelRef("telegram", "", person.id)}
    places |= await _places(connection, (bookmarks, feedback, paper_annotations, reactions), str(person))
    for settings in (subscriptions, ended_subscriptions):
        naming = select(settings.c.value).where(_names(settings.c.value, person))
        values = [rows.subscription_of(row.value) for row in await connection.execute(naming)]
        places |= {subscription.channel for subscription in values if subscription.set_up_by == person}
    return sorted(place for place in places if is_private_chat(place))


def _names(column: Column[str], person: UserRef) -> ColumnElement[bool]:
    """True of settings that may name the person; whoever reads them is sure."""
    is_named: ColumnElement[bool] = column.contains(f'"id":{json.dumps(person.id)}', autoescape=True)
    return is_named


async def _set_up(
    connection: AsyncConnection, person: UserRef, chats: Iterable[ChannelRef]
) -> tuple[list[Subscription], list[EndedSubscription]]:
    """The digests that the person set up, or reads alone; those there are, and those that ended."""

    def which(settings: Table) -> ColumnElement[bool]:
        return or_(_names(settings.c.value, person), *(covered_by(chat, settings.c.channel) for chat in chats))

    def is_theirs(subscription: Subscription) -> bool:
        return subscription.set_up_by == person or any(chat.covers(subscription.channel) for chat in chats)

    live = select(subscriptions.c.value).where(which(subscriptions))
    over = select(ended_subscriptions.c.value, ended_subscriptions.c.ended_at).where(which(ended_subscriptions))
    digests = [rows.subscription_of(row.value) for row in await connection.execute(live)]
    past_digests = [
        EndedSubscription(subscription=rows.subscription_of(row.value), at=row.ended_at)
        for row in await connection.execute(over)
    ]
    return (
        sorted(filter(is_theirs, digests), key=str),
        sorted((past for past in past_digests if is_theirs(past.subscription)), key=lambda past: past.at),
    )


async def _private_chat(connection: AsyncConnection, chat: ChannelRef) -> PrivateChat | None:
    """What is kept of a private chat; None where that is nothing."""
    here = covered_by(chat, deliveries.c.channel)
    digests = select(deliveries.c.day, deliveries.c.kind).where(here).order_by(deliveries.c.id)
    own_corrections = select(corrections).where(covered_by(chat, corrections.c.channel)).order_by(corrections.c.at)
    profile = select(profiles.c.value).where(profiles.c.channel == str(chat))
    records = PrivateChat(
        channel=chat,
        digests=tuple((row.day, row.kind) for row in await connection.execute(digests)),
        corrections=tuple(correction_of(row) for row in await connection.execute(own_corrections)),
        profile_json=(await connection.execute(profile)).scalar() or "",
    )
    return records if records != PrivateChat(channel=chat) else None


async def _learn_anew(connection: AsyncConnection, person: str) -> None:
    """Forget what was learned wherever the person's open words may have taught: it is learned again from what stays."""
    places = await _places(connection, (bookmarks, feedback, seeds), person)
    # what is saved together in one channel of a workspace teaches its others
    for place in {replace(channel, place="") if channel.workspace else channel for channel in places}:
        statement = update(profiles).where(covered_by(place, profiles.c.channel))
        await connection.execute(statement.values(basis="", value=""))


async def _count_anew(connection: AsyncConnection, person: str) -> None:
    """Have messages edited that count the person among those who saved a paper."""
    saves = (bookmarks.c.person == person, bookmarks.c.public == true())
    same = (bookmarks.c.channel == tallies.c.channel, bookmarks.c.paper_id == tallies.c.paper_id)
    await count_again(connection, exists(select(bookmarks.c.id).where(*saves, *same).correlate(tallies)))


async def _places(connection: AsyncConnection, tables: Iterable[Table], person: str) -> set[ChannelRef]:
    """Where the person's rows in these tables were made, as far as they tell."""
    every = union(*(select(table.c.channel).where(table.c.person == person) for table in tables))
    return {ChannelRef.from_store(row.channel) for row in await connection.execute(every) if row.channel}


async def _make_nameless(
    connection: AsyncConnection, column: Column[str], key: tuple[str, ...], person: UserRef
) -> int:
    """Take the person's name away from settings of digests that the person had set up."""
    table = column.table
    keys = [table.c[name] for name in key]
    statement = select(*keys, column.label("settings")).where(_names(column, person)).with_for_update()
    count = 0
    for row in (await connection.execute(statement)).mappings().all():
        subscription = rows.subscription_of(row["settings"])
        if subscription.set_up_by == person:
            value = rows.subscription_text(replace(subscription, set_up_by=None))
            which = (table.c[name] == row[name] for name in key)
            await connection.execute(update(table).where(*which).values({column: value}))
            count += 1
    return count


async def _is_alive(connection: AsyncConnection, departure: Departure) -> bool:
    """Did anything happen there after the bot had left?"""
    signs = (
        (subscriptions, or_(subscriptions.c.next_due.is_not(None), subscriptions.c.saved_at > departure.at)),
        (shown, shown.c.sent_at > departure.at),
        (bookmarks, bookmarks.c.at > departure.at),
        (feedback, feedback.c.at > departure.at),
    )
    for table, sign in signs:
        here = covered_by(departure.place, table.c.channel)
        if table in WITH_PRIVATE_ROWS:  # a person on Telegram has the number of the private chat
            here |= table.c.person == str(departure.place)
        if (await connection.execute(select(table.c.channel).where(here, sign).limit(1))).first():
            return True
    return False
