"""What channels have said of papers, and what was learned of it: the `ProfileStore` part of `SqlStore`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    delete,
    literal,
    or_,
    select,
    true,
    union_all,
)

from core.channels import ChannelRef, UserRef, is_private_chat
from core.choose.profile.signs import Correction, KeptProfile, ProfileStore, Seed, Sign, SignKind, Wanted
from core.papers.paper import Paper
from core.text.storable import short
from storage import rows
from storage.deliveries.moves import covered_by
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import chunks, insert, keep_newest, put, rows_in
from storage.tables import bookmarks, feedback, papers, postings, profiles, subscriptions
from storage.tables import corrections as correction_table
from storage.tables import seeds as seed_table

_KEY: Final = ("channel",)
_PAPER: Final = TypeAdapter(Paper)
#: corrections of a channel
_MOST_CORRECTIONS: Final = 100
_SEEDS: Final = (
    select(seed_table)
    .where(seed_table.c.channel == bindparam("here"))
    .order_by(seed_table.c.at.desc(), seed_table.c.key)
)
_CORRECTIONS: Final = (
    select(correction_table)
    .where(correction_table.c.channel == bindparam("here"))
    .order_by(correction_table.c.at.desc(), correction_table.c.term, correction_table.c.paper)
)


class SqlProfiles(OnDatabase, ProfileStore):
    """The profiles in the database."""

    @uninterrupted
    async def signs(self, channel: ChannelRef, *, limit: int, reader: UserRef | None = None) -> tuple[Sign, ...]:
        """What everybody in the channel can see, or all that its one reader said; newest first."""
        of = {"here": str(channel), "reader": str(reader), "most": limit}
        sign_rows = await self.database.rows(_SIGNS_OF_READER if reader else _SIGNS_OF_CHANNEL, of)
        signs = dict.fromkeys(map(_sign_of, sign_rows))
        return _each_once(signs) if reader else tuple(sorted(signs, key=_newest_first, reverse=True))

    @uninterrupted
    async def workspace_saves(self, channel: ChannelRef, *, limit: int) -> tuple[Sign, ...]:
        """What people saved openly in the workspace's channels that have a digest, as the port says."""
        of_workspace = ChannelRef(channel.platform, channel.workspace, "") if channel.workspace else channel
        if (of_workspace == channel and is_private_chat(channel)) or channel.workspace == "@me":
            return ()
        which = select(subscriptions.c.channel).distinct().where(covered_by(of_workspace, subscriptions.c.channel))
        async with self.database.reading() as connection:
            channels = [row.channel for row in await connection.execute(which)]
            places = [place for place in channels if not is_private_chat(ChannelRef.from_store(place))]
            saved_rows: list[Any] = []
            for chunk in chunks(places):
                here = (bookmarks.c.channel.in_(chunk), bookmarks.c.public == true())
                saves = _newest(bookmarks, SignKind.SAVED, bookmarks.c.person, bookmarks.c.at, *here, limit=limit)
                saved_rows += (await connection.execute(saves)).all()
        return _each_once(map(_sign_of, saved_rows))[:limit]

    @uninterrupted
    async def add_seeds(self, channel: ChannelRef, seeds: Sequence[Seed], *, most: int) -> int:
        """Add them, or replace those with the same identifier; how many are new."""
        values = {row["key"]: row for row in (seed_values(seed, channel=str(channel)) for seed in seeds)}
        of_channel = seed_table.c.channel == str(channel)
        async with self.database.writing() as connection:
            old_rows = await rows_in(
                connection, select(seed_table.c.key).where(of_channel), seed_table.c.key, list(values)
            )
            await put(connection, seed_table, list(values.values()), key=("channel", "key"))
            await keep_newest(connection, seed_table, of_channel, seed_table.c.at, most)
        return len(values) - len(old_rows)

    @uninterrupted
    async def seeds(self, channel: ChannelRef) -> tuple[Seed, ...]:
        """The channel's seeds, newest first."""
        return tuple(map(seed_of, await self.database.rows(_SEEDS, {"here": str(channel)})))

    @uninterrupted
    async def correct(self, channel: ChannelRef, correction: Correction) -> None:
        """Keep it in the place of an earlier one on the same term or paper."""
        values = {
            "channel": str(channel),
            "term": correction.term,
            "paper": rows.key_of(correction.paper) if correction.paper else "",
            "wanted": correction.wanted.value,
            "at": correction.at,
        }
        async with self.database.writing() as connection:
            await put(connection, correction_table, [values], key=("channel", "term", "paper"))
            of_channel = correction_table.c.channel == str(channel)
            await keep_newest(connection, correction_table, of_channel, correction_table.c.at, _MOST_CORRECTIONS)

    @uninterrupted
    async def corrections(self, channel: ChannelRef) -> tuple[Correction, ...]:
        """The channel's corrections, newest first."""
        return tuple(map(correction_of, await self.database.rows(_CORRECTIONS, {"here": str(channel)})))

    @uninterrupted
    async def kept_profile(self, channel: ChannelRef) -> KeptProfile | None:
        """What was learned last."""
        of_channel = select(profiles).where(profiles.c.channel == str(channel), profiles.c.value != "")
        profile_rows = await self.database.rows(of_channel)
        return next((KeptProfile(basis=row.basis, value=row.value, at=row.learned_at) for row in profile_rows), None)

    @uninterrupted
    async def keep_profile(self, channel: ChannelRef, profile: KeptProfile) -> None:
        """Keep it in the place of the one before, unless all that it was learned from was forgotten."""
        values = {"basis": profile.basis, "value": profile.value, "learned_at": profile.at}
        is_current = or_(profiles.c.since.is_(None), profiles.c.since <= profile.at)
        async with self.database.writing() as connection:
            statement = insert(connection, profiles).values(channel=str(channel), since=None, **values)
            await connection.execute(
                statement.on_conflict_do_update(index_elements=_KEY, set_=values, where=is_current)
            )

    @uninterrupted
    async def forget_profile(self, channel: ChannelRef, *, at: datetime) -> None:
        """Forget what was learned, and what it was learned from."""
        values = {"channel": str(channel), "since": at, "basis": "", "value": "", "learned_at": at}
        async with self.database.writing() as connection:
            await put(connection, profiles, [values], key=_KEY)
            for table in (seed_table, correction_table):
                await connection.execute(delete(table).where(table.c.channel == str(channel)))


def correction_of(row: Any) -> Correction:
    """A row of `corrections` as a value."""
    paper = rows.id_of(row.paper) if row.paper else None
    return Correction(term=row.term, paper=paper, wanted=Wanted(row.wanted), at=row.at)


def _sign_of(row: Any) -> Sign:
    return Sign(paper=rows.id_of(row.key), kind=SignKind(row.kind), person=row.person, at=row.at)


def _newest_first(sign: Sign) -> tuple[datetime, str, SignKind, str]:
    return sign.at, str(sign.paper), sign.kind, sign.person


def _each_once(signs: Iterable[Sign]) -> tuple[Sign, ...]:
    """Newest first; what a person said of a paper in several places is said once: when it was said first."""
    first = {(sign.paper, sign.kind, sign.person): sign for sign in sorted(signs, key=_newest_first, reverse=True)}
    return tuple(sorted(first.values(), key=_newest_first, reverse=True))


def _signs(*, of_reader: bool) -> CompoundSelect[Any]:
    """The newest signs from each place where there are any: those of the `reader`, or all that people see `here`."""
    here: BindParameter[str] = bindparam("here")
    since = select(profiles.c.since).where(profiles.c.channel == here).scalar_subquery()
    newest = partial(_newest, since=since, limit=bindparam("most"))

    def is_visible(table: Any) -> tuple[ColumnElement[bool], ...]:
        in_public = (table.c.channel == here, table.c.public == true())
        return (table.c.person == bindparam("reader"),) if of_reader else in_public

    feelings = (
        newest(
            feedback, kind, feedback.c.person, feedback.c.at, feedback.c.feeling == kind.value, *is_visible(feedback)
        )
        for kind in (SignKind.MORE, SignKind.LESS)
    )
    return union_all(
        newest(bookmarks, SignKind.SAVED, bookmarks.c.person, bookmarks.c.at, *is_visible(bookmarks)),
        *feelings,
        newest(postings, SignKind.POSTED, literal(""), postings.c.posted_at, postings.c.channel == here),
    )


def _newest(
    table: Any, kind: SignKind, person: Any, at: Any, *which: ColumnElement[bool], since: Any = None, limit: Any
) -> Select[Any]:
    """The newest rows of a table as signs; they are few before each is joined with its paper. `since` may be null."""
    columns = (table.c.paper_id, literal(kind.value).label("kind"), person.label("person"), at.label("at"))
    statement = select(*columns).where(*which, *([or_(since.is_(None), at > since)] if since is not None else []))
    newest = statement.order_by(at.desc(), table.c.paper_id).limit(limit).subquery()
    return select(newest, papers.c.key).join(papers, papers.c.id == newest.c.paper_id)


_SIGNS_OF_CHANNEL: Final = _signs(of_reader=False)
_SIGNS_OF_READER: Final = _signs(of_reader=True)


def seed_values(seed: Seed, *, channel: str) -> rows.Values:
    """A channel's seed as a row of `seeds`."""
    value = _PAPER.dump_json(seed.paper, exclude_defaults=True).decode()
    return {
        "channel": channel,
        "key": short(rows.key_of(seed.paper.id)),
        "person": seed.person,
        "at": seed.at,
        "value": value,
    }


def seed_of(row: rows.Row) -> Seed:
    """A row of `seeds`."""
    return Seed(paper=_PAPER.validate_json(row.value), person=row.person, at=row.at)
