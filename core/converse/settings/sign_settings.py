"""Use case: a channel shows or chooses the emoji that stand for feelings there; all of its digests share them.

What was counted stays; from then on the new signs count, and the old ones do not. `/settings emoji` calls it, and
`/settings undo` for what it put on record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.converse.command import Command
from core.converse.settings.change_replies import person
from core.converse.settings.changes import LoggedSigns, Person
from core.converse.settings.sign_words import (
    SignWish,
    changed_feelings,
    check_signs,
    example,
    meaning_spans,
    read_feeling,
    read_wish,
    sign_deed,
    sign_spans,
)
from core.converse.spec import Services, require_manager
from core.deliver.compose import say
from core.errors import UsageError
from core.posts.reactions import Feeling
from core.posts.signs import USUAL_SIGNS, Signs
from core.posts.tree import Action, Audience, Note, Paragraph, Post, bold, prose, text
from core.speech import _

_TRIES: Final = 4


async def answer(services: Services, command: Command, arguments: str) -> Post:
    """The channel's signs, after the change where there is one. Raises BadSetting, NotAllowed, UsageError."""
    platform = command.place.platform
    if not arguments:
        return _overview(await services.store.channel_signs(command.place), platform)
    wish = _change_in(arguments, platform)
    if wish is None:
        feeling = read_feeling(arguments, platform)
        return _overview(await services.store.channel_signs(command.place), platform, feeling)
    for digest in await services.store.subscriptions(command.place) or (None,):
        require_manager(command, digest)
    return await _save(services, command, wish.on)


async def undo(services: Services, command: Command, entry: LoggedSigns) -> Post:
    """Choose again what stood before a change, where nobody chose others since. Raises UsageError, NotAllowed."""
    require_manager(command)
    feelings = changed_feelings(entry)

    def back(signs: Signs) -> Signs:
        for feeling in feelings:
            if signs.of(feeling) != entry.after.of(feeling):
                raise UsageError(
                    _("The signs for {feeling} were changed again since.", feeling=feeling),
                    hint=_("`/settings log` shows the last changes."),
                )
            signs = signs.having(feeling, entry.before.of(feeling))
        return signs

    return await _save(services, command, back)


def _change_in(arguments: str, platform: str) -> SignWish | None:
    """Reads a change; None for a feeling alone, whose signs are to be shown."""
    words = arguments.split()
    if len(words) == 1 and words[0].lower() not in ("default", "defaults", "usual", "reset"):
        return None
    return read_wish(" ".join(words), platform)


async def _save(services: Services, command: Command, change: Callable[[Signs], Signs]) -> Post:
    """Applies a change to the current signs and saves them; tries again after a conflict. Raises UsageError."""
    channel, who = command.place, Person(user=command.actor, name=command.actor_name)
    for _attempt in range(_TRIES):
        before = await services.store.channel_signs(channel)
        after = change(before)
        check_signs(after, channel.platform)
        if after == before:
            return say(prose(_("Nothing was changed: {signs}"), signs=meaning_spans(channel.platform, after)))
        entry = await services.store.change_signs(channel, before, after, person=who, at=services.clock.now())
        if entry:
            return _announcement(entry)
    raise UsageError(_("Others are changing the signs of this channel right now."), hint=_("Try again in a moment."))


def _announcement(entry: LoggedSigns) -> Post:
    return Post(
        blocks=(
            Paragraph(spans=sign_deed(entry, person(entry.person))),
            Paragraph(spans=meaning_spans(entry.channel.platform, entry.after)),
            Note(spans=(text(_("What was counted stays; the old signs do not count any more.")),)),
        ),
        actions=(Action(name="settings", label=_("Undo"), arguments=f"undo {entry.number}"),),
        audience=Audience.EVERYONE,
    )


def _overview(signs: Signs, platform: str, feeling: Feeling | None = None) -> Post:
    """What each sign does here, or those of one feeling, and how to choose others."""
    spans = meaning_spans(platform, signs)
    if feeling:
        spans = prose(_("{feeling}: {signs}"), feeling=bold(feeling), signs=sign_spans(feeling, platform, signs))
    change = _("To choose another: {example}", example=example(platform, feeling or Feeling.BOOKMARK))
    usual = Action(name="settings", label=_("The usual ones"), arguments="emoji default")
    return Post(
        blocks=(Paragraph(spans=spans), Note(spans=prose(change))),
        actions=() if signs == USUAL_SIGNS else (usual,),
        audience=Audience.ASKER,
        fallback=_("The signs of this channel"),
    )
