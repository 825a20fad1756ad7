"""Posts as Discord's JSON: within its limits, without loss, and harmless whatever the text says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.discord import commands as registry
from adapters.chat.discord.markdown import escape, size
from adapters.chat.discord.render import (
    mark_in,
    mark_of,
    message_bodies,
    nonce_of,
    plan,
    read_button,
    thread_name,
    with_mark,
    without_mark,
)
from core.channels import ChannelRef
from core.converse.grammar import NAMES
from core.papers.identifiers import PaperId
from core.posts.tree import (
    Action,
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
    italic,
    link,
    prose,
    text,
)
from tests.fakes.posts import FIRST, SECOND, a_digest, a_paper_card
from tests.soak import IS_SOAK
from tests.standins.discord_words import as_read
from tests.standins.judges import discord_spec

CHANNEL = ChannelRef("discord", "1", "2")
RAW = st.text(st.characters(codec="utf-8"), max_size=3_000)
LONG = st.builds(
    lambda word, times: f"{word} " * times, st.text("abcdefg\n*_[]()<>`~|:#-.1", max_size=30), st.integers(1, 700)
)
SPANS = st.lists(
    st.builds(Span, text=RAW | LONG, bold=st.booleans(), italic=st.booleans(), code=st.booleans())
    | st.builds(link, RAW, st.just("https://example.org/a_(b)?c=<d>") | RAW),
    max_size=4,
).map(tuple)
BLOCKS = (
    st.builds(Heading, spans=SPANS, level=st.integers(1, 3))
    | st.builds(Paragraph, spans=SPANS, indented=st.booleans())
    | st.builds(Note, spans=SPANS, warning=st.booleans())
    | st.builds(Quote, spans=SPANS)
    | st.builds(ListBlock, items=st.lists(SPANS, max_size=4).map(tuple), ordered=st.booleans())
    | st.builds(Facts, rows=st.lists(st.tuples(RAW, SPANS), max_size=3).map(tuple))
)
POSTS = st.builds(Post, blocks=st.lists(BLOCKS, max_size=6).map(tuple), fallback=RAW)


def read(body: dict[str, Any]) -> str:
    """What a person reads of a message."""
    return "\n".join(as_read(embed["description"]) for embed in body["embeds"])


def letters(shown: str) -> list[str]:
    """The words' letters alone: what no renderer may drop."""
    return re.findall(r"[a-zA-Z]", shown)


def raw_of(post: Post) -> str:
    """All text of a post made of paragraphs."""
    return "".join(span.text for block in post.blocks if isinstance(block, Paragraph) for span in block.spans)


@given(POSTS)
def test_every_message_is_within_the_limits(post: Post) -> None:
    """Whatever a post says, Discord takes its messages: embeds of 4,096, messages of 6,000 characters."""
    for outgoing in plan(CHANNEL, post, key="1"):
        body = outgoing.payload["body"]
        sizes = [size(embed["description"]) for embed in body["embeds"]]
        assert 1 <= len(sizes) <= 10
        assert all(1 <= one <= 4_096 for one in sizes)
        assert sum(sizes) + 30 <= 6_000
        assert len(body["nonce"]) == 25


@given(st.lists(st.text("abcdefghij \n", max_size=6_000), max_size=5))
@settings(max_examples=60, deadline=None)
def test_splitting_loses_no_text(texts: list[str]) -> None:
    """The messages of a long post together say every letter of it, in order."""
    post = Post(blocks=tuple(Paragraph(spans=(text(one),)) for one in texts))
    shown = "".join(read(body) for body in message_bodies(post))
    assert letters(shown) == letters(raw_of(post))


@given(st.lists(LONG, min_size=1, max_size=2))
@settings(max_examples=300 if IS_SOAK else 20)
def test_every_kind_of_block_is_split_without_loss(texts: list[str]) -> None:
    """Lists, facts, quotations, notes and headings lose no letter either."""
    spans = tuple(Span(text=one, bold=n == 1) for n, one in enumerate(texts))
    for block in (
        Heading(spans=spans),
        Quote(spans=spans),
        Note(spans=spans),
        ListBlock(items=(spans, spans)),
        Facts(rows=((texts[0], spans),)),
    ):
        shown = "".join(read(body) for body in message_bodies(Post(blocks=(block,))))
        said = len(letters("".join(texts))) * (2 if isinstance(block, ListBlock) else 1)
        said += len(letters(texts[0])) if isinstance(block, Facts) else 0
        assert len(letters(shown)) == said


@given(RAW)
@settings(max_examples=200, deadline=None)
def test_escaped_text_is_read_as_it_was_written(raw: str) -> None:
    """No character of a text is taken for markup."""
    assert as_read(escape(raw)) == raw.replace("\u200b", "")


@pytest.mark.parametrize(
    "hostile",
    [
        "@everyone",
        "<@123> <#4> <@&5> <t:1> </help:1> <:x:1>",
        "[click](https://evil.example)",
        "||spoiler||",
        "# heading",
        "-# small",
        "> quote",
        ">>> quote",
        "- item",
        "1. item",
        "```\ncode\n```",
        "https://evil.example/a",
        "a:smile:b",
        "\\*already\\*",
        "__u__ ~~s~~ **b**",
    ],
)
def test_markup_in_text_is_escaped(hostile: str) -> None:
    """Mentions, links, headings, spoilers, emoji: a title that has them shows them as they are written."""
    (body,) = message_bodies(Post(blocks=(Paragraph(spans=(text(hostile),)),)))
    description = body["embeds"][0]["description"]
    assert as_read(description).split() == hostile.split()
    assert not re.search(r"(?<!\\)[@<\[|~_`*]|^(#|-|>|\d\.)|(?<!\\)://", description, re.MULTILINE)


def test_hidden_characters_are_taken_out() -> None:
    """Control characters and bidi overrides reach nobody, in text, labels and thread names."""
    hostile = "a\x1b[2Jb\u202ec\x00d\u2066e"
    post = Post(
        blocks=(Heading(spans=(text(hostile),)), Paragraph(spans=(bold(hostile), code(hostile), italic(hostile)))),
        actions=(Action(name="bookmark", label=hostile, arguments=str(FIRST)),),
    )
    (outgoing,) = plan(CHANNEL, post, key="1")
    assert not set(str(outgoing.payload)) & set("\x1b\u202e\x00\u2066")
    assert not set(thread_name(post)) & set("\x1b\u202e\x00\u2066")


def test_links_are_links() -> None:
    """An address ends no Markdown link early; one that is not of the web is no link."""
    spans = (link("there", "https://example.org/a_(b)"), Span(text=" not", url="javascript:alert(1)"))
    (body,) = message_bodies(Post(blocks=(Paragraph(spans=spans),)))
    assert body["embeds"][0]["description"] == "[there](https://example.org/a_%28b%29) not"


def test_nobody_is_mentioned() -> None:
    """No message of ours may ring anybody."""
    for outgoing in plan(CHANNEL, a_digest(), key="1"):
        assert outgoing.payload["body"]["allowed_mentions"] == {"parse": []}


def test_long_digest_becomes_several_messages_with_one_thread() -> None:
    """What does not fit goes on in a second message; every paper hangs in the thread of the last one.

    Each message is on record with all papers of the digest, so that a number in the thread is the digest's own.
    """
    entry = (Paragraph(spans=(text("word " * 150),)), Note(indented=True, spans=(text("why " * 50),)))
    post = Post(blocks=entry * 12, replies=(a_paper_card(),), papers=(SECOND, FIRST))
    first, *more, reply = plan(CHANNEL, post, key="1")
    assert more
    assert first.parent_key is None
    assert {one.parent_key for one in more} == {None}
    assert reply.parent_key == more[-1].key
    assert ({one.papers for one in (first, *more)}, reply.papers) == ({(SECOND, FIRST)}, (FIRST,))


def test_entries_stay_together() -> None:
    """A paper's lines are in one embed where they fit."""
    entry = (Paragraph(spans=(text("T" * 700),)), Note(indented=True, spans=(text("N" * 700),)))
    for body in message_bodies(Post(blocks=entry * 6)):
        for embed in body["embeds"]:
            assert embed["description"].count("T") == embed["description"].count("N")


def test_buttons_carry_name_and_paper() -> None:
    """A button says in its identifier alone what it does, so that it survives a restart."""
    (outgoing,) = plan(CHANNEL, a_paper_card(), key="1")
    (row,) = outgoing.payload["body"]["components"]
    assert row["components"][0]["custom_id"] == "pb:bookmark:arxiv:2602.00001"
    assert read_button("pb:bookmark:arxiv:2602.00001") == ("bookmark", str(FIRST))
    assert read_button("pb:bookmark:doi:10.1/a:b") == ("bookmark", str(PaperId("doi", "10.1/a:b")))


@pytest.mark.parametrize("arguments", ["", "2", "size 20", "in:cs.CL since:7d", "a\nb"])
def test_buttons_carry_any_arguments(arguments: str) -> None:
    """A button of a page, a setting or a command without arguments comes back as it was sent."""
    post = Post(blocks=(), actions=(Action(name="search", label="More", arguments=arguments),))
    (body,) = message_bodies(post)
    assert read_button(body["components"][0]["components"][0]["custom_id"]) == ("search", arguments)


def test_commands_and_signs_are_as_they_are_typed() -> None:
    """A command and a reaction's sign are shown as people type and press them, in replies as well."""
    blocks = (Paragraph(spans=prose("Try `/search diffusion`, or press :bookmark:.")),)
    for outgoing in plan(CHANNEL, Post(blocks=blocks, replies=(Post(blocks=blocks),)), key="1"):
        assert outgoing.payload["body"]["embeds"][0]["description"] == "Try `/search diffusion`, or press 🔖."


@pytest.mark.parametrize("custom_id", ["", "other", "pb:", "pb:bookmark", "pb::arxiv:1", "xpb:a:b:c"])
def test_other_buttons_are_none_of_ours(custom_id: str) -> None:
    """What is not ours is not pressed."""
    assert read_button(custom_id) is None


def test_many_buttons_take_more_messages() -> None:
    """Discord takes 25 buttons a message; more go into further ones. One that is too long for Discord is left out."""
    actions = [Action(name="paper", label=str(n), arguments=f"arxiv:2602.{n:05d}") for n in range(60)]
    too_long = Action(name="bookmark", label="x", arguments=f"doi:10.1/{'x' * 100}")
    bodies = message_bodies(Post(blocks=(Paragraph(spans=(text("many"),)),), actions=(*actions, too_long)))
    shown = [len([button for row in body["components"] for button in row["components"]]) for body in bodies]
    assert shown == [25, 25, 10]


def test_marks_tell_messages_apart() -> None:
    """A mark is the same for the same key alone, comes back from a message, and stands where nobody sees it."""
    (outgoing,) = plan(CHANNEL, a_paper_card(), key="delivery/7")
    body = outgoing.payload["body"]
    assert mark_in(body) == mark_of("delivery/7/0")
    assert mark_of("7/1") not in (mark_of("7/11"), mark_of("8/1"))
    *_, last = body["embeds"]
    assert last["url"] == f"https://discord.com/channels/{CHANNEL.workspace}/{CHANNEL.place}#paperboy-{mark_in(body)}"
    assert "title" not in last
    assert "ref" not in str(last.get("footer"))
    assert mark_in(without_mark(body)) is None
    assert mark_in(with_mark(without_mark(body), "0123456789-4", CHANNEL)) == "0123456789-4"
    assert mark_in({"embeds": [{"footer": {"text": "ref 0123456789-3"}}]}) == "0123456789-3", "of an older version"
    assert mark_in({"embeds": [{"url": "https://evil.example/#paperboy-0123456789-3"}]}) is None
    assert mark_in({"embeds": [{"footer": {"text": "somebody else's"}}, {}]}) is None
    assert nonce_of(CHANNEL, "7/1") != nonce_of(ChannelRef("discord", "1", "3"), "7/1")


@given(RAW)
def test_thread_names_fit(title: str) -> None:
    """A thread is named, in one line of a hundred characters at most."""
    name = thread_name(Post(blocks=(Heading(spans=(text(title),)),)))
    assert 1 <= size(name) <= 100
    assert "\n" not in name


def test_commands_are_as_discord_wants_them() -> None:
    """Every command is registered, in a form that the published specification takes."""
    commands = registry.registration()
    assert tuple(command["name"] for command in commands) == NAMES
    if spec := discord_spec():
        assert spec.check_request("PUT", "/applications/1/commands", commands) == []


def test_what_discord_fills_in_is_no_change() -> None:
    """Commands that come back with Discord's own fields are still ours; a changed description is not."""
    known = [one | {"id": "1", "version": "2", "nsfw": False} for one in registry.registration()]
    assert registry.is_current(known)
    assert not registry.is_current([known[0] | {"description": "Another"}, *known[1:]])
    assert not registry.is_current(known[1:])


def test_lines_of_an_item_belong_to_it() -> None:
    """An item's further lines are set in below it, where no text can begin a heading; a fact's name has its colon."""
    items = ((bold("Nets"), text(" · ▲ 7\n# Ann Lee")), (text("Graphs"),))
    blocks = (ListBlock(items=items, ordered=True), Facts(rows=(("size", (text("10"),)),)))
    (body,) = message_bodies(Post(blocks=blocks))
    shown = body["embeds"][0]["description"]
    assert shown == "1. **Nets** · ▲ 7\n  \\# Ann Lee\n2. Graphs\n\n**size:** 10"
