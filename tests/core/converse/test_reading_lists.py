"""`/bookmarks`: what can be asked of reading lists, and what they answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.converse.command import Command
from core.converse.lists.requests import ListRequest, Verb, Which, read_request
from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling
from core.posts.tree import Audience, Post
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper

ids = st.integers(10_000, 99_999).map(lambda number: PaperId("arxiv", f"2601.{number}"))
targets = st.lists(st.integers(1, 999) | ids, min_size=1, max_size=3, unique=True).map(tuple)
one_target = (st.integers(1, 999) | ids).map(lambda one: (one,))
tags = st.lists(st.sampled_from(["robots", "to-read", "x1"]), min_size=1, max_size=3, unique=True).map(tuple)
word = st.sampled_from(["#robots", "walk", "歩く", "c++"])
search = st.just("") | st.lists(word, min_size=1, max_size=3).map(" ".join)
teams = st.booleans()
requests = st.one_of(
    st.builds(
        ListRequest,
        is_team=teams,
        which=st.sampled_from([Which.ALL, Which.UNREAD, Which.READ]),
        text=search,
        page=st.integers(1, 99),
    ),
    st.builds(ListRequest, verb=st.just(Verb.OPEN), is_team=teams, targets=one_target),
    st.builds(
        ListRequest,
        verb=st.sampled_from([Verb.DONE, Verb.UNDONE, Verb.ADD, Verb.REMOVE]),
        is_team=teams,
        targets=targets,
    ),
    st.builds(ListRequest, verb=st.just(Verb.NOTE), is_team=teams, targets=one_target, text=search),
    st.builds(ListRequest, verb=st.sampled_from([Verb.TAG, Verb.UNTAG]), is_team=teams, targets=one_target, tags=tags),
    st.builds(
        ListRequest,
        verb=st.just(Verb.EXPORT),
        is_team=teams,
        format=st.sampled_from(["bibtex", "ris", "csl-json", "markdown"]),
        which=st.sampled_from([Which.ALL, Which.UNREAD]),
        text=search,
    ),
)


@given(requests)
@settings(max_examples=60)
def test_what_is_written_is_read(request: ListRequest) -> None:
    """Every request that a button carries is read as it was meant."""
    assert read_request(request.arguments()) == request


any_words = st.sampled_from(["team", "done", "note", "tag", "page", "export", "3", "#x", "search", "99999999"])


@given(st.text(max_size=60) | st.lists(any_words).map(" ".join))
@settings(max_examples=60)
def test_whatever_is_typed(typed: str) -> None:
    """Any words are a request, or an error that helps."""
    try:
        read_request(typed)
    except UsageError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("exprot", "Did you mean /bookmarks export?"),
        ("search", "Write words or a tag"),
        ("tag 3", "/bookmarks tag 3 robots to-read"),
        ("tag 3 " + "x" * 41, "A tag is one word of at most 40 letters"),
        ("done three", "Name papers by number or identifier"),
        ("done 99", "/bookmarks shows the numbers of yours"),
        ("note see page 4", "Name one by its number"),
        ("export bibtx", "Did you mean bibtex?"),
        ("note 3 " + "x" * 1_001, "A note has at most 1,000 characters"),
    ],
)
async def test_what_is_wrong(driver: DeskDriver, typed: str, hint: str) -> None:
    """What cannot be done is told with an example or the nearest word."""
    assert hint in words(await driver.asks("bookmarks", typed))


@pytest.fixture
async def library(driver: DeskDriver) -> DeskDriver:
    """Ann saved three papers, the second openly, as Bob did; a minute lies between each."""
    for number in (1, 2, 3):
        paper = a_paper(number).id
        await driver.store.remember_message(MessageRef(CHANNEL, f"m{number}"), (paper,), at=AT)
        if number != 2:
            await driver.store.add_bookmark(str(ANN), paper, str(CHANNEL), at=driver.clock.now(), public=False)
        driver.clock.move(timedelta(minutes=1))
    await driver.reacts("m2", Feeling.BOOKMARK)
    await driver.reacts("m2", Feeling.BOOKMARK, user=BOB)
    return driver


async def test_a_list(library: DeskDriver) -> None:
    """Newest first, each with the number that it keeps; the team's names who saved it."""
    own = await library.asks("bookmarks")
    assert (own.papers, own.numbers) == ((a_paper(2).id, a_paper(3).id, a_paper(1).id), (3, 2, 1))
    assert own.audience is Audience.PERSONAL
    team = await library.asks("bookmarks", "team", user=BOB)
    assert team.papers == (a_paper(2).id,)
    assert "@ann" in words(team)
    assert "@bob" in words(team)


async def test_of_many_who_saved_a_paper_some_are_named(library: DeskDriver) -> None:
    """The first are named, the others counted."""
    for number in range(5):
        await library.reacts("m2", Feeling.BOOKMARK, user=replace(BOB, id=f"b{number}"))
    assert " and 2 others" in words(await library.asks("bookmarks", "team"))


async def test_read_marks(library: DeskDriver) -> None:
    """What is read is marked, can be left out, and be undone by the answer's own button; numbers stay as they are."""
    told = await library.asks("bookmarks", "done 1 3")
    assert "Marked as read" in words(told)
    own = await library.asks("bookmarks")
    assert own.numbers == (3, 2, 1)
    assert words(own).count("✓") == 2
    assert (await library.asks("bookmarks", "unread")).numbers == (2,)
    assert (await library.asks("bookmarks", "read")).numbers == (3, 1)
    (undo,) = (await library.asks("bookmarks", "done 2")).actions
    await library.asks(undo.name, undo.arguments)
    assert (await library.asks("bookmarks", "unread")).numbers == (2,)


async def test_notes_and_tags_are_private(library: DeskDriver) -> None:
    """A note on the own list is for the asker alone; one on the channel's is everybody's, with who wrote it."""
    await library.asks("bookmarks", "note 3 my secret thought")
    await library.asks("bookmarks", "tag 3 Robots #to-read")
    await library.asks("bookmarks", "team note 1 read section 4")
    await library.asks("bookmarks", "team note 1 I disagree", user=BOB)
    own, team = await library.asks("bookmarks"), await library.asks("bookmarks", "team", user=BOB)
    assert "my secret thought" in words(own)
    assert "#robots #to-read" in words(own)
    assert "read section 4" not in words(own)
    assert "read section 4" in words(team)
    assert "I disagree" in words(team)
    assert "secret" not in words(team)
    await library.asks("bookmarks", "note 3")
    assert "secret" not in words(await library.asks("bookmarks"))


async def test_most_tags(library: DeskDriver) -> None:
    """A paper has a bounded number of tags."""
    for start in range(0, 50, 10):
        await library.asks("bookmarks", f"tag 1 {' '.join(f't{number}' for number in range(start, start + 10))}")
    assert "at most 50 tags" in words(await library.asks("bookmarks", "tag 1 another"))
    assert "Tagged #t1" in words(await library.asks("bookmarks", "tag 1 t1"))


async def test_search(library: DeskDriver) -> None:
    """Words are looked for in titles, authors and notes; a word with # is a tag."""
    await library.asks("bookmarks", "note 1 compare with walking robots")
    await library.asks("bookmarks", "tag 2 robots")
    assert (await library.asks("bookmarks", "search WALKING compare")).numbers == (1,)
    assert (await library.asks("bookmarks", "#robots")).numbers == (2,)
    assert "No paper of your reading list is like that." in words(await library.asks("bookmarks", "search absent"))


async def test_hostile_notes(library: DeskDriver) -> None:
    """A note is one paragraph of text, without what hides or reorders it, and never more than that."""
    await library.asks("bookmarks", "note 3 <!channel> *b* \u202eevil\n# h @everyone [x](http://x)")
    post = await library.asks("bookmarks", "3")
    assert "“<!channel> *b* evil # h @everyone [x](http://x)”" in words(post)
    assert not [span for span in spans_of(post) if span.url == "http://x"]


async def test_one_paper(library: DeskDriver) -> None:
    """A paper of a list has all notes, and buttons that do what they say."""
    post = await library.asks("bookmarks", "3")
    buttons = {one.label: one for one in post.actions}
    assert list(buttons) == ["Open", "Done", "Take off the list"]
    await library.asks("bookmarks", buttons["Done"].arguments)
    assert "Not read" in [one.label for one in (await library.asks("bookmarks", "3")).actions]
    told = await library.asks("bookmarks", buttons["Take off the list"].arguments)
    assert a_paper(2).id not in (await library.asks("bookmarks")).papers
    await library.asks("bookmarks", told.actions[0].arguments)
    assert a_paper(2).id in (await library.asks("bookmarks")).papers


async def test_where_it_was_discussed(library: DeskDriver) -> None:
    """The list leads to the message that shows the paper, and one paper of it to all of them."""
    desk = replace(library.desk, address_of=lambda message: f"https://chat.example/{message.id}")
    command = Command(name="bookmarks", arguments="", actor=ANN, place=CHANNEL, at=AT)
    urls = [span.url for span in spans_of(await desk.handle(command)) if span.text == "discussed here"]
    assert urls == ["https://chat.example/m2", "https://chat.example/m3", "https://chat.example/m1"]
    one = await desk.handle(replace(command, arguments="3"))
    assert [span.url for span in spans_of(one) if span.text == "message 1"] == ["https://chat.example/m2"]


async def test_in_a_papers_thread(library: DeskDriver) -> None:
    """In a paper's thread nobody has to name it."""
    thread = MessageRef(CHANNEL, "m2")
    command = Command(name="bookmarks", arguments="note so it is", actor=ANN, place=CHANNEL, thread=thread, at=AT)
    assert "Noted for you alone" in words(await library.desk.handle(command))
    assert "so it is" in words(await library.asks("bookmarks", "3"))
    assert "Marked as read" in words(await library.desk.handle(replace(command, arguments="done")))
    assert (await library.asks("bookmarks", "done")).numbers == (3,)


async def test_others_papers_stay(library: DeskDriver) -> None:
    """Nobody takes a paper off the channel's list that others saved; the own mark goes."""
    await library.asks("bookmarks", "team remove 1", user=BOB)
    assert "Others saved that paper here" in words(await library.asks("bookmarks", "team remove 1", user=BOB))
    assert (await library.asks("bookmarks", "team")).papers == (a_paper(2).id,)


async def test_adding(library: DeskDriver) -> None:
    """A paper can be saved by its identifier, for the asker alone or for the channel."""
    await library.asks("bookmarks", "add 2602.00004")
    assert a_paper(4).id in (await library.asks("bookmarks")).papers
    await library.asks("bookmarks", "team add 2602.00004", user=BOB)
    assert a_paper(4).id in (await library.asks("bookmarks", "team")).papers


async def test_pages(driver: DeskDriver) -> None:
    """A long list comes in pages with buttons to the next and the one before; a page beyond the end is the last."""
    papers = [a_paper(number) for number in range(10, 30)]
    await driver.store.add(a_listing(papers), at=AT)
    for number, paper in enumerate(papers):
        at = AT + timedelta(seconds=number)
        await driver.store.add_bookmark(str(ANN), paper.id, str(CHANNEL), at=at, public=False)
    seen: list[int] = []
    post = await driver.asks("bookmarks")
    while True:
        seen += post.numbers
        older = [one for one in post.actions if one.label == "Older ›"]
        if not older:
            break
        post = await driver.asks("bookmarks", older[0].arguments)
    assert seen == list(range(20, 0, -1))
    assert (await driver.asks("bookmarks", "page 99")).numbers == post.numbers
    assert [one.label for one in post.actions] == ["‹ Newer", "BibTeX"]


@pytest.mark.parametrize(
    ("typed", "name", "part"),
    [
        ("export", "reading-list.bib", "@misc{"),
        ("export ris unread", "reading-list.ris", "TY  - UNPB"),
        ("team export json", "team-reading-list.json", '"type": "article"'),
        ("export md search compare", "reading-list.md", "  - compare notes"),
    ],
)
async def test_export(library: DeskDriver, typed: str, name: str, part: str) -> None:
    """A list, or a part of it, comes as a file with notes, for those alone who may read it."""
    await library.asks("bookmarks", "note 1 compare notes")
    post = await library.asks("bookmarks", typed)
    assert post.attachment
    assert post.attachment.name == name
    assert part in post.attachment.content
    assert post.audience is (Audience.ASKER if "team" in typed else Audience.PERSONAL)
    assert ("compare notes" in post.attachment.content) is ("team" not in typed)


def spans_of(post: Post) -> list[object]:
    return [span for block in post.blocks for span in getattr(block, "spans", ())]
