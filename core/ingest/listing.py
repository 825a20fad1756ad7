"""What a source gave: listings, and pages of an archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from core.papers.bounds import is_far_ahead
from core.papers.paper import Announcement, Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadEntry:
    """One entry of a listing that could not be read; the others go on."""

    #: where it stands: an identifier, or its number in the listing
    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReading:
    """Where a field of a paper is from."""

    #: its name, as in `Paper`
    field: str
    #: elements of the entry that were looked at for it and held something, in that order
    elements: tuple[str, ...] = ()
    #: what else there is to say: where it is from, if not from an element
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that an entry tells and that was not taken."""

    element: str
    #: what it says there, or its beginning
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReading:
    """How one entry of a listing was read."""

    #: its place in the listing, from 1
    number: int
    #: the paper as it was read; None where the entry could not be read
    paper: Paper | None
    #: where an entry stands that could not be read: its title, its identifier; empty where there is a paper
    where: str = ""
    #: why the entry is not among the announcements; empty where it is
    reason: str = ""
    fields: tuple[FieldReading, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    #: elements with a text that nothing was looked for in
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next request conditional (RFC 9110, 13.1)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One scope of one source, as read just now."""

    source: str
    scope: str
    announcements: tuple[Announcement, ...] = ()
    #: entries that could not be read
    problems: tuple[UnreadEntry, ...] = ()
    #: what is wrong with the listing as a whole, one sentence: entries may be missing; empty where nothing is
    flaw: str = ""
    #: the listing's own day, the source's local date; None where it does not say
    day: date | None = None
    #: the source says that nothing changed since `validators`
    is_unchanged: bool = False
    #: the source cut the listing at its cap: papers are missing
    is_cut: bool = False
    #: entries that the source says the listing has; None where it does not say
    claimed_entries: int | None = None
    #: how each entry was read, in the listing's order; empty where its format does not tell
    readings: tuple[EntryReading, ...] = ()
    #: of this answer, for the next request
    validators: Validators = Validators()

    def without_far_day(self, today: date) -> Listing:
        """The listing; without its day where that is far ahead of today, because later ones would all be older."""
        return replace(self, day=None) if self.day and is_far_ahead(self.day, today) else self

    @property
    def is_empty(self) -> bool:
        """True where the source served a listing without a single paper; `is_unchanged` says nothing about papers."""
        return not (self.announcements or self.is_unchanged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of what a source has for a span of days, small enough to be stored in one transaction."""

    listing: Listing
    #: where to go on once this page is stored, in the source's own words; empty on the last page
    cursor: str
    #: steps that are done with this page, and all there are, where the source can tell: for a progress bar
    done: int | None = None
    total: int | None = None
