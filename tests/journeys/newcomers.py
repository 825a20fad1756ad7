"""A newcomer on each platform: how one subscribes, saves, asks, searches and presses there, and what one then sees.

Each plays a person over a stand-in, which the program reaches by HTTP or, in a terminal, by a pseudo-terminal.
`tests.journeys.newcomer` tells what the four have in common.
"""

from __future__ import annotations

import asyncio
import os
import pty
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tests.journeys.newcomer import CLAIM, ID, TITLE, Newcomer, Shown, Sight
from tests.journeys.paperboy import Paperboy, until
from tests.journeys.warm import Command, start
from tests.standins import discord_words, slack_api, telegram
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_api import TOKEN as DISCORD_TOKEN
from tests.standins.discord_words import words_of
from tests.standins.slack import SlackStandIn
from tests.standins.slack_messages import blocks_of, buttons_of, private_message, whispered
from tests.standins.telegram import TelegramStandin

_ESCAPE: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)|[\r\x01\x02]")


class SlackNewcomer(Newcomer):
    """Types `/paper`, mentions the bot in threads, presses buttons, reacts."""

    channel = f"slack:{slack_api.TEAM}/{slack_api.CHANNEL}"
    other_channel = f"slack:{slack_api.TEAM}/C0OTHER"
    place = slack_api.CHANNEL
    name = f"@{slack_api.PERSON}"

    def __init__(self) -> None:
        self.standin = SlackStandIn(flags={"is_admin"}, joined={slack_api.CHANNEL, slack_api.DIRECT, "C0OTHER"})

    @contextmanager
    def there(self) -> Iterator[dict[str, str]]:
        with self.standin:
            yield {
                "PAPERBOY_SLACK__BOT_TOKEN": slack_api.BOT_TOKEN,
                "PAPERBOY_SLACK__APP_TOKEN": slack_api.APP_TOKEN,
                "PAPERBOY_SLACK__API_BASE_URL": self.standin.url,
                "PAPERBOY_SLACK__PACE_S": "0",
            }
        assert not self.standin.violations

    def messages(self) -> list[Shown]:
        open_ones = [
            Shown(
                id=one.ts,
                text=one.visible_text,
                parent=one.thread_ts or "",
                buttons=tuple(button["text"]["text"] for button in buttons_of(one)),
                place=one.channel,
            )
            for one in list(self.standin.messages)
        ]
        return open_ones + [
            Shown(
                id=f"private {number}",
                text=whispered(one),
                parent=one.get("thread_ts", ""),
                buttons=_slack_labels(one),
                place=slack_api.CHANNEL,
            )
            for number, one in enumerate(list(self.standin.private))
        ]

    def files(self) -> list[tuple[str, str]]:
        return [(name, content.decode()) for _, _, name, content in self.standin.files]

    def types(self, line: str) -> None:
        asyncio.run(self.standin.slash("/paper", line))

    def presses(self, shown: Shown, label: str) -> None:
        if shown.id.startswith("private"):
            said = self.standin.private[int(shown.id.split()[1])]
            asyncio.run(self.standin.press(private_message(said, slack_api.CHANNEL, self.standin.next_ts()), label))
            return
        (message,) = [one for one in self.standin.messages if one.ts == shown.id]
        asyncio.run(self.standin.press(message, label))

    def saves(self, card: Shown) -> None:
        asyncio.run(self.standin.react(card.id, "bookmark"))

    def card_to_ask_at(self, card: Shown, sight: Sight) -> Shown:
        return sight.after(lambda: self.types(ID), TITLE, "🔖 1")

    def asks(self, card: Shown, question: str) -> None:
        asyncio.run(self.standin.mention(question, thread=card.id))

    def searches(self, words: str) -> None:
        asyncio.run(self.standin.mention(f"search {words}"))


def _slack_labels(said: dict[str, object]) -> tuple[str, ...]:
    rows = (block for block in blocks_of(said) if block["type"] == "actions")
    return tuple(one["text"]["text"] for row in rows for one in row["elements"])


class DiscordNewcomer(Newcomer):
    """Uses slash commands, whose options complete, presses buttons, reacts, and writes in threads."""

    channel = f"discord:{discord_words.GUILD}/{discord_words.CHANNEL}"
    other_channel = f"discord:{discord_words.GUILD}/{discord_words.OTHER_CHANNEL}"
    place = str(discord_words.CHANNEL)
    name = f"<@{discord_words.PERSON}>"

    def __init__(self) -> None:
        self.standin = DiscordStandIn()

    @contextmanager
    def there(self) -> Iterator[dict[str, str]]:
        with self.standin:
            yield {
                "PAPERBOY_DISCORD__TOKEN": DISCORD_TOKEN,
                "PAPERBOY_DISCORD__API_BASE_URL": self.standin.api,
                "PAPERBOY_DISCORD__GATEWAY_URL": self.standin.gateway,
            }
        assert not self.standin.complaints

    def messages(self) -> list[Shown]:
        said = dict(self.standin.messages) | dict(self.standin.alone)
        return [
            Shown(
                id=one["id"],
                text=words_of(one),
                parent=room if self.standin.rooms[int(room)]["type"] == 11 else "",
                buttons=tuple(button["label"] for row in one["components"] for button in row["components"]),
                place=room,
            )
            for _, one in sorted(said.items())
            if one["author"]["id"] == str(discord_words.BOT)
            for room in [one["channel_id"]]
        ]

    def files(self) -> list[tuple[str, str]]:
        return [(name, content.decode()) for _, name, content in self.standin.files]

    def types(self, line: str) -> None:
        name, _, value = line.partition(" ")
        option = {"paper": "what", "subscribe": "to", "unsubscribe": "from", "privacy": "what"}.get(name, "text")
        self.standin.picks(name, **({option: value} if value else {}))

    def subscribes(self) -> None:
        self.standin.picks("subscribe", to=self._completed("subscribe", "to", "computation", chosen="cs.CL"))

    def sets(self, name: str, value: str) -> None:
        self.standin.picks("settings", name=name, value=value)

    def lists(self, of: str = "") -> None:
        self.standin.picks("bookmarks", **({"list": of} if of else {}))

    def exports(self, own_list: Shown) -> None:
        style = self._completed("bookmarks", "with", "bib", chosen="bibtex", do="export")
        self.standin.picks("bookmarks", do="export", **{"with": style})

    def _completed(self, name: str, option: str, typed: str, /, *, chosen: str, **others: str) -> str:
        """A value that Discord offered to who typed its beginning."""
        interaction = self.standin.interactions[self.standin.typing(name, option, typed, **others)]
        end = time.monotonic() + 30
        while interaction.choices is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert chosen in [one["value"] for one in interaction.choices]
        return chosen

    def presses(self, shown: Shown, label: str) -> None:
        rows = (self.standin.messages | self.standin.alone)[int(shown.id)]["components"]
        (custom_id,) = [one["custom_id"] for row in rows for one in row["components"] if one["label"] == label]
        self.standin.press(int(shown.id), custom_id)

    def saves(self, card: Shown) -> None:
        self.standin.react(int(card.id), "🔖")

    def asks(self, card: Shown, question: str) -> None:
        self.standin.say(question, room=int(card.place), reply_to=int(card.id))

    def card_in(self, sight: Sight) -> Shown:
        card = super().card_in(sight)
        self._thread = int(card.place)
        return card

    def searches(self, words: str) -> None:
        self.standin.say(f"search {words}", room=self._thread)


class TelegramNewcomer(Newcomer):
    """Types commands with the bot's name in a group, replies, presses, reacts."""

    group, other_group, person = -1009, -1010, 7
    channel, other_channel, place = f"telegram:{group}", f"telegram:{other_group}", str(group)
    name = f"Person {person}"

    def __init__(self) -> None:
        self.standin = TelegramStandin()
        self.standin.administrators.add(self.person)

    @contextmanager
    def there(self) -> Iterator[dict[str, str]]:
        with self.standin.running():
            yield {
                "PAPERBOY_TELEGRAM__TOKEN": telegram.TOKEN,
                "PAPERBOY_TELEGRAM__API_BASE_URL": self.standin.url,
                "PAPERBOY_TELEGRAM__PACE_S": "0",
            }

    def messages(self) -> list[Shown]:
        return [
            Shown(
                id=str(one.id),
                text=one.text,
                parent=str(one.reply_to or ""),
                buttons=tuple(button["text"] for button in one.buttons),
                place=str(one.chat),
            )
            for one in list(self.standin.messages)
            if not one.deleted
        ] + [Shown(id=query, text=words, place="") for query, words in list(self.standin.notices.items())]

    def files(self) -> list[tuple[str, str]]:
        return [(name, content.decode()) for _, name, content in self.standin.files]

    def types(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        self.standin.types(f"/{name}@paperboy_bot {rest}".rstrip(), chat=self.group)

    def presses(self, shown: Shown, label: str) -> None:
        self.standin.presses(int(shown.place), int(shown.id), button=shown.buttons.index(label))

    def saves(self, card: Shown) -> None:
        self.standin.reacts(("✍",), chat=self.group, message=int(card.id))

    def asks(self, card: Shown, question: str) -> None:
        self.standin.types(f"@paperboy_bot {question}", chat=self.group, reply_to=int(card.id))

    def is_in_thread(self, below: Shown, above: Shown) -> bool:
        """An answer replies to its question; what a button brings is for its presser alone."""
        return below.place == str(self.person) or bool(below.parent)

    def picked_card(self, hits: Shown, sight: Sight) -> Shown:
        return sight.after(lambda: self.presses(hits, "Summary 2"), TITLE, CLAIM)


class TerminalNewcomer(Newcomer):
    """Types lines, and reads what stands between them; what was pressed elsewhere is typed here."""

    channel, other_channel, place, name = "terminal:main", "", "main", "you"

    def __init__(self) -> None:
        self._screen = bytearray()
        self._keyboard = -1

    @contextmanager
    def there(self) -> Iterator[dict[str, str]]:
        yield {}

    @contextmanager
    def serving(self, paperboy: Paperboy, **variables: str) -> Iterator[Command]:
        ours, theirs = pty.openpty()
        self._keyboard, self._screen = ours, bytearray()
        streams = (theirs, theirs, theirs)
        environment = paperboy.environment(**variables, TERM="xterm-256color", LINES="60")
        process = start(("run",), home=paperboy.home, environment=environment, streams=streams)
        os.close(theirs)
        reading = threading.Thread(target=self._reads, args=(ours,), daemon=True)
        reading.start()
        try:
            until(self.messages, process)
            yield process
            os.write(ours, b"exit\n")
            assert process.wait(60) == 0, self.screen()
        finally:
            process.kill()
            reading.join(10)
            os.close(ours)

    def _reads(self, screen: int) -> None:
        with suppress(OSError):  # the other end is closed
            while read := os.read(screen, 65_536):
                self._screen += read

    def screen(self) -> str:
        """All that was printed, without colours."""
        return _ESCAPE.sub("", self.raw_screen())

    def raw_screen(self) -> str:
        """The same as the terminal gets it."""
        return self._screen.decode(errors="replace")

    def messages(self) -> list[Shown]:
        parts = self.screen().split("paperboy> ")[:-1]  # whoever waits at the prompt has read what is above it
        return [Shown(id=str(number), text=part, place="main") for number, part in enumerate(parts)]

    def files(self) -> list[tuple[str, str]]:
        """What is shown below the word of it."""
        _, _, shown = self.messages()[-1].text.partition("BibTeX: 1 paper.")
        return [("reading-list.bib", shown)]

    def types(self, line: str) -> None:
        self.writes(f"/{line}")

    def writes(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._keyboard, f"{line}\n".encode())

    def presses(self, shown: Shown, label: str) -> None:
        typed = shown.text.partition(f"{label}: ")[2].split("  ")[0].splitlines()[0]
        self.writes(typed.strip())

    def subscribes(self) -> None:
        self.types("subscribe stat.ML")  # a terminal has cs.CL from the beginning

    def card_in(self, sight: Sight) -> Shown:
        return self._opened(sight)

    def _opened(self, sight: Sight) -> Shown:
        return sight.after(lambda: self.writes("2"), f"[2] {TITLE}", CLAIM, f"arxiv:{ID}")

    def is_in_thread(self, below: Shown, above: Shown) -> bool:
        """Everything is below one another."""
        return int(below.id) > int(above.id)

    def other_digest(self, sight: Sight) -> Shown:
        """Nobody else reads here: what comes first is all there is."""
        return sight.more("exit leaves.")

    def picked_card(self, hits: Shown, sight: Sight) -> Shown:
        return self._opened(sight)

    def saves(self, card: Shown) -> None:
        self.writes("+🔖 2")

    def asks(self, card: Shown, question: str) -> None:
        self.types(f"ask {question}")
