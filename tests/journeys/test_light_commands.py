"""A command that only reads the store loads what that takes, and nothing that talks to platforms and sources."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy

#: SDKs of platforms and models, clients and parsers of sources, logs, the clock, migrations, PostgreSQL, rules,
#: and the mathematics of what channels teach, for a channel that has taught nothing
HEAVY = (
    *("slack_sdk", "slack_bolt", "aiohttp", "discord", "telegram", "httpx"),
    *("httpx2", "httpcore2", "hishel", "anyio", "feedparser", "defusedxml", "stamina", "structlog"),
    *("apscheduler", "alembic", "psycopg", "sqlalchemy.dialects.postgresql", "lark", "rich.progress", "rich.traceback"),
    *("starlette", "uvicorn", "prometheus_client", "litellm", "openai"),
    *("numpy", "scipy", "sklearn"),
)
#: each command in a fork of a process that has loaded what all of them load
PROBE = f"""
import json, os, sys
import bot.cli, bot.output.contract, bot.output.screen, bot.tasks, bot.wire
import sqlalchemy.dialects.sqlite.aiosqlite, storage.store
from bot.__main__ import run
for arguments, environment in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        os.environ.update(environment)
        code = run(arguments)
        print("loaded", code, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
TOKENS = {
    "PAPERBOY_SLACK__BOT_TOKEN": "xoxb-unused",
    "PAPERBOY_DISCORD__TOKEN": "unused",
    "PAPERBOY_TELEGRAM__TOKEN": "1:unused",
}


def _model(command: str, *_: str) -> dict[str, str]:
    """A model for all commands but the one that asks it."""
    return {} if command == "paper" else {"PAPERBOY_MODEL__NAME": "openai/unused"}


@pytest.fixture
def read_before(paperboy: Paperboy) -> Paperboy:
    """A store with one paper and one channel, in a place where all platforms and an index are set up."""
    feed = str(a_feed(paperboy.home, 1))
    assert paperboy("ingest", "--file", feed, "--format", "arxiv-rss").code == 0
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL").code == 0
    paperboy.variables |= TOKENS | {"PAPERBOY_SOURCES__CROSSREF__ENABLED": "true"}
    return paperboy


COMMANDS = (
    ("paper", "2602.00001"),
    ("papers",),
    ("search", "graph"),
    ("why", "terminal:main", "2602.00001"),
    ("brief", "terminal:main"),
    ("bookmarks", "list"),
    ("channels", "list"),
    ("status",),
    ("channels", "set", "terminal:main", "size", "5"),
)


def test_commands_that_read_load_nothing_heavy(read_before: Paperboy) -> None:
    """Neither an SDK nor a client, a parser or a migration loads for a command that asks the store alone."""
    orders = [(arguments, _model(*arguments)) for arguments in COMMANDS]
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(orders)],
        cwd=read_before.home,
        env=read_before.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    loads = [line for line in ran.stderr.splitlines() if line.startswith("loaded ")]
    assert len(loads) == len(COMMANDS), ran.stderr
    for arguments, load in zip(COMMANDS, loads, strict=True):
        assert load in ("loaded 0 []", "loaded 1 []"), (arguments, ran.stderr)
