from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.channels import ChannelRef, Subscription
from core.choose.profile.signs import KeptProfile
from core.converse.ports import Store
from core.deliver import choosing
from core.papers.paper import Paper
from storage.store import SqlStore
from tests.fakes.papers import AT, DAY, a_listing, a_paper

CHANNEL = ChannelRef("terminal", "", "main")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)
SAVED = a_paper(1, title="Robot arms that grasp cups", abstract="A robot arm learns to grasp cups by touch.")
LIKE_IT = a_paper(2, title="Robot arms that grasp keys", abstract="A robot arm learns to grasp keys by touch.")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").opened() as opened:
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


def test_numpy_loads_with_the_first_profile() -> None:
    """Choosing imports no numpy: it loads where something was said."""
    program = "import sys, core.deliver.learning; sys.exit('numpy' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
