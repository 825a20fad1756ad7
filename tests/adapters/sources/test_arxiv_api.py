from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest
import stamina
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.arxiv_api import MOST_IDS, ArxivApi, parse, search_query
from adapters.sources.http import PoliteClient
from core.errors import BadFeed, Refused, SourceError, Throttled, Unreachable
from core.papers.identifiers import PaperId
from tests.fakes.loopback import Handler, replies, serving
from tests.replay import Replay
from tests.shared import SHARED, needs_shared

#: near the beginning of what the replay server knows, so that the replay server has little to search
EARLY_DAY = "2025-12-02"
NAMESPACES = (
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom"'
)


def entry(id: str = "2602.00001v3", title: str = "Invented lanterns", **more: str) -> str:
    extras = "".join(f"<arxiv:{name}>{escape(text)}</arxiv:{name}>" for name, text in more.items() if name != "at")
    at = more.get("at", "2026-02-03T01:30:00Z")
    return (
        f"<entry><id>http://arxiv.org/abs/{id}</id><title>{escape(title)}</title><updated>2026-02-20T00:00:00Z</updated>"
        "<summary>  We light\nlanterns.</summary>"
        '<category term="cs.AI" scheme="x"/><category term="cs.CL" scheme="x"/>'
        f'<published>{at}</published>{extras}<arxiv:primary_category term="cs.CL"/>'
        "<author><name>Ada Example</name><arxiv:affiliation>Somewhere</arxiv:affiliation></author>"
        "<author><name>Andr\\'e Sample</name></author></entry>"
    )


def answer(*entries: str, total: int | None = None) -> bytes:
    found = len(entries) if total is None else total
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><feed {NAMESPACES}><id>x</id><title>arXiv Query</title>"
        f"<opensearch:totalResults>{found}</opensearch:totalResults>{''.join(entries)}</feed>"
    ).encode()


def refusal(reason: str) -> bytes:
    return answer(
        f"<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>{reason}</summary></entry>"
    )


def reply(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/atom+xml")


def test_reads_an_entry() -> None:
    """An entry becomes a paper with everything that it tells, as no news, on the Eastern day of its submission."""
    more = {"comment": "12 pages", "journal_ref": "Invented Journal 1", "doi": "10.5802/Invented.1"}
    (one,) = parse(answer(entry(**more))).announcements
    paper = one.paper
    assert (one.source, one.scope, one.day, one.is_news) == ("arxiv", "cs.CL", date(2026, 2, 2), False)
    assert (paper.id, paper.version, paper.title) == (PaperId("arxiv", "2602.00001"), 3, "Invented lanterns")
    assert (paper.abstract, paper.authors) == ("We light lanterns.", ("Ada Example", "André Sample"))
    assert paper.categories == ("cs.CL", "cs.AI")
    assert (paper.published, paper.announced) == (datetime(2026, 2, 3, 1, 30, tzinfo=UTC), date(2026, 2, 2))
    assert (paper.comment, paper.journal, paper.doi) == ("12 pages", "Invented Journal 1", "10.5802/invented.1")
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00001"), PaperId("doi", "10.5802/invented.1"))
    assert (paper.url, paper.sources) == ("https://arxiv.org/abs/2602.00001", ("arxiv",))


def test_an_entry_that_cannot_be_read_is_a_problem() -> None:
    """One bad entry costs itself alone, and says what is wrong with it."""
    bad = (entry("nonsense"), entry(title=" "), entry("2602.00002v1", at="yesterday"), "<entry/>")
    listing = parse(answer(*bad, entry("math/0309136v1", at="1900-01-01T00:00:00")))
    assert [one.paper.id.value for one in listing.announcements] == ["math/0309136"]
    assert [(one.where, one.reason) for one in listing.problems] == [
        ("http://arxiv.org/abs/nonsense", "its identifier is not one of arXiv's"),
        ("http://arxiv.org/abs/2602.00001v3", "it has no title"),
        ("http://arxiv.org/abs/2602.00002v1", "it does not say when it was submitted"),
        ("entry 4", "it has no identifier"),
    ]


@pytest.mark.parametrize("body", [b"", b"Rate exceeded.", b"<html/>", answer(entry())[:-20], b"<feed/>"])
def test_what_is_no_answer(body: bytes) -> None:
    """Cut and foreign documents are BadFeed."""
    with pytest.raises(BadFeed):
        parse(body)


def test_the_error_entry_is_an_error() -> None:
    """arXiv's own error is told in its words, and is no paper."""
    with pytest.raises(Refused, match="incorrect id format for abc") as told:
        parse(refusal("incorrect id format for abc"))
    assert told.value.status == 400


@given(st.binary(max_size=300), st.integers(0, 1500))
def test_no_body_breaks_it(junk: bytes, place: int) -> None:
    """Whatever stands in the body: a listing, or an error that is ours."""
    whole = answer(entry())
    for body in (junk, whole[:place] + junk + whole[place:]):
        try:
            parse(body)
        except SourceError:
            continue


def test_questions() -> None:
    """Every word is wanted in title or abstract; accents are folded, and what arXiv does not index is not asked for."""
    assert search_query("The Schrödinger-lanterns!") == (
        '(ti:"schrodinger" OR abs:"schrodinger") AND (ti:"lanterns" OR abs:"lanterns")'
    )
    assert search_query("to be") == '(ti:"to" OR abs:"to") AND (ti:"be" OR abs:"be")'
    assert search_query("  «» 灯籠 ") == ""
    assert search_query('x") OR cat:cs.CL ANDNOT (ti:"y') == " AND ".join(
        f'(ti:"{word}" OR abs:"{word}")' for word in ("x", "cat", "cs", "cl", "andnot", "ti", "y")
    )


@given(st.text(max_size=200) | st.from_regex(r'(\w+|AND|OR|ANDNOT|[":()\[\]*?\\+&% ])+', fullmatch=True))
def test_nothing_a_person_writes_is_an_operator(words: str) -> None:
    """Whatever is written, the question is a row of quoted words."""
    query = search_query(words)
    assert not query or all(
        re.fullmatch(r'\(ti:"([a-z0-9]{1,40})" OR abs:"\1"\)', term) for term in query.split(" AND ")
    )


@pytest.fixture(autouse=True)
def two_tries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
async def client() -> AsyncIterator[PoliteClient]:
    async with PoliteClient("tests@example.org", "0", pace_s=0.0, read_s=5.0) as http:
        yield http


def papers(*values: str) -> list[PaperId]:
    return [PaperId("arxiv", value) for value in values]


def knowing(*known: str, malformed: str = "", names_it: bool = True) -> Handler:
    """An API that knows some papers, and calls one identifier malformed."""

    async def respond(request: web.Request) -> web.Response:
        wanted = request.query["id_list"].split(",")
        assert len(wanted) == int(request.query["max_results"])
        if malformed in wanted:
            return reply(refusal(f"incorrect id format for {malformed}" if names_it else "no"), 400)
        return reply(answer(*(entry(f"{one}v1") for one in wanted if one in known)))

    return respond


async def test_finds_papers(client: PoliteClient) -> None:
    """Identifiers of arXiv's are asked for, twenty at a time and each once; unknown ones are simply not there."""
    values = [f"2602.{number:05}" for number in range(45)]
    async with serving(knowing(*values[:-1])) as server:
        api = ArxivApi(client, base_url=server.url)
        listing = await api.find([*papers(*values, values[0]), PaperId("doi", "10.1000/1")])
        assert [one.paper.id.value for one in listing.announcements] == values[:-1]
        assert not listing.problems
        assert [len(request.query["id_list"].split(",")) for _, request in server.requests] == [MOST_IDS, MOST_IDS, 5]
        server.requests.clear()
        assert (await api.find([PaperId("doi", "10.1000/1")])).announcements == ()
        assert not server.requests


@pytest.mark.parametrize(("names_it", "most"), [(True, 2), (False, 9)])
async def test_a_malformed_identifier_costs_itself_alone(client: PoliteClient, names_it: bool, most: int) -> None:
    """The others are found, by leaving out what arXiv names, or in halves where it names nothing."""
    values = [f"2602.{number:05}" for number in range(20)]
    values[7] = "odd/0000000"
    async with serving(knowing(*values, malformed="odd/0000000", names_it=names_it)) as server:
        listing = await ArxivApi(client, base_url=server.url).find(papers(*values))
        assert len(server.requests) <= most
        alone = await ArxivApi(client, base_url=server.url).find(papers("odd/0000000"))
    assert [one.paper.id.value for one in listing.announcements] == [one for one in values if one != "odd/0000000"]
    assert [one.where for one in listing.problems] == ["odd/0000000"]
    assert (alone.announcements, len(alone.problems)) == ((), 1)


async def test_searches(client: PoliteClient) -> None:
    """The words are asked for by relevance; without words, or for no paper, nothing is asked."""
    async with serving(replies(reply(answer(entry(), total=900)))) as server:
        api = ArxivApi(client, base_url=server.url)
        listing = await api.search("lanterns & lamps", limit=7)
        assert [one.paper.title for one in listing.announcements] == ["Invented lanterns"]
        (asked,) = [dict(request.query) for _, request in server.requests]
        assert asked["search_query"] == search_query("lanterns lamps")
        assert (asked["max_results"], asked["sortBy"], asked["sortOrder"]) == ("7", "relevance", "descending")
        for words, limit in (("?!", 5), ("lanterns", 0)):
            assert (await api.search(words, limit=limit)).announcements == ()
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("given_reply", "kind"),
    [
        (web.Response(body=b"Rate exceeded."), Throttled),
        (web.Response(body=b""), Throttled),
        (reply(answer(total=5)), Throttled),
        (web.Response(status=503, headers={"Retry-After": "7"}), Throttled),
        (web.Response(status=400, body=b"<html>no</html>"), Refused),
        (reply(answer(), 400), Refused),
        (web.Response(status=404), Refused),
        (web.Response(body=b"<html>Sign in</html>"), BadFeed),
        (reply(answer(entry())[:-9]), BadFeed),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_trouble_is_told(client: PoliteClient, given_reply: web.Response, kind: type[SourceError]) -> None:
    """No failure of the API looks like papers that it does not know."""
    async with serving(replies(given_reply)) as server:
        api = ArxivApi(client, base_url=server.url)
        with pytest.raises(kind):
            await api.find(papers("2602.00001", "2602.00002"))
        with pytest.raises(kind):
            await api.search("lanterns", limit=5)


@needs_shared
def test_recorded_answers() -> None:
    """Every recorded answer of the real API is read: whole papers, nothing, or its error."""
    recorded = [json.loads(path.read_bytes()) for path in sorted((SHARED / "data/recorded/arxiv_api").glob("*.json"))]
    assert len(recorded) >= 8
    counts = []
    for one in recorded:
        if one["status_code"] == 400:
            with pytest.raises(Refused):
                parse(one["body"].encode())
            continue
        listing = parse(one["body"].encode())
        assert not listing.problems
        for paper in (line.paper for line in listing.announcements):
            assert paper.title
            assert paper.abstract
            assert paper.authors
            assert paper.primary_category
            assert paper.published
        counts.append(len(listing.announcements))
    assert counts == [0, 0, 1, 1, 100, 10, 10]


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay(EARLY_DAY) as server:
        yield server


@needs_shared
async def test_finds_and_searches_real_papers(replay: Replay, client: PoliteClient) -> None:
    """A real day's papers are all found, old ones too, and one is found by the words of its title."""
    replay.clear_faults()
    api = ArxivApi(client, base_url=replay.url)
    truth = replay.truth(EARLY_DAY, ["cs.CL"])
    listing = await api.find(papers(*truth, "quant-ph/0201082", "0000.0000", "zz/0000000"))
    assert {one.paper.id.value for one in listing.announcements} == {*truth, "quant-ph/0201082"}
    wanted = next(one.paper for one in listing.announcements if one.paper.title.isascii())
    found = await api.search(wanted.title, limit=5)
    assert wanted.id in {one.paper.id for one in found.announcements}


@needs_shared
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429, "headers": {"Retry-After": "120"}}, Throttled),
        ({"status": 503}, Throttled),
        ({"status": 406}, Throttled),
        ({"status": 200, "body": "Rate exceeded."}, Throttled),
        ({"truncate_at": 0.5}, (BadFeed, Unreachable)),
        ({"reset": True}, Unreachable),
        ({"status": 500}, Refused),
    ],
    ids=str,
)
async def test_faults_are_told(
    replay: Replay, client: PoliteClient, fault: dict[str, object], kind: type[SourceError]
) -> None:
    """Every fault of the service has its error, and an empty answer is no error."""
    replay.clear_faults()
    api = ArxivApi(client, base_url=replay.url)
    replay.fault(path_prefix="/api/", **fault)
    with pytest.raises(kind):
        await api.find(papers("quant-ph/0201082"))
    replay.clear_faults()
    replay.fault(path_prefix="/api/", empty=True)
    assert (await api.find(papers("quant-ph/0201082"))).announcements == ()
    replay.clear_faults()
