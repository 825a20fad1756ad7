"""How often Slack may be called, as it publishes: https://api.slack.com/apis/rate-limits. Pure, no SDK.

Slack counts each method for each workspace. It names no number for all messages of a workspace together ("several
hundred a minute"); three hundred are safe. Digests leave six of those, so that the minute is never used up when
somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.chat.limits import Limit
from adapters.chat.pacing import Pace, Timer

POST: Final = "chat.postMessage"

#: messages in one channel, and in the workspace
_CHANNEL: Final = Limit(messages=1, per_s=1.0)
_WORKSPACE: Final = Limit(messages=300, per_s=60.0, kept_for_answers=6, is_even=True)
_TIER_3: Final = Limit(messages=50, per_s=60.0, kept_for_answers=10)
_TIER_4: Final = Limit(messages=100, per_s=60.0, kept_for_answers=10)
_METHODS: Final[Mapping[str, Limit]] = {
    POST: _WORKSPACE,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "chat.update": _TIER_3,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.replies": _TIER_3,
    "reactions.get": _TIER_3,
    "users.info": _TIER_4,
}


def paces(stretch: float, timer: Timer | None) -> Mapping[str, Pace]:
    """A pace for each method that Slack counts; `stretch`: 1 for what is published, 0 for no limit at all."""
    return {method: _pace(method, stretch, timer) for method in _METHODS}


def _pace(method: str, stretch: float, timer: Timer | None) -> Pace:
    channel_limits = [_CHANNEL.stretch(stretch)] if method == POST else []
    return Pace(
        "Slack", shared_limits=[_METHODS[method].stretch(stretch)], limits_of=lambda _: channel_limits, timer=timer
    )
