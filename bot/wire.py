"""The composition root: settings -> a program that runs. The only module that names concrete adapters.

Tests call `build` with settings of their own, and `App` with fakes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console

from adapters.chat.terminal import TerminalChat
from adapters.sources.sample import CATEGORIES, SampleSource
from bot.clock import SystemClock
from bot.origins import Origins, open_origins
from bot.settings import DiscordSettings, Settings, SlackSettings, TelegramSettings
from core.channels import ChannelRef, Subscription
from core.errors import UsageError
from core.listings import Listing
from core.lookup import Lookup
from core.ports import Chat, Clock, Store
from storage.store import SqlStore

TERMINAL: Final = ChannelRef("terminal", "main")
#: what a terminal reads until somebody changes it
FIRST_SUBSCRIPTION: Final = Subscription(channel=TERMINAL, categories=("cs.CL", "cs.LG", "cs.AI"), size=10)
#: the sample day's reader, with an interest that the invented papers meet
SAMPLE_SUBSCRIPTION: Final = Subscription(
    channel=TERMINAL,
    categories=CATEGORIES,
    interest="agents that use tools; retrieval; sleep and memory; titles that must be escaped",
    size=10,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The open program: everything that commands and use cases need."""

    store: Store
    clock: Clock
    origins: Origins
    #: by platform; logged in by whoever uses them
    chats: Mapping[str, Chat] = field(default_factory=dict)
    is_sample: bool = False

    @property
    def lookup(self) -> Lookup:
        """Where papers are looked for that somebody names."""
        return Lookup(store=self.store, clock=self.clock, finders=self.origins.finders)


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[App]:
    """The program with its database open and its sources ready; closed in order at the end. Raises StoreError."""
    clock = SystemClock(settings.clock.now)
    async with SqlStore(settings.database).opened() as store, open_origins(settings, clock) as origins:
        yield App(store=store, clock=clock, origins=origins, chats=_chats(settings, clock))


def _chats(settings: Settings, clock: Clock) -> Mapping[str, Chat]:
    """Every platform that has a token. Their SDKs cost half a second each and load only then."""
    made = (_slack(settings.slack, clock), _discord(settings.discord, clock), _telegram(settings.telegram, clock))
    return {chat.platform: chat for chat in made if chat}


def _slack(settings: SlackSettings, clock: Clock) -> Chat | None:
    if settings.bot_token is None:
        return None
    from adapters.chat.slack import SlackChat

    return SlackChat(
        bot_token=settings.bot_token.get_secret_value(),
        app_token=settings.app_token.get_secret_value() if settings.app_token else None,
        clock=clock,
        api_base_url=str(settings.api_base_url),
        pace_s=settings.pace_s,
    )


def _discord(settings: DiscordSettings, clock: Clock) -> Chat | None:
    if settings.token is None:
        return None
    from adapters.chat.discord import DiscordChat

    return DiscordChat(
        token=settings.token.get_secret_value(),
        clock=clock,
        api_base_url=str(settings.api_base_url).rstrip("/"),
        gateway_url=str(settings.gateway_url) if settings.gateway_url else None,
    )


def _telegram(settings: TelegramSettings, clock: Clock) -> Chat | None:
    if settings.token is None:
        return None
    from adapters.chat.telegram import TelegramChat

    return TelegramChat(
        token=settings.token.get_secret_value(),
        clock=clock,
        api_base_url=str(settings.api_base_url).rstrip("/"),
        pace_s=settings.pace_s,
    )


@asynccontextmanager
async def build_sample(settings: Settings) -> AsyncIterator[App]:
    """The program on the sample day, in memory: invented papers never meet real ones."""
    clock = SystemClock(settings.clock.now)
    async with SqlStore("sqlite://").opened() as store:
        await store.save_subscription(SAMPLE_SUBSCRIPTION, at=clock.now())
        yield App(store=store, clock=clock, origins=_invented(clock.now().date()), is_sample=True)


def _invented(today: date) -> Origins:
    source = SampleSource(today)
    return Origins(sources={source.name: source}, always=tuple((source.name, scope) for scope in CATEGORIES))


def terminal(app: App, console: Console) -> Chat:
    """The chat platform that every machine has."""
    return TerminalChat(console, app.clock)


def read_saved(file: Path, format: str | None, *, day: date | None, today: date) -> Listing:
    """Read a saved file in one of the formats there are. Raises UsageError, SourceError."""
    from adapters.sources import saved  # loads feedparser, which nothing else needs

    if format is None:
        raise UsageError("Which format has the file?", hint=f"Write --format and one of {', '.join(saved.FORMATS)}.")
    return saved.read(file, format, day=day, today=today)
