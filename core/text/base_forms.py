"""One form of each word: in the singular, and in American spelling. Derivations stay other words.

`demonstrations` is `demonstration`, and never `demonstrate`; `tumours` is `tumor`. Interests and papers are compared by
these forms (`core.choose.interest.weighing`), and what was learned of words is known by them
(`core.choose.interest.vocabulary`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_IRREGULAR: Final = {
    "analyses": "analysis",
    "axes": "axis",
    "biases": "bias",
    "caches": "cache",
    "children": "child",
    "corpora": "corpus",
    "crises": "crisis",
    "criteria": "criterion",
    "diagnoses": "diagnosis",
    "hypotheses": "hypothesis",
    "indices": "index",
    "lenses": "lens",
    "matrices": "matrix",
    "mice": "mouse",
    "movies": "movie",
    "phenomena": "phenomenon",
    "prognoses": "prognosis",
    "spectra": "spectrum",
    "syntheses": "synthesis",
    "vertices": "vertex",
    "viruses": "virus",
}
#: they end as plurals do
_LIKE_PLURALS: Final = (
    "aids alias always asbestos atlas bayes bias canvas chaos cosmos diabetes gas has hermes kubernetes lens mars"
    " news pancreas perhaps sars series species texas this was whereas"
)
_SINGULAR: Final = frozenset(_LIKE_PLURALS.split())
#: of words in `ics`, most are names of fields: `robotics`, `physics`
_THINGS: Final = "metrics topics characteristics heuristics critics clinics comics lyrics fabrics epidemics antibiotics"
_PLURAL_ICS: Final = frozenset(_THINGS.split())
#: endings and stems that Britons write otherwise, and how Americans write them
_BRITISH: Final = (
    (re.compile(r"(?<=[a-z])(al|el|er|or|im|in|ar|it|en|tom|dom|nt|ym|ron)is(?=(?:e|ed|er|ing|ation)$)"), r"\1iz"),
    (re.compile(r"(?<=analy)s(?=(?:e|ed|er|ing)$)"), "z"),
    (re.compile(r"^(behavi|neighb|flav|tum|endeav|harb|arm|col|hum|lab|fav|vap|hon|rum)our"), r"\1or"),
    (re.compile(r"^(model|label|signal|cancel|travel|channel)l(?=(?:ed|er|ing)$)"), r"\1"),
    (re.compile(r"(?<=^cent)re$|(?<=^fib)re$"), "er"),
    (re.compile(r"^haem|^paed(?=i)"), lambda match: {"haem": "hem", "paed": "ped"}[match[0]]),
)
#: a quick test that most words fail
_MAY_BE_BRITISH: Final = re.compile(r"[iy]s(?:e|ed|er|ing|ation)$|our|ll(?:ed|er|ing)$|re$|^[hp]ae")


@lru_cache(maxsize=65_536)
def base_form(word: str) -> str:
    """The base form of a folded word; words that are not English mostly stay as they are."""
    return _american(_singular(word))


def _singular(word: str) -> str:
    if len(word) < 4 or word[-1] != "s" or word in _SINGULAR:
        return _IRREGULAR.get(word, word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("ss", "us", "is")) or (word.endswith("ics") and word not in _PLURAL_ICS):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def _american(word: str) -> str:
    if not _MAY_BE_BRITISH.search(word):
        return word
    for british, american in _BRITISH:
        word = british.sub(american, word)
    return word
