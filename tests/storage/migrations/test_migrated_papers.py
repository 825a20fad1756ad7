"""Papers, bookmarks and summaries of older versions: they are kept, and go on being merged, listed and chosen."""

from __future__ import annotations

from dataclasses import replace

from core.channels import Depth
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import Summary
from core.papers.search import parse_query
from tests.fakes.ledger import CHANNEL
from tests.fakes.old_databases import OlderDatabase, migrate
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

BEFORE = (
    "INSERT INTO papers (id, key, version, announced, announce_type, first_seen, url, pdf_url, categories, sources,"
    " identifiers, signals, title, authors, abstract) VALUES (7, 'arxiv:2602.00001', 1, '2026-02-04', 'new',"
    " '2026-02-04 09:00:00+00:00', '', '', '[\"cs.CL\"]', '[\"arxiv\",\"daily-arxiv\"]', '[]', '{{\"stars\":3}}',"
    " 'Counting the sheep of the northern hills', '[\"Ada Ng\"]', 'We count.')",
    "INSERT INTO identifiers (key, paper_id) VALUES ('arxiv:2602.00001', 7)",
    "INSERT INTO announcements (seq, paper_id, source, scope, type, version, day, seen_at) VALUES"
    " ({seq}, 7, 'arxiv', 'cs.CL', 'new', 1, '2026-02-04', '2026-02-04 09:00:00+00:00')",
)


async def test_papers_of_the_version_before(older: OlderDatabase) -> None:
    """What the version before had stored is kept, is found by its title, and goes on being merged."""
    with older.at("0002") as connection:
        for seq in ("11", "12"):  # the last one went with a paper that was absorbed; its number is not given again
            connection.exec_driver_sql("DELETE FROM announcements")
            for statement in BEFORE if seq == "11" else BEFORE[2:]:
                connection.exec_driver_sql(statement.format(seq=seq))
        connection.exec_driver_sql("UPDATE announcements SET seq = 11")
    async with SqlStore(older.url).open() as store:
        dossier = await store.dossier(a_paper(1).id)
        assert dossier and [one.sources for one in dossier.records] == [("arxiv",), ("daily-arxiv",)]
        assert dossier.provenance["signals.stars"] == "arxiv" and dossier.paper.signals.stars == 3
        article = a_paper(9, id=PaperId("doi", "10.1000/x"), title=dossier.paper.title, sources=("feeds",))
        line = replace(a_listing([article]).announcements[0], source="feeds")
        assert await store.add(replace(a_listing([]), announcements=(line,)), at=AT) == Stored(known=1, merged=1)
        paper = await store.paper(article.id)
        assert paper and (paper.id, paper.sources) == (a_paper(1).id, ("arxiv", "feeds", "daily-arxiv"))
        trace = await store.trace(CHANNEL, article.id, "main")
        assert trace and {line[0] for line in trace.announcements} == {"arxiv", "feeds"}
        if older.is_sqlite:
            assert [line[4] for line in trace.announcements] == [11, 13]


async def test_words_of_the_version_before(older: OlderDatabase) -> None:
    """Papers that were stored before words of every script were indexed are found by them, and by no former word."""
    titles = ("脑电信号分类", "H$_2$O by Müller", "Plain words")
    with older.at("0017") as connection:
        for number, title in enumerate(titles, start=1):
            connection.exec_driver_sql(
                "INSERT INTO papers (id, key, version, announced, announce_type, first_seen, url, pdf_url, categories,"
                " sources, identifiers, signals, title, authors, abstract) VALUES"
                f" ({number}, 'arxiv:2602.0000{number}', 1, '2026-02-04', 'new', '2026-02-04 09:00:00+00:00', '', '',"
                f" '[]', '[\"arxiv\"]', '[]', '{{}}', '{title}', '[\"Søren Å\",\"Bo Li\"]', '')"
            )
            connection.exec_driver_sql(
                f"INSERT INTO identifiers (key, paper_id) VALUES ('arxiv:2602.0000{number}', {number})"
            )
    async with SqlStore(older.url).open() as store:
        found = {
            typed: [int(hit.id.value[-1]) for hit in (await store.search(parse_query(typed, today=AT.date()))).hits]
            for typed in ("信号", "h2o", "mueller", "plain", "author:soeren", 'author:"å bo"')
        }
        assert found == {
            "信号": [1],
            "h2o": [2],
            "mueller": [2],
            "plain": [3],
            "author:soeren": [3, 2, 1],
            'author:"å bo"': [],
        }
        await store.add(a_listing([a_paper(1, version=2, title="图像")]), at=AT)
        assert (await store.search(parse_query("信号", today=AT.date()))).total == 0


async def test_bookmarks_of_the_version_before(older: OlderDatabase) -> None:
    """What was bookmarked before private and public marks stood side by side is on the same lists."""
    with older.at("0002") as connection:
        for statement in BEFORE[:2]:
            connection.exec_driver_sql(statement.format())
        migrate(connection, "0006")
        for person, public in (("a", True), ("b", False)):
            connection.exec_driver_sql(
                "INSERT INTO bookmarks (person, paper_id, channel, at, public)"
                f" VALUES ('slack:T1/{person}', 7, '{CHANNEL}', '2026-02-04 09:00:00+00:00', {public})"
            )
    async with SqlStore(older.url).open() as store:
        assert [(one.user, one.public) for one in await store.bookmarks()] == [
            ("slack:T1/b", False),
            ("slack:T1/a", True),
        ]
        assert [one.user for one in await store.bookmarks(channel=str(CHANNEL))] == ["slack:T1/a"]
        assert await store.add_bookmark("slack:T1/b", a_paper(1).id, str(CHANNEL), at=AT, public=True)
        assert not await store.add_bookmark("slack:T1/b", a_paper(1).id, str(CHANNEL), at=AT, public=False)


async def test_summaries_of_the_version_before(older: OlderDatabase) -> None:
    """Older summaries tell their parts and are nobody's recipe; later ones of another depth stand beside them."""
    with older.at("0002") as connection:
        for statement in BEFORE:
            connection.exec_driver_sql(statement.format(seq=11))
        migrate(connection, "0013")
        connection.exec_driver_sql(
            "INSERT INTO summaries (paper_id, language, version, made_by, gist, motivation, method, result, conclusion,"
            " evidence) VALUES (7, 'en', 1, 'huggingface', 'We count.', '', 'By hand.', '', '', '[]')"
        )
    before = Summary(
        paper=a_paper(1).id, version=1, language="en", gist="We count.", method="By hand.", made_by="huggingface"
    )
    line = replace(before, method="", depth=Depth.LINE, recipe="1")
    async with SqlStore(older.url).open() as store:
        assert await store.summaries([before.paper], "en") == {before.paper: (before,)}
        await store.save_summaries([line])
        assert await store.summaries([before.paper], "en") == {before.paper: (line, before)}
