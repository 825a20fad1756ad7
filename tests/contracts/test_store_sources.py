"""The contract of `Store` for sources: states, history, backfills, enrichment; over every store there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta, timezone

from core.converse.ports import Store
from core.ingest.listing import Validators
from core.ingest.state import Backfill, Refresh, Report, SourceState, State
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.problems import failed

DOI = PaperId("doi", "10.1000/invented.1")
HOUR = timedelta(hours=1)


class TestStates:
    async def test_state_is_replaced(self, store: Store) -> None:
        """The last state of a scope is the one that was saved last, with every field."""
        first = SourceState(
            source="arxiv", scope="cs.CL", state=State.FAILED, checked_at=AT, problems=failed("No answer.")
        )
        last = replace(
            first,
            state=State.FRESH,
            fresh_at=AT,
            listing_day=DAY,
            listed=3,
            validators=Validators(etag='W/"1"', last_modified="Wed, 04 Feb 2026 05:00:00 GMT"),
            problems=(),
            came_otherwise=True,
            wait_until=AT + timedelta(seconds=9),
            troubles=4,
        )
        for state in (first, last):
            await store.save_source_state(state)
        assert await store.source_state("arxiv", "cs.CL") == last
        assert await store.source_state("arxiv", "cs.LG") is None

    async def test_all_by_source_and_scope(self, store: Store) -> None:
        """All states come in the order of their names."""
        names = [("huggingface", ""), ("arxiv", "cs.LG"), ("arxiv", "cs.CL")]
        for source, scope in names:
            await store.save_source_state(SourceState(source=source, scope=scope, state=State.QUIET, checked_at=AT))
        assert [(state.source, state.scope) for state in await store.source_states()] == sorted(names)

    async def test_moments_are_kept_in_utc(self, store: Store) -> None:
        """A moment in another zone is the same moment when it is read, and says UTC."""
        berlin = AT.astimezone(timezone(timedelta(hours=1)))
        state = SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=berlin)
        await store.save_source_state(state)
        found = await store.source_state("arxiv", "cs.CL")
        assert found and found.checked_at == AT and found.checked_at.tzinfo is UTC


class TestHistory:
    async def refresh(
        self, store: Store, hours: int, *, source: str = "arxiv", scope: str = "cs.CL", state: State = State.QUIET
    ) -> Refresh:
        """One more refresh, told by both a state and a report."""
        at = AT + hours * HOUR
        report = Report(source=source, scope=scope, state=state)
        await store.save_source_state(
            SourceState(source=source, scope=scope, state=state, checked_at=at), report=report
        )
        return Refresh(report=report, at=at)

    async def test_every_field_survives(self, store: Store) -> None:
        """A report is in the history as it was told, at the moment of its state."""
        report = Report(
            source="arxiv",
            scope="cs.CL",
            state=State.THROTTLED,
            fetched=9,
            stored=Stored(new=1, updated=2, known=3, merged=4),
            failed=5,
            problems=failed("arXiv asks us to wait: \0 “später”."),
            retry_after_s=12.5,
        )
        state = SourceState(source="arxiv", scope="cs.CL", state=State.THROTTLED, checked_at=AT)
        await store.save_source_state(state, report=report)
        kept = replace(report, problems=failed("arXiv asks us to wait: \ufffd “später”."))
        assert await store.refreshes() == (Refresh(report=kept, at=AT),)

    async def test_history_survives_states(self, store: Store) -> None:
        """A newer state replaces the one before, and the history has both, the newest first."""
        failed = await self.refresh(store, 0, state=State.FAILED)
        fresh = await self.refresh(store, 1, state=State.FRESH)
        assert await store.refreshes() == (fresh, failed)
        assert len(await store.source_states()) == 1

    async def test_state_without_report(self, store: Store) -> None:
        """A state that is saved without a report leaves no line."""
        await store.save_source_state(SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=AT))
        assert await store.refreshes() == ()

    async def test_newest_first(self, store: Store) -> None:
        """The order is that of the moments, whenever they were stored; at one moment the later stored comes first."""
        late, early = await self.refresh(store, 2), await self.refresh(store, 1)
        other = await self.refresh(store, 2, scope="cs.LG")
        assert await store.refreshes() == (other, late, early)
        assert await store.refreshes(limit=1) == (other,)

    async def test_of_a_source_a_scope_a_time(self, store: Store) -> None:
        """The history of one source, of one scope, and from a moment on."""
        old, new = await self.refresh(store, 0), await self.refresh(store, 1)
        learning = await self.refresh(store, 2, scope="cs.LG")
        daily = await self.refresh(store, 3, source="huggingface", scope="")
        assert await store.refreshes(source="arxiv") == (learning, new, old)
        assert await store.refreshes(source="arxiv", scope="cs.CL") == (new, old)
        assert await store.refreshes(scope="") == (daily,)
        assert await store.refreshes(since=AT + HOUR) == (daily, learning, new)
        assert await store.refreshes(source="arxiv", scope="cs.CL", since=AT + HOUR) == (new,)
        assert await store.refreshes(source="crossref") == ()

    async def test_forgetting(self, store: Store) -> None:
        """What was before a moment is dropped and counted; the states stay."""
        for hours in range(4):
            last = await self.refresh(store, hours)
        assert await store.forget_refreshes(before=last.at) == 3
        assert await store.forget_refreshes(before=last.at) == 0
        assert await store.refreshes() == (last,)
        assert await store.source_state("arxiv", "cs.CL") is not None


class TestBackfills:
    begun = Backfill(source="arxiv", scope="cs.CL", since=date(2025, 3, 18), until=date(2026, 2, 27))

    async def find(self, store: Store, like: Backfill) -> Backfill | None:
        return await store.backfill(like.source, like.scope, like.since, like.until)

    async def test_goes_on(self, store: Store) -> None:
        """How far a backfill has come is what was saved last, with every field."""
        later = replace(
            self.begun, cursor="page 2 of …", fetched=7, stored=Stored(new=4, updated=1, known=2, merged=1), failed=3
        )
        assert await self.find(store, self.begun) is None
        for backfill in (self.begun, later):
            await store.save_backfill(backfill, at=AT)
            assert await self.find(store, self.begun) == backfill

    async def test_exactly_this_span(self, store: Store) -> None:
        """Another source, scope or span is another backfill."""
        await store.save_backfill(self.begun, at=AT)
        day = timedelta(days=1)
        for other in (
            replace(self.begun, source="biorxiv"),
            replace(self.begun, scope="cs.LG"),
            replace(self.begun, since=self.begun.since + day),
            replace(self.begun, until=self.begun.until + day),
        ):
            assert await self.find(store, other) is None

    async def test_those_of_a_scope(self, store: Store) -> None:
        """What is on its way in a scope comes by its first day, and nothing of another scope."""
        earlier = replace(self.begun, since=date(2025, 1, 1))
        for backfill in (self.begun, earlier, replace(self.begun, scope="cs.LG")):
            await store.save_backfill(backfill, at=AT)
        assert await store.backfills("arxiv", "cs.CL") == (earlier, self.begun)
        assert len(await store.backfills("arxiv")) == 3
        assert await store.backfills("huggingface", "daily") == ()

    async def test_one_that_has_to_wait(self, store: Store) -> None:
        """That the archive sent it away is on record with it, until it is saved without."""
        waits = replace(self.begun, troubles=2, wait_until=AT + HOUR)
        await store.save_backfill(waits, at=AT)
        assert await self.find(store, self.begun) == waits
        await store.save_backfill(self.begun, at=AT)
        assert await self.find(store, self.begun) == self.begun

    async def test_complete(self, store: Store) -> None:
        """A complete backfill is forgotten, others are not; forgetting it again does nothing."""
        other = replace(self.begun, scope="cs.LG")
        for backfill in (self.begun, other):
            await store.save_backfill(backfill, at=AT)
        for _ in range(2):
            await store.forget_backfill(replace(self.begun, cursor="the end"))
        assert await self.find(store, self.begun) is None
        assert await self.find(store, other) == other


class TestEnrichment:
    async def due(self, store: Store, *, before: int = 0, limit: int = 10, source: str = "crossref") -> list[PaperId]:
        found = await store.papers_to_enrich(source, before=AT + before * HOUR, limit=limit)
        return [paper.id for paper in found]

    async def test_latest_announced_first(self, store: Store) -> None:
        """Papers that nobody was asked about: the latest announced first, no more than wanted."""
        for number, day in ((1, DAY), (2, DAY + timedelta(days=1)), (3, DAY)):
            await store.add(a_listing([a_paper(number, announced=day)], day=day), at=AT)
        assert await self.due(store) == [a_paper(n).id for n in (2, 3, 1)]
        assert await self.due(store, limit=1) == [a_paper(2).id]
        (first, *_) = await store.papers_to_enrich("crossref", before=AT, limit=1)
        assert first == a_paper(2, announced=DAY + timedelta(days=1))

    async def test_marked(self, store: Store) -> None:
        """A paper is due again once its mark is older than the moment, and for each source apart."""
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        await store.mark_enriched("crossref", [a_paper(2).id], at=AT)
        assert await self.due(store) == [a_paper(1).id]
        assert await self.due(store, before=1) == [a_paper(2).id, a_paper(1).id]
        assert await self.due(store, source="openalex") == [a_paper(2).id, a_paper(1).id]
        await store.mark_enriched("crossref", [a_paper(2).id], at=AT + HOUR)
        assert await self.due(store, before=1) == [a_paper(1).id]

    async def test_by_any_identifier(self, store: Store) -> None:
        """A mark is the paper's, by whichever names it was given, several at once or unknown ones among them."""
        await store.add(a_listing([a_paper(1, identifiers=(DOI,)), a_paper(2)]), at=AT)
        await store.mark_enriched("crossref", [DOI, a_paper(1).id, a_paper(9).id], at=AT)
        assert await self.due(store) == [a_paper(2).id]
        await store.mark_enriched("crossref", [], at=AT)

    async def test_two_papers_that_are_one(self, store: Store) -> None:
        """Papers that turn out to be one keep a mark: what was asked about either is not asked again."""
        other = a_paper(2, id=DOI, title="Another title")
        await store.add(a_listing([a_paper(1), other]), at=AT)
        await store.mark_enriched("crossref", [a_paper(1).id, DOI], at=AT)
        await store.mark_enriched("openalex", [DOI], at=AT)
        await store.add(a_listing([a_paper(1, identifiers=(DOI,))]), at=AT)
        assert (await store.papers()).total == 1
        assert await self.due(store) == await self.due(store, source="openalex") == []
