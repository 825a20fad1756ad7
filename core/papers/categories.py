"""What can be subscribed to: arXiv's categories, the subject areas of bioRxiv and medRxiv, and journals' feeds.

An archive of arXiv (`cs`, `astro-ph`) stands for all its categories; some archives, such as `quant-ph`, are a category
themselves. A server (`biorxiv`) stands for all its subject areas (`biorxiv:neuroscience`). A feed is written
`feed:NAME`, by the name that the settings give it. Which source has what is told by `core.ingest.traits`. `canonical`
reads what is written as a category, `find_categories` what names one in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from core.errors import BadCategory
from core.papers.taxonomy import NAMES, OTHER_NAMES, SUBJECT_AREAS
from core.speech import _
from core.text.words import STOP_WORDS, fold, split_words, stem

_FEED: Final = re.compile(r"feed:([a-z0-9][a-z0-9_.-]{0,59})")
#: how words of a subject area are joined: in an address, on a command line
_JOINTS: Final = re.compile(r"[\s_-]+")


_BY_LOWER: Final = MappingProxyType({category.lower(): category for category in NAMES})
_LONGEST_FIRST: Final = sorted(SUBJECT_AREAS, key=len, reverse=True)
_IN_A_TEXT: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_LONGEST_FIRST)})(?!\w)".replace(" ", r"[\s_-]+"), re.IGNORECASE)


def _parts() -> Mapping[str, tuple[str, ...]]:
    parts: dict[str, tuple[str, ...]] = {}
    for name in map(str.lower, (*NAMES, *SUBJECT_AREAS)):
        whole = name.partition(":")[0].partition(".")[0]
        if whole != name:
            parts[whole] = (*parts.get(whole, ()), name)
    return MappingProxyType(parts)


#: the parts of each archive and server, in lower case
_PARTS: Final = _parts()


def canonical(text: str) -> str:
    """A category in its source's spelling: `CS.cl` -> `cs.CL`, `bioRxiv:Cell_Biology` -> `biorxiv:cell biology`.

    A feed is taken as it is (`Feed:Nature` -> `feed:nature`), whether the settings know it or not. Raises BadCategory,
    naming the nearest.
    """
    name = text.strip()
    if category := _BY_LOWER.get(name.lower()):
        return category
    server, colon, area = name.partition(":")
    if server.lower() in SUBJECT_AREAS:
        return _subject_area(server.lower(), area) if colon else server.lower()
    if server.lower() == "feed" and colon:
        return _feed(name)
    raise BadCategory(_("arXiv has no category '{category}'.", category=name[:60]), hint=_hint(name[:60]))


def join_area_words(text: str) -> str:
    """The same text with subject areas of several words as one word each, so that it can be split at spaces.

    `biorxiv:cell biology, cs.CL` -> `biorxiv:cell_biology, cs.CL`; `canonical` reads both.
    """
    return _IN_A_TEXT.sub(lambda area: _JOINTS.sub("_", area[0]), text)


def name_of(category: str) -> str:
    """The category's name in words; the category itself where no source has one like it."""
    if category.startswith("feed:"):
        return _("{name} (feed)", name=category.removeprefix("feed:"))
    return NAMES.get(category) or SUBJECT_AREAS.get(category, category)


def whole_of(category: str) -> str:
    """The archive or server that a category is a part of: `cs` of `cs.CL`; itself where it is whole, or a feed."""
    server, colon, _area = category.partition(":")
    if not colon:
        return category.partition(".")[0]
    return server if server.lower() in SUBJECT_AREAS else category


def covers(scope: str, category: str) -> bool:
    """Is a category the wanted one, or in the wanted archive or server? Letter case does not count.

    Papers of bioRxiv and medRxiv name their subject area alone (`neuroscience`), without the server.
    """
    scope, category = scope.lower(), category.lower()
    if scope in (category, whole_of(category)):
        return True
    server, colon, area = scope.partition(":")
    return scope in SUBJECT_AREAS and (category == area if colon else f"{server}:{category}" in SUBJECT_AREAS)


def within(scopes: Sequence[str], categories: Iterable[str]) -> bool:
    """Is any of a paper's categories covered by one of the scopes? Without scopes, every paper is."""
    return not scopes or any(covers(scope, category) for category in categories for scope in scopes)


def scopes_within(categories: Iterable[str]) -> frozenset[str]:
    """The scopes whose listings are read for these categories, in lower case: each, and every part of what is whole.

    Lines of other scopes are not read for them, even where a paper names one of these categories.
    """
    scopes = [category.lower() for category in categories]
    return frozenset((*scopes, *(part for scope in scopes for part in _PARTS.get(scope, ()))))


def announces(wanted_categories: Sequence[str], scope: str, categories: Iterable[str], *, is_file: bool) -> bool:
    """Does a subscription to `wanted_categories` read this scope, for a paper in `categories`?

    `is_file` of a source that is read from files alone: no subscription decides what it brings.
    """
    if not wanted_categories or is_file:
        return within(wanted_categories, categories)
    return scope.lower() in scopes_within(wanted_categories)


def _subject_area(server: str, text: str) -> str:
    """The area in the server's own words; `&` and a slash stand for what the server spells out or leaves out."""
    area = " ".join(_JOINTS.split(text.lower().replace("&", " and ").replace("/", " "))).strip()
    if (category := f"{server}:{area}") in SUBJECT_AREAS:
        return category
    own = [key.partition(":")[2] for key in SUBJECT_AREAS if key.startswith(f"{server}:")]
    near = process.extractOne(area[:60], own, scorer=fuzz.ratio, score_cutoff=55) if area else None
    hint = _("Write one like {example}, or {server} for all of them.", example=f"{server}:{own[0]}", server=server)
    if near:
        hint = _("Did you mean {suggestion}?", suggestion=f"{server}:{near[0]}")
    name, area = SUBJECT_AREAS[server], text.strip()[:60]
    raise BadCategory(_("{server} has no subject area '{area}'.", server=name, area=area), hint=hint)


def _feed(text: str) -> str:
    if match := _FEED.fullmatch(text.lower()):
        return match[0]
    hint = _("Write feed: and its name in the settings, such as feed:nature.")
    raise BadCategory(_("'{name}' is no name of a feed.", name=text[5:65]), hint=hint)


def _hint(text: str) -> str:
    # with a dot it can only be meant as a category, so that any near one helps
    close_enough = 50 if "." in text else 80
    match = process.extractOne(text.lower(), _BY_LOWER.keys(), scorer=fuzz.ratio, score_cutoff=close_enough)
    near = (_BY_LOWER[match[0]],) if match else find_categories(text, most=1)
    if near:
        return _("Did you mean {suggestion}?", suggestion=describe_category(near[0]))
    return _("Write one like cs.CL, or a whole archive like math.")


#: likeness of mistyped words to a name, of 100
_CLOSE_ENOUGH: Final = 85
_VAGUE_STEMS: Final = (
    "applic audio cell comput control data educ econom evolut financi general imag languag law logic method"
    " methodolog network neural optim other perform physic popul probabl process qualiti scienc secur societi sound"
    " state statist surgeri system theori tissu"  # not said: stems
)
#: stems that name no subject among other words: `image generation` is not about eess.IV
_VAGUE: Final = frozenset(_VAGUE_STEMS.split())
_BETWEEN_PARTS: Final = re.compile(r", and |,| and |[()/-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """One way to name a category."""

    category: str
    #: in words, folded
    words: str
    stems: tuple[str, ...]
    #: the whole name rather than a part of it
    is_whole: bool


def find_categories(words: str, *, most: int = 3) -> tuple[str, ...]:
    """The categories that words name, the best first: `robotics` -> cs.RO, `deep learning for robots` -> cs.LG, cs.RO.

    None for words that are no name of a subject. Of one name several may have it (`machine learning`); mistyped words
    (`robotiks`) count where nothing else is found.
    """
    stems = _stems(words[:400])
    if not stems:
        return ()
    matches = [(place, name.category) for name in _category_names() if (place := _match(name, stems)) is not None]
    if not matches:
        text = " ".join(split_words(fold(words)))[:60]
        close = ((fuzz.ratio(text, name.words), name.category) for name in _category_names())
        matches = [((-score,), category) for score, category in close if score >= _CLOSE_ENOUGH]
    in_order = (category for _rank, category in sorted(matches, key=lambda pair: pair[0]))
    return tuple(dict.fromkeys(in_order))[:most]


def read_categories(text: str) -> tuple[str, ...]:
    """The categories of a code, or of a name in words: `robotics` -> cs.RO; `machine learning` -> cs.LG, stat.ML.

    Raises BadCategory, naming the nearest.
    """
    try:
        return (canonical(text),)
    except BadCategory:
        stems = _stems(text[:400].replace("_", " "))
        names = (name for name in _category_names() if name.stems == stems)
        matches = sorted(names, key=lambda name: not name.is_whole)
        if stems and matches:
            return tuple(dict.fromkeys(name.category for name in matches if name.is_whole is matches[0].is_whole))
        raise


def describe_category(category: str) -> str:
    """The category and its name in words: `cs.RO (Robotics)`."""
    name = NAMES.get(category)
    return f"{category} ({name})" if name else category


def _match(name: _Name, stems: tuple[str, ...]) -> tuple[float, ...] | None:
    """How well a name fits the stems, smaller is better: equal to them, a part of them, or with all of them in it."""
    size = len(name.stems)
    if name.stems == stems:
        return (0, not name.is_whole)
    if size > 1 or name.stems[0] not in _VAGUE:
        for place in range(len(stems) - size + 1):
            if stems[place : place + size] == name.stems:
                return (1, place, -size)
    if name.is_whole and not _VAGUE.issuperset(stems) and set(stems) <= set(name.stems):
        return (2, size)
    return None


@cache
def _category_names() -> tuple[_Name, ...]:
    whole = {**NAMES, **{area: area.partition(":")[2] for area in SUBJECT_AREAS if ":" in area}}
    names = [_name(category, name, is_whole=True) for category, name in whole.items()]
    names += [_name(category, alias, is_whole=True) for alias, category in OTHER_NAMES.items()]
    parts = ((category, part) for category, name in whole.items() for part in _BETWEEN_PARTS.split(name))
    names += [_name(category, part, is_whole=False) for category, part in parts]
    return tuple(name for name in names if name.stems)


def _name(category: str, words: str, *, is_whole: bool) -> _Name:
    return _Name(category=category, words=fold(words), stems=_stems(words), is_whole=is_whole)


def _stems(words: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in split_words(fold(words)) if word not in STOP_WORDS)
