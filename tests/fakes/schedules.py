"""Looks at one subscription's schedule, on a day with all its listings there or one late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from bot.origins import SOURCES
from core.channels import ChannelRef, DeliveryTime, Subscription
from core.deliver.batches import Batches
from core.deliver.ledger import DeliveryState
from core.deliver.schedule import DayReason, DayState, DueDay, Look, LookOutcome

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: a Wednesday, with listings on all days around it
TODAY = date(2026, 2, 4)
#: 09:00 in Berlin, three hours after arXiv's listing of the day
DUE = datetime(2026, 2, 4, 8, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 4, 23, tzinfo=UTC)
YESTERDAY = DUE - DAY
BERLIN = DeliveryTime(at=time(9), zone="Europe/Berlin")
READER = Subscription(channel=ChannelRef("slack", "T1", "C1"), categories=("cs.CL", "cs.LG"), at=BERLIN)
CL, LG = ("arxiv", "cs.CL"), ("arxiv", "cs.LG")
ALL_IN = Batches(arrivals=frozenset({CL, LG}), missing=(), traits=SOURCES)
ONE_LATE = Batches(arrivals=frozenset({CL}), missing=(LG,), traits=SOURCES)
OPEN = DueDay(day=TODAY, due_at=DUE, opened_at=DUE)
CLAIMED = DUE + timedelta(days=99)


def a_look(
    subscription: Subscription = READER,
    *days: DueDay,
    settled: datetime | None = YESTERDAY,
    deliveries: Mapping[date, DeliveryState] | None = None,
) -> Look:
    return Look(
        number=1,
        subscription=subscription,
        settled_until=settled,
        days=days,
        deliveries=deliveries or {},
        claimed_until=CLAIMED,
    )


def ended(looked: LookOutcome) -> list[tuple[date, DayState, DayReason]]:
    return [(one.day, one.state, one.reason) for one in looked.days if one.state is not DayState.OPEN]
