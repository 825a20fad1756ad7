"""The replay server of ../shared as a context manager: real days of arXiv on loopback, with faults on demand."""

from __future__ import annotations

import atexit
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import SystemRandom
from shutil import rmtree
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Final, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.shared import SHARED, require_shared

#: the recorded year
RECORDED = SHARED / "data" / "replay"
#: the months of it that a server has if it is told no other directory: a year takes seconds to read, and long to search
MONTHS: Final = ("2025-12", "2026-01", "2026-02")
#: below those that systems hand out by themselves
_PORTS = range(20_000, 32_000)
#: for one answer, in seconds: its first search of a recorded year takes long where everything is busy
_PATIENCE_S = 300.0
#: a day with a listing that every part of the recorded year surrounds
ORDINARY_DAY = "2026-02-04"
#: a weekday without a listing
QUIET_DAY = "2026-02-03"


class Replay:
    """One server process; `with Replay(today="2026-02-04") as replay:`. Every call blocks for a moment on loopback.

    `data` is a directory laid out like the recorded one, `RECORDED`; entered again, it reads that anew. A server of the
    `MONTHS`, the default, is used again, as new but for what it has read.
    """

    def __init__(self, today: str = ORDINARY_DAY, *, strict_pace_s: float = 0.0, data: Path | None = None) -> None:
        self._port = _free_port()
        self._today = today
        self._is_shared = data is None and not strict_pace_s
        self._data = data
        self._options = ["--today", today, "--port", str(self._port), "--strict-pace", str(strict_pace_s)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The base URL of every service: `<url>/rss/cs.CL`, `<url>/atom/cs.CL`, `<url>/api/query`, `<url>/hf`, ..."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        require_shared()
        if self._is_shared and _idle:
            self._process, self._port = _idle.pop()
            self.set_today(self._today)
            return self
        self._process = subprocess.Popen(
            [sys.executable, "replay.py", "--data", str(self._data or _few_months()), *self._options],
            cwd=SHARED / "tools" / "replay",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_up()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shared and self._process and self._process.poll() is None:
            self.clear_faults()
            self.clear_log()
            _idle.append((self._process, self._port))
        else:
            self._stop()

    def set_today(self, day: str) -> None:
        """Move every service to another day, of a month that it has."""
        assert not self._is_shared or day >= MONTHS[0], f"{day} is in no month of {MONTHS}: ask for data=RECORDED"
        self._control("POST", "today", {"date": day})

    def truth(self, day: str, categories: Iterable[str]) -> list[str]:
        """The arXiv ids that were announced on a day in any of the categories, in any manner, each once."""
        ids: list[str] = self.announced(day, categories)["ids"]
        return ids

    def announced(self, day: str, categories: Iterable[str]) -> dict[str, Any]:
        """The same in detail: `{"day", "categories": {cs.CL: {new, cross, replace, replace-cross}}, "ids"}`."""
        found: dict[str, Any] = self._control("GET", f"truth?day={day}&cats={','.join(categories)}")
        return found

    def log(self) -> list[dict[str, Any]]:
        """Every request since the start or `clear_log`: `t method path query headers status bytes`."""
        entries: list[dict[str, Any]] = self._control("GET", "log")
        return [
            {**entry, "headers": {name.title(): value for name, value in entry["headers"].items()}} for entry in entries
        ]

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._control("DELETE", "log")

    def fault(self, **spec: Any) -> None:
        """Let something go wrong; the keys are those of tools/replay/README.md: `path_prefix="/rss/cs.AI"`, ..."""
        self._control("POST", "faults", spec)

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self._control("DELETE", "faults")

    def fetch(self, path: str) -> bytes:
        """The body of one answer, asked without manners."""
        with urlopen(f"{self.url}/{path.lstrip('/')}", timeout=_PATIENCE_S) as answer:
            body: bytes = answer.read()
            return body

    def _control(self, method: str, what: str, data: object = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        with urlopen(Request(f"{self.url}/_control/{what}", data=body, method=method), timeout=_PATIENCE_S) as answer:
            return json.load(answer)

    def _wait_until_up(self, patience_s: float = 30.0) -> None:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self._control("GET", "faults")
            except (URLError, OSError):
                if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()  # it keeps nothing, and a delayed answer would make a polite stop slow
            self._process.wait(timeout=10)


#: servers of the few months that nobody uses, with their ports
_idle: Final[list[tuple[subprocess.Popen[bytes], int]]] = []


@cache
def _few_months() -> Path:
    """A directory with the `MONTHS` alone."""
    folder = Path(mkdtemp(prefix="paperboy-replay-"))
    (folder / "arxiv").mkdir()
    for name in ("library", *(f"arxiv-{month}" for month in MONTHS)):
        (folder / "arxiv" / f"{name}.jsonl.gz").symlink_to(RECORDED / "arxiv" / f"{name}.jsonl.gz")
    for name in ("biorxiv", "huggingface"):
        (folder / name).symlink_to(RECORDED / name)
    return folder


@atexit.register
def stop_idle() -> None:
    """Stop the servers that are kept for others."""
    while _idle:
        process, _ = _idle.pop()
        process.kill()
        process.wait(timeout=10)
    if _few_months.cache_info().currsize:
        rmtree(_few_months())
        _few_months.cache_clear()


def _free_port() -> int:
    """One that nobody has, and that nobody is given by chance before the server is up, or between two starts of it."""
    while True:
        port = _PORTS[SystemRandom().randrange(len(_PORTS))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
