"""Invented answers of Hugging Face, of bioRxiv, and of journals: RSS, Atom and RDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fakes.entries import Entry, xml

_RDF = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
)
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def hub_entry(entry: Entry) -> dict[str, Any]:
    """An entry of Hugging Face's daily papers."""
    paper = {
        "id": "nonsense" if entry.number is None else f"2602.{entry.number:05d}",
        "title": entry.title,
        "summary": entry.abstract,
        "authors": [{"name": name, "hidden": False} for name in entry.authors],
        "publishedAt": f"{entry.day}T18:30:00.000Z",
        "upvotes": 7,
    }
    return {"paper": paper, "numComments": 3}


def preprint_doi(entry: Entry) -> str:
    """The DOI that bioRxiv gives: `10.1101/2026.02.04.000001`, or none of its own."""
    return "nonsense" if entry.number is None else f"10.1101/2026.02.04.{entry.number:06d}"


def preprint(entry: Entry) -> dict[str, Any]:
    """A row of bioRxiv's details."""
    return {
        "doi": preprint_doi(entry),
        "title": entry.title,
        "abstract": entry.abstract,
        "authors": "; ".join(f"{name.rpartition(' ')[2]}, {name.rpartition(' ')[0]}" for name in entry.authors),
        "date": entry.day.isoformat(),
        "version": str(entry.version),
        "category": "neuroscience",
        "published": "NA",
        "server": "bioRxiv",
    }


def preprints(entries: Sequence[Entry], total: int) -> dict[str, Any]:
    """A page of bioRxiv's; its numbers are texts."""
    if not entries:
        return {"messages": [{"status": "no posts found"}], "collection": []}
    message = {"status": "ok", "count": len(entries), "total": str(total)}
    return {"messages": [message], "collection": list(map(preprint, entries))}


def journal_doi(entry: Entry) -> str:
    """The DOI that the journal gives: `10.1000/lantern-1`; empty where it tells none."""
    return "" if entry.number is None else f"10.1000/lantern-{entry.number}"


def journal_rss(entries: Sequence[Entry]) -> bytes:
    """A journal's feed in RSS 2.0, with links to DOIs."""
    items = "".join(
        f"<item><title>{xml(entry.title)}</title><description>{xml(entry.abstract)}</description>{_link(entry)}"
        f"<pubDate>{entry.day:%a, %d %b %Y} 06:00:00 GMT</pubDate>{_creators(entry)}</item>"
        for entry in entries
    )
    return f'<rss version="2.0" {_DC}><channel><title>Invented Letters</title>{items}</channel></rss>'.encode()


def journal_atom(entries: Sequence[Entry]) -> bytes:
    """A journal's feed in Atom, with DOIs as identifiers."""
    items = "".join(
        f"<entry><id>{journal_doi(entry) and f'doi:{journal_doi(entry)}'}</id><title>{xml(entry.title)}</title>"
        f"<summary>{xml(entry.abstract)}</summary><published>{entry.day}T06:00:00Z</published>"
        f"{''.join(f'<author><name>{xml(name)}</name></author>' for name in entry.authors)}</entry>"
        for entry in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Invented Letters</title>{items}</feed>'.encode()


def journal_rdf(entries: Sequence[Entry]) -> bytes:
    """A journal's feed in RSS 1.0, with PRISM's elements."""
    items = "".join(
        f'<item rdf:about="x{place}"><title>{xml(entry.title)}</title><description>{xml(entry.abstract)}</description>'
        f"<prism:doi>{journal_doi(entry)}</prism:doi><dc:date>{entry.day}</dc:date>{_creators(entry)}</item>"
        for place, entry in enumerate(entries)
    )
    return f'<rdf:RDF {_RDF}><channel rdf:about="x"><title>Invented Letters</title></channel>{items}</rdf:RDF>'.encode()


def _link(entry: Entry) -> str:
    return f"<link>https://doi.org/{journal_doi(entry)}</link>" if entry.number else ""


def _creators(entry: Entry) -> str:
    return "".join(f"<dc:creator>{xml(name)}</dc:creator>" for name in entry.authors)
