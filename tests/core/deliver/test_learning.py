from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Subscription, UserRef
from core.choose.profile.signs import Correction, KeptProfile, Seed, SignKind, Wanted
from core.converse.lists.feedback import Feedback
from core.converse.ports import Store
from core.deliver import choosing, learning
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.posts.reactions import Feeling
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("terminal", "", "main")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)
SAVED = a_paper(1, title="Robot arms that grasp cups", abstract="A robot arm learns to grasp cups by touch.")
LIKE_IT = a_paper(2, title="Robot arms that grasp keys", abstract="A robot arm learns to grasp keys by touch.")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        await opened.save_subscription(READS_CL, at=AT)
        await opened.add(a_listing([SAVED], scope="cs.RO", day=DAY - timedelta(days=3)), at=AT)
        await opened.add(a_listing([LIKE_IT, *map(a_paper, range(10, 20))]), at=AT)
        yield opened


async def first(store: Store) -> Paper:
    choice = await choosing.choose(await store.candidates(READS_CL), READS_CL, day=DAY, store=store)
    return choice.kept[0].paper


async def test_a_bookmark_changes_the_next_choice(store: Store) -> None:
    """After one open bookmark the paper like it leads the choice; once that is forgotten, it does not."""
    assert (await first(store)).id != LIKE_IT.id
    await store.add_bookmark("terminal:/ada", SAVED.id, str(CHANNEL), at=AT, public=True)
    assert (await first(store)).id == LIKE_IT.id
    assert await store.kept_profile(CHANNEL)
    await store.forget_profile(CHANNEL, at=AT + timedelta(minutes=1))
    assert (await first(store)).id != LIKE_IT.id


async def test_a_private_bookmark_teaches_nobody_else(store: Store) -> None:
    """A bookmark that only its person sees changes no channel's choice."""
    await store.add_bookmark("terminal:/ada", SAVED.id, str(CHANNEL), at=AT, public=False)
    assert (await first(store)).id != LIKE_IT.id
    assert await store.kept_profile(CHANNEL) is None


@pytest.mark.parametrize("value", ["", "{", '{"version": 0}', '{"version": 1, "stack": "AADAfw=="}'])
async def test_a_damaged_profile_stops_no_digest(store: Store, value: str) -> None:
    """Whatever stands in the place of a profile, it is learned anew and kept."""
    await store.add_bookmark("terminal:/ada", SAVED.id, str(CHANNEL), at=AT, public=True)
    await first(store)
    learned = await store.kept_profile(CHANNEL)
    assert learned
    await store.keep_profile(CHANNEL, KeptProfile(basis=learned.basis, value=value, at=AT))
    assert (await first(store)).id == LIKE_IT.id
    again = await store.kept_profile(CHANNEL)
    assert again
    assert again.value == learned.value


ADA, BO = UserRef("slack", "T1", "U1"), UserRef("slack", "T1", "U2")
CHAT = Subscription(channel=ChannelRef("slack", "T1", "D1"), categories=("cs.CL",), set_up_by=ADA)
TEAM = Subscription(channel=ChannelRef("slack", "T1", "C1"), categories=("cs.CL",), set_up_by=ADA)
ELSEWHERE = Subscription(channel=ChannelRef("slack", "T2", "C1"), categories=("cs.CL",))


async def choice(store: Store, subscription: Subscription) -> list[tuple[Paper, tuple[str, ...]]]:
    """All papers in their order, with what a reader is told of each."""
    await store.save_subscription(subscription, at=AT)
    chosen = await choosing.choose(await store.candidates(subscription), subscription, day=DAY, store=store)
    return [(one.paper, tuple(reason.text for reason in one.reasons)) for one in chosen.kept]


async def test_a_person_alone(store: Store) -> None:
    """In a private chat all that its reader saved and said teaches, privately or not, in whatever channel."""
    before = await choice(store, CHAT)
    assert before[0][0].id != LIKE_IT.id
    await store.add_bookmark(str(ADA), SAVED.id, str(TEAM.channel), at=AT, public=False)
    (first, reasons), *_ = await choice(store, CHAT)
    assert first.id == LIKE_IT.id
    assert "like “Robot arms that grasp cups”, which you saved" in reasons
    await store.remove_bookmark(str(ADA), SAVED.id)
    where = ChannelRef("slack", "T1", "C9")
    liked = Feedback(user=ADA, paper=SAVED.id, feeling=Feeling.MORE, where=where, at=AT, public=False)
    await store.add_feedback(liked)
    (first, reasons), *_ = await choice(store, CHAT)
    assert first.id == LIKE_IT.id
    assert "like “Robot arms that grasp cups”, which you liked" in reasons


async def test_nothing_private_shows_in_a_channel(store: Store) -> None:
    """Private bookmarks and what was said in private chats change neither order nor reasons nor counts of a channel."""
    before = await choice(store, TEAM)
    await store.add_bookmark(str(ADA), SAVED.id, str(TEAM.channel), at=AT, public=False)
    await store.add_bookmark(str(ADA), SAVED.id, str(CHAT.channel), at=AT, public=True)
    await choice(store, CHAT)
    assert await choice(store, TEAM) == before
    assert await store.kept_profile(TEAM.channel) is None
    await store.add_bookmark(str(BO), SAVED.id, str(TEAM.channel), at=AT, public=True)
    told = await choice(store, TEAM)
    assert "like “Robot arms that grasp cups”, which somebody here saved" in told[0][1]


async def test_other_peoples_signs_stay_out_of_a_private_chat(store: Store) -> None:
    """What others said is no sign in a private chat whose reader is known."""
    await store.add_bookmark(str(BO), SAVED.id, str(TEAM.channel), at=AT, public=True)
    assert (await choice(store, CHAT))[0][0].id != LIKE_IT.id
    assert await store.kept_profile(CHAT.channel) is None


async def test_what_a_workspace_saved_stays_there(store: Store) -> None:
    """What people of a workspace saved together helps its channels, and changes nothing in another workspace."""
    liked = a_paper(30, title="On the making of tea", abstract="Tea is made of leaves and of water.")
    await store.add(a_listing([liked], scope="cs.RO", day=DAY - timedelta(days=3)), at=AT)
    for team in (TEAM, ELSEWHERE):
        person = f"slack:{team.channel.workspace}/U9"
        await store.save_subscription(team, at=AT)
        await store.add_bookmark(person, liked.id, str(team.channel), at=AT, public=True)
    alone, elsewhere = await choice(store, TEAM), await choice(store, ELSEWHERE)
    other = ChannelRef("slack", "T1", "C2")
    await store.save_subscription(Subscription(channel=other), at=AT)
    for paper in (liked, SAVED):
        await store.add_bookmark(str(BO), paper.id, str(other), at=AT, public=True)
    helped = await choice(store, TEAM)
    place = [paper.id for paper, _ in helped].index(LIKE_IT.id)
    assert place < [paper.id for paper, _ in alone].index(LIKE_IT.id)
    assert await choice(store, ELSEWHERE) == elsewhere
    assert not any("cups" in reason for _, reasons in helped for reason in reasons)


async def test_a_seed_teaches_and_is_never_shown(store: Store) -> None:
    """A seed changes the next choice as a saved paper does, is a reason, and is no candidate itself."""
    seed = replace(SAVED, id=PaperId("doi", "10.1234/cups"), url="", announced=DAY)
    await store.add_seeds(CHANNEL, [Seed(paper=seed, at=AT)], most=10)
    told = await choice(store, READS_CL)
    assert told[0][0].id == LIKE_IT.id
    assert "like “Robot arms that grasp cups”, one of the papers that this channel named" in told[0][1]
    assert seed.id not in {paper.id for paper, _ in told}


async def test_a_seed_that_is_stored_is_one_paper(store: Store) -> None:
    """A seed under another identifier of a stored paper is that paper."""
    known = replace(LIKE_IT, id=PaperId("arxiv", "2602.00040"), identifiers=(PaperId("doi", "10.1234/keys"),))
    await store.add(a_listing([known], scope="cs.RO"), at=AT)
    (paper,) = await store.papers_by_id([PaperId("doi", "10.1234/keys")])
    await store.add_seeds(
        CHANNEL, [Seed(paper=replace(paper, id=PaperId("doi", "10.1234/keys"), identifiers=()), at=AT)], most=10
    )
    lessons = await learning.lessons_of(READS_CL, store)
    assert lessons
    assert [(sign.paper, sign.kind) for sign in lessons.signs] == [(paper.id, SignKind.NAMED)]
    assert [one.id for one in lessons.examples] == [paper.id]


async def test_a_wish_alone_teaches(store: Store) -> None:
    """A word that is wanted orders the next choice where nobody said anything of a paper, and nothing was posted."""
    await store.correct(CHANNEL, Correction(term="grasp", wanted=Wanted.MORE, at=AT))
    assert (await first(store)).id == LIKE_IT.id


async def test_a_paper_that_vanished(store: Store) -> None:
    """A forgotten paper that is on record no more, and seeds that were all forgotten, stop no choice."""
    await store.add_seeds(CHANNEL, [Seed(paper=replace(SAVED, id=PaperId("doi", "10.1234/cups")), at=AT)], most=10)
    await store.correct(CHANNEL, Correction(paper=PaperId("doi", "10.1234/cups"), at=AT))
    assert (await first(store)).id != LIKE_IT.id
    assert await store.kept_profile(CHANNEL) is None


async def test_nothing_is_learned_twice(store: Store) -> None:
    """A profile is kept as it is until somebody says something; then it is learned anew."""
    await store.add_bookmark("terminal:/ada", SAVED.id, str(CHANNEL), at=AT, public=True)
    await first(store)
    learned = await store.kept_profile(CHANNEL)
    await first(store)
    assert await store.kept_profile(CHANNEL) == learned
    await store.correct(CHANNEL, Correction(term="grasp", wanted=Wanted.LESS, at=AT))
    assert (await first(store)).id != LIKE_IT.id
    assert await store.kept_profile(CHANNEL) != learned


@pytest.mark.parametrize("late_papers", [0, 300])
async def test_a_digest_is_the_same_whether_its_profile_was_learned_before(late_papers: int) -> None:
    """Papers, their order, scores and reasons are equal to the bit, also where candidates came after the learning."""
    choices = []
    for learns_before in (False, True):
        async with SqlStore("sqlite://").open() as store:
            await store.save_subscription(READS_CL, at=AT)
            await store.add(a_listing([SAVED], scope="cs.RO", day=DAY - timedelta(days=3)), at=AT)
            await store.add_bookmark("terminal:/ada", SAVED.id, str(CHANNEL), at=AT, public=True)
            await store.add_seeds(CHANNEL, [Seed(paper=a_paper(5, title="On tea"), at=AT - timedelta(days=1))], most=10)
            if learns_before:
                assert await learning.retrain(READS_CL, store)
                assert not await learning.retrain(READS_CL, store), "it was learned already"
            await store.add(a_listing([LIKE_IT, *map(a_paper, range(10, 20 + late_papers))]), at=AT)
            candidates = await store.candidates(READS_CL)
            chosen = await choosing.choose(candidates, READS_CL, day=DAY, store=store)
            choices.append((chosen.kept, chosen.standings, await store.kept_profile(CHANNEL)))
    assert choices[0] == choices[1]


async def test_where_nobody_said_anything_nothing_is_learned(store: Store) -> None:
    """A channel that has taught nothing gets no profile."""
    assert not await learning.retrain(READS_CL, store)
    assert await store.kept_profile(CHANNEL) is None


def test_numpy_loads_with_the_first_profile() -> None:
    """Choosing imports no numpy: it loads where something was said."""
    program = "import sys, core.deliver.learning; sys.exit('numpy' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
