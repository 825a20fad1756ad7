"""The rows that tell how sources were read, to values and back: their states, refreshes and backfills.

The modules of this folder call these, as they call `rows`. Nothing here touches a database.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from core.ingest.listing import Validators
from core.ingest.problems import Problem
from core.ingest.state import Backfill, Phase, Refresh, Report, SourceState, State
from core.papers.identity.changes import Stored
from core.text.storable import safe
from storage.rows import Row, Values

_PROBLEMS: Final = TypeAdapter(tuple[Annotated[Problem, Field(discriminator="kind")], ...])


def problems_text(problems: Sequence[Problem]) -> str:
    """Problems as JSON, each with its kind; without text that no database can hold."""
    return json.dumps([_safe(asdict(problem)) for problem in problems], ensure_ascii=False) if problems else "[]"


def problems_of(text: str) -> tuple[Problem, ...]:
    """Problems as values."""
    return _PROBLEMS.validate_json(text) if text != "[]" else ()


def _safe(value: Any) -> Any:
    match value:
        case str():
            return safe(value)
        case date():
            return value.isoformat()
        case dict():
            return {key: _safe(member) for key, member in value.items()}
        case list() | tuple():
            return [_safe(member) for member in value]
    return value


def source_state_values(state: SourceState) -> Values:
    """What is remembered of a scope as a row of `source_states`."""
    return {
        "source": state.source,
        "scope": state.scope,
        "state": state.state.value,
        "checked_at": state.checked_at,
        "fresh_at": state.fresh_at,
        "listing_day": state.listing_day,
        "listed": state.listed,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "problems": problems_text(state.problems),
        "came_otherwise": state.came_otherwise,
        "wait_until": state.wait_until,
        "troubles": state.troubles,
    }


def source_state_of(row: Row) -> SourceState:
    """A row of `source_states` as a value."""
    return SourceState(
        source=row.source,
        scope=row.scope,
        state=State(row.state),
        checked_at=row.checked_at,
        fresh_at=row.fresh_at,
        listing_day=row.listing_day,
        listed=row.listed,
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        problems=problems_of(row.problems),
        came_otherwise=row.came_otherwise,
        wait_until=row.wait_until,
        troubles=row.troubles,
    )


def refresh_values(report: Report, *, at: datetime) -> Values:
    """A report as a row of `refreshes`."""
    return {
        "source": report.source,
        "scope": report.scope,
        "at": at,
        "state": report.state.value,
        "fetched": report.fetched,
        **_stored_values(report.stored),
        "failed": report.failed,
        "problems": problems_text(report.problems),
        "retry_after_s": report.retry_after_s,
    }


def refresh_of(row: Row) -> Refresh:
    """A row of `refreshes` as a value."""
    report = Report(
        source=row.source,
        scope=row.scope,
        state=State(row.state),
        fetched=row.fetched,
        stored=_stored_of(row),
        failed=row.failed,
        problems=problems_of(row.problems),
        retry_after_s=row.retry_after_s,
    )
    return Refresh(report=report, at=row.at)


def backfill_values(backfill: Backfill, *, at: datetime) -> Values:
    """How far a backfill has come as a row of `backfills`."""
    return {
        "source": backfill.source,
        "scope": backfill.scope,
        "since": backfill.since,
        "until": backfill.until,
        "phase": backfill.phase.value,
        "cursor": backfill.cursor,
        "fetched": backfill.fetched,
        **_stored_values(backfill.stored),
        "failed": backfill.failed,
        "troubles": backfill.troubles,
        "wait_until": backfill.wait_until,
        "at": at,
    }


def backfill_of(row: Row) -> Backfill:
    """A row of `backfills` as a value."""
    return Backfill(
        source=row.source,
        scope=row.scope,
        since=row.since,
        until=row.until,
        phase=Phase(row.phase),
        cursor=row.cursor,
        fetched=row.fetched,
        stored=_stored_of(row),
        failed=row.failed,
        troubles=row.troubles,
        wait_until=row.wait_until,
    )


def _stored_values(counts: Stored) -> Values:
    return {"new": counts.new, "updated": counts.updated, "known": counts.known, "merged": counts.merged}


def _stored_of(row: Row) -> Stored:
    return Stored(new=row.new, updated=row.updated, known=row.known, merged=row.merged)
