"""Child processes with the signals that a test relies on: a script's background jobs inherit SIGINT as ignored."""

from __future__ import annotations

import sys

_START = """
import os, signal, sys
signal.signal(signal.SIGINT, getattr(signal, sys.argv[1]))
signal.signal(signal.SIGTERM, signal.SIG_DFL)
os.execvp(sys.argv[2], sys.argv[2:])
"""


def in_foreground(*command: str) -> list[str]:
    """The command with SIGINT and SIGTERM as a person's shell gives them to it."""
    return [sys.executable, "-ISc", _START, "SIG_DFL", *command]


def in_background(*command: str) -> list[str]:
    """The command with SIGINT ignored, as a script starts its background jobs."""
    return [sys.executable, "-ISc", _START, "SIG_IGN", *command]
