"""Regular expressions that people write, within a bound of time: one that runs away is given up, and said to be.

The library `regex` gives up by itself once its time is over. What one rule may use on one listing is bounded as well,
so that many slow papers cost no more than one.
"""

from __future__ import annotations

from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Final

from core.speech import _

if TYPE_CHECKING:  # loads with the first rule that has one
    import regex

#: characters of a regular expression
LONGEST: Final = 300
#: seconds for one text
_TEXT_S: Final = 0.05
#: seconds for the texts of so many papers, and as many more for each thousand of them
_ALL_S: Final = 0.25
#: texts that may take too long before the others are left unread
_MOST_SLOW: Final = 3
#: characters of a text that it is tried on
_LONGEST_TEXT: Final = 10_000


class Slow(Exception):
    """A regular expression did not come to an end in time."""


class Watch:
    """The time that one regular expression may use for some papers together."""

    def __init__(self, papers: int) -> None:
        self._left_s = _ALL_S * (1 + papers / 1_000)
        self._slow = 0

    def search(self, pattern: str, text: str, *, ignores_case: bool) -> bool:
        """Does the text have it? Raises Slow."""
        began = perf_counter()
        try:
            if self._left_s <= 0 or self._slow >= _MOST_SLOW:
                raise Slow
            match = _compile(pattern, ignores_case).search(text[:_LONGEST_TEXT], timeout=min(_TEXT_S, self._left_s))
        except TimeoutError:
            self._slow += 1
            raise Slow from None
        else:
            return match is not None
        finally:
            self._left_s -= perf_counter() - began


def problem_of(pattern: str) -> str:
    """Why a regular expression cannot be read; empty where it can."""
    import regex

    if len(pattern) > LONGEST:
        return _("it has {count} characters, and at most {most} are read", count=len(pattern), most=LONGEST)
    try:
        _compile(pattern, False)
    except (regex.error, RecursionError, OverflowError, MemoryError, ValueError) as error:
        return str(error)[:100] or _("it is too deep")
    return ""


@lru_cache(maxsize=512)
def _compile(pattern: str, ignores_case: bool) -> regex.Pattern[str]:
    import regex

    return regex.compile(pattern, regex.IGNORECASE if ignores_case else 0)
