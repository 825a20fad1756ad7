"""Why a due day has no digest, or not yet, in words: for `why` and for `paperboy status`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.deliver.schedule import DayReason, DueDay

_REASONS: Final[Mapping[DayReason, str]] = MappingProxyType(
    {
        DayReason.NONE: "",
        DayReason.WAITING: "it waits for a source's listing",
        DayReason.QUIET: "nothing was announced",
        DayReason.TROUBLE: "sources could not be read",
        DayReason.SENDING: "it is on its way",
        DayReason.FAILED: "it could not be posted",
        DayReason.OFF: "Paperboy was not running",
        DayReason.UNSERVED: "no token serves its platform",
        DayReason.CHANGED: "it was paused, or its weekday taken out",
    }
)


def day_reason(day: DueDay) -> str:
    """What stands in the way of a due day's digest; empty where nothing does."""
    return _REASONS[day.reason]
