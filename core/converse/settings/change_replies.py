"""Answers about changes of a channel's digests as posts: what was done, what it would bring, and questions. Pure.

Called by `core.converse.settings.saving`, `core.converse.settings.previewing` and `/settings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.channels import DeliveryTime, Subscription, is_private_chat
from core.converse.settings import sign_words
from core.converse.settings.changes import (
    Change,
    LogEntry,
    LoggedChange,
    LoggedSigns,
    Person,
    PreviewDay,
    changes_between,
)
from core.converse.settings.naming import naming, special_name
from core.converse.settings.subscribing import setting_rows
from core.converse.settings.subscription_words import (
    SETTINGS_STAY,
    digest_phrase,
    digest_title,
    missing_model_notes,
    sentences,
)
from core.converse.settings.upcoming import next_digest
from core.deliver.compose import say
from core.deliver.schedule import Look
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Spans,
    bold,
    command,
    prose,
    text,
)
from core.speech import DayForm, _, day_text, number, plural
from core.text.readable import clip_text, shorten

#: characters of a value, of a person's name, and of a sentence in a list of changes
_LONGEST_VALUE: Final = 300
_LONGEST_NAME: Final = 40
_LONGEST_LINE: Final = 120
#: characters of a title in a preview
_LONGEST_TITLE: Final = 90


def change_report(
    entry: LoggedChange,
    look: Look | None,
    now: datetime,
    *,
    note: str = "",
    remarks: Sequence[str] = (),
    zones: Sequence[Action] = (),
    has_model: bool = True,
) -> Post:
    """Tells the whole channel that somebody changed a digest, with a button that takes it back.

    `look` tells when the next digest comes; None where it was ended. `zones` are to choose from, where it is asked for
    one; `remarks` are on its rule.
    """
    digest = entry.subscription
    headline = deed(entry)
    blocks: list[Block] = [Paragraph(spans=headline)]
    if entry.before is None:
        blocks += [Paragraph(spans=spans) for spans in sentences(digest)]
        posts = command("digest", naming("", special_name(digest)))
        blocks.append(Note(spans=prose(_("{command} posts one now."), command=posts)))
    elif entry.after is None:
        blocks.append(Note(spans=prose(f"{_(SETTINGS_STAY)} {_('What was posted stays known.')}")))
    elif len(changes := changes_between(entry.before, entry.after)) > 1:
        blocks += [Note(spans=_change(change)) for change in changes]
    blocks += [Note(spans=prose(note))] if note else []
    blocks += [Note(spans=(text(remark),)) for remark in remarks]
    if look:
        blocks.append(Note(spans=(text(next_digest(look, now)),)))
        blocks += [Note(warning=True, spans=prose(note)) for note in missing_model_notes(digest, has_model=has_model)]
    if zones:
        any_zone = _("Press one, or write any other: `/settings zone Europe/Berlin`")
        blocks.append(Paragraph(spans=(bold(f"{_('Which time zone?')} "), *prose(any_zone))))
    undo = Action(name="settings", label=_("Undo"), arguments=f"undo {entry.number}")
    return Post(
        blocks=tuple(blocks),
        actions=(*zones, undo),
        audience=Audience.EVERYONE,
        fallback="".join(span.text for span in headline),
    )


def deed(entry: LoggedChange) -> Spans:
    """What somebody did, as a sentence: `Ann set size: 10 → 20`."""
    changes = changes_between(entry.before, entry.after) if entry.before and entry.after else ()
    say_deed = _own_deed if is_private_chat(entry.subscription.channel) else _deed
    headline = say_deed(entry, len(changes))
    return (bold(f"{headline} "), *_change(changes[0])) if len(changes) == 1 else (bold(headline),)


def _deed(entry: LoggedChange, changes: int) -> str:
    digest = entry.subscription
    values = {"who": person(entry.person), "name": special_name(digest), "digest": digest_phrase(digest)}
    if entry.before is None:
        if values["name"]:
            return _("{who} subscribed this channel to another digest, “{name}”.", **values)
        return _("{who} subscribed this channel.", **values)
    if entry.after is None:
        return _("{who} ended {digest}.", **values)
    if changes != 1:
        return _("{who} changed {digest}.", **values)
    return _("{who} set “{name}”", **values) if values["name"] else _("{who} set", **values)


def _own_deed(entry: LoggedChange, changes: int) -> str:
    digest = entry.subscription
    values = {"name": special_name(digest), "digest": digest_phrase(digest)}
    if entry.before is None:
        if values["name"]:
            return _("You subscribed to another digest, “{name}”.", **values)
        return _("You subscribed.")
    if entry.after is None:
        return _("You ended {digest}.", **values)
    if changes != 1:
        return _("You changed {digest}.", **values)
    return _("You set “{name}”", **values) if values["name"] else _("You set")


def person(who: Person) -> str:
    """A person's name in a sentence."""
    return clip_text(who.name, _LONGEST_NAME) or _("Somebody")


def no_change(look: Look, now: datetime) -> Post:
    """Says that nothing was changed, and when the next digest comes."""
    return say((text(f"{_('Nothing was changed: it was set so before.')} {next_digest(look, now)}"),))


def cancellation() -> Post:
    """Says that a change was cancelled."""
    return say(_("Cancelled. Nothing was changed."))


def log(entries: Sequence[LogEntry]) -> Post:
    """Who changed what, newest first, on each digest's own clock."""
    if not entries:
        return say(_("Nobody has changed a setting here yet."))
    title = plural("The last {count} change", "The last {count} changes", len(entries))
    clock = next((entry.subscription.at for entry in entries if isinstance(entry, LoggedChange)), DeliveryTime())
    undo = Action(name="settings", label=_("Undo the last"), arguments=f"undo {entries[0].number}")
    hint = prose(_("`/settings undo` takes the last one back."))
    if len(entries) > 1:
        undo_first = command("settings", f"undo {entries[-1].number}")
        hint = prose(_("`/settings undo` takes the last one back, and a number any: {command}"), command=undo_first)
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            ListBlock(items=tuple(_entry(entry, clock) for entry in entries)),
            Note(spans=hint),
        ),
        actions=(undo,),
        audience=Audience.ASKER,
        fallback=title,
    )


def _entry(entry: LogEntry, clock: DeliveryTime) -> Spans:
    """Renders a line of the log, in the zone `clock` where it concerns no digest."""
    if isinstance(entry, LoggedSigns):
        at = clock.local_time(entry.at)
        deed_spans = sign_words.sign_deed(entry, person(entry.person))
        return (text(f"{entry.number} · {at:%Y-%m-%d %H:%M} · "), *deed_spans)
    at = entry.subscription.at.local_time(entry.at)
    spans = [text(f"{entry.number} · {at:%Y-%m-%d %H:%M} · "), *deed(entry)]
    if entry.before and entry.after and len(changes := changes_between(entry.before, entry.after)) > 1:
        spans.append(text(f" {shorten(', '.join(change.name for change in changes), _LONGEST_LINE)}"))
    return tuple(spans)


def preview(
    current: Subscription | None,
    after: Subscription,
    days: Sequence[PreviewDay],
    *,
    remarks: Sequence[str],
    note: str,
    key: str,
) -> Post:
    """What a digest would be like, and whether to save it; `current` is the digest as it is, None for a new one."""
    changes = changes_between(current, after) if current else ()
    digest = digest_title(after)
    title = _("{digest} would change:", digest=digest) if current else _("{digest} would be:", digest=digest)
    blocks: list[Block] = [Heading(level=2, spans=(text(title),))]
    blocks += [Note(spans=_change(change)) for change in changes]
    blocks += [Paragraph(spans=spans) for spans in sentences(after)]
    blocks += [Note(spans=prose(note))] if note else []
    blocks += [Note(warning=True, spans=(text(remark),)) for remark in remarks]
    if days:
        blocks.append(Paragraph(spans=(bold(_("It would have posted:")),)))
        blocks.append(ListBlock(items=tuple(_preview_day(day) for day in days)))
    else:
        blocks.append(Note(spans=(text(_("No papers of the last month are stored to try it on.")),)))
    blocks.append(Note(spans=prose(_("Nothing was saved yet; `/settings save` does it within the hour."))))
    return Post(
        blocks=tuple(blocks),
        actions=(
            Action(name="settings", label=_("Save"), arguments=f"save {key}"),
            Action(name="settings", label=_("Cancel"), arguments=f"cancel {key}"),
        ),
        audience=Audience.ASKER,
        fallback=title,
    )


def _preview_day(day: PreviewDay) -> Spans:
    counts = {
        "posted": day.posted_count,
        "papers": plural("{count} paper", "{count} papers", day.candidates),
        "kept": number(day.kept_count),
    }
    is_all = day.kept_count == day.candidates
    share = _("{posted} of {papers}", **counts) if is_all else _("{posted} of {papers}; the rule kept {kept}", **counts)
    spans = (bold(f"{day_text(day.day, DayForm.WEEKDAY_AND_DAY)}: "), text(share))
    titles = "; ".join(f"“{shorten(title, _LONGEST_TITLE)}”" for title in day.titles)
    if titles and (more := day.posted_count - len(day.titles)) > 0:
        titles = _("{titles} and {more} more", titles=titles, more=more)
    return (*spans, *((text(f"\n{titles}"),) if titles else ()))


def conflict(conflicts: Sequence[Change], after: Subscription, current: Subscription, key: str) -> Post:
    """Shows what somebody else set meanwhile and what this person wants, and asks which to keep."""
    question = _("Somebody else changed this just now. Nothing of yours was saved.")
    own_rows = setting_rows(after)
    return Post(
        blocks=(
            Paragraph(spans=(bold(question),)),
            *(
                Paragraph(
                    spans=(
                        bold(f"{change.name}: "),
                        text(_("{theirs} now, {yours} by you", theirs=_short(change.after), yours=_short(own_value))),
                    )
                )
                for change in conflicts
                if (own_value := own_rows.get(change.name, after.name))
            ),
            Note(spans=(text(_("Everything else of {digest} stays as it is.", digest=digest_phrase(current))),)),
        ),
        actions=(
            Action(name="settings", label=_("Save mine"), arguments=f"save {key}"),
            Action(name="settings", label=_("Keep theirs"), arguments=f"cancel {key}"),
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def _change(change: Change) -> Spans:
    return (bold(f"{change.name}: "), text(f"{_short(change.before)} → {_short(change.after)}"))


def _short(value: str) -> str:
    return clip_text(value, _LONGEST_VALUE)
