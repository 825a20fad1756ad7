from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.chat.vocabulary import Vocabulary
from core.channels import ChannelRef, UserRef
from core.converse.answers import answer_post
from core.converse.command import Command, Origin
from core.converse.desk import FrontDesk
from core.converse.grammar import spoken
from core.converse.ports import Store
from core.deliver.digest import Result
from core.errors import BadFeed
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.tree import Audience, Post
from core.summarise.answering import Answer, Statement
from core.summarise.calls import ModelCalls
from core.summarise.fulltext import Figure
from core.summarise.passages import NamedFigures, Passage
from core.summarise.reading import PaperText, TextLack, TextReader
from core.summarise.requests import SummaryRequests, Writer
from tests.fakes.clock import FakeClock
from tests.fakes.fulltexts import CC_BY, FakeFullTexts, a_text
from tests.fakes.model import FakeModel
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL, ANN = ChannelRef("slack", "T1", "C1"), UserRef("slack", "T1", "U1")
THREAD = MessageRef(CHANNEL, "1770000000.000001")
OPEN = a_paper(1, licence=CC_BY)
QUESTION = "how many lanterns are missed in heavy fog?"


async def never(*_: object) -> Result:
    raise AssertionError


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.add(a_listing([OPEN, a_paper(2), a_paper(3)]), at=AT)
        yield opened


def a_desk(store: Store, source: FakeFullTexts | None = None, *models: FakeModel) -> FrontDesk:
    clock = FakeClock(AT)
    given = source or FakeFullTexts(a_text(OPEN.id))
    texts = TextReader(store, clock, lambda: given)
    calls = ModelCalls(models, store=store, clock=clock)
    writer = Writer(write=never, recipe=str)
    return FrontDesk(
        store=store,
        clock=clock,
        deliver=never,
        lookup=Lookup(store=store, clock=clock),
        texts=texts,
        requests=SummaryRequests(store, clock, calls, writer) if models else None,
    )


def says(words: str, *, name: str = "ask", thread: MessageRef | None = None) -> Command:
    return Command(name=name, arguments=words, actor=ANN, place=CHANNEL, origin=Origin.MENTION, thread=thread, at=AT)


def words(post: Post) -> str:
    return repr(Vocabulary().localise(post))


async def test_a_question_that_names_its_paper(store: Store) -> None:
    """`/ask ID QUESTION` is answered for everybody, in a message that is on record as the paper's."""
    post = await a_desk(store).handle(says(f"https://arxiv.org/abs/2602.00001v1 {QUESTION}"))
    assert "In heavy fog it misses 21 of 100 lanterns." in words(post)
    assert (post.audience, post.papers) == (Audience.EVERYONE, (OPEN.id,))


@pytest.mark.parametrize(
    ("typed", "says_back"),
    [(QUESTION, "Which paper?"), ("2602.00001", "What do you want to know?"), ("2602.55555 why?", "has not seen")],
)
async def test_what_is_missing_is_asked_for(store: Store, typed: str, says_back: str) -> None:
    """Without a paper, without a question, or with a paper that nobody knows, the asker reads what to write."""
    post = await a_desk(store).handle(says(typed))
    assert says_back in words(post)
    assert post.audience is Audience.ASKER


async def test_the_thread_of_a_mention_becomes_the_papers(store: Store) -> None:
    """Who asks for a paper in a thread of people's own can ask about it there, also after a restart."""
    await a_desk(store).handle(says("2602.00001", name="paper", thread=THREAD))
    post = await a_desk(store).handle(says(QUESTION, name="talk", thread=THREAD))
    assert "3 Results" in words(post)


async def test_a_thread_keeps_its_first_paper(store: Store) -> None:
    """A second paper that is named in a paper's thread does not take the thread over."""
    for number in (1, 2):
        await a_desk(store).handle(says(f"2602.0000{number}", name="paper", thread=THREAD))
    assert await store.message_papers(THREAD) == (OPEN.id,)


async def test_words_in_a_thread_without_a_paper(store: Store) -> None:
    """An identifier or a title in any thread still brings the paper; a question asks which paper is meant."""
    desk = a_desk(store)
    assert (await desk.handle(says("2602.00002", name="talk", thread=THREAD))).papers == (
        PaperId("arxiv", "2602.00002"),
    )
    other = replace(THREAD, id="1770000000.000002")
    assert (await desk.handle(says("invented paper number 3", name="talk", thread=other))).papers
    another = replace(THREAD, id="1770000000.000003")
    assert "Which paper?" in words(await desk.handle(says("does it work?", name="talk", thread=another)))


async def test_a_model_answers_where_there_is_one(store: Store) -> None:
    """With a model the statement comes first, its quote below, and the channel is told for the budget."""
    quote, text = "In heavy fog it misses 21 of 100 lanterns.", "It misses 21 of 100 lanterns in heavy fog."
    model = FakeModel({"is_told": True, "statements": [{"quote": quote, "text": text}]})
    post = await a_desk(store, None, model).handle(says(f"2602.00001 {QUESTION}"))
    assert words(post).index(text) < words(post).index(quote)
    assert "Answered by fake/scripted" in words(post)
    assert (await store.spending(since=AT.date(), channel=CHANNEL)).calls == 1


async def test_a_text_that_cannot_be_read_is_told(store: Store) -> None:
    """The reason stands below the answer from the abstract."""
    source = FakeFullTexts()
    source.fails_with(BadFeed("The PDF of arxiv:2602.00001v1 is locked with a password."))
    post = await a_desk(store, source).handle(says("2602.00001 does it work in every case?"))
    assert "It works in every case." in words(post)
    assert "the full text could not be read. The PDF of arxiv:2602.00001v1 is locked" in words(post)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what is new?", ("talk", "what is new?")),
        ("why does it work", ("talk", "why does it work")),
        ("help us understand it?", ("talk", "help us understand it?")),
        ("why 2602.00001", ("why", "2602.00001")),
        ("ask 2 what is new?", ("ask", "2 what is new?")),
        ("search who else does that?", ("search", "who else does that?")),
        ("2602.00001", ("talk", "2602.00001")),
        ("/why", ("why", "")),
        ("help", ("help", "")),
        ("", ("help", "")),
    ],
)
def test_words_in_a_thread(typed: str, meant: tuple[str, str]) -> None:
    """In a thread, words that are no command, and sentences that only begin like one, are talk about the paper."""
    assert spoken(typed, in_thread=True) == meant


def an_answer(**more: object) -> Answer:
    source = PaperText(paper=OPEN, text=a_text(OPEN.id))
    return replace(Answer(question="What?", source=source), **more)


def test_a_model_that_finds_nothing() -> None:
    """A model may say that the text does not say; what stands nearest is shown and not sold as an answer."""
    told = words(answer_post(an_answer(made_by="fake/one", passages=(Passage(section="1 A", text="Fog."),))))
    assert "The text does not say." in told
    assert "What stands nearest:" in told


def test_an_abstract_that_does_not_say() -> None:
    """Without a fitting passage the answer says so, and of what."""
    source = PaperText(paper=OPEN, text=replace(a_text(OPEN.id), sections=()), lack=TextLack.NOT_THERE)
    told = words(answer_post(an_answer(source=source)))
    assert "does not say, as far as its words show" in told
    assert "Paperboy finds no full text of this paper" in told


def test_figures_are_named() -> None:
    """A figure comes with its label and caption, a table with its rows; one that is not there is named."""
    table = Figure(label="Table 1", caption="Lanterns missed.", content="fog | missed\nheavy | 21")
    told = words(answer_post(an_answer(figures=NamedFigures(present=(table,), missing=("Figure 9",)))))
    assert all(part in told for part in ("Table 1", "Lanterns missed.", "heavy | 21", "has no Figure 9"))
    assert "does not say" not in told


def test_hostile_words_stay_short() -> None:
    """Whatever a paper, a person or a model writes, the message has a bounded length."""
    long = "x" * 100_000
    passage = Passage(section=long, text=long)
    statements = (Statement(text=long, evidence=passage),) * 5
    post = answer_post(an_answer(question=long, statements=statements, problem=long, made_by=long))
    assert len(words(post)) < 12_000
