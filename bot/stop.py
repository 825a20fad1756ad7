"""Stopping in order and within a bound: on SIGTERM and Ctrl-C the work is cancelled, and whatever hangs is left.

A second signal ends the process at once; whatever it held is free when its lease runs out.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from typing import Final, NoReturn

import structlog

#: seconds that a stop may take in all
LONGEST_S: Final = 30.0
#: seconds for what is left on the event loop once everything was closed
_LEFT_S: Final = 1.0
_FAILURE: Final = 1

_log = structlog.get_logger("paperboy")


async def until_stopped(work: Coroutine[None, None, None], *, takes_ctrl_c: bool) -> None:
    """Do the work until its end, or until SIGTERM ends it as if it had ended by itself.

    With `takes_ctrl_c` Ctrl-C does the same, and KeyboardInterrupt is raised once everything is closed.
    """
    stop = _Stop(asyncio.ensure_future(work))
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT) if takes_ctrl_c else (signal.SIGTERM,)
    for number in signals:
        loop.add_signal_handler(number, stop.request, number)
    await asyncio.wait({stop.work})
    if stop.signal:
        await stop.leave_what_hangs()
    if not stop.work.cancelled():
        stop.work.result()
    elif stop.signal is None:  # cancelled from elsewhere
        raise asyncio.CancelledError
    if stop.signal is signal.SIGINT:
        raise KeyboardInterrupt


class _Stop:
    """One stop of the work."""

    def __init__(self, work: asyncio.Future[None]) -> None:
        self.work = work
        self.signal: signal.Signals | None = None

    def request(self, number: signal.Signals) -> None:
        """Begin to stop; at the second time, end at once."""
        if self.signal:
            _end(128 + number)
        self.signal = number
        _log.info("service stopping", signal=number.name, longest_s=LONGEST_S)
        self.work.cancel()
        bound = threading.Timer(LONGEST_S, _give_up)
        bound.daemon = True
        bound.start()

    async def leave_what_hangs(self) -> None:
        """End the process here where something on the event loop does not let itself be cancelled."""
        _log.info("service stopped")
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=_LEFT_S)
            if pending:
                _end(0 if self.signal is signal.SIGTERM else 128 + signal.SIGINT)


def _give_up() -> NoReturn:
    _log.warning("service hanging", what="Paperboy", longest_s=LONGEST_S)
    _end(_FAILURE)


def _end(code: int) -> NoReturn:
    """Without another word: no cleaning up, which could hang."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
