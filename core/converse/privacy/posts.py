"""What people are told of the data that is kept of them, and that data as a file. Pure; `commands.privacy` calls it.

The file is JSON: `format` and `version` say how to read it, docs/privacy.md describes its fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from core.channels import SETTINGS_KEPT, ChannelRef, Subscription
from core.converse.lists.feedback import Bookmark
from core.converse.lists.library import PATIENCE
from core.converse.ports import SEARCHES_KEPT
from core.converse.privacy.kept import Erasure, PersonalRecords, PrivateChat
from core.converse.settings.changes import LogEntry, LoggedSigns
from core.converse.settings.naming import MAIN
from core.converse.settings.subscribing import setting_rows
from core.posts.reactions import Feeling
from core.posts.tree import (
    Action,
    Attachment,
    Audience,
    Block,
    Facts,
    ListBlock,
    Note,
    Paragraph,
    Post,
    bold,
    prose,
    text,
)
from core.speech import N_, _, number, plural
from core.text.readable import readable, some

FORMAT: Final = "paperboy-personal-data"
#: goes up when a field changes its meaning or goes away; fields may be added
VERSION: Final = 1

_CONFIRMATION: Final = "yes"
_SUBSCRIPTION: Final = TypeAdapter(Subscription)
_DAYS: Final = SETTINGS_KEPT.days
_MINUTES: Final = int(PATIENCE.total_seconds() // 60)


_WHY: Final = (
    N_("Why: your reading list needs what you save and write; digests come closer to what people here save and like."),
    N_(
        "Who sees it: a reaction and what you save with `/bookmarks team` is open to everybody in that channel. What "
        "a button or `/bookmarks add` saves, and the notes on your own list, nobody else sees in chat. Whoever "
        "operates this Paperboy has its database."
    ),
    N_(
        "How long: until you take it back or delete it. The settings of a digest that ended go after {days} days, a "
        "reaction on a message that is not on record after {minutes} minutes. Where the bot is removed, what is kept "
        "of that place goes {days} days later."
    ),
    N_(
        "What you type: questions are answered and not kept. The words of a search may be kept for {search_days} days, "
        "without whose they are, so that its buttons work."
    ),
)
_LOOKED_UP: Final = N_(
    "What leaves this Paperboy: papers that you name or look for and that it does not know are looked up at arXiv and "
    "other open indexes, without your name. Your name, your list, your notes and your ratings go to nobody."
)
_MODEL: Final = N_(
    "The language model that the operator chose is sent titles, abstracts and texts of papers, the question of an "
    "`/ask`, and for a channel with `rerank on` what that channel wants to read, with terms of papers that were liked "
    "there."
)
_EMBEDDER: Final = N_(
    "The model that compares meanings, which may be a provider's, reads titles, abstracts and what channels are "
    "interested in."
)
_NO_MODEL: Final = N_("No language model is configured: nothing is sent to one.")
_NOTHING: Final = N_("Nothing is kept of you here: you saved, wrote and rated nothing, and set up no digest.")
_STAYS: Final = N_(
    "What cannot be deleted from here: messages and reactions on the platform itself, which you can delete there, and "
    "the operator's older backups and logs, until those go. What other people did stays."
)


def overview(records: PersonalRecords, *, has_model: bool, has_embedder: bool) -> Post:
    """What is kept of a person, why, how long, who sees it, and what goes to others."""
    first: Block = Paragraph(spans=(text(_(_NOTHING)),))
    buttons = () if records.is_empty else (_export_button(), _button(_("Delete my data"), "delete"))
    if not records.is_empty:
        first = Facts(rows=tuple((name, (text(value),)) for name, value in _counts(records)))
    outside = (_LOOKED_UP, _MODEL if has_model else _NO_MODEL, *((_EMBEDDER,) if has_embedder else ()))
    periods = {"days": _DAYS, "minutes": _MINUTES, "search_days": SEARCHES_KEPT.days}
    title = _("What Paperboy keeps of you")
    return Post(
        blocks=(
            Paragraph(spans=(bold(title),)),
            first,
            ListBlock(items=tuple(prose(_(sentence, **periods)) for sentence in (*_WHY, *outside))),
        ),
        actions=buttons,
        audience=Audience.PERSONAL,
        fallback=title,
    )


def question(records: PersonalRecords, *, asked_in: ChannelRef) -> Post:
    """Is everything to be deleted? Says what that is; `asked_in` needs no name."""
    if records.is_empty:
        return _say(_(_NOTHING))
    kinds = [f"{name} ({value})" for name, value in _counts(replace(records, subscriptions=()))]
    chats = [chat.channel for chat in records.private_chats]
    own = [
        digest
        for digest in records.subscriptions
        if digest.reader or any(chat.covers(digest.channel) for chat in chats)
    ]
    shared_digests = [digest for digest in records.subscriptions if digest not in own]
    sentences = [_("This deletes {kinds}.", kinds=", ".join(kinds))] if kinds else []
    if own:
        sentences.append(_("Your own digest ends: {digests}.", digests=_digests(own)))
    if shared_digests:
        digests = _digests(shared_digests, asked_in)
        sentences.append(
            _("What you set up for a channel stays, and no longer says who did: {digests}.", digests=digests)
        )
    deletion = f"delete {_CONFIRMATION}"
    command = f"`/privacy {deletion}`"
    sentences.append(_("It cannot be undone; export it first. The button does it, or {command}.", command=command))
    buttons = (_button(_("Delete everything of mine"), deletion), _export_button())
    return _say(*sentences, _(_STAYS), actions=buttons, title=_("Delete everything that Paperboy keeps of you?"))


def outcome(records: PersonalRecords, erasure: Erasure) -> Post:
    """What was deleted, and what stays."""
    if records.is_empty and not erasure.records:
        return _say(f"{_(_NOTHING)} {_('There was nothing to delete.')}")
    sentences = [_("Deleted. Nothing is kept of you any more; digests here are learned anew without you.")]
    if erasure.ended_subscriptions:
        sentences.append(_("Your own digest has ended: {digests}.", digests=_digests(erasure.ended_subscriptions)))
    if erasure.nameless:
        nameless = _digests(erasure.nameless)
        sentences.append(_("The channel's digest stays, without your name: {digests}.", digests=nameless))
    return _say(*sentences, _(_STAYS))


def file(records: PersonalRecords, *, at: datetime) -> Post:
    """Everything that is kept of a person, as a file."""
    if records.is_empty:
        return _say(_(_NOTHING))
    content = json.dumps(as_json(records, at=at), ensure_ascii=False, indent=2) + "\n"
    sentence = _("Everything that Paperboy keeps of you, as JSON.")
    return Post(
        blocks=(Paragraph(spans=(text(sentence),)),),
        attachment=Attachment(name="paperboy-my-data.json", mime="application/json", content=content),
        audience=Audience.PERSONAL,
        fallback=sentence,
    )


def as_json(records: PersonalRecords, *, at: datetime) -> dict[str, Any]:
    """What the file holds."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": at.isoformat(),
        "person": str(records.person),
        "saved_papers": [_mark(mark) for mark in records.marks],
        "notes": [
            {
                "paper": str(annotation.paper),
                "list": annotation.channel or "own",
                "note": annotation.note,
                "tags": list(annotation.tags),
                "read_at": annotation.done_at and annotation.done_at.isoformat(),
            }
            for annotation in records.annotations
        ],
        "ratings": [
            {
                "paper": str(feedback.paper),
                "wants": feedback.feeling.value,
                "channel": str(feedback.where) if feedback.where.place else None,
                "at": feedback.at.isoformat(),
                "is_public": feedback.public,
            }
            for feedback in records.feedback
        ],
        "named_papers": [
            {
                "paper": str(seed.paper.id),
                "title": readable(seed.paper.title),
                "channel": str(channel),
                "at": seed.at.isoformat(),
            }
            for channel, seed in records.seeds
        ],
        "digests": [_digest(digest) for digest in records.subscriptions],
        "ended_digests": [
            {**_digest(digest.subscription), "ended_at": digest.at.isoformat()}
            for digest in records.ended_subscriptions
        ],
        "reactions": [
            {
                "channel": str(reaction.message.channel),
                "message": reaction.message.id,
                "reaction": reaction.feeling and reaction.feeling.value,
                "is_added": reaction.added,
                "at": since.isoformat(),
            }
            for reaction, since in records.reactions
        ],
        "changed_settings": [_log_record(entry) for entry in records.changes],
        "news_told": records.notices,
        "hints_given": list(records.hints),
        "private_chats": [_chat(chat) for chat in records.private_chats],
    }


def _log_record(entry: LogEntry) -> Mapping[str, Any]:
    if isinstance(entry, LoggedSigns):
        return {
            "channel": str(entry.channel),
            "name": entry.person.name,
            "at": entry.at.isoformat(),
            "signs_before": {feeling.value: list(entry.before.of(feeling)) for feeling in Feeling},
            "signs_after": {feeling.value: list(entry.after.of(feeling)) for feeling in Feeling},
        }
    return {
        "channel": str(entry.subscription.channel),
        "digest": entry.subscription.name,
        "name": entry.person.name,
        "at": entry.at.isoformat(),
        "before": entry.before and dict(setting_rows(entry.before)),
        "after": entry.after and dict(setting_rows(entry.after)),
    }


def _mark(mark: Bookmark) -> Mapping[str, Any]:
    return {
        "paper": str(mark.paper.id),
        "title": readable(mark.paper.title),
        "url": mark.paper.url,
        "saved_at": mark.at.isoformat(),
        "channel": mark.channel or None,
        "is_public": mark.public,
    }


def _digest(subscription: Subscription) -> dict[str, Any]:
    settings: dict[str, Any] = _SUBSCRIPTION.dump_python(subscription, mode="json")
    return {
        **settings,
        "channel": str(subscription.channel),
        "set_up_by": subscription.set_up_by and str(subscription.set_up_by),
    }


def _chat(chat: PrivateChat) -> Mapping[str, Any]:
    return {
        "channel": str(chat.channel),
        "digests": [{"day": day.isoformat(), "kind": kind} for day, kind in chat.digests],
        "corrections": [
            {
                "about": correction.term or str(correction.paper),
                "wanted": correction.wanted.value,
                "at": correction.at.isoformat(),
            }
            for correction in chat.corrections
        ],
        "learned": json.loads(chat.profile_json) if chat.profile_json else None,
    }


def _counts(records: PersonalRecords) -> tuple[tuple[str, str], ...]:
    """How much there is of each kind that there is."""
    openly = sum(mark.public for mark in records.marks)
    note_count = sum(bool(annotation.note or annotation.tags) for annotation in records.annotations)
    kinds = (
        (_("saved papers"), _open_and_private(openly, len(records.marks) - openly)),
        (_("notes and tags"), plural("on {count} paper", "on {count} papers", note_count) if note_count else ""),
        (_("read marks"), _number(sum(annotation.done_at is not None for annotation in records.annotations))),
        (_("ratings"), _number(len(records.feedback))),
        (_("papers named to learn from"), _number(len(records.seeds))),
        (_("digests that you set up"), _number(len(records.subscriptions))),
        (_("settings of ended digests"), _number(len(records.ended_subscriptions))),
        (_("reactions"), _number(len(records.reactions))),
        (_("changes of settings"), _number(len(records.changes))),
        (_("news that you were told"), _number(records.notices)),
        (_("hints that you were given"), _number(len(records.hints))),
        (_("private chats with the bot"), _number(len(records.private_chats))),
    )
    return tuple((name, value) for name, value in kinds if value)


def _number(count: int) -> str:
    return number(count) if count else ""


def _open_and_private(openly: int, privately: int) -> str:
    parts = (
        (openly, _("{count} open in a channel", count=number(openly))),
        (privately, _("{count} private", count=number(privately))),
    )
    return ", ".join(part for count, part in parts if count)


def _digests(digests: tuple[Subscription, ...] | list[Subscription], asked_in: ChannelRef | None = None) -> str:
    return some([_name(subscription.channel, subscription.name, asked_in) for subscription in digests])


def _name(channel: ChannelRef, name: str, asked_in: ChannelRef | None) -> str:
    title = _("this channel's digest") if channel == asked_in else str(channel)
    return title if name == MAIN else f"{title} {name}"


def _export_button() -> Action:
    return _button(_("Export my data"), "export")


def _button(label: str, arguments: str) -> Action:
    return Action(name="privacy", label=label, arguments=arguments)


def _say(*sentences: str, actions: tuple[Action, ...] = (), title: str = "") -> Post:
    heading = (Paragraph(spans=(bold(title),)),) if title else ()
    first, *notes = sentences
    return Post(
        blocks=(*heading, Paragraph(spans=prose(first)), *(Note(spans=prose(sentence)) for sentence in notes)),
        actions=actions,
        audience=Audience.PERSONAL,
        fallback=title or first,
    )
