"""The contract of `Store` for summaries and for what language models cost, over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from core.channels import ChannelMoved, ChannelRef, Depth
from core.converse.ports import Store
from core.errors import NotFound
from core.papers.paper import Evidence, Paper, Summary
from core.summarise.ports import MonthlySpending, Purpose, Spending, Usage
from tests.fakes.papers import AT, a_listing, a_paper

ONE, OTHER = ChannelRef("slack", "T1", "C1"), ChannelRef("slack", "T1", "C2")
USAGE = Usage(model="acme/small", input_tokens=400, cached_tokens=300, output_tokens=100, cost_usd=0.25)
UNPRICED = replace(USAGE, model="ollama/qwen3", cost_usd=None)


def a_summary(paper: Paper, **changes: object) -> Summary:
    plain = Summary(paper=paper.id, version=paper.version, language="en", gist="It counts.", made_by="acme/small")
    return replace(plain, **changes)  # type: ignore[arg-type]  # of any field


class TestSummaries:
    async def test_every_field_survives(self, store: Store) -> None:
        """A summary is read back as it was saved."""
        paper = a_paper(1)
        evidence = (Evidence(claim="It works.", quote='"in every case"'), Evidence(claim="数", quote="\n"))
        parts = {"motivation": "m", "method": "p", "result": "r", "conclusion": "c", "readers": "w", "novelty": "n"}
        summary = a_summary(paper, evidence=evidence, depth=Depth.FULL, recipe="7", **parts)
        await store.add(a_listing([paper]), at=AT)
        await store.save_summaries([summary])
        assert await store.summaries([paper.id], "en") == {paper.id: (summary,)}

    async def test_all_of_each_paper_in_the_language(self, store: Store) -> None:
        """All stored ones come, the newest version's first, of that the last saved; papers without one are left out."""
        one, two, three = a_paper(1), a_paper(2), a_paper(3)
        await store.add(a_listing([one, two, three]), at=AT)
        await store.save_summaries([a_summary(one, version=2, gist="second"), a_summary(one, gist="first")])
        await store.save_summaries([a_summary(two), a_summary(two, made_by="huggingface")])
        await store.save_summaries([a_summary(two, gist="again")])
        await store.save_summaries([a_summary(three, language="de")])
        found = await store.summaries([one.id, two.id, three.id], "en")
        assert {id: [(each.gist, each.made_by) for each in told] for id, told in found.items()} == {
            one.id: [("second", "acme/small"), ("first", "acme/small")],
            two.id: [("again", "acme/small"), ("It counts.", "huggingface")],
        }

    async def test_later_one_wins(self, store: Store) -> None:
        """One is kept per paper, version, language, maker, depth and recipe; others stand side by side."""
        paper = a_paper(1)
        await store.add(a_listing([paper]), at=AT)
        for gist in ("first", "second"):
            await store.save_summaries([a_summary(paper, gist=gist)])
        await store.save_summaries([a_summary(paper, gist="short", depth=Depth.LINE)])
        await store.save_summaries([a_summary(paper, gist="by another prompt", recipe="8")])
        found = (await store.summaries([paper.id], "en"))[paper.id]
        assert [one.gist for one in found] == ["by another prompt", "short", "second"]

    async def test_of_an_unknown_paper(self, store: Store) -> None:
        """A summary of a paper that is not stored is refused, and the others with it."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        with pytest.raises(NotFound, match=r"2602\.00002"):
            await store.save_summaries([a_summary(a_paper(1)), a_summary(a_paper(2))])
        assert await store.summaries([a_paper(1).id], "en") == {}


async def _spend(store: Store, usage: Usage = USAGE, *, channel: ChannelRef | None = ONE, at: datetime = AT) -> None:
    await store.record_usage(usage, purpose=Purpose.SUMMARY, channel=channel, at=at)


class TestSpending:
    async def test_nothing_was_spent(self, store: Store) -> None:
        """Without a call there is nothing, and no month."""
        assert await store.spending(since=date.min) == Spending()
        assert await store.monthly_spending(since=date.min) == ()

    async def test_calls_are_added_up(self, store: Store) -> None:
        """Tokens and dollars of all calls since a day are added up; one without a price counts its tokens."""
        await _spend(store, at=AT - timedelta(days=1))
        await _spend(store)
        await _spend(store, UNPRICED, channel=None)
        assert await store.spending(since=AT.date()) == Spending(
            calls=2, input_tokens=800, cached_tokens=600, output_tokens=200, cost_usd=0.25, unpriced_calls=1
        )
        assert (await store.spending(since=date.min)).calls == 3

    async def test_of_a_channel_and_a_workspace(self, store: Store) -> None:
        """A channel has what was wanted first there, a workspace what was in its channels, the command line no part."""
        await _spend(store)
        await _spend(store, channel=OTHER)
        await _spend(store, channel=None)
        await _spend(store, channel=ChannelRef("telegram", "", "-7/3"))
        wanted = (ONE, ChannelRef("slack", "T1", ""), ChannelRef("slack", "T2", ""), ChannelRef("telegram", "", "-7"))
        assert [(await store.spending(since=date.min, channel=one)).calls for one in wanted] == [1, 2, 0, 1]

    async def test_days_are_those_of_utc(self, store: Store) -> None:
        """A call belongs to the day that it was on in UTC, in whichever zone its moment is written."""
        await _spend(store, at=datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))))
        assert (await store.spending(since=date(2026, 3, 1))).calls == 0
        assert [one.month for one in await store.monthly_spending(since=date.min)] == [date(2026, 2, 1)]

    async def test_by_month_and_model(self, store: Store) -> None:
        """The newest month comes first, and of a month the dearest model."""
        await _spend(store, at=AT - timedelta(days=7))
        for channel in (ONE, OTHER):
            await _spend(store, channel=channel)
        await _spend(store, UNPRICED)
        february, january = AT.date().replace(day=1), date(2026, 1, 1)
        one, unpriced = Spending.of(USAGE), Spending.of(UNPRICED)
        assert await store.monthly_spending(since=date.min) == (
            MonthlySpending(month=february, model="acme/small", spending=one + one),
            MonthlySpending(month=february, model="ollama/qwen3", spending=unpriced),
            MonthlySpending(month=january, model="acme/small", spending=one),
        )

    async def test_calls_at_once(self, store: Store) -> None:
        """Of calls that are recorded at the same time none is lost."""
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(_spend(store))
        assert (await store.spending(since=date.min)).calls == 20

    async def test_a_channel_that_moves(self, store: Store) -> None:
        """What a channel's calls consumed goes with it, and is added to what the new one's did."""
        for channel in (ONE, OTHER):
            await _spend(store, channel=channel)
        await store.move_channel(ChannelMoved(channel=ONE, to=OTHER, keeps_messages=True))
        assert (await store.spending(since=date.min, channel=OTHER)).calls == 2
        assert (await store.spending(since=date.min)).calls == 2
