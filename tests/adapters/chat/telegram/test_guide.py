"""What docs/telegram.md says of the bot's set-up is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.chat.telegram.events import _KINDS
from core.converse.table import TYPED_COMMANDS
from tests.fakes.desk import FakeDesk
from tests.fakes.running import running
from tests.fakes.telegram_driver import opened
from tests.standins.telegram import TelegramStandin

GUIDE = (Path(__file__).parents[4] / "docs" / "telegram.md").read_text("utf-8")


async def test_the_program_sets_up_the_rest_by_itself() -> None:
    """It offers the commands that the guide names, switches webhooks off, and asks for all updates it reads."""
    standin = TelegramStandin()
    with standin.running():
        async with opened(standin) as chat, running(chat, FakeDesk()):
            await standin.wait_until_settled(lambda: standin.requests("getUpdates"))
    (offered,) = standin.requests("setMyCommands")
    names = [command["command"] for command in offered["commands"]]
    assert names == [spec.name for spec in TYPED_COMMANDS]
    (listed,) = re.findall(r"offers its commands in Telegram's menu by itself \(([^)]+)\)", GUIDE)
    assert re.findall(r"/(\w+)", listed) == names
    assert standin.requests("deleteWebhook")
    assert set(_KINDS) <= set(standin.requests("getUpdates")[0]["allowed_updates"])


def test_the_guide_names_what_telegram_gives_to_administrators_alone() -> None:
    """Reactions come to administrators alone, so the guide asks for one without rights; privacy mode may stay on."""
    assert "message_reaction" in _KINDS
    assert re.search(r"Make it an administrator\*\*, without any of the rights", GUIDE)
    assert "Leave privacy mode on" in GUIDE
