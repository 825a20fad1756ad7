"""HTML as feeds and indexes put it into titles and abstracts -> the text that a reader of the page would see.

`visible` reads HTML, `strip_tags` the mark-up that publishers leave in text, `resolve_entities` and `strip_formatting`
what somebody escaped once too often. Text about mark-up ("The <video> element", "R&D;", "<b> and <i>") differs from it
by shape, and stays. Pure, and linear in the length of the mark-up, however hostile it is; the standard library's HTML
parser is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import entities, unescape
from typing import Final

#: what stands after a `<` and makes it a tag; a `>` within quotes does not end it
_TAG: Final = re.compile(r"(/?)([a-zA-Z][^\s/>]*)(?>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
#: a tag whose quotes are not closed, and declarations and processing instructions
_LOOSE: Final = re.compile(r"(/?)([a-zA-Z!?][^\s/>]*)[^>]*>")
_BREAKING: Final = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "title", "template"})

#: elements that stand within a word or a formula
INLINE: Final = frozenset(
    re.findall(
        r"\S+",
        "b i em strong italic bold sub sup inf sc scp u tt s small big span font a abbr roman monospace sans-serif mark"
        " underline overline strike named-content styled-content ext-link xref inline-formula tex-math",
    )
)
#: elements around which publishers lose the spaces: `the<styled-content>treebase</styled-content>package`
_GLUED_ELEMENTS: Final = frozenset({"named-content", "styled-content", "ext-link"})
#: elements that part words
_PARTING: Final = _BREAKING | frozenset(
    re.findall(
        r"\S+",
        "title sec disp-formula list list-item abstract section h5 h6 table tbody th hr img wbr math mrow mi mo mn msub"
        " msup msubsup mtext mfrac mover munder munderover msqrt mspace mstyle mtable mtr mtd semantics annotation",
    )
)
#: elements that texts discuss, and that publishers never format with
_SUBJECT_TAGS: Final = frozenset(
    {"script", "style", "html", "head", "body", "iframe", "form", "button", "select", "video", "audio", "canvas", "svg"}
)
_VOID: Final = frozenset({"br", "hr", "img", "wbr"})
_SHAPE: Final = re.compile(
    r"<(?P<closes>/?)(?P<name>[a-zA-Z][\w:.-]{0,40})(?P<attributes>\s+[\w:.-]+\s*=[^<>]*)?\s*(?P<empty>/?)>"
)
#: an element without attributes that is never closed: the text is about it
_IS_BARE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,30}>")
_MENTION: Final = r"(/?[a-zA-Z][a-zA-Z0-9]{0,11})>"
#: two elements that a text is about: "<b> and <strong>"
_MENTIONS: Final = re.compile(rf"<(?<!\S<){_MENTION}( (?:and|or|vs\.?|versus|&|to|with) )<{_MENTION}(?!\S)")
_REFERENCE: Final = re.compile(
    r"&(?:amp;){0,20}(?P<what>#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6})|[A-Za-z][A-Za-z0-9]{1,30});"
)
#: a link that arXiv's pages show in the place of an address
_THIS_URL: Final = re.compile(
    r"<a\s[^<>]{0,300}?href=\"(https?://[^\"<>\s]{1,500})\"[^<>]{0,300}>this https? URL(\.?)</a>"
)
#: shorter names that HTML got late are words that people put behind an ampersand: `R&Sc;`
_SHORTEST_NEW_NAME: Final = 5
_SUPERSCRIPTS: Final = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_POWER: Final = re.compile(r"<(?<=[0-9]<)sup>\s?([+−-]?[0-9]{1,4})\s?</sup>", re.IGNORECASE)


def visible(markup: str) -> str:
    """The text without tags, comments and scripts, its character references resolved; blocks are parted by a space."""
    escaped_markup = _MENTIONS.sub(r"&lt;\1&gt;\2&lt;\3&gt;", _with_powers(markup))
    return "".join(unescape(text) for text in _texts(escaped_markup))


def resolve_entities(text: str) -> str:
    """The text with the character references resolved that HTML knows, however often they were escaped."""
    return _REFERENCE.sub(_character, text) if "&" in text and ";" in text else text


def strip_formatting(text: str) -> str:
    """The text without the formatting that stands in it in pairs of tags: `H<sub>2</sub>O`, `<p>so</p>`."""
    return _without_tags(text, are_stray_ones_text=True)


def strip_tags(text: str) -> str:
    """The text without formatting, and without its stray tags: publishers cut mark-up in the middle."""
    return _without_tags(text, are_stray_ones_text=False)


def _character(match: re.Match[str]) -> str:
    what = match["what"]
    is_old = what.startswith("#") or what in entities.name2codepoint or what == "apos"
    is_known = is_old or (len(what) >= _SHORTEST_NEW_NAME and f"{what};" in entities.html5)
    return unescape(f"&{what};") if is_known else f"&{what};"


def _with_powers(text: str) -> str:
    """Exponents of numbers, which would be their last digits without mark-up: `10<sup>5</sup>` -> `10⁵`."""
    return _POWER.sub(lambda match: match[1].translate(_SUPERSCRIPTS), text) if "<" in text else text


def _without_tags(text: str, *, are_stray_ones_text: bool) -> str:
    if "<" not in text or ">" not in text:
        return text
    text = _with_powers(_THIS_URL.sub(r"\1\2", text))
    mentions = {at for match in _MENTIONS.finditer(text) for at in (match.start(), match.start(3) - 1)}
    cuts: dict[int, re.Match[str]] = {}
    open_tags: dict[str, list[re.Match[str]]] = {}
    for tag in _SHAPE.finditer(text):
        name = tag["name"].lower()
        is_known = _is_formatting(name)
        if tag.start() in mentions or not (is_known or (name not in _SUBJECT_TAGS and not are_stray_ones_text)):
            continue
        if tag["closes"] and open_tags.get(name):
            start = open_tags[name].pop()
            cuts |= {start.start(): start, tag.start(): tag}
        elif not tag["closes"] and name not in _VOID:
            open_tags.setdefault(name, []).append(tag)
        if is_known and (name in _VOID or not are_stray_ones_text):
            is_alone = text[tag.start() - 1 : tag.start()].strip() == text[tag.end() : tag.end() + 1].strip() == ""
            if not is_alone or tag["attributes"]:
                cuts[tag.start()] = tag
    return "".join(_pieces(text, cuts))


def _is_formatting(name: str) -> bool:
    return ":" in name or name in INLINE or name in _PARTING


def _pieces(text: str, cuts: dict[int, re.Match[str]]) -> Iterator[str]:
    end = 0
    for start, tag in sorted(cuts.items()):
        yield text[end:start]
        name, end = tag["name"].lower().rpartition(":")[2], tag.end()
        is_glued = name in _GLUED_ELEMENTS and text[start - 1 : start].islower() and text[end : end + 1].islower()
        yield "" if name in INLINE and not is_glued else " "
    yield text[end:]


def _texts(markup: str) -> Iterator[str]:
    first, *pieces = markup.split("<")
    yield first
    silent = ""
    closed_names = frozenset(re.findall(r"</([a-zA-Z][^\s/>]{0,40})", markup.lower()))
    for piece in pieces:
        if silent == "!--":
            _, closing, text = piece.partition("-->")
            silent = "" if closing else silent
        elif piece.startswith("!--"):
            _, closing, text = piece[3:].partition("-->")
            silent = "" if closing else "!--"
        else:
            silent, text = _after(piece, silent, closed_names)
        if not silent:
            yield text


def _after(piece: str, silent: str, closed_names: frozenset[str]) -> tuple[str, str]:
    """The silent element that a `<` begins, if any, and the text behind it."""
    tag = _TAG.match(piece) or _LOOSE.match(piece)
    if tag is None:
        return silent, f"<{piece}"
    closes, name, text = tag[1], tag[2].lower(), piece[tag.end() :]
    if not silent and not closes and name not in closed_names and _IS_BARE.match(piece) and not _is_formatting(name):
        return silent, f"&lt;{piece}"
    if silent:
        return ("" if closes and name == silent else silent), text
    if name in _SILENT:
        return ("" if closes else name), text
    return "", f" {text}" if name in _BREAKING else text
