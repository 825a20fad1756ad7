"""All commands, in the order in which `help` lists them. A new command is a file beside the others and a line here."""

from __future__ import annotations

from typing import Final

from core.converse.commands import (
    abstract,
    ask,
    authors,
    bookmark,
    bookmarks,
    brief,
    digest,
    help,
    paper,
    privacy,
    search,
    settings,
    share,
    similar,
    subscribe,
    summary,
    talk,
    trending,
    unsubscribe,
    why,
)
from core.converse.spec import CommandSpec

COMMANDS: Final[tuple[CommandSpec, ...]] = (
    paper.COMMAND,
    ask.COMMAND,
    search.COMMAND,
    similar.COMMAND,
    digest.COMMAND,
    brief.COMMAND,
    trending.COMMAND,
    subscribe.COMMAND,
    unsubscribe.COMMAND,
    settings.COMMAND,
    authors.COMMAND,
    bookmarks.COMMAND,
    why.COMMAND,
    privacy.COMMAND,
    help.COMMAND,
    bookmark.COMMAND,
    abstract.COMMAND,
    summary.COMMAND,
    share.COMMAND,
    search.PAGES,
    search.SAVING,
    talk.COMMAND,
)
BY_NAME: Final = {spec.name: spec for spec in COMMANDS}
#: those that people type, in the same order
TYPED_COMMANDS: Final = tuple(spec for spec in COMMANDS if spec.is_typed)
