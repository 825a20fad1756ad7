"""The fields of an entry, or of a feed, read by type, with a record of what was read for which field of the paper.

feedparser keeps whatever a feed has under the name of its element, so that a key can hold a value of any shape.
`Fields` gives a value of the shape that is asked for, and nothing where it has another one. `read` remembers which
elements a function looked at, so that `paperboy ingest --explain` can tell, whoever wrote the function. Called by
`feeds` and what stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, TypeVar

from core.ingest.listing import FieldReading, LeftOut

_T = TypeVar("_T")

#: characters of a left-out text that are put on record
_LONGEST_SHOWN: Final = 200
#: feedparser's key -> elements that it keeps there, the usual one first
_ELEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "dc:title", "media:title"),
    "id": ("guid", "id", "rdf:about"),
    "links": ("link", "enclosure", "guid"),
    "link": ("link", "guid", "id"),
    "summary": ("description", "summary", "abstract", "dc:description", "content:encoded", "content"),
    "content": ("content:encoded", "content", "body", "fullitem", "summary", "dc:description", "description"),
    "authors": ("author", "dc:creator", "dc:author", "itunes:author", "managingeditor"),
    "published": ("pubdate", "published", "issued", "dcterms:issued"),
    "updated": ("updated", "dc:date", "modified", "dcterms:modified", "lastbuilddate"),
    "created": ("created", "dcterms:created"),
    "tags": ("category", "dc:subject", "media:category"),
    "rights": ("rights", "copyright", "dc:rights"),
}
#: other keys of the same elements
_SAME: Final = {"author": "authors", "title_detail": "title", "summary_detail": "summary"}
#: keys that feedparser makes by itself
_DERIVED_KEYS: Final = frozenset(
    {"guidislink", "author_detail", "publisher_detail", "rights_detail", "authors", "links"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text, and whether its feed says that it is HTML."""

    text: str
    is_html: bool


class Fields:
    """The fields of one entry, or of a feed, by feedparser's names; a value of another shape is not there."""

    __slots__ = ("_elements", "_keys", "_looked_at", "_raw", "left_out", "readings")

    def __init__(self, raw: object, elements: frozenset[str] = frozenset()) -> None:
        """`elements` are the names of the elements of the entry, as its feed writes them."""
        # as a plain dict, because feedparser's own look-up warns, and mixes some keys up
        self._raw: Mapping[str, Any] = dict(raw) if isinstance(raw, dict) else {}
        self._elements = elements
        self._keys: list[str] = []
        self._looked_at: set[str] = set()
        #: where each field of the paper is from
        self.readings: list[FieldReading] = []
        self.left_out: list[LeftOut] = []

    @property
    def is_empty(self) -> bool:
        """True where there are no fields at all."""
        return not self._raw

    def text(self, key: str) -> str:
        """A string; empty where there is none."""
        # as `_value` does, without a call: a feed of many entries asks a million times
        value = self._raw.get(key)
        self._looked_at.add(key)
        if not value:
            return ""
        self._keys.append(key)
        return value if isinstance(value, str) else ""

    def typed_text(self, key: str) -> Text:
        """A text with its media type, from its details where feedparser keeps some."""
        detail = Fields(self._value(f"{key}_detail"))
        return detail.as_text() if detail.text("value") else Text(text=self.text(key), is_html="<" in self.text(key))

    def as_text(self) -> Text:
        """The text that these fields hold, with its media type."""
        return Text(text=self.text("value"), is_html="html" in self.text("type"))

    def records(self, key: str) -> list[Fields]:
        """The records of a list; everything else in it is left out."""
        value = self._value(key)
        return [Fields(record) for record in value if isinstance(record, dict)] if isinstance(value, list) else []

    def read(self, field: str, function: Callable[[Fields], _T], *, note: str = "") -> _T:
        """The result of a function of these fields; the elements that it looked at are on record for `field`."""
        self._keys = []
        result = function(self)
        if result:
            elements = dict.fromkeys(map(self.element, self._keys))
            self.readings.append(FieldReading(field=field, elements=tuple(elements), note=note))
        return result

    def narrow(self, values: Iterable[str]) -> None:
        """Keep those elements of the last reading that hold one of these values, where any does."""
        needles = [value.lower() for value in values]
        texts = {key: str(self._raw.get(key)).lower() for key in self._keys}
        keys = [key for key, text in texts.items() if any(needle in text for needle in needles)]
        if keys and self.readings:
            elements = tuple(dict.fromkeys(map(self.element, keys)))
            self.readings[-1] = replace(self.readings[-1], elements=elements)

    def leave_out(self, key: str, reason: str, text: str = "") -> None:
        """Put on record why a `text` under a key is left out; without a `text`, all that stands there."""
        if not text:
            self._keys = [name for name in self._keys if name != key]
        excerpt = (text or str(self._raw.get(key) or ""))[:_LONGEST_SHOWN]
        self.left_out.append(LeftOut(element=self.element(key), text=excerpt, reason=reason))

    def element(self, key: str) -> str:
        """The feed's own name of the element under a key."""
        return _element(key, self._elements)

    def unread(self) -> tuple[str, ...]:
        """The elements with a text that no function has looked at, in the feed's order."""
        read = {self.element(key) for key in self._looked_at}
        keys = (
            key for key, value in self._raw.items() if isinstance(value, str) and value and key not in _DERIVED_KEYS
        )
        names = (self.element(key) for key in keys if not key.endswith("_parsed"))
        return tuple(dict.fromkeys(name for name in names if name not in read))

    def _value(self, key: str) -> object:
        value = self._raw.get(key)
        self._looked_at.add(key)
        if value:
            self._keys.append(key)
        return value


@lru_cache(maxsize=4096)  # the entries of a feed have the same few elements
def _element(key: str, elements: frozenset[str]) -> str:
    spellings = {name.removesuffix("_").lower(): name.removesuffix("_") for name in elements}
    names = _ELEMENTS.get(_SAME.get(key, key), ())
    plain = key.removesuffix("_")
    matches = (spellings[name] for name in (*names, plain.replace("_", ":", 1), plain) if name in spellings)
    return next(matches, names[0] if names else plain)
