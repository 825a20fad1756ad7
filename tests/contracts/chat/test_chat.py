"""What every chat platform promises, whatever it is called.

A `PlatformDriver` is a platform with a person before it: each platform has one, and every promise below is then proved
for that platform as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.chat.breaker import FAILURES
from core.errors import ChannelGone, ChatDown, ChatUnavailable, LeaseLost
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Feeling
from core.posts.signs import feeling_of
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
    Spans,
    bold,
    code,
    italic,
    link,
    text,
)
from tests.fakes.desk import FakeDesk
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.posts import FIRST, SECOND, THIRD, a_digest, a_paper_card

HOSTILE = "\x1b[2J\x1b]0;owned\x07 [bold]not bold[/bold] \u202egnp.exe <b>&amp; @everyone \x9b31m `x` *y*\r\n> z"


async def post_all(driver: PlatformDriver, post: Post, key: str = "1") -> dict[str, MessageRef]:
    sent: dict[str, MessageRef] = {}
    for outgoing in driver.chat.plan(driver.channel, post, key=key):
        parent = sent[outgoing.parent_key] if outgoing.parent_key else None
        sent[outgoing.key] = await driver.chat.send(driver.channel, outgoing, parent)
    return sent


def plan(driver: PlatformDriver, post: Post) -> tuple[Outgoing, ...]:
    return driver.chat.plan(driver.channel, post, key="1")


def all_kinds() -> Post:
    """Every kind of block and span."""
    return Post(
        blocks=(
            Heading(spans=(text("First of all"), bold(" strong"))),
            Note(spans=(text("small print"),), warning=True),
            Paragraph(spans=(text("1. "), link("An entry", "https://example.org/1", bold=True))),
            Paragraph(spans=(italic("slanted"), code(" typed "), text("and\nbroken")), indented=True),
            Heading(spans=(text("Second"),), level=2),
            Paragraph(spans=(bold("Method: "), text("by hand"))),
            Quote(spans=(text("somebody said"),)),
            ListBlock(items=((text("loose"),), (text("sheets"), link("there", "https://example.org/2")))),
            ListBlock(
                items=((code("/help"), text("  tells")), (code("/a-rather-long-command WITH MANY WORDS"), bold("y")))
            ),
            ListBlock(items=((bold("✓ good: "), text("yes")), (bold("✗ bad: "), text("no"))), ordered=False),
            ListBlock(items=((text("ninth"),), (text("tenth"),)), ordered=True, start=9),
            Divider(),
            Facts(rows=(("size", (text("ten"),)), ("a name longer than anybody would give it", (text("much"),)))),
            Paragraph(spans=(text("Donaudampfschifffahrtsgesellschaftskapitänsmützen" * 5),)),
            Paragraph(spans=(text("在一个很长的句子里没有任何空格，也应当被完整地显示出来。" * 4),)),
        ),
        papers=(FIRST, SECOND),
        fallback="All kinds",
    )


def words(post: Post) -> set[str]:
    """Every word that a reader of the post should find."""
    names = [name for block in post.blocks if isinstance(block, Facts) for name, _ in block.rows]
    return set(" ".join([*names, *(span.text for spans in _spans(post) for span in spans)]).split())


def _spans(post: Post) -> Iterator[Spans]:
    for block in post.blocks:
        if isinstance(block, ListBlock):
            yield from block.items
        elif isinstance(block, Facts):
            yield from (value for _, value in block.rows)
        elif not isinstance(block, Divider):
            yield block.spans


def squeezed(shown: str) -> str:
    """Text without the room and the lines between its words."""
    return "".join(character for character in shown if not character.isspace() and character not in "│▎")


def test_plan_is_the_same_for_the_same_post(driver: PlatformDriver) -> None:
    """Planning twice gives the same messages, and sends nothing."""
    assert plan(driver, a_digest()) == plan(driver, a_digest())
    assert driver.seen() == ""


def test_payload_is_json(driver: PlatformDriver) -> None:
    """What the ledger stores comes back as it was."""
    for outgoing in plan(driver, a_digest()) + plan(driver, all_kinds()):
        assert json.loads(json.dumps(outgoing.payload)) == outgoing.payload


def test_keys_are_in_order(driver: PlatformDriver) -> None:
    """Keys are the post's key and a position, each once."""
    assert [outgoing.key for outgoing in plan(driver, a_digest())] == ["1/0", "1/1", "1/2", "1/3"]


def test_parents_come_first(driver: PlatformDriver) -> None:
    """A message comes after the one whose thread it belongs to, replies to replies too."""
    nested = replace(a_digest(), replies=(replace(a_paper_card(), replies=(a_paper_card(),)), a_paper_card()))
    for post in (a_digest(), nested):
        known: set[str | None] = {None}
        for outgoing in plan(driver, post):
            assert outgoing.parent_key in known
            known.add(outgoing.key)
        assert len(known) > 4


def test_every_paper_is_in_a_message(driver: PlatformDriver) -> None:
    """The plan shows the post's papers, and each reply its own."""
    planned = plan(driver, a_digest())
    assert {paper for outgoing in planned for paper in outgoing.papers} == {FIRST, SECOND, THIRD}
    assert [outgoing.papers for outgoing in planned if outgoing.parent_key] == [(FIRST,), (SECOND,), (THIRD,)]


@pytest.mark.parametrize("post", [a_digest(), a_paper_card(), all_kinds()], ids=["digest", "paper", "all kinds"])
async def test_no_text_is_lost(driver: PlatformDriver, post: Post) -> None:
    """Every word of the post and its replies can be read."""
    await post_all(driver, post)
    await driver.person_opens(len(post.replies))
    seen = squeezed(driver.seen())
    assert not {word for one in (post, *post.replies) for word in words(one) if word not in seen}


async def test_links_lead_somewhere(driver: PlatformDriver) -> None:
    """A paper's address is not lost."""
    await post_all(driver, a_digest())
    assert "https://arxiv.org/abs/2602.00001" in driver.seen()


async def test_a_channel_is_checked_before_anything_is_posted(driver: PlatformDriver) -> None:
    """`check` accepts the channel and posts nothing; of a channel that is not there it says so and what to do."""
    await driver.chat.check(driver.channel)
    assert driver.seen() == ""
    if driver.absent:
        with pytest.raises(ChannelGone) as raised:
            await driver.chat.check(driver.absent)
        assert raised.value.hint


async def test_a_sent_message_is_found(driver: PlatformDriver) -> None:
    """`find` knows what was sent by its key, and nothing else."""
    sent = await post_all(driver, a_digest())
    assert await driver.chat.find(driver.channel, "1/2") == sent["1/2"]
    assert await driver.chat.find(driver.channel, "2/0") is None


async def test_messages_of_two_databases_are_told_apart(driver: PlatformDriver) -> None:
    """The same digest of two databases has its own messages, each found by its whole key, with the longest of keys."""
    keys = [f"{database}/123456789-20260204-listing" for database in ("0123456789abcdef", "fedcba9876543210")]
    ours = await post_all(driver, a_digest(), key=keys[0])
    assert await driver.chat.find(driver.channel, f"{keys[1]}/1") is None
    theirs = await post_all(driver, a_digest(), key=keys[1])
    assert len({*ours.values(), *theirs.values()}) == 8
    for key, message in (ours | theirs).items():
        assert await driver.chat.find(driver.channel, key) == message


async def test_messages_are_told_apart(driver: PlatformDriver) -> None:
    """Each message has a reference of its own, in the channel it was sent to."""
    sent = await post_all(driver, a_digest())
    assert len(set(sent.values())) == 4
    assert {message.channel for message in sent.values()} == {driver.channel}


async def test_same_key_is_sent_once(driver: PlatformDriver) -> None:
    """Sending a key again gives the message there is."""
    first = await post_all(driver, a_paper_card())
    seen = driver.seen()
    assert await post_all(driver, a_paper_card()) == first
    assert driver.seen() == seen


@pytest.mark.parametrize("is_reply", [False, True])
async def test_nothing_is_sent_after_a_wait_that_took_too_long(driver: PlatformDriver, is_reply: bool) -> None:
    """The last look before each request can keep a message back, also when the platform had let us wait."""
    first, *replies = plan(driver, a_digest())
    parent = await driver.chat.send(driver.channel, first, None) if is_reply else None
    before, looks = driver.seen(), 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == (2 if driver.absent else 1):  # a terminal lets nobody wait
            raise LeaseLost("Another process took over.")

    driver.lets_wait()
    message = replies[0] if is_reply else first
    with pytest.raises(LeaseLost):
        await driver.chat.send(driver.channel, message, parent, before_sending=look)
    assert driver.seen() == before
    assert await driver.chat.find(driver.channel, message.key) is None
    assert await driver.chat.send(driver.channel, message, parent)


async def test_a_platform_that_is_down_is_left_in_peace(driver: PlatformDriver) -> None:
    """After some failures in a row a digest fails at once and says until when; people are still answered."""
    driver.goes_down(FAILURES)
    for number in range(FAILURES):
        with pytest.raises(ChatUnavailable):
            await post_all(driver, a_paper_card(), key=str(number))
    with pytest.raises(ChatDown) as raised:
        await post_all(driver, a_paper_card())
    assert driver.chat.outage
    assert raised.value.until == driver.chat.outage.next_try
    await driver.person_types(FakeDesk(), ["/help"])
    assert driver.seen().strip() == "Here you are."


async def test_replies_follow_their_parent(driver: PlatformDriver) -> None:
    """A thread reads in the order of the post."""
    await post_all(driver, a_digest())
    await driver.person_opens(3)
    seen = driver.seen()
    places = [seen.index(word) for word in ("157 papers", "Sources: arXiv", "Motivation", "Proof search waits", "动机")]
    assert places == sorted(places)


async def test_edit_shows_the_new_text(driver: PlatformDriver) -> None:
    """What a message says can be changed."""
    sent = await post_all(driver, a_digest())
    await driver.chat.edit(sent["1/1"], Post(blocks=(Paragraph(spans=(text("A better summary."),)),)))
    assert "A better summary." in driver.seen()


@pytest.mark.parametrize(
    "post",
    [
        Post(blocks=()),
        Post(blocks=(Paragraph(spans=()), Facts(rows=()), ListBlock(items=()), Heading(spans=()))),
        Post(blocks=(Paragraph(spans=(text(""),)),), replies=(Post(blocks=()),), papers=(FIRST,)),
        Post(blocks=(ListBlock(items=((),)), Quote(spans=(text("\n\n"),)))),
    ],
)
async def test_empty_posts_are_no_accident(driver: PlatformDriver, post: Post) -> None:
    """A post that says nothing is sent without complaint."""
    assert len(await post_all(driver, post)) == 1 + len(post.replies)


async def test_hostile_text_is_shown_and_nothing_more(driver: PlatformDriver) -> None:
    """No text of a post moves the cursor, colours, reorders or hides anything."""
    hostile = Span(text=HOSTILE, url="https://example.org/\x1b]8;;\x07")
    post = Post(
        blocks=(
            Heading(spans=(hostile,)),
            Paragraph(spans=(hostile, bold(HOSTILE), code(HOSTILE))),
            ListBlock(items=((hostile,),)),
            Facts(rows=((HOSTILE, (hostile,)),)),
            Note(spans=(hostile,), warning=True),
            Quote(spans=(italic(HOSTILE),)),
        ),
        papers=(FIRST,),
        fallback=HOSTILE,
    )
    sent = await post_all(driver, post)
    await driver.chat.edit(sent["1/0"], post)
    assert not set(driver.seen()) & set("\x1b\x07\x9b\u202e\r")
    assert "[bold]not bold[/bold]" in driver.seen()


async def test_commands_reach_the_desk_in_order(driver: PlatformDriver) -> None:
    """What people ask arrives as commands, from them and from here, and the answer is shown."""
    desk = FakeDesk()
    await driver.person_types(desk, ["/search graph nets in:cs.LG", "/help", "/paper 2602.00001"])
    assert [(one.name, one.arguments) for one in desk.commands] == [
        ("search", "graph nets in:cs.LG"),
        ("help", ""),
        ("paper", "2602.00001"),
    ]
    assert {one.place for one in desk.commands} == {driver.channel}
    assert {one.actor.platform for one in desk.commands} == {driver.chat.platform}
    assert driver.seen().count("Here you are.") == 3


async def test_unknown_commands_get_a_hint(driver: PlatformDriver) -> None:
    """A mistyped command is answered with the nearest one, and does not reach the desk."""
    desk = FakeDesk()
    await driver.person_types(desk, ["/serach graph nets"])
    assert desk.events == []
    assert f"Did you mean {driver.typed('search')}?" in driver.seen()


async def test_reactions_reach_the_desk(driver: PlatformDriver) -> None:
    """A reaction on a paper's message arrives with that message, and so does taking it away."""
    sent = await post_all(driver, a_digest())
    desk = FakeDesk()
    await driver.person_reacts(desk, sent["1/3"], Feeling.BOOKMARK, added=True)
    await driver.person_reacts(desk, sent["1/1"], Feeling.LESS, added=True)
    await driver.person_reacts(desk, sent["1/3"], Feeling.BOOKMARK, added=False)
    read = [(one, one.feeling or feeling_of(one.emoji, one.user.platform)) for one in desk.reactions]
    assert [(one.message, feeling, one.added) for one, feeling in read] == [
        (sent["1/3"], Feeling.BOOKMARK, True),
        (sent["1/1"], Feeling.LESS, True),
        (sent["1/3"], Feeling.BOOKMARK, False),
    ]


async def test_answers_are_told_to_the_desk(driver: PlatformDriver) -> None:
    """The desk hears which message of an answer shows which papers, so that reactions on it count."""
    desk = FakeDesk(a_digest())
    await driver.person_types(desk, ["/digest preview"])
    papers: list[tuple[PaperId, ...]] = [(FIRST, SECOND, THIRD), (FIRST,), (SECOND,), (THIRD,)]
    assert list(desk.seen.values()) == papers
