"""A post as JSON values and back: for the ledger, and for planned messages of a terminal.

Written from the fields of the dataclasses in `tree`, so that a new field or block needs no edit here. A field with its
default value is left out. A post that another version wrote with other fields is refused, not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

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
    encoding: Json = _encode(post)
    return encoding


def from_json(value: Mapping[str, Any]) -> Post:
    """The post that `to_json` wrote. Raises ChatError where another Paperboy wrote it in a way we do not know."""
    try:
        post: Post = _reader_of(Post)(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ChatError(
            _("A stored message cannot be read."), hint=_("It was planned by another version of Paperboy.")
        ) from error
    return post


def _encode(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):  # most are
        return value
    if isinstance(value, PaperId):
        return str(value)
    if isinstance(value, tuple):
        return [_encode(part) for part in value]
    return _encode_fields(value) if is_dataclass(value) else value


def _encode_fields(value: Any) -> Json:
    kind: Any = type(value)
    encoding: Json = {"kind": _KINDS[kind]} if kind in _KINDS else {}
    for name, default in _fields_of(kind):
        part = getattr(value, name)
        if part != default or (name in _ALWAYS and isinstance(value, Post)):
            encoding[name] = _encode(part)
    return encoding


@cache
def _fields_of(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(kind))


@cache
def _reader_of(kind: Any) -> Callable[[Any], Any]:
    """The function that reads a value of that type; it raises KeyError, TypeError or ValueError for other values."""
    if kind == Block:
        return _read_block
    if get_origin(kind) in (Union, UnionType):
        (inner,) = (member for member in get_args(kind) if member is not type(None))
        read = _reader_of(inner)
        return lambda value: None if value is None else read(value)
    if get_origin(kind) is tuple:
        return _tuple_reader(get_args(kind))
    if kind is PaperId:
        return _read_id
    if is_dataclass(kind):
        return _fields_reader(kind)
    if issubclass(kind, Enum):
        return cast(Callable[[Any], Any], kind)
    return partial(_read_plain, kind)


def _read_block(value: Any) -> Any:
    kind: Any = _BLOCKS[value["kind"]]
    return _reader_of(kind)({name: part for name, part in value.items() if name != "kind"})


def _read_id(value: Any) -> PaperId:
    scheme, _, local_id = value.partition(":")
    return PaperId(scheme, local_id)


def _read_plain(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _tuple_reader(kinds: tuple[Any, ...]) -> Callable[[Any], tuple[Any, ...]]:
    is_endless = kinds[1:] == (...,)
    readers = [_reader_of(kind) for kind in kinds if kind is not ...]

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{value!r} is no list")
        if is_endless:
            return tuple(map(readers[0], value))
        return tuple(read_part(part) for read_part, part in zip(readers, value, strict=True))

    return read


def _fields_reader(kind: Any) -> Callable[[Any], Any]:
    types = get_type_hints(kind)
    readers: dict[str, Callable[[Any], Any]] = {}

    def read(value: Mapping[str, Any]) -> Any:
        if kind is Action and "paper" in value:  # buttons carried a paper alone before they had arguments
            value = {"name": value["name"], "label": value["label"], "arguments": value["paper"] or ""}
        if not readers:  # not before: a post has posts in it
            readers.update({name: _reader_of(hint) for name, hint in types.items()})
        return kind(**{name: readers[name](part) for name, part in value.items()})

    return read
