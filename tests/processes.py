"""Which processes the tests of this process have started and left behind: Linux alone tells.

All of them inherit a variable of this process, however far from it they were started, and whoever outlived their
parents. `tests.conftest` asks at the end of each session.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

_NAME: Final = "TESTS_STARTED_BY"
_MARK: Final = f"{_NAME}={os.getpid()}".encode()
#: what ends with the process that it belongs to, and no sooner
_ENDS_WITH_US: Final = b"multiprocessing.resource_tracker"
#: seconds in which a process that was stopped may end
_LONGEST_S: Final = 30.0


def mark() -> None:
    """Mark what is started from now on as ours."""
    os.environ[_NAME] = str(os.getpid())  # noqa: TID251 - for those that we start


def left_behind() -> list[str]:
    """The command lines of those that still run, once those that are ending had time to."""
    end = time.monotonic() + _LONGEST_S
    while (commands := _running()) and time.monotonic() < end:
        time.sleep(0.05)
    return commands


def _running() -> list[str]:
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if _MARK not in (process / "environ").read_bytes().split(b"\0") or process.name == str(os.getpid()):
                continue
            command = (process / "cmdline").read_bytes()
        except OSError:  # it has just ended, or is somebody else's
            continue
        if command and _ENDS_WITH_US not in command:
            commands.append(command.replace(b"\0", b" ").decode(errors="replace")[:300])
    return commands
