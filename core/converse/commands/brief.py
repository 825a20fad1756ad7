"""`/brief`: the themes of what a channel was brought in its last days."""

from __future__ import annotations

import re
from typing import Final

from core.converse.command import Command
from core.converse.spec import CommandSpec, Services
from core.deliver.briefings import DAYS, MOST_DAYS, brief, briefing_post
from core.errors import UsageError
from core.posts.tree import Post

_DAYS: Final = re.compile(r"(\d{1,4})(?: ?d(?:ays?)?)?", re.ASCII | re.IGNORECASE)


async def answer(services: Services, command: Command) -> Post:
    """The briefing. Raises UsageError, NotFound where nothing is subscribed here."""
    days = parse_days(command.arguments)
    subscription = await services.subscription(command.place)
    today = subscription.at.local_day(services.clock.now())
    found = await brief(
        subscription,
        days=days,
        today=today,
        store=services.store,
        summariser=services.summariser,
        memory=services.briefings,
        meanings=services.meanings,
    )
    return briefing_post(found)


def parse_days(typed: str) -> int:
    """Read `7`, `14 days`; the usual number where nothing is typed. Raises UsageError."""
    if not typed:
        return DAYS
    if (match := _DAYS.fullmatch(typed)) and 1 <= int(match[1]) <= MOST_DAYS:
        return int(match[1])
    raise UsageError(f"'{typed[:40]}' is not a number of days.", hint=f"Write one from 1 to {MOST_DAYS}, like 14.")


COMMAND: Final = CommandSpec(
    name="brief",
    usage="[DAYS]",
    does="the themes of the last days' papers",
    examples=("", "14"),
    answer=answer,
)
