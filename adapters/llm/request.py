"""A prompt -> the arguments of a call of litellm; its response -> a completion. Pure: nothing here waits or asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from adapters.llm.endpoint import Endpoint, common_arguments
from adapters.llm.errors import is_bad_request
from core.errors import BadAnswer
from core.summarise.ports import Completion, Prompt, Usage

#: parameters that some models refuse and every answer can do without
DISPENSABLE: Final = ("temperature", "response_format", "max_tokens", "reasoning_effort")
#: tokens for the thoughts of models that think before they answer
_THOUGHTS: Final = 4_000
#: characters of a token on average, at most
_CHARACTERS: Final = 8
#: providers whose models think long unless they are told not to
_THINKERS: Final = ("openai", "azure", "gemini", "vertex_ai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What litellm knows of a model."""

    #: `openai`, `anthropic`
    provider: str
    #: parameters that the provider has, in OpenAI's names
    parameters: frozenset[str]
    thinks: bool = False
    #: it caches the marked parts of a request
    keeps_marked: bool = False
    #: its price is known
    is_priced: bool = False


def arguments_for(
    prompt: Prompt, endpoint: Endpoint, traits: Traits, *, without: Set[str] = frozenset()
) -> dict[str, Any]:
    """The arguments of `acompletion`; `without` names the parameters that the model is known to refuse."""
    holds_to_schema = prompt.schema is not None and "response_format" in traits.parameters - without
    system = prompt.system if holds_to_schema or prompt.schema is None else _with_schema(prompt.system, prompt.schema)
    tokens = prompt.longest_answer + (_THOUGHTS if traits.thinks else 0)
    optional: dict[str, Any] = {"temperature": 0, "max_tokens": tokens}
    if holds_to_schema and prompt.schema is not None:
        optional["response_format"] = _format(prompt.schema)
    if traits.thinks and traits.provider in _THINKERS:
        optional["reasoning_effort"] = "low"
    if "max_tokens" in without:  # its name for models that think
        optional["max_completion_tokens"] = tokens
    return {
        **common_arguments(endpoint, traits.provider),
        "messages": [
            {"role": "system", "content": _system_content(system, traits)},
            {"role": "user", "content": prompt.user},
        ],
        **{name: value for name, value in optional.items() if name not in without},
    }


def refused_parameter(error: Exception, arguments: Mapping[str, Any]) -> str | None:
    """The parameter to leave out of a request that a provider refuses: the one that it names, else the schema."""
    if not is_bad_request(error):
        return None
    parameter = getattr(error, "param", None)
    if not isinstance(parameter, str):
        return "response_format" if "response_format" in arguments else None
    name = parameter.partition(".")[0]
    return name if name in DISPENSABLE and name in arguments else None


def completion_of(response: Any, prompt: Prompt, *, name: str, traits: Traits) -> Completion:
    """The text and the cost of a response. Raises BadAnswer where it has no answer in it.

    A refusal is an answer like any other: it has its price, and the caller finds that it is no answer to the question.
    """
    if not response.choices:
        raise BadAnswer(f"{name} answered nothing.")
    choice = response.choices[0]
    text = choice.message.content or getattr(choice.message, "refusal", None) or ""
    longest = prompt.longest_answer * _CHARACTERS
    return Completion(
        text=text[:longest],
        usage=_usage(response, name=name, traits=traits),
        is_cut=choice.finish_reason == "length" or len(text) > longest,
    )


def _usage(response: Any, *, name: str, traits: Traits) -> Usage:
    usage = getattr(response, "usage", None)
    cached_tokens = getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None)
    # litellm has a price of 0 for models that it does not know
    cost = response._hidden_params.get("response_cost") if traits.is_priced else None
    return Usage(
        model=name,
        input_tokens=getattr(usage, "prompt_tokens", None) or 0,
        cached_tokens=cached_tokens or 0,
        output_tokens=getattr(usage, "completion_tokens", None) or 0,
        cost_usd=cost,
    )


def _format(schema: Mapping[str, object]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _with_schema(system: str, schema: Mapping[str, object]) -> str:
    return (
        f"{system}\n\nAnswer with one JSON object and nothing before or after it. It follows this JSON Schema:\n"
        f"{json.dumps(schema, ensure_ascii=False)}"
    )


def _system_content(system: str, traits: Traits) -> str | list[dict[str, Any]]:
    """The instructions, marked for providers that cache marked parts; others cache by themselves."""
    if not traits.keeps_marked:
        return system
    return [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
