"""Learn what each sentence of an abstract does: a softmax classifier over its words, cues and place.

`bot.evaluate.train_summaries` calls it. Abstracts with headings ("Methods: ...") say what their sentences do. Other
abstracts are labelled by unmistakable cues first, then by what was learned, read with the order of roles.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.evaluate.learn_gist import is_general
from core.summarise.cues import has_cue
from core.summarise.features import Sentence, read_sentence
from core.summarise.roles import ROLES, likeliest, role_features, role_odds
from core.summarise.standalone import points_away
from core.summarise.weights import RoleWeights
from core.text.sentences import split

_HEADINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("background", "introduction", "motivation", "context"), "background"),
    **dict.fromkeys(("objective", "objectives", "aim", "aims", "purpose", "goal"), "aim"),
    **dict.fromkeys(("methods", "method", "approach", "materials and methods", "methodology", "design"), "method"),
    **dict.fromkeys(("results", "main results", "findings", "result", "key results"), "result"),
    **dict.fromkeys(("conclusion", "conclusions", "significance", "discussion", "interpretation"), "conclusion"),
}
_HEADING: Final = re.compile(
    rf"(?:^|(?<=\s))({'|'.join(sorted(map(str.capitalize, _HEADINGS), key=len, reverse=True))})\s*[:.]\s+(?=[A-Z\"$(])"
)
_FEWEST_HEADINGS: Final = 3
#: plain abstracts that are read as well
_PLAIN: Final = 2_000
_READINGS: Final = 2
_EPOCHS: Final = 6
_STEP: Final = 0.1
_DECAY: Final = 2e-5
#: how much a sentence under a heading counts
_HEADINGS_WEIGHT: Final = 2.0
#: a weight that is left out, and the sentences in which a feature stands at least
_SLIGHT: Final = 0.25
_FEWEST_SENTENCES: Final = 30
#: how features begin that are no phrases
_NOT_WORDS: Final = ("always", "place ", "first", "last", "cue ")
_SEED: Final = 20261130


@dataclass(frozen=True, slots=True)
class Abstract:
    """The sentences of an abstract, each with the number of its role in `ROLES`; None where it is not known."""

    sentences: tuple[Sentence, ...]
    roles: tuple[int | None, ...]


def read_abstracts(directory: Path) -> tuple[list[Abstract], list[Abstract]]:
    """The abstracts of `arxiv-*.jsonl.gz` with headings, and some of those without."""
    texts: dict[str, str] = {}
    for path in sorted(directory.glob("arxiv-*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts.update((record["id"], " ".join(record["summary"].split())) for record in map(json.loads, lines))
    with_headings, plain = [], []
    for text in texts.values():
        if abstract := _read_headings(text):
            with_headings.append(abstract)
        else:
            plain.append(text)
    sample = random.Random(_SEED).sample(plain, min(_PLAIN, len(plain)))  # noqa: S311 - a sample, no secret
    return with_headings, [Abstract(sentences := _sentences(text), _by_cues(sentences)) for text in sample]


def learn(with_headings: Sequence[Abstract], plain: Sequence[Abstract]) -> RoleWeights:
    """Weights of each role by the features of `core.summarise.roles`."""
    features = _known_features([*with_headings, *plain])
    weights = _softmax(with_headings, plain, features)
    for _ in range(_READINGS):
        plain = [Abstract(abstract.sentences, _read_with(abstract, weights)) for abstract in plain]
        weights = _softmax(with_headings, plain, features)
    return weights


def accuracy(abstracts: Sequence[Abstract], weights: RoleWeights) -> float:
    """The share of labelled sentences whose role is found."""
    pairs = [
        (role, guess)
        for abstract in abstracts
        for role, guess in zip(abstract.roles, likeliest(_odds(abstract, weights)), strict=True)
        if role is not None
    ]
    return sum(role == guess for role, guess in pairs) / max(len(pairs), 1)


def _sentences(text: str) -> tuple[Sentence, ...]:
    return tuple(map(read_sentence, split(text)))


def _read_headings(text: str) -> Abstract | None:
    headings = list(_HEADING.finditer(text))
    roles = [ROLES.index(_HEADINGS[heading[1].lower()]) for heading in headings]
    if len(set(roles)) < _FEWEST_HEADINGS or headings[0].start() or roles != sorted(roles):
        return None
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    rows = [
        (sentence, role)
        for heading, end, role in zip(headings, ends, roles, strict=True)
        for sentence in _sentences(text[heading.end() : end])
    ]
    return Abstract(tuple(sentence for sentence, _ in rows), tuple(role for _, role in rows))


def _by_cues(sentences: Sequence[Sentence]) -> tuple[int | None, ...]:
    """The roles that cues leave no doubt about."""
    proposing = [has_cue(sentence.cues, "proposes") or has_cue(sentence.cues, "this paper") for sentence in sentences]
    if True not in proposing:
        return (None,) * len(sentences)
    first = proposing.index(True)
    last = max((at for at, sentence in enumerate(sentences) if not points_away(sentence.claim)), default=0)
    return tuple(_by_cue(sentence, at, first, last) for at, sentence in enumerate(sentences))


def _by_cue(sentence: Sentence, place: int, first: int, last: int) -> int | None:
    cues = sentence.cues
    if place <= first:
        return ROLES.index("aim" if place == first else "background")
    if place >= last - 1 and has_cue(cues, "means") and not (has_cue(cues, "number") or has_cue(cues, "better")):
        return ROLES.index("conclusion")
    if has_cue(cues, "measured") or (has_cue(cues, "better") and has_cue(cues, "number")):
        return ROLES.index("result")
    if has_cue(cues, "details") or (has_cue(cues, "works") and not has_cue(cues, "better") and place == first + 1):
        return ROLES.index("method")
    return None


def _read_with(abstract: Abstract, weights: RoleWeights) -> tuple[int | None, ...]:
    return tuple(likeliest(_odds(abstract, weights)))


def _odds(abstract: Abstract, weights: RoleWeights) -> list[list[float]]:
    count = len(abstract.sentences)
    return [role_odds(sentence, place, count, weights) for place, sentence in enumerate(abstract.sentences)]


def _known_features(abstracts: Sequence[Abstract]) -> frozenset[str]:
    counts = Counter(name for names, _ in _rows(abstracts) for name in names)
    return frozenset(
        name
        for name, count in counts.items()
        if count >= _FEWEST_SENTENCES and (name.startswith(_NOT_WORDS) or is_general(name))
    )


def _rows(abstracts: Sequence[Abstract]) -> Iterator[tuple[list[str], int | None]]:
    for abstract in abstracts:
        for place, (sentence, role) in enumerate(zip(abstract.sentences, abstract.roles, strict=True)):
            yield list(role_features(sentence, place, len(abstract.sentences))), role


def _softmax(with_headings: Sequence[Abstract], plain: Sequence[Abstract], features: frozenset[str]) -> RoleWeights:
    """Multinomial logistic regression by stochastic gradient steps, in an order drawn by a fixed seed."""
    rows = [
        ([name for name in names if name in features], role, weight)
        for abstracts, weight in ((with_headings, _HEADINGS_WEIGHT), (plain, 1.0))
        for names, role in _rows(abstracts)
        if role is not None
    ]
    weights = {name: [0.0] * len(ROLES) for name in sorted(features)}
    for epoch in range(_EPOCHS):
        random.Random(_SEED + epoch).shuffle(rows)  # noqa: S311 - an order, no secret
        for names, role, weight in rows:
            columns = [weights[name] for name in names]
            sums = [sum(column[number] for column in columns) for number in range(len(ROLES))]
            most = max(sums)
            powers = [math.exp(value - most) for value in sums]
            total = sum(powers)
            step = _STEP * weight / (1 + epoch) / math.sqrt(len(names))
            for number, power in enumerate(powers):
                change = step * ((number == role) - power / total)
                for column in columns:
                    column[number] += change - _DECAY * column[number]
    return RoleWeights(
        roles=ROLES,
        features={
            name: tuple(round(value, 1) for value in values)
            for name, values in weights.items()
            if max(map(abs, values)) >= _SLIGHT
        },
    )
