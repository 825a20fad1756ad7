"""`/privacy`: show, export or delete what is kept of the asker."""

from __future__ import annotations

import asyncio
from typing import Final

from core.channels import is_private_chat
from core.converse.command import Command
from core.converse.options import Option
from core.converse.privacy import posts
from core.converse.spec import CommandSpec, Group, Services
from core.errors import UsageError
from core.posts.tree import Audience, Post
from core.speech import N_, _


async def answer(services: Services, command: Command) -> Post:
    """Returns the answer, for the asker alone. Raises UsageError."""
    request = " ".join(command.arguments.lower().split())
    if request not in ("", "export", "delete", "delete yes"):  # not said: typed
        raise UsageError(
            _("Nothing of yours is called '{words}'.", words=command.arguments[:40]),
            hint=_("`/privacy` says what is kept, `/privacy export` gives it to you, `/privacy delete` deletes it."),
        )
    here = command.place if is_private_chat(command.place) else None
    records = await services.store.personal_records(command.actor, here=here)
    if request == "export":
        return await asyncio.to_thread(posts.file, records, at=services.clock.now())
    if request == "delete":
        return posts.question(records, asked_in=command.place)
    if request:
        return posts.outcome(records, await services.store.forget_person(command.actor, here=here))
    return posts.overview(records, has_model=services.has_model, has_embedder=services.meanings is not None)


def _audience(_arguments: str) -> Audience:
    return Audience.PERSONAL


COMMAND: Final = CommandSpec(
    name="privacy",
    usage="[export | delete]",
    does=N_("what is kept of you; get it as a file, or delete it"),
    examples=("", "export", "delete"),
    group=Group.SET_UP,
    answer=answer,
    other_words=dict.fromkeys(("gdpr", "data", "forget"), "privacy"),
    audience=_audience,
    options=(
        Option(
            name="what",
            does=N_("Get all of it as a file, or delete it; nothing shows what is kept"),
            choices=("export", "delete"),
        ),
    ),
)
