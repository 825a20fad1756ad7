"""What lies beside a paper's texts to find it by: marks of its title as it is shown and of its addresses, and words.

Marks lie in `papers` beside the texts, so that a look-up (`look_ups`) costs the same however many papers there are.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from core.papers.addresses import page
from core.papers.identity.matching import title_words
from core.papers.paper import Paper
from core.text.readable import readable
from core.text.terms import index_names, index_words

#: what `readable` changes, beside white space
_UNREADABLE: Final = re.compile(r"[^\x20-\x7e]|[\\$^_{}<>&~`]")
#: letters of a title that its mark is made of; a title that is shown cut off has more
MARKED_LETTERS: Final = 120
#: at the end of a title that is shown cut off
CUT: Final = "…"


def marks_of(paper: Paper) -> dict[str, int | None]:
    """All marks of a paper, by the column that has them."""
    return {
        "shown_key": title_mark(paper.title),
        "url_key": _page_mark(paper, paper.url),
        "pdf_key": _page_mark(paper, paper.pdf_url),
    }


def words_of(title: str, abstract: str, authors: Sequence[str]) -> dict[str, str | None]:
    """What the index has of the texts, by the column that has it; None where that is what they say."""
    return {
        "title_words": index_words(title),
        "abstract_words": index_words(abstract),
        "author_words": index_names(authors),
    }


def title_mark(title: str) -> int | None:
    """The mark of a title, in TeX or as it is shown; None where it has no letters."""
    letters = title_letters(title)
    return mark(letters[:MARKED_LETTERS]) if letters else None


def title_letters(title: str) -> str:
    """The letters and digits of a title, in TeX or as it is shown, in one word."""
    text = readable(title) if _UNREADABLE.search(title) else title
    return "".join(title_words(text.removesuffix(CUT)))


def mark(text: str) -> int:
    """The mark of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _page_mark(paper: Paper, address: str) -> int | None:
    """None where there is no address, and where its identifier is all that it tells."""
    if not address or (paper.id.scheme == "arxiv" and "arxiv.org/" in address):
        return None
    page_address = page(address)
    return mark(page_address) if page_address else None
