"""What is wrong with a bot's requests to Discord, and with what the stand-in says: by the published specifications.

Nothing is wrong where ../shared is absent. Whoever asks for no flaw pays for no look: these are generators.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from tests.standins.discord_words import Json
from tests.standins.judges import discord_gateway, discord_spec

#: events that the schema describes
_DESCRIBED = {"Ready", "GuildCreate", "InteractionCreate", "MessageCreate"}
_DESCRIBED |= {"MessageReactionAdd", "MessageReactionRemove", "ThreadCreate", "GuildDelete"}


def request_flaws(method: str, path: str, body: Any, *, content_type: str) -> Iterator[str]:
    """Of a request to the REST API."""
    if body is not None and content_type not in ("application/json", "multipart/form-data"):
        yield f"{path}: content type {content_type}"
    if spec := discord_spec():
        flaws = _flaws(spec.check_request, (method, path), json.dumps(body))
        yield from (f"{method} {path}: {flaw}" for flaw in flaws)
    has_embeds = isinstance(body, dict) and body.get("embeds") and "/messages" in path
    if has_embeds and body.get("allowed_mentions") != {"parse": []}:
        yield f"{path}: mentions are allowed"


def answer_flaws(method: str, path: str, status: int, answer: Any) -> Iterator[str]:
    """Of an answer of the REST API."""
    if spec := discord_spec():
        flaws = _flaws(spec.check_response, (method, path, status), json.dumps(answer))
        yield from (f"answer to {method} {path}: {flaw}" for flaw in flaws)


@lru_cache(maxsize=1_000)
def _flaws(check: Callable[..., list[str]], address: tuple[object, ...], body: str) -> tuple[str, ...]:
    """The same of the same: the commands that every bot registers take the specification 40 ms each time."""
    return tuple(check(*address, json.loads(body)))


def event_flaws(event: str, data: Json) -> Iterator[str]:
    """Of an event of the gateway, where the schema has it."""
    name = "".join(part.title() for part in event.split("_"))
    if name in _DESCRIBED:
        yield from frame_flaws(f"Gateway{name}DispatchData", data)


def frame_flaws(definition: str, data: Json) -> Iterator[str]:
    """Of what goes through the gateway, by its definition in the schema.

    A shard is judged here: its schema is a tuple of an older draft, over which the judge breaks.
    """
    content = data.get("d", data)
    match content.get("shard", [0, 1]):
        case [int(), int()]:
            pass
        case other:
            yield f"{definition}: shard {other}"
    if check := discord_gateway():
        rest = {name: value for name, value in content.items() if name != "shard"}
        yield from (f"{definition}: {flaw}" for flaw in check(definition, data | {"d": rest} if "d" in data else rest))
