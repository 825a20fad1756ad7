"""A channel chooses its signs, over the real desk: what is refused, undone, logged, and what counts meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram.constants import ReactionEmoji

from core.channels import PLATFORMS, Changers
from core.converse.settings.sign_words import TELEGRAM_REACTIONS, check_signs, read_wish
from core.errors import BadSetting
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.signs import USUAL_SIGNS, Signs, feeling_named, feeling_of, feelings_of
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.feedback import feedback_in
from tests.fakes.papers import AT, a_paper
from tests.soak import IS_SOAK

PLATFORM = st.sampled_from(PLATFORMS)
EMOJI = ("🔖", "📌", "👍", "👎", "✅", "🎉")


def test_telegrams_set() -> None:
    """The emoji that people can choose on Telegram are those of its API."""
    assert {one.value.replace("\ufe0f", "") for one in ReactionEmoji} == TELEGRAM_REACTIONS


@pytest.mark.parametrize(
    ("platform", "typed", "emoji"),
    [
        ("slack", "bookmark :pushpin: :our-star:", (":pushpin:", ":our-star:")),
        ("slack", "save :+1::skin-tone-3:", (":+1:",)),
        ("slack", "more 👍", ()),
        ("discord", "bookmark 📌⭐", ("📌", "⭐")),
        ("discord", "bookmark <a:star:77>, 📌", ("<a:star:77>", "📌")),
        ("discord", "bookmark :pushpin:", ("📌",)),
        ("telegram", "bookmark 🔥 ❤️‍🔥", ("🔥", "❤️‍🔥")),
        ("telegram", "bookmark <⭐:5368324170671202286>", ("<⭐:5368324170671202286>",)),
        ("telegram", "bookmark ✍️", ()),
        ("terminal", "done 🙏🏽 🙏", ("🙏",)),
        ("terminal", "done default", ()),
    ],
)
def test_what_people_type(platform: str, typed: str, emoji: tuple[str, ...]) -> None:
    """Names, characters and custom emoji are read as the platform has them; the usual one is no choice."""
    assert read_wish(typed, platform).emoji == emoji


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "typed",
    ["bookmark hello", "bookmark", "bookmark 1", "hat 🔥", "bookmark <b>", "bookmark :a b:", "bookmark " + "🔥" * 9],
)
def test_mistakes(platform: str, typed: str) -> None:
    """What is no emoji, or names no feeling, is refused with an example that works there."""
    try:
        wish = read_wish(typed, platform)
    except BadSetting as error:
        assert error.hint.count("`") in (0, 2)
        if "/settings" in error.hint:
            arguments = error.hint.partition("/settings emoji ")[2].partition("`")[0]
            assert feeling_named(arguments) or read_wish(arguments, platform).emoji
    else:
        assert wish.emoji == ("🔥",) and platform != "slack"


@given(
    signs=st.builds(Signs, **{one.value: st.lists(st.sampled_from(EMOJI), max_size=2).map(tuple) for one in Feeling}),
    emoji=st.sampled_from(EMOJI),
    platform=st.sampled_from(PLATFORMS),
)
def test_an_emoji_says_one_thing(signs: Signs, emoji: str, platform: str) -> None:
    """Signs that are accepted give every emoji that is shown one meaning."""
    try:
        check_signs(signs, platform)
    except BadSetting:
        return
    for feeling in Feeling:
        for one in signs.of(feeling):
            assert feelings_of(one, platform, signs) == (feeling,)
    said = feeling_of(emoji, platform, signs)
    assert said is None or emoji in signs.of(said) or not signs.of(said)


@given(
    st.sampled_from(Feeling), st.text(max_size=20) | st.sampled_from(["<a:b:1>", ":a:", "🏴‍☠️🔥", ",,", "1️⃣"]), PLATFORM
)
def test_any_text_is_signs_or_is_refused(feeling: Feeling, typed: str, platform: str) -> None:
    """Whatever is typed, signs come out that are read again as the same, or an error that says what to do."""
    try:
        wish = read_wish(f"{feeling} {typed}", platform)
    except BadSetting as error:
        assert error.sentence()
    else:
        assert read_wish(f"{feeling} {' '.join(wish.emoji) or 'default'}", platform) == wish


async def reacts(driver: DeskDriver, key: str, emoji: str, *, added: bool = True) -> None:
    await driver.desk.react(Reaction(user=ANN, message=MessageRef(CHANNEL, key), emoji=emoji, added=added))


async def test_several_signs_for_one_feeling(driver: DeskDriver) -> None:
    """Each of them counts, and what one saved the other keeps."""
    await driver.desk.record_message(MessageRef(CHANNEL, "1"), [a_paper(1).id])
    await driver.asks("settings", "emoji bookmark 📌 ⭐")
    await reacts(driver, "1", "📌")
    await reacts(driver, "1", "⭐")
    await reacts(driver, "1", "📌", added=False)
    assert len(await driver.store.bookmarks()) == 1
    assert "📌" in words(await driver.asks("settings", "")) and "⭐" in words(await driver.asks("settings", "emoji"))


async def test_signs_belong_to_the_channel(driver: DeskDriver) -> None:
    """They are the same for each of its digests, and for a channel without any."""
    await driver.store.save_subscription(replace(READS_CL, name="second"), at=AT)
    await driver.asks("settings", "name:second emoji bookmark 📌")
    assert words(await driver.asks("settings", "")).count("text='📌'") == 1
    for name in ("main", "second"):
        await driver.store.remove_subscription(CHANNEL, name)
    await driver.asks("settings", "emoji more 🎉")
    assert (await driver.store.channel_signs(CHANNEL)) == Signs(bookmark=("📌",), more=("🎉",))


async def test_who_may_choose(driver: DeskDriver) -> None:
    """Whoever may change the digests may choose signs; anybody may see them."""
    assert "Only people who manage" in words(await driver.asks("settings", "emoji done 🎉", may_manage=False))
    assert "marks it as read" in words(await driver.asks("settings", "emoji", may_manage=False))
    await driver.store.save_subscription(replace(READS_CL, changers=Changers.EVERYONE), at=AT)
    assert "chose signs" in words(await driver.asks("settings", "emoji done 🎉", may_manage=False, user=BOB))


async def test_undo_meets_later_changes(driver: DeskDriver) -> None:
    """A change is taken back beside others' choices for other feelings, and not where somebody chose again."""
    await driver.asks("settings", "emoji bookmark 📌")
    await driver.asks("settings", "emoji done 🎉")
    first, *_others = reversed(await driver.store.setting_changes(CHANNEL))
    await driver.asks("settings", f"undo {first.number}")
    assert await driver.store.channel_signs(CHANNEL) == Signs(done=("🎉",))
    await driver.asks("settings", "emoji bookmark ⭐")
    assert "changed again since" in words(await driver.asks("settings", f"undo {first.number}"))
    assert "Nothing was changed" in words(await driver.asks("settings", "emoji bookmark ⭐"))
    await driver.asks("settings", "emoji default")
    assert await driver.store.channel_signs(CHANNEL) == USUAL_SIGNS
    log = words(await driver.asks("settings", "log"))
    assert "bookmark" in log and "The last 5 changes" in log


@settings(
    max_examples=200 if IS_SOAK else 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "remove", "choose"]), st.sampled_from(EMOJI), st.sampled_from(list(Feeling))),
        max_size=10,
    )
)
async def test_reactions_and_choices_in_any_order(driver: DeskDriver, steps: list[tuple[str, str, Feeling]]) -> None:
    """A reaction counts as what it said when it was put there, until it is taken back, whatever is chosen since."""
    key = repr(steps)
    paper = a_paper(1).id
    await driver.desk.record_message(MessageRef(CHANNEL, key), [paper])
    counted: dict[str, Feeling] = {}
    for what, emoji, feeling in steps:
        if what == "choose":
            await driver.asks("settings", f"emoji {feeling} {emoji}")
            continue
        signs = await driver.store.channel_signs(CHANNEL)
        await reacts(driver, key, emoji, added=what == "add")
        if what == "remove":
            counted.pop(emoji, None)
        elif said := feeling_of(emoji, "terminal", signs):
            counted[emoji] = said
    stands = set(counted.values())
    assert bool(await driver.store.bookmarks()) is (Feeling.BOOKMARK in stands)
    assert {one.feeling for one in await feedback_in(driver.store, CHANNEL)} == stands & {Feeling.MORE, Feeling.LESS}
    marks = await driver.store.annotations(channel=str(CHANNEL))
    assert any(one.done_at for one in marks) is (Feeling.DONE in stands)
    for emoji in list(counted):
        await reacts(driver, key, emoji, added=False)
    await driver.asks("settings", "emoji default")
