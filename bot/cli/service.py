"""Commands that do the work: refresh, post, check."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, Channel, LogFormat, LogFormatOption, Name, Options, day_of, run_with_app

if TYPE_CHECKING:
    from bot.wire import App


class DigestFormat(StrEnum):
    """What `paperboy digest` prints."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


def run(
    context: typer.Context,
    terminal: Annotated[
        bool | None, typer.Option("--terminal/--no-terminal", help="Take commands here; where there is a terminal.")
    ] = None,
    jobs: Annotated[
        bool, typer.Option("--jobs/--no-jobs", help="With PostgreSQL: do what workers can do as well.")
    ] = True,
    log_format: LogFormatOption = None,
) -> None:
    """Run the service; with no chat platform configured, in this terminal."""
    import sys

    from bot.run import serve

    options = _of_service(context, log_format)
    with_terminal = sys.stdin.isatty() if terminal is None else terminal
    asyncio.run(serve(options.read_settings(), with_terminal=with_terminal, does_general_jobs=jobs))


def worker(
    context: typer.Context,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Jobs at the same time.")] = 4,
    log_format: LogFormatOption = None,
) -> None:
    """Do jobs for running services, as many workers as you like; needs PostgreSQL."""
    from bot.run import work

    options = _of_service(context, log_format)
    asyncio.run(work(options.read_settings(), at_once=at_once))


def _of_service(context: typer.Context, log_format: LogFormat | None) -> Options:
    """The options of a process that goes on, with its logs configured."""
    options: Options = replace(context.obj, log_format=log_format or context.obj.log_format, of_service=True)
    options.configure_logs()
    return options


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how the running service is; exit code 1 where none runs."""
    from bot.operation import status, status_screen
    from bot.output import contract, screen

    async def read(app: App) -> status.Status:
        async with app.open_jobs() if app.open_jobs else nullcontext() as jobs:
            return await status.read(app.store, app.clock.now(), jobs)

    service_status = run_with_app(context, read)
    if as_json:
        screen.data(contract.status(service_status))
    else:
        status_screen.show(service_status)
    raise typer.Exit(0 if service_status.running else 1)


def demo(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the sample day: invented papers, no network, nothing stored."""
    from bot.output import contract, screen
    from bot.run import deliver_sample

    result = asyncio.run(deliver_sample(context.obj.settings(), quiet=as_json))
    if as_json:
        screen.data(contract.digest(result))


def ingest(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    day: Annotated[str | None, typer.Option(help="A listing day gone by, or the listing day of the file.")] = None,
    since: Annotated[str | None, typer.Option(help="The first of several days gone by, like 2025-03-18.")] = None,
    until: Annotated[str | None, typer.Option(help="The last of them; today unless given.")] = None,
    file: Annotated[Path | None, typer.Option(help="Read a saved file instead.")] = None,
    format: Annotated[str | None, typer.Option("--format", help="The saved file's format.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how each entry of the file was read.")] = False,
    as_json: AsJson = False,
) -> None:
    """Refresh what channels want from the sources, read days gone by, or read a saved file."""
    from time import perf_counter

    from bot import tasks
    from bot.output import contract, explanations, screen

    order = tasks.Ingestion(
        names=tuple(source or ()),
        day=day_of(day),
        since=day_of(since),
        until=day_of(until),
        file=file,
        format=format,
        explain=explain,
    )
    began = perf_counter()
    reports = run_with_app(context, lambda app: tasks.read_and_embed(app, order, show=not as_json))
    took_ms = (perf_counter() - began) * 1000
    if as_json:
        data = contract.reports(reports, took_ms)
        screen.data({**data, "entries": explanations.entries(reports)} if explain else data)
    else:
        if explain:
            explanations.show(reports)
        screen.reports(reports, took_ms)
    raise typer.Exit(tasks.exit_code_of_reports(reports))


def digest(
    context: typer.Context,
    channel: Channel,
    name: Name = "main",
    day: Annotated[str | None, typer.Option(help="A listing day instead of what is new, like 2026-02-04.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compose only: nothing is posted or recorded.")] = False,
    format: Annotated[DigestFormat, typer.Option("--format", help="What to print.")] = DigestFormat.TEXT,
    as_json: AsJson = False,
) -> None:
    """Compose one channel's digest and, unless it is a dry run, post it."""
    from bot import tasks
    from bot.output import screen

    shape = DigestFormat.JSON if as_json else format
    result = run_with_app(
        context,
        lambda app: tasks.digest(
            app, channel, name, day=day_of(day), dry_run=dry_run, is_shown=shape is DigestFormat.TEXT
        ),
    )
    screen.digest(result, shape.value)
    raise typer.Exit(tasks.exit_code_of_digest(result))


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the set-up and say what to do."""
    from bot.operation import doctor as checks
    from bot.output import screen

    results = asyncio.run(checks.examine(context.obj.settings()))
    if as_json:
        screen.data({"checks": [{"name": c.name, "ok": c.ok, "detail": c.detail, "hint": c.hint} for c in results]})
    else:
        screen.checks(results)
    raise typer.Exit(0 if all(check.ok for check in results) else 1)
