"""Rows to core values and back, both directions, in the only place that knows both.

The store's modules call these with the mappings that Core statements take and give. A row read back gives the value
that was written, but for text that no database can hold (`tables.safe`). Nothing here touches a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from core.channels import ChannelRef, Depth, Subscription, UserRef
from core.choose.profile.signs import Seed
from core.choose.verdicts import Decision
from core.converse.lists.feedback import Bookmark, Feedback
from core.deliver.ledger import Counts, Delivery, DeliveryKind, DeliveryPlan, DeliveryState, Failure
from core.errors import AbsenceReason, ChatError
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.papers.identity.lines import Line, LineKey
from core.papers.identity.records import storable_id
from core.papers.marks import marks_of, words_of
from core.papers.paper import AnnounceType, Evidence, Paper, Signals, Summary
from core.posts.json import from_json, to_json
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Post
from core.text.storable import safe, short

#: a row on its way in: column -> value
Values = dict[str, Any]
#: a row as a statement gave it: the columns are attributes
Row = Any

_SUBSCRIPTION: Final = TypeAdapter(Subscription)
_SOURCES: Final = TypeAdapter(tuple[SourceState, ...])
_EVIDENCE: Final = TypeAdapter(tuple[Evidence, ...])
_SIGNALS: Final = TypeAdapter(Signals)
_PAPER: Final = TypeAdapter(Paper)
_NO_SIGNALS: Final = Signals()
_LIST: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def key_of(id: PaperId) -> str:
    """A paper's identifier as it is stored."""
    return str(storable_id(id))


def id_of(key: str) -> PaperId:
    """A stored identifier as a value."""
    scheme, _, value = key.partition(":")
    return PaperId(scheme, value)


def list_text(items: Iterable[str]) -> str:
    """A JSON list of strings; nothing between the items but a comma, which the search's view relies on."""
    return _LIST.encode(list(items))


def strings(text: str) -> tuple[str, ...]:
    """A stored JSON list of strings."""
    return tuple(json.loads(text)) if text != "[]" else ()


def ids_text(ids: Iterable[PaperId]) -> str:
    """A JSON list of identifiers."""
    return list_text(map(str, ids))


def ids(text: str) -> tuple[PaperId, ...]:
    """A stored JSON list of identifiers."""
    return tuple(map(id_of, strings(text)))


def places(categories: Iterable[str]) -> tuple[str, ...]:
    """Where papers of these categories are listed: in them and in their archives, in lower case, each once.

    The archive of `cs.CL` is `cs`, that of `biorxiv:neuroscience` the server.
    """
    names = (name for category in categories for name in (category, _archive(category)))
    return tuple(dict.fromkeys(place(name) for name in names if name))


def place(category: str) -> str:
    """A category, archive or scope as it is looked for."""
    return short(category.lower())


def _archive(category: str) -> str:
    server, colon, _ = category.partition(":")
    return server if colon else category.partition(".")[0]


def paper_values(paper: Paper, *, mark: int | None, first_seen: datetime) -> Values:
    """A paper, with the mark of its title, as a row of `papers`; its listing day must be known."""
    return {
        "key": key_of(paper.id),
        "version": paper.version,
        "announced": paper.announced,
        "announce_type": paper.announce_type.value,
        "published": paper.published,
        "first_seen": first_seen,
        "doi": paper.doi,
        "journal": paper.journal,
        "licence": paper.licence,
        "url": paper.url,
        "pdf_url": paper.pdf_url,
        "categories": list_text(paper.categories),
        "sources": list_text(paper.sources),
        "identifiers": ids_text(paper.identifiers),
        "signals": signals_text(paper.signals),
        "title": paper.title,
        "authors": list_text(paper.authors),
        "abstract": paper.abstract,
        "comment": paper.comment,
        "title_key": mark,
        **marks_of(paper),
        **words_of(paper.title, paper.abstract, paper.authors),
    }


def paper_of(row: Row) -> Paper:
    """A row of `papers` as a value."""
    return Paper(
        id=id_of(row.key),
        version=row.version,
        title=row.title,
        abstract=row.abstract,
        authors=strings(row.authors),
        categories=strings(row.categories),
        published=row.published,
        announced=row.announced,
        announce_type=AnnounceType(row.announce_type),
        url=row.url,
        pdf_url=row.pdf_url,
        doi=row.doi,
        journal=row.journal,
        licence=row.licence,
        comment=row.comment,
        identifiers=ids(row.identifiers),
        sources=strings(row.sources),
        signals=signals_of(row.signals),
    )


def signals_of(text: str) -> Signals:
    """Signals that were stored as JSON."""
    return _NO_SIGNALS if text == "{}" else _SIGNALS.validate_json(text)


def signals_text(signals: Signals) -> str:
    """Signals as JSON, without their empty fields."""
    return "{}" if signals == _NO_SIGNALS else _SIGNALS.dump_json(signals, exclude_none=True).decode()


def line_values(line: Line, *, paper_id: int, at: datetime) -> Values:
    """A line of a listing as a row of `announcements`."""
    source, id = line.key.record
    return {
        "paper_id": paper_id,
        "source": source,
        "scope": line.key.scope,
        "type": line.key.type.value,
        "version": line.key.version,
        "name": str(id),
        "day": line.day,
        "history": line.is_history,
        "seen_at": at,
    }


def line_of(row: Row) -> Line:
    """A row of `announcements` as a value."""
    key = LineKey((row.source, id_of(row.name)), row.scope, AnnounceType(row.type), row.version)
    return Line(key, row.day, row.history)


def summary_values(summary: Summary, *, paper_id: int) -> Values:
    """A summary as a row of `summaries`."""
    return {
        "paper_id": paper_id,
        "language": summary.language,
        "version": summary.version,
        "made_by": summary.made_by,
        "gist": summary.gist,
        "motivation": summary.motivation,
        "method": summary.method,
        "result": summary.result,
        "conclusion": summary.conclusion,
        "readers": summary.readers,
        "novelty": summary.novelty,
        "depth": summary.depth.value,
        "recipe": summary.recipe,
        "evidence": _EVIDENCE.dump_json(tuple(_safe_evidence(summary.evidence))).decode(),
    }


def _safe_evidence(evidence: Sequence[Evidence]) -> Iterable[Evidence]:
    return (Evidence(claim=safe(pair.claim), quote=safe(pair.quote)) for pair in evidence)


def summary_of(row: Row, *, paper: PaperId) -> Summary:
    """A row of `summaries` as a value."""
    return Summary(
        paper=paper,
        version=row.version,
        language=row.language,
        gist=row.gist,
        motivation=row.motivation,
        method=row.method,
        result=row.result,
        conclusion=row.conclusion,
        readers=row.readers,
        novelty=row.novelty,
        depth=Depth(row.depth),
        recipe=row.recipe,
        evidence=_EVIDENCE.validate_json(row.evidence),
        made_by=row.made_by,
    )


def seed_values(seed: Seed, *, channel: str) -> Values:
    """A channel's seed as a row of `seeds`."""
    value = _PAPER.dump_json(seed.paper, exclude_defaults=True).decode()
    return {
        "channel": channel,
        "key": short(key_of(seed.paper.id)),
        "person": seed.person,
        "at": seed.at,
        "value": value,
    }


def seed_of(row: Row) -> Seed:
    """A row of `seeds`."""
    return Seed(paper=_PAPER.validate_json(row.value), person=row.person, at=row.at)


def subscription_text(subscription: Subscription) -> str:
    """A subscription as JSON."""
    values = _SUBSCRIPTION.dump_python(subscription, mode="json")  # whose JSON takes no half of a surrogate pair
    return safe(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def subscription_of(text: str) -> Subscription:
    """A subscription that was stored as JSON."""
    return _SUBSCRIPTION.validate_json(text)


def sources_text(sources: Sequence[SourceState]) -> str:
    """States of sources as JSON."""
    return _SOURCES.dump_json(tuple(sources)).decode()


def message_values(outgoing: Outgoing, *, delivery_id: int, position: int) -> Values:
    """One message of a plan as a row of `messages`."""
    return {
        "key": outgoing.key,
        "delivery_id": delivery_id,
        "position": position,
        "parent_key": outgoing.parent_key,
        "papers": ids_text(outgoing.papers),
        "payload": json.dumps(dict(outgoing.payload), ensure_ascii=True),
        "state": "planned",
        "message": None,
        "sent_at": None,
    }


def outgoing_of(row: Row) -> Outgoing:
    """A row of `messages` as the message it stands for."""
    return Outgoing(key=row.key, parent_key=row.parent_key, papers=ids(row.papers), payload=json.loads(row.payload))


def counts_values(counts: Counts) -> Values:
    """A funnel as columns of `deliveries`."""
    return {"candidates": counts.candidates, "kept": counts.kept, "posted": counts.posted, "failed": counts.failed}


def delivery_of(row: Row, *, messages: Sequence[Row] = (), decisions: Sequence[Decision] = ()) -> Delivery:
    """A row of `deliveries` with its messages' rows and its decisions, in their order, as a value."""
    subscription = subscription_of(row.subscription)
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


def plan_values(plan: DeliveryPlan) -> Values:
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
        "subscription": subscription_text(replace(plan.subscription, set_up_by=None)),
        "sources": sources_text(plan.sources),
        "post": json.dumps(to_json(plan.post), ensure_ascii=True, separators=(",", ":")),
    }


def _post_of(text: str | None) -> Post | None:
    """A stored post; None where another version wrote it, because the plan is sent without it."""
    if text is None:
        return None
    try:
        return from_json(json.loads(text))
    except ChatError:
        return None


def _sent_messages(messages: Sequence[Row], channel: ChannelRef) -> Mapping[str, MessageRef]:
    return {row.key: MessageRef(channel, row.message) for row in messages if row.message is not None}


def message_of(row: Row) -> MessageRef:
    """The message that a row of `shown`, `reactions` or `tallies` is about."""
    return MessageRef(ChannelRef.from_store(row.channel), row.message)


def reaction_of(row: Row) -> Reaction:
    """A row of `reactions` as a value."""
    return Reaction(
        user=_user_of(row),
        message=message_of(row),
        feeling=Feeling(row.feeling),
        added=row.added,
        emoji=row.emoji,
        at=row.happened_at,
    )


def _user_of(row: Row) -> UserRef:
    return UserRef.from_store(row.person)


def bookmark_of(row: Row) -> Bookmark:
    """A row of `bookmarks` joined with its paper as a value."""
    return Bookmark(user=row.person, paper=paper_of(row), channel=row.channel, at=row.at, public=row.public)


def feedback_values(feedback: Feedback, *, paper_id: int) -> Values:
    """Feedback as columns of `feedback`."""
    return {
        "person": str(feedback.user),
        "paper_id": paper_id,
        "feeling": feedback.feeling.value,
        "channel": str(feedback.where),
        "at": feedback.at,
        "public": feedback.public,
    }


def feedback_of(row: Row) -> Feedback:
    """A row of `feedback`, joined with its paper's key, as a value."""
    return Feedback(
        user=_user_of(row),
        paper=id_of(row.key),
        feeling=Feeling(row.feeling),
        where=ChannelRef.from_store(row.channel),
        at=row.at,
        public=row.public,
    )


def trace_line(row: Row) -> tuple[str, str, date, str, int]:
    """A row of `announcements` as `PaperTrace` tells it."""
    return (row.source, row.scope, row.day, row.type, row.seq)
