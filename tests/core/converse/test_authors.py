"""Following authors, and papers that rise."""

from __future__ import annotations

from datetime import timedelta

from core.papers.paper import Signals
from tests.fakes.desk_driver import CHANNEL, Office, words
from tests.fakes.papers import AT, a_listing, a_paper


async def test_follow_and_unfollow(office: Office) -> None:
    """/authors follows several people at once, tells their newest papers, and stops following."""
    await office.store.add(a_listing([a_paper(7, title="Cups", authors=("Ann Lee",))]), at=AT)
    assert "Nobody is followed" in words(await office.asks("authors"))
    await office.asks("authors", 'follow Ann Lee, "Ray, Bob"')
    (saved,) = await office.store.subscriptions(CHANNEL)
    assert saved.authors == ("Ann Lee", "Ray, Bob")
    told = words(await office.asks("authors"))
    assert "Cups" in told and "Ray, Bob" in told and "nothing yet" in told
    await office.asks("authors", "unfollow ann lee")
    (saved,) = await office.store.subscriptions(CHANNEL)
    assert saved.authors == ("Ray, Bob",)


async def test_what_somebody_wrote(office: Office) -> None:
    """/authors with a name shows papers, with a button that follows."""
    await office.store.add(a_listing([a_paper(7, title="Cups", authors=("Ann Lee",))]), at=AT)
    post = await office.asks("authors", "Ann Lee")
    assert "Cups" in words(post) and post.actions[0].arguments == 'follow "Ann Lee"'
    await office.asks(post.actions[0].name, post.actions[0].arguments)
    assert (await office.store.subscriptions(CHANNEL))[0].authors == ("Ann Lee",)
    assert "No stored paper" in words(await office.asks("authors", "Nobody Known"))


async def test_who_may_follow(office: Office) -> None:
    """Only a manager changes whom a channel follows; everybody sees it."""
    assert "manage" in words(await office.asks("authors", "follow Ann Lee", may_manage=False))
    assert "Nobody is followed" in words(await office.asks("authors", may_manage=False))


async def test_names_that_are_none(office: Office) -> None:
    """No name, and more names than one command takes, are told as that."""
    for arguments in ("follow", "follow , ;", f"follow {', '.join(f'A{n} B' for n in range(21))}"):
        assert "Name one to 20" in words(await office.asks("authors", arguments))


async def test_trending(office: Office) -> None:
    """/trending tells what votes gained in the channel's categories, and with `all` everywhere."""
    for number, categories, votes in ((7, ("cs.CL",), 5), (8, ("math.CO",), 9)):
        paper = a_paper(number, categories=categories, signals=Signals(upvotes=votes))
        await office.store.add(a_listing([paper], scope=categories[0]), at=AT - timedelta(days=1))
    here, all = words(await office.asks("trending")), words(await office.asks("trending", "7 all"))
    assert "2602.00007" in here and "2602.00008" not in here
    assert all.index("2602.00008") < all.index("2602.00007")
    assert "not a number of days" in words(await office.asks("trending", "soon"))
    office.clock.move(timedelta(days=60))
    assert "No votes were told" in words(await office.asks("trending", "all"))
