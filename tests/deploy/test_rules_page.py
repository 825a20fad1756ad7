"""docs/rules.md promises only what rules do."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.choose.rules import regexes, syntax
from core.choose.rules.judging import parse
from core.choose.rules.linting import WIDE
from core.choose.rules.nodes import NEARNESS
from core.choose.verdicts import Dropped
from tests.fakes.papers import a_paper

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
PAPER = replace(
    a_paper(
        title="World models for robots",
        abstract="We learn large neural world models with graphs of rooms. Code: github.com/ours/rooms",
    ),
    categories=("cs.RO", "cs.LG"),
)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its first two lines."""
    table = re.findall(r"^\|.*\|$", PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0], re.MULTILINE)
    return [[cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table[2:]]


WRITTEN = [rule for row in rows("What to write") for rule in re.findall("`([^`]+)`", row[0])]


@pytest.mark.parametrize("rule", WRITTEN)
def test_everything_that_is_written_reads(rule: str) -> None:
    """Each rule of the table reads, and reads back as an equal one."""
    assert parse(str(parse(rule))) == parse(rule)


def test_the_table_has_every_field() -> None:
    """Each field, number and operator that rules have is in the table."""
    told = " ".join(row[0] + row[1] for row in rows("What to write"))
    things = (*(f"has:{one}" for one in syntax.THINGS), *(f"type:{one}" for one in syntax.TYPES))
    fields = [f"{one}:" for one in syntax.FIELDS if one != "in"]
    assert [one for one in (*fields, *things, *syntax.NUMBERS) if one not in told] == []


@pytest.mark.parametrize(
    ("rule", "verdict", "because"), [(row[0].strip("`"), row[1], row[2]) for row in rows("Examples")]
)
def test_examples_hold(rule: str, verdict: str, because: str) -> None:
    """Each example is kept or dropped as the page says, for the reason that it tells."""
    found = parse(rule).judge(PAPER)
    reason = found.reason if isinstance(found, Dropped) else found.reasons[0].text
    assert ("dropped" if isinstance(found, Dropped) else "kept", reason) == (verdict, because)


def test_the_bounds_are_those() -> None:
    """The numbers of the page are those of the code."""
    bounds = (f"{syntax.LONGEST:,} characters", f"{syntax.MOST_TERMS:,} words and phrases")
    others = (f"{syntax.DEEPEST} parentheses", f"{syntax.MOST_REGEXES} regular expressions")
    rest = (
        f"at most {regexes.LONGEST} characters",
        f"more than {WIDE:.0%}".replace("%", " %"),
        f"at most {NEARNESS} words",
    )
    assert [one for one in (*bounds, *others, *rest) if one not in PAGE] == []
