"""What arXiv's feed, listing page, API and archive have in common: its names, its days, and how one paper looks.

The four modules beside it take their entries apart and build their papers through here, so that one paper is the same
value whichever of arXiv's doors it came through. Nothing here asks the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.sources.entries import Unreadable
from adapters.sources.http import Answer
from adapters.sources.text import one_line
from adapters.sources.traits import ARXIV
from core.errors import BadCategory, BadFeed, BadIdentifier, Refused, Throttled
from core.papers.categories import canonical, covers
from core.papers.identifiers import PaperId, Reference
from core.papers.paper import AnnounceType, Paper
from core.text.readable import unicode_accents

NAME: Final = ARXIV.name
#: hosts that arXiv may send us on to
HOSTS: Final = (".arxiv.org",)
EASTERN: Final = ZoneInfo("America/New_York")

_DOI: Final = re.compile(r"^10\.\d{4,9}/\S+$")
#: expat's codes for a document that ends too early: no element, unclosed token, unclosed CDATA section
_BROKEN_OFF: Final = frozenset({3, 5, 20})


def make_paper(
    id: PaperId,
    *,
    version: int | None,
    title: str,
    abstract: str,
    authors: tuple[str, ...],
    categories: tuple[str, ...],
    published: datetime | None,
    announced: date | None,
    announce_type: AnnounceType = AnnounceType.NEW,
    dois: tuple[str, ...] = (),
    journal: str | None = None,
    licence: str | None = None,
    comment: str = "",
) -> Paper:
    """A paper as arXiv knows it, with its addresses and other identifiers; without a `version`, the first one."""
    return Paper(
        id=id,
        version=version or 1,
        title=title,
        abstract=abstract,
        authors=authors,
        categories=categories,
        published=published,
        announced=announced,
        announce_type=announce_type,
        url=f"https://arxiv.org/abs/{id.value}",
        pdf_url=f"https://arxiv.org/pdf/{id.value}",
        doi=dois[0] if dois else None,
        journal=journal,
        licence=licence,
        comment=comment,
        identifiers=tuple(PaperId("doi", doi) for doi in (f"10.48550/arxiv.{id.value}", *dois)),
        sources=(NAME,),
    )


def reference(text: str) -> Reference:
    """An arXiv identifier in any spelling, and the version that is named with it. Raises Unreadable."""
    try:
        reference = Reference.parse(text)
    except BadIdentifier as error:
        raise Unreadable("it has no identifier") from error
    if reference.id.scheme != "arxiv":
        raise Unreadable("its identifier is not one of arXiv's")
    return reference


def title(text: str) -> str:
    """The title in one line. Raises Unreadable where there is none."""
    if line := readable(text):
        return line
    raise Unreadable("it has no title")


def readable(text: str) -> str:
    """One line of text, TeX accents turned into Unicode; math stays TeX."""
    return unicode_accents(one_line(text)) if "\\" in text else one_line(text)


def split_dois(text: str) -> tuple[str, ...]:
    """The DOIs in lower case: usually one; authors who name several separate them with spaces."""
    return tuple(doi.lower() for doi in one_line(text).split() if _DOI.match(doi))


@lru_cache(maxsize=64)
def eastern_day(moment: datetime) -> date:
    """The day on which arXiv says that it is, at an aware moment."""
    try:
        return moment.astimezone(EASTERN).date()
    except OverflowError:  # the first or the last day that there is
        return moment.date()


def kind_in(scope: str, categories: tuple[str, ...], *, is_replacement: bool) -> AnnounceType:
    """How the listing of `scope`, a category or an archive, announces a paper of these categories."""
    is_own = covers(scope, categories[0] if categories else scope)
    if is_replacement:
        return AnnounceType.REPLACE if is_own else AnnounceType.REPLACE_CROSS
    return AnnounceType.NEW if is_own else AnnounceType.CROSS


def unknown_category(scope: str, why: str) -> BadCategory:
    """The error for an unknown category: with the nearest that we know, or with arXiv's words where we know it."""
    try:
        canonical(scope)
    except BadCategory as error:
        return error
    return BadCategory(f"arXiv has no category '{scope[:60]}'.", hint=f"It says: {why[:200]}" if why else "")


def refuse_busy(answer: Answer) -> None:
    """Raise Throttled where arXiv throttles: it says so, even with HTTP 200, or answers with nothing."""
    if answer.body[:200].lstrip().startswith(b"Rate exceeded"):
        raise Throttled("arXiv asks us to come back later.")
    if answer.status == 200 and not answer.body.strip():
        raise Throttled("arXiv's answer is empty, which means that it wants us to come back later.")


def refusal(answer: Answer) -> Refused:
    """The error for an answer that says in no words why there is none."""
    return Refused(f"arXiv refused the request (HTTP {answer.status}).", status=answer.status)


@contextmanager
def reading(answer: Answer) -> Iterator[None]:
    """Within it an answer is read: what arXiv says of a refusal is raised, and without words that it refused."""
    refuse_busy(answer)
    try:
        yield
    except BadFeed:
        if answer.status == 200:
            raise
        raise refusal(answer) from None
    if answer.status != 200:
        raise refusal(answer)


def xml_root(body: bytes, what: str = "feed") -> Element:
    """The root of an XML document of arXiv's, a `what`. Raises BadFeed for anything but a whole, plain document."""
    try:
        root: Element = fromstring(body)
    except DefusedXmlException as error:
        raise BadFeed(
            f"The {what} declares XML entities, which no {what} of arXiv's does; none of it was read."
        ) from error
    except ParseError as error:
        if error.code in _BROKEN_OFF and body.strip():
            raise BadFeed(f"The {what} breaks off in the middle; none of it was taken.") from error
        raise BadFeed(f"This is not {_with_article(what)} ({error}).") from error
    except (ValueError, LookupError) as error:
        raise BadFeed(f"The {what} cannot be decoded ({error}).") from error
    return root


def unique_lines(names: Iterable[str]) -> tuple[str, ...]:
    """Each name in one line, in order, without repetitions and empty ones."""
    return tuple(dict.fromkeys(filter(None, map(one_line, names))))


def _with_article(what: str) -> str:
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"
