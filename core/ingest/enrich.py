"""The use case that asks indexes what they know of papers: enrichers -> store, within a budget of seconds.

Run between refreshes, never on the way to a digest: whatever an index does, `enrich` is back in time, says how it went,
and leaves the papers as they are. Papers are asked for a few at first and more where the index is quick; what was
learned of a few is stored before the next are asked for, and what was not asked is not marked, so that an interruption
costs one question. An index that asked us to wait, or failed, is left alone for a while, also after a restart.
`next_size` decides; it is pure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from core.errors import Refused, SourceBug, SourceError, Throttled, Unreachable
from core.ingest.conclude import unreadable_entries
from core.ingest.freshness import cool_down_s, left_to_wait_s
from core.ingest.guard import guard_source
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.ports import Enricher, ListingStore
from core.ingest.problems import obstacle_of
from core.ingest.state import Report, SourceState, State
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import Paper
from core.speech import _
from core.time import Clock

#: the scope under which an index's state is remembered
SCOPE: Final = "works"
#: citations and venues are asked for again after this
AGAIN_AFTER: Final = timedelta(days=7)
#: papers not asked for in so long go before those that are merely due: where there are more than can be asked, the
#: latest would be asked every week and no other ever again, and journals take months
OVERDUE: Final = (timedelta(days=112), timedelta(days=28))
#: papers that are asked for before it is known how quick an index is
FIRST: Final = 2

#: answers that say no to the question, not to us
_BAD_QUESTION: Final = frozenset({400, 414, 422})


async def enrich(
    enrichers: Sequence[Enricher], store: ListingStore, clock: Clock, *, budget_s: float = 20.0, papers: int = 100
) -> tuple[Report, ...]:
    """Ask each index for at most `papers` papers, those first that were announced last, and store what it knows.

    Takes at most `budget_s` real seconds, fairly divided, and the time to note the results. What goes wrong with an
    index is its report. Raises StoreError.
    """
    until = _now_s() + budget_s
    reports: list[Report] = []
    for number, enricher in enumerate(enrichers):
        share_s = max(until - _now_s(), 0.0) / (len(enrichers) - number)
        reports.append(await _enrich_from(enricher, store, clock, share_s, papers))
    return tuple(reports)


def next_size(size: int, took_s: float, left_s: float) -> int:
    """How many papers to ask for after `size` of them took `took_s` seconds: twice as many, if that many fit.

    0 where not even one would fit in the `left_s` seconds that are left.
    """
    fitting = left_s * size / took_s if took_s > 0 else float(2 * size)
    return int(min(2 * size, max(fitting, 0.0)))


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What asking one index has brought so far."""

    name: str
    fetched: int = 0
    stored: Stored = field(default_factory=Stored)
    problems: list[UnreadEntry] = field(default_factory=list)
    #: papers that were asked for, with an answer
    answers: int = 0

    def add(self, listing: Listing, counts: Stored, papers: int) -> None:
        self.fetched += len(listing.announcements)
        self.stored += counts
        self.problems += listing.problems
        self.answers += papers

    def report(self, error: SourceError | None, wait_s: float | None) -> Report:
        unread = unreadable_entries(self.problems, self.fetched, are_records=True)
        return Report(
            source=self.name,
            scope=SCOPE,
            state=self._state(error),
            fetched=self.fetched,
            stored=self.stored,
            failed=len(self.problems),
            problems=(obstacle_of(error),) if error else unread,
            retry_after_s=wait_s,
        )

    def _state(self, error: SourceError | None) -> State:
        if error:
            return State.THROTTLED if isinstance(error, Throttled) else State.FAILED
        if self.fetched:
            return State.FRESH
        return State.FAILED if self.problems else State.QUIET


async def _enrich_from(enricher: Enricher, store: ListingStore, clock: Clock, share_s: float, papers: int) -> Report:
    last = await store.source_state(enricher.name, SCOPE)
    if last and (wait_s := left_to_wait_s(last, clock.now())):
        return Report(
            source=enricher.name, scope=SCOPE, state=last.state, problems=last.problems, retry_after_s=round(wait_s, 1)
        )
    first = 1 if last and last.troubles else FIRST
    tally = _Tally(name=enricher.name)
    visit = _IndexVisit(enricher=enricher, store=store, clock=clock, tally=tally)
    error = await visit.in_time(share_s, papers, first) if share_s > 0.0 else None
    return await _note(tally, error, last, store, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _IndexVisit:
    """Asking one index, a few papers at a time."""

    enricher: Enricher
    store: ListingStore
    clock: Clock
    tally: _Tally

    async def in_time(self, share_s: float, papers: int, first: int) -> SourceError | None:
        """What went wrong; a budget that is spent is nothing wrong, where there was any answer."""
        try:
            async with asyncio.timeout(share_s) as limit:
                await self._ask(_now_s() + share_s, papers, first)
        except SourceError as error:
            return error
        except TimeoutError:
            if not limit.expired():
                raise
            name, seconds = self.enricher.name, f"{share_s:.3g}"
            silent = Unreachable(_("{source} did not answer in {seconds} s.", source=name, seconds=seconds))
            return None if self.tally.answers else silent
        return None

    async def _ask(self, until_s: float, papers: int, size: int) -> None:
        waiting = await self._waiting(papers)
        while waiting and size:
            batch, waiting = waiting[:size], waiting[size:]
            began_s = _now_s()
            listing = await self._describe(batch)
            took_s = _now_s() - began_s
            self.tally.add(listing, await self._keep(batch, listing), len(batch))
            size = next_size(len(batch), took_s, until_s - _now_s())

    async def _waiting(self, papers: int) -> Sequence[Paper]:
        """The papers to ask about: first those that were never asked about, or not for long."""
        now, due_papers = self.clock.now(), dict[PaperId, Paper]()
        for ago in (*OVERDUE, AGAIN_AFTER):
            if len(due_papers) < papers:
                due = await self.store.papers_to_enrich(self.enricher.name, before=now - ago, limit=papers)
                due_papers |= {paper.id: paper for paper in due}
        return tuple(due_papers.values())[:papers]

    async def _describe(self, papers: Sequence[Paper]) -> Listing:
        """Ask about the papers. Where a question for a single paper fails, it is skipped, so that others go on."""
        try:
            with guard_source(self.enricher.name):
                return await self.enricher.describe(papers)
        except (Refused, SourceBug) as error:
            if len(papers) > 1 or (isinstance(error, Refused) and error.status not in _BAD_QUESTION):
                raise
            problem = UnreadEntry(where=str(papers[0].id), reason=str(error))
            return Listing(source=self.enricher.name, scope=SCOPE, problems=(problem,))

    async def _keep(self, papers: Sequence[Paper], listing: Listing) -> Stored:
        """Store the answer, then mark the papers: after an interruption they are only asked about again."""
        counts = await self.store.add(listing, at=self.clock.now()) if listing.announcements else Stored()
        await self.store.mark_enriched(self.enricher.name, [paper.id for paper in papers], at=self.clock.now())
        return counts


async def _note(
    tally: _Tally, error: SourceError | None, last: SourceState | None, store: ListingStore, clock: Clock
) -> Report:
    """Remember how it went; where there was nothing to ask, there is nothing to remember."""
    asked_s = error.retry_after_s if isinstance(error, Throttled) else None
    wait_s = cool_down_s(1 + (last.troubles if last else 0), asked_s) if error else None
    report = tally.report(error, wait_s)
    if tally.answers or error:
        await store.save_source_state(_state_after(report, last, clock), report=report)
    return report


def _state_after(report: Report, last: SourceState | None, clock: Clock) -> SourceState:
    now = clock.now()
    before = last or SourceState(source=report.source, scope=SCOPE, state=report.state, checked_at=now)
    wait_until = now + timedelta(seconds=report.retry_after_s) if report.retry_after_s else None
    after = before.after(report, at=now, wait_until=wait_until)
    return replace(after, fresh_at=now, listed=report.fetched) if report.state is State.FRESH else after


def _now_s() -> float:
    """Real seconds, whatever day the clock plays."""
    return asyncio.get_running_loop().time()
