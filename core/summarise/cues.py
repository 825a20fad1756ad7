"""The words by which abstracts announce what a sentence is about: tables, and one pass that finds them.

`core.summarise.features` turns them into numbers, whose weights are learned. A word stands for all that share its stem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from core.text.words import stem

#: what follows "we"
_AFTER_WE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "proposes": "propose introduce present develop design devise describe formulate suggest build construct"
        " create offer"
        " contribute release advocate put",
        "studies": "study investigate explore examine analyze analyse consider address aim focus revisit compare tackle"
        " discuss learn leverage use apply extend train adapt utilize utilise evaluate conduct",
        "shows": "show demonstrate prove find found observe establish reveal report argue identify provide derive give"
        " discover conclude achieve obtain",
    }
)
#: anywhere in the sentence
_ANYWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lacks": "challenge challenging difficult lack limit limited limitation remain fail suffer unclear struggle"
        " bottleneck"
        " hinder neglect overlook underexplored expensive costly gap",
        "matters": "problem important crucial critical essential fundamental key need needed widely central success"
        " successful",
        "before": "existing previous previously prior current currently recent recently traditional traditionally"
        " conventional often typically most many",
        "works": "consist comprise combine integrate leverage employ incorporate using via through train optimize"
        " optimise",
        "measured": "experiment experimental experimentally evaluate evaluation result empirical empirically benchmark"
        " simulation ablation tested",
        "better": "outperform sota achieve improve improvement surpass superior accuracy reduce reduction gain faster"
        " exceed"
        " competitive compared state",
        "means": "suggest implication highlight underscore conclude conclusion finding insight pave imply indicate open"
        " foundation potential promising practical enable opportunity direction toward towards",
        "system": "method approach model framework algorithm system architecture technique pipeline",
    }
)
#: how the sentence opens, before it is trimmed
_OPENINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goes on": "furthermore moreover additionally finally also further besides then next lastly second secondly"
        " third"
        " similarly alongside",
        "turns": "however but unfortunately yet despite although while nevertheless",
        "details": "specifically concretely first firstly",
        "sums up": "overall ultimately thus therefore hence together",
        "leans": "it they these those such its their",
    }
)
_OWN_WORDS: Final = frozenset({"this", "our", "present", "current"})
_PAPERS: Final = "paper work article study letter survey report thesis review manuscript chapter tutorial note research"
_PAPER: Final = frozenset(_PAPERS.split())
#: words between "we" and its verb
_WE_REACH: Final = 4

#: every cue, in the order of its bit
CUES: Final = (
    *_AFTER_WE,
    *_ANYWHERE,
    *_OPENINGS,
    "this paper",
    "in this paper",
    "we",
    "our",
    "goes on inside",
    "number",
)
_BIT: Final = {cue: 1 << number for number, cue in enumerate(CUES)}


def _bits_by_word(table: Mapping[str, str], *, by_stem: bool) -> dict[str, int]:
    bits: dict[str, int] = {}
    for cue, words in table.items():
        for word in words.split():
            key = stem(word) if by_stem else word
            bits[key] = bits.get(key, 0) | _BIT[cue]
    return bits


_WE_BITS: Final = _bits_by_word(_AFTER_WE, by_stem=False)
_ANYWHERE_BITS: Final = _bits_by_word(_ANYWHERE, by_stem=True)
_OPENING_BITS: Final = _bits_by_word(_OPENINGS, by_stem=False)
_ALSO: Final = frozenset({"also", "further", "additionally", "finally", "then"})


def find_cues(words: Sequence[str], stems: Sequence[str]) -> int:
    """The cues of a sentence, a bit of `CUES` for each; `words` are folded and `stems` are theirs, in order."""
    if not words:
        return 0
    cues = _OPENING_BITS.get(words[0], 0)
    for root in stems:
        cues |= _ANYWHERE_BITS.get(root, 0)
    for at, word in enumerate(words):
        if word == "we":
            cues |= _BIT["we"] | _after_we(words[at + 1 : at + 1 + _WE_REACH])
        elif word == "our":
            cues |= _BIT["our"]
        elif word in _PAPER and not _OWN_WORDS.isdisjoint(words[max(at - 2, 0) : at]):
            cues |= _BIT["this paper"] | (_BIT["in this paper"] if words[0] in ("in", "here") else 0)
        elif word[0].isdigit():
            cues |= _BIT["number"]
    return cues


def _after_we(followers: Sequence[str]) -> int:
    cues = 0
    for follower in followers:
        if bits := _WE_BITS.get(follower):
            return cues | bits
        if follower in _ALSO:
            cues |= _BIT["goes on inside"]
    return cues


@lru_cache(maxsize=4_096)
def cue_names(cues: int, label: str = "") -> tuple[str, ...]:
    """The cues that `find_cues` found, each after the label."""
    return tuple(label + cue for at, cue in enumerate(CUES) if cues >> at & 1)


def has_cue(cues: int, cue: str) -> bool:
    """Is that cue among those that `find_cues` found?"""
    return bool(cues & _BIT[cue])


def is_cue_word(word: str) -> bool:
    """Is that folded word in any of the tables?"""
    return word in _WE_BITS or word in _OPENING_BITS or word in _PAPER or stem(word) in _ANYWHERE_BITS


def is_frame_word(word: str) -> bool:
    """Does that folded word only frame what a paper is about: "we present a method"?"""
    return word in _WE_BITS or word in _PAPER or bool(_ANYWHERE_BITS.get(stem(word), 0) & _BIT["system"])
