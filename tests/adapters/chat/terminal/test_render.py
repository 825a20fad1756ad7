from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from adapters.chat.terminal.render import render
from core.posts.tree import (
    Divider,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    bold,
    code,
    link,
    text,
)
from tests.fakes.posts import a_digest, a_paper_card

#: all that rich may write for us: styles, and links to printable addresses
KNOWN = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;(?:id=[0-9-]+)?;[!-~]*\x1b\\\\")


def plain(post: Post, *, width: int = 80, encoding: str = "utf-8") -> str:
    """As a file or a pipe gets it."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    render(post, Console(file=file, width=width))
    file.flush()
    return raw.getvalue().decode(encoding)


def coloured(post: Post, *, width: int = 80) -> str:
    """As a terminal gets it."""
    screen = io.StringIO()
    render(post, Console(file=screen, width=width, force_terminal=True, color_system="truecolor"))
    return screen.getvalue()


def rendered_lines(*blocks: Paragraph | Note | Heading | Quote | ListBlock | Facts | Divider) -> str:
    return plain(Post(blocks=blocks)).removeprefix("\n").removesuffix("\n")


def test_a_digest_as_it_is_read() -> None:
    """Numbers stand out to the left, what belongs to an entry is set in below it, the address stands once."""
    assert plain(a_digest()).startswith(
        """
Papers for Wednesday, 4 February 2026
──────────────────────────────────────────────────────────────────────────────
157 papers new in cs.CL, cs.LG, cs.AI → 43 kept by the rule → 3 chosen

 1. Borrowed Attention: Sharing Keys Across Layers Without Retraining
    Long-Context Language Models
    https://arxiv.org/abs/2602.00001
    Ines Okafor, Tomasz Brandt, Li Wen et al. (7) · cs.CL cs.LG
"""
    )


def test_a_thread_hangs_from_its_parent() -> None:
    """Replies go along a gutter, with the numbers of their entries, sections in columns and the abstract barred."""
    thread = plain(a_digest()).split("\n  │\n", 1)[1]
    assert all(line.startswith("  │") for line in thread.splitlines())
    assert (
        """
  │  [2] A Small Garden of Proofs
  │      Maren Holt · cs.AI cs.LO · 4 Feb 2026 · arxiv:2602.00002
  │
  │      A proof assistant that plants lemmas before it needs them solves 11 %
  │      more of a held-out set.
  │
  │      Method  Between two goals, idle time goes into lemmas about the terms
  │              that the last proofs shared.
  │
  │      ▎ Proof search waits for a goal. We ask what it could do while nobody
  │      ▎ is asking.
  │
"""
        in thread
    )


def test_plain_output_is_plain() -> None:
    """Without a terminal there are no escape codes, no spaces at line ends, and each address once."""
    shown = plain(a_digest())
    assert "\x1b" not in shown
    assert not [line for line in shown.splitlines() if line != line.rstrip()]
    assert shown.count("https://arxiv.org/abs/2602.00001\n") == 1


def test_a_terminal_gets_links() -> None:
    """Where words can be links, the address is in them and not beside them."""
    shown = coloured(a_paper_card())
    assert ";https://arxiv.org/abs/2602.00001\x1b\\" in shown
    assert "https://" not in KNOWN.sub("", shown)


def test_without_colour_the_words_are_the_same() -> None:
    """What is read does not depend on colour."""
    post = Post(blocks=tuple(block for block in a_digest().blocks if not isinstance(block, Paragraph)))
    assert KNOWN.sub("", coloured(post)) == plain(post)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 250])
def test_lines_fit_the_terminal(width: int) -> None:
    """Nothing is wider than the terminal, nor than is good to read."""
    lines = KNOWN.sub("", coloured(a_digest(), width=width)).splitlines()
    assert max(cell_len(line) for line in lines) <= min(width, 100)


@pytest.mark.parametrize("width", [1, 2, 5, 10])
def test_a_tiny_terminal_is_no_accident(width: int) -> None:
    """Even one cell is enough not to fail."""
    assert "P" in coloured(a_digest(), width=width)


def test_addresses_are_never_broken() -> None:
    """An address that somebody copies stays in one piece, however long."""
    url = "https://example.org/" + "a" * 200
    assert url in rendered_lines(Paragraph(spans=(link("long", url),)))


def test_several_links_are_spelled_where_they_stand() -> None:
    """With more than one address in a text, each follows its words."""
    shown = rendered_lines(
        Paragraph(spans=(link("one", "https://a.example"), text(" and "), link("two", "https://b.example")))
    )
    assert shown == "one <https://a.example> and two <https://b.example>"


def test_an_address_that_is_its_own_text_is_not_repeated() -> None:
    """A bare address stands once."""
    assert rendered_lines(Paragraph(spans=(link("https://a.example", "https://a.example"),))) == "https://a.example"


def test_other_schemes_are_no_links() -> None:
    """Only web addresses lead anywhere, even where a span was made by hand."""
    post = Post(blocks=(Paragraph(spans=(Span(text="here", url="javascript:alert(1)"),)),))
    assert plain(post) == "\nhere\n"
    assert "\x1b]8" not in coloured(post)


def test_lists() -> None:
    """Bullets and numbers stand out to the left; numbers are aligned."""
    items = ((text("first\nsecond line"),), (text("next"),))
    assert rendered_lines(ListBlock(items=items)) == "• first\n  second line\n• next"
    assert rendered_lines(ListBlock(items=items, ordered=True, start=9)) == " 9. first\n    second line\n10. next"


def test_marks_replace_bullets() -> None:
    """A stage that passed or failed shows that instead of a bullet."""
    items = ((bold("✓ Rule: "), text("kept")), (bold("✗ Rank: "), text("place 14")))
    assert rendered_lines(ListBlock(items=items)) == "✓ Rule: kept\n✗ Rank: place 14"


def test_what_to_type_stands_in_a_column() -> None:
    """Commands on the left, what they do on the right."""
    items = ((code("/why ID"), text("  why a paper was posted")), (code("/help"), text("  this")))
    assert rendered_lines(ListBlock(items=items)) == "/why ID  why a paper was posted\n/help    this"


def test_a_long_command_goes_on_below_itself() -> None:
    """A name wider than its column takes several lines of it."""
    items = ((code("/subscribe CATEGORY... [RULE] [author:NAME]"), text("  add")), (code("/help"), text("  this")))
    assert rendered_lines(ListBlock(items=items)) == (
        "/subscribe CATEGORY... [RULE]   add\n  [author:NAME]\n/help                           this"
    )


def test_facts_are_aligned() -> None:
    """Values begin in one column, and go on in it."""
    rows = (("size", (text("10"),)), ("categories", (text("cs.CL " * 14),)))
    assert rendered_lines(Facts(rows=rows)) == (
        "size        10\ncategories  cs.CL cs.CL cs.CL cs.CL cs.CL cs.CL cs.CL cs.CL cs.CL cs.CL cs.CL\n"
        "            cs.CL cs.CL cs.CL"
    )


def test_warnings_are_seen_without_colour() -> None:
    """A mark tells a warning from other small print."""
    assert rendered_lines(Note(spans=(text("arXiv is down"),), warning=True)) == "! arXiv is down"


def test_small_print_stays_together() -> None:
    """Notes follow each other closely, text does not."""
    note, paragraph = Note(spans=(text("n"),)), Paragraph(spans=(text("p"),))
    assert rendered_lines(note, note, paragraph, paragraph, note) == "n\nn\n\np\n\np\n\nn"


def test_a_divider_is_a_line() -> None:
    """Between two texts, with room around it."""
    before, line, after = rendered_lines(Paragraph(spans=(text("a"),)), Divider(), Paragraph(spans=(text("b"),))).split(
        "\n\n"
    )
    assert (before, set(line), after) == ("a", {"─"}, "b")


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "gbk", "utf-16"])
def test_every_encoding_can_be_written(encoding: str) -> None:
    """A console that cannot show a character gets another one, not an error."""
    assert "Borrowed Attention" in plain(a_digest(), encoding=encoding)


hostile = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        "\x1b[31m",
        "\x1b]8;;https://evil.example\x1b\\",
        "\x9b2J",
        "\x1b]0;title\x07",
        "[red]x[/red]",
        "\u202e",
        "a\x00b",
        "\ud800",
    ]
)
hostile_span = st.builds(
    Span, text=hostile, bold=st.booleans(), code=st.booleans(), url=hostile.map("https://x".__add__)
)
hostile_spans = st.lists(hostile_span, max_size=2).map(tuple)
hostile_blocks = st.one_of(
    st.builds(Heading, spans=hostile_spans, level=st.integers(1, 2)),
    st.builds(Paragraph, spans=hostile_spans, indented=st.booleans()),
    st.builds(Quote, spans=hostile_spans),
    st.builds(Note, spans=hostile_spans, warning=st.booleans()),
    st.builds(ListBlock, items=st.lists(hostile_spans, max_size=2).map(tuple), ordered=st.booleans()),
    st.builds(Facts, rows=st.lists(st.tuples(hostile, hostile_spans), max_size=2).map(tuple)),
)


@given(st.lists(hostile_blocks, max_size=3).map(tuple))
def test_no_escape_of_a_post_reaches_the_terminal(blocks: tuple[Heading | Paragraph, ...]) -> None:
    """Whatever a post says, a terminal gets rich's own styles and links and printable text, nothing else."""
    shown = KNOWN.sub("", coloured(Post(blocks=blocks)))
    assert all(character.isprintable() or character == "\n" or character >= " " for character in shown)
    assert not set(shown) & set("\x1b\x07\x9b\x9d\x00\r\u202e\ud800")


@given(hostile)
def test_a_title_cannot_fake_a_line(content: str) -> None:
    """A heading and a link stay in the lines that are theirs: no text begins where a prompt would."""
    reply = Post(
        blocks=(Heading(spans=(text(content),), level=2), Paragraph(spans=(link(content, "https://x.example"),)))
    )
    lines = plain(Post(blocks=(), replies=(reply,))).splitlines()
    assert all(line.startswith("  │") for line in lines if line)
