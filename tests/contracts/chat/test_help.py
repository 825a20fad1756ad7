"""The help, and what is said of a command that is none: on every platform, in its own words."""

from __future__ import annotations

import pytest

from core.converse.grammar import NAMES
from core.converse.ports import Store
from tests.fakes.desk import FakeDesk, real_desk
from tests.fakes.platform_drivers import Stage


async def test_the_help_begins_with_three_steps(stage: Stage, store: Store) -> None:
    """Who is new reads how to begin, then every command with an example that can be typed as it stands there."""
    await stage.person_types(real_desk(store), ["/help"])
    shown = stage.flat()
    assert "Three steps to begin" in shown
    assert shown.index(f"{stage.typed('subscribe')} cs.CL") < shown.index("What Paperboy answers")
    assert all(group in shown for group in ("Read", "Find", "Keep", "Set up"))
    for name in {*NAMES} - {"paper"}:
        assert stage.typed(name) in shown


async def test_one_command_is_shown_with_its_settings(stage: Stage, store: Store) -> None:
    """`/help digest` shows examples and the settings that the digest follows."""
    await stage.person_types(real_desk(store), ["/help digest"])
    assert f"{stage.typed('digest')} catchup 7d" in stage.flat()
    assert f"{stage.typed('settings')} size" in stage.flat()


@pytest.mark.parametrize(
    ("typed", "name", "arguments"),
    [
        ("/search “graph nets” ｉｎ：cs.CL –survey", "search", '"graph nets" in:cs.CL -survey'),
        ("/digest\u00a0catchup\u00a07d", "digest", "catchup 7d"),
    ],
)
async def test_keyboards_signs_mean_the_same_everywhere(stage: Stage, typed: str, name: str, arguments: str) -> None:
    """Smart quotes, dashes, full-width signs and odd spaces arrive at the desk as plain ones."""
    desk = FakeDesk()
    await stage.person_types(desk, [typed])
    assert [(one.name, one.arguments) for one in desk.commands] == [(name, arguments)]


async def test_a_commands_name_is_no_title(stage: Stage) -> None:
    """`/paper bookmark` is answered with the command that was meant, and no paper is looked for."""
    desk = FakeDesk()
    await stage.person_types(desk, ["/paper bookmark"])
    assert desk.commands == []
    assert f"Did you mean {stage.typed('bookmarks')}?" in stage.flat()
