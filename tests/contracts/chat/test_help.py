"""The help, and what is said of a command that is none: on every platform, in its own words."""

from __future__ import annotations

import pytest

from core.converse.grammar import NAMES
from core.converse.ports import Store
from tests.fakes.desk import FakeDesk, real_desk
from tests.fakes.platform_drivers import PlatformDriver


async def test_the_help_begins_with_three_steps(driver: PlatformDriver, store: Store) -> None:
    """Who is new reads how to begin, then every command with an example that can be typed as it stands there."""
    await driver.person_types(real_desk(store), ["/help"])
    shown = driver.flat()
    assert "Three steps to begin" in shown
    assert shown.index(f"{driver.typed('subscribe')} cs.CL") < shown.index("What Paperboy answers")
    assert all(group in shown for group in ("Read", "Find", "Keep", "Set up"))
    for name in {*NAMES} - {"paper"}:
        assert driver.typed(name) in shown


async def test_one_command_is_shown_with_its_settings(driver: PlatformDriver, store: Store) -> None:
    """`/help digest` shows examples and the settings that the digest follows."""
    await driver.person_types(real_desk(store), ["/help digest"])
    assert f"{driver.typed('digest')} catchup 7d" in driver.flat()
    assert f"{driver.typed('settings')} size" in driver.flat()


@pytest.mark.parametrize(
    ("typed", "name", "arguments"),
    [
        ("/search “graph nets” ｉｎ：cs.CL –survey", "search", '"graph nets" in:cs.CL -survey'),
        ("/digest\u00a0catchup\u00a07d", "digest", "catchup 7d"),
    ],
)
async def test_keyboards_signs_mean_the_same_everywhere(
    driver: PlatformDriver, typed: str, name: str, arguments: str
) -> None:
    """Smart quotes, dashes, full-width signs and odd spaces arrive at the desk as plain ones."""
    desk = FakeDesk()
    await driver.person_types(desk, [typed])
    assert [(one.name, one.arguments) for one in desk.commands] == [(name, arguments)]


async def test_a_commands_name_is_no_title(driver: PlatformDriver) -> None:
    """`/paper bookmark` is answered with the command that was meant, and no paper is looked for."""
    desk = FakeDesk()
    await driver.person_types(desk, ["/paper bookmark"])
    assert desk.commands == []
    assert f"Did you mean {driver.typed('bookmarks')}?" in driver.flat()
