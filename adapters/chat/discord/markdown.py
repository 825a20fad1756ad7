"""Blocks and spans as Discord's Markdown, in pieces that are short enough. Pure; `discord.render` calls it.

Text in spans is raw and hostile: every character that Discord reads as markup, a mention, an emoji or a link is
escaped, and what cannot be seen is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from adapters.chat.hostile import harmless
from core.posts.signs import OWN
from core.posts.tree import Block, Divider, Facts, Heading, ListBlock, Note, Paragraph, Quote, Span, Spans, bold, text

#: characters of an address that is shown as a link; a longer one would eat the message
_LONGEST_URL: Final = 1_000
#: a person of Discord, written out
_PERSON: Final = re.compile(r"discord:/?([0-9]{1,20})")
_WEB: Final = re.compile(r"^https?://[^/]", re.IGNORECASE)
#: without brackets, which would end a Markdown link
_IN_ADDRESS: Final = "!#$%&'*+,/:;=?@[]~"
_MARKUP: Final = re.compile(r"([\\*_~`|\[\]<>@]|:(?=\S))")
#: what means something at the beginning of a line alone; the space before it stays within the line, so that a text of
#: nothing but line breaks takes no longer than any other
_LINE_START: Final = re.compile(r"^([^\S\n]*)([#>+-]|\d+(?=[.)]))", re.MULTILINE)
_DIVIDER: Final = "⎯" * 12
_BETWEEN: Final = "\u200b"


def size(text: str) -> int:
    """Length as Discord counts it: UTF-16 units, to be on the safe side."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(content: str, *, is_escaped: bool = True) -> str:
    """Raw text without line breaks and hidden characters."""
    line = harmless(content, one_line=True).strip()
    return escape(line) if is_escaped else line


def escape(content: str) -> str:
    """Text that Discord shows as it is."""
    return _LINE_START.sub(_literal, _MARKUP.sub(r"\\\1", content))


def _literal(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1]}{mark}\\" if mark.isdigit() else f"{match[1]}\\{mark}"


def pieces(block: Block, most: int) -> list[str]:
    """The block as Markdown, in as few texts of at most `most` characters as halving finds; none where it is empty."""
    markdown = _render(block)
    if not markdown.strip():
        return []
    if size(markdown) <= most:
        return [markdown]
    return [piece for half in _halves(block) for piece in pieces(half, most)]


def _render(block: Block) -> str:
    if isinstance(block, Divider):
        return _DIVIDER
    if isinstance(block, ListBlock):
        return "\n".join(_item(block, n, item) for n, item in enumerate(block.items, block.start))
    if isinstance(block, Facts):
        return "\n".join(_inline((bold(f"{name}: "), *value), flat=True) for name, value in block.rows)
    return _prefix_lines(block, _inline(block.spans, flat=isinstance(block, Heading)))


def _prefix_lines(block: Heading | Paragraph | Note | Quote, markdown: str) -> str:
    """Every line with what makes it a heading, small print or a quotation."""
    if isinstance(block, Paragraph) or not markdown.strip():
        return markdown
    if isinstance(block, Heading):
        return f"{'#' * min(block.level + 1, 3)} {markdown.strip()}"
    if isinstance(block, Note) and block.warning:
        return f"⚠️ {markdown}"
    prefix = "> " if isinstance(block, Quote) else "-# "
    return "\n".join(f"{prefix}{line}" for line in markdown.split("\n") if line.strip())


def _item(block: ListBlock, number: int, item: Spans) -> str:
    """An item; its further lines are set in, so that they belong to it."""
    lines = [line.strip() for line in _inline(item).split("\n") if line.strip()]
    return "\n  ".join((f"{f'{number}.' if block.ordered else '-'} {lines[0] if lines else ''}", *lines[1:]))


def _inline(spans: Spans, *, flat: bool = False) -> str:
    """Spans one after another; a character of no width keeps the marks of two styles apart."""
    markdown = ""
    for span in spans:
        part = _span(span, flat=flat)
        needs_room = markdown and part and markdown[-1] in "*`" and part[0] in "*`"
        markdown += f"{_BETWEEN}{part}" if needs_room else part
    return _LINE_START.sub(_literal, markdown)


def _span(span: Span, *, flat: bool) -> str:
    if person := _PERSON.fullmatch(span.person):
        return f"<@{person[1]}>"  # shown as the name; messages of ours call nobody
    if span.feeling and OWN.fullmatch(span.text):
        return span.text
    address = _address(span.url)
    content = harmless(span.text, one_line=flat or bool(address or span.code))
    inner = content.strip()
    if not inner:
        return content
    before, after = content[: len(content) - len(content.lstrip())], content[len(content.rstrip()) :]
    markdown = f"`{inner}`" if span.code and "`" not in inner else _MARKUP.sub(r"\\\1", inner)
    markdown = f"[{markdown}]({address})" if address else markdown
    stars = "*" * (2 * span.bold + span.italic)
    return f"{before}{stars}{markdown}{stars}{after}"


def _address(url: str) -> str:
    """An address that ends no Markdown link; empty for one that is not http or https, or too long to be a link."""
    address = quote(url, safe=_IN_ADDRESS, errors="replace") if _WEB.match(url) else ""
    return address if len(address) <= _LONGEST_URL else ""


def _halves(block: Block) -> tuple[Block, Block]:
    """Two blocks that together say what the block says."""
    if isinstance(block, ListBlock):
        return _halves_of_list(block)
    if isinstance(block, Facts):
        return _halves_of_facts(block)
    assert not isinstance(block, Divider), "a divider is short"
    first, second = _split_spans(block.spans)
    return replace(block, spans=first), replace(block, spans=second)


def _halves_of_list(block: ListBlock) -> tuple[Block, Block]:
    if len(block.items) == 1:
        first, second = _split_spans(block.items[0])
        return replace(block, items=(first,)), Paragraph(spans=second)
    middle = len(block.items) // 2
    return (
        replace(block, items=block.items[:middle]),
        replace(block, items=block.items[middle:], start=block.start + middle),
    )


def _halves_of_facts(block: Facts) -> tuple[Block, Block]:
    if len(block.rows) == 1:
        name, value = block.rows[0]
        first, second = _split_spans((bold(name), text(" "), *value))
        return Paragraph(spans=first), Paragraph(spans=second)
    middle = len(block.rows) // 2
    return Facts(rows=block.rows[:middle]), Facts(rows=block.rows[middle:])


def _split_spans(spans: Spans) -> tuple[Spans, Spans]:
    """Cut where half of the text is over, between two words where there is room between them."""
    letters_left = sum(len(span.text) for span in spans) // 2
    for n, span in enumerate(spans):
        if letters_left < len(span.text):
            at = _between_words(span.text, letters_left)
            first, second = replace(span, text=span.text[:at]), replace(span, text=span.text[at:])
            return _nonempty_spans([*spans[:n], first]), _nonempty_spans([second, *spans[n + 1 :]])
        letters_left -= len(span.text)
    raise AssertionError("a text without characters is short")


def _nonempty_spans(spans: Sequence[Span]) -> Spans:
    return tuple(span for span in spans if span.text)


def _between_words(content: str, near: int) -> int:
    """The end of a word near a place in the text; the place itself where a word is longer than a line."""
    spaces = [place for place in (content.rfind(" ", 0, near), content.rfind("\n", 0, near)) if place > near - 80]
    return max(spaces) + 1 if spaces else near
