"""Why a day has nothing to show: not read, not published, or nothing left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.origins import SOURCES
from core.channels import ChannelRef, Subscription
from core.deliver.days import nothing_because, what_to_do
from core.deliver.empty import Because, DayReading, EmptyDay, NoListing, judge_listing, judge_news
from core.ingest.state import SourceState, State

READER = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",))
CL, RO = ("arxiv", "cs.CL"), ("arxiv", "cs.RO")
#: a Thursday, and its listing is out
NOW = datetime(2026, 2, 5, 14, 0, tzinfo=UTC)
TODAY = NOW.date()
READ = SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=NOW, listing_day=TODAY, listed=9)
NOTHING = DayReading(
    announced=0,
    posted=0,
    heard=frozenset(),
    archived=frozenset(),
    first_read={CL: datetime(2026, 2, 2, 14, 0, tzinfo=UTC)},
    open=frozenset(),
    latest=date(2026, 2, 4),
)
UNREAD, UNPUBLISHED, NOTHING_NEW = Because.UNREAD, Because.UNPUBLISHED, Because.NOTHING_NEW


def of_listing(
    day: date, reading: DayReading = NOTHING, reader: Subscription = READER, state: SourceState = READ
) -> EmptyDay:
    return judge_listing(reader, day, today=TODAY, now=NOW, states=[state], reading=reading, traits=SOURCES)


def of_news(now: datetime, *states: SourceState, reading: DayReading = NOTHING) -> EmptyDay:
    return judge_news(READER, now.date(), now=now, states=states, reading=reading, traits=SOURCES)


@pytest.mark.parametrize(
    ("day", "because", "no_listing"),
    [
        (date(2026, 2, 3), NOTHING_NEW, None),
        (date(2026, 1, 30), UNREAD, None),
        (date(2025, 2, 4), UNREAD, None),
        (date(2026, 1, 31), UNPUBLISHED, NoListing.WEEKEND),
        (date(2025, 2, 9), UNPUBLISHED, NoListing.WEEKEND),
        (date(2025, 12, 26), UNPUBLISHED, NoListing.HOLIDAY),
        (date(2026, 2, 6), UNPUBLISHED, NoListing.FUTURE),
        (date(2026, 2, 7), UNPUBLISHED, NoListing.FUTURE),
        (date(2027, 2, 5), UNPUBLISHED, NoListing.FUTURE),
    ],
)
def test_days_without_papers(day: date, because: Because, no_listing: NoListing | None) -> None:
    """A day that was read, that was not, and that has no listing are three answers, whenever it was."""
    empty = of_listing(day)
    assert (empty.because, empty.no_listing) == (because, no_listing)
    assert empty.unread == ((CL,) if because is UNREAD else ())


def test_what_was_read_otherwise_is_read() -> None:
    """A day of an archive, and one of which a file told papers, were read, though no refresh was there."""
    day = date(2025, 2, 4)
    assert of_listing(day, replace(NOTHING, archived=frozenset({CL}))).because is NOTHING_NEW
    told = of_listing(day, replace(NOTHING, heard=frozenset({CL}), announced=3, posted=3))
    assert (told.because, told.announced) == (NOTHING_NEW, 3)


def test_a_missed_day_is_unread() -> None:
    """A day between two refreshes that waits for its archive was not read, nor one after the last good listing."""
    day = date(2026, 2, 3)
    assert of_listing(day, replace(NOTHING, open=frozenset({CL}))).because is UNREAD
    broken = replace(READ, state=State.FAILED, listing_day=date(2026, 2, 2))
    assert of_listing(day, state=broken).because is UNREAD


def test_a_part_that_was_not_read_is_named() -> None:
    """Where one category was read and another was not, the answer names the other."""
    reader = replace(READER, categories=("cs.CL", "cs.RO"))
    empty = of_listing(date(2026, 2, 3), replace(NOTHING, heard=frozenset({CL}), announced=2), reader)
    assert (empty.because, empty.unread) == (NOTHING_NEW, (RO,))
    assert "cs.RO was not read" in what_to_do(empty)


@pytest.mark.parametrize(
    ("now", "because", "no_listing"),
    [
        (NOW, NOTHING_NEW, None),
        (datetime(2026, 2, 6, 4, 0, tzinfo=UTC), UNPUBLISHED, NoListing.NOT_YET),
        (datetime(2026, 2, 6, 7, 0, tzinfo=UTC), UNREAD, None),
        (datetime(2026, 2, 9, 14, 0, tzinfo=UTC), UNREAD, None),
    ],
)
def test_news(now: datetime, because: Because, no_listing: NoListing | None) -> None:
    """Nothing is new where the newest listing was read; before it is out and where nobody read it that is said."""
    empty = of_news(now, READ)
    assert (empty.because, empty.no_listing) == (because, no_listing)


def test_news_in_part() -> None:
    """Where one category was read and another was not, nothing is new as far as is known, and the other is named."""
    reader = replace(READER, categories=("cs.CL", "cs.RO"))
    empty = judge_news(reader, TODAY, now=NOW, states=[READ], reading=NOTHING, traits=SOURCES)
    assert (empty.because, empty.unread) == (NOTHING_NEW, (RO,))
    assert "cs.RO was not read. The next refresh reads it" in what_to_do(empty)


def test_news_of_a_weekend() -> None:
    """On a Saturday with Friday's listing read there is no listing, and Monday's is next."""
    friday = replace(READ, listing_day=date(2026, 2, 6), checked_at=datetime(2026, 2, 6, 14, 0, tzinfo=UTC))
    empty = of_news(datetime(2026, 2, 7, 14, 0, tzinfo=UTC), friday)
    assert (empty.because, empty.no_listing, empty.next_day) == (UNPUBLISHED, NoListing.WEEKEND, date(2026, 2, 9))
    assert "Monday, 9 February 2026, expected 06:00 UTC" in what_to_do(empty)


def test_files_alone_are_no_missing_listing() -> None:
    """Where only files were ever read, nothing is missing until the next one is; where nothing was, all is."""
    assert of_news(NOW).because is NOTHING_NEW
    assert of_news(NOW, reading=replace(NOTHING, latest=None)).because is UNREAD


def test_a_feed_cannot_be_read_again() -> None:
    """Nobody is told to ingest a past day of a journal's feed, which has its newest papers alone."""
    reader = replace(READER, categories=("feed:counting",))
    empty = of_listing(date(2026, 1, 7), reader=reader)
    assert empty.because is UNREAD and "ingest" not in what_to_do(empty)


def test_every_answer_says_what_to_do() -> None:
    """Each reason has a sentence of its own and a next step; who reads nothing is told to name categories."""
    told = {
        because: EmptyDay(because=because, day=TODAY, is_one_listing=is_one, unread=(CL,) if because is UNREAD else ())
        for because in Because
        for is_one in (True, False)
    }
    assert len({nothing_because(one) for one in told.values()}) == len(Because)
    silent = EmptyDay(because=UNREAD, day=TODAY)
    assert "/settings categories" in what_to_do(silent)
    assert all(what_to_do(replace(one, latest=TODAY)) for one in told.values())


def test_a_channel_that_never_got_a_paper() -> None:
    """Where nothing was ever announced for a channel, no last digest is spoken of."""
    empty = EmptyDay(because=NOTHING_NEW, day=date(2026, 2, 3))
    assert what_to_do(empty) == "No paper was announced for this channel yet."
    assert "since the last digest" in what_to_do(replace(empty, latest=date(2026, 2, 2)))
