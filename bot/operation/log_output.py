"""Where log lines go: stderr, without waiting for a reader that does not read.

A pipe that nobody reads is full some time, and whoever writes to it then waits for ever. A service goes on instead: it
waits for a moment, once a minute at most, and drops the lines that nobody takes. How many those were is logged when
lines are taken again. A terminal is waited for, as by any program.
"""

from __future__ import annotations

import select
import sys
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, TextIO

import structlog

#: characters that are written at once: a pipe that takes anything takes 4,096 bytes, and a character has ten at most
_PART: Final = 400
#: how long a line waits for its reader, and how often one does, in seconds: the event loop waits as long
PATIENCE_S: Final = 1.0
PATIENT_EVERY_S: Final = 60.0

_log = structlog.get_logger("paperboy")


class LogOutput:
    """Takes lines as a text file does."""

    def __init__(
        self,
        stream: Callable[[], TextIO] = lambda: sys.stderr,
        *,
        patience_s: float = PATIENCE_S,
        running_s: Callable[[], float] = monotonic,
    ) -> None:
        """`stream` gives what is written to; `running_s` only runs on, in seconds."""
        self._stream = stream
        self._patience_s = patience_s
        self._running_s = running_s
        self._waited_at_s = -PATIENT_EVERY_S
        self._lock = threading.RLock()
        self._lost = 0
        #: what ends a line that was cut short
        self._line_end = ""

    def write(self, line: str) -> None:
        """Write a line with its end, or drop it."""
        with self._lock:
            if not self._put(line):
                self._lost += 1
            elif self._lost:
                count, self._lost = self._lost, 0
                _log.warning("log lines lost", lines=count)

    def _put(self, line: str) -> bool:
        stream, text = self._stream(), self._line_end + line
        try:
            for begin in range(0, len(text), _PART):
                if not self._has_room(stream):
                    return False
                stream.write(text[begin : begin + _PART])
                stream.flush()
                self._line_end = "\n"
        except OSError:  # the reader is gone, or the disk is full
            return False
        self._line_end = ""
        return True

    def _has_room(self, stream: TextIO) -> bool:
        """Can something be written now, or in a moment? Terminals and files that are no file of the system wait."""
        try:
            number = stream.fileno()
        except OSError:
            return True
        if stream.isatty():
            return True
        poll = select.poll()
        poll.register(number, select.POLLOUT)
        if poll.poll(0):
            return True
        now_s = self._running_s()
        if now_s - self._waited_at_s < PATIENT_EVERY_S:
            return False
        self._waited_at_s = now_s
        return bool(poll.poll(1_000 * self._patience_s))
