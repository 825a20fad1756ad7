"""What a process does all the time: a gateway and a worker that share the work, and the upkeep of any service."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping
from functools import partial
from typing import Any, Final

from bot.chats import Chats
from bot.delivering import PER_PLATFORM, DigestPoster, Tally, ignore
from bot.jobs.clock import SharedPosting, keep_in_order, keep_looking_for_workers, keep_refreshing
from bot.jobs.orders import GENERAL, queue_of
from bot.jobs.tasks import GeneralTasks, TokenTasks, UpkeepTasks
from bot.operation.pulse import POSTING_S, Pulses
from bot.operation.tenure import Tenure, while_held
from bot.schedule import keep_posting
from bot.supervise import States
from bot.wire import App
from core.operate.jobs import JobQueue, Task

#: general jobs that a gateway does at a time
BESIDE: Final = 2

Duty = Coroutine[Any, Any, None]


def gateway_duties(
    app: App,
    chats: Chats,
    jobs: JobQueue,
    tenures: Mapping[tuple[str, str], Tenure],
    *,
    states: States,
    tally: Tally,
    pulses: Pulses,
    does_general_jobs: bool,
) -> Iterator[Duty]:
    """The clock, what belongs to the tokens that this process holds, and by and by what anybody may do.

    `tenures`: by platform and workspace.
    """
    poster = DigestPoster(app, chats, tally=tally)
    posting = pulses.of("posting", POSTING_S)
    make = partial(SharedPosting, jobs=jobs, tenures={tenure.installation: tenure for tenure in tenures.values()})
    yield keep_refreshing(app, jobs, pulses.of("handing out refreshes", POSTING_S))
    yield keep_in_order(app, jobs)
    yield keep_posting(app, chats, tally=tally, pulse=posting, make=make)
    tasks = TokenTasks(app=app, chats=chats, poster=poster).by_name()
    for (platform, _), tenure in tenures.items():
        yield while_held([tenure], partial(_send, jobs, tasks, tenure.installation, states, platform))
    if does_general_jobs:
        yield worker_duty(app, chats, jobs, at_once=BESIDE, tally=tally, pulses=pulses)
    else:
        yield keep_looking_for_workers(app, jobs)


async def _send(jobs: JobQueue, tasks: Mapping[str, Task], installation: str, states: States, platform: str) -> None:
    """Do what belongs to a token, from the moment on at which its platform is connected."""
    await states.wait_until_tried(platform)
    await jobs.work(tasks, [queue_of(installation)], at_once=PER_PLATFORM)


def worker_duty(app: App, chats: Chats, jobs: JobQueue, *, at_once: int, pulses: Pulses, tally: Tally = ignore) -> Duty:
    """Do what any process may do."""
    poster = DigestPoster(app, chats, tally=tally)
    general = GeneralTasks(app=app, chats=chats, jobs=jobs, poster=poster)
    upkeep = UpkeepTasks(app=app, jobs=jobs, pulses=pulses)
    return jobs.work({**general.by_name(), **upkeep.by_name()}, [GENERAL], at_once=at_once)


def upkeep_duty(app: App, jobs: JobQueue, *, pulses: Pulses) -> Duty:
    """Do the upkeep that this process hands out itself."""
    tasks = UpkeepTasks(app=app, jobs=jobs, pulses=pulses).by_name()
    return jobs.work(tasks, [GENERAL], at_once=len(tasks))
