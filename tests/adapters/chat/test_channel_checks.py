"""What each platform says of a channel before anybody posts there: gone, closed, of another kind, without rights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.chat.discord.checks import missing_permissions
from core.channels import ChannelRef
from core.errors import ChannelGone, ChatUnavailable, NotAllowed, PaperboyError
from tests.fakes import discord_driver, slack_driver, telegram_driver
from tests.standins import discord_words as words
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import DIRECT, TEAM
from tests.standins.telegram import TelegramStandin
from tests.standins.telegram_words import administrator, restricted

GUILD, CHANNEL = words.GUILD, words.CHANNEL


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as standin:
        yield standin
    assert not standin.violations


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    with DiscordStandIn() as standin:
        yield standin
    assert standin.complaints == []


@pytest.fixture
def telegram() -> Iterator[TelegramStandin]:
    with TelegramStandin().running() as standin:
        yield standin


async def on_the_slack(slack: SlackStandIn, place: str) -> None:
    chat = slack_driver.a_chat(slack)
    async with chat.open():
        await chat.check(ChannelRef.parse(f"slack:{place}"))


async def on_the_discord(discord: DiscordStandIn, place: str) -> None:
    async with discord_driver.connected(discord) as chat:
        await chat.check(ChannelRef.parse(f"discord:{place}"))


async def on_the_telegram(telegram: TelegramStandin, place: str) -> None:
    async with telegram_driver.opened(telegram) as chat:
        await chat.check(ChannelRef.parse(f"telegram:{place}"))


# --- Slack ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conversation", "sentence", "hint"),
    [
        ("C0OUTSIDE", "Paperboy is not in the Slack channel #papers-c0outside", "/invite @Paperboy"),
        ("C0OLD", "is archived", "Unarchive it"),
        ("C0SECRET", "channel_not_found", "/invite @Paperboy"),
        ("D0NOBODY", "channel_not_found", "/invite @Paperboy"),
    ],
)
async def test_slack_channels_that_take_no_digest(
    slack: SlackStandIn, conversation: str, sentence: str, hint: str
) -> None:
    """A channel without the bot, an archived one, and one that nobody shows to the bot are refused with what to do."""
    slack.elsewhere.add("C0OUTSIDE")
    slack.joined.add("C0OLD")
    slack.archived.add("C0OLD")
    with pytest.raises(ChannelGone, match=sentence) as raised:
        await on_the_slack(slack, f"{TEAM}/{conversation}")
    assert hint in raised.value.hint


async def test_slack_direct_messages_are_checked_without_further_scopes(slack: SlackStandIn) -> None:
    """The bot looks at its own conversation with a person, and asks nothing that needs im:read."""
    await on_the_slack(slack, f"{TEAM}/{DIRECT}")
    assert "conversations.info" not in [method for method, _ in slack.calls]


async def test_slack_of_another_workspace_is_refused(slack: SlackStandIn) -> None:
    """The token of one workspace posts in no other."""
    with pytest.raises(ChannelGone, match="not in the workspace"):
        await on_the_slack(slack, "T0OTHER/C1")


async def test_slack_names_the_scope_that_it_misses(slack: SlackStandIn) -> None:
    """An app without the scopes cannot tell, which is no refusal; the sentence names the scope."""
    slack.fail("conversations.info", Fault("error", code="missing_scope", needed="groups:read"))
    with pytest.raises(ChatUnavailable, match="needs groups:read") as raised:
        await on_the_slack(slack, slack_driver.HERE.place)
    assert "install the app again" in raised.value.hint


# --- Discord ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "what"),
    [(2, "a voice channel"), (4, "a category"), (15, "a forum"), (13, "a stage")],
)
async def test_discord_channels_of_another_kind(discord: DiscordStandIn, type: int, what: str) -> None:
    """A digest goes to text channels: all other kinds are refused, and of forums it is said that they come later."""
    discord.rooms[CHANNEL]["type"] = type
    with pytest.raises(NotAllowed, match=what) as raised:
        await on_the_discord(discord, f"{GUILD}/{CHANNEL}")
    assert ("later version" in str(raised.value)) is (type == 15)


async def test_discord_announcements_and_direct_messages_are_fine(discord: DiscordStandIn) -> None:
    """A channel of announcements has threads, and a direct message has replies."""
    discord.rooms[CHANNEL]["type"] = 5
    await on_the_discord(discord, f"{GUILD}/{CHANNEL}")
    await on_the_discord(discord, f"@me/{discord.direct()}")


async def test_discord_of_another_server_is_told(discord: DiscordStandIn) -> None:
    """A channel's number with the wrong server before it is refused, with the right spelling."""
    with pytest.raises(ChannelGone, match="another server") as raised:
        await on_the_discord(discord, f"99/{CHANNEL}")
    assert f"discord:{GUILD}/{CHANNEL}" in raised.value.hint


async def test_discord_names_the_permissions_that_are_missing(discord: DiscordStandIn) -> None:
    """What the role lacks, and what the channel takes away, is named as Discord's own settings name it."""
    discord.permissions = words.PERMISSIONS & ~(1 << 35)
    discord.rooms[CHANNEL]["permission_overwrites"] = [
        {"id": str(words.BOT_ROLE), "type": 0, "allow": "0", "deny": str(1 << 14)}
    ]
    with pytest.raises(NotAllowed, match="lacks Embed Links, Create Public Threads") as raised:
        await on_the_discord(discord, f"{GUILD}/{CHANNEL}")
    assert "docs/discord.md" in raised.value.hint


async def test_discord_does_not_let_the_bot_see_it(discord: DiscordStandIn) -> None:
    """A channel that the bot may not see is like one that is not there: it has to be let in."""
    discord.refuses(rf"GET /channels/{CHANNEL}", 403, 50_001, "Missing Access")
    with pytest.raises(ChannelGone, match="Missing Access") as raised:
        await on_the_discord(discord, f"{GUILD}/{CHANNEL}")
    assert "may it see the channel" in raised.value.hint


def test_discord_permissions_follow_its_own_order() -> None:
    """Everyone's overwrite comes before those of roles, those before the bot's own; an administrator may everything."""
    send = 1 << 11
    roles = [words.role(GUILD, "@everyone", words.PERMISSIONS), words.role(5, "reader", 0)]
    place = {"guild_id": str(GUILD)}

    def missing(*overwrites: tuple[str, int, int], mine: tuple[str, ...] = ("5",)) -> tuple[str, ...]:
        listed = [{"id": id, "allow": str(allow), "deny": str(deny)} for id, allow, deny in overwrites]
        return tuple(missing_permissions(place | {"permission_overwrites": listed}, "9", mine, roles))

    everyone = (str(GUILD), 0, send)
    assert missing() == ()
    assert missing(everyone) == ("Send Messages",)
    assert missing(everyone, ("5", send, 0)) == ()
    assert missing(("5", send, 0), everyone, ("9", 0, send)) == ("Send Messages",)
    assert missing(("5", 0, send), ("6", send, 0), mine=("5", "6")) == ()
    assert missing(("8", 0, send)) == ()
    roles.append(words.role(7, "administrator", 1 << 3))
    assert missing(everyone, mine=("7",)) == ()


# --- Telegram ---------------------------------------------------------------------------------------------------------

SILENT = {"permissions": {"can_send_messages": False}}


@pytest.mark.parametrize(
    ("place", "chat", "membership", "error", "sentence"),
    [
        ("-1001", {}, {"status": "left"}, ChannelGone, "is not in “Reading group”"),
        ("-1001", {}, {"status": "kicked", "until_date": 0}, ChannelGone, "is not in"),
        ("-1001", {}, restricted(), NotAllowed, "may not write"),
        ("-1001", SILENT, {}, NotAllowed, "may not write"),
        ("-1001", {"type": "channel"}, administrator(can_post_messages=False), NotAllowed, "may not post"),
        ("-1001", {"type": "channel"}, {}, NotAllowed, "may not post"),
        ("-1001/7", {}, {}, ChannelGone, "has no topics"),
    ],
)
async def test_telegram_chats_that_take_no_digest(
    telegram: TelegramStandin,
    place: str,
    chat: dict[str, object],
    membership: dict[str, object],
    error: type[PaperboyError],
    sentence: str,
) -> None:
    """A chat without the bot, one where it may not write, and a topic where there are none are refused."""
    telegram.chats[-1001], telegram.memberships[-1001] = chat, membership
    with pytest.raises(error, match=sentence) as raised:
        await on_the_telegram(telegram, place)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("place", "chat", "membership"),
    [
        ("7", {}, {}),
        ("-1001", {}, restricted(can_send_messages=True)),
        ("-1001", SILENT, administrator()),
        ("-1001", {"type": "channel"}, administrator(can_post_messages=True)),
        ("-1001/7", {"is_forum": True}, {}),
    ],
)
async def test_telegram_chats_that_take_a_digest(
    telegram: TelegramStandin, place: str, chat: dict[str, object], membership: dict[str, object]
) -> None:
    """A person who pressed Start, a group where the bot may write, a channel that it administers, a forum's topic."""
    telegram.chats[-1001], telegram.memberships[-1001] = chat, membership
    await on_the_telegram(telegram, place)
    assert telegram.messages == []


async def test_telegram_person_who_never_pressed_start(telegram: TelegramStandin) -> None:
    """Telegram knows no such chat: nothing is subscribed."""
    telegram.closed.add(8)
    with pytest.raises(ChannelGone, match="no such chat"):
        await on_the_telegram(telegram, "8")
