"""No query value makes a database stumble, whatever its words are."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from core.papers.search import SearchQuery, Term
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

words = st.text(st.characters(), min_size=1, max_size=20)
queries = st.builds(
    SearchQuery,
    typed=st.just(""),
    terms=st.lists(st.builds(Term, words=st.lists(words, min_size=1).map(tuple), prefix=st.booleans())).map(tuple),
    categories=st.lists(words).map(tuple),
    authors=st.lists(words).map(tuple),
    sources=st.lists(words).map(tuple),
    since=st.none() | st.dates(),
)


def test_any_query_is_answered() -> None:
    """SQLite answers."""
    _ask_anything("sqlite://")


async def test_any_query_is_answered_on_postgresql(postgres_url: str) -> None:
    """PostgreSQL answers."""
    await asyncio.to_thread(_ask_anything, postgres_url)


def _ask_anything(url: str) -> None:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(queries, max_size=8))
    def ask_all(searches: list[SearchQuery]) -> None:
        asyncio.run(_ask_all(url, searches))

    ask_all()


async def _ask_all(url: str, searches: list[SearchQuery]) -> None:
    async with SqlStore(url).open() as store:
        await store.add(a_listing([a_paper(1)]), at=AT)
        for query in searches:
            await store.search(query)
