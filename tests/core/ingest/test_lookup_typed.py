"""Whatever Paperboy shows of a paper, its identifiers, addresses and title, can be typed back."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice

import pytest

from adapters.sources import biorxiv, feeds
from adapters.sources.sample import CATEGORIES, SampleSource
from core.converse.ports import Store
from core.deliver.card import paper_title
from core.errors import NotFound, SeveralFound
from core.ingest.listing import Listing
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.papers import DAY, a_paper
from tests.fakes.sources import FakeFinder
from tests.fakes.stores import SqlStore
from tests.shared import SHARED, needs_shared

CASES, RECORDED = SHARED / "data" / "cases", SHARED / "data" / "recorded" / "biorxiv"
MONTH = SHARED / "data" / "replay" / "arxiv" / "arxiv-2026-01.jsonl.gz"
#: papers of it with TeX in their titles, which are those that are shown otherwise than they are stored
MOST = 40
PAGE = "https://letters.example/12/moths"


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


def looking(store: Store) -> Lookup:
    return Lookup(store=store, clock=FakeClock())


def feed(name: str) -> Listing:
    return feeds.parse((SHARED / "data" / name).read_bytes(), "case", DAY)


def of_papers(*papers: Paper, source: str = "feeds") -> Listing:
    lines = (Announcement(paper=one, source=source, scope="cs.CL", day=DAY) for one in papers)
    return Listing(source=source, scope="cs.CL", announcements=tuple(lines), day=DAY)


def in_tex() -> Iterator[Paper]:
    """Papers of a real month whose titles hold TeX."""
    with gzip.open(MONTH, "rt", encoding="utf-8") as lines:
        for told in map(json.loads, lines):
            if "$" in told["title"] or "\\" in told["title"]:
                id = PaperId("arxiv", told["id"])
                url = f"https://arxiv.org/abs/{id.value}"
                yield Paper(id=id, title=told["title"], authors=tuple(told["authors"]), url=url)


async def strayed(store: Store) -> list[str]:
    """Everything that is shown of the stored papers and that leads elsewhere, or nowhere, when it is typed."""
    lookup, wrong = looking(store), list[str]()
    papers = (await store.papers()).papers
    titles = [paper.title for paper in papers]
    for paper in papers:
        shown = "".join(span.text for span in paper_title(paper))
        ids = (paper.id, *paper.identifiers)
        typed = [*map(str, ids), *(id.value for id in ids if id.scheme not in ("sample", "pmid", "guid"))]
        typed += [paper.url, paper.pdf_url, *((shown, paper.title) if titles.count(paper.title) == 1 else ())]
        for text in filter(None, typed):
            try:
                found = (await lookup.paper(text)).id
            except (NotFound, SeveralFound):
                wrong.append(text)
            else:
                wrong += [text] if found != paper.id else []
    return wrong


async def test_all_that_is_shown_of_the_sample_day(store: Store) -> None:
    """Every identifier, address and title of the sample day finds the paper that it was shown with."""
    for category in CATEGORIES:
        await store.add(await SampleSource(date(2026, 2, 4)).fetch(category, None), at=NOON)
    assert (await store.papers()).total > 10
    assert await strayed(store) == []


@needs_shared
async def test_all_that_is_shown_of_recorded_papers(store: Store) -> None:
    """So does that of real papers: bioRxiv's, of two feeds, arXiv's with TeX in their titles, and of the cases."""
    await store.add(biorxiv.parse((RECORDED / "biorxiv_details.json").read_bytes()), at=NOON)
    for name in ("recorded/biorxiv/iacr_rss.xml", "recorded/biorxiv/nber_rss.xml", "cases/03-own-address/three.xml"):
        await store.add(feed(name), at=NOON)
    await store.add(feed("cases/10-title-as-shown/s.xml"), at=NOON)
    await store.add(of_papers(*islice(in_tex(), MOST), source="arxiv"), at=NOON)
    assert (await store.papers()).total > MOST
    assert await strayed(store) == []


@needs_shared
async def test_addresses_of_a_case(store: Store) -> None:
    """Addresses of a paper's page, its PDF and its publisher find the paper of the feed."""
    await store.add(feed("cases/03-own-address/three.xml"), at=NOON)
    addresses = (CASES / "03-own-address" / "addresses.txt").read_text().split()
    found = [(await looking(store).paper(address)).title.split()[0] for address in addresses]
    assert found == ["Short", "Short", "A", "A", "Ring", "Ring"]


@needs_shared
@pytest.mark.parametrize(("name", "papers"), [("sameguid", 3), ("samelink", 3), ("anchors", 2)])
async def test_shared_names_of_a_case(store: Store, name: str, papers: int) -> None:
    """What entries have in common identifies none of them, and each is a paper, the next day as well."""
    for _ in range(2):
        listing = feed(f"cases/12-shared-guid/{name}.xml")
        await store.add(listing, at=NOON)
    assert (listing.problems, (await store.papers()).total) == ((), papers)


@needs_shared
async def test_volatile_links_of_a_case(store: Store) -> None:
    """Three days of PubMed's feed bring each paper once, under its number."""
    for day in (1, 2, 3):
        await store.add(feed(f"cases/02-pubmed-volatile-link/day{day}/pubmed.xml"), at=NOON)
    found = {str(one.id) for one in (await store.papers()).papers}
    assert found == {"pmid:39999002", "pmid:39999003"}


@pytest.mark.parametrize(
    "typed",
    [
        "see https://letters.example/12/moths please",
        "<https://letters.example/12/moths|Moths>",
        "[Moths](https://letters.example/12/moths)",
        "letters.example/12/moths/",
        "the paper (doi:10.1000/moths), please",
        "\u200bhttps://letters.example/12/moths\u200b",
        "Moths, by LANTERNS",
    ],
)
async def test_words_that_name_a_paper(store: Store, typed: str) -> None:
    """One address or identifier among other words is meant, whatever the words are."""
    paper = replace(a_paper(1), id=PaperId("doi", "10.1000/moths"), title="Moths by lanterns", url=PAGE, pdf_url="")
    await store.add(of_papers(paper), at=NOON)
    assert (await looking(store).paper(typed)).id == paper.id


async def test_a_page_of_several_papers_asks_which(store: Store) -> None:
    """An address that shows several papers is answered with their titles."""
    papers = (replace(a_paper(n), id=PaperId("doi", f"10.1000/{n}"), title=f"Moths {n}", url=PAGE) for n in (1, 2))
    await store.add(of_papers(*papers), at=NOON)
    with pytest.raises(SeveralFound, match="2 papers are at") as error:
        await looking(store).paper(PAGE)
    assert "Moths 2" in error.value.sentence()
    assert sorted(error.value.papers) == ["doi:10.1000/1", "doi:10.1000/2"]


async def test_an_address_that_nobody_knows(store: Store) -> None:
    """No source is asked for an address that tells no identifier, and the answer names the address."""
    finder = FakeFinder(a_paper(1))
    lookup = Lookup(store=store, clock=FakeClock(), finders=lambda: (finder,))
    with pytest.raises(NotFound, match="has seen no paper at https:"):
        await lookup.paper(PAGE)
    assert finder.requests == []


async def test_a_title_comes_before_what_it_names(store: Store) -> None:
    """A paper whose title holds an identifier is found by its title."""
    paper = replace(a_paper(1), title="A comment on arXiv:2602.00009")
    await store.add(of_papers(paper, a_paper(9), source="arxiv"), at=NOON)
    assert (await looking(store).paper("A comment on arXiv:2602.00009")).id == paper.id


@pytest.mark.parametrize(
    "typed",
    ["Moths by lantrens and other ligths", "Sample, B. (2026). Moths by lanterns and other lights. Moths 7, 1-9."],
)
async def test_a_title_with_a_slip(store: Store, typed: str) -> None:
    """A title with slips of the pen and a line of a reference list find the stored paper, and no source is asked."""
    paper = replace(a_paper(1), title="Moths by lanterns and other lights", authors=("Ada Example", "Bo Sample"))
    await store.add(of_papers(paper, source="arxiv"), at=NOON)
    finder = FakeFinder()
    lookup = Lookup(store=store, clock=FakeClock(), finders=lambda: (finder,))
    assert (await lookup.paper(typed)).id == await lookup.identifier(typed) == paper.id
    assert finder.requests == []


async def test_words_of_an_abstract_are_no_title(store: Store) -> None:
    """A paper that has all the words, not all of them in its title, is offered and not taken for the one."""
    paper = replace(a_paper(1), title="Moths by lanterns", abstract="We count moths that fly around street lamps.")
    await store.add(of_papers(paper, source="arxiv"), at=NOON)
    with pytest.raises(SeveralFound, match="No paper has the title") as error:
        await looking(store).paper("moths around street lamps")
    assert error.value.papers == (str(paper.id),)
    assert (await looking(store).paper("lanterns moths")).id == paper.id
