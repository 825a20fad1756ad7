"""The parts of a paper as they are gathered, within bounds.

Pure, and loads little, since a process begins with it. `latexml` and `pdf` fill a `Parts`, which `worker` writes out.
"""

from __future__ import annotations

from typing import Final

from core.summarise.fulltext import (
    LONGEST_CAPTION,
    LONGEST_PARAGRAPH,
    LONGEST_TITLE,
    MOST_CHARACTERS,
    MOST_FIGURES,
    MOST_SECTIONS,
)

#: rows of one table that are read
MOST_ROWS: Final = 60
#: paragraphs that are read
MOST_PARAGRAPHS: Final = 8_000


class NotAPaper(Exception):
    """The document is of another kind than papers are."""


class NoText(Exception):
    """The document has pages, and no words on them that a program can read."""


class LockedDocument(Exception):
    """The document wants a password."""


class Parts:
    """Sections, figures and tables in reading order."""

    def __init__(self) -> None:
        self.sections: list[tuple[str, list[str]]] = [("", [])]
        self.figures: list[tuple[str, str, str]] = []
        self._characters = 0
        self._paragraphs = 0

    @property
    def is_full(self) -> bool:
        """True once anything more would be cut away."""
        return (
            self._characters > MOST_CHARACTERS
            or len(self.sections) > MOST_SECTIONS
            or self._paragraphs > MOST_PARAGRAPHS
        )

    @property
    def has_text(self) -> bool:
        """True where there is a paragraph at all."""
        return self._paragraphs > 0

    def begin(self, title: str) -> None:
        """Begin a section."""
        self.sections.append((title[:LONGEST_TITLE], []))

    def add(self, paragraph: str) -> None:
        """Add a paragraph, unless it is empty."""
        if paragraph := paragraph[:LONGEST_PARAGRAPH].strip():
            self.sections[-1][1].append(paragraph)
            self._characters += len(paragraph)
            self._paragraphs += 1

    def go_on(self, text: str) -> None:
        """Continue the last paragraph, such as with a formula below it."""
        paragraphs = self.sections[-1][1]
        if text and paragraphs and len(paragraphs[-1]) + len(text) < LONGEST_PARAGRAPH:
            paragraphs[-1] += f" {text}"
            self._characters += len(text)
        else:
            self.add(text)

    def add_figure(self, label: str, caption: str, content: str = "") -> None:
        """Add a figure or table, while there is room."""
        if len(self.figures) < MOST_FIGURES:
            figure = (label[:LONGEST_TITLE], caption[:LONGEST_CAPTION], content[:LONGEST_CAPTION])
            self.figures.append(figure)
