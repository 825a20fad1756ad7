"""BibTeX, as BibTeX, biber and reference managers read it: UTF-8, with TeX where titles have it.

What others wrote can be TeX or plain text. Formulas and commands that are whole stay as they are; whatever could break
the entry, or swallow the rest of a line, is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from core.papers.citations.entry import Entry, EntryKind
from core.papers.citations.people import Creator
from core.text.readable import on_one_line

_TYPES: Final = {EntryKind.ARTICLE: "article", EntryKind.CONFERENCE: "inproceedings", EntryKind.PREPRINT: "misc"}
_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
#: a formula, a command, or one of the signs that mean something to TeX
_TEX: Final = re.compile(
    r"(?P<math>(?<!\\)\$[^$]{1,1000}(?<!\\)\$)"
    r"|(?P<line>\\\\)"
    r"|(?P<kept>\\(?:[A-Za-z]+|[%&_#$'`\"^~=.,;:!-]))"
    r"|(?P<sign>[%&_#$^~\\])"
)
_ESCAPES: Final = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
_BRACES: Final = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
#: `$5 and then $10`: two prices, not a formula
_PRICES: Final = re.compile(r"\$\d[^$\\^_{}]*\b[A-Za-z]{2}[^$\\^_{}]*\$")
#: a word whose capitals styles would take away: BERT, mRNA, GPT-4, but not the first letter of any word
_CAPITALS: Final = re.compile(r"(?<![\w{}\\-])[^\W\d_]?[\w-]*(?<=[\w-])[A-Z][\w-]*(?![\w{}\\])")
#: what may not stand in the address of a file or page
_NOT_IN_ADDRESS: Final = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"}


def write(entries: Iterable[Entry]) -> str:
    """The entries as a `.bib` file."""
    return "\n".join(_entry(entry) for entry in entries)


def _entry(entry: Entry) -> str:
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(entry) if value not in ("", "{}"))
    return f"@{_TYPES[entry.kind]}{{{entry.key},\n{fields}}}\n"


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{tex(entry.title, keeps_capitals=True)}}}"
    yield "author", f"{{{' and '.join(map(author, entry.creators))}}}"
    yield "year", f"{{{entry.year or ''}}}"
    yield "month", _MONTHS[entry.day.month - 1] if entry.day else ""
    if entry.kind is not EntryKind.PREPRINT:
        yield ("booktitle" if entry.kind is EntryKind.CONFERENCE else "journal"), f"{{{tex(entry.venue)}}}"
    elif not entry.arxiv:
        yield "howpublished", f"{{{entry.server}}}"
    yield "eprint", f"{{{entry.arxiv}}}"
    if entry.arxiv:
        yield "archiveprefix", "{arXiv}"
        yield "primaryclass", f"{{{entry.primary_class}}}"
    yield "doi", f"{{{_address(entry.doi)}}}"
    yield "url", f"{{{_address(entry.url)}}}"
    yield "abstract", f"{{{tex(entry.abstract)}}}"
    yield "keywords", f"{{{', '.join(map(tex, entry.tags))}}}"
    yield "annote", f"{{{tex(' / '.join(entry.notes))}}}"


def author(creator: Creator) -> str:
    """One name in the form that leaves nothing to guess: `van der Berg, Jr., Ludwig`; a group in braces."""
    if creator.is_group:
        return f"{{{tex(creator.family)}}}"
    family, given_names, suffix = (_part(name) for name in (creator.family, creator.given_names, creator.suffix))
    if not given_names and not creator.particle:
        return f"{{{family}}}" if " " in family else family
    if " " in family and any(word[:1].islower() for word in family.split()):
        family = f"{{{family}}}"  # a small word would be taken for a particle
    surname = f"{creator.particle} {family}" if creator.particle else family
    return ", ".join(part for part in (surname, suffix, given_names) if part)


def _part(name: str) -> str:
    """A part of a name; where it holds what parts names, in braces."""
    text = tex(name)
    parts_names = "," in text or " and " in f" {text.lower()} "
    return f"{{{text}}}" if parts_names else text


def tex(text: str, *, keeps_capitals: bool = False) -> str:
    """Somebody's text as the content of a field: braces balance, and no sign means more than was meant."""
    line = on_one_line(text)
    field = _write_text(line, is_balanced=_balances(line), keeps_capitals=keeps_capitals)
    # a formula that was none can have held one brace of two
    return field if _balances(field) else _write_text(line, is_balanced=False, keeps_capitals=keeps_capitals)


def _write_text(text: str, *, is_balanced: bool, keeps_capitals: bool) -> str:
    parts: list[str] = []
    end = 0
    for match in _TEX.finditer(text):
        parts += _plain(text[end : match.start()], is_balanced=is_balanced, keeps_capitals=keeps_capitals)
        parts.append(_write_token(match, is_balanced=is_balanced))
        end = match.end()
    parts += _plain(text[end:], is_balanced=is_balanced, keeps_capitals=keeps_capitals)
    return "".join(parts)


def _write_token(match: re.Match[str], *, is_balanced: bool) -> str:
    token = match[0]
    if match["math"]:
        if is_balanced and _balances(token) and not _PRICES.fullmatch(token):
            return f"{{{token}}}"  # in braces no style changes the case of its letters
        return "".join(_escape(char) for char in token)
    if match["line"]:
        return " "
    if match["kept"]:
        return token if is_balanced else _ESCAPES["\\"] + "".join(_escape(char) for char in token[1:])
    return _escape(token)


def _escape(char: str) -> str:
    return _ESCAPES.get(char) or _BRACES.get(char) or (f"\\{char}" if char in "%&_#$" else char)


def _plain(text: str, *, is_balanced: bool, keeps_capitals: bool) -> Sequence[str]:
    if not is_balanced:
        text = "".join(_BRACES.get(char, char) for char in text)
    elif keeps_capitals:
        text = _CAPITALS.sub(lambda match: f"{{{match[0]}}}", text)
    return (text,)


def _balances(text: str) -> bool:
    """Do the braces of a text close one another? BibTeX counts escaped ones as well."""
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def _address(address: str) -> str:
    return "".join(_NOT_IN_ADDRESS.get(char, char) for char in on_one_line(address))
