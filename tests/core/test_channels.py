from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import (
    EVERY_DAY,
    PLATFORMS,
    ChannelRef,
    DeliveryTime,
    Subscription,
    UserRef,
    parse_time,
    parse_weekdays,
    parse_zone,
    require_shape,
    show_weekdays,
)
from core.errors import UsageError

places = st.from_regex(r"[A-Za-z0-9_@#.:+/-]{1,120}", fullmatch=True)


@pytest.mark.parametrize("kind", [ChannelRef, UserRef])
@given(platform=st.sampled_from(PLATFORMS), place=places)
def test_references_read_back(kind: type[ChannelRef] | type[UserRef], platform: str, place: str) -> None:
    """A channel or a person, written out, reads back as the same."""
    read = kind.parse(f"{platform}:{place}")
    assert str(read) == f"{platform}:{place}"
    assert kind.parse(str(read)) == read


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("slack:T123/C456", ("slack", "T123", "C456")),
        ("discord:@me/7", ("discord", "@me", "7")),
        ("telegram:-100123/7", ("telegram", "", "-100123/7")),
        ("terminal:main", ("terminal", "", "main")),
    ],
)
def test_a_reference_knows_its_workspace(written: str, parts: tuple[str, str, str]) -> None:
    """Slack and Discord have workspaces; what follows a slash on Telegram is a topic."""
    assert ChannelRef.parse(written) == ChannelRef(*parts)
    assert UserRef.parse(written) == UserRef(*parts)


@pytest.mark.parametrize("kind", [ChannelRef, UserRef])
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "main",
        "terminal",
        "terminal:",
        "irc:main",
        ":x",
        "slack:T1 C2",
        "slack:\u202e",
        "terminal:x" * 99,
        "terminal:x\n",
    ],
)
def test_no_reference_is_one_sentence(kind: type[ChannelRef] | type[UserRef], typed: str) -> None:
    """What is no reference is answered with an example."""
    with pytest.raises(UsageError) as error:
        kind.parse(typed)
    assert "for example" in error.value.sentence()
    assert len(error.value.sentence()) < 300


@pytest.mark.parametrize(
    "typed", ["slack:C1", "slack:T1/x", "discord:x", "discord:1", "telegram:abc", "telegram:-1/x", "telegram:@"]
)
def test_a_channel_looks_like_one_of_its_platform(typed: str) -> None:
    """What no channel of a platform looks like is answered with one that does."""
    with pytest.raises(UsageError) as error:
        require_shape(ChannelRef.parse(typed))
    example = error.value.hint.split()[1].rstrip(":,")
    require_shape(ChannelRef.parse(example))


@pytest.mark.parametrize(
    "typed",
    ["slack:T1/C1", "slack:E0/D9", "discord:1/2", "discord:@me/2", "telegram:-1/7", "telegram:@papers", "terminal:x"],
)
def test_channels_of_each_platform(typed: str) -> None:
    """Channels, direct messages, topics and names are channels; a terminal is called as one likes."""
    require_shape(ChannelRef.parse(typed))


@pytest.mark.parametrize("size", [0, 51, -1])
def test_a_digest_has_a_sensible_size(size: int) -> None:
    """A digest holds 1 to 50 papers."""
    with pytest.raises(UsageError, match=f"A digest holds 1 to 50 papers, not {size}"):
        Subscription(channel=ChannelRef("terminal", "", "main"), size=size)


@pytest.mark.parametrize("name", ["", "two words", "x" * 41, "main\n", "a/b"])
def test_a_subscription_has_a_sensible_name(name: str) -> None:
    """A name is letters, digits, - and _."""
    with pytest.raises(UsageError, match="is not a name for a subscription"):
        Subscription(channel=ChannelRef("terminal", "", "main"), name=name)


def test_a_subscription_is_told_by_channel_and_name() -> None:
    """Written out, a subscription is its channel and its name."""
    assert str(Subscription(channel=ChannelRef("slack", "T", "C"), name="robots")) == "slack:T/C robots"


def test_the_local_day() -> None:
    """A channel's day is that of its own zone, over daylight saving as well."""
    late = datetime(2026, 2, 4, 23, 30, tzinfo=UTC)
    assert DeliveryTime(zone="Asia/Shanghai").local_day(late) == date(2026, 2, 5)
    assert DeliveryTime(zone="America/New_York").local_day(late) == date(2026, 2, 4)
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert DeliveryTime(zone="Europe/Berlin").local_day(summer) == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("typed", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC"), ("asia/shanghai", "Asia/Shanghai")]
)
def test_zones(typed: str, zone: str) -> None:
    """A zone is known by its IANA name, in any letter case."""
    assert parse_zone(typed) == zone


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("Europe/Berln", "Did you mean Europe/Berlin?"),
        ("berlin", "Did you mean Europe/Berlin?"),
        ("", "Use an IANA name"),
        ("Mars", "Use an IANA name"),
        ("../../etc/passwd", "Use an IANA name"),
        ("\x00", "Use an IANA name"),
        ("x" * 9999, "Use an IANA name"),
    ],
)
def test_unknown_zones(typed: str, hint: str) -> None:
    """What is no zone is one sentence with the nearest, or with examples."""
    with pytest.raises(UsageError) as error:
        parse_zone(typed)
    assert error.value.hint.startswith(hint)


@given(st.times())
def test_times_read_back(at: time) -> None:
    """A time of day reads back from how it is shown."""
    assert parse_time(f"{at:%H:%M}") == at.replace(second=0, microsecond=0)
    assert parse_time(f" {at.hour} ") == time(at.hour)


@pytest.mark.parametrize("typed", ["", "24:00", "9:60", "9:5", "noon", "-1", "09:00:00", "9" * 999])
def test_no_times(typed: str) -> None:
    """What is no time of day is one sentence with an example."""
    with pytest.raises(UsageError, match="is not a time of day"):
        parse_time(typed)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_weekdays_read_back(days: frozenset[int]) -> None:
    """Weekdays read back from how they are shown."""
    assert parse_weekdays(show_weekdays(days)) == days


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("mon-fri", range(5)),
        ("Mon – Fri", range(5)),
        ("weekdays", range(5)),
        ("weekends", (5, 6)),
        ("daily", EVERY_DAY),
        ("every day", EVERY_DAY),
        ("mon,wed,fri", (0, 2, 4)),
        ("Monday, Tues, thursday", (0, 1, 3)),
        ("sat-mon", (5, 6, 0)),
        ("mon-mon", (0,)),
        ("fri-sun,tue", (4, 5, 6, 1)),
    ],
)
def test_weekdays(typed: str, days: range) -> None:
    """Weekdays are read in the ways in which people write them."""
    assert parse_weekdays(typed) == frozenset(days)


@pytest.mark.parametrize("typed", ["", "monkey", "funday", "mon-", "-fri", "mon-wed-fri", "mo", "mon,,tue", "\u202e"])
def test_no_weekdays(typed: str) -> None:
    """What names no weekday is one sentence with examples."""
    with pytest.raises(UsageError, match="does not name weekdays"):
        parse_weekdays(typed)


def test_weekdays_are_shown_briefly() -> None:
    """Days in a row are shown as a range, all of them as daily."""
    assert show_weekdays(frozenset(range(5))) == "mon-fri"
    assert show_weekdays(EVERY_DAY) == "daily"
    assert show_weekdays(frozenset({0, 1})) == "mon,tue"
    assert show_weekdays(frozenset({5, 6, 0})) == "mon,sat,sun"


@pytest.mark.parametrize(
    ("place", "reader"),
    [
        ("slack:T1/D1", "slack:T1/U1"),
        ("slack:T1/C1", None),
        ("slack:T1/G1", None),
        ("discord:@me/9", "slack:T1/U1"),
        ("discord:7/9", None),
        ("telegram:42", "telegram:42"),
        ("telegram:42/7", "telegram:42"),
        ("telegram:-10042/7", None),
        ("telegram:@name", None),
        ("terminal:main", None),
    ],
)
def test_who_reads_a_private_chat(place: str, reader: str | None) -> None:
    """A private chat has one reader, whom its number tells on Telegram, and else who subscribed; a channel has none."""
    one = Subscription(channel=ChannelRef.parse(place), set_up_by=UserRef("slack", "T1", "U1"))
    assert (str(one.reader) if one.reader else None) == reader
    assert (replace(one, set_up_by=None).reader is None) == (one.channel.platform != "telegram" or reader is None)
