"""`/bookmarks`: the asker's reading list, or the channel's."""

from __future__ import annotations

from typing import Final

from core.converse import library, replies
from core.converse.command import Command
from core.converse.spec import CommandSpec, Services
from core.errors import UsageError
from core.posts.tree import Audience, Post

_TEAM: Final = ("team", "channel")


async def answer(services: Services, command: Command) -> Post:
    """The list. Raises UsageError for a list that does not exist."""
    if command.arguments.lower() in _TEAM:
        of_channel = await library.team_list(command.place, store=services.store)
        return replies.bookmarks(of_channel, of="This channel's reading list")
    if command.arguments:
        raise UsageError("That is not a reading list.", hint="Write `/bookmarks` for yours, `/bookmarks team` for all.")
    own = await library.reading_list(command.actor, store=services.store)
    return replies.bookmarks(own, of="Your reading list", audience=Audience.PERSONAL)


COMMAND: Final = CommandSpec(
    name="bookmarks",
    usage="[team]",
    does="your reading list, or the channel's",
    examples=("", "team"),
    answer=answer,
    audience=lambda arguments: Audience.ASKER if arguments.lower() in _TEAM else Audience.PERSONAL,
)
