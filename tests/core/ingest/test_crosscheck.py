from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.deliver.problems import sentences
from core.ingest.crosscheck import USUALLY_MANY, Doubt, SecondLook, compare, compare_with_nothing, doubt, newest_day
from core.ingest.listing import Listing, UnreadEntry
from core.ingest.problems import Cause, Failure
from core.ingest.state import Report, State
from core.papers.identity.changes import Stored
from tests.fakes.sources import DAY, announced, invented

TUESDAY = date(2026, 2, 3)
NO_PAGE = Failure(cause=Cause.NO_ANSWER, detail="arxiv.org cannot be reached.")


def report(state: State = State.QUIET, *, new: int = 0, known: int = 0) -> Report:
    return Report(source="fake", scope="cs.CL", state=state, stored=Stored(new=new, known=known))


def listing(papers: int = 0, *, day: date | None = DAY, is_cut: bool = False, problems: int = 0) -> Listing:
    return Listing(
        source="fake",
        scope="cs.CL",
        announcements=tuple(announced(invented(number)) for number in range(papers)),
        problems=tuple(UnreadEntry(where=f"entry {number}", reason="no title") for number in range(problems)),
        day=day,
        is_cut=is_cut,
    )


UNCHANGED = Listing(source="fake", scope="cs.CL", is_unchanged=True)


@pytest.mark.parametrize(
    ("told", "answer", "day", "due", "odd"),  # what we hold is Tuesday's
    [
        (report(State.FRESH, new=2), listing(2), DAY, DAY, None),
        (report(known=2), listing(2), DAY, DAY, None),
        (report(), UNCHANGED, DAY, DAY, None),
        (report(State.STALE, known=2), listing(2, day=TUESDAY), TUESDAY, DAY, Doubt.OLD),
        (report(), UNCHANGED, TUESDAY, DAY, Doubt.OLD),
        (report(), listing(0), DAY, DAY, Doubt.EMPTY),
        (report(), listing(0), DAY, None, None),
        (report(known=2), listing(2, day=TUESDAY), TUESDAY, None, None),
        (report(State.FAILED), None, None, DAY, Doubt.UNREAD),
        (report(State.FAILED), listing(0, problems=2), DAY, DAY, Doubt.UNREAD),
        (report(State.FRESH, new=2), listing(2, problems=1), DAY, DAY, Doubt.PARTIAL),
        (report(State.FRESH, new=2), listing(2, is_cut=True), DAY, DAY, Doubt.PARTIAL),
        (report(State.THROTTLED), None, None, DAY, None),
        (replace(report(State.FRESH), stored=Stored(updated=1)), listing(2), DAY, DAY, Doubt.REVISED),
    ],
)
def test_what_is_odd_about_an_answer(
    told: Report, answer: Listing | None, day: date | None, due: date | None, odd: Doubt | None
) -> None:
    """Old, empty, unreadable and partial answers are doubted; a source that sends us away is not asked again."""
    assert doubt(told, answer, day=day, held_day=TUESDAY, due=due) is odd


def test_the_day_that_all_should_have() -> None:
    """The newest day that any scope has, or the one that is due; nothing for a source without listing days."""
    assert newest_day([TUESDAY, None, DAY], TUESDAY) == DAY
    assert newest_day([None], DAY) == DAY
    assert newest_day([DAY], None) is None


def second(why: Doubt, other: Listing, *, usual: int | None = 0) -> SecondLook:
    return SecondLook(doubt=why, listing=other, due=DAY, usual=usual)


def test_an_old_feed_is_stale_and_its_papers_are_told() -> None:
    """What the listing page had is counted; the state still says that the feed was old."""
    told = compare(report(State.STALE, known=3), second(Doubt.OLD, listing(5)), Stored(new=5))
    assert (told.state, told.fetched, told.stored.new) == (State.STALE, 5, 5)
    assert "5 papers were read from the listing page" in sentences(told.problems)


def test_an_old_feed_among_new_ones_is_stale_even_where_nothing_else_is_newer() -> None:
    """One category without the day that the others have is stale, whatever its page says."""
    told = compare(report(), second(Doubt.OLD, listing(5, day=TUESDAY)), Stored())
    assert (told.state, told.stored.new) == (State.STALE, 0)


def test_an_empty_feed_with_papers_on_the_page_is_a_source_that_sends_us_away() -> None:
    """Empty answers are how some sources throttle: told as that, and not as a quiet day."""
    told = compare(report(), second(Doubt.EMPTY, listing(5)), Stored(new=5))
    assert (told.state, told.stored.new) == (State.THROTTLED, 5)


def test_an_empty_feed_is_no_matter_where_its_listing_is_held() -> None:
    """On Saturday the feed may be empty: Friday's listing is here already. Without it, it is looked for."""
    assert doubt(report(), listing(0), day=DAY, held_day=DAY, due=DAY) is None
    assert doubt(report(), listing(0), day=DAY, held_day=None, due=DAY) is Doubt.EMPTY


def test_a_first_look_on_a_day_without_a_listing_brings_the_last_one() -> None:
    """On Saturday the page still has Friday's papers: they are new to us, and nobody sent us away."""
    look = SecondLook(doubt=Doubt.EMPTY, listing=listing(5, day=TUESDAY), due=TUESDAY, day=DAY)
    told = compare(report(), look, Stored(new=5))
    assert (told.state, told.stored.new, sentences(told.problems)) == (State.FRESH, 5, "")


def test_an_empty_feed_is_quiet_where_the_page_still_has_the_last_day() -> None:
    """On a holiday that no calendar knows, feed and page agree that nothing is new."""
    told = compare(report(), second(Doubt.EMPTY, listing(5, day=TUESDAY), usual=90), Stored())
    assert (told.state, sentences(told.problems)) == (State.QUIET, "")


@pytest.mark.parametrize(
    ("usual", "state"), [(USUALLY_MANY, State.STALE), (USUALLY_MANY - 1, State.QUIET), (None, State.STALE)]
)
def test_a_category_that_is_usually_full_is_not_quietly_empty(usual: int | None, state: State) -> None:
    """Both places empty: believed of a small category, and not of a large one, or of one that we never saw."""
    assert compare(report(), second(Doubt.EMPTY, listing(0), usual=usual), Stored()).state is state


def test_an_unread_feed_stays_failed_with_what_the_page_had() -> None:
    """The failure is told, and so is that nothing is missing."""
    told = compare(report(State.FAILED), second(Doubt.UNREAD, listing(4)), Stored(new=3, known=1))
    assert (told.state, told.stored.new, told.fetched) == (State.FAILED, 3, 4)
    assert "4 papers, 3 of them new" in sentences(told.problems)


def test_a_partial_feed_is_completed() -> None:
    """Both looks count once: what the page had in common with the feed is not counted again."""
    told = compare(report(State.FRESH, new=3), second(Doubt.PARTIAL, listing(5)), Stored(new=2, known=3))
    assert (told.state, told.stored.new, told.stored.known) == (State.FRESH, 5, 0)


def test_what_both_places_had_is_counted_once() -> None:
    """Papers that the feed brought and the page has as well are the same papers, merged ones among them."""
    feed = Report(
        source="fake",
        scope="cs.CL",
        state=State.FRESH,
        fetched=6,
        stored=Stored(new=3, updated=2, known=1, merged=1),
        failed=1,
    )
    page = listing(8, problems=2)
    told = compare(feed, second(Doubt.PARTIAL, page), Stored(new=1, updated=0, known=7, merged=2))
    assert (told.fetched, told.failed) == (8, 3)
    assert told.stored == Stored(new=4, updated=2, known=2, merged=1)


def test_a_page_of_another_day_completes_a_partial_feed_of_that_day() -> None:
    """It is read where entries of the feed are missing, and left where it could not have what is looked for."""
    page = listing(5, day=TUESDAY, problems=1)
    assert second(Doubt.PARTIAL, page).is_wanted
    assert second(Doubt.UNREAD, page).is_wanted
    assert not second(Doubt.OLD, page).is_wanted
    assert compare(report(State.STALE), second(Doubt.OLD, page), Stored()).failed == 0


def test_what_the_page_says_of_revised_papers_changes_no_count() -> None:
    """The second look at new versions brings their authors' comments, and is nobody's trouble."""
    fresh = report(State.FRESH, new=3)
    assert compare(fresh, second(Doubt.REVISED, listing(5)), Stored(known=5)) == fresh
    assert compare_with_nothing(fresh, Doubt.REVISED, NO_PAGE, due=DAY) == fresh


def test_an_empty_feed_that_could_not_be_checked_is_stale() -> None:
    """Nobody can say whether it is a quiet day, so nobody does."""
    told = compare_with_nothing(report(), Doubt.EMPTY, NO_PAGE, due=DAY)
    assert told.state is State.STALE
    assert "arxiv.org cannot be reached." in sentences(told.problems)
    assert compare_with_nothing(report(State.FAILED), Doubt.UNREAD, NO_PAGE, due=DAY) == report(State.FAILED)
