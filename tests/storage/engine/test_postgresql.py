"""What only PostgreSQL can do wrong: servers that are not there, log-ins, locks, order of commits, and secrets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import dialect

from core.channels import UserRef
from core.converse.lists.reaction_store import ReactionOutcome
from core.errors import BadSetting, StoreBroken, StoreError, StoreLocked, StoreReadOnly, StoreTooNew, StoreUnreachable
from core.papers.identifiers import PaperId
from core.papers.identity.lines import line_of
from core.papers.paper import AnnounceType, Summary
from core.papers.search import Term, parse_query
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from storage.deliveries.ledger import turn_of
from storage.engine.database import Database
from storage.migrations import schema
from storage.operation import upkeep
from storage.papers import dossier_rows
from storage.search.postgresql import PostgresIndex
from storage.tables import announcements, shown, source_states
from storage.tables.search_index import BLOCK
from tests.fakes.ledger import CHANNEL, LEASE, READER, a_delivery_plan, listed, subscribed
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore
from tests.storage.postgres import Postgres

SECRET = "hunter2"


def sentence_of(error: BaseException) -> str:
    """An error with all that it came from, as a traceback shows it."""
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    return " ".join(f"{one} {getattr(one, 'hint', '')}" for one in causes)


async def opened(url: str) -> None:
    async with SqlStore(url).open():
        pass


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
async def test_no_server(scheme: str) -> None:
    """A server that is not there is one sentence with its place, and never with the password."""
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:1/paperboy cannot be reached") as raised:
        await opened(f"{scheme}://me:{SECRET}@127.0.0.1:1/paperboy")
    assert SECRET not in sentence_of(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@host:port/paperboy",
        f"mysql://me:{SECRET}@host/paperboy",
        f"postgresql+asyncpg://me:{SECRET}@host/paperboy",
        f"me:{SECRET}@host",
    ],
)
async def test_urls_that_are_none(url: str) -> None:
    """A URL that cannot be used is refused without being repeated."""
    with pytest.raises(BadSetting) as raised:
        SqlStore(url)
    assert SECRET not in f"{raised.value} {raised.value.hint}"


async def test_no_database(postgres: Postgres) -> None:
    """A database or a user that the server does not know is told as such."""
    with pytest.raises(StoreUnreachable, match="does not let us into"):
        await opened(postgres.url("nowhere"))
    with pytest.raises(StoreUnreachable, match="does not let us into") as raised:
        await opened(postgres.url("postgres").replace("postgres:@", f"nobody:{SECRET}@"))
    assert SECRET not in sentence_of(raised.value)


async def test_too_many_connections(postgres: Postgres, postgres_url: str) -> None:
    """A server that has no connection left is told as such, and not to be out of reach."""
    postgres.run("CREATE ROLE {} LOGIN CONNECTION LIMIT 0", "crowded")
    with pytest.raises(StoreLocked, match="has no connection left"):
        await opened(postgres_url.replace("postgres:@", "crowded:@"))


async def test_server_goes_away(postgres: Postgres, postgres_url: str) -> None:
    """Connections that the server ended are made again for the next call."""
    async with SqlStore(postgres_url).open() as store:
        await store.add(a_listing([a_paper(1)]), at=AT)
        with postgres.connection() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert (await store.papers()).total == 1


async def test_statements_stay_prepared(postgres_url: str) -> None:
    """What is asked often is prepared once, and stays so from one reading to the next."""
    prepared_papers = text("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%FROM papers%'")
    async with SqlStore(postgres_url).open() as store:
        for _ in range(7):
            await store.papers()
        names = await store.database.rows(prepared_papers)
        for _ in range(3):
            await store.papers()
        again = await store.database.rows(prepared_papers)
        assert names
        assert again == names


async def test_too_new(postgres: Postgres, postgres_url: str) -> None:
    """The database of a newer Paperboy, and another program's, are left alone."""
    name = postgres_url.rpartition("?")[0].rpartition("/")[2]
    with postgres.connection(name) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StoreTooNew, match="newer Paperboy"):
            await opened(postgres_url)
        assert "newer Paperboy" in str(await upkeep.check(postgres_url))
        connection.execute("DELETE FROM alembic_version")
        connection.execute("ALTER TABLE papers RENAME TO recipes")
    with pytest.raises(StoreBroken, match="another program's"):
        await opened(postgres_url)


async def test_read_only(postgres_url: str) -> None:
    """A server that takes no writes, as a standby does, is told as such."""
    async with SqlStore(postgres_url).open() as store, store.database.reading() as connection:
        with pytest.raises(StoreReadOnly, match="cannot be written"):
            async with store.database.reading() as connection:
                await connection.execute(source_states.delete())


async def test_lock_timeout(postgres_url: str) -> None:
    """Whoever waits too long for another's lock hears so."""
    async with Database(postgres_url).open() as one, Database(postgres_url, busy_timeout_s=0.1).open() as other:
        with pytest.raises(StoreLocked, match="busy"):
            async with one.writing(in_turn="it"), other.writing(in_turn="it"):
                pass


async def test_deadlock(postgres_url: str) -> None:
    """Of two transactions that wait for each other one is given up, and says so."""
    async with Database(postgres_url).open() as database:
        both = asyncio.Barrier(2)

        async def lock(first: str, second: str) -> None:
            async with database.writing(in_turn=first) as connection:
                await both.wait()
                await database._connections.take_turns(connection, second)

        ends = [asyncio.ensure_future(one) for one in (lock("a", "b"), lock("b", "a"))]
        await asyncio.wait(ends)
        assert sorted(str(type(end.exception()).__name__) for end in ends) == ["NoneType", "StoreLocked"]


async def test_same_summaries_at_once(postgres_url: str) -> None:
    """Two who store the same summaries at the same time, in whatever order, do not stand in each other's way."""
    papers = [a_paper(number) for number in range(1, 300)]
    told = [Summary(paper=one.id, version=1, language="en", gist="It counts.", made_by="x") for one in papers]
    async with SqlStore(postgres_url).open() as one, SqlStore(postgres_url).open() as other:
        await one.add(a_listing(papers), at=AT)
        for _ in range(4):
            async with asyncio.TaskGroup() as group:
                group.create_task(one.save_summaries(told))
                group.create_task(other.save_summaries(told[::-1]))


async def test_listings_are_numbered_in_the_order_of_their_commits(postgres_url: str) -> None:
    """While one listing is being stored another one waits: none appears below a watermark that was taken already."""
    late = dossier_rows.line_values(line_of(a_listing([a_paper(1)], scope="cs.LG").announcements[0]), paper_id=1, at=AT)
    async with SqlStore(postgres_url).open() as one, SqlStore(postgres_url).open() as other:
        await listed(one, [1])
        async with asyncio.TaskGroup() as group:
            async with one.database.writing(in_turn="listings") as connection:
                await connection.execute(announcements.insert().values(late))
                adding = group.create_task(other.add(a_listing([a_paper(2)]), at=AT))
                await asyncio.wait([adding], timeout=0.5)
                watermark = (await other.candidates(READER)).until
            await adding
        async with one.database.reading() as connection:
            found = (
                (await connection.execute(select(announcements.c.seq).order_by(announcements.c.seq))).scalars().all()
            )
    assert len(found) == 3 and watermark == found[0]


async def test_what_refers_to_a_paper_that_becomes_another_one(postgres: Postgres, postgres_url: str) -> None:
    """Whoever writes about a paper while it is absorbed waits for that, and writes about the one that it became."""
    first, second = PaperId("doi", "10.1000/a"), PaperId("doi", "10.1000/b")
    name = postgres_url.rpartition("?")[0].rpartition("/")[2]
    async with SqlStore(postgres_url).open() as one, SqlStore(postgres_url).open() as other:
        await one.add(a_listing([a_paper(1, id=first), a_paper(2, id=second)]), at=AT)
        async with asyncio.TaskGroup() as group:
            with postgres.connection(name) as lock, lock.transaction(force_rollback=True):
                lock.execute("SELECT FROM announcements FOR UPDATE")  # stops whoever absorbs in its midst
                group.create_task(one.add(a_listing([a_paper(3, identifiers=(first, second))]), at=AT))
                await asyncio.sleep(0.3)
                group.create_task(other.add_bookmark("slack:T1/A", second, str(CHANNEL), at=AT, public=True))
                group.create_task(other.mark_enriched("crossref", [second], at=AT))
                await asyncio.sleep(0.3)
        assert [made.paper.id for made in await one.bookmarks()] == [a_paper(3).id]


async def test_early_reaction_is_never_lost(postgres_url: str) -> None:
    """A reaction that comes while its message is put on record waits for that, and is then taken at once."""
    message = MessageRef(CHANNEL, "1")
    early = Reaction(user=UserRef("slack", "T1", "A"), message=message, feeling=Feeling.BOOKMARK, added=True)
    on_record = {"channel": str(CHANNEL), "message": "1", "papers": "[]", "sent_at": AT}
    async with SqlStore(postgres_url).open() as one, SqlStore(postgres_url).open() as other:
        async with asyncio.TaskGroup() as group, one.database.writing(in_turn=turn_of(message)) as connection:
            await connection.execute(shown.insert().values(on_record))
            taking = group.create_task(other.take_reaction(early, at=AT, since=AT))
            await asyncio.wait([taking], timeout=0.3)
        assert taking.result() == ReactionOutcome(papers=())


async def test_one_of_many_gets_the_lease(postgres_url: str) -> None:
    """Of many who store a plan at the same time, over two pools, exactly one does; so of many who claim it later."""
    async with SqlStore(postgres_url).open() as one, SqlStore(postgres_url).open() as other:
        await subscribed(one)
        plan = await a_delivery_plan(one, [])
        async with asyncio.TaskGroup() as group:
            storing = [group.create_task(store.save_plan(plan, at=AT, lease=LEASE)) for store in (one, other) * 6]
        (delivery,) = [task.result() for task in storing if task.result()]
        assert delivery
        async with asyncio.TaskGroup() as group:
            claiming = [
                group.create_task(store.claim_delivery(delivery, at=AT + 2 * LEASE, lease=LEASE))
                for store in (one, other) * 6
            ]
        assert sum(task.result() is not None for task in claiming) == 1


async def test_migrated_once(postgres: Postgres) -> None:
    """Many who open an empty database at once all find it made."""
    with postgres.empty() as url:
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(upkeep.upgrade(url))
        assert (await upkeep.stats(url))["revision"] == schema.HEAD


async def test_upkeep(postgres_url: str) -> None:
    """Counts and size are told and the check is content."""
    async with SqlStore(postgres_url).open() as store:
        await listed(store, [1, 2])
    found = await upkeep.stats(postgres_url)
    assert found["papers"] == 2 and int(found["bytes"]) > 100_000
    assert found["id"] != await upkeep.new_id(postgres_url) == (await upkeep.stats(postgres_url))["id"]
    assert await upkeep.check(postgres_url) is None
    assert "cannot be reached" in str(await upkeep.check("postgresql://me@127.0.0.1:1/x"))


async def test_huge_and_hostile_papers(postgres_url: str) -> None:
    """A paper of any size and any characters can be stored, and is found by its title."""
    paper = a_paper(
        1,
        title="Okapi \x00 \ud800 '\\ :* <-> & |",
        abstract=" ".join(f"wörd{n}" for n in range(200_000)) + "x" * 100_000,
        authors=tuple(f"Author {n}" for n in range(5_000)),
        categories=("cs.CL", "", "a\x00'b\\\"", "x" * 5_000),
        sources=("arxiv", "日本" * 2_000),
    )
    async with SqlStore(postgres_url).open() as store:
        await store.add(a_listing([paper]), at=AT)
        await store.add(a_listing([a_paper(2, title="", abstract="", authors=(), categories=(), sources=())]), at=AT)
        found = await store.search(parse_query("okapi in:cs.CL from:arxiv wörd7 author:author", today=DAY))
        assert [hit.id for hit in found.hits] == [paper.id]


async def test_the_newest_papers_are_asked_first(postgres_url: str) -> None:
    """The planner asks the index, though reading every row may seem cheap to it, and older blocks where it must."""
    terms = (Term(words=("number",)),)
    async with SqlStore(postgres_url).open() as store:
        async with store.database.writing() as connection:
            await connection.execute(text("SELECT setval('papers_id_seq', :last)"), {"last": BLOCK - 51})
        await store.add(a_listing([a_paper(number) for number in range(100)]), at=AT)
        async with store.database.reading() as connection:
            index = PostgresIndex()
            await index.prepare(connection)
            few, all_papers = (index.newest_of(index.words(terms), None, None, [], most=most) for most in (10, 1_000))
            asked = str(few.compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))
            plan = (await connection.execute(text(f"EXPLAIN ANALYZE {asked}"))).scalars().all()
            found = (await connection.execute(all_papers)).scalars().all()
    scans = [step for step in plan if "Bitmap Index Scan on papers_fts_words" in step]
    assert len(scans) == 2 and "never executed" not in scans[0] and "never executed" in scans[1]
    assert found == list(range(BLOCK + 49, BLOCK - 51, -1))


async def test_phrases_are_looked_for_among_the_newest(postgres_url: str) -> None:
    """Of the papers with all words of a phrase a bounded number is looked into; where that was not all, it is said."""
    terms = (Term(words=("paper", "number")),)
    async with SqlStore(postgres_url).open() as store:
        await store.add(a_listing([a_paper(number) for number in range(20)]), at=AT)
        async with store.database.reading() as connection:
            for most_checked, is_cut in ((5, True), (50, False)):
                index = PostgresIndex(newest=20, most_checked=most_checked)
                matches = index.newest_of(index.words(terms), None, None, [], most=30)
                found = (await connection.execute(matches)).all()
                assert [row.id for row in found] == list(range(20, 20 - min(most_checked, 20), -1))
                assert {row.is_cut for row in found} == {is_cut}


async def test_moments_come_back_as_they_were(postgres_url: str) -> None:
    """Moments are aware and in UTC, whatever zone the server is in."""
    async with SqlStore(postgres_url).open() as store:
        at = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)
        await store.add(a_listing([a_paper(1, published=at)], type=AnnounceType.NEW), at=at)
        await store.remember_message(MessageRef(CHANNEL, "1"), [a_paper(1).id], at=at)
        paper = await store.paper(a_paper(1).id)
        assert paper and paper.published == at and paper.published.utcoffset() == timedelta(0)


def test_unreachable_is_a_store_error() -> None:
    """Whoever handles the errors of the store handles this one."""
    assert issubclass(StoreUnreachable, StoreError)
