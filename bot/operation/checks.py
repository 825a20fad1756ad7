"""What the doctor says of the processes that run, of the jobs that they share and of the server between them.

`about_processes` reads and asks; what is wrong is decided by functions of what was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from bot import __version__
from bot.jobs.orders import GENERAL, queue_of
from bot.operation.lines import span
from bot.operation.status import OLD_JOB_S
from bot.wire import App
from core.errors import PaperboyError
from core.operate.alerts import hearing_sentence
from core.operate.jobs import JobRecord, JobState, QueueState
from core.operate.services import Claim, Connections, Service, ServiceRole, ServiceState, states_of
from core.text.readable import quantity
from storage.migrations import schema

#: jobs that were given up are read as far as this
_MOST_RECORDS: Final = 1_000
#: a share of the server's connections from which on there are too few left for another process
_NEARLY_ALL: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


async def about_processes(app: App) -> Sequence[Check]:
    """All of that; nothing where no process runs and no jobs are shared."""
    now, services, claims = app.clock.now(), await app.store.services(), await app.store.claims()
    checks = [*lost_processes(services, now), *rivals(services, now), *versions(services, now)]
    checks += check_hearing(services, now)
    if connections := await app.store.connections():
        checks += check_connections(connections)
    if app.open_jobs:
        try:
            async with app.open_jobs() as jobs:
                queues, records_given_up = (
                    await jobs.states(),
                    await jobs.records(JobState.GIVEN_UP, limit=_MOST_RECORDS),
                )
        except PaperboyError as error:  # the server is away, or the library that is installed has other tables
            return [*checks, Check(name="jobs", ok=False, detail=str(error), hint=error.hint)]
        checks += [*waiting_jobs(queues, services, claims, now), *jobs_given_up(queues, records_given_up)]
    return checks


def lost_processes(services: Sequence[Service], now: datetime) -> Iterator[Check]:
    """Those that gave no sign of life for too long, and that no other one has replaced."""
    states = states_of(services, now)
    for service in services:
        if states[service.origin.id] is ServiceState.SILENT:
            silence = span((now - service.seen_at).total_seconds())
            yield Check(
                name=_name(service),
                ok=False,
                detail=f"is dead or hangs: no sign of life for {silence}",
                hint="Look at its log, and start it again. Where it is gone for good, another one of its role "
                "that starts takes its place; after a day it is forgotten.",
            )


def rivals(services: Sequence[Service], now: datetime) -> Iterator[Check]:
    """Whether another installation, with a database of its own, uses a token."""
    seen_by = {
        name: (_name(service), state.rivals_since)
        for service in services
        for name, state in service.platforms
        if state.rivals_since and not service.is_lost(now)
    }
    for name, (process, since) in sorted(seen_by.items()):
        yield Check(
            name=f"token {name}",
            ok=False,
            detail=f"another installation with a database of its own uses it, as {process} has seen since "
            f"{since:%Y-%m-%d %H:%M} UTC",
            hint="Stop one of them, or give it a bot of its own.",
        )


def versions(services: Sequence[Service], now: datetime) -> Iterator[Check]:
    """Whether all that run are of this version, and written for the schema that the database has."""

    def version(service: Service) -> tuple[str, str]:
        return service.version, service.revision

    running = sorted((service for service in services if not service.is_lost(now)), key=version)
    for (name, revision), group in groupby(running, version):
        alike = list(group)
        who = _name(alike[0]) if len(alike) == 1 else f"{len(alike)} processes"
        detail = f"{who} of Paperboy {name}"
        if revision == schema.HEAD and name == __version__:
            yield Check(name="version", ok=True, detail=f"{detail}, as this one; schema {schema.HEAD}")
            continue
        written_for = f"schema {revision}" if revision else "an earlier schema"
        yield Check(
            name="version",
            ok=False,
            detail=f"{detail}, written for {written_for}; this one is {__version__}, and the database at {schema.HEAD}",
            hint="Finish the upgrade: start them again with the newest version. Until then they go on, "
            "and leave jobs that they do not know to newer ones.",
        )


def check_hearing(services: Sequence[Service], now: datetime) -> Iterator[Check]:
    """Whether platforms have all their connections."""
    for service in services:
        for platform, state in service.platforms:
            if (hearing := state.hearing) and hearing.is_worth_telling and not service.is_lost(now):
                hint = f"They are tried again by themselves. docs/{platform}.md tells more." if hearing.problem else ""
                detail = hearing_sentence(hearing)
                yield Check(name=f"{platform} connections", ok=not hearing.problem, detail=detail, hint=hint)


def check_connections(connections: Connections) -> Iterator[Check]:
    """Whether the server has connections left."""
    is_nearly_all = connections.used >= _NEARLY_ALL * connections.most
    yield Check(
        name="connections",
        ok=not is_nearly_all,
        detail=f"{connections.used} of {connections.most} of the database server are used",
        hint="Raise max_connections of the server, or run fewer processes: docs/scaling.md tells what each takes."
        if is_nearly_all
        else "",
    )


def waiting_jobs(
    queues: Sequence[QueueState], services: Sequence[Service], claims: Sequence[Claim], now: datetime
) -> Iterator[Check]:
    """Whether somebody does what waits, and soon."""
    doers = {service.role for service in services if not service.is_lost(now)} - {ServiceRole.GATEWAY}
    served_queues = {queue_of(claim.installation) for claim in claims if claim.is_held(now)} | (
        {GENERAL} if doers else set()
    )
    for queue in queues:
        age_s = queue.oldest_s or 0.0
        counts = f"{quantity(queue.waiting, 'job')} waiting, {queue.running:,} running"
        problem, hint = "", ""
        if queue.waiting and queue.queue not in served_queues:
            problem = "no process does them"
            hint = (
                "Start paperboy worker, or paperboy run without --no-jobs."
                if queue.queue == GENERAL
                else "Start paperboy run with the token of this platform."
            )
        elif age_s > OLD_JOB_S:
            problem = f"the oldest waits for {span(age_s)}"
            hint = (
                "Start more workers, and look at the logs of those that run. If paperboy jobs list --waiting names "
                "a task that no running version knows: paperboy jobs drop."
            )
        detail = f"{counts}; {problem}" if problem else counts
        yield Check(name=f"jobs {queue.queue}", ok=not problem, detail=detail, hint=hint)


def jobs_given_up(queues: Sequence[QueueState], records: Sequence[JobRecord]) -> Iterator[Check]:
    """How many jobs were given up, and of which tasks."""
    if total := sum(queue.given_up for queue in queues):
        tasks = ", ".join(f"{task} ({count:,})" for task, count in Counter(job.task for job in records).most_common())
        yield Check(
            name="jobs given up",
            ok=False,
            detail=f"{total:,} in the last week: {tasks}",
            hint="The log says why. paperboy jobs retry --all tries them again, paperboy jobs drop --all forgets them: "
            "whatever is still due comes back by itself.",
        )


def _name(service: Service) -> str:
    return f"{service.role} {service.origin.pid} on {service.origin.host}"
