"""What a button under a Telegram message brings back: a command's name and its arguments in at most 64 bytes.

Nothing is remembered: a button pressed months later, or after a restart, still means the same command. An identifier
of a paper that is too long for 64 bytes (a long DOI, an address) is carried as a digest of itself, and found again
among the words and links of the message that the button belongs to. What is told in a person's private chat about
another chat has buttons that name that chat. Pure; `plan`, `surfaces` and `events` call it.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from core.errors import BadIdentifier
from core.papers.identifiers import PaperId
from core.posts.tree import Action

#: bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton)
LONGEST: Final = 64

_SHORT: Final = {"bookmark": "bm"}
_NAMES: Final = {short: name for name, short in _SHORT.items()}
_ELSEWHERE: Final = re.compile(r"@(?P<chat>-?\d+(?:/\d+)?|@\w+) (?P<data>.*)", re.DOTALL)
_DIGEST: Final = re.compile(r"#[\w-]{24}", re.ASCII)


def data_of(action: Action) -> str:
    """`bm:arxiv:2601.15529`; `bm:#` and a digest for a long identifier; empty where nothing can carry the arguments."""
    prefix = f"{_SHORT.get(action.name, action.name)}:"
    data = f"{prefix}{action.arguments}"
    if len(data.encode()) <= LONGEST and not _DIGEST.fullmatch(action.arguments):
        return data
    data = f"{prefix}{_digest(action.arguments)}"
    return data if len(data.encode()) <= LONGEST and _paper(action.arguments) == action.arguments else ""


def read_button(data: str, words: Iterable[str]) -> tuple[str, str] | None:
    """The command's name and its arguments; None where it is no button of ours, or its paper is not among the words.

    `words` are those of the button's message and the addresses that its links lead to.
    """
    prefix, colon, arguments = data.partition(":")
    if not (prefix and colon):
        return None
    name = _NAMES.get(prefix, prefix)
    if not _DIGEST.fullmatch(arguments):
        return name, arguments
    papers = (paper for word in words if (paper := _paper(word)))
    return next(((name, paper) for paper in papers if _digest(paper) == arguments), None)


def in_private(data: str, chat: str) -> str:
    """`@-100123 settings:size 20`: a button about that chat, in a person's private chat; empty where it is too long."""
    elsewhere = f"@{chat} {data}"
    return elsewhere if len(elsewhere.encode()) <= LONGEST else ""


def which_chat(data: str) -> tuple[str, str]:
    """The chat that a button is about, empty for the one that it is in, and what it brings besides."""
    match = _ELSEWHERE.fullmatch(data)
    return (match["chat"], match["data"]) if match else ("", data)


def _digest(paper: str) -> str:
    return "#" + urlsafe_b64encode(sha256(paper.encode()).digest()[:18]).decode()


def _paper(word: str) -> str:
    """The identifier that a word spells; empty where it spells none."""
    try:
        return str(PaperId.parse(word))
    except BadIdentifier:
        return ""
