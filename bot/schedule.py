"""The clock of the running service, with two duties: it refreshes sources, and it has digests posted.

APScheduler ticks; what is due is derived from the database at every tick (`core.ingest.freshness`,
`core.deliver.schedule`), so that a restart forgets nothing and a tick that was missed is not missed. Each duty has a
bell of its own: a slow refresh holds up no digest, and the other way round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog

from bot import posting
from bot.chats import Chats
from bot.operation.pulse import REFRESHING_S, Pulse
from bot.ticks import ringing
from bot.wire import App
from core.channels import ChannelRef
from core.errors import PaperboyError
from core.ingest import enrich
from core.ingest.freshness import due
from core.ingest.ports import PaperSource
from core.ingest.refresh import refresh
from core.ingest.state import Report, SourceState, State

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
    tally: posting.Tally = posting.ignore,
    news: asyncio.Event | None = None,
    pulse: Pulse | None = None,
    only: ChannelRef | None = None,
) -> None:
    """Post the digests that are due, now, at every tick, at the next hour of any and with `news`, until cancelled.

    With `only` those of one channel: others may be another process's to post.

    Digests that are being sent hold up no tick. At the end each gives back what it holds, and then this returns.
    """
    async with ringing(tick_s, news) as bell, asyncio.TaskGroup() as group:
        duty = posting.Posting(app, chats, group, tally=tally, only=only)
        while True:
            if pulse:
                pulse.beat()
            await duty.tick()
            await bell.next(within_s=await duty.seconds_to_next())


async def refresh_due(app: App, beat: Callable[[], None] = lambda: None) -> tuple[Report, ...]:
    """Refresh the sources that are due, ask the indexes about what is new, and drop old history. Raises StoreError.

    `beat` is called whenever something was read.
    """
    now = app.clock.now()
    scopes = app.origins.scopes(await app.store.wanted_categories())
    due_scopes = due_of(scopes, await app.store.source_states(), now)
    if not due_scopes:
        return ()
    reports = await refresh(due_scopes, app.store, app.clock, tell=lambda _: beat(), archives=app.origins.archives)
    if app.origins.enrichers and any(map(_is_news, reports)):
        reports = (*reports, *await enrich.enrich(app.origins.enrichers, app.store, app.clock))
    if any(map(_is_news, reports)):  # a digest may wait for it, or a quiet day have something to post now
        await app.store.look_again(at=app.clock.now(), only_open=True)
    await app.store.forget_refreshes(before=now - HISTORY)
    return reports


def due_of(
    scopes: Sequence[tuple[PaperSource, str]], states: Sequence[SourceState], now: datetime
) -> tuple[tuple[PaperSource, str], ...]:
    """The scopes that are due now."""
    due_scopes: list[tuple[PaperSource, str]] = []
    for name, group in groupby(scopes, key=lambda pair: pair[0].name):
        parts = list(group)
        due_parts = due(states, name, [scope for _, scope in parts], now)
        due_scopes += [(source, scope) for source, scope in parts if scope in due_parts]
    return tuple(due_scopes)


def _is_news(report: Report) -> bool:
    return report.state is State.FRESH or report.stored.new > 0 or report.stored.updated > 0


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
    for report in reports:
        _log.info(
            "refreshed", source=report.source, scope=report.scope, state=report.state.value, new=report.stored.new
        )
    return any(map(_is_news, reports))
