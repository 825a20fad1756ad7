"""What requests to providers of language models look like, as OpenAI and Anthropic document them; the stand-in's judge.

No specification of theirs is at hand, so these say what their references say of the parameters that could be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator

Json = dict[str, Any]


def _object(required: tuple[str, ...], **properties: Json) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


_TEXT: Final[Json] = {"type": "string", "minLength": 1}
_TOKENS: Final[Json] = {"type": "integer", "minimum": 1}
_PART: Final = _object(("type", "text"), type={"const": "text"}, text=_TEXT)
_SCHEMA: Final[Json] = {"type": "object", "required": ["type"]}

#: POST /v1/chat/completions
CHAT: Final = _object(
    ("model", "messages"),
    model=_TEXT,
    messages={
        "type": "array",
        "minItems": 1,
        "items": _object(
            ("role", "content"),
            role={"enum": ["system", "developer", "user", "assistant"]},
            content={"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _PART}]},
        ),
    },
    temperature={"type": "number", "minimum": 0, "maximum": 2},
    max_tokens=_TOKENS,
    max_completion_tokens=_TOKENS,
    reasoning_effort={"enum": ["none", "minimal", "low", "medium", "high"]},
    response_format={
        "oneOf": [
            _object(("type",), type={"enum": ["text", "json_object"]}),
            _object(
                ("type", "json_schema"),
                type={"const": "json_schema"},
                json_schema=_object(
                    ("name", "schema"),
                    name={"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"},
                    description={"type": "string"},
                    schema=_SCHEMA,
                    strict={"type": "boolean"},
                ),
            ),
        ]
    },
    n={"const": 1},
    stream={"const": False},
    seed={"type": "integer"},
    store={"const": False},
    user={"type": "string"},
)

#: POST /v1/embeddings
EMBEDDINGS: Final = _object(
    ("model", "input"),
    model=_TEXT,
    input={"anyOf": [_TEXT, {"type": "array", "minItems": 1, "maxItems": 2048, "items": _TEXT}]},
    encoding_format={"enum": ["float", "base64"]},
    dimensions=_TOKENS,
    user={"type": "string"},
)

_CACHED_PART: Final = _object(
    ("type", "text"),
    type={"const": "text"},
    text=_TEXT,
    cache_control=_object(("type",), type={"const": "ephemeral"}, ttl={"enum": ["5m", "1h"]}),
)

#: POST /v1/messages of Anthropic
ANTHROPIC: Final = _object(
    ("model", "messages", "max_tokens"),
    model=_TEXT,
    max_tokens=_TOKENS,
    system={"anyOf": [_TEXT, {"type": "array", "items": _CACHED_PART}]},
    messages={
        "type": "array",
        "minItems": 1,
        "items": _object(
            ("role", "content"),
            role={"enum": ["user", "assistant"]},
            content={"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _CACHED_PART}]},
        ),
    },
    temperature={"type": "number", "minimum": 0, "maximum": 1},
    tools={
        "type": "array",
        "items": _object(("name", "input_schema"), name=_TEXT, description={"type": "string"}, input_schema=_SCHEMA),
    },
    tool_choice=_object(
        ("type",), type={"enum": ["auto", "any", "tool"]}, name=_TEXT, disable_parallel_tool_use={"type": "boolean"}
    ),
    output_config=_object((), format=_object(("type", "schema"), type={"const": "json_schema"}, schema=_SCHEMA)),
    output_format=_object(("type", "schema"), type={"const": "json_schema"}, schema=_SCHEMA),
    stream={"const": False},
)


def complaints(schema: Mapping[str, Any], body: object) -> list[str]:
    """What is wrong with a request, in a sentence each."""
    found = Draft202012Validator(schema).iter_errors(body)
    return [f"{'.'.join(map(str, one.absolute_path)) or 'the request'}: {one.message[:300]}" for one in found]
