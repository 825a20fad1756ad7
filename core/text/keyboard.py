"""What a person typed, as a plain keyboard writes it: phones and word processors put other signs in the place of some.

Smart quotes, full-width signs and odd spaces mean what plain ones mean in commands. What cannot be seen is left out,
and what no database takes. Pure; every grammar of ours reads text that was straightened.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: full-width signs, of which ？ and ！ end sentences and stay
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "？！"}
#: no width, or a direction
_HIDDEN: Final = str.maketrans(
    dict.fromkeys("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\xad", "")
)
_SIGNS: Final = _WIDE | str.maketrans(
    {
        **dict.fromkeys("“”„‟«»〝〞「」『』", '"'),
        **dict.fromkeys("‘’‚‛‹›´", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
    }
)
#: a dash that stands for a hyphen or a minus: `mon–fri`, `–survey`; between words it is a dash
_DASH: Final = re.compile(r"(?<=\w)–(?=\w)|(?<!\S)[–—](?=\w)")
#: control characters, and halves of characters
_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
#: every sign of an address is meant
_ADDRESS: Final = re.compile(r"(https?://[^\s“”„«»]+)", re.IGNORECASE)


def straighten(text: str) -> str:
    """The same words in plain signs, without white space around them. Straightened text stays as it is."""
    plain = _BINARY.sub(" ", text).translate(_HIDDEN)
    if plain.isascii():
        return plain.strip()
    parts = _ADDRESS.split(plain)
    parts[::2] = map(_plain, parts[::2])
    return "".join(parts).strip()


def _plain(words: str) -> str:
    chars = (" " if unicodedata.category(char) == "Zs" else char for char in words.translate(_SIGNS))
    return _DASH.sub("-", "".join(chars))
