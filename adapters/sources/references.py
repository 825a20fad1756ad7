"""Files of reference managers -> the papers that they name: BibTeX, RIS, CSL-JSON, and Zotero's own JSON and RDF.

`paperboy channels seed` reads them. The format is read from the file itself; a file in none of these is a list of
identifiers. An entry that cannot be read is reported beside the others, a file in one sentence. The parsers load with
the first file of their kind.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from adapters.sources.files import read_bytes
from adapters.sources.markup import strip_tags
from adapters.sources.people import clean_names, turn_name
from adapters.sources.text import one_line
from core.choose.profile.seeds import NamedPapers, UnreadReference, own_id
from core.errors import BadFeed, BadIdentifier, UsageError
from core.papers.bounds import LONGEST_ABSTRACT, LONGEST_NAME, LONGEST_TITLE
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.readable import readable, shorten

#: a library of 20,000 papers with abstracts is about as large
LARGEST: Final = 32_000_000
#: entries of a file that are read
MOST_ENTRIES: Final = 5_000
_MOST_AUTHORS: Final = 200
_MOST_UNREAD: Final = 1_000

_BIBTEX: Final = re.compile(r"^\s*@\s*\w+\s*[{(]", re.MULTILINE)
_RIS: Final = re.compile(r"^\s*TY  - ", re.MULTILINE)
_ARXIV: Final = re.compile(r"\barxiv\s*:?\s*((?:\d{4}\.\d{4,5})|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))", re.IGNORECASE)
#: items of Zotero that are no papers
_NO_PAPER: Final = frozenset({"attachment", "note", "annotation"})
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_FORMATS: Final = "Paperboy reads BibTeX, RIS, CSL-JSON, Zotero's JSON and RDF, and lists of identifiers."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry in the words of its file."""

    where: str
    title: str
    abstract: str = ""
    #: in reading order
    authors: tuple[str, ...] = ()
    #: fields that may hold an identifier, the surest first
    names: tuple[str, ...] = ()
    category: str = ""


def read_library(path: Path) -> NamedPapers:
    """The papers that a file names. Raises UsageError and BadFeed with a sentence about what is wrong."""
    if path.is_char_device() or path.is_fifo():
        raise UsageError(f"{path} is not a file.")  # it may never end
    try:
        return parse(read_bytes(path, most=LARGEST))
    except BadFeed as error:
        raise BadFeed(f"{path.name}: {error}", hint=error.hint) from error


def parse(body: bytes) -> NamedPapers:
    """The papers that a file's content names. Raises BadFeed."""
    if len(body) > LARGEST:
        raise BadFeed(f"The file is larger than {LARGEST:,} bytes.", hint="Export the collection that matters alone.")
    text = _decode(body)
    if not text.strip():
        raise BadFeed("The file is empty.")
    start = text.lstrip()[:1]
    if start in "[{" and not _BIBTEX.match(text):
        return _collect_papers(_of_json(text))
    if start == "<":
        return _collect_papers(_of_rdf(text))
    if _RIS.search(text):
        return _collect_papers(_of_ris(text))
    if _BIBTEX.search(text):
        return _collect_papers(_of_bibtex(text))
    return _of_list(text)


def _decode(body: bytes) -> str:
    has_mark = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if has_mark else ("utf-8-sig", "cp1252", "iso-8859-1"):
        with suppress(UnicodeDecodeError):
            text = body.decode(encoding)
            if "\0" in text:
                break
            return text
    raise BadFeed("The file is not a text.", hint=_FORMATS)


def _collect_papers(entries: Iterable[_Entry | UnreadReference]) -> NamedPapers:
    papers: dict[PaperId, Paper] = {}
    unread: list[UnreadReference] = []
    for number, entry in enumerate(entries, 1):
        if number > MOST_ENTRIES:
            unread.append(UnreadReference(where=f"entry {number:,}", reason="it and those after it were not read"))
            break
        if isinstance(entry, UnreadReference):
            unread.append(entry)
        elif paper := _paper(entry):
            papers.setdefault(paper.id, paper)
        else:
            unread.append(UnreadReference(where=entry.where or f"entry {number:,}", reason="it has no title"))
    if not papers and not unread:
        raise BadFeed("The file names no paper.", hint=_FORMATS)
    return NamedPapers(papers=tuple(papers.values()), unread=tuple(unread[:_MOST_UNREAD]))


def _paper(entry: _Entry) -> Paper | None:
    title = shorten(_plain(entry.title), LONGEST_TITLE)
    if not title:
        return None
    names = (name[:LONGEST_NAME] for name in entry.authors[:_MOST_AUTHORS])
    authors = clean_names(turn_name(_plain(name)) for name in names)
    ids = tuple(dict.fromkeys(filter(None, map(_identifier, entry.names))))
    category = _plain(entry.category)[:40]
    return Paper(
        id=ids[0] if ids else own_id(title, authors),
        title=title,
        abstract=shorten(_plain(entry.abstract), LONGEST_ABSTRACT),
        authors=authors,
        categories=(category,) if category else (),
        identifiers=ids[1:],
    )


def _plain(text: str) -> str:
    """A text in one line, without TeX and mark-up."""
    line = readable(strip_tags(text[: 4 * LONGEST_ABSTRACT]))
    return one_line(line.replace("{", "").replace("}", ""))


def _identifier(text: str) -> PaperId | None:
    try:
        return PaperId.parse(text.strip())
    except BadIdentifier:
        match = _ARXIV.search(text[:500])
        return PaperId.parse(match[1]) if match else None


def _of_bibtex(text: str) -> Iterator[_Entry | UnreadReference]:
    from bibtexparser import middlewares
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # each fault is reported below
    try:
        library = parse_string(text, append_middleware=[middlewares.SeparateCoAuthors(True)])
    except Exception as error:  # a foreign parser, on a hostile text
        raise BadFeed("The file is BibTeX, and so damaged that it cannot be read.") from error
    for block in library.failed_blocks:
        yield UnreadReference(where=f"line {(block.start_line or 0) + 1}", reason="it is no BibTeX")
    for entry in library.entries:
        fields = {name.lower(): field.value for name, field in entry.fields_dict.items()}
        authors = fields.get("author", ())
        values = {name: str(value) for name, value in fields.items() if name not in ("author", "editor")}
        is_arxiv = "arxiv" in (values.get("archiveprefix", "") + values.get("eprinttype", "")).lower()
        yield _Entry(
            where=entry.key,
            title=values.get("title", ""),
            abstract=values.get("abstract", ""),
            authors=tuple(map(str, authors)) if isinstance(authors, list) else (),
            names=(
                values.get("eprint", "") if is_arxiv else "",
                *(values.get(name, "") for name in ("doi", "eprint", "journal", "note", "url")),
            ),
            category=values.get("primaryclass", ""),
        )


def _of_ris(text: str) -> Iterator[_Entry | UnreadReference]:
    import rispy

    try:
        entries: list[dict[str, Any]] = rispy.loads(text, skip_unknown_tags=True)
    except Exception as error:  # a foreign parser, on a hostile text
        raise BadFeed("The file is RIS, and so damaged that it cannot be read.") from error
    for number, entry in enumerate(entries, 1):
        values = {name: _first_text(value) for name, value in entry.items()}
        authors = entry.get("authors") or entry.get("first_authors") or ()
        yield _Entry(
            where=f"entry {number:,}",
            title=values.get("title") or values.get("primary_title", ""),
            abstract=values.get("abstract") or values.get("notes_abstract", ""),
            authors=tuple(map(str, authors)),
            names=tuple(values.get(name, "") for name in ("doi", "number", "journal_name", "urls", "id")),
        )


def _first_text(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value or "")


def _of_json(text: str) -> Iterator[_Entry | UnreadReference]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFeed("The file begins like JSON and is none, or is cut off.", hint=_FORMATS) from error
    if isinstance(document, dict):
        document = document.get("items", [document])
    for number, item in enumerate(document if isinstance(document, list) else (), 1):
        record = item.get("data", item) if isinstance(item, dict) else None
        if not isinstance(record, dict):
            yield UnreadReference(where=f"entry {number:,}", reason="it is no record")
        elif record.get("itemType", record.get("type")) not in _NO_PAPER:
            yield _of_record(record, number)


def _of_record(record: Mapping[str, Any], number: int) -> _Entry:
    """An item of CSL-JSON or of Zotero, which have their own names for the same fields."""

    def field(*names: str) -> str:
        return next((value for name in names if isinstance(value := record.get(name), str) and value), "")

    people = record.get("author", record.get("creators", ()))
    return _Entry(
        where=field("id", "citationKey", "key") or f"entry {number:,}",
        title=field("title"),
        abstract=field("abstract", "abstractNote"),
        authors=tuple(filter(None, map(_person, people))) if isinstance(people, list) else (),
        names=tuple(map(field, ("DOI", "archiveID", "number", "extra", "note", "URL", "url"))),
    )


def _person(person: object) -> str:
    if not isinstance(person, dict) or person.get("creatorType", "author") != "author":
        return ""
    first, last = person.get("given") or person.get("firstName"), person.get("family") or person.get("lastName")
    whole = person.get("literal") or person.get("name")
    return " ".join(str(part) for part in (first, last) if part) or str(whole or "")


def _of_rdf(text: str) -> Iterator[_Entry | UnreadReference]:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(_DECLARATION.sub("", text, count=1))  # the text is not in that encoding any more
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise BadFeed("The file is XML, and damaged or not what Zotero writes.", hint=_FORMATS) from error
    if root.tag != f"{_RDF}RDF":
        raise BadFeed("The file is XML, but no RDF of Zotero.", hint=_FORMATS)
    for number, node in enumerate(root, 1):
        kind = next(_rdf_texts(node, "itemType"), "")
        if not kind or kind in _NO_PAPER:
            continue
        about = node.get(f"{_RDF}about", "")
        # a DOI that Zotero hangs on the journal is the article's; its own ISSN is not
        dois = (text for text in _rdf_texts(node, "isPartOf//{*}identifier") if text.startswith("DOI "))
        yield _Entry(
            where=about or f"entry {number:,}",
            title=next(_rdf_texts(node, "title"), ""),
            abstract=next(_rdf_texts(node, "abstract"), ""),
            authors=tuple(filter(None, map(_rdf_name, node.iterfind("{*}authors//{*}Person")))),
            names=(*_rdf_texts(node, "identifier"), *dois, *_rdf_texts(node, "description"), about),
        )


def _rdf_texts(node: Any, path: str) -> Iterator[str]:
    """The texts of elements in any namespace."""
    return (" ".join("".join(element.itertext()).split()) for element in node.iterfind(f"{{*}}{path}"))


def _rdf_name(person: Any) -> str:
    parts = (text for name in ("givenName", "givenname", "surname") for text in _rdf_texts(person, name))
    return " ".join(parts).strip()


def _of_list(text: str) -> NamedPapers:
    """Identifiers and addresses between spaces, commas or lines; what stands behind a # on a line is a remark."""
    lines = (re.sub(r"(?:^|\s)#.*", "", line) for line in text.splitlines())
    words = dict.fromkeys(word for line in lines for word in re.split(r"[\s,;]+", line) if word)
    references = dict.fromkeys(word for word in islice(words, MOST_ENTRIES) if _is_reference(word))
    if not references:
        raise BadFeed("The file names no paper.", hint=_FORMATS)
    unread = (
        UnreadReference(where=word[:60], reason="it is no identifier") for word in words if word not in references
    )
    return NamedPapers(references=tuple(references), unread=tuple(islice(unread, _MOST_UNREAD)))


def _is_reference(word: str) -> bool:
    try:
        PaperId.parse(word)
    except BadIdentifier:
        return False
    return True
