"""The reference in docs/ is the program's own."""

from __future__ import annotations

from tests.reference import REFERENCE, reference


def test_the_reference_is_current() -> None:
    """docs/reference.md says what the program says today; `make docs` writes it."""
    assert REFERENCE.read_text(encoding="utf-8") == reference()


def test_the_reference_leaves_nothing_empty() -> None:
    """Every option of the command line and every setting section says what it is for."""
    lines = reference().splitlines()
    assert not [line for line in lines if line.startswith("- `--") and line.endswith(": ")]
    assert not [after for line, after in zip(lines, lines[2:], strict=False) if line.startswith("### `") and not after]
