"""What a Telegram message asks of the bot, if anything: commands with and without its name, mentions, plain words.

Pure; `events` calls it for every message that Telegram hands over.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from core.converse.grammar import NAMES, split, spoken
from core.text.keyboard import straighten

_COMMAND: Final = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,64})(?:@(?P<bot>\w+))?(?=[\s:]|$):?\s*(?P<rest>.*)", re.DOTALL)
#: what Telegram's own buttons and habits type
_HABITS: Final = {"start": "help", "stop": "unsubscribe"}


def understand(text: str, *, bot: str, is_private: bool, is_reply: bool = False) -> tuple[str, str] | None:
    """The command's name and arguments; None where the words are for somebody else.

    `bot` is our own user name; in a private chat every word is for us; `is_reply`: it replies to another message.
    Raises UsageError.
    """
    words = straighten(text)
    if match := _COMMAND.match(words):
        return _command(match, bot=bot, is_private=is_private)
    question, mentions = re.subn(rf"@{re.escape(bot)}\b\s*", "", words, count=1, flags=re.IGNORECASE)
    if mentions or (is_private and words):
        return spoken(question, in_thread=is_reply)
    return None


def _command(match: re.Match[str], *, bot: str, is_private: bool) -> tuple[str, str] | None:
    name = match["name"].lower()
    if match["bot"] and match["bot"].lower() != bot.lower():
        return None
    if name in _HABITS:
        return _HABITS[name], ""
    if not (is_private or match["bot"] or get_close_matches(name, NAMES, cutoff=0.6)):
        return None  # a group has other bots, and Telegram shows everybody's commands to all of them
    return split(f"/{match['name']} {match['rest']}")
