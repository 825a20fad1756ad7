"""Which tables name people and channels: the one place that says so, for moving, exporting and deleting.

`moves` gives channels another name by it, `privacy` deletes what is kept of people and channels. A table of the schema
that is in none of these lists fails a test: whoever adds one decides here whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Table

from storage import tables as t


@dataclass(frozen=True, slots=True)
class Naming:
    """A table whose rows belong to a person or a channel."""

    table: Table
    #: the column that names them, written out
    column: Column[str]
    #: with that column, what makes a row the only one of its kind
    key: tuple[str, ...] = ()


#: rows that belong to a channel, wherever it is called
OF_CHANNELS: Final = (
    Naming(t.postings, t.postings.c.channel, ("paper_id",)),
    Naming(t.bookmarks, t.bookmarks.c.channel, ("person", "paper_id", "public")),
    Naming(t.paper_annotations, t.paper_annotations.c.channel, ("person", "paper_id")),
    Naming(t.feedback, t.feedback.c.channel, ("person", "paper_id", "feeling")),
    Naming(t.event_notices, t.event_notices.c.recipient, ("event_id",)),
    Naming(t.hints, t.hints.c.recipient, ("name",)),
    Naming(t.digest_orders, t.digest_orders.c.channel),
    Naming(t.profiles, t.profiles.c.channel),
    Naming(t.seeds, t.seeds.c.channel, ("key",)),
    Naming(t.corrections, t.corrections.c.channel, ("term", "paper")),
    Naming(t.ended_subscriptions, t.ended_subscriptions.c.channel, ("name",)),
    Naming(t.rule_lists, t.rule_lists.c.channel, ("name",)),
    Naming(t.setting_changes, t.setting_changes.c.channel, ("number",)),
    Naming(t.channel_signs, t.channel_signs.c.channel),
    Naming(t.pending_changes, t.pending_changes.c.channel, ("key",)),
)
#: rows that belong to a message of a channel: they move only where the message keeps its identifier
OF_MESSAGES: Final = (
    Naming(t.shown, t.shown.c.channel, ("message",)),
    Naming(t.reactions, t.reactions.c.channel, ("message", "person", "emoji")),
    Naming(t.tallies, t.tallies.c.channel, ("message",)),
)
#: rows that belong to a person
OF_PEOPLE: Final = (
    Naming(t.bookmarks, t.bookmarks.c.person),
    Naming(t.paper_annotations, t.paper_annotations.c.person),
    Naming(t.feedback, t.feedback.c.person),
    Naming(t.reactions, t.reactions.c.person),
    Naming(t.seeds, t.seeds.c.person),
    Naming(t.event_notices, t.event_notices.c.recipient),
    Naming(t.hints, t.hints.c.recipient),
    Naming(t.setting_changes, t.setting_changes.c.person),
    Naming(t.pending_changes, t.pending_changes.c.person),
)
#: columns that hold a `Subscription` as JSON, which may name who set it up; with the key of their table
SETTINGS: Final = (
    (t.subscriptions.c.value, ("id",)),
    (t.ended_subscriptions.c.value, ("channel", "name")),
)
#: each has statements of its own, because it names somebody inside a text, is added up, or has rows below it
BY_HAND: Final = (t.subscriptions, t.deliveries, t.model_usage, t.departures, t.updates)
#: rows that belong to a subscription or a delivery, and go with it
BELOW: Final = (t.subscription_categories, t.delivery_days, t.messages, t.decisions, t.stand_ins)
#: words that somebody typed, without whose they are; they go by their age
OF_NOBODY: Final = (t.searches,)
#: papers, and what is public of them
OF_PAPERS: Final = (
    t.papers,
    t.paper_categories,
    t.identifiers,
    t.clues,
    t.records,
    t.apart,
    t.readings,
    t.events,
    t.announcements,
    t.summaries,
    t.full_texts,
    t.vectors,
    t.enrichments,
    t.source_states,
    t.refreshes,
    t.backfills,
    t.archived_spans,
    t.embedders,
    # what was asked is a fingerprint, which nobody reads back
    t.grades,
)
#: the running program, and what its operator is told; it forgets by itself what is over
OF_OPERATION: Final = (t.identity, t.services, t.claims, t.alerts)
