"""What is said of commands that cannot be carried out: what was wrong, and what to type."""

from __future__ import annotations

import pytest

from core.converse.grammar import NAMES
from core.posts.tree import Note, Post
from tests.fakes.office import Office

NONSENSE = (
    "",
    "qwzx",
    "qwzx 99999 ::",
    "since:never in:nowhere",
    "-1",
    "x" * 3_000,
    "\x00\x01",
    "' OR 1=1 --",
    "🦆" * 40,
)


def is_refusal(post: Post) -> bool:
    """Is it what is said of an error?"""
    first = post.blocks[0]
    return isinstance(first, Note) and first.warning and bool(first.spans) and first.spans[0].bold


@pytest.mark.parametrize("typed", NONSENSE, ids=lambda typed: repr(typed[:12]))
async def test_a_refusal_helps(office: Office, typed: str) -> None:
    """Whatever is given to a command, nothing breaks, and a refusal is short and says what to do, or where."""
    for name in NAMES:
        answer = await office.asks(name, typed)
        if is_refusal(answer):
            first = answer.blocks[0]
            assert isinstance(first, Note)
            assert len(first.spans) > 1 or len(answer.blocks) > 1, f"/{name} {typed[:20]}: {first.spans[0].text}"
            assert sum(len(span.text) for span in first.spans) < 500
