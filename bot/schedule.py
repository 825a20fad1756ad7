"""The clock of the running service, with two duties: it refreshes sources, and it has digests posted.

APScheduler ticks; what is due is derived from the database at every tick (`core.ingest.freshness`,
`core.deliver.schedule`), so that a restart forgets nothing and a tick that was missed is not missed. Each duty has a
bell of its own: a slow refresh holds up no digest, and the other way round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from bot import posting
from bot.chats import Chats
from bot.delivering import Tally, ignore
from bot.operation.pulse import REFRESHING_S, Pulse
from bot.refreshing import Scopes, due_of, has_news, refresh_scopes, wanted_scopes
from bot.ticks import ringing
from bot.wire import App
from core.channels import ChannelRef
from core.errors import PaperboyError
from core.ingest.state import Report

#: between two looks at what is due
TICK_S: Final = 60
#: how long the history of refreshes is kept
HISTORY: Final = timedelta(days=90)

_log = structlog.get_logger(__name__)


async def keep_fresh(
    app: App, *, tick_s: float = TICK_S, news: asyncio.Event | None = None, pulse: Pulse | None = None
) -> None:
    """Refresh what is due, now and at every tick, one refresh at a time, until cancelled.

    The bell rings and nothing more: refreshes run here, so that a cancelled one is over when this returns, and the
    database can be closed. One that takes longer than a tick is followed by one other. `news` is set when a refresh
    brought something that a digest may wait for.
    """
    pulse = pulse or Pulse(REFRESHING_S)
    async with ringing(tick_s) as bell:
        with pulse.on_duty():
            while True:
                pulse.beat()
                if await _tick(app, pulse.beat) and news:
                    news.set()
                await bell.next()


async def keep_posting(
    app: App,
    chats: Chats,
    *,
    tick_s: float = TICK_S,
    tally: Tally = ignore,
    news: asyncio.Event | None = None,
    pulse: Pulse | None = None,
    only: ChannelRef | None = None,
    make: Callable[..., posting.Posting] = posting.Posting,
) -> None:
    """Post the digests that are due, now, at every tick, at the next hour of any and with `news`, until cancelled.

    With `only` those of one channel: others may be another process's to post. `make`: another kind of `Posting`.

    Digests that are being sent hold up no tick. At the end each gives back what it holds, and then this returns.
    """
    async with ringing(tick_s, news) as bell, asyncio.TaskGroup() as group:
        duty = make(app, chats, group, tally=tally, only=only)
        while True:
            if pulse:
                pulse.beat()
            await duty.tick()
            await bell.next(within_s=await duty.seconds_to_next())


async def refresh_due(app: App, beat: Callable[[], None] = lambda: None) -> tuple[Report, ...]:
    """Refresh the sources that are due, ask the indexes about what is new, and drop old history. Raises StoreError.

    `beat` is called whenever something was read.
    """
    reports = await read_due(app, beat, asks_indexes=has_news)
    await tell_news(app, reports)
    return reports


async def read_due(
    app: App,
    beat: Callable[[], None] = lambda: None,
    *,
    only: str = "",
    asks_indexes: Callable[[Sequence[Report]], bool] = lambda _: False,
    leaves_missed_days: bool = False,
) -> tuple[Report, ...]:
    """Refresh the sources that are due, or `only` one of them, and drop old history. Raises StoreError.

    `asks_indexes` and `leaves_missed_days` as in `refresh_scopes`.
    """
    now = app.clock.now()
    due_scopes = tuple((source, scope) for source, scope in await scopes_due(app) if only in ("", source.name))
    if not due_scopes:
        return ()
    reports = await refresh_scopes(
        app,
        due_scopes,
        tell=lambda _: beat(),
        asks_indexes=asks_indexes,
        leaves_missed_days=leaves_missed_days,
    )
    await app.store.forget_refreshes(before=now - HISTORY)
    return reports


async def scopes_due(app: App) -> Scopes:
    """What is to be refreshed now. Raises StoreError."""
    return due_of(await wanted_scopes(app), await app.store.source_states(), app.clock.now(), app.store.traits)


async def tell_news(app: App, reports: Sequence[Report]) -> None:
    """Have digests looked at that may wait for what is new. Raises StoreError."""
    if has_news(reports):  # a digest may wait for it, or a quiet day have something to post now
        await app.store.look_again(at=app.clock.now(), only_open=True)


async def _tick(app: App, beat: Callable[[], None]) -> bool:
    """Refresh what is due; True where that brought news."""
    try:
        reports = await refresh_due(app, beat)
    except PaperboyError as error:  # the next tick tries again
        _log.warning("the refresh failed", error=error.sentence())
        return False
    except Exception:  # noqa: BLE001 - a bug in reading a source must not stop the platforms; it is logged whole
        _log.exception("the refresh crashed")
        return False
    log_reports(reports)
    return has_news(reports)


def log_reports(reports: Sequence[Report], event: str = "refreshed") -> None:
    """One line for each scope that was read."""
    for report in reports:
        _log.info(event, source=report.source, scope=report.scope, state=report.state.value, new=report.stored.new)
