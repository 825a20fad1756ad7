"""The contract of `FullTextStore`: texts come back as they were, the oldest are forgotten, over every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.converse.ports import Store
from core.papers.identifiers import PaperId
from core.summarise.fulltext import TextSection
from storage.papers.full_texts import KEPT_FOR, MOST_KEPT
from tests.fakes.fulltexts import a_text
from tests.fakes.papers import AT

PAPER = PaperId("arxiv", "2602.00001")


async def test_a_text_comes_back_as_it_was(store: Store) -> None:
    """A text is found by its paper and version, whole, and by no other version."""
    await store.save_full_text(a_text(PAPER, 2), at=AT)
    assert await store.full_text(PAPER, 2) == a_text(PAPER, 2)
    assert await store.full_text(PAPER, 1) is None
    assert await store.full_text(PaperId("arxiv", "2602.00002"), 2) is None


async def test_the_later_text_wins(store: Store) -> None:
    """A text of the same version takes the place of the one before; what no database can hold does no harm."""
    await store.save_full_text(a_text(PAPER), at=AT)
    odd = TextSection(title="\x00", paragraphs=("Half a pair: \ud800, and nothing: \x00",))
    await store.save_full_text(replace(a_text(PAPER), sections=(odd,)), at=AT)
    found = await store.full_text(PAPER, 1)
    assert found
    assert len(found.sections) == 1


async def test_old_texts_are_forgotten(store: Store) -> None:
    """A text goes when its time is over, and the oldest one when there are too many."""
    await store.save_full_text(a_text(PAPER), at=AT)
    later = AT + KEPT_FOR
    for number in range(MOST_KEPT):
        short = replace(a_text(PaperId("arxiv", f"2603.{number:05}")), sections=(), figures=())
        await store.save_full_text(short, at=later + timedelta(seconds=number))
        if number == 0:
            assert await store.full_text(PAPER, 1)
    assert await store.full_text(PAPER, 1) is None
    await store.save_full_text(a_text(PAPER), at=later + timedelta(days=1))
    assert await store.full_text(PaperId("arxiv", "2603.00000"), 1) is None
    assert await store.full_text(PaperId("arxiv", "2603.00001"), 1)
