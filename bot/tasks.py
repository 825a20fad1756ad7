"""What the command line asks of the open program: choose what to refresh, whom to deliver to, and how it went.

Each is a few lines between a command and a use case of the core.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from bot.output import screen
from bot.refreshing import refresh_scopes, wanted_scopes
from bot.wire import FIRST_SUBSCRIPTION, App, read_saved, terminal
from core.channels import ChannelRef, Subscription, UserRef, require_shape
from core.converse.lists import reading_lists
from core.converse.ports import ChatPlatform
from core.converse.settings import subscribing
from core.converse.settings.fitted import FitResult, fit
from core.deliver.absences import resume_subscription
from core.deliver.due import DueMoment
from core.deliver.schedule import Look, next_delivery
from core.errors import ChatThrottled, ChatUnavailable, NotFound, SourceError, UsageError
from core.ingest import backfill as backfills
from core.ingest.problems import obstacle_of
from core.ingest.refresh import take
from core.ingest.state import Report, State
from core.papers.citations.export import export
from core.papers.feeds import known_feeds
from core.papers.filters import check_feeds, check_filters
from core.papers.search import Found, parse_query

if TYPE_CHECKING:  # loads with the commands that compose
    from core.choose.rules.linting import Lint
    from core.deliver.digest import Result
    from core.papers.citations.export import Format

FAILURE: Final = 1
IN_PART: Final = 3
#: seconds that the check of a channel may take
CHECK_S: Final = 30.0
_CHECKED_LATER: Final = "paperboy doctor checks it."
#: the first day of the oldest archive
_FIRST: Final = date(1991, 8, 14)
#: somewhere it is already tomorrow
_AHEAD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """What `paperboy ingest` is to read."""

    names: Sequence[str] = ()
    day: date | None = None
    since: date | None = None
    until: date | None = None
    file: Path | None = None
    format: str | None = None
    #: tell how each entry of the file is read
    explain: bool = False


async def ingest(app: App, order: Ingestion, *, show: bool) -> tuple[Report, ...]:
    """Read a saved file, past days, or what is new now, as ordered. Raises UsageError where the order mixes these."""
    if order.file:
        if order.since or order.until or order.names:
            raise UsageError("A file is read alone.", hint="Leave --source, --since and --until away.")
        return await ingest_file(app, order.file, order.format, order.day, explain=order.explain)
    if order.explain:
        raise UsageError("--explain goes with --file.", hint="Save the feed to a file, and add --file and --format.")
    if order.format:
        raise UsageError("--format goes with --file.", hint="Without a file, the sources are read.")
    if order.day and (order.since or order.until):
        raise UsageError("--day is one day, --since and --until are several.", hint="Write one or the other.")
    if since := order.day or order.since:
        until = order.day or order.until or app.clock.now().date()
        return await backfill(app, order.names, since, until, show=show)
    if order.until:
        raise UsageError("From which day on?", hint="Add --since, like --since 2025-03-18.")
    return await refresh_sources(app, order.names, show=show)


async def read_and_embed(app: App, order: Ingestion, *, show: bool) -> tuple[Report, ...]:
    """As `ingest`; then embed papers where a model is configured for that. Its failures are put on record."""
    reports = await ingest(app, order, show=show)
    if app.meanings:
        from bot.embedding import embed_waiting

        await embed_waiting(app.meanings)
    return reports


async def refresh_sources(app: App, names: Sequence[str], *, show: bool) -> tuple[Report, ...]:
    """Refresh what channels want from the named sources, or from all; then ask the indexes about what is new."""
    await first_subscription(app)
    scopes = await wanted_scopes(app, names)
    with screen.progress(is_shown=show) as tell:
        return await refresh_scopes(app, scopes, tell=tell, asks_indexes=lambda _: not names)


async def backfill(app: App, names: Sequence[str], since: date, until: date, *, show: bool) -> tuple[Report, ...]:
    """Read past days of the categories that channels read, from the archives of the named sources or of all."""
    if until < since:
        raise UsageError(f"{until} is before {since}.", hint="Write --since first-day --until last-day.")
    if since < _FIRST:
        raise UsageError(f"There were no preprint servers on {since}.", hint=f"arXiv began on {_FIRST}.")
    newest = app.clock.now().date() + _AHEAD
    if since > newest:
        raise UsageError(f"{since} has not come yet.", hint="Archives have days gone by; without a day, the newest.")
    until = min(until, newest)  # of the months to come each would be a request
    await first_subscription(app)
    scopes = await wanted_scopes(app, names)
    archives = [
        (app.origins.archives[source.name], scope) for source, scope in scopes if source.name in app.origins.archives
    ]
    if not archives:
        raise UsageError(
            "None of these sources has an archive.", hint=f"These have: {', '.join(app.origins.archives)}."
        )
    with screen.spans(len(archives), is_shown=show) as tell:
        return await backfills.read_all(archives, since, until, app.store, app.clock, tell=tell)


async def ingest_file(
    app: App, file: Path, format: str | None, day: date | None, *, explain: bool = False
) -> tuple[Report, ...]:
    """Read one saved file; what cannot be read of it is a report, as it is of a source."""
    try:
        listing = read_saved(file, format, day=day, today=app.clock.now().date(), explain=explain)
    except SourceError as error:
        return (Report(source="file", scope=file.name, state=State.FAILED, problems=(obstacle_of(error),)),)
    return (await take(listing, app.store, app.clock),)


def exit_code_of_reports(reports: Sequence[Report]) -> int:
    """0 where all went well, 1 where all failed, 3 where some did, or entries were dropped."""
    bad = [report for report in reports if report.state in (State.FAILED, State.THROTTLED)]
    if not bad:
        return IN_PART if any(report.state is State.PARTIAL for report in reports) else 0
    return FAILURE if len(bad) == len(reports) else IN_PART


async def first_subscription(app: App) -> None:
    """Give a fresh database something to read."""
    if not await app.store.count_subscriptions():
        await app.store.save_subscription(FIRST_SUBSCRIPTION, at=app.clock.now())


async def digest(app: App, channel: str, name: str, *, day: date | None, dry_run: bool, is_shown: bool) -> Result:
    """Compose one digest and, unless it is a dry run, post it; `is_shown`: here, where the channel is this terminal."""
    from bot.posting import deliver_ordered
    from core.deliver import digest as digests
    from core.deliver.nothing import with_reason

    await first_subscription(app)
    subscription = await find_subscription(app, channel, name)
    today = subscription.at.local_day(app.clock.now())
    listing_day = None if day == today else day
    result = await digests.posted_on(subscription, listing_day, store=app.store) if listing_day else None
    if result is None and (dry_run or (day and day > today)):
        result = await digests.preview(
            subscription,
            today,
            store=app.store,
            listing_day=listing_day,
            summariser=app.summariser,
            meanings=app.meanings,
        )
    if result is None:
        chat = _chat(app, subscription.channel, is_shown=is_shown)
        async with chat.open():
            result = await deliver_ordered(app, chat, subscription, today, listing_day=listing_day)
    return await with_reason(result, is_one_listing=bool(listing_day), store=app.store, clock=app.clock)


def _chat(app: App, channel: ChannelRef, *, is_shown: bool) -> ChatPlatform:
    if channel.platform == "terminal":
        return terminal(app, screen.out if is_shown else screen.nowhere())
    return app.chats.of(channel)


def exit_code_of_digest(result: Result) -> int:
    """0 where all of its sources could be read, 3 where some could not, were not read, or ask us to wait.

    1 where nothing could be composed because none was read, or the digest was given up.
    """
    from core.deliver.digest import DeliveryOutcome
    from core.deliver.empty import Because

    if result.outcome in (DeliveryOutcome.ALREADY, DeliveryOutcome.ELSEWHERE):
        return 0
    states = {source.state for source in result.digest.sources}
    is_unread = result.empty is not None and result.empty.because is Because.UNREAD
    is_trouble = result.outcome is DeliveryOutcome.TROUBLE and states <= {State.FAILED, State.STALE}
    if result.outcome is DeliveryOutcome.FAILED or is_unread or is_trouble:
        return FAILURE
    is_in_part = result.empty is not None and bool(result.empty.unread)
    return IN_PART if is_in_part or states & {State.FAILED, State.THROTTLED} else 0


async def find_subscription(app: App, channel: str, name: str) -> Subscription:
    """The channel's subscription of that name. Raises NotFound, which names those of the channel."""
    reference = ChannelRef.parse(channel)
    subscriptions = await app.store.subscriptions(reference)
    for subscription in subscriptions:
        if subscription.name == name:
            return subscription
    require_shape(reference)
    names = ", ".join(subscription.name for subscription in subscriptions)
    hint = f"It has {names}." if names else f"Add it with: paperboy channels add {channel} --category cs.CL"
    raise NotFound(f"{channel} has no subscription '{name}'.", hint=hint)


async def subscribe(app: App, channel: str, name: str, changes: Mapping[str, str]) -> FitResult:
    """Add a subscription, or update the one there is, with categories that fit where none are named.

    Raises ChannelGone, NotAllowed: nothing is saved then.
    """
    reference = ChannelRef.parse(channel)
    require_shape(reference)
    before = await existing(app, channel, name) or Subscription(channel=reference, name=name)
    new = await _with_changes(app, before, changes)
    from core.deliver.places import resume_channel

    if await check_channel(app, reference):
        await resume_channel(reference, store=app.store, clock=app.clock)
    return await _save(app, resume_subscription(new, at=app.clock.now()), changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A subscription with its deliveries."""

    subscription: Subscription
    #: when the next digest is due, UTC; None where it is paused
    next_at: datetime | None
    #: when the last one was posted, UTC; None where none was
    last_at: datetime | None


async def timetables(app: App, channel: str | None = None) -> tuple[Timetable, ...]:
    """The subscriptions of a channel or of all, with their next and last deliveries."""
    reference = ChannelRef.parse(channel) if channel else None
    now, last = app.clock.now(), await app.store.last_posted(reference)
    looks = await app.store.looks(reference)
    return tuple(_timetable(look, next_delivery(look, now), last) for look in looks)


def _timetable(look: Look, due: DueMoment | None, last: Mapping[tuple[ChannelRef, str], datetime]) -> Timetable:
    subscription = look.subscription
    return Timetable(
        subscription=subscription,
        next_at=due.at if due else None,
        last_at=last.get((subscription.channel, subscription.name)),
    )


async def timetable(app: App, channel: str, name: str) -> Timetable:
    """The timetable of one subscription. Raises NotFound, which names those of the channel."""
    subscription = await find_subscription(app, channel, name)
    return next(table for table in await timetables(app, channel) if table.subscription.name == subscription.name)


async def check_channel(app: App, channel: ChannelRef) -> bool:
    """Ask the platform whether it can be posted in; says on stderr where that cannot be asked now, and returns False.

    Raises ChannelGone, NotAllowed and whatever else the platform refuses for good.
    """
    platform = channel.platform
    if platform == "terminal":
        return True
    if not app.chats.serves(channel):
        screen.warn(f"{channel} was not checked: {platform} has no token. {_CHECKED_LATER}")
        return False
    try:
        async with asyncio.timeout(CHECK_S), app.chats.of(channel).open() as chat:
            await chat.check(channel)
    except (ChatThrottled, ChatUnavailable) as error:
        screen.warn(f"{channel} was not checked. {error.sentence()} {_CHECKED_LATER}")
    except TimeoutError:
        screen.warn(f"{channel} was not checked: {platform} did not answer in time. {_CHECKED_LATER}")
    else:
        return True
    return False


async def existing(app: App, channel: str, name: str) -> Subscription | None:
    """A channel's subscription of that name, if there is one."""
    subscriptions = await app.store.subscriptions(ChannelRef.parse(channel))
    return next((subscription for subscription in subscriptions if subscription.name == name), None)


async def change(app: App, channel: str, name: str, changes: Mapping[str, str]) -> FitResult:
    """Change settings of a subscription there is."""
    return await _save(app, await _with_changes(app, await find_subscription(app, channel, name), changes), changes)


async def _with_changes(app: App, before: Subscription, changes: Mapping[str, str]) -> Subscription:
    after = before
    for setting, value in changes.items():
        after = subscribing.change(after, setting, value)
    new_categories = [category for category in after.categories if category not in before.categories]
    check_feeds(new_categories, await known_feeds(" ".join(new_categories), app.feeds, app.store))
    return after


async def _save(app: App, subscription: Subscription, changes: Mapping[str, str]) -> FitResult:
    """Store a subscription; choose categories for it where it has none and nobody asked for none."""
    result = FitResult(subscription=subscription)
    if "categories" not in changes and (not changes or subscribing.WISHES.intersection(changes)):
        name = "" if subscription.name == "main" else f" --name {subscription.name}"
        how = f"`paperboy channels set{name} {subscription.channel} categories {{}}`"
        result = await fit(subscription, store=app.store, how=how)
    await app.store.save_subscription(result.subscription, at=app.clock.now())
    return result


async def remarks(app: App, before: Subscription | None, after: Subscription) -> tuple[str, ...]:
    """Remarks on a rule and an interest that are new, or that meet other papers now."""
    from core.converse.settings.wish_notes import wish_notes

    if before and all(getattr(before, name) == getattr(after, name) for name in ("rule", "interest", "categories")):
        return ()
    return (await wish_notes(after, store=app.store, clock=app.clock)).sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRule:
    """A rule, and what it does to the last month's papers."""

    #: as it is read
    rule: str
    #: None without a rule
    lint: Lint | None
    remarks: tuple[str, ...]


async def try_rule(app: App, channel: str, name: str, rule: str | None) -> TriedRule:
    """Try a rule on a channel's papers, or the channel's own. Raises NotFound, BadRule."""
    from core.choose.rules import judging
    from core.converse.settings import wish_notes

    own = await find_subscription(app, channel, name)
    trial = own if rule is None else replace(own, rule=rule)
    lint = await wish_notes.try_rule(trial, store=app.store, clock=app.clock)
    remarks = wish_notes.notes_on(lint, trial) if lint else ()
    return TriedRule(rule=str(judging.parse(trial.rule)), lint=lint, remarks=remarks)


async def rule_lists(app: App, channel: str, name: str, rule: str) -> Mapping[str, str]:
    """The lists of a channel's workspace, after a change where one is named. Raises UsageError, BadRule."""
    from core.choose.rules import lists

    reference = ChannelRef.parse(channel)
    if name:
        await lists.save_list(reference, name, rule, store=app.store, at=app.clock.now())
    return await app.store.rule_lists(lists.owner_of(reference))


async def unsubscribe(app: App, channel: str, name: str) -> Subscription:
    """End a subscription and return it as it was."""
    old = await find_subscription(app, channel, name)
    await app.store.remove_subscription(old.channel, old.name, at=app.clock.now())
    return old


async def search(app: App, text: str, *, category: str | None, since: str | None, limit: int) -> tuple[Found, float]:
    """The hits, and the milliseconds that the search took."""
    check_filters(
        text, sources=[source.name for source in app.store.traits], feeds=await known_feeds(text, app.feeds, app.store)
    )
    filters = "".join((f' in:"{category}"' if category else "", f' since:"{since}"' if since else ""))
    query = parse_query(text + filters, today=app.clock.now().date())
    began = perf_counter()
    hits = await app.lookup.search(query, limit=limit)
    return hits, (perf_counter() - began) * 1000


async def export_lists(app: App, format: Format, *, user: str | None, channel: str | None) -> str:
    """A person's list, a channel's, or every saved paper once, as the text of a file. Raises UsageError for both."""
    if user and channel:
        raise UsageError("A list is a person's or a channel's.", hint="Write --user or --channel.")
    if channel:
        reading = await reading_lists.team_list(ChannelRef.parse(channel), store=app.store)
    elif user:
        reading = await reading_lists.own_list(UserRef.parse(user), store=app.store)
    else:
        reading = await reading_lists.all_lists(store=app.store)
    return export([saved_paper.keepsake() for saved_paper in reading.items], format)
