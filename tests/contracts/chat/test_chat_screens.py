"""How every platform keeps a message small: pages behind buttons, abstracts folded, long posts in parts that say so."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.origins import SOURCES
from core.channels import Depth
from core.deliver import card
from core.papers.paper import Summary
from core.posts.tree import Action, Paragraph, Post, Quote, text
from tests.fakes.papers import a_paper
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.posts import FIRST, a_paper_card

ABSTRACT = "Proof search waits for a goal, and nobody asks what it could do meanwhile."
UNFOLD = Action(name="abstract", label="Abstract", arguments=str(FIRST))
CARD = replace(
    a_paper_card(),
    blocks=(Paragraph(spans=(text("A card."),)), Quote(spans=(text(ABSTRACT),), unfold=UNFOLD)),
    actions=(
        Action(name="bookmark", label="Bookmark", arguments=str(FIRST)),
        Action(label="PDF", url="https://arxiv.org/pdf/2602.00001"),
        Action(label="Evil 1", url="javascript:alert(1)"),
        Action(label="Evil 2", url="https://user:secret@evil.example/"),
        Action(label="Evil 3", url="http://localhost/admin"),
        Action(label="Evil 4", url=f"https://evil.example/{'x' * 4_000}"),
        Action(label="Evil 5", url="tg://user?id=1"),
    ),
)


async def test_pages_are_opened_by_buttons(driver: PlatformDriver) -> None:
    """A web page is behind a button, or a link in a terminal; what is no page that a platform takes is left out."""
    (outgoing,) = driver.chat.plan(driver.channel, CARD, key="1")
    await driver.chat.send(driver.channel, outgoing, None)
    if driver.chat.platform == "terminal":  # it draws its payload, the post, when it is sent
        assert "PDF" in driver.seen()
        assert "https://arxiv.org/pdf/2602.00001" in driver.seen()
        assert "evil" not in driver.seen().lower()
        return
    shown = json.dumps(outgoing.payload)
    assert '"url": "https://arxiv.org/pdf/2602.00001"' in shown
    assert "Evil" not in shown
    assert "evil.example" not in shown
    assert '"PDF"' in shown


async def test_an_abstract_folds(driver: PlatformDriver) -> None:
    """It stands in a quotation that the platform folds, else behind a button that brings it; never both."""
    (outgoing,) = driver.chat.plan(driver.channel, CARD, key="1")
    await driver.chat.send(driver.channel, outgoing, None)
    shown = json.dumps(outgoing.payload)
    if driver.chat.platform in ("slack", "discord"):
        assert ABSTRACT not in shown
        assert "Abstract" in driver.seen()
    else:
        assert ABSTRACT in " ".join(driver.seen().replace("▎", "").split())
        assert "Abstract" not in driver.seen()


async def test_an_abstract_that_no_button_can_bring_stands_there(driver: PlatformDriver) -> None:
    """An identifier that is too long for a button keeps nobody from reading."""
    unfold = replace(UNFOLD, arguments="doi:10.1/" + "x" * 3_000)
    folded = Post(blocks=(Quote(spans=(text(ABSTRACT),), unfold=unfold),))
    (outgoing,) = driver.chat.plan(driver.channel, folded, key="1")
    await driver.chat.send(driver.channel, outgoing, None)
    assert "Proof search" in driver.seen()


async def test_a_long_post_says_that_it_goes_on(driver: PlatformDriver) -> None:
    """Each message of a long post tells which of how many it is, and that more follows."""
    blocks = tuple(Paragraph(spans=(text(f"{number}. {ABSTRACT * 4}"),)) for number in range(60))
    plan = driver.chat.plan(driver.channel, Post(blocks=blocks), key="1")
    parents = {}
    for outgoing in plan:
        parent = parents.get(outgoing.parent_key)
        parents[outgoing.key] = await driver.chat.send(driver.channel, outgoing, parent)
    seen, count = driver.seen(), len(plan)
    if driver.chat.platform == "terminal":
        assert count == 1
        return
    assert count > 1
    for number, outgoing in enumerate(plan, 1):
        line = f"{number}/{count} · continues below" if number < count else f"{number}/{count}"
        assert line in json.dumps(outgoing.payload, ensure_ascii=False)
    assert all(f"{number}. Proof" in seen.replace("\\", "") for number in range(60))
    (short,) = driver.chat.plan(driver.channel, a_paper_card(), key="2")
    assert "continues" not in json.dumps(short.payload)


async def test_a_full_summary_is_one_message_and_stays_it_when_edited(driver: PlatformDriver) -> None:
    """A card with every part at its longest fits one message, which an edit replaces with its buttons in place."""
    paper = a_paper(abstract="A lantern shines. " * 100)
    own = {
        name: f"{name.title()} " + " ".join(f"{name}{number}" for number in range(25))
        for name in ("motivation", "method", "result", "conclusion", "readers", "novelty")
    }
    summary = Summary(
        paper=paper.id, version=1, language="en", gist="It counts.", made_by="m", recipe="1", depth=Depth.FULL
    )
    before, after = (
        card.paper(paper, summary, traits=SOURCES),
        card.paper(paper, replace(summary, **own), traits=SOURCES),
    )
    (outgoing,) = driver.chat.plan(driver.channel, before, key="1")
    assert len(driver.chat.plan(driver.channel, after, key="edit")) == 1
    message = await driver.chat.send(driver.channel, outgoing, None)
    await driver.chat.edit(message, after)
    await driver.chat.edit(message, after)  # a process that died in between does so again
    seen = driver.seen()
    assert all(f"{name}9" in seen for name in own)
    assert await driver.chat.find(driver.channel, outgoing.key) in (message, None)
