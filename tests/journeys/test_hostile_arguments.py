"""What somebody types is repeated harmless: no sentence, table or document obeys it."""

from __future__ import annotations

import re

import pytest

from tests.journeys.paperboy import Paperboy

HOSTILE = "\x1b[31mx\x07\x1b]0;owned\x07\x9b2J\u202egnp\r\n\x7f"
#: all of what a terminal would obey, and what reorders text
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize(
    "arguments",
    [
        (HOSTILE,),
        (f"--{HOSTILE}",),
        ("paper", HOSTILE),
        ("search", f"since:{HOSTILE}"),
        ("search", HOSTILE),
        ("papers", "--category", HOSTILE),
        ("papers", "--day", HOSTILE),
        ("papers", "--limit", HOSTILE),
        ("channels", "add", HOSTILE),
        ("channels", "add", "terminal:main", "--rule", f"({HOSTILE}"),
        ("channels", "add", "terminal:main", "--zone", HOSTILE),
        ("channels", "add", "terminal:main", "--interest", HOSTILE),
        ("channels", "add", "terminal:main", "--interest", HOSTILE, "--json"),
        ("why", "terminal:main", HOSTILE),
        ("ingest", "--source", HOSTILE),
        ("ingest", "--file", HOSTILE, "--format", "arxiv-rss"),
        ("db", "backup", f"absent/{HOSTILE}"),
        ("--config", HOSTILE, "papers"),
    ],
    ids=lambda arguments: " ".join(arguments).replace(HOSTILE, "HOSTILE"),
)
def test_arguments_are_repeated_harmless(paperboy: Paperboy, arguments: tuple[str, ...]) -> None:
    """Nothing of an argument moves the cursor, colours, beeps or reorders, on stdout or on stderr."""
    ran = paperboy(*arguments)
    assert ran.out + ran.err
    assert not OBEYED.search(ran.out + ran.err)
    assert "Traceback" not in ran.err and "a bug" not in ran.err


def test_json_reads_back_what_was_typed(paperboy: Paperboy) -> None:
    """The document escapes what a terminal would obey, so that a script reads it as it was typed."""
    added = paperboy("channels", "add", "terminal:main", "--interest", HOSTILE, "--json")
    assert not OBEYED.search(added.out)
    assert added.json["interest"] == HOSTILE.strip()
