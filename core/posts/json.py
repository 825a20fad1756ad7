"""A post as JSON values and back: for the ledger, and for planned messages of a terminal.

Written from the fields of the dataclasses in `tree`, so that a new field or block needs no edit here. A field with its
default value is left out. A post that another version wrote with other fields is refused, not guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from core.errors import ChatError
from core.papers.identifiers import PaperId
from core.posts.tree import Action, Block, Divider, Facts, Heading, ListBlock, Note, Paragraph, Post, Quote
from core.speech import _

Json = dict[str, Any]

_BLOCKS: Final[Mapping[str, type[Block]]] = {
    "heading": Heading,
    "paragraph": Paragraph,
    "quote": Quote,
    "list": ListBlock,
    "facts": Facts,
    "note": Note,
    "divider": Divider,
}
_KINDS: Final[Mapping[type, str]] = {kind: name for name, kind in _BLOCKS.items()}
#: written even where they are empty, so that a payload reads like the post it came from
_ALWAYS: Final = frozenset({"blocks", "actions", "papers", "audience", "fallback"})


def to_json(post: Post) -> Json:
    """The post and its replies, as JSON values."""
    written: Json = _encode(post)
    return written


def from_json(value: Mapping[str, Any]) -> Post:
    """The post that `to_json` wrote. Raises ChatError where another Paperboy wrote it in a way we do not know."""
    try:
        post: Post = _decode_fields(Post, value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ChatError(
            _("A stored message cannot be read."), hint=_("It was planned by another version of Paperboy.")
        ) from error
    return post


def _encode(value: Any) -> Any:
    if isinstance(value, PaperId):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_encode(part) for part in value]
    return _encode_fields(value) if is_dataclass(value) else value


def _encode_fields(value: Any) -> Json:
    kind = {"kind": _KINDS[type(value)]} if type(value) in _KINDS else {}
    always = _ALWAYS if isinstance(value, Post) else frozenset[str]()
    named = ((field, getattr(value, field.name)) for field in fields(value))
    return kind | {field.name: _encode(here) for field, here in named if here != field.default or field.name in always}


def _decode(kind: Any, value: Any) -> Any:
    """The value of a field of that type. Raises KeyError, TypeError, ValueError where it is of another one."""
    if kind == Block:
        return _decode_fields(_BLOCKS[value["kind"]], {name: one for name, one in value.items() if name != "kind"})
    if get_origin(kind) in (Union, UnionType):
        (inner,) = (one for one in get_args(kind) if one is not type(None))
        return None if value is None else _decode(inner, value)
    if get_origin(kind) is tuple:
        return _decode_tuple(get_args(kind), value)
    if kind is PaperId:
        scheme, _, rest = value.partition(":")
        return PaperId(scheme, rest)
    if is_dataclass(kind):
        return _decode_fields(kind, value)
    if issubclass(kind, Enum):
        return kind(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _decode_tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is no list")
    if kinds[1:] == (...,):
        return tuple(_decode(kinds[0], one) for one in value)
    return tuple(_decode(kind, one) for kind, one in zip(kinds, value, strict=True))


def _decode_fields(kind: Any, value: Mapping[str, Any]) -> Any:
    known = _types_of(kind)
    if kind is Action and "paper" in value:  # buttons carried a paper alone before they had arguments
        value = {"name": value["name"], "label": value["label"], "arguments": value["paper"] or ""}
    return kind(**{name: _decode(known[name], one) for name, one in value.items()})


@cache
def _types_of(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
