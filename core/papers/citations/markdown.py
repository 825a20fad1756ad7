"""A reading list in Markdown: a bullet for each paper, which any notebook, wiki or chat shows as it is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from core.papers.citations.entry import Entry
from core.speech import _
from core.text.readable import authors_line, on_one_line, readable

#: what Markdown would read as mark-up
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>~|#$])|(&)(?=[#A-Za-z])|^([-+=](?=\s)|\d+(?=[.)]\s))")
#: authors that are named; further ones are `et al.`
_MOST_AUTHORS: Final = 8
_NOT_IN_ADDRESS: Final = {"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", " ": "%20", "\\": "%5C"}


def write(entries: Iterable[Entry]) -> str:
    """The entries as a Markdown list."""
    return "".join(f"{line}\n" for entry in entries for line in _lines(entry))


def _lines(entry: Entry) -> Iterator[str]:
    names = [
        " ".join(filter(None, (creator.given_names, creator.surname, creator.suffix))) for creator in entry.creators
    ]
    title = escape(readable(entry.title))
    address = "".join(_NOT_IN_ADDRESS.get(char, char) for char in on_one_line(entry.url))
    is_web = address.startswith(("https://", "http://"))
    parts = (
        f"[{title}]({address})" if is_web else title,
        escape(authors_line(names, _MOST_AUTHORS)),
        f"*{escape(entry.venue)}*" if entry.venue else entry.server,
        str(entry.year or ""),
        f"arXiv:{entry.arxiv}" if entry.arxiv else f"doi:{escape(entry.doi)}" if entry.doi else "",
    )
    yield f"- {'. '.join(part for part in parts if part)}."
    if entry.tags:
        yield f"  - {_('Tags:')} {escape(', '.join(entry.tags))}"
    yield from (f"  - {escape(note)}" for note in entry.notes)


def escape(text: str) -> str:
    """One line of Markdown that shows this text and nothing else."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}" if not match[0].isdigit() else f"{match[0]}\\", text)
