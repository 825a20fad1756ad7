"""CSL-JSON, as Zotero, pandoc and every citation processor read it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from core.papers.citations.entry import Entry, EntryKind
from core.papers.citations.people import Creator
from core.text.readable import on_one_line, readable

#: preprints are `article` in CSL 1.0.2
_TYPES: Final = {
    EntryKind.ARTICLE: "article-journal",
    EntryKind.CONFERENCE: "paper-conference",
    EntryKind.PREPRINT: "article",
}


def write(entries: Iterable[Entry]) -> str:
    """The entries as a JSON list."""
    return json.dumps([item(entry) for entry in entries], ensure_ascii=False, indent=2) + "\n"


def item(entry: Entry) -> Mapping[str, Any]:
    """One entry as CSL's JSON; what it has not got is left out."""
    is_preprint = entry.kind is EntryKind.PREPRINT
    fields = {
        "id": entry.key,
        "type": _TYPES[entry.kind],
        "title": readable(entry.title),
        "author": [_name(creator) for creator in entry.creators],
        "issued": _issue_date(entry),
        "container-title": entry.venue,
        "publisher": entry.server if is_preprint else "",
        "number": f"arXiv:{entry.arxiv}" if entry.arxiv else "",
        "DOI": entry.doi,
        "URL": on_one_line(entry.url),
        "abstract": readable(entry.abstract),
        "keyword": ", ".join(entry.tags),
        "note": " / ".join(entry.notes),
    }
    return {name: value for name, value in fields.items() if value}


def _name(creator: Creator) -> Mapping[str, str]:
    if creator.is_group:
        return {"literal": creator.family}
    fields = {
        "family": creator.family,
        "given": creator.given_names,
        "non-dropping-particle": creator.particle,
        "suffix": creator.suffix,
    }
    return {name: value for name, value in fields.items() if value}


def _issue_date(entry: Entry) -> Mapping[str, Any]:
    if entry.day:
        return {"date-parts": [[entry.day.year, entry.day.month, entry.day.day]]}
    return {"date-parts": [[entry.year]]} if entry.year else {}
