"""What a channel's digest has learned, as a person reads it: a sentence for `/settings`, and an answer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.choose.profile.opinions import Taste, taste_of
from core.choose.profile.signs import KeptProfile
from core.posts.tree import Audience, Block, Note, Paragraph, Post, command, prose, text
from core.text.readable import counted, said

#: what is typed to forget it
FORGET: Final = "forget"
_FEW: Final = 5
_LONGEST_WORD: Final = 40
NOTHING: Final = "Nothing was learned yet. Bookmark papers, or rate them with 👍 and 👎, and the next digest heeds it."
FORGOTTEN: Final = "Forgotten. Reading lists stay as they are; what people say from now on counts."


def sentence(profile: KeptProfile | None) -> str:
    """What was learned as one sentence; empty where there is nothing."""
    taste = taste_of(profile)
    if taste is None:
        return ""
    wanted, unwanted = (_listed(words) for words in (taste.liked[:_FEW], taste.disliked[:_FEW]))
    what = " and ".join(part for part in (wanted and f"more {wanted}", unwanted and f"less {unwanted}") if part)
    return f"Learned from {_from(taste)}{f': {what}' if what else ''}."


def answer(profile: KeptProfile | None, note: str = "") -> Post:
    """All that was learned in words, and how to forget it."""
    taste = taste_of(profile)
    blocks: list[Block] = [Note(spans=prose(note))] if note else []
    if taste is None:
        blocks += [] if note else [Paragraph(spans=prose(NOTHING))]
    else:
        blocks.append(Paragraph(spans=(text(f"Learned from {_from(taste)}."),)))
        for name, words in (("More", taste.liked), ("Less", taste.disliked)):
            if words:
                blocks.append(Paragraph(spans=(text(f"{name}: {_listed(words)}"),)))
        blocks.append(Note(spans=(text("To begin anew: "), command("settings", f"learned {FORGET}"))))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback="What this channel's digest has learned")


def _from(taste: Taste) -> str:
    passed = f" and {counted(taste.passed, 'other')}" if taste.passed else ""
    return f"{counted(taste.picked, 'paper')} that people here liked{passed}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(said(word, _LONGEST_WORD) for word in words)
