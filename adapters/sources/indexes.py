"""What the citation indexes (Crossref, OpenAlex, Semantic Scholar) have in common: reading JSON, and finding in it the
papers that were asked for.

Each index turns its works into `Paper` values under their own identifiers; `match_works` and `find_by_title` say which
of the asked papers a work is. Pure. Whatever type a field has, reading it gives a value or nothing, never an exception:
these services fill fields by hand, and an optional source must not fail because of one of them.
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
from adapters.sources.entries import with_entries
from adapters.sources.markup import strip_tags
from adapters.sources.text import one_line, plain_line
from core.errors import BadFeed, BadIdentifier
from core.ingest.listing import Listing, UnreadEntry
from core.papers.identifiers import PaperId
from core.papers.identity.matching import is_same, title_key
from core.papers.paper import Announcement, Paper

#: an index has one scope: all works it knows
SCOPE: Final = "works"
#: day of an announcement about a work without a date; it announces nothing, so that the day is never shown
NO_DAY: Final = date(1970, 1, 1)

Record = Mapping[str, Any]
_ARXIV_PREFIX: Final = "10.48550/arxiv."
#: DOIs that bioRxiv and medRxiv give
RXIV_DOI: Final = re.compile(r"10\.(?:1101|64898)/[0-9.]*\d", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s<>()]{1,64}@[^@\s<>()]{1,190}\.[^@\s<>().]{2,}")
_LINK: Final = re.compile(r"https?://[^\s<>\"\\^`{|}]{1,1900}", re.IGNORECASE)
#: names of preprint servers where an index fills in a venue
_SERVERS: Final = ("arxiv", "biorxiv", "medrxiv", "chemrxiv", "psyarxiv", "techrxiv", "research square", "authorea")
_SERVERS_EXACTLY: Final = frozenset({"corr", "ssrn electronic journal", "ssrn", "preprints.org", "zenodo"})
_NUMBER: Final = re.compile(r"\s*[0-9]{1,9}\s*")
#: the most citations that are believed
_MOST: Final = 10**9
#: characters that end a DOI in a filter of many; and the longest DOI that is asked for
_ENDS_DOI: Final = re.compile(r"[,|\s]")
_LONGEST_DOI: Final = 200


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
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A text, or the first one of an array, in one line; empty for other values."""
    return one_line(_first(value))


def marked_text(value: object) -> str:
    """The same text with its mark-up."""
    return plain_line(_first(value))


def _first(value: object) -> str:
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, str) and entry.strip()), "")
    return value if isinstance(value, str) else ""


def plain_text(value: object) -> str:
    """Text without the markup (HTML, JATS, MathML) that publishers leave in titles and abstracts."""
    return one_line(html.unescape(strip_tags(formulas.merge_formulas(marked_text(value)))))


def count(value: object) -> int | None:
    """A number of things; None for other values."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return value if isinstance(value, int) and is_count else None


def lenient_count(value: object) -> int | None:
    """A number of things that may be written as text."""
    return count(int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value)


def link(value: object) -> str:
    """A web address; empty for other values."""
    address = text(value)
    return address if _LINK.fullmatch(address) else ""


def doi_of(value: object) -> str | None:
    """A DOI in lower case, from any of its spellings; an arXiv identifier has the DOI that arXiv gave it."""
    id = identifier(value)
    if id is None or id.scheme not in ("doi", "arxiv"):
        return None
    return f"{_ARXIV_PREFIX}{id.value}" if id.scheme == "arxiv" else id.value


def identifier(value: object) -> PaperId | None:
    """The identifier in a text; None where there is none, or only an address."""
    try:
        id = PaperId.parse(text(value))
    except BadIdentifier:
        return None
    return None if id.scheme in ("url", "guid") else id


def is_preprint_doi(doi: str) -> bool:
    """True for the DOIs that arXiv, bioRxiv and medRxiv give."""
    return doi.startswith(_ARXIV_PREFIX) or bool(RXIV_DOI.fullmatch(doi))


def venue(value: object) -> str | None:
    """A journal or conference; None where there is none, or a preprint server stands in its place."""
    name = plain_text(value)
    plain = name.casefold()
    return None if plain.startswith(_SERVERS) or plain in _SERVERS_EXACTLY else name or None


def licence(value: object) -> str | None:
    """The address of a licence that an index names in short: `cc-by`, `CCBYNCND`, `cc0`."""
    label = text(value).lower()
    if label.startswith("http"):
        return link(label) or None
    name = re.sub(r"[^a-z0-9]", "", label)
    if name in ("cc0", "publicdomain"):
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    match = re.fullmatch(r"cc(by)(nc)?(sa|nd)?", name)
    return f"https://creativecommons.org/licenses/{'-'.join(filter(None, match.groups()))}/" if match else None


def names(paper: Paper) -> frozenset[PaperId]:
    """Every identifier of a paper; an arXiv DOI counts as the arXiv identifier that it holds."""
    dois = (PaperId("doi", paper.doi),) if paper.doi else ()
    return frozenset(_plain(id) for id in (paper.id, *paper.identifiers, *dois))


def dois_to_ask(paper: Paper) -> tuple[str, ...]:
    """The DOIs to ask for a paper by, that of the published version first; arXiv's own last."""
    ids = sorted(names(paper))
    dois = [id.value for id in ids if id.scheme == "doi"]
    arxiv = [f"{_ARXIV_PREFIX}{id.value}" for id in ids if id.scheme == "arxiv"]
    return tuple(sorted(dois, key=lambda doi: (doi != paper.doi, is_preprint_doi(doi))) + arxiv)


def fits_a_list(doi: str) -> bool:
    """True where a DOI can be asked for in a list; a DOI with a comma would be taken for two."""
    return len(doi) <= _LONGEST_DOI and not _ENDS_DOI.search(doi)


def work_identifiers(dois: Iterable[str | None], ids: Iterable[PaperId | None] = ()) -> tuple[PaperId, ...]:
    """Identifiers of one work without repetitions; an arXiv identifier brings its DOI."""
    identifiers: dict[PaperId, None] = {}
    for id in (*(PaperId("doi", doi) for doi in dois if doi), *ids):
        if id is None:
            continue
        plain = _plain(id)
        identifiers[plain] = None
        if plain.scheme == "arxiv":
            identifiers[PaperId("doi", f"{_ARXIV_PREFIX}{plain.value}")] = None
    return tuple(identifiers)


def match_works(papers: Sequence[Paper], works: Iterable[Paper], index: str) -> tuple[Announcement, ...]:
    """What an index says of papers, by their identifiers: of each paper one work, the published version first."""
    by_name: dict[PaperId, list[Paper]] = {}
    for work in works:
        for name in names(work):
            by_name.setdefault(name, []).append(work)
    best = ((paper, _best(work for name in sorted(names(paper)) for work in by_name.get(name, ()))) for paper in papers)
    return tuple(about(paper, work, index) for paper, work in best if work)


def can_be_known_by_title(paper: Paper) -> bool:
    """False where the title is too common to say which paper is meant: it need not be asked for."""
    return bool(title_key(paper))


def match_title(paper: Paper, works: Iterable[Paper], index: str) -> tuple[Announcement, ...]:
    """What an index says of a paper that it knows by title only."""
    work = find_by_title(paper, works)
    return (about(paper, work, index),) if work else ()


def find_by_title(paper: Paper, works: Iterable[Paper]) -> Paper | None:
    """The work that is certainly the paper, by title, first author and year; None where none is.

    None as well where two published works fit, such as a talk and an article of the same title.
    """
    key = title_key(paper)
    matches = [work for work in works if key and title_key(work) == key and is_same(paper, work)]
    return _best(matches) if len({work.doi for work in matches if work.doi}) <= 1 else None


def about(paper: Paper, work: Paper, index: str) -> Announcement:
    """A work under the identifier that the paper has here; no news."""
    day = paper.announced or _day(paper) or _day(work) or NO_DAY
    published_at = None if _is_vaguer(work.published, paper.published) else work.published
    ids = dict.fromkeys((work.id, *work.identifiers))
    record = replace(
        work,
        id=paper.id,
        title=work.title or paper.title,
        published=published_at,
        identifiers=tuple(id for id in ids if id != paper.id and id.scheme != "url"),
        sources=(index,),
    )
    return Announcement(paper=record, source=index, scope=SCOPE, day=day, is_news=False)


def works_listing(works: Iterable[Paper | UnreadEntry], index: str) -> Listing:
    """Works as a listing of their own, under their own identifiers; a work without a title is a problem."""

    def line(work: Paper | UnreadEntry) -> Announcement | UnreadEntry:
        if isinstance(work, UnreadEntry):
            return work
        if work.title:
            return about(work, work, index)
        return UnreadEntry(where=str(work.id)[:80], reason="it has no title")

    return with_entries(Listing(source=index, scope=SCOPE), map(line, works))


def but(*values: object) -> str:
    """The end of a sentence with the words of a service that did not answer; empty where there are none."""
    words = next(filter(None, map(text, values)), "")
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
    """The published version, with a venue if possible; otherwise the first candidate."""
    return min(candidates, key=lambda work: (work.doi is None, work.journal is None), default=None)


def _day(paper: Paper) -> date | None:
    return paper.published.date() if paper.published else None


def _is_vaguer(moment: datetime | None, known_moment: datetime | None) -> bool:
    """True for the first day of a year or a month of which we know the day: it would make the paper older."""
    if moment is None or known_moment is None or moment >= known_moment:
        return False
    return moment in (midnight(known_moment.year), midnight(known_moment.year, known_moment.month))
