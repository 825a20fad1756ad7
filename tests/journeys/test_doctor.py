"""`paperboy doctor`: is every token right, and what to do where it is not."""

from __future__ import annotations

import json
from typing import Any

from tests.journeys.paperboy import Paperboy
from tests.replay import ORDINARY_DAY, Replay
from tests.shared import needs_shared
from tests.standins import judges
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN
from tests.standins.telegram import TelegramStandin

PLATFORMS = ("slack", "discord", "telegram")


def checked(paperboy: Paperboy) -> dict[str, Any]:
    return {check["name"]: check for check in paperboy("doctor", "--json").json["checks"]}


def reading(paperboy: Paperboy, replay: Replay, *categories: str) -> None:
    paperboy.variables["PAPERBOY_SOURCES__ARXIV__BASE_URL"] = replay.url
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = f"{ORDINARY_DAY}T14:00:00+00:00"
    options = [option for category in categories for option in ("--category", category)]
    assert paperboy("channels", "add", "terminal:main", *options).code == 0


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


@needs_shared
def test_doctor_leaves_a_source_alone_that_asked_for_it(paperboy: Paperboy, replay: Replay) -> None:
    """While a source wants to be left alone, the doctor says so and does not ask it; there is nothing to do."""
    reading(paperboy, replay, "cs.CL")
    replay.fault(path_prefix="/rss", status=429, headers={"Retry-After": "600"})
    assert paperboy("ingest").code == 1
    replay.clear_log()
    check = checked(paperboy)["arxiv"]
    assert replay.log() == []
    assert not check["ok"]
    assert check["detail"].startswith("not asked now: ")
    assert check["hint"].startswith("Nothing is to be done")


@needs_shared
def test_doctor_asks_each_feed(paperboy: Paperboy, replay: Replay) -> None:
    """Every journal is a place of its own: one that answers says nothing of another one's address."""
    reading(paperboy, replay, "cs.CL")
    urls = {"good": f"{replay.url}/rss/cs.CV", "moved": f"{replay.url}/nowhere"}
    feeds = [{"name": name, "url": url} for name, url in urls.items()]
    paperboy.variables["PAPERBOY_SOURCES__FEEDS"] = json.dumps(feeds)
    checks = checked(paperboy)
    assert checks["feed:good"]["ok"]
    assert not checks["feed:moved"]["ok"]
    assert "change its address" in checks["feed:moved"]["hint"]


@needs_shared
def test_what_nobody_reads_any_more_is_no_trouble(paperboy: Paperboy, replay: Replay) -> None:
    """A feed that failed is trouble as long as it is read; taken out of the settings, it is told and no failure."""
    reading(paperboy, replay, "cs.CL")
    feeds = json.dumps([{"name": "moved", "url": f"{replay.url}/nowhere"}])
    assert paperboy("ingest", PAPERBOY_SOURCES__FEEDS=feeds).code == 3
    assert paperboy("doctor", PAPERBOY_SOURCES__FEEDS=feeds).code == 1
    assert paperboy("doctor").code == 0
    check = checked(paperboy)["feeds feed:moved"]
    assert "refreshes leave it out now" in check["detail"]
    assert check["hint"] == ""
