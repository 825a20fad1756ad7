"""`/brief`: the themes of what a channel was brought in its last days."""

from __future__ import annotations

from typing import Final

from core.converse import completions
from core.converse.command import Command
from core.converse.options import Option
from core.converse.settings import naming
from core.converse.spec import CommandSpec, Services
from core.converse.values import parse_days
from core.deliver.briefings import brief, briefing_post
from core.posts.tree import Post
from core.speech import N_


async def answer(services: Services, command: Command) -> Post:
    """The briefing. Raises UsageError, NotFound where nothing is subscribed here."""
    name, arguments = naming.read_name(command.arguments)
    subscription = await services.subscription(command.place, name)
    today = subscription.at.local_day(services.clock.now())
    days = parse_days(arguments, today=today)
    briefing = await brief(
        subscription,
        days=days,
        today=today,
        store=services.store,
        summariser=services.summariser,
        memory=services.briefings,
        meanings=services.meanings,
    )
    return briefing_post(briefing)


COMMAND: Final = CommandSpec(
    name="brief",
    usage="[DAYS] [name:NAME]",
    does=N_("the themes of the last days' papers"),
    examples=("", "14", "since monday"),
    settings=("brief", "language"),
    options=(
        Option(name="days", does=N_("How many days, 1 to 31, or since monday; 7 unless given"), is_completed=True),
    ),
    completions=completions.of_values("7", "14", "31", "last week", "since monday"),
    answer=answer,
    other_words=dict.fromkeys(("themes", "overview", "briefing"), "brief"),
)
