"""A Python that has loaded the libraries already, and forks a process for each command of the program.

A journey runs hundreds of commands, and two thirds of each would be spent on loading the same libraries. Every command
is still a process of its own: with its own environment, folder, arguments, standard streams and exit code, and with the
modules of Paperboy loaded anew. `tests.journeys.paperboy` uses it; processes that are watched or measured start cold.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, cast

#: what nearly every command loads
_LIBRARIES: Final = (
    *("sqlalchemy.ext.asyncio", "sqlalchemy.dialects.sqlite.aiosqlite", "sqlmodel", "aiosqlite", "pydantic_settings"),
    *("typer", "rich.console", "rich.table", "rich.progress", "structlog", "stamina", "httpx2", "feedparser", "lark"),
    *("slack_bolt.async_app", "slack_bolt.adapter.socket_mode.aiohttp", "discord", "telegram", "telegram.request"),
    *("defusedxml.ElementTree", "rapidfuzz.fuzz", "snowballstemmer", "syntok.segmenter", "unicodeit", "yarl", "regex"),
)
_SERVE: Final = """
import gc, importlib, json, os, runpy, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
gc.freeze()
while line := sys.stdin.buffer.readline():
    order = json.loads(line)
    child = os.fork()
    if child:
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    for number, (path, flags) in enumerate(zip(order["streams"], (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY))):
        os.dup2(os.open(path, flags), number)
    os.chdir(order["home"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["paperboy", *order["arguments"]]
    code = 0
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                pass
        os._exit(code)
"""


class Warm:
    """One such Python; its commands run one after another."""

    def __init__(self, root: Path) -> None:
        ours = os.environ.items()  # noqa: TID251 - as in `paperboy`
        inherited = {name: value for name, value in ours if not name.upper().startswith("PAPERBOY_")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, json.dumps(_LIBRARIES)],
            env={**inherited, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self,
        arguments: Sequence[str],
        *,
        home: Path,
        environment: dict[str, str],
        stdin: str = "",
        timeout: float = 120,
        on_start: Callable[[int], None] = lambda _: None,
    ) -> tuple[int, str, str]:
        """The exit code of one command, and what it printed on stdout and stderr; `on_start` is told its pid."""
        with TemporaryDirectory() as folder:
            streams = [Path(folder) / name for name in ("in", "out", "err")]
            for stream, content in zip(streams, (stdin, "", ""), strict=True):
                stream.write_text(content, "utf-8")
            order = {
                "arguments": arguments,
                "home": str(home),
                "environment": environment,
                "streams": [str(stream) for stream in streams],
            }
            watch = threading.Timer(timeout, os.killpg, (self._process.pid, signal.SIGKILL))
            watch.start()
            try:
                cast(IO[str], self._process.stdin).write(json.dumps(order) + "\n")
                cast(IO[str], self._process.stdin).flush()
                answers = cast(IO[str], self._process.stdout)
                if pid := answers.readline():
                    on_start(int(pid))
                code = answers.readline()
            finally:
                watch.cancel()
            if not code:
                raise subprocess.TimeoutExpired(list(arguments), timeout)
            _, out, err = (stream.read_bytes().decode("utf-8") for stream in streams)
            return int(code), out, err

    def close(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


_idle: Final[list[Warm]] = []


@contextmanager
def warm(root: Path) -> Iterator[Warm]:
    """One that nobody else uses meanwhile; whichever thread asks, they are kept for the next one."""
    try:
        python = _idle.pop()
    except IndexError:
        python = Warm(root)
    try:
        yield python
    except BaseException:
        python.close()
        raise
    _idle.append(python)
