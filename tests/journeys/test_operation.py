"""Real operation: the program as a process, three platforms, a terminal, faults, people and kills.

`make test` lives through the days around the end of Europe's summer time; `make soak` through the fortnight in which
America's ends as well, and kills the service as often as it was asked to.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from tests.journeys.account import settle
from tests.journeys.operation import a_town, due_moments
from tests.journeys.paperboy import Paperboy
from tests.journeys.visits import Life, Trial
from tests.shared import needs_shared
from tests.soak import IS_SOAK, kills

_log = logging.getLogger(__name__)
SEED = 20251026
#: ways in which arXiv does not tell a category
WRONG: tuple[dict[str, object], ...] = (
    {"status": 500},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"status": 403},
    {"status": 429, "headers": {"Retry-After": "1"}, "body": "Rate exceeded."},
    {"status": 200, "body": "<html>Sorry, we are down for maintenance.</html>"},
    {"reset": True, "truncate_at": 300},
)


def at(day: int, hour: int, month: int = 10) -> datetime:
    return datetime(2025, month, day, hour, tzinfo=UTC)


#: from Friday evening to Monday: the machine is off for parts of it, then everything goes wrong
LONG_WEEKEND = {
    at(25, 6): Trial(is_off=True),
    at(25, 13): Trial(kills=1),
    at(25, 22): Trial(is_off=True),
    at(26, 13): Trial(is_off=True),
    at(26, 22): Trial(is_off=True),
    at(27, 6): Trial(scope="cs.CL", wrong=WRONG[0]),
    at(27, 7): Trial(down="slack", hangs=True, kills=1),
    at(27, 13): Trial(kills=1, stumbles=("slack", "telegram")),
}
#: since when and until when
SHORT = at(24, 21), at(27, 14)
FORTNIGHT = at(19, 21), at(3, 0, month=11)


def a_fortnight(moments: Sequence[datetime], chance: random.Random, kills: int) -> Mapping[datetime, Trial]:
    """Anything goes wrong at any moment, but what is late has another moment on its day."""
    kinds: dict[datetime, str] = {}
    before = "calm"
    for moment in moments[1:-2]:
        ill = before not in ("off", "down", "hangs") and chance.random() < 0.4
        kinds[moment] = before = (
            chance.choice(("off", "off", "down", "down", "hangs", "source", "source")) if ill else "calm"
        )
    alive = [moment for moment in moments if kinds.get(moment) != "off"]
    deaths = Counter(chance.choice(alive) for _ in range(kills))
    return {moment: _trial(kinds.get(moment, "calm"), deaths[moment], chance) for moment in moments}


def _trial(kind: str, deaths: int, chance: random.Random) -> Trial:
    platforms = ("slack", "discord", "telegram")
    return Trial(
        kills=deaths,
        is_off=kind == "off",
        scope=chance.choice(("cs.CL", "cs.CV", "cs.AI")) if kind == "source" else "",
        wrong=chance.choice(WRONG) if kind == "source" else {},
        down=chance.choice(platforms) if kind == "down" else "",
        hangs=kind == "hangs",
        stumbles=tuple(chance.sample(platforms, chance.choice((0, 0, 1, 2)))) if kind == "calm" else (),
    )


@needs_shared
@pytest.mark.slow
async def test_real_operation(paperboy: Paperboy) -> None:
    """Every digest arrives once, in its hour or marked late; nothing is lost or doubled, and the operator knows."""
    chance = random.Random(SEED)
    since, until = FORTNIGHT if IS_SOAK else SHORT
    due = due_moments(since, until)
    trials = a_fortnight(list(due), chance, kills(0)) if IS_SOAK else LONG_WEEKEND
    async with a_town(paperboy, since, chance) as town:
        life = Life(town)
        try:
            await life.live(due, trials)
            account = await settle(life, since, until, asked=200 if IS_SOAK else 10)
        except BaseException as error:
            error.add_note(f"seed {SEED}; visits: {len(life.visits)}; trials: {_describe(trials)}")
            raise
    _log.warning("%s", account)
    assert account.digests >= (50 if IS_SOAK else 10)
    assert life.kills == sum(trial.kills for trial in trials.values())


def _describe(trials: Mapping[datetime, Trial]) -> str:
    """What each visit had to endure, as far as it was anything."""
    named = {moment: {name: value for name, value in vars(one).items() if value} for moment, one in trials.items()}
    return "; ".join(f"{moment:%d %b %H:%M} {what}" for moment, what in named.items() if what)
