"""The characters that nobody sees, by what they do. Each place that removes or escapes some names the groups it means.

A group is a part of a set in a regular expression, which `any_character` makes. Together they are what Unicode calls
Default_Ignorable_Code_Point and Cf (https://www.unicode.org/reports/tr44/), and what no text should hold. Pure.
"""

from __future__ import annotations

import re
from typing import Final

#: controls but tab and the ends of lines
CONTROLS: Final = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
#: halves of surrogate pairs: no encoding can write them
HALVES: Final = "\ud800-\udfff"
#: code points that are no characters, and never will be
NONCHARACTERS: Final = "\ufdd0-\ufdef\ufffe\uffff"

#: they turn the text after them around
OVERRIDES: Final = "\u202a-\u202e\u2066-\u2069"
#: they give the direction of what stands beside them
_DIRECTION_MARKS: Final = "\u061c\u200e\u200f"
BYTE_ORDER_MARK: Final = "\ufeff"
#: a space and a joiner of words without width, and the byte order mark, which was one
NO_WIDTH: Final = f"\u200b\u2060{BYTE_ORDER_MARK}"
#: of mathematics: a function applied, a product
OPERATORS: Final = "\u2061-\u2064"
#: shapes of digits and symmetric signs, which nobody uses any more, and a place that is still free
_OLD_FORMATS: Final = "\u2065\u206a-\u206f"
#: of annotations, shorthand and music
_FORMATS: Final = "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
#: what hides or reorders the text around it, and is part of no word
HIDING: Final = f"{OVERRIDES}{_DIRECTION_MARKS}{NO_WIDTH}{OPERATORS}{_OLD_FORMATS}{_FORMATS}"
#: ASCII once more, without a shape
TAGS: Final = "\U000e0000-\U000e007f"
#: those, selectors, and what Unicode keeps free beside them
LAST_PLANE: Final = f"{TAGS}\U000e0080-\U000e0fff"

#: the soft hyphen, and what separates a vowel in Mongolian: they are seen at the end of a line or not at all
SOFT_BREAKS: Final = "\u00ad\u180e"
#: letters of many scripts and emoji are written with them
JOINERS: Final = "\u200c\u200d"
#: they choose the shape of the character before them
SELECTORS: Final = "\u180b-\u180d\u180f\ufe00-\ufe0f"
#: letters without a shape
FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"


def any_character(*groups: str) -> re.Pattern[str]:
    """One character of the groups."""
    return re.compile(f"[{''.join(groups)}]")
