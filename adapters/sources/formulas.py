r"""Formulas in mark-up -> one spelling of each, in its place.

Publishers write a formula several times: as TeX, as MathML, as a picture with its text. Stripped of its tags, an
abstract then says `rate $$\alpha_1$$ α 1`. `merge_formulas` reads the elements of a formula and writes the best of what
they hold: the author's TeX, else what the MathML says; in Unicode where that can be, between dollars where not. Blanks
that were lost around a formula come back (`in<math>N</math>-Coupled`). Pure, linear in the length of the text; called
on everything with mark-up before its tags are dropped. What a MathML element says in TeX is in `mathml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from typing import Final

from adapters.sources.mathml import Element, tex
from core.text.readable import readable

#: elements that hold one formula, in whatever form
_HOLDERS: Final = frozenset({"inline-formula", "disp-formula", "alternatives", "tex-math", "math"})
#: classes of HTML that shows a formula in the place of such an element
_SET: Final = re.compile(r"\b(?:katex(?!-)|mwe-math-element|mjx-container)\b", re.IGNORECASE)
_MAYBE: Final = re.compile(r"<[^<>]{0,60}(?:math|formula|alternatives|katex|mjx)|<img\s", re.IGNORECASE)
#: no part of it goes past the next `<`, so that all matches together take linear time
_TAG: Final = re.compile(
    r"<(?P<closing>/?)(?:[a-zA-Z][\w.-]{0,20}:)?(?P<name>[a-zA-Z][\w.-]{0,40})"
    r"(?P<attributes>(?>(?:[^<>\"'/]++|/(?!>)|\"[^\"<]*+\"|'[^'<]*+')*))(?P<empty>/?)>"
)
_ATTRIBUTE: Final = re.compile(r"([\w:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: elements that never hold anything
_VOID: Final = frozenset({"img", "br", "none", "mprescripts", "mspace", "inline-graphic", "graphic"})
#: depth of elements that are read
_DEEPEST: Final = 60
#: characters of a formula that is spelled; a longer one is no formula within a sentence
_LONGEST: Final = 3_000

_PICTURE_CLASS: Final = re.compile(r"\b(?:w?p?-?latex|tex|math\w*|formula|eqn)\b", re.IGNORECASE)
#: TeX that the text before a formula ends with
_TEX_BEFORE: Final = re.compile(r"\$[^$\s][^$]{0,300}\$\s*$")
_CDATA: Final = re.compile(r"<(?:!\[CDATA\[|\?CDATA)(.*?)(?:\]\]>|\?>|$)", re.DOTALL)
_DOCUMENT: Final = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|$)", re.DOTALL)
_DELIMITERS: Final = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_BRACES: Final = re.compile(r"\{((?>(?:[^{}]++|\{(?>(?:[^{}]++|\{[^{}]*+\})*)\})*))\}")
_STYLE: Final = re.compile(r"\\(?:display|text|script|scriptscript)style(?![A-Za-z])\s?")
_PLAIN: Final = re.compile(r"[^\W_]+(?:\.\d+)?%?")
_INNER_TAG: Final = re.compile(r"<[^<>]*>?")
_SCRIPT_TAG: Final = re.compile(r"</?(?:[\w.-]{1,20}:)?(?:su[bp]|inf)\s*>", re.IGNORECASE)
_SCRIPT_END: Final = re.compile(rf"{_SCRIPT_TAG.pattern}$", re.IGNORECASE)
#: exponents and indices without what they belong to: `₂`, `$^{14}$`
_SCRIPT: Final = re.compile(r"[⁰¹²³⁴-ⁿ₀-ₜ]+|\$(?:[_^](?:\{[^{}]*\}|[^{}]))+\$")
#: endings that are written onto a formula: `nth`, `NPs`
_ENDING: Final = re.compile(r"(?:th|st|nd|rd|s|’s|'s)\b")


def merge_formulas(markup: str) -> str:
    """The same mark-up with each formula as one text, escaped."""
    if not _MAYBE.search(markup):
        return markup
    tags = list(_TAG.finditer(markup))
    ends = _ends(tags)
    # elements within elements are read again where the outer ones hold no formula
    pieces, kind, position, number, budget = [""], "", 0, 0, 4 * len(markup)
    while number < len(tags):
        end, formula = ends.get(number), None
        if end is not None and budget > 0 and _is_formula(tags[number]):
            formula = _spelling(markup, tags[number : end + 1])
            budget -= tags[end].end() - tags[number].start()
        if formula is None or end is None:
            number += 1
            continue
        between = markup[position : tags[number].start()]
        is_repeat = kind and kind != formula[0] and not _INNER_TAG.sub("", between).strip()
        if is_repeat or (formula[0] == "mathml" and _TEX_BEFORE.search(between[-400:])):
            pieces.append(between)
        else:
            kind, spelling = formula
            after = markup[tags[end].end() : tags[end].end() + 60]
            pieces += [
                between,
                _blank_before(between, spelling),
                escape(spelling, quote=False),
                _blank_after(after, spelling),
            ]
        position, number = tags[end].end(), end + 1
    return "".join([*pieces, markup[position:]])


def _ends(tags: Sequence[re.Match[str]]) -> Mapping[int, int]:
    """The number of each opening tag -> the number of the tag that closes it."""
    ends: dict[int, int] = {}
    open_tags: dict[str, list[int]] = {}
    for number, tag in enumerate(tags):
        name = tag["name"].lower()
        if tag["empty"] or name in _VOID:
            ends[number] = number
        elif not tag["closing"]:
            open_tags.setdefault(name, []).append(number)
        elif waiting := open_tags.get(name):
            ends[waiting.pop()] = number
    return ends


def _is_formula(tag: re.Match[str]) -> bool:
    name = tag["name"].lower()
    if tag["closing"]:
        return False
    if name in ("img", "script"):
        return name == "img" or "math/tex" in tag["attributes"]
    return name in _HOLDERS or bool(_SET.search(f"{name} {tag['attributes']}"))


def _spelling(markup: str, tags: Sequence[re.Match[str]]) -> tuple[str, str] | None:
    """A formula's form (tex, mathml, picture) and its one spelling; None where there is no formula, or several."""
    if tags[-1].end() - tags[0].start() > _LONGEST * 10:
        return None
    root = _tree(markup, tags)
    sources = list(_sources(root))
    for kind in ("tex", "mathml", "picture"):
        spellings = list(dict.fromkeys(filter(None, (text.strip() for form, text in sources if form == kind))))
        if spellings and len(" ".join(spellings)) <= _LONGEST and (len(spellings) == 1 or kind == "tex"):
            is_whole = root.name not in ("inline-formula", "disp-formula", "alternatives") or not _has_other_text(root)
            return (kind, " ".join(map(_visible_text, spellings))) if is_whole else None
    return None


def _tree(markup: str, tags: Sequence[re.Match[str]]) -> Element:
    root = Element(tags[0]["name"].lower(), tags[0]["attributes"])
    path, position = [root], tags[0].end()
    for tag in tags[1:]:
        path[-1].children.append(markup[position : tag.start()])
        position = tag.end()
        name = tag["name"].lower()
        if tag["closing"]:
            if len(path) > 1 and any(ancestor.name == name for ancestor in path[1:]):
                while path.pop().name != name:
                    pass
            continue
        element = Element(name, tag["attributes"])
        path[-1].children.append(element)
        if not tag["empty"] and name not in _VOID and len(path) < _DEEPEST:
            path.append(element)
    return root


def _sources(element: Element) -> Iterator[tuple[str, str]]:
    """Every spelling that the elements hold: its form, and TeX."""
    if element.name in ("tex-math", "script"):
        yield "tex", _bare_tex(element.text())
    elif element.name == "annotation":
        if "tex" in element.attributes.lower():
            yield "tex", _bare_tex(element.text())
    elif element.name == "img":
        attributes = _attributes(element)
        alt = attributes.get("alt", "").strip()
        if alt.startswith(("$", "\\", "{\\")) or (_PICTURE_CLASS.search(attributes.get("class", "")) and alt):
            yield "picture", _bare_tex(alt)
    elif element.name == "math":
        alt = _bare_tex(_attributes(element).get("alttext", ""))
        yield ("tex", alt) if "\\" in alt else ("mathml", tex(element))
        yield from (source for child in element.elements() for source in _sources(child) if source[0] == "tex")
    else:
        for child in element.elements():
            yield from _sources(child)


def _has_other_text(element: Element) -> bool:
    """True where an element holds text that is not a spelling of its formula."""
    if element.name in ("math", "tex-math", "annotation", "script"):
        return False
    own = "".join(child for child in element.children if isinstance(child, str))
    return bool(own.strip()) or any(map(_has_other_text, element.elements()))


def _attributes(element: Element) -> dict[str, str]:
    return {name.lower(): unescape(double or single) for name, double, single in _ATTRIBUTE.findall(element.attributes)}


def _bare_tex(source: str) -> str:
    """TeX without the document, the dollars and the braces around it."""
    source = unescape(_CDATA.sub(r"\1", source))
    document = _DOCUMENT.search(source)
    source = _STYLE.sub("", document[1] if document else source).strip()
    for opening, closing in _DELIMITERS:
        if source.startswith(opening) and source.endswith(closing) and len(source) >= len(opening) + len(closing):
            source = source[len(opening) : len(source) - len(closing)].strip()
    source = match[1].strip() if (match := _BRACES.fullmatch(source)) else source
    return re.sub(r"\s+(?=[_^])|(?<=[_^])\s+", "", " ".join(source.split()))


def _visible_text(formula: str) -> str:
    if _PLAIN.fullmatch(formula):
        return formula
    text = readable(f"${formula}$")
    return f"${formula}$" if "$" in text or "\\" in text else text


def _blank_before(between: str, spelling: str) -> str:
    """A blank where a word or its punctuation touches a formula; a lone exponent stays attached."""
    tail = between[-60:]
    if _SCRIPT.fullmatch(spelling) or _SCRIPT_END.search(tail):
        return ""
    last = unescape(_INNER_TAG.sub("", tail))[-1:]
    return " " if last.isalnum() or last in tuple(",;:.)]!?%") else ""


def _blank_after(after: str, spelling: str) -> str:
    if _SCRIPT.fullmatch(spelling) or _SCRIPT_TAG.match(after):
        return ""
    text = _INNER_TAG.sub("", after)
    return " " if text[:1].isalnum() and not _ENDING.match(text) else ""
