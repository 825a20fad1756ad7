"""Text broken into lines and set beside prefixes: numbers, bullets, bars, the gutter of a thread.

Rich breaks lines at spaces alone; Chinese and Japanese have none. Lines are broken here between such characters too,
never before a closing mark, and what is too long for any line is cut between two characters. Measures are in cells:
a wide character takes two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

#: a space at which no line is broken; it is shown as any other
NO_BREAK: Final = "\u00a0"

_IDEOGRAPHS: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_OPENING: Final = "（［｛「『【《〈〔"
_CLOSING: Final = "、。，．：；？！）］｝」』】》〉〕ー々"
#: where a line may not break: inside a word, between an opening mark and what it opens, before a closing mark
_PIECE: Final = re.compile(
    rf"[{_OPENING}]*(?:[{_IDEOGRAPHS}][{_CLOSING},.:;?!)\]}}”’]*|[^\s{_IDEOGRAPHS}]+(?:[\u00a0\u2007\u202f]"
    rf"[^\s{_IDEOGRAPHS}]+)*[{_CLOSING}]*)\s*|\s+"
)
#: for consoles that know no more than ASCII; each as wide as what it stands for
_PLAINER: Final = str.maketrans("│▎─•…–—‘’“”·→✓✗▲★", "||-*.--''\"\".>+x^*")


@dataclass(frozen=True, slots=True)
class Flow:
    """Running text that fills the room it is given."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, each ended."""
        for line in wrap(self.text, options.max_width):
            yield from _segments(line, console, options)
            yield Segment.line()


@dataclass(frozen=True, slots=True)
class PrefixedLines:
    """Something with `first` before its first line and `continuation`, of the same width, before all others."""

    first: Text
    continuation: Text
    inner: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, each ended; an empty line keeps its prefix without the spaces after it."""
        room = max(options.max_width - cell_len(self.first.plain), 1)
        lines = Segment.split_lines(console.render(self.inner, options.update(width=room)))
        for number, line in enumerate(lines):
            yield from _with_prefix(self.continuation if number else self.first, line, console, options)


@dataclass(frozen=True, slots=True)
class Column:
    """A name in a column of `width` cells, which it may fill over several lines, with something to its right.

    Where that would leave too little room, the name stands above.
    """

    name: Text
    width: int
    inner: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, each ended."""
        room = options.max_width - self.width
        if room < self.width:
            yield from Stack((Flow(self.name), indent(self.inner, 2))).__rich_console__(console, options)
            return
        names = self._names()
        lines = Segment.split_lines(console.render(self.inner, options.update(width=room)))
        for name, line in zip_longest(names, lines):
            cell = name.copy() if name else Text("")
            cell.pad_right(self.width - cell_len(cell.plain))
            yield from _with_prefix(cell, line or [], console, options)

    def _names(self) -> list[Text]:
        """The name in one line, or in several with all but the first set in."""
        if cell_len(self.name.plain) < self.width:
            return [self.name]
        first, *more_lines = wrap(self.name, self.width - 3)
        return [first, *(Text.assemble("  ", line) for line in more_lines)]


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A line that is never broken: an address that somebody will copy."""

    line: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The line, ended."""
        yield from _segments(self.line, console, options)
        yield Segment.line()


@dataclass(frozen=True, slots=True)
class Line:
    """A line across all the room."""

    style: Style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The line, ended."""
        yield from Unbroken(Text("─" * options.max_width, style=self.style)).__rich_console__(console, options)


@dataclass(frozen=True, slots=True)
class Stack:
    """One thing below the other."""

    rows: tuple[RenderableType, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The rows in order."""
        for row in self.rows:
            yield from console.render(row, options)


def indent(inner: RenderableType, cells: int) -> PrefixedLines:
    """Set in from the left."""
    return PrefixedLines(Text(" " * cells), Text(" " * cells), inner)


def hanging(first: Text, inner: RenderableType) -> PrefixedLines:
    """`first` stands out to the left of everything else."""
    return PrefixedLines(first, Text(" " * cell_len(first.plain)), inner)


def _with_prefix(prefix: Text, line: list[Segment], console: Console, options: ConsoleOptions) -> Iterable[Segment]:
    before = prefix.copy()
    if not any(segment.text for segment in line):
        before.rstrip()
    yield from _segments(before, console, options)
    yield from line
    yield Segment.line()


def _segments(line: Text, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
    visible_line = line.copy()
    visible_line.plain = line.plain.replace(NO_BREAK, " ")
    if not options.encoding.startswith("utf"):
        visible_line.plain = encodable(visible_line.plain, options.encoding)
    visible_line.stylize_before(visible_line.style)  # Text.render knows the styles of spans alone
    yield from visible_line.render(console)


def wrap(text: Text, width: int) -> list[Text]:
    """The text in lines of at most `width` cells, without spaces at their ends; a wider character stands alone."""
    return [line for paragraph in text.split("\n", allow_blank=True) for line in _fill_lines(paragraph, width)]


def _fill_lines(paragraph: Text, width: int) -> Iterable[Text]:
    for line in paragraph.divide(breaks(paragraph.plain, width)):
        line.rstrip()
        yield line


def breaks(plain: str, width: int) -> list[int]:
    """The places, in characters, at which the second and every further line begins."""
    starts: list[int] = []
    used = 0
    for piece in _PIECE.finditer(plain):
        word, room = piece[0].rstrip(), cell_len(piece[0])
        size = cell_len(word)
        if used and used + size > width:
            starts.append(piece.start())
            used = 0
        if size > width:
            inside, last = _cuts(word, width, piece.start())
            starts += inside
            used = last + room - size
        else:
            used += room
    return starts


def _cuts(word: str, width: int, start: int) -> tuple[list[int], int]:
    """The places at which to cut a word that is too long for a line, and the cells of its last part."""
    parts = chop_cells(word, max(width, 2))
    cuts = []
    for part in parts[:-1]:
        start += len(part)
        cuts.append(start)
    return cuts, cell_len(parts[-1])


def encodable(plain: str, encoding: str) -> str:
    """The text with a similar character for each that the encoding lacks; `?` where there is none."""
    return plain.translate(_PLAINER).encode(encoding, "replace").decode(encoding)
