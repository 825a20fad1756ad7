"""`paperboy jobs`: the jobs that several processes share, for the operator who is told that some were given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from bot.cli.common import AsJson, run_with_app

if TYPE_CHECKING:
    from bot.wire import App
    from core.operate.jobs import SharedJobQueue

T = TypeVar("T")

#: how many are listed, and how many changed at once, at most
_MOST: Final = 1_000
_MOST_CHANGES: Final = 1_000_000

Numbers = Annotated[list[int] | None, typer.Argument(help="Which, by their numbers in the list.")]
ForAll = Annotated[bool, typer.Option("--all", help="All that were given up.")]

jobs = typer.Typer(help="With PostgreSQL: the jobs that processes share.", no_args_is_help=True)


@jobs.command("list")
def jobs_list(
    context: typer.Context,
    is_waiting: Annotated[bool, typer.Option("--waiting", help="Those that wait instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many at most, the oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the jobs that were given up in the last week, or those that wait, the oldest first."""
    from bot.operation import status_screen
    from bot.output import contract_processes, screen
    from core.operate.jobs import JobState

    state = JobState.WAITING if is_waiting else JobState.GIVEN_UP
    records = _with_queue(context, lambda queue: queue.records(state, limit=limit))
    if as_json:
        screen.data({"jobs": contract_processes.jobs(records)})
    else:
        status_screen.jobs(records, "Nothing waits." if is_waiting else "No job was given up in the last week.")


@jobs.command("retry")
def jobs_retry(context: typer.Context, numbers: Numbers = None, is_for_all: ForAll = False) -> None:
    """Have jobs that were given up done again."""
    from bot.output import screen

    count = _with_queue(context, lambda queue: _change_jobs(queue, numbers, queue.retry, is_for_all=is_for_all))
    screen.say(f"Waiting again: {count:,}.")


@jobs.command("drop")
def jobs_drop(context: typer.Context, numbers: Numbers = None, is_for_all: ForAll = False) -> None:
    """Delete jobs that were given up or wait; what is still due comes back by itself."""
    from bot.output import screen

    count = _with_queue(context, lambda queue: _change_jobs(queue, numbers, queue.drop, is_for_all=is_for_all))
    screen.say(f"Deleted: {count:,}.")


async def _change_jobs(
    queue: SharedJobQueue, numbers: list[int] | None, change: Callable[[list[int]], Awaitable[int]], *, is_for_all: bool
) -> int:
    """Change the jobs that are named, or all that were given up. Raises UsageError."""
    from core.errors import UsageError
    from core.operate.jobs import JobState

    if bool(numbers) == is_for_all:
        raise UsageError("Which jobs?", hint="Name their numbers from paperboy jobs list, or write --all.")
    return await change(
        numbers or [record.number for record in await queue.records(JobState.GIVEN_UP, limit=_MOST_CHANGES)]
    )


def _with_queue(context: typer.Context, work: Callable[[SharedJobQueue], Awaitable[T]]) -> T:
    from core.errors import UsageError

    async def inside(app: App) -> T:
        if app.open_jobs is None:
            raise UsageError("With SQLite there are no jobs on record.", hint="One process does all there is.")
        async with app.open_jobs() as queue:
            return await work(queue)

    return run_with_app(context, inside)
