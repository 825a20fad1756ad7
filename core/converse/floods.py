"""Floods of commands: how many one person, and one channel, may give in a row before they are asked to wait.

Each has a bucket of commands that fills again with time. Who empties theirs is told once how long to wait, and then
heard again when that time is over; until then their commands are left, without a word. What one person gives is taken
from the channel's bucket only where it is carried out, so that one person alone empties no channel's. Completions and
reactions count nothing, and a terminal has no floods: its operator pipes what they like.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Mistake
from core.converse.ports import Desk
from core.converse.wrapped import WrappedDesk
from core.deliver.compose import say
from core.errors import Unheard
from core.posts.tree import Post
from core.speech import _

#: people and channels that are remembered; the one that gave nothing for the longest time is forgotten first
MOST_REMEMBERED: Final = 10_000
_NO_FLOODS: Final = "terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many commands are too many."""

    #: commands at once
    burst: int
    #: commands that are added for each second, up to `burst`
    per_second: float
    #: how long a person or channel that gave more has to wait
    pause: timedelta


PERSON: Final = Limit(burst=20, per_second=0.5, pause=timedelta(seconds=30))
CHANNEL: Final = Limit(burst=60, per_second=2.0, pause=timedelta(seconds=15))


@dataclass(slots=True)
class _Bucket:
    #: commands that may still come right now
    tokens: float
    at: datetime
    #: commands are refused until then; None where they are answered
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command is not carried out."""

    #: whose bucket is empty
    whose: UserRef | ChannelRef
    #: how long they have to wait from now on
    wait: timedelta
    #: True where they were told so already
    is_known: bool


class Floods:
    """The buckets of all people and channels, within a bound. Pure but for its memory."""

    def __init__(self, *, person: Limit = PERSON, channel: Limit = CHANNEL, most: int = MOST_REMEMBERED) -> None:
        """`most`: buckets that are remembered."""
        self._person = person
        self._channel = channel
        self._most = most
        self._buckets: OrderedDict[UserRef | ChannelRef, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._buckets)

    def refuse(self, command: Command | Mistake) -> Refusal | None:
        """Counts a command, or words that are none, in both buckets; None where it is to be answered."""
        for whose, limit in ((command.actor, self._person), (command.place, self._channel)):
            if refusal := self._refuse(whose, limit, command.at):
                return refusal
        for whose in (command.actor, command.place):
            self._buckets[whose].tokens -= 1
        return None

    def _refuse(self, whose: UserRef | ChannelRef, limit: Limit, now: datetime) -> Refusal | None:
        bucket = self._bucket(whose, limit, now)
        if bucket.until and now < bucket.until:
            return Refusal(whose, bucket.until - now, is_known=True)
        bucket.until = None
        if bucket.tokens >= 1:
            return None
        bucket.until = now + limit.pause
        return Refusal(whose, limit.pause, is_known=False)

    def _bucket(self, whose: UserRef | ChannelRef, limit: Limit, now: datetime) -> _Bucket:
        bucket = self._buckets.setdefault(whose, _Bucket(limit.burst, now))
        self._buckets.move_to_end(whose)
        while len(self._buckets) > max(self._most, 2):
            self._buckets.popitem(last=False)
        if bucket.at > now + limit.pause:  # the clock was set back
            bucket.until = None
        passed_s = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens, bucket.at = min(limit.burst, bucket.tokens + passed_s * limit.per_second), now
        return bucket


class LimitedDesk(WrappedDesk):
    """A desk that answers nobody who floods it."""

    def __init__(
        self, desk: Desk, *, floods: Floods | None = None, count: Callable[[str], None] = lambda _: None
    ) -> None:
        """`count` is called with the platform of each command that is not carried out."""
        super().__init__(desk)
        self._floods = Floods() if floods is None else floods
        self._count = count

    async def handle(self, command: Command) -> Post:
        """The answer, or once how long to wait. Raises Unheard after that, until the time is over."""
        return self._refusal(command) or await self.desk.handle(command)

    async def correct(self, mistake: Mistake) -> Post:
        """As `handle`, for words that are no command."""
        return self._refusal(mistake) or await self.desk.correct(mistake)

    def _refusal(self, request: Command | Mistake) -> Post | None:
        refusal = None if request.place.platform == _NO_FLOODS else self._floods.refuse(request)
        if refusal is None:
            return None
        self._count(request.place.platform)
        if refusal.is_known:
            raise Unheard(_("That was not carried out. {request}", request=_request_to_wait(refusal)))
        sentence = _request_to_wait(refusal)
        return replace(say(sentence), fallback=sentence)


def _request_to_wait(refusal: Refusal) -> str:
    seconds = round(refusal.wait.total_seconds())
    if isinstance(refusal.whose, ChannelRef):
        return _(
            "This channel asks more than Paperboy can answer at once. It answers here again in {seconds} seconds.",
            seconds=seconds,
        )
    return _(
        "You ask more than Paperboy can answer at once. It answers you again in {seconds} seconds.", seconds=seconds
    )
