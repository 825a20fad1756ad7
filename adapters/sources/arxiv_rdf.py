"""arXiv's RDF feed of before 2024, whose titles hold what its other elements lack.

`A title. (arXiv:2301.00001v1 [cs.CL] CROSS LISTED)`: the number, the version, the primary category, and how it was
announced. Saved copies of it are read as feeds; `feeds` asks here. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from adapters.sources import dates
from adapters.sources.arxiv_parts import eastern_day, kind_in
from adapters.sources.feed_fields import Fields
from core.errors import BadIdentifier
from core.papers.identifiers import Reference
from core.papers.paper import AnnounceType

_MARK: Final = re.compile(
    r"(?<!\s)\s*\((?P<id>arXiv:[\w./-]{5,40})\s*\[(?P<category>[A-Za-z-]{2,20}(?:\.[A-Za-z-]{2,20})?)\]"
    r"\s*(?P<kind>UPDATED|CROSS LISTED)?\)$",
    re.ASCII,
)
_TITLE: Final = re.compile(r"(?P<category>[A-Za-z-]{2,20}(?:\.[A-Za-z-]{2,20})?) updates on arXiv\.org", re.ASCII)
#: new papers are announced at 20:00 in the East, under the day that begins four hours later
_EVENING: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands in a title beside the title."""

    #: without the mark, and without the full stop that was put before it
    title: str
    reference: Reference
    #: the primary one
    category: str
    is_update: bool
    is_cross_list: bool

    def type_in(self, scope: str) -> AnnounceType:
        """How the feed of a category announced the paper; without the category, what the title says of it."""
        if scope and self.is_update:
            return kind_in(scope, (self.category,), is_replacement=True)
        if self.is_update:
            return AnnounceType.REPLACE
        return AnnounceType.CROSS if self.is_cross_list else AnnounceType.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class RdfListing:
    """What such a feed says of all its entries."""

    #: whose listing it is; empty where it does not say
    category: str = ""
    #: when it was made, UTC; None where it does not say
    moment: datetime | None = None

    @property
    def day(self) -> date | None:
        """The listing day, arXiv's local date."""
        return eastern_day(self.moment + _EVENING) if self.moment else None


def listing(feed: Fields) -> RdfListing:
    """What the feed says of all its entries; empty for a feed that is not arXiv's."""
    match = _TITLE.match(feed.text("title"))
    return RdfListing(category=match["category"], moment=dates.moment(feed.text("updated"))) if match else RdfListing()


def mark(title: str) -> Mark | None:
    """What stands in a title beside the title; None where nothing does."""
    match = _MARK.search(title)
    if not match:
        return None
    try:
        reference = Reference.parse(match["id"])
    except BadIdentifier:
        return None
    return Mark(
        title=title[: match.start()].removesuffix("."),
        reference=reference,
        category=match["category"],
        is_update=match["kind"] == "UPDATED",
        is_cross_list=match["kind"] == "CROSS LISTED",
    )
