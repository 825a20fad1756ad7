"""A post as JSON values and back: the payload of planned messages, which the ledger stores before they are sent.

Replies are not part of it: each is a message, and a payload, of its own. What has its default value is left out, so
that a payload reads like the post it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from core.errors import ChatError
from core.papers.identifiers import PaperId
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Divider,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    Spans,
)

Json = dict[str, Any]

_BLOCKS: Final[dict[str, type[Block]]] = {
    "heading": Heading,
    "paragraph": Paragraph,
    "quote": Quote,
    "list": ListBlock,
    "facts": Facts,
    "note": Note,
    "divider": Divider,
}
_KINDS: Final = {kind: name for name, kind in _BLOCKS.items()}


def to_json(post: Post) -> Json:
    """The post without its replies, as JSON values."""
    return {
        "blocks": [_from_block(block) for block in post.blocks],
        "actions": [_from_action(action) for action in post.actions],
        "papers": [str(paper) for paper in post.papers],
        "audience": post.audience.value,
        "fallback": post.fallback,
    }


def from_json(value: Mapping[str, Any]) -> Post:
    """The post that `to_json` wrote. Raises ChatError where another Paperboy wrote it in a way we do not know."""
    try:
        return Post(
            blocks=tuple(_to_block(block) for block in value["blocks"]),
            actions=tuple(_to_action(action) for action in value["actions"]),
            papers=tuple(_to_paper(paper) for paper in value["papers"]),
            audience=Audience(value["audience"]),
            fallback=value["fallback"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ChatError(
            "A stored message cannot be read.", hint="It was planned by another version of Paperboy."
        ) from error


def _from_block(block: Block) -> Json:
    shown: Json = {"kind": _KINDS[type(block)]}
    if isinstance(block, ListBlock):
        shown["items"] = [_from_spans(item) for item in block.items]
    elif isinstance(block, Facts):
        shown["rows"] = [[name, _from_spans(value)] for name, value in block.rows]
    elif not isinstance(block, Divider):
        shown["spans"] = _from_spans(block.spans)
    return shown | _plain_fields(block, but=("spans", "items", "rows"))


def _from_spans(spans: Spans) -> list[Json]:
    return [{"text": span.text} | _plain_fields(span, but=("text",)) for span in spans]


def _plain_fields(value: Block | Span, *, but: tuple[str, ...]) -> Json:
    named = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return {name: here for name, here, default in named if name not in but and here != default}


def _from_action(action: Action) -> Json:
    return {"name": action.name, "label": action.label, "paper": str(action.paper) if action.paper else None}


def _to_block(value: Mapping[str, Any]) -> Block:
    given: Json = {name: one for name, one in value.items() if name != "kind"}
    if "spans" in given:
        given["spans"] = _to_spans(given["spans"])
    if "items" in given:
        given["items"] = tuple(_to_spans(item) for item in given["items"])
    if "rows" in given:
        given["rows"] = tuple((name, _to_spans(spans)) for name, spans in given["rows"])
    return _BLOCKS[value["kind"]](**given)


def _to_spans(value: Iterable[Mapping[str, Any]]) -> Spans:
    return tuple(Span(**span) for span in value)


def _to_action(value: Mapping[str, Any]) -> Action:
    paper = _to_paper(value["paper"]) if value["paper"] else None
    return Action(name=value["name"], label=value["label"], paper=paper)


def _to_paper(written: str) -> PaperId:
    scheme, _, value = written.partition(":")
    return PaperId(scheme, value)
