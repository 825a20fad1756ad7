"""The section `sources` of the settings: where papers come from."""

from __future__ import annotations

import json
import re
from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ArxivSettings(_Section):
    """Where arXiv is. A mirror or a test that stands in for its feeds stands in for the rest too, unless told apart."""

    #: followed by /rss/{category} or /atom/{category}
    base_url: AnyHttpUrl = AnyHttpUrl("https://rss.arxiv.org")
    #: followed by /api/query: single papers and search
    api_base_url: AnyHttpUrl | None = None
    #: followed by /list/{category}/new: the second look at a doubtful feed
    listing_base_url: AnyHttpUrl | None = None
    #: followed by /oai: days gone by
    oai_base_url: AnyHttpUrl | None = None
    #: followed by /html/{id} and /pdf/{id}: full texts, where somebody asks about a paper
    html_base_url: AnyHttpUrl | None = None
    #: which of the two forms of the daily feed to read
    feed: Literal["rss", "atom"] = "rss"
    #: seconds between two requests; arXiv asks for 3
    pace_s: float = Field(default=3.0, ge=0, le=60)

    @property
    def is_moved(self) -> bool:
        """True where something else stands in for arXiv."""
        return bool(self.base_url != type(self).model_fields["base_url"].default)

    def service(self, url: AnyHttpUrl | None, own: str) -> str:
        """The base URL of one of arXiv's services: as told, where its feeds have moved to, or its own."""
        return str(url or (self.base_url if self.is_moved else own)).rstrip("/")


class HuggingFaceSettings(_Section):
    """Hugging Face Daily Papers: which papers people talk about, with votes and code."""

    #: read with every refresh; by itself yes, unless something else stands in for arXiv and nothing for this
    enabled: bool | None = None
    #: which lists: what is chosen today and yesterday, of this week or month, and what rises
    lists: tuple[Literal["daily", "week", "month", "trending"], ...] = ("daily",)
    #: followed by /api/daily_papers
    base_url: AnyHttpUrl = AnyHttpUrl("https://huggingface.co")
    pace_s: float = Field(default=1.0, ge=0, le=60)

    @field_validator("lists", mode="before")
    @classmethod
    def _from_words(cls, value: object) -> object:
        """In the environment the lists stand in a row, with commas between them."""
        return tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else value


class BiorxivSettings(_Section):
    """bioRxiv and medRxiv: read where a channel wants `biorxiv`, `medrxiv` or a subject area of theirs."""

    #: followed by /details/{server}/...
    base_url: AnyHttpUrl = AnyHttpUrl("https://api.biorxiv.org")
    pace_s: float = Field(default=1.0, ge=0, le=60)


class FeedSettings(_Section):
    """The feed of a journal, an archive, anybody: RSS, Atom or RDF. Channels read it as category `feed:NAME`."""

    #: in lower case and without spaces, as channels write it
    name: str = Field(min_length=1, max_length=60)
    url: AnyHttpUrl

    @field_validator("name")
    @classmethod
    def _slug(cls, value: str) -> str:
        if slug := re.sub(r"[^a-z0-9_.]+", "-", value.lower()).strip("-._"):
            return slug
        raise ValueError("a name has letters or digits")


class IndexSettings(_Section):
    """An index that is asked, after refreshes, what it knows of papers; asked where it is switched on or moved."""

    enabled: bool | None = None
    base_url: AnyHttpUrl | None = None

    @property
    def is_on(self) -> bool:
        """True where somebody switched it on, or said where it is."""
        return bool(self.model_fields_set) if self.enabled is None else self.enabled


class KeyedIndexSettings(IndexSettings):
    """An index that knows its readers by a key."""

    api_key: SecretStr | None = None


class SourcesSettings(_Section):
    """Where papers come from."""

    arxiv: ArxivSettings = ArxivSettings()
    huggingface: HuggingFaceSettings = HuggingFaceSettings()
    biorxiv: BiorxivSettings = BiorxivSettings()
    feeds: tuple[FeedSettings, ...] = ()
    crossref: IndexSettings = IndexSettings()
    openalex: KeyedIndexSettings = KeyedIndexSettings()
    semanticscholar: KeyedIndexSettings = KeyedIndexSettings()

    @property
    def with_huggingface(self) -> bool:
        """True where every refresh reads Hugging Face: nobody who replays arXiv should reach it by accident."""
        if self.huggingface.enabled is not None:
            return self.huggingface.enabled
        return "base_url" in self.huggingface.model_fields_set or not self.arxiv.is_moved

    @field_validator("feeds", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        """In the environment a list is written as JSON."""
        return json.loads(value) if isinstance(value, str) and value.strip().startswith("[") else value

    @field_validator("feeds")
    @classmethod
    def _named_once(cls, value: tuple[FeedSettings, ...]) -> tuple[FeedSettings, ...]:
        names = [feed.name for feed in value]
        if second := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two feeds are named {second}")
        return value
