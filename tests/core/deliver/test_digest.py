from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.origins import SOURCES
from core.channels import ChannelRef, Layout, Subscription
from core.converse import explain
from core.converse.ports import Store
from core.deliver import digest
from core.deliver.batches import Batches
from core.deliver.digest import DeliveryOutcome
from core.deliver.ledger import DeliveryKind
from core.deliver.schedule import DayReason, DayState, DueDay, decide
from core.deliver.send import LEASE
from core.errors import ChatUnavailable, NotFound
from core.ingest.state import SourceState, State
from core.papers.paper import AnnounceType
from storage.tables import deliveries
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("terminal", "", "main")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.save_subscription(READS_CL, at=AT)
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


async def listed(store: Store, numbers: range, *, day: date = DAY, state: State = State.FRESH) -> None:
    await store.add(a_listing([a_paper(n) for n in numbers], day=day), at=AT)
    await store.save_source_state(
        SourceState(source="arxiv", scope="cs.CL", state=state, checked_at=AT, listing_day=day, listed=len(numbers))
    )


async def test_posts_a_parent_and_a_reply_per_paper(store: Store, clock: FakeClock) -> None:
    """A digest is one parent message and one reply per chosen paper, the replies in the parent's thread."""
    await listed(store, range(5))
    chat = FakeChat()
    result = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    assert result.outcome is DeliveryOutcome.POSTED
    assert (result.digest.counts.candidates, result.digest.counts.posted) == (5, 3)
    parents = [parent for _, parent in chat.sent]
    assert len(chat.sent) == 4
    assert parents[0] is None
    assert {parent.id for parent in parents[1:] if parent} == {chat.keys[0]}


async def test_same_day_twice_posts_once(store: Store, clock: FakeClock) -> None:
    """A second delivery on the same day sends nothing and gives the first one's papers back."""
    await listed(store, range(5))
    chat = FakeChat()
    first = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    second = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    assert second.outcome is DeliveryOutcome.ALREADY
    assert len(chat.sent) == 4
    assert [item.paper.id for item in second.digest.items] == [item.paper.id for item in first.digest.items]


async def test_next_day_repeats_nothing(store: Store, clock: FakeClock) -> None:
    """What one digest posted or left out does not come back in the next."""
    await listed(store, range(5))
    first = await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock)
    await listed(store, range(3, 8), day=DAY + timedelta(days=1))
    second = await digest.deliver(READS_CL, DAY + timedelta(days=1), store=store, chat=FakeChat(), clock=clock)
    assert second.digest.counts.candidates == 3
    assert not {i.paper.id for i in first.digest.items} & {i.paper.id for i in second.digest.items}


async def test_new_version_is_not_a_new_post(store: Store, clock: FakeClock) -> None:
    """Version 2 of a posted paper, and a replacement of one never seen, are no candidates."""
    await listed(store, range(2))
    await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock)
    newer = [replace(a_paper(1), version=2), replace(a_paper(77), version=3)]
    await store.add(a_listing(newer, day=DAY + timedelta(days=1), type=AnnounceType.REPLACE), at=AT)
    result = await digest.deliver(READS_CL, DAY + timedelta(days=1), store=store, chat=FakeChat(), clock=clock)
    assert result.outcome is DeliveryOutcome.QUIET
    explained = await explain.why(READS_CL, "2602.00077", store=store)
    assert "new version" in next(stage.detail for stage in explained.stages if not stage.is_passed)


async def test_second_channel_still_gets_it(store: Store, clock: FakeClock) -> None:
    """A paper posted in one channel is posted in another one as well."""
    await listed(store, range(2))
    other = replace(READS_CL, channel=ChannelRef("terminal", "", "other"))
    await store.save_subscription(other, at=AT)
    for subscription in (READS_CL, other):
        result = await digest.deliver(subscription, DAY, store=store, chat=FakeChat(), clock=clock)
        assert result.digest.counts.posted == 2


async def test_two_subscriptions_of_a_channel_do_not_repeat_each_other(store: Store, clock: FakeClock) -> None:
    """A paper that one subscription of a channel posted is not posted there by another."""
    await listed(store, range(2))
    second = replace(READS_CL, name="second")
    await store.save_subscription(second, at=AT)
    await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock)
    result = await digest.deliver(second, DAY, store=store, chat=FakeChat(), clock=clock)
    assert result.digest.counts.candidates == 0


@pytest.mark.parametrize("message", range(4))
@pytest.mark.parametrize("can_find", [True, False])
async def test_interrupted_delivery_is_resumed(store: Store, clock: FakeClock, message: int, can_find: bool) -> None:
    """A delivery that broke off before any message goes on from there: nothing lost, nothing doubled."""
    await listed(store, range(5))
    chat = FakeChat(can_find=can_find)
    chat.fails_before(message)
    with pytest.raises(ChatUnavailable):
        await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    clock.move(LEASE + timedelta(seconds=1))
    result = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    assert result.outcome is DeliveryOutcome.POSTED
    assert len(chat.keys) == len(set(chat.keys)) == 4
    assert len(result.digest.items) == 3


@pytest.mark.parametrize("message", range(4))
async def test_message_sent_but_not_recorded_is_found(store: Store, clock: FakeClock, message: int) -> None:
    """Where the platform can tell, a message that was sent and not recorded is found instead of sent again."""
    await listed(store, range(5))
    chat = FakeChat()
    chat.dies_after(message)
    with pytest.raises(ChatUnavailable):
        await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    clock.move(LEASE + timedelta(seconds=1))
    await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    assert len(chat.keys) == len(set(chat.keys)) == 4


async def test_resumed_plan_is_the_stored_one(store: Store, clock: FakeClock) -> None:
    """Papers that arrive between the crash and the resumption do not change the plan; the next digest has them."""
    await listed(store, range(2))
    chat = FakeChat()
    chat.fails_before(1)
    with pytest.raises(ChatUnavailable):
        await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    await listed(store, range(2, 4))
    clock.move(LEASE + timedelta(seconds=1))
    resumed = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    assert len(resumed.digest.items) == 2
    after = await digest.deliver(READS_CL, DAY + timedelta(days=1), store=store, chat=FakeChat(), clock=clock)
    assert after.digest.counts.candidates == 2


@pytest.mark.parametrize("post", [None, '{"version":0}'])
async def test_plan_of_another_version(clock: FakeClock, post: str | None) -> None:
    """A plan whose post another version wrote, or none did, is sent to its end without the post."""
    chat = FakeChat()
    chat.fails_before(1)
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READS_CL, at=AT)
        await listed(store, range(2))
        with pytest.raises(ChatUnavailable):
            await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
        async with store.database.writing() as connection:
            await connection.execute(update(deliveries).values(post=post))
        clock.move(LEASE + timedelta(seconds=1))
        result = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
        delivery = await store.delivery(READS_CL, DAY, DeliveryKind.DAILY)
    assert delivery and delivery.post is None
    assert (result.outcome, len(set(chat.keys))) == (DeliveryOutcome.POSTED, 3)


async def test_trouble_is_told_once_and_is_not_a_quiet_day(store: Store, clock: FakeClock) -> None:
    """With no candidates and a source in trouble the channel gets one notice a day, and its digest when papers come."""
    await listed(store, range(0), state=State.FAILED)
    chat = FakeChat()
    for _ in range(2):
        result = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
        assert result.outcome is DeliveryOutcome.TROUBLE
    assert len(chat.sent) == 1
    await listed(store, range(2))
    result = await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)
    assert result.outcome is DeliveryOutcome.POSTED


async def test_quiet_day_posts_nothing_and_stays_open(store: Store, clock: FakeClock) -> None:
    """A quiet morning posts nothing; papers that come later the same day are posted that day."""
    await listed(store, range(0), state=State.QUIET)
    chat = FakeChat()
    assert (await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)).outcome is DeliveryOutcome.QUIET
    assert not chat.sent
    await listed(store, range(2))
    assert (await digest.deliver(READS_CL, DAY, store=store, chat=chat, clock=clock)).outcome is DeliveryOutcome.POSTED


async def test_unread_sources_are_no_quiet_day(store: Store, clock: FakeClock) -> None:
    """Before any source was read there is nothing to say about the day, and that is said."""
    with pytest.raises(NotFound, match="No source was read"):
        await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock)


async def test_preview_stores_nothing(store: Store, clock: FakeClock) -> None:
    """A preview can be looked at any number of times, and the delivery afterwards is the same."""
    await listed(store, range(4))
    one = await digest.preview(READS_CL, DAY, store=store)
    two = await digest.preview(READS_CL, DAY, store=store)
    posted = await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock)
    assert one.digest == two.digest == posted.digest


async def test_listing_day_digest_leaves_the_daily_one_alone(store: Store, clock: FakeClock) -> None:
    """The digest of a past listing does not make the daily digest skip anything but what it posted."""
    yesterday = DAY - timedelta(days=1)
    await listed(store, range(2), day=yesterday)
    await listed(store, range(2, 4))
    asked = await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock, listing_day=yesterday)
    assert asked.digest.day == yesterday
    assert asked.digest.counts.posted == 2
    daily = await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=clock)
    assert daily.digest.counts.posted == 2


async def test_why_explains_every_paper(store: Store, clock: FakeClock) -> None:
    """After a digest every announced paper is posted, or the first stage it failed has a reason."""
    wanted = replace(READS_CL, rule="NOT number", size=2)
    await store.save_subscription(wanted, at=AT)
    papers = [a_paper(n) for n in range(3)] + [a_paper(n, title=f"Paper {n}") for n in range(3, 7)]
    papers.append(a_paper(9, categories=("cs.RO",)))
    await store.add(a_listing(papers), at=AT)
    await listed(store, range(0))
    await digest.deliver(wanted, DAY, store=store, chat=FakeChat(), clock=clock)
    reasons = {}
    for paper in papers:
        explained = await explain.why(wanted, str(paper.id), store=store)
        failed = [stage for stage in explained.stages if not stage.is_passed]
        assert explained.is_posted == (not failed)
        reasons[paper.id.value] = failed[0].detail if failed else "posted"
    assert sum(reason == "posted" for reason in reasons.values()) == 2
    assert "number" in reasons["2602.00000"]
    assert "Place 3 of" in " ".join(reasons.values())
    unknown = await explain.why(wanted, "2602.99999", store=store)
    assert not unknown.is_posted
    assert "never in any listing" in unknown.stages[0].detail


async def test_by_category_layout_orders_the_thread_as_the_message(store: Store, clock: FakeClock) -> None:
    """Grouped by category, the replies come in the order of the entries, own categories first."""
    wanted = replace(READS_CL, categories=("cs.LG", "cs.CL"), layout=Layout.BY_CATEGORY, size=5)
    await store.save_subscription(wanted, at=AT)
    papers = [a_paper(n, categories=("cs.CL" if n % 2 else "cs.LG", "cs.AI")) for n in range(4)]
    await store.add(a_listing(papers), at=AT)
    await listed(store, range(0))
    chat = FakeChat()
    await digest.deliver(wanted, DAY, store=store, chat=chat, clock=clock)
    shown = {str(paper.id): paper.primary_category for paper in papers}
    assert [shown[str(outgoing.papers[0])] for outgoing, _ in chat.sent[1:]] == ["cs.LG", "cs.LG", "cs.CL", "cs.CL"]


async def test_papers_of_a_file_are_read_though_no_source_was(store: Store, clock: FakeClock) -> None:
    """What `paperboy ingest --file` stored is a digest, then a quiet day; no source counts as refreshed."""
    await store.add(a_listing([a_paper(1)], day=DAY), at=AT)
    outcomes = [
        (await digest.deliver(READS_CL, DAY + timedelta(days=n), store=store, chat=FakeChat(), clock=clock)).outcome
        for n in range(2)
    ]
    assert outcomes == [DeliveryOutcome.POSTED, DeliveryOutcome.QUIET]
    assert await store.source_states() == ()


async def test_a_file_for_others_feeds_nobody_else(store: Store, clock: FakeClock) -> None:
    """A channel for which nothing was ever read is told so, whatever was read for others."""
    reads_physics = replace(READS_CL, name="physics", categories=("physics.optics",))
    await store.save_subscription(reads_physics, at=AT)
    for papers in ([], [a_paper(1)]):
        await store.add(a_listing(papers, day=DAY), at=AT)
        with pytest.raises(NotFound, match="No source was read yet"):
            await digest.deliver(reads_physics, DAY, store=store, chat=FakeChat(), clock=clock)


async def test_why_names_a_day_without_a_digest(store: Store) -> None:
    """A paper that waits because Paperboy was off at the hour says so, and for which day."""
    await listed(store, range(1, 2))
    (look,) = await store.looks(CHANNEL)
    missed = DueDay(
        day=DAY + timedelta(days=1),
        due_at=AT + timedelta(days=1),
        state=DayState.MISSED,
        reason=DayReason.OFF,
        opened_at=AT + timedelta(days=2),
        closed_at=AT + timedelta(days=2),
    )
    nothing = decide(look, Batches(arrivals=frozenset(), missing=(), traits=SOURCES), AT)
    await store.record_looks([replace(nothing, days=(missed,))])
    explained = await explain.why(READS_CL, str(a_paper(1).id), store=store)
    rank = next(stage for stage in explained.stages if stage.name == "rank")
    assert rank.detail.endswith(f"The digest of {missed.day} was not posted: Paperboy was not running.")
