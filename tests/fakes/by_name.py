"""What ingestion decides about the sources of this version, by the name of a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.origins import SOURCES
from core.ingest import freshness
from core.ingest.state import SourceState


def is_publishing_day(source: str, day: date) -> bool:
    return freshness.is_publishing_day(SOURCES[source], day)


def expected_day(source: str, now: datetime) -> date | None:
    return freshness.expected_day(SOURCES[source], now)


def next_check(states: Sequence[SourceState], source: str, now: datetime) -> datetime:
    return freshness.next_check(states, SOURCES[source], now)


def due(states: Sequence[SourceState], source: str, scopes: Sequence[str], now: datetime) -> tuple[str, ...]:
    return freshness.due(states, SOURCES[source], scopes, now)
