"""Which of a paper's stored summaries a reader gets, and whether a model should write a better one. Pure.

`core.summarise.summaries` calls `best_summary` with everything that is stored of a paper in a language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from core.channels import Depth
from core.papers.paper import Paper, Summary
from core.summarise.ports import MADE_BY

#: the name of the prompt and schema that a model is given for a depth
Recipe = Callable[[Depth], str]

#: ends the recipe of a summary that was made from the full text
FROM_TEXT: Final = "-text"

_PARTS: Final = ("gist", "motivation", "method", "result", "conclusion", "novelty", "readers")
#: the parts that a summary of a depth tells, in the order in which a model writes them
PARTS: Final[Mapping[Depth, tuple[str, ...]]] = MappingProxyType(
    {Depth.LINE: _PARTS[:1], Depth.PARTS: _PARTS[:5], Depth.FULL: _PARTS}
)
_DEPTHS: Final = tuple(Depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the store has for a reader."""

    #: cut to the depth that was asked for; None where nothing stored is of use
    summary: Summary | None
    #: True where no model of ours could better it
    is_final: bool


def best_summary(
    candidates: Sequence[Summary],
    paper: Paper,
    depth: Depth,
    recipe: Recipe,
    models: Sequence[str],
    *,
    from_text: bool = False,
) -> Selection:
    """The best of a paper's summaries in one language, for one depth; `models` by name, the preferred one first.

    Only summaries of the present version count. First comes a model's by the present recipe, of the depth or cut from a
    deeper one; then, as a stand-in where models are configured, a model's by an earlier recipe; then what others wrote,
    the one that tells all parts before a gist alone. Our own extracts are made anew each time. `from_text`: one
    made from the full text is wanted, and others stand in; otherwise it does as well as one from the abstract.
    """
    current = [
        summary
        for summary in candidates
        if summary.version >= paper.version and summary.gist and summary.made_by != MADE_BY
    ]

    def is_present(summary: Summary) -> bool:
        return summary.recipe == f"{recipe(summary.depth)}{FROM_TEXT}" or (
            not from_text and summary.recipe == recipe(summary.depth)
        )

    best = min(current, key=lambda summary: _rank(summary, depth, is_present, models), default=None)
    is_final = not models or (best is not None and _is_ours(best, depth) and is_present(best))
    return Selection(summary=cut_to(best, depth) if best else None, is_final=is_final)


def cut_to(summary: Summary, depth: Depth) -> Summary:
    """The summary without the parts that a shallower one does not tell, and without what bears them out."""
    names = [name for name in PARTS[Depth.FULL] if name not in PARTS[depth]]
    left_out = [part for name in names if (part := getattr(summary, name))]
    if not left_out:
        return summary
    evidence = tuple(entry for entry in summary.evidence if not any(entry.claim in part for part in left_out))
    no_parts: dict[str, Any] = dict.fromkeys(names, "")
    return replace(summary, depth=depth, evidence=evidence, **no_parts)


def _rank(
    summary: Summary, depth: Depth, is_present: Callable[[Summary], bool], models: Sequence[str]
) -> tuple[int, int, int]:
    """Lower is better; of equals the one that was given first is taken."""
    preference = models.index(summary.made_by) if summary.made_by in models else len(models)
    if _is_ours(summary, depth):
        is_stale = bool(models) and not is_present(summary)
        return (int(is_stale), _DEPTHS.index(summary.depth), preference)
    is_gist_alone = depth is not Depth.LINE and not summary.parts
    return (3 if is_gist_alone else 2, 0, preference)


def _is_ours(summary: Summary, depth: Depth) -> bool:
    """True of what a model wrote for us that tells as much as was asked for."""
    return bool(summary.recipe) and _DEPTHS.index(summary.depth) >= _DEPTHS.index(depth)
