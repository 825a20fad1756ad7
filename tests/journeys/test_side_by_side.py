"""All platforms in one process: what breaks one is its own state, and the others go on."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy, until
from tests.standins import judges
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.slack import SlackStandIn
from tests.standins.slack_api import APP_TOKEN, BOT_TOKEN
from tests.standins.telegram import TOKEN as TELEGRAM_TOKEN
from tests.standins.telegram import TelegramStandin

GROUP = -1009


def test_three_platforms_and_the_terminal(paperboy: Paperboy) -> None:
    """With a wrong Discord token Slack, Telegram and the terminal answer, and Discord is told to be down."""
    judges.assemble()
    with SlackStandIn() as slack, DiscordStandIn() as discord, TelegramStandin().running() as telegram:
        paperboy.variables |= {
            "PAPERBOY_SLACK__BOT_TOKEN": BOT_TOKEN,
            "PAPERBOY_SLACK__APP_TOKEN": APP_TOKEN,
            "PAPERBOY_SLACK__API_BASE_URL": slack.url,
            "PAPERBOY_DISCORD__TOKEN": f"wrong{DISCORD_TOKEN}",
            "PAPERBOY_DISCORD__API_BASE_URL": discord.api,
            "PAPERBOY_TELEGRAM__TOKEN": TELEGRAM_TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": telegram.url,
        }
        assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 1)), "--format", "arxiv-rss").code == 0
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=paperboy.home,
            env=paperboy.environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            telegram.types("/paper 2602.00001", chat=GROUP)
            until(lambda: telegram.messages, process)
            until(lambda: "apps.connections.open" in [method for method, _ in slack.calls], process)
            asyncio.run(asyncio.wait_for(asyncio.to_thread(_asks, slack), 30))
            until(lambda: slack.messages or slack.whispers, process)
            os.write(ours, b"/help\nexit\n")
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(ours)
            os.close(theirs)
    assert process.returncode == 0, err
    assert "What Paperboy answers" in out
    assert "discord is down" in err
    assert "Trying again" in err
    assert f"wrong{DISCORD_TOKEN}" not in err + out
    assert not slack.violations
    assert not telegram.complaints


def _asks(slack: SlackStandIn) -> None:
    asyncio.run(slack.mention("2602.00001"))


def test_sigterm_ends_all_in_order(paperboy: Paperboy) -> None:
    """SIGTERM closes every platform and ends with 0; the service says who is connected, and no word of complaint."""
    with TelegramStandin().running() as telegram:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TELEGRAM_TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": telegram.url,
        }
        process = paperboy.start("run")
        until(lambda: telegram.requests("getUpdates"), process)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    first, *_, before_last, last = [line[9:] for line in err.splitlines()]
    assert first.startswith("· Paperboy 0.1.0 runs as process")
    assert "✓ telegram is connected as @paperboy_bot" in err
    assert before_last.startswith("· Stopping")
    assert last == "· Stopped."
    assert "!" not in err
