"""How the entries of a saved file were read, for formats whose readers do not record it.

Each of these formats keeps a field of a paper in one place only, so that a field that a paper has must be from there.
`feeds`, whose fields may be from many places, records it. Called by `saved` for `paperboy ingest --explain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from core.ingest.listing import EntryReading, FieldReading, Listing
from core.papers.paper import Paper

#: format -> field -> the place that it is from; a field that is not listed is from the place of its own name
_PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "arxiv-rss": {
        "id": "guid",
        "version": "guid",
        "abstract": "description",
        "authors": "dc:creator",
        "categories": "category",
        "published": "pubDate",
        "announced": "pubDate",
        "doi": "arxiv:DOI",
        "announce_type": "arxiv:announce_type",
        "journal": "arxiv:journal_reference",
        "licence": "dc:rights",
    },
    "arxiv-atom": {
        "version": "id",
        "abstract": "summary",
        "authors": "dc:creator",
        "categories": "category",
        "published": "published",
        "announced": "published",
        "doi": "arxiv:DOI",
        "licence": "rights",
        "announce_type": "arxiv:announce_type",
        "journal": "arxiv:journal_reference",
    },
    "arxiv-api": {
        "version": "id",
        "abstract": "summary",
        "authors": "author/name",
        "announced": "published",
        "categories": "arxiv:primary_category, category",
        "doi": "arxiv:doi",
        "journal": "arxiv:journal_ref",
        "comment": "arxiv:comment",
    },
    "biorxiv": {
        "id": "doi",
        "published": "date",
        "announced": "date",
        "announce_type": "version",
        "licence": "license",
        "categories": "category",
    },
    "huggingface": {
        "id": "paper.id",
        "title": "paper.title",
        "abstract": "paper.summary",
        "authors": "paper.authors",
        "published": "paper.publishedAt",
        "announced": "paper.submittedOnDailyAt",
        "signals": "paper.upvotes",
    },
}
#: fields that are made from others
_DERIVED_FIELDS: Final = frozenset({"url", "pdf_url", "identifiers", "sources"})
#: the usual values of fields; only other values are worth a line
_USUAL: Final = {"version": 1, "announce_type": "new"}


def explain_listing(listing: Listing, format: str) -> Listing:
    """The listing with how each of its entries was read, those that could not be read last."""
    if listing.readings:
        return listing
    places = _PLACES.get(format, {})
    read = [
        EntryReading(number=number, paper=line.paper, fields=tuple(_fields(line.paper, places)))
        for number, line in enumerate(listing.announcements, 1)
    ]
    unread = [
        EntryReading(number=number, paper=None, where=problem.where, reason=problem.reason)
        for number, problem in enumerate(listing.problems, len(read) + 1)
    ]
    return replace(listing, readings=(*read, *unread))


def _fields(paper: Paper, places: Mapping[str, str]) -> Iterator[FieldReading]:
    for name in Paper.__dataclass_fields__:
        value = getattr(paper, name)
        if value and name not in _DERIVED_FIELDS and value != _USUAL.get(name) and (places or name != "signals"):
            yield FieldReading(field=name, elements=(places.get(name, name),))
