"""ORCID iDs, the numbers that researchers go by: `0000-0002-1825-0097`, bare or as an address."""

from __future__ import annotations

import re
from typing import Final

_ORCID: Final = re.compile(
    r"(?:https?://)?(?:(?:www\.)?orcid\.org/|orcid:\s*)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE | re.ASCII
)


def orcid_in(text: str) -> str | None:
    """The number that a text is, as it is printed; None where it is none, or its check digit is another."""
    match = _ORCID.fullmatch(text.strip())
    if not match:
        return None
    orcid = match[1].upper()
    total = 0
    for digit in orcid.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11  # ISO 7064, MOD 11-2
    return orcid if orcid[-1] == ("X" if check == 10 else str(check)) else None
