"""The contract of `Store` for papers, over every store there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from core.channels import ChannelRef
from core.converse.ports import Store
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import Announcement, AnnounceType, Paper, Signals, Summary
from core.papers.search import parse_query
from tests.fakes.papers import AT, DAY, a_listing, a_paper

DOI = PaperId("doi", "10.1000/invented.1")
CHANNEL = ChannelRef("slack", "T1", "C1")
#: no two signs of it are alike, so that nothing makes it smaller
LONG = "".join(map(chr, range(0x4E00, 0x5600)))


async def ids(store: Store, **chosen: object) -> list[PaperId]:
    return [paper.id for paper in (await store.papers(**chosen)).papers]  # type: ignore[arg-type]  # fields by name


def listed(paper: Paper, **changes: object) -> Listing:
    listing = a_listing([paper])
    return replace(listing, announcements=(replace(listing.announcements[0], **changes),))  # type: ignore[arg-type]  # fields by name


def a_summary(paper: Paper, **changes: object) -> Summary:
    plain = Summary(paper=paper.id, version=paper.version, language="en", gist="It counts.", made_by="extract")
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


class TestAdding:
    async def test_a_paper_is_read_back_as_it_was_stored(self, store: Store) -> None:
        """Every field of a paper survives."""
        paper = a_paper(
            1,
            version=2,
            title="Größe & <Maß>: 大きさ",
            authors=('Ærø, J. "Jo"', "王 伟", "O'Neil"),
            categories=("cs.CL", "math-ph"),
            announce_type=AnnounceType.CROSS,
            pdf_url="https://arxiv.org/pdf/2602.00001",
            doi="10.1000/invented.1",
            journal="Journal of Counting 7 (2026)",
            licence="http://creativecommons.org/licenses/by/4.0/",
            identifiers=(DOI, PaperId("url", "https://example.org/one")),
            signals=Signals(upvotes=3, comments=0, code_url="https://example.org/code", stars=7, citations=1),
        )
        await store.add(listed(paper, type=AnnounceType.CROSS), at=AT)
        assert await store.paper(paper.id) == paper

    async def test_the_newest_papers(self, store: Store) -> None:
        """The papers that were stored last come first, and no more than were asked for."""
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        await store.add(a_listing([a_paper(3), a_paper(1)], day=DAY + timedelta(days=1)), at=AT)
        assert [paper.id for paper in await store.newest_papers(2)] == [a_paper(3).id, a_paper(2).id]
        assert len(await store.newest_papers(9)) == 3

    async def test_counts_what_was_new(self, store: Store) -> None:
        """Papers that the store did not have are counted, each once though it is listed twice."""
        listing = a_listing([a_paper(1), a_paper(2), a_paper(1)])
        assert await store.add(listing, at=AT) == Stored(new=2)

    async def test_same_listing_again_changes_nothing(self, store: Store) -> None:
        """The same announcement twice is stored once."""
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        before = await store.papers()
        assert await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT + timedelta(hours=1)) == Stored(known=2)
        assert await store.papers() == before
        trace = await store.trace(CHANNEL, a_paper(1).id, "main")
        assert trace and len(trace.announcements) == 1 and trace.first_seen == AT

    async def test_second_scope_is_merged(self, store: Store) -> None:
        """A paper that another scope brought before is known, and counted as merged."""
        await store.add(a_listing([a_paper(1)], scope="cs.CL"), at=AT)
        cross = a_listing([a_paper(1)], scope="cs.LG", type=AnnounceType.CROSS)
        assert await store.add(cross, at=AT) == Stored(known=1, merged=1)
        trace = await store.trace(CHANNEL, a_paper(1).id, "main")
        assert trace and [(line[1], line[3]) for line in trace.announcements] == [("cs.CL", "new"), ("cs.LG", "cross")]

    async def test_higher_version_replaces_the_text(self, store: Store) -> None:
        """A higher version replaces title, abstract, authors and categories; the first listing day stays."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        second = a_paper(1, version=2, title="Better", abstract="Longer.", authors=("Cy Roe",), categories=("cs.LG",))
        day = DAY + timedelta(days=3)
        stored = await store.add(a_listing([second], day=day, type=AnnounceType.REPLACE), at=AT)
        assert stored == Stored(updated=1)
        assert await store.paper(second.id) == second
        assert (await store.search(parse_query("better longer roe in:cs.LG", today=DAY))).total == 1
        assert (await store.search(parse_query("invented", today=DAY))).total == 0

    async def test_lower_version_is_an_announcement_only(self, store: Store) -> None:
        """A lower version changes nothing of the paper and is recorded as announced."""
        await store.add(a_listing([a_paper(1, version=3, title="Third")]), at=AT)
        older = a_paper(1, version=2, title="Second", categories=("cs.LG",))
        assert await store.add(a_listing([older], type=AnnounceType.REPLACE), at=AT) == Stored(known=1)
        assert await store.paper(older.id) == a_paper(1, version=3, title="Third")
        trace = await store.trace(CHANNEL, older.id, "main")
        assert trace and len(trace.announcements) == 2

    async def test_cross_list_adds_its_category(self, store: Store) -> None:
        """The same version with one category more has it afterwards."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        await store.add(a_listing([a_paper(1, categories=("cs.CL", "stat.ML"))], scope="stat.ML"), at=AT)
        found = await store.paper(a_paper(1).id)
        assert found and found.categories == ("cs.CL", "stat.ML")
        assert await ids(store, category="stat.ML") == [found.id]

    async def test_earlier_listing_day_counts(self, store: Store) -> None:
        """A backfill that finds an earlier announcement moves the paper's listing day, and keeps the newer text."""
        late = a_paper(1, version=2, title="Second", announced=DAY)
        await store.add(listed(late, type=AnnounceType.REPLACE), at=AT)
        early = a_paper(1, announced=DAY - timedelta(days=9))
        await store.add(a_listing([early], day=DAY - timedelta(days=9)), at=AT)
        found = await store.paper(late.id)
        assert found and (found.announced, found.announce_type) == (DAY - timedelta(days=9), AnnounceType.NEW)
        assert found.title == "Second"

    async def test_paper_without_a_day_has_the_listings(self, store: Store) -> None:
        """Where the source tells no listing day of the paper, the announcement's counts."""
        await store.add(listed(a_paper(1, announced=None), type=AnnounceType.CROSS), at=AT)
        found = await store.paper(a_paper(1).id)
        assert found and (found.announced, found.announce_type) == (DAY, AnnounceType.CROSS)

    async def test_paper_is_known_by_each_of_its_identifiers(self, store: Store) -> None:
        """Its own identifier, another one, and its DOI all lead to the same paper; others to none."""
        other = PaperId("url", "https://example.org/one")
        await store.add(a_listing([a_paper(1, doi=DOI.value, identifiers=(other,))]), at=AT)
        found = [await store.paper(id) for id in (a_paper(1).id, DOI, other)]
        assert [paper and paper.id for paper in found] == [a_paper(1).id] * 3
        assert await store.paper(a_paper(2).id) is None

    async def test_same_paper_under_another_identifier(self, store: Store) -> None:
        """A paper known under any of its identifiers is the same paper, and facts that one source lacks are filled."""
        await store.add(a_listing([a_paper(1, identifiers=(DOI,))]), at=AT)
        elsewhere = a_paper(1, id=DOI, title="Other spelling", doi=DOI.value, sources=("crossref",), abstract="Else.")
        listing = Listing(
            source="crossref",
            scope="",
            announcements=(Announcement(paper=elsewhere, source="crossref", scope="", day=DAY),),
        )
        assert await store.add(listing, at=AT) == Stored(known=1, merged=1)
        assert await store.paper(DOI) == a_paper(1, identifiers=(DOI,), doi=DOI.value, sources=("arxiv", "crossref"))

    async def test_two_stored_papers_turn_out_to_be_one(self, store: Store) -> None:
        """Everything known of the second becomes known of the first, which keeps its place under the arXiv number."""
        journal = a_paper(9, id=DOI, categories=("q-bio.NC",))
        await store.add(a_listing([journal], scope="journal"), at=AT)
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        await store.save_summaries([a_summary(a_paper(1), gist="Of the preprint.")])
        for user, id in (("slack:T1/A", a_paper(1).id), ("slack:T1/A", DOI), ("slack:T1/B", a_paper(1).id)):
            await store.add_bookmark(user, id, str(CHANNEL), at=AT, public=True)
        linked = a_listing([a_paper(1, identifiers=(DOI,))])
        assert await store.add(linked, at=AT) == Stored(known=1, merged=1)
        assert await ids(store) == [a_paper(2).id, a_paper(1).id]
        both = await store.paper(DOI)
        assert both and both.id == a_paper(1).id and both.identifiers == (DOI,)
        assert [one.user for one in await store.bookmarks()] == ["slack:T1/B", "slack:T1/A"]
        assert [one.gist for one in (await store.summaries([DOI], "en"))[DOI]] == ["Of the preprint."]
        trace = await store.trace(CHANNEL, DOI, "main")
        assert trace and [line[1] for line in trace.announcements] == ["journal", "cs.CL"]

    async def test_preprints_that_share_a_doi_stay_apart(self, store: Store) -> None:
        """Two arXiv numbers are two papers, though one journal article came of both."""
        both = [a_paper(1, doi=DOI.value, identifiers=(DOI,)), a_paper(2, doi=DOI.value, identifiers=(DOI,))]
        assert await store.add(a_listing(both), at=AT) == Stored(new=2)
        assert await store.add(a_listing(both), at=AT) == Stored(known=2)
        assert await store.papers_by_id([a_paper(1).id, a_paper(2).id]) == tuple(both)

    async def test_summaries_come_with_a_listing(self, store: Store) -> None:
        """Summaries of an announcement are stored with it, in their language."""
        paper = a_paper(1)
        summary = a_summary(paper, language="zh", gist="它会数数。", made_by="daily-arxiv")
        await store.add(listed(paper, summaries=(summary,)), at=AT)
        assert await store.summaries([paper.id], "zh") == {paper.id: (summary,)}

    async def test_empty_listing_is_nothing(self, store: Store) -> None:
        """A listing without announcements stores nothing."""
        assert await store.add(a_listing([]), at=AT) == Stored()

    async def test_hostile_text_is_stored(self, store: Store) -> None:
        """Control characters, half surrogates, markup and a long abstract are text like any other."""
        paper = a_paper(1, title="'); DROP TABLE papers; --\x00\ud800\u202e<b>", abstract="word " * 1_000)
        await store.add(a_listing([paper]), at=AT)
        found = await store.paper(paper.id)
        assert found and found.title == "'); DROP TABLE papers; --\ufffd\ufffd\u202e<b>"
        assert len(found.abstract) == len(paper.abstract)

    async def test_names_and_categories_of_any_length(self, store: Store) -> None:
        """Names, categories and scopes that no index holds whole lead to their paper, and those alike to another."""
        names = [PaperId("url", f"https://example.org/{LONG}{end}") for end in "ab"]
        papers = [a_paper(end, id=id, categories=(f"{LONG}{end}",)) for end, id in enumerate(names)]
        listing = a_listing(papers, scope=f"{LONG} scope")
        assert [await store.add(listing, at=AT) for _ in range(2)] == [Stored(new=2), Stored(known=2)]
        for paper, name in zip(papers, names, strict=True):
            found = await store.paper(name)
            assert found and found.title == paper.title
            assert await ids(store, category=paper.categories[0].upper()) == [found.id]
        assert await store.add(a_listing([a_paper(7, identifiers=(names[1],))]), at=AT) == Stored(known=1, merged=1)
        assert await store.paper(names[1]) == await store.paper(a_paper(7).id)


class TestReading:
    async def test_latest_announced_first(self, store: Store) -> None:
        """Papers come by listing day, the latest first, and of one day the last stored first."""
        await store.add(a_listing([a_paper(1), a_paper(2)]), at=AT)
        late, early = DAY + timedelta(days=1), DAY - timedelta(days=1)
        await store.add(a_listing([a_paper(3, announced=late)], day=late), at=AT)
        await store.add(a_listing([a_paper(4, announced=early)], day=early), at=AT)
        assert await ids(store) == [a_paper(n).id for n in (3, 2, 1, 4)]

    async def test_limit_leaves_the_total(self, store: Store) -> None:
        """A page says how many there are beyond it."""
        await store.add(a_listing([a_paper(n) for n in range(5)]), at=AT)
        page = await store.papers(limit=2)
        assert (page.total, len(page.papers)) == (5, 2)

    async def test_of_a_day_in_any_manner(self, store: Store) -> None:
        """`day` asks for all that was announced that day: new, cross-listed or replaced, each paper once."""
        early = DAY - timedelta(days=5)
        await store.add(a_listing([a_paper(1, announced=early), a_paper(9, announced=early)], day=early), at=AT)
        await store.add(a_listing([a_paper(1, version=2)], type=AnnounceType.REPLACE), at=AT)
        await store.add(a_listing([a_paper(2)], type=AnnounceType.CROSS), at=AT)
        await store.add(a_listing([a_paper(3)]), at=AT)
        await store.add(a_listing([a_paper(3)], scope="cs.LG", type=AnnounceType.CROSS), at=AT)
        page = await store.papers(day=DAY)
        assert {paper.id for paper in page.papers} == {a_paper(n).id for n in (1, 2, 3)}
        assert page.total == 3
        assert await ids(store, day=DAY, category="cs.LG") == [a_paper(3).id]

    @pytest.mark.parametrize(
        ("category", "numbers"),
        [("cs.CL", [1]), ("cs", [2, 1]), ("CS.cl", [1]), ("math", [4]), ("math-ph", [3]), ("stat", []), ("c%", [])],
    )
    async def test_of_a_category(self, store: Store, category: str, numbers: list[int]) -> None:
        """A category holds its papers and an archive those of its categories; `math` is not the start of `math-ph`."""
        categories = [("cs.CL",), ("cs.RO",), ("math-ph",), ("math.AG", "math.GT")]
        for number, named in enumerate(categories, 1):
            await store.add(a_listing([a_paper(number, categories=named)], scope=named[0]), at=AT)
        assert await ids(store, category=category) == [a_paper(number).id for number in numbers]

    async def test_by_id_in_the_order_asked(self, store: Store) -> None:
        """Those of the papers that are known come in the order asked, by whatever identifier."""
        await store.add(a_listing([a_paper(1), a_paper(2, identifiers=(DOI,)), a_paper(3)]), at=AT)
        found = await store.papers_by_id([a_paper(3).id, a_paper(7).id, DOI, a_paper(1).id])
        assert [paper.id for paper in found] == [a_paper(n).id for n in (3, 2, 1)]

    async def test_papers_whose_votes_were_told(self, store: Store) -> None:
        """Papers with votes told since a moment, in the categories asked for, each with all that was told before."""
        one, other = a_paper(1, signals=Signals(upvotes=2)), a_paper(2, categories=("math.CO",))
        await store.add(a_listing([one, other]), at=AT)
        voted = replace(one, signals=Signals(upvotes=9))
        await store.add(a_listing([voted]), at=AT + timedelta(days=3))
        (told,) = await store.voted_papers(since=AT + timedelta(days=1), categories=("cs",))
        assert told.paper.id == one.id and [each.signals.upvotes for each in told.readings] == [2, 9]
        assert not await store.voted_papers(since=AT, categories=("math.CO",))
        assert not await store.voted_papers(since=AT + timedelta(days=4))

    async def test_many_at_once(self, store: Store) -> None:
        """There is no number of papers that is too many for one call."""
        papers = [a_paper(n) for n in range(1_100)]
        assert await store.add(a_listing(papers), at=AT) == Stored(new=1_100)
        assert await store.papers_by_id([paper.id for paper in papers]) == tuple(papers)

    async def test_search_finds_what_was_stored(self, store: Store) -> None:
        """A stored paper is searchable at once; `tests/storage/search/test_search.py` has the query language."""
        await store.add(a_listing([a_paper(1, title="Counting sheep"), a_paper(2)]), at=AT)
        found = await store.search(parse_query("sheep", today=DAY))
        assert [hit.id for hit in found.hits] == [a_paper(1).id]


async def test_naive_moments_are_refused(store: Store) -> None:
    """A moment without a zone is a bug of the caller and is not stored as anything."""
    naive = datetime(2026, 2, 4, 9)  # noqa: DTZ001 - the mistake that is tested
    with pytest.raises(Exception, match="timezone"):
        await store.add(a_listing([a_paper(1)]), at=naive)
    assert await ids(store) == []


async def test_days_are_dates(store: Store) -> None:
    """Listing days far apart keep their order."""
    for number, day in enumerate((date(1991, 8, 14), date(2099, 1, 1))):
        await store.add(a_listing([a_paper(number, announced=day)], day=day), at=AT)
    assert await ids(store) == [a_paper(1).id, a_paper(0).id]
