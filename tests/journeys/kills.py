"""What the kills of all platforms share: a process that posts one digest, and dies of it as often as it takes.

Each platform brings an executioner, which waits at the stand-in for its moment, and looks in the end at what the
channel sees. The stand-in is in this process: it outlives those that are killed.
"""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy
from tests.journeys.warm import warm
from tests.soak import kills

#: `make soak` asks for hundreds
KILLS = kills(6)
#: in the digest; each is a message of its own
PAPERS = 8
_MORNING = datetime(2026, 2, 4, 10, 0, tzinfo=UTC)


class Executioner(ABC):
    """Waits for a moment in the life of one process, and ends it there."""

    pid = 0

    def strike(self) -> None:
        """The moment has come."""
        with suppress(ProcessLookupError):  # it was through before
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)

    @abstractmethod
    def leave(self, *, struck: bool) -> None:
        """The process has ended, killed or not; wait for no other."""


def ingested(paperboy: Paperboy) -> None:
    """A morning's papers are in the store, all of them news for cs.CL."""
    feed = str(a_feed(paperboy.home, PAPERS))
    ran = paperboy("ingest", "--file", feed, "--format", "arxiv-rss", PAPERBOY_CLOCK__NOW=_MORNING.isoformat())
    assert ran.code == 0, ran.err


def posted_in_spite_of(paperboy: Paperboy, channel: str, most: int, executioner: Callable[[], Executioner]) -> int:
    """One digest in a channel of its own, killed up to `most` times and then left to end; how often that was."""
    added = paperboy("channels", "add", channel, "--category", "cs.CL", "--size", str(PAPERS))
    assert added.code == 0, added.err
    moment, kills = _MORNING, 0
    while kills < most and is_killed(paperboy, channel, moment, executioner()):
        kills += 1
        moment += timedelta(minutes=2)
    last = paperboy("digest", channel, "--json", PAPERBOY_CLOCK__NOW=(moment + timedelta(minutes=2)).isoformat())
    assert last.code == 0, last.err
    assert "posted" in last.json["state"]
    return kills


def is_killed(paperboy: Paperboy, channel: str, moment: datetime, executioner: Executioner) -> bool:
    """Post the digest, or what is left of it; False where the process came to its end."""

    def begin(pid: int) -> None:
        executioner.pid = pid

    environment = paperboy.environment(PAPERBOY_CLOCK__NOW=moment.isoformat())
    with warm(environment["PYTHONPATH"]) as python:
        code, _, complaint = python.run(
            ("digest", channel), home=paperboy.home, environment=environment, on_start=begin
        )
    assert code in (0, -signal.SIGKILL), complaint
    executioner.leave(struck=code != 0)
    return code != 0
