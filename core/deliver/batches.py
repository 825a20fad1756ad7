"""Which listings that should be out have been read: what a digest waits for. Pure; `schedule` decides with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.channels import Subscription
from core.ingest.freshness import has_arrived, newest_day
from core.ingest.state import SourceState
from core.ingest.traits import Role, Sources

#: what was not asked for so long, while others were, nobody reads any more
_ABANDONED: Final = timedelta(days=2)

#: the name of a source, and a scope of it
Scope = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Which listings that should be out have been read."""

    arrivals: frozenset[Scope]
    #: scopes that are read and have not arrived
    missing: tuple[Scope, ...]
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
    """Which listings are there at an aware moment."""
    bringing = [state for state in states if traits[state.source].role is Role.BRINGS]
    newest = max((state.checked_at for state in bringing), default=now)
    read = [state for state in bringing if newest - state.checked_at <= _ABANDONED]
    arrivals = frozenset(
        (state.source, state.scope) for state in bringing if has_arrived(state, traits[state.source], now)
    )
    scopes_read = ((state.source, state.scope) for state in read)
    return Batches(
        arrivals=arrivals, missing=tuple(scope for scope in scopes_read if scope not in arrivals), traits=traits
    )
