"""Dates as sources write them: each is understood as a whole, or is none."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources import dates, feeds
from core.papers.bounds import drop_far_dates
from core.papers.paper import Announcement
from tests.fakes.papers import a_paper

DAY = datetime(2026, 2, 5, tzinfo=UTC)
TODAY = date(2026, 2, 6)


@pytest.mark.parametrize(
    "said",
    [
        *("2026-02-05", "2026/02/05", "2026.02.05", "2026-2-5", "20260205", "2026-W06-4", "2026W064"),
        *("5 Feb 2026", "05 Feb. 2026", "5-Feb-2026", "5 February 2026", "Thursday, 5 February 2026", "05 Feb 26"),
        *("Feb 5, 2026", "February 5th, 2026", "Thu, Feb 5, 2026", " 2026-02-05\n", "THU, 05 FEB 2026"),
    ],
)
def test_a_day_is_understood(said: str) -> None:
    """A day in any form that can be read in one way only is that day."""
    assert dates.moment(said) == DAY


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("2026-02-05T09:16:44Z", 9),
        ("2026-02-05T09:16:44.25+00:00", 9),
        ("2026-02-05 04:16:44-05:00", 9),
        ("2026-02-05T04:16:44-0500", 9),
        ("2026-02-05T09:16:44", 9),
        ("2026/02/05 09:16:44 GMT", 9),
        ("THU, 05 FEB 2026 04:16:44 -0500", 9),
        ("Thu, 05 Feb 2026 04:16:44 EST", 9),
        ("Thu, 05 Feb 2026 10:16:44 +0100 (CET)", 9),
        ("Thu, 05 Feb 2026 10:16:44 GMT+01:00", 9),
        ("Thu, 05 Feb 2026 09:16:44 XYZ", 9),
        ("Thu Feb  5 09:16:44 2026", 9),
        ("Thu Feb  5 04:16:44 EST 2026", 9),
    ],
)
def test_a_moment_is_understood(said: str, hour: int) -> None:
    """A moment is told in UTC, whatever its zone; a zone that nobody knows counts as UTC."""
    moment = dates.moment(said)
    assert moment is not None
    assert moment.replace(microsecond=0) == DAY.replace(hour=hour, minute=16, second=44)


PARTS = """
|soon|Spring 2026|2026|26|202602|2026-02|2026/02|260205|20260|2026-036|2026036|5 Feb.|5 Feb|Feb 5|Feb 2026|February|05
|05 09:16|09:16:44|Thu|Thursday, 5 February|2026-W06|W06-4|2026-W54-1|--02-05|---05|-26-02|02/05/2026|5/2/2026|5/26
|05.02.2026|1770249600|1770249600000|0|-1|46058|1.7e9|2026-02-05T|2026-02-05T9|2026-02-05T25:00:00Z|2026-13-05
|2026-02-30|0000-00-00|0001-01-01|9999-12-31|2026-02-05 to 2026-02-07|5-7 Feb 2026|2026-02-05junk|about 2026-02-05
|2026-02/05|5 Foo 2026|5 Mai 2026|5. Februar 2026|٢٠٢٦-٠٢-٠٥|1970-01-01T00:00:00Z|Thu, 01 Jan 1970 00:00:00 GMT
|Thu, 05 Feb 2026 99:99:99
"""
HALF = PARTS.split("|")


@pytest.mark.parametrize("said", HALF)
def test_what_is_half_understood_is_no_date(said: str) -> None:
    """Never another date: neither today's parts nor the first of anything fill in what is missing."""
    assert dates.moment(said) is None
    assert dates.day(said) is None


@given(
    st.integers(0, 5_000_000_000_000_000).map(lambda after: DAY.replace(tzinfo=None) + timedelta(microseconds=after)),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_is_written_is_read(local: datetime, minutes: int) -> None:
    """ISO 8601 and RFC 5322 with any zone come back as the same moment."""
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert dates.moment(moment.isoformat()) == moment
    assert dates.moment(format_datetime(moment)) == moment.replace(microsecond=0)


@given(st.text(alphabet="0123456789-/.:TWZ +JanFebThu,", max_size=40))
def test_no_text_is_read_as_a_day_that_it_does_not_name(said: str) -> None:
    """Whatever is read has its year, or its last two digits, in the text."""
    told = dates.moment(said)
    assert told is None or any(f"{year:04}"[2:] in said for year in (told.year - 1, told.year, told.year + 1))


def test_a_number_as_long_as_a_book_is_read_at_once() -> None:
    """The time that a date takes does not grow with its length."""
    began = time.process_time()
    assert dates.moment("2026-02-05 " * 100_000) is None
    assert time.process_time() - began < 0.5


SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" '
    'xmlns:dcterms="http://purl.org/dc/terms/"'
)
KEYS = ("pubDate", "dc:date", "published", "updated", "prism:publicationDate", "prism:coverDate", "dcterms:created")


def read_each(*told: str) -> list[tuple[datetime | None, date]]:
    items = (
        f"<item><title>Moths</title><link>https://a.example/{number}</link>{one}</item>"
        for number, one in enumerate(told)
    )
    body = f'<rss version="2.0" {SPACES}><channel><title>L</title>{"".join(items)}</channel></rss>'
    lines = feeds.parse(body.encode(), "l", TODAY).announcements
    return [(line.paper.published, line.day) for line in lines]


def read(told: str) -> tuple[datetime | None, date]:
    return read_each(told)[0]


def test_no_half_date_of_a_feed_is_a_date() -> None:
    """An entry whose date is not understood has none, and belongs to the day on which it was read."""
    half = [f"<{key}>{said}</{key}>" for key in KEYS for said in HALF if (key, said) != ("prism:coverDate", "2026-02")]
    assert read_each(*half) == [(None, TODAY)] * len(half)


def test_the_next_date_counts() -> None:
    """Where one date of an entry is not understood, or too far ahead, the next one counts."""
    assert read("<pubDate>5 Feb.</pubDate><dc:date>2026-02-04</dc:date>") == (DAY - timedelta(days=1), date(2026, 2, 4))
    assert read("<pubDate>2062-02-05</pubDate><dc:date>2026-02-05</dc:date>") == (DAY, date(2026, 2, 5))


def test_an_issue_is_dated_ahead_by_some_months() -> None:
    """The date of an issue to come is believed, one of next year is not; neither is the day of the listing."""
    assert read("<prism:coverDate>2026-06-01</prism:coverDate>") == (datetime(2026, 6, 1, tzinfo=UTC), TODAY)
    assert read("<prism:coverDate>2027-02-01</prism:coverDate>") == (None, TODAY)


def told_on(moment: datetime) -> Announcement:
    paper = a_paper(1, published=moment, announced=moment.date())
    return Announcement(paper=paper, source="arxiv", scope="cs.CL", day=moment.date())


def test_no_source_is_believed_a_date_far_ahead() -> None:
    """The store takes a far day for today, and keeps no moment far ahead; what is near stays the same object."""
    far, near = datetime(2062, 2, 5, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    line = drop_far_dates(told_on(far), TODAY)
    assert (line.day, line.paper.announced, line.paper.published) == (TODAY, TODAY, None)
    fine = told_on(near)
    assert drop_far_dates(fine, TODAY) is fine
