"""What every index promises that knows more about papers, run over each of them: real ones over loopback, the fake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest
import stamina
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sources.crossref import Crossref
from adapters.sources.http import PoliteClient
from adapters.sources.openalex import OpenAlex
from adapters.sources.semanticscholar import SemanticScholar
from core.errors import SourceError, Throttled
from core.ingest.ports import Enricher
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.enriching import FakeIndex
from tests.fakes.papers import DAY, a_paper
from tests.fakes.told import HOSTILE, any_text, is_clean
from tests.standins.indexes import FAILURES, Indexes, Work, indexes

#: two that every index knows, by DOI and by title, and one that none knows
BY_DOI = a_paper(1, title="On the light of lanterns in the fog", doi="10.1000/lantern-1")
BY_TITLE = a_paper(2, id=PaperId("url", "https://lanterns.example/2"), title="Tides of the invented northern sea")
UNKNOWN = a_paper(3, title="Nobody has heard of this one", doi="10.1000/lantern-3")
WORKS = (
    Work(title=BY_DOI.title, doi="10.1000/lantern-1", venue="Journal of Lanterns"),
    Work(title=BY_TITLE.title, doi="10.1000/lantern-2", venue="Journal of Tides"),
)
#: fields of all three services
KEYS = (
    *("status", "message", "message-type", "items", "results", "error", "data", "DOI", "doi", "ids", "id", "paperId"),
    *("externalIds", "title", "author", "authors", "authorships", "venue", "journal", "container-title", "published"),
    *("publication_date", "relation", "updated-by", "citationCount"),
)
#: an index is laid out anew in every example
over_a_service = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(repr=False)
class Subject:
    """An index under test."""

    enricher: Enricher
    #: what stands between us and its knowledge; None for the fake
    indexes: Indexes | None = None
    fake: FakeIndex | None = None

    def throttles(self) -> None:
        """Let it send everybody away for 7 s."""
        if self.fake:
            self.fake.fails_with(Throttled("In 7 s.", retry_after_s=7.0))
        elif self.indexes:
            self.indexes.fails[self.enricher.name] = FAILURES["429"]

    def says(self, body: bytes) -> None:
        """Let its service answer everything with this."""
        assert self.indexes
        self.indexes.fails[self.enricher.name] = lambda: web.Response(body=body, content_type="application/json")


@asynccontextmanager
async def over_http(name: str, kind: type[Crossref | OpenAlex | SemanticScholar]) -> AsyncIterator[Subject]:
    async with indexes(*WORKS) as running, PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
        yield Subject(kind(client, base_url=running.url(name)), running)


@asynccontextmanager
async def fake() -> AsyncIterator[Subject]:
    index = FakeIndex(unknown=[UNKNOWN])
    yield Subject(index, fake=index)


ENRICHERS: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {
    "crossref": partial(over_http, "crossref", Crossref),
    "openalex": partial(over_http, "openalex", OpenAlex),
    "semanticscholar": partial(over_http, "semanticscholar", SemanticScholar),
    "fake": fake,
}
over_all = pytest.mark.parametrize("subject", ENRICHERS, indirect=True)
over_services = pytest.mark.parametrize("subject", [name for name in ENRICHERS if name != "fake"], indirect=True)


@pytest.fixture
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with ENRICHERS[request.param]() as made:
            yield made


@over_all
async def test_describes_the_papers_that_it_knows(subject: Subject) -> None:
    """Known papers are told once each, under the identifiers they have here; others are left out."""
    listing = await subject.enricher.describe([UNKNOWN, BY_DOI, BY_TITLE])
    assert sorted(line.paper.id for line in listing.announcements) == sorted([BY_DOI.id, BY_TITLE.id])
    assert [line.paper.signals.citations for line in listing.announcements] == [7, 7]
    assert listing.problems == ()


@over_all
async def test_what_it_tells_is_no_news(subject: Subject) -> None:
    """Nothing of it announces a paper, each line names the index alone, and is of the day that the paper has here."""
    listing = await subject.enricher.describe([BY_DOI])
    assert listing.source == subject.enricher.name
    for line in listing.announcements:
        assert (line.source, line.is_news, line.is_history) == (subject.enricher.name, False, False)
        assert (line.paper.sources, line.day) == ((subject.enricher.name,), DAY)
        assert line.paper.id not in line.paper.identifiers
        assert line.paper.published is None or line.paper.published.utcoffset() is not None


@over_services
async def test_tells_where_it_was_published(subject: Subject) -> None:
    """The venue comes with it, and the DOI among the identifiers of a paper that had none."""
    told = {line.paper.id: line.paper for line in (await subject.enricher.describe([BY_DOI, BY_TITLE])).announcements}
    assert told[BY_DOI.id].journal == "Journal of Lanterns"
    assert PaperId("doi", "10.1000/lantern-2") in told[BY_TITLE.id].identifiers


@over_all
async def test_for_no_papers_nobody_is_asked(subject: Subject) -> None:
    """Nothing to describe is no question."""
    listing = await subject.enricher.describe([])
    assert (listing.announcements, listing.problems) == ((), ())
    assert subject.indexes is None or not subject.indexes.server.asked


@over_services
@pytest.mark.parametrize(
    "other",
    [
        Work(title=BY_TITLE.title, doi="10.1000/other", authors=("Zoe Nobody",)),
        Work(title=BY_TITLE.title, doi="10.1000/other", date=(1987, 2, 1)),
        Work(title=f"Reply to: {BY_TITLE.title}", doi="10.1000/other"),
    ],
    ids=["other authors", "other year", "other title"],
)
async def test_a_likeness_is_not_the_paper(subject: Subject, other: Work) -> None:
    """Searched for by title, a work by others, of another time or under another title is not taken for the paper."""
    assert subject.indexes
    subject.indexes.works = [other]
    assert (await subject.enricher.describe([BY_TITLE])).announcements == ()


@over_services
async def test_nothing_is_told_of_papers_that_were_not_asked_for(subject: Subject) -> None:
    """Whatever an index sends along, only the papers that were asked for are described."""
    listing = await subject.enricher.describe([BY_DOI, UNKNOWN])
    assert {line.paper.id for line in listing.announcements} == {BY_DOI.id}


@over_all
async def test_being_throttled_is_told_with_the_wait(subject: Subject) -> None:
    """An index that asks us to wait says how long."""
    subject.throttles()
    with pytest.raises(Throttled) as told:
        await subject.enricher.describe([BY_DOI])
    assert told.value.retry_after_s == 7.0


@over_services
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("paper", [BY_DOI, BY_TITLE], ids=["by DOI", "by title"])
async def test_a_failure_is_an_error(subject: Subject, failure: str, paper: Paper) -> None:
    """An outage, a web page or an error that calls itself a success is never that the paper is unknown."""
    assert subject.indexes
    subject.indexes.fails[subject.enricher.name] = FAILURES[failure]
    with pytest.raises(SourceError) as told:
        await subject.enricher.describe([paper])
    assert is_clean(told.value.sentence())


@over_services
@over_a_service
@given(said=any_text() | st.just(HOSTILE))
async def test_hostile_text_is_one_visible_line(subject: Subject, said: str) -> None:
    """Whatever stands in the fields of a record, what comes of it is one clean line."""
    assert subject.indexes
    name = f"Ada {''.join(said.split()) or 'Ng'}"
    subject.indexes.works = [Work(title=said, doi="10.1000/lantern-1", venue=said, authors=(name,))]
    for line in (await subject.enricher.describe([BY_DOI])).announcements:
        paper = line.paper
        assert all(map(is_clean, (paper.title, paper.journal or "", paper.comment, *paper.authors)))


@over_services
@over_a_service
@given(
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("10.1000/lantern-1"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=40)
)
async def test_junk_is_a_listing_or_an_error(subject: Subject, junk: bytes) -> None:
    """Whatever an index answers, nothing but a listing of the asked papers or an error of a source comes of it."""
    subject.says(junk)
    try:
        listing = await subject.enricher.describe([BY_DOI, BY_TITLE])
    except SourceError as error:
        assert is_clean(error.sentence())
    else:
        assert {line.paper.id for line in listing.announcements} <= {BY_DOI.id, BY_TITLE.id}
