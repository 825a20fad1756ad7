"""Is it set up right? Each check tells what it found and, where something is wrong, what to do."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.operation.checks import Check, about_processes
from bot.operation.tokens import MisshapenToken, misshapen_tokens
from bot.refreshing import Scopes, wanted_scopes
from bot.settings import Settings
from bot.wire import App, build
from core.channels import ChannelRef, Subscription
from core.converse.ports import ChatPlatform
from core.deliver.absences import pause_hint, pause_sentence
from core.deliver.places import resume_channel
from core.deliver.problems import sentences
from core.errors import ModelError, OverBudget, PaperboyError, SourceBug, Throttled
from core.ingest.enrich import SCOPE
from core.ingest.freshness import left_to_wait_s
from core.ingest.guard import guard_source
from core.ingest.ports import PaperSource
from core.ingest.state import Refresh, SourceState, State
from core.ingest.traits import SourceTraits
from core.summarise.ports import LanguageModel, Prompt, Purpose
from core.text.readable import quantity
from core.time import Clock

#: how far back refreshes are counted, and how many at most
HISTORY: Final = timedelta(days=7)
MOST_REFRESHES: Final = 5_000
#: seconds for the channels of one platform
CHANNELS_S: Final = 60.0

#: what a model is asked to see that it answers
_SMALL_TALK: Final = Prompt(system="Answer with one word.", user="Are you there?", longest_answer=50)

_PATIENCE: Final = "Nothing is to be done: paperboy ingest and paperboy run ask again in time."


async def examine(settings: Settings) -> tuple[Check, ...]:
    """All checks; those that need the database are left out where it does not open."""
    checks = [_python(), _contact(settings), _clock(settings)]
    if settings.without_effect:
        names = ", ".join(settings.without_effect)
        checks.append(Check(name="settings", ok=True, detail=f"without effect in this version: {names}"))
    try:
        async with build(settings) as app:
            channel = settings.operator.channel
            operator = ChannelRef.parse(channel) if channel else None
            bad_tokens = tuple(misshapen_tokens(settings))
            checks += [check async for check in checks_inside(app, operator, bad_tokens=bad_tokens)]
    except PaperboyError as error:
        checks.append(Check(name="database", ok=False, detail=str(error), hint=error.hint))
    return tuple(checks)


def _python() -> Check:
    return Check(name="python", ok=True, detail=".".join(map(str, sys.version_info[:3])))


def _contact(settings: Settings) -> Check:
    if settings.contact:
        return Check(name="contact", ok=True, detail=f"sources can write to {settings.contact}")
    hint = 'Set contact = "you@example.org": sources write there before they block a reader.'
    return Check(name="contact", ok=True, detail="not set", hint=hint)


def _clock(settings: Settings) -> Check:
    if settings.clock.now:
        return Check(name="clock", ok=True, detail=f"starts at {settings.clock.now:%Y-%m-%d %H:%M %Z} by clock.now")
    return Check(name="clock", ok=True, detail="the machine's")


async def checks_inside(
    app: App, operator: ChannelRef | None, *, bad_tokens: Sequence[MisshapenToken] = ()
) -> AsyncIterator[Check]:
    """All checks that need the open database; `operator` is the channel that hears of trouble.

    A platform with a token of `bad_tokens` is not asked.
    """
    papers = await app.store.papers(limit=1)
    yield Check(name="database", ok=True, detail=f"open and up to date, {quantity(papers.total, 'paper')}")
    for check in (*await about_processes(app), *await about_models(app), *await about_embeddings(app)):
        yield check
    subscriptions = await app.store.subscriptions()
    hint = "" if subscriptions else "paperboy channels add terminal:main --category cs.CL"
    yield Check(name="channels", ok=True, detail=f"{len(subscriptions)} subscribed", hint=hint)
    if not app.models and (digests := sum(subscription.has_reranking for subscription in subscriptions)):
        detail = f"{quantity(digests, 'digest')} would be re-ranked by a language model, and none is configured"
        yield Check(name="rerank", ok=True, detail=detail, hint="docs/models.md tells how to set one up.")
    places = sorted({*(subscription.channel for subscription in subscriptions), *([operator] if operator else [])})
    absent = {str(subscription.channel): subscription for subscription in subscriptions if subscription.absence}
    for platform in sorted({*app.chats, *(place.platform for place in places)}):
        here = [place for place in places if place.platform == platform]
        wrong = [token for token in bad_tokens if token.platform == platform]
        for check in _with_bad_token(wrong, here) if wrong else await _platform(app, platform, here):
            yield await about_lost(absent[check.name], check, app) if check.name in absent else check
    scopes, states = await wanted_scopes(app), await app.store.source_states()
    for source, scope in _probes(app, scopes):
        traits = app.store.traits[source.name]
        yield await _source(source, scope, traits, _waits(states, traits, scope, app.clock.now()))
    read = {(source.name, scope) for source, scope in scopes} | {(index.name, SCOPE) for index in app.origins.enrichers}
    history = await app.store.refreshes(since=app.clock.now() - HISTORY, limit=MOST_REFRESHES)
    for state in states:
        part = (state.source, state.scope)
        yield _state(state, [refresh for refresh in history if _of(refresh) == part], is_read=part in read)


async def about_lost(subscription: Subscription, check: Check, app: App) -> Check:
    """The check of a channel that was lost: where it succeeds, the digest goes on."""
    if not check.ok:
        return replace(
            check,
            detail=f"{pause_sentence(subscription)}; {check.detail}",
            hint=pause_hint(subscription).replace("`", ""),
        )
    await resume_channel(subscription.channel, store=app.store, clock=app.clock)
    return replace(check, detail=f"{check.detail} again; the digest goes on")


async def about_models(app: App) -> Sequence[Check]:
    """Ask each configured model, within the budget and on record."""
    if app.requests is None:
        return []
    try:
        async with app.requests.calls.work(Purpose.CHECK, None) as work:
            return [await about_model(model, app.clock) for model in work.models]
    except OverBudget as error:
        return [Check(name="model", ok=False, detail=f"not asked: {error}", hint=error.hint)]


async def about_embeddings(app: App) -> Sequence[Check]:
    """Ask the model that embeds, within the budget and on record, and tell how far it has come."""
    if app.meanings is None:
        return []
    model = app.meanings.embedder
    name = f"embeddings {model.name}"
    try:
        await model.prepare()
        began = app.clock.now()
        answer = await app.meanings.check()
    except (ModelError, OverBudget) as error:
        return [Check(name=name, ok=False, detail=str(error), hint=error.hint)]
    took_s = (app.clock.now() - began).total_seconds()
    (progress,) = await app.store.embedding_progress(model.name)
    detail = f"answers in {took_s:.1f} s with {answer.vectors.shape[1]} numbers"
    return [
        Check(name=name, ok=True, detail=f"{detail}; {progress.papers:,} of {quantity(progress.of, 'paper')} embedded")
    ]


async def about_model(model: LanguageModel, clock: Clock) -> Check:
    """Ask for one word."""
    name = f"model {model.name}"
    try:
        await model.prepare()
        began = clock.now()
        answer = await model.complete(_SMALL_TALK)
    except ModelError as error:
        return Check(name=name, ok=False, detail=str(error), hint=error.hint)
    took_s = (clock.now() - began).total_seconds()
    if not answer.text.strip():
        return Check(name=name, ok=False, detail="answers with nothing", hint="Try another model in model.name.")
    price = "its price is not known" if answer.usage.cost_usd is None else f"for ${answer.usage.cost_usd:.6f}"
    return Check(name=name, ok=True, detail=f"answers in {took_s:.1f} s, {price}")


def _of(refresh: Refresh) -> tuple[str, str]:
    """Which part of which source a refresh was of."""
    return (refresh.report.source, refresh.report.scope)


def _probes(app: App, scopes: Scopes) -> Iterator[tuple[PaperSource, str]]:
    """One small question to each place that a refresh asks, and to those sources that can always be asked for one."""
    traits, places = app.store.traits, set[tuple[str, str]]()
    probes = [(source, traits[name].probe) for name, source in app.origins.sources.items() if traits[name].probe]
    for source, scope in (*probes, *scopes):
        place = (source.name, scope if traits[source.name].has_own_places else "")
        if place not in places:
            places.add(place)
            yield source, scope


def _waits(states: Sequence[SourceState], source: SourceTraits, scope: str, now: datetime) -> SourceState | None:
    """The state of the place, where it asked us to wait and that is not over."""
    states_of_source = [state for state in states if state.source == source.name]
    parts = [state for state in states_of_source if state.scope == scope or not source.has_own_places]
    return next((state for state in parts if left_to_wait_s(state, now)), None)


def _state(state: SourceState, history: Sequence[Refresh], *, is_read: bool) -> Check:
    """How the last refresh of a scope went, and how those of the last days did; what nobody reads now is no trouble."""
    detail = f"{state.state}, checked {state.checked_at:%Y-%m-%d %H:%M} UTC"
    if len(history) > 1:
        counts = Counter(refresh.report.state for refresh in history)
        outcomes = ", ".join(f"{counts[outcome]} {outcome}" for outcome in State if counts[outcome])
        detail = f"{detail}; in {HISTORY.days} days: {outcomes}"
    if not is_read:
        detail = f"{detail}; refreshes leave it out now"
    is_trouble = is_read and state.state.is_trouble
    return Check(
        name=f"{state.source} {state.scope}",
        ok=not is_trouble,
        detail=f"{detail}. {sentences(state.problems)}" if state.problems else detail,
        hint=f"paperboy ingest tries again{_from(state)}" if is_trouble else "",
    )


def _from(state: SourceState) -> str:
    """When, where the source asked us to wait."""
    return f" from {state.wait_until:%H:%M} UTC on" if state.wait_until else ""


def _with_bad_token(wrong: Sequence[MisshapenToken], channels: Sequence[ChannelRef]) -> Sequence[Check]:
    checks = [Check(name=token.platform, ok=False, detail=token.sentence, hint=token.hint) for token in wrong]
    return [*checks, *(_skipped_check(channel, f"the token of {channel.platform} is wrong") for channel in channels)]


async def _platform(app: App, platform: str, channels: Sequence[ChannelRef]) -> Sequence[Check]:
    """Log in with the platform's token, look at each subscribed channel, and log out again."""
    if platform == "terminal":
        return [Check(name=str(channel), ok=True, detail="digests are printed here") for channel in channels]
    guide = f"docs/{platform}.md tells how to set it up."
    without_token = [channel for channel in channels if not app.chats.serves(channel)]
    checks = [
        Check(name=str(channel), ok=False, detail=f"{platform} has no token", hint=guide) for channel in without_token
    ]
    for chat in app.chats.on(platform):
        own_channels = [
            channel for channel in channels if channel not in without_token and app.chats.of(channel) is chat
        ]
        checks += await _installation(chat, own_channels, guide, wanting=await _wanting_links(app, own_channels))
    return checks


async def _wanting_links(app: App, channels: Sequence[ChannelRef]) -> Sequence[ChannelRef]:
    """The channels in which a pasted link gets a card."""
    wanting = {channel.channel for channel in await app.store.subscriptions() if channel.link_cards}
    return [channel for channel in channels if channel in wanting]


async def _installation(
    chat: ChatPlatform, channels: Sequence[ChannelRef], guide: str, *, wanting: Sequence[ChannelRef]
) -> Sequence[Check]:
    platform = chat.platform
    try:
        async with chat.open():
            login = Check(name=platform, ok=True, detail=f"connected as {await chat.whoami()}")
            return [login, *await _channels(chat, channels), *[await _links(chat, channel) for channel in wanting]]
    except PaperboyError as error:
        login = Check(name=platform, ok=False, detail=str(error), hint=error.hint or guide)
        return [login, *(_skipped_check(channel, f"{platform} is not connected") for channel in channels)]


async def _channels(chat: ChatPlatform, channels: Sequence[ChannelRef]) -> Sequence[Check]:
    """One check per channel, within a time for all of them."""
    checks: dict[ChannelRef, Check] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(CHANNELS_S):
            for channel in channels:
                checks[channel] = await _channel(chat, channel)
    return [checks.get(channel) or _skipped_check(channel, "there was no time for it") for channel in channels]


async def _channel(chat: ChatPlatform, channel: ChannelRef) -> Check:
    try:
        await chat.check(channel)
    except PaperboyError as error:
        return Check(name=str(channel), ok=False, detail=str(error), hint=error.hint)
    return Check(name=str(channel), ok=True, detail="Paperboy can post there")


async def _links(chat: ChatPlatform, channel: ChannelRef) -> Check:
    """Does the bot hear of links that people paste, as the channel wants?"""
    name = f"{channel} link-cards"
    try:
        lack = await chat.hears_links(channel)
    except PaperboyError as error:
        return Check(name=name, ok=False, detail=str(error), hint=error.hint)
    if lack:
        return Check(name=name, ok=False, detail="Paperboy does not hear of pasted links there", hint=lack)
    return Check(name=name, ok=True, detail="pasted links get a card")


def _skipped_check(channel: ChannelRef, why: str) -> Check:
    return Check(name=str(channel), ok=False, detail=f"not checked: {why}")


async def _source(source: PaperSource, scope: str, traits: SourceTraits, waits: SourceState | None) -> Check:
    """Ask a source for one small listing, without storing anything; one that wants to be left alone is not asked."""
    name = scope if traits.has_own_places else source.name
    if waits:
        return Check(name=name, ok=False, detail=f"not asked now: {sentences(waits.problems)}", hint=_PATIENCE)
    try:
        with guard_source(f"{source.name} {scope}"):
            listing = await source.fetch(scope, None)
    except PaperboyError as error:
        return Check(name=name, ok=False, detail=str(error), hint=error.hint or _advice(error))
    count = len(listing.announcements)
    return Check(name=name, ok=True, detail=f"answers ({quantity(count, 'entry')} in {scope})")


def _advice(error: PaperboyError) -> str:
    if isinstance(error, SourceBug):
        return "Report it with what the log says."
    return _PATIENCE if isinstance(error, Throttled) else "Check its address in the settings."
