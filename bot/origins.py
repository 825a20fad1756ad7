"""Where papers come from: settings -> every source, archive, finder and index, and what a refresh asks of them.

A part of the composition root (`bot.wire`), because there are many of them: this module and that one alone name
concrete adapters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platformdirs import user_cache_path
from pydantic import AnyHttpUrl

from adapters.sources import traits
from bot import __version__
from core.errors import BadCategory, UsageError
from core.ingest.listing import Listing
from core.ingest.ports import Bibliography, Enricher, PaperArchive, PaperFinder, PaperSource
from core.ingest.state import SourceState
from core.ingest.traits import Sources, SourceTraits
from core.summarise.ports import FullTextSource
from core.time import Clock
from storage.engine.private import make_folder

if TYPE_CHECKING:
    from adapters.sources.http import PoliteClient
    from bot.settings import Settings
    from bot.source_settings import IndexSettings, KeyedIndexSettings

#: what the sources of this version are like
SOURCES: Final = Sources(
    (
        traits.ARXIV,
        traits.BIORXIV,
        traits.CROSSREF,
        traits.DAILY_ARXIV,
        traits.FEEDS,
        traits.HUGGINGFACE,
        traits.OPENALEX,
        traits.SAMPLE,
        traits.SEMANTICSCHOLAR,
    )
)
#: seconds between two questions to a mirror of an index
_INDEX_PACE_S: Final = 0.5
#: where indexes answer themselves
_INDEX_HOSTS: Final[Mapping[str, str]] = {
    traits.CROSSREF.name: "api.crossref.org",
    traits.OPENALEX.name: "api.openalex.org",
    traits.SEMANTICSCHOLAR.name: "api.semanticscholar.org",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """All places that papers come from, each by its name, in the order in which they are asked."""

    sources: Mapping[str, PaperSource]
    archives: Mapping[str, PaperArchive] = field(default_factory=dict)
    finders: Sequence[PaperFinder] = ()
    enrichers: Sequence[Enricher] = ()
    #: who knows what a person wrote
    bibliographies: Sequence[Bibliography] = ()
    #: where full texts are read; None where nowhere
    full_texts: FullTextSource | None = None
    #: (source, scope) that every refresh reads, whatever channels want
    always: Sequence[tuple[str, str]] = ()
    #: what they are like
    traits: Sources = SOURCES

    def scopes(self, categories: Iterable[str], names: Sequence[str] = ()) -> tuple[tuple[PaperSource, str], ...]:
        """What to refresh of the categories that channels name: each part once; of the named sources, or of all.

        A source that is named and that no channel wants anything of is read as a whole, where that can be. Raises
        UsageError.
        """
        if unknown := [name for name in names if name not in self.sources]:
            raise UsageError(
                f"There is no source '{unknown[0][:40]}'.", hint=f"This version reads {', '.join(self.sources)}."
            )
        every = dict.fromkeys((*map(self.traits.scope_of, categories), *self.always))
        scopes = [(name, scope) for name, scope in every if name in (names or self.sources)]
        unread = [name for name in names if name not in {source for source, _ in scopes}]
        scopes += [(name, scope) for name in unread for scope in _whole(self.traits[name])]
        return tuple((source, scope) for name, source in self.sources.items() for of, scope in scopes if of == name)


def _whole(source: SourceTraits) -> Sequence[str]:
    if not source.whole:
        part = f"paperboy channels add CHANNEL --category {source.example}"
        raise UsageError(f"No channel reads anything of {source.name}.", hint=f"Subscribe one: {part}")
    return source.whole


def load_origins(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Origins:
    """Everything that the settings name, over polite clients that `stack` closes. Raises BadSetting.

    Feeds and listings are never answered from a cache; what indexes say is (RFC 9111), because it changes slowly.
    """
    from adapters.sources.http import PoliteClient

    sources = settings.sources
    # arXiv last: whatever else is at the same place, a mirror say, goes at its pace
    paces = {
        _host(section.base_url): section.pace_s for section in (sources.biorxiv, sources.huggingface, sources.arxiv)
    }
    folder = _cache_folder()
    pace_dir = folder if sources.arxiv.pace_s else None
    client = PoliteClient(settings.contact, __version__, pace_s=sources.arxiv.pace_s, paces=paces, pace_dir=pace_dir)
    stack.push_async_exit(client)
    enrichers: Sequence[Enricher] = ()
    if any(index.is_on for index in (sources.crossref, sources.openalex, sources.semanticscholar)):
        # one attempt: what an index asks of us is `enrich`'s to remember, and its time is short
        index_client = PoliteClient(
            settings.contact,
            __version__,
            attempts=1,
            pace_s=_INDEX_PACE_S,
            paces={host: SOURCES[name].pace_s or _INDEX_PACE_S for name, host in _INDEX_HOSTS.items()},
            pace_dir=pace_dir,
            cache=folder / "indexes.db",
        )
        stack.push_async_exit(index_client)
        enrichers = _enrichers(settings, index_client)
    return _origins(settings, clock, client, enrichers)


def _origins(settings: Settings, clock: Clock, client: PoliteClient, enrichers: Sequence[Enricher]) -> Origins:
    from adapters.sources.arxiv import ArxivFeed
    from adapters.sources.arxiv_api import ArxivApi
    from adapters.sources.arxiv_listing import ArxivListing
    from adapters.sources.arxiv_oai import ArxivArchive
    from adapters.sources.biorxiv import Biorxiv
    from adapters.sources.fulltext.arxiv import ArxivFullText
    from adapters.sources.huggingface import HuggingFaceDaily

    sources, arxiv = settings.sources, settings.sources.arxiv
    listing = ArxivListing(client, base_url=arxiv.service(arxiv.listing_base_url, "https://arxiv.org"))
    feed = ArxivFeed(client, base_url=str(arxiv.base_url).rstrip("/"), form=arxiv.feed, listing=listing)
    archive = ArxivArchive(client, base_url=arxiv.service(arxiv.oai_base_url, "https://oaipmh.arxiv.org"))
    api = ArxivApi(client, base_url=arxiv.service(arxiv.api_base_url, "https://export.arxiv.org"))
    biorxiv = Biorxiv(client, clock=clock, base_url=str(sources.biorxiv.base_url).rstrip("/"))
    daily = HuggingFaceDaily(client, clock=clock, base_url=str(sources.huggingface.base_url).rstrip("/"))
    return Origins(
        sources={source.name: source for source in (feed, biorxiv, _feeds(settings, clock, client), daily)},
        archives={source.name: source for source in (archive, biorxiv, daily)},
        finders=tuple(_finders(settings, (api, biorxiv, *enrichers), daily)),
        enrichers=enrichers,
        bibliographies=tuple(source for source in enrichers if isinstance(source, Bibliography)),
        full_texts=ArxivFullText(
            client,
            base_url=arxiv.service(arxiv.html_base_url, "https://arxiv.org"),
            oai_base_url=arxiv.service(arxiv.oai_base_url, "https://oaipmh.arxiv.org"),
        ),
        always=tuple(_always(settings)),
    )


class _NoFeeds(PaperSource):
    """Journals where the settings name none: a channel that wants one is told so at every refresh."""

    name = traits.FEEDS.name

    async def fetch(self, scope: str, last: SourceState | None) -> Listing:
        raise BadCategory(f"There is no feed '{scope.removeprefix('feed:')}'.", hint="Name it in sources.feeds.")


def _feeds(settings: Settings, clock: Clock, client: PoliteClient) -> PaperSource:
    """The journals; their parser costs a third of a second, and loads where there are any."""
    if not settings.sources.feeds:
        return _NoFeeds()
    from adapters.sources.feeds import JournalFeeds

    return JournalFeeds(client, clock=clock, feeds={feed.name: str(feed.url) for feed in settings.sources.feeds})


def _always(settings: Settings) -> Iterator[tuple[str, str]]:
    for feed in settings.sources.feeds:
        yield traits.FEEDS.name, f"feed:{feed.name}"
    if settings.sources.with_huggingface:
        yield from ((traits.HUGGINGFACE.name, scope) for scope in dict.fromkeys(settings.sources.huggingface.lists))


def _finders(settings: Settings, first: Sequence[object], daily: PaperFinder) -> Iterator[PaperFinder]:
    """Who is asked for a single paper: those who describe papers, and then Hugging Face, which knows some of them."""
    yield from (finder for finder in first if isinstance(finder, PaperFinder))
    if settings.sources.with_huggingface:
        yield daily


def _enrichers(settings: Settings, client: PoliteClient) -> tuple[Enricher, ...]:
    from adapters.sources.crossref import Crossref
    from adapters.sources.openalex import OpenAlex
    from adapters.sources.semanticscholar import SemanticScholar

    sources, contact = settings.sources, settings.contact
    enrichers: list[Enricher] = []
    if sources.crossref.is_on:
        enrichers.append(Crossref(client, contact=contact, base_url=_base(sources.crossref, Crossref.name)))
    if sources.openalex.is_on:
        base, key = _base(sources.openalex, OpenAlex.name), _key(sources.openalex)
        enrichers.append(OpenAlex(client, contact=contact, api_key=key, base_url=base))
    if sources.semanticscholar.is_on:
        base, key = _base(sources.semanticscholar, SemanticScholar.name), _key(sources.semanticscholar)
        enrichers.append(SemanticScholar(client, api_key=key, base_url=base))
    return tuple(enrichers)


def _base(index: IndexSettings, name: str) -> str:
    return str(index.base_url or f"https://{_INDEX_HOSTS[name]}").rstrip("/")


def _key(index: KeyedIndexSettings) -> str | None:
    return index.api_key.get_secret_value() if index.api_key else None


def _host(url: AnyHttpUrl) -> str:
    return url.host or ""


def _cache_folder() -> Path:
    """Where processes of this machine share when they last asked a host, and what indexes answered."""
    folder = user_cache_path("paperboy")
    with suppress(OSError):  # without it each process keeps its own pace
        make_folder(folder)
    return folder
