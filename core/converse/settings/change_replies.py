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
    called,
    missing_model_notes,
    quoted_name,
    sentences,
    titled,
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
from core.text.readable import clip_text, counted, shorten

_ANY_ZONE: Final = "Press one, or write any other: `/settings zone Europe/Berlin`"
#: characters of a value, of a person's name, and of a sentence in a list of changes
_LONGEST_VALUE: Final = 300
_LONGEST_NAME: Final = 40
_LONGEST_LINE: Final = 120
#: characters of a title in a preview
_LONGEST_TITLE: Final = 90


def changed(
    logged: LoggedChange,
    look: Look | None,
    now: datetime,
    *,
    note: str = "",
    remarks: Sequence[str] = (),
    zones: Sequence[Action] = (),
    has_model: bool = True,
) -> Post:
    """Word for the whole channel that somebody changed a digest, with a button that takes it back.

    `look` tells when the next digest comes; None where it was ended. `zones` are to choose from, where it is asked for
    one; `remarks` are on its rule.
    """
    one = logged.subscription
    headline = deed(logged)
    blocks: list[Block] = [Paragraph(spans=headline)]
    if logged.before is None:
        blocks += [Paragraph(spans=spans) for spans in sentences(one)]
        posts = (command("digest", naming("", special_name(one))), text(" posts one now."))
        blocks.append(Note(spans=posts))
    elif logged.after is None:
        blocks.append(Note(spans=prose(f"{SETTINGS_STAY} What was posted stays known.")))
    elif len(changes := changes_between(logged.before, logged.after)) > 1:
        blocks += [Note(spans=_change(change)) for change in changes]
    blocks += [Note(spans=prose(note))] if note else []
    blocks += [Note(spans=(text(remark),)) for remark in remarks]
    if look:
        blocks.append(Note(spans=(text(next_digest(look, now)),)))
        blocks += [Note(warning=True, spans=prose(note)) for note in missing_model_notes(one, has_model=has_model)]
    if zones:
        blocks.append(Paragraph(spans=(bold("Which time zone? "), *prose(_ANY_ZONE))))
    undo = Action(name="settings", label="Undo", arguments=f"undo {logged.number}")
    return Post(
        blocks=tuple(blocks),
        actions=(*zones, undo),
        audience=Audience.EVERYONE,
        fallback="".join(span.text for span in headline),
    )


def deed(logged: LoggedChange) -> Spans:
    """What somebody did, as a sentence: `Ann set size: 10 → 20`."""
    one = logged.subscription
    who = person(logged.person, is_private=is_private_chat(one.channel))
    if logged.before is None:
        more = f" to another digest,{name}" if (name := quoted_name(one)) else ""
        return (bold(f"{who} subscribed{_here(one)}{more}."),)
    if logged.after is None:
        return (bold(f"{who} ended {called(one)}."),)
    changes = changes_between(logged.before, logged.after)
    if len(changes) == 1:
        return (bold(f"{who} set{quoted_name(one)} "), *_change(changes[0]))
    return (bold(f"{who} changed {called(one)}."),)


def person(one: Person, *, is_private: bool = False) -> str:
    """Somebody as they are called in a sentence."""
    return "You" if is_private else clip_text(one.name, _LONGEST_NAME) or "Somebody"


def unchanged(look: Look, now: datetime) -> Post:
    """Word that a change made none, and when the next digest comes."""
    return say((text(f"Nothing was changed: it was set so before. {next_digest(look, now)}"),))


def cancelled() -> Post:
    """Word that a change is not wanted any more."""
    return say("Cancelled. Nothing was changed.")


def log(entries: Sequence[LogEntry]) -> Post:
    """Who changed what, newest first, on each digest's own clock."""
    if not entries:
        return say("Nobody has changed a setting here yet.")
    title = f"The last {counted(len(entries), 'change')}"
    clock = next((one.subscription.at for one in entries if isinstance(one, LoggedChange)), DeliveryTime())
    undo = Action(name="settings", label="Undo the last", arguments=f"undo {entries[0].number}")
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            ListBlock(items=tuple(_entry(entry, clock) for entry in entries)),
            Note(
                spans=prose("The last one is taken back with `/settings undo`, any with its number: `/settings undo 3`")
            ),
        ),
        actions=(undo,),
        audience=Audience.ASKER,
        fallback=title,
    )


def _entry(entry: LogEntry, clock: DeliveryTime) -> Spans:
    """A line of the log; what concerns no digest has the time of the newest one."""
    if isinstance(entry, LoggedSigns):
        at = clock.local_time(entry.at)
        who = person(entry.person, is_private=is_private_chat(entry.channel))
        return (text(f"{entry.number} · {at:%Y-%m-%d %H:%M} · "), *sign_words.sign_deed(entry, who))
    at = entry.subscription.at.local_time(entry.at)
    spans = [text(f"{entry.number} · {at:%Y-%m-%d %H:%M} · "), *deed(entry)]
    if entry.before and entry.after and len(found := changes_between(entry.before, entry.after)) > 1:
        spans.append(text(f" {shorten(', '.join(one.name for one in found), _LONGEST_LINE)}"))
    return tuple(spans)


def preview(
    found: Subscription | None,
    after: Subscription,
    days: Sequence[PreviewDay],
    *,
    remarks: Sequence[str],
    note: str,
    key: str,
) -> Post:
    """What a digest would be like, and whether to save it; `found` is the digest as it is, None for a new one."""
    changes = changes_between(found, after) if found else ()
    title = f"{titled(after)} would be:" if found is None else f"{titled(after)} would change:"
    blocks: list[Block] = [Heading(level=2, spans=(text(title),))]
    blocks += [Note(spans=_change(change)) for change in changes]
    blocks += [Paragraph(spans=spans) for spans in sentences(after)]
    blocks += [Note(spans=prose(note))] if note else []
    blocks += [Note(warning=True, spans=(text(remark),)) for remark in remarks]
    if days:
        blocks.append(Paragraph(spans=(bold("It would have posted:"),)))
        blocks.append(ListBlock(items=tuple(_preview_day(day) for day in days)))
    else:
        blocks.append(Note(spans=(text("No papers of the last month are stored to try it on."),)))
    blocks.append(Note(spans=prose("Nothing was saved yet; `/settings save` does it within the hour.")))
    return Post(
        blocks=tuple(blocks),
        actions=(
            Action(name="settings", label="Save", arguments=f"save {key}"),
            Action(name="settings", label="Cancel", arguments=f"cancel {key}"),
        ),
        audience=Audience.ASKER,
        fallback=title,
    )


def _preview_day(day: PreviewDay) -> Spans:
    kept = f", {day.kept:,} kept" if day.kept != day.candidates else ""
    spans = [bold(f"{day.day:%A, %d %B}: "), text(f"{day.posted} of {counted(day.candidates, 'paper')}{kept}")]
    titles = "; ".join(f"“{shorten(title, _LONGEST_TITLE)}”" for title in day.titles)
    more = f" and {day.posted - len(day.titles)} more" if day.posted > len(day.titles) else ""
    return (*spans, *((text(f"\n{titles}{more}"),) if titles else ()))


def conflict(conflicts: Sequence[Change], wanted: Subscription, found: Subscription, key: str) -> Post:
    """Somebody else was quicker: what they set, what this person wanted, and whether that is to be saved."""
    question = "Somebody else changed this just now. Nothing of yours was saved."
    ours = setting_rows(wanted)
    return Post(
        blocks=(
            Paragraph(spans=(bold(question),)),
            *(
                Paragraph(spans=(bold(f"{one.name}: "), text(f"{_short(one.after)} now, {_short(mine)} by you")))
                for one in conflicts
                if (mine := ours.get(one.name, wanted.name))
            ),
            Note(spans=(text(f"Everything else of {called(found)} stays as it is."),)),
        ),
        actions=(
            Action(name="settings", label="Save mine", arguments=f"save {key}"),
            Action(name="settings", label="Keep theirs", arguments=f"cancel {key}"),
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def _change(change: Change) -> Spans:
    return (bold(f"{change.name}: "), text(f"{_short(change.before)} → {_short(change.after)}"))


def _short(value: str) -> str:
    return clip_text(value, _LONGEST_VALUE)


def _here(one: Subscription) -> str:
    return "" if is_private_chat(one.channel) else " this channel"
