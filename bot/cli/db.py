"""`paperboy db`: the database itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson

if TYPE_CHECKING:
    from datetime import datetime

    from core.operate.services import Service

db = typer.Typer(help="The database.", no_args_is_help=True)


@db.command("upgrade")
def db_upgrade(context: typer.Context) -> None:
    """Bring the schema up to date (every start does)."""
    from bot.output import screen
    from storage.operation import upkeep

    screen.say(f"The database is at revision {asyncio.run(upkeep.upgrade(context.obj.settings().database))}.")


@db.command("stats")
def db_stats(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what the database holds."""
    from bot.operation import status_screen
    from bot.output import contract, contract_embeddings, screen
    from storage.operation import upkeep

    url = context.obj.settings().database
    stats, spending = asyncio.run(upkeep.stats(url)), asyncio.run(upkeep.spending(url))
    embeddings = asyncio.run(upkeep.embeddings(url))
    if as_json:
        figures = {"spending": contract.spending(spending), "embeddings": contract_embeddings.embeddings(embeddings)}
        screen.data({**stats, **figures})
    else:
        screen.facts("Database", stats)
        status_screen.spending(spending)
        status_screen.embeddings(embeddings)


@db.command("backup")
def db_backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The new file.")], as_json: AsJson = False
) -> None:
    """Copy the database to a new file, while it is in use; a backup is a SQLite file, of PostgreSQL as well."""
    from bot.output import screen
    from storage.operation import upkeep

    url = context.obj.settings().database
    with screen.progress(is_shown=not as_json) as tell:
        contents = asyncio.run(upkeep.backup(url, file, tell=tell))
    rows = sum(content.rows for content in contents.values())
    if as_json:
        screen.data({"file": str(file), "bytes": file.stat().st_size, "rows": rows})
    else:
        screen.say(f"Copied to {file}.", is_copied=True)


@db.command("restore")
def db_restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A backup, of SQLite or PostgreSQL.")],
    replaces: Annotated[bool, typer.Option("--replace", help="PostgreSQL: give up what is there.")] = False,
) -> None:
    """Put a backup in the database's place; the old one stays beside it, where that is a file."""
    from bot.output import screen
    from storage.operation import upkeep

    settings = context.obj.settings()
    with screen.progress() as tell:
        restoring = upkeep.restore(
            settings.database, file, replaces=replaces, is_running=_running(settings.clock.now), tell=tell
        )
        old = asyncio.run(restoring)
    screen.say(f"Restored from {file}.", is_copied=True)
    if old:
        screen.say(f"What was there before is {old} now.", is_copied=True)


@db.command("move")
def db_move(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="An empty database: postgresql://USER@HOST/NAME.")],
    as_json: AsJson = False,
) -> None:
    """Copy everything to another database, such as from SQLite to PostgreSQL, and compare it row by row.

    Stop Paperboy first; set database_url to the new one afterwards. The first database stays as it is. The password may
    be left out of the URL where the server's own ways know it, such as the file ~/.pgpass.
    """
    from bot.output import screen
    from core.text.readable import quantity
    from storage.operation import upkeep

    settings = context.obj.settings()
    began = perf_counter()
    with screen.progress(is_shown=not as_json) as tell:
        moving = upkeep.move(settings.database, url, is_running=_running(settings.clock.now), tell=tell)
        transfer = asyncio.run(moving)
    rows = {name: content.rows for name, content in transfer.contents.items()}
    if as_json:
        took_ms = round((perf_counter() - began) * 1000)
        screen.data({"rows": transfer.rows, "mended_texts": transfer.mended_texts, "tables": rows, "took_ms": took_ms})
        return
    screen.facts("Moved", {name: count for name, count in rows.items() if count})
    if transfer.mended_texts:
        screen.warn(
            f"{quantity(transfer.mended_texts, 'text')} had a sign that PostgreSQL cannot hold (NUL); it is � there."
        )
    screen.say(f"Moved {quantity(transfer.rows, 'row')}; each was read back and is the same.")
    screen.say("Set database_url to the new database. The old one is as it was: run no Paperboy with it any more.")


def _running(start: datetime | None) -> Callable[[Service], bool]:
    """Tells of a service whether it still runs, as far as that can be told from here."""
    from bot.clock import SystemClock
    from bot.operation.tenure import is_dead, own_origin

    now, own = SystemClock(start).now(), own_origin()
    return lambda service: not (service.is_lost(now) or is_dead(service.origin, own))


@db.command("new-id")
def db_new_id(context: typer.Context) -> None:
    """Give a copy that is to run beside the first database an id of its own.

    Messages carry the id of their database, so that two databases that post in one channel never take each other's
    messages for their own. Digests that are under way keep the id they were planned with. A backup that is restored
    in the place of its database needs no new id.
    """
    from bot.output import screen
    from storage.operation import upkeep

    screen.say(f"The database has the new id {asyncio.run(upkeep.new_id(context.obj.settings().database))}.")
