"""A model of any provider that embeds texts: `core.papers.embedding.Embedder` over litellm.

It asks once, and again where the provider was not there or asked for a short pause; who uses it leaves a model alone
that fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from adapters.llm.errors import translate
from adapters.llm.library import LIBRARY, Library
from adapters.llm.request import Endpoint
from core.errors import BadAnswer, ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from core.papers.embedding import Embedded, Embedder, clean_text, unit_vectors
from core.time import Clock

#: how often a batch is asked about
ATTEMPTS: Final = 3
#: seconds that a batch waits for a provider that asked for a pause; where it is longer, it fails
LONGEST_WAIT_S: Final = 10.0
#: characters of a text that a provider is sent: about 2,000 tokens, which every model reads
_LONGEST: Final = 6_000


class LiteLlmEmbedder(Embedder):
    """One model at one provider."""

    def __init__(self, endpoint: Endpoint, *, clock: Clock, parallel: int = 2, library: Library = LIBRARY) -> None:
        #: where it is
        self.endpoint = endpoint
        self._clock = clock
        self._library = library
        self._turns = asyncio.Semaphore(parallel)
        self._needs_key = True
        self._is_priced: bool | None = None

    @property
    def name(self) -> str:
        """As the settings name it."""
        return self.endpoint.model

    async def prepare(self) -> None:
        """Load litellm. Raises ModelRefused: it is not installed, or knows no such provider."""
        litellm = await self._library.load()
        if self._is_priced is None:
            try:
                model, provider, *_ = litellm.get_llm_provider(
                    model=self.endpoint.model, api_base=self.endpoint.api_base
                )
            except litellm.exceptions.BadRequestError as error:
                raise ModelRefused(
                    f"The model {self.name} (embeddings.model) names no provider that is known.",
                    hint="Write local, or PROVIDER/MODEL, like openai/text-embedding-3-small, ollama/nomic-embed-text.",
                ) from error
            self._needs_key = not (self.endpoint.api_base and provider == "openai")
            self._is_priced = any(one in litellm.model_cost for one in (self.name, model, f"{provider}/{model}"))

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Ask, and again where that may help."""
        await self.prepare()
        async with self._turns:
            attempt = 1
            while True:
                try:
                    return await self._ask(texts)
                except (ModelThrottled, ModelUnavailable) as error:
                    wait_s = _wait_after_s(error, attempt)
                    if attempt == ATTEMPTS or wait_s > LONGEST_WAIT_S:
                        raise
                    await self._clock.sleep(wait_s)
                attempt += 1

    async def _ask(self, texts: Sequence[str]) -> Embedded:
        key = self.endpoint.api_key
        arguments = {
            "model": self.name,
            "input": [clean_text(text)[:_LONGEST] for text in texts],
            "api_base": self.endpoint.api_base,
            "api_key": key if key or self._needs_key else "none",
            "encoding_format": "float",
            "timeout": self.endpoint.timeout_s,
            "drop_params": True,
            "max_retries": 0,
            "num_retries": 0,
        }
        try:
            async with asyncio.timeout(self.endpoint.timeout_s):
                response = await self._library.embed(arguments)
        except Exception as error:
            if known := translate(error, model=self.name, key=key):
                raise _about_embeddings(known) from error
            raise
        vectors = unit_vectors(_in_order(response, self.name), texts=len(texts), model=self.name)
        usage = getattr(response, "usage", None)
        return Embedded(
            vectors=vectors,
            tokens=getattr(usage, "prompt_tokens", None) or 0,
            # litellm has a price of 0 for models that it does not know
            cost_usd=response._hidden_params.get("response_cost") if self._is_priced else None,
        )


def _in_order(response: Any, name: str) -> list[Any]:
    """The numbers of each text, in the order of the texts. Raises BadAnswer where the answer has none."""
    try:
        found = [(one["index"], one["embedding"]) for one in response.data]
        return [numbers for _, numbers in sorted(found, key=lambda one: one[0])]
    except (TypeError, KeyError, AttributeError):
        raise BadAnswer(
            f"{name} did not answer with vectors.", hint="Is embeddings.model a model that embeds?"
        ) from None


def _about_embeddings(error: ModelError) -> ModelError:
    """The same, with settings of embeddings in what to do."""
    error.hint = error.hint.replace("model.name", "embeddings.model").replace("model.api", "embeddings.api")
    error.hint = error.hint.replace("model.timeout_s says how long it may take.", "")
    return error


def _wait_after_s(error: ModelThrottled | ModelUnavailable, attempt: int) -> float:
    """What the provider asks for; else a second, and twice as long after each attempt."""
    asked_s = error.retry_after_s if isinstance(error, ModelThrottled) else None
    return float(2 ** (attempt - 1)) if asked_s is None else asked_s
