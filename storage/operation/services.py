"""Operating: the `OperationStore` part of `SqlStore`. A claim is one conditional statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, or_, select, text, update
from sqlalchemy.engine import Row

from core.operate.alerts import Alert
from core.operate.ports import OperationStore
from core.operate.services import Claim, Connections, Origin, PlatformState, Service, ServiceRole
from storage.engine import identity
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import insert, put
from storage.tables import alerts, claims, services

_CONNECTIONS: Final = text(
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,"
    " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used"
)
_PLATFORMS: Final = TypeAdapter(tuple[tuple[str, PlatformState], ...])
_ALERT: Final = tuple(field.name for field in fields(Alert))


class SqlOperation(OnDatabase, OperationStore):
    """Processes, claims and alerts in the database."""

    @uninterrupted
    async def save_service(self, service: Service) -> None:
        """Add the process, or replace what it said before."""
        values = {
            "id": service.origin.id,
            **_place(service.origin),
            "version": service.version,
            "started_at": service.started_at,
            "seen_at": service.seen_at,
            "platforms": _PLATFORMS.dump_json(service.platforms).decode(),
            "role": service.role.value,
            "revision": service.revision,
        }
        async with self.database.writing() as connection:
            await put(connection, services, [values], key=["id"])

    @uninterrupted
    async def remove_service(self, id: str) -> None:
        """Forget a process that stops."""
        async with self.database.writing() as connection:
            await connection.execute(delete(services).where(services.c.id == id))

    @uninterrupted
    async def services(self) -> tuple[Service, ...]:
        """All of them, the first started first."""
        async with self.database.reading() as connection:
            service_rows = (await connection.execute(select(services).order_by(services.c.started_at))).all()
        return tuple(map(_service_of, service_rows))

    @uninterrupted
    async def forget_services(self, *, before: datetime) -> int:
        """Drop the services that gave no sign of life since a moment; how many there were."""
        async with self.database.writing() as connection:
            return (await connection.execute(delete(services).where(services.c.seen_at < before))).rowcount

    @uninterrupted
    async def connections(self) -> Connections | None:
        """How many the database's server has and gives; None where the database is a file."""
        async with self.database.reading() as connection:
            if connection.dialect.name != "postgresql":
                return None
            return Connections(**(await connection.execute(_CONNECTIONS)).mappings().one())

    @uninterrupted
    async def claim_installation(self, claim: Claim, *, at: datetime, instead_of: str = "") -> Claim:
        """Serve an installation, or go on serving it; the claim that stands afterwards."""
        holder = claim.origin.id
        values = {"holder": holder, **_place(claim.origin), "until": claim.until}
        goes_on = update(claims).where(_of(claim), claims.c.holder == holder).values(until=claim.until)
        async with self.database.writing() as connection:
            if not (await connection.execute(goes_on)).rowcount:
                first = insert(connection, claims).values(installation=claim.installation, since=claim.since, **values)
                is_free = or_(claims.c.until <= at, claims.c.holder == instead_of)
                await connection.execute(
                    first.on_conflict_do_update(
                        index_elements=["installation"], set_={**values, "since": claim.since}, where=is_free
                    )
                )
            return _claim_of((await connection.execute(select(claims).where(_of(claim)))).one())

    @uninterrupted
    async def claims(self) -> tuple[Claim, ...]:
        """All of them, by installation."""
        async with self.database.reading() as connection:
            claim_rows = (await connection.execute(select(claims))).all()
        return tuple(map(_claim_of, sorted(claim_rows, key=lambda row: str(row.installation))))

    @uninterrupted
    async def release_installation(self, installation: str, holder: str) -> None:
        """Give an installation back. Does nothing where another process has it."""
        statement = delete(claims).where(claims.c.installation == installation, claims.c.holder == holder)
        async with self.database.writing() as connection:
            await connection.execute(statement)

    @uninterrupted
    async def database_id(self) -> str:
        """What the key of each message begins with."""
        async with self.database.reading() as connection:
            return await identity.database_id(connection)

    @uninterrupted
    async def save_alerts(self, new_alerts: Sequence[Alert]) -> None:
        """Add each, or replace the one of the same key."""
        values = [{name: getattr(alert, name) for name in _ALERT} for alert in new_alerts]
        async with self.database.writing() as connection:
            await put(connection, alerts, values, key=["key"])

    @uninterrupted
    async def alerts(self) -> tuple[Alert, ...]:
        """All that are remembered, by key."""
        async with self.database.reading() as connection:
            alert_rows = (await connection.execute(select(alerts))).mappings().all()
        return tuple(Alert(**row) for row in sorted(alert_rows, key=lambda row: str(row["key"])))

    @uninterrupted
    async def forget_alerts(self, *, before: datetime) -> int:
        """Drop the alerts that were over before a moment; how many there were."""
        async with self.database.writing() as connection:
            return (await connection.execute(delete(alerts).where(alerts.c.resolved_at < before))).rowcount


def _of(claim: Claim) -> ColumnElement[bool]:
    return claims.c.installation == claim.installation


def _place(origin: Origin) -> dict[str, str | int]:
    return {"host": origin.host, "pid": origin.pid, "machine": origin.machine}


def _service_of(row: Row[Any]) -> Service:
    return Service(
        origin=Origin(id=row.id, host=row.host, pid=row.pid, machine=row.machine),
        version=row.version,
        started_at=row.started_at,
        seen_at=row.seen_at,
        platforms=_PLATFORMS.validate_json(row.platforms),
        role=ServiceRole(row.role or ServiceRole.SERVICE),
        revision=row.revision or "",
    )


def _claim_of(row: Row[Any]) -> Claim:
    origin = Origin(id=row.holder, host=row.host, pid=row.pid, machine=row.machine)
    return Claim(installation=row.installation, origin=origin, since=row.since, until=row.until)
