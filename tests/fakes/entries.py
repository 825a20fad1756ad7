"""An invented paper as services tell of it, whichever they are, and what is left of hostile text once it was read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from core.papers.paper import Paper

DAY = date(2026, 2, 4)
#: what may stand in no XML document, however it is written
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: characters that turn the direction of what follows
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: everything at once: control characters, overrides of direction, invisible tags, line breaks, mark-up, references
HOSTILE = "\ufeffLit \u202elanterns\u2066,\x00\x1b[31m \x7fin\x9b\n\tthe <i>fog</i>\r\n& <script>x()</script>\U000e0041"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of what a service tells, in its own words; a service that knows no versions leaves them out."""

    #: what its identifier is made from; None where nothing identifies it
    number: int | None = 1
    version: int = 1
    #: when it was listed, posted, or put into the list of the day
    day: date = DAY
    title: str = "On the light of lanterns in the fog"
    abstract: str = "We light lanterns. They shine."
    authors: tuple[str, ...] = ("Ada Example", "Bo Sample")


def xml(text: str) -> str:
    """The text as a document in XML can hold it."""
    return escape(_FORBIDDEN.sub("", text))


def is_clean(text: str) -> bool:
    """True for one line without anything that cannot be seen and could mislead."""
    are_visible = (
        unicodedata.category(character) not in ("Cc", "Cs") and character not in _TURNING for character in text
    )
    return " ".join(text.split()) == text and all(are_visible)


def texts(paper: Paper) -> tuple[str, ...]:
    """Everything of a paper that people read."""
    said = (paper.title, paper.abstract, paper.url, paper.pdf_url, paper.comment, paper.journal or "")
    return (*said, *paper.authors, *paper.categories)


def any_text() -> st.SearchStrategy[str]:
    """What somebody may have put into a title: words, mark-up, and characters of every kind."""
    odd = st.sampled_from(
        [HOSTILE, "<b>", "</title>", "]]>", "&#x202e;", "&amp;lt;", "\\'e", "$x<y$", "\u202e", "{", "%"]
    )
    return st.lists(st.text(max_size=6) | odd, min_size=1, max_size=5).map("".join)
