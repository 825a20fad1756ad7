"""What is to be done for a subscription, for every case in the life of a schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.channels import DeliveryTime, LateDay
from core.deliver.ledger import DeliveryState
from core.deliver.schedule import (
    DayReason,
    DayState,
    Due,
    LookOutcome,
    NotYet,
    Wait,
    after_post,
    decide,
)
from tests.fakes.schedules import (
    ALL_IN,
    BERLIN,
    CLAIMED,
    DAY,
    DUE,
    HOUR,
    LG,
    MIDNIGHT,
    MINUTE,
    ONE_LATE,
    OPEN,
    READER,
    TODAY,
    YESTERDAY,
    a_look,
    ended,
)


def test_before_the_hour() -> None:
    """A minute before the hour nothing is done, and the next look is at the hour."""
    looked = decide(a_look(), ALL_IN, DUE - MINUTE)
    assert (looked.step, looked.look_at, looked.next_due, looked.days) == (NotYet(), DUE, DUE, ())


def test_due_and_all_is_in() -> None:
    """At the hour, with all listings there, the digest is posted, in time; the claim stands meanwhile."""
    looked = decide(a_look(), ALL_IN, DUE)
    assert looked.step == Due(day=OPEN, is_late=False, missing=())
    assert (looked.look_at, looked.days, looked.next_due) == (CLAIMED, (OPEN,), DUE + DAY)


def test_posted_is_done_until_tomorrow() -> None:
    """Once it is posted the day is closed, and the next look is at tomorrow's hour."""
    look = a_look()
    looked = decide(look, ALL_IN, DUE)
    after = after_post(looked, look, state=DayState.POSTED, reason=DayReason.NONE, now=DUE + MINUTE)
    assert after.days == (replace(OPEN, state=DayState.POSTED, closed_at=DUE + MINUTE),)
    assert (after.settled_until, after.look_at, after.next_due) == (DUE, DUE + DAY, DUE + DAY)
    again = decide(a_look(READER, *after.days, settled=DUE), ALL_IN, DUE + 2 * HOUR)
    assert (again.step, again.days, again.look_at) == (NotYet(), (), DUE + DAY)


def test_paused_until_tomorrow() -> None:
    """A day that is open is left out where its digest was paused until the next, whose hour is looked at then."""
    paused = replace(READER, at=replace(READER.at, not_before=TODAY + DAY))
    looked = decide(a_look(paused, OPEN), ALL_IN, DUE + MINUTE)
    assert [(one.day, one.state, one.reason) for one in looked.days] == [(TODAY, DayState.SKIPPED, DayReason.CHANGED)]
    assert (looked.step, looked.look_at, looked.next_due) == (NotYet(), DUE + DAY, DUE + DAY)
    assert isinstance(decide(a_look(paused, settled=DUE), ALL_IN, DUE + DAY).step, Due)


class TestPatience:
    def test_waits_for_what_is_missing(self) -> None:
        """It waits for the categories whose listing is not there, and is looked at every minute."""
        looked = decide(a_look(), ONE_LATE, DUE)
        waiting = replace(OPEN, reason=DayReason.WAITING)
        assert looked.step == Wait(day=waiting, scopes=(LG,), until=DUE + HOUR)
        assert (looked.days, looked.look_at) == ((waiting,), DUE + MINUTE)

    def test_it_came(self) -> None:
        """What comes within its patience is posted, in time."""
        waiting = replace(OPEN, reason=DayReason.WAITING)
        step = decide(a_look(READER, waiting), ALL_IN, DUE + 59 * MINUTE).step
        assert isinstance(step, Due) and not step.is_late

    def test_it_is_over(self) -> None:
        """After its patience it is posted without what is missing, and knows what that is; this is not late."""
        waiting = replace(OPEN, reason=DayReason.WAITING)
        step = decide(a_look(READER, waiting), ONE_LATE, DUE + HOUR).step
        assert step == Due(day=waiting, is_late=False, missing=(LG,))

    def test_none(self) -> None:
        """With no patience it never waits."""
        step = decide(a_look(replace(READER, patience_min=0)), ONE_LATE, DUE).step
        assert isinstance(step, Due) and step.missing == (LG,)

    def test_no_longer_than_the_day(self) -> None:
        """It waits until midnight at most."""
        late = replace(READER, at=replace(BERLIN, at=time(23, 30)))
        looked = decide(a_look(late), ONE_LATE, DUE + timedelta(hours=14, minutes=30))
        assert isinstance(looked.step, Wait) and looked.step.until == MIDNIGHT

    def test_categories_of_others(self) -> None:
        """What others want is not waited for; who names no categories waits for all that is read."""
        only_cl = replace(READER, categories=("cs.CL",))
        assert isinstance(decide(a_look(only_cl), ONE_LATE, DUE).step, Due)
        step = decide(a_look(replace(READER, categories=())), ONE_LATE, DUE).step
        assert isinstance(step, Wait) and step.scopes == (LG,)


class TestQuietDays:
    def quiet(self, now: datetime = DUE) -> LookOutcome:
        look = a_look()
        return after_post(decide(look, ALL_IN, DUE), look, state=DayState.OPEN, reason=DayReason.QUIET, now=now)

    def test_stays_open(self) -> None:
        """A quiet day stays open, is looked at again, and is posted when papers come at noon; that is late."""
        after = self.quiet()
        assert (after.settled_until, after.look_at) == (YESTERDAY, DUE + timedelta(minutes=30))
        step = decide(a_look(READER, *after.days), ALL_IN, DUE + 4 * HOUR).step
        assert isinstance(step, Due) and step.is_late

    def test_ends_quiet(self) -> None:
        """At midnight it ends as a quiet one: nothing was missed."""
        looked = decide(a_look(READER, *self.quiet().days), ALL_IN, MIDNIGHT)
        assert ended(looked) == [(TODAY, DayState.QUIET, DayReason.QUIET)]
        assert looked.settled_until == DUE

    def test_last_look_is_at_midnight(self) -> None:
        """The last look of the day is at its end, however seldom it is looked at."""
        assert self.quiet(now=MIDNIGHT - MINUTE).look_at == MIDNIGHT

    def test_is_not_for_the_next_listing(self) -> None:
        """The listing of the next day is the next digest's: in Shanghai arXiv's comes at one, after the hour."""
        shanghai = replace(READER, at=DeliveryTime(at=time(9), zone="Asia/Shanghai"))
        due = datetime(2026, 2, 4, 1, tzinfo=UTC)
        quiet = replace(OPEN, due_at=due, opened_at=due, reason=DayReason.QUIET)
        look = a_look(shanghai, quiet, settled=due - DAY)
        assert isinstance(decide(look, ALL_IN, due + 3 * HOUR).step, Due)
        waits = decide(look, ALL_IN, due + 5 * HOUR)
        assert isinstance(waits.step, Wait) and waits.days == ()
        assert ended(decide(look, ALL_IN, due + 15 * HOUR)) == [(TODAY, DayState.QUIET, DayReason.QUIET)]


class TestLateDays:
    def test_machine_was_off(self) -> None:
        """A digest whose hour nobody saw is posted when the program is back, and is late."""
        step = decide(a_look(), ALL_IN, DUE + 6 * MINUTE).step
        assert isinstance(step, Due) and step.is_late
        step = decide(a_look(), ALL_IN, DUE + 4 * MINUTE).step
        assert isinstance(step, Due) and not step.is_late

    def test_sources_are_asked_first(self) -> None:
        """After a pause the sources have not been asked: it waits for them, as long as on any day."""
        step = decide(a_look(), ONE_LATE, DUE + 5 * HOUR).step
        assert isinstance(step, Wait) and step.until == DUE + 6 * HOUR

    def test_skipped_where_the_channel_chose_so(self) -> None:
        """A channel that wants nothing late gets nothing; the day is on record as skipped."""
        looked = decide(a_look(replace(READER, late_day=LateDay.SKIP)), ALL_IN, DUE + HOUR)
        assert ended(looked) == [(TODAY, DayState.SKIPPED, DayReason.OFF)]
        assert (looked.step, looked.look_at) == (NotYet(), DUE + DAY)

    @pytest.mark.parametrize("reason", [DayReason.FAILED, DayReason.UNSERVED, DayReason.SENDING])
    def test_skipped_after_failures(self, reason: DayReason) -> None:
        """Nor does it get what failed in its hour; what a source kept waiting is another matter."""
        skips = replace(READER, late_day=LateDay.SKIP)
        failed = decide(a_look(skips, replace(OPEN, reason=reason)), ALL_IN, DUE + 2 * HOUR)
        assert ended(failed) == [(TODAY, DayState.SKIPPED, reason)]
        waited = decide(a_look(skips, replace(OPEN, reason=DayReason.TROUBLE)), ALL_IN, DUE + 2 * HOUR)
        assert isinstance(waited.step, Due) and waited.step.is_late

    def test_days_without_paperboy(self) -> None:
        """Every wanted day that went by meanwhile is on record as missed, and only today's is posted."""
        looked = decide(a_look(settled=DUE - 7 * DAY), ALL_IN, DUE + HOUR)
        missed = [date(2026, 1, 29), date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 3)]
        assert ended(looked) == [(day, DayState.MISSED, DayReason.OFF) for day in missed]
        assert isinstance(looked.step, Due) and looked.step.day.day == TODAY

    def test_long_away(self) -> None:
        """Of a year without Paperboy the last month is put on record."""
        looked = decide(a_look(settled=DUE - 365 * DAY), ALL_IN, DUE + HOUR)
        assert len(ended(looked)) == 22

    @pytest.mark.parametrize("reason", [DayReason.TROUBLE, DayReason.FAILED, DayReason.WAITING])
    def test_never_posted_by_midnight(self, reason: DayReason) -> None:
        """What could not be posted by midnight is missed, for the reason it was open; the next hour is tomorrow's."""
        looked = decide(a_look(READER, replace(OPEN, reason=reason)), ALL_IN, MIDNIGHT)
        assert ended(looked) == [(TODAY, DayState.MISSED, reason)]
        assert looked.look_at == DUE + DAY

    def test_hour_that_passed_while_the_one_before_was_posted(self) -> None:
        """A digest that is posted after the next one's hour is followed by that."""
        nights = replace(READER, at=replace(BERLIN, at=time(0, 5)))
        look = a_look(nights, settled=DUE - 2 * DAY)
        due = datetime(2026, 2, 3, 23, 5, tzinfo=UTC)
        looked = decide(a_look(nights, settled=due - DAY), ALL_IN, due)
        after = after_post(looked, look, state=DayState.POSTED, reason=DayReason.NONE, now=due + DAY + HOUR)
        assert after.look_at == due + DAY

    def test_retries_slow_down(self) -> None:
        """What fails is tried again within minutes, then ever more slowly, at least twice an hour."""
        look = a_look()
        looked = decide(look, ALL_IN, DUE)
        pauses = []
        for minutes in (0, 2, 20, 600):
            now = DUE + minutes * MINUTE
            after = after_post(looked, look, state=DayState.OPEN, reason=DayReason.FAILED, now=now)
            assert after.look_at
            pauses.append((after.look_at - now) / MINUTE)
        assert pauses == [1, 1, 10, 30]


class TestOneADay:
    @pytest.mark.parametrize("now", [DUE, DUE + 5 * HOUR, MIDNIGHT + HOUR])
    def test_ordered_before(self, now: datetime) -> None:
        """A digest that somebody ordered earlier that day closes it."""
        looked = decide(a_look(deliveries={TODAY: DeliveryState.DONE}), ALL_IN, now)
        assert ended(looked) == [(TODAY, DayState.POSTED, DayReason.NONE)]
        assert looked.look_at == DUE + DAY

    def test_on_its_way(self) -> None:
        """A digest with a plan is not begun a second time, also after midnight: it is looked at until it is sent."""
        look = a_look(READER, OPEN, deliveries={TODAY: DeliveryState.SENDING})
        for now in (DUE + HOUR, MIDNIGHT + 3 * HOUR):
            looked = decide(look, ALL_IN, now)
            assert isinstance(looked.step, Wait) and looked.step.day.reason is DayReason.SENDING
            assert looked.look_at == now + MINUTE

    def test_given_up(self) -> None:
        """A digest that was planned and given up closes its day; its papers come with the next one."""
        looked = decide(a_look(READER, OPEN, deliveries={TODAY: DeliveryState.FAILED}), ALL_IN, DUE + HOUR)
        assert ended(looked) == [(TODAY, DayState.MISSED, DayReason.FAILED)]
        assert looked.look_at == DUE + DAY

    def test_one_before_is_on_its_way(self) -> None:
        """Yesterday's digest, still on its way, is no concern of the schedule: delivering today's closes it."""
        look = a_look(deliveries={TODAY - DAY: DeliveryState.SENDING})
        assert isinstance(decide(look, ALL_IN, DUE).step, Due)

    def test_platform_without_a_token(self) -> None:
        """What no token serves waits, is on record, and is missed at midnight."""
        looked = decide(a_look(), ALL_IN, DUE, is_served=False)
        assert isinstance(looked.step, Wait) and looked.look_at == DUE + 30 * MINUTE
        missed = decide(a_look(READER, *looked.days), ALL_IN, MIDNIGHT, is_served=False)
        assert ended(missed) == [(TODAY, DayState.MISSED, DayReason.UNSERVED)]


class TestClock:
    def test_put_forward_and_back(self) -> None:
        """A day that was closed under a clock a year ahead does not silence the schedule."""
        looked = decide(a_look(settled=DUE + 365 * DAY), ALL_IN, DUE - MINUTE)
        assert looked.look_at == DUE and looked.settled_until == DUE - MINUTE

    def test_back_by_an_hour(self) -> None:
        """After a clock was put back the same digest is not due a second time."""
        posted = replace(OPEN, state=DayState.POSTED, closed_at=DUE)
        look = a_look(READER, posted, settled=DUE, deliveries={TODAY: DeliveryState.DONE})
        for now in (DUE - HOUR, DUE, DUE + MINUTE):
            assert decide(look, ALL_IN, now).step == NotYet()
