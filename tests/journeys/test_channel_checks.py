"""`paperboy channels add` and `paperboy doctor` ask the platform whether a channel can be posted in."""

from __future__ import annotations

from typing import Any

from tests.journeys.paperboy import Paperboy
from tests.standins import judges
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.discord_words import CHANNEL as ROOM
from tests.standins.discord_words import GUILD, OTHER_CHANNEL
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import BOT_TOKEN, CHANNEL, TEAM

HERE = f"slack:{TEAM}/{CHANNEL}"
CATEGORY = ("--category", "cs.CL")


def slack_of(slack: SlackStandIn) -> dict[str, str]:
    return {"PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN, "PAPERBOY_SLACK__API_BASE_URL": slack.url}


def discord_of(discord: DiscordStandIn) -> dict[str, str]:
    return {"PAPERBOY_DISCORD__TOKEN": DISCORD_TOKEN, "PAPERBOY_DISCORD__API_BASE_URL": discord.api}


def subscribed(paperboy: Paperboy) -> list[str]:
    return [one["channel"] for one in paperboy("channels", "list", "--json").json["subscriptions"]]


def checks_of(paperboy: Paperboy) -> dict[str, Any]:
    return {check["name"]: check for check in paperboy("doctor", "--json").json["checks"]}


def test_a_channel_that_cannot_be_posted_in_is_not_subscribed(paperboy: Paperboy) -> None:
    """A channel that is gone and a forum are refused in one sentence with exit code 1, and nothing is saved."""
    judges.assemble()
    with SlackStandIn() as slack, DiscordStandIn() as discord:
        paperboy.variables |= slack_of(slack) | discord_of(discord)
        discord.rooms[ROOM]["type"] = 15
        gone = paperboy("channels", "add", f"slack:{TEAM}/C0GONE", *CATEGORY, "--json")
        forum = paperboy("channels", "add", f"discord:{GUILD}/{ROOM}", *CATEGORY)
        wrong = paperboy("channels", "add", f"slack:{TEAM}/C0GONE", "--size", "0")
        good = paperboy("channels", "add", HERE, *CATEGORY, "--json")
    assert (gone.code, gone.out, gone.err.count("\n")) == (1, "", 1)
    assert "/invite @Paperboy" in gone.err
    assert (forum.code, forum.out) == (1, "")
    assert "is a forum" in forum.err
    assert wrong.code == 2  # what is wrong with the words comes first, and no platform is asked
    assert (good.code, good.err, good.json["channel"]) == (0, "", HERE)
    assert subscribed(paperboy) == [HERE]
    assert (slack.violations, discord.complaints) == ([], [])


def test_a_channel_that_nobody_can_check_is_subscribed(paperboy: Paperboy) -> None:
    """Without a token and without a network the subscription is saved, and stderr says that the doctor checks it."""
    without = paperboy("channels", "add", HERE, *CATEGORY, "--json")
    nowhere = {"PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN, "PAPERBOY_SLACK__API_BASE_URL": "http://127.0.0.1:9/api/"}
    offline = paperboy("channels", "add", f"{HERE}2", *CATEGORY, "--json", **nowhere)
    for ran, why in ((without, "slack has no token"), (offline, "Slack does not answer")):
        assert ran.code == 0
        assert ran.json["categories"] == ["cs.CL"]
        said = " ".join(ran.err.split())
        assert "was not checked" in said
        assert why in said
        assert "paperboy doctor checks it" in said
    assert subscribed(paperboy) == [HERE, f"{HERE}2"]


def test_doctor_checks_every_subscribed_channel(paperboy: Paperboy) -> None:
    """Each channel is a check of its own, with what is wrong and what to do; a platform is logged in to once."""
    judges.assemble()
    other = f"discord:{GUILD}/{OTHER_CHANNEL}"
    for channel in (HERE, f"slack:{TEAM}/C0GONE", other, "telegram:-1009", "terminal:main"):
        assert paperboy("channels", "add", channel, *CATEGORY).code == 0
    assert paperboy("channels", "add", HERE, "--name", "second", *CATEGORY).code == 0
    with SlackStandIn() as slack, DiscordStandIn() as discord:
        paperboy.variables |= slack_of(slack) | discord_of(discord)
        discord.permissions = 0
        checks = checks_of(paperboy)
        ways = [method for method, _ in slack.calls]
    assert checks["slack"]["ok"]
    assert checks[HERE]["ok"]
    assert not checks[f"slack:{TEAM}/C0GONE"]["ok"]
    assert "/invite @Paperboy" in checks[f"slack:{TEAM}/C0GONE"]["hint"]
    assert "Send Messages" in checks[other]["detail"]
    assert not checks["telegram:-1009"]["ok"]
    assert "docs/telegram.md" in checks["telegram:-1009"]["hint"]
    assert checks["terminal:main"]["ok"]
    assert ways.count("conversations.info") == 2
    assert (slack.violations, discord.complaints) == ([], [])


def test_doctor_says_which_channels_it_could_not_look_at(paperboy: Paperboy) -> None:
    """Where the login fails, the platform's check says why, and the channel's that nobody looked at it."""
    assert paperboy("channels", "add", HERE, *CATEGORY).code == 0
    with SlackStandIn() as slack:
        paperboy.variables |= slack_of(slack) | {"PAPERBOY_SLACK__BOT_TOKEN": "xoxb-wrong"}
        checks = checks_of(paperboy)
    assert not checks["slack"]["ok"]
    assert not checks[HERE]["ok"]
    assert "slack is not connected" in checks[HERE]["detail"]
