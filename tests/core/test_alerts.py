"""What the operator is told: once when something is broken, once when it is well again, and never a flood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.origins import SOURCES
from core.channels import Absence, ChannelRef, Subscription
from core.deliver.appointments import ScheduledDay, ScheduledDays
from core.deliver.schedule import DayReason, DayState, DueDay
from core.errors import AbsenceReason
from core.ingest.state import SourceState, State
from core.operate.alerts import (
    APART,
    Alert,
    ClockJump,
    Evidence,
    Outage,
    Telling,
    present_alerts,
    resolution,
    tell,
)
from core.operate.services import Health, Hearing, PlatformState
from core.summarise.budget import BudgetReached, Period
from tests.fakes.clock import NOON
from tests.fakes.problems import failed

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DOWN = PlatformState(health=Health.DOWN, detail="The token is wrong. See docs/slack.md.", since=NOON)
READER = Subscription(channel=ChannelRef("slack", "T1", "C1"))


def keys(**evidence: object) -> list[str]:
    return [one.key for one in present_alerts(Evidence(traits=SOURCES, **evidence))]  # type: ignore[arg-type]  # as the test says


def some_days(total: int, state: DayState, *, closed_at: datetime | None = None) -> ScheduledDays:
    day = DueDay(day=NOON.date(), due_at=NOON, state=state, opened_at=NOON, closed_at=closed_at)
    days = (ScheduledDay(subscription=READER, day=day),) * min(total, 3)
    return ScheduledDays(days=days, total=total, earliest=NOON, latest=NOON + MINUTE)


def a_day(reason: DayReason) -> ScheduledDay:
    day = DueDay(day=NOON.date(), due_at=NOON, reason=reason, opened_at=NOON)
    return ScheduledDay(subscription=replace(READER, categories=("cs.CL",)), day=day)


def test_a_platform_has_two_minutes() -> None:
    """A platform that is back within two minutes was never down; after that the operator hears what to do."""
    assert keys(at=NOON + MINUTE, platforms=(("slack", DOWN),)) == []
    (alert,) = present_alerts(Evidence(at=NOON + 2 * MINUTE, platforms=(("slack", DOWN),)))
    assert alert.key == "platform slack"
    assert "docs/slack.md" in alert.sentence
    connected = replace(DOWN, health=Health.CONNECTED)
    assert keys(at=NOON + 9 * MINUTE, platforms=(("slack", connected),)) == []


def test_a_platform_that_is_heard_in_part() -> None:
    """A connection that is lost for two minutes is told with what is not heard for want of it; no new one is."""
    hearing = Hearing(open=2, total=3, silent_servers=1_200, problem="It is closed.", lost_since=NOON)
    state = PlatformState(health=Health.CONNECTED, detail="", since=NOON - HOUR, hearing=hearing)
    platforms = (("discord", state),)
    assert keys(at=NOON + MINUTE, platforms=platforms) == []
    (alert,) = present_alerts(Evidence(at=NOON + 2 * MINUTE, platforms=platforms))
    assert (alert.key, alert.since) == ("connections discord", NOON)
    assert alert.sentence == (
        "discord: 2 of 3 connections are open. What people do in 1,200 servers is not heard. It is closed."
    )
    assert resolution(alert) == "discord has all its connections again."
    opening = replace(state, hearing=Hearing(open=0, total=3))
    assert keys(at=NOON + HOUR, platforms=(("discord", opening),)) == []


def test_a_budget_that_is_used_up() -> None:
    """The operator hears that no model is called any more, until when, and that there is money again."""
    budget = BudgetReached(period=Period.MONTHLY, cap_usd=5.0, until=datetime(2026, 3, 1, tzinfo=UTC))
    (alert,) = present_alerts(Evidence(at=NOON, budget=budget))
    assert alert.key == "budget monthly"
    assert "($5.00) is used up. Until 2026-03-01 (UTC)" in alert.sentence
    assert resolution(alert) == "The monthly budget for language models has money again."


def test_a_second_process_that_waits() -> None:
    """A process that waits for its turn is told, because it may be a mistake."""
    waiting = replace(DOWN, health=Health.WAITING, detail="served by another process (attic, 7) since Wed 09:00")
    assert keys(at=NOON + 3 * MINUTE, platforms=(("slack", waiting),)) == ["waiting slack"]


@pytest.mark.parametrize(
    ("state", "troubles", "fresh_before", "is_told"),
    [
        (State.FAILED, 2, 1, False),
        (State.FAILED, 3, 1, True),
        (State.THROTTLED, 3, 1, True),
        (State.STALE, 0, 10, False),
        (State.STALE, 0, 40, True),
        (State.QUIET, 0, 90, False),
    ],
)
def test_a_source_has_its_patience(state: State, troubles: int, fresh_before: int, is_told: bool) -> None:
    """A source is told of after three failures in a row, or after a day and a half without a listing that was due."""
    source = SourceState(
        source="arxiv",
        scope="cs.CL",
        state=state,
        checked_at=NOON,
        troubles=troubles,
        fresh_at=NOON - timedelta(hours=fresh_before),
        problems=failed("No answer."),
    )
    assert keys(at=NOON, sources=(source, replace(source, scope="cs.LG"))) == (["source arxiv"] if is_told else [])


def test_late_and_missed_digests() -> None:
    """What is late, and what was given up, is one alert each, which counts all and names a few."""
    later = NOON + timedelta(hours=2)
    late, missed = some_days(2_000, DayState.OPEN), some_days(1, DayState.MISSED, closed_at=later)
    many, one = present_alerts(Evidence(at=later, late_days=late, missed_days=missed))
    assert (many.key, many.since) == ("digests late", NOON)
    assert many.sentence.startswith(f"2,000 digests are late: {', '.join([str(READER)] * 3)} and 1,997 more.")
    assert (one.key, one.since) == ("digests missed", NOON + MINUTE)
    assert one.sentence.startswith(f"1 digest could not be posted before the day was over: {READER}.")
    assert keys(at=later) == []


@pytest.mark.parametrize("state", [State.STALE, State.QUIET])
def test_listing_that_never_came(state: State) -> None:
    """Many channels that wait for one listing are one alert about its source, until that is read; never about them."""
    source = SourceState(source="arxiv", scope="cs.CL", state=state, checked_at=NOON - timedelta(hours=9))
    source = replace(source, listing_day=NOON.date() - timedelta(days=1), fresh_at=NOON - timedelta(hours=20))
    awaiting = (a_day(DayReason.TROUBLE),) * 9
    (alert,) = present_alerts(Evidence(at=NOON + 2 * HOUR, awaiting=awaiting, sources=(source,), traits=SOURCES))
    assert (alert.key, "cs.CL" in alert.sentence, "slack:" in alert.sentence) == ("source arxiv", True, False)
    read = replace(source, state=State.FRESH, listing_day=NOON.date(), checked_at=NOON + 4 * HOUR)
    assert keys(at=NOON + 4 * HOUR, awaiting=awaiting, sources=(read,)) == []


def test_category_that_nobody_reads() -> None:
    """A day that waits for a category which was never read is told as that source's trouble."""
    assert keys(at=NOON + 2 * HOUR, awaiting=(a_day(DayReason.TROUBLE),)) == ["source arxiv"]


def test_channels_that_are_lost() -> None:
    """Channels of a workspace that are lost at once are one alert, with why and what to do."""
    absence = Absence(reason=AbsenceReason.UNINSTALLED, since=NOON)
    lost = [
        replace(READER, channel=ChannelRef("slack", "T1", f"C{n}"), paused=True, absence=absence) for n in range(500)
    ]
    (alert,) = present_alerts(Evidence(at=NOON, lost_subscriptions=tuple(lost)))
    assert "slack:T1/C0, slack:T1/C1, slack:T1/C10 and 497 more" in alert.sentence
    assert "the bot was removed from the workspace" in alert.sentence
    assert "slack:T1" in resolution(alert)


def test_the_machine() -> None:
    """A disk that is nearly full, a database that was away, a clock that jumped."""
    outage = Outage(since=NOON, until=NOON + MINUTE, problem="It did not answer.")
    jump = ClockJump(at=NOON, seconds=-3600)
    later = NOON + 5 * MINUTE
    assert keys(at=later, disk_free=10_000_000, outage=outage, jump=jump) == ["clock", "database", "disk"]
    assert keys(at=later, disk_free=10**12) == []
    assert keys(at=later + timedelta(hours=2), outage=outage, jump=jump) == []


def lived(moments: list[tuple[timedelta, bool]], key: str = "platform slack") -> list[tuple[datetime, str]]:
    """What the operator hears when something is broken, or not, at these moments."""
    remembered: dict[str, Alert] = {}
    heard: list[tuple[datetime, str]] = []
    at = NOON
    for step, is_broken in moments:
        at += step
        present = [Alert(key=key, sentence="It is down.", since=at)] if is_broken else []
        told = tell(tuple(remembered.values()), present, at)
        heard += [(at, "begun") for _ in told.new] + [(at, "over") for _ in told.over]
        remembered |= {one.key: one for one in (*told.changes, *told.mark_alerts(at))}
    return heard


def test_once_when_broken_and_once_when_well() -> None:
    """However long it lasts, one message at its beginning and one at its end."""
    heard = lived([(MINUTE, True)] * 300 + [(MINUTE, False)] * 300)
    assert heard == [(NOON + MINUTE, "begun"), (NOON + 301 * MINUTE, "over")]


def test_what_is_over_by_itself_has_no_end() -> None:
    """A clock that jumped is told once, and told again when it jumps again after an hour."""
    heard = lived([(MINUTE, True)] * 60 + [(MINUTE, False)] * 60 + [(MINUTE, True)], "clock")
    assert heard == [(NOON + MINUTE, "begun"), (NOON + 121 * MINUTE, "begun")]


@given(st.lists(st.tuples(st.integers(1, 40).map(lambda n: n * MINUTE), st.booleans()), max_size=80))
def test_no_flood(moments: list[tuple[timedelta, bool]]) -> None:
    """Beginning and end alternate, and a beginning follows the one before after an hour at least."""
    heard = lived(moments)
    assert not heard or heard[0][1] == "begun"
    assert all(one[1] != other[1] for one, other in pairwise(heard))
    begun = [at for at, what in heard if what == "begun"]
    assert all(later - earlier >= APART for earlier, later in pairwise(begun))


@given(st.lists(st.tuples(st.integers(1, 40).map(lambda n: n * MINUTE), st.booleans()), max_size=60))
def test_the_operator_knows_in_the_end(moments: list[tuple[timedelta, bool]]) -> None:
    """Whatever came and went: an hour later the last word that the operator heard is true."""
    if not moments:
        return
    is_broken = moments[-1][1]
    heard = lived([*moments, (APART, is_broken), (APART, is_broken)])
    assert (heard[-1][1] if heard else "over") == ("begun" if is_broken else "over")


def test_what_could_not_be_told_is_told_later() -> None:
    """Where the operator's platform is down, what is seen is remembered and told at the next look."""
    present = [Alert(key="disk", sentence="It is full.", since=NOON)]
    first = tell((), present, NOON)
    again = tell(first.changes, [replace(present[0], since=NOON + MINUTE)], NOON + MINUTE)
    assert again == Telling(new=(present[0],))


def test_resolutions_are_sentences() -> None:
    """Each kind of alert that ends says so in its own words."""
    for key in ("platform slack", "waiting slack", "source arxiv", "digests late", "disk"):
        assert not resolution(Alert(key=key, sentence="", since=NOON)).startswith("This is over")
