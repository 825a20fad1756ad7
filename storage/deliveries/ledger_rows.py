"""The rows of the ledger, to values and back: deliveries, and the messages of their plans.

The modules of this folder call these, as they call `rows`. Nothing here touches a database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from core.channels import ChannelRef
from core.choose.verdicts import Decision
from core.deliver.ledger import Counts, Delivery, DeliveryKind, DeliveryPlan, DeliveryState, Failure
from core.errors import AbsenceReason, ChatError
from core.ingest.state import SourceState
from core.posts.json import from_json, to_json
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from storage import rows

_SOURCES: Final = TypeAdapter(tuple[SourceState, ...])


def plan_values(plan: DeliveryPlan) -> rows.Values:
    """A plan as columns of `deliveries`; its messages and decisions are rows of their own."""
    return {
        "channel": str(plan.subscription.channel),
        "name": plan.subscription.name,
        "day": plan.day,
        "kind": plan.kind.value,
        "after": plan.after,
        "until": plan.until,
        **counts_values(plan.counts),
        # without whoever set it up: people can be forgotten
        "subscription": rows.subscription_text(replace(plan.subscription, set_up_by=None)),
        "sources": sources_text(plan.sources),
        "post": json.dumps(to_json(plan.post), ensure_ascii=True, separators=(",", ":")),
    }


def delivery_of(row: rows.Row, *, messages: Sequence[rows.Row] = (), decisions: Sequence[Decision] = ()) -> Delivery:
    """A row of `deliveries` with its messages' rows and its decisions, in their order, as a value."""
    subscription = rows.subscription_of(row.subscription)
    return Delivery(
        id=row.id,
        subscription=subscription,
        day=row.day,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        counts=Counts(candidates=row.candidates, kept=row.kept, posted=row.posted, failed=row.failed),
        until=row.until,
        plan=tuple(map(outgoing_of, messages)),
        sent=_sent_messages(messages, subscription.channel),
        in_doubt=frozenset(message.key for message in messages if message.state == "intended"),
        decisions=tuple(decisions),
        sources=_SOURCES.validate_json(row.sources),
        post=_post_of(row.post),
        begun_at=row.begun_at,
        holder=row.holder,
        finished_at=row.finished_at,
        attempts=row.attempts or 0,
        retry_at=row.retry_at,
        failure=Failure(kind=row.failure, sentence=row.failure_sentence or "") if row.failure else None,
        absence=AbsenceReason(row.absence) if row.absence else None,
    )


def _post_of(text: str | None) -> Post | None:
    """A stored post; None where another version wrote it, because the plan is sent without it."""
    if text is None:
        return None
    try:
        return from_json(json.loads(text))
    except ChatError:
        return None


def _sent_messages(messages: Sequence[rows.Row], channel: ChannelRef) -> Mapping[str, MessageRef]:
    return {row.key: MessageRef(channel, row.message) for row in messages if row.message is not None}


def sources_text(sources: Sequence[SourceState]) -> str:
    """States of sources as JSON."""
    return _SOURCES.dump_json(tuple(sources)).decode()


def counts_values(counts: Counts) -> rows.Values:
    """A funnel as columns of `deliveries`."""
    return {"candidates": counts.candidates, "kept": counts.kept, "posted": counts.posted, "failed": counts.failed}


def message_values(outgoing: Outgoing, *, delivery_id: int, position: int) -> rows.Values:
    """One message of a plan as a row of `messages`."""
    return {
        "key": outgoing.key,
        "delivery_id": delivery_id,
        "position": position,
        "parent_key": outgoing.parent_key,
        "papers": rows.ids_text(outgoing.papers),
        "payload": json.dumps(dict(outgoing.payload), ensure_ascii=True),
        "state": "planned",
        "message": None,
        "sent_at": None,
    }


def outgoing_of(row: rows.Row) -> Outgoing:
    """A row of `messages` as the message it stands for."""
    return Outgoing(
        key=row.key, parent_key=row.parent_key, papers=rows.ids(row.papers), payload=json.loads(row.payload)
    )
