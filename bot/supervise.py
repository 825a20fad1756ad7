"""Keeps platforms running side by side: what breaks one is its own state, told and tried again, and the others go on.

Called by `bot.run`. A wrong token, an outage and a bug look the same from here: a sentence, a pause that grows, another
try.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from core.converse.ports import ChatPlatform, Desk
from core.errors import PaperboyError
from core.time import Clock

FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 300.0
#: who stayed up this long has earned a fresh start, in seconds
STEADY_S: Final = 60.0

_log = structlog.get_logger("paperboy")


class Health(StrEnum):
    """How a platform is."""

    CONNECTED = "connected"
    DOWN = "down"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """How one platform is, and why."""

    health: Health
    #: whom it is connected as, or what went wrong
    detail: str
    #: how many times in a row it went down
    failures: int = 0


States = MutableMapping[str, PlatformState]


async def keep_running(chat: ChatPlatform, desk: Desk, clock: Clock, states: States) -> None:
    """Run one platform until it ends by itself; start it again, ever more slowly, whenever it breaks."""
    failures = 0
    while True:
        began = clock.now()
        try:
            await _run_once(chat, desk, states)
        except PaperboyError as error:
            detail = error.sentence()
        except Exception as error:  # noqa: BLE001 - one platform's bug must not stop the others; it is logged whole
            _log.exception("crashed", platform=chat.platform)
            detail = f"a bug stopped it ({type(error).__name__}: {error})"
        else:
            states[chat.platform] = PlatformState(health=Health.ENDED, detail="ended")
            return
        was_steady = (clock.now() - began).total_seconds() >= STEADY_S
        failures = 1 if was_steady else failures + 1
        states[chat.platform] = PlatformState(health=Health.DOWN, detail=detail, failures=failures)
        pause = pause_s(failures)
        _log.warning(f"{chat.platform} is down: {detail} Trying again in {pause:.0f} s.")
        await clock.sleep(pause)


async def _run_once(chat: ChatPlatform, desk: Desk, states: States) -> None:
    async with chat.opened():
        states[chat.platform] = PlatformState(health=Health.CONNECTED, detail=await chat.whoami())
        _log.info(f"{chat.platform} is connected as {states[chat.platform].detail}.")
        await chat.run(desk)


def pause_s(failures: int) -> float:
    """How long to wait after that many failures in a row, in seconds: 2, 4, 8, ... up to five minutes."""
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_S)


async def stop_with(first: asyncio.Task[None], others: Sequence[asyncio.Task[None]]) -> None:
    """When the first one ends (the person left the terminal), the others end as well."""
    await asyncio.wait([first])
    for task in others:
        task.cancel()
