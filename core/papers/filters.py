"""Are the filters of a typed search meant, and is there what they name? `/search` asks this before it searches.

`core.papers.search` reads a query leniently, because titles are looked for with it as well; here a person hears of a
filter that would only find nothing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from core.errors import BadCategory, UsageError
from core.text.nearest import nearest

#: each filter with what follows it
_FILTERS: Final = {"in": "cs.CL", "author": "NAME", "since": "7d", "from": "arxiv"}
#: what people write for them
_MEANT: Final = {
    **{name: name for name in _FILTERS},
    **dict.fromkeys(("cat", "category", "journal"), "in"),
    **dict.fromkeys(("authors", "by"), "author"),
    **dict.fromkeys(("after", "date", "year"), "since"),
    **dict.fromkeys(("source", "sources"), "from"),
}
#: beginnings of identifiers and addresses, which are words
_SCHEMES: Final = frozenset(
    ["acl", "arxiv", "doi", "ftp", "http", "https", "isbn", "issn", "pmc", "pmcid", "pmid", "urn", "url"]
)
_TOKEN: Final = re.compile(r'(?<!\S)(?P<name>[A-Za-z]{2,12}):(?P<value>"[^"]*"?|[^\s"]*)|"[^"]*"?|[^\s"]+')
_NO_FEEDS: Final = "None is configured: whoever runs Paperboy names them in sources.feeds."


def check_filters(typed: str, *, sources: Collection[str], feeds: Sequence[str] | None) -> None:
    """Raise UsageError for a filter that is empty, that there is none of, or that names what there is not.

    `feeds` are the names of the configured ones; None where nobody knows them.
    """
    for match in _TOKEN.finditer(typed):
        if name := match["name"]:
            _check(name, match["value"].strip('" ,:'), sources, feeds)


def check_feeds(categories: Sequence[str], feeds: Sequence[str] | None) -> None:
    """Raise BadCategory for a feed that is not configured, naming the nearest, or those there are."""
    for category in categories:
        name = category.removeprefix("feed:")
        if feeds is None or name == category or name in feeds:
            continue
        near = nearest(name, feeds)
        there_are = ", ".join(f"feed:{feed}" for feed in feeds)
        hint = f"Did you mean feed:{near}?" if near else f"There are {there_are}." if feeds else _NO_FEEDS
        raise BadCategory(f"There is no feed '{name[:60]}'.", hint=hint)


def _check(typed: str, value: str, sources: Collection[str], feeds: Sequence[str] | None) -> None:
    name = typed.lower()
    if name in _FILTERS and not value:
        hint = f"Write it without a space, like {name}:{_FILTERS[name]}, or leave it away."
        raise UsageError(f"The filter {name}: is empty.", hint=hint)
    if name == "in":
        check_feeds([one for one in value.lower().split(",") if one.startswith("feed:")], feeds)
    elif name == "from":
        _check_source(value.lower(), sources)
    elif name == "feed" and value:
        check_feeds([f"feed:{value.lower()}"], feeds)
        raise UsageError("There is no filter feed:.", hint=f"Did you mean in:feed:{value[:60]}?")
    elif value and name not in _FILTERS and typed == name and name not in _SCHEMES and not value.startswith("//"):
        meant = _MEANT.get(nearest(name, _MEANT), "")
        known = f"Did you mean {meant}:{_FILTERS[meant]}?" if meant else "There are in:, author:, since: and from:."
        raise UsageError(f"There is no filter {name}:.", hint=f"{known} Words with a colon stand in quotes.")


def _check_source(value: str, sources: Collection[str]) -> None:
    if value in sources or not sources:
        return
    near = nearest(value, sources)
    hint = f"Did you mean from:{near}?" if near else f"There are {', '.join(sorted(sources))}."
    raise UsageError(f"There is no source '{value[:40]}'.", hint=hint)
