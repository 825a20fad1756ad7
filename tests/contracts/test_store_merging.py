"""The contract of `PaperStore` for one paper out of many sources, over every store there is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from core.channels import UserRef
from core.converse.lists.feedback import Feedback
from core.converse.ports import Store
from core.errors import NotFound, UsageError
from core.papers.identity.changes import FIRST_WORDS, Stored
from core.papers.paper import EventKind, Reading, Signals
from core.papers.search import parse_query
from core.posts.reactions import Feeling
from storage.tables import announcements, clues, identifiers, paper_categories, papers
from storage.tables import records as record_table
from tests.fakes.dated_listings import (
    DOI,
    DOIS,
    ONE,
    TITLES,
    URLS,
    DatedListing,
    a_preprint,
    add,
    an_article,
    dated_listings,
    get,
    in_another_manner,
    tell,
)
from tests.fakes.feedback import feedback_in
from tests.fakes.ledger import CHANNEL, READER, finished, subscribed
from tests.fakes.papers import AT, DAY, a_paper, events_in
from tests.fakes.stores import SqlStore
from tests.soak import IS_SOAK

LATER = AT + timedelta(hours=1)
#: of the law that order does not matter
EXAMPLES = 500 if IS_SOAK else 30


class TestOnePaper:
    async def test_votes_come_to_the_paper(self, store: Store) -> None:
        """A source that only speaks of a paper adds its signals and its name, and announces nothing."""
        votes = tell("huggingface", a_paper(1, signals=Signals(upvotes=3)), is_news=False, scope="daily")
        assert await add(store, a_preprint(), votes, votes) == [
            Stored(new=1), Stored(known=1, merged=1), Stored(known=1),
        ]  # fmt: skip
        paper = await get(store, ONE)
        assert paper == replace(a_paper(1), sources=("arxiv", "huggingface"), signals=Signals(upvotes=3))
        trace = await store.trace(CHANNEL, ONE, READER.name)
        assert trace and [line[0] for line in trace.announcements] == ["arxiv"]
        assert (await store.papers(category="daily")).total == 0

    async def test_a_text_that_is_read_better_replaces_the_longer_one(self, store: Store) -> None:
        """A title and an abstract stored with what a publisher hangs on them give way to the same without it."""
        text = "We count to one and stop."
        raw = {
            "title": "[ASAP] Counting to one",
            "abstract": f"Counting, Volume 7, Issue 1, Page 1-2, May 2026. {text}",
        }
        await add(store, an_article(**raw), an_article(title="Counting to one", abstract=text))
        paper = await get(store, DOI)
        assert (paper.title, paper.abstract) == ("Counting to one", text)
        await add(store, an_article(**raw))
        assert await get(store, DOI) == paper

    async def test_an_imprint_gives_way_to_nothing(self, store: Store) -> None:
        """An abstract that is nothing but an imprint is emptied when its source has none."""
        await add(store, an_article(abstract="Counting, Volume 7, Issue 1."), an_article(abstract=""))
        assert (await get(store, DOI)).abstract == ""

    async def test_paper_that_was_only_spoken_of(self, store: Store) -> None:
        """It is stored and found, it was announced on no day, and it is new to nobody."""
        await subscribed(store)
        await add(store, tell("huggingface", a_paper(1, announced=None), is_news=False))
        assert (await get(store, ONE)).announced == DAY
        assert (await store.papers(day=DAY)).total == 0 == len((await store.candidates(READER)).items)
        await add(store, tell("arxiv", a_paper(1), day=DAY + timedelta(days=1)))
        assert len((await store.candidates(READER)).items) == 1

    async def test_keys_that_were_written_down_go_on(self, store: Store) -> None:
        """A paper whose number becomes known later is bookmarked, posted and summarised under any of its names."""
        await subscribed(store)
        await add(store, an_article(categories=("cs.CL",)))
        await store.add_bookmark("slack:T1/A", DOI, str(CHANNEL), at=AT, public=True)
        await add(store, a_preprint(doi=DOI.value))
        paper = await get(store, DOI)
        assert (paper.id, paper.identifiers, paper.sources) == (ONE, (DOI,), ("arxiv", "feeds"))
        assert (paper.title, paper.journal) == (a_paper(1).title, "Counting 7")
        assert [one.paper.id for one in await store.bookmarks()] == [ONE]
        assert await store.papers_by_id([DOI, ONE]) == (paper, paper)
        assert not await store.add_bookmark("slack:T1/A", ONE, str(CHANNEL), at=AT, public=True)
        assert (await store.search(parse_query("otherwise", today=DAY))).total == 0

    async def test_feedback_follows_the_paper(self, store: Store) -> None:
        """Feedback on two papers that turn out to be one is feedback on that paper, once for each person and word."""
        await add(store, a_preprint(), an_article())
        ann, bob = UserRef("slack", "T1", "A"), UserRef("slack", "T1", "B")
        given = ((ann, ONE, Feeling.MORE), (ann, DOI, Feeling.MORE), (ann, DOI, Feeling.LESS), (bob, DOI, Feeling.MORE))
        for user, id, feeling in given:
            await store.add_feedback(Feedback(user=user, paper=id, feeling=feeling, where=CHANNEL, at=AT, public=True))
        await add(store, an_article(identifiers=(ONE,)))
        kept = await feedback_in(store, CHANNEL)
        assert {one.paper for one in kept} == {ONE}
        assert sorted((one.user, one.feeling) for one in kept) == [
            (ann, Feeling.LESS), (ann, Feeling.MORE), (bob, Feeling.MORE),
        ]  # fmt: skip

    async def test_marks_follow_the_paper(self, store: Store) -> None:
        """Marks on two papers that turn out to be one stand on that paper, and it is on each list once."""
        await add(store, a_preprint(), an_article())
        for id, channel, public in ((ONE, "C1", False), (DOI, "C2", False), (ONE, "C1", True), (DOI, "C1", True)):
            await store.add_bookmark("slack:T1/A", id, f"slack:T1/{channel}", at=AT, public=public)
        await add(store, an_article(identifiers=(ONE,)))
        assert [one.paper.id for one in await store.bookmarks(user="slack:T1/A")] == [ONE]
        assert [one.paper.id for one in await store.bookmarks(channel="slack:T1/C1")] == [ONE]
        assert await store.remove_bookmark("slack:T1/A", DOI, channel="slack:T1/C1")
        assert [one.public for one in await store.bookmarks(user="slack:T1/A")] == [False]
        assert await store.remove_bookmark("slack:T1/A", DOI)
        assert await store.bookmarks() == ()

    async def test_posted_once(self, store: Store) -> None:
        """A paper that was posted is not posted again when another source brings it under another name."""
        await subscribed(store)
        await add(store, a_preprint())
        await finished(store, [1])
        await add(store, an_article(identifiers=(ONE,), categories=("cs.CL",)))
        assert (await store.candidates(READER)).items == ()

    async def test_by_title(self, store: Store) -> None:
        """A paper is found by title and first author where the years allow it, however it is spelled."""
        early = datetime(2022, 1, 1, tzinfo=UTC)
        await add(store, a_preprint(title=TITLES[0]), an_article(title=TITLES[0].upper(), authors=("Ng, Ada",)))
        assert (await get(store, DOI)).id == ONE
        await add(store, tell("crossref", a_paper(9, id=DOIS[1], title=TITLES[0], published=early)))
        assert (await get(store, DOIS[1])).id == DOIS[1]

    async def test_title_of_a_version_before(self, store: Store) -> None:
        """The title of an older version still leads to the paper."""
        await add(store, a_preprint(title=TITLES[0]), tell("arxiv", a_paper(1, version=2, title=TITLES[1])))
        await add(store, an_article(title=TITLES[0]), tell("crossref", a_paper(9, id=DOIS[1], title=TITLES[1])))
        assert (await get(store, DOI)).id == ONE == (await get(store, DOIS[1])).id

    async def test_title_of_one_record(self, store: Store) -> None:
        """The title of any record leads to the paper, also where the paper has that of another one."""
        page = a_paper(9, id=URLS[0], title=TITLES[1], url=URLS[0].value)
        await add(
            store, a_preprint(doi=DOI.value, title=TITLES[0]), an_article(title=TITLES[1]), tell("elsewhere", page)
        )
        assert await get(store, URLS[0]) == await get(store, ONE)
        assert (await get(store, ONE)).title == TITLES[0]

    async def test_a_line_of_an_earlier_day(self, store: Store) -> None:
        """A line that is read again with an earlier day is of that day alone."""
        next_day = DAY + timedelta(days=1)
        await add(store, tell("arxiv", a_paper(1), day=next_day), a_preprint())
        assert [(await store.papers(day=day)).total for day in (DAY, next_day)] == [1, 0]

    async def test_account_goes_to_the_lower_number(self, store: Store) -> None:
        """What fits two preprints belongs to the one with the lower number, though that came later."""
        await add(store, tell("arxiv", a_paper(2, doi=DOI.value)), an_article())
        assert (await get(store, DOI)).id == a_paper(2).id
        await add(store, a_preprint(doi=DOI.value))
        assert (await get(store, DOI)).id == ONE
        assert [(await get(store, a_paper(n).id)).sources for n in (1, 2)] == [("arxiv", "feeds"), ("arxiv",)]
        lines = [await store.trace(CHANNEL, a_paper(n).id, "main") for n in (1, 2)]
        assert [[line[0] for line in one.announcements] for one in lines if one] == [["feeds", "arxiv"], ["arxiv"]]

    async def test_subject_area_of_a_server(self, store: Store) -> None:
        """`biorxiv:zoology` is listed under itself and under the server."""
        await add(store, tell("biorxiv", a_paper(1, id=DOI, categories=("biorxiv:zoology",)), scope="biorxiv:zoology"))
        for category in ("biorxiv", "bioRxiv:zoology"):
            assert (await store.papers(category=category)).total == 1
        assert (await store.papers(category="biorxiv:botany")).total == 0


class TestHistory:
    async def test_no_digest_brings_it(self, store: Store) -> None:
        """What was read from an archive is no candidate once a delivery was made, and is one of the first delivery."""
        await subscribed(store)
        await add(store, tell("arxiv", a_paper(1), is_history=True))
        assert len((await store.candidates(READER)).items) == 1
        await finished(store, [1])
        await add(store, tell("arxiv", a_paper(2), is_history=True, day=DAY + timedelta(days=1)))
        assert (await store.candidates(READER)).items == ()
        assert len((await store.candidates(READER, listing_day=DAY + timedelta(days=1))).items) == 1
        await finished(store, [], days=1)
        trace = await store.trace(CHANNEL, a_paper(2).id, READER.name)
        assert trace and trace.deliveries == ()

    async def test_news_that_history_had(self, store: Store) -> None:
        """A line that an archive told before the feed did is news when the feed tells it."""
        await subscribed(store)
        await add(store, a_preprint())
        await finished(store, [1])
        await add(store, tell("arxiv", a_paper(2), is_history=True))
        await finished(store, [], days=1)
        await add(store, tell("arxiv", a_paper(2)))
        assert [one.paper.id for one in (await store.candidates(READER)).items] == [a_paper(2).id]
        await add(store, tell("arxiv", a_paper(2), is_history=True))
        assert len((await store.candidates(READER)).items) == 1


class TestDossier:
    async def test_where_everything_comes_from(self, store: Store) -> None:
        """The records as they were told, the most trusted first, the source of each field, and the readings."""
        votes = [
            tell("huggingface", a_paper(1, signals=Signals(upvotes=n)), is_news=False, at=AT + timedelta(hours=hour))
            for hour, n in enumerate((1, 1, 4))
        ]
        await add(store, *votes, a_preprint(doi=DOI.value), an_article())
        dossier = await store.dossier(DOI)
        assert dossier and dossier.paper == await store.paper(ONE)
        assert [(one.id, one.sources) for one in dossier.records] == [
            (ONE, ("arxiv",)), (DOI, ("feeds",)), (ONE, ("huggingface",)),
        ]  # fmt: skip
        told = ("id", "title", "doi", "journal", "signals.upvotes")
        assert [dossier.provenance[name] for name in told] == ["arxiv", "arxiv", "arxiv", "feeds", "huggingface"]
        assert "licence" not in dossier.provenance
        assert dossier.readings == tuple(
            Reading(source="huggingface", at=AT + timedelta(hours=hour), signals=Signals(upvotes=n))
            for hour, n in ((0, 1), (2, 4))
        )

    async def test_without_records(self, store: SqlStore) -> None:
        """A paper of several sources of which no record is kept was told by each of them, and goes on being merged."""
        await add(store, a_preprint(), tell("huggingface", a_paper(1, signals=Signals(stars=3)), is_news=False))
        async with store.database.writing() as connection:
            await connection.execute(delete(record_table))
        dossier = await store.dossier(ONE)
        assert dossier and [record.sources for record in dossier.records] == [("arxiv",), ("huggingface",)]
        assert dossier.provenance["signals.stars"] == "arxiv" and dossier.paper.signals.stars == 3
        assert await add(store, an_article(title=dossier.paper.title)) == [Stored(known=1, merged=1)]
        assert (await get(store, ONE)).sources == ("arxiv", "feeds", "huggingface")

    async def test_of_one_source(self, store: Store) -> None:
        """A paper of a single source has a dossier, too; an unknown one has none."""
        await add(store, a_preprint())
        dossier = await store.dossier(ONE)
        assert dossier and dossier.records == (a_paper(1),) and set(dossier.provenance.values()) == {"arxiv"}
        assert (dossier.readings, dossier.events) == ((), ())
        assert await store.dossier(DOI) is None


class TestSplit:
    async def test_apart_and_stays_apart(self, store: Store) -> None:
        """The account under the identifier is a paper of its own again, and the same listings in any order change it
        no more."""
        told = [a_preprint(doi=DOI.value), an_article(identifiers=(ONE, URLS[0]))]
        await add(store, *told)
        await store.add_bookmark("slack:T1/A", DOI, str(CHANNEL), at=AT, public=True)
        rest, article = await store.split(DOI, at=LATER)
        assert (rest.id, rest.sources, rest.identifiers, rest.journal) == (ONE, ("arxiv",), (), None)
        assert (article.id, article.sources, article.identifiers) == (DOI, ("feeds",), (URLS[0],))
        for _ in range(2):
            assert await store.papers_by_id([ONE, DOI, URLS[0]]) == (rest, article, article)
            assert [one.paper.id for one in await store.bookmarks()] == [ONE]
            lines = [await store.trace(CHANNEL, id, "main") for id in (ONE, DOI)]
            assert [[line[1] for line in one.announcements] for one in lines if one] == [["cs.CL"], ["counting"]]
            assert await add(store, *told[::-1]) == [Stored(known=1)] * 2
        assert (await store.papers(category="counting")).papers == (article,)
        assert (await store.papers(category="cs.CL")).papers == (rest,)

    async def test_the_account_that_gave_its_number(self, store: Store) -> None:
        """The account whose identifier the paper is stored under can leave: what refers to that goes with it."""
        await add(store, a_preprint(doi=DOI.value), an_article())
        await store.add_bookmark("slack:T1/A", DOI, str(CHANNEL), at=AT, public=True)
        rest, preprint = await store.split(ONE, at=LATER)
        assert (rest.id, preprint.id, rest.sources) == (DOI, ONE, ("feeds",))
        assert [one.paper.id for one in await store.bookmarks()] == [ONE]

    async def test_what_happened_to_the_other_one(self, store: Store) -> None:
        """What the account told goes with it: the preprint was not published where the article was."""
        await add(store, a_preprint(), tell("arxiv", a_paper(1, version=2)))
        await store.add(an_article(identifiers=(ONE,)).listing, at=AT + FIRST_WORDS)
        assert [(one.paper, one.kind) for one in await events_in(store)] == [
            (ONE, EventKind.VERSION), (ONE, EventKind.PUBLISHED),
        ]  # fmt: skip
        await store.split(DOI, at=AT + FIRST_WORDS)
        assert [(one.paper, one.kind) for one in await events_in(store)] == [
            (ONE, EventKind.VERSION), (DOI, EventKind.PUBLISHED),
        ]  # fmt: skip

    async def test_what_cannot_be_split(self, store: Store) -> None:
        """An unknown paper, one that nothing was merged with, and a name that no source uses for it are told."""
        await add(store, a_preprint(identifiers=(URLS[0],)))
        with pytest.raises(NotFound, match=r"10\.1000/a"):
            await store.split(DOI, at=LATER)
        with pytest.raises(UsageError, match=r"Nothing was merged with arxiv:2602\.00001"):
            await store.split(ONE, at=LATER)
        with pytest.raises(UsageError, match="No source told of arxiv") as raised:
            await store.split(URLS[0], at=LATER)
        assert "arxiv:2602.00001 (arxiv)" in raised.value.hint

    async def test_new_sources_of_both(self, store: Store) -> None:
        """What comes later goes to the one of the two that it names as its own."""
        await add(store, a_preprint(doi=DOI.value), an_article())
        await store.split(DOI, at=LATER)
        await add(store, tell("crossref", a_paper(9, id=DOI, title="Otherwise")))
        await add(store, tell("huggingface", a_paper(1), is_news=False))
        assert [(await get(store, id)).sources for id in (ONE, DOI)] == [
            ("arxiv", "huggingface"), ("crossref", "feeds"),
        ]  # fmt: skip


async def everything(store: SqlStore) -> list[object]:
    """What a store holds, without its own numbers and the moments at which it was told."""
    async with store.database.reading() as connection:
        ids = {row.id: row.key for row in await connection.execute(select(papers.c.id, papers.c.key))}
        kept = []
        for table in (identifiers, announcements, paper_categories, record_table, clues):
            columns = [one for one in table.c if one.name not in ("seq", "seen_at", "paper_id")]
            found = await connection.execute(select(table.c.paper_id, *columns))
            kept.append({(ids[row[0]], *row[1:]) for row in found})
    return [{paper.id: paper for paper in (await store.papers()).papers}, *kept]


async def _stored(store: SqlStore, told: Sequence[DatedListing]) -> list[object]:
    await store.begin_anew()
    await add(store, *told)
    return await everything(store)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), dated_listings())
def test_order_does_not_matter(
    in_memory: tuple[asyncio.Runner, SqlStore], data: st.DataObject, told: list[DatedListing]
) -> None:
    """The same lines in any order and grouping, once or several times, leave the same papers, names and lists."""
    runner, store = in_memory
    other = data.draw(in_another_manner(told))
    assert runner.run(_stored(store, told)) == runner.run(_stored(store, other))
