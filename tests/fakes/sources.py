"""A source whose listings and failures a test lays out beforehand, and the invented papers it lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from core.errors import BadCategory, PaperboyError
from core.listings import Listing, SourceState, Validators
from core.papers import Announcement, AnnounceType, Paper, PaperId
from core.ports import PaperSource

DAY = date(2026, 2, 4)


def invented(number: int, *categories: str, version: int = 1, day: date = DAY) -> Paper:
    """An invented paper, `arxiv:2602.<number>`."""
    id = f"2602.{number:05d}"
    return Paper(
        id=PaperId("arxiv", id),
        version=version,
        title=f"Invented results on lanterns, part {number}",
        abstract=f"We light {number} lanterns and report what can be seen.",
        authors=("Ada Example", f"Bo Sample{number}"),
        categories=categories or ("cs.CL",),
        published=datetime.combine(day, time(5), UTC),
        announced=day,
        url=f"https://arxiv.org/abs/{id}",
        pdf_url=f"https://arxiv.org/pdf/{id}",
        sources=("fake",),
    )


def announced(paper: Paper, *, scope: str = "", type: AnnounceType = AnnounceType.NEW, day: date = DAY) -> Announcement:
    """An announcement of a paper in a scope, by default its primary category."""
    return Announcement(paper=paper, source="fake", scope=scope or paper.primary_category, day=day, type=type)


class FakeSource(PaperSource):
    """Serves the listings it was given; answers `unchanged` to whoever has them already."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        #: every (scope, last) it was asked with
        self.asked: list[tuple[str, SourceState | None]] = []
        self._listings: dict[str, Listing] = {}
        self._failures: dict[str, PaperboyError] = {}
        self._editions = 0

    def lists(self, scope: str, *announcements: Announcement, day: date | None = DAY, truncated: bool = False) -> None:
        """Serve these announcements in `scope` from now on."""
        self._editions += 1
        self._listings[scope] = Listing(
            source=self.name,
            scope=scope,
            announcements=tuple(replace(one, source=self.name, scope=scope) for one in announcements),
            day=day,
            truncated=truncated,
            validators=Validators(etag=f'"{self._editions}"'),
        )

    def serves(self, listing: Listing) -> None:
        """Serve exactly this listing."""
        self._listings[listing.scope] = listing

    def fails_with(self, error: PaperboyError, scope: str = "") -> None:
        """Raise this error for one scope, or for all, until `recovers`."""
        self._failures[scope] = error

    def recovers(self) -> None:
        """Nothing fails any more."""
        self._failures.clear()

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """What the test laid out for this scope."""
        self.asked.append((scope, last))
        if error := self._failures.get(scope) or self._failures.get(""):
            raise error
        if scope not in self._listings:
            raise BadCategory(f"The fake source has no scope '{scope}'.")
        listing = self._listings[scope]
        if last and last.validators.etag and last.validators == listing.validators:
            return Listing(source=self.name, scope=scope, unchanged=True, validators=listing.validators)
        return listing
