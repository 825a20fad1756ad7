"""What a person typed, as a plain keyboard writes it: phones and word processors put other signs in the place of some.

Smart quotes, full-width signs and odd spaces mean what plain ones mean in commands. What cannot be seen is left out,
and what no database takes. Pure; every grammar of ours reads text that was straightened.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.text.invisible import CONTROLS, HALVES, HIDING, SOFT_BREAKS, any_character

#: full-width signs, of which ？ and ！ end sentences and stay
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "？！"}
_HIDDEN: Final = any_character(HIDING, SOFT_BREAKS)
_SIGNS: Final = _WIDE | str.maketrans(
    {
        **dict.fromkeys("“”„‟«»〝〞「」『』", '"'),
        **dict.fromkeys("‘’‚‛‹›´", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
    }
)
#: a dash that stands for a hyphen or a minus: `mon–fri`, `–survey`; between words it is a dash
_DASH: Final = re.compile(r"(?<=\w)–(?=\w)|(?<!\S)[–—](?=\w)")
_BINARY: Final = any_character(CONTROLS, "\x85", HALVES)
#: every sign of an address is meant
_ADDRESS: Final = re.compile(r"(https?://[^\s“”„«»]+)", re.IGNORECASE)


def straighten(text: str) -> str:
    """The same words in plain signs, without white space around them. Straightened text stays as it is."""
    plain = _HIDDEN.sub("", _BINARY.sub(" ", text))
    if plain.isascii():
        return plain.strip()
    parts = _ADDRESS.split(plain)
    parts[::2] = map(_plain, parts[::2])
    return "".join(parts).strip()


def _plain(words: str) -> str:
    chars = (" " if unicodedata.category(char) == "Zs" else char for char in words.translate(_SIGNS))
    return _DASH.sub("-", "".join(chars))
