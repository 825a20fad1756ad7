"""Use case: one subscription, one day -> a digest, posted and recorded exactly once.

The steps are those of ARCHITECTURE.md's first journey. Everything is decided before the first message is sent, and
stored as a plan; a process that dies anywhere leaves a ledger from which the next one goes on at the first message that
is not recorded as sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from core.channels import Subscription
from core.choose import ranking
from core.choose.verdicts import Decision, Ranked
from core.deliver import compose, footer
from core.deliver.content import Digest, Item
from core.deliver.ledger import Counts, Delivery, DeliveryKind, DeliveryState
from core.deliver.ports import Chat, DigestStore
from core.errors import NotFound
from core.ingest import enrich
from core.ingest.state import SourceState, State
from core.papers.categories import covers, source_of
from core.posts.messages import MessageRef
from core.posts.tree import Post
from core.summarise.summaries import summarise_papers
from core.time import Clock

#: how long a delivery may go without a sign of life before another process takes it up
LEASE: Final = timedelta(seconds=60)
#: a source that is on, and in trouble, is not left alone for longer while others are asked
_LONGEST_PAUSE: Final = timedelta(hours=6)
#: what was not asked for so long, while others were, nobody reads any more: a feed that was taken out of the settings
_ABANDONED: Final = timedelta(days=2)


Settle = Callable[[MessageRef], Awaitable[None]]


class Outcome(StrEnum):
    """How a delivery went."""

    #: posted just now
    POSTED = "posted"
    #: posted before; nothing was sent
    ALREADY = "already-posted"
    #: nothing was announced that the channel has not seen
    QUIET = "quiet"
    #: sources are in trouble and there is nothing to post; not a quiet day
    TROUBLE = "trouble"
    #: another process is posting it
    ELSEWHERE = "elsewhere"
    #: composed and not posted
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A digest and how it went."""

    outcome: Outcome
    digest: Digest
    #: messages that were sent just now
    sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    digest: Digest
    decisions: tuple[Decision, ...]
    until: int


async def deliver(
    subscription: Subscription,
    day: date,
    *,
    store: DigestStore,
    chat: Chat,
    clock: Clock,
    listing_day: date | None = None,
    settle: Settle | None = None,
) -> Result:
    """Post the day's digest, or go on with one that was interrupted; with `listing_day`, that listing's digest.

    `settle` is called with every message once it is on record.
    """
    kind = DeliveryKind.LISTING if listing_day else DeliveryKind.DAILY
    day = listing_day or day
    delivery = await store.begin_delivery(subscription, day, kind, at=clock.now(), lease=LEASE)
    if delivery is None:
        return await _past(subscription, day, kind, store=store)
    if delivery.state is DeliveryState.SENDING:
        sent = await _send(delivery, store=store, chat=chat, clock=clock, settle=settle, resumed=True)
        return Result(outcome=Outcome.POSTED, digest=await again(delivery, store=store), sent=sent)
    try:
        chosen = await _choose(subscription, day, store=store, listing_day=listing_day)
        if not chosen.digest.counts.candidates:
            await store.drop_delivery(delivery)  # the day stays open for papers that come late
            return await _nothing(chosen, store=store, chat=chat, clock=clock, settle=settle)
        planned = await _plan(delivery, chosen, store=store, chat=chat)
    except BaseException:
        await store.drop_delivery(delivery)  # does nothing once the plan is stored
        raise
    sent = await _send(planned, store=store, chat=chat, clock=clock, settle=settle)
    return Result(outcome=Outcome.POSTED, digest=chosen.digest, sent=sent)


async def preview(
    subscription: Subscription, day: date, *, store: DigestStore, listing_day: date | None = None
) -> Result:
    """The digest as it would be posted now; nothing is stored or sent."""
    chosen = await _choose(subscription, listing_day or day, store=store, listing_day=listing_day)
    return Result(outcome=Outcome.PREVIEW, digest=chosen.digest)


async def posted_on(
    subscription: Subscription, day: date, kind: DeliveryKind = DeliveryKind.DAILY, *, store: DigestStore
) -> Result | None:
    """The digest that was posted on a day; None where none was."""
    delivery = await store.delivery(subscription, day, kind)
    if delivery is None or delivery.state is not DeliveryState.DONE:
        return None
    return Result(outcome=Outcome.ALREADY, digest=await again(delivery, store=store))


async def again(delivery: Delivery, *, store: DigestStore) -> Digest:
    """A past digest as values, from what the ledger kept of it."""
    shown = [decision for decision in delivery.decisions if decision.chosen]
    papers = {paper.id: paper for paper in await store.papers_by_id([decision.paper for decision in shown])}
    chosen = [
        Ranked(paper=papers[one.paper], score=one.score, reasons=one.reasons, place=one.place)
        for one in shown
        if one.paper in papers
    ]
    items = await _items(chosen, delivery.subscription, store=store)
    return _digest(delivery.subscription, delivery.day, delivery.counts, delivery.sources, items)


async def _past(subscription: Subscription, day: date, kind: DeliveryKind, *, store: DigestStore) -> Result:
    if posted := await posted_on(subscription, day, kind, store=store):
        return posted
    return Result(outcome=Outcome.ELSEWHERE, digest=_digest(subscription, day, Counts(), (), ()))


async def _choose(subscription: Subscription, day: date, *, store: DigestStore, listing_day: date | None) -> _Chosen:
    candidates = await store.candidates(subscription, listing_day=listing_day)
    sources = sources_of(subscription, await store.source_states())
    # A thousand candidates take a while: meanwhile the event loop serves others.
    ranked = await asyncio.to_thread(ranking.judge, candidates, subscription)
    chosen = ranked[: subscription.size]
    counts = Counts(candidates=len(candidates.items), kept=len(ranked), posted=len(chosen))
    items = await _items(chosen, subscription, store=store)
    return _Chosen(
        digest=_digest(subscription, day, counts, sources, items),
        decisions=tuple(_decision(one, subscription) for one in ranked),
        until=candidates.until,
    )


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
        own += [_unread(category, own[0].checked_at) for category, some in pairs if own and not some]
    return (*own, *_commenting(own, states))


def _feeding(category: str, states: Sequence[SourceState]) -> list[SourceState]:
    """The states of a category's own scope; before it is read by itself, those of scopes that it has a part in."""
    exact = [one for one in states if one.scope == category]
    return exact or [one for one in states if covers(category, one.scope) or covers(one.scope, category)]


def _unread(category: str, at: datetime) -> SourceState:
    source, scope = source_of(category)
    return SourceState(source=source, scope=scope, state=State.FAILED, checked_at=at, error="It was not read yet.")


def _commenting(own: Sequence[SourceState], states: Sequence[SourceState]) -> list[SourceState]:
    """Those in trouble that speak of what these bring; one that was not asked when these were is switched off."""
    return [one for one in states if one.state.is_trouble and any(_is_on(one, other) for other in own)]


def _is_on(commentator: SourceState, other: SourceState) -> bool:
    is_spoken_of = footer.COMMENTATORS.get(commentator.source) == other.source
    return is_spoken_of and abs(other.checked_at - commentator.checked_at) <= _LONGEST_PAUSE


def _in_trouble(sources: Sequence[SourceState]) -> bool:
    return any(state.state.is_trouble for state in sources if state.source not in footer.COMMENTATORS)


def _decision(ranked: Ranked, subscription: Subscription) -> Decision:
    return Decision(
        paper=ranked.paper.id,
        score=ranked.score,
        reasons=ranked.reasons,
        place=ranked.place,
        chosen=ranked.place <= subscription.size,
    )


async def _items(chosen: Sequence[Ranked], subscription: Subscription, *, store: DigestStore) -> tuple[Item, ...]:
    summaries = await summarise_papers([one.paper for one in chosen], language=subscription.language, store=store)
    return tuple(
        Item(paper=one.paper, score=one.score, reasons=one.reasons, summary=summaries[one.paper.id]) for one in chosen
    )


def _digest(
    subscription: Subscription,
    day: date,
    counts: Counts,
    sources: Sequence[SourceState],
    items: Sequence[Item],
) -> Digest:
    return Digest(
        subscription=subscription,
        day=day,
        counts=counts,
        sources=tuple(sources),
        items=tuple(items),
        is_sample=any(item.paper.id.scheme == "sample" for item in items),
    )


async def _plan(delivery: Delivery, chosen: _Chosen, *, store: DigestStore, chat: Chat) -> Delivery:
    digest = chosen.digest
    channel = digest.subscription.channel
    plan = await asyncio.to_thread(lambda: chat.plan(channel, compose.digest(digest), key=delivery.key))
    await store.save_plan(
        delivery,
        plan=plan,
        decisions=chosen.decisions,
        counts=digest.counts,
        sources=digest.sources,
        until=chosen.until,
    )
    return replace(delivery, state=DeliveryState.SENDING, plan=plan)


async def _send(
    delivery: Delivery,
    *,
    store: DigestStore,
    chat: Chat,
    clock: Clock,
    settle: Settle | None,
    resumed: bool = False,
) -> int:
    """Send what the ledger does not know as sent; how many messages that were."""
    sent = dict(delivery.sent)
    channel = delivery.subscription.channel
    # An earlier process may have died between sending a message and recording it: the first one alone is in doubt.
    in_doubt = resumed
    for outgoing in delivery.plan:
        if outgoing.key in sent:
            continue
        await store.intend(delivery, outgoing.key, at=clock.now(), lease=LEASE)
        parent = sent.get(outgoing.parent_key) if outgoing.parent_key else None
        found = await chat.find(channel, outgoing.key) if in_doubt else None
        message = found or await chat.send(channel, outgoing, parent)
        in_doubt = False
        await store.sent(delivery, outgoing.key, message, at=clock.now())
        if settle:
            await settle(message)
        sent[outgoing.key] = message
    await store.finish_delivery(delivery, at=clock.now())
    return len(sent) - len(delivery.sent)


async def _nothing(chosen: _Chosen, *, store: DigestStore, chat: Chat, clock: Clock, settle: Settle | None) -> Result:
    """No candidates: a quiet day, or sources in trouble, which the channel is told once a day."""
    digest = chosen.digest
    if not digest.sources and not await _was_fed(chosen, store=store):
        raise NotFound("No source was read yet for this channel.", hint="Run paperboy ingest first.")
    if not _in_trouble(digest.sources):
        return Result(outcome=Outcome.QUIET, digest=digest)
    subscription = digest.subscription
    notice = await store.begin_delivery(subscription, digest.day, DeliveryKind.NOTICE, at=clock.now(), lease=LEASE)
    if notice is None:
        return Result(outcome=Outcome.TROUBLE, digest=digest)
    resumed = notice.state is DeliveryState.SENDING
    if not resumed:
        plan = chat.plan(subscription.channel, compose.notice(subscription, digest.sources), key=notice.key)
        await store.save_plan(notice, plan=plan, decisions=(), counts=Counts(), sources=digest.sources, until=0)
        notice = replace(notice, state=DeliveryState.SENDING, plan=plan)
    sent = await _send(notice, store=store, chat=chat, clock=clock, settle=settle, resumed=resumed)
    return Result(outcome=Outcome.TROUBLE, digest=digest, sent=sent)


async def _was_fed(chosen: _Chosen, *, store: DigestStore) -> bool:
    """True where papers were listed for the subscription, from a file say, though no source was refreshed."""
    if not chosen.until:
        return False
    categories = chosen.digest.subscription.categories
    pages = [await store.papers(category=category, limit=1) for category in categories or (None,)]
    return any(page.total for page in pages)


def post_of(result: Result) -> Post:
    """A result as a post, for somebody who asked to see it."""
    digest = result.digest
    if result.outcome is Outcome.TROUBLE:
        return compose.notice(digest.subscription, digest.sources)
    if not digest.counts.candidates:
        return compose.quiet(digest.sources)
    return compose.digest(digest)
