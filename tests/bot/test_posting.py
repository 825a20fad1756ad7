"""Digests by themselves: what a tick posts, when, how often, and what it leaves to the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog
from structlog.testing import capture_logs

from core.channels import LateDay, QuietDay
from core.deliver.ledger import DeliveryKind
from core.deliver.schedule import DayReason, DayState
from core.ingest.state import State
from tests.fakes.posting import (
    BERLIN,
    CHANNEL,
    DAY,
    DUE,
    HOUR,
    MINUTE,
    READER,
    TODAY,
    Service,
    checked,
    listed,
)


async def test_posted_at_its_hour_and_once(service: Service) -> None:
    """The digest is posted at its hour, not a minute before, and no tick posts it again; the next one is tomorrow's."""
    await listed(service.store, [1, 2])
    await service.tick(at=DUE - MINUTE)
    assert service.parents == []
    for minutes in range(4):
        await service.tick(at=DUE + minutes * MINUTE)
    assert service.parents == ["Papers for Wednesday, 4 February 2026: 2 papers"]
    assert await service.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    assert "Late" not in await service.posted()
    assert [one.due_at for one in await service.store.upcoming(limit=9)] == [DUE + DAY]
    await service.tick(at=DUE + DAY - MINUTE)
    assert len(service.parents) == 1


async def test_line_in_the_log(service: Service) -> None:
    """A posted digest is one line: how much, where, when it was due and how late it is."""
    await listed(service.store, [1, 2])
    structlog.reset_defaults()
    with capture_logs() as lines:
        await service.tick(at=DUE + timedelta(seconds=12))
    assert lines == [
        {
            "event": "digest posted",
            "log_level": "info",
            "day": "2026-02-04",
            "papers": 2,
            "due_at": "2026-02-04T08:00:00+00:00",
            "late_s": 12.0,
            "missing": [],
            "channel": "slack:T1/C1",
            "subscription": "main",
        }
    ]


async def test_waits_for_its_category(service: Service) -> None:
    """It waits for a listing that is not there, and is posted within a minute after that came."""
    await listed(service.store, [1], day=TODAY - DAY, at=DUE - 20 * HOUR)
    await service.tick(at=DUE)
    await service.tick(at=DUE + 20 * MINUTE)
    assert service.parents == []
    assert await service.days() == [(TODAY, DayState.OPEN, DayReason.WAITING)]
    await listed(service.store, [2], at=DUE + 20 * MINUTE)
    await service.tick(at=DUE + 21 * MINUTE)
    assert "Late" not in await service.posted() and "not there" not in await service.posted()


async def test_waiting_is_told_once(service: Service) -> None:
    """The operator hears when a digest begins to wait for a listing, and what it was posted without."""
    await listed(service.store, [1], day=TODAY - DAY, at=DUE - 20 * HOUR)
    structlog.reset_defaults()
    with capture_logs() as lines:
        for minutes in (0, 20, 60):
            await service.tick(at=DUE + minutes * MINUTE)
    waiting, posted = lines
    assert (waiting["event"], posted["event"]) == ("digest waiting", "digest posted")
    assert (waiting["missing"], waiting["until"]) == (["arXiv cs.CL"], DUE + HOUR)
    assert (waiting["log_level"], posted["missing"]) == ("warning", ["arXiv cs.CL"])


async def test_posted_without_what_is_missing(service: Service) -> None:
    """After its patience it is posted with what there is, and says what is missing, whatever its source said."""
    await listed(service.store, [1], day=TODAY - DAY, at=DUE - 20 * HOUR)
    await service.tick(at=DUE)
    await service.tick(at=DUE + HOUR)
    posted = await service.posted()
    assert "arXiv cs.CL is stale (last good listing: 2026-02-03)" in posted
    assert "The listing of 2026-02-04 is not there yet." in posted


async def test_quiet_day(service: Service) -> None:
    """On a quiet day nothing is said, and papers that come at noon are posted then."""
    await checked(service.store, TODAY, State.QUIET)
    for hours in (0, 1, 2):
        await service.tick(at=DUE + hours * HOUR)
    assert service.chat.sent == []
    assert await service.days() == [(TODAY, DayState.OPEN, DayReason.QUIET)]
    await listed(service.store, [1], at=DUE + 4 * HOUR)
    await service.store.look_again(at=DUE + 4 * HOUR, only_open=True)
    await service.tick(at=DUE + 4 * HOUR)
    assert await service.days() == [(TODAY, DayState.POSTED, DayReason.NONE)]
    assert "Late: due at 09:00" in await service.posted()


async def test_line_of_a_quiet_day(service: Service) -> None:
    """A channel that wants to hear of it gets one line, which does not close the day."""
    await service.store.save_subscription(replace(READER, quiet_day=QuietDay.LINE), at=DUE - HOUR)
    await checked(service.store, TODAY, State.QUIET)
    for hours in (0, 1, 2):
        await service.tick(at=DUE + hours * HOUR)
    assert service.parents == ["No new papers in cs.CL today."]
    await listed(service.store, [1], at=DUE + 3 * HOUR)
    await service.tick(at=DUE + 4 * HOUR)
    assert len(service.parents) == 2


async def test_quiet_until_midnight(service: Service) -> None:
    """A quiet day ends quietly, and tomorrow's digest comes at its hour."""
    await checked(service.store, TODAY, State.QUIET)
    await service.tick(at=DUE)
    await service.tick(at=DUE + 15 * HOUR)
    assert await service.days() == [(TODAY, DayState.QUIET, DayReason.QUIET)]
    await listed(service.store, [1], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert service.parents == ["Papers for Thursday, 5 February 2026: 1 paper"]


async def test_sources_in_trouble(service: Service) -> None:
    """Where sources fail and there is nothing to post, the channel hears so once, after its patience."""
    await checked(service.store, TODAY - DAY, State.FAILED)
    await service.tick(at=DUE)
    assert service.parents == []
    for hours in (1, 2, 3):
        await service.tick(at=DUE + hours * HOUR)
    assert service.parents == ["No digest yet: sources could not be read"]
    await listed(service.store, [1], at=DUE + 4 * HOUR)
    await service.tick(at=DUE + 4 * HOUR)
    assert "Late: due at 09:00" in await service.posted()


async def test_nothing_was_ever_read(service: Service) -> None:
    """A channel whose categories nobody has read hears that, and the day is missed for that reason."""
    await service.tick(at=DUE)
    await service.tick(at=DUE + HOUR)
    assert "was not read yet" in await service.posted(DeliveryKind.NOTICE)
    await service.tick(at=DUE + 15 * HOUR)
    assert await service.days() == [(TODAY, DayState.MISSED, DayReason.TROUBLE)]


async def test_machine_was_off(service: Service) -> None:
    """What was due meanwhile is posted when the service is back, marked late, and the days before are missed."""
    await listed(service.store, [1], day=TODAY + DAY, at=DUE + DAY + 3 * HOUR)
    await service.tick(at=DUE + DAY + 3 * HOUR)
    assert await service.days() == [
        (TODAY, DayState.MISSED, DayReason.OFF),
        (TODAY + DAY, DayState.POSTED, DayReason.NONE),
    ]
    assert "Late: due at 09:00" in await service.posted(day=TODAY + DAY)


async def test_late_is_skipped(service: Service) -> None:
    """A channel that wants nothing late gets nothing, and the papers come with the next digest."""
    await service.store.save_subscription(replace(READER, late_day=LateDay.SKIP), at=DUE - HOUR)
    await listed(service.store, [1])
    await service.tick(at=DUE + HOUR)
    assert await service.days() == [(TODAY, DayState.SKIPPED, DayReason.OFF)]
    await listed(service.store, [2], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert len(service.parents) == 1


async def test_weekly_digest(service: Service) -> None:
    """A weekly digest has all that was announced since the last one, and its title names the days."""
    weekly = replace(READER, at=replace(BERLIN, weekdays=frozenset({2})))
    await service.store.save_subscription(weekly, at=DUE - HOUR)
    await listed(service.store, [1])
    await service.tick(at=DUE)
    for days in (1, 2, 5, 6, 7):
        await listed(service.store, [10 + days], day=TODAY + days * DAY, at=DUE + days * DAY - HOUR)
        await service.tick(at=DUE + days * DAY)
    assert service.parents == [
        "Papers for Wednesday, 4 February 2026: 1 paper",
        "Papers for 5 to 11 February 2026: 5 papers",
    ]


async def test_new_subscription(service: Service) -> None:
    """A subscription that is added after its hour gets its first digest at the next one."""
    new = replace(READER, name="new")
    await service.store.remove_subscription(CHANNEL, "main")
    await listed(service.store, [1])
    await service.store.save_subscription(new, at=DUE + HOUR)
    await service.tick(at=DUE + HOUR)
    assert service.chat.sent == []
    await listed(service.store, [2], day=TODAY + DAY, at=DUE + 23 * HOUR)
    await service.tick(at=DUE + DAY)
    assert len(service.parents) == 1
