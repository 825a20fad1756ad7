"""Where a model is, and what litellm knows of its provider: the same for models that write and models that embed."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

from core.errors import ModelRefused

#: the setting that names the model that writes
WRITER: Final = "model.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is, and how it is reached."""

    #: as litellm names it: `openai/gpt-5-mini`
    model: str
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    #: seconds
    timeout_s: float = 60.0
    #: the setting that names the model; those of its key, address and timeout stand beside it
    setting: str = WRITER

    def setting_of(self, what: str) -> str:
        """The name of a setting beside that one: `model.api_key`."""
        return f"{self.setting.partition('.')[0]}.{what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What litellm knows of an endpoint's provider."""

    #: `openai`, `anthropic`
    name: str
    #: the model's name there
    model: str
    #: the model's price is known
    is_priced: bool


def provider_of(endpoint: Endpoint, litellm: ModuleType, *, hint: str) -> Provider:
    """Look the provider up. Raises ModelRefused, with the hint, where the model's name has none that is known."""
    try:
        model, name, *_ = litellm.get_llm_provider(model=endpoint.model, api_base=endpoint.api_base)
    except litellm.exceptions.BadRequestError as error:
        raise ModelRefused(
            f"The model {endpoint.model} ({endpoint.setting}) names no provider that is known.", hint=hint
        ) from error
    names = (endpoint.model, model, f"{name}/{model}")
    return Provider(name=name, model=model, is_priced=any(spelling in litellm.model_cost for spelling in names))


def common_arguments(endpoint: Endpoint, provider: str) -> dict[str, Any]:
    """The arguments of every call of litellm, which makes no retries: its callers do."""
    # a server of one's own may need no key, but its client demands one; OpenAI's key must not go there by accident
    no_key = "none" if endpoint.api_base and provider == "openai" else None
    return {
        "model": endpoint.model,
        "api_base": endpoint.api_base,
        "api_key": endpoint.api_key or no_key,
        "timeout": endpoint.timeout_s,
        "drop_params": True,
        "max_retries": 0,
        "num_retries": 0,
    }
