"""The states of the sources that feed a subscription, as its digest tells them. Pure; `digest` calls it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.channels import Subscription
from core.deliver import footer
from core.ingest import enrich
from core.ingest.freshness import expected_day
from core.ingest.problems import NeverRead, OldListing
from core.ingest.state import SourceState, State
from core.papers.categories import covers, source_of

#: a source that is on, and in trouble, is not left alone for longer while others are asked
_LONGEST_PAUSE: Final = timedelta(hours=6)
#: what was not asked for so long, while others were, nobody reads any more: a feed that was taken out of the settings
_ABANDONED: Final = timedelta(days=2)


def sources_of(subscription: Subscription, states: Sequence[SourceState]) -> tuple[SourceState, ...]:
    """The states of the scopes that feed a subscription, and of those in trouble that speak of its papers.

    A category that nobody has read is in trouble, too, unless nothing was read yet for the subscription at all. What
    indexes know is never missed, and what is read for other channels is no concern of this one; where it wants no
    categories it is fed by all that are still read.
    """
    bringing = [one for one in states if one.source not in footer.COMMENTATORS and one.scope != enrich.SCOPE]
    if not subscription.categories:
        newest = max((one.checked_at for one in bringing), default=None)
        own = [one for one in bringing if newest and newest - one.checked_at <= _ABANDONED]
    else:
        fed = [_feeding(category, bringing) for category in subscription.categories]
        own = [one for one in bringing if any(one in some for some in fed)]
        pairs = zip(subscription.categories, fed, strict=True)
        own += [unread(*source_of(category), own[0].checked_at) for category, some in pairs if own and not some]
    return (*own, *_commenting(own, states))


def _feeding(category: str, states: Sequence[SourceState]) -> list[SourceState]:
    """The states of a category's own scope; before it is read by itself, those of scopes that it has a part in."""
    exact = [one for one in states if one.scope == category]
    return exact or [one for one in states if covers(category, one.scope) or covers(one.scope, category)]


def unread(source: str, scope: str, at: datetime) -> SourceState:
    """The state of a scope that nobody has read."""
    return SourceState(source=source, scope=scope, state=State.FAILED, problems=(NeverRead(),), checked_at=at)


def with_missing(
    states: Sequence[SourceState], missing: Collection[tuple[str, str]], now: datetime
) -> tuple[SourceState, ...]:
    """The states, with those (source, scope) overdue or unread whose listing is not there."""
    known = {(one.source, one.scope) for one in states}
    told = [overdue(one, now) if (one.source, one.scope) in missing else one for one in states]
    return (*told, *(unread(source, scope, now) for source, scope in missing if (source, scope) not in known))


def _commenting(own: Sequence[SourceState], states: Sequence[SourceState]) -> list[SourceState]:
    """Those in trouble that speak of what these bring; one that was not asked when these were is switched off."""
    return [one for one in states if one.state.is_trouble and any(_is_on(one, other) for other in own)]


def _is_on(commentator: SourceState, other: SourceState) -> bool:
    is_spoken_of = footer.COMMENTATORS.get(commentator.source) == other.source
    return is_spoken_of and abs(other.checked_at - commentator.checked_at) <= _LONGEST_PAUSE


def are_in_trouble(sources: Sequence[SourceState]) -> bool:
    """True where papers may be missing because a source could not be read."""
    return any(state.state.is_trouble for state in sources if state.source not in footer.COMMENTATORS)


def overdue(state: SourceState, now: datetime) -> SourceState:
    """The state of a scope whose newest listing is not there, also where it was well when it was last asked."""
    if state.state.is_trouble:
        return state
    problem = OldListing(expected=expected_day(state.source, now))
    return replace(state, state=State.STALE, problems=(problem,), came_otherwise=False)
