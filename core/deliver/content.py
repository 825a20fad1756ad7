"""What a digest shows, as values: before it is a post or a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.channels import Subscription
from core.deliver.ledger import Counts
from core.ingest.state import SourceState
from core.papers.paper import Paper, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One paper of a digest, ready to be shown."""

    paper: Paper
    score: float
    reasons: tuple[str, ...]
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest as values, before it is a post or a page."""

    subscription: Subscription
    day: date
    counts: Counts
    sources: tuple[SourceState, ...]
    items: tuple[Item, ...]
    #: invented papers, to be labelled as such
    is_sample: bool = False
