"""The published specifications as judges of what our adapters and stand-ins say, loaded from ../shared by path.

Stand-ins ask for a judge and collect what it complains about; where ../shared is absent there is no judge (None), and
everything else of a test still runs.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, Final, Protocol

import jsonschema_rs

from tests.shared import SHARED

Complaints = list[str]
#: of a schema that generators fill with prose, where the standard has a truth value
_DEPRECATED: Final = "deprecated"


class SchemaJudge(Protocol):
    """A schema as the specifications' own checkers ask it."""

    schema: Any

    def iter_errors(self, instance: Any) -> Iterator[Any]: ...


class QuickJudge(SchemaJudge):
    """Asks a quick validator first: what that has nothing against, the thorough one, which says why, is not asked."""

    def __init__(self, thorough: SchemaJudge) -> None:
        self._thorough = thorough
        self._quick = jsonschema_rs.Draft202012Validator(_without_prose(thorough.schema))

    def iter_errors(self, instance: Any) -> Iterator[Any]:
        """What is wrong with it."""
        return iter(()) if self._quick.is_valid(instance) else self._thorough.iter_errors(instance)


class SlackSpec(Protocol):
    """Every Web API method with its arguments, answers and errors; Block Kit."""

    #: by name, `chat.postMessage`; each with `args`, `scope`, `errors` and `output`
    m: Mapping[str, Mapping[str, Any]]
    #: of the blocks of messages, and of views
    msg: SchemaJudge
    view: SchemaJudge

    def request(self, method: str, args: Mapping[str, Any], scopes: Sequence[str] | None = None) -> Complaints: ...


class DiscordSpec(Protocol):
    """Every REST route with its bodies and answers."""

    #: the whole specification
    doc: Mapping[str, Any]
    #: what is wrong with a value, by the schema of a body or an answer
    errors: Callable[[Any, Any], Complaints]

    def check_request(self, method: str, path: str, body: Any) -> Complaints: ...

    def check_response(self, method: str, path: str, status: int, body: Any) -> Complaints: ...


class TelegramSpec(Protocol):
    """Every Bot API method with its parameters and results; updates."""

    def request(self, method: str, params: Mapping[str, Any]) -> Complaints: ...

    def response(self, method: str, result: Any) -> Complaints: ...

    def update(self, update: Mapping[str, Any]) -> Complaints: ...


@cache
def slack_spec() -> SlackSpec | None:
    """The judge of Web API calls; None without ../shared."""
    judge: SlackSpec | None = _spec("slack_spec")
    if judge:
        judge.msg, judge.view = QuickJudge(judge.msg), QuickJudge(judge.view)
    return judge


@cache
def discord_spec() -> DiscordSpec | None:
    """The judge of REST requests and answers; None without ../shared."""
    judge: DiscordSpec | None = _spec("discord_spec")
    if judge:
        judge.errors = _quick_first(judge.errors, {"components": judge.doc["components"]}, lambda schema: schema)
    return judge


@cache
def discord_gateway() -> Callable[[str, Any], Complaints] | None:
    """`check(definition, data)` judges a gateway payload; None without ../shared."""
    module = _tool("discord_gateway_check")
    return module and _quick_first(module.check, module.S, lambda name: {"$ref": f"#/definitions/{name}"})


@cache
def telegram_spec() -> TelegramSpec | None:
    """The judge of Bot API calls, results and updates; None without ../shared."""
    return _spec("telegram_spec")


@cache
def telegram_html() -> Callable[[str], Mapping[str, Any]] | None:
    """`parse(text)` is Telegram's own parser of HTML; None without ../shared."""
    module = _tool("telegram_html")
    return module.parse if module else None


def _spec(name: str) -> Any:
    module = _tool(name)
    if module is None:
        return None
    with _unclosed_files():
        return module.Spec()


def _tool(name: str) -> ModuleType | None:
    file = SHARED / "tools" / "conformance" / f"{name}.py"
    if not file.is_file():
        return None
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with _unclosed_files():
        spec.loader.exec_module(module)
    return module


def _quick_first(
    check: Callable[[Any, Any], Complaints], frame: Mapping[str, Any], part_of: Callable[[Any], Mapping[str, Any]]
) -> Callable[[Any, Any], Complaints]:
    """`check(address, value)`, asked as `QuickJudge` asks; an address is, or names, a part of the frame's schemas."""
    schemas = _without_prose(frame)
    validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def ask(address: Any, value: Any) -> Complaints:
        key = address if isinstance(address, str) else str(id(address))
        if key not in validators:
            part = _without_prose(dict(part_of(address)))
            validators[key] = jsonschema_rs.Draft202012Validator({**schemas, **part})
        return [] if validators[key].is_valid(value) else check(address, value)

    return ask


def _without_prose(schema: Any) -> Any:
    """A schema that the quick validator takes: the thorough one breaks over the tuples of an older draft as well."""
    if isinstance(schema, dict):
        is_taken = {
            name: not (name == _DEPRECATED and isinstance(part, str))
            and not (name == "items" and isinstance(part, list))
            for name, part in schema.items()
        }
        return {name: _without_prose(part) for name, part in schema.items() if is_taken[name]}
    return [_without_prose(part) for part in schema] if isinstance(schema, list) else schema


@contextmanager
def _unclosed_files() -> Iterator[None]:
    """The tools leave the files they read to the garbage collector, which is none of our tests' concern."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


def assemble() -> None:
    """Load every judge now: several stand-ins, each in a thread of its own, cannot do so at once."""
    for judge in (slack_spec, discord_spec, discord_gateway, telegram_spec, telegram_html):
        judge()
