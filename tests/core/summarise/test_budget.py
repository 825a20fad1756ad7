"""May a language model be called, given what calls have cost so far?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.summarise.budget import BudgetReached, Caps, Period, budget_reached
from core.summarise.ports import Spending

NOW = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def reached(caps: Caps, month_usd: float = 0, day_usd: float = 0, *, in_flight: int = 0) -> BudgetReached | None:
    month, day = (Spending(calls=10, cost_usd=usd) for usd in (month_usd, day_usd))
    return budget_reached(caps, month=month, day=day, in_flight=in_flight, now=NOW)


def test_without_a_cap_nothing_is_held_back() -> None:
    """Where no budget is set, calls may cost what they cost."""
    assert reached(Caps(), 1e6, 1e6, in_flight=1_000) is None


@pytest.mark.parametrize("period", Period)
def test_up_to_the_cap(period: Period) -> None:
    """Calls are made below a cap, and at it they are held back until the next day or month begins in UTC."""
    caps = Caps(**{f"{period}_usd": 5.0})
    assert reached(caps, 4.99, 4.99) is None
    assert reached(caps, 5.0, 5.0) == BudgetReached(period=period, cap_usd=5.0, until=NEW_YEAR)


def test_the_longer_wait_is_told() -> None:
    """Where both caps are reached, the month's is told."""
    both = reached(Caps(monthly_usd=5, daily_usd=1), 5, 5)
    assert both and both.period is Period.MONTHLY


def test_calls_under_way_count() -> None:
    """Each call under way is expected to cost what calls cost on average."""
    assert reached(Caps(monthly_usd=5), 4.0, in_flight=2) is None
    assert reached(Caps(monthly_usd=5), 4.0, in_flight=3)


def test_a_model_without_a_price_is_not_held_back() -> None:
    """A cap in dollars holds no model whose price nobody knows, and a cap of nothing holds all."""
    tokens = Spending(calls=10, input_tokens=10**9, unpriced_calls=10)
    assert budget_reached(Caps(monthly_usd=1), month=tokens, day=tokens, in_flight=9, now=NOW) is None
    assert reached(Caps(daily_usd=0))


def test_what_people_read() -> None:
    """A budget that is used up says which, until when, and what to do."""
    told = reached(Caps(monthly_usd=5), 5)
    assert told
    assert told.sentence == "The monthly budget for language models ($5.00) is used up."
    assert "Until 2027-01-01 (UTC)" in told.hint
    assert "model.monthly_budget_usd" in told.hint
