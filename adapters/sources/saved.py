"""Saved files -> listings: the formats that `paperboy ingest --file` reads.

The only module that opens a file named by a person; it says what is wrong with the file in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from adapters.sources import arxiv, arxiv_api, biorxiv, daily_arxiv, daily_arxiv_jsonl, feeds, huggingface
from adapters.sources.explained import explain_listing
from adapters.sources.files import read_bytes
from core.errors import BadFeed, Refused, UsageError
from core.ingest.guard import guard_source
from core.ingest.listing import Listing

MAX_BYTES: Final = 64 * 2**20

#: not in the name of a feed
_ODD: Final = re.compile(r"[^a-z0-9_.-]+")
_DAY_IN_NAME: Final = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")

#: (bytes, file, the day that was asked for, today) -> listing
_Reader = Callable[[bytes, Path, date | None, date], Listing]


def _arxiv(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return arxiv.parse(body)


def _arxiv_api(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return arxiv_api.parse(body)


def _huggingface(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return huggingface.parse(body, day or _day_in(path.name) or today)


def _biorxiv(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return biorxiv.parse(body)


def _feed(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return feeds.parse(body, _feed_name(path), day or today)


def _digest(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return daily_arxiv.parse(body, named_day=day, likely_day=_day_in(path.name) or today)


def _digest_lines(body: bytes, path: Path, day: date | None, today: date) -> Listing:
    return daily_arxiv_jsonl.parse(body, named_day=day, likely_day=_day_in(path.name) or today)


_READERS: Final[Mapping[str, _Reader]] = {
    "arxiv-rss": _arxiv,
    "arxiv-atom": _arxiv,
    "arxiv-api": _arxiv_api,
    "huggingface": _huggingface,
    "biorxiv": _biorxiv,
    "feed": _feed,
    "daily-arxiv-markdown": _digest,
    "daily-arxiv-jsonl": _digest_lines,
}
FORMATS: Final = tuple(_READERS)


def read(path: Path, format: str, *, day: date | None, today: date, explain: bool = False) -> Listing:
    """Read a saved file; `explain`: with how each of its entries was read.

    `day` is the listing day that the person named, for files that do not name their own. Either form of arXiv's feed is
    read under both of their names. Raises UsageError for an unknown format and for a file that cannot be read, BadFeed
    for one in another format, or with an answer that is an error, SourceBug for a bug in reading it.
    """
    reader = _reader(format)
    body = _bytes(path)
    try:
        with guard_source(f"{path.name} as {format}"):
            listing = reader(body, path, day, today)
            return explain_listing(listing, format) if explain else listing
    except BadFeed as error:
        raise BadFeed(f"{path.name}: {error}", hint=error.hint) from error
    except Refused as error:
        raise BadFeed(f"{path.name} holds an answer without papers: {error}", hint=error.hint) from error


def _reader(format: str) -> _Reader:
    if format in _READERS:
        return _READERS[format]
    raise UsageError(f"'{format[:60]}' is not a format.", hint=f"The formats are {', '.join(FORMATS)}.")


def _bytes(path: Path) -> bytes:
    body = read_bytes(path, most=MAX_BYTES)
    if len(body) > MAX_BYTES:
        raise UsageError(f"{path} is too large: more than {MAX_BYTES:,} bytes.")
    if not body.strip():
        raise BadFeed(f"{path} is empty.")
    return body


def _feed_name(path: Path) -> str:
    """The scope to subscribe to: `feed:nature` for `Nature.rss`."""
    return _ODD.sub("-", path.stem.lower())[:60].strip("-_.") or "saved"


def _day_in(name: str) -> date | None:
    match = _DAY_IN_NAME.search(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
