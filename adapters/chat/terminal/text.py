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
    return tuple(dict.fromkeys(where for span in spans if (where := address(span.url))))


def text_of(
    spans: Spans,
    *,
    can_link: bool,
    style: Style | None = None,
    new_addresses: frozenset[str] = frozenset(),
    one_line: bool = False,
) -> Text:
    """The spans as one text; `can_link`: addresses become links; `new_addresses` are written out after their text."""
    text = Text(style=style or "", end="")
    for span in spans:
        flat = one_line or bool(span.url or span.code)
        text.append(harmless(plain_text(span), one_line=flat), _style(span, can_link=can_link))
        if (where := address(span.url)) in new_addresses and where != span.text:
            text.append(f" <{where}>")
    return text


def _style(span: Span, *, can_link: bool) -> Style:
    where = address(span.url) if can_link else ""
    look = CODE if span.code else LINK if where and not span.bold else Style()
    return look + Style(bold=span.bold or None, italic=span.italic or None, link=where or None)
