"""Telegram's HTML, judged by Telegram's own parser where it is at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.hostile import harmless
from adapters.chat.telegram.plan import toast_of
from adapters.chat.telegram.render import EMPTY, LONGEST, MOST_ENTITIES, plain, render, units
from adapters.chat.vocabulary import part_of
from core.posts.tree import (
    Block,
    Divider,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    Spans,
    bold,
    code,
    link,
    prose,
    text,
)
from tests.fakes.posts import FIRST, a_digest, a_paper_card
from tests.standins.judges import telegram_html

WORDS = st.text(st.characters(exclude_categories=()), max_size=300)
SPANS = st.lists(
    st.builds(
        Span,
        text=WORDS
        | st.sampled_from(["<b>", "&amp;", "</blockquote>", "@everyone", "🔖" * 400, "word " * 900, "x" * 5000]),
        bold=st.booleans(),
        italic=st.booleans(),
        code=st.booleans(),
        url=st.sampled_from(["", "https://example.org/?a=1&b=\"2'<3>", "javascript:alert(1)"]),
    ),
    max_size=4,
).map(tuple)
BLOCKS = st.one_of(
    st.builds(Heading, spans=SPANS),
    st.builds(Paragraph, spans=SPANS, indented=st.booleans()),
    st.builds(Note, spans=SPANS, warning=st.booleans(), indented=st.booleans()),
    st.builds(Quote, spans=SPANS),
    st.builds(ListBlock, items=st.lists(SPANS, max_size=3).map(tuple)),
    st.builds(Facts, rows=st.lists(st.tuples(WORDS, SPANS), max_size=3).map(tuple)),
    st.just(Divider()),
)


def visible_text(html: str) -> tuple[str, int]:
    """Text and number of entities as Telegram reads them; by our own tags where its parser is absent."""
    if (parse := telegram_html()) is None:
        return unescape(re.sub(r"<[^>]*>", "", html)), len(re.findall(r"<[a-z]", html))
    read = parse(html)
    assert read["@type"] == "formattedText", read
    return read["text"], len(read["entities"])


def render_spans(*spans: Span) -> str:
    (html,) = render(Post(blocks=(Paragraph(spans=spans),)))
    return html


def letters(content: str) -> str:
    """What cannot get lost: letters and digits, in order."""
    return "".join(character for character in content if character.isalnum())


def spans_of(block: Block) -> Sequence[Spans]:
    if isinstance(block, ListBlock):
        return block.items
    if isinstance(block, Facts):
        return [part for name, value in block.rows for part in ((text(name),), value)]
    return () if isinstance(block, Divider) else (block.spans,)


def without_part(pages: list[str]) -> list[str]:
    """The texts of the messages without the line that says which of several each is, which stands there."""
    lines = [f"\n\n{part_of(number, len(pages))}" for number in range(1, len(pages) + 1)]
    assert len(pages) == 1 or all(page.endswith(line) for page, line in zip(pages, lines, strict=True))
    return [page.removesuffix(line) for page, line in zip(pages, lines, strict=True)]


@settings(max_examples=150)
@given(st.lists(BLOCKS, max_size=6))
def test_any_post_is_accepted_and_whole(blocks: list[Block]) -> None:
    """Every message is well-formed, neither empty nor too long, and together they say everything in order."""
    pages = list(map(visible_text, render(Post(blocks=tuple(blocks)))))
    for said, entities in pages:
        assert said.strip()
        assert len(said.encode("utf-16-le")) // 2 <= LONGEST
        assert entities <= MOST_ENTITIES
    expected = "".join(harmless(span.text) for block in blocks for spans in spans_of(block) for span in spans)
    assert letters("".join(without_part([said for said, _ in pages]))) == letters(expected)


@given(WORDS)
def test_length_is_counted_as_telegram_does(content: str) -> None:
    """In UTF-16 units."""
    assert units(content) == len(content.encode("utf-16-le", "surrogatepass")) // 2


def test_a_long_text_is_split_after_a_sentence() -> None:
    """Where there is one in the latter half; no word is cut, no text lost."""
    sentence = "Proof search waits for a goal, and nobody asks what it could do meanwhile. "
    pages = render(Post(blocks=(Quote(spans=(text(sentence * 120),)),)))
    assert len(pages) == 3
    texts = without_part([visible_text(html)[0] for html in pages])
    assert all(said.rstrip().endswith("meanwhile.") for said in texts)
    assert all(html.startswith("<blockquote expandable>") for html in pages)
    assert "".join(texts) == sentence * 120


def test_a_text_without_spaces_is_split_between_characters() -> None:
    """Emoji stay whole, with their joiners."""
    family = "👩\u200d👩\u200d👧"
    pages = without_part(
        [visible_text(html)[0] for html in render(Post(blocks=(Paragraph(spans=(text(family * 1500),)),)))]
    )
    assert "".join(pages) == family * 1500
    assert not any(page.startswith("\u200d") or page.endswith("\u200d") for page in pages)


def test_formatting_is_not_lost() -> None:
    """More than a hundred pieces of formatting go on in another message."""
    items = tuple((link(f"Paper {n}", f"https://example.org/{n}", bold=True),) for n in range(120))
    pages = render(Post(blocks=(ListBlock(items=items),)))
    assert sum(html.count("<a ") for html in pages) == 120
    assert all(html.count("<a ") + html.count("<b>") <= MOST_ENTITIES for html in pages)


def test_entries_stay_together() -> None:
    """A digest is split between its entries, not inside them."""
    entry = (
        Paragraph(spans=(text("1. "), bold("A title"))),
        Note(indented=True, spans=(text("authors"),)),
        Paragraph(indented=True, spans=(text("gist " * 150),)),
    )
    pages = render(Post(blocks=(Heading(spans=(text("Papers"),)), *entry * 12)))
    assert len(pages) > 2
    assert all(html.startswith("1. <b>A title</b>\n<i>authors</i>\ngist") for html in pages[1:])


@pytest.mark.parametrize(
    ("span", "html"),
    [
        (Span(text="a < b & c"), "a &lt; b &amp; c"),
        (Span(text="x", bold=True, italic=True), "<b><i>x</i></b>"),
        (link("x", 'https://example.org/?q="1"&r=<2>', bold=True), None),
        (code("<b>"), "<code>&lt;b&gt;</code>"),
        (Span(text="x", code=True, bold=True), "<code>x</code>"),
        (Span(text="x", url="javascript:alert(1)"), "x"),
        (text("a\x1b[2J\u202eb"), "a\ufffd[2Jb"),
    ],
)
def test_spans(span: Span, html: str | None) -> None:
    """Styles become tags, text is escaped, and only web addresses are links."""
    rendered = render_spans(span)
    assert html is None or rendered == html
    assert visible_text(rendered)[0]


def test_nobody_is_mentioned() -> None:
    """`@name` of a title calls nobody, neither at a span's end nor in a note."""
    rendered = render_spans(text("@everyone and (@someone) x@"), text("mail@example.org"))
    assert not re.search(r"(?<!\w)@\w", rendered.replace("mail@", ""))
    assert "mail@example.org" in rendered
    assert plain(Post(blocks=(Paragraph(spans=(text("@everyone"),)),))) != "@everyone"


@pytest.mark.parametrize(
    "typed", ["/unsubscribe", "(/stop)", "see /digest.", "/paper@another_bot", "中/unsubscribe", "/x"]
)
def test_no_title_asks_the_bot_to_do_something(typed: str) -> None:
    """A command in a text that was tapped would be sent: Telegram finds none but those that only ask."""
    assert commands_in(text(typed)) == []
    assert commands_in(text("Write /paper 2601.15529 or "), text("/search")) == ["/paper", "/search"]
    assert render_spans(code("/unsubscribe cs.CL")) == "<code>/unsubscribe cs.CL</code>"
    for harmless_path in ("and/or", "https://example.org/stop", "1/2"):
        assert render_spans(text(harmless_path)) == harmless_path


def commands_in(*spans: Span) -> list[str]:
    """What Telegram makes of the text: `(?<!\\b|[\\/<>])\\/([a-zA-Z0-9_]{1,64})` is how its library finds commands."""
    return re.findall(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}", unescape(re.sub(r"<[^>]*>", "", render_spans(*spans))))


def test_a_post_that_says_nothing_says_its_fallback() -> None:
    """Telegram refuses an empty message."""
    assert render(Post(blocks=(), fallback="A <title>")) == ("A &lt;title&gt;",)
    assert render(Post(blocks=(Paragraph(spans=(text(" \n "),)),))) == (EMPTY,)


@pytest.mark.parametrize(
    ("post", "toast"),
    [
        (Post(blocks=(Paragraph(spans=(bold("Gone"), text(": to\nthe <archive>"))),)), "Gone: to the <archive>"),
        (Post(blocks=(Paragraph(spans=prose(":bookmark: `/bookmarks` shows it.")),)), "✍ /bookmarks shows it."),
        (Post(blocks=(), fallback="Done."), "Done."),
        (Post(blocks=(Paragraph(spans=(text("🔖" * 100),)),)), "🔖" * 100),
        (Post(blocks=(Paragraph(spans=(text("🔖" * 101),)),)), ""),
        (Post(blocks=(Paragraph(spans=(text("A paper"),)),), papers=(FIRST,)), ""),
        (a_paper_card(), ""),
    ],
)
def test_a_short_post_is_a_toast(post: Post, toast: str) -> None:
    """A toast has 200 units at most; what is longer, and what shows papers, needs a message."""
    assert toast_of(post) == toast


def test_a_digest_reads_well() -> None:
    """The look of a digest, to be changed on purpose only."""
    (html,) = render(a_digest())
    assert html.splitlines()[:6] == [
        "<b>Papers for Wednesday, 4 February 2026</b>",
        "<i>157 papers new in cs.CL, cs.LG, cs.AI → 43 kept by the rule → 3 chosen</i>",
        "",
        '1. <a href="https://arxiv.org/abs/2602.00001"><b>Borrowed Attention: Sharing Keys Across Layers Without'
        " Retraining Long-Context Language Models</b></a>",
        "<i>Ines Okafor, Tomasz Brandt, Li Wen et al. (7) · cs.CL cs.LG</i>",
        "Keys of neighbouring layers are so alike that one set serves four layers; a 13B model keeps 99.1 % of its"
        " accuracy with a quarter of the cache.",
    ]


def test_a_list_follows_its_name() -> None:
    """A list stands directly below the bold line that names it, and apart from running text."""
    items = ListBlock(items=((text("one"),), (text("two"),)))
    (named,) = render(Post(blocks=(Paragraph(spans=(bold("Read"),)), items)))
    (told,) = render(Post(blocks=(Paragraph(spans=(text("Read."),)), items)))
    assert (named, told) == ("<b>Read</b>\n• one\n• two", "Read.\n\n• one\n• two")
