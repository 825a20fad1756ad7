"""How a digest's papers were chosen -> JSON; `contract` puts it into the document of a digest."""

from __future__ import annotations

from bot.output.contract import Json
from core.choose.profile.opinions import Taste
from core.deliver.content import Digest


def choice(digest: Digest) -> Json:
    """Parts of the rule that were left out, and a model's say in the order; null where that is not wanted."""
    reranking = digest.reranking
    return {
        "left_out": [
            {"clause": part.clause, "because": part.because.value, "papers": part.papers} for part in digest.left_out
        ],
        "reranking": {
            "graded": len(reranking.grades.by_paper),
            "of": reranking.to_grade,
            "made_by": list(reranking.made_by),
            "lack": reranking.lack.value if reranking.lack else None,
        }
        if reranking
        else None,
    }


def taste_facts(taste: Taste) -> Json:
    """What a channel's digest has learned."""
    return {
        "picked": taste.pick_count,
        "passed": taste.pass_count,
        "liked": list(taste.liked_terms),
        "disliked": list(taste.disliked_terms),
    }
