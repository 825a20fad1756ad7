"""Following authors, and papers that rise."""

from __future__ import annotations

from datetime import timedelta

from core.papers.paper import Signals
from tests.fakes.desk_driver import CHANNEL, DeskDriver, words
from tests.fakes.papers import AT, a_listing, a_paper


async def test_follow_and_unfollow(driver: DeskDriver) -> None:
    """/authors follows several people at once, tells their newest papers, and stops following."""
    await driver.store.add(a_listing([a_paper(7, title="Cups", authors=("Ann Lee",))]), at=AT)
    assert "Nobody is followed" in words(await driver.asks("authors"))
    await driver.asks("authors", 'follow Ann Lee, "Ray, Bob"')
    (saved,) = await driver.store.subscriptions(CHANNEL)
    assert saved.authors == ("Ann Lee", "Ray, Bob")
    told = words(await driver.asks("authors"))
    assert "Cups" in told and "Ray, Bob" in told and "nothing yet" in told
    await driver.asks("authors", "unfollow ann lee")
    (saved,) = await driver.store.subscriptions(CHANNEL)
    assert saved.authors == ("Ray, Bob",)


async def test_what_somebody_wrote(driver: DeskDriver) -> None:
    """/authors with a name shows papers, with a button that follows."""
    await driver.store.add(a_listing([a_paper(7, title="Cups", authors=("Ann Lee",))]), at=AT)
    post = await driver.asks("authors", "Ann Lee")
    assert "Cups" in words(post) and post.actions[0].arguments == 'follow "Ann Lee"'
    await driver.asks(post.actions[0].name, post.actions[0].arguments)
    assert (await driver.store.subscriptions(CHANNEL))[0].authors == ("Ann Lee",)
    assert "No stored paper" in words(await driver.asks("authors", "Nobody Known"))


async def test_who_may_follow(driver: DeskDriver) -> None:
    """Only a manager changes whom a channel follows; everybody sees it."""
    assert "manage" in words(await driver.asks("authors", "follow Ann Lee", may_manage=False))
    assert "Nobody is followed" in words(await driver.asks("authors", may_manage=False))


async def test_names_that_are_none(driver: DeskDriver) -> None:
    """No name, and more names than one command takes, are told as that."""
    for arguments in ("follow", "follow , ;", f"follow {', '.join(f'A{n} B' for n in range(21))}"):
        assert "Name one to 20" in words(await driver.asks("authors", arguments))


async def test_trending(driver: DeskDriver) -> None:
    """/trending tells what votes gained in the channel's categories, and with `all` everywhere."""
    for number, categories, votes in ((7, ("cs.CL",), 5), (8, ("math.CO",), 9)):
        paper = a_paper(number, categories=categories, signals=Signals(upvotes=votes))
        await driver.store.add(a_listing([paper], scope=categories[0]), at=AT - timedelta(days=1))
    here, all = words(await driver.asks("trending")), words(await driver.asks("trending", "7 all"))
    assert "2602.00007" in here and "2602.00008" not in here
    assert all.index("2602.00008") < all.index("2602.00007")
    assert "not a number of days" in words(await driver.asks("trending", "soon"))
    driver.clock.move(timedelta(days=60))
    assert "No votes were told" in words(await driver.asks("trending", "all"))
