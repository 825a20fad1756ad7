"""The rows that the database holds, as SQLModel classes without behaviour; migrations make them, `rows` reads them.

Every moment is aware and in UTC, every text is one that both databases can hold (`SafeText`), and every look-up that a
store method makes has its index here, because the store is to work with a million papers. Lists inside a row are JSON.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage.tables import (
    delivery_rows,
    model_rows,
    operation_rows,
    paper_rows,
    people_rows,
    profile_rows,
    source_rows,
    text_rows,
    vector_rows,
)
from storage.tables.columns import SafeText

__all__ = ["SafeText"]
#: importing them puts their tables into SQLModel's metadata
_MODULES: Final = (
    paper_rows,
    source_rows,
    delivery_rows,
    people_rows,
    operation_rows,
    model_rows,
    text_rows,
    profile_rows,
    vector_rows,
)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


papers: Final = _table("papers")
paper_categories: Final = _table("paper_categories")
identifiers: Final = _table("identifiers")
clues: Final = _table("clues")
records: Final = _table("records")
apart: Final = _table("apart")
readings: Final = _table("readings")
events: Final = _table("events")
announcements: Final = _table("announcements")
summaries: Final = _table("summaries")
model_usage: Final = _table("model_usage")
source_states: Final = _table("source_states")
refreshes: Final = _table("refreshes")
backfills: Final = _table("backfills")
archived_spans: Final = _table("archived_spans")
enrichments: Final = _table("enrichments")
subscriptions: Final = _table("subscriptions")
ended_subscriptions: Final = _table("ended_subscriptions")
departures: Final = _table("departures")
rule_lists: Final = _table("rule_lists")
channel_signs: Final = _table("channel_signs")
setting_changes: Final = _table("setting_changes")
pending_changes: Final = _table("pending_changes")
subscription_categories: Final = _table("subscription_categories")
delivery_days: Final = _table("delivery_days")
deliveries: Final = _table("deliveries")
stand_ins: Final = _table("stand_ins")
messages: Final = _table("messages")
shown: Final = _table("shown")
decisions: Final = _table("decisions")
digest_orders: Final = _table("digest_orders")
postings: Final = _table("postings")
bookmarks: Final = _table("bookmarks")
paper_annotations: Final = _table("paper_annotations")
event_notices: Final = _table("event_notices")
feedback: Final = _table("feedback")
identity: Final = _table("identity")
updates: Final = _table("updates")
reactions: Final = _table("reactions")
tallies: Final = _table("tallies")
hints: Final = _table("hints")
services: Final = _table("services")
claims: Final = _table("claims")
alerts: Final = _table("alerts")
full_texts: Final = _table("full_texts")
profiles: Final = _table("profiles")
grades: Final = _table("grades")
seeds: Final = _table("seeds")
corrections: Final = _table("corrections")
vectors: Final = _table("vectors")
embedders: Final = _table("embedders")
searches: Final = _table("searches")
