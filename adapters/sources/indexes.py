"""What the citation indexes (Crossref, OpenAlex, Semantic Scholar) have in common: reading JSON, and finding in it the
papers that were asked for.

Each index turns its records into `Paper` values under the work's own identifiers; `claimed` and `same_title` say which
of the asked papers a record is about. Pure. Whatever type a field has, reading it gives a value or nothing, never an
exception: these services fill fields by hand, and an optional source must not fall over one of them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from adapters.sources import formulas
from adapters.sources.dates import midnight
from adapters.sources.markup import strip_tags
from adapters.sources.text import one_line, plain_line
from core.errors import BadFeed, BadIdentifier
from core.ingest.listing import Listing, UnreadEntry
from core.papers.identifiers import PaperId
from core.papers.identity.matching import is_same, title_key
from core.papers.paper import Announcement, Paper

#: an index has one scope: all works it knows
SCOPE: Final = "works"
#: day of an announcement about a work of which nobody told a date; it announces nothing, so that it is never shown
UNDATED: Final = date(1970, 1, 1)

Record = Mapping[str, Any]
_ARXIV_PREFIX: Final = "10.48550/arxiv."
_RXIV_DOI: Final = re.compile(r"10\.(?:1101|64898)/[0-9.]*\d", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s<>()]{1,64}@[^@\s<>()]{1,190}\.[^@\s<>().]{2,}")
_LINK: Final = re.compile(r"https?://[^\s<>\"\\^`{|}]{1,1900}", re.IGNORECASE)
#: names of preprint servers where an index fills in a venue
_SERVERS: Final = ("arxiv", "biorxiv", "medrxiv", "chemrxiv", "psyarxiv", "techrxiv", "research square", "authorea")
_SERVERS_EXACTLY: Final = frozenset({"corr", "ssrn electronic journal", "ssrn", "preprints.org", "zenodo"})
_CREATIVE_COMMONS: Final = {
    "ccby": "by",
    "ccbysa": "by-sa",
    "ccbync": "by-nc",
    "ccbynd": "by-nd",
    "ccbyncsa": "by-nc-sa",
    "ccbyncnd": "by-nc-nd",
}
#: more citations than all papers together have
_MOST: Final = 10**9
#: in a filter of many DOIs these end one; and nobody's DOI is this long
_ENDS_DOI: Final = re.compile(r"[,|\s]")
_LONGEST_DOI: Final = 200


class Unreadable(Exception):
    """A record lacks what makes it one; says what."""


def read_json(body: bytes, index: str) -> Any:
    """The JSON of an answer. Raises BadFeed for anything else, such as an error page of a gateway."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        kind = "a web page" if body.lstrip()[:1] == b"<" else "something that is not JSON"
        raise BadFeed(f"{index} answered with {kind}.") from error


def record(value: object) -> Record:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[Record]:
    """The objects of an array; everything else in it is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """One line of text; empty where it is none. Of an array, its first text."""
    return one_line(_first(value))


def marked_text(value: object) -> str:
    """The same with its mark-up."""
    return plain_line(_first(value))


def _first(value: object) -> str:
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str) and one.strip()), "")
    return value if isinstance(value, str) else ""


def unmarked(value: object) -> str:
    """Text without the markup (HTML, JATS, MathML) that publishers leave in titles and abstracts."""
    return one_line(html.unescape(strip_tags(formulas.merge_formulas(marked_text(value)))))


def count(value: object) -> int | None:
    """A number of things; None where it is none."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return value if isinstance(value, int) and is_count else None


def link(value: object) -> str:
    """A web address; empty where it is none."""
    said = text(value)
    return said if _LINK.fullmatch(said) else ""


def doi_of(value: object) -> str | None:
    """A DOI in lower case, from any of its spellings; an arXiv identifier has the DOI that arXiv gave it."""
    id = identifier(value)
    if id is None or id.scheme not in ("doi", "arxiv"):
        return None
    return f"{_ARXIV_PREFIX}{id.value}" if id.scheme == "arxiv" else id.value


def identifier(value: object) -> PaperId | None:
    """What a text identifies; None where that is nothing, or an address that only stands for itself."""
    try:
        found = PaperId.parse(text(value))
    except BadIdentifier:
        return None
    return None if found.scheme in ("url", "guid") else found


def is_preprint_doi(doi: str) -> bool:
    """True for the DOIs that arXiv, bioRxiv and medRxiv give."""
    return doi.startswith(_ARXIV_PREFIX) or bool(_RXIV_DOI.fullmatch(doi))


def venue(value: object) -> str | None:
    """A journal or conference; None where there is none, or a preprint server stands in its place."""
    name = unmarked(value)
    plain = name.casefold()
    return None if plain.startswith(_SERVERS) or plain in _SERVERS_EXACTLY else name or None


def licence(value: object) -> str | None:
    """The address of a licence that an index names in short: `cc-by`, `CCBYNCND`, `cc0`."""
    said = text(value).lower()
    if said.startswith("http"):
        return link(said) or None
    name = re.sub(r"[^a-z0-9]", "", said)
    if name in ("cc0", "publicdomain"):
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    return f"https://creativecommons.org/licenses/{_CREATIVE_COMMONS[name]}/" if name in _CREATIVE_COMMONS else None


def names(paper: Paper) -> frozenset[PaperId]:
    """Every identifier of a paper; an arXiv DOI counts as the arXiv identifier that it holds."""
    dois = (PaperId("doi", paper.doi),) if paper.doi else ()
    return frozenset(_plain(id) for id in (paper.id, *paper.identifiers, *dois))


def asked_dois(paper: Paper) -> tuple[str, ...]:
    """The DOIs to ask for a paper by, that of the published version first; arXiv's own last."""
    ids = sorted(names(paper))
    published = [id.value for id in ids if id.scheme == "doi"]
    arxiv = [f"{_ARXIV_PREFIX}{id.value}" for id in ids if id.scheme == "arxiv"]
    return tuple(sorted(published, key=lambda doi: (doi != paper.doi, is_preprint_doi(doi))) + arxiv)


def fits_a_list(doi: str) -> bool:
    """True where a DOI can be asked for together with others; one with a comma in it would be taken for two."""
    return len(doi) <= _LONGEST_DOI and not _ENDS_DOI.search(doi)


def other_names(dois: Iterable[str | None], ids: Iterable[PaperId | None] = ()) -> tuple[PaperId, ...]:
    """Identifiers of one work, each once: an arXiv one stands beside its DOI."""
    found: dict[PaperId, None] = {}
    for id in (*(PaperId("doi", doi) for doi in dois if doi), *ids):
        if id is None:
            continue
        plain = _plain(id)
        found[plain] = None
        if plain.scheme == "arxiv":
            found[PaperId("doi", f"{_ARXIV_PREFIX}{plain.value}")] = None
    return tuple(found)


def claimed(asked: Sequence[Paper], told: Iterable[Paper], index: str) -> tuple[Announcement, ...]:
    """What an index told of the papers that were asked for by an identifier; of each once, the published version."""
    by_name: dict[PaperId, list[Paper]] = {}
    for one in told:
        for name in names(one):
            by_name.setdefault(name, []).append(one)
    found = ((paper, _best(one for name in sorted(names(paper)) for one in by_name.get(name, ()))) for paper in asked)
    return tuple(about(paper, one, index) for paper, one in found if one)


def can_be_known_by_title(paper: Paper) -> bool:
    """False where the title is too common to say which paper is meant: it need not be asked for."""
    return bool(title_key(paper))


def same_title(asked: Paper, told: Iterable[Paper]) -> Paper | None:
    """The record that is certainly the asked paper, by title, first author and year; None where none is.

    None as well where two published works fit: the talk and the article of the same title, and nobody says which.
    """
    key = title_key(asked)
    same = [one for one in told if key and title_key(one) == key and is_same(asked, one)]
    return _best(same) if len({one.doi for one in same if one.doi}) <= 1 else None


def about(asked: Paper, told: Paper, index: str) -> Announcement:
    """A record, told under the identifier that the paper has here; no news."""
    day = asked.announced or _day(asked) or _day(told) or UNDATED
    published = None if _is_vaguer(told.published, asked.published) else told.published
    others = tuple(id for id in dict.fromkeys((told.id, *told.identifiers)) if id != asked.id and id.scheme != "url")
    title = told.title or asked.title
    paper = replace(told, id=asked.id, title=title, published=published, identifiers=others, sources=(index,))
    return Announcement(paper=paper, source=index, scope=SCOPE, day=day, is_news=False)


def found(read: Iterable[Paper | UnreadEntry], index: str) -> Listing:
    """Records as a listing of their own, under their own identifiers; one without a title tells nobody anything."""
    judged = [_titled(one) for one in read]
    return Listing(
        source=index,
        scope=SCOPE,
        announcements=tuple(about(one, one, index) for one in judged if isinstance(one, Paper)),
        problems=tuple(one for one in judged if isinstance(one, UnreadEntry)),
    )


def but(*said: object) -> str:
    """What a service said in the place of an answer, to go on with in a sentence; empty where it said nothing."""
    words = next(filter(None, map(text, said)), "")
    return f", but: {words[:200].rstrip('.')}" if words else ""


def mailto(contact: str) -> dict[str, str]:
    """The parameter that lets us into the polite pool, where the contact is an e-mail address."""
    address = contact.strip()
    return {"mailto": address} if _EMAIL.fullmatch(address) else {}


def _plain(id: PaperId) -> PaperId:
    if id.scheme == "doi" and id.value.startswith(_ARXIV_PREFIX):
        return identifier(id.value) or id
    return id


def _best(candidates: Iterable[Paper]) -> Paper | None:
    """The published version where there is one, and rather one with a venue; otherwise the first."""
    ordered = sorted(candidates, key=lambda one: (one.doi is None, one.journal is None))
    return ordered[0] if ordered else None


def _day(paper: Paper) -> date | None:
    return paper.published.date() if paper.published else None


def _is_vaguer(told: datetime | None, known: datetime | None) -> bool:
    """True of a year or a month, told as its first day, where we know the day: it would make the paper older."""
    if told is None or known is None or told >= known:
        return False
    return told in (midnight(known.year), midnight(known.year, known.month))


def _titled(one: Paper | UnreadEntry) -> Paper | UnreadEntry:
    return (
        one
        if isinstance(one, UnreadEntry) or one.title
        else UnreadEntry(where=str(one.id)[:80], reason="it has no title")
    )
