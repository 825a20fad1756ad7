"""Rows to core values and back: papers, subscriptions, and what is a part of many rows, such as lists.

The store's modules call these with the mappings that Core statements take and give; what one room alone needs lies
there (`*_rows`). A row read back gives the value that was written, but for text that no database can hold
(`tables.safe`). Nothing here touches a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from core.channels import Subscription
from core.papers.identifiers import PaperId
from core.papers.identity.records import storable_id
from core.papers.marks import marks_of, words_of
from core.papers.paper import AnnounceType, Paper, Signals
from core.text.storable import safe, short

#: a row on its way in: column -> value
Values = dict[str, Any]
#: a row as a statement gave it: the columns are attributes
Row = Any

_SUBSCRIPTION: Final = TypeAdapter(Subscription)
_SIGNALS: Final = TypeAdapter(Signals)
_NO_SIGNALS: Final = Signals()
_LIST: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def key_of(id: PaperId) -> str:
    """A paper's identifier as it is stored."""
    return str(storable_id(id))


def id_of(key: str) -> PaperId:
    """A stored identifier as a value."""
    scheme, _, value = key.partition(":")
    return PaperId(scheme, value)


def list_text(items: Iterable[str]) -> str:
    """A JSON list of strings; nothing between the items but a comma, which the search's view relies on."""
    return _LIST.encode(list(items))


def strings(text: str) -> tuple[str, ...]:
    """A stored JSON list of strings."""
    return tuple(json.loads(text)) if text != "[]" else ()


def ids_text(ids: Iterable[PaperId]) -> str:
    """A JSON list of identifiers."""
    return list_text(map(str, ids))


def ids(text: str) -> tuple[PaperId, ...]:
    """A stored JSON list of identifiers."""
    return tuple(map(id_of, strings(text)))


def places(categories: Iterable[str]) -> tuple[str, ...]:
    """Where papers of these categories are listed: in them and in their archives, in lower case, each once.

    The archive of `cs.CL` is `cs`, that of `biorxiv:neuroscience` the server.
    """
    names = (name for category in categories for name in (category, _archive(category)))
    return tuple(dict.fromkeys(place(name) for name in names if name))


def place(category: str) -> str:
    """A category, archive or scope as it is looked for."""
    return short(category.lower())


def _archive(category: str) -> str:
    server, colon, _ = category.partition(":")
    return server if colon else category.partition(".")[0]


def paper_values(paper: Paper, *, mark: int | None, first_seen: datetime) -> Values:
    """A paper, with the mark of its title, as a row of `papers`; its listing day must be known."""
    return {
        "key": key_of(paper.id),
        "version": paper.version,
        "announced": paper.announced,
        "announce_type": paper.announce_type.value,
        "published": paper.published,
        "first_seen": first_seen,
        "doi": paper.doi,
        "journal": paper.journal,
        "licence": paper.licence,
        "url": paper.url,
        "pdf_url": paper.pdf_url,
        "categories": list_text(paper.categories),
        "sources": list_text(paper.sources),
        "identifiers": ids_text(paper.identifiers),
        "signals": signals_text(paper.signals),
        "title": paper.title,
        "authors": list_text(paper.authors),
        "abstract": paper.abstract,
        "comment": paper.comment,
        "title_key": mark,
        **marks_of(paper),
        **words_of(paper.title, paper.abstract, paper.authors),
    }


def paper_of(row: Row) -> Paper:
    """A row of `papers` as a value."""
    return Paper(
        id=id_of(row.key),
        version=row.version,
        title=row.title,
        abstract=row.abstract,
        authors=strings(row.authors),
        categories=strings(row.categories),
        published=row.published,
        announced=row.announced,
        announce_type=AnnounceType(row.announce_type),
        url=row.url,
        pdf_url=row.pdf_url,
        doi=row.doi,
        journal=row.journal,
        licence=row.licence,
        comment=row.comment,
        identifiers=ids(row.identifiers),
        sources=strings(row.sources),
        signals=signals_of(row.signals),
    )


def signals_of(text: str) -> Signals:
    """Signals that were stored as JSON."""
    return _NO_SIGNALS if text == "{}" else _SIGNALS.validate_json(text)


def signals_text(signals: Signals) -> str:
    """Signals as JSON, without their empty fields."""
    return "{}" if signals == _NO_SIGNALS else _SIGNALS.dump_json(signals, exclude_none=True).decode()


def subscription_text(subscription: Subscription) -> str:
    """A subscription as JSON."""
    values = _SUBSCRIPTION.dump_python(subscription, mode="json")  # whose JSON takes no half of a surrogate pair
    return safe(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def subscription_of(text: str) -> Subscription:
    """A subscription that was stored as JSON."""
    return _SUBSCRIPTION.validate_json(text)
