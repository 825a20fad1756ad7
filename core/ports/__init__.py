"""What the core needs from the world, as small abstract classes; adapters and storage inherit them explicitly.

All moments are aware and in UTC; all calls may be cancelled at any await and leave nothing half-done. Errors are those
of `core.errors` and nothing else; whatever else comes out of a port is a bug and is not caught.
"""

from core.ports.chat import Chat, Desk
from core.ports.clock import Clock
from core.ports.jobs import JobQueue
from core.ports.models import Embedder, LanguageModel
from core.ports.sources import Enricher, PaperArchive, PaperFinder, PaperSource
from core.ports.store import (
    BookmarkStore,
    DeliveryStore,
    FeedbackStore,
    PaperPage,
    PaperStore,
    PaperTrace,
    SourceStore,
    Store,
    SubscriptionStore,
)

__all__ = [
    "BookmarkStore",
    "Chat",
    "Clock",
    "DeliveryStore",
    "Desk",
    "Embedder",
    "Enricher",
    "FeedbackStore",
    "JobQueue",
    "LanguageModel",
    "PaperArchive",
    "PaperFinder",
    "PaperPage",
    "PaperSource",
    "PaperStore",
    "PaperTrace",
    "SourceStore",
    "Store",
    "SubscriptionStore",
]
