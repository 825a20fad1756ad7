"""The composition root: settings -> a program that runs. The only module that names concrete adapters.

Tests call `build` with settings of their own, and `App` with fakes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.sources.sample import CATEGORIES, SampleSource
from bot.chats import Chats, made_once
from bot.clock import SystemClock
from bot.embedding_settings import EmbeddingsSettings
from bot.origins import SOURCES, Origins, load_origins
from bot.settings import DiscordSettings, ModelSettings, Settings, SlackSettings, TelegramSettings
from bot.turns import Turns
from core.channels import ChannelRef, Depth, Subscription, UserRef
from core.converse.lists import library
from core.converse.ports import ChatPlatform, Store, UpdateStore
from core.deliver.meanings import QUERY_PATIENCE_S, Meanings
from core.errors import UsageError
from core.ingest.lookup import Lookup
from core.operate.jobs import JobQueue, SharedJobQueue
from core.operate.services import count_gateways
from core.papers.embedding import Embedder
from core.papers.paper import Paper, Summary
from core.posts.messages import MessageRef
from core.posts.tree import Post
from core.summarise.budget import Caps
from core.summarise.calls import ModelCalls
from core.summarise.fulltext import TextSection
from core.summarise.ports import LanguageModel
from core.summarise.reading import TextReader
from core.summarise.requests import SummaryRequests, Writer
from core.summarise.summaries import PATIENCE_S, Summariser
from core.time import Clock
from storage.engine.database import is_sqlite, jobs_address
from storage.store import SqlStore

if TYPE_CHECKING:  # each loads with the command that needs it
    from rich.console import Console

    from core.choose.profile.seeds import NamedPapers
    from core.ingest.listing import Listing

TERMINAL: Final = ChannelRef("terminal", "", "main")
#: what a terminal reads until somebody changes it
FIRST_SUBSCRIPTION: Final = Subscription(channel=TERMINAL, categories=("cs.CL", "cs.LG", "cs.AI"), size=10)
#: the sample day's reader, with an interest that the invented papers meet
SAMPLE_SUBSCRIPTION: Final = Subscription(
    channel=TERMINAL,
    categories=CATEGORIES,
    interest=(
        "agents that use tools; agent evaluations; retrieval; sleep and memory; speech recognition; knowledge graphs;"
        " federated learning; diffusion models; titles that must be escaped"
    ),
    size=10,
)


@dataclass(frozen=True, kw_only=True)  # without slots, in which nothing could be cached
class App:
    """The open program: everything that commands and use cases need."""

    store: Store
    clock: Clock
    #: called at the first use of `origins`, and once: a command that reads the store asks no source
    load_origins: Callable[[], Origins]
    #: logged in by whoever uses them
    chats: Chats = field(default_factory=Chats)
    #: the first choice, then the fallbacks; none where none is configured
    models: tuple[LanguageModel, ...] = ()
    is_sample: bool = False
    #: the names of the configured feeds
    feeds: tuple[str, ...] = ()
    #: taken by whoever posts a digest
    turns: Turns = field(default_factory=Turns)
    #: when this process opened the database, UTC; None where nobody knows
    began_at: datetime | None = None
    #: summaries that models write; None where none is configured
    requests: SummaryRequests | None = None
    #: seconds that a digest waits for summaries by models
    digest_wait_s: float = PATIENCE_S
    #: what papers mean; None where no model embeds
    meanings: Meanings | None = None
    #: the queue of jobs of all processes; None where one process does all
    open_jobs: Callable[[], AbstractAsyncContextManager[SharedJobQueue]] | None = None

    @property
    def origins(self) -> Origins:
        """Where papers come from. Raises BadSetting at the first use."""
        return self.load_origins()

    async def settle(self, message: MessageRef) -> None:
        """Apply the reactions that came before their message was on record."""
        await library.settle(message, store=self.store, clock=self.clock)

    async def write(self, person: UserRef, post: Post) -> None:
        """Write to a person alone, on that person's platform. Raises as `Chat.write`, UsageError without a token."""
        async with self.chats.of(ChannelRef(person.platform, person.workspace, person.id)).open() as chat:
            await chat.write(person, post)

    def address_of(self, message: MessageRef) -> str:
        """As `Chat.address_of`; empty where no token serves the channel."""
        return self.chats.of(message.channel).address_of(message) if self.chats.serves(message.channel) else ""

    @property
    def summariser(self) -> Summariser:
        """Where the summaries of digests come from."""
        return Summariser(self.store, self.requests, patience_s=self.digest_wait_s)

    @cached_property
    def texts(self) -> TextReader:
        """Reads full texts of papers; whoever uses it waits for the same ones, and knows of the same failures."""
        return TextReader(self.store, self.clock, lambda: self.origins.full_texts)

    @property
    def lookup(self) -> Lookup:
        """Finds the papers that people name."""
        return Lookup(
            store=self.store,
            clock=self.clock,
            finders=lambda: self.origins.finders,
            bibliographies=lambda: self.origins.bibliographies,
            nearest=self.meanings.nearest if self.meanings else None,
            name_of=self.store.traits.name_of,
            near_paper=self.meanings.near_paper if self.meanings else None,
        )


@asynccontextmanager
async def build(settings: Settings, *, before_adapters: Callable[[], None] = lambda: None) -> AsyncIterator[App]:
    """The program with its database open; whatever was used is closed in order at the end. Raises StoreError.

    `before_adapters` is called before sources or a platform load: they are the first to write logs.
    """
    clock = SystemClock(settings.clock.now)
    async with SqlStore(settings.database, traits=SOURCES).open() as store, AsyncExitStack() as stack:

        @cache
        def origins() -> Origins:
            before_adapters()
            return load_origins(settings, clock, stack)

        chats = _chats(settings, clock, store, before_loading=before_adapters)
        models, caps = _models(settings.model, clock), _caps(settings.model)
        requests = await stack.enter_async_context(summary_requests(models, caps, store, clock))
        yield App(
            store=store,
            clock=clock,
            load_origins=origins,
            chats=chats,
            models=models,
            requests=requests,
            began_at=clock.now(),
            feeds=tuple(feed.name for feed in settings.sources.feeds),
            digest_wait_s=settings.model.digest_wait_s,
            meanings=meanings_of(settings, store, clock),
            open_jobs=None if is_sqlite(settings.database) else partial(shared_jobs, settings),
        )


@asynccontextmanager
async def summary_requests(
    models: Sequence[LanguageModel], caps: Caps, store: Store, clock: Clock
) -> AsyncIterator[SummaryRequests | None]:
    """Has models write summaries until the end; None without a model, and then nothing of it loads."""
    if not models:
        yield None
        return
    from core.summarise.prompts import recipe
    from core.summarise.write import write_summary

    async def write(
        models: Sequence[LanguageModel], paper: Paper, language: str, depth: Depth, sections: Sequence[TextSection]
    ) -> Summary | None:
        writing = await write_summary(paper, language=language, depth=depth, models=models, sections=sections)
        return writing.summary

    writer = Writer(write=write, recipe=recipe)
    calls = ModelCalls(models, store=store, clock=clock, caps=caps)
    async with SummaryRequests(store, clock, calls, writer).open() as requests:
        yield requests


def own_jobs(app: App) -> JobQueue:
    """A queue of jobs of this process alone."""
    from adapters.jobs.local import LocalJobs

    return LocalJobs(app.clock)


def shared_jobs(settings: Settings) -> AbstractAsyncContextManager[SharedJobQueue]:
    """The queue of jobs of all processes. Raises BadSetting where the database cannot hold one."""
    address = jobs_address(settings.database)
    from adapters.jobs.postgresql import PostgresJobs

    return PostgresJobs(address).open()


def _chats(settings: Settings, clock: Clock, store: Store, *, before_loading: Callable[[], None]) -> Chats:
    """Every platform that has a token."""
    slack, discord, telegram = settings.slack, settings.discord, settings.telegram
    makers: dict[tuple[str, str], Callable[[], ChatPlatform]] = {}
    if slack.bot_token:
        shared_store = None if is_sqlite(settings.database) else store
        makers["slack", ""] = partial(_slack, slack, slack.bot_token.get_secret_value(), clock, shared_store)
    if discord.token:
        makers["discord", ""] = partial(_discord, discord, discord.token.get_secret_value(), clock)
    if telegram.token:
        makers["telegram", ""] = partial(_telegram, telegram, telegram.token.get_secret_value(), clock, store)
    return Chats({place: made_once(make, before=before_loading) for place, make in makers.items()})


def _slack(settings: SlackSettings, token: str, clock: Clock, store: Store | None) -> ChatPlatform:
    """`store`: what several processes share that listen."""
    from adapters.chat.slack.client import SlackChat

    async def count_own() -> int:
        return count_gateways(await store.services(), SlackChat.platform, clock.now()) if store else 1

    return SlackChat(
        bot_token=token,
        app_token=settings.app_token.get_secret_value() if settings.app_token else None,
        clock=clock,
        api_base_url=str(settings.api_base_url),
        pace_s=settings.pace_s,
        updates=store,
        count_own=count_own,
    )


def _discord(settings: DiscordSettings, token: str, clock: Clock) -> ChatPlatform:
    from adapters.chat.discord.client import DiscordChat

    return DiscordChat(
        token=token,
        clock=clock,
        api_base_url=str(settings.api_base_url).rstrip("/"),
        gateway_url=str(settings.gateway_url) if settings.gateway_url else None,
        shards=settings.shards,
    )


def _telegram(settings: TelegramSettings, token: str, clock: Clock, updates: UpdateStore) -> ChatPlatform:
    from adapters.chat.telegram.client import TelegramChat

    return TelegramChat(
        token=token,
        clock=clock,
        api_base_url=str(settings.api_base_url).rstrip("/"),
        pace_s=settings.pace_s,
        updates=updates,
    )


def _caps(settings: ModelSettings) -> Caps:
    return Caps(monthly_usd=settings.monthly_budget_usd, daily_usd=settings.daily_budget_usd)


def _models(settings: ModelSettings, clock: Clock) -> tuple[LanguageModel, ...]:
    """The configured models; a key and an address go to the fallbacks of the same provider, and to nobody else."""
    if settings.name is None:
        return ()
    from adapters.llm.endpoint import Endpoint
    from adapters.llm.model import LiteLlmModel

    base = str(settings.api_base).rstrip("/") if settings.api_base else None
    key = settings.api_key.get_secret_value() if settings.api_key else None
    provider = settings.name.partition("/")[0]

    def model(name: str) -> LanguageModel:
        is_same = name == settings.name or name.partition("/")[0] == provider
        place = Endpoint(
            model=name,
            api_base=base if is_same else None,
            api_key=key if is_same else None,
            timeout_s=settings.timeout_s,
        )
        return LiteLlmModel(place, clock=clock, parallel=settings.parallel)

    return tuple(map(model, dict.fromkeys((settings.name, *settings.fallbacks))))


def meanings_of(
    settings: Settings, store: Store, clock: Clock, *, query_patience_s: float = QUERY_PATIENCE_S
) -> Meanings | None:
    """What papers mean, by the configured model; nothing of it loads before it is used."""
    section = settings.embeddings
    if not section.model:
        return None
    from adapters.minilm.embedder import LOCAL, LocalEmbedder

    embedder = LocalEmbedder() if section.model == LOCAL else _embedder(section, settings.model, clock)
    return Meanings(
        embedder,
        store=store,
        spending=store,
        clock=clock,
        caps=_caps(settings.model),
        patience_s=section.digest_wait_s,
        query_patience_s=query_patience_s,
    )


def _embedder(section: EmbeddingsSettings, writer: ModelSettings, clock: Clock) -> Embedder:
    """A provider's model; the key and address of the model that writes go to the same provider, and to nobody else."""
    from adapters.llm.embedding import SETTING, LiteLlmEmbedder
    from adapters.llm.endpoint import Endpoint

    assert section.model
    is_same = bool(writer.name) and section.model.partition("/")[0] == str(writer.name).partition("/")[0]
    base, key = section.api_base, section.api_key
    if is_same and not base and not key:  # a key goes where it belongs, or nowhere
        base, key = writer.api_base, writer.api_key
    place = Endpoint(
        model=section.model,
        api_base=str(base).rstrip("/") if base else None,
        api_key=key.get_secret_value() if key else None,
        timeout_s=section.timeout_s,
        setting=SETTING,
    )
    return LiteLlmEmbedder(place, clock=clock)


@asynccontextmanager
async def build_sample(settings: Settings) -> AsyncIterator[App]:
    """The program on the sample day, in memory: invented papers never meet real ones."""
    clock = SystemClock(settings.clock.now)
    async with SqlStore("sqlite://", traits=SOURCES).open() as store:
        await store.save_subscription(SAMPLE_SUBSCRIPTION, at=clock.now())
        origins = cache(partial(_sample_origins, clock.now().date()))
        yield App(store=store, clock=clock, load_origins=origins, is_sample=True)


def _sample_origins(today: date) -> Origins:
    source = SampleSource(today)
    return Origins(sources={source.name: source}, always=tuple((source.name, scope) for scope in CATEGORIES))


def terminal(app: App, console: Console) -> ChatPlatform:
    """The chat platform that every machine has."""
    from adapters.chat.terminal.client import TerminalChat
    from bot.operation import logs

    chat = TerminalChat(console, app.clock)
    logs.write_within(chat.above_prompt)
    return chat


def read_saved(file: Path, format: str | None, *, day: date | None, today: date, explain: bool) -> Listing:
    """Read a saved file in one of the formats there are; `explain`: and tell how. Raises UsageError, SourceError."""
    from adapters.sources import saved  # loads feedparser, which nothing else needs

    if format is None:
        raise UsageError("Which format has the file?", hint=f"Write --format and one of {', '.join(saved.FORMATS)}.")
    return saved.read(file, format, day=day, today=today, explain=explain)


def read_library(file: Path) -> NamedPapers:
    """Read a file of a reference manager. Raises UsageError, BadFeed."""
    from adapters.sources import references

    return references.read_library(file)
