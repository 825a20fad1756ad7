"""What keeps a search quick in a large store, and finds the same: beginnings of words, long questions, and dates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.papers.search import Term, parse_query
from core.text.terms import Phrase
from storage.search.matches import MOST_CHECKED
from storage.search.sqlite import SqliteIndex, words_for
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

CON = Term(words=("con",), prefix=True)
LANGUAGE_MOD = Term(words=("language", "mod"), prefix=True)


@pytest.fixture
async def store() -> AsyncIterator[SqlStore]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


def test_words_that_stand_for_a_beginning() -> None:
    """A beginning that very many papers have is the words that they have, most papers' first, each stem once."""
    texts = [*["Controlling contexts, seconds. Control!"] * 60, *["Context in conTROL"] * 30, *["Nothing"] * 310]
    assert words_for(CON, texts) == (Phrase(("control",)), Phrase(("context",)))
    texts = [*["Language models and language-modeling", "Model of a language, modal"] * 50, *["Nothing"] * 300]
    assert words_for(LANGUAGE_MOD, texts) == (Phrase(("language", "models")), Phrase(("language", "modal")))


def test_few_papers_need_no_words() -> None:
    """A beginning that few papers have is looked for as it is."""
    assert words_for(CON, [*["Control"] * 39, *["Nothing"] * 361]) == ()


@pytest.mark.parametrize("typed", ["con*", '"language mod*"', "con* graph", "gra* in:cs.CL"])
async def test_the_same_papers_by_words(store: SqlStore, typed: str) -> None:
    """The words find the papers that the beginning finds, within the other words and filters."""
    papers = [
        a_paper(number, title=f"Graph {('contexts', 'controls', 'language models')[number % 3]}", abstract="Of it.")
        for number in range(1, 121)
    ]
    await store.add(a_listing(papers), at=AT)
    query = parse_query(typed, today=AT.date())
    small, large = SqliteIndex(), SqliteIndex(small=0)
    async with store.database.reading() as connection:
        for index in (small, large):
            await index.prepare(connection, query.terms)
    assert not small.instead and set(large.instead) == {term for term in query.terms if term.prefix}
    assert large.words(query.terms) != small.words(query.terms)
    counted = [await _count(store, index.words(query.terms)) for index in (small, large)]
    assert counted[0] == counted[1] > 0


async def _count(store: SqlStore, match: str) -> int:
    async with store.database.reading() as connection:
        told = await connection.exec_driver_sql("SELECT count(*) FROM papers_fts WHERE papers_fts MATCH ?", (match,))
        return int(told.scalar_one())


@pytest.mark.parametrize("having", [3, MOST_CHECKED + 5])
async def test_all_words_of_a_long_question(empty: SqlStore, having: int) -> None:
    """Papers with all telling words of a long question come first, and count as such, without its small words."""
    words = ["zebra", "whisper", "lantern", "violin", "graph", "model"]
    full = [a_paper(n, title="On " + " and ".join(words), abstract="") for n in range(1, having + 1)]
    most = [a_paper(n, title="On " + " or ".join(words[:-1]), abstract="") for n in range(200, 205)]
    await empty.add(a_listing([*full, *most]), at=AT)
    asked = f"what is there about {' '.join(words)} and how can that be"
    found = await empty.search(parse_query(asked, today=AT.date()), limit=having + 5)
    ids = [hit.id for hit in found.hits]
    assert set(ids[:having]) == {paper.id for paper in full} and not found.any_word
    assert (found.complete, found.partial) == ((having, 5) if having < 100 else (having, 0))


async def test_all_papers_since(empty: SqlStore) -> None:
    """However the dates of papers and the order of storing them differ, `since:` leaves over what appeared since."""
    await empty.add(a_listing([a_paper(n, published=AT - timedelta(days=n % 7)) for n in range(1, 50)]), at=AT)
    for days in range(8):
        query = parse_query(f"invented since:{AT.date() - timedelta(days=days)}", today=AT.date())
        assert (await empty.search(query)).total == sum(n % 7 <= days for n in range(1, 50))


async def test_papers_without_a_date_count_by_their_listing(empty: SqlStore) -> None:
    """Where nobody says when a paper was published, `since:` goes by the day on which it was announced."""
    await empty.add(a_listing([a_paper(1, title="Graph nets", published=None)]), at=AT)
    for query in (f"graph since:{DAY}", f"since:{DAY}", f"in:cs.CL since:{DAY}"):
        assert [hit.id for hit in (await empty.search(parse_query(query, today=DAY))).hits] == [a_paper(1).id], query
    later = parse_query(f"graph since:{DAY + timedelta(days=1)}", today=DAY)
    assert not (await empty.search(later)).hits
