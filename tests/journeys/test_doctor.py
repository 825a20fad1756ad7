"""`paperboy doctor`: is every token right, and what to do where it is not."""

from __future__ import annotations

from tests.journeys.paperboy import Paperboy
from tests.standins import judges
from tests.standins.discord import TOKEN as DISCORD_TOKEN
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, SlackStandIn
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN
from tests.standins.telegram import TelegramStandin

PLATFORMS = ("slack", "discord", "telegram")


def test_doctor_knows_right_tokens_from_wrong_ones(paperboy: Paperboy) -> None:
    """Each right token is named with whom it belongs to; each wrong one with what to do, and without the token."""
    judges.assemble()
    with SlackStandIn() as slack, DiscordStandIn() as discord, TelegramStandin().running() as telegram:
        paperboy.variables |= {
            "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
            "PAPERBOY_SLACK__API_BASE_URL": slack.url,
            "PAPERBOY_DISCORD__API_BASE_URL": discord.api,
            "PAPERBOY_TELEGRAM__API_BASE_URL": telegram.url,
        }
        right = {
            "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
            "PAPERBOY_DISCORD__TOKEN": DISCORD_TOKEN,
            "PAPERBOY_TELEGRAM__TOKEN": TELEGRAM_TOKEN,
        }
        wrong = {name: f"{token}-wrong" for name, token in right.items()}
        good, bad = paperboy("doctor", "--json", **right), paperboy("doctor", "--json", **wrong)
    checks = {check["name"]: check for check in good.json["checks"]}
    assert all(checks[platform]["ok"] for platform in PLATFORMS), checks
    checks = {check["name"]: check for check in bad.json["checks"]}
    assert not any(checks[platform]["ok"] for platform in PLATFORMS), checks
    assert all(checks[platform]["detail"] and checks[platform]["hint"] for platform in PLATFORMS), checks
    assert bad.code == 1
    assert not any(token in bad.out + bad.err for token in wrong.values())
