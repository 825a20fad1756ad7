"""What the operator should know: which alerts there are now, and what of them is to be told. Pure.

`present_alerts` derives what is broken from evidence; `tell` compares it with what is remembered. An alert is told once
when something is broken, with what to do, and once when it is well again. What is over before it was told is never
told, and the same alert begins at most once an hour, so that a thing that comes and goes is no flood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from core.channels import Absence, Subscription
from core.deliver.absences import pause_hint, pause_sentence
from core.deliver.appointments import ScheduledDay, ScheduledDays
from core.deliver.batches import Scope
from core.deliver.problems import sentences
from core.deliver.schedule import DayReason
from core.deliver.sources import overdue, unread
from core.ingest.freshness import has_arrived
from core.ingest.state import SourceState, State
from core.ingest.traits import NO_SOURCES, Sources
from core.operate.services import Health, Hearing, PlatformState
from core.speech import _, number, plural
from core.summarise.budget import BudgetReached, Period

#: a platform may be down for so long before anybody is told
PATIENCE: Final = timedelta(minutes=2)
#: a digest may be late for so long: sources have an hour to bring their listing
LATE: Final = timedelta(minutes=75)
#: refreshes in a row that a source may fail
FAILURES: Final = 3
#: a listing that was due may be missing for so long
STALE: Final = timedelta(hours=36)
#: bytes that should be free on the database's disk
DISK_BYTES: Final = 200_000_000
#: what is over by itself is told of for so long
RECENT: Final = timedelta(hours=1)
#: a day without its digest is told of for so long
MISSED_DAY_SPAN: Final = timedelta(hours=24)
#: between two tellings of the same alert
APART: Final = timedelta(hours=1)
#: examples that a sentence lists
EXAMPLES: Final = 3
#: why a day has no digest where its sources may have brought nothing: alerts about sources tell
SOURCE_REASONS: Final = frozenset({DayReason.WAITING, DayReason.TROUBLE})
#: why a day has no digest on which papers may have waited
OWN_REASONS: Final = frozenset(DayReason) - SOURCE_REASONS - {DayReason.QUIET}
#: alerts about something that is over already: their end is no news
_OVER: Final = ("clock", "database", "digests missed")  # not said: keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that is, or was, broken."""

    #: what it is about: `platform slack`
    key: str
    #: what is wrong and what to do
    sentence: str
    #: since when, UTC
    since: datetime
    #: when the operator was told that it is broken, UTC; None: not yet
    told_at: datetime | None = None
    #: when it was over, UTC; None while it is not
    resolved_at: datetime | None = None
    #: when the operator was told that it is over, UTC
    resolution_told_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """True while the operator was told that it is broken, and not that it is over."""
        return bool(self.told_at and not (self.resolution_told_at and self.resolution_told_at >= self.told_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The database was away."""

    #: UTC
    since: datetime
    #: UTC
    until: datetime
    #: the database's own sentence
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJump:
    """The machine's clock jumped."""

    #: when it was noticed, UTC
    at: datetime
    #: forward, or backward where negative
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that alerts are derived from, at one moment."""

    #: UTC
    at: datetime
    #: by name, from all running processes
    platforms: tuple[tuple[str, PlatformState], ...] = ()
    #: what is read now
    sources: tuple[SourceState, ...] = ()
    #: what the sources are like
    traits: Sources = NO_SOURCES
    #: open days that were due LATE ago or before, for OWN_REASONS
    late_days: ScheduledDays = field(default_factory=ScheduledDays)
    #: days that ended without their digest in the last 24 hours, for OWN_REASONS
    missed_days: ScheduledDays = field(default_factory=ScheduledDays)
    #: days that are late or missed as those are, for SOURCE_REASONS
    awaiting: tuple[ScheduledDay, ...] = ()
    #: those that are paused because their channel is lost
    lost_subscriptions: tuple[Subscription, ...] = ()
    #: bytes that are free for the database; None where that cannot be told
    disk_free: int | None = None
    outage: Outage | None = None
    jump: ClockJump | None = None
    #: what keeps language models from being called; None where nothing does
    budget: BudgetReached | None = None


def present_alerts(evidence: Evidence) -> tuple[Alert, ...]:
    """What is broken now, by key."""
    alerts = [
        *_platforms(evidence),
        *_sources(evidence),
        *_late_days(evidence),
        *_missed_days(evidence),
        *_lost_channels(evidence),
        *_machine(evidence),
        *_budget(evidence),
    ]
    return tuple(sorted(alerts, key=lambda alert: alert.key))


def _platforms(evidence: Evidence) -> Iterator[Alert]:
    for name, state in evidence.platforms:
        if evidence.at - state.since < PATIENCE:
            continue
        if state.health is Health.DOWN:
            down = _("{platform} is down: {reason}", platform=name, reason=state.detail)
            sentence = f"{down} {_('It is tried again every few minutes.')}"
            yield Alert(key=f"platform {name}", sentence=sentence, since=state.since)
        elif state.health is Health.WAITING:
            sentence = _(
                "A second process waits to serve {platform}: it is {state}. Stop one of them, unless it is a spare.",
                platform=name,
                state=state.detail,
            )
            yield Alert(key=f"waiting {name}", sentence=sentence, since=state.since)
        elif (hearing := state.hearing) and hearing.problem:
            since = hearing.lost_since or state.since
            if evidence.at - since >= PATIENCE:
                sentence = f"{name}: {hearing_sentence(hearing)}"
                yield Alert(key=f"connections {name}", sentence=sentence, since=since)


def hearing_sentence(hearing: Hearing) -> str:
    """How many connections are open, what is not heard for want of the others, and why."""
    sentences = [_("{open} of {total} connections are open.", open=hearing.open, total=hearing.total)]
    if hearing.silent_servers:
        sentences.append(
            plural(
                "What people do in {count} server is not heard.",
                "What people do in {count} servers is not heard.",
                hearing.silent_servers,
            )
        )
    return " ".join(filter(None, [*sentences, hearing.problem]))


def _sources(evidence: Evidence) -> Iterator[Alert]:
    """One alert per source, whichever and how many of its scopes are in trouble, and whoever waits for them."""
    lasting = {(scope.source, scope.scope): scope for scope in evidence.sources if _is_lasting(scope, evidence.at)}
    in_trouble = sorted((lasting | _awaited_scopes(evidence)).values(), key=lambda scope: scope.source)
    for name, group in groupby(in_trouble, key=lambda scope: scope.source):
        scopes = list(group)
        where = _examples([scope.scope for scope in scopes if scope.scope])
        state, reason = _(scopes[0].state.value), sentences(scopes[0].problems)
        what = _("{source} is {state}", source=name, state=state)
        if where:
            what = _("{source} is {state} for {categories}", source=name, state=state, categories=where)
        sentence = f"{what}: {reason} {_('Digests go on without it; paperboy doctor checks it.')}"
        since = min(scope.fresh_at or scope.checked_at for scope in scopes)
        yield Alert(key=f"source {name}", sentence=sentence, since=since)


def _awaited_scopes(evidence: Evidence) -> dict[Scope, SourceState]:
    """The scopes in trouble that days without a digest wait for."""
    by_scope = {(state.source, state.scope): state for state in evidence.sources}
    scopes = {
        scope for day in evidence.awaiting for scope in map(evidence.traits.scope_of, day.subscription.categories)
    }
    if any(not day.subscription.categories for day in evidence.awaiting):
        scopes |= by_scope.keys()
    states = [by_scope.get(scope) or unread(*scope, evidence.at) for scope in sorted(scopes)]
    in_trouble = [
        state
        for state in states
        if state.state.is_trouble or not has_arrived(state, evidence.traits[state.source], evidence.at)
    ]
    return {(state.source, state.scope): overdue(state, evidence.at, evidence.traits) for state in in_trouble}


def _is_lasting(state: SourceState, at: datetime) -> bool:
    if state.state is State.STALE:
        return bool(state.fresh_at) and at - (state.fresh_at or at) >= STALE
    return state.state.is_trouble and state.troubles >= FAILURES


def _late_days(evidence: Evidence) -> Iterator[Alert]:
    days = evidence.late_days
    if days.earliest:
        what = plural("{count} digest is late:", "{count} digests are late:", days.total)
        to_do = _("Paperboy goes on trying until midnight there; paperboy status tells why.")
        sentence = f"{what} {_channels(days)}. {to_do}"
        yield Alert(key="digests late", sentence=sentence, since=days.earliest)


def _missed_days(evidence: Evidence) -> Iterator[Alert]:
    days = evidence.missed_days
    if days.latest:
        what = plural(
            "{count} digest could not be posted before the day was over:",
            "{count} digests could not be posted before the day was over:",
            days.total,
        )
        to_do = _("Their papers come with the next digest; paperboy status tells why.")
        sentence = f"{what} {_channels(days)}. {to_do}"
        yield Alert(key="digests missed", sentence=sentence, since=days.latest)


def _lost_channels(evidence: Evidence) -> Iterator[Alert]:
    """One alert for the channels of a workspace that were lost on one day: an uninstallation loses all at once."""
    by_key: dict[str, list[tuple[Subscription, Absence]]] = {}
    for subscription in evidence.lost_subscriptions:
        if absence := subscription.absence:
            channel = subscription.channel
            place = ":".join(filter(None, (channel.platform, channel.workspace)))
            by_key.setdefault(f"channels {place} {absence.since:%Y-%m-%d}", []).append((subscription, absence))
    for key, pairs in by_key.items():
        first, _absence = pairs[0]
        channels = _examples(sorted({str(subscription.channel) for subscription, _absence in pairs}))
        what = _("Nothing can be posted in {channels}: {reason}.", channels=channels, reason=pause_sentence(first))
        sentence = f"{what} {pause_hint(first).replace('`', '')}"
        yield Alert(key=key, sentence=sentence, since=min(absence.since for _subscription, absence in pairs))


def _machine(evidence: Evidence) -> Iterator[Alert]:
    if evidence.disk_free is not None and evidence.disk_free < DISK_BYTES:
        sentence = _(
            "The database's disk is nearly full: {megabytes} MB are left. Free some space; when it is full, nothing is "
            "posted.",
            megabytes=number(round(evidence.disk_free / 1e6)),
        )
        yield Alert(key="disk", sentence=sentence, since=evidence.at)
    if (outage := evidence.outage) and evidence.at - outage.until < RECENT:
        away = _(
            "The database was away from {since} to {until} UTC, and works again.",
            since=f"{outage.since:%H:%M}",
            until=f"{outage.until:%H:%M}",
        )
        sentence = f"{away} {outage.problem}"
        yield Alert(key="database", sentence=sentence, since=outage.since)
    if (jump := evidence.jump) and evidence.at - jump.at < RECENT:
        seconds = round(abs(jump.seconds))
        if jump.seconds > 0:
            what = plural(
                "The machine's clock jumped forward by {count} second.",
                "The machine's clock jumped forward by {count} seconds.",
                seconds,
            )
        else:
            what = plural(
                "The machine's clock jumped back by {count} second.",
                "The machine's clock jumped back by {count} seconds.",
                seconds,
            )
        to_do = _("Digests follow the new time, each once a day; check that the machine keeps its time (NTP).")
        sentence = f"{what} {to_do}"
        yield Alert(key="clock", sentence=sentence, since=jump.at)


def _budget(evidence: Evidence) -> Iterator[Alert]:
    if budget := evidence.budget:
        yield Alert(key=f"budget {budget.period}", sentence=f"{budget.sentence} {budget.hint}", since=evidence.at)


def _examples(names: Sequence[str], total: int | None = None) -> str:
    examples = ", ".join(names[:EXAMPLES])
    more = (len(names) if total is None else total) - len(names[:EXAMPLES])
    return (
        plural("{names} and {count} more", "{names} and {count} more", more, names=examples) if more > 0 else examples
    )


def _channels(days: ScheduledDays) -> str:
    return _examples([str(day.subscription) for day in days.days], days.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What the operator is told now, and what is remembered once that is done."""

    #: those that begin
    new: tuple[Alert, ...] = ()
    over: tuple[Alert, ...] = ()
    #: alerts to be stored whether or not the telling succeeds
    changes: tuple[Alert, ...] = ()

    def mark_alerts(self, at: datetime) -> tuple[Alert, ...]:
        """The alerts to be stored once the operator was told, at this moment."""
        return (
            *(replace(alert, told_at=at, resolution_told_at=None) for alert in self.new),
            *(replace(alert, resolution_told_at=at) for alert in self.over),
        )


def tell(stored_alerts: Sequence[Alert], present: Sequence[Alert], at: datetime) -> Telling:
    """Which alerts to tell the operator now, given the `stored_alerts` of earlier looks."""
    by_key = {alert.key: alert for alert in stored_alerts}
    now = [_with_history(by_key.get(alert.key), alert) for alert in present]
    keys = {alert.key for alert in present}
    over = [alert for alert in stored_alerts if alert.key not in keys]
    over = [alert if alert.resolved_at else replace(alert, resolved_at=at) for alert in over]
    news = (alert for alert in now if alert.told_at is None or at - alert.told_at >= APART)
    return Telling(
        new=tuple(alert for alert in news if not alert.is_open),
        over=tuple(alert for alert in over if alert.is_open and alert.key not in _OVER),
        changes=tuple(alert for alert in (*now, *over) if alert != by_key.get(alert.key)),
    )


def _with_history(earlier: Alert | None, present: Alert) -> Alert:
    """A present alert with what the operator was told of it. It keeps its beginning unless it was over."""
    if earlier is None:
        return present
    since = earlier.since if earlier.resolved_at is None else present.since
    has_ended = earlier.resolved_at is not None and earlier.key in _OVER
    resolution = earlier.resolved_at if has_ended else earlier.resolution_told_at
    return replace(earlier, sentence=present.sentence, since=since, resolved_at=None, resolution_told_at=resolution)


def resolution(alert: Alert) -> str:
    """The sentence that says that something is well again."""
    what, _space, name = alert.key.partition(" ")
    match what:
        case "platform":
            return _("{platform} is connected again.", platform=name)
        case "connections":
            return _("{platform} has all its connections again.", platform=name)
        case "waiting":
            return _("No second process waits to serve {platform} any more.", platform=name)
        case "source":
            return _("{source} is read again.", source=name)
        case "channels":
            place, _space, day = name.rpartition(" ")
            return _(
                "The channels of {place} that were lost on {day} are back, or nothing is subscribed there any more.",
                place=place,
                day=day,
            )
        case "digests":
            return _("No digest is late any more.")
        case "budget":
            daily = _("The daily budget for language models has money again.")
            monthly = _("The monthly budget for language models has money again.")
            return daily if name == Period.DAILY else monthly
        case "disk":
            return _("The database's disk has room again.")
    return _("This is over: {alert}", alert=alert.sentence)
