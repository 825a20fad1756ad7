"""The state that a reading of a scope ends in: fresh, partial, quiet, stale or failed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ingest.listing import Listing
from core.ingest.state import SourceState, State
from core.papers.identity.changes import Stored
from tests.fakes.by_name import judge
from tests.fakes.clock import NOON
from tests.fakes.sources import DAY, a_reading

NEW = Stored(new=1)
KNOWN = Stored(known=1)
WEDNESDAY = NOON
BEFORE_ONE = datetime(2026, 2, 4, 5, 59, tzinfo=UTC)
AFTER_ONE = datetime(2026, 2, 4, 6, 1, tzinfo=UTC)
SATURDAY = datetime(2026, 2, 7, 12, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 2, 9, 5, 30, tzinfo=UTC)
TUESDAY = date(2026, 2, 3)


def remembered(state: State = State.FRESH, day: date | None = DAY) -> SourceState:
    return SourceState(source="arxiv", scope="cs.CL", state=state, checked_at=NOON, listing_day=day)


@pytest.mark.parametrize(
    ("given", "stored", "now", "state"),
    [
        (a_reading(), NEW, WEDNESDAY, State.FRESH),
        (a_reading(), Stored(updated=1, known=5), WEDNESDAY, State.FRESH),
        (a_reading(day=TUESDAY), NEW, WEDNESDAY, State.FRESH),
        (a_reading(), KNOWN, WEDNESDAY, State.QUIET),
        (a_reading(papers=0), Stored(), WEDNESDAY, State.QUIET),
        (a_reading(papers=0, day=TUESDAY), Stored(), WEDNESDAY, State.QUIET),
        (a_reading(day=TUESDAY), KNOWN, WEDNESDAY, State.STALE),
        (a_reading(day=TUESDAY), KNOWN, AFTER_ONE, State.STALE),
        (a_reading(day=TUESDAY), KNOWN, BEFORE_ONE, State.QUIET),
        (a_reading(day=date(2026, 2, 5)), KNOWN, WEDNESDAY, State.QUIET),
        (a_reading(day=date(2026, 2, 6)), KNOWN, SATURDAY, State.QUIET),
        (a_reading(day=date(2026, 2, 6)), KNOWN, MONDAY_NIGHT, State.QUIET),
        (a_reading(day=date(2026, 2, 6)), KNOWN, datetime(2026, 2, 9, 6, 1, tzinfo=UTC), State.STALE),
        (a_reading(day=None), KNOWN, WEDNESDAY, State.QUIET),
        (a_reading(papers=0, problems=3), Stored(), WEDNESDAY, State.FAILED),
        (a_reading(papers=1, problems=3), NEW, WEDNESDAY, State.PARTIAL),
        (a_reading(papers=1, problems=3), KNOWN, WEDNESDAY, State.FAILED),
        (a_reading(papers=3, problems=3), KNOWN, WEDNESDAY, State.PARTIAL),
    ],
)
def test_judges_a_listing_by_its_content(given: Listing, stored: Stored, now: datetime, state: State) -> None:
    """New is fresh; else quiet on its own day, stale once a later one is due, a failure where most is unread."""
    assert judge(given, stored, None, now) is state


@pytest.mark.parametrize(
    ("last", "now", "state"),
    [
        (remembered(), WEDNESDAY, State.QUIET),
        (remembered(day=TUESDAY), WEDNESDAY, State.STALE),
        (remembered(day=TUESDAY), BEFORE_ONE, State.QUIET),
        (remembered(day=TUESDAY), SATURDAY, State.STALE),
        (remembered(day=date(2026, 2, 6)), SATURDAY, State.QUIET),
        (remembered(day=None), WEDNESDAY, State.QUIET),
    ],
)
def test_judges_an_unchanged_listing_by_the_day_it_had(last: SourceState, now: datetime, state: State) -> None:
    """`Not modified` says that the listing is the one we had, and the same day counts."""
    assert judge(a_reading(papers=0, day=None, is_unchanged=True), Stored(), last, now) is state


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda now: 1 < now.year < 9999), st.dates())
def test_what_is_new_is_fresh_at_any_time(now: datetime, day: date) -> None:
    """No hour and no day makes something new anything but fresh, and nothing empty is ever stale."""
    assert judge(a_reading(day=day), NEW, None, now) is State.FRESH
    assert judge(a_reading(papers=0, day=day), Stored(), None, now) is State.QUIET
