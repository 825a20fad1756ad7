"""What people see of the command line: tables, posts, progress. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from adapters.chat.hostile import harmless
from bot.output import contract
from core.channels import Subscription
from core.deliver.problems import sentences
from core.ingest.state import Report, State
from core.text.readable import authors_line, quantity, readable, shorten

if TYPE_CHECKING:
    from datetime import datetime

    from rich.progress import TaskID

    from bot.operation.checks import Check
    from bot.tasks import Timetable
    from core.deliver.digest import Result
    from core.ingest.backfill import Step as Span
    from core.ingest.refresh import Progress as Step
    from core.papers.paper import Paper
    from core.papers.ports import PaperPage
    from core.posts.tree import Post


class _Terminal(Console):
    """A console that shows text of others harmless, and tells when its reader has gone, as printing does."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """As rich renders it, with nothing in the text that a terminal would obey; rich's own controls stay."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """`| head` has seen enough: for `bot.__main__` to handle. Rich would exit with a code of its own."""
        raise BrokenPipeError


out: Final[Console] = _Terminal(highlight=False)
err: Final[Console] = _Terminal(stderr=True, highlight=False)

_SECONDS_BETWEEN_LINES: Final = 5.0
#: papers of a library that are shown
_MOST_ROWS: Final = 20
_COUNT_COLUMNS: Final = ("Fetched", "New", "Updated", "Known", "Merged", "Failed")
#: in a narrower terminal, counts that are all zero make room for the others
_WIDE: Final = 80
COLOURS: Final = {
    State.FRESH: "green",
    State.PARTIAL: "yellow",
    State.QUIET: "cyan",
    State.STALE: "yellow",
    State.THROTTLED: "yellow",
    State.FAILED: "red",
}


def nowhere() -> Console:
    """A console that nobody sees, for a terminal whose digest is printed in another format."""
    return Console(file=io.StringIO())


def data(value: contract.Json) -> None:
    """One JSON document on stdout."""
    raw(contract.dump(value) + "\n")


def raw(text: str) -> None:
    """Text on stdout as it is, for other programs."""
    try:
        out.file.write(text)
        out.file.flush()  # a full disk is told here, where somebody listens
    except BrokenPipeError:  # Typer would exit with a code of its own
        out.on_broken_pipe()


def say(sentence: str, *, is_copied: bool = False) -> None:
    """A line for the person; one that has a path or a command to copy is not broken."""
    out.print(Text(sentence), soft_wrap=is_copied)


def warn(sentence: str) -> None:
    """A line on stderr that should catch the eye."""
    err.print(Text(f"! {sentence}", style="yellow"))


def post(post: Post) -> None:
    """An answer as chat platforms show it."""
    from adapters.chat.terminal.render import render

    render(post, out)


def digest(result: Result, shape: str) -> None:
    """A digest in one of its formats; as text only where it was not just posted to this terminal."""
    from core.deliver.digest import DeliveryOutcome, post_of

    if shape == "json":
        data(contract.digest(result))
    elif shape in ("markdown", "html"):
        from core.deliver import html_pages, pages

        out.file.write(pages.markdown(result.digest) if shape == "markdown" else html_pages.html(result.digest))
    elif result.outcome is DeliveryOutcome.ELSEWHERE:
        warn("Another process is posting this digest right now.")
    elif result.outcome is DeliveryOutcome.FAILED:
        warn(result.failed_because())
    elif not result.sent:
        if result.outcome is DeliveryOutcome.ALREADY:
            warn("Posted before; shown again.")
        post(post_of(result))


@contextmanager
def progress(*, is_shown: bool = True) -> Iterator[Callable[[Step], None]]:
    """Show how far a long piece of work is: a bar in a terminal, a line now and then elsewhere."""
    if not is_shown:
        yield lambda step: None
    elif err.is_terminal:
        yield from _bar()
    else:
        yield _lines()


def _bar() -> Iterator[Callable[[Step], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=None)
        yield lambda step: bar.update(task, description=step.what, completed=step.done, total=step.total)


def _lines() -> Callable[[Step], None]:
    last = monotonic()

    def tell(step: Step) -> None:
        nonlocal last
        if monotonic() - last >= 1:
            last = monotonic()
            err.print(Text(f"{step.done}/{step.total} {step.what}"))

    return tell


@contextmanager
def spans(scopes: int, *, is_shown: bool = True) -> Iterator[Callable[[Span], None]]:
    """Show how far a backfill is: a bar for each scope in a terminal, a line now and then elsewhere."""
    if not is_shown:
        yield lambda step: None
    elif err.is_terminal:
        yield from _span_bars(scopes)
    else:
        yield _span_lines()


def _span_bars(scopes: int) -> Iterator[Callable[[Span], None]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[papers]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(step: Span) -> None:
            if step.what not in tasks:
                what = f"{step.what} ({len(tasks) + 1}/{scopes})" if scopes > 1 else step.what
                tasks[step.what] = bars.add_task(what, total=None, papers=quantity(0, "paper"))
            bars.update(tasks[step.what], completed=step.done, total=step.total, papers=quantity(step.fetched, "paper"))

        yield tell


def _span_lines() -> Callable[[Span], None]:
    last = monotonic()

    def tell(step: Span) -> None:
        nonlocal last
        if monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = monotonic()
            share = f"{100 * step.done // step.total} %, " if step.done and step.total else ""
            err.print(Text(f"{step.what}: {share}{quantity(step.fetched, 'paper')} read"))

    return tell


def reports(reports: Sequence[Report], took_ms: float) -> None:
    """What a refresh or a backfill did, a row per source and scope, and what it came to."""
    counts = [_counts(report) for report in reports]
    is_wide = out.width >= _WIDE
    columns = [at for at, _ in enumerate(_COUNT_COLUMNS) if is_wide or any(row[at] for row in counts)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Source", "Scope", "State"):
        table.add_column(name, no_wrap=name != "Scope", overflow="fold")
    for at in columns:
        table.add_column(_COUNT_COLUMNS[at], justify="right", no_wrap=True)
    for report, row in zip(reports, counts, strict=True):
        state = Text(report.state.value, style=COLOURS[report.state])
        table.add_row(Text(report.source), Text(report.scope), state, *(_number(row[at]) for at in columns))
    if len(reports) > 1:
        table.add_section()
        totals = (_number(sum(row[at] for row in counts)) for at in columns)
        table.add_row("all", "", "", *totals, style="bold")
    out.print(table)
    for complaint in complaints(reports):
        out.print(Text(complaint, style="yellow"))
    new = sum(report.stored.new for report in reports)
    out.print(Text(f"{quantity(new, 'new paper')} in {took_ms / 1000:.1f} s", style="dim"))


def _counts(report: Report) -> tuple[int, ...]:
    changes = report.stored
    return (report.fetched, changes.new, changes.updated, changes.known, changes.merged, report.failed)


def _number(number: int) -> str:
    return f"{number:,}" if number else "·"


def complaints(reports: Sequence[Report]) -> tuple[str, ...]:
    """What went wrong, each sentence once, with all the scopes it goes for."""
    alike: dict[tuple[str, str], list[Report]] = {}
    for report in reports:
        if report.problems:
            alike.setdefault((report.source, sentences(report.problems)), []).append(report)
    return tuple(
        f"{source} {', '.join(report.scope for report in where)}: {error}{_wait(where)}"
        for (source, error), where in alike.items()
    )


def _wait(reports: Sequence[Report]) -> str:
    """When it is asked again, where the source or we ourselves chose to wait."""
    wait_s = max(report.retry_after_s or 0.0 for report in reports)
    return f" It is not asked again for {max(round(wait_s / 60), 1)} min." if wait_s else ""


def papers(page: PaperPage) -> None:
    """Papers, a row each."""
    table = Table("Id", "Listed", "Categories", "Title", box=None, header_style="bold", pad_edge=False)
    table.columns[3].overflow = "fold"
    for paper in page.papers:
        listing_day = f"{paper.announced:%Y-%m-%d}" if paper.announced else ""
        title = Text(readable(paper.title))
        title.append(f"\n{authors_line(paper.authors)}", style="dim")
        table.add_row(Text(str(paper.id)), listing_day, Text(" ".join(paper.categories[:3])), title)
    if page.papers:
        out.print(table)
    out.print(Text(f"{len(page.papers):,} of {quantity(page.total, 'paper')}", style="dim"))


def seeds(papers: Sequence[Paper], missing: Sequence[tuple[str, str]]) -> None:
    """Papers that a channel learns from, a row each, and what was not found; of many, the first of each."""
    table = Table("Id", "Title", box=None, header_style="bold", pad_edge=False)
    for paper in papers[:_MOST_ROWS]:
        table.add_row(Text(shorten(str(paper.id), 40)), Text(shorten(readable(paper.title), 100)))
    out.print(table)
    for count in (len(papers) - _MOST_ROWS,) if len(papers) > _MOST_ROWS else ():
        out.print(Text(f"and {quantity(count, 'other')}", style="dim"))
    for where, reason in missing[:_MOST_ROWS]:
        warn(f"{shorten(where, 60)}: {reason}")
    if len(missing) > _MOST_ROWS:
        warn(f"and {quantity(len(missing) - _MOST_ROWS, 'other')} that nothing can be learned from")


def subscriptions(subscriptions: Sequence[Subscription], *, heading: str = "") -> None:
    """Subscriptions with their settings."""
    from core.converse.settings.subscribing import setting_rows as settings_of
    from core.deliver.absences import pause_hint, pause_sentence

    if heading:
        say(heading)
    if not subscriptions:
        say("No channel is subscribed yet. Start with: paperboy channels add terminal:main --category cs.CL")
    for subscription in subscriptions:
        pause = pause_sentence(subscription)
        rows = dict(settings_of(subscription))
        rows |= {"set up by": str(subscription.set_up_by)} if subscription.set_up_by else {}
        rows |= {"what to do": pause_hint(subscription).replace("`", "")} if subscription.absence else {}
        facts(f"{subscription.channel}  {subscription.name}{f'  ({pause})' if pause else ''}", rows)


def timetables(timetables: Sequence[Timetable]) -> None:
    """Subscriptions with their settings, and when their digests come and came, on each channel's own clock."""
    from core.converse.settings.subscribing import setting_rows as settings_of

    if not timetables:
        subscriptions(())
    for timetable in timetables:
        subscription = timetable.subscription
        times = {
            "next digest": _local(subscription, timetable.next_at),
            "last digest": _local(subscription, timetable.last_at),
        }
        title = f"{subscription.channel}  {subscription.name}{'  (paused)' if subscription.paused else ''}"
        facts(title, {**settings_of(subscription), **times})


def _local(subscription: Subscription, moment: datetime | None) -> str:
    return f"{subscription.at.local_time(moment):%a %Y-%m-%d %H:%M}" if moment else "none"


def facts(title: str, rows: Mapping[str, Any]) -> None:
    """Names and values under a title."""
    out.print(Text(title, style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    for name, value in rows.items():
        table.add_row(
            Text(name.replace("_", " "), style="dim"), Text(f"{value:,}" if isinstance(value, int) else str(value))
        )
    out.print(table)


def checks(results: Sequence[Check]) -> None:
    """What the doctor found, with what to do."""
    for check in results:
        mark = Text("✓", style="green") if check.ok else Text("✗", style="red bold")
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_row(mark, Text.assemble((check.name, "bold"), f"  {shorten(check.detail, 400)}"))
        if check.hint:
            hint = Table.grid(padding=(0, 1, 0, 0))
            hint.add_row(Text("→", style="yellow"), Text(check.hint, style="yellow"))
            table.add_row("", hint)
        out.print(table)
