"""What a digest says of its sources: every failure that concerns its readers, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core import compose, digest
from core.channels import ChannelRef, Subscription
from core.digest import Outcome, sources_of
from core.listings import SourceState, State
from core.ports import Store
from storage.store import SqlStore
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper

CHANNEL = ChannelRef("terminal", "main")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",))
READS_ALL = Subscription(channel=CHANNEL)
READS_NATURE = Subscription(channel=CHANNEL, categories=("feed:nature",))


def a_state(source: str = "arxiv", scope: str = "cs.CL", state: State = State.QUIET, *, error: str = "") -> SourceState:
    told = error or ("No answer." if state.is_trouble else "")
    return SourceState(source=source, scope=scope, state=state, checked_at=AT, listing_day=DAY, listed=7, error=told)


WELL = a_state()
VOTES_FAILED = a_state("huggingface", "daily", State.FAILED)
NATURE_FAILED = a_state("feeds", "feed:nature", State.FAILED)
INDEX_FAILED = a_state("openalex", "works", State.FAILED)


def footer(subscription: Subscription, *states: SourceState) -> str:
    """The footer as text, a line for each note."""
    notes = compose.source_notes(sources_of(subscription, states))
    return "\n".join("".join(span.text for span in note.spans) for note in notes)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").opened() as opened:
        for one in (READS_CL, replace(READS_ALL, name="all")):
            await opened.save_subscription(one, at=AT)
        yield opened


async def delivered(store: Store, subscription: Subscription, states: Sequence[SourceState]) -> Outcome:
    for state in states:
        await store.save_source_state(state)
    result = await digest.deliver(subscription, DAY, store=store, chat=FakeChat(), clock=FakeClock(AT))
    return result.outcome


class TestJournals:
    def test_a_failing_journal_is_told_to_its_listeners(self) -> None:
        """The footer of a channel that listens to it names the feed and what is wrong."""
        both = replace(READS_CL, categories=("cs.CL", "feed:nature"))
        assert "feed:nature is failed (last good listing: 2026-02-04): No answer." in footer(both, WELL, NATURE_FAILED)

    def test_a_failing_journal_does_not_bother_others(self) -> None:
        """A channel of arXiv's alone hears nothing of it, nor of a server that it does not read."""
        medrxiv = a_state("biorxiv", "medrxiv", State.FAILED)
        assert footer(READS_CL, WELL, medrxiv, NATURE_FAILED) == "Sources: arXiv cs.CL 7 listed 4 Feb"

    def test_a_journal_that_nobody_reads_is_told(self) -> None:
        """A category that nothing was ever read of, beside one that is well: its silence is no quiet day."""
        both = replace(READS_CL, categories=("cs.CL", "feed:gone"))
        assert "feed:gone is failed: It was not read yet." in footer(both, WELL)
        assert sources_of(both, ()) == ()

    async def test_a_channel_of_a_failing_journal_is_no_quiet_one(self, store: Store) -> None:
        """Nothing came because nothing could be read: the channel is told so."""
        await store.save_subscription(READS_NATURE, at=AT)
        assert await delivered(store, READS_NATURE, [WELL, NATURE_FAILED]) is Outcome.TROUBLE


class TestOtherChannels:
    def test_what_is_read_for_others_is_no_concern_of_this_one(self) -> None:
        """An archive that another channel wanted once, or wants, and that failed, says nothing of a category of it."""
        archive = a_state(scope="cs", state=State.FAILED)
        assert footer(READS_CL, archive, WELL) == "Sources: arXiv cs.CL 7 listed 4 Feb"
        of_all = replace(READS_CL, categories=("cs",))
        assert "cs is failed" in footer(of_all, archive, WELL)

    def test_before_a_category_is_read_by_itself_the_archive_speaks_for_it(self) -> None:
        """A channel that has just subscribed is fed by what others read of it."""
        assert footer(READS_CL, a_state(scope="cs")) == "Sources: arXiv cs 7 listed 4 Feb"

    def test_an_area_of_a_server_stands_for_itself(self) -> None:
        """A subject area that could not be read is told to whoever reads it, also where the whole server was read."""
        area = a_state("biorxiv", "biorxiv:neuroscience", State.THROTTLED)
        reads = Subscription(channel=CHANNEL, categories=("biorxiv:neuroscience",))
        assert "neuroscience is throttled" in footer(reads, a_state("biorxiv", "biorxiv"), area)


class TestVotes:
    @pytest.mark.parametrize("state", [State.STALE, State.THROTTLED, State.FAILED])
    def test_hugging_face_in_trouble_is_one_sentence(self, state: State) -> None:
        """Its votes belong to arXiv's papers: channels of those are told, once, however many of its lists are read."""
        told = f"Hugging Face is {state}: votes and links to code may be missing or old."
        votes = replace(VOTES_FAILED, state=state)
        for reader in (READS_CL, READS_ALL):
            assert (
                footer(reader, WELL, votes, replace(votes, scope="trending"))
                == f"Sources: arXiv cs.CL 7 listed 4 Feb\n{told}"
            )

    def test_hugging_face_that_is_well_is_not_mentioned(self) -> None:
        """It brings no papers, so that there is nothing to say of a good day."""
        assert "Hugging" not in footer(READS_CL, WELL, a_state("huggingface", "daily", State.FRESH))

    def test_channels_without_its_papers_are_not_bothered(self) -> None:
        """It has no votes for journals and bioRxiv."""
        assert "Hugging" not in footer(READS_NATURE, a_state("feeds", "feed:nature"), VOTES_FAILED)

    def test_hugging_face_that_is_switched_off_is_silent(self) -> None:
        """What failed when it was last asked, long before the others were, is no news."""
        for ago in (timedelta(hours=7), timedelta(days=300), timedelta(days=-300)):
            assert "Hugging" not in footer(READS_CL, WELL, replace(VOTES_FAILED, checked_at=AT - ago))

    async def test_missing_votes_are_no_reason_for_a_notice(self, store: Store) -> None:
        """A quiet day stays one where only votes are missing; somebody who asks sees the sentence."""
        assert await delivered(store, READS_CL, [WELL, VOTES_FAILED]) is Outcome.QUIET
        asked = await digest.preview(READS_CL, DAY, store=store)
        assert VOTES_FAILED in asked.digest.sources

    async def test_it_is_in_the_digest(self, store: Store) -> None:
        """The digest that is posted carries the sentence."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        await store.save_source_state(VOTES_FAILED)
        await store.save_source_state(WELL)
        shown = digest.post_of(await digest.preview(READS_CL, DAY, store=store))
        assert any("Hugging Face is failed" in span.text for block in shown.blocks for span in block.spans)


async def test_an_index_in_trouble_concerns_no_digest(store: Store) -> None:
    """Indexes bring no papers: a channel of everything is not told that nothing could be read."""
    everything = replace(READS_ALL, name="all")
    assert "OpenAlex" not in footer(everything, WELL, INDEX_FAILED)
    assert await delivered(store, everything, [WELL, INDEX_FAILED]) is Outcome.QUIET


def test_what_a_good_listing_lacks_is_told() -> None:
    """A listing that was read, but not all of it, is told with what is missing from it."""
    lacking = a_state(state=State.FRESH, error="12 of 80 entries could not be read (entry 3: no title).")
    assert footer(READS_CL, lacking).splitlines() == [
        "Sources: arXiv cs.CL 7 listed 4 Feb",
        "arXiv cs.CL: 12 of 80 entries could not be read (entry 3: no title).",
    ]


def test_papers_that_came_otherwise_are_not_promised() -> None:
    """Papers read from the other place at the same moment are here; those of a time that is to come are not."""
    old = a_state(state=State.STALE)
    assert "later digest" in footer(READS_CL, old)
    assert "later digest" not in footer(READS_CL, replace(old, fresh_at=AT))
    assert "later digest" in footer(READS_CL, replace(old, fresh_at=AT + timedelta(days=300)))
