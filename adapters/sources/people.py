"""Authors' names as sources write them -> the names alone, each by itself.

Publishers put marks behind names (`Ann Example¹,*`), affiliations, degrees, "and", ORCID; none of it is the name. What
could be a part of one stays (`Example MD` may be M. D. Example). Every source passes its authors through `clean_names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from adapters.sources.mojibake import is_suspicious
from adapters.sources.text import one_line
from core.papers.name_words import GENERATIONS, GROUPS
from core.text.readable import unicode_accents

#: most names are letters in words and need no look; these words alone make one that does
_LETTER: Final = "[^\\W\\d_ªº¹²³\u2070-\u2079\u1d2c-\u1dbf]"
_PLAIN: Final = re.compile(rf"{_LETTER}(?:{_LETTER}|[-.'’]|[ ](?![ ]|$))*")
#: signs within plain names and between them, beside letters; and places where they do not stand
_WITHIN: Final = str.maketrans("", "", " .'-\n")
_ODD: Final = re.compile(r"[ \n][ .'\n-]")
_TELLING_WORDS: Final = "al al. and bsc by dphil dr dr. mr. mrs. ms. msc others ph.d ph.d. phd prof prof. professor"
_TELLING: Final = frozenset(_TELLING_WORDS.split())
_MARKS: Final = re.compile(r"[†‡§¶*∗⁎⋆★☆#‖∥✉\u2070-\u2079¹²³]+|(?<=\S)[\u1d2c-\u1d6a\u1d9b-\u1dbfªº]+(?![^\W\d_])")
#: a line of authors without any of the following
_BARE: Final = re.compile(r"[A-Za-z.,;&' -]*")
_ORCID: Final = re.compile(
    r"[(\[]?\s*\b(?:orcid(?:\s*id)?\s*:?\s*)?(?:https?://(?:www\.)?orcid\.org/)?\d{4}-\d{4}-\d{4}-\d{3}[\dXx]\b\s*[)\]]?"
    r"|[(\[]\s*orcid(?:\s*id)?\s*[)\]]",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[<(]?(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+[>)]?")
_CJK: Final = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
#: text in brackets behind a name, unless it is the name in its own script
_ASIDE: Final = re.compile(rf"\s*(?:\([^(){_CJK}]*\)|\[[^\[\]{_CJK}]*\])(?=\s*(?:$|[,;]|and\b|&))")
_TITLES: Final = r"(?:(?:Ass(?:oc|ist)\. )?Prof\.|Professor|Dr\.|Mrs?\.|Ms\.)\s*|(?:Prof|Dr)\s+(?=\S+\s+\S)"
_LEADING: Final = re.compile(rf"^(?:(?:and|&|by:?|By(?=:| \S+ \S):?)\s+(?=\S)|\d{{1,3}}[.)]\s+|{_TITLES})")
#: degrees that are nothing else
_ACADEMIC: Final = r"Ph\.? ?D\.?|D\.? ?Phil\.?|[MB]\.?Sc\.?"
#: degrees that could be initials: after a comma and a whole name alone
_OTHER_DEGREES: Final = r"M\.? ?D\.?|MBBS|MBChB|MPH|FRCP|FRCS|FACS|FACC|DDS|DVM|Pharm\.?D\.?|MBA|RN|Dr\.?PH"
_TRAILING: Final = re.compile(
    rf"(?:[\s,]+(?:and|&)|[\s,]+et\.? al\.?|[\s,]+and others|\s*,\s*\d{{1,3}}|[\s,]+(?:{_ACADEMIC}))$"
)
_MEDICAL: Final = re.compile(rf",\s*(?:{_OTHER_DEGREES})$")
_DEGREE: Final = re.compile(rf"{_ACADEMIC}|{_OTHER_DEGREES}|M\.? ?[AS]\.?")
_FOOTNOTE: Final = re.compile(r"(?<=[A-Z][^\W\d_A-Z])(?P<more>[^\W\d_]*)\d{1,2}(?:\s*,\s*\d{1,2})*$")
#: an affiliation that was glued to a whole name, with the letter that marks it between them
_GLUED_AFFILIATION: Final = re.compile(
    r"(?P<name>[^\W\d_a-z]\S*(?: \S+){0,4}? [^\W\d_a-z][^\W\d_]{1,40})[a-z] "
    r"(?:(?:State )?Key |Graduate |Research )?(?:Department|School|Institute|Faculty|Division|College|"
    r"Cent(?:re|er)|Laboratory) (?:of|for) [^,]*,.*"
)
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.[ -]?){1,4}|[A-Z]{1,3}")
_NOBODY: Final = re.compile(r"(?:and )?others|et\.? al\.?", re.IGNORECASE)
_EDGES: Final = " ,;:/\\|~_"
#: characters of a line of authors, of a name, and of one that something can stand around
_LONGEST_LINE: Final = 100_000
_LONGEST_KEPT: Final = 1_000
_LONGEST: Final = 300
#: things that stand around one name
_MOST_LAYERS: Final = 12


def clean_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names alone, each cleaned; what is no name is left out."""
    all_names = tuple(names)
    # most lists are ASCII letters in words: to see that of all names at once costs a tenth of looking at each
    line = "\n".join(("", *all_names, ""))
    is_plain = line.isascii() and line.translate(_WITHIN).isalpha() and line.count("\n") == len(all_names) + 1
    if is_plain and not _ODD.search(line) and _TELLING.isdisjoint(line.lower().split()):
        return all_names
    return tuple(filter(None, map(clean, all_names)))


def clean(name: str) -> str:
    """One name without marks, affiliation, degree, ORCID and "and"; empty where no letter is left, or `et al.`."""
    words = name.split(" ")
    if _PLAIN.fullmatch(name) and not (words[0].lower() in _TELLING or words[-1].lower() in _TELLING):
        return name
    text = one_line(unicode_accents(name) if "\\" in name else name)[:_LONGEST_KEPT]
    text = _MARKS.sub("", _EMAIL.sub("", _ORCID.sub("", text)))
    if match := _GLUED_AFFILIATION.fullmatch(text):
        text = match["name"]
    text = re.sub(r"(?<=[^\W\d_])[~_]+(?=[^\W\d_])", " ", re.sub(r",(?: ?,)+", ",", text)).strip(_EDGES)
    for _ in range(_MOST_LAYERS if len(text) <= _LONGEST else 0):
        before = text
        text = _TRAILING.sub("", _ASIDE.sub("", _LEADING.sub("", text)).strip(_EDGES)).strip(_EDGES)
        if " " in text.partition(",")[0] or text.count(",") > 1:
            text = _MEDICAL.sub("", text)
        if text == before:
            break
    if " " in text and not GROUPS.intersection(text.lower().split()):
        text = _FOOTNOTE.sub(r"\g<more>", text).strip(_EDGES)
    if is_suspicious(text) and (line := one_line(text)) != text:  # a mark stood before what was decoded wrongly
        return clean(line)
    return text if re.search(r"[^\W\d_]", text) and not _NOBODY.fullmatch(text) else ""


def turn_name(name: str) -> str:
    """`Doe, J. A.` -> `J. A. Doe`, `Doe, J., Jr.` -> `J. Doe Jr.`; a group has no comma."""
    last, _, first = name.partition(",")
    forenames, _, suffix = first.partition(",")
    return " ".join(f"{forenames} {last} {suffix}".split())


def split_names(line: str) -> tuple[str, ...]:
    """Take a line of authors apart where it clearly holds several: `A B, C D`, `B, A.; D, C.`, `B, A., D, C.`"""
    if _PLAIN.fullmatch(line) and " and " not in line:
        return clean_names((line,))
    text = one_line(line[:_LONGEST_LINE]).translate({0xFF0C: ",", 0x3001: ",", 0xFF1B: ";"})
    if not _BARE.fullmatch(text):
        text = _ASIDE.sub("", _MARKS.sub("", _ORCID.sub("", text)))
    if ";" in text:
        return clean_names(turn_name(clean(name)) for name in text.split(";"))
    parts = [
        name.strip() for name in re.sub(r",?\s+(?:and|&)\s+", ", ", text).split(",") if re.search(r"[^\W\d_]", name)
    ]
    if len(parts) > 1 and _are_pairs(parts):
        return clean_names(f"{first} {last}" for last, first in zip(parts[::2], parts[1::2], strict=True))
    whole = _without_degrees(parts)
    is_list = all(" " in part or re.search(f"[{_CJK}]", part) for part in whole)
    return clean_names(whole if is_list else (text,))


def _are_pairs(parts: Sequence[str]) -> bool:
    """`Example, A. B.`, over and over; behind whole names, `MD` is a degree."""
    if len(parts) % 2 or not all(map(_INITIALS.fullmatch, parts[1::2])):
        return False
    return not any(
        _DEGREE.fullmatch(first) and " " in last for last, first in zip(parts[::2], parts[1::2], strict=True)
    )


def _without_degrees(parts: Iterable[str]) -> list[str]:
    """The parts with suffixes back at their names (`Jr.`), and without degrees (`PhD`)."""
    names: list[str] = []
    for part in parts:
        if names and part.lower().rstrip(".") in GENERATIONS:
            names[-1] = f"{names[-1]} {part}"
        elif not (names and _DEGREE.fullmatch(part)):
            names.append(part)
    return names
