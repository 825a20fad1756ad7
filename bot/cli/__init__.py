"""The command line: thin commands, each of which opens the program, calls one use case and shows what came back.

Heavy modules are imported inside the commands, so that `paperboy --help` costs next to nothing. What a command prints
with `--json` is the contract of `bot.output.contract`; what people see is drawn by `bot.output.screen`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.cli import reading, service
from bot.cli.channels import channels
from bot.cli.common import LogFormatOption, Options
from bot.cli.db import db
from bot.cli.evaluate import evaluate
from bot.cli.jobs import jobs
from bot.cli.privacy import privacy
from bot.cli.reading import bookmarks, papers

cli = typer.Typer(
    name="paperboy",
    help="Brings research papers to the teams who should read them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"paperboy {__version__}")
        raise typer.Exit


@cli.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings file; paperboy.toml here unless given.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and every log line.")] = False,
    log_format: LogFormatOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what happens on stderr.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""
    context.obj = Options(config=config, debug=debug, verbose=verbose, log_format=log_format)


for command in (
    service.run,
    service.worker,
    service.status,
    service.demo,
    service.ingest,
    reading.paper,
    reading.ask,
    reading.search,
    service.digest,
    reading.brief,
    reading.why,
    service.doctor,
):
    cli.command()(command)
cli.add_typer(papers, name="papers")
cli.add_typer(channels, name="channels")
cli.add_typer(bookmarks, name="bookmarks")
cli.add_typer(privacy, name="privacy")
cli.add_typer(jobs, name="jobs")
cli.add_typer(db, name="db")
cli.add_typer(evaluate, name="eval")
