"""What every index promises that knows more about papers, run over each of them: real ones over loopback, the fake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import stamina
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sources.crossref import Crossref
from adapters.sources.http import PoliteClient
from adapters.sources.openalex import OpenAlex
from adapters.sources.semanticscholar import SemanticScholar
from core.errors import BadFeed, Refused, SourceError, Throttled
from core.ingest.ports import Enricher
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.enriching import FakeIndex
from tests.fakes.entries import HOSTILE, any_text, is_clean
from tests.fakes.papers import DAY, a_paper
from tests.standins.indexes import FAILURES, Indexes, Work, indexes, not_here

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
over_a_service = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


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
    """Venue, DOI and day come with it, and the DOI is among the identifiers of a paper that had none."""
    listing = await subject.enricher.describe([BY_DOI, BY_TITLE])
    papers = {line.paper.id: line.paper for line in listing.announcements}
    assert listing.scope == "works"
    assert (papers[BY_DOI.id].doi, papers[BY_DOI.id].journal) == ("10.1000/lantern-1", "Journal of Lanterns")
    assert papers[BY_DOI.id].published == datetime(2026, 2, 10, tzinfo=UTC)
    assert papers[BY_DOI.id].authors == ("Ada Ng", "Bo Lind")
    assert papers[BY_TITLE.id].doi == "10.1000/lantern-2"
    assert PaperId("doi", "10.1000/lantern-2") in papers[BY_TITLE.id].identifiers


@over_services
async def test_a_preprint_elsewhere_is_no_published_version(subject: Subject) -> None:
    """A repository's DOI is a name of a paper, and not that of a published version, whatever the index calls it."""
    assert subject.indexes
    dois = ("10.2139/ssrn.1234567", "10.21203/rs.3.rs-1234567/v1", "10.48550/arxiv.2602.00009")
    subject.indexes.works = [Work(title=BY_DOI.title, doi=doi, venue="Journal of Lanterns") for doi in dois]
    papers = [a_paper(number, id=PaperId("doi", doi)) for number, doi in enumerate(dois)]
    lines = (await subject.enricher.describe(papers)).announcements
    assert lines
    assert {line.paper.doi for line in lines} == {None}


@over_services
@pytest.mark.parametrize(
    "doi",
    [
        "10.1175/1520-0477(1996)077<0935:wotwsm>2.0.co;2",
        "10.1207/s15327809jls0703&4_2",
        "10.1002/(sici)1097-0274(199909)36:1+<1::aid-ajim2>3.0.co;2-0",
        "10.1234/50%_of_all",
        "10.1001/jama.251.19.2504,2509",
        "10.1234/a|b",
    ],
)
async def test_odd_characters_of_dois(subject: Subject, doi: str) -> None:
    """Whatever characters publishers put into a DOI, each index is asked for that one, and for no other."""
    assert subject.indexes
    subject.indexes.works = [Work(title=BY_DOI.title, doi=doi, venue="Journal of Lanterns")]
    (line,) = (await subject.enricher.describe([a_paper(1, id=PaperId("doi", doi))])).announcements
    assert (line.paper.doi, line.paper.journal) == (doi, "Journal of Lanterns")
    assert len(subject.indexes.requests(subject.enricher.name)) == 1


@over_services
async def test_a_common_title_is_not_asked(subject: Subject) -> None:
    """A title that many papers bear, or one without authors, cannot be told apart, and costs nothing."""
    assert subject.indexes
    common = [a_paper(1, id=BY_TITLE.id, title="Editorial"), a_paper(2, id=BY_TITLE.id, title=BY_DOI.title, authors=())]
    assert (await subject.enricher.describe(common)).announcements == ()
    assert subject.indexes.requests(subject.enricher.name) == []


@pytest.fixture
async def http() -> AsyncIterator[PoliteClient]:
    with stamina.set_testing(True, attempts=1, cap=True):
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as client:
            yield client


@pytest.mark.parametrize(
    ("kind", "header", "value"), [(OpenAlex, "Authorization", "Bearer hush"), (SemanticScholar, "x-api-key", "hush")]
)
async def test_the_key_is_in_no_address(http: PoliteClient, kind: type[Any], header: str, value: str) -> None:
    """A key is sent as a header, and stands in no address; without one there is no header."""
    async with indexes() as running:
        for key, sent in (("hush", value), (None, None)):
            await kind(http, base_url=running.url(kind.name), api_key=key).describe([BY_DOI])
            assert running.server.header(header) == sent
        assert not any("hush" in path for path in running.requests(kind.name))


@pytest.mark.parametrize("kind", [Crossref, OpenAlex])
async def test_the_polite_pool(http: PoliteClient, kind: type[Any]) -> None:
    """A contact that is an e-mail address is told to the index; any other one is not."""
    async with indexes() as running:
        for contact in ("me@example.org", "https://example.org", "the lab next door"):
            await kind(http, base_url=running.url(kind.name), contact=contact).describe([UNKNOWN])
        first, *others = [path for path in running.requests(kind.name) if "landing_page" not in path]
    assert "mailto=me%40example.org" in first
    assert not any("mailto" in path for path in others)


@over_all
async def test_for_no_papers_nobody_is_asked(subject: Subject) -> None:
    """Nothing to describe is no question."""
    listing = await subject.enricher.describe([])
    assert (listing.announcements, listing.problems) == ((), ())
    assert subject.indexes is None or not subject.indexes.server.requests


@over_services
@pytest.mark.parametrize(
    "other",
    [
        Work(title=BY_TITLE.title, doi="10.1000/other", authors=("Zoe Nobody",)),
        Work(title=BY_TITLE.title, doi="10.1000/other", date=(1987, 2, 1)),
        Work(title=f"Reply to: {BY_TITLE.title}", doi="10.1000/other"),
        Work(title=f"{BY_TITLE.title}, revisited", doi="10.1000/other"),
        Work(title=f"Retraction notice to “{BY_TITLE.title}”", doi="10.1000/other"),
    ],
    ids=["other authors", "other year", "reply", "other title", "notice"],
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
    with pytest.raises(Throttled) as raised:
        await subject.enricher.describe([BY_DOI])
    assert raised.value.retry_after_s == 7.0


ERRORS: dict[str, type[SourceError]] = {"429": Throttled, "500": Refused, "html": BadFeed, "200": BadFeed}


@over_services
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("paper", [BY_DOI, BY_TITLE], ids=["by DOI", "by title"])
async def test_a_failure_is_an_error(subject: Subject, failure: str, paper: Paper) -> None:
    """An outage, a web page or an error that calls itself a success is never that the paper is unknown."""
    assert subject.indexes
    subject.indexes.fails[subject.enricher.name] = FAILURES[failure]
    with pytest.raises(ERRORS[failure]) as raised:
        await subject.enricher.describe([paper])
    assert is_clean(raised.value.sentence())
    assert failure != "html" or "a web page" in str(raised.value)


@over_services
async def test_another_server_is_a_failure(subject: Subject) -> None:
    """An empty list is an answer, and "not found" is not: no wrong address looks like papers that nobody knows."""
    assert subject.indexes
    subject.indexes.fails[subject.enricher.name] = not_here
    with pytest.raises(SourceError, match=r"404|a web page"):
        await subject.enricher.describe([BY_DOI])


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
