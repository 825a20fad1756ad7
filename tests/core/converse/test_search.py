"""`/search` and what its buttons bring: pages, another source, a digest of the search; and why each hit is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import Subscription
from core.converse.commands.search import HITS
from core.converse.hits import mark_terms, search_results
from core.converse.settings.followed_search import latest_of, name_for, subscription_for
from core.converse.settings.naming import LONGEST
from core.deliver.content import Digest
from core.deliver.ledger import Counts
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.papers.search import Found, Hit, SearchQuery, Term, parse_query
from core.posts.tree import Post, is_carried
from tests.fakes.desk_driver import ANN, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.sources import FakeFinder

LONG = "invented paper of many quiet words that are far too long for any button"


def query(typed: str) -> SearchQuery:
    return parse_query(typed, today=DAY)


def button(post: Post, label: str) -> tuple[str, str]:
    (found,) = (one for one in post.actions if one.label == label)
    assert is_carried(found.arguments)
    return found.name, found.arguments


def labels(post: Post) -> list[str]:
    return [one.label for one in post.actions if not one.label.startswith("Summary")]


@pytest.fixture
async def busy(driver: DeskDriver) -> DeskDriver:
    """A desk with more than two pages of papers."""
    await driver.store.add(a_listing([a_paper(number) for number in range(10, 10 + 2 * HITS)]), at=AT)
    return driver


@pytest.mark.parametrize("typed", ["invented paper", f'"invented paper" number {"numbers " * 30}'])
async def test_buttons_turn_pages(busy: DeskDriver, typed: str) -> None:
    """Pages follow one another by buttons, without a gap or a repetition, however long the search is."""
    first = await busy.asks("search", typed)
    second = await busy.asks(*button(first, "More"))
    third = await busy.asks(*button(second, "More"))
    papers = [*first.papers, *second.papers, *third.papers]
    assert len(set(papers)) == len(papers) == 3 + 2 * HITS
    assert "9. " in words(second) and "Summary 9" in words(second)
    assert (await busy.asks(*button(second, "Back"))).papers == first.papers
    assert labels(third) == ["Back"]


@pytest.mark.parametrize(
    "arguments", ["", "x", "0 graph", "99 graph", "-1 graph", "² graph", "1", "2 ", "1 ~", "1 ~nope"]
)
async def test_a_button_of_another_day(driver: DeskDriver, arguments: str) -> None:
    """What no button of ours brings is a sentence with what to do."""
    assert "Search" in words(await driver.asks("hits", arguments))


async def test_a_page_behind_the_last(driver: DeskDriver) -> None:
    """Where papers were there yesterday and are not now, the page says so."""
    assert "no more papers" in words(await driver.asks("hits", "9 invented"))


async def test_arxiv_is_asked_on_request(driver: DeskDriver) -> None:
    """Where few papers have all the words, a button asks arXiv; what it finds is there at once."""
    assert labels(await driver.asks("search", LONG)) == ["Follow this search"]
    finder = FakeFinder(a_paper(77, title="Zebrafish whisper", abstract="Of fish."), name="arxiv")
    driver.desk = replace(driver.desk, lookup=Lookup(store=driver.store, clock=driver.clock, finders=lambda: [finder]))
    nothing = await driver.asks("search", "zebrafish whisper")
    assert labels(nothing)[0] == "Ask arXiv"
    found = await driver.asks(*button(nothing, "Ask arXiv"))
    assert found.papers[0] == a_paper(77).id
    assert "Ask arXiv" not in labels(found)


async def test_a_search_becomes_a_digest(driver: DeskDriver) -> None:
    """A button makes the search a digest of its own beside the one there was, for managers alone."""
    post = await driver.asks("search", "graph whispers author:Holt")
    name, arguments = button(post, "Follow this search")
    assert "Only people who manage" in words(await driver.asks(name, arguments, may_manage=False))
    assert "Saved" in words(await driver.asks(name, arguments))
    again = await driver.asks(name, arguments)
    saved = {one.name: one for one in await driver.store.subscriptions(CHANNEL)}
    assert set(saved) == {"main", "graph-whispers", "graph-whispers-2"} and "graph-whispers-2" in words(again)
    followed = saved["graph-whispers"]
    assert (followed.rule, followed.authors) == ('"graph" AND "whispers"', ("Holt",))
    assert (followed.categories, followed.size, followed.set_up_by) == (("cs.CL",), READS_CL.size, ANN)
    assert saved["main"] == READS_CL


async def test_what_following_a_search_means(driver: DeskDriver) -> None:
    """What a digest cannot have is told, and what the last listing would have brought; a button undoes it."""
    followed = await driver.asks("save_search", "graph whispers since:7d from:arxiv")
    told = words(followed)
    assert "since:2026-01-28 is left out" in told and "from:arxiv is left out" in told
    assert re.search(r"Of the \d+ papers of 2026-02-04 it would have brought 1: .*whispers", told)
    name, arguments = button(followed, "Undo")
    assert "Only people who manage" in words(await driver.asks(name, arguments, may_manage=False))
    assert "ended this channel's digest “graph-whispers”" in words(await driver.asks(name, arguments))
    assert await driver.store.subscriptions(CHANNEL) == (READS_CL,)
    assert "was ended or renamed since" in words(await driver.asks(name, arguments))
    assert "ended this channel's digest “graph-whispers”" in words(await driver.asks("settings", "log"))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Counts(), "No listing of its categories is stored yet to try it on."),
        (Counts(candidates=40), "Of the 40 papers of 2026-02-04 it would have brought none."),
    ],
)
def test_what_the_last_listing_would_have_brought(found: Counts, sentence: str) -> None:
    """Where there was no listing, or nothing in it, that is said."""
    digest = Digest(subscription=READS_CL, day=DAY, counts=found, sources=(), items=())
    assert latest_of(digest) == sentence


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("papers about diffus* in-context", 'diffus* AND "in context"'),
        ('"language mod*" ANDROID in:cs.CL', '"language mod*" AND "ANDROID"'),
        ("author:Lee", ""),
    ],
)
def test_a_search_as_a_rule(typed: str, rule: str) -> None:
    """What a search looks for is a rule that can be read, whatever was typed."""
    wanted = subscription_for(query(typed), like=Subscription(channel=CHANNEL), name="x", set_up_by=ANN)
    assert wanted.rule == rule


def test_names_of_searches() -> None:
    """Names are short, are letters and digits, and differ."""
    assert name_for(query("Ünïque   things & more"), used=()) == "n-que-things"
    assert name_for(query("in:cs.CL"), used=["cs-cl"]) == "cs-cl-2"
    assert name_for(query("深度学习"), used=()) == "search"
    assert len(name_for(query("a" * 500), used=["a" * LONGEST])) == LONGEST


def hit(number: int, title: str, snippet: str, missing: Sequence[str] = ()) -> Hit:
    id = PaperId("arxiv", f"2601.0000{number}")
    return Hit(
        id=id,
        title=title,
        score=1,
        published=None,
        snippet=snippet,
        url="",
        authors=("Ann Lee",),
        missing=tuple(missing),
    )


def test_why_a_hit_is_there() -> None:
    """Words are bold where they stand, the title's and the author's are named, and so are those that are missing."""
    hits = (hit(1, "Graph gardens", "Gardens of graphs grow inside."), hit(2, "Nets", "A graph.", ["gardens"]))
    found = Found(query=query("graphs in gardens Lee"), total=9, hits=hits, partial=8)
    post = search_results(found)
    told = words(post)
    assert "1 paper for “graphs in gardens Lee”, and others with some of the words" in told
    assert "title: graphs, gardens" in told and "author: Lee" in told and "without: gardens" in told
    assert told.index("Graph gardens") < told.index("These have only some") < told.index("Nets")
    bold = [span.text for span in mark_terms(hits[0].snippet, query("graphs in gardens").terms[::2])]
    assert bold == ["Gardens", " of ", "graphs", " grow inside."]


def test_what_meanings_add() -> None:
    """A hit that no word found says so, and the heading counts what words found."""
    near = replace(hit(3, "Webs", "Of threads.", ["graph", "gardens"]), is_near=True)
    hits = (hit(1, "Graph gardens", "They grow."), near, hit(2, "Nets", "A graph.", ["gardens"]))
    found = Found(query=query("graph gardens"), total=9, hits=hits, partial=8, near=3)
    told = words(search_results(found))
    assert "1 paper for “graph gardens”, and others with some of the words or close in meaning" in told
    assert told.count("close in meaning") == 3 and told.count("without: gardens") == 1  # the fallback has the heading
    assert "alone" not in told and "by their words alone" in words(search_results(replace(found, words_alone=True)))
    alone = words(search_results(replace(found, hits=(near,), total=3, partial=3, any_word=True)))
    assert "Papers close in meaning to “graph gardens”" in alone and "No paper has any of these words" in alone


async def test_papers_like_one(driver: DeskDriver) -> None:
    """The nearest papers come first, without the paper itself, by name, in its thread, or by a button below it."""
    near = a_paper(30, title="Whispers of graphs", abstract="Graph whispers, again.")
    await driver.store.add(a_listing([near]), at=AT)
    whispers = a_paper(4).id
    told = await driver.asks("similar", str(whispers))
    assert told.papers[0] == near.id and whispers not in told.papers
    card = await driver.asks("paper", str(whispers))
    assert (await driver.asks(*button(card, "Similar"))).papers == told.papers
    assert "Papers like" in words(told) and "without:" not in words(told)
    assert "Similar to which paper?" in words(await driver.asks("similar"))
    assert "has not seen" in words(await driver.asks("similar", "2602.99999"))


HOSTILE = {
    "full-text syntax": 'title:x NEAR("a b", 2) AND NOT ^c OR -d {title}: (e',
    "no character": "a\x00b \ud800",
    "right to left": "\u202eshhparg \u202d مرحبا",
    "endless": "graph " * 20_000,
    "one endless word": "g" * 100_000,
    "small words": "what is the of and to",
    "emoji": "👩‍🔬🧪💥",
    "quotes": '"' * 999,
    "a page of ours": "~0123456789abcdef",
    "wild cards": "* ** gra* *ph",
}


@pytest.mark.parametrize("typed", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_searches(driver: DeskDriver, typed: str) -> None:
    """Whatever is typed, the answer is a page, or a sentence; and its buttons can be pressed."""
    post = await driver.asks("search", typed)
    assert post.fallback or words(post)
    assert len(words(post)) < 20_000
    for action in post.actions:
        assert is_carried(action.arguments)
        pressed = words(await driver.asks(action.name, action.arguments))
        assert "not kept" not in pressed


@given(st.text(max_size=40))
def test_any_search_is_named_and_carried(typed: str) -> None:
    """Whatever words are followed, the name of the digest is one that subscriptions may have."""
    terms = tuple(Term(words=(word,)) for word in typed.split())
    name = name_for(SearchQuery(typed=typed, terms=terms), used=("search", "main"))
    assert Subscription(channel=CHANNEL, name=name).name == name not in {"search", "main"}
