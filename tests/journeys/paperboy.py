"""The program as a stranger uses it: `python -m bot` in a place of its own, with nothing set but what the test sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.signals import in_foreground
from tests.journeys.warm import Command, start, warm

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Paperboy:
    """A place with a database, in which commands are run one after another."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """How the program is called."""
        return [sys.executable, "-m", "bot"]

    @property
    def database(self) -> Path:
        """Where its database lies unless a test moves it."""
        return self.home / "data" / "paperboy.db"

    def environment(self, **variables: str) -> dict[str, str]:
        """Ours without any setting of the person who runs the tests, buffered as in a shell, and the place's own."""
        ours = os.environ.items()  # noqa: TID251 - the environment of the child process is made from ours
        inherited = {k: v for k, v in ours if not k.upper().startswith("PAPERBOY_") and k != "PYTHONUNBUFFERED"}
        settings = {"PAPERBOY_DATABASE_URL": f"sqlite:///{self.database}", "PAPERBOY_SOURCES__ARXIV__PACE_S": "0"}
        return {**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **settings, **self.variables, **variables}

    def __call__(self, *arguments: str, stdin: str = "", timeout: float = 120, **variables: str) -> Ran:
        """Run one command to its end."""
        environment = self.environment(**variables)
        with warm(environment["PYTHONPATH"]) as python:
            code, out, err = python.run(
                arguments, home=self.home, environment=environment, stdin=stdin, timeout=timeout
            )
        return Ran(code=code, out=out, err=err)

    def start(self, *arguments: str, **variables: str) -> Command:
        """Start a command and leave it running; it takes signals as in a person's shell."""
        return start(arguments, home=self.home, environment=self.environment(**variables))

    def start_cold(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The same in a Python that has loaded nothing before."""
        return subprocess.Popen(
            in_foreground(*self.command, *arguments),
            cwd=self.home,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def until(what: Callable[[], object], process: Command, longest_s: float = 180) -> None:
    """Wait for something that the other process does."""
    end = time.monotonic() + longest_s
    while not what():
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
