"""`paperboy db`: the database itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import AsJson

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
def db_backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="The new file.")]) -> None:
    """Copy the database to a new file, while it is in use."""
    from bot.output import screen
    from storage.operation import upkeep

    asyncio.run(upkeep.backup(context.obj.settings().database, file))
    screen.say(f"Copied to {file}.", is_copied=True)


@db.command("restore")
def db_restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="A backup.")]) -> None:
    """Put a backup in the database's place; the old one stays beside it."""
    from bot.output import screen
    from storage.operation import upkeep

    old = asyncio.run(upkeep.restore(context.obj.settings().database, file))
    screen.say(f"Restored from {file}.", is_copied=True)
    if old:
        screen.say(f"What was there before is {old} now.", is_copied=True)


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
