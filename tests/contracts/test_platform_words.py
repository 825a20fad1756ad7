"""Core writes commands and reaction signs as spans; each platform shows them in its own words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from adapters.chat.vocabulary import Vocabulary
from core.converse.grammar import NAMES
from core.posts.reactions import Feeling
from core.posts.tree import Facts, ListBlock, Paragraph, Post, bold, command, prose, sign, text

CORE = Path(__file__).parents[2] / "core"
SLACK = Vocabulary(command=lambda name, arguments: f"/paper {name} {arguments}".strip())
#: the homes of emoji, and paths of publishers' pages, which nobody reads
LEFT_OUT = {"addresses.py", "signs.py", "sign_words.py"}
SLASH = re.compile(r"(?<![\w./`])/(?:" + "|".join(NAMES) + r")\b")
IN_BACKTICKS = re.compile(r"`/([a-z]+)")


def _docstrings(tree: ast.AST) -> set[int]:
    """Numbers of the nodes that are docstrings."""
    bodies = (
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    firsts = (body[0] for body in bodies if body)
    return {id(first.value) for first in firsts if isinstance(first, ast.Expr)}


@cache
def _strings() -> tuple[tuple[str, str], ...]:
    """Every string of core that is no docstring, with its place."""
    return tuple(_read_strings())


def _read_strings() -> Iterator[tuple[str, str]]:
    for file in sorted(CORE.rglob("*.py")):
        if file.name in LEFT_OUT:
            continue
        tree = ast.parse(file.read_text())
        docstrings = _docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield f"{file.relative_to(CORE)}:{node.lineno}", node.value


def test_no_text_in_core_names_a_platforms_form() -> None:
    """Commands stand in backticks, which become spans, and no sentence shows an emoji that a platform may not have."""
    strings = _strings()
    assert len(strings) > 500
    assert [where for where, string in strings if SLASH.search(string)] == []
    assert [where for where, string in strings if re.search("[🔖✍]", string) and string != "🔖 Bookmark"] == []


def test_every_command_that_core_mentions_exists() -> None:
    """No hint names a command that nobody can type."""
    named = {name for _, string in _strings() for name in IN_BACKTICKS.findall(string)}
    assert {"paper", "search", "digest", "subscribe", "settings", "bookmarks", "why", "help"} <= named <= {*NAMES}


def test_prose_becomes_spans() -> None:
    """A command in backticks and a sign between colons are spans of their own; all else is text."""
    assert prose("Put :bookmark: on it, or write `/search graph nets`.") == (
        text("Put "),
        sign(Feeling.BOOKMARK),
        text(" on it, or write "),
        command("search", "graph nets"),
        text("."),
    )
    assert prose("since:7d `code` 10:30") == (text("since:7d `code` 10:30"),)


@pytest.mark.parametrize(
    ("vocabulary", "shown"),
    [(Vocabulary(), "Try /search graphs with 🔖"), (SLACK, "Try /paper search graphs with 🔖")],
)
def test_a_platform_puts_its_own_words_in_place(vocabulary: Vocabulary, shown: str) -> None:
    """Commands and signs become text wherever they stand in a post, its lists, facts and replies."""
    spans = prose("Try `/search graphs` with :bookmark:")
    reply = Post(blocks=(ListBlock(items=(spans,)), Facts(rows=(("Hint", spans),))))
    post = vocabulary.localise(Post(blocks=(Paragraph(spans=spans),), replies=(reply,)))
    assert post.fallback == shown
    (answer,) = post.replies
    listed, facts = answer.blocks
    assert isinstance(listed, ListBlock)
    assert isinstance(facts, Facts)
    for found in (listed.items[0], facts.rows[0][1]):
        assert "".join(span.text for span in found) == shown
        assert not any(span.command or (span.feeling and not span.text) for span in found)


def test_other_text_stays_as_it_is() -> None:
    """Text of papers and people that looks like a command or a sign is left alone."""
    hostile = Post(blocks=(Paragraph(spans=(bold("`/unsubscribe` :bookmark:"),)),), fallback="`/unsubscribe`")
    assert SLACK.localise(hostile) == hostile
