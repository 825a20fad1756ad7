"""Are the filters of a typed search meant, and is there what they name? `/search` asks this before it searches.

`core.papers.search` reads a query leniently, because titles are looked for with it as well; here a person hears of a
filter that would only find nothing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from core.errors import BadCategory, UsageError
from core.speech import _
from core.text.nearest import nearest

#: each filter with what follows it
_FILTERS: Final = {"in": "cs.CL", "author": "NAME", "since": "7d", "from": "arxiv"}
#: what people write for them
_LIKELY_NAMES: Final = {
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


def check_filters(text: str, *, sources: Collection[str], feeds: Sequence[str] | None) -> None:
    """Raise UsageError for a filter that is empty, that there is none of, or that names what there is not.

    `feeds` are the names of the configured ones; None where nobody knows them.
    """
    for match in _TOKEN.finditer(text):
        if name := match["name"]:
            _check(name, match["value"].strip('" ,:'), sources, feeds)


def check_feeds(categories: Sequence[str], feeds: Sequence[str] | None) -> None:
    """Raise BadCategory for a feed that is not configured, naming the nearest, or those there are."""
    for category in categories:
        name = category.removeprefix("feed:")
        if feeds is None or name == category or name in feeds:
            continue
        near = nearest(name, feeds)
        hint = _("None is configured: whoever runs Paperboy names them in sources.feeds.")
        if near:
            hint = _("Did you mean {suggestion}?", suggestion=f"feed:{near}")
        elif feeds:
            hint = _("There are {names}.", names=", ".join(f"feed:{feed}" for feed in feeds))
        raise BadCategory(_("There is no feed '{name}'.", name=name[:60]), hint=hint)


def _check(word: str, value: str, sources: Collection[str], feeds: Sequence[str] | None) -> None:
    name = word.lower()
    if name in _FILTERS and not value:
        example = f"{name}:{_FILTERS[name]}"
        hint = _("Write it without a space, like {example}, or leave it away.", example=example)
        raise UsageError(_("The filter {name}: is empty.", name=name), hint=hint)
    if name == "in":
        check_feeds([category for category in value.lower().split(",") if category.startswith("feed:")], feeds)
    elif name == "from":
        _check_source(value.lower(), sources)
    elif name == "feed" and value:
        check_feeds([f"feed:{value.lower()}"], feeds)
        hint = _("Did you mean {suggestion}?", suggestion=f"in:feed:{value[:60]}")
        raise UsageError(_("There is no filter {name}:.", name="feed"), hint=hint)
    elif value and name not in _FILTERS and word == name and name not in _SCHEMES and not value.startswith("//"):
        likely_name = _LIKELY_NAMES.get(nearest(name, _LIKELY_NAMES), "")
        advice = _("There are in:, author:, since: and from:.")
        if likely_name:
            advice = _("Did you mean {suggestion}?", suggestion=f"{likely_name}:{_FILTERS[likely_name]}")
        hint = f"{advice} {_('Words with a colon stand in quotes.')}"
        raise UsageError(_("There is no filter {name}:.", name=name), hint=hint)


def _check_source(value: str, sources: Collection[str]) -> None:
    if value in sources or not sources:
        return
    near = nearest(value, sources)
    hint = _("There are {names}.", names=", ".join(sorted(sources)))
    if near:
        hint = _("Did you mean {suggestion}?", suggestion=f"from:{near}")
    raise UsageError(_("There is no source '{name}'.", name=value[:40]), hint=hint)
