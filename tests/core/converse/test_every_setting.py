"""Every field of a subscription is told by `/settings`, changed in chat, logged, and taken back; or says why not."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.channels import Absence, Changers, DeliveryTime, Depth, LateDay, Layout, QuietDay, Subscription
from core.converse.completions import WITH_BUTTONS, setting_values
from core.converse.settings.subscribing import NAMES, change, setting_rows
from core.errors import AbsenceReason, UsageError
from tests.fakes.desk_driver import ANN, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT

#: by field: what a person types, and what `/settings` says then
SETTINGS = {
    "name": ("rename second", "“second”"),
    "categories": ("categories cs.RO cs.LG", "from cs.RO (Robotics) and cs.LG (Machine Learning)"),
    "rule": ("rule NOT survey", "Nothing comes that matches"),
    "interest": ("interest robots that learn", "“robots that learn”"),
    "authors": ("authors Mira Holt", "Papers by Mira Holt come whatever the rule says."),
    "at.at": ("at 8:30", "at 08:30"),
    "at.zone": ("zone Europe/Berlin", "(Europe/Berlin)"),
    "at.has_chosen_zone": ("zone UTC", "(UTC)"),
    "at.weekdays": ("weekdays mon,thu", "Every Monday and Thursday"),
    "at.not_before": ("pause 3 days", "It is paused until"),
    "size": ("size 20", "up to 20 papers"),
    "language": ("language German", "told in German"),
    "depth": ("depth line", "a sentence each"),
    "layout": ("layout by-category", "by category, the best first"),
    "patience_min": ("patience never", "It waits for no listing that is late."),
    "quiet_day": ("quiet-day line", "A day without news gets a line"),
    "late_day": ("late-day skip", "A digest that misses its hour is left out."),
    "has_briefing": ("brief on", "a weekly digest begins with its themes"),
    "has_reranking": ("rerank on", "with a language model's say"),
    "explores": ("explore off", "Every place goes to what fits best."),
    "link_cards": ("link-cards on", "gets a short card"),
    "paused": ("pause", "(paused)"),
    "changers": ("managers everyone", "Everybody here may change this digest."),
}
#: what nobody sets: the value, what `/settings` says of it, and why
TOLD_ONLY = {
    "set_up_by": (ANN, "set it up", "whoever subscribes"),
    "absence": (Absence(reason=AbsenceReason.KICKED, since=AT), "aused", "the platform says so, and resuming ends it"),
    "news_since": (date(2026, 2, 1), "listed before 1 February 2026 are no news", "the bot came back after a while"),
}
#: where it is, and what is made of its parts
ELSEWHERE = {"channel", "at"}


def parts(subscription: Subscription) -> dict[str, object]:
    """Each field with its value, those of the delivery time one by one."""
    time = {f"at.{one.name}": getattr(subscription.at, one.name) for one in fields(DeliveryTime)}
    return {one.name: getattr(subscription, one.name) for one in fields(Subscription)} | time


def test_no_field_is_left_out() -> None:
    """Whoever adds a field of a subscription says here how it is told and set."""
    assert set(parts(READS_CL)) == {*SETTINGS, *TOLD_ONLY, *ELSEWHERE}
    assert {typed.split()[0] for typed, _ in SETTINGS.values()} == {*NAMES, "rename"}


@pytest.mark.parametrize("field", SETTINGS)
async def test_a_setting_is_told_changed_logged_and_taken_back(driver: DeskDriver, field: str) -> None:
    """It is changed in chat, said in a sentence that was not there before, on record, and undone."""
    typed, said = SETTINGS[field]
    before = replace(READS_CL, changers=READS_CL.changers, categories=("cs.CL",))
    assert said not in words(await driver.asks("settings", ""))
    shown = await driver.asks("settings", typed)
    if field in ("rule", "interest"):
        shown = await driver.asks("settings", "save")
    (after,) = await driver.store.subscriptions(CHANNEL)
    assert parts(after)[field] != parts(before)[field]
    assert "Undo" in [one.label for one in shown.actions] and shown.audience.value == "everyone"
    assert said in words(await driver.asks("settings", ""))
    (entry,) = await driver.store.setting_changes(CHANNEL)
    assert entry.person.user == ANN
    await driver.asks("settings", "undo")
    assert await driver.store.subscriptions(CHANNEL) == (before,)


@pytest.mark.parametrize("field", TOLD_ONLY)
async def test_what_nobody_sets_is_told(driver: DeskDriver, field: str) -> None:
    """What follows from what happened is told as well."""
    value, said, why = TOLD_ONLY[field]
    assert why and said not in words(await driver.asks("settings", ""))
    await driver.store.save_subscription(replace(READS_CL, paused=field == "absence", **{field: value}), at=AT)
    assert said in words(await driver.asks("settings", ""))


TEXTS = st.text(max_size=40) | st.sampled_from(["none", "off", "every day at 25:00", "99999999999", "-1", "cs.CL", "~"])
WORDS = st.lists(st.sampled_from(["robots", "touch", "Mira", "O'Neil", "Ünal"]), max_size=3).map(" ".join)
DIGESTS = st.builds(
    Subscription,
    channel=st.just(CHANNEL),
    categories=st.lists(st.sampled_from(["cs.CL", "cs", "biorxiv:neuroscience"]), unique=True).map(tuple),
    rule=st.sampled_from(["", "NOT survey", '"world model" AND (robot* OR touch)']),
    interest=WORDS,
    authors=st.lists(WORDS.filter(bool) | st.just("Lee, Ann"), unique=True, max_size=3).map(tuple),
    at=st.builds(
        DeliveryTime,
        at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        zone=st.sampled_from(["UTC", "Europe/Berlin"]),
        has_chosen_zone=st.just(True),
        weekdays=st.frozensets(st.integers(0, 6), min_size=1),
        not_before=st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    ),
    size=st.integers(1, 50),
    language=st.sampled_from(["en", "de", "zh"]),
    depth=st.sampled_from(Depth),
    layout=st.sampled_from(Layout),
    patience_min=st.integers(0, 720),
    quiet_day=st.sampled_from(QuietDay),
    late_day=st.sampled_from(LateDay),
    changers=st.sampled_from(Changers),
    **{one: st.booleans() for one in ("has_briefing", "has_reranking", "explores", "link_cards")},
)


@given(DIGESTS)
@settings(max_examples=12)
def test_what_is_shown_of_a_setting_can_be_typed(digest: Subscription) -> None:
    """Every value, written as it is shown and logged, is read as the same value."""
    found = Subscription(channel=CHANNEL)
    for name, value in setting_rows(digest).items():
        found = change(found, name, value)
    assert found == digest


@given(st.sampled_from(NAMES) | TEXTS, TEXTS)
def test_any_value_is_one_or_is_refused(name: str, value: str) -> None:
    """Whatever is typed for a setting, a digest comes out, or an error that says what to do."""
    try:
        assert isinstance(change(READS_CL, name, value), Subscription)
    except UsageError as error:
        assert error.sentence()


@pytest.mark.parametrize("name", [one for one in NAMES if one != "pause"])  # which alone pauses it
async def test_one_alone_is_shown(driver: DeskDriver, name: str) -> None:
    """A setting without a value is shown with how to change it, and with buttons where values are chosen."""
    post = await driver.asks("settings", name)
    assert name in words(post) and "To change it" in words(post)
    assert bool(post.actions) is (name in WITH_BUTTONS or name == "zone")
    assert all(setting_values(one, "") for one in WITH_BUTTONS)
