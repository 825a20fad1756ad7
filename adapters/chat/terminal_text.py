"""Spans as rich text, with everything taken out that a terminal would obey instead of show.

Whatever a title, an abstract or an error says is data: here it loses its control characters, escape sequences, bidi
overrides and invisible characters, and is never read as rich's markup. Nothing of a post reaches a console but through
this module.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from rich.style import Style
from rich.text import Text

from core.posts import Span, Spans

CODE: Final = Style(color="cyan")
LINK: Final = Style(underline=True)

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
_STACKED: Final = re.compile(f"({_MARK}{{4}}){_MARK}+")
_WEB: Final = re.compile("^https?://[^/]", re.IGNORECASE)
_IN_ADDRESS: Final = "!#$%&'()*+,/:;=?@[]~"


def harmless(content: str, *, one_line: bool = False) -> str:
    """The text with nothing in it that could move the cursor, colour, reorder or hide; newlines stay, or are spaces."""
    shown = _LINE_ENDS.sub("\n", content).replace("\t", " ")
    shown = _STACKED.sub(r"\1", _CONTROLS.sub("\ufffd", _INVISIBLE.sub("", shown)))
    return shown.replace("\n", " ") if one_line else shown


def address(url: str) -> str:
    """An http or https address in printable ASCII, safe inside an escape sequence; empty for any other address."""
    return quote(url, safe=_IN_ADDRESS, errors="replace") if _WEB.match(url) else ""


def addresses(spans: Spans) -> tuple[str, ...]:
    """Where the spans lead to, each once, in order."""
    return tuple(dict.fromkeys(found for span in spans if (found := address(span.url))))


def text_of(
    spans: Spans,
    *,
    linked: bool,
    style: Style | None = None,
    spelled: frozenset[str] = frozenset(),
    one_line: bool = False,
) -> Text:
    """The spans as one text; `linked` makes links of addresses, `spelled` are those to write out after their text."""
    shown = Text(style=style or "", end="")
    for span in spans:
        flat = one_line or bool(span.url or span.code)
        shown.append(harmless(span.text, one_line=flat), _style(span, linked=linked))
        if (where := address(span.url)) in spelled and where != span.text:
            shown.append(f" <{where}>")
    return shown


def _style(span: Span, *, linked: bool) -> Style:
    where = address(span.url) if linked else ""
    look = CODE if span.code else LINK if where and not span.bold else Style()
    return look + Style(bold=span.bold or None, italic=span.italic or None, link=where or None)
