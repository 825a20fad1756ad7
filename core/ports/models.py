"""What understands text better than rules do: language models and embedders. None of them is needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence


class LanguageModel(ABC):
    """A language model that answers a prompt."""

    #: as summaries name it
    name: str

    @abstractmethod
    async def complete(self, prompt: str, *, schema: Mapping[str, object] | None, timeout_s: float) -> str:
        """The answer as text; JSON where a `schema` is given, for the caller to validate. Raises ModelError."""


class Embedder(ABC):
    """Turns texts into vectors whose dot product is their nearness."""

    #: as stored vectors name it
    name: str

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One unit vector per text, in order, all of the same length. Raises ModelError."""
