"""What is said of commands that cannot be carried out: what was wrong, and what to type."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.converse.command import Command, Origin
from core.converse.grammar import NAMES
from core.converse.table import TYPED_COMMANDS
from core.posts.tree import Note, Post
from core.text.keyboard import straighten
from tests.fakes.desk_driver import ANN, CHANNEL, DeskDriver
from tests.fakes.papers import AT
from tests.soak import IS_SOAK

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


PIECES = sorted(
    {word for spec in TYPED_COMMANDS for example in spec.examples for word in example.split()} | {*NONSENSE}
)


@given(st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES) | st.text(max_size=9), max_size=6).map(" ".join))
@settings(
    max_examples=1_000 if IS_SOAK else 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
async def test_any_arguments_are_answered(driver: DeskDriver, name: str, typed: str) -> None:
    """Whatever words of examples and of nobody are put together, a command is answered or refused, and completed."""
    assert (await driver.asks(name, straighten(typed))).blocks
    command = Command(
        name=name, arguments=typed, actor=ANN, place=CHANNEL, origin=Origin.COMPLETION, may_manage=True, at=AT
    )
    assert all(one.label for one in await driver.desk.complete(command))


@pytest.mark.parametrize("typed", NONSENSE, ids=lambda typed: repr(typed[:12]))
async def test_a_refusal_helps(driver: DeskDriver, typed: str) -> None:
    """Whatever is given to a command, nothing breaks, and a refusal is short and says what to do, or where."""
    for name in NAMES:
        answer = await driver.asks(name, typed)
        if is_refusal(answer):
            first = answer.blocks[0]
            assert isinstance(first, Note)
            assert len(first.spans) > 1 or len(answer.blocks) > 1, f"/{name} {typed[:20]}: {first.spans[0].text}"
            assert sum(len(span.text) for span in first.spans) < 500
