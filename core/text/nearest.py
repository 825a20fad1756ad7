"""What somebody probably meant to type: the nearest of some names, and none where none is near."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process

#: likeness in spelling, of 100; below it a suggestion is a guess
_NEAR: Final = 66.0
#: characters of which a name may be the only one to begin with them
_BEGINNING: Final = 3
_LONGEST: Final = 60


def nearest(text: str, names: Iterable[str], *, least: float = _NEAR) -> str:
    """The name that is spelled nearly so, or that alone begins so; empty where none is. Letter case does not count."""
    word, choices = text.strip().lower()[:_LONGEST], list(names)
    completions = [name for name in choices if len(word) >= _BEGINNING and name.lower().startswith(word)]
    if len(completions) == 1:
        return completions[0]
    match = process.extractOne(word, choices, scorer=fuzz.ratio, processor=str.lower, score_cutoff=least)
    return match[0] if match else ""
