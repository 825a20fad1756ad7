"""The contract of `PaperStore` for what people see of a paper: its title, and the addresses of its page and its PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.converse.ports import Store
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from core.papers.search import parse_query
from tests.fakes.papers import AT, DAY, a_listing, a_paper

PAGE = "https://letters.example/12/moths"
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)


def entry(id: str, title: str, **fields: Any) -> Announcement:
    """An entry of a feed."""
    scheme, _, value = id.partition(":")
    paper = replace(a_paper(1), id=PaperId(scheme, value), title=title, authors=(), published=NOON, url="", pdf_url="")
    return Announcement(paper=replace(paper, **fields), source="feeds", scope="feed:letters", day=DAY)


async def add(store: Store, *lines: Announcement, day: int = 0) -> None:
    """Store a listing of the feed."""
    listing = Listing(source="feeds", scope="feed:letters", announcements=lines, day=DAY)
    await store.add(listing, at=AT + timedelta(days=day))


async def all_of(store: Store) -> list[Paper]:
    """Every paper, in the order of their identifiers."""
    return sorted((await store.papers()).papers, key=lambda one: one.id)


def titles(papers: tuple[Paper, ...]) -> list[str]:
    return [one.title for one in papers]


class TestAddresses:
    @pytest.mark.parametrize(
        "typed",
        [
            PAGE,
            f"{PAGE}/",
            "http://www.letters.example/12/moths#top",
            f"{PAGE}?utm_source=rss",
            f"{PAGE}.pdf",
            "letters.example/12/moths",
            "https://cdn.example/moths.pdf",
        ],
    )
    async def test_a_paper_is_found_at_its_address(self, store: Store, typed: str) -> None:
        """By its page, its PDF and a PDF beside the page, however the address is written."""
        await add(store, entry("doi:10.1000/m", "Moths", url=PAGE, pdf_url="https://cdn.example/moths.pdf"))
        await add(store, entry("doi:10.1000/b", "Bats", url="https://letters.example/12/bats"))
        assert titles(await store.papers_at(typed)) == ["Moths"]

    async def test_a_page_of_several_papers(self, store: Store) -> None:
        """All of them are found; at another address there is none."""
        await add(store, *(entry(f"doi:10.1000/{title}", title, url=PAGE) for title in ("Bats", "Moths")))
        assert sorted(titles(await store.papers_at(PAGE))) == ["Bats", "Moths"]
        assert await store.papers_at("https://letters.example/12") == ()
        assert await store.papers_at("no address") == ()

    async def test_an_address_that_changes(self, store: Store) -> None:
        """A paper is found where it is now."""
        await add(store, entry("doi:10.1000/m", "Moths", url=PAGE))
        await add(store, entry("doi:10.1000/m", "Moths", url="https://letters.example/archive/moths", version=2))
        assert titles(await store.papers_at("https://letters.example/archive/moths")) == ["Moths"]
        assert await store.papers_at(PAGE) == ()


class TestTitles:
    @pytest.mark.parametrize(
        ("title", "typed"),
        [
            ("Learning from Li$_2$MnO$_3$ and $p$-adic H$_2$O", "Learning from Li₂MnO₃ and p-adic H₂O"),
            ("Learning from Li$_2$MnO$_3$", "Learning from Li$_2$MnO$_3$"),
            (r"Schr\"odinger's $\alpha$-cats", "schrödinger’s α-cats"),
            ("基于深度学习的脑电信号分类方法研究", "基于深度学习的脑电信号分类方法研究"),
            ("Moths", "“Moths”"),
            ("Moths and lanterns " * 20, ("Moths and lanterns " * 20)[:290] + "…"),
        ],
    )
    async def test_a_title_as_it_is_shown(self, store: Store, title: str, typed: str) -> None:
        """A paper is found by its title in TeX and in Unicode, whole or cut off, whatever the case."""
        await add(store, entry("doi:10.1000/m", title.strip()), entry("doi:10.1000/b", "Learning from bats"))
        assert titles(await store.papers_titled(typed)) == [title.strip()]

    async def test_a_part_of_a_title_is_none(self, store: Store) -> None:
        """Only the whole title counts."""
        await add(store, entry("doi:10.1000/m", "Moths and lanterns"))
        assert [await store.papers_titled(one) for one in ("Moths", "Moths…", "", "?!")] == [(), (), (), ()]


class TestPassingAddresses:
    async def test_a_link_with_another_query_is_the_same_paper(self, store: Store) -> None:
        """However often an entry comes with another session in its link, it is one paper under its first address."""
        for day in range(3):
            await add(store, entry(f"url:{PAGE}?visit={day}", "Moths", url=f"{PAGE}?visit={day}"), day=day)
        (paper,) = await all_of(store)
        assert (str(paper.id), paper.identifiers) == (f"url:{PAGE}?visit=0", ())

    async def test_a_name_that_changes_at_every_fetch(self, store: Store) -> None:
        """A feed that makes up a new name for an entry each time tells of the same paper."""
        for day in range(3):
            await add(store, entry(f"guid:letters.example/{day}{day}", "Moths", url=PAGE), day=day)
        assert len(await all_of(store)) == 1

    @pytest.mark.parametrize("other", [{"published": NOON + timedelta(days=1)}, {"title": "Bats"}])
    async def test_what_is_another_paper(self, store: Store, other: dict[str, Any]) -> None:
        """Another title, or another day, under a link with another query is another paper."""
        await add(store, entry(f"url:{PAGE}?id=1", "Moths"))
        line = entry(f"url:{PAGE}?id=2", "Moths")
        await add(store, replace(line, paper=replace(line.paper, **other)))
        assert len(await all_of(store)) == 2

    @pytest.mark.parametrize("id", [f"url:{PAGE}", "guid:letters.example/1"])
    async def test_another_title_under_a_known_address(self, store: Store, id: str) -> None:
        """A page, or a place in a feed, that shows another paper the next day hides neither, and repeats neither."""
        first, second = (
            (entry(id, title, abstract=""), day) for day, title in enumerate(("Moths", "Bats in the belfry"))
        )
        for line, day in (first, second, first, second):
            await add(store, line, day=day)
        assert sorted(titles(tuple(await all_of(store)))) == ["Bats in the belfry", "Moths"]

    async def test_a_corrected_title_is_the_same_paper(self, store: Store) -> None:
        """A slip of the pen that is mended, and a subtitle that is added, make no other paper."""
        for title in ("Moths at lantens", "Moths at lanterns", "Moths at lanterns: a survey"):
            await add(store, entry(f"url:{PAGE}", title, abstract=""))
        assert len(await all_of(store)) == 1

    async def test_an_address_ties_only_what_is_called_alike(self, store: Store) -> None:
        """A page that entries of several names have in common makes no one paper of them."""
        page = (PaperId("url", PAGE),)
        await add(store, entry("guid:letters.example/1", "Moths", identifiers=page, abstract=""))
        await add(store, entry("guid:letters.example/2", "Bats in the belfry", identifiers=page, abstract=""))
        assert len(await all_of(store)) == 2

    async def test_an_entry_that_was_known_by_its_address(self, store: Store) -> None:
        """A paper that was stored by its address stays the same once the feed's own name for it is known."""
        await add(store, entry(f"url:{PAGE}", "Moths", url=PAGE))
        await add(store, entry("guid:letters.example/1", "Moths", url=PAGE, identifiers=(PaperId("url", PAGE),)))
        (paper,) = await all_of(store)
        assert await store.paper(PaperId("url", PAGE)) == paper


async def test_feeds_are_filters_of_a_search(store: Store) -> None:
    """A feed narrows a search to the papers that it listed, beside categories, with words and without."""
    for number, title, scope in ((1, "Lamps", "feed:nature"), (2, "Kites", "feed:nature"), (3, "Kites", "math.GR")):
        await store.add(a_listing([a_paper(number, title=title, categories=())], scope=scope), at=AT)
    for typed, expected in (
        ("in:feed:nature kites", ["2602.00002"]),
        ("in:feed:nature since:2026-01-01", ["2602.00002", "2602.00001"]),
        ("in:feed:nature in:math", ["2602.00003", "2602.00002", "2602.00001"]),
        ("in:feed:nature kites since:2030-01-01", []),
    ):
        found = await store.search(parse_query(typed, today=DAY))
        assert ([hit.id.value for hit in found.hits], found.total, found.any_word) == (expected, len(expected), False)
