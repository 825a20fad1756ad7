"""The running program, today in one terminal: refresh, post the digest, answer until the person leaves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date

from bot import screen
from bot.settings import Settings
from bot.wire import FIRST_SUBSCRIPTION, SAMPLE_SUBSCRIPTION, TERMINAL, App, build, build_sample, terminal
from core import compose, digest, ingest
from core.answer import FrontDesk, main_subscription
from core.channels import Subscription
from core.digest import Outcome, Result
from core.listings import Report, State
from core.ports import Chat


async def serve_terminal(settings: Settings) -> None:
    """Today's papers in this terminal, or the sample day where there are none and arXiv cannot be reached."""
    async with build(settings) as app:
        if not await app.store.subscriptions(TERMINAL):
            await app.store.save_subscription(FIRST_SUBSCRIPTION, at=app.clock.now())
        if not await _nothing_to_show(app, await _refresh(app)):
            await _serve(app)
            return
    screen.warn("Here is the sample day instead: its papers are invented, and bookmarks of them are not kept.")
    async with build_sample(settings) as sample:
        await ingest.refresh(sample.wanted([SAMPLE_SUBSCRIPTION]), sample.store, sample.clock, tell=lambda _: None)
        await _serve(sample)


async def deliver_sample(settings: Settings, *, quiet: bool) -> Result:
    """The sample day's digest, posted to this terminal unless `quiet`."""
    async with build_sample(settings) as app:
        await ingest.refresh(app.wanted([SAMPLE_SUBSCRIPTION]), app.store, app.clock, tell=lambda _: None)
        chat = terminal(app, screen.nowhere() if quiet else screen.out)
        return await _deliver(app, chat, SAMPLE_SUBSCRIPTION, _today(app, SAMPLE_SUBSCRIPTION))


async def _refresh(app: App) -> tuple[Report, ...]:
    with screen.progress() as tell:
        wanted = app.wanted(await app.store.subscriptions())
        reports = await ingest.refresh(wanted, app.store, app.clock, tell=tell)
    for complaint in screen.complaints(reports):
        screen.warn(complaint)
    return reports


async def _nothing_to_show(app: App, reports: Sequence[Report]) -> bool:
    if any(report.state not in (State.FAILED, State.THROTTLED) for report in reports):
        return False
    return not (await app.store.papers(limit=1)).total


async def _serve(app: App) -> None:
    chat = terminal(app, screen.out)
    subscription = await main_subscription(TERMINAL, store=app.store)
    result = await _deliver(app, chat, subscription, _today(app, subscription))
    await _show_what_there_is(app, chat, subscription, result)
    if sys.stdin.isatty():

        async def deliver(subscription: Subscription, day: date) -> Result:
            await ingest.refresh(app.wanted([subscription]), app.store, app.clock, tell=lambda _: None)
            return await _deliver(app, chat, subscription, day)

        await chat.run(FrontDesk(store=app.store, clock=app.clock, deliver=deliver))


async def _deliver(app: App, chat: Chat, subscription: Subscription, day: date) -> Result:
    return await digest.deliver(subscription, day, store=app.store, chat=chat, clock=app.clock)


async def _show_what_there_is(app: App, chat: Chat, subscription: Subscription, result: Result) -> None:
    """Where nothing was posted just now: say why, and show the last digest again."""
    if result.outcome is Outcome.POSTED:
        return
    last = await app.store.last_delivery(subscription)
    for outgoing in last.plan if last else ():
        parent = last.sent.get(outgoing.parent_key) if last and outgoing.parent_key else None
        await chat.send(subscription.channel, outgoing, parent)
    if result.outcome is Outcome.ALREADY and last:
        screen.say(f"Posted before; this is the digest of {last.day} again. /digest preview shows what is new.")
    elif result.outcome is Outcome.QUIET:
        screen.post(compose.quiet(result.digest.sources))
    elif result.outcome is Outcome.ELSEWHERE:
        screen.warn("Another process is posting today's digest right now.")


def _today(app: App, subscription: Subscription) -> date:
    return subscription.at.local_day(app.clock.now())
