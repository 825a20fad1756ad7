"""A language model at any provider: `core.summarise.ports.LanguageModel` over litellm.

It waits for its turn, pauses where the provider asks for it, tries again within bounds, and remembers which parameters
the model refuses.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from types import ModuleType
from typing import Final

from adapters.llm.errors import translate
from adapters.llm.library import LIBRARY, Library
from adapters.llm.request import DISPENSABLE, Endpoint, Traits, arguments_for, completion_of, refused_parameter
from core.errors import ModelRefused, ModelThrottled, ModelUnavailable
from core.summarise.ports import Completion, LanguageModel, Prompt
from core.time import Clock

#: how often a question is asked
ATTEMPTS: Final = 3
#: seconds that a question waits for a provider that asked for a pause; where it is longer, the question fails
LONGEST_WAIT_S: Final = 30.0
#: a provider is left alone for so long at most, whatever it asked for
LONGEST_PAUSE: Final = timedelta(minutes=15)
#: providers that keep the parts of a request that are marked with `cache_control`
_KEEPS_MARKED: Final = ("anthropic",)


class LiteLlmModel(LanguageModel):
    """One model at one provider."""

    def __init__(self, endpoint: Endpoint, *, clock: Clock, parallel: int = 8, library: Library = LIBRARY) -> None:
        #: where it is
        self.endpoint = endpoint
        self._clock = clock
        self._library = library
        self._turns = asyncio.Semaphore(parallel)
        self._traits: Traits | None = None
        #: parameters that the model was seen to refuse
        self._without: set[str] = set()
        #: nobody asks before, UTC
        self._resumes_at: datetime | None = None

    @property
    def name(self) -> str:
        """As the settings name it."""
        return self.endpoint.model

    async def prepare(self) -> None:
        """Load litellm, where nobody did yet. Raises ModelRefused: it is not installed, or knows no such provider."""
        litellm = await self._library.load()
        if self._traits is None:
            self._traits = await asyncio.to_thread(_traits_of, self.endpoint, litellm)

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask, and again where that may help; an attempt begins within `timeout_s` of the first one or not at all."""
        await self.prepare()
        async with self._turns:
            latest = self._clock.now() + timedelta(seconds=self.endpoint.timeout_s)
            attempt = 1
            while True:
                await self._pause()
                try:
                    return await self._ask(prompt)
                except (ModelThrottled, ModelUnavailable) as error:
                    wait, is_over = _wait_after(error, attempt), attempt == ATTEMPTS or self._clock.now() > latest
                    if isinstance(error, ModelThrottled):  # everybody waits, in `_pause`
                        self._resumes_at = self._clock.now() + wait
                    elif not is_over:
                        await self._clock.sleep(wait.total_seconds())
                    if is_over:
                        raise
                attempt += 1

    async def _pause(self) -> None:
        """Wait until the provider wants to be asked again. Raises ModelThrottled where that is not soon."""
        while self._resumes_at and (left_s := (self._resumes_at - self._clock.now()).total_seconds()) > 0:
            if left_s > LONGEST_WAIT_S:
                raise ModelThrottled(f"{self.name} asked us to wait.", retry_after_s=left_s)
            await self._clock.sleep(left_s)

    async def _ask(self, prompt: Prompt) -> Completion:
        """One answer. A parameter that the model refuses is left away; once that has helped, it always is."""
        assert self._traits
        without = set(self._without)
        while True:
            arguments = arguments_for(prompt, self.endpoint, self._traits, without=without)
            try:
                async with asyncio.timeout(self.endpoint.timeout_s):
                    response = await self._library.complete(arguments)
            except Exception as error:
                if refused := refused_parameter(error, arguments):
                    without.add(refused)
                    continue
                key = self.endpoint.api_key
                if known := translate(error, model=self.name, key=key):
                    raise known from error
                raise
            self._without |= without
            return completion_of(response, prompt, name=self.name, traits=self._traits)


def _wait_after(error: ModelThrottled | ModelUnavailable, attempt: int) -> timedelta:
    """What the provider asks for, within a bound; else a second, and twice as long after each attempt."""
    wait_s = error.retry_after_s if isinstance(error, ModelThrottled) else None
    return min(timedelta(seconds=2 ** (attempt - 1) if wait_s is None else wait_s), LONGEST_PAUSE)


def _traits_of(endpoint: Endpoint, litellm: ModuleType) -> Traits:
    try:
        model, provider, *_ = litellm.get_llm_provider(model=endpoint.model, api_base=endpoint.api_base)
    except litellm.exceptions.BadRequestError as error:
        raise ModelRefused(
            f"The model {endpoint.model} names no provider that is known.",
            hint="Write PROVIDER/MODEL, like openai/gpt-5-mini, anthropic/claude-haiku-4-5 or ollama/qwen3.",
        ) from error
    parameters = litellm.get_supported_openai_params(model=model, custom_llm_provider=provider)
    names = (endpoint.model, model, f"{provider}/{model}")
    return Traits(
        provider=provider,
        parameters=frozenset(DISPENSABLE if parameters is None else parameters),
        thinks=bool(litellm.supports_reasoning(model=model, custom_llm_provider=provider)),
        keeps_marked=provider in _KEEPS_MARKED,
        is_priced=any(name in litellm.model_cost for name in names),
    )
