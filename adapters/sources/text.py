"""Text as sources send it -> text as Paperboy keeps it; every source passes titles, names and abstracts through here.

Invisible characters that could mislead are removed: control characters, overrides of the writing direction, tag
characters, halves of surrogate pairs. Text that was escaped or decoded once too often is read once more where that is
certain: entities, formatting, letters. Everything else that a reader can see stays.
"""

from __future__ import annotations

from typing import Final

from adapters.sources.markup import resolve_entities, strip_formatting
from adapters.sources.mojibake import is_suspicious, repair
from core.text.invisible import BYTE_ORDER_MARK, HALVES, NONCHARACTERS, OVERRIDES, TAGS, any_character

_GROUPS: Final = ("\x00-\x08\x0e-\x1b\x7f", OVERRIDES, NONCHARACTERS, BYTE_ORDER_MARK, HALVES, TAGS)
#: without the controls in which Windows-1252 shows when it was taken for Latin-1
_MISLEADING: Final = any_character(*_GROUPS)
_UNSEEN: Final = any_character(*_GROUPS, "\x80-\x84\x86-\x9f")
#: how often a text is read again that was escaped or decoded several times; people do it twice
_MOST_LAYERS: Final = 6


def one_line(text: str) -> str:
    """The text in one line: runs of white space become one space, and nothing invisible is left."""
    if "&" not in text and "<" not in text and text.isprintable():
        line = " ".join(text.split())
        if line.isascii() or not is_suspicious(line):
            return line
    for _ in range(_MOST_LAYERS):
        before, text = text, _read_once(text)
        if text == before:
            break
    return text


def plain_line(text: str) -> str:
    """The text in one line, nothing invisible in it, with whatever mark-up it has."""
    return " ".join((text if text.isprintable() else _UNSEEN.sub("", text)).split())


def lines(text: str) -> str:
    """The text with its line breaks, without empty lines."""
    return "\n".join(filter(None, map(one_line, text.splitlines())))


def _read_once(text: str) -> str:
    visible_text = text if text.isprintable() else _MISLEADING.sub("", text)
    return plain_line(repair(strip_formatting(resolve_entities(visible_text))))
