"""Text as sources send it -> text as Paperboy keeps it; every source passes titles, names and abstracts through here.

What cannot be seen and could mislead is removed: control characters, overrides of the writing direction, invisible tag
characters, halves of surrogate pairs. Everything a reader can see stays.
"""

from __future__ import annotations

import re
from typing import Final

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def one_line(text: str) -> str:
    """The text in one line: runs of white space become one space, and nothing invisible is left."""
    return " ".join((text if text.isprintable() else _UNSEEN.sub("", text)).split())


def lines(text: str) -> str:
    """The same, but line breaks stay; lines without text do not."""
    return "\n".join(filter(None, map(one_line, text.splitlines())))
