from __future__ import annotations

from datetime import timedelta

import pytest

from core.converse.lists.feedback import Feedback
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, DeskDriver, pressed, words
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, a_paper


async def test_reaction_becomes_a_bookmark(driver: DeskDriver) -> None:
    """A bookmark on a paper's message is on the person's list and the channel's until it is taken away."""
    await driver.asks("digest")
    key = driver.chat.keys[1]
    assert await driver.reacts(key, Feeling.BOOKMARK) is None
    assert len((await driver.asks("bookmarks")).papers) == 1
    assert len((await driver.asks("bookmarks", "team", user=BOB)).papers) == 1
    assert not (await driver.asks("bookmarks", user=BOB)).papers
    await driver.reacts(key, Feeling.BOOKMARK, added=False)
    assert "is empty" in words(await driver.asks("bookmarks"))


async def test_reaction_on_the_whole_digest_gets_one_hint(driver: DeskDriver) -> None:
    """A reaction on a message that shows several papers bookmarks none and says where to react."""
    await driver.asks("digest")
    hint = await driver.reacts(driver.chat.keys[0], Feeling.BOOKMARK)
    assert hint is not None
    assert "several papers" in words(hint)
    assert "is empty" in words(await driver.asks("bookmarks"))


async def test_reaction_on_a_strange_message_is_ignored(driver: DeskDriver) -> None:
    """A reaction on a message that is not ours changes nothing and says nothing."""
    assert await driver.reacts("not-ours", Feeling.BOOKMARK) is None


async def test_reaction_before_its_message_is_recorded_waits(driver: DeskDriver) -> None:
    """A reaction that is quicker than our record of the message counts once the message is recorded."""
    await driver.reacts("answer/9/0", Feeling.BOOKMARK)
    assert "is empty" in words(await driver.asks("bookmarks"))
    await driver.desk.record_message(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert len((await driver.asks("bookmarks")).papers) == 1


async def test_the_last_word_before_the_record_counts(driver: DeskDriver) -> None:
    """Added and taken away before the message is recorded is taken away."""
    await driver.reacts("answer/9/0", Feeling.BOOKMARK)
    await driver.reacts("answer/9/0", Feeling.BOOKMARK, added=False)
    await driver.desk.record_message(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert "is empty" in words(await driver.asks("bookmarks"))


async def test_a_reaction_waits_ten_minutes_and_no_longer(driver: DeskDriver) -> None:
    """A reaction on a message that is recorded a quarter of an hour later is forgotten."""
    await driver.reacts("answer/9/0", Feeling.BOOKMARK)
    driver.clock.move(timedelta(minutes=15))
    await driver.desk.record_message(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert "is empty" in words(await driver.asks("bookmarks"))


@pytest.mark.parametrize("feeling", [Feeling.MORE, Feeling.LESS])
async def test_thumbs_are_feedback(driver: DeskDriver, feeling: Feeling) -> None:
    """👍 and 👎 on a paper's message are recorded without a word, and taken back with the reaction."""
    await driver.asks("digest")
    key, (_, paper, *_) = driver.chat.keys[1], [outgoing.papers[0] for outgoing, _ in driver.chat.sent]
    assert await driver.reacts(key, feeling) is None
    assert await feedback_in(driver.store, CHANNEL) == (
        Feedback(user=ANN, paper=paper, feeling=feeling, where=CHANNEL, at=AT, public=True),
    )
    assert await driver.reacts(key, feeling, added=False) is None
    assert await feedback_in(driver.store, CHANNEL) == ()


async def test_thumbs_on_the_whole_digest_are_left_alone(driver: DeskDriver) -> None:
    """👍 on a message that shows several papers is about none of them, and nobody is told to react elsewhere."""
    await driver.asks("digest")
    assert await driver.reacts(driver.chat.keys[0], Feeling.MORE) is None
    assert await driver.reacts(driver.chat.keys[0], Feeling.BOOKMARK, added=False) is None
    assert await feedback_in(driver.store, CHANNEL) == ()


async def test_thumbs_before_their_message_is_recorded_wait(driver: DeskDriver) -> None:
    """Feedback that is quicker than our record of the message counts once the message is recorded."""
    await driver.reacts("answer/9/0", Feeling.LESS)
    await driver.desk.record_message(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert [(one.paper, one.feeling) for one in await feedback_in(driver.store, CHANNEL)] == [
        (a_paper(1).id, Feeling.LESS)
    ]


async def test_a_button_is_private_and_a_toggle(driver: DeskDriver) -> None:
    """The bookmark button feeds the person's list alone; pressed again it takes the paper off."""
    press = pressed("bookmark", a_paper(1).id)
    assert "On your reading list" in words(await driver.desk.handle(press))
    assert len((await driver.asks("bookmarks")).papers) == 1
    assert "is empty" in words(await driver.asks("bookmarks", "team"))
    assert "Taken off" in words(await driver.desk.handle(press))
    assert "is empty" in words(await driver.asks("bookmarks"))
    unknown = pressed("bookmark", a_paper(99).id)
    assert "audience=<Audience.ASKER" in words(await driver.desk.handle(unknown))
    old = pressed("teleport", a_paper(1).id)
    assert "another version" in words(await driver.desk.handle(old))


async def test_a_reaction_that_goes_leaves_the_private_mark(driver: DeskDriver) -> None:
    """Taking away a reaction takes the paper off the channel's list, and off the person's only where no button had
    put it there as well."""
    await driver.asks("digest")
    key, paper = driver.chat.keys[1], driver.chat.sent[1][0].papers[0]
    await driver.desk.handle(pressed("bookmark", paper))
    await driver.reacts(key, Feeling.BOOKMARK)
    assert (await driver.asks("bookmarks", "team")).papers == (paper,)
    await driver.reacts(key, Feeling.BOOKMARK, added=False)
    assert (await driver.asks("bookmarks")).papers == (paper,)
    assert "is empty" in words(await driver.asks("bookmarks", "team"))


async def test_the_button_leaves_what_a_reaction_put_on(driver: DeskDriver) -> None:
    """The button takes back its own mark alone; where a reaction still stands, the person reads so."""
    await driver.asks("digest")
    key, paper = driver.chat.keys[1], driver.chat.sent[1][0].papers[0]
    await driver.reacts(key, Feeling.BOOKMARK)
    press = pressed("bookmark", paper)
    assert "On your reading list" in words(await driver.desk.handle(press))
    assert "reaction keeps it on your list" in words(await driver.desk.handle(press))
    assert (await driver.asks("bookmarks", "team")).papers == (paper,)
    await driver.reacts(key, Feeling.BOOKMARK, added=False)
    assert "is empty" in words(await driver.asks("bookmarks"))


async def test_a_button_teaches_once(driver: DeskDriver) -> None:
    """The first press of a person tells of the reaction, and no later one, after a restart neither."""
    press = pressed("bookmark", a_paper(1).id)
    heard = []
    for _ in range(2):
        heard.append("saves it for the channel" in words(await driver.desk.handle(press)))
        await driver.desk.handle(press)
    restarted = DeskDriver(driver.store)
    heard.append("saves it for the channel" in words(await restarted.desk.handle(press)))
    assert heard == [True, False, False]


async def test_a_list_is_hinted_at_once(driver: DeskDriver) -> None:
    """Who reacts on a message with several papers is told once where to react, however often it happens there."""
    await driver.asks("digest")
    hints = [await driver.reacts(driver.chat.keys[0], Feeling.BOOKMARK, user=user) for user in (ANN, ANN, BOB)]
    assert [hint is not None for hint in hints] == [True, False, True]


async def test_a_late_word_changes_nothing(driver: DeskDriver) -> None:
    """A reaction that is told after it was taken away, as platforms do that try again, does not come back."""
    await driver.asks("digest")
    at = driver.clock.now()
    for added, second in ((False, 2), (True, 1)):
        moment = at + timedelta(seconds=second)
        await driver.reacts(driver.chat.keys[1], Feeling.BOOKMARK, added=added, at=moment)
    assert "is empty" in words(await driver.asks("bookmarks"))


async def test_one_of_two_emoji_stays(driver: DeskDriver) -> None:
    """Who bookmarks with two emoji, or on two messages, keeps the bookmark until the last of them is gone."""
    await driver.asks("digest")
    key, paper = driver.chat.keys[1], driver.chat.sent[1][0].papers[0]
    await driver.desk.record_message(MessageRef(CHANNEL, "answer/1/0"), [paper])
    steps = ((key, "🔖", True), (key, "✍", True), ("answer/1/0", "🔖", True))
    for message, emoji, added in (*steps, *((message, emoji, False) for message, emoji, _ in steps)):
        assert (message, emoji, added) == steps[0] or len((await driver.asks("bookmarks")).papers) == 1
        await driver.reacts(message, Feeling.BOOKMARK, added=added, emoji=emoji)
    assert "is empty" in words(await driver.asks("bookmarks"))


async def test_the_channel_lists_a_paper_while_a_reaction_stands(driver: DeskDriver) -> None:
    """A paper that two people bookmarked is on the channel's list once, until the last of them takes it back."""
    await driver.asks("digest")
    key = driver.chat.keys[1]
    for user in (ANN, BOB):
        await driver.reacts(key, Feeling.BOOKMARK, user=user)
    assert len((await driver.asks("bookmarks", "team")).papers) == 1
    await driver.reacts(key, Feeling.BOOKMARK, user=ANN, added=False)
    assert len((await driver.asks("bookmarks", "team")).papers) == 1
    await driver.reacts(key, Feeling.BOOKMARK, user=BOB, added=False)
    assert "is empty" in words(await driver.asks("bookmarks", "team"))


async def test_reaction_on_an_answer_counts(driver: DeskDriver) -> None:
    """A paper shown by an answer can be bookmarked where it was shown."""
    post = await driver.asks("paper", "2602.00002")
    await driver.desk.record_message(MessageRef(CHANNEL, "answer/1/0"), post.papers)
    await driver.reacts("answer/1/0", Feeling.BOOKMARK)
    assert len((await driver.asks("bookmarks")).papers) == 1


@pytest.mark.parametrize(
    ("feeling", "outcomes"),
    [
        (Feeling.BOOKMARK, ("Nothing was changed", "On your reading list:", "list already", "Taken off")),
        (Feeling.LESS, ("Nothing was changed", "Noted:", "Noted before", "Taken back:")),
    ],
)
async def test_a_typed_reaction_gets_a_word(driver: DeskDriver, feeling: Feeling, outcomes: tuple[str, ...]) -> None:
    """Who types a reaction reads what became of it, with the paper's title; also where nothing did."""
    message = MessageRef(CHANNEL, "answer/9/0")
    await driver.desk.record_message(message, [a_paper(1).id])
    for added, outcome in zip((False, True, True, False), outcomes, strict=True):
        reaction = Reaction(user=ANN, message=message, feeling=feeling, added=added, is_typed=True)
        post = await driver.desk.react(reaction)
        assert post
        assert outcome in words(post)
        assert a_paper(1).title in words(post)
