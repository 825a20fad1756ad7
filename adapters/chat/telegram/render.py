"""Posts as Telegram's HTML: what each message says, and where a text that is too long for one message is split.

`plan` calls it, with commands and signs in Telegram's words; nothing here knows the SDK. Telegram counts a message's
length in UTF-16 units after the tags are taken out, and shows at most a hundred pieces of formatting; text beyond
either goes into another message.
All text of a post is data: it is escaped, loses what would reorder or hide it, and mentions nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from typing import Final

from adapters.chat.hostile import address, harmless
from adapters.chat.vocabulary import part_of
from core.converse.grammar import NAMES
from core.posts.signs import OWN
from core.posts.tree import Block, Divider, Facts, Heading, ListBlock, Note, Paragraph, Post, Quote, Span, Spans

#: UTF-16 units of one message, tags not counted (https://core.telegram.org/bots/api#sendmessage)
LONGEST: Final = 4096
#: pieces of formatting in one message; Telegram shows the others as plain text
MOST_ENTITIES: Final = 100
#: what a message says that has nothing to say: Telegram refuses an empty one
EMPTY: Final = "—"
#: UTF-16 units for `2/3 · continues below`, and the empty line before it
_ROOM_FOR_PART: Final = 40

_RULE: Final = "──────────"
#: invisible; it keeps `@name` from being a mention, `/name` from being a command; `harmless` lets none through
_JOINER: Final = "\u2060"
_AT: Final = re.compile(r"(?<!\w)@(?=\w|\Z)")
#: commands that can do no harm: one that is tapped is sent at once, and a title may say /unsubscribe
_ASKING: Final = "|".join(name for name in NAMES if name not in ("digest", "unsubscribe"))
_COMMAND: Final = re.compile(rf"(?<![\w/<>])/(?!(?:{_ASKING})(?![\w@]))(?=\w|\Z)")
#: after which a text is split, the best first
_ENDS: Final = (re.compile(r"\n"), re.compile(r"[.!?]['\")\]]*\s|[。！？]"), re.compile(r"\s"))
#: nothing is split before these
_JOINS: Final = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class _Run:
    """Text in one style."""

    text: str
    #: tags with their attributes, the outermost first
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A block, or one item of a list: it stays in one message where it can."""

    runs: tuple[_Run, ...]
    #: newlines before it where it is not the first of its message
    gap: int = 2
    quote: bool = False
    #: UTF-16 units, with the gap
    units: int = 0
    entities: int = 0


def render(post: Post) -> tuple[str, ...]:
    """The post's own text, without its replies, as the HTML of one message or, where it is too long, of several."""
    pages = _pages_with_text(_pages(_groups(post.blocks)))
    if len(pages) > 1:
        pages = _pages_with_text(_pages(_groups(post.blocks), LONGEST - _ROOM_FOR_PART))
        count = len(pages)
        return tuple(f"{_html(page)}\n\n<i>{part_of(number, count)}</i>" for number, page in enumerate(pages, 1))
    return tuple(_html(page) for page in pages) or (escape(_fallback(post), quote=False),)


def plain(post: Post) -> str:
    """The post's own text without formatting, in one line."""
    return " ".join(" ".join(_plain(page) for page in _pages(_groups(post.blocks))).split()) or _fallback(post)


def label(text: str) -> str:
    """The text of a button, in one line."""
    return harmless(text, one_line=True).strip() or EMPTY


def units(text: str) -> int:
    """The length of a text as Telegram counts it, in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fallback(post: Post) -> str:
    text = _defuse(post.fallback).strip()
    return text[: _room(text, LONGEST)] or EMPTY


def _groups(blocks: Sequence[Block]) -> Iterator[tuple[_Part, ...]]:
    """Blocks that belong together: an entry with what is set in below it, a heading with what it names."""
    group: tuple[_Part, ...] = ()
    for before, block in zip((None, *blocks), blocks, strict=False):
        parts = _parts(block, _gap(before, block))
        if group and not (_is_indented(block) or isinstance(before, Heading)):
            yield group
            group = ()
        group += parts
    yield group


def _is_indented(block: Block) -> bool:
    return isinstance(block, (Paragraph, Note)) and block.indented


def _gap(before: Block | None, after: Block) -> int:
    """One newline within an entry, below what names a list, around a quotation (which has room of its own) and between
    small print.
    """
    if isinstance(after, ListBlock) and isinstance(before, Paragraph) and all(span.bold for span in before.spans):
        return 1
    if _is_indented(after) or isinstance(before, (Heading, Quote)) or isinstance(after, Quote):
        return 1
    return 1 if isinstance(before, Note) and isinstance(after, Note) and not before.indented else 2


def _parts(block: Block, gap: int) -> tuple[_Part, ...]:
    """The block's parts with something in them; the second and later ones each on a line of their own."""
    quote = isinstance(block, Quote)
    lines = [runs for runs in _lines(block) if any(run.text.strip() for run in runs)]
    return tuple(_part(runs, gap=1 if number else gap, quote=quote) for number, runs in enumerate(lines))


def _lines(block: Block) -> Iterator[tuple[_Run, ...]]:
    if isinstance(block, ListBlock):
        for number, item in enumerate(block.items, block.start):
            yield (_Run(f"{number}. " if block.ordered else "• "), *_runs(item)) if item else ()
    elif isinstance(block, Facts):
        for name, value in block.rows:
            yield (_Run(f"{_defuse(name, one_line=True)}:", ("b",)), _Run(" "), *_runs(value))
    elif isinstance(block, Divider):
        yield (_Run(_RULE),)
    elif isinstance(block, Note):
        yield (_Run("⚠️ "), *_runs(block.spans)) if block.warning else _runs(block.spans, around=("i",))
    else:
        yield _runs(block.spans, around=("b",) if isinstance(block, Heading) else ())


def _runs(spans: Spans, around: tuple[str, ...] = ()) -> tuple[_Run, ...]:
    return tuple(_run(span, around) for span in spans if span.text)


def _run(span: Span, around: tuple[str, ...]) -> _Run:
    """One span; monospaced text can neither be a link nor carry another style."""
    if span.feeling and (own := OWN.fullmatch(span.text)):
        return _Run(own["name"], (*around, f'tg-emoji emoji-id="{own["number"]}"'))  # not said: a tag
    where = address(span.url) if span.url else ""
    if span.code and not where:
        return _Run(_clean(span.text), ("code",))
    link = (f'a href="{escape(where)}"',) if where else ()
    text = _defuse(span.text, one_line=bool(where))
    return _Run(text, (*link, *around, *(tag for tag in _styles(span) if tag not in around)))


def _styles(span: Span) -> tuple[str, ...]:
    return (("b",) if span.bold else ()) + (("i",) if span.italic else ())


def _defuse(content: str, *, one_line: bool = False) -> str:
    """The text with nothing in it that would reorder, hide, mention or ask the bot to do something."""
    text = _AT.sub(f"@{_JOINER}", _clean(content, one_line=one_line))
    return _COMMAND.sub(f"/{_JOINER}", text) if "/" in text else text


def _clean(content: str, *, one_line: bool = False) -> str:
    return content if content.isascii() and content.isprintable() else harmless(content, one_line=one_line)


def _part(runs: tuple[_Run, ...], *, gap: int, quote: bool) -> _Part:
    return _Part(
        runs=runs,
        gap=gap,
        quote=quote,
        units=gap + sum(units(run.text) for run in runs),
        entities=quote + sum(len(run.tags) for run in runs),
    )


def _pages_with_text(pages: Iterable[tuple[_Part, ...]]) -> tuple[tuple[_Part, ...], ...]:
    return tuple(page for page in pages if _plain(page).strip())


def _pages(groups: Iterable[tuple[_Part, ...]], longest: int = LONGEST) -> Iterator[tuple[_Part, ...]]:
    """Groups filled into messages: whole where they fit, otherwise by their parts, and these by their sentences."""
    page: tuple[_Part, ...] = ()
    for group in groups:
        is_small = _fits(group, longest)
        small = (group,) if is_small else tuple((piece,) for part in group for piece in _break_part(part, longest))
        for parts in small:
            if page and not _fits(page + parts, longest):
                yield page
                page = ()
            page += parts
    if page:
        yield page


def _fits(parts: Sequence[_Part], longest: int) -> bool:
    return sum(part.units for part in parts) <= longest and sum(part.entities for part in parts) < MOST_ENTITIES


def _break_part(part: _Part, longest: int) -> Iterator[_Part]:
    """The part in pieces each of which fits into a message."""
    while not _fits((part,), longest):
        text = "".join(run.text for run in part.runs)
        cut = min(_place_to_cut(text, longest), _formatting_limit(part))
        head, tail = _divide(part.runs, cut)
        yield _part(head, gap=part.gap, quote=part.quote)
        part = _part(tail, gap=1, quote=part.quote)
    yield part


def _formatting_limit(part: _Part) -> int:
    """How many characters come before there is too much formatting."""
    used = accumulate(len(run.tags) for run in part.runs)
    return sum(len(run.text) for run, entities in zip(part.runs, used, strict=True) if entities < MOST_ENTITIES - 1)


def _place_to_cut(text: str, longest: int) -> int:
    """Where to split a text that is too long, in characters: after a line, a sentence or a word in its latter half."""
    room = _room(text, longest - 2)
    for end in _ENDS:
        if ends := [match.end() for match in end.finditer(text, room // 2, room)]:
            return ends[-1]
    return _between_characters(text, room)


def _room(text: str, longest: int) -> int:
    """How many characters have at most so many UTF-16 units."""
    if units(text) <= longest:
        return len(text)
    return sum(used <= longest for used in accumulate(1 + (character > "\uffff") for character in text[:longest]))


def _between_characters(text: str, room: int) -> int:
    """The nearest place that parts no letter from its accents and no emoji from its joiners."""
    cut = room
    while cut > room // 2 and cut < len(text):
        if not (unicodedata.combining(text[cut]) or text[cut] in _JOINS or text[cut - 1] == "\u200d"):
            return cut
        cut -= 1
    return room


def _divide(runs: tuple[_Run, ...], cut: int) -> tuple[tuple[_Run, ...], tuple[_Run, ...]]:
    """The runs before and after a number of characters."""
    head: list[_Run] = []
    tail: list[_Run] = []
    for run in runs:
        here = max(0, min(cut, len(run.text)))
        head += [replace(run, text=run.text[:here])] if here else []
        tail += [replace(run, text=run.text[here:])] if here < len(run.text) else []
        cut -= len(run.text)
    return tuple(head), tuple(tail)


def _html(page: Sequence[_Part]) -> str:
    return "".join(_gap_before(number, part) + _part_html(part) for number, part in enumerate(page))


def _plain(page: Sequence[_Part]) -> str:
    return "".join(
        _gap_before(number, part) + "".join(run.text for run in part.runs) for number, part in enumerate(page)
    )


def _gap_before(number: int, part: _Part) -> str:
    return "\n" * part.gap if number else ""


def _part_html(part: _Part) -> str:
    inner = "".join(_run_html(run) for run in part.runs)
    return f"<blockquote expandable>{inner}</blockquote>" if part.quote else inner


def _run_html(run: _Run) -> str:
    if not run.tags:
        return escape(run.text, quote=False)
    opening = "".join(f"<{tag}>" for tag in run.tags)
    closing = "".join(f"</{tag.split()[0]}>" for tag in reversed(run.tags))
    return f"{opening}{escape(run.text, quote=False)}{closing}"
