"""Use case: save what a person wants of a digest, or show first what it would have been like, and ask.

`/subscribe`, `/settings` and what follows a search decide here, by the same rule; `saving` keeps what is asked about.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from core.channels import Subscription
from core.converse.command import Command
from core.converse.settings import change_replies, saving
from core.converse.settings.changes import PreviewDay
from core.converse.settings.wish_notes import WishNotes, recent_papers, wish_notes
from core.converse.spec import Services
from core.deliver.choosing import choose
from core.posts.tree import Post
from core.text.readable import readable

#: listing days that are shown, and titles of each
_DAYS: Final = 3
_TITLES: Final = 3


async def save_or_ask(
    services: Services,
    command: Command,
    current: Subscription | None,
    after: Subscription,
    *,
    note: str = "",
    is_guess: bool = False,
) -> Post:
    """Save a change at once, with a way back; or show it first, and ask. `current` is the digest as it is, if it is.

    Shown first is what was read out of somebody's words (`is_guess`), a rule or an interest that is new to a digest
    that is there, and one that is probably too wide. Raises NotFound, UsageError.
    """
    is_new = _is_new(current, after, "rule") or _is_new(current, after, "interest")
    notes = await wish_notes(after, store=services.store, clock=services.clock) if is_new or is_guess else WishNotes()
    if is_guess or (is_new and (current or notes.is_wide)):
        days = await _last_days(services, after)
        key = await saving.keep(services, command, current, after)
        return change_replies.preview(current, after, days, remarks=notes.sentences, note=note, key=key)
    return await saving.save(services, command, current, after, note=note, remarks=notes.sentences if is_new else None)


def _is_new(before: Subscription | None, after: Subscription, name: str) -> bool:
    wish: str = getattr(after, name)
    return bool(wish) and (before is None or wish != getattr(before, name))


async def _last_days(services: Services, subscription: Subscription) -> tuple[PreviewDay, ...]:
    """The last listing days, the newest first, as the digest would have chosen then; whatever was posted."""
    papers = await recent_papers(subscription, store=services.store, clock=services.clock)
    days = sorted({paper.announced for paper in papers if paper.announced}, reverse=True)[:_DAYS]
    return tuple([await _day(services, subscription, day) for day in days])


async def _day(services: Services, subscription: Subscription, day: date) -> PreviewDay:
    candidates = await services.store.candidates(subscription, listing_day=day, is_again=True)
    choice = await choose(candidates, subscription, day=day, store=services.store)
    return PreviewDay(
        day=day,
        candidates=len(candidates.items),
        kept_count=len(choice.kept),
        titles=tuple(readable(candidate.paper.title) for candidate in choice.shown_papers[:_TITLES]),
        posted_count=len(choice.shown_papers),
    )
