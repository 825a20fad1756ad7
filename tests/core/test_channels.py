from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import (
    PLATFORMS,
    ChannelRef,
    DeliveryTime,
    Subscription,
    UserRef,
    require_shape,
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
