"""When sources have something new, and when they are asked for it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.origins import SOURCES
from core.ingest.freshness import cool_down_s, due, expected_day, is_publishing_day, next_checks
from core.ingest.state import SourceState, State
from core.ingest.traits import SourceTraits
from tests.shared import SHARED, needs_shared

ARXIV, BIORXIV, FEEDS, HUGGINGFACE = (SOURCES[name] for name in ("arxiv", "biorxiv", "feeds", "huggingface"))
EASTERN = ZoneInfo("America/New_York")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JITTER = 3 * MINUTE


def eastern(day: int, hour: int = 0, minute: int = 0, *, month: int = 2, year: int = 2026) -> datetime:
    """A moment of New York, by default in February 2026, whose second is a Monday."""
    return datetime(year, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


def a_state(checked: datetime, *, fresh: datetime | None = None, scope: str = "cs.CL", **fields: object) -> SourceState:
    values: dict[str, object] = {"source": "arxiv", "state": State.QUIET} | fields
    return SourceState(scope=scope, checked_at=checked, fresh_at=fresh, **values)  # type: ignore[arg-type]  # as the test says


def next_check(states: Sequence[SourceState], source: SourceTraits, now: datetime) -> datetime:
    """The first moment from now on at which any scope wants to be asked."""
    return max(now, min(next_checks(states, source, now).values(), default=now))


class TestDays:
    @pytest.mark.parametrize(
        "day",
        [
            date(2025, 1, 2),
            date(2025, 1, 21),
            date(2025, 6, 20),
            date(2025, 7, 7),  # the fourth is a Friday, so the evening of Sunday the sixth goes
            date(2025, 9, 2),
            date(2025, 11, 28),
            date(2025, 12, 26),
            date(2026, 1, 2),
            date(2023, 1, 17),
            date(2023, 6, 20),
            date(2023, 7, 5),
            date(2023, 9, 5),
            date(2023, 11, 24),
            date(2023, 12, 26),
            date(2027, 6, 21),  # a Saturday's holiday
            date(2028, 1, 3),  # New Year's Day is a Saturday
            date(2034, 1, 2),  # New Year's Day is a Sunday
        ],
    )
    def test_day_after_a_holiday(self, day: date) -> None:
        """arXiv has no listing on the morning after a holiday, as it told for 2023 and 2025."""
        assert not is_publishing_day(ARXIV, day)

    @pytest.mark.parametrize(
        "day",
        [
            date(2025, 6, 19),
            date(2025, 7, 4),
            date(2025, 9, 1),
            date(2025, 12, 25),
            date(2026, 1, 1),
            date(2025, 5, 26),  # Memorial Day, and the day after it
            date(2025, 5, 27),
            date(2025, 11, 12),  # after Veterans Day
        ],
    )
    def test_holiday_itself(self, day: date) -> None:
        """On the holiday itself there is a listing, of the evening before; and not every holiday is kept."""
        assert is_publishing_day(ARXIV, day)

    @given(st.dates(date(1991, 8, 14), date(2100, 1, 1)))
    def test_weekends(self, day: date) -> None:
        """arXiv never lists at a weekend, seven weekdays a year are free, journals and bioRxiv know no such days."""
        assert is_publishing_day(FEEDS, day) and is_publishing_day(BIORXIV, day)
        assert is_publishing_day(HUGGINGFACE, day) == (day.weekday() < 5)
        assert not (day.weekday() >= 5 and is_publishing_day(ARXIV, day))
        year = [date(day.year, 1, 1) + n * DAY for n in range(365)]
        assert sum(one.weekday() < 5 and not is_publishing_day(ARXIV, one) for one in year) == 7

    @needs_shared
    def test_recorded_year(self) -> None:
        """No listing worth the name was recorded on a day that we take for free."""
        listed: Counter[date] = Counter()
        for file in sorted((SHARED / "data/daily/arxiv").glob("arxiv-*.jsonl.gz")):
            with gzip.open(file, "rt") as lines:
                listed.update(date.fromisoformat(json.loads(line)["day"]) for line in lines)
        full = [day for day, papers in listed.items() if papers > 60]
        assert len(full) > 200 and [day for day in full if not is_publishing_day(ARXIV, day)] == []


class TestExpectedDay:
    @pytest.mark.parametrize(
        ("now", "day"),
        [
            (eastern(4, 0, 59), date(2026, 2, 3)),
            (eastern(4, 1), date(2026, 2, 4)),
            (eastern(8, 12), date(2026, 2, 6)),
            (eastern(9, 0, 30), date(2026, 2, 6)),
            (eastern(2, 12, month=1), date(2026, 1, 1)),
            (eastern(5, 0, 30, month=1), date(2026, 1, 1)),
            (eastern(1, 1, month=1), date(2026, 1, 1)),
            (eastern(1, 0, 59, month=1), date(2025, 12, 31)),
            (datetime(2026, 3, 9, 4, 59, tzinfo=UTC), date(2026, 3, 6)),  # the first Monday of summer time
            (datetime(2026, 3, 9, 5, 0, tzinfo=UTC), date(2026, 3, 9)),
            (datetime(2026, 11, 2, 5, 59, tzinfo=UTC), date(2026, 10, 30)),  # and of winter time
            (datetime(2026, 11, 2, 6, 0, tzinfo=UTC), date(2026, 11, 2)),
        ],
    )
    def test_arxiv(self, now: datetime, day: date) -> None:
        """arXiv's listing should be out an hour after midnight Eastern, on a day that has one."""
        assert expected_day(ARXIV, now) == day
        assert expected_day(ARXIV, now.astimezone(ZoneInfo("Asia/Tokyo"))) == day

    def test_others(self) -> None:
        """A day's list of Hugging Face runs a day, bioRxiv is described later, a journal promises nothing."""
        now = datetime(2026, 2, 9, 12, tzinfo=UTC)
        assert expected_day(HUGGINGFACE, now) == date(2026, 2, 6)
        assert expected_day(BIORXIV, now) == date(2026, 2, 7)
        assert expected_day(FEEDS, now) is None


class TestNextCheck:
    def test_never_asked(self) -> None:
        """A source that was never asked is asked now, whatever others remember."""
        assert next_check([], ARXIV, eastern(4)) == eastern(4)
        assert next_check([a_state(eastern(3), source="feeds")], ARXIV, eastern(4)) == eastern(4)

    def test_probing(self) -> None:
        """From midnight Eastern it is asked every 15 minutes until something unseen shows up in any category."""
        at = eastern(4, 0, 20)
        old = a_state(at, fresh=eastern(3, 0, 30))
        assert next_check([old], ARXIV, at) == at + 15 * MINUTE
        seen = a_state(at, scope="cs.LG", fresh=at, state=State.FRESH)
        assert next_check([old, seen], ARXIV, at) == at + 4 * HOUR

    def test_unseen_papers_of_an_older_listing_do_not_end_the_probing(self) -> None:
        """To a category that somebody has just subscribed to, yesterday's papers are unseen: today's are still due."""
        at = eastern(4, 0, 20)
        first = a_state(at, fresh=at, state=State.FRESH, scope="cs.LG", listing_day=date(2026, 2, 3))
        assert next_check([a_state(at, fresh=eastern(3, 1)), first], ARXIV, at) == at + 15 * MINUTE
        today = a_state(at, fresh=at, state=State.FRESH, scope="cs.LG", listing_day=date(2026, 2, 4))
        assert next_check([first, today], ARXIV, at) == at + 4 * HOUR

    def test_clocks_set_back(self) -> None:
        """What was fresh by a clock of next year does not keep this year's listings from being looked for."""
        at = eastern(4, 0, 20)
        states = [a_state(at, fresh=eastern(3, 1)), a_state(at, fresh=at + 300 * DAY, scope="cs.LG")]
        assert next_check(states, ARXIV, at) == at + 15 * MINUTE

    def test_patience_ends(self) -> None:
        """A listing that is not out by noon is asked for once an hour."""
        at = eastern(4, 13)
        assert next_check([a_state(at, fresh=eastern(3, 1))], ARXIV, at) == at + HOUR

    def test_due_at_midnight(self) -> None:
        """A pause never reaches beyond the moment at which the next listing is due."""
        at = eastern(3, 22)
        then = next_check([a_state(at, fresh=eastern(3, 1))], ARXIV, at)
        assert eastern(4) <= then <= eastern(4) + JITTER

    def test_after_the_weekend(self) -> None:
        """At weekends it is asked every six hours, and on Monday when the listing is due."""
        saturday = eastern(7, 9)
        assert next_check([a_state(saturday)], ARXIV, saturday) == saturday + 6 * HOUR
        sunday = eastern(8, 21)
        assert eastern(9) <= next_check([a_state(sunday)], ARXIV, sunday) <= eastern(9) + JITTER

    def test_a_weekday_without_a_listing(self) -> None:
        """On the day after a holiday it is asked every hour: arXiv decides on its holidays year by year."""
        at = eastern(2, 9, month=1)
        assert next_check([a_state(at, fresh=eastern(1, 1, month=1))], ARXIV, at) == at + HOUR

    @pytest.mark.parametrize("state", [State.STALE, State.FAILED, State.THROTTLED])
    def test_trouble_in_one_category(self, state: State) -> None:
        """While one category is stale or without an answer, its source is asked every half hour."""
        at = eastern(4, 9)
        states = [a_state(at, fresh=eastern(4, 1), state=State.QUIET), a_state(at, scope="cs.LG", state=state)]
        assert next_check(states, ARXIV, at) == at + 30 * MINUTE

    def test_trouble_at_the_weekend(self) -> None:
        """What is stale on a Saturday will be so on Sunday; what failed is tried again."""
        at = eastern(7, 9)
        assert next_check([a_state(at, state=State.STALE)], ARXIV, at) == at + 6 * HOUR
        assert next_check([a_state(at, state=State.FAILED)], ARXIV, at) == at + 30 * MINUTE

    def test_waits(self) -> None:
        """Nothing of a source is asked before the moment it named, also where that is long after the next refresh."""
        at, until = eastern(4, 0, 20), eastern(4, 1, 10)
        throttled = a_state(at, state=State.THROTTLED, wait_until=until)
        assert next_check([throttled, a_state(eastern(3), scope="cs.LG")], ARXIV, at) == until
        assert next_check([throttled], ARXIV, until + MINUTE) == until + MINUTE

    def test_another_clock(self) -> None:
        """Refreshes and waits of a future that cannot be ours do not hold anything up."""
        at = eastern(4, 9)
        assert next_check([a_state(at + DAY)], ARXIV, at) == at
        waits = a_state(at, fresh=at, state=State.FRESH, wait_until=at + DAY)
        assert next_check([waits], ARXIV, at) == at + 4 * HOUR

    @pytest.mark.parametrize(("source", "hours"), [("huggingface", 1), ("biorxiv", 4), ("feeds", 1)])
    def test_other_sources(self, source: str, hours: int) -> None:
        """Votes grow and journals publish at any hour; bioRxiv is slower."""
        at = eastern(4, 9)
        state = a_state(at, source=source, fresh=at, state=State.FRESH)
        assert next_check([state], SOURCES[source], at) == at + hours * HOUR

    def test_feeds_do_not_wait_for_each_other(self) -> None:
        """A feed that asks us to wait, or fails, says nothing of another publisher's."""
        at = eastern(4, 9)
        waits = a_state(at, source="feeds", scope="a", state=State.THROTTLED, wait_until=at + HOUR)
        other = a_state(at - 50 * MINUTE, source="feeds", scope="b")
        assert next_check([waits, other], FEEDS, at) == at + 10 * MINUTE

    def test_installations_differ(self) -> None:
        """Not all installations ask in the same second, and each knows its own."""
        now = eastern(3, 22)
        states = [a_state(now - n * timedelta(seconds=7)) for n in range(40)]
        moments = [next_check([state], ARXIV, now) for state in states]
        assert len(set(moments)) > 20
        assert moments == [next_check([state], ARXIV, now) for state in states]

    @pytest.mark.parametrize(("month", "sunday", "hours"), [(3, 8, 23), (11, 1, 25)])
    def test_change_of_the_clocks(self, month: int, sunday: int, hours: int) -> None:
        """The Sunday on which clocks change is an hour shorter or longer, and Monday's listing due at its midnight."""
        begin = eastern(sunday, month=month)
        at = begin + (hours - 1) * HOUR
        then = next_check([a_state(at)], ARXIV, at)
        assert HOUR <= then - at <= HOUR + JITTER


moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@st.composite
def histories(draw: st.DrawFn) -> tuple[Sequence[SourceState], datetime]:
    """What a source's scopes remember at some moment."""
    now = draw(moments)
    ago = st.integers(-3 * 86400, 30 * 86400).map(lambda seconds: now - timedelta(seconds=seconds))
    state = st.builds(
        SourceState,
        source=st.sampled_from(["arxiv", "huggingface", "biorxiv", "feeds", "crossref"]),
        scope=st.sampled_from(["a", "b", "c"]),
        state=st.sampled_from(State),
        checked_at=ago,
        fresh_at=st.none() | ago,
        wait_until=st.none() | ago,
    )
    return draw(st.lists(state, max_size=5, unique_by=lambda one: (one.source, one.scope))), now


@given(histories(), st.sampled_from(["arxiv", "huggingface", "biorxiv", "feeds", "crossref"]))
def test_next_check_is_near(history: tuple[Sequence[SourceState], datetime], source: str) -> None:
    """The next check is never in the past, never more than six hours ahead, and nothing is due before it."""
    states, now = history
    then = next_check(states, SOURCES[source], now)
    assert now <= then <= now + 6 * HOUR
    scopes = [one.scope for one in states if one.source == source]
    assert bool(due(states, SOURCES[source], scopes, now)) == (bool(scopes) and then == now)
    if then > now:
        assert due(states, SOURCES[source], scopes, then) or any(one.wait_until for one in states)


@given(moments)
def test_expected_day_is_a_publishing_day(now: datetime) -> None:
    """What is expected is a day that has a listing, not after today, and never older than a long weekend."""
    for source in ("arxiv", "huggingface", "biorxiv"):
        day = expected_day(SOURCES[source], now)
        assert day and is_publishing_day(SOURCES[source], day) and day <= now.date() < day + 6 * DAY


def test_a_day_of_arxiv() -> None:
    """A day with a listing that comes at two: asked for at midnight, then each quarter, then five times a day."""
    now, fresh, asked = eastern(3, 22), eastern(3, 1), []
    state = a_state(now, fresh=fresh)
    while (now := next_check([state], ARXIV, now)) < eastern(5):
        is_out = now >= eastern(4, 2) and not asked_after(asked, eastern(4, 2))
        asked.append(now)
        state = a_state(now, fresh=now if is_out else state.fresh_at)
    assert len(asked_between(asked, eastern(4), eastern(4, 2))) == 8
    assert len(asked_between(asked, eastern(4, 2), eastern(5))) == 6


def asked_after(asked: Sequence[datetime], moment: datetime) -> bool:
    return any(one >= moment for one in asked)


def asked_between(asked: Sequence[datetime], begin: datetime, end: datetime) -> list[datetime]:
    return [one for one in asked if begin <= one < end]


class TestDue:
    def test_new_scopes(self) -> None:
        """A scope that was never asked about is due at once, alone where the others are not."""
        at = eastern(4, 9)
        known = a_state(at, fresh=at, state=State.FRESH)
        assert due([known], ARXIV, ["cs.LG", "cs.CL"], at) == ("cs.LG",)
        assert due([], ARXIV, ["cs.LG", "cs.CL"], at) == ("cs.LG", "cs.CL")

    def test_together(self) -> None:
        """Scopes that were asked one after another are asked so again; those that are no longer wanted are not."""
        at = eastern(4, 0, 20)
        states = [a_state(at + n * timedelta(seconds=3), scope=f"s{n}") for n in range(3)]
        assert due(states, ARXIV, ["s2", "s1"], at + 15 * MINUTE) == ()
        assert due(states, ARXIV, ["s2", "s1"], at + 16 * MINUTE) == ("s2", "s1")
        assert due(states, ARXIV, ["s0", "s1"], at + 15 * MINUTE) == ("s0", "s1")

    def test_interrupted(self) -> None:
        """After a refresh that was killed half-way only the rest is asked."""
        at = eastern(4, 9)
        done = a_state(at, fresh=at, state=State.FRESH)
        left = a_state(at - 5 * HOUR, scope="cs.LG", fresh=eastern(4, 1))
        assert due([done, left], ARXIV, ["cs.CL", "cs.LG"], at) == ("cs.LG",)

    def test_waiting(self) -> None:
        """While a source wants to be left alone not even new scopes of it are asked; of feeds the others are."""
        at = eastern(4, 9)
        waits = a_state(at, state=State.THROTTLED, wait_until=at + MINUTE)
        assert due([waits], ARXIV, ["cs.CL", "cs.LG"], at) == ()
        feed = a_state(at, source="feeds", state=State.THROTTLED, wait_until=at + MINUTE)
        assert due([feed], FEEDS, ["cs.CL", "cs.LG"], at) == ("cs.LG",)


@pytest.mark.parametrize(
    ("troubles", "retry_after_s", "waits_s"),
    [
        (1, 12.5, 12.5),
        (9, 2.0, 2.0),
        (1, 86400.0, 3600.0),
        (1, float("inf"), 3600.0),
        (1, float("nan"), 300.0),
        (2, 0.0, 900.0),
        (1, -5.0, 300.0),
        (0, None, 300.0),
        (1, None, 300.0),
        (2, None, 900.0),
        (3, None, 1800.0),
        (4, None, 3600.0),
        (99, None, 3600.0),
    ],
)
def test_cool_down(troubles: int, retry_after_s: float | None, waits_s: float) -> None:
    """A source is left alone as long as it asks for, at most an hour; where it names nothing, longer every time."""
    assert cool_down_s(troubles, retry_after_s) == waits_s
