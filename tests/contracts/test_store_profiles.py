"""The contract of `ProfileStore` over every store there is: what a channel said, and what was learned of it."""

from __future__ import annotations

from datetime import timedelta

from core.channels import ChannelMoved, ChannelRef, UserRef
from core.choose.profile.signs import KeptProfile, SignKind, basis_of
from core.converse.feedback import Feedback
from core.converse.ports import Store
from core.posts.reactions import Feeling
from tests.fakes.papers import AT, a_listing, a_paper

CHANNEL = ChannelRef("slack", "T1", "C1")
OTHER = ChannelRef("slack", "T1", "C2")
ADA, BO = UserRef("slack", "T1", "U1"), UserRef("slack", "T1", "U2")
FIRST, SECOND = a_paper(1), a_paper(2)
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
    await say(store, Feeling.MORE, hours=2)
    await store.keep_profile(CHANNEL, PROFILE)
    assert [one.paper for one in await store.signs(CHANNEL, limit=10)] == [SECOND.id]


async def test_a_channel_that_moves(store: Store) -> None:
    """What was learned goes with the channel."""
    await store.keep_profile(CHANNEL, PROFILE)
    await store.move_channel(ChannelMoved(channel=CHANNEL, to=OTHER, keeps_messages=True))
    assert await store.kept_profile(OTHER) == PROFILE
    assert await store.kept_profile(CHANNEL) is None


async def test_the_basis(store: Store) -> None:
    """Any order of the same signs is the same basis; one more, or one taken back, is another."""
    await store.add(a_listing([FIRST, SECOND]), at=AT)
    await store.add_bookmark(str(ADA), FIRST.id, str(CHANNEL), at=AT, public=True)
    before = await store.signs(CHANNEL, limit=10)
    await say(store, Feeling.LESS)
    signs = await store.signs(CHANNEL, limit=10)
    assert basis_of(signs) == basis_of(signs[::-1]) != basis_of(before)
