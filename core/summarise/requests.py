"""Requests for summaries that a model is to write: each is worked on once, for all channels and commands that want it.

`core.summarise.summaries` asks here. The work runs in tasks of its own, a bounded number at a time, so that a deadline
or a cancellation of who asked stops none of it: it is stored when it is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.channels import ChannelRef, Depth
from core.errors import ModelError, OverBudget, PaperboyError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise.calls import Breaker, ModelCalls
from core.summarise.fulltext import TextSection
from core.summarise.ports import LanguageModel, Purpose, Spending, SummaryStore
from core.summarise.selection import FROM_TEXT, Recipe
from core.time import Clock

#: summaries that are written at a time
AT_ONCE: Final = 16
#: summaries that are written or wait for their turn; whoever wants more gets stand-ins
MOST_WAITING: Final = 2_000
#: how long a paper is left alone that models gave no usable summary of, and how many of those are remembered
AFTER_FAILURE: Final = timedelta(minutes=30)
_MOST_FAILURES: Final = 10_000

_log: Final = logging.getLogger(__name__)


class Lack(StrEnum):
    """Why a summary is not by a model."""

    #: none is configured
    NO_MODEL = "no-model"
    #: it was not there in time, and is stored when it comes
    DEADLINE = "deadline"
    #: the budget is used up
    BUDGET = "budget"
    #: models do not answer, or gave nothing that can be used
    FAILED = "failed"
    #: providers say no: to the key, the model, or the request
    REFUSED = "refused"


def can_better(lack: Lack | None) -> bool:
    """True of a lack that may be made up for later."""
    return lack not in (None, Lack.NO_MODEL)


#: (models, paper, language, depth, sections): writes one summary, with the preferred model first, from the abstract and
#: the sections of the full text, if there are any; None where no model gave one that can be used
Write = Callable[[Sequence[LanguageModel], Paper, str, Depth, Sequence[TextSection]], Awaitable[Summary | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How summaries are written."""

    write: Write
    #: changes with the prompt and the schema of a depth
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a request."""

    summary: Summary | None = None
    #: why there is no summary; None where there is one
    lack: Lack | None = None
    #: what its calls consumed
    spending: Spending = Spending()


#: no paper has a full text
NO_TEXTS: Final[Mapping[PaperId, Sequence[TextSection]]] = MappingProxyType({})
#: what makes two requests the same one: paper, version, language, depth, recipe
_Key = tuple[PaperId, int, str, Depth, str]


@dataclass(frozen=True, slots=True)
class _Request:
    """A summary that is being written."""

    task: asyncio.Task[Outcome]
    #: seconds on the event loop's clock
    start_s: float


class SummaryRequests:
    """The summaries that are being written; `open` must be entered before anything is asked for."""

    def __init__(
        self, store: SummaryStore, clock: Clock, calls: ModelCalls, writer: Writer, *, at_once: int = AT_ONCE
    ) -> None:
        self.calls = calls
        self.writer = writer
        self._store = store
        self._clock = clock
        self._turns = asyncio.Semaphore(at_once)
        self._requests: dict[_Key, _Request] = {}
        #: until when papers are left alone, oldest first
        self._failures: dict[_Key, datetime] = {}
        self._breaker = Breaker()
        self._group: asyncio.TaskGroup | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SummaryRequests]:
        """Summaries are written inside; at the end what is not finished is cancelled."""
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                yield self
            except BaseException as error:  # noqa: BLE001 - raised below: a TaskGroup would wrap it into a group
                failure = error
            self._group = None
            for request in self._requests.values():
                request.task.cancel()
        if failure:
            raise failure

    async def outcomes(
        self,
        papers: Sequence[Paper],
        *,
        language: str,
        depth: Depth,
        channel: ChannelRef | None,
        within_s: float,
        texts: Mapping[PaperId, Sequence[TextSection]] = NO_TEXTS,
    ) -> Mapping[PaperId, Outcome]:
        """The outcomes of requests for these papers within a time; begins a request where there is none.

        Whoever asks later for what takes long waits no longer than who asked first. What a request consumed is told to
        who asked first. `texts` has the full texts of papers that are to be summarised from them.
        """
        outcomes: dict[PaperId, Outcome] = {}
        waited_for: dict[PaperId, _Request] = {}
        own: set[PaperId] = set()
        for paper in papers:
            sections = texts.get(paper.id, ())
            recipe = f"{self.writer.recipe(depth)}{FROM_TEXT if sections else ''}"
            key = (paper.id, paper.version, language, depth, recipe)
            if request := self._requests.get(key):
                waited_for[paper.id] = request
            elif self._is_hopeless(key):
                outcomes[paper.id] = Outcome(lack=self._failure)
            elif len(self._requests) >= MOST_WAITING:
                outcomes[paper.id] = Outcome(lack=Lack.DEADLINE)
            else:
                self._requests[key] = waited_for[paper.id] = self._begin(key, paper, channel, sections)
                own.add(paper.id)
        if waited_for:
            last = max(request.start_s for request in waited_for.values())
            left_s = last + within_s - asyncio.get_running_loop().time()
            await asyncio.wait([request.task for request in waited_for.values()], timeout=max(left_s, 0))
        for id, request in waited_for.items():
            is_there = request.task.done() and not request.task.cancelled()
            outcome = request.task.result() if is_there else Outcome(lack=Lack.DEADLINE)
            outcomes[id] = outcome if id in own else replace(outcome, spending=Spending())
        return outcomes

    @property
    def _failure(self) -> Lack:
        """Why a model wrote nothing that was asked for it."""
        return Lack.REFUSED if self.calls.is_refused else Lack.FAILED

    def _is_hopeless(self, key: _Key) -> bool:
        """True while models are not asked for a summary, or for any, because they failed before."""
        now = self._clock.now()
        return not self._breaker.is_over(now) or now < self._failures.get(key, now)

    def _begin(self, key: _Key, paper: Paper, channel: ChannelRef | None, sections: Sequence[TextSection]) -> _Request:
        if self._group is None:
            raise RuntimeError("requests for summaries are not open")
        task = self._group.create_task(self._work(key, paper, channel, sections))
        task.add_done_callback(lambda _: self._requests.pop(key, None))
        return _Request(task, asyncio.get_running_loop().time())

    async def _work(
        self, key: _Key, paper: Paper, channel: ChannelRef | None, sections: Sequence[TextSection]
    ) -> Outcome:
        """Have one summary written and store it; raises nothing."""
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turns)
            if self._is_hopeless(key):  # what came before it has failed
                return Outcome(lack=self._failure)
            is_probe = self._breaker.begin(self._clock.now())
            try:
                return await self._write(key, paper, channel, sections, turn)
            except OverBudget:
                return Outcome(lack=Lack.BUDGET)
            except PaperboyError as error:
                _log.info("No model summarised %s. %s", paper.id, error.sentence())
                return Outcome(lack=self._failure)
            except Exception:  # noqa: BLE001 - a bug in one summary must not stop the others; it is logged whole
                _log.exception("summarising %s crashed", paper.id)
                self._remember_failure(key, has_answer=True)
                return Outcome(lack=self._failure)
            finally:
                self._breaker.end(is_probe=is_probe)

    async def _write(
        self,
        key: _Key,
        paper: Paper,
        channel: ChannelRef | None,
        sections: Sequence[TextSection],
        turn: AsyncExitStack,
    ) -> Outcome:
        _, version, language, depth, recipe = key
        async with self.calls.work(Purpose.SUMMARY, channel) as work:
            try:
                summary = await self.writer.write(work.models, paper, language, depth, sections)
            except ModelError as error:
                _log.info("No model summarised %s. %s", paper.id, error.sentence())
                summary = None
            await turn.aclose()  # the next one calls its model while this one is put on record
        if summary is None and not work.attempts:  # there is nothing to be summarised
            return Outcome()
        if summary is None:
            self._remember_failure(key, has_answer=work.spending.calls > 0)
            return Outcome(lack=self._failure, spending=work.spending)
        self._breaker.note_success()
        # The store finds it by these, whatever the writer says.
        summary = replace(summary, paper=paper.id, version=version, language=language, depth=depth, recipe=recipe)
        try:
            await self._store.save_summaries([summary])
        except PaperboyError as error:  # whoever waits for it gets it
            _log.warning("The summary of %s could not be stored. %s", paper.id, error.sentence())
        return Outcome(summary=summary, spending=work.spending)

    def _remember_failure(self, key: _Key, *, has_answer: bool) -> None:
        """Remember that a paper has no summary: where models answered, asking again soon would cost the same again."""
        now = self._clock.now()
        self._breaker.note_failure(now)
        if has_answer:
            self._failures.pop(key, None)
            self._failures[key] = now + AFTER_FAILURE
            if len(self._failures) > _MOST_FAILURES:
                del self._failures[next(iter(self._failures))]
