"""Which listings that should be out have been read: what a digest waits for. Pure; `schedule` decides with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.channels import Subscription
from core.deliver.sources import still_read
from core.ingest.freshness import has_arrived, newest_day
from core.ingest.state import SourceState
from core.ingest.traits import Role, Sources

#: the name of a source, and a scope of it
Scope = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Which listings that should be out have been read."""

    arrivals: frozenset[Scope]
    #: scopes that are read and have not arrived
    missing: tuple[Scope, ...]
    #: what the sources are like
    traits: Sources

    def missing_for(self, subscription: Subscription) -> tuple[Scope, ...]:
        """What a subscription has to wait for; one that names no categories for everything."""
        if not subscription.categories:
            return self.missing
        return tuple(
            scope for scope in map(self.traits.scope_of, subscription.categories) if scope not in self.arrivals
        )

    def has_moved_on(self, subscription: Subscription, since: datetime, now: datetime) -> bool:
        """True where a listing day of any of its sources has begun since an aware moment."""
        scopes = map(self.traits.scope_of, subscription.categories) if subscription.categories else self.arrivals
        sources = [self.traits[name] for name in dict.fromkeys(name for name, _ in scopes)]
        return any(newest_day(source, since) != newest_day(source, now) for source in sources)


def batches_of(states: Sequence[SourceState], now: datetime, traits: Sources) -> Batches:
    """Which listings are there at an aware moment; not where days before the newest one are still to be read."""
    bringing = [state for state in states if traits[state.source].role is Role.BRINGS]
    arrivals = frozenset(
        (state.source, state.scope)
        for state in bringing
        if has_arrived(state, traits[state.source], now) and not state.has_days_to_read
    )
    read = ((state.source, state.scope) for state in still_read(bringing))
    return Batches(arrivals=arrivals, missing=tuple(scope for scope in read if scope not in arrivals), traits=traits)
