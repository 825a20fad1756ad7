"""A newcomer's two days with Paperboy, told once for all platforms: from the first subscription until nothing is left.

`journey` tells the steps and what the person must see after each. A platform's `Newcomer` says how a step is done
there; `tests.journeys.newcomers` has the four of them.
"""

from __future__ import annotations

import signal
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import date

import bibtexparser

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy, until
from tests.journeys.warm import Command

#: the second one is after the hour of the digests
MORNING, NEXT_MORNING = "2026-02-04T10:00:00+00:00", "2026-02-05T11:00:00+00:00"
#: what one step may take on a busy machine, in seconds
LONGEST_S = 60.0
#: the paper that is kept
TITLE, ID = "An Invented Paper, Number 2", "2602.00002"
#: what no other paper's text says
CLAIM = "We invent the 2th paper."


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message as the person sees it."""

    #: as the stand-in calls it
    id: str
    text: str
    #: the room, chat or channel that it is in
    place: str
    #: the message, or the thread, that it hangs from; empty for none
    parent: str = ""
    #: labels
    buttons: tuple[str, ...] = ()


class Newcomer(ABC):
    """A person on a platform, who may set the channel up."""

    #: of the newcomer, and one that somebody else reads; empty where there is none
    channel: str
    other_channel: str
    #: where that channel's messages are, as `Shown` tells it
    place: str
    #: the person in the channel's list
    name: str

    @abstractmethod
    def there(self) -> AbstractContextManager[dict[str, str]]:
        """The stand-in is there until the end of the block, which fails where it complains; the program's settings."""

    @contextmanager
    def serving(self, paperboy: Paperboy, **variables: str) -> Iterator[Command]:
        """The program serves until the end of the block, and stops in order."""
        process = paperboy.start("run", **variables)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            _, complaint = process.communicate(timeout=60)
            assert process.returncode == 0, complaint
        finally:
            process.kill()
            process.communicate()

    @abstractmethod
    def messages(self) -> list[Shown]:
        """All that the person can read now."""

    @abstractmethod
    def files(self) -> list[tuple[str, str]]:
        """All files that came: name and content."""

    @abstractmethod
    def types(self, line: str) -> None:
        """Type a command: `digest`."""

    @abstractmethod
    def presses(self, shown: Shown, label: str) -> None:
        """Press a button of a message."""

    @abstractmethod
    def saves(self, card: Shown) -> None:
        """Put a bookmark on a paper's message, for all to see."""

    @abstractmethod
    def asks(self, card: Shown, question: str) -> None:
        """Ask in the thread of a paper's message."""

    def card_in(self, sight: Sight) -> Shown:
        """The message of the paper's own below the digest that was just seen."""
        return sight.more(TITLE, f"arxiv:{ID}")

    def card_to_ask_at(self, card: Shown, sight: Sight) -> Shown:
        """The paper's message in whose thread one asks: the digest's, unless that has no thread of its own."""
        return card

    def is_in_thread(self, below: Shown, above: Shown) -> bool:
        """Does a message stand where a reply to another one belongs?"""
        return below.parent in (above.id, above.parent)

    def other_digest(self, sight: Sight) -> Shown:
        """The digest that came to the other channel: by then the own one would have come."""
        return sight.more("2 new papers in cs.CL")

    def subscribes(self) -> None:
        """Subscribe to cs.CL."""
        self.types("subscribe cs.CL")

    def sets(self, name: str, value: str) -> None:
        """Change a setting of the digest."""
        self.types(f"settings {name} {value}")

    def lists(self, of: str = "") -> None:
        """Ask for the own reading list, or for the `team`'s."""
        self.types(f"bookmarks {of}".rstrip())

    def searches(self, words: str) -> None:
        """Search, so that all see it where others are."""
        self.types(f"search {words}")

    def picked_card(self, hits: Shown, sight: Sight) -> Shown:
        """The card of the second hit, which is the paper, as its button brings it to who pressed, and then shared."""
        card = sight.after(lambda: self.presses(hits, "Summary 2"), TITLE, CLAIM, f"arxiv:{ID}")
        return sight.after(lambda: self.presses(card, "Share"), TITLE, CLAIM, f"arxiv:{ID}")

    def exports(self, own_list: Shown) -> None:
        """Have the own list as a file."""
        self.presses(own_list, "BibTeX")


class Sight:
    """What a person sees, step by step."""

    def __init__(self, person: Newcomer, paperboy: Paperboy) -> None:
        self._person = person
        self._paperboy = paperboy
        self._process: Command
        self._before: list[Shown]

    @contextmanager
    def serving(self, now: str) -> Iterator[None]:
        """The program serves from that moment on, until the end of the block."""
        self._before = self._person.messages()
        with self._person.serving(self._paperboy, PAPERBOY_CLOCK__NOW=now) as self._process:
            yield

    def after(self, step: Callable[[], None], *words: str) -> Shown:
        """Take a step; the message with all these words that comes of it."""
        self._before = self._person.messages()
        step()
        return self.more(*words)

    def more(self, *words: str) -> Shown:
        """The newest message with all these words that has come of the last step."""
        found: list[Shown] = []

        def look() -> bool:
            found[:] = [one for one in self.fresh() if all(word in " ".join(one.text.split()) for word in words)]
            return bool(found)

        try:
            self.wait(look)
        except AssertionError as error:
            raise AssertionError(f"{words} in none of {self.fresh()}") from error
        return found[-1]

    def wait(self, what: Callable[[], object]) -> None:
        """Wait until something is so."""
        until(what, self._process, longest_s=LONGEST_S)

    def fresh(self) -> list[Shown]:
        """What has come, or became another, since the last step began."""
        return [one for one in self._person.messages() if one not in self._before]


def journey(person: Newcomer, paperboy: Paperboy) -> None:
    """Subscribe, read, save, ask, search, export and leave on the first day; be forgotten on the second one."""
    sight = Sight(person, paperboy)
    with person.there() as settings:
        paperboy.variables |= settings
        _ingest(paperboy, 3)
        with sight.serving(MORNING):
            _read(person, sight)
            _save_and_ask(person, sight, paperboy)
            _search(person, sight)
            _export(person, sight)
            _leave(person, sight)
        if person.other_channel:
            others = ("channels", "add", person.other_channel, "--category", "cs.CL", "--at", "09:00", "--zone", "UTC")
            assert paperboy(*others, "--patience", "0", PAPERBOY_CLOCK__NOW=MORNING).code == 0
        _ingest(paperboy, 2, first=8, day=date(2026, 2, 5))
        with sight.serving(NEXT_MORNING):
            _be_forgotten(person, sight)
    assert _bookmarks(paperboy) == 0


def _read(person: Newcomer, sight: Sight) -> None:
    sight.after(person.subscribes, "cs.CL", "The next digest comes on")
    sight.after(lambda: person.sets("patience", "0"), "set patience: 60 minutes → 0 minutes")
    sight.after(lambda: person.types("digest"), "3 new papers in cs.CL")


def _save_and_ask(person: Newcomer, sight: Sight, paperboy: Paperboy) -> None:
    card = person.card_in(sight)
    person.saves(card)
    sight.wait(lambda: _bookmarks(paperboy))
    team = sight.after(lambda: person.lists("team"), "This channel's reading list (1)", TITLE)
    assert f"saved by {person.name}" in " ".join(team.text.split())
    card = person.card_to_ask_at(card, sight)
    answer = sight.after(lambda: person.asks(card, "what do they invent?"), TITLE, CLAIM, "From the abstract alone")
    assert person.is_in_thread(answer, card)


def _search(person: Newcomer, sight: Sight) -> None:
    hits = sight.after(lambda: person.searches("invented number"), "3 papers for “invented number”")
    card = person.picked_card(hits, sight)
    assert person.is_in_thread(card, hits), (card, hits)


def _export(person: Newcomer, sight: Sight) -> None:
    own = sight.after(person.lists, "Your reading list (1)", TITLE)
    sight.after(lambda: person.exports(own), "Your reading list as BibTeX: 1 paper.")
    sight.wait(person.files)
    ((name, content),) = person.files()
    library = bibtexparser.parse_string(content)
    assert name == "reading-list.bib"
    assert [entry["title"] for entry in library.entries] == [TITLE]
    assert not library.failed_blocks


def _leave(person: Newcomer, sight: Sight) -> None:
    question = sight.after(lambda: person.types("unsubscribe"), "End this channel's digest?")
    sight.after(lambda: person.presses(question, "End the digest"), "ended this channel's digest.")


def _be_forgotten(person: Newcomer, sight: Sight) -> None:
    person.other_digest(sight)
    assert not [one for one in sight.fresh() if one.place == person.place and "new papers" in one.text]
    question = sight.after(lambda: person.types("privacy delete"), "This deletes saved papers (1 open in a channel)")
    sight.after(lambda: person.presses(question, "Delete everything of mine"), "Deleted. Nothing is kept of you")
    sight.after(person.lists, "Your reading list is empty.")


def _ingest(paperboy: Paperboy, papers: int, *, first: int = 1, day: date = date(2026, 2, 4)) -> None:
    feed = a_feed(paperboy.home, papers, first=first, day=day)
    assert paperboy("ingest", "--file", str(feed), "--format", "arxiv-rss").code == 0


def _bookmarks(paperboy: Paperboy) -> int:
    """How many the database holds."""
    with closing(sqlite3.connect(paperboy.database)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM bookmarks").fetchone()
    return int(count)
