"""README and docs/ promise only what runs.

Blocks of `sh` are carried out here, page by page, in an empty place without a network. Blocks of `console` need a
token, a network or an administrator; of these, and of commands in running text, the command and its options exist.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import cli
from core.converse.commands.settings import WORDS
from core.converse.settings.subscribing import NAMES
from tests.journeys.paperboy import Paperboy

ROOT = Path(__file__).parents[2]
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)
#: what takes minutes, or makes an environment: `make` itself is tried where the tests run
NOT_HERE = re.compile(r"^make ")
#: what stands in the documents for something of the reader's
PLACEHOLDERS = {
    "FILE": "x.db",
    "DIR": ".",
    "CHANNEL": "terminal:main",
    "PAPER": "2601.15529",
    "[NUMBERS...]": "17",
}

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The page's fenced blocks of this language."""
    return [match["text"] for match in _BLOCK.finditer(page.read_text("utf-8")) if match["language"] == language]


def paperboy_commands(page: Path) -> Iterator[tuple[str, bool]]:
    """Every line of a block that calls paperboy, and every command in running text (True)."""
    lines = [line for language in ("sh", "console") for block in blocks(page, language) for line in block.splitlines()]
    for line in lines:
        if match := re.match(r"(?:\$ )?(?:sudo )?(?:\S+/)?(paperboy .+)", line):
            yield match[1], False
        elif match := re.search(r"(?<!alias) (?:run --rm|exec) paperboy (?![-p])(.+)", line):  # in a container
            yield f"paperboy {match[1]}", False
    running = _BLOCK.sub("", page.read_text("utf-8"))
    yield from ((command, True) for command in re.findall(r"`(paperboy [a-z-]+[^`]*)`", running))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    """Each `paperboy ...` in the page is a command with options and arguments that the program takes."""
    wrong: dict[str, str] = {}
    for command, is_running_text in paperboy_commands(page):
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(re.split(r" [>|<] ?", command)[0], comments=True)]
        if "..." in words or "…" in words:
            continue
        try:
            _parse(words[1:])
        except typer.Exit:  # --help, --version
            continue
        except Exception as error:  # noqa: BLE001 - whatever the parser says against it is what we want to read
            if not (is_running_text and type(error).__name__ == "MissingParameter"):  # a command's name alone
                wrong[command] = str(error) or type(error).__name__
    assert wrong == {}


def _parse(words: list[str]) -> None:
    """Let the program's own parser read a command, without carrying it out."""
    command = _program()
    context = command.make_context("paperboy", list(words), resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]  # what a group's parser leaves for its commands
        if not rest:
            return
        name, command, arguments = command.resolve_command(context, rest)
        context = command.make_context(name, arguments, parent=context)


@cache
def _program() -> Any:
    """The parser, which takes longer to make than to ask."""
    return typer.main.get_command(cli)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "sh")], ids=lambda page: str(page.relative_to(ROOT))
)
def test_what_can_be_tried_anywhere_runs(page: Path, paperboy: Paperboy) -> None:
    """The `sh` blocks of a page, line after line, end without an error for somebody who has nothing set up."""
    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words and not NOT_HERE.match(line):
            assert words[0] == "paperboy"
            ran = paperboy(*words[1:])
            assert ran.code == 0, f"{line}: {ran.err}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Files and headings that a page links to are there."""
    wrong = []
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", page.read_text("utf-8")):
        name, _, heading = target.partition("#")
        file = (page.parent / name) if name else page
        if not file.exists() or (heading and heading not in anchors(file)):
            wrong.append(target)
    assert wrong == []


def test_the_first_page_leads_to_all() -> None:
    """The table of docs/README.md has every page."""
    table = (ROOT / "docs" / "README.md").read_text("utf-8").partition("## All pages")[2]
    names = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in names if f"({name})" not in table} == set()
    decisions = ROOT / "docs" / "decisions"
    listed = (decisions / "README.md").read_text("utf-8")
    assert {page.name for page in decisions.glob("0*.md") if f"({page.name})" not in listed} == set()


@cache
def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them."""
    text = _BLOCK.sub("", page.read_text("utf-8")) if page.suffix == ".md" else ""
    titles = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_settings_of_a_channel_exist() -> None:
    """Each `/settings NAME` in the documents is a setting that a channel has, or what else can be done with them."""
    text = "".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"/(?:paper )?settings ([a-z-]+)\b(?!:)", text))
    assert named <= {*NAMES, *WORDS}


def test_make_s_targets_exist() -> None:
    """Each `make ...` in the documents is a target of the Makefile."""
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8")))
    text = "".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"(?m)(?:`|^|^    |^\$ (?:sudo )?)make (?:-C \S+ )?([a-z]+)", text))
    assert named <= targets


def test_install_says_how_paperboy_is_found() -> None:
    """`make install` prints the line that the documents name."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert '@echo "  . $(CURDIR)/$(BIN)/activate"' in makefile
    assert "`. .venv/bin/activate`" in (ROOT / "docs" / "README.md").read_text("utf-8")


def test_the_runbook_knows_every_alert() -> None:
    """Each kind of alert that the program tells has its row in the runbook, and no other has."""
    keys = re.findall(r'key=f?"([^"]+)"', (ROOT / "core" / "operate" / "alerts.py").read_text("utf-8"))
    kinds = {key.partition(" {")[0] for key in keys}
    table = (ROOT / "docs" / "runbook.md").read_text("utf-8").partition("| alert (its key)")[2].partition("\n\n")[0]
    assert {match for row in table.splitlines() for match in re.findall(r"^\|[^|]*\(`([^`]+)`\)", row)} == kinds
