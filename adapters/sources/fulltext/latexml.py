"""arXiv's HTML of a paper, as LaTeXML writes it -> sections of paragraphs, figures and tables.

Pure; called in the process of `worker` only. The elements' classes are described in LaTeXML's manual
(https://math.nist.gov/~BMiller/LaTeXML/manual/schema/). The tree is walked without recursion, so that a page may be
nested to any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from adapters.sources.fulltext.parts import MOST_ROWS, NotAPaper, Parts

#: elements outside the running text: the page around the paper, its authors, its notes, its bibliography
_LEFT_OUT_TAGS: Final = frozenset(
    re.findall(r"\w+", "script style nav header footer head svg img button form template iframe noscript")
)
_LEFT_OUT: Final = frozenset(
    f"ltx_{name}"
    for name in (
        *("bibliography", "authors", "dates", "note", "TOC", "page_footer", "page_header", "ERROR", "keywords"),
        *("classification", "title_document", "index"),
    )
)
_EQUATIONS: Final = frozenset({"ltx_equation", "ltx_equationgroup", "ltx_eqn_table"})
_FLOATS: Final = frozenset({"ltx_figure", "ltx_table", "ltx_float", "ltx_algorithm"})
#: titles of sections; those of theorems and proofs are words of their section
_TITLES: Final = frozenset(
    f"ltx_title_{kind}"
    for kind in (
        *("abstract", "part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph"),
        *("appendix", "acknowledgements"),
    )
)
_BREAKING: Final = frozenset({"p", "br", "div", "li", "tr", "td", "th", "section", "figure"})
#: what TeX needs and readers do not
_TYPESETTING: Final = re.compile(
    r"\\(?:displaystyle|textstyle|scriptstyle|scriptscriptstyle|nolimits|limits)(?![A-Za-z])\s?|%\s*\n\s*"
)
_LABEL: Final = re.compile(
    r"^\s*((?:Figure|Fig\.?|Table|Tab\.?|Algorithm|Listing)\s*[A-Z]?\.?[\dIVX]+[a-z]?)\s*[:.]?\s*", re.I
)


def read_html(body: bytes) -> Parts:
    """The parts of a page. Raises NotAPaper where it is not LaTeXML's."""
    root = LexborHTMLParser(body).css_first(".ltx_document") if b"ltx_document" in body else None
    if root is None:
        raise NotAPaper
    parts = Parts()
    pending = [root]
    while pending and not parts.is_full:
        node = pending.pop()
        classes = _classes(node)
        if _is_left_out(node, classes):
            continue
        if classes & _FLOATS or node.tag == "figure":
            _add_float(node, parts)
        elif classes & _TITLES:
            parts.begin("Abstract" if "ltx_title_abstract" in classes else text_of(node))
        elif classes & _EQUATIONS:
            parts.go_on(text_of(node))
        elif node.tag == "p" or "ltx_title" in classes:
            parts.add(text_of(node))
        else:
            pending += reversed(list(node.iter()))
    return parts


def text_of(node: LexborNode) -> str:
    """The visible text of an element, in one line; mathematics as TeX between dollars."""
    pieces: list[str] = []
    pending = [node]
    while pending:
        element = pending.pop()
        if element.is_text_node:
            pieces.append(element.text_content or "")
            continue
        if element.tag == "math":
            pieces.append(_math(element))
            continue
        if element is not node and _is_left_out(element, _classes(element)):
            continue
        if element.tag in _BREAKING:
            pieces.append(" ")
        pending += reversed(list(element.iter(include_text=True)))
    return " ".join("".join(pieces).split())


def _math(node: LexborNode) -> str:
    tex = " ".join(_TYPESETTING.sub("", node.attributes.get("alttext") or "").split())
    return f"${tex}$" if tex and "$" not in tex else tex


def _classes(node: LexborNode) -> frozenset[str]:
    return frozenset((node.attributes.get("class") or "").split()) if node.tag != "-text" else frozenset()


def _is_left_out(node: LexborNode, classes: frozenset[str]) -> bool:
    return node.tag in _LEFT_OUT_TAGS or bool(classes & _LEFT_OUT)


def _add_float(node: LexborNode, parts: Parts) -> None:
    captions = node.css("figcaption")
    # the caption of the whole stands beside its panels, which have captions of their own
    own = [element for element in captions if element.parent is not None and element.parent.mem_id == node.mem_id]
    caption = text_of((own or captions)[-1]) if captions else ""
    label = _LABEL.match(caption)
    if label:
        parts.add_figure(label[1], caption[label.end() :], "\n".join(_rows(node)))


def _rows(node: LexborNode) -> Iterator[str]:
    """The rows of the tables in it; the panels of a figure are set in tables, too, and have no words."""
    for row, _ in zip(node.css("table.ltx_tabular tr"), range(MOST_ROWS), strict=False):
        cells = [text_of(cell) for cell in row.iter() if cell.tag in ("td", "th")]
        if any(cells):
            yield " | ".join(cells)
