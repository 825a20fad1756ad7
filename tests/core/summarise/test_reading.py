from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.converse.ports import Store
from core.errors import BadFeed, SourceError, Throttled, Unreachable
from core.papers.identifiers import PaperId
from core.summarise.fulltext import TextForm
from core.summarise.reading import AFTER_FAILURE, TextLack, TextReader
from tests.fakes.clock import FakeClock
from tests.fakes.fulltexts import ARXIV_ONLY, CC_BY, FakeFullTexts, a_text
from tests.fakes.papers import AT, a_paper
from tests.fakes.stores import SqlStore

PAPER = a_paper(1, licence=CC_BY)
TEXT = replace(a_text(PAPER.id), licence=CC_BY)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


def reader(store: Store, source: FakeFullTexts | None, clock: FakeClock | None = None) -> TextReader:
    return TextReader(store, clock or FakeClock(AT), lambda: source)


async def test_a_text_is_fetched_once(store: Store) -> None:
    """Several who ask at once, and those who ask after a restart, cost one request."""
    source = FakeFullTexts(TEXT)
    first = reader(store, source)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(first.read(PAPER)) for _ in range(3)]
    assert {task.result().text for task in tasks} == {TEXT}
    assert (await reader(store, source).read(PAPER)).lack is None
    assert source.requests == [PAPER.id]


@pytest.mark.parametrize("licence", [ARXIV_ONLY, "https://creativecommons.org/licenses/by-nd/4.0/"])
async def test_a_closed_licence_leaves_the_abstract(store: Store, licence: str) -> None:
    """A text without an open licence is not asked for; the abstract stands in and says why."""
    source = FakeFullTexts(TEXT)
    found = await reader(store, source).read(a_paper(1, licence=licence))
    assert (found.lack, found.text.form, source.requests) == (TextLack.LICENCE, TextForm.ABSTRACT, [])
    assert found.text.sections[0].paragraphs == (PAPER.abstract,)


@pytest.mark.parametrize(("licence", "lack"), [(CC_BY, None), (ARXIV_ONLY, TextLack.LICENCE), ("", TextLack.LICENCE)])
async def test_a_licence_that_nobody_told_is_asked_for(store: Store, licence: str, lack: TextLack | None) -> None:
    """A paper that came without a licence is read under the one that its source tells, also from the store."""
    source = FakeFullTexts(TEXT)
    source.licences = {PAPER.id: licence} if licence else {}
    for texts in (reader(store, source), reader(store, source)):
        found = await texts.read(a_paper(1))
        assert (found.lack, found.paper.licence or "") == (lack, licence)


async def test_a_paper_that_is_nowhere(store: Store) -> None:
    """Without a source, at a source that does not have it, and where it is not there: the abstract, and no failure."""
    elsewhere = a_paper(id=PaperId("doi", "10.1/x"), licence=CC_BY)
    for source, paper in ((None, PAPER), (FakeFullTexts(), elsewhere), (FakeFullTexts(), PAPER)):
        assert (await reader(store, source).read(paper)).lack is TextLack.NOT_THERE


@pytest.mark.parametrize("error", [BadFeed("The PDF is a picture."), Throttled("Later."), Unreachable("Gone.")])
async def test_a_failure_is_told_and_not_repeated_at_once(store: Store, error: SourceError) -> None:
    """A text that cannot be read leaves the abstract with the reason, and is asked for again after some minutes."""
    source, clock = FakeFullTexts(TEXT), FakeClock(AT)
    texts = reader(store, source, clock)
    source.fails_with(error)
    for _ in range(2):
        found = await texts.read(PAPER)
        assert (found.lack, found.detail) == (TextLack.FAILED, str(error))
    assert len(source.requests) == 1
    clock.move(AFTER_FAILURE + timedelta(seconds=1))
    await texts.read(PAPER)
    assert len(source.requests) == 2


async def test_a_paper_without_an_abstract(store: Store) -> None:
    """Where there is neither, there is nothing to read, and that is said as well."""
    found = await reader(store, None).read(a_paper(1, abstract="", licence=CC_BY))
    assert found.text.sections == ()
