"""What a listing changes: decided without a database, and the same whatever order listings come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.origins import SOURCES
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Changes, Stored, StoredPaper, count_stored
from core.papers.identity.clusters import Apart
from core.papers.identity.merge import collect_evidence, listed_records, merge
from core.papers.identity.records import Record, combine, merge_records, provenance, record_of
from core.papers.paper import Announcement, AnnounceType, Paper, Signals
from tests.fakes.dated_listings import (
    ARXIV,
    DOIS,
    TITLES,
    DatedListing,
    dated_listings,
    in_another_manner,
    lines,
    one_line,
)
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.soak import IS_SOAK

LONG = "A title that is long enough to tell papers apart"


@dataclass(slots=True)
class Shelf:
    """A store that is nothing but what was decided."""

    apart: Apart = frozenset()
    known: dict[int, StoredPaper] = field(default_factory=dict)
    #: identifier -> id of the paper it leads to
    names: dict[PaperId, PaperId] = field(default_factory=dict)
    last: int = 0

    def add(self, listing: Listing, at: datetime = AT) -> Stored:
        """Do what is decided of a listing."""
        records = listed_records(listing.announcements, at=at, trust=SOURCES.trust)
        changes = merge(collect_evidence(records, self.known), self.apart, at=at)
        self._keep(changes, at)
        return count_stored(records, changes, set(self.known))

    def _keep(self, changes: Changes, at: datetime) -> None:
        regrouped = {one.known.paper.id for one in changes.papers if one.known and one.names is not None}
        gone = regrouped | {gone.paper.id for one in changes.papers for gone in one.absorbs}
        self.names = {name: id for name, id in self.names.items() if id not in gone}
        for one in changes.papers:
            for other in one.absorbs:
                del self.known[other.row]
            self.last += one.known is None
            row = one.known.row if one.known else self.last
            self.known[row] = StoredPaper(
                row=row, paper=one.paper, records=one.records, first_seen=one.first_seen or at
            )
            self.names |= dict.fromkeys(one.names or (), one.paper.id)

    @property
    def papers(self) -> list[Paper]:
        """In the order in which they were first stored."""
        return [one.paper for one in self.known.values()]


def shelved(told: Iterable[DatedListing], apart: Apart = frozenset()) -> Shelf:
    """A store that was told that."""
    shelf = Shelf(apart)
    for one in told:
        shelf.add(one.listing, one.at)
    return shelf


def from_source(source: str, paper: Paper, *, at: datetime = AT, **line: object) -> DatedListing:
    """One line of a source."""
    told = Announcement(paper=replace(paper, sources=(source,)), source=source, scope="x", day=DAY)
    return DatedListing(one_line(replace(told, **line)), at)  # type: ignore[arg-type]  # fields by name


def records(lines: Sequence[Announcement], hours: Sequence[int]) -> list[Record]:
    return [record_of(line, at=AT + timedelta(hours=hour)) for line, hour in zip(lines, hours, strict=True)]


same_account = st.lists(lines(), min_size=3, max_size=3).map(
    lambda some: [
        replace(one, source="arxiv", paper=replace(one.paper, id=ARXIV[0], sources=("arxiv",))) for one in some
    ]
)
three_hours = st.lists(st.integers(0, 2), min_size=3, max_size=3)


@given(same_account, three_hours)
def test_told_again_in_any_order(some: list[Announcement], hours: list[int]) -> None:
    """Tellings of one account add up to the same account, in any order and any grouping, once or twice."""
    one, two, three = records(some, hours)
    both = combine(one, two)
    assert both == combine(two, one)
    assert combine(both, three) == combine(one, combine(two, three))
    assert combine(both, one) == both == combine(both, both)


@given(st.lists(lines(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_merged_in_any_order(some: list[Announcement], random: object) -> None:
    """Accounts fold into the same paper whatever order they stand in."""
    told = list({one.key: one for one in records(some, [0] * len(some))}.values())
    other = sorted(told, key=lambda one: hash((one.key, str(random))))
    id, names = told[0].paper.id, [name for one in told for name in one.names]
    assert merge_records(told, id=id, names=names) == merge_records(other, id=id, names=names[::-1])
    assert provenance(told, id=id) == provenance(other, id=id)


_NOT_TWO = frozenset({frozenset({ARXIV[0], DOIS[0]}), frozenset({DOIS[1], DOIS[2]})})


@settings(max_examples=2_000 if IS_SOAK else 120)
@given(st.data(), dated_listings(), st.sampled_from([frozenset(), _NOT_TWO]))
def test_order_does_not_matter(data: st.DataObject, told: list[DatedListing], apart: Apart) -> None:
    """The same lines in any order and grouping, once or several times, leave the same papers under the same names."""
    one, other = shelved(told, apart), shelved(data.draw(in_another_manner(told)), apart)
    assert {paper.id: paper for paper in one.papers} == {paper.id: paper for paper in other.papers}
    assert one.names == other.names


@given(dated_listings())
def test_same_listings_again_change_nothing(told: list[DatedListing]) -> None:
    """What was stored once is known the second time, every paper of it."""
    shelf = shelved(told)
    before = dict(shelf.known)
    for one in told:
        stored = shelf.add(one.listing, one.at)
        assert (stored.new, stored.updated) == (0, 0)
    assert shelf.known == before


@given(dated_listings())
def test_names_lead_to_one_paper(told: list[DatedListing]) -> None:
    """Every paper has its own identifier, no paper has two arXiv numbers, and no name is lost."""
    shelf = shelved(told)
    assert len({paper.id for paper in shelf.papers}) == len(shelf.papers)
    assert all(shelf.names[paper.id] == paper.id for paper in shelf.papers)
    for paper in shelf.papers:
        assert sum(id.scheme == "arxiv" for id in (paper.id, *paper.identifiers)) <= 1
    own = {line.paper.id for one in told for line in one.listing.announcements}
    assert own <= shelf.names.keys()


@given(dated_listings())
def test_every_paper_is_counted_once(told: list[DatedListing]) -> None:
    """New, updated and known papers add up to the papers that a listing tells of."""
    shelf = Shelf()
    for one in told:
        stored = shelf.add(one.listing, one.at)
        ids = {shelf.names[line.paper.id] for line in one.listing.announcements}
        assert stored.new + stored.updated + stored.known == len(ids)


class TestVersions:
    def test_higher_version_tells(self) -> None:
        """The higher version tells the text, and what it does not say comes from the one before."""
        first = a_paper(1, title="First", journal="J", comment="7 pages")
        second = a_paper(1, title="Second", version=2, comment="8")
        for some in ([first, second], [second, first]):
            paper = shelved(from_source("arxiv", one) for one in some).papers[0]
            assert (paper.title, paper.version, paper.journal, paper.comment) == ("Second", 2, "J", "8")

    def test_first_listing_of_a_day_is_the_new_one(self) -> None:
        """A paper that is new in one category and cross-listed in another on the same day is new."""
        for types in ((AnnounceType.CROSS, AnnounceType.NEW), (AnnounceType.NEW, AnnounceType.CROSS)):
            told = [from_source("arxiv", a_paper(1, announce_type=type), type=type) for type in types]
            assert shelved(told).papers[0].announce_type is AnnounceType.NEW

    def test_who_only_speaks_of_a_paper_does_not_announce_it(self) -> None:
        """The listing day is that of whoever announced the paper, though somebody spoke of it before."""
        spoken = from_source("huggingface", a_paper(1, announced=None), is_news=False, day=DAY - timedelta(days=3))
        assert shelved([spoken]).papers[0].announced == DAY - timedelta(days=3)
        assert shelved([spoken, from_source("arxiv", a_paper(1))]).papers[0].announced == DAY


class TestFields:
    def test_trusted_source_tells(self) -> None:
        """Of equal versions the more trusted source tells, and what it lacks comes from the next one."""
        told = [
            from_source("huggingface", a_paper(1, title="Theirs", journal="H", licence="L"), is_news=False),
            from_source("arxiv", a_paper(1, title="Ours")),
            from_source("crossref", a_paper(1, id=DOIS[0], identifiers=(a_paper(1).id,), title="X", journal="C")),
        ]
        shelf = shelved(told)
        (paper,) = shelf.papers
        assert (paper.title, paper.journal, paper.licence) == ("Ours", "C", "L")
        assert paper.sources == ("arxiv", "crossref", "huggingface")
        by = provenance(next(iter(shelf.known.values())).records, id=paper.id)
        assert (by["title"], by["journal"], by["licence"], by["id"]) == ("arxiv", "crossref", "huggingface", "arxiv")
        assert "pdf_url" not in by

    def test_newest_signals_count(self) -> None:
        """Of each signal the newest reading counts, whoever told it and in whatever order they were stored."""
        told = [
            from_source("huggingface", a_paper(1, signals=Signals(upvotes=9, stars=1)), at=AT),
            from_source("huggingface", a_paper(1, signals=Signals(upvotes=5)), at=AT + timedelta(hours=2)),
            from_source("arxiv", a_paper(1, signals=Signals(upvotes=7, comments=3)), at=AT + timedelta(hours=1)),
        ]
        for some in (told, told[::-1]):
            assert shelved(some).papers[0].signals == Signals(upvotes=5, stars=1, comments=3)


class TestSamePaper:
    def test_a_chain_of_names_is_one_paper(self) -> None:
        """A listing that ties three papers together leaves one of them, the first in place, the arXiv number as id."""
        shelf = Shelf()
        assert shelf.add(a_listing([a_paper(n, id=DOIS[n]) for n in (0, 1)])) == Stored(new=2)
        assert shelf.add(a_listing([a_paper(5, identifiers=(DOIS[0], DOIS[1]))])) == Stored(known=1, merged=1)
        assert [paper.id for paper in shelf.papers] == [a_paper(5).id] and list(shelf.known) == [1]
        assert shelf.papers[0].identifiers == (DOIS[0], DOIS[1])

    def test_title_author_and_year(self) -> None:
        """A title, a first author and neighbouring years make one paper; another year or author does not."""
        preprint = from_source("arxiv", a_paper(1, title=LONG, published=datetime(2025, 1, 2, tzinfo=UTC)))

        def article(**fields: object) -> DatedListing:
            plain = a_paper(9, id=DOIS[0], title=LONG.upper(), published=datetime(2026, 1, 2, tzinfo=UTC))
            return from_source("feeds", replace(plain, **fields))  # type: ignore[arg-type]  # fields by name

        assert len(shelved([preprint, article()]).papers) == 1
        assert len(shelved([preprint, article(authors=("Cy Roe",))]).papers) == 2
        assert len(shelved([preprint, article(published=datetime(2027, 1, 2, tzinfo=UTC))]).papers) == 2
        assert len(shelved([preprint, article(title="Editorial")]).papers) == 2

    def test_two_numbers_are_two_papers(self) -> None:
        """Two arXiv numbers are two papers though they share title and DOI; an article goes to the lower one."""
        article = from_source("crossref", a_paper(9, id=DOIS[0], title=LONG))
        preprints = [from_source("arxiv", a_paper(n, title=LONG, doi=DOIS[0].value)) for n in (1, 2)]
        for some in ([*preprints, article], [article, *preprints[::-1]], [preprints[1], article, preprints[0]]):
            shelf = shelved(some)
            assert {paper.id: paper.sources for paper in shelf.papers} == {
                a_paper(1).id: ("arxiv", "crossref"),
                a_paper(2).id: ("arxiv",),
            }
            assert shelf.names[DOIS[0]] == a_paper(1).id

    def test_title_that_changed(self) -> None:
        """A paper that was known by its first title is known by it still, in whatever order its versions come."""
        first, second = (a_paper(1, version=n, title=title) for n, title in ((1, TITLES[0]), (2, TITLES[1])))
        told = [from_source("arxiv", one) for one in (first, second)]
        article = from_source("feeds", a_paper(9, id=DOIS[0], title=TITLES[0]))
        for some in ([*told, article], [article, *told], [told[1], article, told[0]]):
            assert [paper.id for paper in shelved(some).papers] == [a_paper(1).id]

    def test_what_a_person_split_stays_apart(self) -> None:
        """Two papers that a person has told apart are two, though everything ties them."""
        told = [
            from_source("arxiv", a_paper(1, title=LONG, identifiers=(DOIS[0],))),
            from_source("crossref", a_paper(9, id=DOIS[0], title=LONG, identifiers=(a_paper(1).id,))),
        ]
        for some in (told, told[::-1]):
            shelf = shelved(some, frozenset({frozenset({a_paper(1).id, DOIS[0]})}))
            assert {paper.id: paper.identifiers for paper in shelf.papers} == {a_paper(1).id: (), DOIS[0]: ()}
            assert shelf.names == {a_paper(1).id: a_paper(1).id, DOIS[0]: DOIS[0]}

    def test_a_title_that_hundreds_bear(self) -> None:
        """A title that many different papers bear costs no square of work, and no more than some are tied by it."""
        many = [a_paper(1, id=PaperId("doi", f"10.1000/{n}"), title=LONG, published=None) for n in range(2_000)]
        shelf = Shelf()
        shelf.add(a_listing(many))
        assert 1 < len(shelf.papers) <= 2_000


def test_source_is_named() -> None:
    """The source of an announcement is among the paper's sources though the paper does not say so."""
    line = Announcement(paper=a_paper(1, sources=()), source="feed", scope="x", day=DAY)
    assert shelved([DatedListing(one_line(line), AT)]).papers[0].sources == ("feed",)
