"""What each source is like; `bot.origins` collects them.

They stand here and not in the adapters' own modules because whoever opens the database needs them, and most of those
load no adapter: an HTTP client and parsers would come with it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from adapters.sources.arxiv_calendar import is_listing_day
from core.ingest.traits import Calendar, Role, SourceTraits
from core.speech import N_

_EASTERN: Final = ZoneInfo("America/New_York")
_SATURDAY: Final = 5


def _is_weekday(day: date) -> bool:
    return day.weekday() < _SATURDAY


ARXIV: Final = SourceTraits(
    name="arxiv",
    title="arXiv",
    calendar=Calendar(zone=_EASTERN, publishes=is_listing_day, grace=timedelta(hours=1), is_prompt=True),
    trust=90,
    scopes=re.compile(r"(?!(?:bio|med)rxiv$)[^:]*"),
    example="cs.CL",
    is_searched=True,
    probe="econ.TH",  # a small category: asking for its listing costs little
)
BIORXIV: Final = SourceTraits(
    name="biorxiv",
    title="bioRxiv",
    # A day's papers are all there by the next one, and described by the service some hours later.
    calendar=Calendar(zone=_EASTERN, publishes=lambda _: True, grace=timedelta(hours=36)),
    trust=80,
    scopes=re.compile(r"(?:bio|med)rxiv(?::.*)?"),
    whole=("biorxiv", "medrxiv"),
)
SAMPLE: Final = SourceTraits(name="sample", title=N_("Sample day"), trust=70)
CROSSREF: Final = SourceTraits(name="crossref", title="Crossref", role=Role.DESCRIBES, trust=60, pace_s=1.0)
FEEDS: Final = SourceTraits(
    name="feeds",
    title=N_("the journal's feed"),
    rhythm=timedelta(hours=1),
    trust=50,
    has_own_places=True,
    scopes=re.compile(r"feed:.*"),
    example="feed:NAME",
)
OPENALEX: Final = SourceTraits(name="openalex", title="OpenAlex", role=Role.DESCRIBES, trust=40, pace_s=0.5)
SEMANTICSCHOLAR: Final = SourceTraits(
    name="semanticscholar", title="Semantic Scholar", role=Role.DESCRIBES, trust=30, pace_s=1.1
)
DAILY_ARXIV: Final = SourceTraits(name="daily-arxiv", title=N_("daily-arXiv page"), trust=20, is_file=True)
HUGGINGFACE: Final = SourceTraits(
    name="huggingface",
    title="Hugging Face",
    role=Role.COMMENTS,
    subject=ARXIV.name,
    # A day's list grows while the day runs; at weekends it may stay empty.
    calendar=Calendar(zone=UTC, publishes=_is_weekday, grace=timedelta(days=1)),
    rhythm=timedelta(hours=1),
    trust=10,
    whole=("daily",),
)
