"""Sources, archives and finders whose papers and failures a test lays out beforehand, and the invented papers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from core.errors import BadCategory
from core.ingest.listing import Listing, Page, UnreadEntry, Validators
from core.ingest.ports import PaperArchive, PaperFinder, PaperSource
from core.ingest.state import SourceState
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Paper

DAY = date(2026, 2, 4)


def invented_paper(number: int, *categories: str, version: int = 1, day: date = DAY) -> Paper:
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


def announcement(
    paper: Paper, *, scope: str = "", type: AnnounceType = AnnounceType.NEW, day: date = DAY
) -> Announcement:
    """An announcement of a paper in a scope, by default its primary category."""
    return Announcement(paper=paper, source="fake", scope=scope or paper.primary_category, day=day, type=type)


class FakeSource(PaperSource):
    """Serves the listings it was given; answers `is_unchanged` to whoever has them already."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        #: every (scope, last) it was asked with
        self.requests: list[tuple[str, SourceState | None]] = []
        self._listings: dict[str, Listing] = {}
        self._failures: dict[str, Exception] = {}
        self._elsewhere: dict[str, Listing | Exception] = {}
        self._editions = 0
        #: every scope it was asked for in its other place
        self.other_requests: list[str] = []

    def lists_otherwise(self, scope: str, *announcements: Announcement, day: date | None = DAY) -> None:
        """Serve these announcements in `scope` from its other place."""
        told = tuple(replace(one, source=self.name, scope=scope, day=day or one.day) for one in announcements)
        self._elsewhere[scope] = Listing(source=self.name, scope=scope, announcements=told, day=day)

    def fails_otherwise(self, error: Exception, scope: str) -> None:
        """Raise this error in its other place."""
        self._elsewhere[scope] = error

    async def fetch_otherwise(self, scope: str) -> Listing | None:
        """What the test laid out for the other place; None where it laid out nothing."""
        self.other_requests.append(scope)
        found = self._elsewhere.get(scope)
        if isinstance(found, Exception):
            raise found
        return found

    def lists(self, scope: str, *announcements: Announcement, day: date | None = DAY, is_cut: bool = False) -> None:
        """Serve these announcements in `scope` from now on."""
        self._editions += 1
        self._listings[scope] = Listing(
            source=self.name,
            scope=scope,
            announcements=tuple(replace(one, source=self.name, scope=scope) for one in announcements),
            day=day,
            is_cut=is_cut,
            validators=Validators(etag=f'"{self._editions}"'),
        )

    def serves(self, listing: Listing) -> None:
        """Serve exactly this listing."""
        self._listings[listing.scope] = listing

    def fails_with(self, error: Exception, scope: str = "") -> None:
        """Raise this error for one scope, or for all, until `recovers`."""
        self._failures[scope] = error

    def recovers(self) -> None:
        """Nothing fails any more."""
        self._failures.clear()

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """What the test laid out for this scope."""
        self.requests.append((scope, last))
        if error := self._failures.get(scope) or self._failures.get(""):
            raise error
        if scope not in self._listings:
            raise BadCategory(f"The fake source has no scope '{scope[:60]}'.")
        listing = self._listings[scope]
        if last and last.validators.etag and last.validators == listing.validators:
            return Listing(source=self.name, scope=scope, is_unchanged=True, validators=listing.validators)
        return listing


class OtherPlace(PaperSource):
    """The other place of a source, which keeps the same promises."""

    def __init__(self, source: PaperSource) -> None:
        self.name = source.name
        self._source = source

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        """What the source has there."""
        listing = await self._source.fetch_otherwise(scope)
        assert listing
        return listing


class FakeArchive(PaperArchive):
    """An archive of one paper a day, two days a page, whose cursor is the day that comes next."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        #: every (scope, since, until, cursor) it was asked with
        self.requests: list[tuple[str, date, date, str]] = []
        #: raised instead of the page that begins with this day, once each
        self.failures: dict[date, Exception] = {}

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """The papers of the days, in pages."""
        self.requests.append((scope, since, until, cursor))
        days = {(since + timedelta(days=n)).isoformat() for n in range((until - since).days + 1)}
        day = date.fromisoformat(cursor) if cursor in days else since
        while day <= until:
            if error := self.failures.pop(day, None):
                raise error
            two = [one for one in (day, day + timedelta(days=1)) if one <= until]
            lines = tuple(
                announcement(invented_paper(one.toordinal() % 100_000, scope, day=one), day=one) for one in two
            )
            told = tuple(replace(line, source=self.name) for line in lines)
            day += timedelta(days=2)
            yield Page(
                listing=Listing(source=self.name, scope=scope, announcements=told),
                cursor=day.isoformat() if day <= until else "",
                done=min((day - since).days, (until - since).days + 1),
                total=(until - since).days + 1,
            )


class GarbledArchive(FakeArchive):
    """An archive of one page, of whose entries nobody can read any."""

    def __init__(self, name: str = "fake", entries: int = 80) -> None:
        super().__init__(name)
        self._entries = entries

    async def pages(self, scope: str, since: date, until: date, *, cursor: str = "") -> AsyncGenerator[Page, None]:
        """One page of problems."""
        self.requests.append((scope, since, until, cursor))
        problems = tuple(UnreadEntry(where=f"entry {number}", reason="no title") for number in range(self._entries))
        yield Page(listing=Listing(source=self.name, scope=scope, problems=problems), cursor="")


class FakeFinder(PaperFinder):
    """Knows the papers it was given, by identifier and by any word of the title."""

    def __init__(self, *papers: Paper, name: str = "fake", error: Exception | None = None) -> None:
        self.name = name
        self.papers = papers
        self.error = error
        #: every identifier and every search it was asked for
        self.requests: list[str] = []

    async def find(self, ids: Sequence[PaperId]) -> Listing:
        """Those of the papers it was given."""
        self.requests += map(str, ids)
        return self._listing([one for one in self.papers if {one.id, *one.identifiers} & set(ids)])

    async def search(self, words: str, *, limit: int) -> Listing:
        """Papers with all the words in the title; none for no words."""
        self.requests.append(words)
        wanted = words.lower().split()
        found = [one for one in self.papers if wanted and all(word in one.title.lower() for word in wanted)]
        return self._listing(found[: max(limit, 0)])

    def _listing(self, papers: Sequence[Paper]) -> Listing:
        if self.error:
            raise self.error
        told = (replace(announcement(one), source=self.name, is_news=False) for one in papers)
        return Listing(source=self.name, scope="found", announcements=tuple(told))


def a_reading(
    papers: int = 1, problems: int = 0, *, day: date | None = DAY, etag: str = "new", **fields: object
) -> Listing:
    """What arXiv gave for cs.CL: so many papers, and entries that could not be read."""
    values: dict[str, object] = {"source": "arxiv", "scope": "cs.CL"} | fields
    return Listing(
        announcements=tuple(announcement(invented_paper(number)) for number in range(papers)),
        problems=tuple(UnreadEntry(where=f"entry {number}", reason="no title") for number in range(problems)),
        day=day,
        validators=Validators(etag=etag),
        **values,  # type: ignore[arg-type]  # as the test says
    )
