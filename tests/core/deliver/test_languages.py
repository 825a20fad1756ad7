"""Digests and notices speak the subscription's language, in all that people read of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from core.channels import ChannelRef, QuietDay, Subscription
from core.deliver import compose, digest
from core.deliver.content import Digest
from core.deliver.digest import DeliveryOutcome
from core.deliver.ledger import Counts, DeliveryKind
from core.deliver.schedule import Due, DueDay
from core.ingest.problems import (
    Bug,
    CutListing,
    EmptyListing,
    Interruption,
    MissedDays,
    NeverRead,
    OldListing,
    Problem,
    SecondReading,
    UnreadableEntries,
    UnreadDays,
    WaitRequest,
)
from core.ingest.state import SourceState, State
from core.papers.paper import Paper, Signals
from core.speech import speaking
from tests.fakes.bracketed_language import LANGUAGES, PSEUDO, untranslated
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

READS: Final = Subscription(
    channel=ChannelRef("terminal", "", "main"),
    categories=("cs.CL",),
    rule='σκέψη OR "μια αρχή"',
    interest="η αρχή κάθε σκέψης",
    authors=("Άννα Λη",),
    size=3,
    language="el",
)
OWN: Final = re.compile(r"\barxiv:\S+|\barXiv\b|\bcs\.[A-Z]{2}\b|\bUTC\b|`paperboy [a-z-]+`")
WELL: Final = SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT, listing_day=DAY, listed=9)
CAUSE: Final = WaitRequest()


def _a_thought(number: int, author: str = "Μίρα Χολτ") -> Paper:
    signals = Signals(upvotes=1_200, comments=2, code_url="https://example.org/x", stars=7, citations=3)
    abstract = "Κανείς δεν ξέρει τίποτα. Προτείνουμε μια αρχή για κάθε σκέψη. Δουλεύει πάντα."
    title = f"Η σκέψη {number}"
    return a_paper(number, title=title, abstract=abstract, authors=(author, "Ζήσης Γη"), signals=signals)


async def test_a_digest_speaks_it() -> None:
    """A late digest with reasons, votes, code, more that fit and a damaged source; then the same once more."""
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READS, at=AT)
        papers = [_a_thought(number) for number in range(1, 8)] + [_a_thought(8, "Άννα Λη")]
        await store.add(a_listing(papers), at=AT)
        await store.save_source_state(replace(WELL, state=State.PARTIAL, problems=(CutListing(),)))
        day = DueDay(day=DAY, due_at=AT - timedelta(hours=1), opened_at=AT)
        due = Due(day=day, is_late=True, missing=(("arxiv", "cs.LG"),))
        chat, clock = FakeChat(), FakeClock(AT)
        result = await digest.deliver(READS, DAY, store=store, chat=chat, clock=clock, due=due, languages=LANGUAGES)
        assert result.outcome is DeliveryOutcome.POSTED
        delivery = await store.delivery(READS, DAY, DeliveryKind.DAILY)
        assert delivery is not None
        assert delivery.post is not None
        assert not untranslated(delivery.post, OWN)
        with speaking(PSEUDO):
            again = await digest.preview(READS, DAY, store=store, listing_day=DAY, is_again=True)
            assert not untranslated(digest.post_of(again), OWN)


@pytest.mark.parametrize(
    "problem",
    [
        CAUSE,
        Bug(exception="X"),
        UnreadableEntries(count=2),
        UnreadableEntries(count=1, total=9, where="γραμμή 3", reason="όχι"),
        CutListing(),
        EmptyListing(),
        EmptyListing(papers=3),
        EmptyListing(unchecked=CAUSE),
        EmptyListing(has_other_place=False),
        OldListing(expected=DAY),
        OldListing(expected=DAY, papers=2),
        SecondReading(papers=4, new=1),
        MissedDays(since=DAY, until=DAY + timedelta(days=2), causes=(CAUSE,)),
        UnreadDays(since=DAY, until=DAY),
        Interruption(cause=CAUSE),
        NeverRead(),
    ],
    ids=lambda problem: problem.kind,
)
def test_every_problem_speaks_it(problem: Problem) -> None:
    """Whatever is wrong with a source is said in it."""
    with speaking(PSEUDO):
        for state in (State.FAILED, State.THROTTLED, State.STALE):
            post = compose.notice(
                Digest(
                    subscription=READS,
                    day=DAY,
                    counts=Counts(),
                    sources=(replace(WELL, state=state, problems=(problem,)),),
                    items=(),
                )
            )
            assert not untranslated(post, re.compile(f"{OWN.pattern}|\\bX\\b|--\\w+"))


async def test_a_quiet_day_speaks_it() -> None:
    """The line of a quiet day is posted in it."""
    async with SqlStore("sqlite://").open() as store:
        reader = replace(READS, quiet_day=QuietDay.LINE)
        await store.save_subscription(reader, at=AT)
        await store.save_source_state(replace(WELL, state=State.QUIET))
        due = Due(day=DueDay(day=DAY, due_at=AT, opened_at=AT), is_late=False, missing=())
        await digest.deliver(
            reader, DAY, store=store, chat=FakeChat(), clock=FakeClock(AT), due=due, languages=LANGUAGES
        )
        line = await store.delivery(reader, DAY, DeliveryKind.QUIET)
        assert line is not None
        assert line.post is not None
        assert not untranslated(line.post, OWN)
