"""Floods of commands: one polite answer, then silence until the time is over, within a bound of memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, UserRef
from core.converse.command import Command, Mistake
from core.converse.floods import CHANNEL, PERSON, Floods, LimitedDesk
from core.converse.wrapped import WrappedDesk
from core.errors import Unheard, UnknownCommand
from core.posts.tree import Audience
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk

HERE, THERE = ChannelRef("slack", "T1", "C1"), ChannelRef("slack", "T1", "C2")
CLOCK = FakeClock()


def person(number: int) -> UserRef:
    return UserRef("slack", "T1", f"U{number}")


def a_command(clock: FakeClock, *, user: int = 1, place: ChannelRef = HERE) -> Command:
    return Command(name="help", actor=person(user), place=place, at=clock.now())


async def test_one_polite_answer_then_silence() -> None:
    """Who gives more than twenty commands at once hears once how long to wait, and is heard again after that."""
    clock, behind, counted = FakeClock(), FakeDesk(), list[str]()
    desk = LimitedDesk(behind, count=counted.append)
    for _ in range(PERSON.burst):
        await desk.handle(a_command(clock))
    told = await desk.handle(a_command(clock))
    assert told.fallback == "You ask more than Paperboy can answer at once. It answers you again in 30 seconds."
    assert told.audience is Audience.ASKER
    for _ in range(100):
        with pytest.raises(Unheard):
            await desk.handle(a_command(clock))
    await desk.handle(a_command(clock, user=2))
    assert len(behind.commands) == PERSON.burst + 1
    assert counted == ["slack"] * 101
    clock.move(PERSON.pause)
    await desk.handle(a_command(clock))
    assert len(behind.commands) == PERSON.burst + 2


async def test_one_person_silences_no_channel() -> None:
    """However much one person asks, others in the channel are heard; many at once are asked to wait there alone."""
    clock, behind = FakeClock(), FakeDesk()
    desk = LimitedDesk(behind)
    for _ in range(PERSON.burst + 1):
        await desk.handle(a_command(clock, user=0))
    for _ in range(1_000):
        with pytest.raises(Unheard):
            await desk.handle(a_command(clock, user=0))
    for number in range(CHANNEL.burst - PERSON.burst):
        await desk.handle(a_command(clock, user=1 + number))
    assert len(behind.commands) == CHANNEL.burst
    told = await desk.handle(a_command(clock, user=500))
    assert told.fallback.startswith("This channel asks more than Paperboy can answer at once.")
    with pytest.raises(Unheard):
        await desk.handle(a_command(clock, user=501))
    await desk.handle(a_command(clock, user=502, place=THERE))
    clock.move(CHANNEL.pause)
    await desk.handle(a_command(clock, user=501))


async def test_words_that_are_no_command_count() -> None:
    """Who floods with nonsense is told once to wait as well, and nothing is said of it after that."""
    clock, behind = FakeClock(), FakeDesk()
    desk = LimitedDesk(behind)
    mistake = Mistake(error=UnknownCommand("There is no command 'x'."), actor=person(1), place=HERE, at=clock.now())
    said = [(await desk.correct(mistake)).fallback for _ in range(PERSON.burst + 1)]
    assert said[-1].startswith("You ask more than Paperboy can answer at once.")
    with pytest.raises(Unheard):
        await desk.correct(mistake)
    with pytest.raises(Unheard):
        await desk.handle(a_command(clock))


async def test_a_steady_pace_is_no_flood() -> None:
    """A command every two seconds is answered for ever."""
    clock, behind = FakeClock(), FakeDesk()
    desk = LimitedDesk(behind)
    for _ in range(500):
        await desk.handle(a_command(clock))
        clock.move(timedelta(seconds=2))
    assert len(behind.commands) == 500


async def test_a_terminal_has_no_floods() -> None:
    """Who pipes commands into a terminal is answered every one."""
    clock, behind = FakeClock(), FakeDesk()
    desk = LimitedDesk(behind)
    for _ in range(200):
        await desk.handle(replace(a_command(clock), place=ChannelRef("terminal", "", "main")))
    assert len(behind.commands) == 200


def test_memory_is_bounded() -> None:
    """A crowd makes no memory grow: who was silent for the longest time is forgotten."""
    floods = Floods(most=50)
    for number in range(5_000):
        assert floods.refuse(a_command(CLOCK, user=number, place=ChannelRef("slack", "T1", f"C{number}"))) is None
    assert len(floods) == 50


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-40, 40)), max_size=80))
def test_a_refusal_is_told_once_and_ends(steps: list[tuple[int, int]]) -> None:
    """Whatever the order and the clock's jumps, nobody is told twice between two answers, nor silenced for ever."""
    floods, clock = Floods(), FakeClock()
    told: dict[object, int] = {}
    for user, seconds in steps:
        clock.move(timedelta(seconds=seconds))
        refusal = floods.refuse(a_command(clock, user=user))
        if refusal is None:
            told[person(user)] = told[HERE] = 0
        elif not refusal.is_known:
            told[refusal.whose] = told.get(refusal.whose, 0) + 1
            assert told[refusal.whose] <= 1 or seconds < 0
    clock.move(timedelta(minutes=5))
    assert floods.refuse(a_command(clock, user=0)) is None


async def test_all_else_is_passed_on() -> None:
    """A desk with limits takes pasted links, and tells who saved a paper, as the one behind it."""
    assert not {"pasted", "saved_by", "react", "shown", "complete", "channel_changed"} & {*vars(LimitedDesk)}
    assert issubclass(LimitedDesk, WrappedDesk)
