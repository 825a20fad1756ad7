"""Use case: why a paper was, or was not, posted in a channel: every stage it went through, with the literal reason.

What a delivery kept is on record; what its rule dropped is judged again here, with the rule as it was that day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from core.channels import Subscription
from core.choose.reasons import Reason, ReasonKind
from core.choose.rules import judging
from core.choose.rules.lists import lists_for
from core.choose.verdicts import Decision, Dropped, Kept, Verdict
from core.converse.stages import Stage, place_in_words, score_in_words, standing_stages
from core.deliver.days import day_reason
from core.deliver.ledger import Delivery, DeliveryState
from core.deliver.ports import PaperTrace, TraceStore
from core.deliver.schedule import DayState, DueDay
from core.errors import BadRule
from core.ingest.traits import Sources
from core.papers.categories import announces, within
from core.papers.identifiers import PaperId, Reference
from core.papers.paper import AnnounceType, Paper
from core.speech import N_, _

#: arXiv's own words for how a paper was announced
_ANNOUNCEMENTS: Final[Mapping[AnnounceType, str]] = MappingProxyType(
    {
        AnnounceType.NEW: N_("new in {listing} on {day}"),
        AnnounceType.CROSS: N_("cross in {listing} on {day}"),
        AnnounceType.REPLACE: N_("replace in {listing} on {day}"),
        AnnounceType.REPLACE_CROSS: N_("replace-cross in {listing} on {day}"),
    }
)
#: stands for any day, where only the latest listing is asked for
_ANY_DAY: Final = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What happened to one paper in one subscription."""

    subscription: Subscription
    #: what named the paper, as somebody wrote it
    identifier: str
    #: None where Paperboy has never seen it
    paper: Paper | None
    is_posted: bool
    #: in order; the last one that did not pass is the reason
    stages: tuple[Stage, ...]


async def why(subscription: Subscription, identifier: str, *, store: TraceStore) -> Explanation:
    """Explain one paper in one subscription. Raises BadIdentifier."""
    reference = Reference.parse(identifier)
    trace = await store.trace(subscription.channel, reference.id, subscription.name)
    if trace is None:
        unseen = Stage(name=N_("stored"), is_passed=False, detail=await _unseen(reference, subscription, store))
        return Explanation(
            subscription=subscription, identifier=identifier, paper=None, is_posted=False, stages=(unseen,)
        )
    looks = await store.looks(subscription.channel)
    days = [day for look in looks if look.subscription.name == subscription.name for day in look.days]
    lists = await lists_for(subscription, store)
    decision_stages = await asyncio.to_thread(
        _decision_stages, trace, subscription, days, lists, await _rivals(trace, store)
    )
    stages = (
        _stored_stage(trace, store.traits),
        _announced_stage(trace, subscription, store.traits),
        *decision_stages,
        _posted_stage(trace),
    )
    return Explanation(
        subscription=subscription,
        identifier=identifier,
        paper=trace.paper,
        is_posted=trace.posted_at is not None,
        stages=stages,
    )


async def _rivals(trace: PaperTrace, store: TraceStore) -> Mapping[PaperId, Paper]:
    """Reads the papers that took the place of this one."""
    ids = [
        decision.standing.like
        for _delivery, decision in trace.deliveries
        if decision and decision.standing and decision.standing.like
    ]
    return {paper.id: paper for paper in await store.papers_by_id(ids)} if ids else {}


async def _unseen(reference: Reference, subscription: Subscription, store: TraceStore) -> str:
    """Says that the paper is unknown, and which days were read: it may be of another day."""
    latest = (await store.day_reading(subscription, _ANY_DAY)).latest
    unseen = _("{paper} was never in any listing that was read.", paper=reference.id)
    if latest:
        read = _(
            "The latest listing with papers for this channel is that of {day}; paperboy ingest reads what is new, "
            "with --day one day of the past.",
            day=latest,
        )
    else:
        read = _("Nothing was read yet; paperboy ingest reads what is new, with --day one day of the past.")
    return f"{unseen} {read}"


def _stored_stage(trace: PaperTrace, traits: Sources) -> Stage:
    time, sources = f"{trace.first_seen:%Y-%m-%d %H:%M}", ", ".join(map(traits.name_of, trace.paper.sources))
    detail = _("First seen {time} UTC from {sources}.", time=time, sources=sources)
    return Stage(name=N_("stored"), is_passed=True, detail=detail)


def _announced_stage(trace: PaperTrace, subscription: Subscription, traits: Sources) -> Stage:
    announcements = ", ".join(
        _(_ANNOUNCEMENTS[AnnounceType(kind)], listing=scope, day=day)
        for _source, scope, day, kind, _version in trace.announcements
    )
    news = [line for line in trace.announcements if not AnnounceType(line[3]).is_replacement]
    channel_categories, paper_categories = subscription.categories, (*trace.paper.categories, *_listing_scopes(trace))
    if (
        news
        and within(channel_categories, paper_categories)
        and not any(
            announces(channel_categories, line[1], paper_categories, is_file=traits[line[0]].is_file) for line in news
        )
    ):
        detail = _(
            "Announced as {announcements}, and in none of the listings that this channel reads: {listings}.",
            announcements=announcements,
            listings=", ".join(channel_categories),
        )
        return Stage(name=N_("announced"), is_passed=False, detail=detail)
    if news:
        return Stage(
            name=N_("announced"), is_passed=True, detail=_("Announced as {announcements}.", announcements=announcements)
        )
    detail = _("Never announced.")
    if announcements:
        detail = _(
            "Announced only as {announcements}: a new version of a paper is not a new paper.",
            announcements=announcements,
        )
    return Stage(name=N_("announced"), is_passed=False, detail=detail)


def _decision_stages(
    trace: PaperTrace,
    subscription: Subscription,
    days: Sequence[DueDay],
    lists: judging.Lists,
    rivals: Mapping[PaperId, Paper],
) -> tuple[Stage, ...]:
    if trace.deliveries:
        pairs = [pair for pair in trace.deliveries if pair[1]]
        delivery, decision = (pairs or trace.deliveries)[-1]
        return _delivery_stages(trace, delivery, decision, lists, rivals)
    verdict = _verdict(trace, subscription, lists)
    if isinstance(verdict, Dropped):
        return (Stage(name=N_("rule"), is_passed=False, detail=f"{verdict.reason}."),)
    waits = _(
        "No digest of this channel has looked at it: it was announced before the channel subscribed, or waits for the"
        " next digest."
    )
    detail = " ".join(filter(None, (waits, _unposted_day(trace, days))))
    return (_rule_stage(verdict.reasons), Stage(name=N_("rank"), is_passed=False, detail=detail))


def _unposted_day(trace: PaperTrace, days: Sequence[DueDay]) -> str:
    """Says why the latest digest that was due since the paper came was not posted; empty where it was."""
    due = [day for day in days if day.due_at >= trace.first_seen and day.state is not DayState.POSTED]
    if not due or not (reason := day_reason(due[-1])):
        return ""
    if due[-1].state is DayState.OPEN:
        return _("The digest of {day} is not posted yet: {reason}.", day=due[-1].day, reason=reason)
    return _("The digest of {day} was not posted: {reason}.", day=due[-1].day, reason=reason)


def _delivery_stages(
    trace: PaperTrace,
    delivery: Delivery,
    decision: Decision | None,
    lists: judging.Lists,
    rivals: Mapping[PaperId, Paper],
) -> tuple[Stage, ...]:
    verdict = _verdict(trace, delivery.subscription, lists)
    if decision is None:
        usual_reason = _("The rule dropped it as it was announced that day")
        drop_reason = verdict.reason if isinstance(verdict, Dropped) else usual_reason
        detail = _("Digest of {day}: {reason}.", day=delivery.day, reason=drop_reason)
        return (Stage(name=N_("rule"), is_passed=False, detail=detail),)
    reasons = "; ".join(reason.text for reason in decision.reasons) or _("nothing speaks for it")
    grade = next((f" {reason.text}." for reason in decision.reasons if reason.kind is ReasonKind.MODEL), "")
    score_text = f"{score}{grade}" if (score := score_in_words(decision)) else f"{reasons}."
    has_place = decision.chosen if decision.standing is None else True
    rank = Stage(name=N_("rank"), is_passed=has_place, detail=f"{place_in_words(delivery, decision)}: {score_text}")
    # judged again: a rule that has changed its lists since may say something else now
    rule_reasons = verdict.reasons if isinstance(verdict, Kept) else ()
    return (_rule_stage(rule_reasons, decision.left_out), rank, *standing_stages(delivery, decision, rivals))


def _verdict(trace: PaperTrace, subscription: Subscription, lists: judging.Lists) -> Verdict:
    """What the subscription's filter says; a stored rule that cannot be read keeps everything, as in digests."""
    try:
        judge = judging.judge_for(subscription, lists=lists)
    except BadRule:
        judge = judging.judge_for(replace(subscription, rule=""))
    return judge(trace.paper, _listing_scopes(trace))


def _listing_scopes(trace: PaperTrace) -> tuple[str, ...]:
    return tuple(dict.fromkeys(scope for _source, scope, *_more in trace.announcements))


def _rule_stage(reasons: tuple[Reason, ...], left_out: Sequence[str] = ()) -> Stage:
    reason_text, without = "; ".join(reason.text for reason in reasons), "; ".join(left_out)
    detail = _("The rule keeps it: {reasons}.", reasons=reason_text) if reason_text else _("The rule keeps it.")
    if without:
        detail = " ".join((detail, _("Left out of the rule: {clauses}.", clauses=without)))
    return Stage(name=N_("rule"), is_passed=True, detail=detail)


def _posted_stage(trace: PaperTrace) -> Stage:
    if trace.posted_at:
        detail = _("Posted here {time} UTC.", time=f"{trace.posted_at:%Y-%m-%d %H:%M}")
        return Stage(name=N_("posted"), is_passed=True, detail=detail)
    detail = next(
        filter(None, (_unposted_reason(delivery) for delivery, decision in trace.deliveries[::-1] if _chose(decision))),
        "",
    )
    return Stage(name=N_("posted"), is_passed=False, detail=detail or _("Not posted here."))


def _chose(decision: Decision | None) -> bool:
    return decision is not None and decision.chosen


def _unposted_reason(delivery: Delivery) -> str:
    """Why a delivery that chose a paper has not posted it."""
    reason = delivery.failure.sentence if delivery.failure else ""
    parts: tuple[str, ...] = ()
    if delivery.state is DeliveryState.FAILED:
        given_up = _("The digest of {day} was given up before it was posted.", day=delivery.day)
        parts = (given_up, reason, _("It waits for the next digest."))
    elif delivery.state is DeliveryState.SENDING:
        parts = (_("The digest of {day} is still being posted.", day=delivery.day), reason)
    return " ".join(filter(None, parts))
