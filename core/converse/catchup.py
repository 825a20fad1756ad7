"""What somebody missed: the papers that were posted in a channel lately, those first that others saved.

`/digest catchup 7d` asks. It is for the asker alone, so that a week's papers do not fill the channel again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.channels import Subscription, UserRef
from core.converse.hits import open_note
from core.converse.spec import Services
from core.deliver import card
from core.deliver.compose import say
from core.deliver.content import Item
from core.deliver.days import day_reason
from core.deliver.schedule import DayState
from core.papers.identifiers import PaperId
from core.posts.tree import Audience, Block, Heading, Note, Paragraph, Post, text
from core.speech import N_, _, number, plural

#: papers of one answer
MOST_SHOWN: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Catchup:
    """What was posted in some days, for one person."""

    days: int
    #: most saved first, then by score
    items: tuple[Item, ...]
    #: papers that were posted, those included that the person saved
    posted_count: int
    #: of those, how many the person saved
    saved_count: int
    #: how many people saved each, where anybody did
    savers: Mapping[PaperId, int]
    #: what was not posted, a sentence each
    gaps: tuple[str, ...]


async def catch_up(services: Services, subscription: Subscription, user: UserRef, *, days: int) -> Catchup:
    """What the person missed in the channel's last `days` days. Raises StoreError."""
    channel, store = subscription.channel, services.store
    today = subscription.at.local_day(services.clock.now())
    since = today - timedelta(days=days - 1)
    decisions = {decision.paper: decision for decision in await store.chosen_papers(channel, since=since)}
    own = {mark.paper.id for mark in await store.bookmarks(user=str(user))}
    savers = Counter(mark.paper.id for mark in await store.bookmarks(channel=str(channel)))
    unread = [decision for decision in decisions.values() if decision.paper not in own]
    best = sorted(unread, key=lambda decision: (-savers[decision.paper], -decision.score, decision.paper))[:MOST_SHOWN]
    papers = {paper.id: paper for paper in await store.papers_by_id([decision.paper for decision in best])}
    at_hand = await services.summariser.at_hand(
        list(papers.values()), language=subscription.language, depth=subscription.depth
    )
    items = tuple(
        Item(
            paper=papers[decision.paper],
            score=decision.score,
            reasons=decision.reasons,
            summary=at_hand[decision.paper].summary,
        )
        for decision in best
        if decision.paper in papers
    )
    return Catchup(
        days=days,
        items=items,
        posted_count=len(decisions),
        saved_count=len(decisions) - len(unread),
        savers={id: count for id, count in savers.items() if id in papers},
        gaps=await _gaps(services, subscription, since),
    )


async def _gaps(services: Services, subscription: Subscription, since: date) -> tuple[str, ...]:
    """The days on which nothing was posted, and why: what failed, or was due while nobody was there to post it."""
    look = await services.look(subscription)
    missed_days = (day for day in look.days if day.day >= since and day.state is DayState.MISSED)
    return tuple(
        _("The digest of {day} was not posted: {reason}.", day=day.day, reason=day_reason(day) or _("it was missed"))
        for day in missed_days
    )


def catchup_post(catchup: Catchup) -> Post:
    """Renders the answer, for the asker alone."""
    is_today = catchup.days == 1
    days = plural("{count} day", "{count} days", catchup.days)
    gaps: Sequence[Block] = tuple(Note(warning=True, spans=(text(gap),)) for gap in catchup.gaps)
    if not catchup.items:
        if catchup.posted_count:
            today = N_("You saved all that was posted here today.")
            lately = N_("You saved all that was posted here in the last {days}.")
        else:
            today, lately = N_("Nothing was posted here today."), N_("Nothing was posted here in the last {days}.")
        empty = say(_(today if is_today else lately, days=days))
        return Post(blocks=(*empty.blocks, *gaps), audience=Audience.ASKER, fallback=empty.fallback)
    title = (
        _("What you may have missed today") if is_today else _("What you may have missed in the last {days}", days=days)
    )
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            Note(spans=(text(_total(catchup)),)),
            *(block for place, item in enumerate(catchup.items, 1) for block in _entry(place, item, catchup)),
            *gaps,
            open_note(catchup.items[0].paper.id),
        ),
        papers=tuple(item.paper.id for item in catchup.items),
        audience=Audience.ASKER,
        fallback=title,
    )


def _total(catchup: Catchup) -> str:
    posted_papers = plural("{count} paper posted", "{count} papers posted", catchup.posted_count)
    saved_count = number(catchup.saved_count)
    total = _("{papers_posted}, {saved} of them saved by you", papers_posted=posted_papers, saved=saved_count)
    is_part = catchup.posted_count - catchup.saved_count > len(catchup.items)
    best = plural(
        "the {count} that others saved, or that fits best",
        "the {count} that others saved, or that fit best",
        len(catchup.items),
    )
    parts = (total if catchup.saved_count else posted_papers, best if is_part else "")
    return "; ".join(filter(None, parts))


def _entry(place: int, item: Item, catchup: Catchup) -> tuple[Block, ...]:
    count = catchup.savers.get(item.paper.id, 0)
    savers = (plural("saved by {count}", "saved by {count}", count),) if count else ()
    badges = "".join(f"{card.NO_BREAK}· {badge}" for badge in (*savers, *card.short_badges(item.paper)))
    gist = card.short_gist(item)
    title = Paragraph(spans=(text(f"{place}. "), *card.paper_title(item.paper), text(badges)))
    return (title, Paragraph(indented=True, spans=(text(gist),))) if gist else (title,)
