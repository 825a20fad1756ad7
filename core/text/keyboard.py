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
_SIGNS: Final = _WIDE | str.maketrans(
    {
        **dict.fromkeys("“”„‟«»〝〞「」『』", '"'),
        **dict.fromkeys("‘’‚‛‹›´", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
        # no width, or a direction
        **dict.fromkeys("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\xad", ""),
    }
)
#: a dash that stands for a hyphen or a minus: `mon–fri`, `–survey`; between words it is a dash
_DASH: Final = re.compile(r"(?<=\w)–(?=\w)|(?<!\S)[–—](?=\w)")
#: control characters, and halves of characters
_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def straighten(typed: str) -> str:
    """The same words in plain signs, without white space around them. Straightened text stays as it is."""
    plain = _BINARY.sub(" ", typed)
    if not plain.isascii():
        plain = plain.translate(_SIGNS)
        plain = "".join(" " if unicodedata.category(char) == "Zs" else char for char in plain)
    return _DASH.sub("-", plain).strip()
