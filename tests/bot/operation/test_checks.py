"""What the doctor says of the processes that run and of the jobs that they share."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

from bot import __version__
from bot.jobs.orders import GENERAL, queue_of
from bot.operation.checks import (
    Check,
    about_processes,
    check_connections,
    check_hearing,
    jobs_given_up,
    lost_processes,
    rivals,
    versions,
    waiting_jobs,
)
from bot.origins import Origins
from bot.wire import App
from core.errors import BadSetting
from core.operate.jobs import JobRecord, JobState, QueueState, SharedJobQueue
from core.operate.services import (
    LOST_AFTER,
    Claim,
    Connections,
    Health,
    Hearing,
    Origin,
    PlatformState,
    Service,
    ServiceRole,
    ServiceState,
    count_gateways,
    states_of,
)
from storage.migrations import schema
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.stores import SqlStore

MINUTE = timedelta(minutes=1)
WORKER = Service(
    origin=Origin(id="a", host="attic", pid=7, machine=""),
    version=__version__,
    started_at=NOON,
    seen_at=NOON,
    role=ServiceRole.WORKER,
    revision=schema.HEAD,
)
GATEWAY = replace(WORKER, origin=replace(WORKER.origin, id="b", pid=8), role=ServiceRole.GATEWAY)
CLAIM = Claim(installation="slack", origin=GATEWAY.origin, since=NOON, until=NOON + LOST_AFTER)
SLACK = queue_of("slack")


def waiting(queue: QueueState, *services: Service, claims: tuple[Claim, ...] = ()) -> Check:
    (check,) = waiting_jobs([queue], services, claims, NOON)
    return check


def test_one_version() -> None:
    """Processes of this version are counted, and are fine."""
    (check,) = versions([WORKER, GATEWAY], NOON)
    assert check.ok and check.detail.startswith(f"2 processes of Paperboy {__version__}, as this one")


def test_mixed_versions() -> None:
    """A running process of another version, or of another schema, is named with what to do; a lost one is not."""
    older = replace(WORKER, version="0.0.9", revision="0036")
    unsaid = replace(GATEWAY, revision="")
    lost = replace(WORKER, version="0.0.1", seen_at=NOON - 9 * LOST_AFTER)
    first, second, third = versions([lost, WORKER, older, unsaid], NOON)
    assert (first.ok, second.ok, third.ok) == (False, False, True)
    assert "worker 7 on attic of Paperboy 0.0.9, written for schema 0036" in first.detail
    assert "gateway 8 on attic" in second.detail and "an earlier schema" in second.detail
    assert "Finish the upgrade" in first.hint


def test_a_process_that_is_lost() -> None:
    """A process without a sign of life is named with its silence."""
    (check,) = lost_processes([WORKER, replace(GATEWAY, seen_at=NOON - 12 * MINUTE)], NOON)
    assert (check.name, check.ok) == ("gateway 8 on attic", False)
    assert "12 minutes" in check.detail


def test_jobs_that_nobody_does() -> None:
    """Work waits for workers, which gateways are not, and digests for a process that holds the token."""
    general, slack = QueueState(queue=GENERAL, waiting=2), QueueState(queue=SLACK, waiting=1)
    assert "no process does them" in waiting(general, GATEWAY).detail
    assert "no process does them" in waiting(general, replace(WORKER, seen_at=NOON - 9 * LOST_AFTER)).detail
    assert waiting(general, WORKER).ok
    assert waiting(general, replace(GATEWAY, role=ServiceRole.SERVICE)).ok
    assert "paperboy run with the token" in waiting(slack, WORKER, GATEWAY).hint
    assert waiting(slack, GATEWAY, claims=(CLAIM,)).ok
    assert not waiting(slack, GATEWAY, claims=(replace(CLAIM, until=NOON),)).ok


def test_jobs_that_wait_too_long() -> None:
    """A job that could run and waits for more than five minutes is told with its age."""
    queue = QueueState(queue=GENERAL, waiting=1, oldest_s=240)
    assert waiting(queue, WORKER).ok
    late = waiting(replace(queue, oldest_s=360), WORKER)
    assert (late.ok, late.detail) == (False, "1 job waiting, 0 running; the oldest waits for 6 minutes")
    assert "paperboy jobs list --waiting" in late.hint


def test_jobs_that_were_given_up() -> None:
    """They are counted by task, with the commands that try them again or forget them."""
    job = JobRecord(number=1, queue=GENERAL, task="refresh", state=JobState.GIVEN_UP, tries=5, since=NOON, arguments={})
    queue = QueueState(queue=GENERAL, given_up=3)
    (check,) = jobs_given_up([queue], [replace(job, task="embed"), job, job])
    assert check.detail == "3 in the last week: refresh (2), embed (1)"
    assert "paperboy jobs retry --all" in check.hint and "paperboy jobs drop --all" in check.hint
    assert not list(jobs_given_up([replace(queue, given_up=0)], []))


def test_connections() -> None:
    """A server that has given four fifths of its connections is nearly full."""
    assert [check.ok for check in check_connections(Connections(used=79, most=100))] == [True]
    assert [check.ok for check in check_connections(Connections(used=80, most=100))] == [False]


def test_connections_to_a_platform() -> None:
    """Several connections are counted, lost ones with the reason; a single open one is not."""
    well = PlatformState(health=Health.CONNECTED, detail="", since=NOON, hearing=Hearing(open=3, total=3))
    loss = replace(well, hearing=Hearing(open=2, total=3, silent_servers=1, problem="It is closed.", lost_since=NOON))
    one = replace(well, hearing=Hearing(open=1, total=1))
    services = [replace(GATEWAY, platforms=(("discord", state),)) for state in (well, loss, one)]
    many, some = check_hearing([*services, replace(services[1], seen_at=NOON - 9 * LOST_AFTER), WORKER], NOON)
    assert (many.name, many.ok, many.detail) == ("discord connections", True, "3 of 3 connections are open.")
    assert not some.ok and "docs/discord.md" in some.hint
    assert some.detail == "2 of 3 connections are open. What people do in 1 server is not heard. It is closed."


async def test_a_library_with_other_tables() -> None:
    """Where the queue cannot be opened that is one check, with what to do; the others are told as ever."""

    def open_jobs() -> AbstractAsyncContextManager[SharedJobQueue]:
        raise BadSetting("This version of Procrastinate works on other tables.", hint="Install the other one.")

    async with SqlStore("sqlite://").open() as store:
        await store.save_service(WORKER)
        app = App(store=store, clock=FakeClock(), load_origins=lambda: Origins(sources={}), open_jobs=open_jobs)
        version, jobs = await about_processes(app)
    assert version.ok
    assert (jobs.name, jobs.ok, jobs.hint) == ("jobs", False, "Install the other one.")


def test_another_installation_on_a_token() -> None:
    """A token that another database uses, too, is named with the process that saw it, while that runs."""
    state = PlatformState(health=Health.CONNECTED, detail="", since=NOON)
    shared_gateway = replace(GATEWAY, platforms=(("slack", replace(state, rivals_since=NOON)), ("telegram", state)))
    (check,) = rivals([WORKER, shared_gateway], NOON)
    assert (check.name, check.ok) == ("token slack", False)
    assert "as gateway 8 on attic has seen since 2026-02-04 12:00 UTC" in check.detail
    assert not list(rivals([shared_gateway], NOON + 2 * LOST_AFTER))


def test_gateways_of_a_platform() -> None:
    """Who runs and may be connected counts: no worker, nobody who is lost, and nobody who serves other platforms."""
    state = PlatformState(health=Health.WAITING, detail="", since=NOON)
    on_slack, on_telegram = (replace(GATEWAY, platforms=((name, state),)) for name in ("slack", "telegram"))
    lost_gateway = replace(on_slack, seen_at=NOON - 2 * LOST_AFTER)
    assert count_gateways([WORKER, GATEWAY, on_slack, on_telegram, lost_gateway], "slack", NOON) == 2


def test_each_process_replaces_one_that_is_lost() -> None:
    """Of two workers that are lost one is replaced by a third that started later; who ran already replaces nobody."""
    now = NOON + 60 * MINUTE

    def a_worker(id: str, *, began: int, seen: int) -> Service:
        origin = replace(WORKER.origin, id=id)
        return replace(WORKER, origin=origin, started_at=NOON + began * MINUTE, seen_at=NOON + seen * MINUTE)

    early, late = a_worker("early", began=0, seen=10), a_worker("late", began=1, seen=20)
    old, new = a_worker("old", began=2, seen=60), a_worker("new", began=15, seen=60)
    states = states_of([early, late, old, new], now)
    assert states == {
        "early": ServiceState.OBSOLETE,
        "late": ServiceState.SILENT,
        "old": ServiceState.RUNNING,
        "new": ServiceState.RUNNING,
    }
    assert [check.name for check in lost_processes([early, late, old, new], now)] == ["worker 7 on attic"]
