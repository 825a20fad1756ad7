"""Which feeling an emoji or a word stands for, however a platform or a person spells it. Pure; for every platform."""

from __future__ import annotations

import re
from typing import Final

from core.posts.reactions import Feeling

#: the emoji of each feeling, the first one the one that is shown, each with its other spellings; then words that
#: people type, and emoji that workspaces have made under such names
_EMOJI: Final = {
    Feeling.BOOKMARK: (("🔖", "bookmark"), ("✍", "writing_hand"), ("bookmarks",), ("bookmarked",), ("save",)),
    Feeling.MORE: (("👍", "+1", "thumbsup", "thumbs_up"), ("more",), ("like",)),
    Feeling.LESS: (("👎", "-1", "thumbsdown", "thumbs_down"), ("less",), ("dislike",)),
    Feeling.DONE: (
        ("✅", "white_check_mark"),
        ("✔", "heavy_check_mark"),
        ("☑", "ballot_box_with_check"),
        ("done",),
        ("read",),
    ),
}
_KNOWN: Final = {
    spelling: (feeling, spellings[0])
    for feeling, emoji in _EMOJI.items()
    for spellings in emoji
    for spelling in spellings
}

#: skin tones, as Slack writes them and as characters
_SLACK_TONE: Final = re.compile("::?skin-tone-([2-6])")
_TONE: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
#: the selectors that ask for a picture or for text
_SELECTORS: Final = re.compile("[\ufe0e\ufe0f]")


def feeling_of(reaction: str) -> Feeling | None:
    """`👍🏽`, `:+1::skin-tone-3:`, `thumbsup` -> MORE; None for one that says nothing about a paper."""
    known = _KNOWN.get(_parts(reaction)[0])
    return known[0] if known else None


def emoji_name(reaction: str) -> str:
    """One name of an emoji, however it is spelled: two that platforms count apart have two, as have two skin tones."""
    name, tone = _parts(reaction)
    return _KNOWN[name][1] + tone if name in _KNOWN else name + tone


def emoji_of(feeling: Feeling) -> str:
    """The emoji that is shown for a feeling."""
    return _EMOJI[feeling][0][0]


def _parts(reaction: str) -> tuple[str, str]:
    """The emoji without its skin tone, and that."""
    plain = _SLACK_TONE.sub(lambda match: chr(0x1F3FB + int(match[1]) - 2), _SELECTORS.sub("", reaction))
    tone = _TONE.search(plain)
    return _TONE.sub("", plain).strip(": ").casefold(), tone[0] if tone else ""
