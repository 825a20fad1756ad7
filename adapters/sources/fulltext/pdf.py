"""A paper's PDF -> sections of paragraphs, and the captions of figures and tables.

Pure; called in the process of `worker` only. PDFium gives the words of each page in reading order, line by line; what
is a heading, a caption or the end of a paragraph shows in the lines themselves, roughly. pypdf, which is Python alone,
takes fourteen times as long and loses the hyphens at line ends that PDFium marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from statistics import median
from typing import Final

import pypdfium2

from adapters.sources.fulltext.parts import LockedDocument, NotAPaper, NoText, Parts

#: pages that are read
MOST_PAGES: Final = 150
#: characters of one page; a printed page has 6,000
_LONGEST_PAGE: Final = 40_000
#: characters after which a paragraph ends with the next sentence
_LONG_PARAGRAPH: Final = 1_200
#: a line that is shorter than that share of the others, and ends a sentence, ends the paragraph
_SHORT: Final = 0.8
#: lines of a caption
_MOST_CAPTION_LINES: Final = 12

_NAMES: Final = (
    "abstract|introduction|background|related work|preliminaries|methods?|methodology|approach|experiments?"
    "|experimental setup|evaluation|results|analysis|discussion|limitations|conclusions?|conclusions? and future work"
    "|broader impacts?|ethics statement|acknowledge?ments?|references|bibliography|appendix"
)
#: `3`, `3.1`, `IV.`, `A.`, `A.2`; a single letter without a stop is a word
_NUMERAL: Final = r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-Z]\.|[A-Z](?:\.\d{1,2}){1,3}\.?)"
_HEADING: Final = re.compile(rf"^(?:{_NUMERAL}\s+[A-Z][^.!?;=,{{}}]{{2,70}}|(?i:{_NAMES}))$")
_DIGITS: Final = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}")
_END: Final = re.compile(r"^(?:(?:\d{1,2}|[IVX]{1,5})\.?\s+)?(?:references|bibliography)$", re.IGNORECASE)
_CAPTION: Final = re.compile(r"^((?:Figure|Fig\.|Table|Algorithm)\s*[A-Z]?\.?(?:\d{1,2}|[IVX]{1,4}))\s*[:.]\s*(\S.*)$")
#: PDFium's signs for a hyphen at the end of a line
_HYPHENS: Final = ("\ufffe", "\x02", "\u00ad")


def read_pdf(body: bytes) -> Parts:
    """The parts of a PDF. Raises NotAPaper, LockedDocument, and NoText where its pages are pictures."""
    if b"%PDF-" not in body[:1024]:
        raise NotAPaper
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise (LockedDocument if "password" in str(error).lower() else NotAPaper) from error
    parts = _gather_parts(list(_lines(document)))
    if not parts.has_text:
        raise NoText
    return parts


def _lines(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for number in range(min(len(document), MOST_PAGES)):
        try:
            page = document[number]
            words = page.get_textpage()
            text = words.get_text_range(0, min(words.count_chars(), _LONGEST_PAGE))
        except pypdfium2.PdfiumError:  # one broken page costs itself alone
            continue
        yield from text.splitlines()
        words.close()
        page.close()


def _gather_parts(lines: Iterable[str]) -> Parts:
    clean_lines = [line for line in map(_clean_line, lines) if line and not line.isdecimal()]
    width = median(map(len, clean_lines)) if clean_lines else 0
    parts, paragraph, caption = Parts(), _Lines(), _Lines()
    last: tuple[int, ...] = (0,)
    for line in takewhile(lambda line: not (parts.is_full or _END.match(line)), clean_lines):
        begins = _CAPTION.match(line)
        is_heading = bool(_HEADING.match(line)) and (paragraph.is_whole or _follows(_number(line), last))
        if begins or is_heading or caption.ends(width, most_lines=_MOST_CAPTION_LINES):
            _add_caption(parts, caption.take())
        if is_heading:
            parts.add(paragraph.take())
            parts.begin(line)
            last = _number(line) or last
            continue
        # a caption stands among the lines of a paragraph, which goes on after it
        lines_of = caption if begins or caption.has_text else paragraph
        lines_of.add(line)
        if paragraph.ends(width):
            parts.add(paragraph.take())
    _add_caption(parts, caption.take())
    parts.add(paragraph.take())
    return parts


def _number(heading: str) -> tuple[int, ...]:
    """`3.1 Data` -> (3, 1); empty without a number."""
    match = _DIGITS.match(heading)
    return tuple(int(part) for part in match[0].strip(".").split(".")) if match else ()


def _follows(number: tuple[int, ...], last: tuple[int, ...]) -> bool:
    """Is it the next number after another one, at its level, one below or above it?"""
    if number == (*last, 1):
        return True
    level = len(number)
    return 0 < level <= len(last) and number == (*last[: level - 1], last[level - 1] + 1)


def _add_caption(parts: Parts, text: str) -> None:
    if match := _CAPTION.match(text):
        parts.add_figure(match[1], match[2])


class _Lines:
    """Lines that become one run of text."""

    def __init__(self) -> None:
        self._text = ""
        self._last = ""
        self._count = 0

    @property
    def is_whole(self) -> bool:
        return not self._text or self._text[-1] in ".!?:"

    @property
    def has_text(self) -> bool:
        return bool(self._text)

    def add(self, line: str) -> None:
        self._count += 1
        self._last = line
        if self._text.endswith(_HYPHENS):
            self._text = self._text[:-1] + line
        else:
            self._text = f"{self._text} {line}" if self._text else line

    def ends(self, width: float, *, most_lines: int = 0) -> bool:
        """Does the text end with the last line?"""
        if most_lines and self._count >= most_lines:
            return True
        is_sentence = self._last.endswith((".", "!", "?", ":"))
        return is_sentence and (len(self._last) < _SHORT * width or len(self._text) > _LONG_PARAGRAPH)

    def take(self) -> str:
        text = self._text
        for hyphen in _HYPHENS:
            text = text.replace(hyphen, "-")
        self._text, self._last, self._count = "", "", 0
        return text


def _clean_line(line: str) -> str:
    return " ".join(line.replace("\x00", "").split(" ")).strip()
