"""Changes of a channel's digest: what was, what is, who made them, and how they meet the changes of others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final

from core.channels import ChannelRef, DeliveryTime, Subscription, UserRef
from core.converse.settings.subscribing import setting_rows
from core.posts.signs import Signs
from core.speech import _

#: changes of a channel that are kept
MOST_LOGGED: Final = 50
#: changes that may wait for one person in one channel
MOST_PENDING: Final = 5
#: the parts of a delivery time stand for themselves: who moves the hour does not choose the zone
_TIME: Final = "at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One setting that has another value now; values as `/settings` reads them."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who changed something."""

    user: UserRef
    #: as the platform shows the person; empty where it does not tell
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """What somebody did to a digest of a channel."""

    #: the store's own
    number: int
    person: Person
    #: UTC
    at: datetime
    #: None where it was begun
    before: Subscription | None
    #: None where it was ended
    after: Subscription | None

    @property
    def subscription(self) -> Subscription:
        """The digest as it was left, or as it was where it was ended."""
        digest = self.after or self.before
        assert digest is not None
        return digest

    def concerns(self, name: str) -> bool:
        """Is it about the digest of that name, or is none named?"""
        return name in ("", self.subscription.name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSigns:
    """Somebody chose other signs for a channel, which all of its digests share."""

    #: of the same row as those of digests
    number: int
    person: Person
    #: UTC
    at: datetime
    channel: ChannelRef
    before: Signs
    after: Signs

    def concerns(self, name: str) -> bool:
        """Is it about the digest of that name, or is none named?"""
        return not name


#: what the log of a channel tells
LogEntry = LoggedChange | LoggedSigns


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A change that somebody was shown and has not saved yet."""

    #: what its buttons carry
    key: str
    channel: ChannelRef
    person: UserRef
    #: None for a new digest
    before: Subscription | None
    after: Subscription
    #: when it was shown, UTC
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDay:
    """A listing day as a digest would have chosen from it."""

    day: date
    #: papers that were listed for it
    candidates: int
    #: papers that its rule kept
    kept_count: int
    #: papers that it would have posted
    posted_count: int
    #: of the best of those
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """A person's change, merged with the changes of others."""

    subscription: Subscription
    #: the settings that others gave another value meanwhile, as they have them now
    conflicts: tuple[Change, ...] = ()


def changes_between(before: Subscription, after: Subscription) -> tuple[Change, ...]:
    """The settings that differ, in the order in which they are shown."""
    old, new = _rows(before), _rows(after)
    return tuple(Change(name=name, before=old[name], after=new[name]) for name in new if old[name] != new[name])


def merge(before: Subscription, after: Subscription, now: Subscription) -> MergeResult:
    """Applies to `now` what `after` changed of `before`; others' changes of other settings stay."""
    old, new, current = _parts(before), _parts(after), _parts(now)
    own_changes = {name: value for name, value in new.items() if value != old[name]}
    contested_names = [name for name, value in own_changes.items() if current[name] not in (old[name], value)]
    others_version = _with_parts(before, {name: current[name] for name in contested_names})
    return MergeResult(subscription=_with_parts(now, own_changes), conflicts=changes_between(before, others_version))


def _rows(subscription: Subscription) -> dict[str, str]:
    rows = {"name": subscription.name, **setting_rows(subscription)}
    return rows if subscription.at.is_zone_known else rows | {"zone": f"{rows['zone']}, {_('not chosen')}"}


def _parts(subscription: Subscription) -> dict[str, Any]:
    return dict(_each_part(subscription))


def _each_part(subscription: Subscription) -> Iterator[tuple[str, Any]]:
    for field in fields(Subscription):
        if field.name != _TIME:
            yield field.name, getattr(subscription, field.name)
    for field in fields(DeliveryTime):
        yield f"{_TIME}.{field.name}", getattr(subscription.at, field.name)


def _with_parts(subscription: Subscription, parts: Mapping[str, Any]) -> Subscription:
    time = {name.partition(".")[2]: value for name, value in parts.items() if "." in name}
    settings = {name: value for name, value in parts.items() if "." not in name}
    return replace(subscription, at=replace(subscription.at, **time), **settings)
