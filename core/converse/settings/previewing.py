"""Use case: show somebody what a digest would have been like before it is saved: its settings, and its last days.

`/subscribe` in words and changes of a rule or an interest ask with it; `saving` keeps them meanwhile.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from core.channels import Subscription
from core.converse.command import Command
from core.converse.settings import change_replies, saving
from core.converse.settings.changes import PreviewDay
from core.converse.settings.rule_notes import recent_papers, rule_notes
from core.converse.spec import Services
from core.deliver.choosing import choose
from core.posts.tree import Post
from core.text.readable import readable

#: listing days that are shown, and titles of each
_DAYS: Final = 3
_TITLES: Final = 3


async def ask(
    services: Services, command: Command, found: Subscription | None, after: Subscription, *, note: str = ""
) -> Post:
    """Show what a change would bring, and ask whether to save it; `found` is the digest as it is, if there is one."""
    return change_replies.preview(
        found,
        after,
        await _last_days(services, after),
        remarks=await rule_notes(after, store=services.store, clock=services.clock),
        note=note,
        key=await saving.keep(services, command, found, after),
    )


async def _last_days(services: Services, subscription: Subscription) -> tuple[PreviewDay, ...]:
    """The last listing days, the newest first, as the digest would have chosen then; whatever was posted."""
    papers = await recent_papers(subscription, store=services.store, clock=services.clock)
    days = sorted({paper.announced for paper in papers if paper.announced}, reverse=True)[:_DAYS]
    return tuple([await _day(services, subscription, day) for day in days])


async def _day(services: Services, subscription: Subscription, day: date) -> PreviewDay:
    candidates = await services.store.candidates(subscription, listing_day=day, again=True)
    choice = await choose(candidates, subscription, day=day, store=services.store)
    return PreviewDay(
        day=day,
        candidates=len(candidates.items),
        kept=len(choice.kept),
        titles=tuple(readable(one.paper.title) for one in choice.chosen[:_TITLES]),
        posted=len(choice.chosen),
    )
