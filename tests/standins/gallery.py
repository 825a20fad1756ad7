"""Every kind of message on one page, as each platform shows it: `python -m tests.standins.gallery OUT.html`.

The real program serves the three stand-ins and a terminal with a recorded day of arXiv, people ask it for everything,
and the page has what they then see side by side. For whoever changes a message and wants to look at it. It needs
../shared.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from html import escape
from itertools import chain
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from tests.journeys.newcomer import Newcomer, Shown
from tests.journeys.newcomers import DiscordNewcomer, SlackNewcomer, TelegramNewcomer, TerminalNewcomer
from tests.journeys.paperboy import Paperboy
from tests.replay import ORDINARY_DAY, QUIET_DAY, Replay
from tests.standins import drawing
from tests.standins.slack_messages import blocks_of

#: seconds without news after which all is said, and that a step takes at most
_QUIET_S: Final = 1.5
_LONGEST_S: Final = 30.0
_WORKING: Final = "Working on it…"
_PAPER: Final = "2602.03203"
#: where nobody answers
_NOWHERE: Final = "http://127.0.0.1:9"
_STYLE: Final = """body{font-family:"Noto Sans",sans-serif;margin:8px;background:#eee}
h2.kind{margin:18px 0 4px;font-size:15px}
.columns{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:8px;align-items:start}
.columns>div{padding:6px;overflow-wrap:anywhere;min-width:0}"""

Step = Callable[[Newcomer], None]


def typed(*lines: str) -> Step:
    """Type commands, one after another."""

    def step(person: Newcomer) -> None:
        for line in lines:
            person.types(line)

    return step


def pressed(label: str) -> Step:
    """Press the newest button that is called so, where there is one."""

    def step(person: Newcomer) -> None:
        for shown in reversed(person.messages()):
            if label in shown.buttons:
                person.presses(shown, label)
                return

    return step


def at_card(act: Callable[[Newcomer, Shown], None]) -> Step:
    """Do something with the first message of a paper's own."""

    def step(person: Newcomer) -> None:
        alone = str(TelegramNewcomer.person)
        cards = [one for one in person.messages() if "🔖 Bookmark" in one.buttons and one.parent and one.place != alone]
        if cards:
            act(person, cards[0])

    return step


#: what is done, in order, and what it shows
STEPS: Final[Sequence[tuple[str, Step]]] = (
    ("help", typed("help")),
    ("help on one command", typed("help search")),
    ("mistakes", typed("subscribe", "serch graph nets", "paper bookmark", "search since:never", "paper 9999.99999")),
    ("preview before saving", typed("subscribe language models that reason, no surveys, weekdays at nine in cs.CL")),
    ("saved", pressed("Save")),
    ("subscribed by a name", typed("subscribe computer vision")),
    ("subscribed", typed("subscribe cs.CL")),
    ("settings", typed("settings")),
    ("a change", typed("settings size 4")),
    ("undone", pressed("Undo")),
    ("the log of changes", typed("settings log")),
    ("too wide?", typed("settings rule the OR a")),
    ("preview of a digest", typed("digest preview")),
    ("digest", typed("digest")),
    ("a first reaction", at_card(lambda person, card: person.saves(card))),
    ("question and answer", at_card(lambda person, card: person.asks(card, "what data was used?"))),
    ("card", typed(f"paper {_PAPER}")),
    ("card by words", typed("paper attention is all you need")),
    ("search", typed("search language models reason in:cs.CL since:30d")),
    ("a second page", pressed("More")),
    ("summary of a hit", pressed("Summary 2")),
    ("a search without hits", typed("search zyzzyva quokka")),
    ("reading list", typed("bookmarks")),
    ("the channel's list", typed("bookmarks team")),
    ("a note", typed("bookmarks note 1 compare section 4")),
    ("export", typed("bookmarks export bibtex")),
    ("similar", typed(f"similar {_PAPER}")),
    ("trending", typed("trending")),
    ("authors", typed("authors follow Lee", "authors")),
    ("why", typed(f"why {_PAPER}")),
    ("catch up", typed("digest catchup 7d")),
    ("briefing", typed("brief")),
    ("privacy", typed("privacy", "privacy delete")),
    ("end of the digest", typed("unsubscribe")),
    ("ended", pressed("End the digest")),
    ("a digest without one", typed("digest")),
    ("flood", typed(*["help paper"] * 25)),
)
QUIET_STEPS: Final[Sequence[tuple[str, Step]]] = (
    ("subscribed", typed("subscribe cs.CL")),
    ("quiet day", typed("digest")),
)
FAILURE_STEPS: Final[Sequence[tuple[str, Step]]] = (
    ("subscribed", typed("subscribe cs.AI")),
    ("failure day", typed("digest")),
)


class Gallery:
    """The people on the three platforms, and the page with what they see."""

    def __init__(self) -> None:
        self._slack, self._discord, self._telegram = SlackNewcomer(), DiscordNewcomer(), TelegramNewcomer()
        self._people: tuple[Newcomer, ...] = (self._slack, self._discord, self._telegram)
        self._parts: list[str] = []

    @contextmanager
    def there(self) -> Iterator[dict[str, str]]:
        """All stand-ins are there; the program's settings."""
        with ExitStack() as stack:
            settings: dict[str, str] = {}
            for person in self._people:
                settings |= stack.enter_context(person.there())
            yield settings

    def show(self, paperboy: Paperboy, steps: Sequence[tuple[str, Step]], **variables: str) -> None:
        """Take the steps with a process that serves, and draw what comes of each."""
        with self._slack.serving(paperboy, **variables):
            self._settle([len(person.messages()) for person in self._people], patience_s=4)
            for title, step in steps:
                before = [person.messages() for person in self._people]
                for person in self._people:
                    step(person)
                self._settle([len(one) for one in before])
                self._draw(title, before)

    def _settle(self, counts: Sequence[int], *, patience_s: float = _LONGEST_S) -> None:
        """Wait until something new is there for everybody, and nothing more comes."""
        end, since, seen = time.monotonic() + patience_s, time.monotonic(), ""
        while time.monotonic() < end:
            time.sleep(0.05)
            everything = [person.messages() for person in self._people]
            if (now := repr(everything)) != seen:
                seen, since = now, time.monotonic()
            has_news = all(len(one) > count for one, count in zip(everything, counts, strict=True))
            if any(shown.text == _WORKING for shown in chain(*everything)):
                continue
            if time.monotonic() - since > (_QUIET_S if has_news else 3 * _QUIET_S):
                return

    def _draw(self, title: str, before: Sequence[list[Shown]]) -> None:
        columns = []
        for person, earlier, draw in zip(
            self._people, before, (self._on_slack, self._on_discord, self._on_telegram), strict=True
        ):
            fresh = [one for one in person.messages() if one not in earlier]
            shown = "".join(f'<div class="{"thread" if one.parent else ""}">{draw(one)}</div>' for one in fresh)
            columns.append(f'<div class="{person.channel.partition(":")[0]}">{shown or "—"}</div>')
        self._parts.append(f"<h2 class=kind>{escape(title)}</h2><div class=columns>{''.join(columns)}</div>")

    def _on_slack(self, shown: Shown) -> str:
        if shown.id.startswith("private"):
            said = self._slack.standin.private[int(shown.id.split()[1])]
            return f"<div class=private>{drawing.slack(said.get('text', ''), blocks_of(said))}</div>"
        (message,) = [one for one in self._slack.standin.messages if one.ts == shown.id]
        return drawing.slack(message.text, message.blocks)

    def _on_discord(self, shown: Shown) -> str:
        standin = self._discord.standin
        message = drawing.discord((standin.messages | standin.alone)[int(shown.id)])
        return f"<div class=private>{message}</div>" if int(shown.id) in standin.alone else message

    def _on_telegram(self, shown: Shown) -> str:
        if not shown.place:
            return f"<div class=toast>{escape(shown.text)}</div>" if shown.text else ""
        message = self._telegram.standin.message_at(int(shown.place), int(shown.id))
        return drawing.telegram(message, f"message {shown.parent}" if shown.parent else "")

    def page(self, more: str) -> str:
        """All of it as HTML."""
        style = _STYLE + drawing.STYLE
        return f"<!doctype html><meta charset=utf-8><style>{style}</style>{''.join(self._parts)}{more}"


def at_terminal(paperboy: Paperboy, lines: Sequence[str]) -> str:
    """A terminal in which these lines are typed, as HTML."""
    person = TerminalNewcomer()
    with person.there(), person.serving(paperboy):
        for line in lines:
            count = len(person.messages())
            person.writes(line)
            end = time.monotonic() + _LONGEST_S
            while len(person.messages()) == count and time.monotonic() < end:
                time.sleep(0.05)
    console = Console(record=True, width=90, file=io.StringIO(), force_terminal=True)
    shown = person.raw_screen().replace("\r", "").replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")
    console.print(Text.from_ansi(shown), soft_wrap=True)
    return f"<h2 class=kind>terminal</h2>{console.export_html(inline_styles=True, code_format='<pre>{code}</pre>')}"


LINES: Final = (
    *("/help", "2", "+🔖 2", "👍 3", "/ask what data was used?", "/bookmarks", "/bookmarks team", "/settings"),
    *("/settings size 5", "/settings undo", "/search language models reason since:30d", "more", "1", "/trending"),
    *("/subscribe language models that reason, no surveys, weekdays at nine", "/why 1", "/brief", "/privacy"),
    *("/bookmarks export bibtex", "/serch graphs", "/paper bookmark", "bookmark", "/unsubscribe"),
)


def main(file: Path) -> None:
    """Write the page."""
    gallery = Gallery()
    with tempfile.TemporaryDirectory() as home, Replay() as replay, gallery.there() as settings:
        arxiv = {
            "PAPERBOY_SOURCES__ARXIV__BASE_URL": replay.url,
            "PAPERBOY_SOURCES__ARXIV__API_BASE_URL": _NOWHERE,
            "PAPERBOY_SOURCES__ARXIV__OAI_BASE_URL": _NOWHERE,
            "PAPERBOY_SOURCES__HUGGINGFACE__BASE_URL": f"{replay.url}/hf",
        }
        now = {"PAPERBOY_CLOCK__NOW": f"{ORDINARY_DAY}T14:00:00+00:00"}
        paperboy = Paperboy(Path(home), settings | arxiv)
        paperboy("ingest", **now)
        gallery.show(paperboy, STEPS, **now)
        replay.set_today(QUIET_DAY)
        quiet = Paperboy(Path(home) / "quiet", settings | arxiv)
        quiet.home.mkdir()
        gallery.show(quiet, QUIET_STEPS, PAPERBOY_CLOCK__NOW=f"{QUIET_DAY}T14:00:00+00:00")
        failure = Paperboy(Path(home) / "failure", settings | {"PAPERBOY_SOURCES__ARXIV__BASE_URL": _NOWHERE})
        failure.home.mkdir()
        gallery.show(failure, FAILURE_STEPS, **now)
        replay.set_today(ORDINARY_DAY)
        alone = Paperboy(Path(home) / "terminal", arxiv | now)
        alone.home.mkdir()
        file.write_text(gallery.page(at_terminal(alone, LINES)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
