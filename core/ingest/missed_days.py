"""The use case that reads days which refreshes missed and left, from the archive of their source, a part at a time.

A refresh with `leaves_missed_days` puts them on record, as work and in the state of their scope, from which digests
know that they are to come. Here they are read, and the state then tells what came of it. The job `backfill` calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.ingest import backfill
from core.ingest.conclude import conclude_missed_days, is_for_refreshes
from core.ingest.ports import ListingStore, PaperArchive, SourceStore
from core.ingest.problems import MissedDays
from core.ingest.state import Backfill, Report
from core.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was read of a source's missed days."""

    #: on each scope of which anything is known now that was not before
    reports: tuple[Report, ...]
    #: some are left for the next part
    has_rest: bool


async def read_part(
    archive: PaperArchive, scopes: Sequence[str], store: ListingStore, clock: Clock, *, ends_at: datetime
) -> Part:
    """Read missed days of these scopes, and no further page once it is `ends_at` (UTC). Raises StoreError.

    What goes wrong with a scope is its report, and the others go on. A scope that was never refreshed is left alone.
    """
    reports: list[Report] = []
    has_rest = False
    for scope in scopes:
        archive_reports: list[tuple[Backfill, Report]] = []
        left_days: list[Backfill] = []
        for todo in await days_to_read(archive.name, scope, store, clock):
            if clock.now() < ends_at:
                report = await backfill.read(archive, scope, todo.since, todo.until, store, clock, ends_at=ends_at)
                if not report.has_rest:
                    archive_reports.append((todo, report))
                    continue
            left_days.append(todo)
            has_rest = True
        last = await store.source_state(archive.name, scope)
        if last is None or not (archive_reports or any(isinstance(problem, MissedDays) for problem in last.problems)):
            continue
        conclusion = conclude_missed_days(last, archive_reports, left_days)
        if conclusion.state != last or archive_reports:
            await store.save_source_state(conclusion.state, report=conclusion.report)
            reports.append(conclusion.report)
    return Part(reports=tuple(reports), has_rest=has_rest)


async def days_to_read(source: str, scope: str, store: SourceStore, clock: Clock) -> list[Backfill]:
    """Days that were missed, by a refresh now or earlier, and that refreshes go on with. Raises StoreError."""
    today = clock.now().date()
    return [todo for todo in await store.backfills(source, scope) if is_for_refreshes(todo, today)]
