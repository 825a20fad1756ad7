"""Several digests in one channel: each command says which it is about, or asks; no change is made by a guess."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.converse.settings.naming import LONGEST, MOST, naming, read_name
from core.errors import BadSetting
from core.posts.tree import Audience
from tests.fakes.desk_driver import CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT

VISION = replace(READS_CL, name="vision", categories=("cs.CV",), size=5)


@pytest.fixture
async def two(driver: DeskDriver) -> DeskDriver:
    await driver.store.save_subscription(VISION, at=AT)
    return driver


@pytest.mark.parametrize(
    ("typed", "name", "rest"),
    [
        ("name:vision size 5", "vision", "size 5"),
        ("size 5 name:vision", "vision", "size 5"),
        ('Name:"Vision"', "vision", ""),
        ("name: vision cs.CV", "vision", "cs.CV"),
        ("rule about name:vision things", "", "rule about name:vision things"),
        ("", "", ""),
        ("rename vision", "", "rename vision"),
        ("username:vision", "", "username:vision"),
    ],
)
def test_where_a_name_stands(typed: str, name: str, rest: str) -> None:
    """A digest is named at the beginning or the end, in any case; elsewhere the words are somebody's own."""
    assert read_name(typed) == (name, rest)


@pytest.mark.parametrize("typed", ["name: ", "name:", 'name:"" size 5', "name:../x", "name:\u202e size 5"])
def test_what_is_no_name(typed: str) -> None:
    """A name without letters, or with signs, is refused."""
    with pytest.raises(BadSetting):
        read_name(typed)


async def test_a_second_digest(driver: DeskDriver) -> None:
    """/subscribe with a new name begins another digest beside the first, with a place in /settings of its own."""
    await driver.asks("subscribe", "name:vision cs.CV")
    names = [(one.name, one.categories) for one in await driver.store.subscriptions(CHANNEL)]
    assert names == [("main", ("cs.CL",)), ("vision", ("cs.CV",))]
    told = words(await driver.asks("settings"))
    assert "cs.CL" in told and "cs.CV" in told and "digest “vision”" in told
    assert "cs.CL" not in words(await driver.asks("settings", "name:vision"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("settings", "size 9"),
        ("settings", "pause"),
        ("subscribe", "cs.RO"),
        ("unsubscribe", "cs.CL"),
        ("unsubscribe", ""),
        ("digest", ""),
    ],
)
async def test_no_change_by_a_guess(two: DeskDriver, name: str, arguments: str) -> None:
    """Where a channel has several digests and none is named, nothing is done, and a button for each finishes it."""
    before = await two.store.subscriptions(CHANNEL)
    post = await two.asks(name, arguments)
    assert "has 2 digests. Which one?" in words(post) and post.audience is Audience.ASKER
    assert [(one.name, one.label, one.arguments) for one in post.actions] == [
        (name, each, naming(arguments, each)) for each in ("main", "vision")
    ]
    assert await two.store.subscriptions(CHANNEL) == before


async def test_a_named_one_is_changed(two: DeskDriver) -> None:
    """With a name each command is about that digest alone."""
    await two.asks("settings", "name:vision size 9")
    await two.asks("subscribe", "cs.RO name:vision")
    await two.asks("authors", "follow name:vision Ann Lee")
    main, vision = await two.store.subscriptions(CHANNEL)
    assert main == READS_CL
    assert (vision.size, vision.categories, vision.authors) == (9, ("cs.CV", "cs.RO"), ("Ann Lee",))
    await two.asks("unsubscribe", "name:vision cs.RO")
    await two.asks("unsubscribe", "name:main yes")
    (left,) = await two.store.subscriptions(CHANNEL)
    assert (left.name, left.categories) == ("vision", ("cs.CV",))


async def test_reading_shows_all(two: DeskDriver) -> None:
    """What only reads tells of every digest, or says which one it is about and leads to the others."""
    assert "size of main" in words(await two.asks("settings", "size"))
    assert "size of vision" in words(await two.asks("settings", "size"))
    why = words(await two.asks("why", "2602.00001"))
    assert "was not posted in “main”" in why and "was not posted in “vision”" in why
    assert "vision" not in words(await two.asks("why", "2602.00001 name:main"))
    preview = await two.asks("digest", "preview")
    assert "This is “main”." in words(preview) and preview.actions[-1].arguments == "name:vision preview"
    assert "This is “vision”." in words(await two.asks("digest", "name:vision preview"))


async def test_a_name_that_is_none(two: DeskDriver) -> None:
    """A name that the channel has not names the nearest, or those that there are."""
    for command, arguments in (("settings", "size 9"), ("settings", ""), ("digest", "preview"), ("unsubscribe", "")):
        assert "Did you mean name:vision?" in words(await two.asks(command, f"name:visoin {arguments}"))
    assert "There are main, vision." in words(await two.asks("why", "name:zebras 2602.00001"))


async def test_a_digest_is_renamed(two: DeskDriver) -> None:
    """Renamed, it is the same digest; a name that is taken, too long or none is refused."""
    assert "name: vision → sight" in words(await two.asks("settings", "name:vision rename sight")).replace(
        "', bold=False", ""
    ) or "vision → sight" in words(await two.asks("settings", "log"))
    assert [one.name for one in await two.store.subscriptions(CHANNEL)] == ["main", "sight"]
    for typed, said in (
        ("main", "already"),
        ("x" * (LONGEST + 1), "not a name"),
        ("a b", "not a name"),
        ("/", "not a"),
    ):
        assert said in words(await two.asks("settings", f"name:sight rename {typed}"))
    await two.asks("settings", "undo")
    assert [one.name for one in await two.store.subscriptions(CHANNEL)] == ["main", "vision"]


async def test_there_is_room_for_some(driver: DeskDriver) -> None:
    """A channel has a bounded number of digests."""
    for number in range(MOST + 1):
        post = await driver.asks("subscribe", f"name:n{number} cs.CL")
    assert f"has {MOST} digests" in words(post)
    assert len(await driver.store.subscriptions(CHANNEL)) == MOST
