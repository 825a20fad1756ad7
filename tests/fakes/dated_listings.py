"""Invented listings of sources that tell of the same few papers: with shared numbers, names and titles on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from core.converse.ports import Store
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import Announcement, AnnounceType, Paper, Signals
from tests.fakes.papers import AT, DAY, a_paper

ARXIV = [PaperId("arxiv", f"2602.0000{number}") for number in (1, 2, 3)]
DOIS = [PaperId("doi", f"10.1000/{letter}") for letter in "abc"]
#: of a preprint server: it may stand beside a journal's
PREPRINTS = [PaperId("doi", f"10.1101/2026.01.0{number}.000001") for number in (1, 2)]
URLS = [PaperId("url", f"https://example.org/{number}") for number in (1, 2)]
#: a preprint, and the article of it
ONE, DOI = ARXIV[0], DOIS[0]
TITLES = ["Counting the sheep of the northern hills", "On the patience of slow machines", "Editorial"]


class DatedListing(NamedTuple):
    """A listing, and when it was read."""

    listing: Listing
    at: datetime


def one_line(line: Announcement) -> Listing:
    """A listing of that line alone."""
    return Listing(source=line.source, scope=line.scope, announcements=(line,), day=line.day)


_signals = st.builds(
    Signals,
    upvotes=st.none() | st.integers(0, 3),
    code_url=st.none() | st.sampled_from(["https://example.org/code", "https://example.org/other"]),
)
_days = st.sampled_from([DAY, DAY + timedelta(days=1)])
#: own identifiers by source: few, so that they meet
_OWN = {
    "arxiv": ARXIV[:2],
    "biorxiv": PREPRINTS,
    "crossref": DOIS,
    "feeds": [*DOIS[:2], URLS[0]],
    "huggingface": ARXIV,
    "elsewhere": URLS,
}
#: what papers have in common where nothing else is drawn: enough to be taken for one another
_ALIKE: dict[str, Any] = {"title": TITLES[0], "authors": ("Ada Ng",)}
#: fields of a paper, and what a source may tell there
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "version": st.integers(1, 2),
    "title": st.sampled_from(TITLES),
    "abstract": st.sampled_from(["", "We count.", "We count to ten."]),
    "authors": st.sampled_from([("Ada Ng",), ("Ada Ng", "Bo Lind"), ("Cy Roe",), ()]),
    "categories": st.sampled_from([(), ("cs.CL",), ("cs.LG", "cs.CL"), ("cs.CL", "cs.LG"), ("biorxiv:zoology",)]),
    "published": st.none() | st.integers(2024, 2026).map(lambda year: datetime(year, 6, 1, tzinfo=UTC)),
    "announced": st.sampled_from([None, DAY, DAY - timedelta(days=9)]),
    "url": st.sampled_from(["", "https://example.org/x"]),
    "doi": st.none() | st.sampled_from([doi.value for doi in DOIS]),
    "journal": st.none() | st.sampled_from(["Counting 7, 12", "Counting 8, 1", "Counting"]),
    "comment": st.sampled_from(["", "7 pages", "This paper has been withdrawn"]),
    "identifiers": st.lists(st.sampled_from([*ARXIV[:2], *DOIS, PREPRINTS[0], URLS[0]]), max_size=2, unique=True).map(
        tuple
    ),
    "signals": st.just(Signals()) | _signals,
}
#: the same of an announcement
_OF_LINE: dict[str, st.SearchStrategy[Any]] = {
    "scope": st.sampled_from(["cs.CL", "stat.ML"]),
    "day": _days,
    "type": st.sampled_from([AnnounceType.NEW, AnnounceType.REPLACE]),
    "is_news": st.sampled_from([True, True, False]),
    "is_history": st.booleans(),
}
#: fields that tie papers together or keep them apart, and what of them decides
_TIES: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(TITLES[:2]),
    "authors": st.sampled_from([("Ada Ng",), ("Cy Roe",)]),
    "published": st.integers(2024, 2026).map(lambda year: datetime(year, 6, 1, tzinfo=UTC)),
    "journal": st.sampled_from(["Counting 7, 12", "Counting 8, 1"]),
    "identifiers": st.sampled_from([(), *((id,) for id in [*ARXIV[:2], *DOIS[:2]])]),
}


@st.composite
def lines(draw: st.DrawFn) -> Announcement:
    """What one of the sources tells."""
    source = draw(st.sampled_from(sorted(_OWN)))
    told = _ALIKE | draw(st.fixed_dictionaries({}, optional=_FIELDS))
    id = draw(st.sampled_from(_OWN[source]))
    if id.scheme == "url":  # another title under an address is another paper, whichever comes second
        told["title"] = TITLES[0]
    paper = Paper(id=id, sources=(source,), **told)
    return Announcement(paper=paper, source=source, **draw(st.fixed_dictionaries(_OF_LINE)))


@st.composite
def variants(draw: st.DrawFn, of: list[Announcement]) -> Announcement:
    """What a source that told one of these tells another time: something about it is not as it was."""
    line = draw(st.sampled_from(of))
    names = [*_TIES, *_FIELDS, *_OF_LINE]
    name = draw(st.sampled_from([one for one in names if one != "title" or line.paper.id.scheme != "url"]))
    if name in _OF_LINE:
        return replace(line, **{name: draw(_OF_LINE[name])})
    return replace(line, paper=replace(line.paper, **{name: draw(_FIELDS[name])}))


@st.composite
def _some(draw: st.DrawFn) -> list[Announcement]:
    """Anything, and some of it told otherwise another time."""
    first = draw(st.lists(lines(), min_size=1, max_size=5))
    return [*first, *draw(st.lists(variants(first), max_size=5))]


@st.composite
def _all_but_one(draw: st.DrawFn) -> list[Announcement]:
    """Papers that are alike but for one thing, which is told otherwise another time."""
    name = draw(st.sampled_from(sorted(_TIES)))
    sources = draw(st.lists(st.sampled_from(sorted(_OWN)), min_size=2, max_size=3, unique=True))
    owners = [(source, draw(st.sampled_from(_OWN[source]))) for source in sources]
    return [
        Announcement(
            paper=Paper(
                id=id,
                sources=(source,),
                **(_ALIKE if (id.scheme, name) == ("url", "title") else _ALIKE | {name: draw(_TIES[name])}),
            ),
            source=source,
            scope="cs.CL",
            day=DAY,
        )
        for source, id in [*owners, *owners[:2]]
    ]


@st.composite
def dated_listings(draw: st.DrawFn) -> list[DatedListing]:
    """Listings of several lines, each read at its own moment, or two at the same."""
    told = draw(_some() | _all_but_one())
    pieces = draw(st.lists(st.integers(0, 3), min_size=len(told), max_size=len(told)))
    hours = draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
    return [
        DatedListing(replace(one_line(some[0]), announcements=some), AT + timedelta(hours=hours[piece]))
        for piece in range(4)
        if (some := tuple(line for line, of in zip(told, pieces, strict=True) if of == piece))
    ]


@st.composite
def in_another_manner(draw: st.DrawFn, told: list[DatedListing]) -> list[DatedListing]:
    """The same lines at the same moments in any order, alone or together, and some of them more than once."""
    pieces = [
        DatedListing(one_line(line), one.at) if draw(st.booleans()) else one
        for one in told
        for line in one.listing.announcements
    ]
    alone = [DatedListing(one_line(line), one.at) for one in told for line in one.listing.announcements]
    again = draw(st.lists(st.sampled_from(alone), max_size=3))
    return draw(st.permutations([*pieces, *_missing(pieces, alone), *again]))


def _missing(pieces: list[DatedListing], alone: list[DatedListing]) -> list[DatedListing]:
    there = [(line, one.at) for one in pieces for line in one.listing.announcements]
    return [one for one in alone if (one.listing.announcements[0], one.at) not in there]


def tell(source: str, paper: Paper, *, at: datetime = AT, **line: object) -> DatedListing:
    """One line of a source."""
    told = Announcement(paper=replace(paper, sources=(source,)), source=source, scope="cs.CL", day=DAY)
    return DatedListing(one_line(replace(told, **line)), at)  # type: ignore[arg-type]  # fields by name


async def add(store: Store, *listings: DatedListing) -> list[Stored]:
    """Store them one after another; what each came to."""
    return [await store.add(dated.listing, at=dated.at) for dated in listings]


async def get(store: Store, id: PaperId) -> Paper:
    """The stored paper of that name."""
    found = await store.paper(id)
    assert found is not None
    return found


def a_preprint(**fields: Any) -> DatedListing:
    """The preprint, as arXiv tells of it."""
    return tell("arxiv", a_paper(1, **fields))


def an_article(**fields: Any) -> DatedListing:
    """The article, as a journal's feed tells of it."""
    values = {"id": DOI, "doi": DOI.value, "title": "Otherwise", "journal": "Counting 7", "categories": (), "url": ""}
    return tell("feeds", a_paper(9, **(values | fields)), scope="counting")
