"""The contract of `ProfileStore` over every store there is: what a channel said, and what was learned of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.channels import ChannelMoved, ChannelRef, Subscription, UserRef
from core.choose.profile.signs import Correction, KeptProfile, Seed, SignKind, Wanted, basis_of
from core.converse.lists.feedback import Feedback
from core.converse.ports import Store
from core.papers.identifiers import PaperId
from core.papers.paper import Signals
from core.papers.search import parse_query
from core.posts.reactions import Feeling
from tests.fakes.papers import AT, DAY, a_listing, a_paper

CHANNEL = ChannelRef("slack", "T1", "C1")
OTHER = ChannelRef("slack", "T1", "C2")
ADA, BO = UserRef("slack", "T1", "U1"), UserRef("slack", "T1", "U2")
FIRST, SECOND = a_paper(1), a_paper(2)
SEED = Seed(paper=a_paper(7, signals=Signals(upvotes=3)), at=AT)
PROFILE = KeptProfile(basis="abc", value='{"version": 1}', at=AT)


async def say(store: Store, feeling: Feeling, *, hours: int = 0, public: bool = True) -> None:
    at = AT + timedelta(hours=hours)
    await store.add_feedback(Feedback(user=BO, paper=SECOND.id, feeling=feeling, where=CHANNEL, at=at, public=public))


async def test_open_signs_alone(store: Store) -> None:
    """Open bookmarks and feedback of the channel are signs, newest first; private ones and those elsewhere are not."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.add_bookmark(str(ADA), FIRST.id, str(CHANNEL), at=AT, public=True)
    await store.add_bookmark(str(BO), FIRST.id, str(CHANNEL), at=AT, public=False)
    await store.add_bookmark(str(ADA), SECOND.id, str(OTHER), at=AT, public=True)
    await say(store, Feeling.LESS, hours=1)
    await say(store, Feeling.MORE, hours=2, public=False)
    signs = await store.signs(CHANNEL, limit=10)
    assert [(one.paper, one.kind, one.person) for one in signs] == [
        (SECOND.id, SignKind.LESS, str(BO)),
        (FIRST.id, SignKind.SAVED, str(ADA)),
    ]
    assert signs[0].at == AT + timedelta(hours=1)
    assert len(await store.signs(CHANNEL, limit=0)) == 0


async def test_a_profile_is_kept(store: Store) -> None:
    """The profile of a channel is read as it was kept, the newest one alone."""
    assert await store.kept_profile(CHANNEL) is None
    for basis in ("older", PROFILE.basis):
        await store.keep_profile(CHANNEL, KeptProfile(basis=basis, value=PROFILE.value, at=AT))
    assert await store.kept_profile(CHANNEL) == PROFILE
    assert await store.kept_profile(OTHER) is None


async def test_forgetting(store: Store) -> None:
    """After forgetting, neither the profile nor what was said before counts; what is said later does."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.add_bookmark(str(ADA), FIRST.id, str(CHANNEL), at=AT, public=True)
    await store.keep_profile(CHANNEL, PROFILE)
    await store.forget_profile(CHANNEL, at=AT + timedelta(hours=1))
    assert await store.kept_profile(CHANNEL) is None
    assert await store.signs(CHANNEL, limit=10) == ()
    assert len(await store.bookmarks(channel=str(CHANNEL))) == 1
    await store.keep_profile(CHANNEL, PROFILE)
    assert await store.kept_profile(CHANNEL) is None, "it was learned before, and kept too late"
    await say(store, Feeling.MORE, hours=2)
    later = replace(PROFILE, at=AT + timedelta(hours=2))
    await store.keep_profile(CHANNEL, later)
    assert await store.kept_profile(CHANNEL) == later
    assert [one.paper for one in await store.signs(CHANNEL, limit=10)] == [SECOND.id]


async def test_a_channel_that_moves(store: Store) -> None:
    """What was learned goes with the channel."""
    await store.keep_profile(CHANNEL, PROFILE)
    await store.add_seeds(CHANNEL, [SEED], most=10)
    await store.correct(CHANNEL, Correction(term="fog", at=AT))
    await store.move_channel(ChannelMoved(channel=CHANNEL, to=OTHER, keeps_messages=True))
    assert await store.kept_profile(OTHER) == PROFILE
    assert (await store.seeds(OTHER), len(await store.corrections(OTHER))) == ((SEED,), 1)
    assert await store.kept_profile(CHANNEL) is None


async def test_the_basis(store: Store) -> None:
    """Any order of the same signs is the same basis; one more, or one taken back, is another."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.add_bookmark(str(ADA), FIRST.id, str(CHANNEL), at=AT, public=True)
    before = await store.signs(CHANNEL, limit=10)
    await say(store, Feeling.LESS)
    signs = await store.signs(CHANNEL, limit=10)
    assert basis_of(signs) == basis_of(signs[::-1]) != basis_of(before)
    assert basis_of(signs, [Correction(term="fog", at=AT)]) != basis_of(signs)


async def test_forgetting_takes_seeds_and_corrections(store: Store) -> None:
    """What was forgotten has no seeds and no corrections any more; another channel's stay."""
    for channel in (CHANNEL, OTHER):
        await store.add_seeds(channel, [SEED], most=10)
        await store.correct(channel, Correction(term="fog", at=AT))
    await store.forget_profile(CHANNEL, at=AT)
    assert (await store.seeds(CHANNEL), await store.corrections(CHANNEL)) == ((), ())
    assert (len(await store.seeds(OTHER)), len(await store.corrections(OTHER))) == (1, 1)


async def test_seeds(store: Store) -> None:
    """Seeds come back as they were, newest first, each once; the newest stay, and no look-up or search finds them."""
    later = Seed(paper=a_paper(8), person=str(ADA), at=AT + timedelta(hours=1))
    odd = Seed(paper=a_paper(9, id=PaperId("url", f"https://x.example/{'é' * 3000}"), title="Nul \0 here"), at=AT)
    assert await store.add_seeds(CHANNEL, [SEED, later, odd], most=10) == 3
    assert await store.add_seeds(CHANNEL, [SEED], most=10) == 0
    found = await store.seeds(CHANNEL)
    assert found[0] == later
    assert SEED in found
    assert len(found) == 3
    assert await store.seeds(OTHER) == ()
    await store.add_seeds(CHANNEL, [], most=1)
    assert await store.seeds(CHANNEL) == (later,)
    assert await store.paper(later.paper.id) is None
    assert (await store.papers()).total == 0
    assert not (await store.search(parse_query("invented", today=DAY))).hits
    assert not (await store.candidates(Subscription(channel=CHANNEL))).items


async def test_corrections(store: Store) -> None:
    """The last word on a term or a paper counts; a hundred of them are kept."""
    await store.correct(CHANNEL, Correction(term="fog", wanted=Wanted.LESS, at=AT))
    await store.correct(CHANNEL, Correction(term="fog", wanted=Wanted.MORE, at=AT + timedelta(hours=1)))
    await store.correct(CHANNEL, Correction(paper=FIRST.id, at=AT))
    assert await store.corrections(CHANNEL) == (
        Correction(term="fog", wanted=Wanted.MORE, at=AT + timedelta(hours=1)),
        Correction(paper=FIRST.id, at=AT),
    )
    for number in range(100):
        await store.correct(CHANNEL, Correction(term=f"word{number}", at=AT + timedelta(hours=2)))
    assert len(await store.corrections(CHANNEL)) == 100
    assert "fog" not in {one.term for one in await store.corrections(CHANNEL)}


async def test_the_reader_of_a_private_chat(store: Store) -> None:
    """For one reader all that this person said anywhere is a sign, openly or not, each once; others' signs are none."""
    chat = ChannelRef("slack", "T1", "D1")
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.add_bookmark(str(BO), FIRST.id, str(CHANNEL), at=AT, public=False)
    await store.add_bookmark(str(BO), FIRST.id, str(OTHER), at=AT + timedelta(hours=3), public=True)
    await store.add_bookmark(str(ADA), SECOND.id, str(chat), at=AT, public=True)
    await say(store, Feeling.LESS, hours=1, public=False)
    signs = await store.signs(chat, limit=10, reader=BO)
    assert [(one.paper, one.kind, one.at) for one in signs] == [
        (SECOND.id, SignKind.LESS, AT + timedelta(hours=1)),
        (FIRST.id, SignKind.SAVED, AT),
    ]
    assert [one.paper for one in await store.signs(chat, limit=10)] == [SECOND.id]


async def test_saves_of_a_workspace(store: Store) -> None:
    """Open bookmarks of the workspace's channels are told, each once; of private chats and other workspaces nothing."""
    elsewhere, chat = ChannelRef("slack", "T2", "C1"), ChannelRef("slack", "T1", "D1")
    for channel in (CHANNEL, OTHER, elsewhere, chat):
        await store.save_subscription(Subscription(channel=channel), at=AT)
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.add_bookmark(str(ADA), FIRST.id, str(CHANNEL), at=AT, public=True)
    await store.add_bookmark(str(ADA), FIRST.id, str(OTHER), at=AT + timedelta(hours=1), public=True)
    await store.add_bookmark(str(BO), SECOND.id, str(OTHER), at=AT, public=False)
    await store.add_bookmark(str(BO), SECOND.id, str(chat), at=AT, public=True)
    await store.add_bookmark("slack:T2/U9", SECOND.id, str(elsewhere), at=AT, public=True)
    for channel in (CHANNEL, OTHER, chat):
        saves = await store.workspace_saves(channel, limit=10)
        assert [(one.paper, one.person, one.at) for one in saves] == [(FIRST.id, str(ADA), AT)]
    assert [one.paper for one in await store.workspace_saves(elsewhere, limit=10)] == [SECOND.id]
    for place in ("telegram:7", "discord:@me/7", "telegram:-100", "slack:T3/C1"):
        assert await store.workspace_saves(ChannelRef.parse(place), limit=10) == ()
