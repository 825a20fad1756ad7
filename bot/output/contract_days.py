"""How a day's papers fit, and why a day has none -> JSON; `contract` puts it into the document of a digest."""

from __future__ import annotations

from bot.output.contract import Json
from core.deliver.content import Digest
from core.deliver.days import nothing_because, what_to_do
from core.deliver.digest import Result
from core.deliver.empty import Because, EmptyDay
from core.text.readable import readable


def state_of(result: Result) -> str:
    """How it went; of a day without papers why, where it was not read or has no listing."""
    if result.empty and result.empty.because in (Because.UNREAD, Because.UNPUBLISHED):
        return result.empty.because.value
    return result.outcome.value


def fitting(digest: Digest) -> Json:
    """How many papers fit, and the titles of those that have no room."""
    fits = digest.fits
    return {
        "fits": {"match": fits.matching, "near": fits.near} if fits else None,
        "more": [{"id": str(paper.id), "title": readable(paper.title), "url": paper.url} for paper in digest.more],
        "more_total": digest.more_total,
    }


def nothing(empty: EmptyDay | None) -> Json | None:
    """Why there is nothing to show; null where there are papers."""
    if empty is None:
        return None
    return {
        "because": empty.because.value,
        "no_listing": empty.no_listing.value if empty.no_listing else None,
        "detail": nothing_because(empty),
        "hint": what_to_do(empty).replace("`", ""),
        "announced": empty.announced,
        "unread": [{"source": source, "scope": scope} for source, scope in empty.unread],
        "next_day": empty.next_day,
        "latest": empty.latest,
    }
