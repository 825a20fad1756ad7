"""The running program: the configured platforms side by side, or one terminal that gets its digest and then answers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from datetime import date

from bot import screen
from bot.chats import Chats
from bot.posting import Deliverer
from bot.schedule import keep_fresh, keep_posting
from bot.settings import Settings
from bot.supervise import States, keep_running, stop_with
from bot.wire import FIRST_SUBSCRIPTION, SAMPLE_SUBSCRIPTION, TERMINAL, App, build, build_sample, terminal
from core.channels import Subscription
from core.converse.desk import FrontDesk
from core.converse.ports import ChatPlatform
from core.deliver import compose, digest
from core.deliver.digest import DeliveryOutcome, Result
from core.ingest.refresh import refresh
from core.ingest.state import Report, State


async def serve(settings: Settings, *, with_terminal: bool) -> None:
    """Every configured platform side by side, the terminal among them where there is one; else the terminal alone."""
    async with build(settings) as app:
        if app.chats:
            await _until_terminated(_serve_platforms(app, with_terminal=with_terminal))
            return
        if not await app.store.subscriptions(TERMINAL):
            await app.store.save_subscription(FIRST_SUBSCRIPTION, at=app.clock.now())
        if not await _nothing_to_show(app, await _refresh(app)):
            await _serve_terminal(app, answers=with_terminal)
            return
    screen.warn("Here is the sample day instead: its papers are invented, and bookmarks of them are not kept.")
    async with build_sample(settings) as sample:
        await refresh(sample.origins.wanted([SAMPLE_SUBSCRIPTION]), sample.store, sample.clock, tell=lambda _: None)
        await _serve_terminal(sample, answers=with_terminal)


async def _until_terminated(work: Coroutine[None, None, None]) -> None:
    """Let SIGTERM end the work as if it had ended by itself: everything is closed in order."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _serve_platforms(app: App, *, with_terminal: bool) -> None:
    chats = app.chats
    if with_terminal:
        chats = chats.joined_by(terminal(app, screen.out))
    desk = _desk(app, Deliverer(app, chats))
    states: States = {}
    async with asyncio.TaskGroup() as group:
        tasks = {
            chat.platform: group.create_task(keep_running(chat, desk, app.clock, states)) for chat in chats.everywhere()
        }
        duties = [group.create_task(keep_fresh(app)), group.create_task(keep_posting(app, chats))]
        if with_terminal:
            others = [*(task for name, task in tasks.items() if name != "terminal"), *duties]
            group.create_task(stop_with(tasks["terminal"], others))


def _desk(app: App, deliver: Deliverer) -> FrontDesk:
    return FrontDesk(store=app.store, clock=app.clock, deliver=deliver, lookup=app.lookup, write=app.write)


async def deliver_sample(settings: Settings, *, quiet: bool) -> Result:
    """The sample day's digest, posted to this terminal unless `quiet`."""
    async with build_sample(settings) as app:
        await refresh(app.origins.wanted([SAMPLE_SUBSCRIPTION]), app.store, app.clock, tell=lambda _: None)
        chat = terminal(app, screen.nowhere() if quiet else screen.out)
        return await _deliver(app, chat, SAMPLE_SUBSCRIPTION, _today(app, SAMPLE_SUBSCRIPTION))


async def _refresh(app: App) -> tuple[Report, ...]:
    with screen.progress() as tell:
        wanted = app.origins.wanted(await app.store.subscriptions())
        reports = await refresh(wanted, app.store, app.clock, tell=tell, archives=app.origins.archives)
    for complaint in screen.complaints(reports):
        screen.warn(complaint)
    return reports


async def _nothing_to_show(app: App, reports: Sequence[Report]) -> bool:
    if any(report.state not in (State.FAILED, State.THROTTLED) for report in reports):
        return False
    return not (await app.store.papers(limit=1)).total


async def _serve_terminal(app: App, *, answers: bool) -> None:
    chat = terminal(app, screen.out)
    desk = _desk(app, Deliverer(app, Chats().joined_by(chat)))
    subscription = await desk.subscription(TERMINAL)
    result = await _deliver(app, chat, subscription, _today(app, subscription))
    await _show_what_there_is(app, chat, subscription, result)
    if answers:
        await chat.run(desk)


async def _deliver(app: App, chat: ChatPlatform, subscription: Subscription, day: date) -> Result:
    """Post the digest of a day for somebody who asked for it."""
    return await digest.deliver(
        subscription,
        day,
        store=app.store,
        chat=chat,
        clock=app.clock,
        settle=app.settle,
        reopens=True,
        since=app.began_at,
    )


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
        screen.post(compose.quiet(result.digest.sources))
    elif result.outcome is DeliveryOutcome.ELSEWHERE:
        screen.warn("Another process is posting today's digest right now.")


def _today(app: App, subscription: Subscription) -> date:
    return subscription.at.local_day(app.clock.now())
