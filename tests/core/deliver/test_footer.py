"""What a digest says of its sources: every failure that concerns its readers, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.origins import SOURCES
from core.channels import ChannelRef, Subscription
from core.converse.ports import Store
from core.deliver import digest
from core.deliver.compose import funnel, notice
from core.deliver.content import Digest
from core.deliver.digest import DeliveryOutcome
from core.deliver.footer import source_notes
from core.deliver.ledger import Counts
from core.deliver.problems import sentences
from core.deliver.sources import sources_of
from core.ingest.problems import Bug
from core.ingest.state import SourceState, State
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.problems import failed
from tests.fakes.stores import SqlStore

CHANNEL = ChannelRef("terminal", "", "main")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",))
READS_ALL = Subscription(channel=CHANNEL)
READS_NATURE = Subscription(channel=CHANNEL, categories=("feed:nature",))


def a_state(source: str = "arxiv", scope: str = "cs.CL", state: State = State.QUIET, *, error: str = "") -> SourceState:
    told = error or ("No answer." if state.is_trouble else "")
    return SourceState(
        source=source, scope=scope, state=state, checked_at=AT, listing_day=DAY, listed=7, problems=failed(told)
    )


WELL = a_state()
VOTES_FAILED = a_state("huggingface", "daily", State.FAILED)
NATURE_FAILED = a_state("feeds", "feed:nature", State.FAILED)
INDEX_FAILED = a_state("openalex", "works", State.FAILED)


def footer(subscription: Subscription, *states: SourceState) -> str:
    """The footer as text, a line for each note."""
    notes = source_notes(sources_of(subscription, states, SOURCES), SOURCES)
    return "\n".join("".join(span.text for span in note.spans) for note in notes)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with SqlStore("sqlite://").open() as opened:
        for one in (READS_CL, replace(READS_ALL, name="all")):
            await opened.save_subscription(one, at=AT)
        yield opened


async def delivered(store: Store, subscription: Subscription, states: Sequence[SourceState]) -> DeliveryOutcome:
    for state in states:
        await store.save_source_state(state)
    result = await digest.deliver(subscription, DAY, store=store, chat=FakeChat(), clock=FakeClock(AT))
    return result.outcome


class TestJournals:
    def test_a_failing_journal_is_told_to_its_listeners(self) -> None:
        """The footer of a channel that listens to it names the feed and what is wrong."""
        both = replace(READS_CL, categories=("cs.CL", "feed:nature"))
        assert "feed:nature could not be read (last good listing: 2026-02-04): No answer." in footer(
            both, WELL, NATURE_FAILED
        )

    def test_a_failing_journal_does_not_bother_others(self) -> None:
        """A channel of arXiv's alone hears nothing of it, nor of a server that it does not read."""
        medrxiv = a_state("biorxiv", "medrxiv", State.FAILED)
        assert footer(READS_CL, WELL, medrxiv, NATURE_FAILED) == "Sources: arXiv cs.CL 7 listed 4 Feb"

    def test_a_journal_that_nobody_reads_is_told(self) -> None:
        """A category that nothing was ever read of, beside one that is well: its silence is no quiet day."""
        both = replace(READS_CL, categories=("cs.CL", "feed:gone"))
        assert "feed:gone could not be read: It was not read yet." in footer(both, WELL)
        assert sources_of(both, (), SOURCES) == ()

    async def test_a_journal_that_was_given_up_is_not_told_for_ever(self, store: Store) -> None:
        """A channel without categories hears of what is still read; the last failure of a feed long gone is history."""
        gone = replace(NATURE_FAILED, checked_at=AT - timedelta(days=3))
        assert footer(READS_ALL, WELL, gone) == "Sources: arXiv cs.CL 7 listed 4 Feb"
        assert "feed:nature could not be read" in footer(
            READS_ALL, WELL, replace(gone, checked_at=AT - timedelta(days=2))
        )
        assert await delivered(store, replace(READS_ALL, name="all"), [WELL, gone]) is DeliveryOutcome.QUIET

    async def test_a_channel_of_a_failing_journal_is_no_quiet_one(self, store: Store) -> None:
        """Nothing came because nothing could be read: the channel is told so."""
        await store.save_subscription(READS_NATURE, at=AT)
        assert await delivered(store, READS_NATURE, [WELL, NATURE_FAILED]) is DeliveryOutcome.TROUBLE


class TestOtherChannels:
    def test_what_is_read_for_others_is_no_concern_of_this_one(self) -> None:
        """An archive that another channel wanted once, or wants, and that failed, says nothing of a category of it."""
        archive = a_state(scope="cs", state=State.FAILED)
        assert footer(READS_CL, archive, WELL) == "Sources: arXiv cs.CL 7 listed 4 Feb"
        of_all = replace(READS_CL, categories=("cs",))
        assert "cs could not be read" in footer(of_all, archive, WELL)

    def test_before_a_category_is_read_by_itself_the_archive_speaks_for_it(self) -> None:
        """A channel that has just subscribed is fed by what others read of it."""
        assert footer(READS_CL, a_state(scope="cs")) == "Sources: arXiv cs 7 listed 4 Feb"

    def test_an_area_of_a_server_stands_for_itself(self) -> None:
        """A subject area that could not be read is told to whoever reads it, also where the whole server was read."""
        area = a_state("biorxiv", "biorxiv:neuroscience", State.THROTTLED)
        reads = Subscription(channel=CHANNEL, categories=("biorxiv:neuroscience",))
        assert "neuroscience is throttled" in footer(reads, a_state("biorxiv", "biorxiv"), area)


class TestVotes:
    @pytest.mark.parametrize(
        ("state", "how"),
        [(State.STALE, "is stale"), (State.THROTTLED, "is throttled"), (State.FAILED, "could not be read")],
    )
    def test_hugging_face_in_trouble_is_one_sentence(self, state: State, how: str) -> None:
        """Its votes belong to arXiv's papers: channels of those are told, once, however many of its lists are read."""
        told = f"Hugging Face {how}: votes and links to code may be missing or old."
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
        assert await delivered(store, READS_CL, [WELL, VOTES_FAILED]) is DeliveryOutcome.QUIET
        asked = await digest.preview(READS_CL, DAY, store=store)
        assert VOTES_FAILED in asked.digest.sources

    async def test_it_is_in_the_digest(self, store: Store) -> None:
        """The digest that is posted carries the sentence."""
        await store.add(a_listing([a_paper(1)]), at=AT)
        await store.save_source_state(VOTES_FAILED)
        await store.save_source_state(WELL)
        shown = digest.post_of(await digest.preview(READS_CL, DAY, store=store))
        assert any("Hugging Face could not be read" in span.text for block in shown.blocks for span in block.spans)


async def test_an_index_in_trouble_concerns_no_digest(store: Store) -> None:
    """Indexes bring no papers: a channel of everything is not told that nothing could be read."""
    everything = replace(READS_ALL, name="all")
    assert "OpenAlex" not in footer(everything, WELL, INDEX_FAILED)
    assert await delivered(store, everything, [WELL, INDEX_FAILED]) is DeliveryOutcome.QUIET


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
    assert "later digest" not in footer(READS_CL, replace(old, came_otherwise=True))
    assert "later digest" in footer(READS_CL, replace(old, fresh_at=AT + timedelta(days=300)))


def test_a_bug_is_not_said_to_be_unreadable_twice() -> None:
    """The sentence on a bug says that the source could not be read; below a digest its heading says so."""
    broken = replace(a_state(state=State.FAILED), problems=(Bug(exception="KeyError"),))
    assert sentences(broken.problems) == (
        "It could not be read: a bug in Paperboy (KeyError); the log has the details."
    )
    assert footer(READS_CL, broken).startswith(
        "arXiv cs.CL could not be read (last good listing: 2026-02-04): a bug in Paperboy (KeyError); the log has"
    )


def notes_of(*states: SourceState) -> list[str]:
    return ["".join(span.text for span in note.spans) for note in source_notes(states, SOURCES)]


class TestMany:
    def test_what_is_true_of_many_is_said_once(self) -> None:
        """Sixty categories behind one failing server are one warning, which counts those that it does not name."""
        told = notes_of(*(a_state(scope=f"cs.{number}", state=State.FAILED) for number in range(60)))
        assert told == [
            "arXiv cs.0, cs.1, cs.2, cs.3, cs.4, cs.5, cs.6, cs.7 and 52 more could not be read (last good listing:"
            " 2026-02-04): No answer. Their papers come with a later digest, once they can be read."
        ]

    def test_many_that_differ_are_named(self) -> None:
        """Of sixty feeds that failed, each in its own way, some are told in full and none goes uncounted."""
        each = [a_state("feeds", f"feed:j{n}", State.FAILED, error=f"No answer from j{n}.") for n in range(60)]
        told = notes_of(*each)
        assert [line.partition(" could not be read")[0] for line in told[:3]] == ["feed:j0", "feed:j1", "feed:j2"]
        assert told[3:] == [
            "feed:j3, feed:j4, feed:j5, feed:j6, feed:j7, feed:j8, feed:j9, feed:j10 and 49 more could not be read:"
            " paperboy doctor tells why. Their papers come with a later digest, once they can be read."
        ]
        assert len(notes_of(*each[:4])) == 4

    def test_no_kind_of_trouble_hides_another(self) -> None:
        """However many listings lack something or are late, a failure is told in full."""
        lacking = [a_state(scope=f"cs.L{n}", state=State.FRESH, error=f"{n} of 80 entries.") for n in range(30)]
        late = [a_state("feeds", f"feed:{n}", State.STALE, error=f"Late: {n}.") for n in range(30)]
        told = notes_of(*lacking, *late, a_state(scope="cs.CL", state=State.FAILED))
        assert len(told) == 10
        assert told[4].startswith("arXiv cs.L3, cs.L4, ")
        assert told[4].endswith(" and 19 more: Papers may be missing, too: paperboy doctor tells why.")
        assert told[-1].startswith("arXiv cs.CL could not be read")

    def test_good_news_is_short(self) -> None:
        """Sixty categories that are well take one line, and so does what was looked at for a channel of them."""
        (told,) = notes_of(*(a_state(scope=f"cs.{number}") for number in range(60)))
        assert told.endswith(
            "Sources, 4 Feb: arXiv cs.0 7, cs.1 7, cs.2 7, cs.3 7, cs.4 7, cs.5 7, cs.6 7, cs.7 7 and 52 more"
        )
        reads = replace(READS_CL, categories=tuple(f"cs.{number}" for number in range(60)))
        counts = Counts(candidates=1_570, kept=10, posted=10)
        line = funnel(Digest(subscription=reads, day=DAY, counts=counts, sources=(), items=()))
        assert line == "1,570 new papers in cs.0, cs.1, cs.2, cs.3, cs.4, cs.5, cs.6, cs.7 and 52 more → 10 chosen"


def test_sources_go_by_their_names() -> None:
    """medRxiv is not bioRxiv, a subject area is said once, and a feed has a name of its own."""
    scopes = [("biorxiv", "biorxiv"), ("biorxiv", "biorxiv:cell biology"), ("biorxiv", "medrxiv"), ("feeds", "feed:a")]
    (told,) = notes_of(*(a_state(source, scope) for source, scope in scopes))
    assert told == "Sources, 4 Feb: bioRxiv 7, cell biology 7; medRxiv 7; feed:a 7"


def test_a_listing_without_a_day_is_not_quiet() -> None:
    """What was listed is told, also where the source does not say of which day it is."""
    assert notes_of(replace(a_state(state=State.FRESH), listing_day=None)) == ["Sources: arXiv cs.CL 7 listed"]


async def test_nothing_new_is_not_promised_while_sources_are_in_trouble(store: Store) -> None:
    """Whoever asks for a preview while nothing could be read does not hear that every paper is known."""
    for state, is_sure in ((WELL, True), (VOTES_FAILED, True), (a_state(state=State.FAILED), False)):
        await store.save_source_state(state)
        shown = digest.post_of(await digest.preview(READS_CL, DAY, store=store))
        said = "".join(span.text for block in shown.blocks for span in getattr(block, "spans", ()))
        assert ("Every paper announced since the last digest is known." in said) is is_sure


def test_a_notice_does_not_talk_of_identifiers() -> None:
    """Readers know their channel; of several digests the notice names the one that is meant."""
    slack = replace(READS_CL, channel=ChannelRef("slack", "T0123", "C0456"))
    for subscription, told in ((slack, "Nothing is lost"), (replace(slack, name="robots"), "For robots. Nothing")):
        shown = notice(Digest(subscription=subscription, day=DAY, counts=Counts(), sources=(NATURE_FAILED,), items=()))
        assert not any("T0123" in span.text for block in shown.blocks for span in getattr(block, "spans", ()))
        assert any(span.text.startswith(told) for block in shown.blocks for span in getattr(block, "spans", ()))
