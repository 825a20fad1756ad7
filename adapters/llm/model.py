"""A language model at any provider: `core.summarise.ports.LanguageModel` over litellm.

It asks in turns, and remembers which parameters the model refuses.
"""

from __future__ import annotations

import asyncio
from functools import partial
from types import ModuleType
from typing import Final

from adapters.llm.endpoint import Endpoint, provider_of
from adapters.llm.errors import translate
from adapters.llm.library import LIBRARY, Library
from adapters.llm.request import DISPENSABLE, Traits, arguments_for, completion_of, refused_parameter
from adapters.llm.turns import Turns
from core.summarise.ports import Completion, LanguageModel, Prompt
from core.time import Clock

#: seconds that a question waits for a provider that asked for a pause
LONGEST_WAIT_S: Final = 30.0
#: providers that cache the parts of a request that are marked with `cache_control`
_KEEPS_MARKED: Final = ("anthropic",)


class LiteLlmModel(LanguageModel):
    """One model at one provider."""

    def __init__(self, endpoint: Endpoint, *, clock: Clock, parallel: int = 8, library: Library = LIBRARY) -> None:
        #: where the model is
        self.endpoint = endpoint
        self._library = library
        self._turns = Turns(endpoint, clock=clock, parallel=parallel, longest_wait_s=LONGEST_WAIT_S)
        self._traits: Traits | None = None
        #: parameters that the model was seen to refuse
        self._without: set[str] = set()

    @property
    def name(self) -> str:
        """The model's name in the settings."""
        return self.endpoint.model

    async def prepare(self) -> None:
        """Load litellm, unless it is loaded. Raises ModelRefused: it is not installed, or knows no such provider."""
        litellm = await self._library.load()
        if self._traits is None:
            self._traits = await asyncio.to_thread(_traits_of, self.endpoint, litellm)

    async def complete(self, prompt: Prompt) -> Completion:
        """Ask, and again where that may help."""
        await self.prepare()
        return await self._turns.ask(partial(self._ask, prompt))

    async def _ask(self, prompt: Prompt) -> Completion:
        """Ask once. A parameter that the model refuses is left out, and always is once that has helped."""
        assert self._traits
        without = set(self._without)
        while True:
            arguments = arguments_for(prompt, self.endpoint, self._traits, without=without)
            try:
                async with asyncio.timeout(self.endpoint.timeout_s):
                    response = await self._library.complete(arguments)
            except Exception as error:
                if parameter := refused_parameter(error, arguments):
                    without.add(parameter)
                    continue
                if model_error := translate(error, self.endpoint):
                    raise model_error from error
                raise
            self._without |= without
            return completion_of(response, prompt, name=self.name, traits=self._traits)


def _traits_of(endpoint: Endpoint, litellm: ModuleType) -> Traits:
    hint = "Write PROVIDER/MODEL, like openai/gpt-5-mini, anthropic/claude-haiku-4-5 or ollama/qwen3."
    provider = provider_of(endpoint, litellm, hint=hint)
    of_model = {"model": provider.model, "custom_llm_provider": provider.name}
    parameters = litellm.get_supported_openai_params(**of_model)
    return Traits(
        provider=provider.name,
        parameters=frozenset(DISPENSABLE if parameters is None else parameters),
        thinks=bool(litellm.supports_reasoning(**of_model)),
        keeps_marked=provider.name in _KEEPS_MARKED,
        is_priced=provider.is_priced,
    )
