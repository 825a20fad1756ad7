"""A process that dies while it posts to Telegram, again and again: nothing is lost, and what is doubled is counted.

Telegram knows no idempotency key and a bot cannot read what it wrote. A message that was accepted and not recorded is
sent once more; this window is one message wide, and the law here is exact about it.
"""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from urllib.request import urlopen

import pytest

from tests.journeys.kills import KILLS, PAPERS, Executioner, ingested, posted_in_spite_of
from tests.journeys.paperboy import Paperboy, until
from tests.soak import kills
from tests.standins.telegram import TOKEN, NeverAccepted, TelegramStandin


class AtAMessage(Executioner):
    """Kills around one of the first messages: before Telegram accepts it, before its answer, or soon after it.

    `doubled` counts the messages by their text that will surely, or perhaps, be there once more.
    """

    def __init__(self, standin: TelegramStandin, chance: random.Random, doubled: dict[str, Counter[str]]) -> None:
        self._when = chance.choice(["unaccepted", "unanswered", "answered"])
        self._standin = standin
        self._doubled = doubled
        self._at = len(standin.messages) + chance.randint(0, 3)
        self._delay_s = chance.uniform(0, 0.02)
        standin.before_message, standin.after_message = self._before, self._after

    def _before(self, number: int) -> None:
        if (number, self._when) == (self._at, "unaccepted"):
            self.strike()
            raise NeverAccepted

    def _after(self, number: int) -> None:
        if (number, self._when) == (self._at, "unanswered"):
            self.strike()
            raise NeverAccepted
        if (number, self._when) == (self._at, "answered"):
            threading.Timer(self._delay_s, self.strike).start()

    def leave(self, *, struck: bool) -> None:
        with urlopen(f"{self._standin.url}/bot{TOKEN}/getMe", data=b"", timeout=60):
            pass  # what the dead process had sent before is through now
        self._standin.before_message = self._standin.after_message = lambda _: None
        if struck and self._when in self._doubled:
            self._doubled[self._when][self._standin.messages[-1].text] += 1


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
        ingested(paperboy)
        while done < KILLS:
            chat -= 1
            done += kill_and_check(paperboy, standin, chat, chance, KILLS - done)


def kill_and_check(paperboy: Paperboy, standin: TelegramStandin, chat: int, chance: random.Random, most: int) -> int:
    """One digest in a chat of its own; how often it was interrupted."""
    surely: Counter[str] = Counter()
    perhaps: Counter[str] = Counter()
    doubled = {"unanswered": surely, "answered": perhaps}
    kills = posted_in_spite_of(paperboy, f"telegram:{chat}", most, lambda: AtAMessage(standin, chance, doubled))
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


#: processes that die with reactions in work; `make soak` asks for hundreds
REACTION_KILLS = kills(3)
#: reactions between two kills: more than are in work at a time
BURST = 25


@pytest.mark.slow
def test_kills_lose_no_reaction(paperboy: Paperboy) -> None:
    """Every reaction that Telegram handed out counts in the end, however often the process died with some in work."""
    chance = random.Random(9)
    with TelegramStandin().running() as standin:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": standin.url,
            "PAPERBOY_TELEGRAM__PACE_S": "0",
            "PAPERBOY_CLOCK__NOW": "2026-02-04T10:00:00+00:00",
        }
        ingested(paperboy)
        assert paperboy("channels", "add", "telegram:-1000", "--category", "cs.CL").code == 0
        assert paperboy("digest", "telegram:-1000").code == 0
        card = standin.messages[-1].id
        for number in range(REACTION_KILLS):
            react_and_kill(paperboy, standin, card, range(100 + BURST * number, 100 + BURST * (number + 1)), chance)
        process = paperboy.start("run")
        try:
            until(lambda: count(paperboy, "bookmarks") == BURST * REACTION_KILLS, process)
            until(lambda: count(paperboy, "updates WHERE NOT done OR content <> ''") == 0, process)
        finally:
            process.kill()
            process.communicate(timeout=60)


def react_and_kill(
    paperboy: Paperboy, standin: TelegramStandin, card: int, people: range, chance: random.Random
) -> None:
    """A process serves the chat; people react all at once, and soon after it dies."""
    polls = len(standin.requests("getUpdates"))
    process = paperboy.start("run")
    until(lambda: len(standin.requests("getUpdates")) > polls, process)
    for person in people:
        standin.reacts(("✍",), chat=-1000, message=card, user=person)
    threading.Timer(chance.uniform(0, 0.2), process.kill).start()
    process.communicate(timeout=60)


def count(paperboy: Paperboy, what: str) -> int:
    """Rows in the database."""
    with closing(sqlite3.connect(paperboy.database, timeout=60)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])
