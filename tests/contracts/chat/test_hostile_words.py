"""What somebody types in a chat is repeated harmless, on every platform."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from core.channels import Subscription
from core.choose.rules import judging
from core.converse.grammar import split
from core.converse.ports import Store
from core.deliver import compose
from core.errors import PaperboyError
from core.papers.identifiers import PaperId
from core.papers.search import parse_query
from tests.fakes.desk import real_desk
from tests.fakes.papers import AT, DAY
from tests.fakes.platform_drivers import PlatformDriver

HOSTILE = "\x1b[31mx\x07\x9b2J\u202egnp\u2066\x7f\u200b @everyone <!channel>"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
ASKED: dict[str, Callable[[], object]] = {
    "a command": lambda: split(f"/{HOSTILE}"),
    "an identifier": lambda: PaperId.parse(HOSTILE),
    "a date": lambda: parse_query(f'since:"{HOSTILE}"', today=DAY),
    "a rule": lambda: judging.parse(f"({HOSTILE}"),
}


@pytest.mark.parametrize("what", ASKED)
async def test_errors_repeat_what_was_typed_harmless(driver: PlatformDriver, what: str) -> None:
    """The answer to a senseless word names it, without a character that a screen would obey."""
    with pytest.raises(PaperboyError) as failure:
        ASKED[what]()
    post = compose.error(failure.value)
    for outgoing in driver.chat.plan(driver.channel, post, key="1"):
        await driver.chat.send(driver.channel, outgoing, None)
    assert "31m" in driver.seen()
    assert not OBEYED.search(driver.seen())


async def test_what_no_database_can_hold_is_kept_as_far_as_it_can(driver: PlatformDriver, store: Store) -> None:
    """A setting with halves of characters, zeros and signs that reorder text is saved and shown, harmless."""
    await store.save_subscription(Subscription(channel=driver.channel, categories=("cs.CL",)), at=AT)
    desk = real_desk(store)
    await driver.person_manages(desk, "/settings interest lanterns \ud800 in\u202e fog \udfff")
    assert "Nothing was saved yet" in driver.flat() and "lanterns" in driver.flat()
    await driver.person_presses(desk, "Save")
    (saved,) = await store.subscriptions()
    assert saved.interest.startswith("lanterns") and saved.interest.encode()
    assert not OBEYED.search(driver.seen())
