"""What identifies the entries of a feed: the most stable identifier of each, seen over all entries of the feed.

Pure; called by `feeds` only, with entries as feedparser gives them. A DOI, an arXiv or a PubMed number from wherever
publishers put it comes first, then what the feed calls the entry, then its address. What several titles have in common
identifies none of them: the journal's own DOI, the address of an issue, one page for all papers of a workshop.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from adapters.sources.feed_fields import Fields
from core.errors import BadIdentifier
from core.papers.addresses import LONGEST, clean_address
from core.papers.identifiers import PaperId, Reference, dois_in
from core.text.words import fold

#: where an entry tells its identifier, the most certain place first
_PLACES: Final = (
    "prism_doi", "dc_identifier", "dcterms_identifier", "id", "link", "feedburner_origlink", "prism_url", "arxiv_doi"
)  # fmt: skip
#: schemes of identifiers that stay whatever a publisher does to a site; PubMed's comes last, because it comes late
_LASTING: Final = ("doi", "arxiv", "pmid")
#: titles under one of them are of one paper if they are so alike, of 100
_ALIKE: Final = 70
#: links in bioRxiv's own feeds: the DOI's prefix is missing, the version is there
_RXIV_SHORT: Final = re.compile(r"\b(?:bio|med)rxiv\.org/cgi/content/\w+/([\d.]+\d)v([1-9]\d?)\b", re.ASCII)
#: numbers that a text says are its own; arXiv's feeds begin like this
_PMID_IN_TEXT: Final = re.compile(r"\bPMID:\s{0,3}(?:<a\b[^<>]{0,300}>)?\s{0,3}(\d{5,8})\b", re.ASCII)
_ARXIV_IN_TEXT: Final = re.compile(r"\A\W{0,9}(arXiv:[a-z-]*(?:\.[A-Z]{2})?/?[\d.]{7,10}(?:v\d+)?)(?!\w)", re.ASCII)
#: a bare number is arXiv's only if it is one of before April 2007, which no other archive writes like that
_BARE_ARXIV: Final = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?", re.ASCII)
#: a feed's name of an entry that is unique in the world
_UNIQUE: Final = re.compile(r"(?:urn|tag):\S{8,}|\S{24,}", re.IGNORECASE)
_DIGEST: Final = 5


def identities(entries: Sequence[Fields]) -> list[tuple[Reference, ...]]:
    """Everything that identifies each entry, its identity first; empty where nothing does.

    Entries of one identity are one paper: the same title under an identifier, or under addresses that differ in their
    query only, on the same day.
    """
    titles = [_letters(entry.text("title")) for entry in entries]
    candidates = [([], []) if entry.is_empty else (_lasting(entry), _passing(entry)) for entry in entries]
    bearers = defaultdict[PaperId, set[str]](set)
    for title, (lasting, passing) in zip(titles, candidates, strict=True):
        for reference in (*lasting, *passing):
            bearers[reference.id].add(title)
    shared_ids = {id for id, borne in bearers.items() if len(borne) > 1 and not _is_of_one_paper(id, borne)}
    references = [_own_references(*pair, title, shared_ids) for title, pair in zip(titles, candidates, strict=True)]
    first: dict[tuple[str, ...], tuple[Reference, ...]] = {}
    return [
        _first_of_same(entry, title, own, first) for entry, title, own in zip(entries, titles, references, strict=True)
    ]


def places(entry: Fields) -> tuple[str, ...]:
    """Everything that `identities` looks at, as the entry has it."""
    texts = (*map(entry.text, _PLACES), entry.text("summary"))
    return (*texts, *(content.text("value") for content in entry.records("content")))


def version(entry: Fields, references: tuple[Reference, ...]) -> int:
    """The highest version that a reference names; 1 where none does, even if the entry was updated."""
    id = references[0].id
    if (match := _RXIV_SHORT.search(entry.text("link")[:LONGEST])) and id.value.endswith(f"/{match[1]}"):
        return int(match[2])
    return max((reference.version for reference in references if reference.id == id and reference.version), default=1)


def _is_of_one_paper(id: PaperId, titles: set[str]) -> bool:
    """True where an identifier's titles are variants of one: a note beside it, a subtitle."""
    first, *other_titles = sorted(titles)
    return id.scheme in _LASTING and all(fuzz.token_set_ratio(first, title) >= _ALIKE for title in other_titles)


def _own_references(
    lasting: Sequence[Reference], passing: Sequence[Reference], title: str, shared_ids: set[PaperId]
) -> tuple[Reference, ...]:
    """The references that identify this entry alone; where it shares all with others, one made from its title."""
    own_lasting = [reference for reference in lasting if reference.id not in shared_ids]
    if own_lasting:
        return tuple(own_lasting)
    own_passing = [reference for reference in passing if reference.id not in shared_ids]
    if own_passing:
        # the address identifies an entry with a name as well, unless it may change with every fetch
        pages = [page for page in own_passing[1:2] if page.id.scheme == "url" and not re.search("[?#]", page.id.value)]
        return (own_passing[0], *(pages if own_passing[0].id.scheme == "guid" else ()))
    if not passing and not lasting:
        return ()
    pages = [page for page in passing if page.id.scheme == "url"]
    base = pages[0].id.value if pages else f"https://doi.org/{(*lasting, *passing)[0].id.value}"
    digest = blake2b(title.encode(errors="replace"), digest_size=_DIGEST).hexdigest()
    return (Reference(PaperId("url", f"{base.partition('#')[0]}#{digest}"), None),)


def _first_of_same(
    entry: Fields, title: str, own: tuple[Reference, ...], first: dict[tuple[str, ...], tuple[Reference, ...]]
) -> tuple[Reference, ...]:
    """The identity of an earlier entry that differs from this one only in the query of its address."""
    address = page_of(entry)
    day = entry.text("published") or entry.text("updated")
    if not own or own[0].id.scheme in _LASTING or not day or "?" not in address:
        return own
    key = (title, day, address.partition("?")[0], entry.text("author"), entry.text("summary"))
    return first.setdefault(key, own)


def _lasting(entry: Fields) -> list[Reference]:
    """Lasting identifiers without repetitions, the best first."""
    texts = (text for text in map(entry.text, _PLACES) if 0 < len(text) <= LONGEST)
    references = [reference for text in texts for reference in _read(text.strip())] or [*_in_text(entry)]
    references = sorted(dict.fromkeys(references), key=lambda reference: reference.id.scheme == "pmid")
    return [reference for at, reference in enumerate(references) if not _goes_on(reference.id, references[:at])]


def _read(text: str) -> Iterator[Reference]:
    """The lasting identifier in a text, if there is one."""
    try:
        reference = Reference.parse(text)
    except BadIdentifier:
        return
    if reference.id.scheme in _LASTING and not _BARE_ARXIV.fullmatch(text):
        yield reference


def _goes_on(id: PaperId, before: Iterable[Reference]) -> bool:
    """True for a DOI that is an earlier one with more of an address behind it, such as an article's number."""
    return any(
        id.scheme == earlier.id.scheme == "doi" and id.value.startswith(f"{earlier.id.value}/") for earlier in before
    )


def _in_text(entry: Fields) -> Iterator[Reference]:
    """The identifiers in the entry's texts; where they name several of a kind, none is surely the entry's own."""
    contents = (content.text("value") for content in entry.records("content"))
    texts = [text[:20_000] for text in (entry.text("summary"), *contents)]
    plain = [text.replace("&lt;", "<").replace("&gt;", ">") for text in texts]
    for identifiers in (
        {doi for text in plain for doi in dois_in(text)},
        {match[1] for text in texts if (match := _ARXIV_IN_TEXT.match(text))},
        {f"pmid:{number}" for text in texts for number in _PMID_IN_TEXT.findall(text)},
    ):
        if len(identifiers) == 1:
            yield from _read(identifiers.pop())


def page_of(entry: Fields) -> str:
    """The address of the entry's page: the first of its links that is an address."""
    alternates = (link.text("href") for link in entry.records("links") if link.text("rel") == "alternate")
    return next(filter(None, map(clean_address, (entry.text("link"), *alternates))), "")


def _passing(entry: Fields) -> list[Reference]:
    """The feed's name of the entry, and its addresses, the surest first."""
    id, link = entry.text("id"), entry.text("link")
    pages = [clean_address(id) if clean_address(id) == id else "", page_of(entry), clean_address(id)]
    pages += [clean_address(id, fragment=True), clean_address(link, fragment=True)]
    name = "" if clean_address(id) else _name(id, next(filter(None, pages), ""))
    ids = [PaperId("guid", name)] if name else []
    ids += (PaperId("url", page) for page in pages if page)
    return [Reference(paper_id, None) for paper_id in dict.fromkeys(ids)]


def _name(guid: str, page: str) -> str:
    """The feed's name of an entry, behind the host of its address: other feeds may use the same name."""
    name = "_".join(guid.split())
    if not name or len(name) > LONGEST or not name.isprintable() or re.match("https?:", name, re.IGNORECASE):
        return ""
    if page:
        return f"{urlsplit(page).netloc.removeprefix('www.')}/{name}"
    return name if _UNIQUE.fullmatch(name) else ""


def _letters(title: str) -> str:
    return " ".join(re.findall(r"\w+", fold(title[:LONGEST])))
