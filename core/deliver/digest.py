"""Use case: one subscription, one day -> a digest, posted and recorded exactly once.

Four phases, each a function and a short transaction: *choose* (`core.choose.choice`), *prepare* (summaries for
what was chosen), *plan* (a post, and its messages), *send* (in `send`). The first three hold nothing and leave nothing
behind: several processes may go through them at once, and the first plan that is stored is the one that is sent. From
then on the ledger tells whoever comes next what is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from core.channels import QuietDay, Subscription
from core.choose.verdicts import Decision, LeftOut, Ranked, Standing
from core.deliver import choosing, compose, retry
from core.deliver.batches import batches_of
from core.deliver.briefings import with_briefing
from core.deliver.content import Digest, Mentions, is_sample, items_of, mentions_in
from core.deliver.empty import EmptyDay
from core.deliver.ledger import Counts, Delivery, DeliveryKind, DeliveryPlan, DeliveryState, Failure
from core.deliver.meanings import Meanings
from core.deliver.notices import post_once
from core.deliver.past import first_day, restore_digest
from core.deliver.ports import Chat, DigestStore
from core.deliver.reranking import Reranking
from core.deliver.schedule import Due, DueDay
from core.deliver.send import Leaver, Sender, Settle
from core.deliver.sources import are_in_trouble, has_papers, sources_of, with_missing
from core.errors import NotFound
from core.ingest.state import SourceState
from core.ingest.traits import Sources
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.posts.tree import Post
from core.speech import Languages, _, shipped_languages
from core.summarise.ports import Spending
from core.summarise.summaries import Summariser
from core.time import Clock


class DeliveryOutcome(StrEnum):
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
    #: it was given up before; its papers come with the next digest
    FAILED = "failed"
    #: composed and not posted
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A digest and how it went."""

    outcome: DeliveryOutcome
    digest: Digest
    #: messages that were sent just now
    sent: int = 0
    #: why it was given up, where it was
    failure: Failure | None = None
    #: why there is nothing to show, where somebody asked; `nothing.with_reason` finds out
    empty: EmptyDay | None = None

    def failed_because(self) -> str:
        """What to tell of a digest that was given up."""
        given_up = _("The digest of {day} was given up.", day=self.digest.day)
        reason = f" {_(self.failure.sentence)}" if self.failure else ""
        return f"{given_up}{reason} {_('What was not posted comes with the next one.')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _DigestChoice:
    """What the first phase found for one subscription and day."""

    subscription: Subscription
    day: date
    #: what the digest shows, in its order
    papers: tuple[tuple[Ranked, Standing], ...]
    decisions: tuple[Decision, ...]
    #: what it names beside
    mentions: Mentions
    #: the papers that are named
    beside: Mapping[PaperId, Paper]
    counts: Counts
    sources: tuple[SourceState, ...]
    #: what they are like
    traits: Sources
    #: the announcements that were looked at, as in `Candidates`
    after: int | None
    until: int
    #: as in `Digest`
    since: date | None
    is_more: bool
    is_again: bool
    is_first: bool
    late_for: datetime | None
    left_out: tuple[LeftOut, ...]
    reranking: Reranking | None


async def deliver(
    subscription: Subscription,
    day: date,
    *,
    store: DigestStore,
    chat: Chat,
    clock: Clock,
    listing_day: date | None = None,
    due: Due | None = None,
    settle: Settle | None = None,
    reopens: bool = False,
    since: datetime | None = None,
    room: choosing.Room | None = None,
    summariser: Summariser | None = None,
    meanings: Meanings | None = None,
    languages: Languages | None = None,
    leaves_sending: bool = False,
    stored_delivery: Delivery | None = None,
) -> Result:
    """Post the day's digest, or go on with one that was interrupted; with `listing_day`, that listing's digest.

    With `due` it is posted because its hour has come, and tells what is late or missing; the papers of a plan that was
    stored before are not in the result. `settle` is called with every message once it is on record. `reopens`: somebody
    asked for it, so that one that was given up is tried again. `since`: this process has the database open since then,
    and knows of all that was planned later; what may have been posted before is looked for on the platform, for the
    database may have been set back. `room` is held while papers are chosen, which takes memory, and not while a model
    is waited for. Without a `summariser` no model is asked, and without `meanings` papers are chosen by their words
    alone; `languages` as in `channel_language`. `leaves_sending`: a plan is stored for another process to send, unless
    that has something of another day to close; `chat` makes plans alone. `stored_delivery` was read just now.
    """
    kind = DeliveryKind.LISTING if listing_day else DeliveryKind.DAILY
    day = listing_day or day
    summariser, in_doubt = summariser or Summariser(store), retry.may_be_forgotten(subscription, day, since)
    sender: Sender = Leaver(store=store, chat=chat, clock=clock)
    if not leaves_sending:
        sender = sender_of(store, chat, clock=clock, settle=settle, summariser=summariser)
    with (languages or shipped_languages()).speaking(subscription.language):
        while (stored_delivery := stored_delivery or await store.delivery(subscription, day, kind)) is None:
            if kind is DeliveryKind.DAILY and not await sender.close_others(subscription):
                return _elsewhere(subscription, day)
            choice = await _choose(
                subscription, day, summariser, store=store, listing_day=listing_day, room=room, meanings=meanings
            )
            if due:
                choice = _with_due_day(choice, due, clock.now())
            digest, is_fed, claimed_delivery = await _prepare(choice, summariser), bool(choice.until), None
            if digest.counts.candidates:
                plan = await _plan(choice, digest, kind, store=store, chat=chat)
                claimed_delivery = await store.save_plan(plan, at=clock.now(), lease=sender.lease)
                del plan
            del choice  # nothing of it is needed while messages go out
            if not digest.counts.candidates:  # the day stays open for papers that come late
                return await _nothing(digest, kind, sender, store=store, is_fed=is_fed, is_scheduled=bool(due))
            if claimed_delivery:
                sent_count = await sender.send(claimed_delivery, in_doubt=in_doubt)
                how = DeliveryOutcome.ELSEWHERE if leaves_sending else DeliveryOutcome.POSTED
                return Result(outcome=how, digest=digest, sent=sent_count)
            # Another process has stored its plan first, or has finished one that decides on these: look again.
        return await _resume(stored_delivery, sender, store=store, reopens=reopens, in_doubt=in_doubt, due=due)


def sender_of(
    store: DigestStore, chat: Chat, *, clock: Clock, settle: Settle | None, summariser: Summariser | None = None
) -> Sender:
    """What sends digests, and plans those anew that are late."""

    async def plan_anew(delivery: Delivery, late_for: datetime) -> DeliveryPlan | None:
        writer = summariser or Summariser(store)
        with shipped_languages().speaking(delivery.subscription.language):
            return await _plan_late(delivery, late_for, store=store, chat=chat, now=clock.now(), summariser=writer)

    return Sender(store=store, chat=chat, clock=clock, settle=settle, plan_anew=plan_anew)


async def preview(
    subscription: Subscription,
    day: date,
    *,
    store: DigestStore,
    listing_day: date | None = None,
    is_again: bool = False,
    summariser: Summariser | None = None,
    meanings: Meanings | None = None,
) -> Result:
    """The digest as it would be posted; only summaries are stored. `is_again`: of a whole listing, posted or not."""
    summariser, day = summariser or Summariser(store), listing_day or day
    choice = await _choose(
        subscription, day, summariser, store=store, listing_day=listing_day, is_again=is_again, meanings=meanings
    )
    return Result(outcome=DeliveryOutcome.PREVIEW, digest=await _prepare(choice, summariser))


async def posted_on(
    subscription: Subscription, day: date, kind: DeliveryKind = DeliveryKind.DAILY, *, store: DigestStore
) -> Result | None:
    """The digest that was posted on a day; None where none was."""
    delivery = await store.delivery(subscription, day, kind)
    if delivery is None or delivery.state is not DeliveryState.DONE:
        return None
    return Result(outcome=DeliveryOutcome.ALREADY, digest=await restore_digest(delivery, store=store))


async def _choose(
    subscription: Subscription,
    day: date,
    summariser: Summariser,
    *,
    store: DigestStore,
    listing_day: date | None,
    is_again: bool = False,
    room: choosing.Room | None = None,
    meanings: Meanings | None = None,
) -> _DigestChoice:
    """First phase: which papers the digest shows, and what became of the others."""
    selection = await choosing.choose_from_store(
        subscription,
        day,
        summariser,
        store=store,
        listing_day=listing_day,
        is_again=is_again,
        room=room,
        meanings=meanings,
    )
    choice = selection.choice
    kind = DeliveryKind.LISTING if listing_day else DeliveryKind.DAILY
    decisions = tuple(choice.decisions())
    mentions = mentions_in(decisions, subscription)
    beside = frozenset(mentions.papers())
    return _DigestChoice(
        subscription=subscription,
        day=day,
        papers=choice.entries,
        decisions=decisions,
        mentions=mentions,
        beside={entry.paper.id: entry.paper for entry in choice.kept if entry.paper.id in beside},
        counts=Counts(
            candidates=len(choice.kept) + len(choice.dropped), kept=len(choice.kept), posted=len(choice.entries)
        ),
        sources=sources_of(subscription, await store.source_states(), store.traits),
        traits=store.traits,
        after=selection.after,
        until=selection.until,
        since=await first_day(subscription, day, store=store, kind=kind),
        is_more=bool(listing_day and not is_again and (await store.day_reading(subscription, listing_day)).posted),
        is_again=is_again,
        is_first=not await store.has_digest(subscription.channel),
        late_for=None,
        left_out=choice.left_out,
        reranking=selection.reranking,
    )


def _with_due_day(choice: _DigestChoice, due: Due, now: datetime) -> _DigestChoice:
    """What was chosen, with all that its digest has to say of its hour and of listings that are not there."""
    return replace(
        choice,
        sources=with_missing(choice.sources, due.missing, now, traits=choice.traits),
        late_for=due.day.due_at if due.is_late else None,
    )


async def _prepare(choice: _DigestChoice, summariser: Summariser) -> Digest:
    """Second phase: the chosen papers with their summaries, and the week's themes where the channel wants them."""
    subscription = choice.subscription
    summaries = await summariser.summarise(
        [entry.paper for entry, _ in choice.papers],
        language=subscription.language,
        depth=subscription.depth,
        channel=subscription.channel,
    )
    items = items_of(choice.papers, summaries, choice.mentions.siblings_among(choice.beside))
    before = choice.reranking.spending if choice.reranking else Spending()
    digest = Digest(
        subscription=subscription,
        day=choice.day,
        counts=choice.counts,
        sources=choice.sources,
        traits=choice.traits,
        items=items,
        is_sample=is_sample(items),
        since=choice.since,
        is_more=choice.is_more,
        is_again=choice.is_again,
        is_first=choice.is_first,
        late_for=choice.late_for,
        left_out=choice.left_out,
        reranking=choice.reranking,
        spending=sum((summary.spending for summary in summaries.values()), before),
        fits=choice.mentions.fits,
        more=choice.mentions.more_among(choice.beside),
        more_total=choice.mentions.more_total,
    )
    return await with_briefing(digest, summariser, within_s=summariser.patience_s)


async def _plan(
    choice: _DigestChoice, digest: Digest, kind: DeliveryKind, *, store: DigestStore, chat: Chat
) -> DeliveryPlan:
    """Third phase: the digest as a post, and the post as messages of the platform."""
    key = await store.delivery_key(digest.subscription, digest.day, kind)
    signs = await store.channel_signs(digest.subscription.channel)
    post = replace(await asyncio.to_thread(compose.digest, digest), signs=signs)
    messages = await asyncio.to_thread(chat.plan, digest.subscription.channel, post, key=key)
    return DeliveryPlan(
        subscription=digest.subscription,
        day=digest.day,
        kind=kind,
        post=post,
        messages=messages,
        decisions=choice.decisions,
        counts=digest.counts,
        sources=digest.sources,
        after=choice.after,
        until=choice.until,
        stand_ins=tuple(item.paper.id for item in digest.items if item.is_stand_in),
    )


async def _plan_late(
    delivery: Delivery, late_for: datetime, *, store: DigestStore, chat: Chat, now: datetime, summariser: Summariser
) -> DeliveryPlan | None:
    """A plan of what is there by now, which says that it is late; None where nothing is there."""
    subscription = delivery.subscription
    summariser = summariser.without_waiting()  # the lease is held, and it is late enough
    choice = await _choose(subscription, delivery.day, summariser, store=store, listing_day=None)
    if not choice.counts.candidates:
        return None
    day = DueDay(day=delivery.day, due_at=late_for, opened_at=delivery.begun_at)
    missing = batches_of(await store.source_states(), now, store.traits).missing_for(subscription)
    choice = _with_due_day(choice, Due(day=day, is_late=True, missing=missing), now)
    digest = await _prepare(choice, summariser)
    return await _plan(choice, digest, delivery.kind, store=store, chat=chat)


async def _resume(
    delivery: Delivery, sender: Sender, *, store: DigestStore, reopens: bool, in_doubt: bool, due: Due | None
) -> Result:
    """Go on with a stored plan, unless it is done, given up or in other hands."""
    subscription, day, kind = delivery.subscription, delivery.day, delivery.kind
    count = await sender.resume(delivery, reopens=reopens, in_doubt=in_doubt)
    if count is not None:
        digest = Digest(subscription=subscription, day=day, counts=delivery.counts, sources=delivery.sources, items=())
        if not due:
            digest = await restore_digest(delivery, store=store)
        return Result(outcome=DeliveryOutcome.POSTED, digest=digest, sent=count)
    latest = await store.delivery(subscription, day, kind)
    if latest is None or latest.state is DeliveryState.SENDING:
        return _elsewhere(subscription, day)
    digest = await restore_digest(latest, store=store)
    if latest.state is DeliveryState.DONE:
        return Result(outcome=DeliveryOutcome.ALREADY, digest=digest)
    return Result(outcome=DeliveryOutcome.FAILED, digest=digest, failure=latest.failure)


def _elsewhere(subscription: Subscription, day: date) -> Result:
    nothing = Digest(subscription=subscription, day=day, counts=Counts(), sources=(), items=())
    return Result(outcome=DeliveryOutcome.ELSEWHERE, digest=nothing)


async def _nothing(
    digest: Digest, kind: DeliveryKind, sender: Sender, *, store: DigestStore, is_fed: bool, is_scheduled: bool
) -> Result:
    """No candidates: a quiet day, of which channels may hear, or sources in trouble, which they are told once a day."""
    subscription = digest.subscription
    if not digest.sources and not (is_fed and await has_papers(subscription, store=store)):
        ingest, name = _("Run paperboy ingest first."), _("Name categories: `/settings categories cs.LG`")
        hint = ingest if subscription.categories else name
        raise NotFound(_("No source was read yet for this channel."), hint=hint)
    if kind is DeliveryKind.DAILY and are_in_trouble(digest.sources, digest.traits):
        sent_count = await post_once(digest, DeliveryKind.NOTICE, compose.notice(digest), sender, store=store)
        return Result(outcome=DeliveryOutcome.TROUBLE, digest=digest, sent=sent_count)
    sent_count = 0
    if is_scheduled and subscription.quiet_day is QuietDay.LINE:
        line = compose.quiet_line(subscription)
        sent_count = await post_once(digest, DeliveryKind.QUIET, line, sender, store=store)
    return Result(outcome=DeliveryOutcome.QUIET, digest=digest, sent=sent_count)


def post_of(result: Result) -> Post:
    """A result as a post, for somebody who asked to see it."""
    digest = result.digest
    if result.outcome is DeliveryOutcome.TROUBLE:
        return compose.notice(digest)
    if not digest.counts.candidates:
        return compose.quiet(digest, result.empty)
    return compose.digest(digest)
