"""Lines of authors told from other text by the shape of names. Pure; called by `imprint` and `furniture`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: words within names that have no capital
_PARTICLES: Final = frozenset(
    re.findall(
        r"\w+",
        "al bin da dal das de del della den der di do dos du e el ibn la las le los ten ter van vom von y zu zum zur",
    )
)
_BETWEEN_NAMES: Final = _PARTICLES | {"and", "und", "et", "al"}
#: characters in which a sentence shows itself, which saves a closer look
_BEGINNING: Final = 200
_SEPARATOR: Final = re.compile(r"\s*[,;，；、]\s*(?:(?:and|und|et|&)\s+)?|\s+(?:and|und|&)\s+")
_BETWEEN: Final = re.compile(r"\s*[,;]\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+|\s+")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_AND_OTHERS: Final = re.compile(r"[,;]?\s*et al\.?$")
_AFFILIATION: Final = re.compile(r"\s?\([^()]{1,80}\)")
_NO_NAME: Final = re.compile(r"[\d:!?%()\[\]{}<>=+/\\|“”\"]")
#: characters of a line of authors
_LONGEST: Final = 20_000
#: characters of an initial or a suffix with its full stop
_LONGEST_SUFFIX: Final = 4
_MOST_WORDS: Final = 5


def names_in(line: str) -> tuple[str, ...]:
    """The names of a line that holds nothing but names, `Ann Example, Bo van der Probe and C. Sample`; else none."""
    if any(word.isalpha() and word.islower() and word not in _BETWEEN_NAMES for word in line[:_BEGINNING].split()):
        return ()
    line = _AND_OTHERS.sub("", _AFFILIATION.sub("", line[:_LONGEST]).strip().rstrip(";,")).strip()
    if not line or _NO_NAME.search(line):
        return ()
    parts = _SEPARATOR.split(line)
    if len(parts) > 1 and len(parts) % 2 == 0 and all(map(_is_initials, parts[1::2])):
        parts = [f"{initials} {family}" for family, initials in zip(parts[::2], parts[1::2], strict=True)]
    return tuple(parts) if all(map(_is_name, parts)) else ()


def after_names(text: str, names: Sequence[str]) -> str | None:
    """What follows these names, all of them and in order, at the beginning of a text; None where they do not stand."""
    position = 0
    for name in names:
        end = position + len(name)
        if text[position:end].casefold() != name.casefold() or text[end : end + 1] not in ("", " ", ",", ";", "."):
            return None
        between = _BETWEEN.match(text, end)
        position = between.end() if between else end
    return text[position:] if names else None


def _is_initials(part: str) -> bool:
    return part.isupper() and bool(_INITIALS.fullmatch(part))


def _is_name(part: str) -> bool:
    words = part.split()
    if not words or len(words) > _MOST_WORDS or not all(map(_is_name_word, words)):
        return False
    if len(words) == 1:
        # written without a space between the parts
        return 2 <= len(part) <= 4 and all("\u2e80" <= char < "\uff00" for char in part)
    # a sentence ends so, and a name does not
    return not part.endswith(".") or len(words[-1]) <= _LONGEST_SUFFIX


def _is_name_word(word: str) -> bool:
    first = word.lstrip("'’`-")[:1]
    return word in _PARTICLES or (first.isalpha() and not first.islower())
