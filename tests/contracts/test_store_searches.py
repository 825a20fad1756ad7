"""The contract of `Store` for searches that buttons lead back to, over every store there is."""

from __future__ import annotations

from datetime import timedelta

from core.converse.ports import SEARCHES_KEPT, Store
from tests.fakes.papers import AT


async def test_a_search_is_found_by_its_key(store: Store) -> None:
    """The same words have one key, others another, whatever is in them; nobody's key finds nothing."""
    keys = [await store.keep_search(typed, at=AT) for typed in ("graph", "学习 \0", "graph")]
    assert keys[0] == keys[2] != keys[1] and all(len(key) <= 16 and key.isalnum() for key in keys)
    assert [await store.kept_search(key) for key in keys] == ["graph", "学习 \ufffd", "graph"]
    assert await store.kept_search("none\0") is None


async def test_old_searches_are_forgotten(store: Store) -> None:
    """A search is kept for half a year after it was last asked."""
    old, used = [await store.keep_search(typed, at=AT) for typed in ("old", "used")]
    await store.keep_search("used", at=AT + timedelta(days=1))
    await store.keep_search("new", at=AT + SEARCHES_KEPT + timedelta(hours=1))
    assert [await store.kept_search(key) for key in (old, used)] == [None, "used"]
