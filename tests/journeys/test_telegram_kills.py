"""A process that dies while it posts to Telegram, again and again: nothing is lost, and what is doubled is counted.

Telegram knows no idempotency key and a bot cannot read what it wrote. A message that was accepted and not recorded is
sent once more; this window is one message wide, and the law here is exact about it.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy
from tests.standins.telegram import TOKEN, NeverAccepted, TelegramStandin

#: `make soak` asks for hundreds
KILLS = int(os.environ.get("PAPERBOY_TEST_KILLS", "20"))  # noqa: TID251 - a switch of the tests, no setting of ours
PAPERS = 8
MORNING = datetime(2026, 2, 4, 10, 0, tzinfo=UTC)


class Executioner:
    """Kills a process around its n-th message: before Telegram accepts it, before its answer, or soon after it."""

    def __init__(self, standin: TelegramStandin, chance: random.Random) -> None:
        self.when = chance.choice(["unaccepted", "unanswered", "answered"])
        self.pid = 0
        self._standin = standin
        self._at = len(standin.messages) + chance.randint(0, 3)
        self._delay_s = chance.uniform(0, 0.02)
        standin.before_message, standin.after_message = self._before, self._after

    def _before(self, number: int) -> None:
        if (number, self.when) == (self._at, "unaccepted"):
            self._kill()
            raise NeverAccepted

    def _after(self, number: int) -> None:
        if (number, self.when) == (self._at, "unanswered"):
            self._kill()
            raise NeverAccepted
        if (number, self.when) == (self._at, "answered"):
            threading.Timer(self._delay_s, self._kill).start()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):  # it was through before the time was up
            os.kill(self.pid, signal.SIGKILL)


@pytest.mark.slow
def test_kills_lose_nothing_and_double_what_telegram_cannot_tell(paperboy: Paperboy) -> None:
    """Before it is accepted a kill doubles nothing; before its answer, that message alone; later, at most that one."""
    chance = random.Random(20260204)
    done, chat = 0, -1000
    with TelegramStandin().running() as standin:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": standin.url,
            "PAPERBOY_TELEGRAM__PACE_S": "0",
        }
        now = {"PAPERBOY_CLOCK__NOW": MORNING.isoformat()}
        ingested = paperboy("ingest", "--file", str(a_feed(paperboy.home, PAPERS)), "--format", "arxiv-rss", **now)
        assert ingested.code == 0, ingested.err
        while done < KILLS:
            chat -= 1
            done += kill_and_go_on(paperboy, standin, chat, chance, KILLS - done)


def kill_and_go_on(paperboy: Paperboy, standin: TelegramStandin, chat: int, chance: random.Random, most: int) -> int:
    """One digest in a chat of its own, interrupted until it is through; how often that was."""
    channel = f"telegram:{chat}"
    added = paperboy("channels", "add", channel, "--category", "cs.CL", "--size", str(PAPERS))
    assert added.code == 0, added.err
    moment, kills = MORNING, 0
    surely: Counter[str] = Counter()
    perhaps: Counter[str] = Counter()
    while kills < most:
        executioner = Executioner(standin, chance)
        process = paperboy.start("digest", channel, PAPERBOY_CLOCK__NOW=moment.isoformat())
        executioner.pid = process.pid
        _, complaint = process.communicate(timeout=60)
        moment += timedelta(minutes=2)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, complaint
        kills += 1
        if executioner.when == "unanswered":
            surely[standin.messages[-1].text] += 1
        elif executioner.when == "answered":
            perhaps[standin.messages[-1].text] += 1
    standin.before_message = standin.after_message = lambda _: None
    last = paperboy("digest", channel, "--json", PAPERBOY_CLOCK__NOW=moment.isoformat())
    assert last.code == 0, last.err
    assert "posted" in last.json["state"]
    check(standin, chat, surely, perhaps)
    return kills


def check(standin: TelegramStandin, chat: int, surely: Counter[str], perhaps: Counter[str]) -> None:
    """The digest and each paper are there, as often as the kills explain."""
    posted = [one for one in standin.messages if one.chat == chat]
    times = Counter(one.text for one in posted)
    assert len(times) == PAPERS + 1
    for text, found in times.items():
        assert 1 + surely[text] <= found <= 1 + surely[text] + perhaps[text]
    parents = {one.id for one in posted if one.reply_to is None}
    assert {one.reply_to for one in posted if one.reply_to is not None} <= parents
