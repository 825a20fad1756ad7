"""What each sentence of an abstract does: background, aim, method, result or conclusion; and which tells each part.

`core.summarise.extract` calls `choose_parts`. A learned classifier gives every role of a sentence its log-odds from its
words and its place; the likeliest sequence of roles is found with the order in which abstracts tell them (Viterbi).
Source of the idea: Hirohata et al. 2008, https://aclanthology.org/I08-1050.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from core.summarise.cues import cue_names, has_cue
from core.summarise.features import Sentence
from core.summarise.standalone import (
    begins_in_the_air,
    first_of_its_own,
    is_background,
    is_ours,
    is_proposed,
    is_vague,
    leans,
    points_away,
    speaks_of_its_method,
)
from core.summarise.weights import RoleWeights, load

ROLES: Final = ("background", "aim", "method", "result", "conclusion")
#: parts of a summary after the gist, in reading order, with the roles whose sentences tell them
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "motivation": ("background",),
    "method": ("method", "aim"),
    "result": ("result",),
    "conclusion": ("conclusion",),
}
#: log-odds that a step back in the order costs
_STEP_BACK: Final = 3.0
#: log-odds of a result that a measurement gains
_MEASUREMENT_GAIN: Final = 2.0
_PLACES: Final = 8
#: log-odds that a sentence loses as a part
_LEANS: Final = 1.5
_VAGUE: Final = 2.0
_LONG: Final = 0.02
_USUAL_WORDS: Final = 28
#: log-odds that a statement of what is missing gains as the motivation
_MISSING: Final = 1.5
#: log-odds that a finding gains as the result
_FINDING_GAIN: Final = 1.0
#: log-odds that a number gains as the result
_NUMBER: Final = 0.3
#: log-odds that "this suggests" and the like gain as the conclusion
_MEANING: Final = 1.5
#: log-odds of a sentence that tells a part though its place in the abstract speaks for another
_UNSURE: Final = -2.5
#: cues, one of which a sentence has that tells a result, or a conclusion
_TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "result": ("shows", "better", "number", "measured", "means"),
    "conclusion": ("means", "shows", "better", "this paper", "our", "sums up", "we"),
}
_OF_A_LESSER_ROLE: Final = 0.7
_FEWEST_WORDS: Final = 5


def choose_parts(sentences: Sequence[Sentence], gist: int) -> dict[str, int]:
    """For each part that the abstract tells, the place of the sentence that tells it; never that of the gist."""
    weights = load().roles
    own = first_of_its_own([sentence.claim for sentence in sentences])
    odds = [role_odds(sentence, place, len(sentences), weights) for place, sentence in enumerate(sentences)]
    with_measurements = [
        [
            value + _MEASUREMENT_GAIN * (role == "result" and _is_measured(sentence))
            for role, value in zip(ROLES, row, strict=True)
        ]
        for row, sentence in zip(odds, sentences, strict=True)
    ]
    sequence = [ROLES[role] for role in likeliest(with_measurements)]
    parts: dict[str, int] = {}
    for is_sure in (True, False):
        for part, roles in PARTS.items():
            if part in parts:
                continue
            fitting = [
                (_fitness(part, sentence, odds[place], roles), -place)
                for place, sentence in enumerate(sentences)
                if place != gist
                and (sequence[place] in roles if is_sure else _is_free(part, place, parts))
                and _may_tell(part, sentence, is_before_its_own=place < own)
            ]
            if fitting and (is_sure or max(fitting)[0] > _UNSURE):
                parts[part] = -max(fitting)[1]
    return {part: parts[part] for part in PARTS if part in parts}


def role_odds(sentence: Sentence, place: int, count: int, weights: RoleWeights) -> list[float]:
    """The log-probability of each role."""
    features = weights.features
    columns = [features[name] for name in role_features(sentence, place, count) if name in features]
    sums = [sum(column) for column in zip(*columns, strict=True)] or [0.0] * len(weights.roles)
    most = max(sums)
    total = most + math.log(sum(math.exp(value - most) for value in sums))
    return [value - total for value in sums]


def role_features(sentence: Sentence, place: int, count: int) -> Iterator[str]:
    """What the classifier looks at; each name is there or not."""
    yield "always"
    yield f"place {place * _PLACES // max(count, 1)}"
    if place == 0:
        yield "first"
    if place == count - 1:
        yield "last"
    yield from cue_names(sentence.cues, "cue ")
    yield from sentence.phrases


def likeliest(odds: Sequence[Sequence[float]]) -> list[int]:
    """The likeliest role of each sentence, in an order that seldom steps back."""
    if not odds:
        return []
    scores, origins = list(odds[0]), list[list[int]]()
    for row in odds[1:]:
        origin, after = [], []
        for role, own in enumerate(row):
            reachable = [score - (_STEP_BACK if before > role else 0.0) for before, score in enumerate(scores)]
            best = max(range(len(reachable)), key=reachable.__getitem__)
            origin.append(best)
            after.append(reachable[best] + own)
        origins.append(origin)
        scores = after
    path = [max(range(len(scores)), key=scores.__getitem__)]
    for origin in reversed(origins):
        path.append(origin[path[-1]])
    return path[::-1]


def _is_free(part: str, place: int, parts: Mapping[str, int]) -> bool:
    """Is the sentence that of no other part, and would the parts still be in the order of the abstract?"""
    order = list(PARTS)
    return all(
        place != other_place and (place < other_place) == (order.index(part) < order.index(name))
        for name, other_place in parts.items()
    )


def _is_measured(sentence: Sentence) -> bool:
    return has_cue(sentence.cues, "measured") and any(
        has_cue(sentence.cues, cue) for cue in ("better", "number", "shows")
    )


def _may_tell(part: str, sentence: Sentence, *, is_before_its_own: bool) -> bool:
    claim, cues = sentence.claim, sentence.cues
    if len(sentence.words) < _FEWEST_WORDS or begins_in_the_air(claim) or points_away(claim):
        return False
    if part == "motivation":
        is_missing = has_cue(cues, "lacks") or has_cue(cues, "turns")
        return (is_before_its_own or is_missing or is_background(claim)) and not (
            is_ours(claim) or speaks_of_its_method(claim) or has_cue(cues, "shows") or has_cue(cues, "proposes")
        )
    if is_before_its_own:
        return False
    if part == "method":
        return not has_cue(cues, "sums up") and not _is_measured(sentence) and not is_background(claim)
    is_told = not has_cue(cues, "proposes") and any(has_cue(cues, cue) for cue in _TELLING[part])
    return is_told and not is_proposed(claim) and not is_background(claim)


def _fitness(part: str, sentence: Sentence, odds: Sequence[float], roles: Sequence[str]) -> float:
    fitness = max(odds[ROLES.index(role)] - _OF_A_LESSER_ROLE * rank for rank, role in enumerate(roles))
    fitness -= _LEANS * leans(sentence.claim) + _VAGUE * is_vague(sentence.claim)
    fitness -= _LONG * max(len(sentence.words) - _USUAL_WORDS, 0)
    if part == "motivation" and (has_cue(sentence.cues, "lacks") or has_cue(sentence.cues, "turns")):
        fitness += _MISSING
    if part == "conclusion" and has_cue(sentence.cues, "means"):
        fitness += _MEANING
    if part == "result":
        fitness += _NUMBER * has_cue(sentence.cues, "number")
        fitness += _FINDING_GAIN * (has_cue(sentence.cues, "shows") or _is_measured(sentence))
    return fitness
