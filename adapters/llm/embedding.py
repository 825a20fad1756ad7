"""A model of any provider that embeds texts: `core.papers.embedding.Embedder` over litellm.

It is asked in turns. Its callers leave a model alone for a while that fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from adapters.llm.endpoint import Endpoint, Provider, common_arguments, provider_of
from adapters.llm.errors import translate
from adapters.llm.library import LIBRARY, Library
from adapters.llm.turns import Turns
from core.errors import BadAnswer
from core.papers.embedding import Embedder, Embeddings, clean_text, unit_vectors
from core.time import Clock

#: the setting that names a model that embeds
SETTING: Final = "embeddings.model"
#: seconds that a batch waits for a provider that asked for a pause
LONGEST_WAIT_S: Final = 10.0
#: batches at once
_PARALLEL: Final = 2
#: characters of a text that a provider is sent: about 2,000 tokens, which every model reads
_LONGEST: Final = 6_000
_EXAMPLES: Final = "Write local, or PROVIDER/MODEL, like openai/text-embedding-3-small, ollama/nomic-embed-text."


class LiteLlmEmbedder(Embedder):
    """One model at one provider."""

    def __init__(self, endpoint: Endpoint, *, clock: Clock, library: Library = LIBRARY) -> None:
        #: where the model is
        self.endpoint = endpoint
        self._library = library
        self._turns = Turns(endpoint, clock=clock, parallel=_PARALLEL, longest_wait_s=LONGEST_WAIT_S)
        self._provider: Provider | None = None

    @property
    def name(self) -> str:
        """The model's name in the settings."""
        return self.endpoint.model

    async def prepare(self) -> None:
        """Load litellm. Raises ModelRefused: it is not installed, or knows no such provider."""
        litellm = await self._library.load()
        if self._provider is None:
            self._provider = await asyncio.to_thread(provider_of, self.endpoint, litellm, hint=_EXAMPLES)

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """Ask, and again where that may help."""
        await self.prepare()
        return await self._turns.ask(partial(self._ask, texts))

    async def _ask(self, texts: Sequence[str]) -> Embeddings:
        assert self._provider
        arguments = common_arguments(self.endpoint, self._provider.name) | {
            "input": [clean_text(text)[:_LONGEST] for text in texts],
            "encoding_format": "float",
        }
        try:
            async with asyncio.timeout(self.endpoint.timeout_s):
                response = await self._library.embed(arguments)
        except Exception as error:
            if model_error := translate(error, self.endpoint):
                raise model_error from error
            raise
        vectors = unit_vectors(_in_order(response, self.name), texts=len(texts), model=self.name)
        usage = getattr(response, "usage", None)
        return Embeddings(
            vectors=vectors,
            tokens=getattr(usage, "prompt_tokens", None) or 0,
            # litellm has a price of 0 for models that it does not know
            cost_usd=response._hidden_params.get("response_cost") if self._provider.is_priced else None,
        )


def _in_order(response: Any, name: str) -> list[Any]:
    """The vectors in the order of the texts. Raises BadAnswer where the answer has none."""
    try:
        pairs = [(entry["index"], entry["embedding"]) for entry in response.data]
        return [numbers for _, numbers in sorted(pairs, key=lambda pair: pair[0])]
    except (TypeError, KeyError, AttributeError):
        raise BadAnswer(
            f"{name} did not answer with vectors.", hint="Is embeddings.model a model that embeds?"
        ) from None
