"""Use case: save what a person changed of a channel's digest, and tell the channel.

What is stored is compared with what the person saw: where somebody else changed the same setting meanwhile, nothing is
saved and the person is asked; where they changed another one, both changes stand. `/subscribe`, `/unsubscribe` and
`/settings` save through it; changes wait here for an hour while they are asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex
from typing import Final

from core.channels import Subscription
from core.converse.command import Command
from core.converse.settings import change_replies, digest_replies, naming, sign_settings
from core.converse.settings.changes import LoggedChange, LoggedSigns, PendingChange, Person, changes_between, merge
from core.converse.settings.upcoming import likely_zones
from core.converse.settings.wish_notes import wish_notes
from core.converse.spec import Services, require_manager
from core.errors import NotAllowed, NotFound, UsageError
from core.posts.tree import Post
from core.speech import _

#: how long a change waits to be saved
PATIENCE: Final = timedelta(hours=1)
_TRIES: Final = 4


async def save(
    services: Services,
    command: Command,
    before: Subscription | None,
    after: Subscription | None,
    *,
    note: str = "",
    remarks: Sequence[str] | None = None,
) -> Post:
    """Save the change from `before` to `after`, and say what was done; or ask, where somebody else was quicker.

    Without `before` it is a new digest, without `after` it is ended. `remarks` are on its rule and interest, where they
    are known. Raises NotFound, UsageError.
    """
    if before and after and not changes_between(before, after):
        if before != after:  # what no setting tells, such as who set it up
            await services.store.save_subscription(after, at=services.clock.now())
        return change_replies.no_change(await services.look(after), services.clock.now())
    for _attempt in range(_TRIES):
        entry = await services.store.change_settings(before, after, person=_person(command), at=services.clock.now())
        if entry:
            return await _tell(services, command, entry, note=note, remarks=remarks)
        current = await _current_digest(services, before or after)
        if after is None:
            before = current
            continue
        result = merge(before or Subscription(channel=command.place, name=after.name), after, current)
        if result.conflicts:
            key = await keep(services, command, current, result.subscription)
            return change_replies.conflict(result.conflicts, after, current, key)
        before, after = current, result.subscription
    raise UsageError(_("Others are changing this digest right now."), hint=_("Try again in a moment."))


async def keep(services: Services, command: Command, before: Subscription | None, after: Subscription) -> str:
    """Keep a change for an hour, until its person saves it; the key that its buttons carry."""
    key, now = token_hex(4), services.clock.now()
    change = PendingChange(key=key, channel=command.place, person=command.actor, before=before, after=after, at=now)
    await services.store.keep_pending(change, since=now - PATIENCE)
    return key


async def save_kept(services: Services, command: Command, key: str) -> Post:
    """Save what was kept under a key. Raises NotFound, NotAllowed, UsageError."""
    pending = await _pending_change(services, command, key)
    require_manager(command, pending.before)
    after = pending.after if pending.before else _set_up(pending.after, command)
    post = await save(services, command, pending.before, after)
    await services.store.forget_pending(pending.key)
    return post


async def cancel_kept(services: Services, command: Command, key: str) -> Post:
    """Forget what was kept under a key. Raises NotFound, NotAllowed."""
    pending = await _pending_change(services, command, key)
    await services.store.forget_pending(pending.key)
    return change_replies.cancellation()


async def undo(services: Services, command: Command, number: int | None, name: str) -> Post:
    """Take back a change, the last one unless a number names it. Raises NotFound, NotAllowed."""
    entries = await services.store.setting_changes(command.place)
    candidates = [entry for entry in entries if number in (None, entry.number) and entry.concerns(name)]
    if not candidates:
        nothing = _("Nothing was changed here that could be taken back.")
        reason = _("There is no such change any more.") if number else nothing
        raise NotFound(reason, hint=_("`/settings log` shows the last changes."))
    entry = candidates[0]
    if isinstance(entry, LoggedSigns):
        return await sign_settings.undo(services, command, entry)
    return await _undo(services, command, entry)


async def _undo(services: Services, command: Command, entry: LoggedChange) -> Post:
    """Take back what was done to a digest. Raises NotFound, NotAllowed."""
    digests = {digest.name: digest for digest in await services.store.subscriptions(command.place)}
    current = digests.get(entry.subscription.name)
    require_manager(command, current)
    if entry.after is None:
        if current:
            raise NotFound(
                _("This channel has a digest called {name} again.", name=current.name),
                hint=_("`/settings` shows it."),
            )
        return await save(services, command, None, _set_up(entry.before, command))
    if current is None:
        raise NotFound(_("That digest was ended or renamed since."), hint=_("`/settings log` shows the last changes."))
    if entry.before is None:
        if changes_between(entry.after, current):
            return digest_replies.confirm_end(
                current, name=current.name, sentence=_("It was changed since it was begun.")
            )
        return await save(services, command, current, None)
    result = merge(entry.after, entry.before, current)
    if result.conflicts:
        key = await keep(services, command, current, result.subscription)
        return change_replies.conflict(result.conflicts, entry.before, current, key)
    return await save(services, command, current, result.subscription)


async def _tell(
    services: Services, command: Command, entry: LoggedChange, *, note: str, remarks: Sequence[str] | None
) -> Post:
    after, before = entry.after, entry.before
    name = naming.special_name(entry.subscription)
    has_no_zone = before is None and after is not None and not after.at.is_zone_known
    if remarks is None and after and (before is None or _wish(before) != _wish(after)):
        remarks = (await wish_notes(after, store=services.store, clock=services.clock)).sentences
    return change_replies.change_report(
        entry,
        await services.look(after) if after else None,
        services.clock.now(),
        note=note,
        remarks=remarks or (),
        zones=naming.buttons_for(likely_zones(command.locale), name) if has_no_zone else (),
        has_model=services.has_model,
    )


def _wish(digest: Subscription) -> tuple[object, ...]:
    """The settings that remarks are about."""
    return digest.rule, digest.interest, digest.categories


async def _current_digest(services: Services, subscription: Subscription | None) -> Subscription:
    """The digest as it is stored now. Raises NotFound."""
    assert subscription is not None
    for digest in await services.store.subscriptions(subscription.channel):
        if digest.name == subscription.name:
            return digest
    raise NotFound(_("This digest was ended or renamed just now."), hint=_("`/settings` shows what there is."))


async def _pending_change(services: Services, command: Command, key: str) -> PendingChange:
    since = services.clock.now() - PATIENCE
    pending = await services.store.pending(key.strip()[:40], command.place, person=command.actor, since=since)
    if pending is None:
        raise NotFound(
            _("That was saved or cancelled, or it waited for more than an hour."), hint=_("Ask for it again.")
        )
    if pending.person != command.actor:
        raise NotAllowed(_("Whoever asked for that can save it, and nobody else."))
    return pending


def _set_up(digest: Subscription | None, command: Command) -> Subscription | None:
    """A digest that somebody begins, with who is told when its channel is lost."""
    return replace(digest, set_up_by=command.actor) if digest else None


def _person(command: Command) -> Person:
    return Person(user=command.actor, name=command.actor_name)
