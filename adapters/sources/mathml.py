"""Presentation MathML -> TeX, as far as sentences need it (https://www.w3.org/TR/mathml-core/). Pure; for `formulas`.

An element that it does not know is a row of its parts, so that no letter is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from core.text.invisible import NO_WIDTH, OPERATORS, any_character

#: signs with a blank on both sides
_RELATIONS: Final = frozenset("=<>≤≥≈≃≅∼→←↔⇒∈≡≠≲≳∝±×≪≫")
_ACCENTS: Final = {"^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "¯": "bar", "‾": "bar", "→": "vec", "˙": "dot"}
_SILENT: Final = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})
_PRIMES: Final = frozenset("′″‴'")
_INVISIBLE: Final = any_character(NO_WIDTH, OPERATORS)
_SPECIAL: Final = re.compile(r"[%&#${}_]")
_TOKEN: Final = re.compile(r"\w+(?:\.\d+)?")
_FENCE: Final = re.compile(r"\b(open|close)\s*=\s*[\"']([^\"']{0,4})[\"']")


@dataclass(slots=True)
class Element:
    """An element of a formula, with the text in between its elements."""

    #: lower case, without a prefix
    name: str
    #: as they are written
    attributes: str = ""
    children: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """The elements directly within it."""
        return (child for child in self.children if isinstance(child, Element))

    def text(self) -> str:
        """All text within it, as it is written."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def tex(element: Element) -> str:
    """A formula in TeX, without dollars; letters stay as they are."""
    name = element.name
    if name in _SILENT:
        return ""
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        return _SPECIAL.sub(r"\\\g<0>", _INVISIBLE.sub("", " ".join(unescape(element.text()).split())))
    if name == "mspace":
        return " "
    parts = [tex(child) for child in element.elements()]
    if name == "semantics":
        return parts[0] if parts else ""
    if name in ("msqrt", "mfenced"):
        return f"\\sqrt{{{_row(parts)}}}" if name == "msqrt" else _with_fences(element, parts)
    if name == "mmultiscripts":
        return _with_scripts(element)
    if name in ("mtable", "mtr"):
        return " ".join(parts)
    return _compose(name, parts) or _row(parts) or (_own_text(element) if not parts else "")


def _compose(name: str, parts: Sequence[str]) -> str:
    """An element with a fixed number of parts in TeX; empty for any other."""
    match name, parts:
        case "mfrac", [above, below]:
            is_short = _TOKEN.fullmatch(above) and _TOKEN.fullmatch(below)
            return f"{above}/{below}" if is_short else f"\\frac{{{above}}}{{{below}}}"
        case "mroot", [base, degree]:
            return f"\\sqrt[{degree}]{{{base}}}"
        case "msup", [base, script] if script and set(script) <= _PRIMES:
            return f"{base}{script}"
        case "mover", [base, sign] if sign in _ACCENTS:
            return f"\\{_ACCENTS[sign]}{{{base}}}"
        case (("msub" | "munder"), [base, script]):
            return f"{base}{_script('_', script)}"
        case (("msup" | "mover"), [base, script]):
            return f"{base}{_script('^', script)}"
        case (("msubsup" | "munderover"), [base, below, above]):
            return f"{base}{_script('_', below)}{_script('^', above)}"
    return ""


def _script(sign: str, content: str) -> str:
    return f"{sign}{{{content}}}" if content else ""


def _row(parts: Sequence[str]) -> str:
    last = len(parts) - 1
    return "".join(f" {part} " if part in _RELATIONS and 0 < at < last else part for at, part in enumerate(parts))


def _with_fences(element: Element, parts: Sequence[str]) -> str:
    fences = dict(_FENCE.findall(element.attributes))
    return f"{fences.get('open', '(')}{', '.join(parts)}{fences.get('close', ')')}"


def _with_scripts(element: Element) -> str:
    """`base, below, above, ..., mprescripts, below, above, ...`"""
    base, *scripts = list(element.elements()) or [Element("none")]
    names = [script.name for script in scripts]
    border = names.index("mprescripts") if "mprescripts" in names else len(names)
    after, before = scripts[:border], scripts[border + 1 :]
    return f"{_pairs(before)}{tex(base)}{_pairs(after)}"


def _pairs(scripts: Sequence[Element]) -> str:
    below, above = ("".join(tex(script) for script in scripts[start::2]) for start in (0, 1))
    return f"{_script('_', below)}{_script('^', above)}"


def _own_text(element: Element) -> str:
    return " ".join(unescape(element.text()).split())
