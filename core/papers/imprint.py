"""Descriptions as feeds give them -> the abstract, and the authors that a description names.

Where a journal's feed has no abstract it has an imprint: journal, volume, pages, dates, a DOI, a line of authors. Most
put one before or after the abstract as well. Pure: `feeds` calls `read` with the paragraphs of all that an entry says
of itself. An imprint is known by its shape alone: take numbers, dates and the words of bibliographies away, and what
is left are a few words with capitals. Whatever reads like a sentence is the abstract, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from core.papers import highwire
from core.papers.bylines import after_names, names_in

#: what `with_borders` puts between paragraphs; no text holds it
BORDER: Final = "␞"
_BLOCK: Final = re.compile(
    r"<(?=/?(?:[a-z]{1,8}:)?(?:p|br|div|li|ul|ol|tr|h[1-6]|hr|blockquote|section|sec|st|title|cite)\b)", re.IGNORECASE
)
#: characters of a paragraph that may be an imprint
_LONGEST: Final = 400
#: characters of a paragraph that says nothing of the paper
_LONGEST_END: Final = 600
#: words without a capital that make a sentence
_SMALL: Final = 3
#: words of a journal's name
_MOST_WORDS: Final = 16
#: pieces of imprint before an abstract
_MOST: Final = 30
#: characters of what may be a teaser
_SHORT: Final = 80

_DATE: Final = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|spring|summer|autumn|fall|winter"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|(?:19|20)\d\d"
)
_BIBLIOGRAPHIC: Final = re.compile(
    r"(?P<id>\b(?:doi\s*:?\s*)?(?:https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/[^\s|,;]+|\bdoi\b"
    r"|\barxiv:\s?\S+|\b(?:pmid|pmcid|e?issn|pii)\s*:\s*[\w-]+)"
    r"|(?P<link>https?://\S+)"
    r"|(?P<label>\b(?:vol(?:ume)?|issue|iss|no|nr|number|pages?|pp?|article(?: (?:id|no|number))?|art|band|heft|seiten?"
    r"|num[eé]ro)\b\.?\s*:?\s*[a-z]{0,3}\d[\w.–—−‐-]*|\b(?:volume|issue|pages?)\b(?=\s*(?:,|$)))"
    r"|(?P<status>\b(?:published(?: online)?(?: in)?|publication date|available online|first published(?: online)?"
    r"|online (?:now|first|ahead of print)|ahead of print|early ?view|early access|epub"
    r"|advance (?:online )?(?:articles?|publication|access)|accepted (?:manuscript|article)|just accepted|in press"
    r"|corrected proof|announce type:\s*[\w-]+|open access)\b)"
    rf"|(?P<date>\b(?:{_DATE})\b)"
    r"|(?P<number>\b[a-z]{0,2}\d[\d():.–—−‐/-]*(?:st|nd|rd|th)?\b\)?)",
    re.IGNORECASE,
)
_JOINING: Final = frozenset(
    re.findall(r"\w+", "a al an and at by de del der des di e et for from in la of on the to und y"),
)
#: every word without a capital that an imprint may have: other ones are a sentence's, which saves a closer look
_IMPRINT_WORDS: Final = _JOINING | frozenset(
    re.findall(
        r"\w+",
        "vol volume issue iss no nr number page pages p pp article articles art id band heft seite seiten numero número"
        " doi pmid pmcid issn eissn pii published publication date available online first now early view access epub"
        " advance accepted manuscript just press corrected proof announce type new cross replace open ahead print",
    )
)
_SMALL_WORD: Final = re.compile(r"(?<!\S)[a-z]+(?!\S)")
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
#: `27(1):1-40` tells volume, issue and pages, and a single number tells nothing
_PLACE: Final = re.compile(r"\d\s?\(\d{1,4}\)\s?[:,]\s?\w?\d")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_CITATION: Final = re.compile(
    r"^[^\d]{2,80} \d{1,4}, [A-Z]?\d[\w–—−-]* \((?:19|20)\d\d\)|^[^\d]{2,80}, (?:19|20)\d\d, \d"
    r"|^[^\d]{2,80}, (?:\d[\w–—−-]*, ){1,3}.{0,120}\b(?:19|20)\d\d\b"
)

_SOURCE: Final = re.compile(
    r"^(?:source|journal|publisher|published in|article type|section|subjects?|publication date|date)\s*:\s*"
    r"[^.!?]{0,200}\.?$",
    re.IGNORECASE,
)
_FULL_STOP: Final = re.compile(r"(?<=\w{3})\.$")
_BY: Final = re.compile(r"^(?:(?:authors?|author\(s\))\s*:|by\s?:|by(?=\s))\s*", re.IGNORECASE)
#: what begins a paragraph, whether the feed says so or not
_STARTS: Final = re.compile(
    r"\s(?=(?:Publication date|Source|Authors?|Author\(s\)|Abstract)\s?:\s)|\s(?=\[[^\[\]]{5,120}\] Published )"
)
#: what such a beginning has, which few texts do
_STARTING: Final = ("Publication date", "Source", "Author", "Abstract", "] Published ")
_HEADING: Final = re.compile(
    r"^(?:(?:graphical )?abstract|summary|zusammenfassung|résumé|resumen|resumo|摘要|要旨)\s*[:.]?$", re.IGNORECASE
)
#: a heading that the mark-up parted from the text: `AbstractWe light`
_HEADING_RUN_ON: Final = re.compile(r"^(?:Abstract|ABSTRACT)(?:\s?[:.—–]\s+|(?=[A-Z][a-z]+[ ,]|[AI] ))")
_NOTHING: Final = re.compile(
    r"[\s.,;:|·•*()\[\]–—-]{0,20}(?:no abstract(?: is)?(?: available)?|abstract (?:is )?not available|not available"
    r"|n/a|none|null)?[\s.,;:|·•*()\[\]–—-]{0,20}",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"^(?:the post .{1,300} (?:appeared first|first appeared) on .{1,200}"
    r"|\W*(?:read (?:more|(?:the )?full \w+)|continue reading|full text|view (?:article|full text|pdf)"
    r"|download pdf|pdf|html|toc graphic)\b.{0,40}"
    r"|(?:to cite this |the content of this rss |©|\(c\) |copyright ).{0,250})$",
    re.IGNORECASE,
)
#: what leads on from a teaser; what says that it is one stays
_MORE: Final = re.compile(r"(?<=[…\].])\s(?:read more|continue reading)\b[^.]{0,80}$", re.IGNORECASE)
_COPYRIGHT: Final = re.compile(
    r"(?<=[.!?])\s+(?:©|\(c\)|Copyright(?: ©)?)\s?(?:19|20)\d\d\b[^\n]{0,150}$", re.IGNORECASE
)
#: what these two have, in lower case
_TRAILS: Final = ("read more", "continue reading", "©", "(c)", "copyright")
#: where an imprint before a text may end, and at a DOI that a text is glued to
_ENDS: Final = re.compile(r"[.;\]]\s+(?=\S)|\bdoi:\s?10\.\d{4,9}/[\w.-]+?(?=[A-Z]|\s|$)\s*")
_CUT: Final = re.compile(r"\s*(?:\.{3}|…|\[…\]|\[\.{3}\])\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an entry's descriptions say."""

    #: prose alone, in one line; empty where there is none
    abstract: str
    #: who it says wrote the paper, in order; empty where it does not say
    authors: tuple[str, ...] = ()


def read(descriptions: Iterable[Sequence[str]], *, title: str, authors: Sequence[str] = ()) -> Description:
    """The best abstract of several descriptions, each as its paragraphs in one line each, and the first authors named.

    The first one counts, unless another one begins with it and goes on, or is much longer where it is short. `title`
    and `authors` are what the entry says elsewhere: told again, they are no abstract.
    """
    candidates = [_describe(paragraphs, title, authors) for paragraphs in descriptions]
    best = ""
    for candidate in candidates:
        start = _CUT.sub("", best)
        is_short = len(best) < min(_SHORT, len(candidate.abstract) - _SHORT)
        if not best or is_short or (candidate.abstract.startswith(start) and len(candidate.abstract) > len(start)):
            best = candidate.abstract
    authors_named = (candidate.authors for candidate in candidates if candidate.authors)
    return Description(abstract=best, authors=next(authors_named, ()))


def without_imprint(abstract: str, *, title: str, authors: Sequence[str]) -> str:
    """The prose of an abstract of which nobody knows the paragraphs any more, HighWire's markers left out."""
    if highwire.plain(abstract) != abstract:
        return " ".join(highwire.plain(abstract).split())
    return _describe([abstract], title, authors).abstract


def with_borders(markup: str) -> str:
    """The same mark-up, or text without any, with a sign at each border of a paragraph that stays when tags go."""
    text, count = _BLOCK.subn(f"{BORDER}<", markup)
    return text if count else BORDER.join(markup.splitlines())


def _describe(paragraphs: Sequence[str], title: str, authors: Sequence[str]) -> Description:
    parts = [part for paragraph in paragraphs[:3] for part in _split_paragraph(paragraph)]
    parts = [paragraph.strip() for paragraph in (*parts, *paragraphs[3:]) if paragraph.strip()]
    first_authors: tuple[str, ...] = ()
    count = len(parts)
    for _ in range(_MOST):
        if not parts:
            break
        known_authors = authors or first_authors
        remainder, names = _after_imprint(parts[0], title, known_authors, is_alone=len(parts) == 1)
        if remainder == parts[0] and len(parts) > 1 and _SOURCE.match(parts[1]):
            names = () if known_authors else _names(parts[0].rstrip("."), title, is_alone=True)
            remainder = "" if names else remainder
        first_authors = first_authors or names
        if remainder == parts[0]:
            break
        parts[0:1] = [remainder] if remainder else []
    while parts and _ends(parts[-1]):
        parts.pop()
    text = " ".join(parts)
    end = text[-_LONGEST:]
    lower = end.lower()
    if any(word in lower for word in _TRAILS):
        text = text[:-_LONGEST] + _COPYRIGHT.sub("", _MORE.sub("", end))
    words = islice(_WORD.finditer(text), _MOST_WORDS + 1)
    if len(parts) < count and _is_name([word[0] for word in words]):
        text = ""  # the journal's name, in a paragraph of its own beside its imprint
    return Description(abstract="" if _NOTHING.fullmatch(text) else text, authors=first_authors)


def _split_paragraph(paragraph: str) -> list[str]:
    """A paragraph, taken apart where others begin in it."""
    return _STARTS.split(paragraph) if any(word in paragraph for word in _STARTING) else [paragraph]


def _ends(paragraph: str) -> bool:
    return (
        len(paragraph) <= _LONGEST_END
        and not _STARTS.search(paragraph)
        and bool(_CLOSING.match(paragraph) or _NOTHING.fullmatch(paragraph) or is_imprint(paragraph))
    )


def _after_imprint(text: str, title: str, authors: Sequence[str], *, is_alone: bool) -> tuple[str, tuple[str, ...]]:
    """The first paragraph without its imprint, and the names in the imprint; the whole paragraph where it has none."""
    if _HEADING.match(text) or _CLOSING.match(text) or _NOTHING.fullmatch(text) or _is_title(text, title):
        return "", ()
    if label := _BY.match(text):
        return _after_byline(text, text[label.end() :], authors)
    if (remainder := after_names(text, authors)) is not None and not remainder:
        return "", ()
    if names := _names(text, title, is_alone=is_alone and not authors):
        return "", names
    if _SOURCE.match(text) or is_imprint(text):
        return "", _names_before(text, title)
    ends = [match.end() for match in _ENDS.finditer(_before_prose(text[:_LONGEST]))]
    for end in reversed(ends):
        if is_imprint(text[:end].strip()):
            return text[end:], _names_before(text[:end], title)
    body = _HEADING_RUN_ON.sub("", text, count=1)
    return body or text, ()


def _after_byline(text: str, byline: str, authors: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    remainder = after_names(byline, authors)
    if remainder is not None and not remainder[:1].islower():
        return remainder, ()
    byline = _FULL_STOP.sub("", byline)
    if names := names_in(byline):
        return "", names
    # a label names groups as well, in any words, but hardly any without a capital: those are a sentence's
    small = sum(word.isalpha() and word.islower() and word not in _JOINING for word in byline.split())
    is_named = text[:2].casefold() != "by" and small < _SMALL
    return ("", tuple(filter(None, map(str.strip, re.split(r"[,;]", byline))))) if is_named else (text, ())


def _is_title(text: str, title: str) -> bool:
    """The title again, or the title before or after an imprint."""
    lower_text, lower_title = text.casefold().rstrip(". "), title.casefold().rstrip(". ")
    if not lower_title or lower_text == lower_title:
        return bool(lower_title)
    if lower_text.endswith(lower_title):
        return is_imprint(text[: len(lower_text) - len(lower_title)].strip(" :."))
    return lower_text.startswith(lower_title) and is_imprint(text[len(lower_title) :].strip(" :."))


def _names(text: str, title: str, *, is_alone: bool) -> tuple[str, ...]:
    """A paragraph of names and nothing else; of one name only where no prose follows."""
    names = names_in(text)
    words = set(title.casefold().split())
    if not names or (len(names) == 1 and not is_alone) or any(word in words for word in text.casefold().split()):
        return ()
    return names


def _names_before(imprint: str, title: str) -> tuple[str, ...]:
    """Names that an imprint begins with: `Ann Example, Bo Probe; 27(1):1-40`, `Ann Example in Proceedings of ...`."""
    first = re.split(r";\s| in (?=[A-Z])| [–—-] |\.\s+(?=Source\b)", imprint, maxsplit=1)
    return _names(first[0], title, is_alone=True) if len(first) > 1 else ()


def _before_prose(text: str) -> str:
    """The text up to the first letter of a word that no imprint has."""
    return next(
        (text[: match.start() + 1] for match in _SMALL_WORD.finditer(text) if match[0] not in _IMPRINT_WORDS), text
    )


def is_imprint(text: str) -> bool:
    """True of journal, volume, pages, dates and identifiers without a sentence, `Inv. Mater., Volume 38, Issue 5.`"""
    if len(text) > _LONGEST or any(
        word.isalpha() and word.islower() and word not in _IMPRINT_WORDS for word in text.split()
    ):
        return False
    kinds = {match.lastgroup for match in _BIBLIOGRAPHIC.finditer(text)}
    words = _WORD.findall(_BIBLIOGRAPHIC.sub(" ", text))
    if not _is_name(words):
        return False
    if kinds & {"id", "label", "status"}:
        return True
    return bool(_PLACE.search(text) or _CITATION.match(text)) or _is_in_venue(text)


def _is_name(words: Sequence[str]) -> bool:
    """True of a few words with capitals; scripts without capitals may always be a sentence."""
    return len(words) <= _MOST_WORDS and all(word[0].isupper() or word in _JOINING for word in words)


def _is_in_venue(text: str) -> bool:
    """`Ann Example in Proceedings of ...`, `Ann Example - Invented Lamps, 2026`."""
    names, _, venue = text.partition(" in " if " in " in text else " - ")
    return venue[:1].isupper() and (" in " in text or bool(_YEAR.search(venue))) and bool(names_in(names))
