"""What every source of papers promises, run over each of them: real ones over loopback, and the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pytest
import stamina
from aiohttp import web

from adapters.sources.arxiv import ArxivFeed
from adapters.sources.http import PoliteClient
from core.errors import BadCategory, SourceError, Throttled
from core.listings import SourceState, State, Validators
from core.papers import AnnounceType, PaperId
from core.ports import PaperSource
from tests.fakes.loopback import serving
from tests.fakes.sources import DAY, FakeSource, announced, invented

Form = Literal["rss", "atom"]
NS = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
TAIL = "<arxiv:announce_type>{}</arxiv:announce_type><dc:creator>Ada Example, Bo Sample</dc:creator>"
ENTRIES = (("2602.00001v1", "new"), ("2602.00002v2", "replace"))
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}


def rss(entries: tuple[tuple[str, str], ...], title: str) -> str:
    day = "<pubDate>Wed, 04 Feb 2026 00:00:00 -0500</pubDate>"
    items = "".join(
        f"<item><title>Invented {id}</title><description>Text.</description><guid>oai:arXiv.org:{id}</guid>"
        f"<category>cs.CL</category>{day}{TAIL.format(kind)}</item>"
        for id, kind in entries
    )
    return f"<rss {NS}><channel><title>{title}</title>{day}{items}</channel></rss>"


def atom(entries: tuple[tuple[str, str], ...], title: str) -> str:
    items = "".join(
        f"<entry><id>oai:arXiv.org:{id}</id><title>Invented {id}</title><summary>Text.</summary>"
        f'<category term="cs.CL"/><published>2026-02-04T00:00:00-05:00</published>{TAIL.format(kind)}</entry>'
        for id, kind in entries
    )
    updated = "<updated>2026-02-04T05:00:19+00:00</updated>"
    return f'<feed {NS} xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{updated}{items}</feed>'


@dataclass
class Subject:
    """A source under test that knows the scope `cs.CL` with two papers, one of them a replacement."""

    source: PaperSource
    #: let it be throttled, with a wait of 7 s
    throttle: Callable[[], None]
    #: let it list nothing
    empty: Callable[[], None]


@asynccontextmanager
async def arxiv(form: Form) -> AsyncIterator[Subject]:
    build = rss if form == "rss" else atom
    entries = ENTRIES
    throttled = False

    async def answer(request: web.Request) -> web.Response:
        if throttled:
            return web.Response(status=429, headers={"Retry-After": "7"}, body=b"Rate exceeded.")
        if request.path != f"/{form}/cs.CL":
            body = build((), f"Feed error for query: http://rss.arxiv.org{request.path}")
            return web.Response(status=400, text=body, content_type=TYPES[form])
        etag = f'"{len(entries)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        body = build(entries, "cs.CL updates on arXiv.org")
        return web.Response(text=body, content_type=TYPES[form], headers={"ETag": etag})

    def throttle() -> None:
        nonlocal throttled
        throttled = True

    def empty() -> None:
        nonlocal entries
        entries = ()

    async with serving(answer) as server, PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
        yield Subject(ArxivFeed(http, base_url=server.url, form=form), throttle, empty)


@asynccontextmanager
async def fake() -> AsyncIterator[Subject]:
    source = FakeSource()
    source.lists("cs.CL", announced(invented(1)), announced(invented(2, version=2), type=AnnounceType.REPLACE))
    yield Subject(
        source,
        lambda: source.fails_with(Throttled("Come back in 7 s.", retry_after_s=7.0)),
        lambda: source.lists("cs.CL"),
    )


SOURCES = {"arxiv-rss": lambda: arxiv("rss"), "arxiv-atom": lambda: arxiv("atom"), "fake": fake}


@pytest.fixture(params=SOURCES)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    with stamina.set_testing(True, attempts=2, cap=True):
        async with SOURCES[request.param]() as made:
            yield made


def after(validators: Validators) -> SourceState:
    """What ingestion remembers of an answer with these validators."""
    now = datetime(2026, 2, 4, 12, tzinfo=UTC)
    return SourceState(source="x", scope="cs.CL", state=State.FRESH, checked_at=now, validators=validators)


async def test_lists_what_was_announced(subject: Subject) -> None:
    """A listing names its source, scope and day, and each announcement its paper, version, type and day."""
    listing = await subject.source.fetch("cs.CL", None)
    assert (listing.source, listing.scope, listing.day) == (subject.source.name, "cs.CL", DAY)
    told = [(str(one.paper.id), one.paper.version, one.type) for one in listing.announcements]
    assert told == [("arxiv:2602.00001", 1, AnnounceType.NEW), ("arxiv:2602.00002", 2, AnnounceType.REPLACE)]
    assert {(one.source, one.scope, one.day) for one in listing.announcements} == {(subject.source.name, "cs.CL", DAY)}
    assert not (listing.unchanged or listing.truncated or listing.problems)


async def test_papers_are_whole(subject: Subject) -> None:
    """Every paper has a title in one line, authors, categories, an address and an aware moment."""
    for one in (await subject.source.fetch("cs.CL", None)).announcements:
        assert one.paper.title == " ".join(one.paper.title.split()) != ""
        assert one.paper.authors[0] == "Ada Example"
        assert one.paper.primary_category == "cs.CL"
        assert one.paper.url.startswith("https://")
        assert one.paper.published is not None
        assert one.paper.published.utcoffset() is not None
        assert one.paper.id not in one.paper.identifiers
        assert isinstance(one.paper.id, PaperId)


async def test_asks_conditionally(subject: Subject) -> None:
    """With the validators of the last answer, an unchanged listing says so and keeps them."""
    first = await subject.source.fetch("cs.CL", None)
    again = await subject.source.fetch("cs.CL", after(first.validators))
    assert (again.unchanged, again.announcements, again.validators) == (True, (), first.validators)


async def test_a_change_is_a_whole_listing(subject: Subject) -> None:
    """When something changed, the answer is the whole listing, whatever was remembered."""
    first = await subject.source.fetch("cs.CL", None)
    subject.empty()
    again = await subject.source.fetch("cs.CL", after(first.validators))
    assert (again.unchanged, again.announcements, again.day) == (False, (), DAY)
    assert again.validators != first.validators


async def test_an_unknown_scope_is_told(subject: Subject) -> None:
    """A scope that the source does not know is an error that names it, never an empty listing."""
    with pytest.raises(BadCategory, match=r"cs\.XX"):
        await subject.source.fetch("cs.XX", None)


async def test_being_throttled_is_told_with_the_wait(subject: Subject) -> None:
    """A source that asks us to wait says how long."""
    subject.throttle()
    with pytest.raises(Throttled) as told:
        await subject.source.fetch("cs.CL", None)
    assert told.value.retry_after_s == 7.0
    assert isinstance(told.value, SourceError)
