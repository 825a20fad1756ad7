"""Text and addresses of papers, people and models made harmless, before any platform renders them.

Shared by all platforms: control characters, escape sequences, bidi overrides and invisible characters go here; what
has a meaning in a platform's own markup is escaped by that platform's renderer.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from core.text.invisible import CONTROLS, HALVES, HIDING, LAST_PLANE, NONCHARACTERS, SOFT_BREAKS, any_character

_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
#: shown as �
_CONTROLS: Final = any_character(CONTROLS, HALVES, NONCHARACTERS)
#: joiners and selectors make emoji and stay
_INVISIBLE: Final = any_character(HIDING, LAST_PLANE, SOFT_BREAKS)
_MARK: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
#: more marks on one letter than any language writes: they would be drawn over the lines above and below
_MARK_STACK: Final = re.compile(f"({_MARK}{{4}}){_MARK}+")
_WEB: Final = re.compile("^https?://[^/]", re.IGNORECASE)
#: what platforms take as a button's address: a named host, and nobody's user name before it
_PAGE: Final = re.compile(
    r"^https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{1,59})(?::\d{1,5})?(?:[/?#]|$)",
    re.IGNORECASE,
)
_IN_ADDRESS: Final = "!#$%&'()*+,/:;=?@[]~"


def harmless(content: str, *, one_line: bool = False) -> str:
    """The text with nothing in it that could move the cursor, colour, reorder or hide; newlines stay, or are spaces."""
    text = _LINE_ENDS.sub("\n", content).replace("\t", " ")
    text = _MARK_STACK.sub(r"\1", _CONTROLS.sub("\ufffd", _INVISIBLE.sub("", text)))
    return text.replace("\n", " ") if one_line else text


def address(url: str) -> str:
    """An http or https address in printable ASCII, safe inside an escape sequence; empty for any other address."""
    return quote(url, safe=_IN_ADDRESS, errors="replace") if _WEB.match(url) else ""


def page_address(url: str, longest: int) -> str:
    """An address that a button can open; empty for any other, since a platform would refuse the whole message."""
    where = address(url)
    return where if len(where) <= longest and _PAGE.match(where) else ""
