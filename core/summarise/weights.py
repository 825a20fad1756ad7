"""The learned weights of `weights.json`, read once. `bot.evaluate.train_summaries` writes the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class GistWeights:
    """What makes a form of a sentence the gist, in units of ROUGE's F1."""

    #: by the names of `core.summarise.features`
    numbers: Mapping[str, float]
    #: of a word, or of two that follow each other
    phrases: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWeights:
    """What a sentence does in an abstract: log-odds by role."""

    #: in the order in which abstracts tell them
    roles: tuple[str, ...]
    #: by the names of `core.summarise.roles`, a weight for each role
    features: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """All that was learned."""

    gist: GistWeights
    roles: RoleWeights


@lru_cache(maxsize=1)
def load() -> Weights:
    """The weights that the program ships with."""
    raw = json.loads(resources.files("core.summarise").joinpath("weights.json").read_text(encoding="utf-8"))
    roles = raw["roles"]
    return Weights(
        gist=GistWeights(numbers=raw["gist"]["numbers"], phrases=raw["gist"]["phrases"]),
        roles=RoleWeights(
            roles=tuple(roles["roles"]),
            features={name: tuple(weights) for name, weights in roles["features"].items()},
        ),
    )
