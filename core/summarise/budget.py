"""May a language model be called, given what calls have cost so far? Pure. Days and months are those of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from core.speech import _
from core.summarise.ports import Spending


class Period(StrEnum):
    """What a cap is for."""

    DAILY = "daily"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may be spent on calls to models, in US dollars; None is no limit."""

    monthly_usd: float | None = None
    daily_usd: float | None = None

    @property
    def is_limited(self) -> bool:
        """True where there is a cap at all."""
        return self.monthly_usd is not None or self.daily_usd is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReached:
    """No model may be called for a while."""

    period: Period
    #: the cap, US dollars
    cap_usd: float
    #: when the next day or month begins, UTC
    until: datetime

    @property
    def sentence(self) -> str:
        """What is the matter, for people."""
        cap = f"{self.cap_usd:,.2f}"
        daily = _("The daily budget for language models (${cap}) is used up.", cap=cap)
        monthly = _("The monthly budget for language models (${cap}) is used up.", cap=cap)
        return daily if self.period is Period.DAILY else monthly

    @property
    def hint(self) -> str:
        """What follows, and what can be done."""
        return _(
            "Until {day} (UTC) summaries are made of sentences of the abstracts; {setting} sets the budget.",
            day=f"{self.until:%Y-%m-%d}",
            setting=f"model.{self.period}_budget_usd",
        )


def budget_reached(
    caps: Caps, *, month: Spending, day: Spending, in_flight: int, now: datetime
) -> BudgetReached | None:
    """The cap that keeps one more call back; None where it may be made.

    `month` and `day` are what calls have cost in this month and on this day; each of those `in_flight` is expected to
    cost what priced calls have cost on average. A model without a known price costs nothing here: its tokens are
    counted, and no cap holds it. Where nothing is known yet, the first calls under way may together pass a cap.
    """
    expected_usd = in_flight * _mean_cost(month)
    if caps.monthly_usd is not None and month.cost_usd + expected_usd >= caps.monthly_usd:
        following = (first_of_month(now) + timedelta(days=31)).replace(day=1)
        return BudgetReached(period=Period.MONTHLY, cap_usd=caps.monthly_usd, until=_midnight(following))
    if caps.daily_usd is not None and day.cost_usd + expected_usd >= caps.daily_usd:
        following = now.astimezone(UTC).date() + timedelta(days=1)
        return BudgetReached(period=Period.DAILY, cap_usd=caps.daily_usd, until=_midnight(following))
    return None


def first_of_month(now: datetime) -> date:
    """The day on which a moment's month began, UTC."""
    return now.astimezone(UTC).date().replace(day=1)


def _mean_cost(spending: Spending) -> float:
    """US dollars of a call whose price is known."""
    return spending.cost_usd / max(spending.calls - spending.unpriced_calls, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
