"""Keeps platforms running side by side: a failure of one is recorded as its state and retried, and the others go on.

Called by `bot.run`. A wrong token, an outage and a bug look the same from here: a sentence, a pause that grows, another
try. A platform that another process serves is waited for, and listened to meanwhile where that is possible.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, Final

import structlog

from bot.operation.lines import moment
from bot.operation.pulse import CONNECTING_S, Pulse
from bot.operation.tenure import Tenure
from core.converse.ports import ChatPlatform, Desk
from core.errors import PaperboyError
from core.operate.services import Claim, Health, PlatformState, state_as_heard
from core.time import Clock

FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 300.0
#: who stayed up this long has earned a fresh start, in seconds
STEADY_S: Final = 60.0
#: seconds between two looks at whether the other process still serves a platform
LOOK_EVERY_S: Final = 5.0
#: seconds that a platform has to finish what it took and to close
CLOSING_S: Final = 15.0

#: of a platform that nobody here has tried to connect
_UNTRIED_HEALTH: Final = (Health.STARTING, Health.WAITING)

_log = structlog.get_logger("paperboy")


class States(dict[str, PlatformState]):
    """How each platform is; `change` is set whenever that changes."""

    def __init__(self) -> None:
        super().__init__()
        self.change = asyncio.Event()
        self._tried = asyncio.Event()
        self._tried_platforms: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._refused: Counter[str] = Counter()
        self._listening: set[str] = set()
        self._chats: dict[str, ChatPlatform] = {}

    def ask(self, chat: ChatPlatform) -> None:
        """Have each snapshot ask a platform how it hears people, and whether others use its token."""
        self._chats[chat.platform] = chat

    def listen(self, platform: str, *, is_heard: bool) -> None:
        """Note whether this process hears what people do on a platform that several listen to."""
        (self._listening.add if is_heard else self._listening.discard)(platform)
        self.change.set()

    def refuse(self, platform: str) -> None:
        """Count a command that was left because of a flood; that alone is no change."""
        self._refused[platform] += 1

    def snapshot(self) -> tuple[tuple[str, PlatformState], ...]:
        """Every platform by name, with what is known of it beside its state."""
        return tuple((name, self._complete(name, state)) for name, state in sorted(self.items()))

    def _complete(self, name: str, state: PlatformState) -> PlatformState:
        state = replace(state, refused=self._refused[name], listens=name in self._listening)
        if chat := self._chats.get(name):
            state = replace(state_as_heard(state, chat.hearing), rivals_since=chat.rivals_since)
        return state

    def __setitem__(self, platform: str, state: PlatformState) -> None:
        super().__setitem__(platform, state)
        self.change.set()
        if state.health in _UNTRIED_HEALTH:
            self._tried_platforms[platform].clear()
        else:
            self._tried_platforms[platform].set()
        if any(other_state.health in _UNTRIED_HEALTH for other_state in self.values()):
            self._tried.clear()
        else:
            self._tried.set()

    async def wait_until_tried(self, platform: str) -> None:
        """Return when a platform was tried once: it is connected, or down."""
        await self._tried_platforms[platform].wait()

    async def wait_until_settled(self) -> None:
        """Return when every platform was tried once: it is connected, or down."""
        await self._tried.wait()


async def keep_running(
    chat: ChatPlatform,
    desk: Desk,
    clock: Clock,
    states: States,
    *,
    tenure: Tenure | None = None,
    pulse: Pulse | None = None,
) -> None:
    """Run one platform until it ends by itself; start it again, ever more slowly, whenever it breaks.

    `pulse`: of each try to connect it.
    """
    pulse = pulse or Pulse(CONNECTING_S)
    failures, last_detail = 0, ""
    states.ask(chat)
    states[chat.platform] = PlatformState(health=Health.STARTING, detail="", since=clock.now())
    while True:
        began = clock.now()
        try:
            if tenure:
                await _wait_for_turn(chat.platform, tenure, clock, states)
            began = clock.now()
            await _until_lost(_run_once(chat, desk, clock, states, pulse), chat.platform, tenure)
        except PaperboyError as error:
            detail = error.sentence()
        except Exception as error:  # noqa: BLE001 - one platform's bug must not stop the others; it is logged whole
            _log.exception("crashed", platform=chat.platform)
            detail = f"a bug stopped it ({type(error).__name__}: {error})"
        else:
            if tenure and tenure.is_lost:
                _log.warning("platform lost", platform=chat.platform)
                continue
            states[chat.platform] = PlatformState(health=Health.ENDED, detail="ended", since=clock.now())
            return
        was_steady = (clock.now() - began).total_seconds() >= STEADY_S
        failures = 1 if was_steady else failures + 1
        since = states[chat.platform].since if failures > 1 else clock.now()
        states[chat.platform] = PlatformState(health=Health.DOWN, detail=detail, since=since, failures=failures)
        pause = pause_s(failures)
        # What is down stays so with the same words: said once, and for those who look, every time.
        event, last_detail = "platform down" if detail != last_detail or was_steady else "still down", detail
        _log.log(_LEVEL[event], event, platform=chat.platform, problem=detail, pause_s=pause)
        await clock.sleep(pause)


_LEVEL: Final = {"platform down": 30, "still down": 20}


async def _wait_for_turn(platform: str, tenure: Tenure, clock: Clock, states: States) -> None:
    """Return when this process may serve the platform; say once who serves it until then. Raises StoreError."""
    last_claim: Claim | None = None
    while not await tenure.begin():
        standing = tenure.standing
        if standing and (last_claim is None or last_claim.origin != standing.origin):
            origin, last_claim = standing.origin, standing
            _log.info("platform waiting", platform=platform, host=origin.host, pid=origin.pid, since=standing.since)
            detail = f"served by another process ({origin.host}, {origin.pid}) since {moment(standing.since)}"
            states[platform] = PlatformState(health=Health.WAITING, detail=detail, since=clock.now())
        await clock.sleep(LOOK_EVERY_S)


async def _until_lost(work: Coroutine[Any, Any, None], platform: str, tenure: Tenure | None) -> None:
    """Do the work until its end, until it is cancelled, or until another process has taken the platform over.

    What does not close in time is left, so that nothing that hangs keeps the others from closing.
    """
    task = asyncio.ensure_future(work)
    ends: set[asyncio.Future[None]] = {task}
    if tenure:
        ends.add(asyncio.ensure_future(tenure.loss()))
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in ends:
            future.cancel()
        await asyncio.wait(ends, timeout=CLOSING_S)
        if not task.done():
            _log.warning("service hanging", what=platform, longest_s=CLOSING_S)
    if task.done() and not task.cancelled():
        task.result()


async def _run_once(chat: ChatPlatform, desk: Desk, clock: Clock, states: States, pulse: Pulse) -> None:
    with ExitStack() as connecting:
        connecting.enter_context(pulse.on_duty())
        async with chat.open():
            identity = await chat.whoami()
            states[chat.platform] = PlatformState(health=Health.CONNECTED, detail=identity, since=clock.now())
            connecting.close()
            if chat.platform != "terminal":  # whoever sits there knows
                _log.info("platform connected", platform=chat.platform, identity=identity)
            await chat.run(desk)


async def keep_listening(chat: ChatPlatform, clock: Clock, states: States) -> None:
    """Hear what people do on a platform, whoever serves it, until cancelled; again, ever more slowly, when it breaks.

    Where this process serves the platform, `keep_running` tells what is wrong.
    """
    failures, last_detail = 0, ""
    while True:
        began = clock.now()
        try:
            async with chat.open():
                await chat.listen(partial(states.listen, chat.platform, is_heard=True))
        except PaperboyError as error:
            detail = error.sentence()
        except Exception as error:  # noqa: BLE001 - as in `keep_running`
            _log.exception("crashed", platform=chat.platform)
            detail = f"a bug stopped it ({type(error).__name__}: {error})"
        finally:
            states.listen(chat.platform, is_heard=False)
        failures = 1 if (clock.now() - began).total_seconds() >= STEADY_S else failures + 1
        pause = pause_s(failures)
        if detail != last_detail and states[chat.platform].health is Health.WAITING:
            _log.warning("listening failed", platform=chat.platform, problem=detail, pause_s=pause)
            last_detail = detail
        await clock.sleep(pause)


def pause_s(failures: int) -> float:
    """How long to wait after that many failures in a row, in seconds: 2, 4, 8, ... up to five minutes."""
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_S)


async def stop_with(first: asyncio.Task[None], followers: Sequence[asyncio.Task[None]]) -> None:
    """When the first one ends (the person left the terminal), the others end as well."""
    await asyncio.wait([first])
    for task in followers:
        task.cancel()
