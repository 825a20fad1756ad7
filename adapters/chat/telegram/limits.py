"""How often Telegram may be called: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits. Pure, no SDK."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import partial
from typing import Final

from adapters.chat.limits import Limit
from adapters.chat.pacing import Pace, Timer

_OVERALL: Final = Limit(messages=30, per_s=1.0, is_even=True)
_CHAT: Final = Limit(messages=1, per_s=1.0)
_GROUP: Final = Limit(messages=20, per_s=60.0, kept_for_answers=2)


def message_pace(stretch: float, timer: Timer | None) -> Pace:
    """The pace of messages and edits, by chat; `stretch`: 1 for what is published, 0 for no limit at all."""
    limits_of = partial(_limits_of, stretch)
    return Pace("Telegram", shared_limits=[_OVERALL.stretch(stretch)], limits_of=limits_of, timer=timer)


def _limits_of(stretch: float, chat: Hashable) -> Iterable[Limit]:
    """The limits of a chat; only private chats have positive numbers."""
    limits = (_CHAT,) if str(chat).isdigit() else (_CHAT, _GROUP)
    return [limit.stretch(stretch) for limit in limits]
