"""Invented answers of Hugging Face, of bioRxiv, and of journals: RSS, Atom and RDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fakes.entries import Told, xml

_RDF = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
)
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def hub_entry(one: Told) -> dict[str, Any]:
    """An entry of Hugging Face's daily papers."""
    paper = {
        "id": "nonsense" if one.number is None else f"2602.{one.number:05d}",
        "title": one.title,
        "summary": one.abstract,
        "authors": [{"name": name, "hidden": False} for name in one.authors],
        "publishedAt": f"{one.day}T18:30:00.000Z",
        "upvotes": 7,
    }
    return {"paper": paper, "numComments": 3}


def preprint_doi(one: Told) -> str:
    """The DOI that bioRxiv gives: `10.1101/2026.02.04.000001`, or none of its own."""
    return "nonsense" if one.number is None else f"10.1101/2026.02.04.{one.number:06d}"


def preprint(one: Told) -> dict[str, Any]:
    """A row of bioRxiv's details."""
    return {
        "doi": preprint_doi(one),
        "title": one.title,
        "abstract": one.abstract,
        "authors": "; ".join(f"{name.rpartition(' ')[2]}, {name.rpartition(' ')[0]}" for name in one.authors),
        "date": one.day.isoformat(),
        "version": str(one.version),
        "category": "neuroscience",
        "published": "NA",
        "server": "bioRxiv",
    }


def preprints(told: Sequence[Told], total: int) -> dict[str, Any]:
    """A page of bioRxiv's; its numbers are texts."""
    if not told:
        return {"messages": [{"status": "no posts found"}], "collection": []}
    message = {"status": "ok", "count": len(told), "total": str(total)}
    return {"messages": [message], "collection": list(map(preprint, told))}


def journal_doi(one: Told) -> str:
    """The DOI that the journal gives: `10.1000/lantern-1`; empty where it tells none."""
    return "" if one.number is None else f"10.1000/lantern-{one.number}"


def journal_rss(told: Sequence[Told]) -> bytes:
    """A journal's feed in RSS 2.0, with links to DOIs."""
    items = "".join(
        f"<item><title>{xml(one.title)}</title><description>{xml(one.abstract)}</description>{_link(one)}"
        f"<pubDate>{one.day:%a, %d %b %Y} 06:00:00 GMT</pubDate>{_creators(one)}</item>"
        for one in told
    )
    return f'<rss version="2.0" {_DC}><channel><title>Invented Letters</title>{items}</channel></rss>'.encode()


def journal_atom(told: Sequence[Told]) -> bytes:
    """A journal's feed in Atom, with DOIs as identifiers."""
    entries = "".join(
        f"<entry><id>{journal_doi(one) and f'doi:{journal_doi(one)}'}</id><title>{xml(one.title)}</title>"
        f"<summary>{xml(one.abstract)}</summary><published>{one.day}T06:00:00Z</published>"
        f"{''.join(f'<author><name>{xml(name)}</name></author>' for name in one.authors)}</entry>"
        for one in told
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Invented Letters</title>{entries}</feed>'.encode()


def journal_rdf(told: Sequence[Told]) -> bytes:
    """A journal's feed in RSS 1.0, with PRISM's elements."""
    items = "".join(
        f'<item rdf:about="x{place}"><title>{xml(one.title)}</title><description>{xml(one.abstract)}</description>'
        f"<prism:doi>{journal_doi(one)}</prism:doi><dc:date>{one.day}</dc:date>{_creators(one)}</item>"
        for place, one in enumerate(told)
    )
    return f'<rdf:RDF {_RDF}><channel rdf:about="x"><title>Invented Letters</title></channel>{items}</rdf:RDF>'.encode()


def _link(one: Told) -> str:
    return f"<link>https://doi.org/{journal_doi(one)}</link>" if one.number else ""


def _creators(one: Told) -> str:
    return "".join(f"<dc:creator>{xml(name)}</dc:creator>" for name in one.authors)
