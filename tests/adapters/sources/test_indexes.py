from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources import indexes as fields
from adapters.sources.crossref import Crossref
from adapters.sources.http import PoliteClient
from adapters.sources.openalex import OpenAlex
from adapters.sources.semanticscholar import SemanticScholar
from core.ingest.enrich import enrich
from core.ingest.ports import Enricher
from core.ingest.state import Report
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.clock import FakeClock
from tests.fakes.enriching import FakeShelf
from tests.fakes.papers import a_paper
from tests.standins.indexes import Indexes, Work, indexes

TITLE = "Lanterns in the fog, volume {}"


def waiting(count: int) -> tuple[Paper, ...]:
    return tuple(a_paper(number, title=TITLE.format(number)) for number in range(count))


def known_works(count: int) -> list[Work]:
    """The same papers, as the indexes know them: published in a journal."""
    return [
        Work(title=TITLE.format(n), doi=f"10.1234/{n}", arxiv=f"2602.{n:05d}", venue="Journal of Lanterns")
        for n in range(count)
    ]


@pytest.fixture
async def http() -> AsyncIterator[PoliteClient]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
            yield client


def enrichers(http: PoliteClient, running: Indexes) -> Sequence[Enricher]:
    return (
        Crossref(http, base_url=running.url("crossref")),
        OpenAlex(http, base_url=running.url("openalex")),
        SemanticScholar(http, base_url=running.url("semanticscholar")),
    )


async def ask(http: PoliteClient, running: Indexes, shelf: FakeShelf, budget_s: float = 20.0) -> dict[str, Report]:
    reports = await enrich(enrichers(http, running), shelf, FakeClock(), budget_s=budget_s)
    return {report.source: report for report in reports}


async def test_three_indexes_describe_the_same_papers(http: PoliteClient) -> None:
    """Each index tells the published version of what it can find: by title, by its copy, by identifier."""
    shelf = FakeShelf(waiting(5))
    async with indexes(*known_works(5)) as running:
        running.works = [work for work in known_works(5) if work.arxiv != "2602.00003"]
        reports = await ask(http, running, shelf)
    told = {(one.source, one.paper.id.value): one.paper for listing in shelf.added for one in listing.announcements}
    assert {name: report.fetched for name, report in reports.items()} == {
        "crossref": 4,
        "openalex": 4,
        "semanticscholar": 4,
    }
    assert {paper.journal for paper in told.values()} == {"Journal of Lanterns"}
    assert told["crossref", "2602.00001"].doi == "10.1234/1"
    assert len(shelf.marked) == 15


@given(st.text(max_size=200))
def test_text_is_one_line(said: str) -> None:
    """Whatever a field holds, its text is one visible line, with markup or without."""
    for read in (fields.text(said), fields.plain_text(said)):
        assert read == " ".join(read.split())
        assert "\x00" not in read


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("p < 0.05 and q > 3", "p < 0.05 and q > 3"),
        ("if a<b and c>d", "if a<b and c>d"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("H<sub>2</sub>O", "H2O"),
        ('<mml:math xmlns:mml="x"><mml:mi>k</mml:mi></mml:math>-means', "k-means"),
        ("AT&amp;T", "AT&T"),
        ("the<x:styled-content>lamp</x:styled-content>package, mi<x:sc>RNA</x:sc>s", "the lamp package, miRNAs"),
        ("mi<x:styled-content>RNA</x:styled-content>s", "miRNAs"),
        ('at<x:ext-link x:href="#a">http://a.example/lamp</x:ext-link>, and', "at http://a.example/lamp, and"),
        ("<" * 50_000, "<" * 50_000),
        (["", None, 7, "First", "second"], "First"),
        ({"a": 1}, ""),
    ],
)
def test_markup(said: object, shown: str) -> None:
    """Markup goes, what only looks like it stays, and blocks are parted."""
    assert fields.plain_text(said) == shown


@pytest.mark.parametrize(
    ("value", "number"), [(0, 0), (7, 7), (-1, None), (True, None), (7.0, None), ("7", None), (10**12, None)]
)
def test_counts(value: object, number: int | None) -> None:
    """Only a number of things is one."""
    assert fields.count(value) == number


def test_dois_to_ask_for() -> None:
    """The published version's DOI comes first and arXiv's own last, each once."""
    paper = a_paper(
        1,
        doi="10.1234/z",
        identifiers=(
            PaperId("doi", "10.48550/arxiv.2602.00001"),
            PaperId("doi", "10.1101/2026.01.01.000001"),
            PaperId("doi", "10.1234/a"),
        ),
    )
    assert fields.dois_to_ask(paper) == (
        "10.1234/z",
        "10.1234/a",
        "10.1101/2026.01.01.000001",
        "10.48550/arxiv.2602.00001",
    )


@pytest.mark.parametrize(
    "contact", ["", "me", "me@example", "a b@example.org", "me@example.org\r\nX: y", "<me@example.org>"]
)
def test_only_an_address_is_a_contact(contact: str) -> None:
    """What is no e-mail address is not sent as one."""
    assert fields.mailto(contact) == {}
    assert fields.mailto(" me@example.org ") == {"mailto": "me@example.org"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), False),
        (datetime(2026, 2, 1, tzinfo=UTC), False),
        (datetime(2025, 1, 1, tzinfo=UTC), True),
        (datetime(2026, 1, 3, tzinfo=UTC), True),
        (datetime(2026, 3, 1, tzinfo=UTC), True),
        (None, False),
    ],
)
def test_a_year_alone_makes_no_paper_older(told: datetime | None, kept: bool) -> None:
    """Indexes tell a year, or a month, as its first day; where the day is known, that says nothing."""
    paper = a_paper(1, published=datetime(2026, 2, 4, 5, tzinfo=UTC))
    assert fields.about(paper, a_paper(2, published=told), "index").paper.published == (told if kept else None)
    assert fields.about(a_paper(1, published=None), a_paper(2, published=told), "index").paper.published == told


def test_a_paper_without_any_day_is_still_told() -> None:
    """Where neither we nor the index know a date, the day is one that is never shown."""
    paper = a_paper(1, announced=None, published=None)
    assert fields.about(paper, paper, "index").day == fields.NO_DAY
