"""Tells the operator what is broken and when it is well again: in the log always, and in `operator.channel` where set.

`core.operate.alerts` decides; this gathers the evidence, posts, and remembers in the database what was told, so that a
restart repeats nothing. One process tells: the one that serves the operator's platform, or without a channel the one
that serves first. While that platform is down, what is to be told waits.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Final

import structlog

from bot.chats import Chats
from bot.operation.status import Status
from bot.operation.tenure import Tenure
from bot.wire import App
from core.channels import ChannelRef
from core.deliver.schedule import DayState
from core.errors import PaperboyError, StoreError, UsageError
from core.ingest.state import SourceState
from core.operate.alerts import (
    EXAMPLES,
    LATE,
    MISSED_DAY_SPAN,
    OWN_REASONS,
    SOURCE_REASONS,
    Alert,
    ClockJump,
    Evidence,
    Outage,
    Telling,
    present_alerts,
    resolution,
    tell,
)
from core.operate.services import Health, PlatformState
from core.posts.tree import Block, Note, Paragraph, Post, bold, text

#: how far back days are looked at
_DAYS: Final = timedelta(days=2)
#: days that wait for sources whose categories are looked at, the latest ones
_MOST: Final = 500
#: how long what is over is remembered
_MEMORY: Final = timedelta(days=30)
#: seconds for one message to the operator
_LONGEST_S: Final = 60.0
#: kinds of trouble that have a log line of their own when they happen
_KINDS_WITH_LINES: Final = ("platform", "waiting", "database", "clock")

_log = structlog.get_logger("paperboy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Tells whoever operates Paperboy of alerts."""

    app: App
    chats: Chats
    tenures: Sequence[Tenure]
    #: None where nobody is to be told but by the log
    channel: ChannelRef | None = None
    #: the folder of the database; None for one on a server
    folder: Path | None = None

    async def look(self, *, outage: Outage | None, jump: ClockJump | None) -> None:
        """Tell of alerts that are new or over; a post that fails is tried at the next look. Raises StoreError."""
        if not self._is_ours_to_tell():
            return
        store, now = self.app.store, self.app.clock.now()
        evidence = await self._evidence(now, outage, jump)
        telling = tell(await store.alerts(), present_alerts(evidence), now)
        if telling.changes:
            await store.save_alerts(telling.changes)
            await store.forget_alerts(before=now - _MEMORY)
        if (telling.new or telling.over) and await self._post(telling):
            await store.save_alerts(telling.mark_alerts(now))
            _say(telling)

    def _is_ours_to_tell(self) -> bool:
        """True where this process serves the operator's platform, or without a channel the first one."""
        if self.channel and self.chats.serves(self.channel):
            name = self.chats.installation_of(self.channel)
            return all(tenure.is_held for tenure in self.tenures if tenure.installation == name)
        return all(tenure.is_held for tenure in self.tenures[:1])

    async def _evidence(self, now: datetime, outage: Outage | None, jump: ClockJump | None) -> Evidence:
        store = self.app.store
        status = Status(at=now, services=await store.services(), sources=await store.source_states())
        platforms = {name: state for name, (state, _) in status.platforms.items()}
        # where processes share the work a spare waits on purpose
        waiting = {
            name: state
            for service in (() if self.app.open_jobs else status.running)
            for name, state in service.platforms
            if state.health is Health.WAITING and platforms[name].health is not Health.WAITING
        }
        late_days = {"since": now - _DAYS, "until": now - LATE}
        missed_days = {"since": now - _DAYS, "closed_after": now - MISSED_DAY_SPAN}
        return Evidence(
            at=now,
            platforms=tuple(_steady(platforms) + _steady(waiting)),
            traits=store.traits,
            sources=self._read_sources(status.sources, await store.wanted_categories()),
            lost_subscriptions=await store.lost_subscriptions(),
            late_days=await store.scheduled_days(DayState.OPEN, reasons=OWN_REASONS, limit=EXAMPLES, **late_days),
            missed_days=await store.scheduled_days(DayState.MISSED, reasons=OWN_REASONS, limit=EXAMPLES, **missed_days),
            awaiting=(
                *(await store.scheduled_days(DayState.OPEN, reasons=SOURCE_REASONS, limit=_MOST, **late_days)).days,
                *(await store.scheduled_days(DayState.MISSED, reasons=SOURCE_REASONS, limit=_MOST, **missed_days)).days,
            ),
            disk_free=await asyncio.to_thread(self._disk_free),
            outage=outage,
            jump=jump,
            budget=await self.app.requests.calls.budget() if self.app.requests else None,
        )

    def _read_sources(self, states: Sequence[SourceState], categories: Sequence[str]) -> tuple[SourceState, ...]:
        """The states of the scopes that channels read now."""
        scopes = self.app.origins.scopes(categories)
        read = {(source.name, scope) for source, scope in scopes}
        return tuple(state for state in states if (state.source, state.scope) in read)

    def _disk_free(self) -> int | None:
        return shutil.disk_usage(self.folder).free if self.folder else None

    async def _post(self, telling: Telling) -> bool:
        """Post to the operator's channel; False where that is not possible now."""
        if self.channel is None:
            return True
        try:
            chat = self.chats.of(self.channel)
            async with asyncio.timeout(_LONGEST_S):
                parent = None
                key = key_of(telling, await self.app.store.database_id())
                for outgoing in chat.plan(self.channel, post_of(telling), key=key):
                    message = await chat.send(self.channel, outgoing, parent if outgoing.parent_key else None)
                    parent = parent or message
        except UsageError as error:
            _log.warning("the operator cannot be told", error=error.sentence())
            return True  # no later try can help; the log has it
        except (PaperboyError, TimeoutError) as error:
            _log.info("the operator is told later", error=str(error))
            return False
        return True


def post_of(telling: Telling) -> Post:
    """What the operator reads."""
    blocks: list[Block] = [Note(spans=(text(alert.sentence),), warning=True) for alert in telling.new]
    blocks += [Paragraph(spans=(text("✓ "), bold(resolution(alert)))) for alert in telling.over]
    first = telling.new[0].sentence if telling.new else resolution(telling.over[0])
    return Post(blocks=tuple(blocks), fallback=first)


def key_of(telling: Telling, database: str) -> str:
    """The key of a message: equal for equal news of one database, so that a message sent before is found."""
    news = [f"begun {_moment(alert)}" for alert in telling.new] + [f"over {_moment(alert)}" for alert in telling.over]
    return f"{database}/alert-{blake2b(' '.join(news).encode(), digest_size=8).hexdigest()}"


def _moment(alert: Alert) -> str:
    return f"{alert.key} {alert.since.isoformat()}"


def _steady(platforms: dict[str, PlatformState]) -> list[tuple[str, PlatformState]]:
    return sorted(platforms.items(), key=lambda pair: pair[0])


def _say(telling: Telling) -> None:
    for alert in telling.new:
        if alert.key.partition(" ")[0] not in _KINDS_WITH_LINES:
            _log.warning("alert begun", key=alert.key, sentence=alert.sentence)
    for alert in telling.over:
        if alert.key.partition(" ")[0] not in _KINDS_WITH_LINES:
            _log.info("alert over", key=alert.key, sentence=resolution(alert))


async def look_safely(operator: Operator, *, outage: Outage | None, jump: ClockJump | None) -> None:
    """As `Operator.look`; a bug in it stops nothing. Raises StoreError."""
    try:
        await operator.look(outage=outage, jump=jump)
    except StoreError:
        raise
    except PaperboyError as error:
        _log.warning("the operator could not be told", error=error.sentence())
    except Exception:  # noqa: BLE001 - what tells of trouble must not become one; it is logged whole
        _log.exception("telling the operator crashed")
