"""`paperboy status` for people: who runs, platforms, sources, digests; fits 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from rich.table import Table
from rich.text import Text

from bot.operation.lines import moment, span
from bot.operation.status import OLD_JOB_S, Status
from bot.output import screen
from core.deliver.appointments import ScheduledDay, ScheduledDays
from core.deliver.days import day_reason
from core.deliver.makers import price_of
from core.deliver.problems import sentences
from core.ingest.state import SourceState
from core.operate.alerts import hearing_sentence
from core.operate.jobs import JobRecord, QueueState
from core.operate.services import Health, Service, ServiceRole, ServiceState, states_of
from core.papers.embedding import EmbeddingProgress
from core.summarise.ports import MonthlySpending
from core.text.readable import quantity, shorten

_COLOURS: Final = {
    Health.CONNECTED: "green",
    Health.STARTING: "cyan",
    Health.WAITING: "cyan",
    Health.DOWN: "red",
    Health.ENDED: "dim",
}
_FATES: Final[dict[ServiceState, Text | str]] = {
    ServiceState.RUNNING: "",
    ServiceState.SILENT: Text(" is dead or hangs", "red"),
    ServiceState.OBSOLETE: Text(" is gone, and another one has taken its place", "yellow"),
}
_DETAIL: Final = 300


def show(status: Status) -> None:
    """The whole status."""
    if not status.services:
        screen.say("Paperboy is not running here: no process is on record. Start it with: paperboy run")
    if len(status.services) > 1:
        _processes(status)
    else:
        for service in status.services:
            screen.out.print(_service(service, status.at))
    _platforms(status)
    if len(status.services) > 1:
        _tokens(status)
    _jobs(status.jobs or ())
    _sources(status.sources)
    _digests(status)
    spending(status.spending)
    embeddings(status.embeddings)


def spending(months: Sequence[MonthlySpending]) -> None:
    """What language models cost, by month and model; nothing where none was called."""
    if not months:
        return
    table = _table("Month", "Calls", "Cost", "")
    for row in months:
        table.add_row(f"{row.month:%b %Y}", f"{row.spending.calls:,}", price_of(row.spending), Text(row.model))
    _section("", table)


def embeddings(progress: Sequence[EmbeddingProgress]) -> None:
    """How far papers are embedded, and what is wrong; nothing where no model was ever asked."""
    if not progress:
        return
    table = _table("Embeddings", "Papers", "")
    for row in progress:
        trouble = f"{row.state.problem} (since {moment(row.state.since)})" if row.state and row.state.problem else ""
        count = f"{row.papers:,} of {row.of:,}"
        table.add_row(Text(row.model), count, Text(shorten(trouble, _DETAIL), style="yellow"))
    _section("", table)


def jobs(records: Sequence[JobRecord], otherwise: str) -> None:
    """Jobs on record; a sentence where there are none."""
    if not records:
        screen.say(otherwise)
        return
    table = _table("Number", "Task", "Queue", "Tries", "Since", "")
    for record in records:
        about = ", ".join(str(value) for value in record.arguments.values())
        table.add_row(
            str(record.number),
            Text(record.task),
            Text(record.queue),
            str(record.tries),
            moment(record.since),
            Text(shorten(about, _DETAIL)),
        )
    screen.out.print(table)


def _service(service: Service, now: datetime) -> Text:
    origin = service.origin
    who = f"process {origin.pid} on {origin.host}"
    if service.is_lost(now):
        silence = span((now - service.seen_at).total_seconds())
        sentence = f"{who} is dead or hangs: no sign of life for {silence}. Look at its log, and start it again."
        return Text.assemble(("✗ ", "red bold"), (sentence[0].upper() + sentence[1:], "red"))
    verb = "does jobs" if service.role is ServiceRole.WORKER else "runs"
    return Text.assemble(
        ("✓ ", "green"), f"Paperboy {service.version} {verb} as {who} since {moment(service.started_at)}."
    )


def _processes(status: Status) -> None:
    """A row for each process; a version that is not everybody's stands out."""
    table = _table("Process", "Role", "Version", "Since", "Seen", "")
    holdings, states = status.holdings, states_of(status.services, status.at)
    is_mixed = len({service.version for service in status.running}) > 1
    for service in status.services:
        silence = f"{span(max(0.0, (status.at - service.seen_at).total_seconds()))} ago"
        is_lost = service.is_lost(status.at)
        installations = ", ".join(holdings[service.origin.id])
        table.add_row(
            Text.assemble(("✗ ", "red bold") if is_lost else ("✓ ", "green"), str(service.origin.pid)),
            service.role.value,
            Text(service.version, style="yellow" if is_mixed else ""),
            moment(service.started_at),
            Text(silence, style="red" if is_lost else ""),
            Text.assemble(service.origin.host, _FATES[states[service.origin.id]], f"  {installations}".rstrip()),
        )
    screen.out.print(table)


def _tokens(status: Status) -> None:
    """Who serves which installation."""
    if not status.claims:
        return
    table = _table("Token", "Held since", "Until", "")
    for claim in status.claims:
        is_held = claim.is_held(status.at)
        until = Text(f"{claim.until.astimezone():%H:%M:%S}", style="" if is_held else "red")
        holder = f"process {claim.origin.pid} on {claim.origin.host}"
        table.add_row(
            Text(claim.installation),
            moment(claim.since),
            until,
            Text(holder if is_held else f"free; it was {holder}'s"),
        )
    _section("", table)


def _platforms(status: Status) -> None:
    if not status.platforms:
        return
    table = _table("Platform", "State", "Since", "")
    for name, (state, service) in status.platforms.items():
        detail = shorten(state.detail, _DETAIL)
        if (hearing := state.hearing) and hearing.is_worth_telling:
            detail = f"{hearing_sentence(hearing)} {detail if hearing.open else ''}".strip()
        if state.refused:
            detail = f"{detail} ({quantity(state.refused, 'command')} left because of floods)".strip()
        if count := status.count_listeners(name):
            detail = f"{detail} ({count} listening)".strip()
        if len(status.running) > 1:
            detail = f"{detail} [{service.origin.pid} on {service.origin.host}]"
        about = Text(detail)
        if rivals_since := status.rivals_since(name):
            about.append(f"  another installation uses this token since {moment(rivals_since)}", style="red")
        health = Text(state.health.value, style=_COLOURS[state.health])
        table.add_row(Text(name), health, moment(state.since), about)
    _section("", table)


def _jobs(queues: Sequence[QueueState]) -> None:
    if not queues:
        return
    table = _table("Jobs", "Waiting", "Running", "Given up", "Oldest waits")
    for state in queues:
        age_s = state.oldest_s
        table.add_row(
            Text(state.queue),
            f"{state.waiting:,}",
            f"{state.running:,}",
            Text(f"{state.given_up:,}", style="red" if state.given_up else ""),
            Text("" if age_s is None else span(age_s), style="yellow" if age_s and age_s > OLD_JOB_S else ""),
        )
    _section("", table)


def _sources(sources: Sequence[SourceState]) -> None:
    """A row for scopes of a source that are in the same state for the same reason."""
    if not sources:
        return
    table = _table("Source", "State", "Checked", "")
    for (name, state, problems), group in groupby(
        sorted(sources, key=_alike), key=lambda source: (source.source, source.state, sentences(source.problems))
    ):
        alike = list(group)
        scopes = " ".join(source.scope for source in alike)
        detail = Text(f"{shorten(scopes, _DETAIL)}")
        if problems:
            detail.append(f"  {shorten(problems, _DETAIL)}", style="yellow")
        state_text = Text(state.value, style=screen.COLOURS[state])
        table.add_row(Text(name), state_text, moment(max(source.checked_at for source in alike)), detail)
    _section("", table)


def _digests(status: Status) -> None:
    table = _table("Digest", "Due", "")
    for day in status.late.days:
        late = span((status.at - day.day.due_at).total_seconds())
        table.add_row(Text("late", style="red"), *_day(day, f"{late} late"))
    _more(table, "late", status.late)
    for day in status.missed_days.days:
        table.add_row(Text("missed", style="red"), *_day(day, ""))
    _more(table, "missed", status.missed_days)
    for appointment in status.next:
        local = appointment.subscription.at.local_time(appointment.due_at)
        where = Text.assemble(str(appointment.subscription), (f"  {appointment.subscription.at.zone}", "dim"))
        table.add_row("next", f"{local:%a %H:%M}", where)
    if table.row_count:
        _section("", table)
    else:
        screen.out.print()
        screen.say("No digest is due: no channel is subscribed.")


def _more(table: Table, what: str, days: ScheduledDays) -> None:
    """A row for those that are not listed."""
    if (more := days.total - len(days.days)) and days.earliest:
        table.add_row(Text(what, style="red"), "", f"and {more:,} more, the first due {moment(days.earliest)}")


def _day(day: ScheduledDay, lateness: str) -> tuple[str, Text]:
    local = day.subscription.at.local_time(day.day.due_at)
    reason = "; ".join(filter(None, (lateness, day_reason(day.day))))
    return f"{local:%a %H:%M}", Text.assemble(str(day.subscription), (f"  {reason}", "yellow"))


def _alike(state: SourceState) -> tuple[str, str, str, str]:
    return (state.source, state.state.value, sentences(state.problems), state.scope)


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, no_wrap=bool(name), overflow="fold")
    return table


def _section(title: str, table: Table) -> None:
    screen.out.print()
    if title:
        screen.out.print(Text(title, style="bold"))
    screen.out.print(table)
