"""Use case: what a rule or an interest would have matched of the last month: too wide, too narrow, misspelled.

`/settings`, `/subscribe` and `paperboy channels` say it. The papers are few enough to answer at once, and are read in a
thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from core.channels import Subscription
from core.choose.interest.width import Width, width_of
from core.choose.rules.linting import ENOUGH, Lint, Sense, WidePart, lint
from core.choose.rules.lists import lists_for
from core.choose.verdicts import LeftOut, LeftOutReason
from core.converse.ports import Store
from core.errors import BadRule
from core.papers.paper import Paper
from core.speech import _, plural
from core.text.readable import shorten, some
from core.time import Clock

#: how long ago papers were listed at most
_PAST: Final = timedelta(days=31)
#: papers that a wish is tried on: a second of CPU at most
_MOST_PAPERS: Final = 1_500
#: categories whose papers are asked for
_MOST_CATEGORIES: Final = 10
_MOST_TOLD: Final = 3
#: characters of a part of a rule
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class WishNotes:
    """What there is to say of a digest's rule and interest."""

    #: each by itself, the most important first
    sentences: tuple[str, ...] = ()
    #: True where one of them keeps so much that somebody should look before it is saved
    is_wide: bool = False


async def try_rule(
    subscription: Subscription, *, store: Store, clock: Clock, papers: Sequence[Paper] | None = None
) -> Lint | None:
    """Try a subscription's rule on the papers of the last month; None where it has none. Raises BadRule."""
    if not subscription.rule:
        return None
    if papers is None:
        papers = await recent_papers(subscription, store=store, clock=clock)
    lists = await lists_for(subscription, store)
    return await asyncio.to_thread(lint, subscription.rule, papers, lists=lists)


async def wish_notes(subscription: Subscription, *, store: Store, clock: Clock) -> WishNotes:
    """What to say of a subscription's rule and interest; nothing where it has neither."""
    if not (subscription.rule or subscription.interest.strip()):
        return WishNotes()
    papers = await recent_papers(subscription, store=store, clock=clock)
    notes = await rule_notes(subscription, store=store, clock=clock, papers=papers)
    if not subscription.interest.strip():
        return notes
    width = await asyncio.to_thread(width_of, subscription.interest, papers)
    sentences = (*notes.sentences, *_interest_sentences(width, subscription))
    return WishNotes(sentences=sentences, is_wide=notes.is_wide or width.is_wide)


async def rule_notes(
    subscription: Subscription, *, store: Store, clock: Clock, papers: Sequence[Paper] | None = None
) -> WishNotes:
    """What to say of the rule alone; `papers` are those of the last month, where they are at hand."""
    try:
        result = await try_rule(subscription, store=store, clock=clock, papers=papers)
    except BadRule as error:  # stored by another version
        broken = f"{_('The rule cannot be read any more, and keeps every paper.')} {error.sentence()}"
        return WishNotes(sentences=(broken,))
    if result is None:
        return WishNotes()
    return WishNotes(sentences=notes_on(result, subscription), is_wide=result.is_wide)


def notes_on(lint: Lint, subscription: Subscription) -> tuple[str, ...]:
    """What there is to say of a rule, the most important first."""
    return tuple(_sentences(lint, subscription))


def _sentences(lint: Lint, subscription: Subscription) -> Iterator[str]:
    if lint.sense is Sense.NONE:
        yield _("The rule contradicts itself: no paper can match it.")
    elif lint.sense is Sense.ALL:
        yield _("The rule keeps every paper, whatever it is about.")
    elif 0 < lint.papers < ENOUGH:
        yield _("Too few papers of the last month are stored to say how wide the rule is.")
    elif lint.papers:
        yield _width(lint, subscription)
    yield from map(partial(_wide_part, lint), lint.wide)
    for idle in lint.idle[:_MOST_TOLD] if lint.papers >= ENOUGH else ():
        remark = _("None of them matches {clause}.", clause=shorten(idle.clause, _LONGEST))
        yield f"{remark} {_('Did you mean “{word}”?', word=idle.suggestion)}" if idle.suggestion else remark
    yield from map(_left_out, lint.left_out)


def _wide_part(lint: Lint, part: WidePart) -> str:
    phrases = ", ".join(f'"{phrase}" ({_percent(papers / lint.papers)})' for phrase, papers in part.phrases)
    values = {"word": shorten(part.word, _LONGEST), "percent": _percent(part.papers / lint.papers), "phrases": phrases}
    if phrases:
        return _("“{word}” alone is in {percent} of them; phrases with it are narrower: {phrases}.", **values)
    return _("“{word}” alone is in {percent} of them.", **values)


def _left_out(part: LeftOut) -> str:
    clause = shorten(part.clause, _LONGEST)
    if part.because is LeftOutReason.NO_LIST:
        return _("There is no {clause} yet: papers are judged without it.", clause=clause)
    return plural(
        "{clause} takes too long: {count} paper would be judged without it.",
        "{clause} takes too long: {count} papers would be judged without it.",
        part.papers,
        clause=clause,
    )


def _interest_sentences(width: Width, subscription: Subscription) -> Iterator[str]:
    if width.says_nothing:
        yield _("The words of the interest are too common to tell papers apart.")
    elif 0 < width.papers < ENOUGH:
        yield _("Too few papers of the last month are stored to say how wide the interest is.")
    elif width.papers:
        papers, percent = _papers(width.papers, subscription), _percent(width.share)
        if not width.matches:
            yield _("The interest matches none of {papers}: probably too narrow.", papers=papers)
        elif width.is_wide:
            yield _("The interest matches {percent} of {papers}: probably too wide.", percent=percent, papers=papers)
        else:
            yield _("The interest matches {percent} of {papers}.", percent=percent, papers=papers)


def _papers(count: int, subscription: Subscription) -> str:
    if not subscription.categories:
        return plural("the last month's {count} paper", "the last month's {count} papers", count)
    return plural(
        "the last month's {count} paper in {categories}",
        "the last month's {count} papers in {categories}",
        count,
        categories=some(subscription.categories),
    )


def _width(lint: Lint, subscription: Subscription) -> str:
    papers = _papers(lint.papers, subscription)
    if not lint.matches:
        return _("The rule matches none of {papers}: probably too narrow.", papers=papers)
    if lint.only_excludes:
        return _("The rule leaves out {percent} of {papers}.", percent=_percent(1 - lint.share), papers=papers)
    percent = _percent(lint.share)
    if lint.is_wide:
        return _("The rule matches {percent} of {papers}: probably too wide.", percent=percent, papers=papers)
    return _("The rule matches {percent} of {papers}.", percent=percent, papers=papers)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 else f"{share:.1%}".replace("%", " %")


async def recent_papers(subscription: Subscription, *, store: Store, clock: Clock) -> list[Paper]:
    """The newest papers of the last month in the subscription's categories, each once, a bounded number."""
    categories = subscription.categories[:_MOST_CATEGORIES] or (None,)
    since, papers = (clock.now() - _PAST).date(), {}
    for category in categories:
        page = await store.papers(category=category, limit=_MOST_PAPERS // len(categories))
        papers.update({paper.id: paper for paper in page.papers if paper.announced and paper.announced >= since})
    return list(papers.values())
