"""How much text of others Paperboy keeps: the bounds of a paper and a summary, for every source alike.

Pure. The store applies `bounded_announcement` to each announcement that it takes in, and `bounded_summary` to each
summary. The bounds are far above what real papers have: brackets below name the most among 48,000 of arXiv's. Text is
cut between words and ends in an ellipsis, a list loses its end, and an address that is too long is left out, because a
part of it leads nowhere. Bounding twice is the same as bounding once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate, islice
from typing import Any, Final

from core.papers.paper import Announcement, Evidence, Paper, Signals, Summary
from core.text.readable import shorten

#: characters (226)
LONGEST_TITLE: Final = 1_000
#: characters (3,488)
LONGEST_ABSTRACT: Final = 6_000
#: characters of what authors or a journal say beside a paper (431)
LONGEST_NOTE: Final = 1_000
#: characters of an address or a DOI
LONGEST_ADDRESS: Final = 4_000
#: names of authors (3,303), and characters of one (512, of a collaboration)
MOST_AUTHORS: Final = 10_000
LONGEST_NAME: Final = 600
#: categories (8); one (153) is looked for, so that a longer one than an address is left out
MOST_CATEGORIES: Final = 40
#: keywords (20), and characters of one (80)
MOST_KEYWORDS: Final = 40
LONGEST_KEYWORD: Final = 200
#: other identifiers of a paper
MOST_IDENTIFIERS: Final = 100
#: characters of all names of a list (60,000)
LONGEST_LIST: Final = 400_000
#: characters of one part of a summary
LONGEST_PART: Final = 2_000
#: claims with their quotes
MOST_EVIDENCE: Final = 20
#: summaries that come with one announcement
MOST_SUMMARIES: Final = 10

#: journals date their issues ahead, by months; a date that is further away is a mistake
FURTHEST_AHEAD: Final = timedelta(days=183)

_PARTS: Final = ("gist", "motivation", "method", "result", "conclusion", "readers", "novelty")


def is_far_ahead(day: date, today: date) -> bool:
    """True for a day that is too far ahead of today to be believed of a paper."""
    return day - today > FURTHEST_AHEAD


def drop_far_dates(announcement: Announcement, today: date) -> Announcement:
    """The announcement without dates far ahead of today; the same object where it has none. It is of today then."""
    paper = announcement.paper
    published_at = None if paper.published and is_far_ahead(paper.published.date(), today) else paper.published
    announced_on = today if paper.announced and is_far_ahead(paper.announced, today) else paper.announced
    day = today if is_far_ahead(announcement.day, today) else announcement.day
    if published_at is not paper.published or announced_on is not paper.announced:
        paper = replace(paper, published=published_at, announced=announced_on)
    if paper is announcement.paper and day is announcement.day:
        return announcement
    return replace(announcement, paper=paper, day=day)


def bounded_announcement(announcement: Announcement) -> Announcement:
    """The announcement with no more text than is kept; the same object where it has no more."""
    paper = bounded_paper(announcement.paper)
    summaries = tuple(map(bounded_summary, announcement.summaries[:MOST_SUMMARIES]))
    if paper is announcement.paper and summaries == announcement.summaries:
        return announcement
    return replace(announcement, paper=paper, summaries=summaries)


def bounded_paper(paper: Paper) -> Paper:
    """The paper with no more text than is kept; the same object where it has no more."""
    changes = {name: value for name, value in _bounded_fields(paper) if value is not getattr(paper, name)}
    return replace(paper, **changes) if changes else paper


def bounded_summary(summary: Summary) -> Summary:
    """The summary with no more text than is kept."""
    parts: dict[str, Any] = {name: shorten(getattr(summary, name), LONGEST_PART) for name in _PARTS}
    evidence = tuple(
        Evidence(claim=shorten(pair.claim, LONGEST_PART), quote=shorten(pair.quote, LONGEST_PART))
        for pair in summary.evidence[:MOST_EVIDENCE]
    )
    return replace(summary, evidence=evidence, **parts)


def _bounded_fields(paper: Paper) -> Iterator[tuple[str, Any]]:
    yield "title", shorten(paper.title, LONGEST_TITLE)
    yield "abstract", shorten(paper.abstract, LONGEST_ABSTRACT)
    yield "authors", _list(paper.authors, MOST_AUTHORS, LONGEST_NAME)
    yield "categories", _categories(paper.categories)
    yield "url", _address(paper.url) or ""
    yield "pdf_url", _address(paper.pdf_url) or ""
    yield "doi", _address(paper.doi)
    yield "journal", paper.journal and shorten(paper.journal, LONGEST_NOTE)
    yield "licence", _address(paper.licence)
    yield "comment", shorten(paper.comment, LONGEST_NOTE)
    yield "identifiers", paper.identifiers[:MOST_IDENTIFIERS]
    yield "signals", _signals(paper.signals)


def _categories(categories: tuple[str, ...]) -> tuple[str, ...]:
    if len(categories) <= MOST_CATEGORIES and max(map(len, categories), default=0) <= LONGEST_ADDRESS:
        return categories
    return tuple(islice((category for category in categories if len(category) <= LONGEST_ADDRESS), MOST_CATEGORIES))


def _signals(signals: Signals) -> Signals:
    code_url = _address(signals.code_url)
    keywords = signals.keywords and _list(signals.keywords, MOST_KEYWORDS, LONGEST_KEYWORD)
    if code_url is signals.code_url and keywords is signals.keywords:
        return signals
    return replace(signals, code_url=code_url, keywords=keywords)


def _address(address: str | None) -> str | None:
    return None if address and len(address) > LONGEST_ADDRESS else address


def _list(names: tuple[str, ...], most: int, longest: int) -> tuple[str, ...]:
    """The first names, each cut; the same object where there is nothing to cut."""
    if len(names) <= most and sum(map(len, names)) <= LONGEST_LIST and max(map(len, names), default=0) <= longest:
        return names
    cut = [shorten(name, longest) for name in islice(names, most)]
    return tuple(cut[: _fitting(cut)])


def _fitting(names: Sequence[str]) -> int:
    """How many of the names there is room for."""
    return sum(1 for size in accumulate(map(len, names)) if size <= LONGEST_LIST)
