"""Which feeds there are: those that the settings name, and those whose papers were read from saved files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from core.papers.ports import PaperStore

_FEED: Final = re.compile(r'feed:([^\s,"]+)', re.IGNORECASE)
#: feeds of one command that are looked up
_MOST: Final = 20


async def known_feeds(text: str, own_feeds: Sequence[str] | None, papers: PaperStore) -> tuple[str, ...] | None:
    """The configured feeds, and those among the typed ones that papers are stored of; None where nobody knows them."""
    if own_feeds is None:
        return None
    names = dict.fromkeys(name.lower() for name in _FEED.findall(text))
    unknown = [name for name in names if name not in own_feeds][:_MOST]
    read = [name for name in unknown if (await papers.papers(category=f"feed:{name}", limit=1)).papers]
    return (*own_feeds, *read)
