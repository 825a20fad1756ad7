"""The sample day: two listing days of invented papers, for `paperboy demo` and for when no real source can be reached.

`SampleSource` gives them as arXiv's feed would, one category at a time, with the days moved to wherever the caller's
today is. The papers lie in `sample_day.toml` beside this module, are labelled as invented in every value that goes
out, and are read once, when first asked for. Nothing here touches the network, and nothing here is a real paper.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.sources.text import one_line
from adapters.sources.traits import SAMPLE
from core.errors import BadCategory
from core.ingest.listing import Listing
from core.ingest.ports import PaperSource
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Paper, Signals
from core.text.readable import unicode_accents

NAME: Final = SAMPLE.name
#: the categories that have a listing; papers are cross-listed in others too
CATEGORIES: Final = ("cs.CL", "cs.LG", "cs.AI", "cs.CV", "q-bio.NC")
#: the text where a real paper names its journal
LABEL: Final = "invented sample paper"

_ADDRESS: Final = "https://example.org/paperboy-sample"
_EASTERN: Final = ZoneInfo("America/New_York")
#: the file's two lists and how many days before today each was announced, the older first
_DAYS: Final = (("yesterday", 1), ("today", 0))
#: the order of the parts of a listing
_PARTS: Final = tuple(AnnounceType)


class SampleSource(PaperSource):
    """The invented papers, announced on `today` and the day before (the source's local dates)."""

    name = NAME

    def __init__(self, today: date) -> None:
        self._today = today

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """Both days' announcements in one of CATEGORIES, always whole. Raises BadCategory for any other scope."""
        if scope not in CATEGORIES:
            raise BadCategory(
                f"The sample day has no category '{scope[:60]}'.", hint=f"It has {', '.join(CATEGORIES)}."
            )
        return listing(_load_bundle(), scope, self._today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An invented paper in one version, not yet bound to a date."""

    paper: Paper
    #: how many days before the sample's today this version was announced
    days_ago: int


def parse(text: str) -> tuple[Entry, ...]:
    """Read the sample's TOML; the older day first, otherwise in the file's order."""
    document = tomllib.loads(text)
    return tuple(Entry(paper=_paper(fields), days_ago=ago) for day, ago in _DAYS for fields in document[day])


def listing(entries: tuple[Entry, ...], scope: str, today: date) -> Listing:
    """The entries that are announced in category `scope`: by day, then new, cross-listed, replaced."""
    announcements = [_announcement(entry, scope, today) for entry in entries if scope in entry.paper.categories]
    announcements.sort(key=lambda announcement: (announcement.day, _PARTS.index(announcement.type)))
    return Listing(source=NAME, scope=scope, announcements=tuple(announcements), day=today)


def announced_as(paper: Paper, scope: str) -> AnnounceType:
    """How the listing of a category announces the paper: as new, cross-listed or replaced."""
    if paper.version > 1:
        return AnnounceType.REPLACE if scope == paper.primary_category else AnnounceType.REPLACE_CROSS
    return AnnounceType.NEW if scope == paper.primary_category else AnnounceType.CROSS


@cache
def _load_bundle() -> tuple[Entry, ...]:
    return parse(files("adapters.sources").joinpath("sample_day.toml").read_text(encoding="utf-8"))


def _announcement(entry: Entry, scope: str, today: date) -> Announcement:
    day, kind = today - timedelta(days=entry.days_ago), announced_as(entry.paper, scope)
    midnight = datetime.combine(day, time(), _EASTERN).astimezone(UTC)
    paper = replace(entry.paper, published=midnight, announced=day, announce_type=kind)
    return Announcement(paper=paper, source=NAME, scope=scope, day=day, type=kind)


def _paper(fields: Mapping[str, Any]) -> Paper:
    doi = fields.get("doi")
    return Paper(
        id=PaperId(NAME, str(fields["number"])),
        version=fields.get("version", 1),
        title=_readable(fields["title"]),
        abstract=_readable(fields["abstract"]),
        authors=tuple(map(_readable, fields["authors"])),
        categories=tuple(fields["categories"]),
        url=f"{_ADDRESS}/{fields['number']}",
        doi=doi,
        journal=LABEL,
        licence=fields.get("licence"),
        identifiers=(PaperId("doi", doi),) if doi else (),
        sources=(NAME,),
        signals=_signals(fields),
    )


def _signals(fields: Mapping[str, Any]) -> Signals:
    return Signals(
        upvotes=fields.get("upvotes"),
        comments=fields.get("comments"),
        code_url=fields.get("code"),
        stars=fields.get("stars"),
    )


def _readable(text: str) -> str:
    return unicode_accents(one_line(text))
