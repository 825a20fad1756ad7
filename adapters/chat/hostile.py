"""Text and addresses of papers, people and models made harmless, before any platform renders them.

Shared by all platforms: control characters, escape sequences, bidi overrides and invisible characters go here; what
has a meaning in a platform's own markup is escaped by that platform's renderer.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
#: C0 but tab and newline, C1, halves of characters, and characters that are none: shown as �
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: soft hyphens, zero-width spaces, bidi marks, overrides and isolates, annotations, tags; joiners make emoji and stay
_INVISIBLE: Final = re.compile(
    "[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
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
