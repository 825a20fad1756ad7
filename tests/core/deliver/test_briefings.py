"""Which papers a briefing is about, and what readers see of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.output import contract_briefing
from core.channels import ChannelRef, DeliveryTime, Subscription
from core.converse.ports import Store
from core.deliver import compose, digest
from core.deliver.briefings import BriefingMemory, brief, briefing_post
from core.deliver.content import Item
from core.deliver.themes import citation, why_first
from core.papers.paper import Paper, Signals, Summary
from core.posts.tree import Audience, Divider, Heading, ListBlock, Note, Paragraph, Post, Span
from core.summarise.briefing import Briefing
from core.summarise.calls import ModelCalls
from core.summarise.requests import Lack, SummaryRequests, Writer
from core.summarise.summaries import Summariser
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("terminal", "", "main")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",), size=50)
SUBJECTS = ("Speech recognition of accents", "Theorem proving with lemmas", "Graph clustering by spectra")


def about(number: int, **fields: object) -> Paper:
    subject = SUBJECTS[number % 3]
    body = f"We propose a lens w{number} for {subject.lower()}. {subject} gains {number} points. {subject} was slow."
    body += f" {' '.join(f'q{number}z{place}' for place in range(90))}."  # no two papers say the same
    return a_paper(number, **({"title": f"{subject} v{number}", "abstract": body} | fields))


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.save_subscription(READS_CL, at=AT)
        yield opened


async def read(store: Store, papers: int = 9, **fields: object) -> None:
    await store.add(a_listing([about(number, **fields) for number in range(papers)]), at=AT)


async def posted(store: Store) -> None:
    await digest.deliver(READS_CL, DAY, store=store, chat=FakeChat(), clock=FakeClock(AT))


async def briefed(store: Store, *, days: int = 7, after: int = 0, summariser: Summariser | None = None) -> Post:
    today = DAY + timedelta(days=after)
    by = summariser or Summariser(store)
    return briefing_post(await brief(READS_CL, days=days, today=today, store=store, summariser=by))


def spans(post: Post) -> list[Span]:
    found: list[Span] = []
    for block in post.blocks:
        for line in block.items if isinstance(block, ListBlock) else [getattr(block, "spans", ())]:
            found += line
    return found


def words(post: Post) -> str:
    return "".join(span.text for span in spans(post))


def themes(post: Post) -> list[str]:
    return ["".join(span.text for span in one.spans) for one in post.blocks if isinstance(one, Heading)][1:]


async def test_themes_of_what_was_posted(store: Store) -> None:
    """A heading for each theme, below it gists with their papers, what to read first, and what else there is."""
    await read(store)
    await posted(store)
    post = await briefed(store)
    assert post.audience is Audience.ASKER
    assert "9 papers posted here in the last 7 days" in words(post)
    assert themes(post) == [
        f"{name} (3)" for name in ("Graph clustering", "Speech recognition", "Theorem proving")
    ] or (sorted(one[-3:] for one in themes(post)) == ["(3)"] * 3)
    assert sum(isinstance(block, ListBlock) for block in post.blocks) == 3
    assert words(post).count("Read first: ") == 3
    assert words(post).count("Also: ") == 3
    assert "no model used" in words(post)


async def test_every_line_leads_to_its_papers(store: Store) -> None:
    """Each gist, and each title, is a link to a paper of the channel, and every paper has one."""
    await read(store)
    await posted(store)
    post = await briefed(store)
    known = {about(number).url for number in range(9)}
    assert {span.url for span in spans(post) if span.url} == known
    for block in post.blocks:
        for line in block.items if isinstance(block, ListBlock) else ():
            assert [bool(span.url) for span in line] == [False, False, True, False]


async def test_only_the_days_that_were_asked_for(store: Store) -> None:
    """Older digests are left out; where nothing was posted and nothing waits, that is said."""
    await read(store)
    await posted(store)
    assert "9 papers" in words(await briefed(store, days=3, after=2))
    assert "Nothing was posted here in the last 2 days" in words(await briefed(store, days=2, after=2))
    assert "Nothing was posted here today" in words(await briefed(store, days=1, after=2))


async def test_what_is_waiting_where_nothing_was_posted(store: Store) -> None:
    """Before a first digest the best candidates are briefed on."""
    await read(store)
    post = await briefed(store)
    assert "9 papers waiting for the next digest" in words(post)
    assert len(themes(post)) == 3


async def test_one_paper_and_none(store: Store) -> None:
    """One paper is told in a line, without a theme; none is said."""
    assert "no paper is waiting" in words(await briefed(store))
    await read(store, 1)
    post = await briefed(store)
    assert themes(post) == []
    assert "Read first" not in words(post)
    assert "(Ng and Lind)" in words(post)


async def test_the_best_sixty_of_more(store: Store) -> None:
    """A briefing is about sixty papers at most, and stays short."""
    for day in range(2):
        listing = a_listing([about(number) for number in range(40 * day, 40 * day + 40)], day=DAY + timedelta(days=day))
        await store.add(listing, at=AT + timedelta(days=day))
        clock = FakeClock(AT + timedelta(days=day))
        await digest.deliver(READS_CL, DAY + timedelta(days=day), store=store, chat=FakeChat(), clock=clock)
    post = await briefed(store, after=1)
    assert "The best 60 of 80 papers posted here" in words(post)
    assert len(words(post)) < 4_000


async def test_a_models_sentences_have_their_papers(store: Store) -> None:
    """A model's sentences stand in the place of gists, each with links to its papers, and the model is named."""
    await read(store, 2, title=SUBJECTS[0], abstract="We find that accents break speech recognition in 12 % of rooms.")
    quote = "accents break speech recognition in 12 % of rooms"
    both = [{"paper": "P1", "quote": quote}, {"paper": "P2", "quote": quote}]
    agreement = {
        "tone": "agreement",
        "evidence": both,
        "text": "Accents break speech recognition in 12 % of all rooms.",
    }
    new = {"tone": "new", "evidence": both[:1], "text": "Speech recognition suffers from accents in many rooms."}
    model = FakeModel(json.dumps({"sentences": [new, agreement]}))

    async def write(*_: object) -> Summary | None:
        raise AssertionError("a briefing asks for no summaries")

    clock, memory = FakeClock(AT), BriefingMemory()
    calls = ModelCalls([model], store=store, clock=clock)
    by = Summariser(store, SummaryRequests(store, clock, calls, Writer(write=write, recipe=str)))
    found = await brief(READS_CL, days=7, today=DAY, store=store, summariser=by, memory=memory)
    post = briefing_post(found)
    (lines,) = [block.items for block in post.blocks if isinstance(block, ListBlock)]
    assert [line[0].text for line in lines] == [new["text"], "They agree: "]
    assert {span.url for span in lines[1] if span.url} == {a_paper(0).url, a_paper(1).url}
    assert "Written by fake/scripted, each sentence checked" in words(post)
    assert "$0.0010 (500 tokens)" in words(post)
    again = await brief(READS_CL, days=31, today=DAY, store=store, summariser=by, memory=memory)
    assert again.briefing.themes == found.briefing.themes
    assert again.briefing.spending.calls == 0
    assert len(model.prompts) == 1
    printed = json.loads(json.dumps(contract_briefing.briefing(found)))
    assert [one["tone"] for one in printed["themes"][0]["sentences"]] == ["new", "agreement"]
    assert printed["themes"][0]["read_first"] in printed["themes"][0]["papers"]


def test_the_memory_is_bounded() -> None:
    """The oldest briefing makes room, and what a model did not finish is asked for again."""
    memory, whole = BriefingMemory(most=2), Briefing(themes=())
    for language in ("en", "de", "fr"):
        memory.keep((), language, whole)
    memory.keep((), "zh", replace(whole, lack=Lack.DEADLINE))
    found = {language: memory.find((), language) for language in ("en", "de", "fr", "zh")}
    assert found == {"en": None, "de": whole, "fr": whole, "zh": None}


@pytest.mark.parametrize(
    ("authors", "shown"),
    [
        (("Ada Ng", "Bo Lind"), "Ng and Lind"),
        (("Okafor, Ines",), "Okafor"),
        (("Ines Okafor", "Tomasz Brandt", "Li Wen"), "Okafor et al."),
        (("王晓梅",), "王晓梅"),
        ((), "Invented paper number 1"),
        (("",), "Invented paper number 1"),
    ],
)
def test_citations(authors: tuple[str, ...], shown: str) -> None:
    """A paper is cited by its authors' surnames, or by its title where nobody is named."""
    assert citation(a_paper(1, authors=authors)) == shown


def test_why_to_read_it_first() -> None:
    """Votes, code and venue speak for a paper, or its rank does."""
    summary = Summary(paper=a_paper(1).id, version=1, language="en", gist="", made_by="extract")
    plain = Item(paper=a_paper(1), score=0.5, reasons=(), summary=summary)
    assert why_first(plain) == "ranked highest here"
    signals = Signals(upvotes=120, code_url="https://github.com/x/y", stars=34)
    known = replace(plain, paper=a_paper(1, signals=signals, journal="ICLR 2026"))
    assert [part.replace("\u00a0", " ") for part in why_first(known).split(" · ")] == [
        "▲ 120",
        "code ★ 34",
        "ICLR 2026",
    ]


async def test_the_paper_with_most_to_say_for_it_comes_first(store: Store) -> None:
    """Of a theme, the paper with votes, code and a venue is the one to read."""
    await read(store, 6)
    best = about(3, signals=Signals(upvotes=200, code_url="https://github.com/x/y"), journal="ICLR 2026")
    await store.add(a_listing([best]), at=AT)
    post = await briefed(store)
    firsts = [block.spans[1].text for block in post.blocks if isinstance(block, Paragraph)]
    assert best.title in firsts
    assert not any(isinstance(block, Note) and block.warning for block in post.blocks)


@pytest.mark.parametrize(
    ("weekdays", "has_briefing", "expected"),
    [({0}, True, True), ({0}, False, False), ({0, 3}, True, False)],
    ids=["weekly and wanted", "not wanted", "twice a week"],
)
async def test_a_weekly_digest_begins_with_its_themes(
    store: Store, weekdays: set[int], *, has_briefing: bool, expected: bool
) -> None:
    """Where the channel wants that, the themes come before the list, and the papers are all there as ever."""
    await read(store)
    wants = replace(READS_CL, has_briefing=has_briefing, at=DeliveryTime(weekdays=frozenset(weekdays)))
    preview = await digest.preview(wants, DAY, store=store)
    post = compose.digest(preview.digest)
    assert (len(themes(post)) == 3) is expected
    assert (Divider() in post.blocks) is expected
    assert "Also: " not in words(post)
    assert ("Read first: " in words(post)) is expected
    assert len(post.replies) == len(post.papers) == 9
    if expected:
        assert words(post).index("Read first: ") < words(post).index("1. ")
