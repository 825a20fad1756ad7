"""What channels want -> what to ask -> a refresh -> indexes: composed once, for the clock, commands and digests.

The use cases are `core.ingest.refresh` and `core.ingest.enrich`; what differs between those who call is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

from bot.wire import App
from core.ingest.enrich import enrich
from core.ingest.freshness import due
from core.ingest.ports import PaperSource
from core.ingest.refresh import Progress, refresh
from core.ingest.state import Report, SourceState, State
from core.ingest.traits import Sources

#: parts of sources, each a source with a scope of it, in the order in which they are asked
Scopes = tuple[tuple[PaperSource, str], ...]


async def wanted_scopes(app: App, names: Sequence[str] = ()) -> Scopes:
    """What channels want, of the named sources or of all. Raises UsageError, as `Origins.scopes`."""
    return app.origins.scopes(await app.store.wanted_categories(), names)


async def refresh_scopes(
    app: App,
    scopes: Scopes,
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    asks_indexes: Callable[[Sequence[Report]], bool] = lambda _: False,
    leaves_missed_days: bool = False,
) -> tuple[Report, ...]:
    """Read these scopes, and missed days of them from archives or, as `refresh` does, leave those. Raises StoreError.

    Then ask the indexes about new papers, where `asks_indexes` says so of the reports.
    """
    reports = await refresh(
        scopes,
        app.store,
        app.clock,
        tell=tell,
        archives=app.origins.archives,
        leaves_missed_days=leaves_missed_days,
    )
    if app.origins.enrichers and asks_indexes(reports):
        reports = (*reports, *await enrich(app.origins.enrichers, app.store, app.clock))
    return reports


def due_of(scopes: Scopes, states: Sequence[SourceState], now: datetime, traits: Sources) -> Scopes:
    """The scopes that are due now."""
    due_scopes: list[tuple[PaperSource, str]] = []
    for name, group in groupby(scopes, key=lambda pair: pair[0].name):
        parts = list(group)
        due_parts = due(states, traits[name], [scope for _, scope in parts], now)
        due_scopes += [(source, scope) for source, scope in parts if scope in due_parts]
    return tuple(due_scopes)


def has_news(reports: Sequence[Report]) -> bool:
    """True where a refresh brought something that a digest may wait for."""
    return any(report.state is State.FRESH or report.stored.new > 0 or report.stored.updated > 0 for report in reports)
