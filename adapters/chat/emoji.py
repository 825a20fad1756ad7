"""Which feeling an emoji or a word stands for, however a platform or a person spells it. Pure; for every platform."""

from __future__ import annotations

import re
from typing import Final

from core.posts.reactions import Feeling

_SPELLINGS: Final = {
    Feeling.BOOKMARK: ("🔖", "✍", "bookmark", "bookmarks", "bookmarked", "writing_hand", "save"),
    Feeling.MORE: ("👍", "+1", "thumbsup", "thumbs_up", "more", "like"),
    Feeling.LESS: ("👎", "-1", "thumbsdown", "thumbs_down", "less", "dislike"),
}
_FEELINGS: Final = {spelling: feeling for feeling, spellings in _SPELLINGS.items() for spelling in spellings}

#: skin tones, as characters and as Slack writes them, and the selectors that ask for a picture or for text
_DECORATION: Final = re.compile("::?skin-tone-[2-6]|[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f]")


def feeling_of(reaction: str) -> Feeling | None:
    """`👍🏽`, `:+1::skin-tone-3:`, `thumbsup` -> MORE; None for one that says nothing about a paper."""
    return _FEELINGS.get(_DECORATION.sub("", reaction).strip(": ").casefold())


def emoji_of(feeling: Feeling) -> str:
    """The emoji that is shown for a feeling."""
    return _SPELLINGS[feeling][0]
