"""Invented answers of arXiv's: the daily feed in both forms, the listing page, the API, the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from tests.fakes import oai
from tests.fakes.entries import DAY, Told, xml

_NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
_SEARCH = 'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'


def number(told: Told) -> str:
    """The identifier: `2602.00001`, or none of arXiv's."""
    return "nonsense" if told.number is None else f"2602.{told.number:05d}"


def rss(told: Sequence[Told], title: str = "cs.CL updates on arXiv.org", day: date = DAY) -> bytes:
    """The feed of cs.CL as RSS."""
    moment = f"<pubDate>{day:%a, %d %b %Y} 00:00:00 -0500</pubDate>"
    items = "".join(
        f"<item><title>{xml(one.title)}</title><description>{_described(one)}</description><guid>{_guid(one)}</guid>"
        f"<category>cs.CL</category>{moment}{_tail(one)}</item>"
        for one in told
    )
    return f"<rss {_NAMESPACES}><channel><title>{xml(title)}</title>{moment}{items}</channel></rss>".encode()


def atom(told: Sequence[Told], title: str = "cs.CL updates on arXiv.org", day: date = DAY) -> bytes:
    """The feed of cs.CL as Atom."""
    items = "".join(
        f"<entry><id>{_guid(one)}</id><title>{xml(one.title)}</title><summary>{_described(one)}</summary>"
        f'<category term="cs.CL"/><published>{day}T00:00:00-05:00</published>{_tail(one)}</entry>'
        for one in told
    )
    updated = f"<updated>{day}T05:00:19+00:00</updated>"
    return f"<feed {_NAMESPACES} {_ATOM}><title>{xml(title)}</title>{updated}{items}</feed>".encode()


def listing_page(told: Sequence[Told], day: date = DAY) -> bytes:
    """The page of the newest listing of cs.CL."""
    parts = ([one for one in told if one.version == 1], [one for one in told if one.version > 1])
    sections = "".join(map(_section, ("New submissions", "Replacement submissions"), parts))
    return (
        "<!DOCTYPE html><html><body><h1>Computation and Language</h1>"
        f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B %Y}</h3>{sections}"
        f"<div class='paging'>Total of {len(told)} entries</div></body></html>"
    ).encode("utf-8", "replace")


def api(told: Sequence[Told]) -> bytes:
    """An answer of the API."""
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{number(one)}v{one.version}</id><title>{xml(one.title)}</title>"
        f"<summary>{xml(one.abstract)}</summary><published>{one.day}T01:30:00Z</published>"
        f'<arxiv:primary_category term="cs.CL"/><category term="cs.CL"/>{_atom_authors(one)}</entry>'
        for one in told
    )
    total = f"<opensearch:totalResults>{len(told)}</opensearch:totalResults>"
    return f"<feed {_NAMESPACES} {_ATOM} {_SEARCH}><title>x</title>{total}{entries}</feed>".encode()


def records(told: Sequence[Told], token: str = "") -> bytes:
    """A page of the archive; without papers, the answer that there are none."""
    listed = [oai.record(number(one), one.day.isoformat(), title=xml(one.title)) for one in told]
    return oai.page(*listed, token=token and f"<resumptionToken>{token}</resumptionToken>") if told else oai.NOTHING


def _guid(one: Told) -> str:
    return f"oai:arXiv.org:{number(one)}v{one.version}"


def _described(one: Told) -> str:
    return xml(f"arXiv:{number(one)}v{one.version} Announce Type: {_kind(one)} \nAbstract: {one.abstract}")


def _kind(one: Told) -> str:
    return "replace" if one.version > 1 else "new"


def _tail(one: Told) -> str:
    names = xml(", ".join(one.authors))
    return f"<arxiv:announce_type>{_kind(one)}</arxiv:announce_type><dc:creator>{names}</dc:creator>"


def _atom_authors(one: Told) -> str:
    return "".join(f"<author><name>{xml(name)}</name></author>" for name in one.authors)


def _section(heading: str, told: Sequence[Told]) -> str:
    items = "".join(map(_item, told))
    return f"<dl><h3>{heading} (showing {len(told)} of {len(told)} entries)</h3>{items}</dl>" if told else ""


def _item(one: Told) -> str:
    id = number(one)
    html = f'<a href="https://arxiv.org/html/{id}v{one.version}" title="View HTML">html</a>'
    authors = ", ".join(f'<a href="/a">{escape(name)}</a>' for name in one.authors)
    return (
        f'<dt><a href ="/abs/{id}" title="Abstract" id="{id}">arXiv:{id}</a> [{html}]</dt><dd><div class=\'meta\'>'
        f"<div class='list-title mathjax'><span class='descriptor'>Title:</span>{escape(one.title)}</div>"
        f"<div class='list-authors'>{authors}</div><div class='list-subjects'><span class='descriptor'>Subjects:</span>"
        '<span class="primary-subject">Computation and Language (cs.CL)</span></div>'
        f"<p class='mathjax'>{escape(one.abstract)}</p></div></dd>"
    )
