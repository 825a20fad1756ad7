"""How a digest's papers were chosen -> JSON; `contract` puts it into the document of a digest."""

from __future__ import annotations

from bot.output.contract import Json
from core.deliver.content import Digest


def choice(one: Digest) -> Json:
    """Parts of the rule that were left out, and a model's say in the order; null where that is not wanted."""
    found = one.reranking
    return {
        "left_out": [
            {"clause": part.clause, "because": part.because.value, "papers": part.papers} for part in one.left_out
        ],
        "reranking": {
            "graded": len(found.grades.by_paper),
            "of": found.wanted,
            "made_by": list(found.made_by),
            "lack": found.lack.value if found.lack else None,
        }
        if found
        else None,
    }
