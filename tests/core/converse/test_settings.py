from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import Depth, LateDay, QuietDay
from core.converse.command import Command
from core.converse.settings.upcoming import likely_zones
from core.papers.identifiers import PaperId
from core.posts.reactions import Feeling
from core.summarise.ports import Purpose, Usage
from core.text.times import parse_zone
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, DAY

ONE_DAY = timedelta(days=1)


async def test_subscribe_and_settings(driver: DeskDriver) -> None:
    """/subscribe adds to what is read, /settings changes one thing, and both show the result."""
    post = await driver.asks("subscribe", 'cs.RO author:"Mira Holt"')
    assert "cs.CL, cs.RO" in words(post)
    await driver.saves("subscribe", 'rule: "world model" AND NOT survey')
    await driver.asks("settings", "size 5")
    await driver.asks("settings", "layout by-category")
    await driver.asks("settings", "depth line")
    (saved,) = await driver.store.subscriptions(CHANNEL)
    assert saved == replace(
        READS_CL,
        categories=("cs.CL", "cs.RO"),
        authors=("Mira Holt",),
        rule='"world model" AND NOT survey',
        size=5,
        layout=saved.layout,
        depth=Depth.LINE,
        set_up_by=saved.set_up_by,
    )
    assert saved.layout.value == "by-category"
    assert saved.set_up_by
    await driver.asks("unsubscribe", 'cs.RO author:"Mira Holt"')
    assert "cs.RO" not in words(await driver.asks("settings"))


async def test_settings_tell_what_models_cost(driver: DeskDriver) -> None:
    """/settings tells what language models cost for the channel this month, where one was called for it."""
    assert "Language models" not in words(await driver.asks("settings"))
    usage = Usage(model="acme/small", input_tokens=400, output_tokens=100, cost_usd=0.25)
    for channel, days in ((CHANNEL, 0), (CHANNEL, -40), (None, 0)):
        at = AT + timedelta(days=days)
        await driver.store.record_usage(usage, purpose=Purpose.SUMMARY, channel=channel, at=at)
    told = words(await driver.asks("settings"))
    assert "Language models cost $0.2500 (500 tokens) for this channel in February." in told


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("subscribe", "cs.XQ", "cs.XQ"),
        ("subscribe", 'rule: "open AND', "never closed"),
        ("settings", "sise 5", "Did you mean size"),
        ("settings", "size many", "not a number"),
        ("settings", "size 500", "1 to 50"),
        ("settings", "zone Mars/Base", "time zone"),
        ("settings", "weekdays someday", "weekdays"),
        ("settings", "at 25:00", "time of day"),
        ("settings", "layout round", "layout"),
        ("settings", "depth deep", "line or parts or full"),
        ("settings", "language klingonese!", "language"),
        ("settings", "patience ages", "number of minutes"),
        ("settings", "patience 9999", "0 to 720 minutes"),
        ("settings", "quiet-day shout", "nothing or line"),
        ("settings", "late-day tomorrow", "post or skip"),
        ("settings", "brief perhaps", "on or off"),
        ("settings", "rerank gladly", "on or off"),
    ],
)
async def test_senseless_settings_change_nothing(driver: DeskDriver, name: str, arguments: str, said: str) -> None:
    """A wrong setting gets a sentence, and the subscription stays as it was."""
    assert said.lower() in words(await driver.asks(name, arguments)).lower()
    assert await driver.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_settings_of_the_schedule(driver: DeskDriver) -> None:
    """What to do on quiet and late days, and how long to wait, can be set and is shown as it can be typed."""
    await driver.asks("settings", "quiet-day line")
    await driver.asks("settings", "late-day skip")
    await driver.asks("settings", "patience 15 minutes")
    told = words(await driver.asks("settings"))
    assert "waits up to 15 minutes" in told and "gets a line" in told and "misses its hour is left out" in told
    (saved,) = await driver.store.subscriptions(CHANNEL)
    expected = replace(READS_CL, quiet_day=QuietDay.LINE, late_day=LateDay.SKIP, patience_min=15)
    assert saved == expected
    await driver.asks("settings", "patience never")
    assert await driver.store.subscriptions(CHANNEL) == (replace(expected, patience_min=0),)


async def test_reranking_says_what_it_lacks(driver: DeskDriver) -> None:
    """It is off at first; whoever switches it on without a model hears that nothing comes of it."""
    assert "configured" not in words(await driver.asks("settings"))
    post = await driver.asks("settings", "rerank on")
    assert "Re-ranking needs a language model, and none is configured" in words(post)
    assert await driver.store.subscriptions(CHANNEL) == (replace(READS_CL, has_reranking=True),)
    assert "configured" not in words(await driver.asks("settings", "rerank off"))


async def test_when_the_next_digest_comes(driver: DeskDriver) -> None:
    """Settings and a digest that was ordered say when the next one comes, in the channel's own time."""
    driver.clock.set(AT - timedelta(hours=1))  # eight in the morning
    await driver.asks("settings", "zone Europe/Berlin")
    assert "comes on Thursday at 09:00 (Europe/Berlin)." in words(await driver.asks("settings"))
    assert "comes today at 10:30 (Europe/Berlin)." in words(await driver.asks("settings", "at 10:30"))
    assert "Posted 3 papers. The next digest comes on Thursday at 10:30" in words(await driver.asks("digest"))
    assert "on Wednesday, 11 February, at 10:30" in words(await driver.asks("settings", "weekdays wed"))
    paused = replace((await driver.store.subscriptions(CHANNEL))[0], paused=True)
    await driver.store.save_subscription(paused, at=AT)
    assert "This digest is paused." in words(await driver.asks("settings"))


async def test_next_digest_after_a_quiet_answer(driver: DeskDriver) -> None:
    """Where nothing is new the answer says when the next digest comes."""
    await driver.asks("digest")
    driver.clock.move(timedelta(days=1))
    (state,) = await driver.store.source_states()
    await driver.store.save_source_state(replace(state, checked_at=driver.clock.now(), listing_day=DAY + ONE_DAY))
    answer = words(await driver.asks("digest"))
    assert "Nothing new" in answer and "The next digest comes on Friday at 09:00 (UTC, until" in answer


async def test_time_zone_is_asked_for_once(driver: DeskDriver) -> None:
    """A new channel is asked for its zone, with buttons and the words to type; nobody is asked a second time."""
    await driver.store.remove_subscription(CHANNEL, "main")
    post = await driver.asks("subscribe", "cs.RO")
    assert "Which time zone?" in words(post) and "zone Europe/Berlin" in words(post)
    assert "(UTC, until somebody chooses a time zone)" in words(post)
    assert [one.arguments for one in post.actions][:2] == ["zone Europe/Berlin", "zone Europe/London"]
    again = await driver.asks("subscribe", "cs.LG")
    assert "Which time zone?" not in words(again) and not any("zone" in one.arguments for one in again.actions)
    button = post.actions[1]
    assert "09:00 (Europe/London)." in words(await driver.asks(button.name, button.arguments))


async def test_utc_can_be_chosen(driver: DeskDriver) -> None:
    """UTC that somebody chose is a zone like any other."""
    assert "(UTC)." in words(await driver.asks("settings", "zone utc"))


@pytest.mark.parametrize(("locale", "first"), [("de-AT", "Berlin"), ("en-US", "New York"), ("zh-CN", "Shanghai")])
async def test_likely_zones(locale: str, first: str) -> None:
    """The zones offered first are those where the person's language is spoken; there are five, each once."""
    offered = likely_zones(locale)
    assert offered[0].label == first
    assert len({one.arguments for one in offered}) == 5
    assert {parse_zone(one.arguments.removeprefix("zone ")) for one in offered}


@pytest.mark.parametrize("told", ["Asia/Tokyo", "Mars/Base", ""])
async def test_zone_that_the_platform_tells(driver: DeskDriver, told: str) -> None:
    """The asker's own zone is taken where the platform tells it, and said; nonsense is passed over."""
    await driver.store.remove_subscription(CHANNEL, "main")
    asked = Command(place=CHANNEL, actor=ANN, name="subscribe", arguments="cs.RO", at=AT, may_manage=True, zone=told)
    answer = words(await driver.desk.handle(asked))
    (saved,) = await driver.store.subscriptions(CHANNEL)
    is_taken = told == "Asia/Tokyo"
    assert (saved.at.zone, saved.at.is_zone_known) == (("Asia/Tokyo", True) if is_taken else ("UTC", False))
    assert ("Its time zone is yours, Asia/Tokyo." in answer) == is_taken
    assert ("Which time zone?" in answer) != is_taken


async def test_chosen_zone_stays(driver: DeskDriver) -> None:
    """Who subscribes to more does not move the channel to their own zone."""
    await driver.asks("settings", "zone Europe/Berlin")
    asked = Command(
        place=CHANNEL, actor=BOB, name="subscribe", arguments="cs.RO", at=AT, may_manage=True, zone="Asia/Tokyo"
    )
    assert "Asia/Tokyo" not in words(await driver.desk.handle(asked))


async def test_only_managers_change_settings(driver: DeskDriver) -> None:
    """People without the right to manage a channel can look at its settings and change nothing."""
    for name, arguments in (("subscribe", "cs.RO"), ("settings", "size 5"), ("unsubscribe", "")):
        assert "Only people who manage" in words(await driver.asks(name, arguments, may_manage=False))
    assert "cs.CL" in words(await driver.asks("settings", may_manage=False))
    assert await driver.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_why_nobody_can_tell_who_manages(driver: DeskDriver) -> None:
    """Where a platform cannot tell whether the person manages the channel, the answer says why."""
    asked = Command(
        place=CHANNEL, actor=ANN, name="subscribe", arguments="cs.RO", at=AT, rights_problem="Paperboy lacks a scope."
    )
    assert "Paperboy lacks a scope." in words(await driver.desk.handle(asked))
    assert await driver.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_unsubscribe_ends_the_digest_and_subscribe_starts_it(driver: DeskDriver) -> None:
    """/unsubscribe yes ends the channel's digest; /subscribe starts one again, and commands say so between."""
    await driver.asks("unsubscribe", "yes")
    assert "no digest yet" in words(await driver.asks("digest"))
    assert "no digest yet" in words(await driver.asks("settings"))
    assert "cs.LG" in words(await driver.asks("subscribe", "cs.LG"))


async def test_a_language_that_needs_a_model(driver: DeskDriver) -> None:
    """Where no model is configured, the settings say that another language than the abstracts' cannot be had."""
    assert "need a language model" in words(await driver.asks("settings", "language Chinese"))
    assert "need a language model" in words(await driver.asks("settings"))
    assert "need a language model" not in words(await driver.asks("settings", "language English"))


async def test_what_was_learned_is_shown_and_forgotten(driver: DeskDriver) -> None:
    """/settings tells in words what people have taught the digest; a manager has it forgotten, and nobody else."""
    assert "Nothing was learned yet" in words(await driver.asks("settings", "learned"))
    assert "Learned from" not in words(await driver.asks("settings"))
    saved = PaperId("arxiv", "2602.00001")
    await driver.store.add_bookmark(str(ANN), saved, str(CHANNEL), at=AT, public=True)
    assert "learns from 1 paper saved or rated here" in words(await driver.asks("settings", "learned"))
    await driver.asks("digest", "preview")
    told = words(await driver.asks("settings"))
    assert "Learned from 1 paper that people here liked: more " in told
    assert "More: " in words(await driver.asks("settings", "learned"))
    assert "Only people who manage" in words(await driver.asks("settings", "learned forget", may_manage=False))
    assert "can be shown, added to, corrected or forgotten" in words(await driver.asks("settings", "learned robots"))
    assert "Forgotten" in words(await driver.asks("settings", "learned forget"))
    assert "Nothing was learned yet" in words(await driver.asks("settings", "learned"))
    assert len(await driver.store.bookmarks(user=str(ANN))) == 1


async def test_papers_that_are_named_teach_the_digest(driver: DeskDriver) -> None:
    """`learned like` and `unlike` take papers by identifier, say which were not found, and change what is learned."""
    told = words(await driver.asks("settings", "learned like 2602.00001, https://arxiv.org/abs/2602.00002 9999.99999"))
    assert "more like 2 papers" in told
    assert "Not found: 9999.99999" in told
    assert "less like 1 paper" in words(await driver.asks("settings", "learned unlike 2602.00003"))
    feelings = [(one.paper.value, one.feeling) for one in await feedback_in(driver.store, CHANNEL)]
    assert sorted(feelings) == [
        ("2602.00001", Feeling.MORE),
        ("2602.00002", Feeling.MORE),
        ("2602.00003", Feeling.LESS),
    ]
    await driver.asks("digest", "preview")
    assert "2 papers that people here liked and 1 other" in words(await driver.asks("settings"))
    assert "Name one to 20" in words(await driver.asks("settings", "learned like"))
    assert "Not found" in words(await driver.asks("settings", "learned like teapots"))
    assert "Only people who manage" in words(await driver.asks("settings", "learned like 2602.1", may_manage=False))
