"""What identifies an entry of a journal's feed: a DOI or an arXiv identifier from wherever publishers put it.

Pure; called by `feeds` only, with entries as feedparser gives them. An address identifies an entry only where nothing
better does, because journals change their addresses and show one of them for several papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from adapters.sources.feed_fields import Fields
from core.errors import BadIdentifier
from core.papers.identifiers import PaperId, Reference

#: longer ones are no addresses, in characters
_LONGEST: Final = 2_000
#: where an entry tells its identifier, the most certain place first
_PLACES: Final = ("prism_doi", "dc_identifier", "dcterms_identifier", "id", "link", "feedburner_origlink", "prism_url")
_DOI_IN_ADDRESS: Final = re.compile(r"(?:/|[?&](?:id|doi)=)(10\.\d{4,9}(?:/|%2F)[^?#&\s]+)", re.IGNORECASE | re.ASCII)
#: parts of a publisher's address after the DOI
_VIEW: Final = re.compile(
    r"(?:/(?:abstract|full|fulltext|full-text|pdf|epdf|html|meta|summary|references)|\.(?:pdf|full|abstract))+/?$",
    re.IGNORECASE,
)
#: addresses that hold the rest of a DOI, and its prefix
_BY_ADDRESS: Final = tuple(
    (re.compile(rf"^https?://(?:www\.)?{address}(?:[/?#.]|$)", re.IGNORECASE | re.ASCII), prefix)
    for address, prefix in (
        (r"nature\.com/articles/([sd]\d{5}-\d{3}-\d{5}-[\da-z])", "10.1038"),
        (r"nber\.org/papers/(w\d{1,6})", "10.3386"),
    )
)
#: bioRxiv's own feeds link like this: the DOI's prefix is missing, the version is told
_RXIV_SHORT: Final = re.compile(r"\b(?:bio|med)rxiv\.org/cgi/content/\w+/([\d.]+\d)v([1-9]\d?)\b", re.ASCII)
#: a DOI that stands in a text, its end where mark-up begins
_DOI_IN_TEXT: Final = re.compile(
    r"(?:\bdoi:\s{0,3}(?:https?://(?:dx\.)?doi\.org/)?|\bhttps?://(?:dx\.)?doi\.org/)(10\.\d{4,9}/[^\s<>\"&;,]{1,200})",
    re.IGNORECASE | re.ASCII,
)
_TRACKING: Final = re.compile(r"^(?:utm_\w+|rss|fromrss|source|ref|af)(?:=|$)", re.IGNORECASE)


def references(entry: Fields) -> tuple[Reference, ...]:
    """Everything that identifies the entry, each once, what identifies best first; empty where nothing does."""
    told = map(entry.text, _PLACES)
    found = [reference for one in told if len(one) <= _LONGEST for reference in _read(one.strip())]
    found = found or list(_in_text(entry))
    if not found and (address := _own_address(entry)):
        found = [Reference(PaperId("url", address), None)]
    each = list(dict.fromkeys(found))
    return tuple(one for number, one in enumerate(each) if not _goes_on(one.id, each[:number]))


def version(entry: Fields, found: tuple[Reference, ...]) -> int:
    """The version that any of them names; 1 where none does, whatever the entry says of having been updated."""
    id = found[0].id
    if (match := _RXIV_SHORT.search(entry.text("link")[:_LONGEST])) and id.value.endswith(f"/{match[1]}"):
        return int(match[2])
    return max((one.version for one in found if one.id == id and one.version), default=1)


def address_of(said: object) -> str:
    """A web address without fragment and without what only counts visitors; empty for anything else."""
    if not isinstance(said, str) or len(said) > _LONGEST:
        return ""
    address = said.strip()
    if not address.isprintable() or re.search(r"[ <>\"]", address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return ""
    query = "&".join(one for one in parts.query.split("&") if not _TRACKING.match(one))
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query, ""))


def page_of(entry: Fields) -> str:
    """The address of the page that the entry links to: of several links, the first that is an address."""
    others = (one.text("href") for one in entry.each("links") if one.text("rel") == "alternate")
    return next(filter(None, map(address_of, (entry.text("link"), *others))), "")


def _own_address(entry: Fields) -> str:
    """The address that the entry itself is known by: its identifier, which stays, where that is one; else its link."""
    id = entry.text("id")
    known_by = address_of(id)
    return known_by if known_by and known_by == id else page_of(entry) or known_by


def _read(said: str) -> Iterator[Reference]:
    """What an identifier or an address says; nothing where it says none that we know."""
    for address, prefix in _BY_ADDRESS:
        if match := address.match(said):
            said = f"{prefix}/{match[1]}"
    if "10." not in said and "arxiv" not in said.lower():
        return
    if whole := _parsed(said):
        yield whole
    elif (match := _DOI_IN_ADDRESS.search(said)) and (part := _parsed(_VIEW.sub("", unquote(match[1])))):
        yield part


def _goes_on(id: PaperId, before: Iterable[Reference]) -> bool:
    """True for a DOI that is one told before and what an address has after it, such as an article's number."""
    return any(id.scheme == one.id.scheme == "doi" and id.value.startswith(f"{one.id.value}/") for one in before)


def _in_text(entry: Fields) -> Iterator[Reference]:
    """The one DOI that the entry's texts name; of several, none can be told to be the entry's own."""
    texts = (entry.text("summary"), *(one.text("value") for one in entry.each("content")))
    named = (one for text in texts for one in _DOI_IN_TEXT.findall(text[:20_000]))
    found = {one.rstrip(".)]").lower() for one in named}
    if len(found) == 1 and (only := _parsed(found.pop())):
        yield only


def _parsed(said: str) -> Reference | None:
    try:
        return Reference.parse(said)
    except BadIdentifier:
        return None
