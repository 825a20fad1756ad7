"""The states of the sources that feed a subscription, as its digest tells them; `digest` calls it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.channels import Subscription
from core.ingest.freshness import expected_day
from core.ingest.problems import NeverRead, OldListing
from core.ingest.state import SourceState, State
from core.ingest.traits import Role, Sources
from core.papers.categories import covers
from core.papers.ports import PaperStore

#: a source that is on, and in trouble, is not left alone for longer while others are asked
_LONGEST_PAUSE: Final = timedelta(hours=6)
#: what was not asked for so long, while others were, nobody reads any more: a feed that was taken out of the settings
_LONGEST_NEGLECT: Final = timedelta(days=2)


def sources_of(subscription: Subscription, states: Sequence[SourceState], traits: Sources) -> tuple[SourceState, ...]:
    """The states of the scopes that feed a subscription, and of those in trouble that speak of its papers.

    A category that nobody has read is in trouble, too, unless nothing was read yet for the subscription at all. What
    indexes know is never missed, and what is read for other channels is no concern of this one; where it wants no
    categories it is fed by all that are still read.
    """
    bringing = [state for state in states if traits[state.source].role is Role.BRINGS]
    if not subscription.categories:
        own = still_read(bringing)
    else:
        fed = [_feeding(category, bringing) for category in subscription.categories]
        own = [state for state in bringing if any(state in some for some in fed)]
        pairs = zip(subscription.categories, fed, strict=True)
        own += [unread(*traits.scope_of(category), own[0].checked_at) for category, some in pairs if own and not some]
    return (*own, *_commenting(own, states, traits))


def still_read(states: Sequence[SourceState]) -> list[SourceState]:
    """Those of the states that were asked for about as lately as any other."""
    newest = max((state.checked_at for state in states), default=None)
    return [state for state in states if newest and newest - state.checked_at <= _LONGEST_NEGLECT]


def _feeding(category: str, states: Sequence[SourceState]) -> list[SourceState]:
    """The states of a category's own scope; before it is read by itself, those of scopes that it has a part in."""
    exact = [state for state in states if state.scope == category]
    return exact or [state for state in states if covers(category, state.scope) or covers(state.scope, category)]


def unread(source: str, scope: str, at: datetime) -> SourceState:
    """The state of a scope that nobody has read."""
    return SourceState(source=source, scope=scope, state=State.FAILED, problems=(NeverRead(),), checked_at=at)


def with_missing(
    states: Sequence[SourceState], missing: Collection[tuple[str, str]], now: datetime, *, traits: Sources
) -> tuple[SourceState, ...]:
    """The states, with those (source, scope) overdue or unread whose listing is not there."""
    known_scopes = {(state.source, state.scope) for state in states}
    own_states = [overdue(state, now, traits) if (state.source, state.scope) in missing else state for state in states]
    return (
        *own_states,
        *(unread(source, scope, now) for source, scope in missing if (source, scope) not in known_scopes),
    )


def _commenting(own: Sequence[SourceState], states: Sequence[SourceState], traits: Sources) -> list[SourceState]:
    """The commentators in trouble on papers of these sources; one that was not asked beside them is switched off."""
    return [
        commentator
        for commentator in states
        if commentator.state.is_trouble
        and any(_is_on(commentator, traits[commentator.source].subject, state) for state in own)
    ]


def _is_on(commentator: SourceState, subject: str, state: SourceState) -> bool:
    return state.source == subject and abs(state.checked_at - commentator.checked_at) <= _LONGEST_PAUSE


def are_in_trouble(states: Sequence[SourceState], traits: Sources) -> bool:
    """True where papers may be missing because a source could not be read."""
    return any(state.state.is_trouble for state in states if traits[state.source].role is Role.BRINGS)


def overdue(state: SourceState, now: datetime, traits: Sources) -> SourceState:
    """The state of a scope whose newest listing is not there, also where it was well when it was last asked."""
    if state.state.is_trouble:
        return state
    problem = OldListing(expected=expected_day(traits[state.source], now))
    return replace(state, state=State.STALE, problems=(problem,), came_otherwise=False)


async def has_papers(subscription: Subscription, *, store: PaperStore) -> bool:
    """True where papers were listed for the subscription, from a file say, though no source was refreshed."""
    pages = [await store.papers(category=category, limit=1) for category in subscription.categories or (None,)]
    return any(page.total for page in pages)
