"""Which listings are there, and which a digest waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.origins import SOURCES
from core.deliver.batches import batches_of
from core.ingest.problems import NeverRead
from core.ingest.state import SourceState, State
from tests.fakes.schedules import CL, DAY, DUE, HOUR, TODAY


def a_state(day: date | None, state: State = State.FRESH, *, at: datetime = DUE, source: str = "arxiv") -> SourceState:
    return SourceState(source=source, scope="cs.CL", state=state, checked_at=at, listing_day=day)


@pytest.mark.parametrize(
    ("day", "state", "hours", "is_in"),
    [
        (TODAY, State.FRESH, 0, True),
        (TODAY, State.FAILED, 0, True),
        (TODAY - DAY, State.FRESH, -4, False),
        (TODAY - DAY, State.STALE, 0, False),
        (TODAY - DAY, State.FAILED, 0, False),
        (TODAY - DAY, State.QUIET, 0, True),
        (None, State.THROTTLED, 0, False),
        (TODAY - DAY, State.QUIET, 1, False),
    ],
    ids=["of today", "failed since", "not asked yet", "stale", "failed", "empty", "never", "another clock"],
)
def test_arxiv(day: date | None, state: State, hours: int, is_in: bool) -> None:
    """A category is in where its listing of the day was read, or found to be empty after it was due."""
    batches = batches_of([a_state(day, state, at=DUE + hours * HOUR)], DUE, SOURCES)
    assert (CL in batches.arrivals, batches.missing) == (is_in, () if is_in else (CL,))


def test_sources_without_a_promise() -> None:
    """Who promises no day is never waited for, once it was read; votes are never."""
    feed = replace(a_state(None, State.FAILED, source="feeds"), scope="feed:nature", problems=(NeverRead(),))
    votes = replace(a_state(None, State.FAILED, source="huggingface"), scope="daily")
    batches = batches_of([feed, votes], DUE, SOURCES)
    assert (batches.arrivals, batches.missing) == ({("feeds", "feed:nature")}, ())


def test_what_nobody_reads_any_more() -> None:
    """Who names no categories does not wait for what was not asked for days."""
    old = replace(a_state(TODAY - 9 * DAY, at=DUE - 9 * DAY), scope="cs.RO")
    assert batches_of([old, a_state(TODAY)], DUE, SOURCES).missing == ()
