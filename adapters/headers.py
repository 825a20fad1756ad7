"""What headers of HTTP answers say, for all adapters. Pure but for the clock that a date is measured against."""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

#: a longer wait than this is not believed, in seconds: asking once an hour hammers nobody
LONGEST_WAIT_S: Final = 3600.0


def retry_after_s(value: str, *, date: str = "") -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, in seconds from now; None where it says nothing.

    A date is measured against the server's own `Date`, because our clocks may differ. At most LONGEST_WAIT_S.
    """
    if re.fullmatch(r"\d+(?:\.\d+)?", value := value.strip(), re.ASCII):
        return min(float(value), LONGEST_WAIT_S)
    until, now = _moment(value), _moment(date)
    if until is None:
        return None
    return min(max(until - (time.time() if now is None else now), 0.0), LONGEST_WAIT_S)


def _moment(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
