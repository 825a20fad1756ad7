"""Invented listings of sources that tell of the same few papers: with shared numbers, names and titles on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from core.listings import Listing
from core.papers import Announcement, AnnounceType, Paper, PaperId, Signals
from tests.fakes.papers import AT, DAY

ARXIV = [PaperId("arxiv", f"2602.0000{number}") for number in (1, 2, 3)]
DOIS = [PaperId("doi", f"10.1000/{letter}") for letter in "abc"]
URLS = [PaperId("url", f"https://example.org/{number}") for number in (1, 2)]
TITLES = ["Counting the sheep of the northern hills", "On the patience of slow machines", "Editorial"]
CATEGORIES = [(), ("cs.CL",), ("cs.LG", "cs.CL"), ("cs.CL", "cs.LG"), ("biorxiv:zoology",)]


class Telling(NamedTuple):
    """A listing, and when it was read."""

    listing: Listing
    at: datetime


def one_line(line: Announcement) -> Listing:
    """A listing of that line alone."""
    return Listing(source=line.source, scope=line.scope, announcements=(line,), day=line.day)


def _some(values: list[PaperId]) -> st.SearchStrategy[tuple[PaperId, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


_signals = st.builds(
    Signals,
    upvotes=st.none() | st.integers(0, 3),
    code_url=st.none() | st.sampled_from(["https://example.org/code", "https://example.org/other"]),
)
_moments = st.none() | st.integers(2024, 2026).map(lambda year: datetime(year, 6, 1, tzinfo=UTC))


@st.composite
def papers(draw: st.DrawFn, own: list[PaperId]) -> Paper:
    """One of a few papers, in some version of its own."""
    return Paper(
        id=draw(st.sampled_from(own)),
        version=draw(st.integers(1, 2)),
        title=draw(st.sampled_from(TITLES)),
        abstract=draw(st.sampled_from(["", "We count.", "We count to ten."])),
        authors=draw(st.sampled_from([(), ("Ada Ng",), ("Ada Ng", "Bo Lind"), ("Cy Roe",)])),
        categories=draw(
            st.sampled_from([(), ("cs.CL",), ("cs.LG", "cs.CL"), ("cs.CL", "cs.LG"), ("biorxiv:zoology",)])
        ),
        published=draw(_moments),
        announced=draw(st.none() | st.sampled_from([DAY, DAY - timedelta(days=9)])),
        url=draw(st.sampled_from(["", "https://example.org/x"])),
        doi=draw(st.none() | st.sampled_from([doi.value for doi in DOIS])),
        journal=draw(st.none() | st.sampled_from(["Counting 7", "Counting"])),
        comment=draw(st.sampled_from(["", "7 pages", "This paper has been withdrawn"])),
        identifiers=draw(_some([*ARXIV, *DOIS, *URLS])),
        signals=draw(st.just(Signals()) | _signals),
    )


_OWN = {
    "arxiv": ARXIV,
    "biorxiv": DOIS,
    "crossref": DOIS,
    "feeds": [*DOIS, *URLS],
    "huggingface": ARXIV,
    "elsewhere": URLS,
}


@st.composite
def lines(draw: st.DrawFn) -> Announcement:
    """What one of the sources tells."""
    source = draw(st.sampled_from(sorted(_OWN)))
    days = st.integers(0, 3).map(lambda days: DAY + timedelta(days=days))
    return Announcement(
        paper=replace(draw(papers(_OWN[source])), sources=(source,)),
        source=source,
        scope=draw(st.sampled_from(["cs.CL", "stat.ML", "biorxiv:zoology"])),
        day=draw(days),
        type=draw(st.sampled_from([AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE])),
        is_news=source in ("arxiv", "biorxiv", "feeds") and draw(st.booleans()),
        is_history=draw(st.booleans()),
    )


@st.composite
def tellings(draw: st.DrawFn) -> list[Telling]:
    """Listings of several lines, each read at its own moment, or two at the same."""
    told = draw(st.lists(st.lists(lines(), min_size=1, max_size=4), min_size=1, max_size=5))
    hours = [draw(st.integers(0, 3)) for _ in told]
    return [
        Telling(replace(one_line(some[0]), announcements=tuple(some)), AT + timedelta(hours=hour))
        for some, hour in zip(told, hours, strict=True)
    ]


@st.composite
def in_another_manner(draw: st.DrawFn, told: list[Telling]) -> list[Telling]:
    """The same lines at the same moments in any order, alone or together, and some of them more than once."""
    pieces = [
        Telling(one_line(line), one.at) if draw(st.booleans()) else one
        for one in told
        for line in one.listing.announcements
    ]
    alone = [Telling(one_line(line), one.at) for one in told for line in one.listing.announcements]
    again = draw(st.lists(st.sampled_from(alone), max_size=3))
    return draw(st.permutations([*pieces, *_missing(pieces, alone), *again]))


def _missing(pieces: list[Telling], alone: list[Telling]) -> list[Telling]:
    there = [(line, one.at) for one in pieces for line in one.listing.announcements]
    return [one for one in alone if (one.listing.announcements[0], one.at) not in there]
