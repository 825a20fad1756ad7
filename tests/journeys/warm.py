"""Pythons that have loaded the program already, each of which forks a process for one command of it after another.

A journey runs hundreds of commands, and most of each would be spent on loading the same modules. Every command is still
a process of its own: with its own environment, folder, arguments, standard streams, signals and exit code; its modules
were loaded, and nothing of them has run but what reads whom TLS trusts. All are forks of one that loads the modules
once; another PYTHONPATH has one of its own. `tests.journeys.paperboy` uses them; what is measured starts cold.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Final

#: what nearly every command loads: libraries, and then what is ours
_MODULES: Final = (
    *("sqlalchemy.ext.asyncio", "sqlalchemy.dialects.sqlite.aiosqlite", "sqlmodel", "aiosqlite"),
    *("typer", "rich.console", "rich.table", "rich.progress", "structlog", "stamina", "httpx2", "feedparser", "lark"),
    *("slack_bolt.async_app", "slack_bolt.adapter.socket_mode.aiohttp", "discord", "telegram", "telegram.request"),
    *("defusedxml.ElementTree", "rapidfuzz.fuzz", "snowballstemmer", "syntok.segmenter", "unicodeit", "yarl", "regex"),
    *("anyio._backends._asyncio", "httpcore2", "h11", "h2.connection", "babel.dates", "babel.numbers"),
    *("markdown_it", "rich.markdown", "typer._adapters", "rich._emoji_codes"),
    *(
        "bot.cli",
        "bot.wire",
        "bot.run",
        "bot.tasks",
        "bot.output.screen",
        "bot.output.contract",
        "bot.output.contract_days",
        "bot.output.explanations",
        "bot.operation.logs",
        "bot.operation.doctor",
        "bot.operation.status_screen",
        "storage.operation.upkeep",
        "core.summarise.extract",
    ),
    *("bot.posting", "bot.operation.status", "bot.origins", "core.converse.explain", "core.converse.replies"),
    *("adapters.chat.slack.client", "adapters.chat.discord.client", "adapters.chat.telegram.client"),
    *("adapters.chat.terminal.render", "adapters.sources.arxiv", "adapters.sources.arxiv_listing"),
    *("adapters.sources.arxiv_api", "adapters.sources.arxiv_oai", "adapters.sources.http", "adapters.sources.feeds"),
    *("adapters.sources.huggingface", "adapters.sources.crossref", "adapters.sources.openalex"),
    *("adapters.sources.biorxiv", "adapters.sources.fulltext.arxiv"),
    *("httpcore", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "adapters.jobs.postgresql"),
    *("core.choose.profile.because", "adapters.chat.terminal.client"),
)
#: what TLS trusts, which is read from the disk: no journey names other certificates
_AUTHORITIES: Final = (("adapters.sources.http.client", "authorities"), ("adapters.chat.telegram.api", "_authorities"))
#: a socket that comes on its standard input gets a fork of its own, which tells its pid there. Orders come by that one,
#: each a line with the three streams of the command; the fork answers pid and exit code
_SERVE: Final = """
import gc, importlib, json, os, runpy, signal, socket, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
for name, read in json.loads(sys.argv[2]):
    getattr(sys.modules[name], read)()
gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
births = socket.socket(fileno=0)
while True:
    line, numbers, *_ = socket.recv_fds(births, 1, 1)
    if not line:
        sys.exit()
    if not os.fork():
        break
    os.close(numbers[0])
births.detach()
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
os.setsid()
orders = socket.socket(fileno=numbers[0])
orders.sendall(b"%d\\n" % os.getpid())
while True:
    line, streams, *_ = socket.recv_fds(orders, 65536, 3)
    while line and not line.endswith(b"\\n"):
        line += orders.recv(65536)
    if not line:
        break
    child = os.fork()
    if child:
        for stream in streams:
            os.close(stream)
        orders.sendall(b"%d\\n" % child)
        _, status = os.waitpid(child, 0)
        orders.sendall(b"%d\\n" % os.waitstatus_to_exitcode(status))
        continue
    order = json.loads(line)
    for number, (name, stream) in enumerate(zip(("stdin", "stdout", "stderr"), streams)):
        os.dup2(stream, number)
        os.close(stream)
        if os.isatty(number):
            setattr(sys, name, open(number, "w" if number else "r", buffering=1, closefd=False))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
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


class Command:
    """One process of the program; as `subprocess.Popen` is, as far as the tests need it."""

    def __init__(self, python: Warm, pid: int, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self._python = python
        self.pid = pid
        self.stdout = out
        self.stderr = err
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = self._python.answer(timeout)
            _idle[self._python.path].append(self._python)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, from any thread; nothing where it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it, whatever it does."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; all that it printed on stdout and stderr and nobody has read."""
        heard = ["", ""]

        def hear(number: int, stream: IO[str]) -> None:
            with stream:
                heard[number] = stream.read()

        streams = [(number, one) for number, one in enumerate((self.stdout, self.stderr)) if one and not one.closed]
        ears = [threading.Thread(target=hear, args=one, daemon=True) for one in streams]
        for ear in ears:
            ear.start()
        self.wait(timeout)
        for ear in ears:
            ear.join(timeout)
        return heard[0], heard[1]


class Loaded:
    """The Python that loads the modules from a PYTHONPATH, and forks those that run commands."""

    def __init__(self, path: str) -> None:
        ours = os.environ.items()  # noqa: TID251 - as in `paperboy`
        # a width that is known when the program is loaded would be that of all its commands
        set_by_commands = ("PYTHONUNBUFFERED", "COLUMNS", "LINES")
        inherited = {k: v for k, v in ours if not k.upper().startswith("PAPERBOY_") and k not in set_by_commands}
        self._births, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, json.dumps(_MODULES), json.dumps(_AUTHORITIES)],
                cwd=path.partition(os.pathsep)[0],
                env={**inherited, "PYTHONPATH": path},
                stdin=theirs,
                start_new_session=True,
            )

    def fork(self, orders: socket.socket) -> None:
        """Another one, which takes orders by this socket."""
        socket.send_fds(self._births, [b"1"], [orders.fileno()])

    def close(self) -> None:
        """End it; its forks go on."""
        self._process.kill()
        self._process.wait()
        self._births.close()


class Warm:
    """A fork of it; its commands run one after another."""

    def __init__(self, path: str, loaded: Loaded) -> None:
        self.path = path
        self._heard = b""
        self._orders, theirs = socket.socketpair()
        with theirs:
            loaded.fork(theirs)
        self._pid = self.answer(120)

    def begin(
        self, arguments: Sequence[str], streams: Sequence[int], *, home: Path, environment: dict[str, str]
    ) -> int:
        """Start a command with these three standard streams; its pid."""
        order = {"arguments": arguments, "home": str(home), "environment": environment}
        line = json.dumps(order).encode() + b"\n"
        sent = socket.send_fds(self._orders, [line], streams)
        self._orders.sendall(line[sent:])
        return self.answer(60)

    def answer(self, timeout: float | None) -> int:
        """The next number that it tells. Raises subprocess.TimeoutExpired."""
        end = None if timeout is None else monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._orders, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                left = None if end is None else max(0.0, end - monotonic())
                if not selector.select(left):
                    raise subprocess.TimeoutExpired("paperboy", timeout or 0.0)
                read = self._orders.recv(65_536)
                assert read, "the Python that runs commands has ended"
                self._heard += read
        number, _, self._heard = self._heard.partition(b"\n")
        return int(number)

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
        with TemporaryFile() as said, TemporaryFile() as out, TemporaryFile() as err:
            said.write(stdin.encode())
            said.seek(0)
            streams = [one.fileno() for one in (said, out, err)]
            on_start(self.begin(arguments, streams, home=home, environment=environment))
            code = self.answer(timeout)
            out.seek(0)
            err.seek(0)
            return code, out.read().decode("utf-8"), err.read().decode("utf-8")

    def close(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        self._orders.close()


#: each by its PYTHONPATH
_idle: Final[defaultdict[str, list[Warm]]] = defaultdict(list)
_loaded: Final[dict[str, Loaded]] = {}
_loading: Final = threading.Lock()


def stop_idle() -> None:
    """End those that are kept for others."""
    for python in (*chain.from_iterable(_idle.values()), *_loaded.values()):
        python.close()
    _idle.clear()
    _loaded.clear()


def _free(path: str) -> Warm:
    """One of this PYTHONPATH that nobody uses, new if need be; any thread may ask."""
    with _loading:
        if _idle[path]:
            return _idle[path].pop()
        if path not in _loaded:
            _loaded[path] = Loaded(path)
        return Warm(path, _loaded[path])


def start(
    arguments: Sequence[str],
    *,
    home: Path,
    environment: dict[str, str],
    streams: Sequence[int] | None = None,
) -> Command:
    """Start a command and leave it running, with these three streams, or without input and with its output in pipes."""
    python = _free(environment["PYTHONPATH"])
    if streams is not None:
        return Command(python, python.begin(arguments, streams, home=home, environment=environment))
    (out, to_out), (err, to_err) = os.pipe(), os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        pid = python.begin(arguments, [nothing, to_out, to_err], home=home, environment=environment)
    finally:
        for stream in (nothing, to_out, to_err):
            os.close(stream)
    return Command(python, pid, os.fdopen(out, encoding="utf-8"), os.fdopen(err, encoding="utf-8"))


@contextmanager
def warm(path: str) -> Iterator[Warm]:
    """One that nobody else uses meanwhile; whichever thread asks, they are kept for the next one."""
    python = _free(path)
    try:
        yield python
    except BaseException:
        python.close()
        raise
    _idle[path].append(python)
