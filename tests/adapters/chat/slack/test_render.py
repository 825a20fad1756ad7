"""Posts as Block Kit, judged by Slack's published rules."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.slack.render import MESSAGE_ROOM, MOST_BLOCKS, messages, pieces
from core.posts.tree import (
    Action,
    Block,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    link,
    person,
    text,
)
from tests.fakes.posts import FIRST, a_digest, a_paper_card
from tests.shared import needs_shared
from tests.standins.judges import slack_spec
from tests.standins.slack_api import CHANNEL
from tests.standins.slack_messages import text_of

SPANS = st.builds(
    Span,
    text=st.text(max_size=200) | st.text(alphabet="a \n&<>*_`😀", max_size=6_000),
    bold=st.booleans(),
    italic=st.booleans(),
    code=st.booleans(),
    url=st.sampled_from(["", "https://example.org/a?b=c&d=<e>", "javascript:alert(1)", "https://e.org/" + "é" * 2_000]),
)
LINES = st.lists(SPANS, max_size=4).map(tuple)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, spans=LINES, level=st.sampled_from([1, 2])),
    st.builds(Paragraph, spans=LINES, indented=st.booleans()),
    st.builds(Quote, spans=LINES),
    st.builds(Note, spans=LINES, indented=st.booleans(), warning=st.booleans()),
    st.builds(ListBlock, items=st.lists(LINES, max_size=4).map(tuple), ordered=st.booleans()),
    st.builds(Facts, rows=st.lists(st.tuples(st.text(max_size=40), LINES), max_size=3).map(tuple)),
)
POSTS = st.builds(
    Post,
    blocks=st.lists(BLOCKS, max_size=8).map(tuple),
    actions=st.lists(
        st.builds(
            Action,
            name=st.just("bookmark"),
            label=st.text(max_size=100),
            arguments=st.just(str(FIRST)) | st.text(max_size=600),
        ),
        max_size=30,
    ).map(tuple),
    fallback=st.text(max_size=400),
)


@needs_shared
@settings(max_examples=40, deadline=None)
@given(POSTS)
def test_whatever_is_said_is_within_the_limits(post: Post) -> None:
    """Any post becomes messages that Block Kit's own rules accept, none of them too long."""
    judge = slack_spec()
    assert judge
    for payload in messages(post):
        assert not judge.request("chat.postMessage", {"channel": CHANNEL, "unfurl_links": False, **payload})
        assert len(json.dumps(payload["blocks"])) <= MESSAGE_ROOM + 300
        assert len(payload["blocks"]) <= MOST_BLOCKS
        assert payload["text"]


@given(st.text(max_size=3_000), st.integers(12, 400))
def test_splitting_loses_nothing(written: str, room: int) -> None:
    """Pieces put together are the text, and each fits."""
    parts = list(pieces(written, room))
    assert "".join(parts) == written
    assert all(len(json.dumps(part)) - 2 <= room for part in parts)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="abcdefgh 中文&<>*_", min_size=1, max_size=2_000), min_size=1, max_size=30))
def test_long_posts_keep_every_word(paragraphs: list[str]) -> None:
    """A post of any length shows all its words, in order, over as many messages as it takes."""
    post = Post(blocks=tuple(Paragraph(spans=(text(one),)) for one in paragraphs))
    shown = "".join(text_of(payload["blocks"]) for payload in messages(post))
    assert "".join(shown.split()) == "".join("".join(paragraphs).split())


def test_nothing_mentions_or_links_or_formats() -> None:
    """A hostile title is text: no mention, no entity, no link of its own, no markup."""
    hostile = "<!channel> <@U123> *bold* &lt;b&gt; <https://evil.example|arXiv> `code` @here :skull:"
    post = Post(
        blocks=(Heading(spans=(text(hostile),)), Paragraph(spans=(text(hostile),)), Note(spans=(text(hostile),))),
        fallback=hostile,
    )
    (payload,) = messages(post)
    escaped = hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    header, paragraph, note = payload["blocks"]
    assert payload["text"] == escaped
    assert header["text"] == {"type": "plain_text", "text": escaped, "emoji": False}
    assert paragraph["elements"][0]["elements"] == [{"type": "text", "text": hostile}]
    assert note["elements"] == [{"type": "plain_text", "text": escaped, "emoji": False}]


def test_links_in_small_print_stay_links() -> None:
    """Small print may lead somewhere; a label that mrkdwn would format makes it running text."""
    (payload,) = messages(Post(blocks=(Note(spans=(text("by hand · "), link("PDF", "https://e.org/a?b&c"))),)))
    assert payload["blocks"][0]["elements"][1]["text"] == "<https://e.org/a?b&amp;c|PDF>"
    (payload,) = messages(Post(blocks=(Note(spans=(link("a_b_", "https://e.org"),)),)))
    assert payload["blocks"][0]["type"] == "rich_text"


def test_a_twenty_paper_digest_stays_small() -> None:
    """A digest's entry is one block, so that twenty papers are two messages at most."""
    entries = a_digest().blocks[2:6] * 20
    assert len(messages(Post(blocks=entries))) <= 2


def test_buttons_carry_the_command_and_the_paper() -> None:
    """A button needs nothing but its own name and value: no memory of ours is behind it."""
    (payload,) = messages(a_paper_card())
    (button,) = payload["blocks"][-1]["elements"]
    assert (button["action_id"], button["value"]) == ("paperboy:bookmark:0", "arxiv:2602.00001")


def test_buttons_do_not_stand_alone() -> None:
    """Where a message's buttons do not fit into it, what is above them goes with them into the next one."""
    blocks = tuple(Paragraph(spans=(text("word " * 520),)) for _ in range(3))
    actions = tuple(Action(name="summary", label=f"Summary {n}", arguments="x" * 200) for n in range(8))
    first, second = messages(Post(blocks=blocks, actions=actions))
    assert [block["type"] for block in first["blocks"]] == ["rich_text", "rich_text", "context"]
    assert [block["type"] for block in second["blocks"]][:2] == ["rich_text", "actions"]


def test_blocks_break_between_lines() -> None:
    """Where a list needs several blocks, each begins with an item; one of people alone is a block like any other."""
    items = tuple((link(f"Paper {n}", "https://example.org/" + "a" * 300), text(" by Ann Lee")) for n in range(20))
    (message,) = messages(
        Post(blocks=(ListBlock(items=items, ordered=True), Paragraph(spans=(person("slack:T1/U123"),))))
    )
    *lists, people = [block["elements"][0]["elements"] for block in message["blocks"]]
    assert len(lists) > 1
    assert all(block[0]["text"].endswith(". ") for block in lists)
    assert people == [{"type": "user", "user_id": "U123"}]
