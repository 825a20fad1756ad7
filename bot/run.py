"""The running program: the configured platforms side by side, or one terminal that gets its digest and then answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot import __version__
from bot.chats import Chats, installation_name
from bot.delivering import Tally, ignore
from bot.jobs.clock import keep_in_order, read_sources
from bot.jobs.duties import gateway_duties, upkeep_duty, worker_duty
from bot.operation.alerting import Operator, look_safely
from bot.operation.pulse import CONNECTING_S, POSTING_S, REFRESHING_S, WATCHING_S, Pulse, Pulses
from bot.operation.tenure import Tenure, own_origin, while_held
from bot.operation.watch import Watch, tenures_of
from bot.operation.wrappers import MeasuredChat, TenuredChat
from bot.output import screen
from bot.posting import Deliverer, begin_today, deliver_ordered
from bot.refreshing import refresh_scopes, wanted_scopes
from bot.schedule import keep_fresh, keep_posting
from bot.settings import Settings
from bot.stop import until_stopped
from bot.supervise import States, keep_listening, keep_running, stop_with
from bot.wire import (
    FIRST_SUBSCRIPTION,
    SAMPLE_SUBSCRIPTION,
    TERMINAL,
    App,
    build,
    build_sample,
    own_jobs,
    shared_jobs,
    terminal,
)
from core.channels import SETTINGS_KEPT, ChannelRef, Subscription
from core.converse.desk import FrontDesk
from core.converse.floods import LimitedDesk
from core.converse.ports import ChatPlatform
from core.converse.settings import naming
from core.deliver.digest import DeliveryOutcome, Result, post_of
from core.deliver.nothing import with_reason
from core.errors import BadSetting, ModelError
from core.ingest.state import Report, State
from core.operate.jobs import JobQueue
from core.operate.services import ServiceRole
from storage.engine.database import sqlite_path
from storage.migrations import schema

if TYPE_CHECKING:
    from bot.operation.metrics import Metrics  # loads prometheus-client, where it is wanted

_log = structlog.get_logger("paperboy")


async def serve(settings: Settings, *, with_terminal: bool, does_general_jobs: bool = True) -> None:
    """Every configured platform side by side, the terminal among them where there is one; else the terminal alone.

    Without `does_general_jobs` what any process may do is left to workers.
    """
    async with build(settings) as app:
        if not does_general_jobs and app.open_jobs is None:
            raise BadSetting("With SQLite one process does all there is.", hint="Leave --no-jobs away.")
        if app.chats:
            service = _serve_platforms(app, settings, with_terminal=with_terminal, does_general_jobs=does_general_jobs)
            await until_stopped(service, takes_ctrl_c=not with_terminal)
            return
        if settings.http.port is not None:  # a service that would end at once, and be started again and again
            raise BadSetting(
                "http.port is set, and no platform has a token.", hint="docs/README.md says how to get one."
            )
        is_new = not (await app.store.subscriptions(TERMINAL) or await _was_left(app))
        if is_new:
            await app.store.save_subscription(FIRST_SUBSCRIPTION, at=app.clock.now())
        async with _models_prepared(app):
            reports = await _refresh(app)
        if not await _nothing_to_show(app, reports):
            await _serve_terminal(app, answers=with_terminal)
            return
    screen.warn("Here is the sample day instead: its papers are invented, and bookmarks of them are not kept.")
    async with build_sample(settings) as sample:
        await refresh_scopes(sample, await wanted_scopes(sample))
        await _serve_terminal(sample, answers=with_terminal)


async def work(settings: Settings, *, at_once: int) -> None:
    """Do what any process may do, and nothing that belongs to a token, until stopped. Raises BadSetting, StoreError."""
    opening = shared_jobs(settings)
    async with build(settings) as app:
        await until_stopped(_work(app, settings, opening, at_once=at_once), takes_ctrl_c=True)


async def _work(app: App, settings: Settings, opening: AbstractAsyncContextManager[JobQueue], *, at_once: int) -> None:
    await _prepare_models(app)
    origin, states, pulses, metrics = own_origin(), States(), Pulses(), _metrics(app, settings)
    # tenures that are never begun: whatever would be sent is refused
    tenures = tenures_of(app.chats.makers, origin=origin, store=app.store, clock=app.clock)
    chats = app.chats.with_wrapper(lambda place, chat: TenuredChat(chat, tenures[place]))
    app = replace(app, chats=chats)
    watch = Watch(
        app.store,
        app.clock,
        states,
        origin=origin,
        version=__version__,
        pulse=pulses.of("watching", WATCHING_S),
        role=ServiceRole.WORKER,
        revision=schema.HEAD,
    )
    _log.info("worker started", version=__version__, pid=origin.pid, at_once=at_once)
    async with (
        opening as jobs,
        watch.registration(),
        _web(app, settings, states, pulses, metrics, jobs, needs_platform=False),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(watch.run())
        group.create_task(worker_duty(app, chats, jobs, at_once=at_once, pulses=pulses))


async def _serve_platforms(
    app: App,
    settings: Settings,
    *,
    with_terminal: bool,
    does_general_jobs: bool,
) -> None:
    await _prepare_models(app)
    origin = own_origin()
    tenures = tenures_of(
        app.chats.makers, origin=origin, store=app.store, clock=app.clock, are_shared=app.open_jobs is not None
    )
    chats = app.chats.with_wrapper(lambda place, chat: TenuredChat(chat, tenures[place]))
    if with_terminal:
        chats = chats.joined_by(terminal(app, screen.out))
    metrics = _metrics(app, settings)
    if metrics:
        chats = chats.with_wrapper(lambda _, chat: MeasuredChat(chat, metrics))
    app = replace(app, chats=chats)  # so that nothing is written without the right to it
    states, pulses = States(), Pulses()

    def count_refusal(platform: str) -> None:
        states.refuse(platform)
        if metrics:
            metrics.refusal(platform)

    operator = _operator(app, chats, settings, tuple(tenures.values()))
    watch = Watch(
        app.store,
        app.clock,
        states,
        origin=origin,
        version=__version__,
        tenures=tuple(tenures.values()),
        tell=partial(look_safely, operator),
        pulse=pulses.of("watching", WATCHING_S),
        role=ServiceRole.SERVICE if does_general_jobs else ServiceRole.GATEWAY,
        revision=schema.HEAD,
    )
    _log.info("service started", version=__version__, pid=origin.pid, platforms=list(chats))
    async with (
        app.open_jobs() if app.open_jobs else nullcontext() as jobs,
        watch.registration(),
        _web(app, settings, states, pulses, metrics, jobs),
        asyncio.TaskGroup() as group,
    ):
        read = partial(read_sources, app, jobs) if jobs else None
        desk = LimitedDesk(_desk(app, Deliverer(app, chats, read)), count=count_refusal)
        tasks = {
            place: group.create_task(
                keep_running(
                    make(),
                    desk,
                    app.clock,
                    states,
                    tenure=tenures.get(place),
                    pulse=pulses.of(f"connecting {installation_name(place)}", CONNECTING_S),
                )
            )
            for place, make in chats.makers.items()
        }
        tally = metrics.delivery if metrics else ignore
        if jobs:
            own_duties = gateway_duties(
                app,
                chats,
                jobs,
                tenures,
                states=states,
                tally=tally,
                pulses=pulses,
                does_general_jobs=does_general_jobs,
            )
        else:
            own_duties = _duties(app, chats, states, tuple(tenures.values()), tally=tally, pulses=pulses)
        platforms = [make() for make in chats.makers.values()]
        listening = [keep_listening(chat, app.clock, states) for chat in platforms if chat.can_listen]
        duties = [group.create_task(duty) for duty in (*own_duties, *listening, watch.run())]
        if with_terminal:
            conversation = tasks.pop(("terminal", ""))
            group.create_task(stop_with(conversation, [*tasks.values(), *duties]))


def _duties(
    app: App, chats: Chats, states: States, tenures: tuple[Tenure, ...], *, tally: Tally, pulses: Pulses
) -> Iterator[Coroutine[Any, Any, None]]:
    """What one process does that serves all there is."""
    news, jobs = asyncio.Event(), own_jobs(app)
    refreshing, posting = pulses.of("refreshing", REFRESHING_S), pulses.of("posting", POSTING_S)
    yield while_held(tenures, lambda: keep_fresh(app, news=news, pulse=refreshing))
    yield while_held(tenures, lambda: _post(app, chats, states, tally, news, posting))
    yield while_held(tenures, lambda: keep_in_order(app, jobs))
    yield while_held(tenures, lambda: upkeep_duty(app, jobs, pulses=pulses))


@asynccontextmanager
async def _models_prepared(app: App) -> AsyncIterator[None]:
    """Prepare models beside the work of the block."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_prepare_models(app))
            yield
    except BaseExceptionGroup as errors:  # those of the block: preparing raises none
        raise errors.exceptions[0] from None


async def _prepare_models(app: App) -> None:
    """Load what models need before the first answer; log a model that cannot be used, and go on without it."""
    for model in app.models:
        try:
            await model.prepare()
        except ModelError as error:
            _log.warning("model unusable", model=model.name, problem=error.sentence())


def _operator(app: App, chats: Chats, settings: Settings, tenures: tuple[Tenure, ...]) -> Operator:
    channel = settings.operator.channel
    path = sqlite_path(settings.database)
    return Operator(
        app=app,
        chats=chats,
        tenures=tenures,
        channel=ChannelRef.parse(channel) if channel else None,
        folder=path.parent if path else None,
    )


async def _post(app: App, chats: Chats, states: States, tally: Tally, news: asyncio.Event, pulse: Pulse) -> None:
    """Post what is due, from the moment on at which platforms are connected."""
    with pulse.on_duty():
        await states.wait_until_settled()
        await keep_posting(app, chats, tally=tally, news=news, pulse=pulse)


def _metrics(app: App, settings: Settings) -> Metrics | None:
    if settings.http.port is None:
        return None
    from bot.operation.metrics import Metrics

    return Metrics(version=__version__, tokens=Counter(platform for platform, _ in app.chats.makers))


@asynccontextmanager
async def _web(
    app: App,
    settings: Settings,
    states: States,
    pulses: Pulses,
    metrics: Metrics | None,
    jobs: JobQueue | None,
    *,
    needs_platform: bool = True,
) -> AsyncIterator[None]:
    """Health and metrics, where they are wanted."""
    if metrics is None or settings.http.port is None:
        yield
        return
    from bot.operation.overview import Overviews
    from bot.operation.web import Probes, web_server

    probes = Probes(
        store=app.store,
        pulses=pulses,
        platforms=states,
        metrics=metrics,
        overviews=Overviews(app.store, app.clock, jobs),
        needs_platform=needs_platform,
    )
    async with web_server(probes.routes(), host=settings.http.host, port=settings.http.port):
        yield


def _desk(app: App, deliver: Deliverer) -> FrontDesk:
    return FrontDesk(
        store=app.store,
        clock=app.clock,
        deliver=deliver,
        lookup=app.lookup,
        texts=app.texts,
        write=app.write,
        address_of=app.address_of,
        requests=app.requests,
        meanings=app.meanings,
        feeds=app.feeds,
    )


async def deliver_sample(settings: Settings, *, quiet: bool) -> Result:
    """The sample day's digest, posted to this terminal unless `quiet`."""
    async with build_sample(settings) as app:
        await refresh_scopes(app, await wanted_scopes(app))
        chat = terminal(app, screen.nowhere() if quiet else screen.out)
        return await deliver_ordered(app, chat, SAMPLE_SUBSCRIPTION, _today(app, SAMPLE_SUBSCRIPTION))


async def _refresh(app: App) -> tuple[Report, ...]:
    with screen.progress() as tell:
        reports = await refresh_scopes(app, await wanted_scopes(app), tell=tell)
    for complaint in screen.complaints(reports):
        screen.warn(complaint)
    return reports


async def _nothing_to_show(app: App, reports: Sequence[Report]) -> bool:
    if any(report.state not in (State.FAILED, State.THROTTLED) for report in reports):
        return False
    return not (await app.store.papers(limit=1)).total


async def _serve_terminal(app: App, *, answers: bool) -> None:
    chat = terminal(app, screen.out)
    chats = Chats().joined_by(chat)
    desk = _desk(app, Deliverer(app, chats))
    if digests := await app.store.subscriptions(TERMINAL):
        subscription = naming.first(digests, "")
        result = await deliver_ordered(app, chat, subscription, _today(app, subscription))
        await _show_what_there_is(app, chat, subscription, result)
    else:
        screen.say("The digest here was ended. /subscribe again brings it back.")
    if not answers:
        return
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        duties = [] if app.is_sample else [group.create_task(_keep_terminal(app, chats))]
        try:
            await chat.run(desk)
        except Exception as error:  # noqa: BLE001 - raised below: the group would wrap it
            failure = error
        for duty in duties:
            duty.cancel()
    if failure:
        raise failure


async def _keep_terminal(app: App, chats: Chats) -> None:
    """Post to this terminal when a digest is due, while somebody may be typing."""
    news, jobs = asyncio.Event(), own_jobs(app)
    await begin_today(app, TERMINAL)
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_fresh(app, news=news))
        group.create_task(keep_posting(app, chats, news=news, only=TERMINAL))
        group.create_task(keep_in_order(app, jobs))
        group.create_task(upkeep_duty(app, jobs, pulses=Pulses()))


async def _was_left(app: App) -> bool:
    """True where somebody ended the digest of this terminal lately."""
    return bool(await app.store.ended_subscriptions(TERMINAL, since=app.clock.now() - SETTINGS_KEPT))


async def _show_what_there_is(app: App, chat: ChatPlatform, subscription: Subscription, result: Result) -> None:
    """Where nothing was posted just now: say why, and show the last digest again."""
    if result.outcome is DeliveryOutcome.POSTED:
        return
    last = await app.store.last_delivery(subscription)
    for outgoing in last.plan if last else ():
        parent = last.sent.get(outgoing.parent_key) if last and outgoing.parent_key else None
        await chat.send(subscription.channel, outgoing, parent)
    if result.outcome is DeliveryOutcome.ALREADY and last:
        screen.say(f"Posted before; this is the digest of {last.day} again. /digest preview shows what is new.")
    elif result.outcome is DeliveryOutcome.QUIET:
        result = await with_reason(result, is_one_listing=False, store=app.store, clock=app.clock)
        screen.post(post_of(result))
    elif result.outcome is DeliveryOutcome.ELSEWHERE:
        screen.warn("Another process is posting today's digest right now.")


def _today(app: App, subscription: Subscription) -> date:
    return subscription.at.local_day(app.clock.now())
