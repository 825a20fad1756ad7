"""Authors' names taken apart for a bibliography: given names, particle, surname and suffix, or a group's own name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.papers.name_readings import display_surname
from core.papers.name_words import DEGREES, EAST_ASIAN, GENERATIONS, GROUPS, PARTICLES
from core.text.readable import readable
from core.text.words import fold

#: particles that are part of the surname even where they are written large: `Yann Le Cun`, `Robert De Niro`
_LARGE_PARTICLES: Final = frozenset(["da", "de", "del", "della", "di", "dos", "du", "la", "le", "van", "von"])
#: after `van` and `von` and in the middle of a surname
_ARTICLES: Final = frozenset(["de", "den", "der", "la", "las", "los"])
_BEHALF: Final = re.compile(r"^(?:on behalf of|for)\s+(?:the\s+)?", re.IGNORECASE)
#: characters of a name; what is longer is a list that a source did not take apart, and stands as it is
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """An author."""

    #: the surname without its particle; a group's name in full
    family: str
    given_names: str = ""
    #: `van der`
    particle: str = ""
    #: `Jr.`
    suffix: str = ""
    #: a collaboration, a company: its name is never taken apart
    is_group: bool = False

    @property
    def surname(self) -> str:
        """The surname with its particle."""
        return f"{self.particle} {self.family}".strip()


def creator_of(name: str) -> Creator:
    """`Ludwig van der Berg Jr.`, `Berg, Ludwig`, `BERG Ludwig`, `Berg L`, `The ATLAS Collaboration`, `王伟`."""
    text = readable(name).strip(" ,;")
    if is_group(text):
        return Creator(family=_BEHALF.sub("", text), is_group=True)
    words, suffix = _without_suffix(text)
    text = " ".join(words).strip(" ,")
    family, comma, given_names = (part.strip(" ,") for part in text.partition(","))
    if not comma:
        family = display_surname(text).strip(" ,")
        given_names = _words_beside(text.split(), family.split())
        family, given_names = _with_large_particles(family.split(), given_names.split())
    if not family:  # a comma without a surname before it
        family, given_names = given_names or readable(name) or "?", ""
    particle, family = _particle(family.split())
    return Creator(family=family, given_names=given_names, particle=particle, suffix=suffix)


def is_group(name: str) -> bool:
    """Is it a collaboration, a team, a list that a source did not take apart, rather than a person?"""
    words = [fold(word).strip(".,;:()") for word in name.split()]
    if not words or len(name) > _LONGEST:
        return bool(words)
    is_called_so = words[-1] in GROUPS and len(words) > 1
    return is_called_so or words[0] in ("the", "team") or bool(_BEHALF.match(name)) or "(" in name


def _without_suffix(name: str) -> tuple[list[str], str]:
    """The words of a name without degrees, and `Jr.` or `III` wherever it stands; commas stay with their words."""
    words: list[str] = []
    suffix = ""
    for place, word in enumerate(name.split()):
        plain = fold(word).replace(".", "").strip(",")
        if place and plain in GENERATIONS and not suffix:
            suffix = word.strip(",")
        elif not (place and plain in DEGREES and (word.isupper() or "." in word or word.endswith("D"))):
            words.append(word)
    is_initials = suffix and len(words) < 2  # `Nikitha SR`
    return (name.split(), "") if is_initials else (words, suffix)


def _words_beside(words: list[str], family: list[str]) -> str:
    """The words of a name without those of the surname, which stand together at its end or its beginning."""
    size = len(family)
    start = len(words) - size if words[-size:] == family else 0
    return " ".join((*words[:start], *words[start + size :]))


def _with_large_particles(family: list[str], given_names: list[str]) -> tuple[str, str]:
    """Particles that are written large go to the surname; not in Chinese, Korean and Vietnamese names."""
    is_asian = any(fold(word) in EAST_ASIAN for word in (*given_names[:1], *family[-1:]))
    while len(given_names) > 1 and not is_asian:
        last, before = fold(given_names[-1]), fold(given_names[-2])
        is_article = last in _ARTICLES and before in ("van", "von", "de")
        if last not in _LARGE_PARTICLES and not is_article:
            break
        family = [given_names.pop(), *family]
    return " ".join(family), " ".join(given_names)


def _particle(words: list[str]) -> tuple[str, str]:
    """`van der Berg` -> `van der` and `Berg`; words that are written large stay with the surname."""
    count = 0
    while count < len(words) - 1 and words[count].islower() and fold(words[count]) in PARTICLES:
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])
