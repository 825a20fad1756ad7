"""Finds what the program says to people without asking the catalogues. Reads source text; runs none of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from tests.catalogue import ASKS

ROOT: Final = Path(__file__).parents[2]
#: folders and modules whose sentences people in chats read
SPEAKING: Final[tuple[str, ...]] = (
    "adapters/chat",
    "core/choose",
    "core/converse",
    "core/deliver",
    "core/operate",
    "core/posts",
    "core/text",
    "core/channels.py",
    "core/errors.py",
    "core/ingest",
    "core/papers",
    "core/summarise",
)
#: modules of those that say nothing to people, and why
SILENT: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        (
            *("core/choose/interest/units.py", "core/choose/rules/facts.py"),
            *("core/text/base_forms.py", "core/text/commands.py", "core/text/days.py", "core/text/formulas.py"),
            *("core/text/numbers.py", "core/text/scripts.py", "core/text/sentences.py", "core/text/terms.py"),
            *("core/text/tex.py", "core/text/words.py"),
            *("core/papers/furniture.py", "core/papers/imprint.py", "core/papers/identity/matching.py"),
            *("core/papers/name_words.py", "core/papers/relevance.py", "core/summarise/compression.py"),
            *("core/summarise/cues.py", "core/summarise/features.py", "core/summarise/passages.py"),
            *("core/summarise/roles.py", "core/summarise/source.py", "core/summarise/standalone.py"),
            "core/summarise/themes.py",
        ),
        "reads texts, by words and patterns of theirs",
    )
    | dict.fromkeys(
        ("core/summarise/flaws.py", "core/summarise/grading.py", "core/summarise/prompts.py"), "speaks to models"
    )
    | dict.fromkeys(tuple(f"core/choose/profile/{name}.py" for name in ("features", "learn", "rates")), "names numbers")
    | {"adapters/chat/network.py": "speaks to operators"}
    | dict.fromkeys(
        ("core/papers/subjects.py", "core/papers/taxonomy.py"), "names categories as their sources and people do"
    )
)

#: what makes a word or two visible to people, as its first argument or by one of these names
_SHOWS: Final = frozenset({"text", "bold", "italic", "link", "prose", "say"})
_SHOWN_AS: Final = frozenset({"label", "fallback", "title", "hint", "summary"})
#: names of these hold keys
_KEYS: Final = frozenset({"key", "style"})
#: developers read these
_FOR_DEVELOPERS: Final = frozenset(
    {"ValueError", "TypeError", "AssertionError", "KeyError", "RuntimeError", "LeaseLost"}
)
#: fields and functions of words that people type, which are the same in every language
_TYPED_AS: Final = frozenset({"usage", "examples", "example", "other_words", "arguments"})
_TYPES: Final = frozenset({"of_values"})
#: two words of a sentence, one after another
_SENTENCE: Final = re.compile(r"[^\W\d_]{2,},? [a-z]{2,}|[a-z]{2,},? [^\W\d_]{2,}")
#: no acronym, no name like BibTeX
_WORD: Final = re.compile(r"(?<![^\W\d_])[A-Z]?[a-z]{2,}(?![^\W\d_])")
#: commands, and mark-up with its attributes
_NO_WORDS: Final = re.compile(r"`/[^`]*`|<[^<>]*>")
#: a comment at the line's end that says why a sentence stays English
_EXCUSED: Final = re.compile(r"#\s*not said: \S+")


class Unasked(NamedTuple):
    """A sentence that no catalogue is asked for."""

    path: str
    line: int
    sentence: str


def unasked_in(path: Path) -> Iterator[Unasked]:
    """The sentences of a module that reach people as they are."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    nodes = list(ast.walk(ast.parse(source)))
    passed = set(_passed(nodes))
    for node, is_shown in _strings(nodes):
        if id(node) in passed:
            continue
        sentence = _written(node)
        is_said = (_WORD if is_shown else _SENTENCE).search(_NO_WORDS.sub(" ", sentence))
        if is_said and not any(map(_EXCUSED.search, lines[node.lineno - 1 : node.end_lineno])):
            yield Unasked(path=path.relative_to(ROOT).as_posix(), line=node.lineno, sentence=sentence)


def modules() -> Iterator[Path]:
    """The modules that speak."""
    for name in SPEAKING:
        path = ROOT / name
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not any(module == ROOT / silent or (ROOT / silent) in module.parents for silent in SILENT):
                yield module


def _strings(nodes: list[ast.AST]) -> Iterator[tuple[ast.Constant | ast.JoinedStr, bool]]:
    """Each string, and whether where it stands shows it to people."""
    shown = {id(value) for node in nodes if isinstance(node, ast.Call) for value in _shown_by(node)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node, id(node) in shown


def _shown_by(call: ast.Call) -> Iterator[ast.expr]:
    if isinstance(call.func, ast.Name) and call.func.id in _SHOWS:
        yield from call.args[:1]
    yield from (keyword.value for keyword in call.keywords if keyword.arg in _SHOWN_AS)


def _passed(nodes: list[ast.AST]) -> Iterator[int]:
    """The strings that are docstrings, parts of others, log lines, for developers, or that ask the catalogues."""
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (id(part.value) for part in node.body[:1] if isinstance(part, ast.Expr))
        elif isinstance(node, ast.JoinedStr):
            yield from (id(part) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Subscript):
            yield from map(id, ast.walk(node.slice))
        elif isinstance(node, ast.Compare):
            yield from map(id, (node.left, *node.comparators))
        elif isinstance(node, ast.Assert) and node.msg:
            yield from map(id, ast.walk(node.msg))
        elif isinstance(node, ast.Call):
            yield from _passed_by(node)
            typed = (keyword.value for keyword in node.keywords if keyword.arg in _TYPED_AS)
            yield from (id(part) for value in typed for part in ast.walk(value))


def _passed_by(call: ast.Call) -> Iterator[int]:
    yield from (id(keyword.value) for keyword in call.keywords if keyword.arg in _KEYS)
    match call.func:
        case ast.Name(id=name) if name in ASKS:
            yield from map(id, call.args[: ASKS[name]])
        case ast.Name(id=name) if name in _FOR_DEVELOPERS:
            yield from (id(node) for arg in call.args for node in ast.walk(arg))
        case ast.Attribute(attr=name) if name in _TYPES:
            yield from (id(node) for arg in call.args for node in ast.walk(arg))
        case ast.Attribute(value=ast.Name(id="re" | "regex" | "_log")):
            yield from map(id, ast.walk(call))


def _written(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
