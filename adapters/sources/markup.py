"""HTML as feeds and indexes put it into titles and abstracts -> the text that a reader of the page would see.

Pure, and linear in the length of the mark-up, however hostile it is; the standard library's HTML parser is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

#: what stands after a `<` and makes it a tag; a `>` within quotes does not end it
_TAG: Final = re.compile(r"(/?)([a-zA-Z][^\s/>]*)(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")
#: a tag whose quotes are not closed, and declarations and processing instructions
_LOOSE: Final = re.compile(r"(/?)([a-zA-Z!?][^\s/>]*)[^>]*>")
_BREAKING: Final = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "title", "template"})


def visible(markup: str) -> str:
    """The text without tags, comments and scripts, its character references resolved; blocks are parted by a space."""
    return "".join(unescape(text) for text in _texts(markup))


def _texts(markup: str) -> Iterator[str]:
    first, *pieces = markup.split("<")
    yield first
    silent = ""
    for piece in pieces:
        if silent == "!--":
            _, closing, text = piece.partition("-->")
            silent = "" if closing else silent
        elif piece.startswith("!--"):
            _, closing, text = piece[3:].partition("-->")
            silent = "" if closing else "!--"
        else:
            silent, text = _after(piece, silent)
        if not silent:
            yield text


def _after(piece: str, silent: str) -> tuple[str, str]:
    """What follows a `<`: the element that is silent from here on, if any, and the text."""
    tag = _TAG.match(piece) or _LOOSE.match(piece)
    if tag is None:
        return silent, f"<{piece}"
    closes, name, text = tag[1], tag[2].lower(), piece[tag.end() :]
    if silent:
        return ("" if closes and name == silent else silent), text
    if name in _SILENT:
        return ("" if closes else name), text
    return "", f" {text}" if name in _BREAKING else text
