"""Spans as rich text, with everything taken out that a terminal would obey instead of show.

Whatever a title, an abstract or an error says is data: it loses what `hostile` takes out, and is never read as rich's
markup. Nothing of a post reaches a console but through this module.
"""

from __future__ import annotations

from typing import Final

from rich.style import Style
from rich.text import Text

from adapters.chat.hostile import address, harmless
from adapters.chat.vocabulary import plain_text
from core.posts.tree import Span, Spans

CODE: Final = Style(color="cyan")
LINK: Final = Style(underline=True)


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
        shown.append(harmless(plain_text(span), one_line=flat), _style(span, linked=linked))
        if (where := address(span.url)) in spelled and where != span.text:
            shown.append(f" <{where}>")
    return shown


def _style(span: Span, *, linked: bool) -> Style:
    where = address(span.url) if linked else ""
    look = CODE if span.code else LINK if where and not span.bold else Style()
    return look + Style(bold=span.bold or None, italic=span.italic or None, link=where or None)
