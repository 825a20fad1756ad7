"""Invented answers of arXiv's: the daily feed in both forms, the listing page, the API, the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from tests.fakes import oai
from tests.fakes.entries import DAY, Entry, xml

_NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
_SEARCH = 'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'


def number(entry: Entry) -> str:
    """The identifier: `2602.00001`, or none of arXiv's."""
    return "nonsense" if entry.number is None else f"2602.{entry.number:05d}"


def rss(entries: Sequence[Entry], title: str = "cs.CL updates on arXiv.org", day: date = DAY) -> bytes:
    """The feed of cs.CL as RSS."""
    moment = f"<pubDate>{day:%a, %d %b %Y} 00:00:00 -0500</pubDate>"
    items = "".join(
        f"<item><title>{xml(entry.title)}</title><description>{_described(entry)}</description><guid>{_guid(entry)}</guid>"
        f"<category>cs.CL</category>{moment}{_tail(entry)}</item>"
        for entry in entries
    )
    return f"<rss {_NAMESPACES}><channel><title>{xml(title)}</title>{moment}{items}</channel></rss>".encode()


def atom(entries: Sequence[Entry], title: str = "cs.CL updates on arXiv.org", day: date = DAY) -> bytes:
    """The feed of cs.CL as Atom."""
    items = "".join(
        f"<entry><id>{_guid(entry)}</id><title>{xml(entry.title)}</title><summary>{_described(entry)}</summary>"
        f'<category term="cs.CL"/><published>{day}T00:00:00-05:00</published>{_tail(entry)}</entry>'
        for entry in entries
    )
    updated = f"<updated>{day}T05:00:19+00:00</updated>"
    return f"<feed {_NAMESPACES} {_ATOM}><title>{xml(title)}</title>{updated}{items}</feed>".encode()


def listing_page(entries: Sequence[Entry], day: date = DAY) -> bytes:
    """The page of the newest listing of cs.CL."""
    parts = ([entry for entry in entries if entry.version == 1], [entry for entry in entries if entry.version > 1])
    sections = "".join(map(_section, ("New submissions", "Replacement submissions"), parts))
    return (
        "<!DOCTYPE html><html><body><h1>Computation and Language</h1>"
        f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B %Y}</h3>{sections}"
        f"<div class='paging'>Total of {len(entries)} entries</div></body></html>"
    ).encode("utf-8", "replace")


def api(entries: Sequence[Entry]) -> bytes:
    """An answer of the API."""
    items = "".join(
        f"<entry><id>http://arxiv.org/abs/{number(entry)}v{entry.version}</id><title>{xml(entry.title)}</title>"
        f"<summary>{xml(entry.abstract)}</summary><published>{entry.day}T01:30:00Z</published>"
        f'<arxiv:primary_category term="cs.CL"/><category term="cs.CL"/>{_atom_authors(entry)}</entry>'
        for entry in entries
    )
    total = f"<opensearch:totalResults>{len(entries)}</opensearch:totalResults>"
    return f"<feed {_NAMESPACES} {_ATOM} {_SEARCH}><title>x</title>{total}{items}</feed>".encode()


def records(entries: Sequence[Entry], token: str = "") -> bytes:
    """A page of the archive; without papers, the answer that there are none."""
    listed = [oai.record(number(entry), entry.day.isoformat(), title=xml(entry.title)) for entry in entries]
    return oai.page(*listed, token=token and f"<resumptionToken>{token}</resumptionToken>") if entries else oai.NOTHING


def _guid(entry: Entry) -> str:
    return f"oai:arXiv.org:{number(entry)}v{entry.version}"


def _described(entry: Entry) -> str:
    return xml(f"arXiv:{number(entry)}v{entry.version} Announce Type: {_kind(entry)} \nAbstract: {entry.abstract}")


def _kind(entry: Entry) -> str:
    return "replace" if entry.version > 1 else "new"


def _tail(entry: Entry) -> str:
    names = xml(", ".join(entry.authors))
    return f"<arxiv:announce_type>{_kind(entry)}</arxiv:announce_type><dc:creator>{names}</dc:creator>"


def _atom_authors(entry: Entry) -> str:
    return "".join(f"<author><name>{xml(name)}</name></author>" for name in entry.authors)


def _section(heading: str, entries: Sequence[Entry]) -> str:
    items = "".join(map(_item, entries))
    return f"<dl><h3>{heading} (showing {len(entries)} of {len(entries)} entries)</h3>{items}</dl>" if entries else ""


def _item(entry: Entry) -> str:
    id = number(entry)
    html = f'<a href="https://arxiv.org/html/{id}v{entry.version}" title="View HTML">html</a>'
    authors = ", ".join(f'<a href="/a">{escape(name)}</a>' for name in entry.authors)
    return (
        f'<dt><a href ="/abs/{id}" title="Abstract" id="{id}">arXiv:{id}</a> [{html}]</dt><dd><div class=\'meta\'>'
        f"<div class='list-title mathjax'><span class='descriptor'>Title:</span>{escape(entry.title)}</div>"
        f"<div class='list-authors'>{authors}</div><div class='list-subjects'><span class='descriptor'>Subjects:</span>"
        '<span class="primary-subject">Computation and Language (cs.CL)</span></div>'
        f"<p class='mathjax'>{escape(entry.abstract)}</p></div></dd>"
    )
