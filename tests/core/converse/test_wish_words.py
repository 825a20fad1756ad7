"""A digest in people's own words is taken apart, shown before it is saved, and saved as it was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from core.channels import Depth
from core.converse.settings.saving import PATIENCE
from core.converse.settings.wish_words import WordsWish, is_in_words, read_words
from core.posts.tree import Audience
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper

TODAY = date(2026, 11, 30)
TOUCH = "robots that learn from touch, no surveys, weekdays at nine"


def of(wish: WordsWish) -> tuple[object, ...]:
    return wish.interest, wish.denials, wish.categories, wish.size, wish.language


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (TOUCH, ("robots that learn from touch", ("surveys",), (), None, "")),
        ("top 5 papers about protein folding in German", ("protein folding", (), (), 5, "de")),
        ("diffusion without images or video", ("diffusion", ("images", "video"), (), None, "")),
        ("please send us papers on sparse attention but not vision", ("sparse attention", ("vision",), (), None, "")),
        ("agents, from computer vision, at most ten papers a day", ("agents", (), ("cs.CV",), 10, "")),
        ("cs.CL and cs.LG: agents, nothing about big sets", ("agents", ("big sets",), ("cs.CL", "cs.LG"), None, "")),
        ("why LLMs do not reason", ("why LLMs do not reason", (), (), None, "")),
        ("causal inference at scale", ("causal inference at scale", (), (), None, "")),
        ("translation in Wonderland", ("translation in Wonderland", (), (), None, "")),
        ("top 99 papers on speech", ("top 99 papers on speech", (), (), None, "")),
        ("no", ("", (), (), None, "")),
    ],
)  # fmt: skip
def test_what_is_understood(typed: str, read: tuple[object, ...]) -> None:
    """Interest, denials, categories, size and language are told apart; what is none of them stays the interest."""
    assert of(read_words(typed, TODAY)) == read


def test_schedules_and_depths() -> None:
    """Hours, days, the first day and how much is told are read out of the same sentence."""
    wish = read_words("tomorrow at 9am, every monday and thursday, agents in one line", TODAY)
    assert (wish.interest, wish.depth) == ("agents", Depth.LINE)
    assert (wish.schedule.at, wish.schedule.weekdays) == (time(9), frozenset({0, 3}))
    assert wish.schedule.not_before == date(2026, 12, 1)


def test_denials_become_a_rule() -> None:
    """What is not wanted is a rule, beside the one there was; said twice it stands there once."""
    wish = read_words("agents, no surveys, no position papers", TODAY)
    assert wish.on(READS_CL).rule == 'NOT (surveys OR "position paper*")'
    ruled = replace(READS_CL, rule="fog OR lamp")
    twice = wish.on(wish.on(ruled))
    assert twice.rule == f"(fog OR lamp) AND {wish.rule}"


@pytest.mark.parametrize(
    ("typed", "is_sentence"),
    [("robotics", False), ("world model", False), ("flutes", False), (TOUCH, True), ("every monday", True)],
)
def test_what_is_a_sentence(typed: str, is_sentence: bool) -> None:
    """A word or a phrase is no sentence; a sentence, and what has settings in it, is one."""
    assert is_in_words(typed, TODAY) is is_sentence


async def test_a_wish_is_shown_and_saved(driver: DeskDriver) -> None:
    """/subscribe in words shows what was understood and what it would have posted, and saves it when asked to."""
    await driver.store.remove_subscription(CHANNEL, "main")
    post = await driver.asks("subscribe", f"{TOUCH}, cs.CL")
    told = words(post)
    assert "robots that learn from touch" in told and "Nothing comes that matches" in told and "surveys" in told
    assert "Every weekday at 09:00" in told and "It would have posted:" in told and "of 4 papers" in told
    assert post.audience is Audience.ASKER
    assert await driver.store.subscriptions(CHANNEL) == ()
    save, cancel = post.actions
    assert (save.label, cancel.label) == ("Save", "Cancel") and len(save.arguments) < 30
    saved = await driver.asks(save.name, save.arguments)
    (found,) = await driver.store.subscriptions(CHANNEL)
    assert (found.interest, found.rule, found.categories) == ("robots that learn from touch", "NOT surveys", ("cs.CL",))
    assert saved.audience is Audience.EVERYONE and "Which time zone?" in words(saved)
    await driver.asks("settings", "undo")
    assert await driver.store.subscriptions(CHANNEL) == ()


async def test_a_wish_is_not_saved(driver: DeskDriver) -> None:
    """Cancelled, forgotten for an hour, or somebody else's, it is not saved."""
    for end in ("cancel", "wait", "other"):
        post = await driver.asks("subscribe", TOUCH)
        save, cancel = post.actions
        if end == "cancel":
            assert "Nothing was changed" in words(await driver.asks(cancel.name, cancel.arguments))
        if end == "wait":
            driver.clock.move(PATIENCE + timedelta(seconds=1))
        said = words(await driver.asks(save.name, save.arguments, user=BOB if end == "other" else ANN))
        assert ("nobody else" if end == "other" else "waited for more than an hour") in said
        assert await driver.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_a_rule_is_tried_before_it_is_saved(driver: DeskDriver) -> None:
    """A change of the rule or the interest shows the last three listing days and what is odd about the rule."""
    for days in range(1, 5):
        papers = [a_paper(100 * days + n, title=f"A model {'of lanterns ' * 30}") for n in range(20)]
        listing = a_listing(papers, day=AT.date() - timedelta(days=days))
        await driver.store.add(listing, at=AT)
    told = words(await driver.asks("settings", "rule model"))
    assert "probably too wide" in told
    assert told.count("of 20 papers") in (2, 3) and "3 of " in told
    assert (await driver.store.subscriptions(CHANNEL))[0].rule == ""
    await driver.asks("settings", "save")
    assert (await driver.store.subscriptions(CHANNEL))[0].rule == "model"
    assert "It would have posted" in words(await driver.asks("settings", "interest flutes in cold rooms"))
    assert "It would have posted" not in words(await driver.asks("settings", "rule none"))


WIDE = {
    "a first rule": ("subscribe", "cs.CL rule: model", "The rule matches 94 %"),
    "a rule": ("settings", "rule model", "The rule matches 94 %"),
    "an interest": ("settings", "interest language models", "The interest matches 94 %"),
}


@pytest.mark.parametrize(("command", "typed", "told"), WIDE.values(), ids=WIDE)
async def test_what_is_too_wide_is_asked_about(driver: DeskDriver, command: str, typed: str, told: str) -> None:
    """A rule or an interest that keeps nearly everything is shown and asked about, whether it is the first wish of a
    channel or a change, and whichever command it came by; saved it is all the same when that is wanted."""
    papers = [a_paper(100 + n, title=f"Language models, part {n}", abstract="A model speaks.") for n in range(60)]
    listing = a_listing(papers, day=AT.date() - timedelta(days=1))
    await driver.store.add(listing, at=AT)
    if command == "subscribe":
        await driver.store.remove_subscription(CHANNEL, "main")
    shown = words(await driver.asks(command, typed))
    assert f"{told} of the last month's 64 papers in cs.CL: probably too wide." in shown
    assert "Nothing was saved yet" in shown
    assert all(not (one.rule or one.interest) for one in await driver.store.subscriptions(CHANNEL))
    await driver.asks("settings", "save")
    (saved,) = await driver.store.subscriptions(CHANNEL)
    assert saved.rule or saved.interest


async def test_a_first_wish_is_saved_at_once(driver: DeskDriver) -> None:
    """The first rule of a channel is saved with what it matches and a way back; for a digest that is there a rule or an
    interest is shown first, by either command, and what only adds is saved at once."""
    papers = [a_paper(100 + n, title=f"Lanterns {n}" if n < 6 else f"Flutes {n}") for n in range(60)]
    await driver.store.add(a_listing(papers, day=AT.date() - timedelta(days=1)), at=AT)
    await driver.store.remove_subscription(CHANNEL, "main")
    post = await driver.asks("subscribe", "cs.CL rule: lanterns")
    assert "The rule matches 9 % of the last month's 64 papers in cs.CL." in words(post)
    assert "Undo" in [one.label for one in post.actions]
    assert [one.rule for one in await driver.store.subscriptions(CHANNEL)] == ["lanterns"]
    for command, typed in (("subscribe", "rule: flutes"), ("settings", "rule flutes"), ("settings", "interest flutes")):
        assert "Nothing was saved yet" in words(await driver.asks(command, typed))
    for command, typed in (("subscribe", "cs.RO"), ("subscribe", "author:Lee"), ("settings", "rule none")):
        assert "Nothing was saved yet" not in words(await driver.asks(command, typed))
    (found,) = await driver.store.subscriptions(CHANNEL)
    assert (found.rule, found.interest, found.categories, found.authors) == ("", "", ("cs.CL", "cs.RO"), ("Lee",))


async def test_an_interest_tells_its_width(driver: DeskDriver) -> None:
    """What an interest matches of the last month is told where it is shown, set or asked for, and when nothing does."""
    papers = [a_paper(100 + n, title=f"Lanterns {n}" if n < 6 else f"Flutes {n}") for n in range(60)]
    await driver.store.add(a_listing(papers, day=AT.date() - timedelta(days=1)), at=AT)
    told = "The interest matches 9 % of the last month's 64 papers in cs.CL."
    assert told in words(await driver.asks("settings", "interest lanterns"))
    await driver.asks("settings", "save")
    assert told in words(await driver.asks("settings", "interest"))
    narrow = words(await driver.asks("settings", "interest walruses in the sea"))
    assert "The interest matches none of the last month's 64 papers in cs.CL: probably too narrow." in narrow
    common = words(await driver.asks("settings", "interest model"))
    assert "The words of the interest are too common to tell papers apart." in common


async def test_what_is_saved_meets_the_changes_of_others(driver: DeskDriver) -> None:
    """What others changed while a wish waited stays; where it is the same setting the person is asked."""
    await driver.asks("settings", "interest flutes in cold rooms")
    await driver.asks("settings", "size 9", user=BOB)
    await driver.asks("settings", "save")
    (found,) = await driver.store.subscriptions(CHANNEL)
    assert (found.interest, found.size) == ("flutes in cold rooms", 9)
    await driver.asks("settings", "interest lamps")
    await driver.store.save_subscription(replace(found, interest="bells"), at=AT)
    assert "bells now, lamps by you" in words(await driver.asks("settings", "save"))


async def test_a_pause(driver: DeskDriver) -> None:
    """A digest is paused for good, or until a day at which it goes on by itself, and resumed before it."""
    await driver.asks("settings", "pause until tomorrow")
    (found,) = await driver.store.subscriptions(CHANNEL)
    assert not found.paused and found.at.not_before == AT.date() + timedelta(days=1)
    await driver.asks("settings", "pause 3 days")
    told = words(await driver.asks("settings"))
    assert "It is paused until" in told and "Resume" in told
    await driver.asks("settings", "resume")
    assert await driver.store.subscriptions(CHANNEL) == (replace(READS_CL, set_up_by=found.set_up_by),)
    await driver.asks("settings", "pause")
    assert "This digest is paused." in words(await driver.asks("settings"))
    assert "not a day" in words(await driver.asks("settings", "pause for lunch"))


@pytest.mark.parametrize(
    "typed", ["\0", "“”", "\u202eevil", "x" * 10_000, "( " * 500, "no " * 3_000, "AND OR NOT", "/" * 99]
)
async def test_hostile_wishes(driver: DeskDriver, typed: str) -> None:
    """Whatever is typed, there is an answer, and nothing is saved that was not shown."""
    post = await driver.asks("subscribe", typed)
    assert post.blocks
    assert (await driver.store.subscriptions(CHANNEL))[0].categories == READS_CL.categories
