"""What a channel's digest has learned, as a person reads it: a sentence for `/settings`, and an answer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.choose.profile.opinions import Taste, taste_of
from core.choose.profile.signs import Correction, KeptProfile, Wanted
from core.posts.tree import Audience, Block, Note, Paragraph, Post, prose, text
from core.text.readable import clip_text, counted

#: what is typed to forget it
FORGET: Final = "forget"
_FEW: Final = 5
_LONGEST_WORD: Final = 40
_FORMS: Final = {Wanted.MORE: "more {}", Wanted.LESS: "less {}", Wanted.NEITHER: "no weight on {}"}
_HOW: Final = (
    "To correct it: `/settings learned less diffusion` or `/settings learned forget diffusion`; a paper by its number. "
    "To begin anew: `/settings learned forget`"
)
NOTHING: Final = "Nothing was learned yet. Bookmark papers, or rate them with 👍 and 👎, and the next digest heeds it."
FORGOTTEN: Final = "Forgotten. Reading lists stay as they are; what people say from now on counts."


def sentence(profile: KeptProfile | None, corrections: Sequence[Correction] = (), *, is_private: bool = False) -> str:
    """What was learned as one sentence; empty where there is nothing."""
    taste = taste_of(profile, corrections)
    wished = {wanted: [one.term for one in corrections if one.term and one.wanted is wanted] for wanted in Wanted}
    liked = (*wished[Wanted.MORE], *(taste.liked if taste else ()))[:_FEW]
    disliked = (*wished[Wanted.LESS], *(taste.disliked if taste else ()))[:_FEW]
    wanted, unwanted = _listed(liked), _listed(disliked)
    what = " and ".join(part for part in (wanted and f"more {wanted}", unwanted and f"less {unwanted}") if part)
    if taste is None:
        return f"Wanted: {what}." if what else ""
    return f"Learned from {_from(taste, is_private=is_private)}{f': {what}' if what else ''}."


def answer(
    profile: KeptProfile | None,
    corrections: Sequence[Correction] = (),
    *,
    seeds: int = 0,
    waiting: int = 0,
    note: str = "",
    is_private: bool = False,
) -> Post:
    """All that was learned in words, what people corrected, and how to correct or forget it.

    `waiting`: papers that were saved or rated, and that a digest is yet to learn from.
    """
    taste = taste_of(profile, corrections)
    blocks: list[Block] = [Note(spans=prose(note))] if note else []
    if taste is not None:
        blocks.append(Paragraph(spans=(text(f"Learned from {_from(taste, is_private=is_private)}."),)))
        for name, words in (("More", taste.liked), ("Less", taste.disliked)):
            if words:
                blocks.append(Paragraph(spans=(text(f"{name}: {_listed(words)}"),)))
    if seeds:
        blocks.append(Paragraph(spans=(text(f"{counted(seeds, 'paper')} of a library teach it too."),)))
    if corrected := corrections_in_words(corrections):
        blocks.append(Paragraph(spans=(text(f"Corrected: {corrected}"),)))
    if not blocks:
        waits = f"Nothing was learned yet. The next digest learns from {counted(waiting, 'paper')} saved or rated here."
        blocks.append(Paragraph(spans=prose(waits if waiting else NOTHING)))
    elif taste is not None or seeds or corrections:
        blocks.append(Note(spans=prose(_HOW)))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback="What this channel's digest has learned")


def corrections_in_words(corrections: Sequence[Correction]) -> str:
    """What people corrected: `less diffusion; fog is neither for nor against a paper`; empty where nothing was."""
    parts = []
    for wanted, form in _FORMS.items():
        if terms := [one.term for one in corrections if one.term and one.wanted is wanted]:
            parts.append(form.format(_listed(terms)))
    if papers := [str(one.paper) for one in corrections if one.paper]:
        parts.append(f"forgotten {_listed(papers)}")
    return "; ".join(parts)


def _from(taste: Taste, *, is_private: bool) -> str:
    passed = f" and {counted(taste.passed, 'other')}" if taste.passed else ""
    return f"{counted(taste.picked, 'paper')} that {'you' if is_private else 'people here'} liked{passed}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(clip_text(word, _LONGEST_WORD) for word in words)
