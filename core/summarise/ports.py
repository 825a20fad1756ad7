"""What summarising needs from the world: a store, and a language model where one is configured.

Implemented by `storage` and `adapters.llm`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from core.channels import ChannelRef
from core.papers.grades import Grade
from core.papers.identifiers import PaperId
from core.papers.paper import Paper, Summary
from core.summarise.fulltext import FullText

#: the maker of summaries that are sentences of the abstract; `core.summarise.extract` writes them
MADE_BY: Final = "extract"


class SummaryStore(ABC):
    """Summaries that were written once. Every method is one transaction."""

    @abstractmethod
    async def summaries(self, ids: Sequence[PaperId], language: str) -> Mapping[PaperId, tuple[Summary, ...]]:
        """All stored summaries of each paper in that language: of whatever version, maker, depth and recipe.

        The newest version's come first, and of those the last saved; papers without one are left out.
        """

    @abstractmethod
    async def save_summaries(self, summaries: Sequence[Summary]) -> None:
        """Remember summaries; one per (paper, version, language, made_by, depth, recipe), the later one wins."""


class GradeStore(ABC):
    """What models thought of papers, for a while. Every method is one transaction.

    `criteria` is a short name for what they were asked: the same name, the same question.
    """

    @abstractmethod
    async def grades(self, criteria: str, ids: Sequence[PaperId], *, since: datetime) -> Mapping[PaperId, Grade]:
        """What was saved last of each paper at `since` or later, of whatever version and model.

        Papers without a grade are left out, and those whose grade cannot be read.
        """

    @abstractmethod
    async def save_grades(self, criteria: str, grades: Sequence[Grade], *, at: datetime) -> None:
        """Keep grades, in the place of earlier ones of the same papers; whatever is too old is forgotten."""


class FullTextSource(ABC):
    """A place where the full text of papers can be read."""

    @abstractmethod
    def has(self, paper: Paper) -> bool:
        """May the full text of this paper be here?"""

    @abstractmethod
    async def licence(self, paper: Paper) -> str | None:
        """The address of the licence, for a paper that was told without one; None where there is none.

        Raises the SourceErrors.
        """

    @abstractmethod
    async def full_text(self, paper: Paper) -> FullText:
        """The text of the paper's own version, within the bounds of `core.summarise.fulltext`.

        Raises NotFound where there is none, BadFeed where it cannot be read or holds no text, and the other
        SourceErrors.
        """


class FullTextStore(ABC):
    """Full texts, for as long as there is room. Every method is one transaction."""

    @abstractmethod
    async def full_text(self, id: PaperId, version: int) -> FullText | None:
        """The stored text of that version; None where it was never stored, or is forgotten."""

    @abstractmethod
    async def save_full_text(self, text: FullText, *, at: datetime) -> None:
        """Keep a text, in the place of one of the same paper and version; the oldest ones are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question to a language model."""

    #: the instructions: the same for all papers, so that providers can keep them
    system: str
    #: the material, in which all text of others stands between delimiters
    user: str
    #: JSON Schema (an object, closed) of the answer; None where the answer is free text
    schema: Mapping[str, object] | None = None
    #: tokens of the longest answer that can be meant
    longest_answer: int = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one call to a language model consumed."""

    #: the model that answered, as the settings name it: `openai/gpt-5-mini`
    model: str
    #: tokens read, of them those that the provider had kept from before, and tokens written
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    #: US dollars; None where nobody knows the model's price
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a language model answered."""

    #: hostile text
    text: str
    usage: Usage
    #: True where it was longer than it may be, and is cut off
    is_cut: bool = False


class LanguageModel(ABC):
    """One model at one provider. It may be called from many tasks at once, and waits for its turn by itself."""

    @property
    @abstractmethod
    def name(self) -> str:
        """As the settings name it: `openai/gpt-5-mini`, `ollama/qwen3`."""

    async def prepare(self) -> None:  # noqa: B027 - most models have nothing to prepare
        """Have ready what takes long to load, before somebody waits for it. Raises ModelRefused."""

    @abstractmethod
    async def complete(self, prompt: Prompt) -> Completion:
        """Ask once; retries what is worth retrying, within bounds.

        With a schema the text is JSON where the provider can be held to it, and otherwise whatever the model wrote.
        Raises ModelThrottled, ModelUnavailable, ModelRefused, BadAnswer.
        """


class Purpose(StrEnum):
    """What a model was called for."""

    SUMMARY = "summary"
    ANSWER = "answer"
    BRIEFING = "briefing"
    RANKING = "ranking"
    EMBEDDING = "embedding"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What calls to models consumed, added up."""

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    #: US dollars, of the calls whose price is known
    cost_usd: float = 0.0
    #: calls whose price nobody knows
    unpriced_calls: int = 0

    def __add__(self, other: Spending) -> Spending:
        return Spending(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
        )

    @staticmethod
    def of(usage: Usage) -> Spending:
        """What one call consumed."""
        return Spending(
            calls=1,
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
            cost_usd=usage.cost_usd or 0.0,
            unpriced_calls=int(usage.cost_usd is None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlySpending:
    """What one model consumed in one calendar month, UTC."""

    #: its first day
    month: date
    #: as the settings name it
    model: str
    spending: Spending


class SpendingStore(ABC):
    """What models cost, added up by day (UTC), model, purpose and channel. Every method is one transaction."""

    @abstractmethod
    async def record_usage(self, usage: Usage, *, purpose: Purpose, channel: ChannelRef | None, at: datetime) -> None:
        """Add one call; `channel` is where it was wanted first, None at the command line."""

    @abstractmethod
    async def spending(self, *, since: date, channel: ChannelRef | None = None) -> Spending:
        """What calls consumed since a day began, UTC: all of them, or those that were wanted first in a channel.

        A channel without a place is its whole workspace.
        """

    @abstractmethod
    async def monthly_spending(self, *, since: date) -> tuple[MonthlySpending, ...]:
        """The same by month and model, the newest month first, and of a month the dearest model."""
