"""Calls to language models: each is within the budget and on record; a model that keeps failing gets a pause.

Whoever wants something of a model (a summary, an answer, a briefing) does it inside `ModelCalls.work`, with the models
that this gives; they are called as the models themselves.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from core.channels import ChannelRef
from core.errors import ModelError, ModelRefused, ModelThrottled, ModelUnavailable, OverBudget, StoreError
from core.speech import _
from core.summarise.budget import BudgetReached, Caps, budget_reached, first_of_month
from core.summarise.ports import Completion, LanguageModel, Prompt, Purpose, Spending, SpendingStore, Usage
from core.time import Clock

#: failures in a row until a model is left alone
FAILURES: Final = 5
#: of a refusal, which a text that a provider does not like can bring about as well as a wrong key: two are enough
_REFUSAL: Final = 3
#: how long it is left alone before one call tries again; a provider may ask for more
PAUSE: Final = timedelta(minutes=3)
_LONGEST_PAUSE: Final = timedelta(minutes=30)
#: how old the known spending of other processes may be
_FRESH: Final = timedelta(minutes=1)
#: calls that are put on record later where the database is away
_MOST_UNRECORDED: Final = 1_000

_log: Final = logging.getLogger(__name__)


class Breaker:
    """Leaves something alone that failed several times in a row; after a pause one try is let through."""

    def __init__(self, failures: int = FAILURES) -> None:
        self._most = failures
        self._failures = 0
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._is_probed = False

    def is_over(self, now: datetime) -> bool:
        """True where it may be tried; a clock that was put back ends the pause."""
        if self._until is None or self._since is None:
            return True
        return not self._is_probed and not self._since <= now < self._until

    def begin(self, now: datetime) -> bool:
        """Try it: True where that is the one try after a pause, which `end` must follow."""
        is_probe = self._until is not None and self.is_over(now)
        self._is_probed = self._is_probed or is_probe
        return is_probe

    def end(self, *, is_probe: bool) -> None:
        """The try is over, however it went."""
        self._is_probed = self._is_probed and not is_probe

    def note_success(self) -> None:
        """A try succeeded: close the breaker."""
        self._failures, self._since, self._until = 0, None, None

    def note_failure(self, now: datetime, *, weight: int = 1, pause: timedelta = PAUSE) -> bool:
        """A try failed; True where that opens a closed breaker."""
        had_begun = self._until is not None
        self._failures += weight
        if self._failures >= self._most:
            self._since, self._until = now, now + min(pause, _LONGEST_PAUSE)
        return self._until is not None and not had_begun


@dataclass(frozen=True, slots=True)
class _Totals:
    """What all processes spent this month and day, as last read, plus our own calls since."""

    at: datetime
    day: date
    in_month: Spending
    on_day: Spending


class ModelCalls:
    """The configured models, the preferred one first, and what their calls may cost."""

    def __init__(
        self, models: Sequence[LanguageModel], *, store: SpendingStore, clock: Clock, caps: Caps = Caps()
    ) -> None:
        self._models = tuple(models)
        self._store = store
        self._clock = clock
        self._caps = caps
        self._breakers = {model.name: Breaker() for model in models}
        #: models whose last call was refused
        self._refused: set[str] = set()
        self._totals: _Totals | None = None
        self._in_flight = 0
        self._unrecorded: deque[tuple[Usage, Purpose, ChannelRef | None, datetime]] = deque(maxlen=_MOST_UNRECORDED)

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names, the preferred one first."""
        return tuple(model.name for model in self._models)

    @property
    def is_refused(self) -> bool:
        """True where every model's provider said no the last time: to the key, the model, or the request."""
        return len(self._refused) == len(self._breakers)

    @property
    def now(self) -> datetime:
        """The present moment, UTC."""
        return self._clock.now()

    @asynccontextmanager
    async def work(self, purpose: Purpose, channel: ChannelRef | None) -> AsyncIterator[Work]:
        """One piece of work for a channel, which may take several calls.

        It is let begin within the budget, and then may end; what its calls cost is put on record at its end. Raises
        OverBudget, ModelUnavailable where all models are left alone for a while or none is configured, and StoreError
        where nobody knows what was spent.
        """
        if limit := await self.budget():
            raise OverBudget(limit.sentence, until=limit.until, hint=limit.hint)
        now = self._clock.now()
        work = Work(
            self, purpose, channel, [model for model in self._models if self._breakers[model.name].is_over(now)]
        )
        if not work.models:
            raise ModelUnavailable(_("No language model works right now."), hint=_("Try again in a few minutes."))
        self._in_flight += 1
        try:
            yield work
        finally:
            self._in_flight -= 1
            await self._record()

    async def budget(self) -> BudgetReached | None:
        """The cap that forbids calls now; None where none does. Raises StoreError."""
        if not self._caps.is_limited:
            return None
        now = self._clock.now()
        totals = await self._current_totals(now)
        return budget_reached(self._caps, month=totals.in_month, day=totals.on_day, in_flight=self._in_flight, now=now)

    async def _current_totals(self, now: datetime) -> _Totals:
        day = now.astimezone(UTC).date()
        totals = self._totals
        if totals is None or totals.day != day or not timedelta() <= now - totals.at < _FRESH:
            in_month = await self._store.spending(since=first_of_month(now))
            on_day = await self._store.spending(since=day)
            totals = _Totals(at=now, day=day, in_month=in_month, on_day=on_day)
            for usage, _purpose, _channel, at in self._unrecorded:
                totals = _with(totals, usage, at)
            self._totals = totals
        return totals

    async def call(
        self, model: LanguageModel, prompt: Prompt, purpose: Purpose, channel: ChannelRef | None
    ) -> Completion:
        """Ask a model for `Work`. Raises as `LanguageModel.complete`."""
        breaker, now = self._breakers[model.name], self._clock.now()
        if not breaker.is_over(now):
            sentence = _("{model} failed several times in a row, and is left alone for some minutes.", model=model.name)
            raise ModelUnavailable(sentence)
        is_probe = breaker.begin(now)
        try:
            completion = await model.complete(prompt)
        except ModelError as error:
            if isinstance(error, ModelRefused):
                self._refused.add(model.name)
            else:
                self._refused.discard(model.name)
            if breaker.note_failure(self._clock.now(), weight=_weight(error), pause=_pause(error)):
                _log.warning("%s is left alone for some minutes. %s", model.name, error.sentence())
            raise
        else:
            self._refused.discard(model.name)
            breaker.note_success()
        finally:
            breaker.end(is_probe=is_probe)
        at = self._clock.now()
        if self._totals:
            self._totals = _with(self._totals, completion.usage, at)
        self._unrecorded.append((completion.usage, purpose, channel, at))
        return completion

    async def _record(self) -> None:
        """Store the usage of calls; what cannot be stored is kept for the next time."""
        while self._unrecorded:
            usage, purpose, channel, at = self._unrecorded.popleft()
            try:
                await self._store.record_usage(usage, purpose=purpose, channel=channel, at=at)
            except StoreError as error:
                self._unrecorded.appendleft((usage, purpose, channel, at))
                _log.warning("What a call to %s cost is put on record later. %s", usage.model, error.sentence())
                return


def _with(totals: _Totals, usage: Usage, at: datetime) -> _Totals:
    """The totals plus one call that was made at `at`."""
    spending, day = Spending.of(usage), at.astimezone(UTC).date()
    is_same_month = (day.year, day.month) == (totals.day.year, totals.day.month)
    return replace(
        totals,
        in_month=totals.in_month + spending if is_same_month else totals.in_month,
        on_day=totals.on_day + spending if day == totals.day else totals.on_day,
    )


def _weight(error: ModelError) -> int:
    return _REFUSAL if isinstance(error, ModelRefused) else 1


def _pause(error: ModelError) -> timedelta:
    wish_s = error.retry_after_s if isinstance(error, ModelThrottled) and error.retry_after_s else 0.0
    return max(PAUSE, timedelta(seconds=min(wish_s, _LONGEST_PAUSE.total_seconds())))


class Work:
    """Models for one piece of work, and what they cost it."""

    def __init__(
        self, calls: ModelCalls, purpose: Purpose, channel: ChannelRef | None, models: Sequence[LanguageModel]
    ) -> None:
        #: those that work as far as is known, the preferred one first
        self.models: tuple[LanguageModel, ...] = tuple(
            _MeteredModel(self, calls, model, purpose, channel) for model in models
        )
        #: calls that were begun
        self.attempts = 0
        #: what the answered calls consumed
        self.spending = Spending()


class _MeteredModel(LanguageModel):
    """A model whose calls belong to a piece of work."""

    def __init__(
        self, work: Work, calls: ModelCalls, model: LanguageModel, purpose: Purpose, channel: ChannelRef | None
    ) -> None:
        self._work = work
        self._calls = calls
        self._model = model
        self._purpose = purpose
        self._channel = channel

    @property
    def name(self) -> str:
        return self._model.name

    async def prepare(self) -> None:
        await self._model.prepare()

    async def complete(self, prompt: Prompt) -> Completion:
        self._work.attempts += 1
        completion = await self._calls.call(self._model, prompt, self._purpose, self._channel)
        self._work.spending += Spending.of(completion.usage)
        return completion
