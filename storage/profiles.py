"""What channels have said of papers, and what was learned of it: the `ProfileStore` part of `SqlStore`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal, select, true

from core.channels import ChannelRef
from core.choose.profile.signs import KeptProfile, ProfileStore, Sign, SignKind
from storage import rows
from storage.engine import OnDatabase, uninterrupted
from storage.statements import put
from storage.tables import bookmarks, feedback, papers, postings, profiles

_KEY: Final = ("channel",)


class SqlProfiles(OnDatabase, ProfileStore):
    """The profiles in the database."""

    @uninterrupted
    async def signs(self, channel: ChannelRef, *, limit: int) -> tuple[Sign, ...]:
        """What everybody in the channel can see, newest first."""
        name = str(channel)
        async with self.database.reading() as connection:
            since = (await connection.execute(select(profiles.c.since).where(profiles.c.channel == name))).scalar()
            found: list[Sign] = []
            for statement in _statements(name, since):
                result = await connection.execute(statement.limit(limit))
                found += (
                    Sign(paper=rows.id_of(row.key), kind=SignKind(row.kind), person=row.person, at=row.at)
                    for row in result
                )
        return tuple(sorted(found, key=lambda sign: (sign.at, str(sign.paper), sign.kind, sign.person), reverse=True))

    @uninterrupted
    async def kept_profile(self, channel: ChannelRef) -> KeptProfile | None:
        """What was learned last."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(profiles).where(profiles.c.channel == str(channel)))
            row = found.first()
        return KeptProfile(basis=row.basis, value=row.value, at=row.learned_at) if row and row.value else None

    @uninterrupted
    async def keep_profile(self, channel: ChannelRef, profile: KeptProfile) -> None:
        """Keep it in the place of the one before."""
        values = {"basis": profile.basis, "value": profile.value, "learned_at": profile.at}
        async with self.database.writing() as connection:
            await put(
                connection, profiles, [{"channel": str(channel), "since": None, **values}], key=_KEY, keep=("since",)
            )

    @uninterrupted
    async def forget_profile(self, channel: ChannelRef, *, at: datetime) -> None:
        """Forget what was learned, and what it was learned from."""
        values = {"channel": str(channel), "since": at, "basis": "", "value": "", "learned_at": at}
        async with self.database.writing() as connection:
            await put(connection, profiles, [values], key=_KEY)


def _statements(channel: str, since: datetime | None) -> tuple[Select[Any], ...]:
    """A SELECT for each place where signs are, newest first."""

    def listed(table: Any, kind: Any, person: Any, at: Any, *which: ColumnElement[bool]) -> Select[Any]:
        columns = (papers.c.key, kind.label("kind"), person.label("person"), at.label("at"))
        statement = select(*columns).join(papers, papers.c.id == table.c.paper_id).where(table.c.channel == channel)
        statement = statement.where(*which, *([at > since] if since else []))
        return statement.order_by(at.desc(), papers.c.key, person)

    def of(kind: SignKind) -> Select[Any]:
        feeling = feedback.c.feeling == kind.value
        return listed(
            feedback, feedback.c.feeling, feedback.c.person, feedback.c.at, feeling, feedback.c.public == true()
        )

    saved, posted, nobody = literal(SignKind.SAVED.value), literal(SignKind.POSTED.value), literal("")
    return (
        listed(bookmarks, saved, bookmarks.c.person, bookmarks.c.at, bookmarks.c.public == true()),
        of(SignKind.MORE),
        of(SignKind.LESS),
        listed(postings, posted, nobody, postings.c.posted_at),
    )
