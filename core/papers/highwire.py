"""HighWire's markers in the abstracts that bioRxiv and medRxiv give -> text.

Their service puts the structure of an abstract into it as words: `O_ST_ABSBackgroundC_ST_ABSGlia are many.`, lists,
figures with their files, tables, small capitals. `O_` opens, `M_` stands in the middle and `C_` closes. Pure; called by
`biorxiv` and `feeds`. Where a name does not both open and close, nothing is a marker: pharmacologists write `C_MAX`.
"""

from __future__ import annotations

import re
from typing import Final

#: a longer name comes before one that it begins with
_BLOCKS: Final = (
    "ST_ABS",
    "LINKSMALLFIG",
    "FIG_DISPLAY_L",
    "FIG_DISPLAY",
    "FIG",
    "TEXTBOX",
    "BOXTEXT",
    "TABLECAPTION",
    "TABLEFOOTNOTE",
    "TBL",
    "TABLE",
    "DISPLAYEQ",
    "LIST",
    "LI",
    "QD",
    "CENTER",
    "PARA",
    "SEC",
    "ST",
    "FN",
)
#: these stand within words
_INLINE: Final = ("INLINEFIG", "SCPLOW", "SCPCAP", "SCCAP", "UNDERLINE", "BOLD", "ITALIC", "FLOATNO")
_NAMES: Final = tuple(sorted((*_BLOCKS, *_INLINE), key=len, reverse=True))
_MARKER: Final = re.compile(rf"(?P<side>[OCM])_(?P<name>{'|'.join(_NAMES)})")
#: a name of theirs that we have not met; a capital that a lower-case letter follows is the text's
_UNKNOWN: Final = re.compile(r"([OCM])_([A-Z]{2,20}?(?:_[A-Z]{2,20}?){0,3})(?=[A-Z]?[a-z]|[^A-Za-z_]|[OCM]_|$)")
#: what stands for a picture: its file, what leads to a larger one, and how it is drawn
_PICTURE: Final = re.compile(
    r"(?:O_LINKSMALLFIG|(?:O_|M_)(?:INLINEFIG|FIG)\s+(?=WIDTH=))[^>\n]{0,600}>"
    r"|View (?:larger version|this table)[^:\n]{0,40}:"
    r"|(?:org\.highwire\.dtl\.DTLVardef@[0-9a-f]{1,16}?(?=org\.|_HPS|[^0-9a-f]|$))+|_HPS_FORMAT_FIGEXP"
    r"|\[(?:Figure|Formula) \d{1,3}\](?=\s*M_)"
)
#: a figure's number is no text without the figure, and that an abstract is one goes without saying
_NUMBER: Final = re.compile(
    r"O_FLOATNO[^_\n]{0,60}?C_FLOATNO|O_ST_ABS\s{0,9}(?:abstract|summary)\s{0,9}:?\s{0,9}C_ST_ABS", re.IGNORECASE
)


def plain(text: str) -> str:
    """The text without markers and pictures; the same text where it has none."""
    if "O_" not in text or "C_" not in text:
        return text
    pairs = _names_in_pairs(_MARKER, text)
    unknown = _names_in_pairs(_UNKNOWN, text) - set(_NAMES)
    if not pairs and not unknown:
        return text
    text = _PICTURE.sub(" ", _NUMBER.sub(" ", text))
    text = _MARKER.sub(lambda match: _sign(match, pairs), text)
    if unknown:
        text = _UNKNOWN.sub(lambda match: " " if match[2] in unknown else match[0], text)
    return text


def _names_in_pairs(marker: re.Pattern[str], text: str) -> set[str]:
    sides: dict[str, set[str]] = {}
    for side, name in marker.findall(text):
        sides.setdefault(name, set()).add(side)
    return {name for name, signs in sides.items() if {"O", "C"} <= signs}


def _sign(match: re.Match[str], pairs: set[str]) -> str:
    name = match["name"]
    if name not in pairs:
        return match[0]
    return "" if name in _INLINE else " "
