"""Text as databases and their indexes can hold it, whichever database it is.

Identifiers are compared in this form before they are stored, so that two that would be stored alike are alike.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

#: bytes of a text in an index, where two may stand side by side; PostgreSQL's indexes have room for 2,704
LONGEST_KEY: Final = 1_000
#: bytes of the digest that the end of a longer one gives way to, and of the sign before it
_DIGEST: Final = 16
_CUT: Final = "…"


def safe(text: str) -> str:
    """The text as a database can hold it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def short(text: str) -> str:
    """The text as an index can hold it; a long one is its beginning and a digest of the whole."""
    whole = safe(text)
    if 4 * len(whole) <= LONGEST_KEY or len(octets := whole.encode()) <= LONGEST_KEY:
        return whole
    end = _CUT + blake2b(octets, digest_size=_DIGEST).hexdigest()
    return octets[: LONGEST_KEY - len(end.encode())].decode(errors="ignore") + end
