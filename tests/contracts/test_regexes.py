"""What regular expressions must not have, because some Python that we support reads it wrongly."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: a group that is repeated without going back: `(...)*+`
POSSESSIVE = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")


def test_no_group_is_possessive() -> None:
    """Until 3.11.5 Python matches possessive groups wrongly (cpython issue 106052); atomic ones say the same."""
    files = [file for folder in ("core", "adapters", "storage", "bot") for file in (ROOT / folder).rglob("*.py")]
    lines = [(file, line) for file in files for line in file.read_text("utf-8").splitlines() if POSSESSIVE.search(line)]
    found = [f"{file.relative_to(ROOT)}: {line.strip()}" for file, line in lines if "(?" in line]
    assert len(files) > 300
    assert found == []
