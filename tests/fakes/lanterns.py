"""An invented source with traits of its own, which no module of the program knows by name."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta
from typing import Final

from bot.origins import SOURCES
from core.ingest.traits import Calendar, Sources, SourceTraits

_WEDNESDAY: Final = 2


def _is_wednesday(day: date) -> bool:
    return day.weekday() == _WEDNESDAY


LANTERNS: Final = SourceTraits(
    name="lanterns",
    title="Lantern Press",
    calendar=Calendar(zone=UTC, publishes=_is_wednesday, grace=timedelta(hours=1)),
    rhythm=timedelta(hours=2),
    trust=100,
    scopes=re.compile(r"lantern:.*"),
    example="lantern:oil",
    whole=("lantern:all",),
    probe="lantern:wick",
)
#: the sources of this version, and that one
WITH_LANTERNS: Final = Sources((LANTERNS, *SOURCES))
