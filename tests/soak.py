"""How much `make soak` asks for of what `make test` proves in short."""

from __future__ import annotations

import os

_ASKED = os.environ.get("PAPERBOY_TEST_KILLS")  # noqa: TID251 - a switch of the tests, no setting of ours
IS_SOAK = _ASKED is not None


def kills(usual: int) -> int:
    """How often a process is killed: as often as `make soak` was asked to, or else as usual."""
    return int(_ASKED) if _ASKED is not None else usual
