"""Pausing and resuming a subscription whose channel is lost, and how people are told of it. Pure.

`core.deliver.places` applies it; the command line, the doctor and `/settings` show its sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from core.channels import SETTINGS_KEPT, Absence, ChannelRef, Subscription
from core.errors import AbsenceReason, ChannelGone, PaperboyError, RightMissing
from core.speech import N_, _, plural

#: how far a digest looks back after an absence: nobody wants the papers of months at once
LOOK_BACK: Final = timedelta(days=7)

#: the bot has left there, and what is kept of the place is deleted unless it comes back
LEAVING: Final = frozenset(
    (AbsenceReason.KICKED, AbsenceReason.DELETED, AbsenceReason.BLOCKED, AbsenceReason.UNINSTALLED)
)
#: for how long that is kept
GRACE: Final = SETTINGS_KEPT

#: what happened, and what to do
_WORDS: Final[Mapping[AbsenceReason, tuple[str, str]]] = MappingProxyType(
    {
        AbsenceReason.KICKED: (N_("Paperboy is not in the channel any more"), N_("Invite the bot again")),
        AbsenceReason.ARCHIVED: (N_("the channel is archived"), N_("Unarchive it and invite the bot")),
        AbsenceReason.DELETED: (
            N_("the channel was deleted"),
            N_("Subscribe another channel, and remove this subscription"),
        ),
        AbsenceReason.BLOCKED: (
            N_("the person takes no messages from the bot"),
            N_("Unblock the bot, or press Start there"),
        ),
        AbsenceReason.UNINSTALLED: (
            N_("the bot was removed from the workspace"),
            N_("Install it again, and invite it"),
        ),
        AbsenceReason.FORBIDDEN: (
            N_("the bot may not write there"),
            N_("Give it the right to write, then ask for `/digest` there"),
        ),
        AbsenceReason.UNKNOWN: (N_("the platform does not let the bot in"), N_("Invite the bot again")),
    }
)


def reason_of(error: PaperboyError) -> AbsenceReason | None:
    """Why a channel takes no digest, where an error says that no retry can mend it; None for everything else.

    Outages, waits, refused tokens and bugs say nothing about a channel.
    """
    if isinstance(error, ChannelGone):
        return error.reason
    return AbsenceReason.FORBIDDEN if isinstance(error, RightMissing) else None


def pause_subscription(subscription: Subscription, absence: Absence) -> Subscription:
    """The subscription paused for that; one that is paused stays as it is."""
    return subscription if subscription.paused else replace(subscription, paused=True, absence=absence)


def resume_subscription(subscription: Subscription, *, at: datetime) -> Subscription:
    """The subscription without a pause of ours; after a long absence it goes on with the papers of the last week.

    What a person paused stays paused.
    """
    absence = subscription.absence
    if absence is None:
        return subscription
    is_long = at - absence.since > LOOK_BACK
    since = subscription.at.local_day(at - LOOK_BACK) if is_long else subscription.news_since
    return replace(subscription, paused=False, absence=None, news_since=since)


def resume_on_return(subscription: Subscription, place: ChannelRef, *, at: datetime) -> Subscription:
    """The subscription after the bot's return: a workspace's ends only what its removal began."""
    absence = subscription.absence
    is_meant = bool(place.place) or (absence is not None and absence.reason is AbsenceReason.UNINSTALLED)
    return resume_subscription(subscription, at=at) if is_meant else subscription


def has_returned(lost_place: ChannelRef, reason: AbsenceReason, place: ChannelRef) -> bool:
    """Is a departure over once the bot is back in `place`? A workspace's return ends only what its removal began."""
    if not place.place:
        return lost_place == place or (place.covers(lost_place) and reason is AbsenceReason.UNINSTALLED)
    return place.covers(lost_place) or lost_place.covers(place)


def with_note_sent(subscription: Subscription) -> Subscription:
    """The subscription once whoever set it up knows of the absence."""
    absence = subscription.absence
    return replace(subscription, absence=replace(absence, is_told=True)) if absence else subscription


def pause_sentence(subscription: Subscription) -> str:
    """Why it is paused, since when; empty where it is not."""
    if subscription.absence is None:
        return _("paused") if subscription.paused else ""
    what, _hint = _WORDS[subscription.absence.reason]
    return _("paused since {day}: {reason}", day=subscription.at.local_day(subscription.absence.since), reason=_(what))


def pause_hint(subscription: Subscription) -> str:
    """What to do about a pause of ours, and by when; empty where there is none."""
    absence = subscription.absence
    return f"{_to_do(absence)} {deletion_sentence(subscription, absence)}".strip() if absence else ""


def note(subscriptions: tuple[Subscription, ...], absence: Absence) -> str:
    """What whoever set these subscriptions up is told."""
    digests = ", ".join(
        str(subscription) if subscription.name != "main" else str(subscription.channel)
        for subscription in subscriptions[:5]
    )
    if (more := len(subscriptions) - 5) > 0:
        digests = plural("{names} and {count} more", "{names} and {count} more", more, names=digests)
    what, _hint = _WORDS[absence.reason]
    sentence = _("Paperboy paused a digest that you set up ({digests}): {reason}.", digests=digests, reason=_(what))
    return f"{sentence} {_to_do(absence)} {deletion_sentence(subscriptions[0], absence)}".strip()


def deletion_sentence(subscription: Subscription, absence: Absence) -> str:
    """When what is kept of the place is deleted; empty where it is not."""
    if absence.reason not in LEAVING:
        return ""
    day = subscription.at.local_day(absence.since + GRACE)
    return _("Unless the bot is back, everything that is kept of that place is deleted on {day}.", day=day)


def _to_do(absence: Absence) -> str:
    _what, hint = _WORDS[absence.reason]
    is_final = absence.reason in (AbsenceReason.DELETED, AbsenceReason.FORBIDDEN)
    return f"{_(hint)}." if is_final else _("{to_do}; the digest goes on by itself.", to_do=_(hint))
