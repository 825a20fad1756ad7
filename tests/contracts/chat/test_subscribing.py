"""What a channel reads is never lost by a slip: on each platform people are asked, told what was, and led back."""

from __future__ import annotations

from dataclasses import replace

from core.channels import DeliveryTime, Subscription, is_private_chat
from core.converse.ports import Store
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.platform_drivers import PlatformDriver


async def test_a_name_in_words_is_asked_about(driver: PlatformDriver, store: Store) -> None:
    """A category's name in words changes nothing until a button accepts it; what is read is told before and after."""
    before = Subscription(channel=driver.channel, categories=("cs.LG",), rule="lanterns")
    await store.save_subscription(before, at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/subscribe cs.CL robotics")
    assert "Did you mean cs.RO (Robotics)?" in driver.flat()
    assert await store.subscriptions() == (before,)
    await driver.person_presses(desk, "Subscribe to cs.RO")
    (saved,) = await store.subscriptions()
    assert (saved.categories, saved.rule) == (("cs.LG", "cs.CL", "cs.RO"), "lanterns")
    assert "cs.LG → cs.LG, cs.CL, cs.RO" in driver.flat()


async def test_a_rule_that_is_replaced_comes_back(driver: PlatformDriver, store: Store) -> None:
    """The rule that takes another's place is told beside it, and a button brings the first one back."""
    before = Subscription(channel=driver.channel, categories=("cs.LG",), rule="lanterns AND fog")
    await store.save_subscription(before, at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/subscribe flutes")
    assert await store.subscriptions() == (before,)
    await driver.person_presses(desk, "Save")
    assert "lanterns AND fog → flutes" in driver.flat()
    await driver.person_presses(desk, "Undo")
    assert [one.rule for one in await store.subscriptions()] == ["lanterns AND fog"]


async def test_a_digest_ends_when_that_is_confirmed_and_comes_back(driver: PlatformDriver, store: Store) -> None:
    """/unsubscribe asks first; once confirmed the settings are kept, and /subscribe alone offers them again."""
    known = DeliveryTime(has_chosen_zone=True)
    before = Subscription(channel=driver.channel, categories=("cs.LG",), authors=("Ada Ng",), size=7, at=known)
    await store.save_subscription(before, at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/unsubscribe")
    assert "End this channel's digest?" in driver.flat()
    assert await store.subscriptions() == (before,)
    await driver.person_presses(desk, "End the digest")
    assert await store.subscriptions() == ()
    await driver.person_manages(desk, "/subscribe")
    await driver.person_presses(desk, "Start it again")
    (saved,) = await store.subscriptions()
    assert replace(saved, set_up_by=None) == before


async def test_nobody_is_unfollowed_by_a_slip(driver: PlatformDriver, store: Store) -> None:
    """Who is not followed cannot be unfollowed: the nearest followed name is told."""
    before = Subscription(channel=driver.channel, categories=("cs.LG",), authors=("Bodo Lindqvist", "Ada Ng"))
    await store.save_subscription(before, at=AT)
    await driver.person_manages(real_desk(store), "/unsubscribe author:Lindquist")
    assert "Nobody called 'Lindquist' is followed here." in driver.flat()
    assert "Bodo Lindqvist" in driver.flat()
    assert await store.subscriptions() == (before,)


async def test_a_setting_without_a_value_is_shown(driver: PlatformDriver, store: Store) -> None:
    """/settings with a name alone shows that setting and changes nothing; in words it is emptied, with a way back."""
    before = Subscription(channel=driver.channel, categories=("cs.LG",), interest="lanterns in fog")
    await store.save_subscription(before, at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/settings interest")
    assert "interest: lanterns in fog" in driver.flat()
    assert await store.subscriptions() == (before,)
    await driver.person_manages(desk, "/settings interest none")
    assert [one.interest for one in await store.subscriptions()] == [""]
    await driver.person_presses(desk, "Undo")
    assert await store.subscriptions() == (before,)


async def test_one_of_several_papers_is_picked(driver: PlatformDriver, store: Store) -> None:
    """Words that several papers have open none of them: people pick one."""
    await store.add(a_listing([a_paper(n, title=f"Attention to lanterns, part {n}") for n in (1, 2)]), at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/paper attention" if driver.typed("x") == "/x" else "/attention")
    assert "Several papers have the words “attention”." in driver.flat()
    assert "part 1" in driver.flat() and "part 2" in driver.flat()


async def test_a_feed_that_was_read_from_a_file(driver: PlatformDriver, store: Store) -> None:
    """A feed that no setting names can be read and searched where a saved file brought its papers, and only there."""
    listing = a_listing([a_paper(title="Flutes in cold rooms")], scope="feed:flutes")
    await store.add(listing, at=AT)
    desk = real_desk(store, feeds=())
    await driver.person_manages(desk, "/subscribe feed:zoo")
    assert "There is no feed 'zoo'." in driver.flat() and await store.subscriptions() == ()
    await driver.person_manages(desk, "/subscribe feed:flutes")
    (saved,) = await store.subscriptions()
    assert saved.categories == ("feed:flutes",)
    await driver.person_manages(desk, "/search in:feed:flutes rooms")
    assert "Flutes in cold rooms" in driver.flat()


async def test_several_digests(driver: PlatformDriver, store: Store) -> None:
    """A second digest is begun by its name; a change that names none is finished by a button, and told to all."""
    desk = real_desk(store)
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.LG",)), at=AT)
    await driver.person_manages(desk, "/subscribe name:vision cs.CV")
    await driver.person_manages(desk, "/settings size 7")
    assert "This channel has 2 digests. Which one?" in driver.flat()
    await driver.person_presses(desk, "vision")
    assert [(one.name, one.size) for one in await store.subscriptions()] == [("main", 10), ("vision", 7)]
    assert "size: 10 → 7" in " ".join(driver.seen_by_all().split())
    await driver.person_manages(desk, "/unsubscribe name:vision")
    await driver.person_presses(desk, "End the digest")
    assert [one.name for one in await store.subscriptions()] == ["main"]


async def test_a_change_is_told_to_all_and_taken_back(driver: PlatformDriver, store: Store) -> None:
    """Who changed what is told in the channel, kept in the log, and taken back by the button below."""
    desk = real_desk(store)
    before = Subscription(channel=driver.channel, categories=("cs.LG",))
    await store.save_subscription(before, at=AT)
    await driver.person_manages(desk, "/settings at 8:30")
    (entry,) = await store.setting_changes(driver.channel)
    assert entry.person.name and entry.person.user.platform == driver.channel.platform
    assert f"{entry.person.name} set at: 09:00 → 08:30" in " ".join(driver.seen_by_all().split())
    await driver.person_presses(desk, "Undo")
    assert await store.subscriptions() == (before,)
    await driver.person_manages(desk, "/settings log")
    assert "The last 2 changes" in driver.flat() and "at: 08:30 → 09:00" in driver.flat()


async def test_a_mention_names_who_changed_something(driver: PlatformDriver, store: Store) -> None:
    """Who changes a setting by a mention of the bot is named to the channel and in the log, as by a typed command."""
    desk = real_desk(store)
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.LG",)), at=AT)
    await driver.person_mentions(desk, "/settings size 7")
    (entry,) = await store.setting_changes(driver.channel)
    assert entry.person.name and f"{entry.person.name} set size: 10 → 7" in " ".join(driver.seen_by_all().split())
    await driver.person_mentions(desk, "/settings log")
    assert f"{entry.person.name} set size: 10 → 7" in driver.flat() and "Somebody" not in driver.flat()


async def test_settings_are_sentences(driver: PlatformDriver, store: Store) -> None:
    """/settings tells when which papers come, in a sentence, and pauses by a button."""
    desk = real_desk(store)
    at = DeliveryTime(zone="Europe/Berlin", has_chosen_zone=True)
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.LG",), at=at), at=AT)
    await driver.person_manages(desk, "/settings")
    assert "Every weekday at 09:00 (Europe/Berlin)" in driver.flat()
    assert "up to 10 papers from cs.LG (Machine Learning)" in driver.flat()
    await driver.person_presses(desk, "Pause")
    assert [one.paused for one in await store.subscriptions()] == [True]
    await driver.person_manages(desk, "/settings resume")
    assert [one.paused for one in await store.subscriptions()] == [False]


async def test_a_wish_in_words(driver: PlatformDriver, store: Store) -> None:
    """A wish in words is shown as it was understood, with what it would have posted, and saved by a button."""
    await store.add(a_listing([a_paper(n, title=f"Robots that touch lanterns, part {n}") for n in (1, 2)]), at=AT)
    desk = real_desk(store)
    await driver.person_manages(
        desk, "/subscribe robots that learn from touch, no surveys, cs.CL, weekdays at half past eight"
    )
    assert "Every weekday at 08:30" in driver.flat() and "robots that learn from touch" in driver.flat()
    assert "It would have posted:" in driver.flat() and "of 2 papers" in driver.flat()
    assert await store.subscriptions() == ()
    await driver.person_presses(desk, "Save")
    (saved,) = await store.subscriptions()
    assert (saved.interest, saved.rule, saved.categories) == ("robots that learn from touch", "NOT surveys", ("cs.CL",))
    await driver.person_manages(desk, "/settings rule lanterns")
    await driver.person_presses(desk, "Cancel")
    assert [one.rule for one in await store.subscriptions()] == ["NOT surveys"]


async def test_a_wide_interest(driver: PlatformDriver, store: Store) -> None:
    """An interest that nearly all papers match is said to be too wide before it is saved, as a first rule is."""
    papers = [a_paper(n, title=f"Language models, part {n}", abstract="A model speaks.") for n in range(40)]
    await store.add(a_listing(papers), at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/subscribe cs.CL rule: model")
    assert "The rule matches 100 % of the last month's 40 papers in cs.CL: probably too wide." in driver.flat()
    assert await store.subscriptions() == ()
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.CL",)), at=AT)
    await driver.person_manages(desk, "/settings interest language models")
    assert "The interest matches 100 % of the last month's 40 papers in cs.CL: probably too wide." in driver.flat()
    await driver.person_presses(desk, "Save")
    assert [one.interest for one in await store.subscriptions()] == ["language models"]


async def test_a_digest_of_ones_own(driver: PlatformDriver, store: Store) -> None:
    """In a conversation with the bot alone a person subscribes, saves a wish, sees the settings and ends it again."""
    desk = real_desk(store)
    alone = await driver.person_writes_alone(desk, "/subscribe cs.RO")
    assert [(one.channel, one.categories) for one in await store.subscriptions()] == [(alone, ("cs.RO",))]
    assert "You subscribed" in driver.flat()
    await driver.person_writes_alone(desk, "/settings interest lanterns in fog")
    await driver.person_presses(desk, "Save")
    assert [one.interest for one in await store.subscriptions(alone)] == ["lanterns in fog"]
    await driver.person_writes_alone(desk, "/settings")
    assert ("you get up to 10 papers" in driver.flat()) is is_private_chat(alone)
    await driver.person_presses(desk, "Pause")
    assert [one.paused for one in await store.subscriptions(alone)] == [True]
    await driver.person_writes_alone(desk, "/unsubscribe")
    await driver.person_presses(desk, "End the digest")
    assert await store.subscriptions() == ()
