"""What a button under a Telegram message brings back: the action and its paper in at most 64 bytes.

Nothing is remembered: a button pressed months later, or after a restart, still means its paper. An identifier that is
too long for 64 bytes (a long DOI, an address) is carried as a digest of itself, and found again among the words and
links of the message that the button belongs to. Pure; `client` calls it.
"""

from __future__ import annotations

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
_DIGEST: Final = "#"


def data_of(action: Action) -> str:
    """`bm:arxiv:2601.15529`; `bm:#` and a digest where that is too long; empty where there is no paper to carry."""
    if action.paper is None:
        return ""
    prefix = f"{_SHORT.get(action.name, action.name)}:"
    whole = f"{prefix}{action.paper}"
    data = whole if len(whole.encode()) <= LONGEST else f"{prefix}{_digest(action.paper)}"
    return data if len(data.encode()) <= LONGEST else ""


def pressed(data: str, words: Iterable[str]) -> tuple[str, PaperId] | None:
    """The action's name and its paper; None where it is no button of ours, or its paper is not among the words.

    `words` are those of the button's message and the addresses that its links lead to.
    """
    prefix, _, written = data.partition(":")
    name = _NAMES.get(prefix, prefix)
    if written.startswith(_DIGEST):
        named = (paper for word in words if (paper := _paper(word)))
        return next(((name, paper) for paper in named if _digest(paper) == written), None)
    scheme, colon, value = written.partition(":")
    return (name, PaperId(scheme, value)) if name and colon and value else None


def _digest(paper: PaperId) -> str:
    return _DIGEST + urlsafe_b64encode(sha256(str(paper).encode()).digest()[:18]).decode()


def _paper(word: str) -> PaperId | None:
    try:
        return PaperId.parse(word)
    except BadIdentifier:
        return None
