"""Reactions, buttons and pasted links on every platform, as the real desk takes them, over a real store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.channels import Subscription, UserRef
from core.converse.lists import library
from core.converse.ports import Store
from core.deliver.digest import deliver
from core.deliver.saves import show_saves
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.summarise.summaries import Summariser
from tests.fakes.clock import FakeClock
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.running import running
from tests.fakes.stages import Stage, TerminalStage

PAPERS = [a_paper(number) for number in (1, 2, 3)]
LINK = "https://arxiv.org/abs/2602.00002"


@pytest.fixture
async def store(store: Store) -> Store:
    await store.add(a_listing(PAPERS), at=AT)
    return store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(AT)


async def post_digest(stage: Stage, store: Store, clock: FakeClock, **more: bool) -> dict[str, MessageRef]:
    """A digest that is posted and on record; its messages by the papers they show."""
    subscription = Subscription(channel=stage.channel, categories=("cs.CL",), size=3, **more)
    await store.save_subscription(subscription, at=AT)

    async def settle(message: MessageRef) -> None:
        await library.settle(message, store=store, clock=clock)

    await deliver(subscription, DAY, store=store, chat=stage.chat, clock=clock, settle=settle)
    (delivery,) = [one for one in [await store.last_delivery(subscription)] if one]
    return {" ".join(map(str, one.papers)): delivery.sent[one.key] for one in delivery.plan}


async def edited(stage: Stage, store: Store, clock: FakeClock) -> int:
    clock.move(timedelta(minutes=5))
    async with stage.chat.open():
        return await show_saves(store, lambda _: stage.chat, clock=clock, summariser=Summariser(store))


async def others_save(
    stage: Stage, store: Store, clock: FakeClock, message: MessageRef, *names: str, added: bool = True
) -> None:
    for name in names:
        stage.shows_reaction(message, "🔖", user=name, added=added)
        workspace = message.channel.workspace if message.channel.platform == "slack" else ""
        user = UserRef(message.channel.platform, workspace, name)
        reaction = Reaction(user=user, message=message, feeling=Feeling.BOOKMARK, added=added, is_typed=not added)
        await library.react(reaction, store=store, clock=clock)


def flat(stage: Stage) -> str:
    return " ".join(stage.seen_by_all().replace("\u00a0", " ").split())


def sign(stage: Stage) -> str:
    return "✍" if stage.chat.platform == "telegram" else "🔖"


async def test_a_reaction_is_public_and_a_button_private(stage: Stage, store: Store, clock: FakeClock) -> None:
    """Each feeds the person's list, the reaction the channel's as well, and taking one back leaves the other."""
    messages = await post_digest(stage, store, clock)
    desk, (paper, message) = real_desk(store, clock), list(messages.items())[1]

    async def lists() -> tuple[int, int]:
        """On how many people's lists the paper is, and on how many of the channel's marks."""
        everybody = await store.bookmarks()
        of_channel = await store.bookmarks(channel=str(stage.channel))
        assert {str(one.paper.id) for one in (*everybody, *of_channel)} <= {paper}
        return len(everybody), len(of_channel)

    await stage.person_presses_at(desk, message, "🔖 Bookmark")
    assert await lists() == (1, 0)
    await stage.person_reacts(desk, message, Feeling.BOOKMARK, added=True)
    assert await lists() == (1, 1)
    await stage.person_presses_at(desk, message, "🔖 Bookmark")
    assert await lists() == (1, 1)
    await stage.person_presses_at(desk, message, "🔖 Bookmark")
    await stage.person_reacts(desk, message, Feeling.BOOKMARK, added=False)
    assert await lists() == (1, 0)
    await stage.person_presses_at(desk, message, "🔖 Bookmark")
    assert await lists() == (0, 0)
    assert "reading list" not in stage.seen_by_all()


async def test_a_check_mark_means_read(stage: Stage, store: Store, clock: FakeClock) -> None:
    """The platform's check mark on a paper's message marks it as read until it is taken away."""
    messages = await post_digest(stage, store, clock)
    desk, message = real_desk(store, clock), list(messages.values())[1]
    for added in (True, False):
        await stage.person_reacts(desk, message, Feeling.DONE, added=added)
        (mark,) = await store.annotations(channel=str(stage.channel))
        assert (mark.done_at is not None) is added


async def test_what_happened_while_nobody_listened(stage: Stage, store: Store, clock: FakeClock) -> None:
    """Reactions that came or went while the program was down are on record soon after it is connected again, those of
    bots and other emoji never, and a private mark stays."""
    if stage.chat.platform in ("terminal", "telegram"):
        pytest.skip("the platform lists no reactions; Telegram keeps what happens for a day")
    messages = await post_digest(stage, store, clock)
    desk, message = real_desk(store, clock), list(messages.values())[1]

    async def marks() -> list[tuple[str, bool]]:
        desk.caught_up.clear()
        async with asyncio.timeout(20), running(stage.chat, desk):
            await desk.caught_up.wait()
        return [(one.channel, one.public) for one in await store.bookmarks()]

    for emoji in ("🔖", "👍", "🎉"):
        stage.shows_reaction(message, emoji)
    assert await marks() == [(str(stage.channel), True)]
    (liked,) = await store.feedback()
    await store.add_bookmark(str(liked.user), PAPERS[0].id, str(stage.channel), at=AT, public=False)
    assert liked.feeling is Feeling.MORE and liked.public
    for emoji in ("🔖", "👍"):
        stage.shows_reaction(message, emoji, added=False)
    assert await marks() == [(str(stage.channel), False)]
    assert await store.feedback() == ()


async def test_a_papers_message_says_how_many_saved_it(stage: Stage, store: Store, clock: FakeClock) -> None:
    """Some time after several people saved a paper openly its message says how many, once; private saves are no part
    of it, and a number that changes back is taken away."""
    if isinstance(stage, TerminalStage):
        pytest.skip("what is printed stays as it is")
    messages = await post_digest(stage, store, clock)
    desk, message = real_desk(store, clock), list(messages.values())[1]
    await stage.person_presses_at(desk, message, "🔖 Bookmark")
    assert await edited(stage, store, clock) == 0
    await others_save(stage, store, clock, message, "2", "3")
    await stage.person_reacts(desk, message, Feeling.BOOKMARK, added=True)
    assert await edited(stage, store, clock) == 1
    assert f"{sign(stage)} 3" in flat(stage)
    assert await edited(stage, store, clock) == 0
    await stage.person_reacts(desk, message, Feeling.BOOKMARK, added=False)
    await others_save(stage, store, clock, message, "2", "3", added=False)
    assert await edited(stage, store, clock) == 1
    assert f"{sign(stage)} 1" not in flat(stage) and f"{sign(stage)} 3" not in flat(stage)


async def test_an_answers_message_says_so_too(stage: Stage, store: Store, clock: FakeClock) -> None:
    """So does the card that /paper brought: at once where the paper was saved before, else later."""
    desk = real_desk(store, clock)
    await stage.person_types(desk, ["/paper 2602.00002"])
    for name in ("u2", "u3"):
        await store.add_bookmark(f"{stage.chat.platform}:{name}", PAPERS[1].id, str(stage.channel), at=AT, public=True)
    await stage.person_types(desk, ["/paper 2602.00002"])
    assert f"{sign(stage)} 2" in flat(stage)


async def test_a_terminal_tells_when_a_paper_is_opened(stage: Stage, store: Store, clock: FakeClock) -> None:
    """What is printed stays; a paper that is opened again says that it was saved."""
    if not isinstance(stage, TerminalStage):
        pytest.skip("elsewhere messages are edited")
    await post_digest(stage, store, clock)
    desk = real_desk(store, clock)
    await stage.person_types(desk, ["1", "+🔖 1", "1"])
    before, _, after = flat(stage).partition("On your reading list")
    assert "🔖 1" not in before.replace("+🔖 1", "") and "🔖 1" in after
    await stage.person_types(desk, ["-🔖 1", "1"])
    assert "🔖 1" not in flat(stage).rpartition("Taken off")[2].replace("+🔖 1", "")


async def test_a_message_that_is_gone_is_left(stage: Stage, store: Store, clock: FakeClock) -> None:
    """A reaction on a message whose paper nobody knows any more, or in a channel that is gone, breaks nothing."""
    if isinstance(stage, TerminalStage):
        pytest.skip("a terminal is never gone")
    assert stage.absent
    gone = MessageRef(stage.absent, "1:1" if stage.chat.platform == "discord" else "1")
    await store.remember_message(gone, [PAPERS[0].id], at=AT)
    await others_save(stage, store, clock, gone, "2")
    assert await edited(stage, store, clock) == 0
    assert [one.user for one in await store.bookmarks(channel=str(stage.absent))]


async def test_the_first_digest_teaches(stage: Stage, store: Store, clock: FakeClock) -> None:
    """The first digest of a channel tells once what reactions do there."""
    await post_digest(stage, store, clock)
    assert f"{sign(stage)} saves it" in flat(stage)
    tomorrow = Subscription(channel=stage.channel, categories=("cs.CL",), size=3)
    listing = a_listing([a_paper(9, announced=DAY + timedelta(days=1))], day=DAY + timedelta(days=1))
    await store.add(listing, at=AT + timedelta(days=1))
    clock.move(timedelta(days=1))
    await deliver(tomorrow, DAY + timedelta(days=1), store=store, chat=stage.chat, clock=clock)
    assert flat(stage).count("saves it") == 1


async def test_a_pasted_link_gets_a_card(stage: Stage, store: Store, clock: FakeClock) -> None:
    """Where a channel turned link cards on, one short card follows a message that leads to papers, once a day each."""
    await post_digest(stage, store, clock, link_cards=True)
    desk, title = real_desk(store, clock), PAPERS[1].title
    before = flat(stage).count(title)
    for _ in range(2):
        await stage.person_says(desk, f"{LINK}")
    assert [one.papers for one in desk.pastes] == [(PAPERS[1].id,)] * 2
    assert flat(stage).count(title) == before + 1


async def test_no_card_where_nobody_wants_one(stage: Stage, store: Store, clock: FakeClock) -> None:
    """Without that setting, and for papers that nobody knows, nothing is said."""
    await post_digest(stage, store, clock)
    before, desk = stage.seen_by_all(), real_desk(store, clock)
    await stage.person_says(desk, LINK)
    await store.save_subscription(Subscription(channel=stage.channel, link_cards=True), at=AT)
    await stage.person_says(desk, "https://arxiv.org/abs/2602.99999")
    said = stage.seen_by_all()
    assert said.replace(before, "").replace(LINK, "").replace("https://arxiv.org/abs/2602.99999", "").strip() == ""
