"""Does a token look like one? What is wrong is told before a platform is asked, and never the token itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from pydantic import SecretStr

from bot.settings import Settings


class _Shape(NamedTuple):
    pattern: re.Pattern[str]
    looks: str
    where: str


_SHAPES: Final[Mapping[str, _Shape]] = {
    "slack.bot_token": _Shape(
        re.compile(r"xoxb-[\w-]+"), "begins with xoxb-", "Copy the Bot User OAuth Token from OAuth & Permissions."
    ),
    "slack.app_token": _Shape(
        re.compile(r"xapp-[\w-]+"), "begins with xapp-", "Make an app-level token under Basic Information."
    ),
    "discord.token": _Shape(
        re.compile(r"[\w-]+\.[\w-]+\.[\w-]+"),
        "has three parts with dots between them",
        "Copy the token from the application's page Bot; it is neither the client secret nor the public key.",
    ),
    "telegram.token": _Shape(
        re.compile(r"\d+:[\w-]+"), "is digits, a colon, and letters", "Ask @BotFather for the bot's token."
    ),
}


class MisshapenToken(NamedTuple):
    """A token that cannot be right."""

    platform: str
    sentence: str
    hint: str


def misshapen_tokens(settings: Settings) -> Iterator[MisshapenToken]:
    """The tokens that are set and do not look like what they should be."""
    for name, shape in _SHAPES.items():
        platform, _, key = name.partition(".")
        token: SecretStr | None = getattr(getattr(settings, platform), key)
        secret = token.get_secret_value() if token else ""
        if not secret or shape.pattern.fullmatch(secret):
            continue
        around = " There are spaces or quotes around it." if secret != secret.strip(" \t\r\n\"'") else ""
        yield MisshapenToken(platform, f"{name} does not look like a token: that {shape.looks}.{around}", shape.where)
